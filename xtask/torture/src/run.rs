//! Many days, on two threads.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::anyhow;

use crate::day::{self, Options};
use crate::journal::Host;
use crate::report::Report;

/// Which days to run.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// The seed of the first day; the next one has the next.
    pub seed: u64,
    /// How many.
    pub days: u64,
    /// No day begins after so long, in real time.
    pub longest: Option<Duration>,
}

const THREADS: usize = 2;

/// Runs days, and says what they did and found.
///
/// # Errors
/// When days cannot be run at all: no folder for the journal, a thread that panicked.
pub fn simulate(bounds: Bounds, options: &Options) -> anyhow::Result<Report> {
    let next = AtomicU64::new(0);
    let total = Mutex::new(Report::default());
    #[expect(
        clippy::disallowed_methods,
        reason = "a limit of real time, which decides nothing within a day"
    )]
    let begun = Instant::now();
    let worker = || -> anyhow::Result<()> {
        let host = Host::new()?;
        loop {
            let day = next.fetch_add(1, Ordering::Relaxed);
            if day >= bounds.days || bounds.longest.is_some_and(|longest| begun.elapsed() >= longest) {
                return Ok(());
            }
            let report = day::run(bounds.seed.wrapping_add(day), &host, options)?;
            let mut total = total.lock().unwrap_or_else(PoisonError::into_inner);
            *total = std::mem::take(&mut *total).and(report);
        }
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(worker)).collect();
        let ended = threads.into_iter().map(|thread| thread.join());
        ended
            .map(|end| end.map_err(|_| anyhow!("a thread panicked"))?)
            .collect::<anyhow::Result<Vec<()>>>()
    })?;
    Ok(total.into_inner().unwrap_or_else(PoisonError::into_inner))
}
