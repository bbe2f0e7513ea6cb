//! What all runs together did and found.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use crate::judge::{Wrong, WrongFiles};

/// What one run did and found.
#[derive(Default)]
pub(crate) struct Run {
    /// What makes it come again, and what happened in it.
    pub(crate) name: String,
    /// How many calls were played.
    pub(crate) calls: usize,
    /// How many recordings were made.
    pub(crate) recordings: usize,
    /// What is counted: how the bridge died, what was struck.
    pub(crate) events: Vec<String>,
    /// How long each start took until the bridge was whole.
    pub(crate) starts: Vec<Duration>,
    /// What is wrong.
    pub(crate) wrong: Wrong,
    /// Where what is left of it lies, if something is wrong.
    pub(crate) folder: Option<PathBuf>,
}

/// The sum.
pub(crate) struct Tally {
    title: String,
    runs: u64,
    calls: usize,
    recordings: usize,
    events: BTreeMap<String, usize>,
    starts: Vec<Duration>,
    lost: usize,
    doubled: usize,
    other: usize,
    /// Recordings lost, attached or copied twice, differing.
    files: [usize; 3],
    failures: Vec<String>,
}

impl Tally {
    /// Nothing yet, of runs of which this is said.
    pub(crate) fn new(title: String) -> Self {
        Self {
            title,
            runs: 0,
            calls: 0,
            recordings: 0,
            events: BTreeMap::new(),
            starts: Vec::new(),
            lost: 0,
            doubled: 0,
            other: 0,
            files: [0; 3],
            failures: Vec::new(),
        }
    }

    /// One more run.
    pub(crate) fn add(&mut self, run: Run) {
        self.runs += 1;
        self.calls += run.calls;
        self.recordings += run.recordings;
        self.starts.extend(run.starts);
        for event in run.events {
            *self.events.entry(event).or_default() += 1;
        }
        let wrong = run.wrong;
        let is_clean = wrong.is_empty();
        self.lost += wrong.lost.len();
        self.doubled += wrong.doubled.len();
        self.other += wrong.other.len();
        let WrongFiles { lost, twice, differing } = wrong.files;
        let kinds = ["recording lost", "recording twice", "recording differing"];
        let files = kinds.into_iter().zip([lost, twice, differing]);
        for (sum, (_, found)) in self.files.iter_mut().zip(files.clone()) {
            *sum += found.len();
        }
        if is_clean {
            return;
        }
        let folder = run.folder.map(|folder| format!(", see {}", folder.display()));
        let mut failure = format!("{}{}", run.name, folder.unwrap_or_default());
        let calls = [("lost", wrong.lost), ("doubled", wrong.doubled), ("wrong", wrong.other)];
        for (kind, told) in calls.into_iter().chain(files) {
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
        let (title, runs, calls, recordings) = (&self.title, self.runs, self.calls, self.recordings);
        writeln!(f, "{title}: {runs} runs, {calls} calls, {recordings} recordings")?;
        for (event, count) in &self.events {
            writeln!(f, "  {count:>5}  {event}")?;
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
            "lost {}, doubled {}, otherwise wrong {}, recordings lost {}, recordings twice {}, recordings differing {}",
            self.lost, self.doubled, self.other, self.files[0], self.files[1], self.files[2]
        )
    }
}
