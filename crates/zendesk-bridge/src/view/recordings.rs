//! How it stands with recordings: on their way to the tickets, and to the share.

use std::time::Duration;

use bridge_core::recording::{Kept, Standing};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Status;
use super::times::{lasting, utc};

/// Recordings on their way to the tickets.
#[derive(Serialize, Deserialize, Clone, PartialEq, Debug, Default)]
pub(crate) struct Recordings {
    /// Recorded calls whose recording should still turn up.
    pub(crate) awaited: usize,
    /// Finished ones that lie in the inbox and are still to be attached, assigned or kept.
    pub(crate) in_inbox: usize,
    /// Those of which it is not certain whose they are.
    pub(crate) unassigned: Vec<Unassigned>,
    /// Files in the inbox that are shorter than their headers say.
    pub(crate) incomplete: usize,
    /// Files there that are no recordings.
    pub(crate) foreign: usize,
    /// Files and folders there that cannot be read.
    pub(crate) unreadable: usize,
    /// Recordings that stay there: neither attached, nor to be kept.
    pub(crate) unattached: usize,
    /// Why the inbox cannot be worked on at present.
    pub(crate) error: Option<String>,
}

/// A recording of which it is not certain whose it is.
#[derive(Serialize, Deserialize, Clone, PartialEq, Debug)]
pub(crate) struct Unassigned {
    /// The SHA-256 of its content.
    pub(crate) sha256: String,
    /// Why it is not certain.
    pub(crate) why: String,
}

impl Unassigned {
    /// As it stands in the store.
    pub(crate) fn of(kept: &Kept) -> Self {
        Self {
            sha256: kept.recording.sha256.as_str().to_owned(),
            why: match &kept.standing {
                Standing::Unassigned { why } => why.clone(),
                Standing::Assigned { .. }
                | Standing::Attached { .. }
                | Standing::Settled { .. }
                | Standing::Refused { .. }
                | Standing::Gone => String::new(),
            },
        }
    }
}

/// Kept recordings and their copies.
#[derive(Serialize, Deserialize, Clone, PartialEq, Debug)]
pub(crate) struct Copies {
    /// The share's address.
    pub(crate) to: String,
    /// Recordings that wait to be copied.
    pub(crate) waiting: usize,
    /// Their bytes.
    pub(crate) bytes: u64,
    /// The last run; `null` before the first one.
    pub(crate) last: Option<CopyRun>,
    /// The next moment of the schedule.
    pub(crate) next: Option<Timestamp>,
}

/// A run that copied, or tried to.
#[derive(Serialize, Deserialize, Clone, PartialEq, Debug)]
pub(crate) struct CopyRun {
    /// When it began.
    pub(crate) at: Timestamp,
    /// Recordings copied.
    pub(crate) copied: usize,
    /// Those that it left.
    pub(crate) left: usize,
    /// Why it did.
    pub(crate) error: Option<String>,
}

/// For how long recordings are kept.
#[derive(Serialize, Deserialize, Clone, PartialEq, Debug)]
pub(crate) struct Retention {
    /// Since they were made.
    pub(crate) hours: u64,
    /// Whether they are taken away from the tickets, too.
    pub(crate) redact: bool,
    /// The last pass; `null` before the first one.
    pub(crate) last: Option<RetentionPass>,
}

/// A pass that deleted what was kept for long enough, or tried to.
#[derive(Serialize, Deserialize, Clone, PartialEq, Debug)]
pub(crate) struct RetentionPass {
    /// When it began.
    pub(crate) at: Timestamp,
    /// Recordings deleted.
    pub(crate) deleted: usize,
    /// Recordings that were ordered to be taken away from tickets.
    pub(crate) redacted: usize,
    /// Those that it left.
    pub(crate) left: usize,
    /// Why it did.
    pub(crate) error: Option<String>,
}

/// The lines of a status below the count.
pub(super) fn recording_lines(status: &Status, lines: &mut Vec<(&'static str, String)>) {
    if let Some(found) = &status.recordings {
        if found.awaited > 0 {
            lines.push(("", format!("{} should still turn up", found.awaited)));
        }
        for unassigned in &found.unassigned {
            let sum: String = unassigned.sha256.chars().take(12).collect();
            lines.push(("", format!("{sum} waits for `recordings assign`: {}", unassigned.why)));
        }
        for (count, what) in [
            (found.incomplete, "in the inbox shorter than the header says"),
            (found.foreign, "in the inbox that is no recording"),
            (found.unreadable, "in the inbox that cannot be read"),
            (
                found.unattached,
                "that stays in the inbox, neither attached nor to be kept",
            ),
        ] {
            if count > 0 {
                lines.push(("", format!("{count} {what}")));
            }
        }
        if let Some(error) = &found.error {
            lines.push(("trouble", format!("recordings: {error}")));
        }
    }
    if let Some(copies) = &status.copies {
        lines.push(("copies", copies_text(copies)));
        if let Some(error) = copies.last.as_ref().and_then(|last| last.error.as_ref()) {
            lines.push(("trouble", format!("recordings cannot be copied, none is lost: {error}")));
        }
    }
    if status.refused_left > 0 {
        let what = "recordings that must not be kept are still to be deleted from the share, it is tried again";
        lines.push(("trouble", format!("{} {what}", status.refused_left)));
    }
    if let Some(retention) = &status.retention {
        lines.push(("retention", retention_text(retention)));
        if let Some(error) = retention.last.as_ref().and_then(|last| last.error.as_ref()) {
            let what = "recordings were kept for long enough and cannot be deleted, it is tried again";
            lines.push(("trouble", format!("{what}: {error}")));
        }
    }
}

fn retention_text(retention: &Retention) -> String {
    let kept = lasting(Duration::from_hours(retention.hours));
    let tickets = if retention.redact { ", also on tickets" } else { "" };
    let last = retention.last.as_ref().map(|last| {
        let at = utc(last.at);
        let left = (last.left > 0).then(|| format!(", {} left", last.left));
        format!(
            "; last {at}, {} deleted, {} taken from tickets{}",
            last.deleted,
            last.redacted,
            left.unwrap_or_default()
        )
    });
    format!("{kept}{tickets}{}", last.unwrap_or_default())
}

fn copies_text(copies: &Copies) -> String {
    let last = match &copies.last {
        None => "none yet".to_owned(),
        Some(run) if run.left > 0 => format!("last {}, {} copied, {} left", utc(run.at), run.copied, run.left),
        Some(run) => format!("last {}, {} copied", utc(run.at), run.copied),
    };
    let next = copies.next.map(|next| format!(", next {}", utc(next)));
    format!(
        "{} to be copied ({} bytes) to {}; {last}{}",
        copies.waiting,
        copies.bytes,
        copies.to,
        next.unwrap_or_default()
    )
}
