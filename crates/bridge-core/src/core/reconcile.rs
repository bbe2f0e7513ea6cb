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
use super::likeness::{Fit, overlap};
use super::logged::{Entry, key_of};
use super::logs::LISTED;
use super::route::Route;
use super::times::moments;

/// A list tells whole seconds: a call began when it says, or so much later.
const WITHIN_A_SECOND: SignedDuration = SignedDuration::from_millis(999);

/// Whoever takes a call on is connected again within so long, as a rule.
const JUST_NOW: SignedDuration = SignedDuration::from_mins(2);

/// What ended so long before a list was read stands in it, whatever a ring adds.
const SEEN_SURELY: SignedDuration = SignedDuration::from_mins(5);

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
        // What was heard of before the last reading tells how late it was then, by the clock that lists are written by. It is asked
        // in two hours a year.
        let ambiguous = calls.iter().any(|call| call.or_began.is_some());
        let heard = self
            .calls
            .all()
            .filter(|call| ambiguous && call.heard <= log.read_until);
        let read_before = heard.filter_map(|call| call.went_on).max();
        let known_before = log.unsure.clone();
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
        let (known, open) = self.known(&owner, &listed);
        let (fitting, left) = self.bring_to_calls(&owner, &open);
        let brought: Vec<(&LoggedCall, CallKey)> = known.into_iter().chain(fitting).collect();
        for (logged, key) in &brought {
            self.apply(&owner, logged, key, now);
        }
        // By now it is known when those calls ended. Of a ring in vain nothing comes but what it told its call.
        let mut unsure = BTreeSet::new();
        let meant = |logged: &LoggedCall| {
            let read_before = read_before.filter(|_| !known_before.contains(&logged.began));
            (as_meant(logged, read_before), logged.began)
        };
        let answered = left.into_iter().filter(|logged| logged.answered);
        let mut left: Vec<(LoggedCall, Timestamp)> = answered.map(meant).collect();
        left.sort_by_key(|(logged, _)| logged.began);
        for (logged, told) in &left {
            // One phone has one call at a time.
            let at_once = brought
                .iter()
                .filter(|(other, _)| other.answered && overlap(other, logged));
            let at_once: BTreeSet<&CallKey> = at_once.map(|(_, key)| key).collect();
            match self.in_the_midst_of(&owner, logged, &at_once, now) {
                Midst::Of(key) => self.apply(&owner, logged, &key, now),
                // It stays in the list, which is read again at the latest when that is known.
                Midst::Unsure => {
                    unsure.insert(*told);
                }
                Midst::OfNone => self.on_left(&owner, logged, floor, now),
            }
        }
        if let Some(log) = self.logs.owners.get_mut(&owner) {
            log.unsure = unsure;
        }
        self.log_was_read(&owner, now);
    }

    /// An entry that is of no call that is known.
    fn on_left(&mut self, owner: &UserId, logged: &LoggedCall, floor: Timestamp, now: Timestamp) {
        let (listed, entry) = self.entry(logged, None, now);
        if entry.times.began < floor {
            return;
        }
        let mut keys = (1..).map(|nth| key_of(owner, logged, nth));
        if let Some(key) = keys.find(|key| self.calls.get(key).is_none()) {
            self.begin_logged(key, owner, &listed, entry, now);
        }
    }

    fn apply(&mut self, owner: &UserId, logged: &LoggedCall, key: &CallKey, now: Timestamp) {
        let (listed, entry) = self.entry(logged, Some(key), now);
        self.work(key, now, |turn, call| turn.on_logged(call, owner, &listed, entry));
        self.find_sibling(key, now);
    }

    /// Which call each entry begins, one to one; and the entries that begin none that is known.
    fn bring_to_calls<'l>(
        &self,
        owner: &UserId,
        open: &[&'l LoggedCall],
    ) -> (Vec<(&'l LoggedCall, CallKey)>, Vec<&'l LoggedCall>) {
        let mut brought = Vec::new();
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
                let mut seconds = moments(logged).filter(|_| logged.answered);
                let claim = seconds.find_map(|began| {
                    let calls = claims.get_mut(&began)?;
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

    /// The call that this owner took part in, and had again while it went on; none of `others`.
    fn in_the_midst_of(
        &self,
        owner: &UserId,
        logged: &LoggedCall,
        others: &BTreeSet<&CallKey>,
        now: Timestamp,
    ) -> Midst {
        let calls = self.calls.all().filter(|call| call.merged_into.is_none());
        let calls = calls.filter(|call| !others.contains(&call.key));
        let same: Vec<_> = calls
            .filter(|call| self.site().took_part(call, owner, logged, now))
            .collect();
        if self.may_go_on_elsewhere(logged, now) {
            return Midst::Unsure;
        }
        let begins_later = |call: &CallState| self.site().may_begin_earlier(call, owner, logged, now);
        if same.iter().any(|call| self.site().is_unsure(call)) || self.calls.all().any(begins_later) {
            return Midst::Unsure;
        }
        // Nobody hands a call on to himself: somebody else had it in between, as his list tells, or it is another one.
        let (own, others): (Vec<&CallState>, Vec<&CallState>) = same
            .into_iter()
            .partition(|call| self.site().is_after_his_own(call, owner, logged));
        match others.iter().max_by_key(|call| call.started) {
            Some(call) => Midst::Of(call.key.clone()),
            None if !own.is_empty() && self.is_told_soon(owner, logged) => Midst::Unsure,
            None => Midst::OfNone,
        }
    }

    /// Whether there are lists of others, as they were after this, that are read soon.
    fn is_told_soon(&self, owner: &UserId, logged: &LoggedCall) -> bool {
        let ended = self.logs.ours(after(logged.began, logged.lasted));
        let mut others = self.logs.owners.iter().filter(|(login, _)| *login != owner);
        others.any(|(_, log)| log.is_connected() && log.read_until < after(ended, LISTED))
    }

    /// Whether it ended only just now while somebody of whom nothing is told yet may have the call.
    fn may_go_on_elsewhere(&self, logged: &LoggedCall, now: Timestamp) -> bool {
        let theirs = self.logs.theirs(now);
        let just_now = |began: Timestamp| theirs < after(after(began, logged.lasted), JUST_NOW);
        let away = self.logs.owners.values().any(|log| !log.is_connected() || log.untold);
        away && self.logs.offset.is_some() && moments(logged).any(just_now)
    }

    /// An entry in our time. Of two moments that may be meant the one counts that is nearer to the call, or the later one
    /// that is not still to come.
    fn entry(&self, logged: &LoggedCall, key: Option<&CallKey>, now: Timestamp) -> (LoggedCall, Entry) {
        let call = key.and_then(|key| self.calls.get(key));
        let began = match call.map(|call| self.site().call_began(call)) {
            Some(known) => moments(logged).min_by_key(|at| at.duration_since(known).abs()),
            None => moments(logged)
                .filter(|at| after(*at, logged.lasted) <= self.logs.theirs(now))
                .max(),
        };
        let listed = began.unwrap_or(logged.began);
        let began = self.site().ours(listed, call);
        let active = [began, after(began, WITHIN_A_SECOND)].map(|at| self.logs.was_active(at));
        let listed = LoggedCall {
            began: listed,
            or_began: None,
            ..logged.clone()
        };
        let entry = Entry {
            times: LogEntry {
                began,
                lasted: logged.lasted,
            },
            active: active
                .into_iter()
                .flatten()
                .reduce(|at, or| at || or)
                .unwrap_or(self.active),
        };
        (listed, entry)
    }

    /// An answered call to a group that is served, of which nothing was heard.
    fn begin_logged(&mut self, key: CallKey, owner: &UserId, logged: &LoggedCall, entry: Entry, now: Timestamp) {
        if logged.direction == Direction::Outbound || !logged.answered {
            return;
        }
        let mut call = CallState::new(&pbx::CallId::new(key.as_str()), now);
        call.ids.clear();
        call.started = entry.times.began;
        call.began = Some(logged.began);
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

/// An entry that was not there when the list was read before has ended since: of two moments that may be meant that tells which.
fn as_meant(logged: &LoggedCall, read_before: Option<Timestamp>) -> LoggedCall {
    let over = after(after(logged.began, logged.lasted), SEEN_SURELY);
    let was_over = read_before.is_some_and(|read| over < read);
    match logged.or_began {
        Some(later) if was_over => LoggedCall {
            began: later,
            or_began: None,
            ..logged.clone()
        },
        Some(_) | None => logged.clone(),
    }
}
