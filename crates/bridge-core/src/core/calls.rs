//! The calls that are remembered: open ones, and those that were over only lately.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::call::{CallKey, CallState, Disposition};
use crate::effect::EffectId;
use crate::erasure::REMEMBERED;

use super::clock::after;

/// So many calls that are over are remembered at most.
const REMEMBERED_AT_MOST: usize = 10_000;

/// All calls that are remembered, with what it takes to find them.
#[derive(Debug, Default)]
pub(super) struct Calls {
    open: BTreeMap<CallKey, CallState>,
    over: BTreeMap<CallKey, CallState>,
    by_id: BTreeMap<pbx::CallId, CallKey>,
    deadlines: BTreeSet<(Timestamp, CallKey)>,
    deadline_of: BTreeMap<CallKey, Timestamp>,
    over_since: BTreeSet<(Timestamp, CallKey)>,
    /// As what those count that have been over, whatever came of them since.
    counted: BTreeMap<CallKey, Disposition>,
    /// Those whose recording should still turn up.
    awaiting: BTreeSet<CallKey>,
}

impl Calls {
    /// Takes a call out, to work on it and to [`Calls::put`] it back.
    pub(super) fn take(&mut self, key: &CallKey) -> Option<CallState> {
        let call = self.open.remove(key).or_else(|| self.over.remove(key))?;
        if let Some(at) = self.deadline_of.remove(key) {
            self.deadlines.remove(&(at, key.clone()));
        }
        self.awaiting.remove(key);
        if let Some(over) = call.over {
            self.over_since.remove(&(over, key.clone()));
        }
        Some(call)
    }

    /// Puts a call in, or back.
    pub(super) fn put(&mut self, call: CallState, deadline: Option<Timestamp>) {
        self.take(&call.key);
        for id in &call.ids {
            self.by_id.insert(id.clone(), call.key.clone());
        }
        if let Some(at) = deadline {
            self.deadlines.insert((at, call.key.clone()));
            self.deadline_of.insert(call.key.clone(), at);
        }
        if call.awaits_recording() {
            self.awaiting.insert(call.key.clone());
        }
        if let Some(over) = call.over {
            self.over_since.insert((over, call.key.clone()));
            self.over.insert(call.key.clone(), call);
        } else {
            self.open.insert(call.key.clone(), call);
        }
    }

    /// Counts a call as this; whether it does not count so already.
    pub(super) fn count(&mut self, key: &CallKey, disposition: Disposition) -> bool {
        self.counted.insert(key.clone(), disposition) != Some(disposition)
    }

    pub(super) fn get(&self, key: &CallKey) -> Option<&CallState> {
        self.open.get(key).or_else(|| self.over.get(key))
    }

    /// The call that the PBX tells of under this id.
    pub(super) fn of_id(&self, id: &pbx::CallId) -> Option<CallKey> {
        // A call that turned out to be the same as another has given its ids away, but not its key.
        self.by_id.get(id).cloned().or_else(|| {
            let key = CallKey::new(id.as_str());
            self.get(&key).map(|call| call.merged_into.clone().unwrap_or(key))
        })
    }

    /// The call that an effect belongs to.
    pub(super) fn of_effect(&self, effect: &EffectId) -> Option<CallKey> {
        let (key, _) = effect.as_str().rsplit_once('/')?;
        let key = CallKey::new(key);
        self.get(&key).map(|_| key)
    }

    /// Calls that are not over, in the order of their keys.
    pub(super) fn open(&self) -> impl Iterator<Item = &CallState> {
        self.open.values()
    }

    /// Their keys.
    pub(super) fn open_keys(&self) -> Vec<CallKey> {
        self.open.keys().cloned().collect()
    }

    /// All calls that are remembered.
    pub(super) fn all(&self) -> impl Iterator<Item = &CallState> {
        self.open.values().chain(self.over.values())
    }

    /// Calls that want to be looked at now.
    pub(super) fn due(&self, now: Timestamp) -> Vec<CallKey> {
        let due = self.deadlines.iter().take_while(|(at, _)| *at <= now);
        due.map(|(_, key)| key.clone()).collect()
    }

    /// How many calls have a recording that should still turn up.
    pub(super) fn awaiting(&self) -> usize {
        self.awaiting.len()
    }

    /// When the next call wants to be looked at.
    pub(super) fn next_deadline(&self) -> Option<Timestamp> {
        self.deadlines.first().map(|(at, _)| *at)
    }

    /// Forgets calls that have been over for long, and the oldest where there are too many; none before people were told
    /// that its recording is missing. Those that began after `floor`
    /// may still turn up in a list of calls. When the latest began that was forgotten.
    pub(super) fn forget(&mut self, now: Timestamp, floor: Option<Timestamp>) -> Option<Timestamp> {
        let mut latest = None;
        while let Some((over, key)) = self.over_since.first().cloned() {
            let began = self.over.get(&key).map(|call| call.started);
            let late = began.zip(floor).is_some_and(|(began, floor)| began > floor);
            let lately = (late || after(over, REMEMBERED) > now) && self.over.len() <= REMEMBERED_AT_MOST;
            if lately || self.awaiting.contains(&key) {
                break;
            }
            latest = latest.max(began);
            self.counted.remove(&key);
            if let Some(call) = self.take(&key) {
                for id in &call.ids {
                    self.by_id.remove(id);
                }
            }
        }
        latest
    }
}
