//! How much the caller directory holds.

use bridge_runtime::DirectoryStatus;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::times::utc;

/// The caller directory of a running bridge.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Directory {
    /// Users with a number.
    pub(crate) users: u64,
    /// Their numbers.
    pub(crate) numbers: u64,
    /// Whether everybody was read. Until then callers are searched for.
    pub(crate) complete: bool,
    /// When it was last brought up to date.
    pub(crate) as_of: Option<Timestamp>,
    /// How many users were read while it was built.
    pub(crate) read: u64,
    /// How many there were about then.
    pub(crate) total: Option<u64>,
    /// Why it cannot be brought up to date at present.
    pub(crate) error: Option<String>,
}

impl Directory {
    /// What the bridge tells of it.
    pub(crate) fn of(told: &DirectoryStatus) -> Self {
        Self {
            users: told.users,
            numbers: told.numbers,
            complete: told.complete,
            as_of: told.as_of,
            read: told.read,
            total: told.total,
            error: told.error.clone(),
        }
    }

    /// How far it has come; `None` once everybody was read.
    pub(crate) fn progress(&self) -> Option<String> {
        if self.complete && self.as_of.is_some() {
            return None;
        }
        let total = self.total.filter(|_| !self.complete);
        Some(match total {
            None => format!("being built, {} users read", self.read),
            Some(total) => {
                let percent = (self.read * 100).checked_div(total).unwrap_or(100).min(100);
                format!("being built, {} of about {total} users read ({percent} %)", self.read)
            }
        })
    }

    /// In lines of the status.
    pub(super) fn lines(&self, lines: &mut Vec<(&'static str, String)>) {
        let (users, numbers) = (self.users, self.numbers);
        let as_of = self.as_of.map(utc).unwrap_or_default();
        let complete = || format!("{users} users with {numbers} numbers, as of {as_of}");
        lines.push(("directory", self.progress().unwrap_or_else(complete)));
        if !self.complete {
            lines.push(("", "until it is complete, callers are searched for in Zendesk".into()));
        }
        if let Some(error) = &self.error {
            lines.push(("", error.clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_told_how_far_it_has_come() {
        let told = |directory: Directory| {
            let mut lines = Vec::new();
            directory.lines(&mut lines);
            lines.into_iter().map(|line| line.1).collect::<Vec<_>>()
        };
        let building = Directory {
            read: 4000,
            total: Some(10_000),
            ..Directory::default()
        };
        let searched = "until it is complete, callers are searched for in Zendesk";
        assert_eq!(
            told(building.clone()),
            ["being built, 4000 of about 10000 users read (40 %)", searched]
        );
        let unknown = Directory {
            total: None,
            error: Some("Zendesk cannot be reached".into()),
            ..building
        };
        assert_eq!(
            told(unknown),
            ["being built, 4000 users read", searched, "Zendesk cannot be reached"]
        );
        let complete = Directory {
            users: 900,
            numbers: 1000,
            complete: true,
            as_of: "2026-11-24T14:02:00Z".parse().ok(),
            ..Directory::default()
        };
        assert_eq!(complete.progress(), None);
        assert_eq!(
            told(complete),
            ["900 users with 1000 numbers, as of 2026-11-24 14:02:00Z"]
        );
    }
}
