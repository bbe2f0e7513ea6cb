//! What the spool knows of a recording.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::format::Format;
use crate::sum::Sha256Sum;

/// What belongs to a recording. `Debug` shows no numbers.
#[derive(Clone, PartialEq, Eq)]
pub struct Meta {
    /// The call's id.
    pub call: String,
    /// The numbers that took part, in one form (E.164 where they have one): what [`Spool::of_number`](super::Spool::of_number) compares.
    pub numbers: Vec<String>,
    /// When the call was answered.
    pub began: Timestamp,
    /// Whether it still has to be attached to a ticket.
    pub attach: bool,
    /// Whether it still has to be copied to the archive.
    pub copy: bool,
}

/// A recording in the spool, or what is known of one that is copied.
#[derive(Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its name in the spool, the same for the same content of the same call.
    pub id: String,
    /// The name its copy shall have. May hold numbers: not for logs.
    pub file_name: String,
    /// Bytes.
    pub size: u64,
    /// Its format.
    pub format: Format,
    /// How long it plays, in milliseconds, where that is known.
    pub millis: Option<u64>,
    /// The checksum of its content.
    pub sha256: Sha256Sum,
    /// What belongs to it.
    pub meta: Meta,
    /// Where its copy is.
    pub copied: Option<Copied>,
    /// Whether the recording itself is still here.
    pub is_here: bool,
}

/// Where a copy is.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copied {
    /// The folders below the archive's root.
    pub dir: Vec<String>,
    /// The name it got.
    pub name: String,
    /// When.
    pub at: Timestamp,
}

impl Kept {
    /// Whether it has neither to be attached nor to be copied any more.
    pub(crate) fn is_done(&self) -> bool {
        !(self.meta.attach || self.meta.copy)
    }
}

impl fmt::Debug for Meta {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Meta")
            .field("call", &self.call)
            .field("began", &self.began)
            .field("attach", &self.attach)
            .field("copy", &self.copy)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kept")
            .field("id", &self.id)
            .field("size", &self.size)
            .field("format", &self.format)
            .field("sha256", &self.sha256)
            .field("meta", &self.meta)
            .field("is_here", &self.is_here)
            .field("is_copied", &self.copied.is_some())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Copied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Copied").field("at", &self.at).finish_non_exhaustive()
    }
}
