//! Starts and memory beside directories of different sizes: how long the first one takes, which reads everybody, and how soon the
//! bridge is ready after a restart.
//!
//! Memory is what Linux counts as resident, at rest (VmRSS) and at most (VmHWM).

use std::time::Duration;

use tokio::time::sleep;

use crate::report::Row;
use crate::site::{Setup, Site};

const GROUP: &str = "starts";
/// How often the bridge is restarted.
const RESTARTS: usize = 3;
/// So long after a start it counts as idle.
const IDLE: Duration = Duration::from_secs(2);
const MEGABYTE: f64 = 1_000_000.0;
const MILLISECOND: f64 = 1000.0;

#[derive(Clone, clap::Args)]
pub(crate) struct Options {
    /// Users in the directory; the first figure is what the others stand beside
    #[arg(long, value_delimiter = ',', default_values_t = Options::default().users)]
    users: Vec<u64>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            users: vec![0, 100_000, 1_000_000],
        }
    }
}

/// All figures.
pub(crate) async fn measure(options: &Options) -> anyhow::Result<Vec<Row>> {
    let mut all: Vec<Vec<Row>> = Vec::new();
    for &users in &options.users {
        let mut rows = with(users).await?;
        if let Some(fewest) = all.first() {
            let pairs = rows.into_iter().zip(fewest);
            rows = pairs.map(|(row, fewer)| row.beside(fewer)).collect();
        }
        all.push(rows);
    }
    Ok(all.concat())
}

/// The figures of one directory, always in the same order.
async fn with(users: u64) -> anyhow::Result<Vec<Row>> {
    let setup = Setup {
        users,
        directory: true,
        new_user: false,
    };
    eprintln!("a directory of {users} users …");
    let mut site = Site::start(setup).await?;
    let row = |what: &str, unit, values: &[f64]| Row::new(GROUP, format!("{users} users: {what}"), unit, values);
    let built = site.started.directory.as_secs_f64();
    let pages = site.desk.see(|state| {
        let counts = state.requests().counts().iter();
        let pages = counts.filter(|((what, _), _)| what.contains("/incremental/"));
        pages.map(|(_, count)| *count).sum::<u64>()
    });
    let mut rows = vec![
        row("first start until the directory is complete", "s", &[built]).note(format!("{pages} pages")),
        row(
            "peak memory while it is built",
            "MB",
            &[site.memory("VmHWM")? / MEGABYTE],
        ),
    ];
    sleep(IDLE).await;
    rows.push(row("memory then, idle", "MB", &[site.memory("VmRSS")? / MEGABYTE]));
    let (mut ready, mut loaded, mut idle, mut peak) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut of_what = String::new();
    for _ in 0..RESTARTS {
        site.restart().await?;
        ready.push(site.started.ready.as_secs_f64() * MILLISECOND);
        loaded.push(site.started.directory.as_secs_f64() * MILLISECOND);
        sleep(IDLE).await;
        idle.push(site.memory("VmRSS")? / MEGABYTE);
        peak.push(site.memory("VmHWM")? / MEGABYTE);
        of_what = format!(
            "{:.1} MB of its own, {:.1} MB of the program and other files",
            site.memory("RssAnon")? / MEGABYTE,
            site.memory("RssFile")? / MEGABYTE
        );
    }
    rows.extend([
        row("restart until ready", "ms", &ready),
        row("restart until the directory is in memory", "ms", &loaded),
        row("memory after a restart, idle", "MB", &idle).note(of_what),
        row("peak memory of a restart", "MB", &peak),
    ]);
    site.stop().await?;
    Ok(rows)
}
