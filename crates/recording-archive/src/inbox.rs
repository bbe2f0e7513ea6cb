//! Where finished recordings appear. A file is taken when it is complete, never while it grows.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::error::{ArchiveError, ArchiveErrorKind};
use crate::format::{Format, Reading, WINDOW, read};
use crate::hints::{Hints, LONGEST_SIDECAR, of_name, of_sidecar};
use crate::place::{self, Entry, Place, Reader, each_piece, read_small};
use crate::sum::{Sha256Sum, Summing};

/// How long size and time must be at rest, unless said otherwise.
const SETTLE: Duration = Duration::from_secs(10);

/// Folders below the inbox that are looked into.
const DEEPEST: usize = 4;

/// A recording that is complete.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Found {
    /// Where it lies in the inbox, with `/` between folders. May hold numbers: not for logs.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// When it was last written to, by the clock of the inbox.
    pub modified: Timestamp,
    /// Its format, by its content.
    pub format: Format,
    /// How long it plays, where its header says so.
    pub duration: Option<Duration>,
    /// The checksum of its content.
    pub sha256: Sha256Sum,
    /// Which call it may belong to.
    pub hints: Hints,
}

/// Why a file is left where it is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Waiting {
    /// It was written to a short while ago.
    Growing,
    /// It has been at rest for long enough, but its header promises more than is there.
    Incomplete,
    /// It is no recording.
    Foreign,
    /// It was at rest, but it or what lies beside it could not be read, also where another program has it open; or it is
    /// a folder that cannot be looked into. Each scan tries again.
    Unreadable,
}

/// A place where recordings appear.
#[async_trait]
pub trait Inbox: Send + Sync {
    /// The recordings that are complete: at rest since an earlier scan that is long enough ago, with a header that can
    /// be read. The time is an argument; two scans at least are needed. What cannot be read is left, and the others are
    /// found.
    ///
    /// # Errors
    ///
    /// Where the place itself cannot be reached.
    async fn scan(&self, now: Timestamp) -> Result<Vec<Found>, ArchiveError>;

    /// What the last scan left, by name, and why.
    fn waiting(&self) -> Vec<(String, Waiting)>;

    /// The content of a recording, as a stream.
    async fn open(&self, name: &str) -> Result<Reader, ArchiveError>;

    /// Deletes a recording and what lies beside it; one that is gone is no error.
    async fn remove(&self, name: &str) -> Result<(), ArchiveError>;
}

/// An inbox in a [`Place`].
pub struct Files<P> {
    place: P,
    settle: SignedDuration,
    zone: TimeZone,
    seen: Mutex<HashMap<String, Seen>>,
}

/// An inbox that is a folder.
pub type Folder = Files<place::Folder>;

/// An inbox that is a folder on an SMB share.
pub type Share = Files<place::Share>;

#[derive(Clone)]
struct Seen {
    size: u64,
    modified: Timestamp,
    since: Timestamp,
    state: State,
}

/// What lies in an inbox.
#[derive(Default)]
struct Candidates {
    files: Vec<Entry>,
    closed: Vec<(String, ArchiveError)>,
}

#[derive(Clone)]
enum State {
    Waiting(Waiting),
    Read(Box<Found>),
}

impl Folder {
    /// The folder at `path`, which has to be there.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self::in_place(place::Folder::new(path))
    }
}

impl Share {
    /// The folder at a location on a share.
    pub fn new(location: place::Location, account: place::Account) -> Self {
        Self::in_place(place::Share::new(location, account))
    }
}

impl<P: Place> Files<P> {
    /// An inbox in any place, with UTC as its zone.
    pub fn in_place(place: P) -> Self {
        Self {
            place,
            settle: SETTLE.try_into().unwrap_or_default(),
            zone: TimeZone::UTC,
            seen: Mutex::default(),
        }
    }

    /// How long a file must be at rest; 10 seconds unless said otherwise.
    #[must_use]
    pub fn settle(mut self, settle: Duration) -> Self {
        self.settle = settle.try_into().unwrap_or(SignedDuration::MAX);
        self
    }

    /// The zone in which names and files beside tell clock times.
    #[must_use]
    pub fn zone(mut self, zone: TimeZone) -> Self {
        self.zone = zone;
        self
    }

    /// All files that might be recordings, and the folders that cannot be looked into.
    async fn candidates(&self) -> Result<Candidates, ArchiveError> {
        let mut candidates = Candidates::default();
        let mut folders = vec![(String::new(), 0)];
        while let Some((folder, depth)) = folders.pop() {
            let entries = match self.place.list(&folder).await {
                Ok(entries) => entries,
                Err(error) if folder.is_empty() => return Err(error),
                // Deleted meanwhile.
                Err(error) if error.kind() == ArchiveErrorKind::Missing => continue,
                Err(error) => {
                    let error = self.of_one_alone(error).await?;
                    candidates.closed.push((folder, error));
                    continue;
                }
            };
            for mut entry in entries {
                if entry.name.starts_with(['.', '~']) || entry.name.contains(['/', '\\']) {
                    continue;
                }
                if !folder.is_empty() {
                    entry.name = format!("{folder}/{}", entry.name);
                }
                if entry.is_folder {
                    if depth < DEEPEST {
                        folders.push((entry.name, depth + 1));
                    }
                } else if !is_beside(&entry.name) {
                    candidates.files.push(entry);
                }
            }
        }
        candidates.files.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(candidates)
    }

    /// Gives an error back if it concerns one file or folder only: where a connection was lost the place is asked, since
    /// a file on a bad disk may break each connection that reads it.
    async fn of_one_alone(&self, error: ArchiveError) -> Result<ArchiveError, ArchiveError> {
        if error.kind() == ArchiveErrorKind::Unreachable && self.place.list("").await.is_err() {
            return Err(error);
        }
        Ok(error)
    }

    /// Reads a file that is at rest; `None` if it was not after all.
    async fn inspect(&self, entry: &Entry) -> Result<Option<State>, ArchiveError> {
        let mut reader = self.place.read(&entry.name, 0).await?;
        let (mut sum, mut head, mut tail) = (Summing::default(), Vec::new(), Vec::new());
        let size = each_piece(&mut reader, |piece| {
            sum.update(piece);
            let room = WINDOW.saturating_sub(head.len());
            head.extend_from_slice(&piece[..room.min(piece.len())]);
            tail.extend_from_slice(piece);
            tail.drain(..tail.len().saturating_sub(WINDOW));
        })
        .await?;
        if size != entry.size {
            return Ok(None);
        }
        let (format, duration) = match read(&head, &tail, size) {
            Reading::Audio { format, duration } => (format, duration),
            Reading::Short => return Ok(Some(State::Waiting(Waiting::Incomplete))),
            Reading::Foreign => return Ok(Some(State::Waiting(Waiting::Foreign))),
        };
        let file = entry.name.rsplit('/').next().unwrap_or_default();
        let mut hints = of_name(file, &self.zone);
        for sidecar in sidecars(&entry.name) {
            if let Some(text) = read_small(&self.place, &sidecar, LONGEST_SIDECAR).await? {
                hints = of_sidecar(&text, &self.zone).or(hints);
                break;
            }
        }
        Ok(Some(State::Read(Box::new(Found {
            name: entry.name.clone(),
            size,
            modified: entry.modified,
            format,
            duration,
            sha256: sum.finish(),
            hints,
        }))))
    }

    /// What is known of a file, if it is as it was.
    fn known(&self, entry: &Entry) -> Option<Seen> {
        let seen = self.seen();
        let known = seen.get(&entry.name)?;
        (known.size == entry.size && known.modified == entry.modified).then(|| known.clone())
    }

    /// What is kept is whole after each step: who panicked with it left nothing half done.
    fn seen(&self) -> MutexGuard<'_, HashMap<String, Seen>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl<P: Place> Inbox for Files<P> {
    async fn scan(&self, now: Timestamp) -> Result<Vec<Found>, ArchiveError> {
        let mut seen = HashMap::new();
        let mut found = Vec::new();
        let candidates = self.candidates().await?;
        for (name, error) in candidates.closed {
            if !self.seen().contains_key(&name) {
                tracing::warn!(%error, "a folder in the inbox cannot be looked into");
            }
            let closed = Seen {
                size: 0,
                modified: Timestamp::UNIX_EPOCH,
                since: now,
                state: State::Waiting(Waiting::Unreadable),
            };
            seen.insert(name, closed);
        }
        for entry in candidates.files {
            let mut known = self.known(&entry).unwrap_or(Seen {
                size: entry.size,
                modified: entry.modified,
                since: now,
                state: State::Waiting(Waiting::Growing),
            });
            let unreadable = matches!(known.state, State::Waiting(Waiting::Unreadable));
            let unread = unreadable || matches!(known.state, State::Waiting(Waiting::Growing));
            if unread && known.since < now && now.duration_since(known.since) >= self.settle {
                // One file that cannot be read keeps nobody from the others.
                match self.inspect(&entry).await {
                    Ok(Some(state)) => known.state = state,
                    Ok(None) => {
                        known.since = now;
                        known.state = State::Waiting(Waiting::Growing);
                    }
                    // Moved or deleted meanwhile.
                    Err(error) if error.kind() == ArchiveErrorKind::Missing => continue,
                    Err(error) => {
                        let error = self.of_one_alone(error).await?;
                        if !unreadable {
                            tracing::warn!(%error, "a file in the inbox cannot be read");
                        }
                        known.state = State::Waiting(Waiting::Unreadable);
                    }
                }
            }
            if let State::Read(recording) = &known.state {
                found.push((**recording).clone());
            }
            seen.insert(entry.name, known);
        }
        *self.seen() = seen;
        Ok(found)
    }

    fn waiting(&self) -> Vec<(String, Waiting)> {
        let seen = self.seen();
        let mut waiting: Vec<_> = seen
            .iter()
            .filter_map(|(name, seen)| match &seen.state {
                State::Waiting(why) => Some((name.clone(), *why)),
                State::Read(_) => None,
            })
            .collect();
        waiting.sort_by(|a, b| a.0.cmp(&b.0));
        waiting
    }

    async fn open(&self, name: &str) -> Result<Reader, ArchiveError> {
        self.place.read(name, 0).await
    }

    async fn remove(&self, name: &str) -> Result<(), ArchiveError> {
        self.place.delete(name).await?;
        for sidecar in sidecars(name) {
            self.place.delete(&sidecar).await?;
        }
        Ok(())
    }
}

/// What lies beside recordings, or is one in the making.
fn is_beside(name: &str) -> bool {
    let extension = name
        .rsplit_once('.')
        .map(|(_, extension)| extension.to_ascii_lowercase());
    matches!(extension.as_deref(), Some("json" | "part" | "tmp" | "partial" | "lock"))
}

/// `a.wav.json`, `a.json`.
fn sidecars(name: &str) -> Vec<String> {
    let mut names = vec![format!("{name}.json")];
    let file = name.rsplit('/').next().unwrap_or_default();
    if let Some((stem, _)) = file.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()) {
        names.push(format!("{}{stem}.json", &name[..name.len() - file.len()]));
    }
    names
}

#[cfg(test)]
mod tests;
