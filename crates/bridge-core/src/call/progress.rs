//! How far each thing is that becomes of a call: the look-up, the ticket, the screen pop, learning.

use std::fmt;

use jiff::Timestamp;

use crate::desk::{GroupId, NumberField, TicketId, UserId};
use crate::effect::EffectId;
use crate::input::Refusal;

/// How far the question is who calls.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LookUp {
    /// Not asked yet, or not for such a call.
    NotAsked,
    /// Under way.
    Asked {
        /// Which order.
        effect: EffectId,
    },
    /// Answered.
    Found(Caller),
    /// It could not be made.
    Failed {
        /// Which order.
        effect: EffectId,
        /// Why.
        why: String,
    },
}

/// Who calls, by the number.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Caller {
    /// This user and nobody else.
    Known(UserId),
    /// No certain match: several, or one whose number is shared.
    Several(Vec<Candidate>),
    /// Nobody has the number.
    Nobody,
}

/// One of several who may be calling.
#[derive(Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Who.
    pub user: UserId,
    /// As the help desk shows it; personal data.
    pub name: String,
}

impl fmt::Debug for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Candidate({})", self.user)
    }
}

/// The user that carries only this caller's number.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NewUser {
    /// Not asked for.
    NotAsked,
    /// Under way.
    Asked {
        /// Which order.
        effect: EffectId,
    },
    /// There it is.
    Made(UserId),
    /// There will be none.
    Failed {
        /// Which order.
        effect: EffectId,
    },
}

/// How far the ticket is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Ticket {
    /// Not ordered.
    Pending,
    /// Ordered.
    Ordered(TicketTry),
    /// It stands.
    Opened(TicketOpened),
    /// The help desk will not have it.
    Failed {
        /// Why.
        why: String,
    },
}

/// One try at opening the ticket.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TicketTry {
    /// Which order.
    pub effect: EffectId,
    /// Whose ticket.
    pub requester: Option<UserId>,
    /// Why his.
    pub basis: Basis,
    /// The agent.
    pub assignee: Option<UserId>,
    /// The group.
    pub group: Option<GroupId>,
    /// Whether its note names the candidates.
    pub names_candidates: bool,
    /// What the help desk refused in earlier tries.
    pub refused: Vec<Refused>,
}

/// Something that the help desk would not have.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refused {
    /// What sort of thing.
    pub what: Refusal,
    /// Its id in the help desk.
    pub id: u64,
    /// In the help desk's words.
    pub why: String,
}

/// A ticket that stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TicketOpened {
    /// Its id.
    pub ticket: TicketId,
    /// When the bridge was told.
    pub at: Timestamp,
    /// Whose it is by the bridge's doing.
    pub requester: Option<UserId>,
    /// Why his.
    pub basis: Basis,
    /// Whose it was when it was last read.
    pub seen: Option<UserId>,
    /// Whether a note names the candidates.
    pub names_candidates: bool,
    /// It is deleted or closed: no note can be added any more.
    pub gone: bool,
}

/// Why a ticket has the requester it has.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Basis {
    /// He is known by his number.
    Known,
    /// A user was made for the number.
    New,
    /// The default user stands in.
    Default(StandIn),
    /// The help desk refused everybody.
    Nobody,
}

impl Basis {
    /// Whether the default user stands in only because it was not known yet who calls.
    #[must_use]
    pub fn is_provisional(self) -> bool {
        match self {
            Self::Default(StandIn::Waiting | StandIn::NoNumber) => true,
            Self::Default(StandIn::Strategy | StandIn::Refused) | Self::Known | Self::New | Self::Nobody => false,
        }
    }

    /// Whether an agent is expected to set the requester, so that the number may be learned.
    #[must_use]
    pub fn is_to_learn(self) -> bool {
        match self {
            Self::Default(_) | Self::New => true,
            Self::Known | Self::Nobody => false,
        }
    }
}

/// Why the default user stands in.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum StandIn {
    /// The strategy wants it so for this caller.
    Strategy,
    /// There was no number, or none that can be read.
    NoNumber,
    /// It was not yet known who calls.
    Waiting,
    /// The help desk refused the requester that was meant.
    Refused,
}

/// How far the screen pop is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Pop {
    /// Not decided.
    NotYet,
    /// Ordered.
    Ordered {
        /// Which order.
        effect: EffectId,
    },
    /// Taken back; it may have left before that.
    Withdrawn {
        /// Which order.
        effect: EffectId,
    },
    /// The agent was shown the ticket.
    Shown,
    /// There will be none.
    No,
}

/// Setting the requester of a ticket that was opened on a stand-in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Late {
    /// Not begun, or not needed.
    NotYet,
    /// The ticket is read first.
    Reading {
        /// Which order.
        effect: EffectId,
        /// The requester to be.
        to: UserId,
        /// From 1.
        round: u32,
    },
    /// The requester is being set.
    Setting {
        /// Which order.
        effect: EffectId,
        /// The requester to be.
        to: UserId,
        /// From 1.
        round: u32,
    },
    /// Done, or given up.
    Settled,
}

/// What becomes of the number after the call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Learn {
    /// Not begun, or nothing to learn.
    NotYet,
    /// The ticket is read again.
    Reading {
        /// Which order.
        effect: EffectId,
    },
    /// The numbers of the requester that an agent has set are read.
    Profile {
        /// Which order.
        effect: EffectId,
        /// The requester.
        user: UserId,
    },
    /// Whose is the number by now?
    Owner {
        /// Which order.
        effect: EffectId,
        /// The requester.
        user: UserId,
        /// Where the number may go.
        free: Vec<NumberField>,
    },
    /// The number is taken from the user that was made for it.
    Releasing {
        /// Which order.
        effect: EffectId,
        /// The requester.
        user: UserId,
        /// Where the number may go.
        free: Vec<NumberField>,
    },
    /// The number is being written.
    Writing {
        /// Which order.
        effect: EffectId,
        /// The requester.
        user: UserId,
        /// Where else it may go.
        free: Vec<NumberField>,
    },
    /// Settled, one way or the other.
    Settled,
}

/// Whether the number that was learned from a call is taken back from the profile.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TakeBack {
    /// Nobody has asked for it.
    No,
    /// It is ordered.
    Ordered {
        /// Which order.
        effect: EffectId,
        /// From whom.
        user: UserId,
    },
    /// The number is not there any more.
    Done,
    /// It is left: somebody else has changed the profile since.
    Left,
}
