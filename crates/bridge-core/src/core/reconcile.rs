//! The telephone system's own list of an owner's calls, compared with what became of them here.
//!
//! The list names no ids. An entry is brought to the call of the same caller at the same owner whose beginning is nearest,
//! one to one. What is answered in the list, goes to a group that is served and belongs to no call that is known becomes a
//! call of its own. How far apart two times may lie is argued in `docs/decisions/0009-the-list-of-calls.md`.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use pbx::{Direction, LoggedCall, UserId};

use crate::call::{CallKey, CallState, LogEntry};
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

/// How well an entry fits a call; the smaller, the better.
type Fit = (Closeness, SignedDuration);

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

impl Core {
    /// A list was read.
    pub(super) fn on_log(&mut self, read: LogRead, now: Timestamp) {
        let LogRead { owner, calls } = read;
        let Some(log) = self.logs.owners.get(&owner) else {
            return;
        };
        let floor = log.since.max(self.logs.forgotten.unwrap_or(log.since));
        let listed = calls
            .iter()
            .filter(|call| self.logs.ours(call.began) <= after(now, self.logs.tolerance()));
        let listed: Vec<&LoggedCall> = listed.collect();
        let (fitting, mut left) = self.bring_to_calls(&owner, &listed);
        for (logged, key) in fitting {
            self.apply(&owner, logged, &key, now);
        }
        // By now it is known when those calls ended.
        left.sort_by_key(|logged| logged.began);
        for logged in left {
            if let Some(key) = self.in_the_midst_of(&owner, logged, now) {
                self.apply(&owner, logged, &key, now);
                continue;
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
        let mut known: BTreeMap<Timestamp, &CallKey> = BTreeMap::new();
        for call in self.calls.all() {
            let of_owner = call.logged.iter().filter(|(login, _)| login == owner);
            known.extend(of_owner.map(|(_, began)| (*began, &call.key)));
        }
        let mut brought = Vec::new();
        let mut open: Vec<&LoggedCall> = Vec::new();
        for logged in listed.iter().copied() {
            match known.get(&logged.began) {
                Some(key) => brought.push((logged, (*key).clone())),
                None => open.push(logged),
            }
        }
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

    /// The call that this owner took part in, and had again while it went on.
    fn in_the_midst_of(&self, owner: &UserId, logged: &LoggedCall, now: Timestamp) -> Option<CallKey> {
        let calls = self.calls.all().filter(|call| call.merged_into.is_none());
        let same = calls.filter(|call| self.site().took_part(call, owner, logged, now));
        same.max_by_key(|call| call.started).map(|call| call.key.clone())
    }

    /// An entry in our time. Of two moments that may be meant the one counts that is nearer to the call, or the later one
    /// that is not still to come.
    fn entry(&self, logged: &LoggedCall, key: Option<&CallKey>) -> Entry {
        let began = match (logged.or_began, key.and_then(|key| self.calls.get(key))) {
            (Some(other), Some(call)) => {
                let far = |at| self.logs.ours(at).duration_since(call.started).abs();
                if far(other) < far(logged.began) {
                    other
                } else {
                    logged.began
                }
            }
            (Some(_) | None, _) => logged.began,
        };
        let began = self.logs.ours(began);
        Entry {
            times: LogEntry {
                began,
                lasted: logged.lasted,
            },
            active: self.logs.was_active(began).unwrap_or(self.active),
        }
    }

    /// An answered call to a group that is served, of which nothing was heard.
    fn begin_logged(&mut self, owner: &UserId, logged: &LoggedCall, entry: Entry, now: Timestamp) {
        let key = key_of(owner, logged);
        if logged.direction == Direction::Outbound || !logged.answered || self.calls.get(&key).is_some() {
            return;
        }
        let mut call = CallState::new(&pbx::CallId::new(key.as_str()), now);
        call.ids.clear();
        call.started = entry.times.began;
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
            .moments(logged)
            .filter_map(|began| self.fits_at(call, owner, logged, began));
        // Numbers are read last, since that takes the longest.
        fits.min().filter(|_| self.is_its_caller(call, owner, logged))
    }

    /// When it may have begun, by our clock.
    fn moments(self, logged: &LoggedCall) -> impl Iterator<Item = Timestamp> {
        let moments = [Some(logged.began), logged.or_began].into_iter().flatten();
        moments.map(move |began| self.logs.ours(began))
    }

    fn fits_at(self, call: &CallState, owner: &UserId, logged: &LoggedCall, began: Timestamp) -> Option<Fit> {
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
        if !logged.answered || !self.is_its_caller(call, owner, logged) {
            return false;
        }
        let until = call.ended.map_or(now, |ended| ended.at);
        if call.legs.contains_key(owner) {
            // A phone that rang in vain may have got the call later.
            return self
                .moments(logged)
                .any(|began| call.started <= began && began <= until);
        }
        // Of a call that was seen, everybody who took part was seen as well, unless his session was lost. Of one that stands in
        // lists only, it depends on whose list is read first which part of it is known.
        let takes_on = |began: Timestamp| call.started <= began && began <= after(until, HANDED_ON);
        let handed_on =
            |began: Timestamp| began <= call.started && call.started <= after(after(began, logged.lasted), HANDED_ON);
        let by_lists = call.ids.is_empty() && is_of_its_group(call, logged);
        by_lists && self.moments(logged).any(|began| takes_on(began) || handed_on(began))
    }

    fn is_its_caller(self, call: &CallState, owner: &UserId, logged: &LoggedCall) -> bool {
        if logged.direction == Direction::Outbound {
            return call.outbound
                && call
                    .called
                    .as_ref()
                    .is_none_or(|called| self.is_same(called, &logged.called));
        }
        let Some(caller) = call.caller.as_ref() else {
            return !call.outbound;
        };
        // At one phone a number that is told in one place and not in the other is no other caller.
        let untold = self.is_withheld(caller) || self.is_withheld(&logged.caller);
        let same = untold && call.legs.contains_key(owner) || self.is_same_caller(caller, &logged.caller);
        same && !call.outbound
    }
}

/// Whether both name the same group, as far as they name one.
fn is_of_its_group(call: &CallState, logged: &LoggedCall) -> bool {
    let named = |group: &pbx::GroupId| call.groups.is_empty() || call.groups.iter().any(|told| told.group == *group);
    logged.group.as_ref().is_none_or(named)
}
