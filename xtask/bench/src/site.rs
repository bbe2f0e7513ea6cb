//! Where calls are measured: both simulators in this process, the real bridge in its own.

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use bridge_sim::starface::{self, SimStarface};
use bridge_sim::world;
use bridge_sim::zendesk::{Limits, NewUser, SimZendesk, Switches};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::time::sleep;

/// How often it is looked whether something has come about.
pub(crate) const LOOK_AGAIN: Duration = Duration::from_millis(20);
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
    web: String,
    client: reqwest::Client,
    bridge: Child,
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
        let web = format!("127.0.0.1:{}", free_port()?);
        let file = folder.path().join("bridge.toml");
        std::fs::write(&file, configuration(&pbx, &desk, &web, setup))?;
        let bridge = run(&program()?, folder.path())?;
        let mut site = Self {
            pbx,
            desk,
            folder,
            web,
            client: reqwest::Client::builder()
                .no_proxy()
                .timeout(Duration::from_secs(2))
                .build()?,
            bridge,
            setup,
            started: Started::default(),
        };
        site.ready().await?;
        Ok(site)
    }

    /// Stops the bridge and starts it anew on the same store.
    pub(crate) async fn restart(&mut self) -> anyhow::Result<()> {
        self.stop_bridge().await?;
        self.bridge = run(&program()?, self.folder.path())?;
        self.ready().await
    }

    /// Waits until it is ready from its start on, which is now.
    #[expect(clippy::disallowed_methods, reason = "measuring is what this program is for")]
    async fn ready(&mut self) -> anyhow::Result<()> {
        let begun = Instant::now();
        let logins = world::PBX_USERS.len();
        let ready = |status: &Value| {
            let sessions = status["sessions"].as_array().map_or(0, |all| {
                all.iter().filter(|session| session["connected"] == true).count()
            });
            status["active"] == true && sessions == logins && !status["default_user_id"].is_null()
        };
        self.until("it is ready", PATIENCE, ready).await?;
        self.started.ready = begun.elapsed();
        let complete = |status: &Value| status["directory"]["complete"] == true;
        if self.setup.directory {
            let patience = PATIENCE + FOR_EACH_USER * u32::try_from(self.setup.users)?;
            self.until("the directory is complete", patience, complete).await?;
        }
        self.started.directory = begun.elapsed();
        Ok(())
    }

    /// Waits until the status is so.
    #[expect(clippy::disallowed_methods, reason = "measuring is what this program is for")]
    async fn until(&self, what: &str, patience: Duration, holds: impl Fn(&Value) -> bool) -> anyhow::Result<()> {
        let begun = Instant::now();
        let mut last = Value::Null;
        let mut told = Duration::ZERO;
        while begun.elapsed() < patience {
            if let Some(status) = self.status().await {
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
        let log = std::fs::read_to_string(self.folder.path().join("bridge.log")).unwrap_or_default();
        let end: Vec<&str> = log.lines().rev().take(5).collect();
        bail!(
            "not within {} s: {what}; {last}\n{}",
            patience.as_secs(),
            end.join("\n")
        )
    }

    /// Waits until nothing is under way.
    pub(crate) async fn quiet(&self) -> anyhow::Result<()> {
        let idle = |status: &Value| status["effects_waiting"] == 0 && status["calls_in_progress"] == 0;
        self.until("nothing is under way", PATIENCE, idle).await
    }

    #[expect(clippy::disallowed_methods, reason = "asked once; whoever needs it asks again")]
    async fn status(&self) -> Option<Value> {
        let address = format!("http://{}/api/status", self.web);
        self.client.get(address).send().await.ok()?.json().await.ok()
    }

    /// How much processor time the bridge has used, to ten milliseconds.
    pub(crate) fn processor_time(&self) -> anyhow::Result<Duration> {
        processor_time(self.bridge.id().context("the bridge has ended")?)
    }

    /// What Linux says of the bridge's memory (VmRSS, VmHWM, RssAnon, RssFile), in bytes.
    pub(crate) fn memory(&self, what: &str) -> anyhow::Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.bridge.id().unwrap_or_default()))?;
        let held = status
            .lines()
            .find_map(|line| line.strip_prefix(what)?.strip_prefix(':'));
        let held = held.with_context(|| format!("no {what}"))?;
        Ok(held.trim_end_matches("kB").trim().parse::<f64>()? * 1024.0)
    }

    /// Stops everything.
    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        self.stop_bridge().await?;
        self.pbx.stop().await;
        self.desk.stop().await;
        Ok(())
    }

    async fn stop_bridge(&mut self) -> anyhow::Result<()> {
        let pid = self
            .bridge
            .id()
            .and_then(|id| i32::try_from(id).ok())
            .and_then(Pid::from_raw);
        kill_process(pid.context("the bridge has ended")?, Signal::TERM)?;
        self.bridge.wait().await?;
        Ok(())
    }
}

/// How much processor time a process has used.
fn processor_time(pid: u32) -> anyhow::Result<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).context("only Linux tells processor time")?;
    // The name of the program may hold spaces; it ends with the last parenthesis.
    let (_, fields) = stat.rsplit_once(')').context("/proc/PID/stat")?;
    let ticks = fields.split_whitespace().skip(11).take(2);
    let ticks: u64 = ticks.filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
    Ok(Duration::from_millis(ticks * 10))
}

/// The bridge, as it is shipped.
fn program() -> anyhow::Result<PathBuf> {
    let program = std::env::current_exe()?.with_file_name("zendesk-bridge");
    if !program.is_file() {
        bail!("{} is missing: `cargo xtask bench` builds it", program.display());
    }
    Ok(program)
}

fn run(program: &Path, folder: &Path) -> anyhow::Result<Child> {
    let log = std::fs::File::create(folder.join("bridge.log"))?;
    let mut command = Command::new(program);
    command
        .args(["run", "--activate"])
        .current_dir(folder)
        .env_remove("RUST_LOG");
    command
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .kill_on_drop(true);
    command
        .spawn()
        .with_context(|| format!("{} does not start", program.display()))
}

fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

fn configuration(pbx: &SimStarface, desk: &SimZendesk, web: &str, setup: Setup) -> String {
    let agents: String = world::PBX_USERS
        .iter()
        .map(|user| {
            format!(
                "[[pbx.agent]]\nlogin = {:?}\npassword = {:?}\n",
                user.login, user.password
            )
        })
        .collect();
    format!(
        "[zendesk]\nurl = {zendesk:?}\nclient_id = {id:?}\nclient_secret = {secret:?}\nrequest_share = 1\n\
         [pbx]\nurl = {pbx:?}\nlogin = {login:?}\npassword = {password:?}\n\
         [pbx.callback]\nlisten = \"127.0.0.1:0\"\nurl = \"http://127.0.0.1:0\"\n{agents}\
         [callers]\ncountry = \"DE\"\narea_code = \"721\"\nunknown = {unknown:?}\ndefault_user = {default_user:?}\n\
         wrap_up = \"{wrap_up}ms\"\nnumber_fields = [\"phone\"]\ndirectory = {directory}\n\
         [ticket]\ntime_zone = \"Europe/Berlin\"\n\
         [web]\nlisten = {web:?}\n",
        zendesk = desk.url(),
        id = world::CLIENT_ID,
        secret = world::CLIENT_SECRET,
        pbx = pbx.url(),
        login = world::ADMIN.login,
        password = world::ADMIN.password,
        unknown = if setup.new_user { "new-user" } else { "default-user" },
        default_user = world::DEFAULT_USER.2,
        wrap_up = WRAP_UP.as_millis(),
        directory = setup.directory,
    )
}
