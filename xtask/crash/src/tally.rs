//! What all runs together did and found.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use crate::kill::Found;

/// The sum.
pub(crate) struct Tally {
    seed: u64,
    runs: u64,
    calls: usize,
    deaths: BTreeMap<String, usize>,
    missed: usize,
    starts: Vec<Duration>,
    lost: usize,
    doubled: usize,
    other: usize,
    failures: Vec<String>,
}

impl Tally {
    /// Nothing yet, of runs that begin with this seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            seed,
            runs: 0,
            calls: 0,
            deaths: BTreeMap::new(),
            missed: 0,
            starts: Vec::new(),
            lost: 0,
            doubled: 0,
            other: 0,
            failures: Vec::new(),
        }
    }

    /// One more run.
    pub(crate) fn add(&mut self, found: Found) {
        self.runs += 1;
        self.calls += found.calls;
        self.missed += found.missed.len();
        self.starts.extend(found.starts);
        for death in &found.deaths {
            *self.deaths.entry(death.clone()).or_default() += 1;
        }
        let wrong = found.wrong;
        self.lost += wrong.lost.len();
        self.doubled += wrong.doubled.len();
        self.other += wrong.other.len();
        if wrong.is_empty() {
            return;
        }
        let folder = found.folder.map(|folder| format!(", see {}", folder.display()));
        let mut failure = format!(
            "seed {} (deaths: {}){}",
            found.seed,
            found.deaths.join(", "),
            folder.unwrap_or_default()
        );
        for (kind, told) in [("lost", wrong.lost), ("doubled", wrong.doubled), ("wrong", wrong.other)] {
            for line in told {
                failure.push_str(&format!("\n    {kind}: {line}"));
            }
        }
        self.failures.push(failure);
    }

    /// Whether nothing is wrong.
    pub(crate) fn is_clean(&self) -> bool {
        self.failures.is_empty()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let deaths: usize = self.deaths.values().sum();
        writeln!(
            f,
            "kill -9, seed {}: {} runs, {} calls, {deaths} deaths",
            self.seed, self.runs, self.calls
        )?;
        for (death, count) in &self.deaths {
            writeln!(f, "  {count:>5}  {death}")?;
        }
        if self.missed > 0 {
            writeln!(
                f,
                "  {:>5}  points that no call led to (killed afterwards)",
                self.missed
            )?;
        }
        let mut starts = self.starts.clone();
        starts.sort();
        if let (Some(median), Some(longest)) = (starts.get(starts.len() / 2), starts.last()) {
            let slow = starts.iter().filter(|start| **start > Duration::from_secs(1)).count();
            writeln!(
                f,
                "{} starts: whole again after {} ms in the middle, {} ms at most; {slow} took more than a second",
                starts.len(),
                median.as_millis(),
                longest.as_millis()
            )?;
        }
        for failure in &self.failures {
            writeln!(f, "{failure}")?;
        }
        write!(
            f,
            "lost {}, doubled {}, otherwise wrong {}",
            self.lost, self.doubled, self.other
        )
    }
}
