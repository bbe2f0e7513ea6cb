//! How it stands with kept recordings, for whoever shows it: with a bridge or without.

use jiff::Timestamp;
use recording_archive::spool::Spool;

use super::last;
use crate::config::Recordings;
use crate::view;

/// What spool and schedule say; `None` where recordings are neither kept nor copied.
pub(crate) async fn look(config: &Recordings, now: Timestamp) -> Option<view::Copies> {
    let share = config.share.as_ref()?;
    // Without a folder, nothing was ever kept.
    let (waiting, bytes) = Spool::beside(&config.spool).here().await.unwrap_or_default();
    let last = last::read(&config.spool);
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
