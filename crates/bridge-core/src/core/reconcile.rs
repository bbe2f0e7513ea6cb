//! The telephone system's own list of an owner's calls, compared with what became of them here.
//!
//! The list names no ids. An entry is brought to the call of the same caller at the same owner whose beginning is nearest,
//! one to one. What is answered in the list, goes to a group that is served and belongs to no call that is known becomes a
//! call of its own. How far apart two times may lie is argued in `docs/decisions/0009-the-list-of-calls.md`.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use pbx::{Direction, LoggedCall, UserId};

use crate::call::{CallKey, CallState, LogEntry};
use crate::call_log::LogRead;

use super::Core;
use super::clock::{LINGER, after};
use super::logged::{Entry, key_of};
use super::route::Route;
use super::site::Site;

/// Legs of one call in the lists of several owners begin within so long of each other.
const AT_ONCE: SignedDuration = SignedDuration::from_secs(10);

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
    /// The owner took part in the call, and had it again while it went on.
    TookPart,
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
        let listed: Vec<&LoggedCall> = calls
            .iter()
            .filter(|call| call.began <= self.logs.theirs(after(now, self.logs.tolerance())))
            .collect();
        let (fitting, mut new) = self.bring_to_calls(&owner, &listed, now);
        for (logged, key) in fitting {
            let entry = self.entry(logged, key.as_ref());
            if let Some(key) = key {
                self.work(&key, now, |turn, call| turn.on_logged(call, &owner, logged, entry));
                self.find_sibling(&key, now);
            }
        }
        new.sort_by_key(|logged| logged.began);
        for logged in new {
            let entry = self.entry(logged, None);
            if entry.times.began >= floor {
                self.begin_logged(&owner, logged, entry, now);
            }
        }
        self.log_was_read(&owner, now);
    }

    /// Which call each entry belongs to; and those that belong to none.
    fn bring_to_calls<'l>(
        &self,
        owner: &UserId,
        listed: &[&'l LoggedCall],
        now: Timestamp,
    ) -> (Vec<(&'l LoggedCall, Option<CallKey>)>, Vec<&'l LoggedCall>) {
        let site = self.site();
        let mut known: BTreeMap<Timestamp, &CallKey> = BTreeMap::new();
        for call in self.calls.all() {
            let of_owner = call.logged.iter().filter(|(login, _)| login == owner);
            known.extend(of_owner.map(|(_, began)| (*began, &call.key)));
        }
        let mut brought: Vec<(&LoggedCall, Option<CallKey>)> = Vec::new();
        let mut open: Vec<&LoggedCall> = Vec::new();
        for logged in listed.iter().copied() {
            match known.get(&logged.began) {
                Some(key) => brought.push((logged, Some((*key).clone()))),
                None => open.push(logged),
            }
        }
        let claimed_before = |call: &CallState| call.logged.iter().any(|(login, _)| login == owner);
        let mut fits: Vec<(Fit, usize, &CallKey)> = Vec::new();
        for call in self.calls.all().filter(|call| call.merged_into.is_none()) {
            let taken = claimed_before(call);
            for (index, logged) in open.iter().enumerate() {
                let fit = site.fits(call, owner, logged, now).into_iter();
                let fit = fit.filter(|fit| !taken || fit.0 == Closeness::TookPart);
                fits.extend(fit.map(|fit| (fit, index, &call.key)));
            }
        }
        fits.sort();
        let mut calls: Vec<&CallKey> = Vec::new();
        let mut entries: Vec<usize> = Vec::new();
        for ((closeness, _), index, key) in fits {
            let again = closeness == Closeness::TookPart;
            if entries.contains(&index) || calls.contains(&key) && !again {
                continue;
            }
            entries.push(index);
            calls.push(key);
            brought.push((open[index], Some(key.clone())));
        }
        let left = open.iter().enumerate().filter(|(index, _)| !entries.contains(index));
        let new = left.map(|(_, logged)| *logged).collect();
        (brought, new)
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
    /// In which ways an entry of this owner's list may be a call's; none if it is another one.
    fn fits(self, call: &CallState, owner: &UserId, logged: &LoggedCall, now: Timestamp) -> Vec<Fit> {
        let moments = [Some(logged.began), logged.or_began].into_iter().flatten();
        let fits = moments.flat_map(|began| self.fits_at(call, owner, logged, self.logs.ours(began), now));
        let fits: Vec<Fit> = fits.flatten().collect();
        // Numbers are read last, since that takes the longest.
        if fits.is_empty() || self.is_its_caller(call, owner, logged) {
            fits
        } else {
            Vec::new()
        }
    }

    fn fits_at(
        self,
        call: &CallState,
        owner: &UserId,
        logged: &LoggedCall,
        began: Timestamp,
        now: Timestamp,
    ) -> [Option<Fit>; 2] {
        let tolerance = self.logs.tolerance();
        let apart = |at: Timestamp| began.duration_since(at).abs();
        let until = call.ended.map_or(now, |ended| ended.at);
        let Some(leg) = call.legs.get(owner) else {
            return self.fits_elsewhere(call, logged, began, until);
        };
        let nearest = apart(leg.began).min(apart(call.started));
        let went_on = began <= leg.began && leg.began <= after(after(began, logged.lasted), tolerance);
        let begins = if nearest <= tolerance {
            let agrees = leg.talked == logged.answered;
            Some((if agrees { Closeness::Agrees } else { Closeness::Begins }, nearest))
        } else if !leg.rang && went_on {
            Some((Closeness::GoesOn, apart(leg.began)))
        } else {
            None
        };
        // A phone that rang in vain may have got the call later, by a transfer.
        let took_part = logged.answered && call.started <= began && began <= until;
        [begins, took_part.then(|| (Closeness::TookPart, apart(call.started)))]
    }

    /// Whether it may be a call that others saw, and not this owner's end.
    fn fits_elsewhere(
        self,
        call: &CallState,
        logged: &LoggedCall,
        began: Timestamp,
        until: Timestamp,
    ) -> [Option<Fit>; 2] {
        let apart = began.duration_since(call.started).abs();
        let by_one_clock = call.ids.is_empty();
        let near = if by_one_clock || call.answer.is_some() && self.logs.offset.is_some() {
            AT_ONCE
        } else {
            self.logs.tolerance()
        };
        // A transfer's target has the call while, or just after, the first one had it.
        let taken_on = by_one_clock && call.started <= began && began <= after(until, LINGER);
        let told = &call.groups;
        let group = logged.group.as_ref();
        let same_group = told.is_empty() || group.is_none_or(|group| told.iter().any(|told| told.group == *group));
        let fits = same_group && !call.outbound;
        let begins = (fits && apart <= near).then_some((Closeness::Elsewhere, apart));
        let took_part = (fits && taken_on && logged.answered).then_some((Closeness::TookPart, apart));
        [begins, took_part]
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
