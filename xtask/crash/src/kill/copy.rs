//! `zendesk-bridge recordings copy` in a process of its own, which may die at any time.

use std::fs::OpenOptions;
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context as _, bail};
use tokio::process::Command;
use tokio::time::timeout;

use super::plan::Kill;
use crate::bridge::{Environment, PATIENCE};
use crate::site::Site;

/// Copies, and dies so, if it comes to that; what came of it, to be counted.
pub(super) async fn dying(
    program: &Path,
    site: &Site,
    kill: &Kill,
    environment: Environment,
) -> anyhow::Result<String> {
    Ok(match copy(program, site, Some(kill), environment).await? {
        None => format!("copy: {kill}"),
        // It was quicker, there was nothing to copy, or a bridge that started was in its way.
        Some(0 | 1) => "copies that have ended before".to_owned(),
        Some(code) => bail!("a copy was to die ({kill}), and ended with {code}"),
    })
}

/// Copies, and dies so, if it comes to that; the exit code, `None` for a death.
pub(super) async fn copy(
    program: &Path,
    site: &Site,
    kill: Option<&Kill>,
    mut environment: Environment,
) -> anyhow::Result<Option<i32>> {
    environment.extend(kill.map(Kill::environment).unwrap_or_default());
    let log = OpenOptions::new()
        .create(true)
        .append(true)
        .open(site.path().join("copy.log"))?;
    let mut child = Command::new(program)
        .args(["recordings", "copy"])
        .current_dir(site.path())
        .env_remove("RUST_LOG")
        .envs(environment.iter().map(|(key, value)| (*key, value)))
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .kill_on_drop(true)
        .spawn()
        .context("the copy does not start")?;
    if let Some(Kill::After(after)) = kill {
        if let Ok(status) = timeout(*after, child.wait()).await {
            return Ok(status?.code());
        }
        child.start_kill()?;
    }
    match timeout(PATIENCE, child.wait()).await {
        Ok(status) => Ok(status?.code()),
        Err(_) => bail!("the copy has not ended after {} s", PATIENCE.as_secs()),
    }
}
