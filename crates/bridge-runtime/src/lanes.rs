//! Carries effects out, several at a time. Which and when is for the [schedule](crate::schedule) to say.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bridge_core::effect::{Effect, EffectId};
use bridge_core::port::{Attempt, Carried, Failure, FailureKind, HelpDesk};
use jiff::Timestamp;
use tokio::task::{Id, JoinSet};
use tracing::Instrument as _;

/// A help desk has its own, shorter limits; this one only keeps a request that hangs for ever from blocking a lane.
const LONGEST: Duration = Duration::from_secs(180);

/// What came of one attempt.
pub(crate) type Landed = (EffectId, Carried);

/// The effects under way.
pub(crate) struct Lanes {
    desk: Arc<dyn HelpDesk>,
    flying: JoinSet<Carried>,
    ids: HashMap<Id, EffectId>,
}

impl Lanes {
    /// Nothing under way yet.
    pub(crate) fn new(desk: Arc<dyn HelpDesk>) -> Self {
        Self {
            desk,
            flying: JoinSet::new(),
            ids: HashMap::new(),
        }
    }

    /// Makes one attempt, which is given up when the effect has come too late: on its way to the help desk it may wait for a token,
    /// or for its turn.
    pub(crate) fn start(&mut self, effect: Effect, attempt: Attempt, now: Timestamp) {
        let desk = Arc::clone(&self.desk);
        let id = effect.id.clone();
        let span = tracing::debug_span!("effect", effect = %id, attempt = attempt.number);
        let left = effect.expires.map(|expires| expires.duration_since(now));
        let left = left.map(|left| Duration::try_from(left).unwrap_or_default());
        let (longest, why) = match left {
            Some(left) if left < LONGEST => (left, "the help desk did not answer while it would have helped"),
            Some(_) | None => (LONGEST, "the help desk did not answer in three minutes"),
        };
        let one = async move {
            tokio::time::timeout(longest, desk.carry_out(&effect, attempt))
                .await
                .unwrap_or_else(|_| failed(FailureKind::NoAnswer, why))
        };
        let task = self.flying.spawn(one.instrument(span));
        self.ids.insert(task.id(), id);
    }

    /// The next attempt that came back; waits for ever while nothing is under way. May be cancelled.
    pub(crate) async fn next(&mut self) -> Landed {
        loop {
            let (task, carried) = match self.flying.join_next_with_id().await {
                Some(Ok((task, carried))) => (task, carried),
                Some(Err(error)) => {
                    tracing::error!(%error, "the help desk's own code failed");
                    (
                        error.id(),
                        failed(
                            FailureKind::Unavailable,
                            "the bridge itself failed at it; the log says where",
                        ),
                    )
                }
                None => std::future::pending().await,
            };
            if let Some(landed) = self.landed(task, carried) {
                return landed;
            }
        }
    }

    /// The next attempt that has come back already.
    pub(crate) fn try_next(&mut self) -> Option<Landed> {
        use futures_util::FutureExt as _;
        if self.is_empty() {
            None
        } else {
            self.next().now_or_never()
        }
    }

    /// Whether nothing is under way.
    pub(crate) fn is_empty(&self) -> bool {
        self.flying.is_empty()
    }

    fn landed(&mut self, task: Id, carried: Carried) -> Option<Landed> {
        self.ids.remove(&task).map(|id| (id, carried))
    }
}

fn failed(kind: FailureKind, message: &str) -> Carried {
    Carried::from(Err(Failure {
        kind,
        message: message.into(),
        retry_after: None,
        request_id: None,
    }))
}

#[cfg(test)]
mod tests {
    use bridge_core::call::CallKey;
    use bridge_core::effect::{Order, Priority, Track};

    use super::*;

    /// As one whose token takes its time: the request itself has not left yet.
    struct Slow;

    #[async_trait::async_trait]
    impl HelpDesk for Slow {
        async fn carry_out(&self, _: &Effect, _: Attempt) -> Carried {
            std::future::pending().await
        }

        async fn roster(&self) -> Result<bridge_core::desk::Roster, Failure> {
            std::future::pending().await
        }

        async fn default_user(&self, _: &str) -> Result<bridge_core::desk::UserId, Failure> {
            std::future::pending().await
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_has_come_too_late_is_given_up_on_its_way() {
        let mut lanes = Lanes::new(Arc::new(Slow));
        let now: Timestamp = "2026-11-24T10:00:00Z".parse().unwrap();
        let id = EffectId::from_stored("c1/pop");
        let pop = Effect {
            id: id.clone(),
            call: CallKey::new("c1"),
            track: Track::Main,
            priority: Priority::Prompt,
            planned_at: now,
            expires: Some(now + jiff::SignedDuration::from_secs(20)),
            order: Order::Pop {
                ticket: bridge_core::desk::TicketId::new(1),
                agent: bridge_core::desk::UserId::new(501),
            },
        };
        let attempt = Attempt {
            number: 1,
            settle_first: false,
        };
        let begun = tokio::time::Instant::now();
        lanes.start(pop, attempt, now + jiff::SignedDuration::from_secs(5));
        let (landed, carried) = lanes.next().await;
        assert_eq!((landed, begun.elapsed()), (id, Duration::from_secs(15)));
        assert_eq!(carried.result.unwrap_err().kind, FailureKind::NoAnswer);
    }
}
