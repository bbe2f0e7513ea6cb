//! `cargo xtask bench`: builds the program that measures, optimised, and runs it.

use crate::command::{cargo, run as run_command};
use crate::needs;

/// What to measure: everything behind `cargo xtask bench`, such as `archive --rounds 9`.
#[derive(clap::Args)]
pub(crate) struct Bench {
    /// `requests`, `directory`, `load`, `compare`, `starts`, `archive` or `compress`, and its options; everything where nothing is said; `load --help` tells them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "WHAT")]
    arguments: Vec<String>,
}

/// Measures.
pub(crate) fn run(bench: &Bench) -> anyhow::Result<()> {
    needs::provide(needs::FOR_BENCH)?;
    // The bridge as it is shipped, in a process of its own.
    run_command(&mut cargo(&[
        "build",
        "--quiet",
        "--release",
        "--locked",
        "--bin",
        "zendesk-bridge",
    ]))?;
    let mut command = cargo(&["run", "--quiet", "--release", "--locked", "--package", "bench", "--"]);
    run_command(command.args(&bench.arguments))
}
