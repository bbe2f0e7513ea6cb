//! `cargo xtask torture`: one command for two programs. Days on virtual time are `torture`'s, the real bridge's deaths are `crash`'s.

use std::ffi::OsStr;

use crate::command::{cargo, run as run_command};
use crate::crash::{self, Crash};

/// What is done to a real bridge, in a process of its own.
const OF_PROCESSES: [&str; 3] = ["kill", "io", "start"];

/// What is done to whole bridges on virtual time.
#[cfg(test)]
const OF_DAYS: [&str; 2] = ["simulation", "outage"];

/// Whether there is such a command, as documents name it.
#[cfg(test)]
pub(crate) fn is_there(command: &str) -> bool {
    let kind = command.strip_prefix("torture ").and_then(|rest| rest.split(' ').next());
    kind.is_some_and(|kind| OF_PROCESSES.contains(&kind) || OF_DAYS.contains(&kind))
}

/// Runs what is wanted; the simulation, where nothing is said.
pub(crate) fn run(options: &Crash) -> anyhow::Result<()> {
    if options.kind().is_some_and(|kind| OF_PROCESSES.contains(&kind)) {
        return crash::run(options);
    }
    simulate(options.arguments())
}

/// A few days, the same every time, and fewer on which calls are recorded.
pub(crate) fn short() -> anyhow::Result<()> {
    simulate(&["simulation", "--seed", "1", "--days", "200"])?;
    simulate(&["simulation", "--seed", "1", "--days", "60", "--recordings"])
}

/// Always optimised: a day takes a tenth of the time then.
fn simulate(arguments: &[impl AsRef<OsStr>]) -> anyhow::Result<()> {
    let mut command = cargo(&["run", "--quiet", "--release", "--locked", "--package", "torture", "--"]);
    run_command(command.args(arguments))
}
