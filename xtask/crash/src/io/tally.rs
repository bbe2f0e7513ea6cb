//! What all operations together led to.

use std::collections::BTreeMap;
use std::fmt;

use super::{Found, Took};

/// The sum.
pub(crate) struct Tally {
    operations: u64,
    runs: u64,
    calls: usize,
    took: BTreeMap<(&'static str, Took), usize>,
    struck: BTreeMap<&'static str, usize>,
    lost: usize,
    doubled: usize,
    other: usize,
    failures: Vec<String>,
}

impl Tally {
    /// Nothing yet, of an hour with so many operations.
    pub(crate) fn new(operations: u64) -> Self {
        Self {
            operations,
            runs: 0,
            calls: 0,
            took: BTreeMap::new(),
            struck: BTreeMap::new(),
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
        if let Some(kind) = found.struck {
            *self.struck.entry(kind).or_default() += 1;
        }
        let name = if found.n == 0 { "none" } else { found.fault.name };
        *self.took.entry((name, found.took)).or_default() += 1;
        let wrong = found.wrong;
        self.lost += wrong.lost.len();
        self.doubled += wrong.doubled.len();
        self.other += wrong.other.len();
        if wrong.is_empty() {
            return;
        }
        let folder = found.folder.map(|folder| format!(", see {}", folder.display()));
        let mut failure = format!(
            "operation {} ({}): {}, {:?}{}",
            found.n,
            found.struck.unwrap_or("not reached"),
            found.fault,
            found.took,
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
        writeln!(
            f,
            "the n-th operation fails: n of 1 to {}, {} runs, {} calls",
            self.operations, self.runs, self.calls
        )?;
        let struck: Vec<String> = self
            .struck
            .iter()
            .map(|(kind, count)| format!("{kind} {count}"))
            .collect();
        writeln!(f, "struck: {}", struck.join(", "))?;
        for ((fault, took), count) in &self.took {
            let took = match took {
                Took::Spared => "never reached",
                Took::WentOn => "went on, nothing to tell",
                Took::Told => "went on, told in its status",
                Took::Ended => "ended with 1 and the reason, right after the next start",
                Took::Killed => "right after the next start",
            };
            writeln!(f, "  {count:>5}  {fault}: {took}")?;
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
