//! What a run found: counts to be read, failures to be mended.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::io::{self, Write};

/// What a run found so far.
#[derive(Default)]
pub(crate) struct Report {
    lines: Vec<String>,
    failures: Vec<String>,
}

impl Report {
    /// A heading.
    pub(crate) fn part(&mut self, name: &str) {
        self.lines.push(name.to_owned());
    }

    /// A count, or something else to be known.
    pub(crate) fn say(&mut self, what: impl Display) {
        self.lines.push(format!("  {what}"));
    }

    /// Counts by name, in one line each.
    pub(crate) fn tally(&mut self, what: &str, counts: &BTreeMap<String, usize>) {
        self.say(format_args!("{what}: {}", counts.values().sum::<usize>()));
        for (name, count) in counts {
            self.say(format_args!("  {count:>3}  {name}"));
        }
    }

    /// Something that must not be: in which file or call, and what.
    pub(crate) fn fail(&mut self, place: impl Display, what: impl Display) {
        self.failures.push(format!("{place}: {what}"));
    }

    /// How many failures there are.
    pub(crate) fn failures(&self) -> usize {
        self.failures.len()
    }

    /// Prints everything, failures last.
    pub(crate) fn print(&self, mut to: impl Write) -> io::Result<()> {
        for line in &self.lines {
            writeln!(to, "{line}")?;
        }
        if !self.failures.is_empty() {
            writeln!(to, "failures")?;
        }
        for failure in &self.failures {
            writeln!(to, "  {failure}")?;
        }
        writeln!(to, "contract: {} failures", self.failures.len())
    }
}
