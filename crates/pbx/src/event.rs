//! What a PBX tells while calls go on.

use jiff::Timestamp;

use crate::{CallId, Dialled, GroupId, UserId};

/// One thing that a PBX told. Adapters build it, the core answers it, so the set is closed.
///
/// Nothing is promised about order, repetition or completeness: a PBX may tell the same thing twice, tell an
/// answer before the ring, or never tell the end. The core copes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Event {
    /// A leg of a call is now in this state.
    Leg(LegEvent),
    /// The PBX goes on with the same call under another id.
    IdChanged {
        /// The id so far.
        old: CallId,
        /// The id from now on.
        new: CallId,
    },
    /// From here to [`Event::SnapshotEnd`] every call that is in progress at this owner is told once
    /// more as [`Event::Leg`]; what is missing then has ended unseen.
    SnapshotBegin {
        /// Whose calls these are.
        owner: UserId,
    },
    /// End of the snapshot.
    SnapshotEnd {
        /// Whose calls they were.
        owner: UserId,
    },
    /// Events of this owner may have been missed since a moment ago, and no snapshot can be had: its calls are
    /// uncertain from here on, **not** over.
    Gap {
        /// Whose events are missing; `None`: everybody's.
        owner: Option<UserId>,
    },
    /// The connection for this owner stands again (or for the first time).
    Connected {
        /// Whose connection; `None`: the only one there is.
        owner: Option<UserId>,
    },
    /// The connection for this owner is lost; the adapter tries to get it back.
    Disconnected {
        /// Whose connection; `None`: the only one there is.
        owner: Option<UserId>,
        /// Why, in words for an administrator; without numbers, names or secrets.
        why: String,
    },
}

/// What happened at one participant's end of a call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LegEvent {
    /// The call, under its id of the moment.
    pub call: CallId,
    /// Whose phone this is.
    pub owner: UserId,
    /// What the leg does now.
    pub state: LegState,
    /// Which way the call goes as seen from the owner.
    pub direction: Direction,
    /// The caller's number; `None` if the PBX did not tell it in this event, an empty one if it told that
    /// there is none.
    pub caller: Option<Dialled>,
    /// The number that was dialled, likewise.
    pub called: Option<Dialled>,
    /// The group through which the call came, if the PBX told one.
    pub group: Option<GroupId>,
    /// When it happened by the PBX's own clock, if that was just now: how far its clock is off is seen by it, which of two
    /// events of one leg was first, and where the call stands in the PBX's list. `None` in a snapshot, which tells what
    /// happened some time ago.
    pub at: Option<Timestamp>,
    /// The other moment that may be meant, where that clock shows the same time twice, in the hour that comes twice in autumn.
    pub or_at: Option<Timestamp>,
}

/// What a leg does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum LegState {
    /// An inbound call is on its way to this phone, which does not ring yet.
    Announced,
    /// The phone rings.
    Ringing,
    /// The owner calls somebody.
    Dialling,
    /// The owner talks.
    Connected,
    /// The owner has put the call on hold or parked it.
    Parked,
    /// A voice mailbox has taken the call.
    Voicemail,
    /// The leg is over: hung up, taken elsewhere, transferred away.
    Ended,
}

/// Which way a call goes, as seen from the owner of a leg.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Direction {
    /// Somebody calls the owner.
    Inbound,
    /// The owner calls somebody.
    Outbound,
    /// The PBX did not tell, as with the target of an internal transfer.
    Unknown,
}
