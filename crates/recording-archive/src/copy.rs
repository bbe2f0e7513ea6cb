//! The run that copies what waits, and the deletion of what was copied.

use std::collections::HashSet;
use std::fmt;

use jiff::Timestamp;

use crate::archive::{Item, MANIFEST, MOST_OF_A_NAME, Removed, Sink, Stored};
use crate::error::{ArchiveError, ArchiveErrorKind};
use crate::name;
use crate::spool::{Copied, Kept, Spool};

/// Copies go into this folder below the configured one.
pub const FOLDER: &str = "RecordedCalls";

/// Copies whose lines go into the manifest at once.
const BATCH: usize = 50;

/// How far a run is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Step {
    /// Which recording, counted from 1.
    pub number: usize,
    /// How many there are in this run.
    pub of: usize,
    /// Bytes of it that are written.
    pub written: u64,
    /// Its bytes in all.
    pub size: u64,
}

/// What came of a run.
#[derive(Debug, Default)]
pub struct CopyReport {
    /// Recordings copied, with those that had been copied before and were only found again.
    pub copied: usize,
    /// Bytes of those.
    pub bytes: u64,
    /// What failed, by the recording's id. It is still in the spool.
    pub failed: Vec<(String, ArchiveError)>,
    /// Recordings that were not tried because the place as a whole does not work.
    pub not_tried: usize,
    /// Temporary files that nobody went on with, and that are gone now.
    pub swept: usize,
}

impl CopyReport {
    /// Whether nothing is left.
    pub fn is_complete(&self) -> bool {
        self.failed.is_empty() && self.not_tried == 0
    }
}

impl fmt::Display for CopyReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} copied", self.copied)?;
        if let Some((_, error)) = self.failed.last() {
            write!(f, ", {} failed: {error}", self.failed.len())?;
        }
        match self.not_tried {
            0 => Ok(()),
            n => write!(f, "; {n} not tried"),
        }
    }
}

/// What came of erasing.
#[derive(Debug, Default)]
pub struct EraseReport {
    /// The ids of the recordings of which nothing is left.
    pub erased: Vec<String>,
    /// What failed, by the recording's id. Its record is still in the spool.
    pub failed: Vec<(String, ArchiveError)>,
    /// Recordings that are deleted from the spool, but whose copies were not tried because the place as a whole does not work.
    pub not_tried: usize,
}

/// Copies all that waits for it to `<subdirectory>/RecordedCalls`, with lines in the manifest. A recording leaves the
/// spool when its copy was read back and its line is in the manifest. One that is [discarded](Spool::discard) meanwhile is
/// passed over. At the end, what copiers left that died is swept.
///
/// # Errors
///
/// Where the spool cannot be read. What fails at the archive stands in the report.
pub async fn copy_all(
    spool: &Spool,
    sink: &dyn Sink,
    subdirectory: &str,
    now: Timestamp,
    progress: &(dyn Fn(Step) + Send + Sync),
) -> Result<CopyReport, ArchiveError> {
    let dir = target(subdirectory);
    let folders: Vec<&str> = dir.iter().map(String::as_str).collect();
    let mut waiting = spool.waiting().await?;
    for done in waiting.iter().filter(|kept| kept.is_done()) {
        // The run that copied it died before it could.
        spool.discard(&done.id).await?;
    }
    waiting.retain(|kept| kept.meta.copy);
    let of = waiting.len();
    let mut report = CopyReport::default();
    let mut tried = 0;
    'run: for batch in waiting.chunks(BATCH) {
        let mut stored: Vec<(&Kept, Stored)> = Vec::new();
        let mut stop = false;
        for kept in batch {
            tried += 1;
            let step = Step {
                number: tried,
                of,
                written: 0,
                size: kept.size,
            };
            progress(step);
            let item = Item {
                name: &kept.file_name,
                size: kept.size,
                sha256: kept.sha256,
            };
            let tell = |written| progress(Step { written, ..step });
            match sink.store(&folders, item, &spool.path(kept), &tell).await {
                Ok(copy) => stored.push((kept, copy)),
                // Somebody deleted it meanwhile, as one that must not be kept: there is nothing to copy any more.
                Err(_) if !spool.get(&kept.id).await?.is_some_and(|kept| kept.is_here) => {}
                Err(error) => {
                    stop = concerns_all(&error);
                    report.failed.push((kept.id.clone(), error));
                    if stop {
                        break;
                    }
                }
            }
        }
        let lines: Vec<_> = stored
            .iter()
            .map(|(kept, copy)| (kept.sha256, copy.name.as_str()))
            .collect();
        // Also when the place has gone meanwhile: it may be back, and what is done need not be looked at again.
        if !lines.is_empty()
            && let Err(error) = sink.append_manifest(&folders, &lines).await
        {
            // Its copies are found again by the next run.
            report.failed.push((stored[0].0.id.clone(), error));
            break 'run;
        }
        for (kept, copy) in stored {
            let copied = Copied {
                dir: dir.clone(),
                name: copy.name,
                at: now,
            };
            spool.copied(&kept.id, copied).await?;
            report.copied += 1;
            report.bytes += kept.size;
        }
        if stop {
            break 'run;
        }
    }
    report.not_tried = of - tried;
    // Who has nothing to copy does not go there for this alone.
    if of > 0 && report.not_tried == 0 {
        let spare: Vec<_> = waiting.iter().map(|kept| kept.sha256).collect();
        match sink.sweep(&folders, &spare).await {
            Ok(swept) => report.swept = swept,
            // The next run does it.
            Err(error) => tracing::debug!(%error, "temporary files that are left over are not swept"),
        }
    }
    Ok(report)
}

/// Deletes a recording wherever it is: first from the spool, so that it is copied no more; then its copy, which the manifest
/// says to be deleted at the moment `now`; its record at last. `subdirectory` is that of [`copy_all`], for a copy of which the
/// spool was not told any more when its run died.
///
/// # Errors
///
/// Where the archive cannot be reached or refuses: then the record stays, and it can be tried again. `None` for the
/// archive is an error for a recording that has a copy, and so is a folder without a manifest: there was one when the copy
/// was made, and a share that is not mounted looks like that.
pub async fn erase(
    spool: &Spool,
    sink: Option<&dyn Sink>,
    subdirectory: &str,
    kept: &Kept,
    now: Timestamp,
) -> Result<(), ArchiveError> {
    spool.discard(&kept.id).await?;
    match (&kept.copied, sink) {
        (Some(_), None) => {
            return Err(ArchiveError::other(
                "deleting a copy",
                "no share is configured any more",
            ));
        }
        (Some(copied), Some(sink)) => {
            let dir: Vec<&str> = copied.dir.iter().map(String::as_str).collect();
            match sink.remove(&dir, &copied.name, kept.sha256, now).await? {
                Removed::Deleted | Removed::NotThere => {}
                Removed::NoManifest => {
                    return Err(
                        ArchiveError::new(ArchiveErrorKind::Missing, "deleting a copy").with_detail(format!(
                            "where the copy went there is no {MANIFEST}: perhaps the share is not mounted"
                        )),
                    );
                }
            }
        }
        (None, Some(sink)) if kept.meta.copy => {
            let dir = target(subdirectory);
            let dir: Vec<&str> = dir.iter().map(String::as_str).collect();
            let there: HashSet<String> = sink.list(&dir).await?.into_iter().map(|entry| entry.name).collect();
            // Names before it may have become free since it was copied. The first is looked for in any case, since with it
            // goes what was begun.
            for (n, name) in (1..=MOST_OF_A_NAME).map(|n| (n, name::numbered(&kept.file_name, n))) {
                if n == 1 || there.contains(&name) {
                    sink.remove(&dir, &name, kept.sha256, now).await?;
                }
            }
        }
        (None, _) => {}
    }
    spool.remove(&kept.id).await
}

/// [Erases](erase) some of what is known, all of it from the spool even where the archive does not work.
pub async fn erase_all(
    spool: &Spool,
    sink: Option<&dyn Sink>,
    subdirectory: &str,
    all: &[Kept],
    now: Timestamp,
) -> EraseReport {
    let mut report = EraseReport::default();
    let mut stop = false;
    for kept in all {
        let erased = if stop {
            spool.discard(&kept.id).await
        } else {
            erase(spool, sink, subdirectory, kept, now).await
        };
        match erased {
            Ok(()) if stop => report.not_tried += 1,
            Ok(()) => report.erased.push(kept.id.clone()),
            Err(error) => {
                stop |= concerns_all(&error);
                report.failed.push((kept.id.clone(), error));
            }
        }
    }
    report
}

/// The folders below the archive's root in which copies lie.
pub fn target(subdirectory: &str) -> Vec<String> {
    let mut dir = name::folders(subdirectory);
    dir.push(FOLDER.into());
    dir
}

/// Whether the next recording would fare no better.
fn concerns_all(error: &ArchiveError) -> bool {
    match error.kind() {
        ArchiveErrorKind::Unreachable
        | ArchiveErrorKind::Busy
        | ArchiveErrorKind::WrongPassword
        | ArchiveErrorKind::NoSuchShare
        | ArchiveErrorKind::Denied
        | ArchiveErrorKind::ReadOnly
        | ArchiveErrorKind::Full
        | ArchiveErrorKind::EncryptionRequired => true,
        ArchiveErrorKind::Damaged
        | ArchiveErrorKind::InUse
        | ArchiveErrorKind::Missing
        | ArchiveErrorKind::Incompressible
        | ArchiveErrorKind::Other => false,
    }
}
