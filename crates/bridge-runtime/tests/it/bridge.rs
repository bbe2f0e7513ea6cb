//! A whole bridge: the real core and the real journal between a telephone system and a help desk that are made up.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bridge_core::desk::{Agent, Group, GroupId, NumberField, Roster, TicketId, UserId};
use bridge_core::effect::{Effect, Order};
use bridge_core::input::Outcome;
use bridge_core::matching::GroupRules;
use bridge_core::number::NumberPlan;
use bridge_core::port::{Attempt, Carried, Failure, FailureKind, HelpDesk};
use bridge_core::settings::{Language, Settings};
use bridge_core::strategy::DefaultUser;
use bridge_runtime::store::{Store, StoreReader};
use bridge_runtime::{Bridge, Handle, OnStart, Parts, RunError, RunErrorKind, Status};
use futures_util::StreamExt as _;
use jiff::{SignedDuration, Timestamp};
use pbx::{
    CallLog, Dialled, Direction, Event, EventStream, LegEvent, LegState, LoggedCall, Pbx, PbxError, PbxName, User,
};
use tempfile::TempDir;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

#[tokio::test]
async fn an_answered_call_becomes_a_ticket_and_its_story_is_kept() {
    let dir = TempDir::new().unwrap();
    let rig = Rig::start(&dir, OnStart::Active, Desk::default()).await;
    rig.until(|status| status.matching.is_some()).await;
    rig.tell(leg(LegState::Ringing));
    rig.tell(leg(LegState::Connected));
    rig.until(|status| status.calls.iter().any(|call| call.ticket == Some(77)))
        .await;
    let figures = rig.handle.figures();
    assert_eq!(figures.event_to_request.count(), 1, "{figures:?}");
    assert_eq!(figures.calls, BTreeMap::new(), "it is not over yet");

    let story = rig.reader().await.call("c1").await.unwrap().unwrap();
    assert_eq!(story.summary.ticket, Some(TicketId::new(77)));
    assert!(story.steps.len() > 2, "{:?}", story.steps);
    assert_eq!(rig.desk.tickets(), 1);
    let ready = rig.handle.status();
    assert_eq!(ready.not_ready(), Vec::<String>::new(), "{ready:?}");
    rig.stop().await.unwrap();
}

#[tokio::test]
async fn a_restart_in_an_outage_goes_on_under_the_same_names() {
    let dir = TempDir::new().unwrap();
    let desk = Desk::default();
    let rig = Rig::start(&dir, OnStart::Active, desk.clone()).await;
    rig.until(|status| status.matching.is_some()).await;
    desk.0.lock().unwrap().away = true;
    rig.tell(leg(LegState::Ringing));
    rig.tell(leg(LegState::Connected));
    rig.until(|_| desk.asked("c1/ticket")).await;
    rig.stop().await.unwrap();

    // The help desk tells neither agents nor groups yet; the matching of the last run has to do.
    *desk.0.lock().unwrap() = World {
        no_roster: true,
        ..World::default()
    };
    let rig = Rig::start(&dir, OnStart::Resume, desk.clone()).await;
    rig.until(|status| status.calls.iter().any(|call| call.ticket == Some(77)))
        .await;
    let status = rig.handle.status();
    assert!(status.active, "as it was");
    assert!(
        status.matching.is_some_and(|matching| matching.at.is_none()),
        "by an earlier process"
    );
    assert!(desk.asked("c1/ticket"), "the order of the first run");
    rig.tell(ringing("c2"));
    rig.until(|status| status.calls.iter().any(|call| call.id == "c2"))
        .await;
    assert_eq!(desk.tickets(), 1);
    rig.stop().await.unwrap();
}

#[tokio::test]
async fn a_screen_pop_that_may_have_been_shown_is_not_shown_again_after_a_crash() {
    let dir = TempDir::new().unwrap();
    let desk = Desk::default();
    desk.0.lock().unwrap().pops_hang = true;
    let rig = Rig::start(&dir, OnStart::Active, desk.clone()).await;
    rig.until(|status| status.matching.is_some()).await;
    rig.tell(leg(LegState::Ringing));
    rig.tell(leg(LegState::Connected));
    rig.until(|_| desk.asked("c1/pop")).await;
    let dir = rig.crash().await;

    *desk.0.lock().unwrap() = World::default();
    let rig = Rig::start(&dir, OnStart::Resume, desk.clone()).await;
    // Kept in its turn: what the journal held comes before.
    rig.handle.set_active(true).await.unwrap();
    rig.until(|status| {
        status.matching.as_ref().is_some_and(|matching| matching.at.is_some()) && status.effects_waiting == 0
    })
    .await;
    assert!(!desk.asked("c1/pop"));
    let story = rig.reader().await.call("c1").await.unwrap().unwrap();
    assert!(
        story
            .steps
            .iter()
            .any(|step| step.what == "no screen pop" && step.why.contains("started anew")),
        "{:?}",
        story.steps
    );
    rig.stop().await.unwrap();
}

#[tokio::test]
async fn a_call_that_was_missed_between_two_runs_gets_its_ticket_from_the_list_once() {
    let dir = TempDir::new().unwrap();
    let desk = Desk::default();
    let rig = Rig::start(&dir, OnStart::Active, desk.clone()).await;
    rig.until(|status| status.matching.is_some()).await;
    rig.stop().await.unwrap();

    desk.0.lock().unwrap().missed = true;
    for _ in 0..2 {
        let rig = Rig::start(&dir, OnStart::Resume, desk.clone()).await;
        rig.until(|_| *rig.pbx.lists.lock().unwrap() > 0).await;
        rig.until(|status| status.effects_waiting == 0 && status.calls.iter().any(|call| call.ticket == Some(77)))
            .await;
        let status = rig.handle.status();
        assert!(status.calls[0].id.starts_with("log-0101-"), "{}", status.calls[0].id);
        rig.stop().await.unwrap();
    }
    assert_eq!(desk.tickets(), 1);
    let asked = desk.0.lock().unwrap().asked.clone();
    assert!(!asked.iter().any(|effect| effect.contains("pop")), "{asked:?}");
}

#[tokio::test]
async fn what_it_does_at_the_start_is_decided_once() {
    // What is configured, whether it was active before, what an administrator asked for meanwhile, and what becomes of it.
    for (on_start, before, wish, active) in [
        (OnStart::Resume, None, None, false),
        (OnStart::Resume, Some(true), None, true),
        (OnStart::Resume, Some(false), None, false),
        (OnStart::Inactive, Some(true), None, false),
        (OnStart::Active, Some(false), None, true),
        (OnStart::Active, None, None, true),
        (OnStart::Inactive, Some(false), Some(true), true),
        (OnStart::Active, Some(true), Some(false), false),
    ] {
        let dir = TempDir::new().unwrap();
        if let Some(before) = before {
            let rig = Rig::start(&dir, OnStart::Inactive, Desk::default()).await;
            assert_eq!(rig.handle.set_active(before).await.unwrap().active, before);
            rig.stop().await.unwrap();
        }
        if let Some(wish) = wish {
            StoreReader::wish(path(&dir), wish).await.unwrap();
        }
        let rig = Rig::start(&dir, on_start, Desk::default()).await;
        rig.until(|status| status.active == active && status.matching.is_some())
            .await;
        rig.stop().await.unwrap();
        let kept = StoreReader::open(path(&dir)).await.unwrap().activation().await.unwrap();
        assert_eq!(
            (kept.active, kept.wished),
            (Some(active), None),
            "{on_start:?} {before:?} {wish:?}"
        );
    }
}

#[tokio::test]
async fn a_wish_from_another_process_is_taken_up_while_it_runs() {
    let dir = TempDir::new().unwrap();
    let rig = Rig::start(&dir, OnStart::Inactive, Desk::default()).await;
    StoreReader::wish(path(&dir), true).await.unwrap();
    rig.until(|status| status.active).await;
    assert_eq!(rig.reader().await.activation().await.unwrap().wished, None);
    rig.stop().await.unwrap();
}

#[tokio::test]
async fn a_bridge_whose_store_was_taken_over_stops_though_it_has_nothing_to_write() {
    let dir = TempDir::new().unwrap();
    let rig = Rig::start(&dir, OnStart::Active, Desk::default()).await;
    rig.until(|status| status.matching.is_some()).await;
    // Somebody deletes the lock file, and a second bridge starts.
    std::fs::remove_file(dir.path().join("bridge.db.lock")).unwrap();
    let new = Store::open(path(&dir), "acme").await.unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(30), rig.running)
        .await
        .unwrap();
    assert_eq!(ended.unwrap().unwrap_err().kind(), RunErrorKind::LeaseLost);
    drop(new);
}

#[tokio::test]
async fn a_stopped_bridge_has_logged_out_and_takes_no_orders() {
    let dir = TempDir::new().unwrap();
    let rig = Rig::start(&dir, OnStart::Resume, Desk::default()).await;
    let (handle, pbx) = (rig.handle.clone(), Arc::clone(&rig.pbx));
    rig.until(|status| status.pbx.connected).await;
    rig.stop().await.unwrap();
    assert!(*pbx.closed.lock().unwrap());
    assert_eq!(handle.set_active(true).await, Err(bridge_runtime::Stopped));
    assert!(handle.status().stopping);
    assert!(!dir.path().join("bridge.db-wal").exists(), "the log is merged");
}

#[tokio::test]
async fn status_is_read_by_programs_without_a_callers_number() {
    let dir = TempDir::new().unwrap();
    let rig = Rig::start(&dir, OnStart::Active, Desk::default()).await;
    rig.until(|status| status.matching.is_some()).await;
    rig.tell(leg(LegState::Ringing));
    rig.until(|status| !status.calls.is_empty()).await;
    let json = serde_json::to_string(&rig.handle.status()).unwrap();
    assert!(
        json.contains("\"phase\":\"ringing\"") && json.contains("\"users_matched\":1"),
        "{json}"
    );
    assert!(!json.contains("123456"), "{json}");
    rig.stop().await.unwrap();
}

// The rig.

struct Rig {
    path: PathBuf,
    pbx: Arc<FakePbx>,
    desk: Desk,
    handle: Handle,
    stop: CancellationToken,
    running: JoinHandle<Result<(), RunError>>,
}

impl Rig {
    async fn start(dir: &TempDir, on_start: OnStart, desk: Desk) -> Self {
        let journal = Store::open(path(dir), "acme").await.unwrap();
        let pbx = Arc::new(FakePbx::new(desk.clone()));
        let parts = Parts {
            settings: settings(),
            default_user: "telephone@acme.example".into(),
            groups: GroupRules::default(),
            pbx: pbx.clone(),
            desk: Arc::new(desk.clone()),
            journal: Arc::new(journal),
            inbox: None,
            directory: None,
        };
        let bridge = Bridge::new(parts).on_start(on_start);
        let (handle, stop) = (bridge.handle(), CancellationToken::new());
        let running = tokio::spawn(bridge.run(stop.clone()));
        Self {
            path: path(dir),
            pbx,
            desk,
            handle,
            stop,
            running,
        }
    }

    fn tell(&self, event: Event) {
        self.pbx.tell.send(event).unwrap();
    }

    /// Until the status is so; a bridge that never gets there fails the test.
    async fn until(&self, so: impl Fn(&Status) -> bool) {
        let (mut news, mut asked) = (self.handle.news(), self.desk.1.subscribe());
        let wait = async {
            while !so(&self.handle.status()) {
                tokio::select! {
                    told = news.changed() => told.unwrap(),
                    told = asked.changed() => told.unwrap(),
                }
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(30), wait).await;
        assert!(waited.is_ok(), "{:?}", self.handle.status());
    }

    async fn reader(&self) -> StoreReader {
        StoreReader::open(&self.path).await.unwrap()
    }

    /// What `kill -9` leaves: nothing is finished, nothing closed.
    async fn crash(self) -> TempDir {
        self.running.abort();
        assert!(self.running.await.unwrap_err().is_cancelled());
        let left = TempDir::new().unwrap();
        for name in ["bridge.db", "bridge.db-wal"] {
            std::fs::copy(self.path.with_file_name(name), left.path().join(name)).unwrap();
        }
        left
    }

    async fn stop(self) -> Result<(), RunError> {
        self.stop.cancel();
        self.running.await.unwrap()
    }
}

/// A telephone system with one user and one group, whose events come from the test.
struct FakePbx {
    name: PbxName,
    tell: mpsc::UnboundedSender<Event>,
    told: Mutex<Option<mpsc::UnboundedReceiver<Event>>>,
    closed: Mutex<bool>,
    desk: Desk,
    /// How often the list was read.
    lists: Mutex<usize>,
}

impl FakePbx {
    fn new(desk: Desk) -> Self {
        let (tell, told) = mpsc::unbounded_channel();
        Self {
            desk,
            lists: Mutex::default(),
            name: PbxName::new("acme"),
            tell,
            told: Mutex::new(Some(told)),
            closed: Mutex::new(false),
        }
    }
}

#[async_trait]
impl Pbx for FakePbx {
    fn name(&self) -> &PbxName {
        &self.name
    }

    async fn users(&self) -> Result<Vec<User>, PbxError> {
        let email = Some("anna@acme.example".into());
        Ok(vec![User {
            id: anna(),
            name: "Anna".into(),
            email,
            extensions: vec![Dialled::new("11")],
        }])
    }

    async fn groups(&self) -> Result<Vec<pbx::Group>, PbxError> {
        let numbers = vec![Dialled::new("300")];
        Ok(vec![pbx::Group {
            id: pbx::GroupId::new("1003"),
            name: "Support".into(),
            members: vec![anna()],
            numbers,
        }])
    }

    async fn open(&self) -> Result<EventStream, PbxError> {
        let told = self.told.lock().unwrap().take().unwrap();
        let connected = futures_util::stream::iter([Ok(Event::Connected { owner: Some(anna()) })]);
        let events =
            futures_util::stream::unfold(told, async |mut told| told.recv().await.map(|event| (Ok(event), told)));
        Ok(Box::pin(connected.chain(events)))
    }

    async fn close(&self) {
        *self.closed.lock().unwrap() = true;
    }

    fn call_log(&self) -> Option<&dyn CallLog> {
        Some(self)
    }
}

#[async_trait]
impl CallLog for FakePbx {
    fn owners(&self) -> Vec<pbx::UserId> {
        vec![anna()]
    }

    async fn calls(
        &self,
        _owner: &pbx::UserId,
        _from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<LoggedCall>, PbxError> {
        *self.lists.lock().unwrap() += 1;
        self.desk.1.send_replace(());
        let mut world = self.desk.0.lock().unwrap();
        if !world.missed {
            return Ok(Vec::new());
        }
        // Asked for a little beyond the moment, since clocks differ.
        let began = *world.began.get_or_insert(until - SignedDuration::from_secs(120));
        Ok(vec![LoggedCall {
            direction: Direction::Inbound,
            answered: true,
            caller: Dialled::new("0721 123456"),
            called: Dialled::new("300"),
            group: Some(pbx::GroupId::new("1003")),
            began,
            or_began: None,
            lasted: SignedDuration::from_secs(1),
        }])
    }
}

/// A help desk in memory, and who wants to know that it, or the telephone system, was asked.
#[derive(Clone, Default)]
struct Desk(Arc<Mutex<World>>, watch::Sender<()>);

#[derive(Default)]
struct World {
    away: bool,
    no_roster: bool,
    /// Screen pops are sent, and no answer comes.
    pops_hang: bool,
    asked: Vec<String>,
    tickets: usize,
    /// The telephone system's list has a call that nobody saw.
    missed: bool,
    began: Option<Timestamp>,
}

impl Desk {
    fn asked(&self, effect: &str) -> bool {
        self.0.lock().unwrap().asked.iter().any(|asked| asked == effect)
    }

    fn tickets(&self) -> usize {
        self.0.lock().unwrap().tickets
    }
}

#[async_trait]
impl HelpDesk for Desk {
    async fn carry_out(&self, effect: &Effect, _attempt: Attempt) -> Carried {
        let hangs = {
            let mut world = self.0.lock().unwrap();
            world.asked.push(effect.id.as_str().to_owned());
            world.pops_hang && matches!(effect.order, Order::Pop { .. })
        };
        self.1.send_replace(());
        if hangs {
            std::future::pending::<()>().await;
        }
        let mut world = self.0.lock().unwrap();
        if world.away {
            return Err(away()).into();
        }
        Ok(match &effect.order {
            Order::LookUp { .. } | Order::ReadUser { .. } => Outcome::Profiles(Vec::new()),
            Order::OpenTicket(_) => {
                world.tickets += 1;
                Outcome::Opened {
                    ticket: TicketId::new(77),
                }
            }
            Order::Pop { .. } => Outcome::Popped,
            Order::EnsureUser { .. } => Outcome::User(UserId::new(900)),
            Order::ReadTicket { .. } => Outcome::TicketGone { why: "deleted".into() },
            Order::SetRequester { .. }
            | Order::WriteNumber { .. }
            | Order::ReleaseNumber { .. }
            | Order::TakeNumberBack { .. }
            | Order::AddNote { .. }
            | Order::Record { .. }
            | Order::Attach(_)
            | Order::Redact { .. } => Outcome::Done,
        })
        .into()
    }

    async fn roster(&self) -> Result<Roster, Failure> {
        let world = self.0.lock().unwrap();
        if world.away || world.no_roster {
            return Err(away());
        }
        Ok(Roster {
            agents: vec![Agent {
                id: UserId::new(501),
                name: "Anna".into(),
                email: "anna@acme.example".into(),
            }],
            groups: vec![Group {
                id: GroupId::new(71),
                name: "Support".into(),
            }],
        })
    }

    async fn default_user(&self, _email: &str) -> Result<UserId, Failure> {
        Ok(UserId::new(400))
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

fn anna() -> pbx::UserId {
    pbx::UserId::new("0101")
}

fn ringing(call: &str) -> Event {
    let Event::Leg(ringing) = leg(LegState::Ringing) else {
        unreachable!("a leg")
    };
    Event::Leg(LegEvent {
        call: pbx::CallId::new(call),
        ..ringing
    })
}

fn leg(state: LegState) -> Event {
    Event::Leg(LegEvent {
        call: pbx::CallId::new("c1"),
        owner: anna(),
        state,
        direction: Direction::Inbound,
        caller: Some(Dialled::new("0721 123456")),
        called: Some(Dialled::new("300")),
        group: Some(pbx::GroupId::new("1003")),
        at: None,
        or_at: None,
    })
}

fn settings() -> Settings {
    Settings {
        pbx: PbxName::new("acme"),
        numbers: NumberPlan::new("DE", Some("721")).unwrap(),
        unknown_caller: Arc::new(DefaultUser),
        wrap_up: SignedDuration::from_mins(2),
        lookup_patience: SignedDuration::from_millis(1500),
        number_fields: vec![NumberField::Phone],
        screen_pop: true,
        pop_window: SignedDuration::from_secs(30),
        silence_limit: SignedDuration::from_hours(4),
        tags: vec!["phone".into()],
        language: Language::En,
        time_zone: jiff::tz::TimeZone::UTC,
        recordings: bridge_core::settings::RecordingRules {
            groups: vec!["Support".into()],
            start: false,
            attach: true,
            largest: 50_000_000,
            compress: false,
        },
    }
}

fn path(dir: &TempDir) -> PathBuf {
    dir.path().join("bridge.db")
}
