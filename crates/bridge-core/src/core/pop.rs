//! The screen pop: prompt or not at all.

use crate::call::{CallState, Pop, StepKind};
use crate::effect::{EffectId, Order, Priority, Track};
use crate::input::Outcome;

use super::outcome::failure;
use super::turn::Turn;

impl Turn<'_> {
    /// Opens the ticket on the screen of the agent who answered, while he talks; takes it back when it is too late.
    pub(super) fn pop(&mut self, call: &mut CallState) {
        let Some(until) = self.site.pop_window(call) else {
            return;
        };
        let logged = call.answer.as_ref().is_some_and(|answer| answer.logged.is_some());
        let why_not = if logged {
            Some("the call was learned of afterwards")
        } else if call.ended.is_some() {
            Some("the call has ended")
        } else if self.now >= until || self.is_still_to_come(call) {
            Some("it would come too late to help")
        } else {
            None
        };
        match (call.pop.clone(), why_not) {
            (Pop::NotYet, _) => self.decide_pop(call, until, why_not),
            (Pop::Ordered { effect }, Some(why)) => {
                self.withdraw(call, &effect, why);
                call.pop = Pop::Withdrawn { effect };
            }
            (Pop::Ordered { .. }, None) | (Pop::Withdrawn { .. } | Pop::Shown | Pop::No, _) => {}
        }
    }

    /// Whether the answer lies ahead: the clock was set back since, and nobody knows how long ago it was.
    fn is_still_to_come(&self, call: &CallState) -> bool {
        call.answer.as_ref().is_some_and(|answer| answer.at > self.now)
    }

    fn decide_pop(&mut self, call: &mut CallState, until: jiff::Timestamp, why_not: Option<&str>) {
        let Some(ticket) = call.opened().map(|opened| opened.ticket) else {
            return;
        };
        let answer = call.answer.as_ref();
        let agent = answer.and_then(|answer| self.site.agent(&answer.by)?.desk);
        let why_not = if self.site.settings.screen_pop {
            why_not
        } else {
            Some("the configuration has switched it off")
        };
        match (agent, why_not) {
            // Said with the assignee.
            (None, _) => call.pop = Pop::No,
            (Some(_), Some(why)) => {
                self.step(StepKind::Decision, "no screen pop", why);
                call.pop = Pop::No;
            }
            (Some(agent), None) => {
                let order = Order::Pop { ticket, agent };
                let effect = self.order(call, "pop", Track::Main, Priority::Prompt, Some(until), order);
                call.pop = Pop::Ordered { effect };
            }
        }
    }

    /// The agent was shown the ticket, or was not.
    pub(super) fn popped(&mut self, call: &mut CallState, outcome: &Outcome) {
        if *outcome == Outcome::Popped {
            call.pop = Pop::Shown;
        } else {
            let withdrawn = matches!(call.pop, Pop::Withdrawn { .. });
            if !withdrawn {
                self.step(StepKind::Decision, "no screen pop", failure(outcome));
            }
            call.pop = Pop::No;
        }
    }

    /// Whether this effect is the call's screen pop.
    pub(super) fn is_pop(call: &CallState, effect: &EffectId) -> bool {
        match &call.pop {
            Pop::Ordered { effect: ordered } | Pop::Withdrawn { effect: ordered } => ordered == effect,
            Pop::NotYet | Pop::Shown | Pop::No => false,
        }
    }
}
