//! What can go wrong, by what may help.

use std::fmt;
use std::io;

/// An operation on an inbox, the spool or an archive failed.
///
/// `Display` is a sentence for an administrator. It names no file, number, user or secret; the technical word for
/// what the system said stands in brackets.
pub struct ArchiveError {
    kind: ArchiveErrorKind,
    during: &'static str,
    detail: Option<String>,
}

/// What may help against an [`ArchiveError`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum ArchiveErrorKind {
    /// The server cannot be reached or was lost on the way: later it may go.
    Unreachable,
    /// The server is there and has no room for one more at the moment: later it may go.
    Busy,
    /// The server refuses user or password.
    WrongPassword,
    /// The server is there, but no share of that name.
    NoSuchShare,
    /// The user lacks a right: to the share, the folder or the file.
    Denied,
    /// What should be written to is read-only.
    ReadOnly,
    /// No space is left, or a quota is used up.
    Full,
    /// The server insists on encryption, which the SMB library cannot do with it.
    EncryptionRequired,
    /// What was read back is not what was written, or a file changed while it was read.
    Damaged,
    /// Another program has the file open.
    InUse,
    /// A file that was there is there no more.
    Missing,
    /// Nothing smaller can be made of it: it is no WAV, or of a codec that is not read.
    Incompressible,
    /// Something else; the text in brackets says what.
    Other,
}

impl ArchiveError {
    pub(crate) fn new(kind: ArchiveErrorKind, during: &'static str) -> Self {
        Self {
            kind,
            during,
            detail: None,
        }
    }

    pub(crate) fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// The same failure, understood better.
    pub(crate) fn of_kind(mut self, kind: ArchiveErrorKind) -> Self {
        self.kind = kind;
        self
    }

    pub(crate) fn other(during: &'static str, detail: impl Into<String>) -> Self {
        Self::new(ArchiveErrorKind::Other, during).with_detail(detail)
    }

    /// For `map_err`: what the file system said, without the path it said it of.
    pub(crate) fn io(during: &'static str) -> impl Fn(io::Error) -> Self {
        move |error| Self::from_io(during, &error)
    }

    pub(crate) fn from_io(during: &'static str, error: &io::Error) -> Self {
        // An error of this crate may have come through a reader or writer of the standard library.
        if let Some(own) = error.get_ref().and_then(|inner| inner.downcast_ref::<Self>()) {
            return Self {
                kind: own.kind,
                during: own.during,
                detail: own.detail.clone(),
            };
        }
        Self::new(kind_of_io(error.kind()), during).with_detail(error.kind().to_string())
    }

    /// For `map_err`: what the SMB server said.
    pub(crate) fn smb(during: &'static str) -> impl Fn(smb2::Error) -> Self {
        move |error| Self::from_smb(during, &error)
    }

    pub(crate) fn from_smb(during: &'static str, error: &smb2::Error) -> Self {
        let detail = match error.status() {
            Some(status) => status.to_string(),
            None => format!("{:?}", error.kind()),
        };
        Self::new(kind_of_smb(error), during).with_detail(detail)
    }

    /// What may help.
    pub fn kind(&self) -> ArchiveErrorKind {
        self.kind
    }

    /// What the system said, or what is wrong with what was given; the sentence of `Display` has it in brackets.
    pub fn detail(&self) -> Option<&str> {
        self.detail.as_deref()
    }

    /// Whether the same attempt may succeed later without anybody changing a setting.
    pub fn is_temporary(&self) -> bool {
        matches!(
            self.kind,
            ArchiveErrorKind::Unreachable
                | ArchiveErrorKind::Busy
                | ArchiveErrorKind::Full
                | ArchiveErrorKind::Damaged
                | ArchiveErrorKind::InUse
        )
    }
}

impl From<ArchiveError> for io::Error {
    fn from(error: ArchiveError) -> Self {
        Self::other(error)
    }
}

impl fmt::Display for ArchiveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            ArchiveErrorKind::Unreachable => "the file server cannot be reached, or the connection was lost",
            ArchiveErrorKind::Busy => "the file server has too much to do at the moment, or too little memory",
            ArchiveErrorKind::WrongPassword => "the file server refuses the user or the password",
            ArchiveErrorKind::NoSuchShare => "the file server has no share of this name",
            ArchiveErrorKind::Denied => {
                "access is denied: give the user the right to read, write and delete there, on the share and in its folder; \
                 if the share insists on encryption, mount it and name the mounted folder as file:///… instead"
            }
            ArchiveErrorKind::ReadOnly => "the place is read-only",
            ArchiveErrorKind::Full => "no space is left there, or the quota is used up",
            ArchiveErrorKind::EncryptionRequired => {
                "the file server insists on encrypted SMB, which this program cannot do with it: mount the share with the \
                 operating system and name the mounted folder as file:///…, or have the server accept signed connections"
            }
            ArchiveErrorKind::Damaged => "what was read is not what was written; nothing was taken as done",
            ArchiveErrorKind::InUse => "another program has the file open",
            ArchiveErrorKind::Missing => "the file is not there any more",
            ArchiveErrorKind::Incompressible => "nothing smaller can be made of it",
            ArchiveErrorKind::Other => "it failed",
        };
        write!(f, "{}: {what}", self.during)?;
        match &self.detail {
            Some(detail) => write!(f, " ({detail})"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for ArchiveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ArchiveError({:?}: {self})", self.kind)
    }
}

impl std::error::Error for ArchiveError {}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "an enum of the standard library that keeps growing"
)]
fn kind_of_io(kind: io::ErrorKind) -> ArchiveErrorKind {
    use io::ErrorKind as Io;
    match kind {
        Io::StorageFull | Io::QuotaExceeded => ArchiveErrorKind::Full,
        Io::ReadOnlyFilesystem => ArchiveErrorKind::ReadOnly,
        Io::PermissionDenied => ArchiveErrorKind::Denied,
        Io::NotFound => ArchiveErrorKind::Missing,
        // What a mounted share says when its server is away.
        Io::HostUnreachable
        | Io::NetworkUnreachable
        | Io::NetworkDown
        | Io::TimedOut
        | Io::ConnectionReset
        | Io::ConnectionRefused
        | Io::ConnectionAborted
        | Io::NotConnected
        | Io::BrokenPipe
        | Io::StaleNetworkFileHandle => ArchiveErrorKind::Unreachable,
        _ => ArchiveErrorKind::Other,
    }
}

/// What a server says that is there and cannot serve one more: STATUS_NO_MEMORY, STATUS_INSUFFICIENT_RESOURCES,
/// STATUS_NETWORK_BUSY, STATUS_TOO_MANY_SESSIONS, STATUS_REQUEST_NOT_ACCEPTED, STATUS_INSUFF_SERVER_RESOURCES.
const OUT_OF_RESOURCES: [u32; 6] = [
    0xC000_0017,
    0xC000_009A,
    0xC000_00BF,
    0xC000_00CE,
    0xC000_00D0,
    0xC000_0205,
];

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "an open enum of a library: what is new there is something else here"
)]
fn kind_of_smb(error: &smb2::Error) -> ArchiveErrorKind {
    use smb2::ErrorKind as Smb;
    use smb2::types::status::NtStatus;
    if error.status() == Some(NtStatus::BAD_NETWORK_NAME) {
        return ArchiveErrorKind::NoSuchShare;
    }
    // STATUS_MEDIA_WRITE_PROTECTED has no name in the library.
    if error.status() == Some(NtStatus(0xC000_00A2)) {
        return ArchiveErrorKind::ReadOnly;
    }
    if error
        .status()
        .is_some_and(|status| OUT_OF_RESOURCES.contains(&status.0))
    {
        return ArchiveErrorKind::Busy;
    }
    match error.kind() {
        Smb::AuthRequired | Smb::GuestSessionRefused => ArchiveErrorKind::WrongPassword,
        Smb::AccessDenied => ArchiveErrorKind::Denied,
        Smb::NotFound => ArchiveErrorKind::Missing,
        Smb::SharingViolation => ArchiveErrorKind::InUse,
        Smb::DiskFull => ArchiveErrorKind::Full,
        Smb::ConnectionLost | Smb::TimedOut | Smb::SessionExpired | Smb::Io | Smb::DfsTargetUnreachable => {
            ArchiveErrorKind::Unreachable
        }
        _ => ArchiveErrorKind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_says_becomes_what_may_help() {
        for (said, kind) in [
            (io::ErrorKind::StorageFull, ArchiveErrorKind::Full),
            (io::ErrorKind::QuotaExceeded, ArchiveErrorKind::Full),
            (io::ErrorKind::ReadOnlyFilesystem, ArchiveErrorKind::ReadOnly),
            (io::ErrorKind::PermissionDenied, ArchiveErrorKind::Denied),
            (io::ErrorKind::NotFound, ArchiveErrorKind::Missing),
            (io::ErrorKind::HostUnreachable, ArchiveErrorKind::Unreachable),
            (io::ErrorKind::InvalidData, ArchiveErrorKind::Other),
        ] {
            assert_eq!(ArchiveError::from_io("writing", &said.into()).kind(), kind, "{said:?}");
        }
    }

    #[test]
    fn a_server_without_resources_may_have_some_later() {
        for (status, kind) in [
            (0xC000_0017, ArchiveErrorKind::Busy),
            (0xC000_0205, ArchiveErrorKind::Busy),
            (0xC000_00A2, ArchiveErrorKind::ReadOnly),
            (0xC000_00CC, ArchiveErrorKind::NoSuchShare),
        ] {
            let said = smb2::Error::Protocol {
                status: smb2::types::status::NtStatus(status),
                command: smb2::types::Command::TreeConnect,
            };
            let error = ArchiveError::from_smb("opening the share", &said);
            assert_eq!(error.kind(), kind, "{status:x}");
            assert_eq!(error.is_temporary(), kind == ArchiveErrorKind::Busy);
        }
    }

    #[test]
    fn an_error_that_went_through_a_reader_is_still_itself() {
        let through: io::Error = ArchiveError::new(ArchiveErrorKind::Unreachable, "reading").into();
        assert_eq!(
            ArchiveError::from_io("copying", &through).kind(),
            ArchiveErrorKind::Unreachable
        );
    }

    #[test]
    fn who_is_refused_for_want_of_encryption_is_told_the_second_way() {
        let text = ArchiveError::new(ArchiveErrorKind::EncryptionRequired, "signing in").to_string();
        assert!(text.contains("file:///"), "{text}");
    }
}
