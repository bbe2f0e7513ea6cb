//! One call: the key it goes by, what has become of it, and its story.

mod disposition;
mod erased;
mod progress;
mod recorded;
mod state;

use std::fmt;

use jiff::Timestamp;

pub use disposition::Disposition;
pub use progress::{
    Basis, Caller, Candidate, Late, Learn, LookUp, NewUser, Pop, Refused, StandIn, TakeBack, Ticket, TicketOpened,
    TicketTry,
};
pub use recorded::{Attach, CallRecording, Recorded};
pub use state::{Answer, CallState, End, EndBasis, Leg, LogEntry, Sibling, ToldGroup};

/// The id under which the PBX told of a call first. It stays, whatever the PBX calls the call later.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct CallKey(String);

impl CallKey {
    /// The key of a call that is told under this id for the first time.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// As stored and shown.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CallKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One line of a call's story. Numbers in it are masked; people are named by their ids.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Step {
    /// When.
    pub at: Timestamp,
    /// What sort of line.
    pub kind: StepKind,
    /// What happened or was decided.
    pub what: String,
    /// The reason; empty where the line speaks for itself.
    pub why: String,
}

/// What sort of line a [`Step`] is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum StepKind {
    /// The PBX told it.
    Event,
    /// The core decided it.
    Decision,
    /// An order went out.
    Request,
    /// What came back.
    Answer,
}

/// What one call has become with the last input: written to the journal in one piece.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Change {
    /// All the core knows of the call: what [`Core::restore`](crate::core::Core::restore) takes back.
    pub state: CallState,
    /// What people are shown.
    pub summary: CallSummary,
    /// New lines of its story.
    pub steps: Vec<Step>,
}

/// A call as lists show it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CallSummary {
    /// Its key.
    pub key: CallKey,
    /// When it was first heard of.
    pub started: Timestamp,
    /// How far it is.
    pub phase: Phase,
    /// The caller as the PBX shows it; whoever prints it masks it.
    pub caller: Option<pbx::Dialled>,
    /// The PBX group's name.
    pub group: Option<String>,
    /// Login of the agent who answered first.
    pub agent: Option<pbx::UserId>,
    /// The ticket.
    pub ticket: Option<crate::desk::TicketId>,
    /// The ticket's requester as far as the bridge knows.
    pub requester: Option<crate::desk::UserId>,
    /// In words: the ticket, or why there is none, or what is waited for. No personal data.
    pub outcome: String,
}

/// How far a call is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Phase {
    /// Phones ring, or are about to.
    Ringing,
    /// Somebody talks.
    Talking,
    /// Nobody talks any more; something is still to be done (ticket waiting, wrap-up, learning).
    WrapUp,
    /// Nothing more will come of it.
    Over,
}
