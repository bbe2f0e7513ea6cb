//! Whether an entry of a list of calls is of a call: of one call that is known, and one entry.
//!
//! How far apart two times may lie is argued in `docs/decisions/0009-the-list-of-calls.md`.

use jiff::{SignedDuration, Timestamp};
use pbx::{Direction, LoggedCall, UserId};

use crate::call::{CallState, End, EndBasis};

use super::clock::after;
use super::logs::{LISTED, UNLISTED};
use super::site::Site;
use super::times::{ROUNDED, moments};

/// Legs of one call in the lists of several owners begin within so long of each other.
const AT_ONCE: SignedDuration = SignedDuration::from_secs(10);

/// From the end of one part of a call, as a list tells it, to the beginning of the next: a ring before the answer may not
/// count as lasting, so that the end seems to be earlier.
const HANDED_ON: SignedDuration = SignedDuration::from_secs(30);

/// Longer than this no phone rings before somebody answers.
const RINGS: SignedDuration = SignedDuration::from_mins(10);

/// How well an entry fits a call; the smaller, the better. First of all whether its caller would have to be taken on trust, and
/// then whether nobody answered: a phone may have rung in vain before it got the call.
pub(super) type Fit = (bool, bool, Closeness, SignedDuration);

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Closeness {
    /// The leg began then, and was answered or not as the list says.
    Agrees,
    /// The leg began then, but what became of it was seen differently, or not at all.
    Begins,
    /// The leg was heard of only while it went on.
    GoesOn,
    /// Others saw the call begin then; this owner's end was not told.
    Elsewhere,
}

impl Site<'_> {
    /// How well an entry of this owner's list fits a call that began then; `None` if it is another one.
    pub(super) fn fits(self, call: &CallState, owner: &UserId, logged: &LoggedCall) -> Option<Fit> {
        let fits = moments(logged).filter_map(|began| self.fits_at(call, owner, logged, began));
        // Numbers are read last, since that takes the longest.
        let (closeness, apart) = fits.min()?;
        let on_trust = !self.is_its_caller(call, logged);
        // What goes on still is listed when it ends.
        let over = match call.legs.get(owner) {
            Some(leg) if leg.talked && logged.answered => !leg.is_alive(),
            Some(_) | None => !call.is_alive(),
        };
        let fits = !on_trust || over && self.may_be_its_caller(call, owner, logged);
        fits.then_some((on_trust, !logged.answered, closeness, apart))
    }

    fn fits_at(
        self,
        call: &CallState,
        owner: &UserId,
        logged: &LoggedCall,
        began: Timestamp,
    ) -> Option<(Closeness, SignedDuration)> {
        let tolerance = self.logs.tolerance();
        let apart = |at: Timestamp| began.duration_since(at).abs();
        let started = self.call_began(call);
        let Some(leg) = call.legs.get(owner) else {
            // What two lists tell, they tell by one clock.
            let near = if call.ids.is_empty() || call.answer.is_some() && self.logs.offset.is_some() {
                AT_ONCE
            } else {
                tolerance
            };
            let begins = apart(started) <= near && is_of_its_group(call, logged);
            return begins.then(|| (Closeness::Elsewhere, apart(started)));
        };
        let leg_began = self.leg_began(call, owner, leg);
        let nearest = apart(leg_began).min(apart(started));
        // Of what was found going on, nobody knows how long it had rung before it was answered.
        let rings = if leg.shown.is_none() && !leg.is_alive() {
            RINGS
        } else {
            tolerance
        };
        let went_on = began <= leg_began && leg_began <= after(after(began, logged.lasted), rings);
        if nearest <= tolerance {
            let agrees = leg.talked == logged.answered;
            let closeness = if agrees { Closeness::Agrees } else { Closeness::Begins };
            Some((closeness, nearest))
        } else if !leg.rang && went_on {
            Some((Closeness::GoesOn, apart(leg_began)))
        } else {
            // Its end was told, its beginning was not. A ring may not count as lasting.
            // A ring that was seen may have been in vain, and another one after it not seen.
            let unseen = leg.shown.is_none() || leg.rang && leg.talked && began > leg_began;
            let same = unseen && !leg.is_alive() && leg.talked == logged.answered;
            let ended = leg.last_shown.filter(|_| same)?;
            let apart = ended.duration_since(after(began, logged.lasted));
            // Of what was found ringing nobody knows since when.
            let rings = if leg.rang { RINGS } else { HANDED_ON };
            (-ROUNDED <= apart && apart <= rings).then(|| (Closeness::GoesOn, apart.abs()))
        }
    }

    /// Whether this owner got the call while others, or he himself, had it already, or handed it on to them: by a transfer.
    pub(super) fn took_part(self, call: &CallState, owner: &UserId, logged: &LoggedCall, now: Timestamp) -> bool {
        // A phone does not hand a call on and get it back within one second.
        let another = moments(logged).any(|began| call.logged.contains(&(owner.clone(), began)));
        if !logged.answered || another || !self.is_its_caller(call, logged) {
            return false;
        }
        // Something of it was told, though perhaps neither its beginning nor its end.
        if was_heard_of(call, owner, logged) {
            return true;
        }
        if self.is_beside(call, owner, logged, now) {
            return false;
        }
        // A call that nobody answered was handed on by nobody.
        if call.answer.is_none() && !self.is_unsure(call) {
            return false;
        }
        let (started, until) = (self.call_began(call), self.call_ended(call, now));
        let by_lists = call.ids.is_empty();
        // Two that show no number and talk at one time are likelier than one who is handed on.
        let is_nobody = self.is_withheld(&logged.caller);
        if is_nobody && by_lists {
            return false;
        }
        // A phone that rang in vain may have got the call later.
        if call.legs.contains_key(owner) && !by_lists {
            let (from, until) = (after(started, -ROUNDED), after(until, ROUNDED));
            if !is_nobody && moments(logged).any(|began| from <= began && began <= until) {
                return true;
            }
        }
        // Whoever took part in a call that was seen was seen as well, unless his session was lost; and one number seldom has two
        // calls at a time. Of a call that stands in lists only, it depends on whose list is read first which part of it is known.
        let end_by_list = call.ended.is_some_and(|end| end.basis == EndBasis::Log);
        let slack = if by_lists || end_by_list { HANDED_ON } else { ROUNDED };
        let takes_on = |began: Timestamp| started <= began && began <= after(until, slack);
        let handed_on = |began: Timestamp| {
            let ended = after(began, logged.lasted);
            began <= started && started <= after(ended, HANDED_ON) && (by_lists || ended <= after(until, ROUNDED))
        };
        // Of callers without a number only that counts which begins at the very end.
        let at_its_end = |began: Timestamp| after(until, -ROUNDED) <= began || !is_nobody;
        let is_part = |began: Timestamp| takes_on(began) || handed_on(began);
        // Whoever is talked to may be handed on to another group, and nobody else calls from his number meanwhile.
        let in_talk = |began: Timestamp| call.answer.is_some() && !is_nobody && started < began && began < until;
        moments(logged).any(|began| {
            let is_of_group = is_of_its_group(call, logged) || in_talk(began);
            is_of_group && is_part(began) && at_its_end(began)
        })
    }

    /// Whether a call that was first heard of while it went on may have begun as this entry, which was handed on: the list of
    /// whoever had it last tells, once it is over.
    pub(super) fn may_begin_earlier(
        self,
        call: &CallState,
        owner: &UserId,
        logged: &LoggedCall,
        now: Timestamp,
    ) -> bool {
        let elsewhere = call.merged_into.is_none() && !call.legs.contains_key(owner);
        let unseen = elsewhere && call.began.is_none() && call.logged.is_empty();
        if !unseen || !logged.answered || !self.is_its_caller(call, logged) {
            return false;
        }
        let known = self.call_began(call);
        let latest = call.went_on.map_or(known, |told| told.max(known));
        // Nothing that was told of it has shown the other clock yet.
        let untimed = self.logs.offset.is_none() || call.clock.is_none();
        let begins_later = untimed || moments(logged).any(|began| began <= latest);
        begins_later
            && call.ended.is_none_or(|ended| {
                let lists = self.lists_of(call);
                let mut unread = lists.filter(|log| log.read_until < after(ended.at, LISTED));
                // Our clock may have been set forwards since.
                unread.any(|log| after(ended.at, UNLISTED) > now || log.is_connected())
            })
    }

    /// Whether this is a call of nobody in particular, like one that nobody else is known to have had and of which nothing was heard
    /// at this phone since the entry began.
    pub(super) fn is_after_his_own(self, call: &CallState, owner: &UserId, logged: &LoggedCall) -> bool {
        let mut talked = call.legs.iter().filter(|(_, leg)| leg.talked);
        let (Some((login, leg)), None) = (talked.next(), talked.next()) else {
            return false;
        };
        let heard = |began: Timestamp| leg.last_shown.is_some_and(|told| began <= after(told, ROUNDED));
        login == owner && self.is_withheld(&logged.caller) && !moments(logged).any(heard)
    }

    /// Whether a call that has not been told to be over may be so all the same, or may have been for long.
    pub(super) fn is_unsure(self, call: &CallState) -> bool {
        let away = |owner: &UserId| self.logs.owners.get(owner).is_some_and(|log| !log.is_connected());
        let mut alive = call.legs.iter().filter(|(_, leg)| leg.is_alive());
        call.uncertain || alive.any(|(owner, leg)| leg.unconfirmed || away(owner))
    }

    /// Whether the one who has this call talked on all the while: then the same caller was not handed on but called twice,
    /// or two call from one number.
    fn is_beside(self, call: &CallState, owner: &UserId, logged: &LoggedCall, now: Timestamp) -> bool {
        if call.legs.get(owner).is_some_and(|leg| leg.talked) {
            return false;
        }
        let mut talked = call.legs.iter().filter(|(login, leg)| *login != owner && leg.talked);
        let (Some((login, leg)), None) = (talked.next(), talked.next()) else {
            return false;
        };
        match call.ended {
            None if leg.is_talking() => {}
            Some(End {
                basis: EndBasis::Told | EndBasis::Log,
                ..
            }) => {}
            Some(_) | None => return false,
        }
        // By others the call may have gone on for longer.
        let own_end = leg.last_shown.filter(|_| !leg.is_alive());
        let until = own_end.unwrap_or(Timestamp::MAX).min(self.call_ended(call, now));
        let leg_began = self.leg_began(call, login, leg);
        let slack = if call.ids.is_empty() {
            AT_ONCE
        } else {
            self.logs.tolerance()
        };
        let within = |began: Timestamp| leg_began <= began && after(after(began, logged.lasted), slack) < until;
        !self.is_unsure(call) && moments(logged).any(within)
    }

    pub(super) fn is_its_caller(self, call: &CallState, logged: &LoggedCall) -> bool {
        if logged.direction == Direction::Outbound {
            let called = call.called.as_ref();
            return call.outbound && called.is_none_or(|called| self.is_same(called, &logged.called));
        }
        let same = match &call.caller {
            Some(caller) => self.is_same_caller(caller, &logged.caller),
            None => self.is_withheld(&logged.caller),
        };
        !call.outbound && same
    }

    /// At one phone a number that is told in one place and not in the other may be the same caller's, where no other is.
    pub(super) fn may_be_its_caller(self, call: &CallState, owner: &UserId, logged: &LoggedCall) -> bool {
        let untold = match &call.caller {
            None => true,
            Some(caller) => {
                call.legs.contains_key(owner) && (self.is_withheld(caller) || self.is_withheld(&logged.caller))
            }
        };
        untold && !call.outbound && logged.direction != Direction::Outbound
    }
}

/// Whether both went on at one time, as far as two of their moments are meant.
pub(super) fn overlap(one: &LoggedCall, other: &LoggedCall) -> bool {
    moments(one).any(|one_began| {
        let mut others = moments(other);
        others.any(|began| {
            began < after(one_began, one.lasted - ROUNDED) && one_began < after(began, other.lasted - ROUNDED)
        })
    })
}

/// Whether something of this owner's end of the call was told while the entry went on, or as it ended.
fn was_heard_of(call: &CallState, owner: &UserId, logged: &LoggedCall) -> bool {
    let told = call.legs.get(owner).and_then(|leg| leg.last_shown);
    let within = |told: Timestamp, began: Timestamp| {
        began <= after(told, ROUNDED) && told <= after(after(began, logged.lasted), HANDED_ON)
    };
    told.is_some_and(|told| moments(logged).any(|began| within(told, began)))
}

/// Whether both name the same group, as far as they name one.
fn is_of_its_group(call: &CallState, logged: &LoggedCall) -> bool {
    let named = |group: &pbx::GroupId| call.groups.is_empty() || call.groups.iter().any(|told| told.group == *group);
    logged.group.as_ref().is_none_or(named)
}
