//! All the core knows of one call, as plain data that a store can keep.
//!
//! Nothing else is needed to go on after a restart: deadlines follow from the moments in here and the settings, and
//! orders are recognised by the effect ids that the states name.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use pbx::{Dialled, Direction, LegState};

use super::{CallKey, CallRecording, Late, Learn, LookUp, NewUser, Pop, Recorded, TakeBack, Ticket, TicketOpened};
use crate::effect::EffectId;

/// All the core knows of one call; plain data, so that a store can keep it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CallState {
    /// Its key.
    pub key: CallKey,
    /// Every id under which the PBX has told of it. Empty once it turned out to be the same call as another, and of a
    /// call that is known from the PBX's own list only, which tells no ids.
    pub ids: BTreeSet<pbx::CallId>,
    /// The call that this one turned out to be the same as.
    pub merged_into: Option<CallKey>,
    /// When it was first heard of.
    pub started: Timestamp,
    /// The PBX's clock less ours at that time, as far as it was known: either clock may be set later.
    pub clock: Option<SignedDuration>,
    /// The same as it had been measured last when the call was first heard of.
    pub clock_before: Option<SignedDuration>,
    /// When it was last heard of.
    pub heard: Timestamp,
    /// The earliest moment that was told of it, by the PBX's clock.
    pub began: Option<Timestamp>,
    /// The latest one.
    pub went_on: Option<Timestamp>,
    /// Events may have been missed since it was last heard of: the PBX's own list may know better.
    pub uncertain: bool,
    /// What happens at each participant's end.
    pub legs: BTreeMap<pbx::UserId, Leg>,
    /// The caller's number as the PBX shows it: the best of all that was told.
    pub caller: Option<Dialled>,
    /// The number that was dialled first.
    pub called: Option<Dialled>,
    /// The groups that were told, each once, in the order told.
    pub groups: Vec<ToldGroup>,
    /// Somebody was called.
    pub inbound: bool,
    /// One of our own phones began the call.
    pub outbound: bool,
    /// A voice mailbox took part.
    pub mailbox: bool,
    /// The answer that counts for the ticket.
    pub answer: Option<Answer>,
    /// The end, as far as is known: a leg that comes to life takes it back.
    pub ended: Option<End>,
    /// The call by whose answer this one, which nobody answered, came to nothing.
    pub sibling: Option<Sibling>,
    /// Who is calling?
    pub lookup: LookUp,
    /// The user made for this number.
    pub new_user: NewUser,
    /// The ticket.
    pub ticket: Ticket,
    /// The screen pop.
    pub pop: Pop,
    /// Setting the requester after the ticket was opened on a stand-in.
    pub late: Late,
    /// What becomes of the number after the call.
    pub learn: Learn,
    /// Whether a number that was learned is taken back.
    pub take_back: TakeBack,
    /// Whether it is recorded.
    pub recorded: Recorded,
    /// Its recordings, in the order found.
    pub recordings: Vec<CallRecording>,
    /// Notes under way.
    pub notes: BTreeSet<EffectId>,
    /// How many orders of each step there were; the next id follows from it.
    pub orders: BTreeMap<String, u32>,
    /// Orders whose last attempt failed and that will be repeated, with the reason.
    pub postponed: BTreeMap<EffectId, String>,
    /// Orders that cannot succeed until an administrator helps, with the reason.
    pub wedged: BTreeMap<EffectId, String>,
    /// The reason last given for not ordering a ticket (yet), so that the story says it once.
    pub verdict: Option<String>,
    /// What the outcome says beside the ticket, without personal data.
    pub remarks: Vec<String>,
    /// What an administrator should know, shown by `status`.
    pub troubles: Vec<String>,
    /// Where it stands in the PBX's own lists: whose, and when it began by the PBX's clock.
    pub logged: BTreeSet<(pbx::UserId, Timestamp)>,
    /// Since when nothing more is to come.
    pub over: Option<Timestamp>,
    /// When its caller was erased from it: from then on nothing is ordered for it but to take recordings away.
    pub erased: Option<Timestamp>,
}

impl CallState {
    /// A call that is heard of for the first time, under this id.
    #[must_use]
    pub fn new(id: &pbx::CallId, now: Timestamp) -> Self {
        Self {
            key: CallKey::new(id.as_str()),
            ids: BTreeSet::from([id.clone()]),
            merged_into: None,
            started: now,
            clock: None,
            clock_before: None,
            heard: now,
            began: None,
            went_on: None,
            uncertain: false,
            legs: BTreeMap::new(),
            caller: None,
            called: None,
            groups: Vec::new(),
            inbound: false,
            outbound: false,
            mailbox: false,
            answer: None,
            ended: None,
            sibling: None,
            lookup: LookUp::NotAsked,
            new_user: NewUser::NotAsked,
            ticket: Ticket::Pending,
            pop: Pop::NotYet,
            late: Late::NotYet,
            learn: Learn::NotYet,
            take_back: TakeBack::No,
            recorded: Recorded::NotYet,
            recordings: Vec::new(),
            notes: BTreeSet::new(),
            orders: BTreeMap::new(),
            postponed: BTreeMap::new(),
            wedged: BTreeMap::new(),
            verdict: None,
            remarks: Vec::new(),
            troubles: Vec::new(),
            logged: BTreeSet::new(),
            over: None,
            erased: None,
        }
    }

    /// Whether somebody talks, or has the call parked.
    #[must_use]
    pub fn is_talking(&self) -> bool {
        self.legs.values().any(Leg::is_talking)
    }

    /// Whether any leg is alive.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.legs.values().any(Leg::is_alive)
    }

    /// Whether anything was told of it but that it is over.
    pub(crate) fn heard_of_more_than_its_end(&self) -> bool {
        let more = |leg: &Leg| leg.talked || leg.rang || leg.is_alive();
        self.answer.is_some() || self.merged_into.is_some() || self.legs.values().any(more)
    }

    /// The ticket once it stands.
    #[must_use]
    pub fn opened(&self) -> Option<&TicketOpened> {
        if let Ticket::Opened(opened) = &self.ticket {
            Some(opened)
        } else {
            None
        }
    }
}

/// What happens at one participant's end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Leg {
    /// What the leg does.
    pub state: LegState,
    /// Which way the call goes from here, as far as it was told.
    pub direction: Direction,
    /// Whether the phone was told to ring or to dial: a ring that is told after the end is then a new leg.
    pub rang: bool,
    /// A snapshot of this owner is under way that has not told this leg yet.
    pub unconfirmed: bool,
    /// When it was first heard of, or when it began anew.
    pub began: Timestamp,
    /// The same by the PBX's clock, as far as that was told.
    pub shown: Option<Timestamp>,
    /// What the PBX's clock showed with the latest event that told it.
    pub last_shown: Option<Timestamp>,
    /// Whether its owner has talked.
    pub talked: bool,
    /// The group that was told here.
    pub group: Option<pbx::GroupId>,
    /// The number that was dialled, as told here.
    pub called: Option<Dialled>,
}

impl Leg {
    /// Whether the leg is not over.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.state != LegState::Ended
    }

    /// Whether its owner talks or has the call parked.
    #[must_use]
    pub fn is_talking(&self) -> bool {
        matches!(self.state, LegState::Connected | LegState::Parked)
    }
}

/// A group that was told for a call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ToldGroup {
    /// Which.
    pub group: pbx::GroupId,
    /// When it was first told.
    pub at: Timestamp,
}

/// The answer that counts for the ticket.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    /// Who answered.
    pub by: pbx::UserId,
    /// When the bridge was told.
    pub at: Timestamp,
    /// Whether the bridge was active when it happened.
    pub active: bool,
    /// The call's id at that moment, or what it has become since; `None` where nothing but the list told of the answer.
    pub id: Option<pbx::CallId>,
    /// What the PBX's own list says, where nothing else told of the answer.
    pub logged: Option<LogEntry>,
}

/// A call as the PBX's own list has it, in our time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LogEntry {
    /// When it began.
    pub began: Timestamp,
    /// How long it lasted.
    pub lasted: SignedDuration,
}

/// The end of a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct End {
    /// When, as far as is known.
    pub at: Timestamp,
    /// How it is known.
    pub basis: EndBasis,
}

/// How the end of a call is known.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum EndBasis {
    /// It was told when it happened.
    Told,
    /// The PBX's own list has it.
    Log,
    /// The call was missing when the calls in progress were told: it ended before that.
    Snapshot,
    /// Nothing was heard for too long.
    Assumed,
}

/// An answered call of the same caller to the same group at the same time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sibling {
    /// Its key.
    pub key: CallKey,
}
