//! What was asked of the account.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;

/// The last requests, and how many there were of each kind.
#[derive(Clone, Debug, Default)]
pub struct Log {
    last: VecDeque<Entry>,
    counts: BTreeMap<(String, Option<u16>), u64>,
}

/// One request. It holds no query and no ids: those are personal data.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// When it came.
    pub at: Timestamp,
    /// GET, POST, PUT, DELETE.
    pub method: String,
    /// The path with `{id}` for numbers; `(none)` for a path that there is not.
    pub template: String,
    /// What was answered; `None` if the answer got lost.
    pub status: Option<u16>,
}

const KEPT: usize = 20_000;

impl Log {
    /// The last requests (20,000 at most), oldest first.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.last.iter()
    }

    /// How many requests there were of this kind, whatever was answered: `count("POST /api/v2/tickets")`.
    #[must_use]
    pub fn count(&self, endpoint: &str) -> u64 {
        self.counts
            .iter()
            .filter(|((name, _), _)| name == endpoint)
            .map(|(_, count)| count)
            .sum()
    }

    /// How many requests there were in all.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counts.values().sum()
    }

    /// How many requests there were, by `METHOD template` and status (`None`: the answer got lost).
    #[must_use]
    pub fn counts(&self) -> &BTreeMap<(String, Option<u16>), u64> {
        &self.counts
    }

    pub(super) fn add(&mut self, entry: Entry) {
        *self
            .counts
            .entry((format!("{} {}", entry.method, entry.template), entry.status))
            .or_default() += 1;
        if self.last.len() == KEPT {
            self.last.pop_front();
        }
        self.last.push_back(entry);
    }
}
