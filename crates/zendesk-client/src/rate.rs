//! What Zendesk says of its limits, kept from every answer.

use std::collections::BTreeMap;
use std::time::Duration;

use http::HeaderMap;

/// The limits as the last answers told them. Each is `None` until an answer names it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Rate {
    /// Requests a minute for the whole account.
    pub limit: Option<u32>,
    /// How many of them are left.
    pub remaining: Option<u32>,
    /// When the count begins anew, counted from the answer.
    pub reset: Option<Duration>,
    /// Limits of single endpoints, by Zendesk's name for them, such as `tickets-index`.
    pub buckets: BTreeMap<String, Bucket>,
}

/// The limit of one endpoint.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Bucket {
    /// Requests in a window.
    pub total: u32,
    /// How many are left.
    pub remaining: u32,
    /// When the window ends, counted from the answer.
    pub resets: Duration,
}

impl Rate {
    /// Takes over what an answer says; what it does not mention stays. Both spellings are understood: Zendesk wrote
    /// `rate-limit-…` until 2023 and `ratelimit-…` since.
    pub(crate) fn observe(&mut self, headers: &HeaderMap) {
        let number = |names: [&str; 3]| {
            names
                .iter()
                .find_map(|name| headers.get(*name)?.to_str().ok()?.trim().parse::<u32>().ok())
        };
        if let Some(limit) = number(["x-rate-limit", "ratelimit-limit", "rate-limit"]) {
            self.limit = Some(limit);
        }
        if let Some(remaining) = number(["x-rate-limit-remaining", "ratelimit-remaining", "rate-limit-remaining"]) {
            self.remaining = Some(remaining);
        }
        if let Some(reset) = number(["ratelimit-reset", "rate-limit-reset", "x-rate-limit-reset"]) {
            self.reset = Some(Duration::from_secs(reset.into()));
        }
        for (name, value) in headers {
            let bucket = ["zendesk-ratelimit-", "zendesk-rate-limit-"]
                .iter()
                .find_map(|prefix| name.as_str().strip_prefix(prefix));
            if let (Some(bucket), Ok(text)) = (bucket, value.to_str())
                && let Some(parsed) = Bucket::parse(text)
            {
                self.buckets.insert(bucket.to_owned(), parsed);
            }
        }
    }
}

impl Bucket {
    /// `total=300; remaining=299; resets=50`.
    fn parse(text: &str) -> Option<Self> {
        let part = |wanted: &str| {
            let (_, value) = text
                .split(';')
                .filter_map(|part| part.split_once('='))
                .find(|(key, _)| key.trim() == wanted)?;
            value.trim().parse::<u32>().ok()
        };
        Some(Self {
            total: part("total")?,
            remaining: part("remaining")?,
            resets: Duration::from_secs(part("resets").unwrap_or_default().into()),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::HeaderMap;

    use super::{Bucket, Rate};

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        lines
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn both_spellings_are_read_and_what_is_not_mentioned_stays() {
        let mut rate = Rate::default();
        rate.observe(&headers(&[
            ("rate-limit", "700"),
            ("rate-limit-remaining", "697"),
            ("rate-limit-reset", "59"),
        ]));
        assert_eq!(
            (rate.limit, rate.remaining, rate.reset),
            (Some(700), Some(697), Some(Duration::from_secs(59)))
        );
        rate.observe(&headers(&[
            ("ratelimit-limit", "400"),
            ("ratelimit-remaining", "12"),
            ("ratelimit-reset", "7"),
        ]));
        assert_eq!(
            (rate.limit, rate.remaining, rate.reset),
            (Some(400), Some(12), Some(Duration::from_secs(7)))
        );
        rate.observe(&headers(&[("x-rate-limit-remaining", "11"), ("x-rate-limit", "none")]));
        assert_eq!((rate.limit, rate.remaining), (Some(400), Some(11)));
    }

    #[test]
    fn named_buckets_are_kept_by_name() {
        let mut rate = Rate::default();
        rate.observe(&headers(&[
            (
                "zendesk-ratelimit-per-ticket-updates",
                "total=30; remaining=29; resets=468",
            ),
            ("zendesk-rate-limit-tickets-index", "total=100; remaining=90; resets=14"),
            ("zendesk-ratelimit-odd", "plenty"),
        ]));
        let updates = Bucket {
            total: 30,
            remaining: 29,
            resets: Duration::from_secs(468),
        };
        assert_eq!(rate.buckets.get("per-ticket-updates"), Some(&updates));
        assert_eq!(
            rate.buckets.get("tickets-index").map(|bucket| bucket.remaining),
            Some(90)
        );
        assert_eq!(rate.buckets.len(), 2);
    }
}
