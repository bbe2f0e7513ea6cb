//! Counting requests in windows of time.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

/// All windows that are open.
#[derive(Default)]
pub(super) struct Buckets(BTreeMap<String, Window>);

struct Window {
    ends: Timestamp,
    used: u32,
}

/// How things stand after a request was counted.
pub(super) struct Standing {
    pub(super) total: u32,
    pub(super) remaining: u32,
    /// In seconds.
    pub(super) resets: u64,
    pub(super) over: bool,
}

impl Buckets {
    /// Counts a request. Windows begin with their first request; requests over the limit count as well.
    pub(super) fn count(&mut self, key: &str, limit: Option<u32>, per: SignedDuration, now: Timestamp) -> Standing {
        let ends = now.saturating_add(per).unwrap_or(now);
        let window = self.0.entry(key.to_owned()).or_insert(Window { ends, used: 0 });
        // A window that lies ahead means that the clock was set back.
        if window.ends <= now || window.ends > ends {
            *window = Window { ends, used: 0 };
        }
        window.used = window.used.saturating_add(1);
        let (used, ends) = (window.used, window.ends);
        if self.0.len() > 10_000 {
            self.0.retain(|_, window| window.ends > now);
        }
        let resets = u64::try_from(ends.duration_since(now).as_secs())
            .unwrap_or_default()
            .max(1);
        match limit {
            Some(total) => Standing {
                total,
                remaining: total.saturating_sub(used),
                resets,
                over: used > total,
            },
            None => Standing {
                total: 100_000,
                remaining: 100_000,
                resets,
                over: false,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};

    use super::Buckets;

    #[test]
    fn a_window_begins_with_its_first_request() {
        let mut buckets = Buckets::default();
        let mut count = |second| {
            let now = Timestamp::from_second(second).unwrap();
            let standing = buckets.count("x", Some(2), SignedDuration::from_secs(60), now);
            (standing.remaining, standing.resets, standing.over)
        };
        assert_eq!(count(1000), (1, 60, false));
        assert_eq!(count(1030), (0, 30, false));
        assert_eq!(count(1059), (0, 1, true));
        assert_eq!(count(1060), (1, 60, false));
        assert_eq!(
            count(500),
            (1, 60, false),
            "a clock that was set back does not lock the account"
        );
    }
}
