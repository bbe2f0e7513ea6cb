//! What can be wrong with a store, each in its own words.

use std::path::Path;

use bridge_core::port::JournalError;
use pbx::BoxError;
use sqlx::migrate::MigrateError;

use super::record::RecordError;

const MAY_WRITE: &str = "give the bridge's user the right to write the file and its folder";

/// Why the store cannot be opened, read or written.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct StoreError {
    kind: StoreErrorKind,
    message: String,
    #[source]
    source: Option<BoxError>,
}

/// What is wrong with a store, and so what may help.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// Another bridge holds this store.
    Held,
    /// There is no store yet: no bridge ever ran on it.
    Missing,
    /// The folder in which the store should lie does not exist.
    NoDirectory,
    /// File or folder cannot be written.
    ReadOnly,
    /// No space is left.
    Full,
    /// The file is something else than a journal of the bridge. It was not touched.
    NotOurs,
    /// The file is damaged. It was not touched.
    Damaged,
    /// A newer version of the bridge wrote it.
    Newer,
    /// An older version of the bridge wrote it, and one is running on it.
    Older,
    /// Another bridge took the store over.
    LeaseLost,
    /// Anything else, such as a disk that fails.
    Other,
}

impl StoreError {
    pub(super) fn new(kind: StoreErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            source: None,
        }
    }

    pub(super) fn caused_by(mut self, source: impl Into<BoxError>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What is wrong.
    #[must_use]
    pub fn kind(&self) -> StoreErrorKind {
        self.kind
    }

    /// What the operating system says of a file.
    pub(super) fn file(path: &Path, error: std::io::Error) -> Self {
        use std::io::ErrorKind as Io;
        let shown = path.display();
        let is = |kinds: &[Io]| kinds.contains(&error.kind());
        if is(&[Io::NotFound, Io::NotADirectory]) {
            return Self::no_directory(path).caused_by(error);
        }
        let (kind, message) = if is(&[Io::PermissionDenied, Io::ReadOnlyFilesystem]) {
            (
                StoreErrorKind::ReadOnly,
                format!("`{shown}` cannot be written: {MAY_WRITE}"),
            )
        } else if is(&[Io::StorageFull, Io::QuotaExceeded]) {
            (
                StoreErrorKind::Full,
                format!("no space is left for `{shown}`: make room on its disk"),
            )
        } else {
            (StoreErrorKind::Other, format!("`{shown}` cannot be opened"))
        };
        Self::new(kind, message).caused_by(error)
    }

    pub(super) fn no_directory(path: &Path) -> Self {
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        Self::new(
            StoreErrorKind::NoDirectory,
            format!(
                "the folder `{}` for the store does not exist: create it or change `store.url`",
                folder.display()
            ),
        )
    }

    /// What SQLite says of a file.
    pub(super) fn sqlite(path: &Path, error: sqlx::Error) -> Self {
        let shown = path.display();
        // The primary result code; SQLite puts details into the higher bits.
        let code = error
            .as_database_error()
            .and_then(|e| e.code())
            .and_then(|code| code.parse::<u32>().ok())
            .map(|code| code & 0xff);
        let (kind, message) = match code {
            Some(3 | 8 | 14 | 23) => (
                StoreErrorKind::ReadOnly,
                format!("the store `{shown}` cannot be written: {MAY_WRITE}"),
            ),
            Some(13) => (
                StoreErrorKind::Full,
                format!("no space is left for the store `{shown}`: make room on its disk"),
            ),
            Some(26) => return Self::not_ours(path).caused_by(error),
            Some(11) => return Self::damaged(path).caused_by(error),
            Some(5 | 6) => (
                StoreErrorKind::Other,
                format!("the store `{shown}` is locked by another program"),
            ),
            Some(10) => (StoreErrorKind::Other, format!("the disk of the store `{shown}` fails")),
            _ => (StoreErrorKind::Other, format!("the store `{shown}` cannot be used")),
        };
        Self::new(kind, message).caused_by(error)
    }

    pub(super) fn not_ours(path: &Path) -> Self {
        let message = format!(
            "`{}` is not a journal of this bridge and was left as it is: name another file in `store.url`",
            path.display()
        );
        Self::new(StoreErrorKind::NotOurs, message)
    }

    pub(super) fn damaged(path: &Path) -> Self {
        let message = format!(
            "the store `{}` is damaged and was left as it is: put back a copy, or move the file away (with those that end in `-wal` and `-shm`) to start anew; \
             calls that were waiting in it are lost then",
            path.display()
        );
        Self::new(StoreErrorKind::Damaged, message)
    }

    pub(super) fn newer(path: &Path, version: i64) -> Self {
        let message = format!(
            "a newer version of the bridge wrote the store `{}` (layout {version}): run that version, or name another file in `store.url`",
            path.display()
        );
        Self::new(StoreErrorKind::Newer, message)
    }

    pub(super) fn migration(path: &Path, error: MigrateError) -> Self {
        if let MigrateError::VersionMissing(version) = error {
            return Self::newer(path, version);
        }
        if let MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) = error {
            return Self::sqlite(path, error);
        }
        let shown = path.display();
        let message = format!(
            "the store `{shown}` has a layout that no version of this bridge made: name another file in `store.url`"
        );
        Self::new(StoreErrorKind::NotOurs, message).caused_by(error)
    }

    pub(super) fn record(path: &Path, error: RecordError) -> Self {
        Self::damaged(path).caused_by(error)
    }
}

impl From<StoreError> for JournalError {
    fn from(error: StoreError) -> Self {
        let lease_lost = matches!(error.kind, StoreErrorKind::LeaseLost);
        Self {
            message: error.message,
            lease_lost,
            source: error.source,
        }
    }
}
