//! What a run did and found, for a person.

use std::collections::BTreeMap;
use std::fmt;

use crate::finding::{Finding, Sort};
use crate::world::World;

/// What days did and found, of one or of many.
#[derive(Clone, Debug, Default)]
pub struct Report {
    days: u64,
    calls: u64,
    answered: u64,
    tickets: u64,
    requests: u64,
    lives: u64,
    only_in_the_list: u64,
    faults: BTreeMap<String, u64>,
    failures: Vec<(u64, Finding)>,
    hash: u64,
    trace: Vec<String>,
}

impl Report {
    pub(crate) fn of(seed: u64, world: &World, findings: Vec<Finding>) -> Self {
        let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        let served = world.calls.iter().filter(|call| call.is_served());
        let (excused, failures): (Vec<_>, Vec<_>) = findings
            .into_iter()
            .partition(|finding| finding.sort == Sort::OnlyInTheList);
        Self {
            days: 1,
            calls: count(world.calls.len()),
            answered: count(served.count()),
            tickets: count(world.desk.tickets().len()),
            requests: world.requests,
            lives: count(world.life),
            only_in_the_list: count(excused.len()),
            faults: world.faults.clone(),
            failures: failures.into_iter().map(|finding| (seed, finding)).collect(),
            hash: world.trace.hash(),
            trace: world.trace.lines().to_vec(),
        }
    }

    /// Both together.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.days += other.days;
        self.calls += other.calls;
        self.answered += other.answered;
        self.tickets += other.tickets;
        self.requests += other.requests;
        self.lives += other.lives;
        self.only_in_the_list += other.only_in_the_list;
        for (kind, count) in other.faults {
            *self.faults.entry(kind).or_default() += count;
        }
        self.failures.extend(other.failures);
        // In whichever order threads are ready.
        self.hash = self.hash.wrapping_add(other.hash);
        self.trace.extend(other.trace);
        self
    }

    /// Whether nothing was lost, doubled or wrong.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.failures.is_empty()
    }

    /// Equal for equal runs.
    #[must_use]
    pub fn hash(&self) -> u64 {
        self.hash
    }

    /// How many days there were.
    #[must_use]
    pub fn days(&self) -> u64 {
        self.days
    }

    /// What happened, line by line, if that was wanted.
    #[must_use]
    pub fn trace(&self) -> &[String] {
        &self.trace
    }

    fn count(&self, sort: Sort) -> usize {
        self.failures.iter().filter(|(_, finding)| finding.sort == sort).count()
    }
}

/// So many failures are shown; the seeds of the others say nothing new.
const SHOWN: usize = 200;

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = |f: &mut fmt::Formatter<'_>, what: &str, count: u64| writeln!(f, "{what:<52} {count:>9}");
        line(f, "days", self.days)?;
        line(f, "calls", self.calls)?;
        line(f, "  answered, to a group that is served", self.answered)?;
        line(f, "    seen only in the PBX's call list", self.only_in_the_list)?;
        line(f, "tickets", self.tickets)?;
        line(f, "requests to Zendesk", self.requests)?;
        line(f, "lives of bridges", self.lives)?;
        line(f, "faults", self.faults.values().sum())?;
        for (kind, count) in &self.faults {
            line(f, &format!("  {kind}"), *count)?;
        }
        writeln!(f, "trace {:016x}", self.hash)?;
        let [lost, doubled, wrong] = [Sort::Lost, Sort::Doubled, Sort::Wrong].map(|sort| self.count(sort));
        writeln!(f, "lost {lost}, doubled {doubled}, wrong {wrong}")?;
        for (seed, Finding { sort, call, what }) in self.failures.iter().take(SHOWN) {
            let call = call.map_or(String::new(), |call| format!(" call {call}:"));
            writeln!(f, "  seed {seed}:{call} {what} ({sort:?})")?;
        }
        if self.failures.len() > SHOWN {
            writeln!(f, "  … and {} more", self.failures.len() - SHOWN)?;
        }
        Ok(())
    }
}
