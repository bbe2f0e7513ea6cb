//! A bridge: the parts put together, started and stopped.

use std::sync::Arc;
use std::time::Duration;

use bridge_core::call::CallSummary;
use bridge_core::call_log::LogRequest;
use bridge_core::core::Core;
use bridge_core::input::{Input, Outcome};
use bridge_core::matching::GroupRules;
use bridge_core::port::{Assignment, HelpDesk, Journal, JournalError, Restored};
use bridge_core::settings::Settings;
use pbx::Pbx;
use tokio::sync::{broadcast, mpsc, oneshot};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::board::Board;
use crate::clock::Clock;
use crate::directory::Directory;
use crate::directory::keep::{self, Keep};
use crate::engine::{Ended, Engine, GRACE, Parts as EngineParts, Told};
use crate::feed::Feed;
use crate::handle::{Handle, assign, refuse, take_back, take_up};
use crate::inbox::Inbox;
use crate::lanes::Lanes;
use crate::lists::Lists;
use crate::pauses::sleep_unless;
use crate::recordings::Recordings;
use crate::sync::Sync;

/// What a bridge is made of.
pub struct Parts {
    /// What the administrator decided.
    pub settings: Settings,
    /// E-mail address of the requester of callers whom nobody knows.
    pub default_user: String,
    /// Which groups are served.
    pub groups: GroupRules,
    /// The telephone system.
    pub pbx: Arc<dyn Pbx>,
    /// The help desk.
    pub desk: Arc<dyn HelpDesk>,
    /// Where everything is kept.
    pub journal: Arc<dyn Journal>,
    /// Where finished recordings appear, if anywhere.
    pub inbox: Option<Arc<dyn Inbox>>,
    /// Who has which number, kept up to date by what the help desk tells; the help desk's side of the ports is given it as well.
    pub directory: Option<Directory>,
}

/// Whether a bridge is active when it starts. What an administrator asked for while no bridge ran always wins.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum OnStart {
    /// As it last was; inactive the first time.
    #[default]
    Resume,
    /// Not before somebody activates it.
    Inactive,
    /// Active.
    Active,
}

/// A bridge that is about to run.
pub struct Bridge {
    parts: Parts,
    on_start: OnStart,
    concurrency: usize,
    look_for_wishes: bool,
    look_every: Duration,
    changed_users_every: Duration,
    clock: Clock,
    board: Arc<Board>,
    changes: broadcast::Sender<CallSummary>,
    told: mpsc::UnboundedSender<Told>,
    listen: mpsc::UnboundedReceiver<Told>,
}

/// Why a bridge ended otherwise than by being stopped.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct RunError {
    kind: RunErrorKind,
    message: &'static str,
    #[source]
    source: JournalError,
}

/// What made a bridge end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum RunErrorKind {
    /// The journal could not be read at the start.
    Restore,
    /// Another bridge has taken the configuration over.
    LeaseLost,
    /// The bridge was stopped while the journal could not be written: what it was told last is not kept.
    Unsaved,
}

impl RunError {
    /// What made the bridge end.
    #[must_use]
    pub fn kind(&self) -> RunErrorKind {
        self.kind
    }
}

impl Bridge {
    /// A bridge of these parts, with a time of its own: the machine's.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self::with_clock(parts, Clock::system())
    }

    /// A bridge that is told the time by this clock.
    #[must_use]
    pub fn with_clock(parts: Parts, clock: Clock) -> Self {
        let (told, listen) = mpsc::unbounded_channel();
        let (changes, _) = broadcast::channel(1024);
        let board = Arc::new(Board::new(clock.now()));
        let on_start = OnStart::default();
        Self {
            parts,
            on_start,
            concurrency: 8,
            look_for_wishes: true,
            look_every: Duration::from_secs(30),
            changed_users_every: keep::EVERY,
            clock,
            board,
            changes,
            told,
            listen,
        }
    }

    /// Whether it is active when it starts.
    #[must_use]
    pub fn on_start(mut self, on_start: OnStart) -> Self {
        self.on_start = on_start;
        self
    }

    /// How many effects may be under way at a time; 8 by default.
    #[must_use]
    pub fn concurrency(mut self, effects: usize) -> Self {
        self.concurrency = effects;
        self
    }

    /// Whether it looks into the journal every second for an activation wished from another process; it does by default.
    #[must_use]
    pub fn look_for_wishes(mut self, look: bool) -> Self {
        self.look_for_wishes = look;
        self
    }

    /// How often it looks into the inbox of recordings; every 30 s by default. A recording comes seconds to hours after its
    /// call, and nobody waits for it.
    #[must_use]
    pub fn look_into_inbox_every(mut self, pause: Duration) -> Self {
        self.look_every = pause;
        self
    }

    /// How often the directory asks for whoever was changed; every minute by default.
    #[must_use]
    pub fn ask_for_changed_users_every(mut self, pause: Duration) -> Self {
        self.changed_users_every = pause;
        self
    }

    /// A handle on it; works from before it runs until it has stopped.
    #[must_use]
    pub fn handle(&self) -> Handle {
        let journal = Arc::clone(&self.parts.journal);
        Handle::new(
            Arc::clone(&self.board),
            self.told.clone(),
            self.changes.clone(),
            journal,
        )
    }

    /// Runs until `stop` is cancelled: then nothing new is begun, what is under way gets nine seconds, and the rest is in
    /// the journal for the next start.
    ///
    /// # Errors
    /// When the journal cannot be read at the start, is taken over by another bridge, or cannot be written at the end.
    pub async fn run(self, stop: CancellationToken) -> Result<(), RunError> {
        let result = self.run_inner(&stop.child_token()).await;
        if let Err(error) = &result {
            tracing::error!(error = %crate::chain::chain(error), "the bridge ends");
        }
        result
    }

    async fn run_inner(self, stop: &CancellationToken) -> Result<(), RunError> {
        let journal = Arc::clone(&self.parts.journal);
        let mut restored = journal.restore(self.clock.now()).await.map_err(restoring)?;
        let wished = journal.wished().await.map_err(restoring)?;
        let was_active = restored.active;
        let active = wished.unwrap_or(match self.on_start {
            OnStart::Resume => was_active.unwrap_or(false),
            OnStart::Inactive => false,
            OnStart::Active => true,
        });
        let calls = restored.in_progress.len();
        tracing::info!(
            calls,
            effects = restored.effects.len(),
            active,
            "going on from the journal"
        );
        let owners = self.parts.pbx.call_log().map(pbx::CallLog::owners).unwrap_or_default();
        let mut first = vec![Input::Logs { owners }];
        if was_active != Some(active) || wished.is_some() {
            first.push(Input::Activation { active });
        }
        let (effects, doubtful): (Vec<_>, Vec<_>) = std::mem::take(&mut restored.effects)
            .into_iter()
            .partition(|effect| effect.order.is_repeatable());
        restored.effects = effects;
        first.extend(doubtful.into_iter().map(|effect| Input::Outcome {
            effect: effect.id,
            outcome: Outcome::Dropped {
                why: "the bridge was started anew, and before that it may have been done already".into(),
            },
        }));
        self.post(&restored, active);

        let feed = tokio::spawn(self.feed(stop).run());
        let sync = tokio::spawn(self.sync(stop).run());
        let wishes = self
            .look_for_wishes
            .then(|| tokio::spawn(look_for_wishes(Arc::clone(&journal), self.told.clone(), stop.clone())));
        let inbox = self.recordings(stop).map(|task| tokio::spawn(task.run()));
        let directory = self.directory(stop).map(|task| tokio::spawn(task.run()));
        let (lists, asked) = mpsc::unbounded_channel();
        let lists_read = tokio::spawn(self.lists(asked, stop).run());
        let Restored {
            calls,
            effects,
            matching,
            logs,
            unassigned,
            ..
        } = restored;
        let machine = Core::restore(self.parts.settings, calls, matching, was_active.unwrap_or(false))
            .with_logs(logs.unwrap_or_default())
            .with_unassigned(unassigned);
        let parts = EngineParts {
            machine,
            journal: Arc::clone(&journal),
            lanes: Lanes::new(self.parts.desk, self.parts.pbx, Arc::clone(&self.board)),
            clock: self.clock,
            board: self.board,
            told: self.listen,
            changes: self.changes,
            lists,
            stop: stop.clone(),
            concurrency: self.concurrency,
        };
        // Otherwise a loop that is gone would seem to take orders still.
        drop(self.told);
        let stopping = tokio::spawn({
            let stop = stop.clone();
            async move {
                stop.cancelled().await;
                Instant::now()
            }
        });
        let result = Engine::new(parts, effects, first).run().await;

        // An engine that ended by itself takes everything else with it.
        stop.cancel();
        // The feed was told to end at the same moment as the loop: it has the rest of the same time, not that time again.
        let begun = stopping.await.unwrap_or_else(|_| Instant::now());
        if tokio::time::timeout_at(begun + GRACE, feed).await.is_err() {
            tracing::warn!("the telephone system did not let itself be logged out in time");
        }
        for task in [Some(sync), Some(lists_read), wishes, inbox, directory]
            .into_iter()
            .flatten()
        {
            task.abort();
        }
        journal.close().await;
        tracing::info!("stopped");
        result.map_err(RunError::from)
    }

    fn post(&self, restored: &Restored, active: bool) {
        restored.in_progress.iter().for_each(|summary| self.board.call(summary));
        let troubles = restored.calls.iter().map(|call| (call, call.heard));
        self.board.troubles(troubles, self.clock.now());
        restored.wedged.iter().for_each(|wedged| self.board.wedged(wedged));
        self.board.recordings(&restored.unassigned);
        if let Some(matching) = &restored.matching {
            self.board.matched(matching, None);
        }
        self.board.post(|status| {
            status.active = active;
            status.effects_waiting = restored.effects.len();
        });
    }

    fn feed(&self, stop: &CancellationToken) -> Feed {
        Feed {
            pbx: Arc::clone(&self.parts.pbx),
            told: self.told.clone(),
            board: Arc::clone(&self.board),
            clock: self.clock.clone(),
            stop: stop.clone(),
        }
    }

    fn recordings(&self, stop: &CancellationToken) -> Option<Recordings> {
        let inbox = self.parts.inbox.as_ref()?;
        Some(Recordings {
            inbox: Arc::clone(inbox),
            every: self.look_every,
            journal: Arc::clone(&self.parts.journal),
            told: self.told.clone(),
            board: Arc::clone(&self.board),
            clock: self.clock.clone(),
            stop: stop.clone(),
        })
    }

    fn directory(&self, stop: &CancellationToken) -> Option<Keep> {
        let directory = self.parts.directory.clone()?;
        Some(Keep {
            directory,
            desk: Arc::clone(&self.parts.desk),
            every: self.changed_users_every,
            board: Arc::clone(&self.board),
            stop: stop.clone(),
        })
    }

    fn lists(&self, asked: mpsc::UnboundedReceiver<LogRequest>, stop: &CancellationToken) -> Lists {
        Lists {
            pbx: Arc::clone(&self.parts.pbx),
            asked,
            told: self.told.clone(),
            board: Arc::clone(&self.board),
            stop: stop.clone(),
        }
    }

    fn sync(&self, stop: &CancellationToken) -> Sync {
        Sync {
            pbx: Arc::clone(&self.parts.pbx),
            desk: Arc::clone(&self.parts.desk),
            default_user: self.parts.default_user.clone(),
            rules: self.parts.groups.clone(),
            told: self.told.clone(),
            board: Arc::clone(&self.board),
            clock: self.clock.clone(),
            stop: stop.clone(),
        }
    }
}

/// Takes up what `activate`, `deactivate`, `retry` and the like left in the journal, and notices when it has another owner.
async fn look_for_wishes(journal: Arc<dyn Journal>, told: mpsc::UnboundedSender<Told>, stop: CancellationToken) {
    while sleep_unless(&stop, Duration::from_secs(1)).await {
        for effect in journal.wished_retries().await.unwrap_or_default() {
            // Not asked for again before it is done, and the wish thereby gone.
            match stop.run_until_cancelled(take_up(&told, effect)).await {
                Some(Ok(())) => {}
                Some(Err(_)) | None => return,
            }
        }
        for Assignment { sha256, call } in journal.wished_assignments().await.unwrap_or_default() {
            // Of a call that nobody knows there is nothing to take up: whoever wished it was told.
            let Ok(Some(call)) = journal.call(&call).await else {
                continue;
            };
            match stop.run_until_cancelled(assign(&told, sha256, call)).await {
                Some(Ok(())) => {}
                Some(Err(_)) | None => return,
            }
        }
        for named in journal.wished_refusals().await.unwrap_or_default() {
            let Ok(Some(call)) = journal.call(&named).await else {
                continue;
            };
            match stop.run_until_cancelled(refuse(&told, named, call)).await {
                Some(Ok(())) => {}
                Some(Err(_)) | None => return,
            }
        }
        for written in journal.wished_take_backs().await.unwrap_or_default() {
            let Ok(Some(call)) = journal.call(&written.call).await else {
                continue;
            };
            match stop.run_until_cancelled(take_back(&told, written, call)).await {
                Some(Ok(())) => {}
                Some(Err(_)) | None => return,
            }
        }
        let active = match journal.wished().await {
            Ok(Some(active)) => active,
            Err(error) if error.lease_lost => {
                // The loop may have ended for the same reason.
                let _ = told.send(Told::LeaseLost(error));
                return;
            }
            // Any other error is one of the journal, which the loop tells when it writes.
            Ok(None) | Err(_) => continue,
        };
        let (done, kept) = oneshot::channel();
        if told
            .send(Told::Activation {
                active,
                done: Some(done),
            })
            .is_err()
        {
            return;
        }
        // Not asked again before the wish is fulfilled, and thereby gone.
        if stop.run_until_cancelled(kept).await.is_none() {
            return;
        }
    }
}

fn restoring(source: JournalError) -> RunError {
    RunError {
        kind: RunErrorKind::Restore,
        message: "the journal cannot be read",
        source,
    }
}

impl From<Ended> for RunError {
    fn from(ended: Ended) -> Self {
        let (kind, message, source) = match ended {
            Ended::LeaseLost(source) => (
                RunErrorKind::LeaseLost,
                "the bridge has lost its journal to another one",
                source,
            ),
            Ended::Unsaved(source) => (
                RunErrorKind::Unsaved,
                "the bridge was stopped while its journal could not be written",
                source,
            ),
        };
        Self { kind, message, source }
    }
}
