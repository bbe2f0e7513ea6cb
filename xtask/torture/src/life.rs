//! One life of a bridge: from its start to its stop, its crash or the end of the day.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bridge_core::desk::NumberField;
use bridge_core::matching::GroupRules;
use bridge_core::number::NumberPlan;
use bridge_core::settings::{Language, RecordingRules, Settings};
use bridge_core::strategy::{DefaultUser, NewUser, UnknownCaller};
use bridge_runtime::inbox::Inbox;
use bridge_runtime::zendesk::ZendeskDesk;
use bridge_runtime::{Bridge, Clock, Handle, OnStart, Parts, RunError};
use jiff::SignedDuration;
use jiff::tz::TimeZone;
use pbx_starface::Starface;
use starface_client::uci::session::Timing;
use starface_client::uci::{Agent, Callbacks, WatchOptions};
use starface_client::{Password, Server};
use tokio::runtime::Builder;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use zendesk_client::{Client, Credentials};

use crate::doors::{DeskDoor, PbxDoor};
use crate::journal::{Host, PBX, SimJournal};
use crate::recordings::{Recordings, SimInbox};
use crate::world::Shared;

/// How a bridge is configured for a day.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Config {
    /// Users are made for callers whom nobody knows.
    pub(crate) new_users: bool,
    /// The part of the account's limits that it keeps to.
    pub(crate) share: Option<f64>,
    /// How often sessions are kept alive.
    pub(crate) keep_alive: Duration,
    /// Callers are known by a directory.
    pub(crate) directory: bool,
    /// A number that is learned may become a further identity: there is always a place for it.
    pub(crate) identities: bool,
    /// After the day is over, so long is waited for what still waits.
    pub(crate) patience: Duration,
}

/// How a life ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Ending {
    /// Killed.
    Crashed,
    /// Stopped in good order.
    Stopped,
    /// The day is over and nothing waits any more, or not even hours of quiet have helped.
    DayOver,
    /// It ended by itself, which it must not.
    Failed(String),
}

pub(crate) const WRAP_UP: SignedDuration = SignedDuration::from_mins(2);
pub(crate) const POP_WINDOW: SignedDuration = SignedDuration::from_secs(20);
const SILENCE_LIMIT: SignedDuration = SignedDuration::from_hours(2);
/// After all is quiet, so long is waited for what comes late: the PBX's lists of calls are read every quarter of an hour, and the
/// other lists may then be read once more.
const AFTERMATH: Duration = Duration::from_secs(32 * 60);

/// Runs a bridge on a runtime of its own: what it has spawned dies with it.
pub(crate) fn run(world: &Shared, host: &Host, path: &Path, config: Config) -> anyhow::Result<Ending> {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build()?;
    let ending = runtime.block_on(async {
        let ending = live(world, host, path, config).await;
        // Only in here is the time the virtual one.
        world.lock().end_life();
        ending
    });
    // Kills whatever is still there, as the end of a process does.
    drop(runtime);
    ending
}

async fn live(world: &Shared, host: &Host, path: &Path, config: Config) -> anyhow::Result<Ending> {
    let callbacks = Callbacks::default();
    world.lock().begin_life(callbacks.clone());
    let bridge = bridge(world, host, path, config, callbacks)?;
    let (handle, stop) = (bridge.handle(), CancellationToken::new());
    let mut running = tokio::spawn(bridge.run(stop.clone()));
    loop {
        tokio::select! {
            biased;
            ended = &mut running => return Ok(ending(ended, stop.is_cancelled())),
            turn = turn(world) => match turn {
                Turn::Goes => {}
                Turn::Dies => return Ok(Ending::Crashed),
                Turn::Stops => stop.cancel(),
                Turn::Over => {
                    world.lock().fuse = None;
                    wait_for_quiet(world, &handle, config.patience).await;
                    stop.cancel();
                    return Ok(stopped(&mut running).await);
                }
            },
        }
    }
}

enum Turn {
    Goes,
    Dies,
    Stops,
    Over,
}

/// Waits for the next action and lets it happen.
async fn turn(world: &Shared) -> Turn {
    let (changed, wait) = {
        let mut locked = world.lock();
        let wait = locked.next_at().map(|at| locked.until(at));
        if std::mem::take(&mut locked.stops) {
            return Turn::Stops;
        }
        match (locked.dies, locked.over, wait) {
            (true, ..) => return Turn::Dies,
            (false, true, None) => return Turn::Over,
            (false, ..) => (Arc::clone(&locked.changed), wait),
        }
    };
    tokio::select! {
        biased;
        () = changed.notified() => {}
        () = tokio::time::sleep(wait.unwrap_or(Duration::from_secs(60))) => {
            let mut world = world.lock();
            let now = world.elapsed();
            if let Some((_, action)) = world.take_due(now) {
                action.run(&mut world);
            }
        }
    }
    Turn::Goes
}

async fn wait_for_quiet(world: &Shared, handle: &Handle, patience: Duration) {
    let quiet = || async {
        loop {
            let status = handle.status();
            if status.calls.is_empty() && status.effects_waiting == 0 {
                return;
            }
            play_for(world, Duration::from_secs(60)).await;
        }
    };
    let all = async {
        quiet().await;
        play_for(world, AFTERMATH).await;
        quiet().await;
    };
    let waited = tokio::time::timeout(patience, all).await;
    world.lock().note(format_args!("quiet: {}", waited.is_ok()));
}

/// Lets time pass, and what it brings happen.
async fn play_for(world: &Shared, time: Duration) {
    let play = async {
        loop {
            match turn(world).await {
                Turn::Goes | Turn::Dies | Turn::Stops => {}
                Turn::Over => tokio::time::sleep(Duration::from_secs(5)).await,
            }
        }
    };
    // It never ends by itself.
    let _ = tokio::time::timeout(time, play).await;
}

async fn stopped(running: &mut JoinHandle<Result<(), RunError>>) -> Ending {
    match ending(running.await, true) {
        Ending::Stopped => Ending::DayOver,
        other @ (Ending::Crashed | Ending::DayOver | Ending::Failed(_)) => other,
    }
}

fn ending(ended: Result<Result<(), RunError>, tokio::task::JoinError>, was_told: bool) -> Ending {
    match ended {
        Ok(Ok(())) if was_told => Ending::Stopped,
        Ok(Ok(())) => Ending::Failed("the bridge ended by itself".to_owned()),
        Ok(Err(error)) => Ending::Failed(format!("the bridge failed: {error}")),
        Err(panic) => Ending::Failed(format!("the bridge panicked: {panic}")),
    }
}

fn bridge(world: &Shared, host: &Host, path: &Path, config: Config, callbacks: Callbacks) -> anyhow::Result<Bridge> {
    let journal = SimJournal::open(host, path.to_owned(), world)?;
    let credentials = Credentials::client(
        bridge_sim::zendesk::world::CLIENT_ID,
        bridge_sim::zendesk::world::CLIENT_SECRET.into(),
    );
    let mut client =
        Client::builder("https://acme.zendesk.com", credentials).service(Arc::new(DeskDoor(world.clone())));
    if let Some(share) = config.share {
        client = client.share(share);
    }
    let rules = world.lock().recordings.as_ref().map(Recordings::rules);
    let inbox = rules.is_some();
    let clock = Clock::reading(world.lock().wall_clock());
    let settings = settings(config)?;
    let directory = config.directory.then(|| {
        let (plan, fields) = (settings.numbers.clone(), settings.number_fields.clone());
        journal.directory(plan, fields, clock.clone())
    });
    let directory = directory.transpose()?;
    let mut desk = ZendeskDesk::new(&client.build()?);
    if let Some(directory) = &directory {
        desk = desk.with_directory(directory.clone());
    }
    if inbox {
        desk = desk.with_inbox(Arc::new(SimInbox(world.clone())));
    }
    let parts = Parts {
        settings: Settings {
            recordings: rules.unwrap_or_default(),
            ..settings
        },
        default_user: "telephone@acme.example".to_owned(),
        groups: GroupRules::default(),
        pbx: Arc::new(adapter(world, config, callbacks)?),
        desk: Arc::new(desk),
        journal: Arc::new(journal),
        inbox: inbox.then(|| Arc::new(SimInbox(world.clone())) as Arc<dyn Inbox>),
        directory,
    };
    Ok(Bridge::with_clock(parts, clock)
        .on_start(OnStart::Active)
        .look_for_wishes(false))
}

fn adapter(world: &Shared, config: Config, callbacks: Callbacks) -> anyhow::Result<Starface> {
    let server = Server::new("https://pbx.acme.example")?.service(Arc::new(PbxDoor(world.clone())));
    let agent = |login: &str| Agent::new(login, Password::Plain(format!("pw-{login}").into()));
    let agents = LOGINS.map(agent).to_vec();
    let mut options = WatchOptions::new(
        server,
        "127.0.0.1:8091".parse()?,
        "http://bridge.acme.example:8091".parse()?,
        agents,
    );
    options.callbacks = Some(callbacks);
    // Drawn at random otherwise, and no two runs would be the same.
    options.callback_secret = Some("0123456789abcdef".into());
    options.timing = Timing {
        keep_alive: config.keep_alive,
        ..Timing::default()
    };
    let starface = Starface::new(
        pbx::PbxName::new(PBX),
        "0001",
        Password::Plain("pw-0001".into()),
        options,
    )?;
    Ok(starface.time_zone(TimeZone::get("Europe/Berlin")?))
}

/// Everybody with a phone.
pub(crate) const LOGINS: [&str; 4] = ["0101", "0102", "0103", "0104"];

fn settings(config: Config) -> anyhow::Result<Settings> {
    let unknown_caller: Arc<dyn UnknownCaller> = if config.new_users {
        Arc::new(NewUser)
    } else {
        Arc::new(DefaultUser)
    };
    Ok(Settings {
        pbx: pbx::PbxName::new(PBX),
        numbers: NumberPlan::new("DE", Some("721"))?,
        unknown_caller,
        wrap_up: WRAP_UP,
        lookup_patience: SignedDuration::from_millis(1500),
        number_fields: [NumberField::Phone, NumberField::Custom("phone_2".to_owned())]
            .into_iter()
            .chain(config.identities.then_some(NumberField::Identity))
            .collect(),
        screen_pop: true,
        pop_window: POP_WINDOW,
        silence_limit: SILENCE_LIMIT,
        tags: vec!["phone".to_owned()],
        language: Language::En,
        time_zone: TimeZone::get("Europe/Berlin")?,
        recordings: RecordingRules::default(),
    })
}
