//! Peak memory, of processes that do one thing and tell it.

use std::ffi::OsStr;

use anyhow::Context;
use tokio::process::Command;

use crate::report::say;

/// Says the peak memory of this process, in kB.
pub(crate) fn tell() -> anyhow::Result<()> {
    let status = std::fs::read_to_string("/proc/self/status").context("only Linux tells the peak memory")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.context("no VmHWM in /proc/self/status")?;
    say(peak.trim_end_matches("kB").trim())?;
    Ok(())
}

/// Starts this program again, which is to [`tell`], and gives what it told in bytes.
pub(crate) async fn of(arguments: &[&OsStr]) -> anyhow::Result<f64> {
    let output = Command::new(std::env::current_exe()?).args(arguments).output().await?;
    let said = String::from_utf8_lossy(&output.stdout);
    let peak = said.trim().parse::<f64>();
    let peak = peak.with_context(|| format!("it failed: {}", String::from_utf8_lossy(&output.stderr)))?;
    Ok(peak * 1024.0)
}
