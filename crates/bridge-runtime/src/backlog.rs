//! When to say that work piles up: long before anything is in danger, and not with every event.

use jiff::{SignedDuration, Timestamp};

/// From this age of the oldest waiting effect on, an administrator should know.
pub(crate) const ALARMING: SignedDuration = SignedDuration::from_mins(5);

/// It is said again when the age has doubled, and at least so often.
const AT_LEAST_EVERY: SignedDuration = SignedDuration::from_hours(6);

/// Remembers what was said of a backlog.
#[derive(Debug, Default)]
pub(crate) struct Backlog {
    said_at: Option<Timestamp>,
    /// The age at which it is said next.
    next: Option<SignedDuration>,
}

/// What is worth saying now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum News {
    /// Effects have been waiting for this long.
    Grows(SignedDuration),
    /// What was said last does not hold any more.
    Gone,
}

impl Backlog {
    /// What is worth saying when the oldest effect has been waiting since `oldest`.
    pub(crate) fn look(&mut self, oldest: Option<Timestamp>, now: Timestamp) -> Option<News> {
        let age = oldest.map_or(SignedDuration::ZERO, |oldest| now.duration_since(oldest));
        if age < ALARMING {
            self.next = None;
            return self.said_at.take().map(|_| News::Gone);
        }
        let silent = self.said_at.map(|said| now.duration_since(said));
        let due = age >= self.next.unwrap_or(ALARMING) || silent.is_some_and(|silent| silent >= AT_LEAST_EVERY);
        if !due {
            return None;
        }
        self.said_at = Some(now);
        self.next = Some(age.checked_mul(2).unwrap_or(SignedDuration::MAX));
        Some(News::Grows(age))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_of_three_days_is_told_early_and_then_now_and_then() {
        let begun: Timestamp = "2026-11-24T12:00:00Z".parse().unwrap();
        let mut backlog = Backlog::default();
        let mut said = Vec::new();
        for minute in 0..72 * 60 {
            let now = begun + SignedDuration::from_mins(minute);
            if let Some(news) = backlog.look(Some(begun), now) {
                assert!(matches!(news, News::Grows(_)));
                said.push(minute);
            }
        }
        assert_eq!(said[..8], [5, 10, 20, 40, 80, 160, 320, 640]);
        assert_eq!(said[8..].len(), 10, "then every six hours");

        let after = begun + SignedDuration::from_hours(72);
        assert_eq!(backlog.look(None, after), Some(News::Gone));
        assert_eq!(backlog.look(None, after), None, "once");
    }
}
