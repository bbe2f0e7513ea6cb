//! The state machine: inputs and time in, effects and changes out.
//!
//! [`Core`] finds the call that an input belongs to and lets a `Turn` work on it. A turn first notes what was told
//! (`legs`, `outcome`) and then draws the consequences (`Turn::advance`), always from the call's state alone: that is
//! why a core that was restored between two inputs does the same as one that was never interrupted.

mod calls;
mod clock;
mod disposition;
mod events;
pub mod forecast;
mod late;
mod learn;
mod legs;
mod likeness;
mod logged;
mod logs;
mod lookup;
mod notes;
mod outcome;
mod over;
mod pop;
mod reconcile;
mod recordings;
mod route;
mod site;
mod take_back;
mod texts;
mod ticket;
mod times;
mod turn;
mod words;

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;

use crate::call::{CallKey, CallState, Change, Disposition};
use crate::call_log::{LogRequest, Logs};
use crate::effect::{Effect, EffectId};
use crate::input::Input;
use crate::matching::Matching;
use crate::recording::Kept;
use crate::settings::Settings;

use calls::Calls;
use recordings::Unassigned;

/// Everything the bridge knows about calls, and every decision it takes.
///
/// After each [`Core::handle`] poll effects, withdrawals and changes until `None`; they belong into one
/// transaction. Polling more often than needed is harmless.
#[derive(Debug)]
pub struct Core {
    settings: Settings,
    matching: Option<Matching>,
    active: bool,
    calls: Calls,
    logs: Logs,
    logs_changed: bool,
    log_requests: VecDeque<LogRequest>,
    effects: VecDeque<Effect>,
    withdrawals: VecDeque<EffectId>,
    changes: VecDeque<Change>,
    unassigned: Unassigned,
    kept: VecDeque<Kept>,
    dispositions: BTreeMap<Disposition, u64>,
}

/// Something that an administrator should know, for `status`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// The call it is about, if it is about one.
    pub call: Option<CallKey>,
    /// What it is, without personal data.
    pub what: String,
}

impl Core {
    /// A core that has seen nothing yet: inactive, nothing matched.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self::restore(settings, Vec::new(), None, false)
    }

    /// A core that goes on where the journal left off. Orders that were given and not settled are **not** given again: the
    /// journal has them.
    #[must_use]
    pub fn restore(settings: Settings, calls: Vec<CallState>, matching: Option<Matching>, active: bool) -> Self {
        let mut core = Self {
            settings,
            matching,
            active,
            calls: Calls::default(),
            logs: Logs::default(),
            logs_changed: false,
            log_requests: VecDeque::new(),
            effects: VecDeque::new(),
            withdrawals: VecDeque::new(),
            changes: VecDeque::new(),
            unassigned: Unassigned::new(),
            kept: VecDeque::new(),
            dispositions: BTreeMap::new(),
        };
        for call in calls {
            core.counts(&call);
            let deadline = core.site().deadline(&call);
            core.calls.put(call, deadline);
        }
        core
    }

    /// The same, with what is known of the telephone system's lists of calls.
    #[must_use]
    pub fn with_logs(mut self, logs: Logs) -> Self {
        self.logs = logs;
        self
    }

    /// The same, with the recordings of which nobody knows whose they are.
    #[must_use]
    pub fn with_unassigned(mut self, unassigned: Vec<Kept>) -> Self {
        let by_sum = unassigned.into_iter().map(|kept| (kept.recording.sha256.clone(), kept));
        self.unassigned = by_sum.collect();
        self
    }

    /// Takes one input. `now` never goes back; where a clock does, the caller holds it still.
    pub fn handle(&mut self, input: Input, now: Timestamp) {
        self.forget(now);
        match input {
            Input::Pbx(event) => self.on_event(event, now),
            Input::Matched(matching) => {
                self.matching = Some(matching);
                self.advance_open(now);
            }
            Input::Activation { active } => {
                self.active = active;
                self.switched(active, now);
                self.advance_open(now);
            }
            Input::Logs { owners } => self.on_logs(owners, now),
            Input::Log(read) => self.on_log(read, now),
            Input::LogUnread { owner, why } => self.on_log_unread(&owner, why, now),
            Input::Outcome { effect, outcome } => {
                if let Some(key) = self.calls.of_effect(&effect) {
                    self.work(&key, now, |turn, call| turn.on_outcome(call, &effect, outcome));
                }
            }
            Input::Postponed {
                effect,
                attempts,
                why,
                again_at,
            } => {
                if let Some(key) = self.calls.of_effect(&effect) {
                    self.work(&key, now, |turn, call| {
                        turn.on_postponed(call, &effect, attempts, &why, again_at);
                    });
                }
            }
            Input::Asked { effect, requests } => {
                if let Some(key) = self.calls.of_effect(&effect) {
                    self.work(&key, now, |turn, _| turn.on_asked(&effect, &requests));
                }
            }
            Input::Retry { effect } => {
                if let Some(key) = self.calls.of_effect(&effect.id) {
                    self.work(&key, now, |turn, call| turn.take_up_again(call, effect));
                }
            }
            Input::Recording(recording) => self.on_recording(recording, now),
            Input::RecordingGone { sha256 } => self.on_recording_gone(&sha256),
            Input::Assign { sha256, call } => self.on_assign(&sha256, *call, now),
            Input::Refuse { named: _, call } => self.on_refuse(*call, now),
            Input::TakeBack { written, call } => self.on_take_back(*written, *call, now),
            Input::Expired { sha256, call } => self.on_expired(&sha256, *call, now),
            Input::Wake => {}
        }
        for key in self.calls.due(now) {
            self.work(&key, now, |_, _| {});
        }
        self.ask_for_logs(now);
    }

    /// The next order, in the order given.
    pub fn poll_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// The next order that must not leave any more, if it has not left yet.
    pub fn poll_withdrawal(&mut self) -> Option<EffectId> {
        self.withdrawals.pop_front()
    }

    /// The next call that has changed, with what it has become. Each call comes once for all that was handled since it
    /// was last polled.
    pub fn poll_change(&mut self) -> Option<Change> {
        self.changes.pop_front()
    }

    /// The next recording with which it stands otherwise than before.
    pub fn poll_recording(&mut self) -> Option<Kept> {
        self.kept.pop_front()
    }

    /// The next list of calls that is to be read.
    pub fn poll_log_request(&mut self) -> Option<LogRequest> {
        self.log_requests.pop_front()
    }

    /// What is known of the lists of calls by now, if that has changed since it was last polled.
    pub fn poll_logs(&mut self) -> Option<Logs> {
        std::mem::take(&mut self.logs_changed).then(|| self.logs.clone())
    }

    /// When [`Input::Wake`] is due, if anything waits for time to pass. May change with every [`Core::handle`].
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Timestamp> {
        let calls = self.calls.next_deadline();
        [calls, self.next_log()].into_iter().flatten().min()
    }

    /// Whether the bridge is active.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.active
    }

    /// The matching in force.
    #[must_use]
    pub fn matching(&self) -> Option<&Matching> {
        self.matching.as_ref()
    }

    /// The configuration the core works by.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// How many calls ring or talk at this moment, as far as is known.
    #[must_use]
    pub fn calls_in_progress(&self) -> usize {
        self.calls.open().filter(|call| call.ended.is_none()).count()
    }

    /// How many calls have a recording that should still turn up.
    #[must_use]
    pub fn recordings_awaited(&self) -> usize {
        self.calls.awaiting()
    }

    /// How many calls have got over in which way since this core began. Each counts once, when nothing more is to come of it. Only one of which
    /// something else becomes afterwards counts as that, too: nobody had answered, and then another phone rang.
    #[must_use]
    pub fn dispositions(&self) -> &BTreeMap<Disposition, u64> {
        &self.dispositions
    }

    /// What an administrator should know: PBX users without a user of the help desk, numbers that could not be learned,
    /// orders that are stuck. Of calls that are over only those of the last day are in it.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        let agents = self.matching.iter().flat_map(|matching| &matching.agents);
        let without = agents
            .filter(|(_, agent)| agent.desk.is_none())
            .map(|(login, _)| Problem {
                call: None,
                what: format!("{login} has no user of the same e-mail address in the help desk"),
            });
        let of_calls = self.calls.all().flat_map(|call| {
            let troubles = call.troubles.iter().cloned();
            let wedged = call.wedged.iter();
            let wedged = wedged.map(|(effect, why)| format!("{} is wedged: {why}", effect.step()));
            troubles.chain(wedged).map(|what| Problem {
                call: Some(call.key.clone()),
                what,
            })
        });
        without.chain(of_calls).collect()
    }
}
