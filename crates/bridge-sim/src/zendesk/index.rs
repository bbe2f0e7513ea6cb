//! The search index over users and tickets: what was written is found after a while.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// What the index knows of a user.
#[derive(Clone, Default)]
pub(super) struct Doc {
    pub(super) role: &'static str,
    pub(super) suspended: bool,
    pub(super) external_id: Option<String>,
    pub(super) emails: Vec<String>,
    pub(super) phones: Vec<String>,
    /// Name, notes, details.
    pub(super) texts: Vec<String>,
    pub(super) tags: Vec<String>,
    pub(super) fields: BTreeMap<String, String>,
}

/// What the index knows of a ticket.
pub(super) struct TicketDoc {
    pub(super) external_id: Option<String>,
    pub(super) status: String,
    pub(super) subject: String,
    pub(super) requester: u64,
    pub(super) assignee: Option<u64>,
    pub(super) tags: Vec<String>,
}

/// The index: for each record what can be found from which moment on. `None` is a record that is not found.
pub(super) struct Index<D>(BTreeMap<u64, VecDeque<(Timestamp, Option<D>)>>);

impl<D> Default for Index<D> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<D> Index<D> {
    /// A record has been written.
    pub(super) fn write(&mut self, id: u64, doc: Option<D>, now: Timestamp, delay: Duration) {
        let seen_from = SignedDuration::try_from(delay)
            .ok()
            .and_then(|delay| now.checked_add(delay).ok());
        let seen_from = seen_from.unwrap_or(Timestamp::MAX);
        // Nearly all records have one version: a queue for several of a million users would be a gigabyte.
        let versions = self.0.entry(id).or_insert_with(|| VecDeque::with_capacity(1));
        // Older versions than the one that can be seen now are of no use any more.
        while versions.get(1).is_some_and(|(from, _)| *from <= now) {
            versions.pop_front();
        }
        // A shorter delay than before must not let an older version overtake.
        versions.retain(|(from, _)| *from < seen_from);
        versions.push_back((seen_from, doc));
    }

    /// What can be found now, by id.
    pub(super) fn visible(&self, now: Timestamp) -> impl Iterator<Item = (u64, &D)> {
        self.0.iter().filter_map(move |(id, versions)| {
            let (_, doc) = versions.iter().rev().find(|(from, _)| *from <= now)?;
            Some((*id, doc.as_ref()?))
        })
    }
}
