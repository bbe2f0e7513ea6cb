//! What a thousand answered calls cost the bridge, beside their requests alone: a ticket, and its display on the agent's screen.
//!
//! The same requests are made, one after the other on one connection, by bare `reqwest`, by our own client, and by programs on
//! zenpy and node-zendesk (in `compare/` beside `src/`; they are installed into `target/bench` when they are needed, and skipped
//! where they cannot be). Each is a process of its own, which tells its processor time. The bridge does more for the same calls: it is told of
//! ringing, answer and end, finds the caller, and writes a journal that survives a power cut.

mod once;
mod others;

use anyhow::Context;
use once::Told;
pub(crate) use once::{CallsOnce, bare, client};
use others::OTHERS;
use tokio::process::Command;

use crate::load::rates::{USERS, calls_at};
use crate::report::Row;
use crate::site::{Setup, Site};

const GROUP: &str = "compare";
/// As fast as calls may come without piling up on a small machine.
const RATE: u64 = 100;
const TOKEN: &str = "compared";

#[derive(Clone, clap::Args)]
pub(crate) struct Options {
    /// How many calls
    #[arg(long, default_value_t = Options::default().calls)]
    calls: u64,
    /// How often each program makes their requests; the median counts
    #[arg(long, default_value_t = Options::default().rounds)]
    rounds: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { calls: 1000, rounds: 3 }
    }
}

/// A program that makes the requests, and what it told in each round.
struct Program {
    name: &'static str,
    command: Command,
    told: Vec<Told>,
}

/// All figures.
pub(crate) async fn measure(options: &Options) -> anyhow::Result<Vec<Row>> {
    let Options { calls, rounds } = *options;
    let setup = Setup {
        users: USERS,
        directory: true,
        new_user: false,
    };
    let site = Site::start(setup).await?;
    site.desk
        .act(|state, now| state.add_oauth_token(TOKEN, 500, "read write", None, now));
    let (mut programs, skipped) = programs().await?;
    let url = site.desk.url();
    for program in &mut programs {
        program.command.args([&url, TOKEN, &calls.to_string()]);
    }
    let (mut processor, mut wall, mut next) = (Vec::new(), Vec::new(), 0);
    for _ in 0..rounds {
        // In turns, so that whatever else the machine does meets all.
        for program in &mut programs {
            eprintln!("the requests of {calls} calls by {} …", program.name);
            let told = told(&mut program.command).await;
            program.told.push(told.context(program.name)?);
        }
        let run = calls_at(&site, RATE, calls, &mut next).await?;
        processor.push(run.processor.as_secs_f64());
        wall.push(run.wall.as_secs_f64());
    }
    site.stop().await?;

    let mut rows = table(&format!("{calls} calls"), &programs, &processor, &wall);
    rows.extend(skipped);
    Ok(rows)
}

/// Bare `reqwest` comes first, since the others stand beside it.
fn table(what: &str, programs: &[Program], processor: &[f64], wall: &[f64]) -> Vec<Row> {
    let figures = |name: &str, figure: fn(&Told) -> f64| {
        let row = |program: &Program| {
            let rounds: Vec<f64> = program.told.iter().map(figure).collect();
            Row::new(GROUP, format!("{what}: {name}, {}", program.name), "s", &rounds)
        };
        programs.iter().map(row).collect::<Vec<Row>>()
    };
    let beside_first = |rows: Vec<Row>| -> Vec<Row> {
        let first = rows[0].clone();
        let others = rows.into_iter().skip(1).map(|row| row.beside(&first));
        std::iter::once(first.clone()).chain(others).collect()
    };
    let alone = beside_first(figures("processor time", |told| told.processor));
    let mut rows = alone.clone();
    for (n, other) in alone.iter().enumerate() {
        let beside = other.name.rsplit(", ").next().unwrap_or_default();
        let name = format!("{what}: processor time, the bridge beside {beside}");
        let doing = "with ringing, answer and end of each call, look-up and journal";
        let row = Row::new(GROUP, name, "s", processor).beside(other);
        rows.push(row.note(if n == 0 { doing } else { "" }));
    }
    rows.extend(beside_first(figures("wall time", |told| told.wall)));
    let bridge = Row::new(GROUP, format!("{what}: wall time, the bridge"), "s", wall);
    rows.push(bridge.note(format!("they come {RATE} a second")));
    rows.extend(beside_first(figures("processor time of the start", |told| told.start)));
    rows
}

/// All that can be run, and rows that say of the others why not.
async fn programs() -> anyhow::Result<(Vec<Program>, Vec<Row>)> {
    let own = |name, argument: &str| {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg(argument);
        anyhow::Ok(Program {
            name,
            command,
            told: Vec::new(),
        })
    };
    let mut programs = vec![own("bare reqwest", "bare-once")?, own("zendesk-client", "client-once")?];
    let mut skipped = Vec::new();
    for other in &OTHERS {
        match other.provide().await {
            Ok(command) => programs.push(Program {
                name: other.name,
                command,
                told: Vec::new(),
            }),
            Err(why) => {
                eprintln!("{}: skipped, {why:#}", other.name);
                skipped.push(Row::skipped(GROUP, other.name, &why));
            }
        }
    }
    Ok((programs, skipped))
}

async fn told(command: &mut Command) -> anyhow::Result<Told> {
    let output = command.kill_on_drop(true).output().await?;
    let said = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(said.trim()).with_context(|| {
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        error.lines().next_back().unwrap_or("it said nothing").to_owned()
    })
}
