//! What the player tells, while a story goes on and at its end.

use std::time::Duration;

/// What has just happened. Calls have the name that they began with.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Progress {
    /// A call rings, or is announced.
    Rang {
        /// The call.
        call: String,
        /// The PBX's id of it.
        pbx_call: String,
        /// The caller's number as shown; `None`: withheld or not told.
        caller: Option<String>,
        /// The group, by its name.
        group: Option<String>,
        /// Whose phones.
        at: Vec<String>,
    },
    /// An outbound call is set up.
    Dialled {
        /// The call.
        call: String,
        /// The PBX's id of it.
        pbx_call: String,
        /// Who calls.
        by: String,
    },
    /// Somebody talks.
    Answered {
        /// The call.
        call: String,
        /// The PBX's id of it.
        pbx_call: String,
        /// Who.
        by: String,
    },
    /// On hold.
    Parked {
        /// The call.
        call: String,
        /// By whom.
        by: String,
    },
    /// A mailbox took it.
    Mailbox {
        /// The call.
        call: String,
        /// Whose.
        at: String,
    },
    /// The PBX goes on under another id.
    IdChanged {
        /// The call.
        call: String,
        /// The new id.
        pbx_call: String,
    },
    /// Over, at some legs or at all.
    Ended {
        /// The call.
        call: String,
        /// Where; empty: everywhere.
        at: Vec<String>,
    },
    /// A ticket of the call stands in Zendesk.
    TicketSeen {
        /// The call.
        call: String,
        /// The ticket.
        ticket: u64,
    },
    /// The ticket was opened on an agent's screen.
    Popped {
        /// The call.
        call: String,
        /// The ticket.
        ticket: u64,
        /// Zendesk's id of the agent.
        agent: u64,
    },
    /// An agent did something to the call's ticket.
    AgentActed {
        /// The call.
        call: String,
        /// Zendesk's id of the agent.
        agent: u64,
        /// What he did, in words.
        what: String,
    },
    /// Zendesk went away or came back.
    Zendesk {
        /// Whether it answers from here on.
        up: bool,
    },
    /// Sessions were dropped: of one login, or of all.
    Gap {
        /// Whose.
        login: Option<String>,
    },
    /// The bridge was switched.
    Activation {
        /// On or off.
        active: bool,
    },
    /// The last line has been played; what is expected is waited for.
    Played,
    /// The story is over.
    Judged(Report),
}

/// What became of one expectation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Verdict {
    /// The story's title.
    pub story: String,
    /// The line of the expectation; for a line that could not be played, that line.
    pub line: usize,
    /// The call it is about, if it is about one.
    pub call: Option<String>,
    /// What is expected, in the story's words.
    pub expected: String,
    /// Whether it holds.
    pub holds: bool,
    /// What was found.
    pub found: String,
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            story,
            line,
            expected,
            found,
            ..
        } = self;
        if self.holds {
            write!(f, "ok      {expected}: {found}")
        } else {
            write!(f, "FAILED  {expected}: {found} (line {line} of \"{story}\")")
        }
    }
}

/// A call of a story that was played.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PlayedCall {
    /// The name it began with.
    pub call: String,
    /// The PBX's first id of it; the ticket's external id ends with it.
    pub pbx_call: String,
    /// When it began, in the story's own time since midnight.
    pub began: Duration,
    /// Its tickets.
    pub tickets: Vec<u64>,
}

/// What became of a story.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Report {
    /// The story's title.
    pub story: String,
    /// Its calls, in order of appearance.
    pub calls: Vec<PlayedCall>,
    /// Its expectations, in the order of the file.
    pub verdicts: Vec<Verdict>,
}

impl Report {
    /// Whether everything came out as expected.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.verdicts.iter().all(|verdict| verdict.holds)
    }
}
