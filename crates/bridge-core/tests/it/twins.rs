//! Two cores side by side: one that is never interrupted, and one that is restored after every input from what the
//! journal would hold. They must do the same.

use std::collections::{BTreeMap, BTreeSet};

use bridge_core::call::{CallKey, CallState, CallSummary, Step};
use bridge_core::call_log::{LogRequest, Logs};
use bridge_core::core::Core;
use bridge_core::effect::{Effect, EffectId};
use bridge_core::erasure::Sought;
use bridge_core::input::Input;
use bridge_core::recording::{Kept, Sha256, Standing};
use bridge_core::settings::Settings;
use jiff::{SignedDuration, Timestamp};
use pbx::{CallId, Dialled, Direction, Event, LegEvent, LegState};

use crate::support;

pub(crate) struct Twins {
    settings: Settings,
    pub(crate) core: Core,
    restored: Core,
    pub(crate) calls: BTreeMap<CallKey, CallState>,
    pub(crate) summaries: BTreeMap<CallKey, CallSummary>,
    pub(crate) steps: BTreeMap<CallKey, Vec<Step>>,
    /// Every order that was ever given.
    pub(crate) given: BTreeSet<EffectId>,
    /// Orders given with the last input.
    pub(crate) new: Vec<Effect>,
    pub(crate) withdrawn: Vec<EffectId>,
    /// Lists of calls that are to be read, and were not yet.
    pub(crate) requests: Vec<LogRequest>,
    logs: Logs,
    /// What the journal would hold of recordings.
    pub(crate) recordings: BTreeMap<Sha256, Standing>,
    unassigned: BTreeMap<Sha256, Kept>,
    pub(crate) now: Timestamp,
}

impl Twins {
    /// Active and matched, with nothing heard of yet.
    pub(crate) fn new(settings: Settings) -> Self {
        let mut twins = Self::asleep(settings);
        twins.handle(Input::Activation { active: true });
        twins.handle(Input::Matched(support::matching(&[])));
        twins
    }

    /// Neither active nor matched.
    pub(crate) fn asleep(settings: Settings) -> Self {
        Self {
            core: Core::new(settings.clone()),
            restored: Core::new(settings.clone()),
            settings,
            calls: BTreeMap::new(),
            summaries: BTreeMap::new(),
            steps: BTreeMap::new(),
            given: BTreeSet::new(),
            new: Vec::new(),
            withdrawn: Vec::new(),
            requests: Vec::new(),
            logs: Logs::default(),
            recordings: BTreeMap::new(),
            unassigned: BTreeMap::new(),
            now: support::midnight(),
        }
    }

    pub(crate) fn handle(&mut self, input: Input) {
        self.core.handle(input.clone(), self.now);
        self.restored.handle(input, self.now);
        self.new.clear();
        self.withdrawn.clear();
        while let Some(effect) = self.core.poll_effect() {
            assert_eq!(self.restored.poll_effect().as_ref(), Some(&effect));
            assert!(self.given.insert(effect.id.clone()), "{} is given twice", effect.id);
            assert_eq!(effect.planned_at, self.now);
            self.new.push(effect);
        }
        assert_eq!(self.restored.poll_effect(), None);
        while let Some(effect) = self.core.poll_withdrawal() {
            assert_eq!(self.restored.poll_withdrawal().as_ref(), Some(&effect));
            self.withdrawn.push(effect);
        }
        assert_eq!(self.restored.poll_withdrawal(), None);
        while let Some(change) = self.core.poll_change() {
            assert_eq!(self.restored.poll_change().as_ref(), Some(&change));
            let key = change.state.key.clone();
            self.steps.entry(key.clone()).or_default().extend(change.steps);
            self.summaries.insert(key.clone(), change.summary);
            self.calls.insert(key, change.state);
        }
        assert_eq!(self.restored.poll_change(), None);
        let logs = self.core.poll_logs();
        assert_eq!(self.restored.poll_logs(), logs);
        self.logs = logs.unwrap_or_else(|| self.logs.clone());
        while let Some(request) = self.core.poll_log_request() {
            assert_eq!(self.restored.poll_log_request().as_ref(), Some(&request));
            self.requests.push(request);
        }
        assert_eq!(self.restored.poll_log_request(), None);
        while let Some(kept) = self.core.poll_recording() {
            assert_eq!(self.restored.poll_recording().as_ref(), Some(&kept));
            let sha256 = kept.recording.sha256.clone();
            self.recordings.insert(sha256.clone(), kept.standing.clone());
            if let Standing::Unassigned { .. } = kept.standing {
                self.unassigned.insert(sha256, kept);
            } else {
                self.unassigned.remove(&sha256);
            }
        }
        assert_eq!(self.restored.poll_recording(), None);
        assert_eq!(self.restored.recordings_awaited(), self.core.recordings_awaited());
        assert_eq!(self.restored.poll_timeout(), self.core.poll_timeout());
        assert_eq!(self.restored.problems(), self.core.problems());
        assert_eq!(self.restored.calls_in_progress(), self.core.calls_in_progress());
        self.restored = self.as_the_journal_has_it();
        assert_eq!(self.restored.poll_timeout(), self.core.poll_timeout());
    }

    /// Takes a person out of all calls; which calls those were. Both cores go on from what is left, with all calls as if they
    /// had been over just now: a journal would let go of none so soon.
    pub(crate) fn erase(&mut self, sought: &Sought) -> BTreeSet<CallKey> {
        for call in self.calls.values_mut() {
            call.over = call.over.map(|_| self.now);
        }
        let of_him = self.calls.values_mut().filter(|call| sought.took_part(call));
        let keys = of_him.map(|call| {
            call.erase(sought, self.now);
            call.key.clone()
        });
        let keys = keys.collect();
        self.core = self.as_the_journal_has_it();
        self.restored = self.as_the_journal_has_it();
        keys
    }

    fn as_the_journal_has_it(&self) -> Core {
        let (active, matching) = (self.core.is_active(), self.core.matching().cloned());
        let calls = self.calls.values().cloned().collect();
        Core::restore(self.settings.clone(), calls, matching, active)
            .with_logs(self.logs.clone())
            .with_unassigned(self.unassigned.values().cloned().collect())
    }

    /// Wakes the core at the next moment it asks for up to `until`; whether there was one.
    pub(crate) fn wake(&mut self, until: Timestamp) -> bool {
        let Some(due) = self.core.poll_timeout().filter(|due| *due <= until) else {
            self.now = self.now.max(until);
            return false;
        };
        self.now = self.now.max(due);
        self.handle(Input::Wake);
        let next = self.core.poll_timeout();
        assert!(
            next.is_none_or(|next| next > self.now),
            "the deadline {due} does not go away"
        );
        true
    }

    /// Lets time pass.
    pub(crate) fn pass(&mut self, time: SignedDuration) {
        let until = self.now + time;
        while self.wake(until) {}
    }

    pub(crate) fn summary(&self, call: &str) -> &CallSummary {
        &self.summaries[&CallKey::new(call)]
    }

    pub(crate) fn leg(&mut self, call: &str, owner: &str, state: LegState) {
        self.handle(Input::Pbx(Event::Leg(leg(call, owner, state))));
    }
}

/// A leg of a call from 0721 123456 to Support.
pub(crate) fn leg(call: &str, owner: &str, state: LegState) -> LegEvent {
    LegEvent {
        call: CallId::new(call),
        owner: pbx::UserId::new(owner),
        state,
        direction: if state == LegState::Ringing {
            Direction::Inbound
        } else {
            Direction::Unknown
        },
        caller: Some(Dialled::new("0721 123456")),
        called: Some(Dialled::new("0721 4605300")),
        group: Some(pbx::GroupId::new("1003")),
        at: None,
        or_at: None,
    }
}
