//! What the limiter knows, told: how much may be used, how much is, and who waits.

use std::collections::BTreeMap;
use std::time::Duration;

use super::window::Window;
use super::{Key, Limiter, Priority};

/// How a client's [share](crate::ClientBuilder::share) of the limits stands at one moment: [`Client::budget`].
///
/// Limits of single records, and those that Zendesk only documents, are kept to and not told here: there is one of each for
/// every record.
///
/// [`Client::budget`]: crate::Client::budget
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Budget {
    /// Of the whole account; `None` until an answer tells its limit.
    pub account: Option<Allowance>,
    /// Of single endpoints, by Zendesk's name for the limit, such as `incremental-exports`; only those that answers told.
    pub buckets: BTreeMap<String, Allowance>,
    /// How many requests wait for their turn, by how urgent they are.
    pub waiting: Waiting,
}

/// What may be used of one limit, and what is used, in the window that Zendesk counts at present.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Allowance {
    /// What Zendesk allows to everybody together.
    pub total: u32,
    /// The share of it that this client may use.
    pub allowed: u32,
    /// What this client has used of that.
    pub spent: u32,
    /// What it may still use: less than the rest of its share where others have used up theirs.
    pub left: u32,
    /// When it is counted anew; `None` where that is not known, or where nothing was used since it was.
    pub resets: Option<Duration>,
}

/// Requests that wait for their turn.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Waiting {
    /// Of [`Priority::Background`].
    pub background: usize,
    /// Of [`Priority::Normal`].
    pub normal: usize,
    /// Of [`Priority::Person`].
    pub person: usize,
}

impl Waiting {
    /// All of them.
    #[must_use]
    pub fn all(self) -> usize {
        self.background + self.normal + self.person
    }
}

impl Limiter {
    /// How things stand now.
    pub(crate) fn budget(&self, now: Duration) -> Budget {
        let allowance = |window: &Window| window.allowance(now, self.share);
        let buckets = self.windows.iter().filter_map(|(key, window)| match key {
            Key::Named(name, None) => Some((name.clone(), allowance(window)?)),
            Key::Account | Key::Named(_, Some(_)) => None,
        });
        let mut waiting = Waiting::default();
        for (priority, _) in self.waiting.values() {
            match priority {
                Priority::Background => waiting.background += 1,
                Priority::Normal => waiting.normal += 1,
                Priority::Person => waiting.person += 1,
            }
        }
        Budget {
            account: self.windows.get(&Key::Account).and_then(allowance),
            buckets: buckets.collect(),
            waiting,
        }
    }
}
