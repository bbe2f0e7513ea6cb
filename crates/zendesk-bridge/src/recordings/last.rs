//! What is remembered of the runs that copy and that delete: since when the schedule counts, and what came of the last one.

use std::io;
use std::path::Path;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::fs;
use tokio::io::AsyncWriteExt as _;

/// The runs so far. A file in the spool, so that a run that was missed is known after a restart.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
pub(super) struct Last {
    /// Moments of the schedule after this one are still to be served: the last run that left nothing, or the first start.
    pub(super) served: Timestamp,
    /// The last run, whatever came of it.
    pub(super) run: Option<Run>,
}

/// One run.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
pub(crate) struct Run {
    /// When it began.
    pub(crate) at: Timestamp,
    /// Recordings copied.
    pub(crate) copied: usize,
    /// Those that are left.
    pub(crate) left: usize,
    /// Why they are.
    pub(crate) error: Option<String>,
}

/// What is remembered of copies. Not `.json`: that is what records of recordings are called.
pub(super) const COPY: &str = "last-copy";

/// What is remembered of looking for those that were kept for long enough.
pub(super) const RETENTION: &str = "last-retention";

/// `None` if there was no run yet, or if what is there cannot be read: then it counts as none.
pub(super) async fn read<T: DeserializeOwned>(spool: &Path, name: &str) -> Option<T> {
    let text = fs::read(spool.join(name)).await.ok()?;
    serde_json::from_slice(&text).ok()
}

/// Writes it down, whole or not at all, also where the power fails.
pub(super) async fn write<T: Serialize>(spool: &Path, name: &str, last: &T) -> io::Result<()> {
    let part = spool.join(format!("{name}.part"));
    let mut file = fs::File::create(&part).await?;
    file.write_all(&serde_json::to_vec(last)?).await?;
    file.sync_all().await?;
    fs::rename(&part, spool.join(name)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_was_written_is_read() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read::<Last>(folder.path(), COPY).await, None);
        let last = Last {
            served: "2026-11-26T01:00:00Z".parse().unwrap(),
            run: Some(Run {
                at: "2026-11-26T11:30:00Z".parse().unwrap(),
                copied: 3,
                left: 1,
                error: Some("no space is left there".into()),
            }),
        };
        write(folder.path(), COPY, &last).await.unwrap();
        assert_eq!(read(folder.path(), COPY).await, Some(last));
        std::fs::write(folder.path().join(COPY), "{").unwrap();
        assert_eq!(read::<Last>(folder.path(), COPY).await, None);
    }
}
