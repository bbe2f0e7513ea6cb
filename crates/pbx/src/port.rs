//! The port: what the bridge asks of a telephone system.

use std::pin::Pin;

use async_trait::async_trait;
use futures_core::Stream;

use crate::{CallId, CallLog, Event, Group, PbxName, User, UserId};

/// The cause of an error, of whatever type.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Events as they come in. An `Err` is the last item: the stream has to be opened anew.
pub type EventStream = Pin<Box<dyn Stream<Item = Result<Event, PbxError>> + Send>>;

/// A telephone system.
#[async_trait]
pub trait Pbx: Send + Sync {
    /// Which installation this is. Part of every ticket's `external_id`, so it must stay the same for ever.
    fn name(&self) -> &PbxName;

    /// Everybody on the PBX.
    ///
    /// # Errors
    /// When the PBX cannot be asked, or the login may not list users.
    async fn users(&self) -> Result<Vec<User>, PbxError>;

    /// All groups with their members.
    ///
    /// # Errors
    /// When the PBX cannot be asked, or the login may not list groups.
    async fn groups(&self) -> Result<Vec<Group>, PbxError>;

    /// Opens the stream of events. What the adapter can mend by itself, such as one of many sessions that has to log
    /// in again, it mends and tells by [`Event::Disconnected`] and [`Event::Connected`]; what it cannot ends the stream.
    ///
    /// # Errors
    /// When no event can come at all: the PBX is away, every login was refused, the callback address is taken.
    async fn open(&self) -> Result<EventStream, PbxError>;

    /// Ends what [`Pbx::open`] began: logs out, so that the PBX does not go on calling. Best effort.
    async fn close(&self);

    /// The calls that were, if the PBX keeps them. With it, what happened in a gap is made up for; without it, an
    /// answer that nobody told is lost.
    fn call_log(&self) -> Option<&dyn CallLog> {
        None
    }

    /// How to have a call recorded, if the PBX can be asked to.
    fn recorder(&self) -> Option<&dyn Recorder> {
        None
    }
}

/// The ability to record a call: what [`Pbx::recorder`] gives if the PBX has it. Where finished recordings appear is for
/// the site to say.
#[async_trait]
pub trait Recorder: Send + Sync {
    /// Has a call recorded to its end, in the name of this owner, who talks. Asked once for a call at most: a PBX may
    /// take a second wish for the end of the recording.
    ///
    /// # Errors
    /// When the PBX cannot be asked in the name of this owner, or does not record this call.
    async fn record(&self, call: &CallId, owner: &UserId) -> Result<(), PbxError>;
}

/// Why a PBX could not be asked.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct PbxError {
    kind: ErrorKind,
    message: String,
    source: Option<BoxError>,
}

/// What kind of failure it was, and so what may help.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Nobody answers at the address, or the answer came too late. Trying later may help.
    Unreachable,
    /// The PBX refuses the login. Only an administrator can help.
    Login,
    /// The login is good, but lacks a right. Only an administrator can help.
    Forbidden,
    /// An address or port that the bridge itself wants to listen on is in use or not ours.
    Listen,
    /// The PBX answered something that makes no sense.
    Protocol,
}

impl PbxError {
    /// An error of this kind; `message` is for an administrator and names no number and no secret.
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            source: None,
        }
    }

    /// With its cause.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<BoxError>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What kind of failure it was.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Whether trying again later can help without anybody doing something.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        matches!(self.kind, ErrorKind::Unreachable | ErrorKind::Protocol)
    }
}
