//! How much of Zendesk's limits has been used, and what waits for its turn.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The share of Zendesk's limits that the bridge keeps to.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Budget {
    /// Requests of the whole account; `null` until Zendesk has told its limit.
    pub(crate) account: Option<Allowance>,
    /// Requests of single sorts, by Zendesk's names for their limits.
    pub(crate) buckets: BTreeMap<String, Allowance>,
    /// Requests that wait for their turn.
    pub(crate) waiting: Waiting,
}

/// What may be used of one limit in Zendesk's present window, and what is.
#[derive(Serialize, Deserialize, Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Allowance {
    /// What Zendesk allows to everybody together.
    pub(crate) total: u32,
    /// The bridge's share.
    pub(crate) allowed: u32,
    /// What it has used of that.
    pub(crate) spent: u32,
    /// What it may still use; less than the rest of its share where others have used up theirs.
    pub(crate) left: u32,
    /// In how many seconds it is counted anew; `null` where nothing is counted.
    pub(crate) resets_seconds: Option<u64>,
}

/// Requests that wait for their turn, by who waits for them.
#[derive(Serialize, Deserialize, Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Waiting {
    /// An agent.
    pub(crate) person: usize,
    /// Somebody, but not at once.
    pub(crate) normal: usize,
    /// Nobody.
    pub(crate) background: usize,
}

impl Budget {
    /// What the client tells of it.
    pub(crate) fn of(told: &zendesk_client::Budget) -> Self {
        let waiting = told.waiting;
        Self {
            account: told.account.as_ref().map(Allowance::of),
            buckets: told
                .buckets
                .iter()
                .map(|(name, told)| (name.clone(), Allowance::of(told)))
                .collect(),
            waiting: Waiting {
                person: waiting.person,
                normal: waiting.normal,
                background: waiting.background,
            },
        }
    }

    /// In lines of the status: the account, and of the rest only what is short.
    pub(super) fn lines(&self, lines: &mut Vec<(&'static str, String)>) {
        let waiting = self.waiting.person + self.waiting.normal + self.waiting.background;
        let text = match &self.account {
            Some(account) => format!("{} this minute, {waiting} waiting", account.text()),
            None => format!("Zendesk has not told its limit yet, {waiting} waiting"),
        };
        lines.push(("requests", text));
        for (name, bucket) in self.buckets.iter().filter(|(_, bucket)| bucket.is_short()) {
            let resets = bucket.resets_seconds.unwrap_or_default();
            lines.push(("", format!("{name}: {}, anew in {resets} s", bucket.text())));
        }
    }
}

impl Allowance {
    fn of(told: &zendesk_client::Allowance) -> Self {
        Self {
            total: told.total,
            allowed: told.allowed,
            spent: told.spent,
            left: told.left,
            // Rounded up: it is not anew before.
            resets_seconds: told
                .resets
                .map(|left| left.as_secs() + u64::from(left.subsec_nanos() > 0)),
        }
    }

    /// Whether less than a quarter is left.
    fn is_short(&self) -> bool {
        self.resets_seconds.is_some() && u64::from(self.left) * 4 < u64::from(self.allowed)
    }

    fn text(&self) -> String {
        let text = format!("{} of {}", self.spent, self.allowed);
        if self.left < self.allowed.saturating_sub(self.spent) {
            return format!("{text} (others leave {} more)", self.left);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowance(allowed: u32, spent: u32, left: u32) -> Allowance {
        Allowance {
            total: 2 * allowed,
            allowed,
            spent,
            left,
            resets_seconds: Some(41),
        }
    }

    fn text(budget: &Budget) -> Vec<String> {
        let mut lines = Vec::new();
        budget.lines(&mut lines);
        lines.into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn one_line_for_the_account_and_one_for_each_bucket_that_is_short() {
        let mut budget = Budget::default();
        assert_eq!(text(&budget), ["Zendesk has not told its limit yet, 0 waiting"]);
        budget.account = Some(allowance(350, 12, 338));
        budget.waiting.background = 2;
        budget.waiting.person = 1;
        budget.buckets.insert("incremental-exports".into(), allowance(5, 4, 1));
        budget.buckets.insert("search-index".into(), allowance(1250, 12, 1238));
        let over = Allowance {
            resets_seconds: None,
            ..allowance(5, 5, 0)
        };
        budget.buckets.insert("tags-index".into(), over);
        assert_eq!(
            text(&budget),
            [
                "12 of 350 this minute, 3 waiting",
                "incremental-exports: 4 of 5, anew in 41 s"
            ]
        );
        budget.account = Some(allowance(350, 12, 7));
        assert_eq!(
            text(&budget)[0],
            "12 of 350 (others leave 7 more) this minute, 3 waiting"
        );
    }
}
