//! What a developer of zendesk-bridge runs: tests with all they need, and everything that CI runs.
//!
//! `cargo xtask test` is the command of the README; `cargo xtask ci` is what `.ci/run` calls. What keeps the workspace
//! in shape (dependency direction, files, manifests) are ordinary tests of this crate, in `tidy`.

mod bench;
mod ci;
mod command;
mod contract;
mod crash;
mod fuzz;
mod needs;
mod test;
#[cfg(test)]
mod tidy;
mod torture;

use std::process::ExitCode;

use clap::Parser;

#[derive(Parser)]
#[command(
    override_usage = "cargo xtask <COMMAND>",
    about = "Checks for zendesk-bridge",
    disable_help_subcommand = true
)]
enum Xtask {
    /// Install what the tests need where it is missing, then run all tests, doc examples included
    Test,
    /// Hold the Zendesk client and the simulated Zendesk to recorded exchanges and to Zendesk's description
    Contract(contract::Facts),
    /// Try the reading of numbers, and the STARFACE client, on made-up texts, documents and sessions for a minute or longer
    Fuzz(fuzz::Fuzz),
    /// Days of whole bridges on virtual time (`simulation`, `outage`), real ones killed and on broken disks (`kill`, `io`, `start`)
    Torture(crash::Crash),
    /// Measure what is promised in figures, print a table, and write it to target/bench.json
    Bench(bench::Bench),
    /// Run everything CI runs: format, lints, tests, contract, torture, documentation, demo
    Ci,
}

fn main() -> ExitCode {
    let done = match Xtask::parse() {
        Xtask::Test => test::run().map(|_| ()),
        Xtask::Contract(facts) => contract::run(&facts),
        Xtask::Fuzz(options) => fuzz::fuzz(&options),
        Xtask::Torture(options) => torture::run(&options),
        Xtask::Bench(options) => bench::run(&options),
        Xtask::Ci => ci::run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\n{error:#}");
            ExitCode::FAILURE
        }
    }
}
