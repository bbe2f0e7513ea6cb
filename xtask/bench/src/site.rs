//! Where calls are measured: both simulators in this process, the real bridge in its own.

use std::time::{Duration, Instant};

pub(crate) use ::site::LOOK_AGAIN;
use ::site::{Bridge, Configuration, Web, program};
use anyhow::{Context, bail};
use bridge_sim::starface::{self, SimStarface};
use bridge_sim::zendesk::{Limits, NewUser, SimZendesk, Switches};
use serde_json::Value;
use tempfile::TempDir;
use tokio::time::sleep;

/// How long anything may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);
/// How much longer the first reading of a directory may take for each user.
const FOR_EACH_USER: Duration = Duration::from_millis(1);
/// How often it is told what is waited for.
const TOLD_EVERY: Duration = Duration::from_secs(10);
/// After-call work.
pub(crate) const WRAP_UP: Duration = Duration::from_millis(300);

/// A user without a number.
pub(crate) const WITHOUT_NUMBER: u64 = 900;

/// Simulators, a bridge between them, and its folder.
pub(crate) struct Site {
    pub(crate) pbx: SimStarface,
    pub(crate) desk: SimZendesk,
    folder: TempDir,
    web: Web,
    bridge: Bridge,
    setup: Setup,
    /// How long the last start took.
    pub(crate) started: Started,
}

/// How long a start took.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Started {
    /// Until every agent's calls are seen and tickets can be opened.
    pub(crate) ready: Duration,
    /// Until the directory is complete and in memory, where there is one.
    pub(crate) directory: Duration,
}

/// How a site is set up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setup {
    /// So many users with a number, beside those that are always there; see [`phone`].
    pub(crate) users: u64,
    /// Whether a directory of callers is kept.
    pub(crate) directory: bool,
    /// Whether each unknown caller gets a user.
    pub(crate) new_user: bool,
}

/// The number of the `n`-th user, as Zendesk has it.
pub(crate) fn phone(n: u64) -> String {
    format!("+4930{:08}", 10_000_000 + n)
}

/// The same as the PBX shows it.
pub(crate) fn shown(n: u64) -> String {
    format!("00{}", &phone(n)[1..])
}

impl Site {
    /// Starts everything, and waits until the bridge is ready and, where there is one, its directory complete.
    pub(crate) async fn start(setup: Setup) -> anyhow::Result<Self> {
        let pbx = SimStarface::start("127.0.0.1:0", starface::Switches::default()).await?;
        // What is to be measured is the bridge, and not an account's limits.
        let limits = Limits {
            account: Some(10_000_000),
            ticket_creates: None,
            ticket_updates: None,
            one_ticket: None,
            ticket_lists: None,
            one_user: None,
            user_updates: None,
            searches: None,
            exports: None,
            ..Limits::default()
        };
        let switches = Switches {
            limits,
            ..Switches::compressed()
        };
        let desk = SimZendesk::start("127.0.0.1:0", switches).await?;
        desk.act(|state, now| {
            let somebody = NewUser {
                id: Some(WITHOUT_NUMBER),
                name: "Customer without a number".into(),
                ..NewUser::default()
            };
            state.add_user(somebody, now);
            for n in 0..setup.users {
                let user = NewUser {
                    name: format!("Customer {n}"),
                    phone: Some(phone(n)),
                    ..NewUser::default()
                };
                state.add_user(user, now);
            }
        });
        let folder = tempfile::Builder::new().prefix("zendesk-bridge-bench-").tempdir()?;
        let web = Web::new()?;
        let configuration = Configuration {
            zendesk: &desk.url(),
            pbx: &pbx.url(),
            web: web.address(),
            request_share: Some(1.0),
            new_user: setup.new_user,
            directory: setup.directory,
            wrap_up: WRAP_UP,
            lookup_patience: None,
        };
        std::fs::write(folder.path().join("bridge.toml"), configuration.toml())?;
        let bridge = started(&folder)?;
        let mut site = Self {
            pbx,
            desk,
            folder,
            web,
            bridge,
            setup,
            started: Started::default(),
        };
        site.ready().await?;
        Ok(site)
    }

    /// Stops the bridge and starts it anew on the same store.
    pub(crate) async fn restart(&mut self) -> anyhow::Result<()> {
        self.bridge.stop().await?;
        self.bridge = started(&self.folder)?;
        self.ready().await
    }

    async fn ready(&mut self) -> anyhow::Result<()> {
        if !self.bridge.is_whole(&self.web, PATIENCE).await? {
            bail!("it ended at its start\n{}", self.end_of_log());
        }
        let default_user = |status: &Value| !status["default_user_id"].is_null();
        self.until("the default user is known", PATIENCE, default_user).await?;
        self.started.ready = self.bridge.age();
        let complete = |status: &Value| status["directory"]["complete"] == true;
        if self.setup.directory {
            let patience = PATIENCE + FOR_EACH_USER * u32::try_from(self.setup.users)?;
            self.until("the directory is complete", patience, complete).await?;
        }
        self.started.directory = self.bridge.age();
        Ok(())
    }

    /// Waits until the status is so.
    #[expect(clippy::disallowed_methods, reason = "measuring is what this program is for")]
    async fn until(&self, what: &str, patience: Duration, holds: impl Fn(&Value) -> bool) -> anyhow::Result<()> {
        let begun = Instant::now();
        let mut last = Value::Null;
        let mut told = Duration::ZERO;
        while begun.elapsed() < patience {
            if let Some(status) = self.web.ask("/api/status").await {
                if holds(&status) {
                    return Ok(());
                }
                last = status;
            }
            if begun.elapsed() - told > TOLD_EVERY {
                told = begun.elapsed();
                eprintln!(
                    "  {} s: {what}? {} users read",
                    told.as_secs(),
                    last["directory"]["read"]
                );
            }
            sleep(LOOK_AGAIN).await;
        }
        bail!(
            "not within {} s: {what}; {last}\n{}",
            patience.as_secs(),
            self.end_of_log()
        )
    }

    fn end_of_log(&self) -> String {
        let log = std::fs::read_to_string(self.folder.path().join("bridge.log")).unwrap_or_default();
        let end: Vec<&str> = log.lines().rev().take(5).collect();
        end.join("\n")
    }

    /// Waits until nothing is under way.
    pub(crate) async fn quiet(&self) -> anyhow::Result<()> {
        let idle = |status: &Value| status["effects_waiting"] == 0 && status["calls_in_progress"] == 0;
        self.until("nothing is under way", PATIENCE, idle).await
    }

    /// How much processor time the bridge has used, to ten milliseconds.
    pub(crate) fn processor_time(&self) -> anyhow::Result<Duration> {
        self.bridge.processor_time().context("only Linux tells processor time")
    }

    /// What Linux says of the bridge's memory (VmRSS, VmHWM, RssAnon, RssFile), in bytes.
    pub(crate) fn memory(&self, what: &str) -> anyhow::Result<f64> {
        let held = self.bridge.memory(what);
        Ok(held.with_context(|| format!("only Linux tells {what}"))? as f64)
    }

    /// Stops everything.
    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        self.bridge.stop().await?;
        self.pbx.stop().await;
        self.desk.stop().await;
        Ok(())
    }
}

/// The bridge as it is shipped, begun.
fn started(folder: &TempDir) -> anyhow::Result<Bridge> {
    Bridge::start(&program("cargo xtask bench")?, folder.path(), true, &Vec::new())
}
