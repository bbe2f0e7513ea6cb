//! When the telephone system told of answers whose tickets are still to be asked for: to tell how long that takes.

use std::collections::BTreeMap;

use bridge_core::call::{CallKey, Phase, Ticket};
use bridge_core::effect::{Effect, Order};
use bridge_core::port::Entry;
use tokio::time::Instant;

/// The moments by the calls' keys, by a clock that nobody sets.
#[derive(Debug, Default)]
pub(super) struct Answers(BTreeMap<CallKey, Instant>);

impl Answers {
    /// What came of an input, which may be an event that reached us at this moment.
    pub(super) fn note(&mut self, told: Option<Instant>, entry: &Entry) {
        for change in &entry.changes {
            let state = &change.state;
            if change.summary.phase == Phase::Over {
                self.0.remove(&state.key);
                continue;
            }
            let Some(told) = told else { continue };
            let asked_for = |effect: &Effect| effect.call == state.key && is_ticket(effect);
            let to_come = state.ticket == Ticket::Pending || entry.effects.iter().any(asked_for);
            if state.answer.is_some() && to_come {
                // Later events are of the same answer.
                self.0.entry(state.key.clone()).or_insert(told);
            }
        }
    }

    /// An order leaves. When that is the ticket, and for the first time: when its call was told to be answered.
    pub(super) fn leaves(&mut self, effect: &Effect) -> Option<Instant> {
        if is_ticket(effect) {
            self.0.remove(&effect.call)
        } else {
            None
        }
    }
}

fn is_ticket(effect: &Effect) -> bool {
    matches!(effect.order, Order::OpenTicket(_))
}
