//! A bridge in a process of its own, which may die at any time.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};
use rustix::process::{Pid, Signal};
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, timeout};

use crate::site::Site;

/// How often it is looked whether something is so at last.
pub(crate) const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// How long anything may take that should take a moment, on a machine with other things to do.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Stopping takes ten seconds at most; the rest is for a busy machine.
const STOPPING: Duration = Duration::from_secs(15);

/// A bridge that was started.
pub(crate) struct Bridge {
    child: Child,
    started: Instant,
    /// How long it took to be whole, once it was.
    pub(crate) whole_after: Option<Duration>,
}

/// Surroundings of a bridge's process.
pub(crate) type Environment = Vec<(&'static str, String)>;

/// The program that lies beside this one, as cargo builds them.
pub(crate) fn program() -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe().context("this program cannot be found")?;
    let bridge = own.with_file_name("zendesk-bridge");
    if !bridge.is_file() {
        bail!("{} is missing: `cargo xtask torture` builds it", bridge.display());
    }
    Ok(bridge)
}

impl Bridge {
    /// Starts `zendesk-bridge run` on this site. What it says goes to `bridge.log` there.
    pub(crate) fn start(
        program: &Path,
        site: &Site,
        activate: bool,
        environment: &Environment,
    ) -> anyhow::Result<Self> {
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(site.path().join("bridge.log"))?;
        let mut command = Command::new(program);
        command.arg("run").args(activate.then_some("--activate"));
        command
            .current_dir(site.path())
            .env_remove("RUST_LOG")
            .envs(environment.iter().map(|(key, value)| (*key, value)))
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .kill_on_drop(true);
        Ok(Self {
            child: command
                .spawn()
                .with_context(|| format!("{} does not start", program.display()))?,
            started: Instant::now(),
            whole_after: None,
        })
    }

    /// The process, while it lives.
    pub(crate) fn pid(&self) -> Option<Pid> {
        self.child
            .id()
            .and_then(|id| i32::try_from(id).ok())
            .and_then(Pid::from_raw)
    }

    /// How much processor time it has used so far: on a machine with other things to do, the better measure. To ten
    /// milliseconds, as Linux counts.
    pub(crate) fn processor_time(&self) -> Option<Duration> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()?)).ok()?;
        // The name of the program may hold spaces; it ends with the last parenthesis.
        let (_, fields) = stat.rsplit_once(')')?;
        let ticks = fields.split_whitespace().skip(11).take(2);
        let ticks: u64 = ticks.filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
        Some(Duration::from_millis(ticks * 10))
    }

    /// Kills it, as `kill -9` does, and waits until it is gone.
    pub(crate) async fn kill(&mut self) -> anyhow::Result<ExitStatus> {
        // It may be dead already.
        let _ = self.child.start_kill();
        Ok(self.child.wait().await?)
    }

    /// Waits until it ends by itself; `None` if it does not in this time.
    pub(crate) async fn ended(&mut self, within: Duration) -> anyhow::Result<Option<ExitStatus>> {
        match timeout(within, self.child.wait()).await {
            Ok(status) => Ok(Some(status?)),
            Err(_) => Ok(None),
        }
    }

    /// Asks it to stop, as a service manager does; its exit code, `None` for a signal.
    pub(crate) async fn stop(&mut self) -> anyhow::Result<Option<i32>> {
        if let Some(pid) = self.pid() {
            rustix::process::kill_process(pid, Signal::TERM)?;
        }
        match self.ended(STOPPING).await? {
            Some(status) => Ok(status.code()),
            None => bail!("it has not stopped {} s after SIGTERM", STOPPING.as_secs()),
        }
    }

    /// Waits until it is ready: active, both sides connected, every agent's calls seen. False if it ended meanwhile.
    pub(crate) async fn is_whole(&mut self, site: &Site) -> anyhow::Result<bool> {
        let logins: Vec<&str> = bridge_sim::world::PBX_USERS.iter().map(|user| user.login).collect();
        while self.started.elapsed() < PATIENCE {
            if self.child.try_wait()?.is_some() {
                return Ok(false);
            }
            let ready = site.ask("/readyz").await.is_some_and(|answer| answer["ready"] == true);
            if ready && sessions(site).await == logins.len() {
                self.whole_after = Some(self.started.elapsed());
                return Ok(true);
            }
            sleep(LOOK_AGAIN).await;
        }
        let why = site.ask("/readyz").await;
        bail!("it is not ready {} s after its start: {why:?}", PATIENCE.as_secs())
    }
}

/// How many agents' calls it sees.
async fn sessions(site: &Site) -> usize {
    let Some(status) = site.ask("/api/status").await else {
        return 0;
    };
    let sessions = status["sessions"].as_array().cloned().unwrap_or_default();
    sessions.iter().filter(|session| session["connected"] == true).count()
}
