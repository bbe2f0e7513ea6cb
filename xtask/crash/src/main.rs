//! Kills the bridge and breaks its disk, again and again, and counts what was lost or doubled: `cargo xtask torture kill`
//! and `cargo xtask torture io`, which build the bridge with its points of failure and start this program.
//!
//! The bridge is the real program in a process of its own, between both simulators in this one, over real HTTP.

mod bridge;
mod io;
mod judge;
mod kill;
mod play;
mod recordings;
mod site;
mod start;
mod story;
mod tally;

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser;

#[derive(Parser)]
#[command(about = "Kills the bridge and breaks its disk, and counts what was lost or doubled")]
enum Torture {
    /// The bridge dies at random moments, at points between journal and wire, and while Zendesk answers it
    Kill(kill::Options),
    /// The n-th operation on the store's files fails, for every n of a scripted hour
    Io(io::Options),
    /// How long the bridge takes to be whole with a journal of many calls
    Start(start::Options),
}

#[tokio::main]
async fn main() -> ExitCode {
    let (told, clean) = match Torture::parse() {
        Torture::Kill(options) => match kill::run(&options).await {
            Ok(tally) => (tally.to_string(), tally.is_clean()),
            Err(error) => (format!("{error:#}"), false),
        },
        Torture::Io(options) => match io::run(&options).await {
            Ok(tally) => (tally.to_string(), tally.is_clean()),
            Err(error) => (format!("{error:#}"), false),
        },
        Torture::Start(options) => match start::run(&options).await {
            Ok(measured) => (measured.to_string(), true),
            Err(error) => (format!("{error:#}"), false),
        },
    };
    // Whoever reads it may have gone.
    let _ = writeln!(std::io::stdout(), "{told}");
    if clean { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
