//! What can go wrong with a PBX.

use std::error::Error as StdError;

/// Why something could not be done.
///
/// The text is for an administrator: it says what failed and, where that is known, what to do; causes are in
/// [`source`](StdError::source). It never holds a secret, a name or a phone number.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    kind: ErrorKind,
    message: String,
    status: Option<u16>,
    code: Option<String>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// What kind of failure it was, and so what may help.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The settings make no sense: a bad URL, an unreadable certificate, a login twice.
    Config,
    /// Nobody answers, the answer came too late, or the PBX says that it is out of order (5xx). Later may help.
    Unreachable,
    /// The PBX answers, but with a certificate that nothing here vouches for.
    Certificate,
    /// The PBX refuses the login.
    Login,
    /// The login is good, but lacks a right.
    Forbidden,
    /// There is no session to ask in: it has to be logged in first, or again.
    NoSession,
    /// There is nothing of that id, or this PBX does not offer it at all.
    NotFound,
    /// The PBX refuses the request for another reason.
    Rejected,
    /// The PBX answered something that makes no sense.
    Protocol,
    /// The address for callbacks cannot be listened on.
    Listen,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            status: None,
            code: None,
            source: None,
        }
    }

    pub(crate) fn caused_by(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    pub(crate) fn answered(mut self, status: u16, code: Option<String>) -> Self {
        self.status = Some(status);
        self.code = code;
        self
    }

    /// What kind of failure it was.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The HTTP status, if the PBX answered with one that was the failure.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.status
    }

    /// The `code` of the PBX's own error body: a UUID that names the kind of failure, or the `error` of its OAuth server,
    /// such as `invalid_grant`.
    #[must_use]
    pub fn vendor_code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// Whether trying again later can help without anybody doing something.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        matches!(self.kind, ErrorKind::Unreachable | ErrorKind::Protocol)
    }
}
