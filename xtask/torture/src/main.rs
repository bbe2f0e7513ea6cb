//! `cargo xtask torture`: whole bridges on virtual time, between systems that fail.

use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use torture::{Bounds, Family, Options, Sabotage, outage, simulate};

#[derive(Parser)]
#[command(
    override_usage = "cargo xtask torture [COMMAND] [OPTIONS]",
    about = "Whole bridges on virtual time, between systems that fail",
    args_conflicts_with_subcommands = true
)]
struct Torture {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    simulation: Simulation,
}

#[derive(Subcommand)]
enum Command {
    /// Working days with faults of every kind (the default)
    Simulation(Simulation),
    /// Zendesk away for days at busy-hour load, and the backlog worked off afterwards
    Outage(Long),
}

#[derive(Args)]
struct Long {
    /// For how long Zendesk is away
    #[arg(long, value_name = "N", default_value_t = 72)]
    hours: u32,
    /// How many calls there are in an hour
    #[arg(long, value_name = "N", default_value_t = 300)]
    calls: u32,
    /// Seed of the calls
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Bring a defect in, which the run must find
    #[arg(long)]
    sabotage: Option<Sabotage>,
    /// Print every line of what happened
    #[arg(long)]
    trace: bool,
}

#[derive(Args, Clone)]
struct Simulation {
    /// Seed of the first day; the following ones have the following seeds
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// How many days
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    days: u64,
    /// Begin no more days after so many minutes
    #[arg(long, value_name = "M")]
    minutes: Option<u64>,
    /// Bring a defect in, which the run must find
    #[arg(long)]
    sabotage: Option<Sabotage>,
    /// Answered calls of which the bridge was told nothing need no ticket
    #[arg(long)]
    excuse_gaps: bool,
    /// Calls are recorded, by being asked for or not, and recordings are found in an inbox that fails
    #[arg(long)]
    recordings: bool,
    /// Leave faults of these families out
    #[arg(long, value_name = "FAMILY", value_delimiter = ',')]
    without: Vec<Family>,
    /// Print every line of what happened, and what the bridge logs
    #[arg(long)]
    trace: bool,
}

fn main() -> ExitCode {
    let torture = Torture::parse();
    let done = match torture.command {
        None => simulation(&torture.simulation),
        Some(Command::Simulation(wanted)) => simulation(&wanted),
        Some(Command::Outage(wanted)) => away(&wanted),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::from(2)
        }
    }
}

fn away(wanted: &Long) -> anyhow::Result<bool> {
    let options = Options {
        sabotage: wanted.sabotage,
        trace: wanted.trace,
        ..Options::default()
    };
    let outage = outage(wanted.seed, wanted.hours, wanted.calls, &options)?;
    for line in outage.trace() {
        eprintln!("{line}");
    }
    show(&outage);
    Ok(outage.is_good())
}

fn simulation(wanted: &Simulation) -> anyhow::Result<bool> {
    if wanted.trace {
        let filter = tracing_subscriber::EnvFilter::new("info,starface_client=debug,zendesk_client=debug");
        tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_writer(std::io::stderr)
            .init();
    }
    let bounds = Bounds {
        seed: wanted.seed,
        days: wanted.days,
        longest: wanted.minutes.map(|minutes| Duration::from_secs(minutes * 60)),
    };
    let options = Options {
        sabotage: wanted.sabotage,
        trace: wanted.trace,
        excuse_gaps: wanted.excuse_gaps,
        recordings: wanted.recordings,
        without: wanted.without.clone(),
    };
    let report = simulate(bounds, &options)?;
    for line in report.trace() {
        eprintln!("{line}");
    }
    show(&report);
    Ok(report.is_good())
}

#[expect(clippy::print_stdout, reason = "the result, which is what the program is for")]
fn show(result: &impl std::fmt::Display) {
    print!("{result}");
}
