//! Matches users and groups of both sides, at the start and every hour.

use std::sync::Arc;
use std::time::Duration;

use bridge_core::matching::{GroupRules, Matching, match_up};
use bridge_core::port::{Failure, FailureKind, HelpDesk};
use pbx::{Pbx, PbxError};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::board::Board;
use crate::chain::chain;
use crate::clock::Clock;
use crate::engine::Told;
use crate::pauses::{Pauses, sleep_unless};
use crate::status::MatchingStatus;

/// How often both sides are read again.
const EVERY: Duration = Duration::from_secs(3600);

/// What the synchronisation works with.
pub(crate) struct Sync {
    pub(crate) pbx: Arc<dyn Pbx>,
    pub(crate) desk: Arc<dyn HelpDesk>,
    pub(crate) default_user: String,
    pub(crate) rules: GroupRules,
    pub(crate) told: mpsc::UnboundedSender<Told>,
    pub(crate) board: Arc<Board>,
    pub(crate) clock: Clock,
    pub(crate) stop: CancellationToken,
}

/// Why both sides could not be matched.
#[derive(Debug, thiserror::Error)]
enum SyncError {
    #[error("the telephone system did not tell its {what}: {error}")]
    Pbx { what: &'static str, error: PbxError },
    #[error("the help desk did not tell its {what}: {error}")]
    Desk { what: &'static str, error: Failure },
}

impl Sync {
    /// Matches until stopped; where a side is away, again and again.
    pub(crate) async fn run(self) {
        let mut pauses = Pauses::new();
        let mut last: Option<Matching> = None;
        loop {
            let Some(result) = self.stop.run_until_cancelled(self.once()).await else {
                return;
            };
            let pause = match result {
                Ok(matching) => {
                    pauses.reset();
                    self.board.post(|status| status.matching_error = None);
                    self.board.matched(&matching, Some(self.clock.now()));
                    if last.as_ref() != Some(&matching) {
                        let _ = self.told.send(Told::Matched(matching.clone()));
                        last = Some(matching);
                    }
                    EVERY
                }
                Err(error) => {
                    let pause = pauses.next();
                    let why = causes(&error);
                    if error.needs_somebody() {
                        tracing::error!(error = why, again_in = ?pause, "users and groups could not be matched: mend it, then the bridge goes on by itself");
                    } else {
                        tracing::warn!(error = why, again_in = ?pause, "users and groups could not be matched");
                    }
                    self.board.post(|status| status.matching_error = Some(why));
                    pause
                }
            };
            if !sleep_unless(&self.stop, pause).await {
                return;
            }
        }
    }

    async fn once(&self) -> Result<Matching, SyncError> {
        let on_pbx = |what| move |error| SyncError::Pbx { what, error };
        let users = self.pbx.users().await.map_err(on_pbx("users"))?;
        tracing::info!(users = users.len(), "the telephone system's users were read");
        let groups = self.pbx.groups().await.map_err(on_pbx("groups"))?;
        tracing::info!(groups = groups.len(), "the telephone system's groups were read");
        let roster = self.asked("agents and groups", self.desk.roster().await)?;
        tracing::info!(
            agents = roster.agents.len(),
            groups = roster.groups.len(),
            "the help desk's agents and groups were read"
        );
        let default_user = self.asked("default user", self.desk.default_user(&self.default_user).await)?;
        tracing::info!(default_user = default_user.get(), "the default user stands");
        let matching = match_up(&users, &groups, &roster, default_user, &self.rules);
        tell(&MatchingStatus::of(&matching, None));
        Ok(matching)
    }

    /// Notes whether the help desk answered.
    fn asked<T>(&self, what: &'static str, answer: Result<T, Failure>) -> Result<T, SyncError> {
        let error = answer.as_ref().err().filter(|error| error.kind != FailureKind::Busy);
        self.board
            .desk(error.map(|error| error.message.as_str()), self.clock.now());
        answer.map_err(|error| SyncError::Desk { what, error })
    }
}

impl SyncError {
    /// Whether trying again helps only after an administrator has done something.
    fn needs_somebody(&self) -> bool {
        match self {
            Self::Pbx { error, .. } => !error.is_temporary(),
            Self::Desk { error, .. } => {
                matches!(error.kind, FailureKind::Credentials | FailureKind::Forbidden)
            }
        }
    }
}

fn tell(counts: &MatchingStatus) {
    let (matched, unmatched) = (counts.users_matched, counts.users_unmatched.len());
    tracing::info!(matched, unmatched, "users were matched to agents by e-mail");
    let (served, unserved) = (counts.groups_served.len(), counts.groups_unserved.len());
    tracing::info!(served, unserved, "groups were matched by name");
}

/// With the causes below what the error says itself.
fn causes(error: &SyncError) -> String {
    match error {
        SyncError::Pbx { what, error } => format!("the telephone system did not tell its {what}: {}", chain(error)),
        SyncError::Desk { .. } => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use bridge_core::desk::{Agent, Group, Roster, UserId};
    use bridge_core::port::MockHelpDesk;
    use pbx::{EventStream, PbxName, User};
    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_help_desk_that_is_away_is_asked_again_and_then_every_hour() {
        let mut desk = MockHelpDesk::new();
        let asked = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&asked);
        desk.expect_roster().returning(move || {
            if count.fetch_add(1, Ordering::Relaxed) < 2 {
                Err(away())
            } else {
                Ok(roster())
            }
        });
        desk.expect_default_user().returning(|email| {
            assert_eq!(email, "telephone@acme.example");
            Ok(UserId::new(400))
        });
        let mut rig = Rig::new(desk);
        let begun = Instant::now();

        let Some(Told::Matched(matching)) = rig.listen.recv().await else {
            panic!("a matching")
        };
        assert_eq!(begun.elapsed().as_secs(), 1 + 2);
        assert_eq!(matching.default_user, UserId::new(400));
        assert_eq!(matching.agents[&pbx::UserId::new("0101")].desk, Some(UserId::new(501)));
        let status = rig.board.read();
        assert_eq!((status.matching_error, status.desk.reachable), (None, Some(true)));
        assert_eq!(status.matching.map(|matching| matching.users_matched), Some(1));

        tokio::time::sleep(Duration::from_secs(3 * 3600 + 1)).await;
        assert!(rig.listen.try_recv().is_err(), "the same matching is no news");
        assert_eq!(
            asked.load(Ordering::Relaxed),
            2 + 1 + 3,
            "but both sides are read every hour"
        );
        rig.stop.cancel();
        rig.running.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn what_hinders_the_matching_is_told() {
        let mut desk = MockHelpDesk::new();
        desk.expect_roster().returning(|| Err(away()));
        let rig = Rig::new(desk);
        tokio::time::sleep(Duration::from_millis(10)).await;
        let status = rig.board.read();
        let error = "the help desk did not tell its agents and groups: Nobody answers";
        assert_eq!(status.matching_error.as_deref(), Some(error));
        assert_eq!(
            (status.desk.reachable, status.desk.error.as_deref()),
            (Some(false), Some("Nobody answers"))
        );
        rig.stop.cancel();
        rig.running.await.unwrap();
    }

    struct Rig {
        board: Arc<Board>,
        stop: CancellationToken,
        listen: mpsc::UnboundedReceiver<Told>,
        running: tokio::task::JoinHandle<()>,
    }

    impl Rig {
        fn new(desk: MockHelpDesk) -> Self {
            let clock = Clock::following_tokio("2026-11-24T12:00:00Z".parse().unwrap());
            let (told, listen) = mpsc::unbounded_channel();
            let (board, stop) = (Arc::new(Board::new(clock.now())), CancellationToken::new());
            let sync = Sync {
                pbx: Arc::new(OneUser(PbxName::new("acme"))),
                desk: Arc::new(desk),
                default_user: "telephone@acme.example".into(),
                rules: GroupRules::default(),
                told,
                board: Arc::clone(&board),
                clock,
                stop: stop.clone(),
            };
            Self {
                board,
                stop,
                listen,
                running: tokio::spawn(sync.run()),
            }
        }
    }

    struct OneUser(PbxName);

    #[async_trait::async_trait]
    impl Pbx for OneUser {
        fn name(&self) -> &PbxName {
            &self.0
        }

        async fn users(&self) -> Result<Vec<User>, PbxError> {
            let email = Some("Anna@acme.example".into());
            Ok(vec![User {
                id: pbx::UserId::new("0101"),
                name: "Anna".into(),
                email,
                extensions: Vec::new(),
            }])
        }

        async fn groups(&self) -> Result<Vec<pbx::Group>, PbxError> {
            let (id, members, numbers) = (pbx::GroupId::new("1003"), Vec::new(), Vec::new());
            Ok(vec![pbx::Group {
                id,
                name: "Support".into(),
                members,
                numbers,
            }])
        }

        async fn open(&self) -> Result<EventStream, PbxError> {
            Ok(Box::pin(futures_util::stream::pending()))
        }

        async fn close(&self) {}
    }

    fn roster() -> Roster {
        Roster {
            agents: vec![Agent {
                id: UserId::new(501),
                name: "Anna".into(),
                email: "anna@acme.example".into(),
            }],
            groups: vec![Group {
                id: bridge_core::desk::GroupId::new(71),
                name: "Support".into(),
            }],
        }
    }

    fn away() -> Failure {
        Failure {
            kind: FailureKind::NoAnswer,
            message: "Nobody answers".into(),
            retry_after: None,
            request_id: None,
        }
    }
}
