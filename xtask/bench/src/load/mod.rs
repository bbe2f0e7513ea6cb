//! Calls at a rate: how soon the ticket's request is there after the answer, what each call costs, how many a second there may be.

mod appends;
pub(crate) mod rates;

use std::time::Duration;

use self::appends::appends;
use self::rates::{USERS, calls_at, most};
use crate::report::Row;
use crate::site::{Setup, Site};

const GROUP: &str = "load";
const MILLISECOND: f64 = 1000.0;

#[derive(Clone, clap::Args)]
pub(crate) struct Options {
    /// Calls a second at which the time from the answer to the request is measured
    #[arg(long, value_delimiter = ',', default_values_t = Options::default().rates)]
    rates: Vec<u64>,
    /// Seconds for each rate; at least twenty calls
    #[arg(long, default_value_t = Options::default().seconds)]
    seconds: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            rates: vec![1, 20, 100],
            seconds: 10,
        }
    }
}

/// All figures.
pub(crate) async fn measure(options: &Options) -> anyhow::Result<Vec<Row>> {
    let mut rows = Vec::new();
    let appends = appends().await?;
    let append = |name: &str, part: f64| {
        Row::new(
            GROUP,
            format!("one durable append alone, {name}"),
            "ms",
            &[at(&appends, part)],
        )
    };
    let (append_half, append_most) = (append("p50", 0.5), append("p99", 0.99));
    let setup = Setup {
        users: USERS,
        directory: true,
        new_user: false,
    };
    let site = Site::start(setup).await?;
    rows.push(Row::new(
        GROUP,
        "memory before any call",
        "MB",
        &[site.memory("VmRSS")? / 1e6],
    ));
    let mut next = 0;
    for &rate in &options.rates {
        let calls = (rate * options.seconds).max(20);
        let run = calls_at(&site, rate, calls, &mut next).await?;
        let row = |name: &str, part: f64| {
            Row::new(
                GROUP,
                format!("answer to ticket request at {rate}/s, {name}"),
                "ms",
                &[at(&run.delays, part)],
            )
        };
        rows.push(row("p50", 0.5).beside(&append_half));
        rows.push(row("p99", 0.99).beside(&append_most));
        let cost = run.processor.as_secs_f64() * MILLISECOND / run.calls as f64;
        rows.push(Row::new(
            GROUP,
            format!("processor time of a call at {rate}/s"),
            "ms",
            &[cost],
        ));
    }
    rows.extend([append_half, append_most]);
    rows.push(most(GROUP, &site, &mut next).await?);
    rows.push(Row::new(
        GROUP,
        "memory after all calls",
        "MB",
        &[site.memory("VmRSS")? / 1e6],
    ));
    site.stop().await?;
    Ok(rows)
}

fn at(sorted: &[Duration], part: f64) -> f64 {
    let index = (sorted.len() as f64 * part) as usize;
    sorted
        .get(index.min(sorted.len().saturating_sub(1)))
        .map_or(0.0, |time| time.as_secs_f64() * MILLISECOND)
}
