//! `cargo xtask torture kill`, `io` and `start`: the real bridge dies, and its disk fails, again and again.

use std::path::PathBuf;
use std::process::Command;

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
const SHORT: [&[&str]; 2] = [
    &["kill", "--runs", "30", "--seed", "7"],
    &["io", "--sample", "30", "--in-turn"],
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
    Ok(())
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
