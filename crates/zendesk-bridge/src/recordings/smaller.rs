//! Recordings that are too large for the help desk, made smaller: on a thread of its own, into a file without a name.

use std::collections::HashMap;
use std::fmt::Display;
use std::fs::File;
use std::io::Seek as _;
use std::path::{Path, PathBuf};
use std::sync::{MutexGuard, PoisonError};

use bridge_core::recording::Sha256;
use bridge_runtime::inbox::{InboxError, InboxErrorKind, Smaller};
use recording_archive::compress::{Summary, compress};
use recording_archive::inbox::Inbox;
use recording_archive::{ArchiveError, ArchiveErrorKind};
use tokio::sync::Mutex;
use tokio_util::io::SyncIoBridge;

use super::inbox::failed;

/// Makes them, one at a time, and keeps what it made for the next attempt at attaching it.
pub(super) struct Workshop {
    folder: PathBuf,
    /// Held by whoever makes one, for as long as that takes; nobody else waits for it.
    making: Mutex<()>,
    /// By the sum of what was recorded. The files have no names, so none is left by a process that dies.
    made: std::sync::Mutex<HashMap<Sha256, Made>>,
}

/// How far one is.
enum Made {
    /// It is being made.
    Begun,
    /// It lies here.
    Done(File, Summary),
}

impl Workshop {
    /// One whose files take up room in this folder.
    pub(super) fn in_folder(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            making: Mutex::default(),
            made: std::sync::Mutex::default(),
        }
    }

    /// Makes it, if it was not made before, and reads it from its beginning.
    ///
    /// # Errors
    /// Where it cannot be read or written; [`InboxErrorKind::Incompressible`] where nothing can be made of it.
    pub(super) async fn make(&self, inbox: &dyn Inbox, name: &str, sha256: &Sha256) -> Result<Smaller, InboxError> {
        let _alone = self.making.lock().await;
        let (mut file, summary) = match self.made_before(sha256)? {
            Some(made) => made,
            None => {
                self.made().insert(sha256.clone(), Made::Begun);
                let made = made_of(inbox, name, self.folder.clone()).await;
                let (file, summary) = made.inspect_err(|_| self.forget(sha256))?;
                tracing::info!(
                    recording = sha256.short(),
                    bytes = summary.size,
                    "a recording is too large for the help desk: it was made smaller"
                );
                // It may have been forgotten meanwhile.
                if let Some(made) = self.made().get_mut(sha256) {
                    *made = Made::Done(clone_of(&file)?, summary.clone());
                }
                (file, summary)
            }
        };
        file.rewind().map_err(|error| not_kept(&error))?;
        let sum = Sha256::parse(&summary.sha256.to_string());
        Ok(Smaller {
            content: Box::new(tokio::fs::File::from_std(file)),
            size: summary.size,
            sha256: sum.ok_or_else(|| not_kept(&"no sum"))?,
        })
    }

    /// It is not needed any more, also if it is just being made.
    pub(super) fn forget(&self, sha256: &Sha256) {
        self.made().remove(sha256);
    }

    fn made_before(&self, sha256: &Sha256) -> Result<Option<(File, Summary)>, InboxError> {
        match self.made().get(sha256) {
            Some(Made::Done(file, summary)) => Ok(Some((clone_of(file)?, summary.clone()))),
            // Whoever began it has given up.
            Some(Made::Begun) | None => Ok(None),
        }
    }

    fn made(&self) -> MutexGuard<'_, HashMap<Sha256, Made>> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn made_of(inbox: &dyn Inbox, name: &str, folder: PathBuf) -> Result<(File, Summary), InboxError> {
    let source = inbox.open(name).await.map_err(|error| failed(&error))?;
    let source = SyncIoBridge::new(source);
    let work = tokio::task::spawn_blocking(move || {
        let file = tempfile::tempfile_in(folder).map_err(|error| not_kept(&error.kind()))?;
        let summary = compress(source, &file).map_err(|error| not_made(&error))?;
        Ok((file, summary))
    });
    work.await.map_err(|_| not_kept(&"the thread that made it failed"))?
}

fn clone_of(file: &File) -> Result<File, InboxError> {
    file.try_clone().map_err(|error| not_kept(&error))
}

/// A WAV that holds less than it says is as little use as one of a codec that is not read.
fn not_made(error: &ArchiveError) -> InboxError {
    const NOTHING_SMALLER: [ArchiveErrorKind; 2] = [ArchiveErrorKind::Incompressible, ArchiveErrorKind::Damaged];
    let mut told = failed(error);
    if NOTHING_SMALLER.contains(&error.kind()) {
        told.kind = InboxErrorKind::Incompressible;
    }
    told
}

/// Says no names, which may hold numbers.
fn not_kept(why: &dyn Display) -> InboxError {
    InboxError {
        kind: InboxErrorKind::Unavailable,
        message: format!("what was made of a recording cannot be kept in the folder recordings.spool: {why}"),
        source: None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use async_trait::async_trait;
    use jiff::Timestamp;
    use recording_archive::inbox::{Found, Waiting};
    use recording_archive::place::Reader;
    use tokio::sync::Notify;

    use super::*;

    /// One WAV, which is told when it is asked for, and given when it may be.
    #[derive(Default)]
    struct Slow {
        asked: Notify,
        may: Notify,
        opened: AtomicUsize,
    }

    #[async_trait]
    impl Inbox for Slow {
        async fn scan(&self, _now: Timestamp) -> Result<Vec<Found>, ArchiveError> {
            Ok(Vec::new())
        }

        fn waiting(&self) -> Vec<(String, Waiting)> {
            Vec::new()
        }

        async fn open(&self, _name: &str) -> Result<Reader, ArchiveError> {
            self.opened.fetch_add(1, Ordering::Relaxed);
            self.asked.notify_one();
            self.may.notified().await;
            // A-law of 8 kHz, no sound at all.
            let mut wav = b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\x06\0\x01\0".to_vec();
            wav.extend(b"\x40\x1f\0\0\x40\x1f\0\0\x01\0\x08\0data\0\0\0\0");
            Ok(Box::new(std::io::Cursor::new(wav)))
        }

        async fn remove(&self, _name: &str) -> Result<(), ArchiveError> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn whoever_forgets_one_waits_for_nobody_who_makes_it_and_then_it_is_not_kept() {
        let folder = tempfile::tempdir().unwrap();
        let (workshop, slow) = (Workshop::in_folder(folder.path()), Slow::default());
        let sha256 = Sha256::parse(&"a".repeat(64)).unwrap();
        let forget = async {
            slow.asked.notified().await;
            workshop.forget(&sha256);
            slow.may.notify_one();
        };
        let (made, ()) = tokio::join!(workshop.make(&slow, "a.wav", &sha256), forget);
        made.unwrap();
        assert!(workshop.made().is_empty());
        for _ in 0..2 {
            slow.may.notify_one();
            workshop.make(&slow, "a.wav", &sha256).await.unwrap();
        }
        assert_eq!(slow.opened.load(Ordering::Relaxed), 2, "the third time it was there");
    }
}
