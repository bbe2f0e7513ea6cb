//! Recordings that are too large for the help desk, made smaller: on a thread of its own, into a file without a name.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt::Display;
use std::fs::File;
use std::io::Seek as _;
use std::path::{Path, PathBuf};

use bridge_core::recording::Sha256;
use bridge_runtime::inbox::{InboxError, InboxErrorKind, Smaller};
use recording_archive::compress::{Summary, compress};
use recording_archive::inbox::Inbox;
use tokio::sync::Mutex;
use tokio_util::io::SyncIoBridge;

use super::inbox::failed;

/// Makes them, one at a time, and keeps what it made for the next attempt at attaching it.
pub(super) struct Workshop {
    folder: PathBuf,
    /// By the sum of what was recorded. The files have no names, so none is left by a process that dies.
    made: Mutex<HashMap<Sha256, (File, Summary)>>,
}

impl Workshop {
    /// One whose files take up room in this folder.
    pub(super) fn in_folder(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            made: Mutex::default(),
        }
    }

    /// Makes it, if it was not made before, and reads it from its beginning.
    ///
    /// # Errors
    /// Where it cannot be read or written; [`InboxErrorKind::Incompressible`] where nothing can be made of it.
    pub(super) async fn make(&self, inbox: &dyn Inbox, name: &str, sha256: &Sha256) -> Result<Smaller, InboxError> {
        let mut made = self.made.lock().await;
        let (file, summary) = match made.entry(sha256.clone()) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => {
                let new = made_of(inbox, name, self.folder.clone()).await?;
                tracing::info!(
                    recording = sha256.short(),
                    bytes = new.1.size,
                    "a recording is too large for the help desk: it was made smaller"
                );
                entry.insert(new)
            }
        };
        let mut file = file.try_clone().map_err(|error| not_kept(&error))?;
        file.rewind().map_err(|error| not_kept(&error))?;
        let sum = Sha256::parse(&summary.sha256.to_string());
        Ok(Smaller {
            content: Box::new(tokio::fs::File::from_std(file)),
            size: summary.size,
            sha256: sum.ok_or_else(|| not_kept(&"no sum"))?,
        })
    }

    /// It is not needed any more.
    pub(super) async fn forget(&self, sha256: &Sha256) {
        self.made.lock().await.remove(sha256);
    }
}

async fn made_of(inbox: &dyn Inbox, name: &str, folder: PathBuf) -> Result<(File, Summary), InboxError> {
    let source = inbox.open(name).await.map_err(|error| failed(&error))?;
    let source = SyncIoBridge::new(source);
    let work = tokio::task::spawn_blocking(move || {
        let file = tempfile::tempfile_in(folder).map_err(|error| not_kept(&error.kind()))?;
        let summary = compress(source, &file).map_err(|error| failed(&error))?;
        Ok((file, summary))
    });
    work.await.map_err(|_| not_kept(&"the thread that made it failed"))?
}

/// Says no names, which may hold numbers.
fn not_kept(why: &dyn Display) -> InboxError {
    InboxError {
        kind: InboxErrorKind::Unavailable,
        message: format!("what was made of a recording cannot be kept in the folder recordings.spool: {why}"),
        source: None,
    }
}
