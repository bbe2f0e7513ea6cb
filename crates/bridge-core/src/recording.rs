//! Recordings as they are found, and what becomes of them.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use pbx::Dialled;

use crate::call::CallKey;

/// The SHA-256 of a recording's content: what a recording goes by, whatever its file is called.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sha256(String);

/// A finished recording that was found. `Debug` shows neither its name nor any number.
#[derive(Clone, PartialEq, Eq)]
pub struct Recording {
    /// The file's name where it was found, which may hold numbers.
    pub name: String,
    /// How many bytes.
    pub size: u64,
    /// Of its content.
    pub sha256: Sha256,
    /// The type of its content, such as `audio/wav`.
    pub mime: String,
    /// The usual end of such a file's name, without the dot.
    pub extension: String,
    /// How long it plays, where the file tells.
    pub duration: Option<SignedDuration>,
    /// Of which call it may be.
    pub hints: Hints,
}

/// What a recording's name, or a file beside it, says of its call. `Debug` shows no number.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Hints {
    /// The PBX's id of the call.
    pub call: Option<pbx::CallId>,
    /// The caller's number.
    pub caller: Option<Dialled>,
    /// Who was called: the number that was dialled, or that of whoever answered.
    pub called: Option<Dialled>,
    /// When the recording began, by the PBX's clock.
    pub began: Option<Timestamp>,
    /// The other moment that may be meant, where that clock showed the time twice.
    pub or_began: Option<Timestamp>,
}

/// A recording and how it stands with it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Kept {
    /// Which.
    pub recording: Recording,
    /// How it stands with it.
    pub standing: Standing,
}

/// How it stands with a recording.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Standing {
    /// It is not certain of which call it is; an administrator may say.
    Unassigned {
        /// Why not, without personal data.
        why: String,
    },
    /// It is this call's, and is about to be attached to its ticket.
    Assigned {
        /// The call.
        call: CallKey,
    },
    /// It hangs on the ticket.
    Attached {
        /// The call.
        call: CallKey,
    },
    /// It does not hang on the ticket (any more), and nothing more is to be done with it in the help desk.
    Settled {
        /// The call.
        call: CallKey,
        /// Why; without personal data.
        what: String,
    },
    /// Its call must not be recorded: wherever it lies, it is deleted.
    Refused {
        /// The call.
        call: CallKey,
    },
    /// It was not certain of which call it is, and its file is gone.
    Gone,
}

impl Sha256 {
    /// Reads 64 hexadecimal digits.
    #[must_use]
    pub fn parse(hex: &str) -> Option<Self> {
        let is_sum = hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_sum.then(|| Self(hex.to_ascii_lowercase()))
    }

    /// In 64 hexadecimal digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first twelve digits: enough to tell recordings apart.
    #[must_use]
    pub fn short(&self) -> &str {
        &self.0[..12]
    }
}

impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sha256({}…)", self.short())
    }
}

impl fmt::Debug for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recording")
            .field("sha256", &self.sha256)
            .field("size", &self.size)
            .field("mime", &self.mime)
            .field("duration", &self.duration)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Hints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hints")
            .field("call", &self.call)
            .field("caller", &self.caller.is_some())
            .field("called", &self.called.is_some())
            .field("began", &self.began)
            .field("or_began", &self.or_began)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_is_64_hexadecimal_digits_in_whatever_case() {
        let hex = "0123456789abcdef".repeat(4);
        assert_eq!(Sha256::parse(&hex.to_uppercase()).unwrap().as_str(), hex);
        assert_eq!(Sha256::parse(&hex).unwrap().short(), "0123456789ab");
        for wrong in ["", &hex[1..], &format!("{hex}0"), &hex.replace('f', "g")] {
            assert_eq!(Sha256::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn debug_shows_neither_name_nor_number() {
        let recording = Recording {
            name: "Aufnahme_20261124_140205_0721123456_0101.wav".into(),
            size: 1,
            sha256: Sha256::parse(&"a".repeat(64)).unwrap(),
            mime: "audio/wav".into(),
            extension: "wav".into(),
            duration: None,
            hints: Hints {
                caller: Some(Dialled::new("0721123456")),
                ..Hints::default()
            },
        };
        let shown = format!("{recording:?} {:?}", recording.hints);
        assert!(!shown.contains("456") && !shown.contains("Aufnahme"), "{shown}");
    }
}
