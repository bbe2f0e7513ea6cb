//! What came of inputs goes to the journal, and then out.

use std::collections::BTreeSet;

use bridge_core::call::CallKey;
use bridge_core::effect::EffectId;
use bridge_core::input::{Input, Outcome};
use bridge_core::port::{Committed, Entry, Wedged};
use jiff::Timestamp;
use tokio::time::Instant;

use super::{Ended, Engine};
use crate::chain::chain;
use crate::machine::Machine;
use crate::pauses::Pauses;
use crate::schedule::Withdrawal;

impl<M: Machine> Engine<M> {
    /// Writes a batch down, again and again if need be: the core has moved on, so nothing of it may be lost.
    pub(super) async fn commit(&mut self, entries: &[Entry]) -> Result<Committed, Ended> {
        let mut pauses = Pauses::new();
        loop {
            let error = match self.journal.commit(entries).await {
                Ok(committed) => {
                    self.board.post(|status| status.journal_error = None);
                    return Ok(committed);
                }
                Err(error) => error,
            };
            if error.lease_lost {
                return Err(Ended::LeaseLost(error));
            }
            tracing::error!(error = %chain(&error), "the journal cannot be written: nothing leaves the bridge until it can");
            self.board
                .post(|status| status.journal_error = Some(error.message.clone()));
            let mut again = Instant::now() + pauses.next();
            if self.deadline.is_none() {
                tokio::select! {
                    () = tokio::time::sleep_until(again) => continue,
                    () = self.stop.cancelled() => self.begin_to_stop(),
                }
            }
            if let Some(deadline) = self.deadline {
                if Instant::now() >= deadline {
                    return Err(Ended::Unsaved(error));
                }
                again = again.min(deadline);
            }
            tokio::time::sleep_until(again).await;
        }
    }

    /// The journal has it: tell who listens, and let the effects go.
    pub(super) fn let_out(&mut self, entries: Vec<Entry>, committed: Committed) {
        let before: BTreeSet<EffectId> = committed.settled_before.iter().map(|(id, _)| id.clone()).collect();
        for (effect, outcome) in committed.settled_before {
            self.push(Input::Outcome { effect, outcome });
        }
        for entry in entries {
            if let Some(effect) = &entry.retried {
                self.board.taken_up(effect);
            }
            if let Some((effect, outcome)) = entry.settled {
                self.settled(effect, &outcome, entry.at);
            }
            for effect in entry.effects {
                if before.contains(&effect.id) {
                    continue;
                }
                if entry.retried.as_ref() == Some(&effect.id) {
                    self.schedule.take_up(effect);
                } else {
                    self.schedule.add(effect);
                }
            }
            for effect in entry.withdrawn {
                if self.schedule.withdraw(&effect) == Withdrawal::Removed {
                    let why = "withdrawn before it left".into();
                    self.push(Input::Outcome {
                        effect,
                        outcome: Outcome::Dropped { why },
                    });
                }
            }
            self.board.recordings_changed(&entry.recordings);
            for change in entry.changes {
                self.board.call(&change.summary);
                self.board.troubles([(&change.state, entry.at)], entry.at);
                // Nobody may be listening.
                let _ = self.changes.send(change.summary);
            }
        }
    }

    fn settled(&mut self, effect: EffectId, outcome: &Outcome, at: Timestamp) {
        self.schedule.settled(&effect);
        if let Outcome::Wedged { why } = outcome {
            tracing::error!(%effect, why, "wedged: an administrator has to look");
            let call = effect
                .as_str()
                .rsplit_once('/')
                .map_or(effect.as_str(), |(call, _)| call);
            self.board.wedged(&Wedged {
                call: CallKey::new(call),
                why: why.clone(),
                since: at,
                effect,
            });
        }
    }
}
