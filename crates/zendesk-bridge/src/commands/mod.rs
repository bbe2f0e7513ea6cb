//! One file for each command.

mod caller;
mod check;
mod control;
mod demo;
mod forget;
mod init;
mod numbers;
mod recordings;
mod run;

use crate::cli::{Cli, Command};
use crate::exit::{Exit, Stop};

/// Carries the command line out.
pub(crate) async fn run(cli: Cli) -> Result<Exit, Stop> {
    let config = cli.config;
    match cli.command {
        Command::Demo(wishes) => demo::run(wishes).await,
        Command::Init { file } => init::run(file, config),
        Command::Check(output) => check::run(config, output).await,
        Command::Run { activate } => run::run(config, activate).await,
        Command::Activate(output) => control::activate(config, true, output).await,
        Command::Deactivate(output) => control::activate(config, false, output).await,
        Command::Status(output) => control::status(config, output).await,
        Command::Calls { last, numbers, output } => control::calls(config, last, numbers, output).await,
        Command::Recordings { names, output, act } => recordings::recordings(config, act, names, output).await,
        Command::Forget { number, yes, output } => forget::forget(config, &number, yes, output).await,
        Command::Caller { number, names, output } => caller::caller(config, &number, names, output).await,
        Command::Numbers { act } => numbers::numbers(config, act).await,
        Command::Retry { id, output } => control::retry(config, &id, output).await,
        Command::Call { id, numbers, output } => control::call(config, &id, numbers, output).await,
    }
}
