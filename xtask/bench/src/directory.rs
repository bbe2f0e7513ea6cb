//! Looking a caller's number up in the directory's index, beside a plain hash map, and what memory it takes.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::hint::black_box;
use std::time::Instant;

use bridge_core::desk::UserId;
use bridge_core::directory::Index;
use bridge_core::number::E164;

use crate::peak;
use crate::report::Row;

const GROUP: &str = "directory";
/// How many numbers there are.
const SIZES: [u64; 3] = [10_000, 100_000, 1_000_000];
/// So many look-ups are timed, each by itself.
const LOOK_UPS: u64 = 200_000;
const MEGABYTE: f64 = 1_000_000.0;

#[derive(Clone, clap::Args)]
pub(crate) struct Options {
    /// How often each is measured; the median counts
    #[arg(long, default_value_t = Options::default().rounds)]
    rounds: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { rounds: 5 }
    }
}

#[derive(clap::Args)]
pub(crate) struct IndexOnce {
    /// How many numbers
    numbers: u64,
}

/// All figures. Both maps are asked in turns for the same numbers, of which half are known.
pub(crate) async fn measure(options: &Options) -> anyhow::Result<Vec<Row>> {
    let mut rows = Vec::new();
    let empty = memory(0, options.rounds).await?;
    for size in SIZES {
        let (index, plain) = maps(size);
        let mut figures: [Vec<f64>; 4] = Default::default();
        for _ in 0..options.rounds {
            let ours = times(size, |number| index.users(number).len());
            let theirs = times(size, |number| usize::from(plain.contains_key(&number.key())));
            for (figure, value) in figures.iter_mut().zip([ours.0, ours.1, theirs.0, theirs.1]) {
                figure.push(value);
            }
        }
        let row = |name: &str, values: &[f64]| Row::new(GROUP, format!("{name}, {size} numbers"), "ns", values);
        let (half, most) = (
            row("plain hash map, p50", &figures[2]),
            row("plain hash map, p99", &figures[3]),
        );
        rows.push(row("look-up, p50", &figures[0]).beside(&half));
        rows.push(row("look-up, p99", &figures[1]).beside(&most));
        rows.extend([half, most]);
        let used: Vec<f64> = memory(size, options.rounds).await?;
        let used: Vec<f64> = used.iter().zip(&empty).map(|(full, empty)| full - empty).collect();
        rows.push(Row::new(GROUP, format!("memory for {size} numbers"), "MB", &used));
    }
    Ok(rows)
}

/// Fills an index and tells the peak memory of this process.
pub(crate) fn index_once(once: &IndexOnce) -> anyhow::Result<()> {
    let mut index = Index::with_capacity(usize::try_from(once.numbers)?);
    for n in 0..once.numbers {
        index.insert(&number(n), UserId::new(n));
    }
    black_box(&index);
    peak::tell()
}

async fn memory(size: u64, rounds: usize) -> anyhow::Result<Vec<f64>> {
    let numbers = size.to_string();
    let mut peaks = Vec::new();
    for _ in 0..rounds {
        peaks.push(peak::of(&[OsStr::new("index-once"), OsStr::new(&numbers)]).await? / MEGABYTE);
    }
    Ok(peaks)
}

fn maps(size: u64) -> (Index, HashMap<u64, u64>) {
    let mut index = Index::with_capacity(usize::try_from(size).unwrap_or_default());
    let mut plain = HashMap::new();
    for n in 0..size {
        let number = number(n);
        index.insert(&number, UserId::new(n));
        plain.insert(number.key(), n);
    }
    (index, plain)
}

/// The median and the 99th percentile of single look-ups, in nanoseconds, with what reading the clock takes.
#[expect(clippy::disallowed_methods, reason = "measuring is what this program is for")]
fn times(size: u64, mut look_up: impl FnMut(&E164) -> usize) -> (f64, f64) {
    // Spread over twice the numbers that there are: every second one is unknown.
    let numbers = (0..LOOK_UPS).map(|n| number(n.wrapping_mul(7_919) % (2 * size)));
    let mut took: Vec<u64> = numbers
        .map(|number| {
            let start = Instant::now();
            black_box(look_up(black_box(&number)));
            u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX)
        })
        .collect();
    took.sort_unstable();
    let at = |part: f64| took[(took.len() as f64 * part) as usize] as f64;
    (at(0.5), at(0.99))
}

/// The `n`-th number, spread as numbers are.
fn number(n: u64) -> E164 {
    let digits = n.wrapping_mul(2_654_435_761) % 10_000_000_000;
    E164::parse(&format!("+49{digits:010}")).unwrap_or_else(|| unreachable!("twelve digits"))
}
