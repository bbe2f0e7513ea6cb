//! Carries effects out, several at a time. Which and when is for the [schedule](crate::schedule) to say.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bridge_core::effect::{Effect, EffectId, Order};
use bridge_core::input::{Outcome, Refusal};
use bridge_core::port::{Attempt, Carried, Failure, FailureKind, HelpDesk};
use jiff::Timestamp;
use pbx::Pbx;
use tokio::task::{Id, JoinSet};
use tokio::time::Instant;
use tracing::Instrument as _;

use crate::board::Board;
use crate::chain::chain;

/// A help desk has its own, shorter limits; this one only keeps a request that hangs for ever from blocking a lane.
const LONGEST: Duration = Duration::from_secs(180);

/// The same for a file, which takes its time to be sent.
const LONGEST_FILE: Duration = Duration::from_secs(660);

/// What came of one attempt.
pub(crate) type Landed = (EffectId, Carried);

/// The effects under way.
pub(crate) struct Lanes {
    desk: Arc<dyn HelpDesk>,
    pbx: Arc<dyn Pbx>,
    board: Arc<Board>,
    flying: JoinSet<Carried>,
    ids: HashMap<Id, EffectId>,
}

impl Lanes {
    /// Nothing under way yet.
    pub(crate) fn new(desk: Arc<dyn HelpDesk>, pbx: Arc<dyn Pbx>, board: Arc<Board>) -> Self {
        Self {
            desk,
            pbx,
            board,
            flying: JoinSet::new(),
            ids: HashMap::new(),
        }
    }

    /// Makes one attempt, which is given up when the effect has come too late: on its way to the help desk it may wait for a token,
    /// or for its turn. With when its call was told to be answered, it is counted how long that is ago once the help desk has it.
    pub(crate) fn start(&mut self, effect: Effect, attempt: Attempt, now: Timestamp, answered: Option<Instant>) {
        let board = Arc::clone(&self.board);
        let (desk, pbx) = (Arc::clone(&self.desk), Arc::clone(&self.pbx));
        let id = effect.id.clone();
        let span = tracing::debug_span!("effect", effect = %id, attempt = attempt.number);
        let left = effect.expires.map(|expires| expires.duration_since(now));
        let left = left.map(|left| Duration::try_from(left).unwrap_or_default());
        let (most, slow) = if matches!(effect.order, Order::Attach(_)) {
            (LONGEST_FILE, "the help desk did not take the file in eleven minutes")
        } else if effect.order.is_of_pbx() {
            (LONGEST, "the telephone system did not answer in three minutes")
        } else {
            (LONGEST, "the help desk did not answer in three minutes")
        };
        let (longest, why) = match left {
            Some(left) if left < most => (left, "it was not answered while it would have helped"),
            Some(_) | None => (most, slow),
        };
        let one = async move {
            if let Some(answered) = answered {
                board.tally.requested(answered.elapsed());
            }
            tokio::time::timeout(longest, carry_out(&*desk, &*pbx, &effect, attempt))
                .await
                .unwrap_or_else(|_| {
                    if effect.order.is_of_pbx() {
                        not_recorded(why.into())
                    } else {
                        failed(FailureKind::NoAnswer, why)
                    }
                })
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

/// Recording is the telephone system's to begin; everything else is the help desk's to do.
async fn carry_out(desk: &dyn HelpDesk, pbx: &dyn Pbx, effect: &Effect, attempt: Attempt) -> Carried {
    let Order::Record { call, owner } = &effect.order else {
        return desk.carry_out(effect, attempt).await;
    };
    // Not tried again, whatever it was: nobody knows whether it was begun, and a second wish may end it.
    match pbx.recorder() {
        None => not_recorded("the telephone system cannot be asked to record".into()),
        Some(recorder) => match recorder.record(call, owner).await {
            Ok(()) => Carried::from(Ok(Outcome::Done)),
            Err(error) => not_recorded(chain(&error)),
        },
    }
}

/// What the telephone system does not do is no failure of the help desk.
fn not_recorded(why: String) -> Carried {
    let what = Refusal::Recording;
    Carried::from(Ok(Outcome::Refused { what, why }))
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
    use bridge_core::effect::{Priority, Track};

    use super::*;
    use crate::testing::NoPbx;

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

    /// Answers so, and hangs where it has no answer.
    struct Answers(std::sync::Mutex<Vec<Option<pbx::PbxError>>>);

    #[async_trait::async_trait]
    impl pbx::Recorder for Answers {
        async fn record(&self, _: &pbx::CallId, _: &pbx::UserId) -> Result<(), pbx::PbxError> {
            let answer = self.0.lock().unwrap().pop();
            match answer {
                Some(None) => Ok(()),
                Some(Some(error)) => Err(error),
                None => std::future::pending().await,
            }
        }
    }

    const FIRST: Attempt = Attempt {
        number: 1,
        settle_first: false,
    };

    fn board() -> Arc<Board> {
        Arc::new(Board::new("2026-11-24T10:00:00Z".parse().unwrap()))
    }

    fn effect(id: &str, order: Order, now: Timestamp, seconds: i64) -> Effect {
        Effect {
            id: EffectId::from_stored(id),
            call: CallKey::new("c1"),
            track: Track::Main,
            priority: Priority::Prompt,
            planned_at: now,
            expires: Some(now + jiff::SignedDuration::from_secs(seconds)),
            order,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_telephone_system_records_and_what_it_does_not_do_is_final_and_no_failure_of_the_help_desk() {
        let refused = |why: &str| Outcome::Refused {
            what: Refusal::Recording,
            why: why.into(),
        };
        let error = || pbx::PbxError::new(pbx::ErrorKind::Forbidden, "the user may not record");
        for (answers, expected) in [
            (Some(vec![None]), Outcome::Done),
            (Some(vec![Some(error())]), refused("the user may not record")),
            (
                Some(Vec::new()),
                refused("it was not answered while it would have helped"),
            ),
            (None, refused("the telephone system cannot be asked to record")),
        ] {
            let recorder = answers.map(|answers| Box::new(Answers(answers.into())) as Box<dyn pbx::Recorder>);
            let mut lanes = Lanes::new(Arc::new(Slow), Arc::new(NoPbx { recorder }), board());
            let now: Timestamp = "2026-11-24T10:00:00Z".parse().unwrap();
            let order = Order::Record {
                call: pbx::CallId::new("c1"),
                owner: pbx::UserId::new("0101"),
            };
            lanes.start(effect("c1/record", order, now, 30), FIRST, now, None);
            assert_eq!(lanes.next().await.1.result, Ok(expected));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_has_come_too_late_is_given_up_on_its_way() {
        let mut lanes = Lanes::new(Arc::new(Slow), Arc::new(NoPbx::default()), board());
        let now: Timestamp = "2026-11-24T10:00:00Z".parse().unwrap();
        let order = Order::Pop {
            ticket: bridge_core::desk::TicketId::new(1),
            agent: bridge_core::desk::UserId::new(501),
        };
        let pop = effect("c1/pop", order, now, 20);
        let id = pop.id.clone();
        let begun = Instant::now();
        lanes.start(pop, FIRST, now + jiff::SignedDuration::from_secs(5), None);
        let (landed, carried) = lanes.next().await;
        assert_eq!((landed, begun.elapsed()), (id, Duration::from_secs(15)));
        assert_eq!(carried.result.unwrap_err().kind, FailureKind::NoAnswer);
    }
}
