//! What the core is told.

use jiff::Timestamp;

use crate::call::{CallKey, CallState};
use crate::call_log::LogRead;
use crate::desk::{Profile, TicketId, TicketView, UserId};
use crate::directory::Source;
use crate::effect::{Effect, EffectId};
use crate::matching::Matching;
use crate::port::Sent;
use crate::recording::{Recording, Sha256};

/// Everything that can happen to the core. Closed: each has an answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Input {
    /// The PBX told something.
    Pbx(pbx::Event),
    /// Users and groups of both sides were matched, at start or later. Until the first one no call is served.
    Matched(Matching),
    /// The bridge was activated or deactivated.
    Activation {
        /// Whether it is active from now on.
        active: bool,
    },
    /// What came of an effect.
    Outcome {
        /// Which effect.
        effect: EffectId,
        /// What came of it.
        outcome: Outcome,
    },
    /// An attempt at an effect failed and will be repeated. Changes nothing but the call's story.
    Postponed {
        /// Which effect.
        effect: EffectId,
        /// How many attempts there were.
        attempts: u32,
        /// Why, in words for an administrator.
        why: String,
        /// When it is tried again.
        again_at: Timestamp,
    },
    /// Whose lists of calls the telephone system can tell: once at every start, before anything else of it is told.
    Logs {
        /// Everybody whose list can be read; nobody's where it keeps none.
        owners: Vec<pbx::UserId>,
    },
    /// A list was read that [`Core::poll_log_request`](crate::core::Core::poll_log_request) asked for.
    Log(LogRead),
    /// It could not be read.
    LogUnread {
        /// Whose.
        owner: pbx::UserId,
        /// Why, in words for an administrator.
        why: String,
    },
    /// Requests were made to the help desk for an effect, or it gave no answer. Comes before what came of them; changes
    /// nothing but the call's story.
    Asked {
        /// Which effect.
        effect: EffectId,
        /// The requests, in order.
        requests: Vec<Sent>,
    },
    /// An administrator takes an order up again that was [wedged](Outcome::Wedged).
    Retry {
        /// The order, as it was given.
        effect: Effect,
    },
    /// A finished recording was found. May be told again and again, as long as its file is there.
    Recording(Recording),
    /// The file of a recording that was [unassigned](crate::recording::Standing::Unassigned) is not there any more.
    RecordingGone {
        /// Which.
        sha256: Sha256,
    },
    /// An administrator says of which call an unassigned recording is.
    Assign {
        /// The recording.
        sha256: Sha256,
        /// The call as the journal has it: it may have been over for so long that the core has forgotten it.
        call: Box<CallState>,
    },
    /// Somebody in this call does not consent to its being recorded. It stays so for good; told again, it changes nothing.
    Refuse {
        /// The call as it was named; it may have turned out to be another since.
        named: CallKey,
        /// The call as the journal has it: the core may have forgotten it.
        call: Box<CallState>,
    },
    /// An administrator wants a number taken back that was learned from a call. Told again, it changes nothing; a second time it is
    /// tried where somebody else's change was in the way.
    TakeBack {
        /// The [`WriteNumber`](crate::effect::Order::WriteNumber) that was [done](Outcome::Done).
        written: Box<Effect>,
        /// The call as the journal has it: the core may have forgotten it.
        call: Box<CallState>,
    },
    /// A recording has been kept for as long as it may be: what hangs on the ticket has to go. May be told again until it
    /// does.
    Expired {
        /// The recording.
        sha256: Sha256,
        /// Its call as the journal has it: the core may have forgotten it.
        call: Box<CallState>,
    },
    /// Time has passed: [`Core::poll_timeout`](crate::core::Core::poll_timeout) is due. Harmless at any time.
    Wake,
}

/// What came of an effect.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// Users that may have the number (look-up), or the one that was read.
    Profiles(Vec<Profile>),
    /// Users that may have the number (look-up), where there is a directory.
    Callers {
        /// The users.
        profiles: Vec<Profile>,
        /// Who said so.
        source: Source,
    },
    /// The user that was found or created.
    User(UserId),
    /// The ticket stands.
    Opened {
        /// Its id.
        ticket: TicketId,
    },
    /// The ticket was shown to the agent, as far as the help desk can tell.
    Popped,
    /// The ticket was not shown: the agent is not signed in, or screen pops are not to be had.
    NotPopped {
        /// Why.
        why: String,
    },
    /// The ticket as it is now.
    Ticket(TicketView),
    /// There is no such ticket any more, or it can no longer be changed.
    TicketGone {
        /// Why: deleted, closed.
        why: String,
    },
    /// It is done.
    Done,
    /// Somebody changed the ticket since it was read.
    Conflict,
    /// The number belongs to somebody else.
    Taken,
    /// The help desk will not do it this way, ever.
    Refused {
        /// What it objects to.
        what: Refusal,
        /// In its own words, without personal data.
        why: String,
    },
    /// It was not sent: too late, or withdrawn.
    Dropped {
        /// Why.
        why: String,
    },
    /// It cannot succeed; an administrator has to look. It stays listed until somebody does.
    Wedged {
        /// What an administrator can read and act on.
        why: String,
    },
}

/// What the help desk objects to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Refusal {
    /// This user cannot be the requester.
    Requester,
    /// This agent cannot be the assignee (not in the group, suspended, deleted).
    Assignee,
    /// The ticket cannot be in this group.
    Group,
    /// The number cannot be written there: wrong format, no such field.
    Number,
    /// The recording: it cannot be started, or the help desk does not take the file.
    Recording,
    /// The recording, for its size: it cannot be made small enough.
    Size,
}
