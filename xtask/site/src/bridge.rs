//! A bridge in a process of its own, which may die at any time.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};
use rustix::process::{Pid, Signal};
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, timeout};

use crate::Web;

/// How often it is looked whether something is so at last.
pub const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// Stopping takes ten seconds at most; the rest is for a busy machine.
const STOPPING: Duration = Duration::from_secs(15);

/// A bridge that was started.
#[derive(Debug)]
pub struct Bridge {
    child: Child,
    started: Instant,
    /// How long it took to be whole, once it was.
    pub whole_after: Option<Duration>,
}

/// Surroundings of a bridge's process.
pub type Environment = Vec<(&'static str, String)>;

/// The program that lies beside this one, as cargo builds them.
///
/// # Errors
/// When it was not built by the command that is named.
pub fn program(built_by: &str) -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe().context("this program cannot be found")?;
    let bridge = own.with_file_name("zendesk-bridge");
    if !bridge.is_file() {
        bail!("{} is missing: `{built_by}` builds it", bridge.display());
    }
    Ok(bridge)
}

impl Bridge {
    /// Starts `zendesk-bridge run` in this folder. What it says goes to `bridge.log` there.
    ///
    /// # Errors
    /// When there is no such program, or no such folder.
    pub fn start(program: &Path, folder: &Path, activate: bool, environment: &Environment) -> anyhow::Result<Self> {
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(folder.join("bridge.log"))?;
        let mut command = Command::new(program);
        command.arg("run").args(activate.then_some("--activate"));
        command
            .current_dir(folder)
            .env_remove("RUST_LOG")
            .envs(environment.iter().map(|(key, value)| (*key, value)))
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .kill_on_drop(true);
        let started = Instant::now();
        Ok(Self {
            child: command
                .spawn()
                .with_context(|| format!("{} does not start", program.display()))?,
            started,
            whole_after: None,
        })
    }

    /// The process, while it lives.
    #[must_use]
    pub fn pid(&self) -> Option<Pid> {
        self.child
            .id()
            .and_then(|id| i32::try_from(id).ok())
            .and_then(Pid::from_raw)
    }

    /// How long ago it was started.
    #[must_use]
    pub fn age(&self) -> Duration {
        self.started.elapsed()
    }

    /// How much processor time it has used so far: on a machine with other things to do, the better measure. To ten
    /// milliseconds, as Linux counts.
    #[must_use]
    pub fn processor_time(&self) -> Option<Duration> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()?)).ok()?;
        // The name of the program may hold spaces; it ends with the last parenthesis.
        let (_, fields) = stat.rsplit_once(')')?;
        let ticks = fields.split_whitespace().skip(11).take(2);
        let ticks: u64 = ticks.filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
        Some(Duration::from_millis(ticks * 10))
    }

    /// What Linux says of its memory (`VmRSS`, `VmHWM`, `RssAnon`, `RssFile`), in bytes.
    #[must_use]
    pub fn memory(&self, what: &str) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()?)).ok()?;
        let told = status
            .lines()
            .find_map(|line| line.strip_prefix(what)?.strip_prefix(':'))?;
        let kilobytes: u64 = told.trim_end_matches("kB").trim().parse().ok()?;
        Some(kilobytes * 1024)
    }

    /// Kills it, as `kill -9` does, and waits until it is gone.
    ///
    /// # Errors
    /// When it cannot be waited for.
    pub async fn kill(&mut self) -> anyhow::Result<ExitStatus> {
        // It may be dead already.
        let _ = self.child.start_kill();
        Ok(self.child.wait().await?)
    }

    /// Waits until it ends by itself; `None` if it does not in this time.
    ///
    /// # Errors
    /// When it cannot be waited for.
    pub async fn ended(&mut self, within: Duration) -> anyhow::Result<Option<ExitStatus>> {
        match timeout(within, self.child.wait()).await {
            Ok(status) => Ok(Some(status?)),
            Err(_) => Ok(None),
        }
    }

    /// Asks it to stop, as a service manager does; its exit code, `None` for a signal.
    ///
    /// # Errors
    /// When it goes on.
    pub async fn stop(&mut self) -> anyhow::Result<Option<i32>> {
        if let Some(pid) = self.pid() {
            rustix::process::kill_process(pid, Signal::TERM)?;
        }
        match self.ended(STOPPING).await? {
            Some(status) => Ok(status.code()),
            None => bail!("it has not stopped {} s after SIGTERM", STOPPING.as_secs()),
        }
    }

    /// Waits until it is ready: active, both sides connected, every agent's calls seen. False if it ended meanwhile.
    ///
    /// # Errors
    /// When it is not in this time from its start on.
    pub async fn is_whole(&mut self, web: &Web, within: Duration) -> anyhow::Result<bool> {
        let logins = bridge_sim::world::PBX_USERS.len();
        while self.age() < within {
            if self.child.try_wait()?.is_some() {
                return Ok(false);
            }
            let ready = web.ask("/readyz").await.is_some_and(|answer| answer["ready"] == true);
            if ready && sessions(web).await == logins {
                self.whole_after = Some(self.age());
                return Ok(true);
            }
            sleep(LOOK_AGAIN).await;
        }
        let why = web.ask("/readyz").await;
        bail!("it is not ready {} s after its start: {why:?}", within.as_secs())
    }
}

/// How many agents' calls it sees.
async fn sessions(web: &Web) -> usize {
    let Some(status) = web.ask("/api/status").await else {
        return 0;
    };
    let sessions = status["sessions"].as_array().cloned().unwrap_or_default();
    sessions.iter().filter(|session| session["connected"] == true).count()
}
