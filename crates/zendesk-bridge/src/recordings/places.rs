//! The places where recordings are kept, for whoever copies them there and deletes them.

use std::path::PathBuf;
use std::sync::Arc;

use recording_archive::ArchiveError;
use recording_archive::archive::Sink;
use recording_archive::copy::{CopyReport, Step, copy_all, erase_all};
use recording_archive::spool::{Kept, Spool};

use super::sink;
use crate::config::Recordings;

/// Spool and share.
#[derive(Clone)]
pub(crate) struct Places {
    /// The spool's folder, which need not be there.
    pub(super) folder: PathBuf,
    sink: Option<Arc<dyn Sink>>,
    subdirectory: String,
}

/// What came of deleting.
pub(super) struct Erased {
    /// The ids of those that are gone, with their copies.
    pub(super) erased: Vec<String>,
    /// What failed, by the recording's id.
    pub(super) failed: Vec<(String, ArchiveError)>,
}

impl Places {
    /// As they are configured.
    pub(crate) fn new(config: &Recordings) -> Self {
        let share = config.share.as_ref();
        Self {
            folder: config.spool.clone(),
            sink: share.map(|share| Arc::from(sink(&share.spot))),
            subdirectory: share.map(|share| share.subdirectory.clone()).unwrap_or_default(),
        }
    }

    /// The spool; `None` if nothing was ever kept.
    pub(super) fn spool(&self) -> Option<Spool> {
        self.folder.is_dir().then(|| Spool::beside(&self.folder))
    }

    /// Copies what waits to the share, if there is one. Whoever asks has the lock of those who copy and delete.
    pub(super) async fn copy(
        &self,
        spool: &Spool,
        now: jiff::Timestamp,
        progress: &(dyn Fn(Step) + Send + Sync),
    ) -> Result<CopyReport, ArchiveError> {
        match &self.sink {
            Some(sink) => copy_all(spool, &**sink, &self.subdirectory, now, progress).await,
            None => Ok(CopyReport::default()),
        }
    }

    /// Deletes recordings and their copies. Whoever asks has the lock of those who copy and delete.
    pub(super) async fn erase(&self, spool: &Spool, all: &[Kept], now: jiff::Timestamp) -> Erased {
        let report = erase_all(spool, self.sink.as_deref(), &self.subdirectory, all, now).await;
        // Not those that were not tried any more after the share had failed: their copies are still there.
        for kept in all.iter().filter(|kept| report.erased.contains(&kept.id)) {
            let (call, recording) = (&kept.meta.call, &kept.sha256.to_string()[..12]);
            tracing::info!(call, recording, "a kept recording is deleted, and so is its copy");
        }
        Erased {
            erased: report.erased,
            failed: report.failed,
        }
    }
}
