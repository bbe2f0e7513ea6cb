//! When a call was by the telephone system's clock, in which its lists of calls are written.
//!
//! Events tell it, and what they told is compared with the lists as it is: either clock may be set while a call goes on, and
//! then no difference of the two is right for all of it. Where an event told no time, the difference as it was measured stands in.

use jiff::{SignedDuration, Timestamp};
use pbx::{LegEvent, LoggedCall, UserId};

use crate::call::{CallState, EndBasis, Leg};

use super::clock::after;
use super::site::Site;

/// An event may be overtaken by so much. By more its clock was set back, and what comes is news.
const OVERTAKEN: SignedDuration = SignedDuration::from_secs(60);

/// What lies a fraction of a second apart may be told as so much.
const A_SECOND: SignedDuration = SignedDuration::from_secs(1);

/// Lists and events tell whole seconds, each cut off, and an event takes its time: so far two moments that are one may lie apart,
/// and the end of one part of a call may seem to lie before the beginning of the next.
pub(super) const ROUNDED: SignedDuration = SignedDuration::from_secs(3);

impl Site<'_> {
    /// When an event happened; of two moments that may be meant the one that is not before the latest that was told, and of both
    /// the one that is nearer to now.
    pub(super) fn shown(self, event: &LegEvent, latest: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
        let theirs = self.logs.theirs(now);
        let rank = |at: &Timestamp| {
            let is_before = latest.is_some_and(|latest| after(*at, OVERTAKEN) < latest);
            (is_before, at.duration_since(theirs).abs())
        };
        [event.at, event.or_at].into_iter().flatten().min_by_key(rank)
    }

    /// When a call began, as far as events and lists have told.
    pub(super) fn call_began(self, call: &CallState) -> Timestamp {
        let listed = call.logged.iter().map(|(_, began)| *began).min();
        // What was found going on has begun when its list says so, whatever clock was set since.
        match (call.began, listed) {
            (None, Some(listed)) => listed,
            (Some(began), Some(listed)) => began.min(listed),
            (_, None) => self.call_heard(call),
        }
    }

    /// When it was first heard of.
    fn call_heard(self, call: &CallState) -> Timestamp {
        call.began
            .unwrap_or_else(|| self.as_it_was(call, call.started, call.went_on))
    }

    /// When a leg of it was.
    pub(super) fn leg_began(self, call: &CallState, owner: &UserId, leg: &Leg) -> Timestamp {
        let own = call.logged.iter().filter(|(login, _)| login == owner);
        let listed = || own.map(|(_, began)| *began).max();
        let told = leg.shown.or_else(listed);
        let later = leg.last_shown.or(call.went_on);
        told.unwrap_or_else(|| self.as_it_was(call, leg.began, later))
    }

    /// When it ended; now, while it goes on.
    pub(super) fn call_ended(self, call: &CallState, now: Timestamp) -> Timestamp {
        let told = call.went_on.unwrap_or_else(|| self.call_began(call));
        let until = match call.ended {
            Some(end) if matches!(end.basis, EndBasis::Told | EndBasis::Log) && call.went_on.is_some() => told,
            Some(end) if end.basis == EndBasis::Log => {
                after(self.call_heard(call), end.at.duration_since(call.started))
            }
            Some(end) => self.logs.theirs(end.at),
            None => self.logs.theirs(now),
        };
        until.max(told)
    }

    /// A moment of a list in our time: counted from when its call was first heard of, where it is of one.
    pub(super) fn ours(self, listed: Timestamp, call: Option<&CallState>) -> Timestamp {
        match call {
            Some(call) => after(call.started, listed.duration_since(self.call_heard(call))),
            None => self.logs.ours(listed),
        }
    }

    /// Whether an entry is of the leg that this owner has now, and not of one that he had before.
    pub(super) fn is_of_leg(self, call: &CallState, owner: &UserId, logged: &LoggedCall) -> bool {
        let known = call.legs.get(owner);
        let Some(leg) = known.filter(|leg| logged.answered || !leg.is_talking()) else {
            return false;
        };
        let slack = leg.shown.map_or(self.logs.tolerance(), |_| ROUNDED);
        let began = self.leg_began(call, owner, leg);
        moments(logged).any(|listed| {
            let goes_on = !leg.rang && began <= after(after(listed, logged.lasted), slack);
            after(listed, slack) >= began || goes_on
        })
    }

    /// A moment of ours that was told without theirs. The clocks were compared before it and after it, and one of them may have been
    /// set since the one or until the other: of both the later one that is not after what was told later.
    fn as_it_was(self, call: &CallState, at: Timestamp, later: Option<Timestamp>) -> Timestamp {
        let clock = call.clock.or(self.logs.offset).unwrap_or_default();
        let measured = after(at, clock);
        let Some(told) = later else { return measured };
        let before = call.clock_before.map(|clock| after(at, clock));
        let both = [Some(measured), before].into_iter().flatten();
        both.filter(|moment| *moment <= told).max().unwrap_or(told)
    }
}

/// The moments at which an entry may have begun.
pub(super) fn moments(logged: &LoggedCall) -> impl Iterator<Item = Timestamp> {
    [Some(logged.began), logged.or_began].into_iter().flatten()
}

/// Whether what happened at this moment happened before what was told last, and was overtaken by it.
pub(super) fn is_overtaken(last: Option<Timestamp>, shown: Option<Timestamp>) -> bool {
    let (Some(last), Some(shown)) = (last, shown) else {
        return false;
    };
    shown < last && last <= after(shown, OVERTAKEN)
}

/// Whether what happened at this moment surely happened after what was told last: both are whole seconds, cut off.
pub(super) fn is_later(last: Option<Timestamp>, shown: Option<Timestamp>) -> bool {
    let (Some(last), Some(shown)) = (last, shown) else {
        return false;
    };
    shown > after(last, A_SECOND)
}
