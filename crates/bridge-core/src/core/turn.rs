//! One call's turn: what a step of it needs at hand, and how it leaves its marks.

use std::collections::VecDeque;

use jiff::Timestamp;

use crate::call::{CallKey, CallState, Change, EndBasis, Step, StepKind};
use crate::effect::{Effect, EffectId, Order, Priority, Track};

use super::Core;
use super::notes::Said;
use super::site::Site;

/// What a step of a call needs at hand. Created for one call and one moment.
#[derive(Debug)]
pub(super) struct Turn<'a> {
    pub(super) site: Site<'a>,
    pub(super) active: bool,
    pub(super) now: Timestamp,
    /// What people of the help desk are to read: one note at the end of the turn, or words of a recording's note.
    pub(super) said: Vec<Said>,
    effects: &'a mut VecDeque<Effect>,
    withdrawals: &'a mut VecDeque<EffectId>,
    steps: Vec<Step>,
}

impl Core {
    /// Lets `f` work on a call, draws the consequences and notes what the call has become.
    pub(super) fn work(&mut self, key: &CallKey, now: Timestamp, f: impl FnOnce(&mut Turn<'_>, &mut CallState)) {
        let Some(mut call) = self.calls.take(key) else { return };
        let before = call.clone();
        let mut turn = Turn {
            site: Site {
                settings: &self.settings,
                matching: self.matching.as_ref(),
                logs: &self.logs,
            },
            active: self.active,
            now,
            said: Vec::new(),
            effects: &mut self.effects,
            withdrawals: &mut self.withdrawals,
            steps: Vec::new(),
        };
        f(&mut turn, &mut call);
        if before.erased.is_some() {
            call.keep_numbers_of(&before);
        }
        turn.advance(&mut call);
        let steps = turn.steps;
        if call != before || !steps.is_empty() {
            self.changed(&call, steps);
        }
        self.recordings_changed(&before, &call);
        if let Some(disposition) = self.counts(&call) {
            *self.dispositions.entry(disposition).or_default() += 1;
        }
        let deadline = self.site().deadline(&call);
        self.calls.put(call, deadline);
    }

    /// What is known beside the calls.
    pub(super) fn site(&self) -> Site<'_> {
        Site {
            settings: &self.settings,
            matching: self.matching.as_ref(),
            logs: &self.logs,
        }
    }

    /// Lets every open call draw its consequences anew.
    pub(super) fn advance_open(&mut self, now: Timestamp) {
        for key in self.calls.open_keys() {
            self.work(&key, now, |_, _| {});
        }
    }

    /// Notes what a call has become; one that was not polled yet is brought up to date.
    fn changed(&mut self, call: &CallState, steps: Vec<Step>) {
        let summary = self.site().summary(call);
        if let Some(known) = self.changes.iter_mut().find(|change| change.state.key == call.key) {
            known.state = call.clone();
            known.summary = summary;
            known.steps.extend(steps);
        } else {
            self.changes.push_back(Change {
                state: call.clone(),
                summary,
                steps,
            });
        }
    }
}

impl Turn<'_> {
    /// Draws every consequence that the call's state has at this moment. Doing so again changes nothing.
    fn advance(&mut self, call: &mut CallState) {
        self.miss_recording(call);
        if call.over.is_some() {
            self.tell(call);
            return;
        }
        if call.erased.is_some() {
            // Nothing is begun anew for it.
            self.attach(call);
            self.tell(call);
            call.over = Some(self.now).filter(|_| !Self::attaches(call));
            return;
        }
        self.watch(call);
        self.look_up(call);
        self.record(call);
        self.open(call);
        self.pop(call);
        self.complete(call);
        self.learn(call);
        self.attach(call);
        self.tell(call);
        self.settle(call);
    }

    /// Adds a line to the call's story.
    pub(super) fn step(&mut self, kind: StepKind, what: impl Into<String>, why: impl Into<String>) {
        self.steps.push(Step {
            at: self.now,
            kind,
            what: what.into(),
            why: why.into(),
        });
    }

    /// Gives an order. Its id follows from the call, the step, and how often the step was ordered.
    pub(super) fn order(
        &mut self,
        call: &mut CallState,
        step: &str,
        track: Track,
        priority: Priority,
        expires: Option<Timestamp>,
        order: Order,
    ) -> EffectId {
        let id = next_id(call, step);
        *call.orders.entry(step.to_owned()).or_default() += 1;
        let (what, why) = super::words::order(&id, &order);
        self.step(StepKind::Request, what, why);
        self.effects.push_back(Effect {
            id: id.clone(),
            call: call.key.clone(),
            track,
            priority,
            planned_at: self.now,
            expires,
            order,
        });
        id
    }

    /// Gives an order once more, as it was given: under its id it is the same one.
    pub(super) fn order_again(&mut self, effect: Effect) {
        self.effects.push_back(effect);
    }

    /// Takes an order back.
    pub(super) fn withdraw(&mut self, call: &mut CallState, effect: &EffectId, why: &str) {
        call.postponed.remove(effect);
        call.wedged.remove(effect);
        self.step(StepKind::Request, format!("{} is taken back", effect.step()), why);
        self.withdrawals.push_back(effect.clone());
    }

    /// Says once why there is no ticket (yet).
    pub(super) fn say(&mut self, call: &mut CallState, what: &str, why: String) {
        if call.verdict.as_ref() != Some(&why) {
            self.step(StepKind::Decision, what, why.clone());
            call.verdict = Some(why);
        }
    }

    /// Ends a call of which nothing was heard for too long, and stops waiting for what no list of calls tells.
    fn watch(&mut self, call: &mut CallState) {
        if self.site.unsettled(call).is_some_and(|until| self.now >= until) {
            call.uncertain = false;
            let what = "what became of the call at its end stays unknown";
            self.step(
                StepKind::Decision,
                what,
                "the telephone system's list of calls does not tell it in time",
            );
        }
        if self.site.silence(call).is_some_and(|at| self.now >= at) {
            for leg in call.legs.values_mut() {
                leg.state = pbx::LegState::Ended;
                leg.unconfirmed = false;
            }
            self.end(call, EndBasis::Assumed, "nothing was heard of it for too long");
            let listed = |owner: &pbx::UserId| self.site.logs.owners.contains_key(owner);
            call.uncertain &= call.legs.keys().any(listed);
        }
    }
}

/// The id of the next order of this step.
pub(super) fn next_id(call: &CallState, step: &str) -> EffectId {
    match call.orders.get(step) {
        None | Some(0) => EffectId::new(&call.key, step),
        Some(before) => EffectId::new(&call.key, &format!("{step}.{}", before + 1)),
    }
}
