//! `zendesk-bridge`: turns every answered call on a STARFACE into the right Zendesk ticket, on the right agent's screen.
//!
//! This is the thin binary: it reads flags, environment and configuration, wires the parts together and shows what
//! they do. What a call leads to is decided in `bridge-core`.

mod cli;
mod commands;
mod config;
mod exit;
#[cfg(feature = "failpoints")]
mod failpoints;
mod listen;
mod live;
mod logs;
mod metrics;
mod news;
mod numbers;
mod out;
mod pulse;
mod recordings;
mod remote;
mod stored;
mod view;
mod web;
mod wire;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return exit::Stop::failed(format!("the system gives no threads to work with: {error}")).report(),
    };
    match runtime.block_on(commands::run(cli)) {
        Ok(exit) => exit.into(),
        Err(stop) => stop.report(),
    }
}
