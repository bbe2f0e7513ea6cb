//! Core, journal and help desk write into one log, in the order in which things happen. Time is virtual.

use std::collections::BTreeMap;
use std::sync::Mutex;

use bridge_core::call::{CallKey, CallState, Change, Disposition};
use bridge_core::desk::TicketId;
use bridge_core::effect::{EffectId, Order, Priority, Track};
use bridge_core::port::{Assignment, Carried, Committed, Failure, FailureKind, Restored, Sent};
use bridge_core::recording::{Kept, Sha256, Standing};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::super::*;

type Log = Arc<Mutex<Vec<String>>>;

pub(super) struct Rig {
    pub(super) log: Log,
    script: Arc<Mutex<Script>>,
    pub(super) journal: HeldJournal,
    pub(super) desk: Arc<Mutex<VecDeque<Result<Outcome, Failure>>>>,
    manner: Arc<Mutex<Manner>>,
    pub(super) board: Arc<Board>,
    pub(super) clock: Clock,
    pub(super) told: Option<mpsc::UnboundedSender<Told>>,
    pub(super) stop: CancellationToken,
    pub(super) running: JoinHandle<Result<(), Ended>>,
}

/// How the help desk goes about it.
#[derive(Default)]
struct Manner {
    takes: Duration,
    panics: u32,
    requests: usize,
}

/// What the core answers to an event, by its name.
#[derive(Default)]
struct Script {
    orders: Vec<(String, Vec<Effect>)>,
    withdraws: Vec<(String, EffectId)>,
    answers: Vec<(String, Change)>,
    timeout: Option<Timestamp>,
}

impl Rig {
    pub(super) fn new() -> Self {
        let log = Log::default();
        let script = Arc::new(Mutex::new(Script::default()));
        let journal = HeldJournal(
            Arc::new(Mutex::new(Held {
                log: Arc::clone(&log),
                ..Held::default()
            })),
            Arc::default(),
        );
        let desk = Arc::new(Mutex::new(VecDeque::new()));
        let manner = Arc::new(Mutex::new(Manner::default()));
        let clock = Clock::following_tokio("2026-11-24T12:00:00Z".parse().unwrap());
        let board = Arc::new(Board::new(clock.now()));
        let stop = CancellationToken::new();
        let (told, listen) = mpsc::unbounded_channel();
        let parts = Parts {
            machine: Puppet {
                log: Arc::clone(&log),
                script: Arc::clone(&script),
                effects: VecDeque::new(),
                withdrawn: VecDeque::new(),
                changes: VecDeque::new(),
                dispositions: BTreeMap::new(),
            },
            journal: Arc::new(journal.clone()),
            lanes: Lanes::new(
                Arc::new(Desk {
                    log: Arc::clone(&log),
                    answers: Arc::clone(&desk),
                    manner: Arc::clone(&manner),
                }),
                Arc::new(crate::testing::NoPbx::default()),
                Arc::clone(&board),
            ),
            clock: clock.clone(),
            board: Arc::clone(&board),
            told: listen,
            changes: broadcast::channel(8).0,
            lists: mpsc::unbounded_channel().0,
            stop: stop.clone(),
            concurrency: 8,
        };
        let running = tokio::spawn(Engine::new(parts, Vec::new(), Vec::new()).run());
        Self {
            log,
            script,
            journal,
            desk,
            manner,
            board,
            clock,
            told: Some(told),
            stop,
            running,
        }
    }

    /// On this event the core gives these orders.
    pub(super) fn orders(&mut self, event: &str, effects: Vec<Effect>) {
        self.script.lock().unwrap().orders.push((event.into(), effects));
    }

    pub(super) fn withdraws(&mut self, event: &str, effect: &str) {
        self.script.lock().unwrap().withdraws.push((event.into(), id(effect)));
    }

    /// With this event the core learns that a call is answered.
    pub(super) fn answers(&self, event: &str, change: Change) {
        self.script.lock().unwrap().answers.push((event.into(), change));
    }

    /// The core wants to be woken then.
    pub(super) fn wants_to_wake(&self, at: Timestamp) {
        self.script.lock().unwrap().timeout = Some(at);
    }

    pub(super) fn takes(&self, time: Duration) {
        self.manner.lock().unwrap().takes = time;
    }

    pub(super) fn panics(&self, times: u32) {
        self.manner.lock().unwrap().panics = times;
    }

    pub(super) fn tell(&self, event: &str) {
        let event = match event {
            "gap" => pbx::Event::Gap { owner: None },
            _ => pbx::Event::SnapshotBegin {
                owner: pbx::UserId::new("0101"),
            },
        };
        self.told
            .as_ref()
            .unwrap()
            .send(Told::Pbx(event, Instant::now()))
            .unwrap();
    }

    /// An administrator wants it tried again; back when that is kept.
    pub(super) async fn retry(&self, name: &str) {
        crate::handle::take_up(self.told.as_ref().unwrap(), effect(name))
            .await
            .unwrap();
    }

    /// The help desk tells of so many requests for each effect.
    pub(super) fn asks(&self, requests: usize) {
        self.manner.lock().unwrap().requests = requests;
    }

    /// Virtual time passes; it does so only when nobody has anything left to do.
    pub(super) async fn quiet(&self) {
        tokio::time::sleep(Duration::from_secs(200)).await;
    }

    /// Until this line is in the log, without letting much time pass.
    pub(super) async fn until(&self, line: &str) {
        while !self.log().iter().any(|known| known == line) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    pub(super) fn log(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }

    pub(super) async fn stop(&mut self) -> Result<(), Ended> {
        self.stop.cancel();
        (&mut self.running).await.unwrap()
    }
}

/// A core that follows a script.
struct Puppet {
    log: Log,
    script: Arc<Mutex<Script>>,
    effects: VecDeque<Effect>,
    withdrawn: VecDeque<EffectId>,
    changes: VecDeque<Change>,
    dispositions: BTreeMap<Disposition, u64>,
}

impl Machine for Puppet {
    fn handle(&mut self, input: Input, now: Timestamp) {
        let mut script = self.script.lock().unwrap();
        let name = match input {
            Input::Pbx(pbx::Event::Gap { .. }) => "gap".to_owned(),
            Input::Pbx(_) => "snapshot".to_owned(),
            Input::Matched(_) => "matched".to_owned(),
            Input::Activation { active } => format!("active {active}"),
            Input::Outcome { effect, outcome } => format!("{effect} {outcome:?}"),
            Input::Postponed {
                effect,
                attempts,
                why,
                again_at: _,
            } => format!("{effect} postponed {attempts}: {why}"),
            Input::Asked { effect, requests } => format!("{effect} asked {}", requests.len()),
            Input::Retry { effect } => format!("retry {}", effect.id),
            Input::Logs { .. } | Input::Log(_) | Input::LogUnread { .. } => "a list".to_owned(),
            Input::Recording(_) | Input::RecordingGone { .. } | Input::Assign { .. } => "a recording".to_owned(),
            Input::Refuse { .. } | Input::Expired { .. } => "a recording".to_owned(),
            Input::TakeBack { written, .. } => written.id.to_string(),
            Input::Wake => "wake".to_owned(),
        };
        if script.timeout.is_some_and(|at| at <= now) {
            script.timeout = None;
        }
        for place in (0..script.orders.len()).rev() {
            if script.orders[place].0 == name {
                self.effects.extend(script.orders.remove(place).1);
            }
        }
        self.withdrawn.extend(
            script
                .withdraws
                .iter()
                .filter(|(event, _)| *event == name)
                .map(|(_, id)| id.clone()),
        );
        while let Some(place) = script.answers.iter().position(|(event, _)| *event == name) {
            self.changes.push_back(script.answers.remove(place).1);
            *self.dispositions.entry(Disposition::Ticket).or_default() += 1;
        }
        self.log.lock().unwrap().push(format!("core: {name}"));
    }

    fn poll_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    fn poll_log_request(&mut self) -> Option<LogRequest> {
        None
    }

    fn poll_recording(&mut self) -> Option<Kept> {
        None
    }

    fn recordings_awaited(&self) -> usize {
        0
    }

    fn poll_logs(&mut self) -> Option<bridge_core::call_log::Logs> {
        None
    }

    fn poll_withdrawal(&mut self) -> Option<EffectId> {
        self.withdrawn.pop_front()
    }

    fn poll_change(&mut self) -> Option<Change> {
        self.changes.pop_front()
    }

    fn dispositions(&self) -> &BTreeMap<Disposition, u64> {
        &self.dispositions
    }

    fn poll_timeout(&self) -> Option<Timestamp> {
        self.script.lock().unwrap().timeout
    }

    fn is_active(&self) -> bool {
        true
    }
}

/// A journal in memory that can be held up and made to fail.
#[derive(Clone)]
pub(super) struct HeldJournal(pub(super) Arc<Mutex<Held>>, Arc<Notify>);

#[derive(Default)]
pub(super) struct Held {
    log: Log,
    held: bool,
    /// `Some(lease_lost)`: every commit fails.
    fails: Option<bool>,
    pub(super) settled_before: Vec<(EffectId, Outcome)>,
}

impl HeldJournal {
    pub(super) fn hold(&self) {
        self.0.lock().unwrap().held = true;
    }

    pub(super) fn let_go(&self) {
        self.0.lock().unwrap().held = false;
        self.1.notify_waiters();
    }

    pub(super) fn fail(&self, lease_lost: Option<bool>) {
        self.0.lock().unwrap().fails = lease_lost;
    }
}

#[async_trait::async_trait]
impl Journal for HeldJournal {
    async fn commit(&self, entries: &[Entry]) -> Result<Committed, JournalError> {
        loop {
            let freed = self.1.notified();
            if !self.0.lock().unwrap().held {
                break;
            }
            freed.await;
        }
        let mut held = self.0.lock().unwrap();
        if let Some(lease_lost) = held.fails {
            return Err(JournalError {
                message: "no space".into(),
                lease_lost,
                source: None,
            });
        }
        let line: Vec<String> = entries.iter().flat_map(words).collect();
        held.log.lock().unwrap().push(format!("journal: {}", line.join(" ")));
        let known = |id: &EffectId| {
            entries
                .iter()
                .any(|entry| entry.effects.iter().any(|effect| effect.id == *id))
        };
        let (settled_before, rest) = std::mem::take(&mut held.settled_before)
            .into_iter()
            .partition(|(id, _)| known(id));
        held.settled_before = rest;
        Ok(Committed { settled_before })
    }

    async fn restore(&self, _now: Timestamp) -> Result<Restored, JournalError> {
        Ok(Restored::default())
    }

    async fn wished(&self) -> Result<Option<bool>, JournalError> {
        Ok(None)
    }

    async fn wedged(&self, _id: &str) -> Result<Vec<Effect>, JournalError> {
        Ok(Vec::new())
    }

    async fn wished_retries(&self) -> Result<Vec<Effect>, JournalError> {
        Ok(Vec::new())
    }

    async fn recordings(&self, _sums: &[Sha256]) -> Result<BTreeMap<Sha256, Standing>, JournalError> {
        Ok(BTreeMap::new())
    }

    async fn call(&self, _key: &CallKey) -> Result<Option<CallState>, JournalError> {
        Ok(None)
    }

    async fn wished_assignments(&self) -> Result<Vec<Assignment>, JournalError> {
        Ok(Vec::new())
    }

    async fn wished_refusals(&self) -> Result<Vec<CallKey>, JournalError> {
        Ok(Vec::new())
    }

    async fn close(&self) {}
}

fn words(entry: &Entry) -> Vec<String> {
    let settled = entry.settled.iter().map(|(id, outcome)| format!("{id}={outcome:?}"));
    let failed = entry
        .postponed
        .iter()
        .map(|failed| format!("{} failed {}", failed.effect, failed.attempts));
    let active = entry.active.iter().map(|active| format!("active {active}"));
    let ordered = entry.effects.iter().map(|effect| format!("+{}", effect.id));
    let withdrawn = entry.withdrawn.iter().map(|id| format!("-{id}"));
    settled
        .chain(failed)
        .chain(active)
        .chain(ordered)
        .chain(withdrawn)
        .collect()
}

/// A help desk that gives these answers, and then does whatever it is asked.
struct Desk {
    log: Log,
    answers: Arc<Mutex<VecDeque<Result<Outcome, Failure>>>>,
    manner: Arc<Mutex<Manner>>,
}

#[async_trait::async_trait]
impl bridge_core::port::HelpDesk for Desk {
    async fn carry_out(&self, effect: &Effect, attempt: bridge_core::port::Attempt) -> Carried {
        self.log
            .lock()
            .unwrap()
            .push(format!("desk: {} #{}", effect.id, attempt.number));
        let (takes, requests) = {
            let mut manner = self.manner.lock().unwrap();
            if manner.panics > 0 {
                manner.panics -= 1;
                drop(manner);
                panic!("as the test wants it");
            }
            (manner.takes, manner.requests)
        };
        tokio::time::sleep(takes).await;
        let sent = Sent {
            what: "GET /".into(),
            status: Some(200),
            request_id: None,
        };
        Carried {
            result: self.answers.lock().unwrap().pop_front().unwrap_or(Ok(Outcome::Done)),
            requests: vec![sent; requests],
            may_be_done: true,
        }
    }

    async fn roster(&self) -> Result<bridge_core::desk::Roster, Failure> {
        Ok(bridge_core::desk::Roster::default())
    }

    async fn default_user(&self, _email: &str) -> Result<bridge_core::desk::UserId, Failure> {
        Ok(bridge_core::desk::UserId::new(400))
    }
}

pub(super) fn effect(name: &str) -> Effect {
    let (call, _) = name.split_once('/').unwrap();
    Effect {
        id: id(name),
        call: CallKey::new(call),
        track: Track::Main,
        priority: Priority::Prompt,
        planned_at: "2026-11-24T12:00:00Z".parse().unwrap(),
        expires: None,
        order: Order::ReadTicket {
            ticket: TicketId::new(1),
        },
    }
}

pub(super) fn failure(kind: FailureKind) -> Failure {
    Failure {
        kind,
        message: "No".into(),
        retry_after: None,
        request_id: None,
    }
}

pub(super) fn id(name: &str) -> EffectId {
    EffectId::from_stored(name)
}
