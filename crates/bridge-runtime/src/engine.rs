//! The event loop: inputs to the core, what came of them to the journal, and only then anything to the world.

mod answers;
mod keep;
mod land;
#[cfg(test)]
mod tests;
mod told;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bridge_core::call::CallSummary;
use bridge_core::call_log::LogRequest;
use bridge_core::effect::Effect;
use bridge_core::input::{Input, Outcome};
use bridge_core::port::{Entry, Journal, JournalError, Postponed};
use jiff::Timestamp;
use tokio::sync::{broadcast, mpsc, oneshot};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::backlog::{Backlog, News};
use crate::board::Board;
use crate::clock::Clock;
use crate::lanes::Lanes;
use crate::machine::Machine;
use crate::schedule::{Schedule, Turn};

use answers::Answers;
pub(crate) use told::Told;

/// So many inputs share one transaction at most.
const BATCH: usize = 64;

/// How long what is under way may take once the bridge is to stop. The process is to end within ten seconds, and closing
/// what is open takes its part of them.
pub(crate) const GRACE: Duration = Duration::from_secs(9);

/// Timers are looked at again after this time at the latest: the wall clock may be set.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);

/// A wake-up that changed nothing and is due still must not spin.
const SHORTEST_SLEEP: Duration = Duration::from_millis(5);

/// Why the loop ended before it was stopped, or could not end well.
#[derive(Debug)]
pub(crate) enum Ended {
    /// Another bridge holds the journal.
    LeaseLost(JournalError),
    /// It was to stop and could not write what it knew last.
    Unsaved(JournalError),
}

/// The loop and what it works on.
pub(crate) struct Engine<M> {
    machine: M,
    journal: Arc<dyn Journal>,
    clock: Clock,
    board: Arc<Board>,
    told: mpsc::UnboundedReceiver<Told>,
    changes: broadcast::Sender<CallSummary>,
    /// Lists of calls to be read, as soon as the journal has what led to that.
    asked: Vec<LogRequest>,
    lists: mpsc::UnboundedSender<LogRequest>,
    schedule: Schedule,
    lanes: Lanes,
    stop: CancellationToken,
    /// Once it is to stop: when it does at the latest.
    deadline: Option<Instant>,
    /// Another bridge holds the journal.
    lost: Option<JournalError>,
    queue: VecDeque<Queued>,
    answers: Answers,
    backlog: Backlog,
}

/// What an engine is made of.
pub(crate) struct Parts<M> {
    pub(crate) machine: M,
    pub(crate) journal: Arc<dyn Journal>,
    pub(crate) lanes: Lanes,
    pub(crate) clock: Clock,
    pub(crate) board: Arc<Board>,
    pub(crate) told: mpsc::UnboundedReceiver<Told>,
    pub(crate) changes: broadcast::Sender<CallSummary>,
    /// Who reads lists of calls.
    pub(crate) lists: mpsc::UnboundedSender<LogRequest>,
    pub(crate) stop: CancellationToken,
    /// How many effects are under way at a time.
    pub(crate) concurrency: usize,
}

/// An input, and who waits until it is kept.
struct Queued {
    input: Input,
    /// Of an event of the telephone system: when it reached us.
    told: Option<Instant>,
    done: Option<oneshot::Sender<()>>,
}

impl<M: Machine> Engine<M> {
    /// An engine with these effects still to be carried out, and these inputs to begin with.
    pub(crate) fn new(parts: Parts<M>, waiting: Vec<Effect>, first: Vec<Input>) -> Self {
        let mut schedule = Schedule::new(parts.concurrency);
        waiting.into_iter().for_each(|effect| schedule.take_up(effect));
        Self {
            machine: parts.machine,
            journal: parts.journal,
            clock: parts.clock,
            board: parts.board,
            told: parts.told,
            changes: parts.changes,
            asked: Vec::new(),
            lists: parts.lists,
            schedule,
            lanes: parts.lanes,
            stop: parts.stop,
            deadline: None,
            lost: None,
            queue: first.into_iter().map(Queued::from).collect(),
            answers: Answers::default(),
            backlog: Backlog::default(),
        }
    }

    /// Runs until stopped.
    pub(crate) async fn run(mut self) -> Result<(), Ended> {
        loop {
            self.dispatch();
            self.post();
            if self.queue.is_empty() && !self.wait().await {
                return Ok(());
            }
            self.gather();
            if let Some(error) = self.lost.take() {
                return Err(Ended::LeaseLost(error));
            }
            self.step().await?;
        }
    }

    /// Starts what may start.
    fn dispatch(&mut self) {
        while self.deadline.is_none() {
            let now = self.clock.now();
            match self.schedule.next(now) {
                Turn::Start { effect, attempt } => {
                    let answered = self.answers.leaves(&effect);
                    self.lanes.start(effect, attempt, now, answered);
                }
                Turn::Drop { effect, why } => {
                    tracing::info!(%effect, why, "dropped");
                    self.push(Input::Outcome {
                        effect,
                        outcome: Outcome::Dropped { why },
                    });
                }
                Turn::Wait(_) => return,
            }
        }
    }

    /// Waits for one more input; `false` when there will be none that matters.
    async fn wait(&mut self) -> bool {
        let now = self.clock.now();
        if self
            .deadline
            .is_some_and(|deadline| self.lanes.is_empty() || deadline <= Instant::now())
        {
            // What was told before the stop is still taken.
            return !self.told.is_empty();
        }
        let wake = match self.deadline {
            Some(deadline) => deadline.saturating_duration_since(Instant::now()),
            None => self.next_wake(now),
        };
        // In a fixed order, so that a simulation with the same seed is the same. Nobody starves: the next turn gathers from all.
        tokio::select! {
            biased;
            () = self.stop.cancelled(), if self.deadline.is_none() => self.begin_to_stop(),
            Some(told) = self.told.recv() => self.take(told),
            landed = self.lanes.next(), if !self.lanes.is_empty() => self.land(landed),
            () = tokio::time::sleep(wake) => {}
        }
        true
    }

    fn next_wake(&mut self, now: Timestamp) -> Duration {
        let lanes = match self.schedule.next(now) {
            Turn::Wait(wake) => wake,
            // Cannot be: everything was dispatched. Should it be, it is started at the next turn.
            Turn::Start { .. } | Turn::Drop { .. } => Some(now),
        };
        let wake = [self.machine.poll_timeout(), lanes].into_iter().flatten().min();
        wake.map_or(LONGEST_SLEEP, |at| {
            let left = Duration::try_from(at.duration_since(now)).unwrap_or_default();
            // Rounded up: a timer that ends a moment too soon would only be set again.
            (left + Duration::from_millis(1)).clamp(SHORTEST_SLEEP, LONGEST_SLEEP)
        })
    }

    fn begin_to_stop(&mut self) {
        tracing::info!("stopping: nothing new is begun, what is under way has nine seconds");
        self.deadline = Some(Instant::now() + GRACE);
        self.board.post(|status| status.stopping = true);
    }

    /// Takes what has come in meanwhile, up to a batch.
    fn gather(&mut self) {
        while self.queue.len() < BATCH {
            if let Some(landed) = self.lanes.try_next() {
                self.land(landed);
            } else if let Ok(told) = self.told.try_recv() {
                self.take(told);
            } else {
                break;
            }
        }
        let now = self.clock.now();
        if self.machine.poll_timeout().is_some_and(|at| at <= now) {
            self.push(Input::Wake);
        }
    }

    /// Hands a batch to the core, writes down what came of it, and lets it out.
    async fn step(&mut self) -> Result<(), Ended> {
        let mut entries = Vec::new();
        let mut waiting = Vec::new();
        for _ in 0..BATCH.min(self.queue.len()) {
            let Some(Queued { input, told, done }) = self.queue.pop_front() else {
                break;
            };
            waiting.extend(done);
            let entry = self.handle(input);
            self.answers.note(told, &entry);
            let empty = Entry {
                at: entry.at,
                ..Entry::default()
            };
            if entry != empty {
                entries.push(entry);
            }
        }
        if !entries.is_empty() {
            let committed = self.commit(&entries).await?;
            self.let_out(entries, committed);
        }
        for request in self.asked.drain(..) {
            // Nobody reads any more only when the bridge stops.
            let _ = self.lists.send(request);
        }
        if !waiting.is_empty() {
            // Whoever asked reads the status next.
            self.post();
        }
        for done in waiting {
            // Whoever asked may have gone.
            let _ = done.send(());
        }
        Ok(())
    }

    fn handle(&mut self, input: Input) -> Entry {
        let now = self.clock.now();
        let mut entry = Entry {
            at: now,
            ..Entry::default()
        };
        match &input {
            Input::Outcome { effect, outcome } => entry.settled = Some((effect.clone(), outcome.clone())),
            Input::Postponed {
                effect,
                attempts,
                why,
                again_at: _,
            } => {
                entry.postponed = Some(Postponed {
                    effect: effect.clone(),
                    attempts: *attempts,
                    why: why.clone(),
                });
            }
            Input::Matched(matching) => entry.matching = Some(matching.clone()),
            Input::Activation { active } => entry.active = Some(*active),
            Input::Retry { effect } => entry.retried = Some(effect.id.clone()),
            Input::Refuse { named, .. } => entry.refused = Some(named.clone()),
            Input::TakeBack { written, .. } => entry.taken_back = Some(written.id.clone()),
            Input::Assign { sha256, .. } => entry.assigned = Some(sha256.clone()),
            Input::Pbx(_)
            | Input::Recording(_)
            | Input::RecordingGone { .. }
            | Input::Expired { .. }
            | Input::Asked { .. }
            | Input::Logs { .. }
            | Input::Log(_)
            | Input::LogUnread { .. }
            | Input::Wake => {}
        }
        self.machine.handle(input, now);
        entry.effects.extend(std::iter::from_fn(|| self.machine.poll_effect()));
        entry
            .withdrawn
            .extend(std::iter::from_fn(|| self.machine.poll_withdrawal()));
        entry.changes.extend(std::iter::from_fn(|| self.machine.poll_change()));
        entry
            .recordings
            .extend(std::iter::from_fn(|| self.machine.poll_recording()));
        entry.logs = self.machine.poll_logs();
        self.asked
            .extend(std::iter::from_fn(|| self.machine.poll_log_request()));
        entry
    }

    fn take(&mut self, told: Told) {
        let queued = match told {
            Told::Pbx(event, at) => Queued {
                told: Some(at),
                ..Input::Pbx(event).into()
            },
            Told::Matched(matching) => Input::Matched(matching).into(),
            Told::Log(read) => Input::Log(read).into(),
            Told::LogUnread { owner, why } => Input::LogUnread { owner, why }.into(),
            Told::Activation { active, done } => Queued::awaited(Input::Activation { active }, done),
            Told::Retry { effect, done } => Queued::awaited(Input::Retry { effect }, done),
            Told::Recording(recording) => Input::Recording(recording).into(),
            Told::RecordingGone(sha256) => Input::RecordingGone { sha256 }.into(),
            Told::Assign { sha256, call, done } => Queued::awaited(Input::Assign { sha256, call }, done),
            Told::Refuse { named, call, done } => Queued::awaited(Input::Refuse { named, call }, done),
            Told::TakeBack { written, call, done } => Queued::awaited(Input::TakeBack { written, call }, done),
            Told::Expired { sha256, call, done } => Queued::awaited(Input::Expired { sha256, call }, done),
            Told::LeaseLost(error) => {
                self.lost = Some(error);
                return;
            }
        };
        self.queue.push_back(queued);
    }

    fn push(&mut self, input: Input) {
        self.queue.push_back(input.into());
    }

    fn post(&mut self) {
        let now = self.clock.now();
        let (active, waiting) = (self.machine.is_active(), self.schedule.len());
        let awaited = self.machine.recordings_awaited();
        let (oldest, resting) = (self.schedule.oldest(), self.schedule.resting_until(now));
        match self.backlog.look(oldest, now) {
            Some(News::Grows(age)) => tracing::error!(
                waiting,
                minutes = age.as_mins(),
                "work piles up: the help desk has not taken an order for that long; nothing is lost, `status` says why"
            ),
            Some(News::Gone) => tracing::info!(waiting, "the backlog is gone"),
            None => {}
        }
        self.board.tally.calls(self.machine.dispositions());
        self.board.post(|status| {
            status.active = active;
            status.effects_waiting = waiting;
            status.waiting_since = oldest;
            status.resting_until = resting;
            status.recordings.awaited = awaited;
        });
    }
}

impl Queued {
    fn awaited(input: Input, done: Option<oneshot::Sender<()>>) -> Self {
        let told = None;
        Self { input, told, done }
    }
}

impl From<Input> for Queued {
    fn from(input: Input) -> Self {
        Self::awaited(input, None)
    }
}
