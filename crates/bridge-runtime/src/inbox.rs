//! Where finished recordings appear, as the bridge needs it: a port, behind which a folder or a share stands.

use async_trait::async_trait;
use bridge_core::call::CallState;
use bridge_core::recording::{Recording, Sha256};
use jiff::Timestamp;
use tokio::io::AsyncRead;

/// The content of a recording, as it is read.
pub type Content = Box<dyn AsyncRead + Send + Unpin>;

/// What was made of a recording that is too large.
pub struct Smaller {
    /// It, as it is read.
    pub content: Content,
    /// How many bytes.
    pub size: u64,
    /// Of its content.
    pub sha256: Sha256,
}

/// Where finished recordings appear.
#[async_trait]
pub trait Inbox: Send + Sync {
    /// All that are finished and can be read. Those that were told before are told again, as long as they are there.
    ///
    /// # Errors
    /// When it cannot be told which there are.
    async fn scan(&self, now: Timestamp) -> Result<Vec<Recording>, InboxError>;

    /// Begins to read one, by its name.
    ///
    /// # Errors
    /// When it cannot be read; [`InboxErrorKind::Gone`] if it is not there.
    async fn open(&self, name: &str) -> Result<Content, InboxError>;

    /// Makes the same sound as Opus in Ogg of one, by its name and sum, and begins to read that. Asked again after a failure
    /// of the help desk, so it may be kept until [`Inbox::done`] is asked.
    ///
    /// # Errors
    /// As of [`Inbox::open`]; [`InboxErrorKind::Incompressible`] if that cannot be made of it, as of any where nobody does so.
    async fn open_smaller(&self, _name: &str, _sha256: &Sha256) -> Result<Smaller, InboxError> {
        Err(InboxError {
            kind: InboxErrorKind::Incompressible,
            message: "nobody makes recordings smaller here".into(),
            source: None,
        })
    }

    /// This recording must not be kept anywhere: it is deleted where it was found. Asked again as long as it is told.
    ///
    /// # Errors
    /// When that is not possible now.
    async fn discard(&self, recording: &Recording) -> Result<(), InboxError>;

    /// Nothing more is to be done with this recording of this call in the help desk: it is removed, or kept elsewhere.
    /// Asked again as long as it is told.
    ///
    /// # Errors
    /// When that is not possible now.
    async fn done(&self, recording: &Recording, call: &CallState) -> Result<(), InboxError>;
}

/// Why an inbox, or a recording in it, could not be read.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct InboxError {
    /// What kind of failure.
    pub kind: InboxErrorKind,
    /// For an administrator; without the names of files, which may hold numbers.
    pub message: String,
    /// The cause.
    #[source]
    pub source: Option<pbx::BoxError>,
}

/// What kind of failure, and so what may help.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum InboxErrorKind {
    /// The recording is not there any more.
    Gone,
    /// Nothing smaller can be made of it.
    Incompressible,
    /// Anything else: it may be there later.
    Unavailable,
}
