//! `cargo xtask torture`: whole bridges on virtual time, between systems that fail.

use std::ffi::OsString;

use crate::command::{cargo, run as run_command};

/// What to run; the program itself says what there is.
#[derive(clap::Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Torture {
    /// `simulation` (the default) or `outage`, and their options; `--help` lists them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "COMMAND")]
    arguments: Vec<OsString>,
}

/// Runs it, optimised: a day takes a tenth of the time then. It is a program of its own, for its dependencies are none of xtask's.
pub(crate) fn run(torture: &Torture) -> anyhow::Result<()> {
    let mut command = cargo(&["run", "--quiet", "--release", "--locked", "--package", "torture", "--"]);
    run_command(command.args(&torture.arguments))
}
