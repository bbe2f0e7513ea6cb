//! When which list of calls is read: after each connection and each gap, and every quarter of an hour besides.
//!
//! Events make it fast, the lists make it right. Each reading begins well before the end of the one before, since a call is
//! listed when it ends, at the place where it began.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use pbx::{LoggedCall, UserId};

use crate::call::{CallKey, CallState, StepKind};
use crate::call_log::{LOOK_BACK, LogRequest, OVERLAP, OwnerLog};

use super::Core;
use super::clock::after;
use super::turn::Turn;

/// After a connection or a gap: long enough for a snapshot to be told and a call that has just ended to be listed.
const SOON: SignedDuration = SignedDuration::from_secs(3);
/// So long a telephone system may take to list a call that has ended, before its list counts as silent about it.
pub(super) const LISTED: SignedDuration = SignedDuration::from_secs(10);
/// Longer than this it is not waited for.
pub(super) const UNLISTED: SignedDuration = SignedDuration::from_mins(30);
/// After a list could not be read.
const AGAIN: SignedDuration = SignedDuration::from_mins(1);
/// What lies ahead by our clock is asked for, too: it is there, whatever the clocks say.
const AHEAD: SignedDuration = SignedDuration::from_hours(24);
/// An answer that does not come within this time does not come.
const PATIENCE: SignedDuration = SignedDuration::from_mins(2);
/// Lists that were read by a clock that was off by more are read again.
const WRONG_SPAN: SignedDuration = SignedDuration::from_mins(2);
/// Without any reason.
const EVERY: SignedDuration = SignedDuration::from_mins(15);

impl Core {
    /// The bridge starts: whose lists can be read. Nobody is connected yet.
    pub(super) fn on_logs(&mut self, owners: Vec<UserId>, now: Timestamp) {
        self.logs.look_for_a_clock_set_back(now);
        let known = std::mem::take(&mut self.logs.owners);
        let entry = |owner: UserId| {
            let log = known.get(&owner).cloned().unwrap_or_else(|| OwnerLog::new(now));
            // What lies ahead was read by a clock that was set back since.
            let read_until = log.read_until.min(now);
            let log = OwnerLog {
                due: None,
                read_until,
                ..log
            };
            (owner, log)
        };
        self.logs.owners = owners.into_iter().map(entry).collect();
        if self.logs.switched.is_empty() {
            self.logs.switch(self.active, now);
        }
        self.logs_changed = true;
        // What happened while there was no bridge is told by a snapshot, or by these lists.
        for key in self.open_with(None) {
            self.work(&key, now, |turn, call| turn.gap(call, None));
        }
    }

    pub(super) fn logs_connected(&mut self, owner: Option<&UserId>, now: Timestamp) {
        for log in self.logs_of(owner) {
            log.due = Some(after(now, SOON));
            log.untold = true;
        }
    }

    /// What goes on at this owner's phone has been told.
    pub(super) fn logs_told(&mut self, owner: &UserId) {
        for log in self.logs_of(Some(owner)).filter(|log| log.untold) {
            log.untold = false;
        }
    }

    pub(super) fn logs_disconnected(&mut self, owner: Option<&UserId>) {
        for log in self.logs_of(owner) {
            log.due = None;
        }
    }

    /// Something may have been missed: the list is read soon, if there is a connection to read it by.
    pub(super) fn read_log_soon(&mut self, owner: Option<&UserId>, now: Timestamp) {
        let soon = after(now, SOON);
        for log in self.logs_of(owner).filter(|log| log.due.is_some_and(|due| due > soon)) {
            log.due = Some(soon);
        }
    }

    fn logs_of(&mut self, owner: Option<&UserId>) -> impl Iterator<Item = &mut OwnerLog> {
        self.logs_changed |= !self.logs.owners.is_empty();
        let logs = self.logs.owners.iter_mut();
        logs.filter(move |(login, _)| owner.is_none_or(|owner| owner == *login))
            .map(|(_, log)| log)
    }

    pub(super) fn on_log_unread(&mut self, owner: &UserId, why: String, now: Timestamp) {
        let Some(log) = self.logs.owners.get_mut(owner) else {
            return;
        };
        log.due = log.due.map(|_| after(now, AGAIN));
        log.failing = Some(why);
        self.logs_changed = true;
    }

    /// The list was read: what it does not tell by now it will not tell; and when it is read next.
    pub(super) fn log_was_read(&mut self, owner: &UserId, now: Timestamp) {
        let Some(log) = self.logs.owners.get_mut(owner) else {
            return;
        };
        // What lies ahead was read by a clock that was set back since.
        let before = Some(log.read_until).filter(|read| *read <= now);
        log.read_until = before.map_or(log.asked, |read| read.max(log.asked));
        log.failing = None;
        for key in self.unsettled_of(owner) {
            self.work(&key, now, |turn, call| turn.settle_unseen(call));
        }
        for key in self.with_recordings_and_no_ticket() {
            self.work(&key, now, |_, _| {});
        }
        let waits = !self.unsettled_of(owner).is_empty();
        let Some(log) = self.logs.owners.get_mut(owner) else {
            return;
        };
        log.due = log.due.map(|_| after(now, if waits { LISTED } else { EVERY }));
        self.logs_changed = true;
    }

    /// Calls of this owner that were found ended, of which the list has still to tell.
    fn unsettled_of(&self, owner: &UserId) -> Vec<CallKey> {
        let open = self.calls.open().filter(|call| call.uncertain && call.ended.is_some());
        let of_owner = open.filter(|call| call.legs.contains_key(owner));
        of_owner.map(|call| call.key.clone()).collect()
    }

    fn with_recordings_and_no_ticket(&self) -> Vec<CallKey> {
        let waits = |call: &&CallState| self.site().listed_until(call).is_some();
        self.calls.open().filter(waits).map(|call| call.key.clone()).collect()
    }

    /// Whoever took part in them.
    pub(super) fn parts_of_unsettled(&self, owner: &UserId) -> BTreeSet<UserId> {
        let calls = self.unsettled_of(owner);
        let calls = calls.iter().filter_map(|key| self.calls.get(key));
        calls.flat_map(|call| call.legs.keys().cloned()).collect()
    }

    /// Asks for the lists that are due.
    pub(super) fn ask_for_logs(&mut self, now: Timestamp) {
        let slack = self.logs.tolerance();
        let mut asked = Vec::new();
        for (owner, log) in &mut self.logs.owners {
            if log.due.is_none_or(|due| due > now) {
                continue;
            }
            let far = after(now, -LOOK_BACK).max(after(log.read_until, -OVERLAP));
            asked.push((owner.clone(), far.max(after(log.since, -slack))));
            log.asked = now;
            log.due = Some(after(now, PATIENCE));
        }
        self.logs_changed |= !asked.is_empty();
        let until = self.logs.theirs(after(now, AHEAD));
        let requests = asked.into_iter().map(|(owner, from)| LogRequest {
            owner,
            from: self.logs.theirs(from),
            until,
        });
        self.log_requests.extend(requests.collect::<Vec<_>>());
    }

    pub(super) fn next_log(&self) -> Option<Timestamp> {
        self.logs.owners.values().filter_map(|log| log.due).min()
    }

    /// What the telephone system's clock shows.
    pub(super) fn measure(&mut self, shown: Timestamp, now: Timestamp) {
        let before = self.logs.offset;
        self.logs.measure(shown, now);
        self.logs_changed |= self.logs.offset != before;
        let moved = self.logs.offset.unwrap_or_default() - before.unwrap_or_default();
        if moved.abs() > WRONG_SPAN {
            // What was asked for last lay elsewhere.
            self.read_log_soon(None, now);
        }
    }

    /// What is listed is over: where that would still be to come, one of the clocks was set since they were compared.
    pub(super) fn measure_by_list(&mut self, calls: &[LoggedCall], now: Timestamp) {
        let latest = calls.iter().map(|call| after(call.began, call.lasted)).max();
        let known = self
            .logs
            .offset
            .map(|_| after(self.logs.theirs(now), self.logs.tolerance()));
        if let Some(latest) = latest.filter(|latest| known.is_some_and(|known| *latest > known)) {
            self.measure(latest, now);
        }
    }

    /// The bridge was activated or deactivated.
    pub(super) fn switched(&mut self, active: bool, now: Timestamp) {
        let before = self.logs.switched.len();
        self.logs.switch(active, now);
        self.logs_changed |= self.logs.switched.len() != before;
    }

    /// Forgets calls that cannot come up again.
    pub(super) fn forget(&mut self, now: Timestamp) {
        let latest = self.calls.forget(now, self.logs.floor(now));
        let latest = latest.map(|latest| after(latest, self.logs.tolerance()));
        if !self.logs.owners.is_empty() && latest > self.logs.forgotten {
            self.logs.forgotten = latest;
            self.logs_changed = true;
        }
    }
}

impl Turn<'_> {
    /// Stops waiting once everybody's list was read a while after the end: a telephone system writes the ends of one
    /// call at one time.
    fn settle_unseen(&mut self, call: &mut CallState) {
        let Some(ended) = call.ended.filter(|_| call.uncertain) else {
            return;
        };
        if self
            .site
            .lists_of(call)
            .map(|log| log.read_until)
            .min()
            .is_some_and(|read| read >= after(ended.at, LISTED))
        {
            call.uncertain = false;
            let what = "the lists of calls tell of no answer that was not seen";
            self.step(StepKind::Decision, what, "they were read a while after the end");
        }
    }
}
