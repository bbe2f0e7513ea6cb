//! `cargo xtask torture kill`, `io` and `start`: the real bridge dies, and its disk fails, again and again.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

use crate::command::{announce, cargo, root, run as run_command};

/// What to do: everything behind `cargo xtask torture`, such as `kill --runs 1000 --seed 7`.
#[derive(clap::Args)]
pub(crate) struct Crash {
    /// Build with optimisation: for measuring
    #[arg(long)]
    release: bool,
    /// `simulation`, `outage`, `kill`, `io` or `start`, and its options; `kill --help` tells them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "KIND")]
    arguments: Vec<String>,
}

impl Crash {
    /// What to do, if that is said.
    pub(crate) fn kind(&self) -> Option<&str> {
        self.arguments.first().map(String::as_str)
    }

    /// That, and its options.
    pub(crate) fn arguments(&self) -> &[String] {
        &self.arguments
    }
}

/// What `.ci/run` does of it: enough to find what breaks often, in two or three minutes.
const SHORT: [&[&str]; 3] = [
    &["kill", "--runs", "30", "--seed", "7"],
    &["io", "--sample", "30", "--in-turn"],
    &["io", "--power", "--sample", "12", "--in-turn"],
];

/// Each of these breaks a promise, and must be told of by this word. A bridge that seed 96 kills has just ordered a ticket, and
/// its calls are recorded.
const SABOTAGED: [(&str, &str); 8] = [
    ("lost", "kill --runs 1 --seed 96 --sabotage drop-effect"),
    ("doubled", "kill --runs 1 --seed 96 --sabotage second-post"),
    ("recordings lost", "kill --runs 1 --seed 96 --sabotage drop-recording"),
    ("recordings twice", "kill --runs 1 --seed 96 --sabotage second-attach"),
    ("recordings differing", "kill --runs 1 --seed 96 --sabotage spoil-copy"),
    ("lost", "io --sample 60 --in-turn --sabotage drop-effect"),
    ("doubled", "io --sabotage second-post"),
    ("lost", "io --power --sabotage lying-disk"),
];

/// Builds the bridge with its points of failure and the program that kills it, and starts that.
pub(crate) fn run(crash: &Crash) -> anyhow::Result<()> {
    let program = build(crash.release)?;
    run_command(Command::new(program).args(&crash.arguments))
}

/// The short runs.
pub(crate) fn short() -> anyhow::Result<()> {
    let program = build(false)?;
    for arguments in SHORT {
        run_command(Command::new(&program).args(arguments))?;
    }
    sabotaged(&program)
}

/// That each of [`SABOTAGED`] is noticed: all at a time, since what is lost is mostly waited for.
fn sabotaged(program: &Path) -> anyhow::Result<()> {
    let mut under_way = Vec::new();
    for (word, arguments) in SABOTAGED {
        let mut command = Command::new(program);
        command.args(arguments.split(' ')).stdout(Stdio::piped());
        announce(&command);
        under_way.push((word, arguments, command.spawn().context("the torture does not start")?));
    }
    for (word, arguments, child) in under_way {
        let output = child.wait_with_output()?;
        let told = String::from_utf8_lossy(&output.stdout);
        if output.status.success() || !tells(&told, word) {
            bail!("`{arguments}` was to be noticed as {word}, and was not:\n{told}");
        }
    }
    Ok(())
}

/// Whether the last line of a tally counts any of this.
fn tells(tally: &str, word: &str) -> bool {
    let sum = tally.lines().next_back().unwrap_or_default();
    let count = sum.split(", ").find_map(|part| part.strip_prefix(word));
    count.is_some_and(|count| count.trim().parse().is_ok_and(|count: u64| count > 0))
}

/// Where cargo has put the program. Of the whole workspace with all features, as the tests are: then nothing that they need
/// is built a second time. What is shipped is built without `failpoints`, and lies elsewhere.
fn build(release: bool) -> anyhow::Result<PathBuf> {
    let mut command = cargo(&[
        "build",
        "--workspace",
        "--all-features",
        "--locked",
        "--bin",
        "zendesk-bridge",
        "--bin",
        "crash",
    ]);
    command.args(release.then_some("--release"));
    run_command(&mut command)?;
    let mut metadata = cargo(&["metadata", "--format-version", "1", "--no-deps", "--locked"]);
    announce(&metadata);
    let output = metadata.output().context("cargo metadata")?;
    let text = String::from_utf8_lossy(&output.stdout);
    // One word of it is all that is needed.
    let folder = text
        .split_once("\"target_directory\":\"")
        .and_then(|(_, rest)| rest.split('"').next());
    let folder = folder.map_or_else(|| root().join("target"), PathBuf::from);
    let program = folder.join(if release { "release" } else { "debug" }).join("crash");
    if !program.is_file() {
        bail!("cargo has not built {}", program.display());
    }
    Ok(program)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tally_is_read_by_its_last_line() {
        let tally = "    lost: call c1\nlost 0, doubled 12, otherwise wrong 3, recordings lost 1, recordings twice 0";
        let words = [
            "lost",
            "doubled",
            "otherwise wrong",
            "unheard of",
            "recordings lost",
            "recordings twice",
        ];
        let told = words.map(|word| tells(tally, word));
        assert_eq!(told, [false, true, true, false, true, false]);
        assert!(!tells("", "lost"));
    }
}
