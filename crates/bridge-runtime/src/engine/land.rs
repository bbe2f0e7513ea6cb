//! What came of an attempt becomes an input, or another attempt.

use bridge_core::input::{Input, Outcome};
use bridge_core::port::{Carried, Failure, FailureKind};
use jiff::Timestamp;

use super::Engine;
use crate::lanes::Landed;
use crate::machine::Machine;
use crate::schedule::Verdict;

impl<M: Machine> Engine<M> {
    /// Takes what came of an attempt.
    pub(super) fn land(&mut self, (effect, carried): Landed) {
        let now = self.clock.now();
        let Carried {
            result,
            requests,
            may_be_done,
        } = carried;
        if may_be_done {
            self.schedule.may_be_done(&effect);
        }
        let asked = (!requests.is_empty()).then(|| Input::Asked {
            effect: effect.clone(),
            requests,
        });
        let failure = match result {
            Ok(outcome) => {
                if self.schedule.returned(&effect) {
                    self.board.desk(None, now);
                }
                tracing::info!(%effect, "carried out");
                asked.into_iter().for_each(|asked| self.push(asked));
                return self.push(Input::Outcome { effect, outcome });
            }
            Err(failure) => failure,
        };
        self.note_desk(&failure, now);
        match self.schedule.failed(&effect, &failure, now) {
            Verdict::Wedged => {
                asked.into_iter().for_each(|asked| self.push(asked));
                self.push(Input::Outcome {
                    effect,
                    outcome: Outcome::Wedged { why: told(failure) },
                });
            }
            Verdict::Doubtful => {
                asked.into_iter().for_each(|asked| self.push(asked));
                let why = format!(
                    "it may have been done, and twice would be worse than not at all: {}",
                    told(failure)
                );
                tracing::warn!(%effect, why, "given up");
                self.push(Input::Outcome {
                    effect,
                    outcome: Outcome::Dropped { why },
                });
            }
            Verdict::Again { attempts, at, tell } => {
                let why = told(failure);
                if tell {
                    tracing::warn!(%effect, attempts, why, again_at = %at, "put off");
                    asked.into_iter().for_each(|asked| self.push(asked));
                    self.push(Input::Postponed {
                        effect,
                        attempts,
                        why,
                        again_at: at,
                    });
                } else {
                    tracing::debug!(%effect, attempts, why, again_at = %at, "put off");
                }
            }
        }
    }

    /// A help desk that is busy or refuses one thing is there all the same.
    fn note_desk(&self, failure: &Failure, now: Timestamp) {
        let error = match failure.kind {
            FailureKind::Busy | FailureKind::Impossible | FailureKind::Forbidden => None,
            FailureKind::NoAnswer | FailureKind::Unavailable | FailureKind::Credentials => {
                Some(failure.message.as_str())
            }
            _ => Some(failure.message.as_str()),
        };
        self.board.desk(error, now);
    }
}

/// A failure as an administrator reads it, with the name that the help desk's support asks for.
fn told(failure: Failure) -> String {
    match failure.request_id {
        Some(id) => format!("{} (request {id})", failure.message),
        None => failure.message,
    }
}
