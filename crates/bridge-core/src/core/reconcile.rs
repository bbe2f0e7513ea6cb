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
use super::route::Route;
use super::site::Site;

/// Legs of one call in the lists of several owners begin within so long of each other.
const AT_ONCE: SignedDuration = SignedDuration::from_secs(10);

/// From the end of one part of a call, as a list tells it, to the beginning of the next: a ring before the answer may not
/// count as lasting, so that the end seems to be earlier.
const HANDED_ON: SignedDuration = SignedDuration::from_secs(30);

/// A list tells whole seconds: a call began when it says, or so much later.
const WITHIN_A_SECOND: SignedDuration = SignedDuration::from_millis(999);

/// Lists and events tell whole seconds, each cut off, and an event takes its time: so far the end of one part of a call may seem
/// to lie before the beginning of the next.
const ROUNDED: SignedDuration = SignedDuration::from_secs(3);

/// How well an entry fits a call; the smaller, the better. First of all whether its caller would have to be taken on trust.
type Fit = (bool, Closeness, SignedDuration);

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
        let Some(log) = self.logs.owners.get(&owner) else {
            return;
        };
        let since = after(log.since, -WITHIN_A_SECOND);
        let floor = since.max(self.logs.forgotten.unwrap_or(since));
        let listed = calls
            .iter()
            .filter(|call| self.logs.ours(call.began) <= after(now, self.logs.tolerance()));
        let mut listed: Vec<&LoggedCall> = listed.collect();
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
            let entry = self.entry(logged, None);
            if entry.times.began >= floor {
                self.begin_logged(&owner, logged, entry, now);
            }
        }
        self.log_was_read(&owner, now);
    }

    fn apply(&mut self, owner: &UserId, logged: &LoggedCall, key: &CallKey, now: Timestamp) {
        let entry = self.entry(logged, Some(key));
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
        if same.iter().any(|call| self.site().is_unsure(call)) {
            return Midst::Unsure;
        }
        let latest = same.iter().max_by_key(|call| call.started);
        latest.map_or(Midst::OfNone, |call| Midst::Of(call.key.clone()))
    }

    /// An entry in our time. Of two moments that may be meant the one counts that is nearer to the call, or the later one
    /// that is not still to come.
    fn entry(&self, logged: &LoggedCall, key: Option<&CallKey>) -> Entry {
        let call = key.and_then(|key| self.calls.get(key));
        let clock = self.site().clock_of(call);
        let began = match (logged.or_began, call) {
            (Some(other), Some(call)) => {
                let far = |at| after(at, -clock).duration_since(call.started).abs();
                if far(other) < far(logged.began) {
                    other
                } else {
                    logged.began
                }
            }
            (Some(_) | None, _) => logged.began,
        };
        let began = after(began, -clock);
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
        let fits = self
            .moments(call, logged)
            .filter_map(|began| self.fits_at(call, owner, logged, began));
        // Numbers are read last, since that takes the longest.
        let (closeness, apart) = fits.min()?;
        let on_trust = !self.is_its_caller(call, logged);
        // A call that goes on still is listed when it ends.
        let fits = !on_trust || !call.is_alive() && self.may_be_its_caller(call, owner, logged);
        fits.then_some((on_trust, closeness, apart))
    }

    /// When it may have begun, by our clock as it was at this call.
    fn moments(self, call: &CallState, logged: &LoggedCall) -> impl Iterator<Item = Timestamp> {
        let clock = self.clock_of(Some(call));
        let moments = [Some(logged.began), logged.or_began].into_iter().flatten();
        moments.map(move |began| after(began, -clock))
    }

    /// The telephone system's clock less ours, as it was at a call, or as it is now.
    fn clock_of(self, call: Option<&CallState>) -> SignedDuration {
        let then = call.and_then(|call| call.clock);
        then.or(self.logs.offset).unwrap_or_default()
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
        let Some(leg) = call.legs.get(owner) else {
            // What two lists tell, they tell by one clock.
            let near = if call.ids.is_empty() || call.answer.is_some() && self.logs.offset.is_some() {
                AT_ONCE
            } else {
                tolerance
            };
            let begins = apart(call.started) <= near && is_of_its_group(call, logged);
            return begins.then(|| (Closeness::Elsewhere, apart(call.started)));
        };
        let nearest = apart(leg.began).min(apart(call.started));
        let went_on = began <= leg.began && leg.began <= after(after(began, logged.lasted), tolerance);
        if nearest <= tolerance {
            let agrees = leg.talked == logged.answered;
            let closeness = if agrees { Closeness::Agrees } else { Closeness::Begins };
            Some((closeness, nearest))
        } else {
            let late = !leg.rang && went_on;
            late.then(|| (Closeness::GoesOn, apart(leg.began)))
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
        let until = call.ended.map_or(now, |ended| ended.at);
        if call.legs.contains_key(owner) {
            // A phone that rang in vain may have got the call later.
            let (from, until) = (after(call.started, -ROUNDED), after(until, ROUNDED));
            return self.moments(call, logged).any(|began| from <= began && began <= until);
        }
        // Of a call that was seen, everybody who took part was seen as well, unless his session was lost. Of one that stands in
        // lists only, it depends on whose list is read first which part of it is known.
        let takes_on = |began: Timestamp| call.started <= began && began <= after(until, HANDED_ON);
        let handed_on =
            |began: Timestamp| began <= call.started && call.started <= after(after(began, logged.lasted), HANDED_ON);
        let by_lists = call.ids.is_empty() && is_of_its_group(call, logged);
        by_lists
            && self
                .moments(call, logged)
                .any(|began| takes_on(began) || handed_on(began))
    }

    /// Whether a call that has not been told to be over may be so all the same, or may have been for long.
    fn is_unsure(self, call: &CallState) -> bool {
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
        let until = match call.ended {
            None if leg.is_talking() => now,
            Some(End {
                at,
                basis: EndBasis::Told | EndBasis::Log,
            }) => at,
            Some(_) | None => return false,
        };
        let slack = if call.ids.is_empty() {
            AT_ONCE
        } else {
            self.logs.tolerance()
        };
        let within = |began: Timestamp| leg.began <= began && after(after(began, logged.lasted), slack) < until;
        !self.is_unsure(call) && self.moments(call, logged).any(within)
    }

    fn is_its_caller(self, call: &CallState, logged: &LoggedCall) -> bool {
        if logged.direction == Direction::Outbound {
            let called = call.called.as_ref();
            return call.outbound && called.is_none_or(|called| self.is_same(called, &logged.called));
        }
        let caller = call.caller.as_ref();
        !call.outbound && caller.is_some_and(|caller| self.is_same_caller(caller, &logged.caller))
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
