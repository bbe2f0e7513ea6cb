//! What a PBX keeps of the calls that were, for whoever has missed some.

use std::fmt;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

use crate::{Dialled, Direction, GroupId, PbxError, UserId};

/// The ability to tell which calls an owner had: what [`Pbx::call_log`](crate::Pbx::call_log) gives if the PBX has it.
///
/// The bridge reads it after every gap and now and then besides, and compares it with what became of the calls here.
#[async_trait]
pub trait CallLog: Send + Sync {
    /// Whose calls can be told.
    fn owners(&self) -> Vec<UserId>;

    /// The calls of one owner that **began** between two moments, both by the PBX's clock and both included, in
    /// whatever order. A call that goes on still may be missing. Telling some that began outside is harmless; telling
    /// fewer than there are is not: then it is an error.
    ///
    /// # Errors
    /// When the PBX cannot be asked in the name of this owner, or tells what makes no sense.
    async fn calls(&self, owner: &UserId, from: Timestamp, until: Timestamp) -> Result<Vec<LoggedCall>, PbxError>;
}

/// A call that was, as one owner's end saw it. The same call stands in the logs of all whose phones rang.
#[derive(Clone, PartialEq, Eq)]
pub struct LoggedCall {
    /// Which way it went as seen from the owner.
    pub direction: Direction,
    /// Whether the owner talked.
    pub answered: bool,
    /// The caller's number, empty if there is none.
    pub caller: Dialled,
    /// The number that was dialled, empty if it is not known.
    pub called: Dialled,
    /// The group through which the call came.
    pub group: Option<GroupId>,
    /// When it began by the PBX's clock. The same call is told with the same moment each time it is asked for.
    pub began: Timestamp,
    /// The other moment that may be meant, where the PBX tells the clock on its wall and that went back an hour.
    pub or_began: Option<Timestamp>,
    /// How long it lasted, with or without the ringing.
    pub lasted: SignedDuration,
}

impl fmt::Debug for LoggedCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoggedCall")
            .field("direction", &self.direction)
            .field("answered", &self.answered)
            .field("caller", &self.caller)
            .field("group", &self.group)
            .field("began", &self.began)
            .field("lasted", &self.lasted)
            .finish_non_exhaustive()
    }
}
