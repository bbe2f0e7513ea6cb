//! The client and the simulators against what is known of the real systems.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;

use crate::command::{cargo, root, run as run_command};

/// What to hold them to. None of it is part of this repository.
#[derive(Args, Default)]
pub(crate) struct Facts {
    /// Folder of recorded exchanges [default: ../shared/facts/zendesk-exchanges]
    #[arg(long, value_name = "DIR")]
    exchanges: Option<PathBuf>,
    /// Zendesk's OpenAPI description [default: ../shared/facts/zendesk-openapi.yaml]
    #[arg(long, value_name = "FILE")]
    openapi: Option<PathBuf>,
    /// What a STARFACE says of its REST interface [default: ../shared/facts/starface-rest.yaml]
    #[arg(long, value_name = "FILE")]
    starface: Option<PathBuf>,
}

/// Runs the check, which is a program of its own: its dependencies are none of xtask's. Says so where there is nothing
/// to hold anybody to.
pub(crate) fn run(facts: &Facts) -> anyhow::Result<()> {
    let beside = |name: &str| root().join("../shared/facts").join(name);
    let exchanges = here(&facts.exchanges).unwrap_or_else(|| beside("zendesk-exchanges"));
    let openapi = here(&facts.openapi).unwrap_or_else(|| beside("zendesk-openapi.yaml"));
    let starface = here(&facts.starface).unwrap_or_else(|| beside("starface-rest.yaml"));
    let missing: Vec<String> = [&exchanges, &openapi, &starface]
        .into_iter()
        .filter(|path| !path.exists())
        .map(|path| path.display().to_string())
        .collect();
    if missing.len() == 3 {
        eprintln!("contract: skipped: there is none of {}", missing.join(", "));
        return Ok(());
    }
    let mut command = cargo(&["run", "--quiet", "--locked", "--package", "contract", "--"]);
    let arguments: [OsString; 6] = [
        "--exchanges".into(),
        exchanges.into(),
        "--openapi".into(),
        openapi.into(),
        "--starface".into(),
        starface.into(),
    ];
    run_command(command.args(arguments))
}

/// A path as it was typed, for a program that starts at the root of the workspace.
fn here(path: &Option<PathBuf>) -> Option<PathBuf> {
    let path = path.as_deref()?;
    Some(std::path::absolute(path).unwrap_or_else(|_| path.to_owned()))
}
