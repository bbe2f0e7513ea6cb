//! `run`: the bridge, in the foreground, until a signal stops it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use bridge_runtime::store::{Store, StoreErrorKind, StoreReader};
use bridge_runtime::{Bridge, Clock, OnStart, RunErrorKind};
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::config::{self, Config, Need};
use crate::exit::{Exit, Stop};
use crate::listen;
use crate::live::Live;
use crate::news;
use crate::pulse::Pulse;
use crate::recordings::{OfBridge, Places, Retention};
use crate::web;
use crate::{logs, recordings, wire};

/// Runs the bridge.
pub(crate) async fn run(file: Option<PathBuf>, activate: bool) -> Result<Exit, Stop> {
    let file = config::locate(file.as_deref())?;
    let config = config::load(&file, Need::Everything)?;
    logs::start();
    let store = open_store(&config).await?;
    if activate {
        // Left in the store like any other wish, so that it wins over `activation.on_start` and survives a crash.
        StoreReader::wish(&config.store, true)
            .await
            .context("the activation cannot be kept")?;
    }
    // Wrong addresses on this machine do not mend themselves: better no start than one that nobody hears of.
    let listener = match &config.web {
        Some(web) => Some(listen::bind("web.listen", web.listen).await?),
        None => None,
    };
    // Taken and freed again, so that one that is taken is told before anything else begins.
    drop(listen::bind("pbx.callback.listen", config.pbx.callback.listen).await?);
    let notices = notices(&config);

    let client = wire::zendesk(&config)?;
    let refusals = recordings::refusals(&config);
    let recordings = recordings::open(&config, &refusals).await?;
    let bridge = wire::bridge(&config, &client, Arc::new(store), &recordings).await?;
    let handle = bridge.handle();
    banner(&config, &file);
    for notice in &notices {
        tracing::warn!("{notice}");
    }
    let stop = CancellationToken::new();
    let told = tokio::spawn(news::tell(handle.clone(), config.pbx.logins(), stop.clone()));
    let pulse = Arc::new(Pulse::default());
    let surface = match (listener, config.web) {
        (Some(listener), Some(web)) => {
            let live = Live {
                clock: Clock::system(),
                handle,
                recordings: config.recordings.clone(),
                refusals: refusals.clone(),
                intake: recordings.intake.clone(),
                reader: StoreReader::open(&config.store)
                    .await
                    .context("the store cannot be read")?,
                client: client.clone(),
                pulse: Arc::clone(&pulse),
                plan: config.callers.plan.clone(),
                zendesk: config::plain(&config.zendesk.url).to_owned(),
                pbx: config::plain(&config.pbx.url).to_owned(),
                watched: config.pbx.logins(),
                notices,
            };
            Some(tokio::spawn(web::serve(
                listener,
                Arc::new(live),
                web.token,
                stop.clone(),
            )))
        }
        _ => None,
    };
    let (felt, until) = (Arc::clone(&pulse), stop.clone());
    let felt = tokio::spawn(async move { felt.feel(&client, &until).await });
    let (copies, until) = (recordings.copies.clone(), stop.clone());
    let copied = tokio::spawn(async move {
        if let Some(copies) = copies {
            copies.run(&Clock::system(), &until).await;
        }
    });
    let (retention, until) = (
        retention(&config.recordings, &bridge, &config.store).await?,
        stop.clone(),
    );
    let deleted = tokio::spawn(async move {
        if let Some(retention) = retention {
            retention.run(&Clock::system(), &until).await;
        }
    });
    let until = stop.clone();
    let refused = tokio::spawn(async move { refusals.run(&Clock::system(), &until).await });
    let exit = until_signal(bridge, &stop).await?;
    stop.cancel();
    let _ = tokio::join!(told, felt, copied, deleted, refused);
    if let Some(surface) = surface {
        // A visitor who does not go is left standing.
        let _ = tokio::time::timeout(Duration::from_secs(1), surface).await;
    }
    Ok(exit)
}

/// What deletes recordings once they were kept for long enough, if they are not kept for ever.
async fn retention(config: &config::Recordings, bridge: &Bridge, store: &Path) -> anyhow::Result<Option<Retention>> {
    let Some(configured) = config.retention else {
        return Ok(None);
    };
    let handle = bridge.handle();
    let reader = StoreReader::open(store).await.context("the store cannot be read")?;
    let tickets = Box::new(OfBridge { handle, reader });
    Ok(Some(Retention::new(Places::new(config), configured, tickets)))
}

/// Takes the store, and with it the right to be the only bridge on it.
pub(crate) async fn open_store(config: &Config) -> Result<Store, Stop> {
    Store::open(&config.store, &config.pbx.name).await.map_err(|error| {
        if error.kind() == StoreErrorKind::Held {
            let advice =
                "One bridge at a time works on a store: stop that one first, or give this one another store.url";
            return Stop::held(format!("{error}. {advice}"));
        }
        anyhow::Error::new(error).into()
    })
}

/// Some senders, `timeout` among them, send a signal twice; only one that comes later than this is impatience.
const ECHO: Duration = Duration::from_secs(1);

/// Runs until SIGTERM or SIGINT; a second signal does not wait for what is under way.
async fn until_signal(bridge: Bridge, stop: &CancellationToken) -> Result<Exit, Stop> {
    let mut terminate = signal(SignalKind::terminate()).context("signals cannot be listened to")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("signals cannot be listened to")?;
    let running = bridge.run(stop.clone());
    tokio::pin!(running);
    let mut first: Option<Instant> = None;
    loop {
        tokio::select! {
            ended = &mut running => {
                return match ended {
                    Ok(()) => Ok(Exit::Done),
                    Err(error) if error.kind() == RunErrorKind::LeaseLost => Err(Stop::held(format!("{:#}", anyhow::Error::new(error)))),
                    Err(error) => Err(anyhow::Error::new(error).into()),
                };
            }
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        if first.is_some_and(|first| first.elapsed() < ECHO) {
            continue;
        }
        if first.is_some() {
            return Err(Stop::failed(
                "stopped at once by a second signal; what was under way goes on from the store at the next start",
            ));
        }
        tracing::info!("a signal asks for the end; a second one would not wait for what is under way");
        first = Some(Instant::now());
        stop.cancel();
    }
}

fn banner(config: &Config, file: &Path) {
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        config = %file.display(),
        store = %config.store.display(),
        pbx = %config::plain(&config.pbx.url),
        agents = config.pbx.agents.len(),
        callbacks = %config.pbx.callback.listen,
        zendesk = %config::plain(&config.zendesk.url),
        web = %config.web.as_ref().map_or_else(|| "off".to_owned(), |web| format!("http://{}", web.listen)),
        "zendesk-bridge"
    );
}

/// What an administrator should hear at each start and see in each status.
fn notices(config: &Config) -> Vec<String> {
    wire::token_days_left(config)
        .map(super::check::token_warning)
        .into_iter()
        .collect()
}

impl From<config::OnStart> for OnStart {
    fn from(on_start: config::OnStart) -> Self {
        match on_start {
            config::OnStart::Resume => Self::Resume,
            config::OnStart::Inactive => Self::Inactive,
            config::OnStart::Active => Self::Active,
        }
    }
}
