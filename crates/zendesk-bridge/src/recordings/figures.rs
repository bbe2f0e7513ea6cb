//! How it stands with kept recordings, for whoever shows it: with a bridge or without.

use jiff::Timestamp;
use recording_archive::spool::Spool;

use super::last::{self, COPY, Last, RETENTION};
use super::retention::Last as LastPass;
use crate::config::Recordings;
use crate::view;

/// What spool and schedule say; `None` where recordings are neither kept nor copied.
pub(crate) async fn look(config: &Recordings, now: Timestamp) -> Option<view::Copies> {
    let share = config.share.as_ref()?;
    // Without a folder, nothing was ever kept.
    let (waiting, bytes) = Spool::beside(&config.spool).here().await.unwrap_or_default();
    let last = last::read::<Last>(&config.spool, COPY).await;
    Some(view::Copies {
        to: share.url.clone(),
        waiting,
        bytes,
        last: last.and_then(|last| last.run).map(|run| view::CopyRun {
            at: run.at,
            copied: run.copied,
            left: run.left,
            error: run.error,
        }),
        next: share.schedule.next(now),
    })
}

/// What the last pass has deleted; `None` where recordings are kept for ever.
pub(crate) async fn look_at_retention(config: &Recordings) -> Option<view::Retention> {
    let configured = config.retention?;
    let last = last::read::<LastPass>(&config.spool, RETENTION).await;
    Some(view::Retention {
        hours: configured.retain.as_secs() / 3600,
        redact: configured.redact,
        last: last.map(|last| view::RetentionPass {
            at: last.pass.at,
            deleted: last.pass.deleted,
            redacted: last.pass.redacted,
            left: last.pass.left,
            error: last.pass.error,
        }),
    })
}
