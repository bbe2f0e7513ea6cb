//! What became of a call, as one of a few words: for counting. People read [`CallSummary::outcome`](super::CallSummary).

use std::fmt;

/// What became of a call.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Disposition {
    /// There is a ticket.
    Ticket,
    /// Nobody answered, or a voice mailbox did.
    Unanswered,
    /// It came through no group that is served.
    NotServed,
    /// From one phone of the house to another.
    Internal,
    /// One of our own phones began it.
    Outbound,
    /// It was answered while the bridge was not active.
    Inactive,
    /// The help desk will not have its ticket.
    Failed,
    /// It turned out to be part of another call, which counts in its place.
    SameCall,
}

impl Disposition {
    /// All that there are.
    pub const ALL: [Self; 8] = [
        Self::Ticket,
        Self::Unanswered,
        Self::NotServed,
        Self::Internal,
        Self::Outbound,
        Self::Inactive,
        Self::Failed,
        Self::SameCall,
    ];

    /// As programs read it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ticket => "ticket",
            Self::Unanswered => "unanswered",
            Self::NotServed => "not_served",
            Self::Internal => "internal",
            Self::Outbound => "outbound",
            Self::Inactive => "inactive",
            Self::Failed => "failed",
            Self::SameCall => "same_call",
        }
    }
}

impl fmt::Display for Disposition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
