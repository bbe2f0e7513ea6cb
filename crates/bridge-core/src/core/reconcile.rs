//! The telephone system's own list of an owner's calls, compared with what became of them here.
//!
//! The list names no ids. An entry is brought to the call of the same caller at the same owner whose beginning is nearest,
//! one to one. What is answered in the list, goes to a group that is served and belongs to no call that is known becomes a
//! call of its own. How far apart two times may lie is argued in `docs/decisions/0009-the-list-of-calls.md`.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use pbx::{Direction, LoggedCall, UserId};

use crate::call::{CallKey, CallState, End, EndBasis, LogEntry};
use crate::call_log::LogRead;

use super::Core;
use super::clock::after;
use super::logged::{Entry, key_of};
use super::logs::{LISTED, UNLISTED};
use super::route::Route;
use super::site::Site;
use super::times::{ROUNDED, moments};

/// Legs of one call in the lists of several owners begin within so long of each other.
const AT_ONCE: SignedDuration = SignedDuration::from_secs(10);

/// From the end of one part of a call, as a list tells it, to the beginning of the next: a ring before the answer may not
/// count as lasting, so that the end seems to be earlier.
const HANDED_ON: SignedDuration = SignedDuration::from_secs(30);

/// A list tells whole seconds: a call began when it says, or so much later.
const WITHIN_A_SECOND: SignedDuration = SignedDuration::from_millis(999);

/// How well an entry fits a call; the smaller, the better. First of all whether its caller would have to be taken on trust, and
/// then whether nobody answered: a phone may have rung in vain before it got the call.
type Fit = (bool, bool, Closeness, SignedDuration);

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Closeness {
    /// The leg began then, and was answered or not as the list says.
    Agrees,
    /// The leg began then, but what became of it was seen differently, or not at all.
    Begins,
    /// The leg was heard of only while it went on.
    GoesOn,
    /// Others saw the call begin then; this owner's end was not told.
    Elsewhere,
}

/// Which call an entry that begins none is a later part of.
enum Midst {
    Of(CallKey),
    /// It depends on when a call ended, which is not known yet.
    Unsure,
    OfNone,
}

impl Core {
    /// A list was read.
    pub(super) fn on_log(&mut self, read: LogRead, now: Timestamp) {
        let LogRead { owner, calls } = read;
        self.measure_by_list(&calls, now);
        let Some(log) = self.logs.owners.get(&owner) else {
            return;
        };
        let since = after(log.since, -WITHIN_A_SECOND);
        let floor = since.max(self.logs.forgotten.unwrap_or(since));
        let mut listed: Vec<&LoggedCall> = calls.iter().collect();
        // A list that grows while it is read page by page tells an entry twice.
        let mut told = BTreeSet::new();
        listed.retain(|logged| {
            told.insert((
                logged.began,
                logged.lasted,
                logged.answered,
                &logged.caller,
                &logged.called,
            ))
        });
        let (fitting, mut left) = self.bring_to_calls(&owner, &listed);
        for (logged, key) in fitting {
            self.apply(&owner, logged, &key, now);
        }
        // By now it is known when those calls ended.
        left.sort_by_key(|logged| logged.began);
        for logged in left {
            match self.in_the_midst_of(&owner, logged, now) {
                Midst::Of(key) => {
                    self.apply(&owner, logged, &key, now);
                    continue;
                }
                // It stays in the list, which is read again at the latest when that is known.
                Midst::Unsure => continue,
                Midst::OfNone => {}
            }
            let entry = self.entry(logged, None, now);
            if entry.times.began >= floor {
                self.begin_logged(&owner, logged, entry, now);
            }
        }
        self.log_was_read(&owner, now);
    }

    fn apply(&mut self, owner: &UserId, logged: &LoggedCall, key: &CallKey, now: Timestamp) {
        let entry = self.entry(logged, Some(key), now);
        self.work(key, now, |turn, call| turn.on_logged(call, owner, logged, entry));
        self.find_sibling(key, now);
    }

    /// Which call each entry begins, one to one; and the entries that begin none that is known.
    fn bring_to_calls<'l>(
        &self,
        owner: &UserId,
        listed: &[&'l LoggedCall],
    ) -> (Vec<(&'l LoggedCall, CallKey)>, Vec<&'l LoggedCall>) {
        let (mut brought, open) = self.known(owner, listed);
        let mut fits: Vec<(Fit, usize, &CallKey)> = Vec::new();
        for call in self.calls.all().filter(|call| call.merged_into.is_none()) {
            if call.logged.iter().any(|(login, _)| login == owner) {
                continue;
            }
            for (index, logged) in open.iter().enumerate() {
                let fit = self.site().fits(call, owner, logged);
                fits.extend(fit.map(|fit| (fit, index, &call.key)));
            }
        }
        fits.sort();
        let (mut calls, mut entries) = (BTreeSet::new(), BTreeSet::new());
        for (_, index, key) in fits {
            if !entries.contains(&index) && !calls.contains(key) {
                entries.insert(index);
                calls.insert(key);
                brought.push((open[index], key.clone()));
            }
        }
        let left = open.iter().enumerate().filter(|(index, _)| !entries.contains(index));
        let left = left.map(|(_, logged)| *logged).collect();
        (brought, left)
    }

    /// What was read before is known by its second; and where several began in one second, by the caller first.
    fn known<'l>(
        &self,
        owner: &UserId,
        listed: &[&'l LoggedCall],
    ) -> (Vec<(&'l LoggedCall, CallKey)>, Vec<&'l LoggedCall>) {
        let mut claims: BTreeMap<Timestamp, Vec<&CallState>> = BTreeMap::new();
        for call in self.calls.all().filter(|call| call.merged_into.is_none()) {
            let of_owner = call.logged.iter().filter(|(login, _)| login == owner);
            for (_, began) in of_owner {
                claims.entry(*began).or_default().push(call);
            }
        }
        let (mut known, mut open) = (Vec::new(), listed.to_vec());
        let mut claim = |is_of: &dyn Fn(&CallState, &LoggedCall) -> bool| {
            open.retain(|logged| {
                let of_second = claims.get_mut(&logged.began).filter(|_| logged.answered);
                let claim = of_second.and_then(|calls| {
                    let index = calls.iter().position(|call| is_of(call, logged))?;
                    Some(calls.remove(index))
                });
                known.extend(claim.map(|call| (*logged, call.key.clone())));
                claim.is_none()
            });
        };
        claim(&|call, logged| self.site().is_its_caller(call, logged));
        claim(&|call, logged| self.site().may_be_its_caller(call, owner, logged));
        (known, open)
    }

    /// The call that this owner took part in, and had again while it went on.
    fn in_the_midst_of(&self, owner: &UserId, logged: &LoggedCall, now: Timestamp) -> Midst {
        let calls = self.calls.all().filter(|call| call.merged_into.is_none());
        let same: Vec<_> = calls
            .filter(|call| self.site().took_part(call, owner, logged, now))
            .collect();
        let begins_later = |call: &CallState| self.site().may_begin_earlier(call, owner, logged, now);
        if same.iter().any(|call| self.site().is_unsure(call)) || self.calls.all().any(begins_later) {
            return Midst::Unsure;
        }
        let latest = same.iter().max_by_key(|call| call.started);
        latest.map_or(Midst::OfNone, |call| Midst::Of(call.key.clone()))
    }

    /// An entry in our time. Of two moments that may be meant the one counts that is nearer to the call, or the later one
    /// that is not still to come.
    fn entry(&self, logged: &LoggedCall, key: Option<&CallKey>, now: Timestamp) -> Entry {
        let call = key.and_then(|key| self.calls.get(key));
        let began = match call.map(|call| self.site().call_began(call)) {
            Some(known) => moments(logged).min_by_key(|at| at.duration_since(known).abs()),
            None => moments(logged)
                .filter(|at| after(*at, logged.lasted) <= self.logs.theirs(now))
                .max(),
        };
        let began = self.site().ours(began.unwrap_or(logged.began), call);
        let active = [began, after(began, WITHIN_A_SECOND)].map(|at| self.logs.was_active(at));
        Entry {
            times: LogEntry {
                began,
                lasted: logged.lasted,
            },
            active: active
                .into_iter()
                .flatten()
                .reduce(|at, or| at || or)
                .unwrap_or(self.active),
        }
    }

    /// An answered call to a group that is served, of which nothing was heard.
    fn begin_logged(&mut self, owner: &UserId, logged: &LoggedCall, entry: Entry, now: Timestamp) {
        if logged.direction == Direction::Outbound || !logged.answered {
            return;
        }
        let mut keys = (1..).map(|nth| key_of(owner, logged, nth));
        let Some(key) = keys.find(|key| self.calls.get(key).is_none()) else {
            return;
        };
        let mut call = CallState::new(&pbx::CallId::new(key.as_str()), now);
        call.ids.clear();
        call.started = entry.times.began;
        call.clock = Some(self.logs.offset.unwrap_or_default());
        call.began = Some(after(entry.times.began, self.logs.offset.unwrap_or_default()));
        let mut told = call.clone();
        super::logged::tell(&mut told, owner, logged, entry, now);
        let served = match self.site().route(&told) {
            Route::Served { .. } => true,
            Route::NotMatched => logged.group.is_some(),
            Route::No(_) => false,
        };
        if served {
            self.calls.put(call, None);
            self.work(&key, now, |turn, call| turn.on_logged(call, owner, logged, entry));
        }
    }
}

impl Site<'_> {
    /// How well an entry of this owner's list fits a call that began then; `None` if it is another one.
    fn fits(self, call: &CallState, owner: &UserId, logged: &LoggedCall) -> Option<Fit> {
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
        let leg_began = self.leg_began(call, leg);
        let nearest = apart(leg_began).min(apart(started));
        let went_on = began <= leg_began && leg_began <= after(after(began, logged.lasted), tolerance);
        if nearest <= tolerance {
            let agrees = leg.talked == logged.answered;
            let closeness = if agrees { Closeness::Agrees } else { Closeness::Begins };
            Some((closeness, nearest))
        } else if !leg.rang && went_on {
            Some((Closeness::GoesOn, apart(leg_began)))
        } else {
            // Its end was told, its beginning was not. A ring may not count as lasting.
            let same = leg.shown.is_none() && !leg.is_alive() && leg.talked == logged.answered;
            let ended = leg.last_shown.filter(|_| same)?;
            let apart = ended.duration_since(after(began, logged.lasted));
            (-ROUNDED <= apart && apart <= HANDED_ON).then(|| (Closeness::GoesOn, apart.abs()))
        }
    }

    /// Whether this owner got the call while others, or he himself, had it already, or handed it on to them: by a transfer.
    fn took_part(self, call: &CallState, owner: &UserId, logged: &LoggedCall, now: Timestamp) -> bool {
        // A phone does not hand a call on and get it back within one second.
        let another = call.logged.contains(&(owner.clone(), logged.began));
        if !logged.answered || another || !self.is_its_caller(call, logged) {
            return false;
        }
        if self.is_beside(call, owner, logged, now) {
            return false;
        }
        let (started, until) = (self.call_began(call), self.call_ended(call, now));
        let by_lists = call.ids.is_empty();
        // A phone that rang in vain may have got the call later.
        if call.legs.contains_key(owner) && !by_lists {
            let (from, until) = (after(started, -ROUNDED), after(until, ROUNDED));
            if moments(logged).any(|began| from <= began && began <= until) {
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
        let may_be = by_lists || !self.is_withheld(&logged.caller);
        may_be && is_of_its_group(call, logged) && moments(logged).any(|began| takes_on(began) || handed_on(began))
    }

    /// Whether a call that was first heard of while it went on may have begun as this entry, which was handed on: the list of
    /// whoever had it last tells, once it is over.
    fn may_begin_earlier(self, call: &CallState, owner: &UserId, logged: &LoggedCall, now: Timestamp) -> bool {
        let open = call.ended.is_none_or(|ended| {
            let read = self.lists_of(call).map(|log| log.read_until).min();
            after(ended.at, UNLISTED) > now && read.is_some_and(|read| read < after(ended.at, LISTED))
        });
        let elsewhere = call.merged_into.is_none() && !call.legs.contains_key(owner);
        let unseen = elsewhere && call.began.is_none() && call.logged.is_empty() && open;
        let started = self.call_began(call);
        unseen && moments(logged).any(|began| began <= started) && logged.answered && self.is_its_caller(call, logged)
    }

    /// Whether a call that has not been told to be over may be so all the same, or may have been for long.
    pub(super) fn is_unsure(self, call: &CallState) -> bool {
        let away = |owner: &UserId| self.logs.owners.get(owner).is_some_and(|log| log.due.is_none());
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
        let (Some((_, leg)), None) = (talked.next(), talked.next()) else {
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
        let (leg_began, until) = (self.leg_began(call, leg), self.call_ended(call, now));
        let slack = if call.ids.is_empty() {
            AT_ONCE
        } else {
            self.logs.tolerance()
        };
        let within = |began: Timestamp| leg_began <= began && after(after(began, logged.lasted), slack) < until;
        !self.is_unsure(call) && moments(logged).any(within)
    }

    fn is_its_caller(self, call: &CallState, logged: &LoggedCall) -> bool {
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
    fn may_be_its_caller(self, call: &CallState, owner: &UserId, logged: &LoggedCall) -> bool {
        let untold = match &call.caller {
            None => true,
            Some(caller) => {
                call.legs.contains_key(owner) && (self.is_withheld(caller) || self.is_withheld(&logged.caller))
            }
        };
        untold && !call.outbound && logged.direction != Direction::Outbound
    }
}

/// Whether both name the same group, as far as they name one.
fn is_of_its_group(call: &CallState, logged: &LoggedCall) -> bool {
    let named = |group: &pbx::GroupId| call.groups.is_empty() || call.groups.iter().any(|told| told.group == *group);
    logged.group.as_ref().is_none_or(named)
}
