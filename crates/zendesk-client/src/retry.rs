//! When a request is repeated: all of it, in one place, as a pure function.
//!
//! | what happened | may be repeated blindly | may not |
//! | --- | --- | --- |
//! | 429 | after `Retry-After` | after `Retry-After`: it was not carried out |
//! | 503 with `Retry-After` | after `Retry-After` | never: look first |
//! | 500, 502, 503, 504 and the like, time-out, cut off | after a pause | never: look first |
//! | not connected | after a pause | after a pause: nothing was sent |
//! | 409 of two creations at once, 423 | after a pause | after a pause: it was not carried out |
//! | 501 and everything else | never | never |
//!
//! A request may be repeated blindly if it is idempotent or carries an idempotency key.

use std::time::Duration;

/// How long and how often requests are repeated. The default is for a tool that can wait; who has a person waiting takes less.
///
/// ```
/// use std::time::Duration;
/// use zendesk_client::RetryPolicy;
/// let mut policy = RetryPolicy::default();
/// assert_eq!((policy.tries, policy.total_wait), (5, Duration::from_secs(90)));
/// policy.total_wait = Duration::from_secs(2);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// How often a request is sent at most. At least 1.
    pub tries: u32,
    /// How long the pauses of one call may be together. A pause that does not fit is not begun: the call fails at once
    /// with an error that says how long to wait.
    pub total_wait: Duration,
    /// The longest `Retry-After` that is believed. Zendesk has been seen to ask for 999999 seconds.
    pub longest_retry_after: Duration,
    /// What a 429 without `Retry-After` means.
    pub missing_retry_after: Duration,
    /// The first pause where the server does not name one; it doubles each time.
    pub first_pause: Duration,
    /// The longest such pause.
    pub longest_pause: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            tries: 5,
            total_wait: Duration::from_secs(90),
            longest_retry_after: Duration::from_secs(600),
            missing_retry_after: Duration::from_secs(10),
            first_pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(8),
        }
    }
}

/// How a single attempt failed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Mishap {
    /// An answer that is none of success.
    Status {
        /// Its status.
        status: u16,
        /// `Retry-After` in seconds.
        retry_after: Option<Duration>,
        /// Whether it is the 409 of two requests that create the same at the same time.
        collision: bool,
    },
    /// No connection: nothing was sent.
    NotConnected,
    /// No answer in time.
    TimedOut,
    /// The connection broke after something was sent, or the answer was cut off.
    Interrupted,
}

/// What may help after a failure.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Retry {
    /// The same again, after this time at the earliest. It was not carried out, or may safely be twice.
    After(Duration),
    /// The same again, after a pause of your choice. It was not carried out, or may safely be twice.
    Later,
    /// It may have been carried out: look whether it was before sending it again.
    LookFirst,
    /// The same again fails again.
    Never,
}

/// What one call has spent so far.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Spent {
    /// How often it was sent.
    pub tries: u32,
    /// How long it has paused.
    pub waited: Duration,
}

/// Whether to go on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Send it again after this pause.
    Again(Duration),
    /// Fail, with this advice to the caller.
    GiveUp(Retry),
}

impl RetryPolicy {
    /// Everything is sent once.
    #[must_use]
    pub fn never() -> Self {
        Self {
            tries: 1,
            ..Self::default()
        }
    }

    /// Decides after a failed attempt. `jitter`, from 0 to 1, lengthens the pause by up to a quarter, so that many who
    /// were turned away together do not come back together.
    #[must_use]
    pub fn judge(&self, mishap: Mishap, repeatable: bool, spent: Spent, jitter: f64) -> Verdict {
        let advice = self.advise(mishap, repeatable);
        let pause = match advice {
            Retry::After(time) => time,
            Retry::Later => self.pause(spent.tries),
            Retry::LookFirst | Retry::Never => return Verdict::GiveUp(advice),
        };
        let pause = pause.saturating_add(pause.mul_f64(0.25 * jitter.clamp(0.0, 1.0)));
        if spent.tries >= self.tries || spent.waited.saturating_add(pause) > self.total_wait {
            return Verdict::GiveUp(advice);
        }
        Verdict::Again(pause)
    }

    /// What may help, budgets aside.
    #[must_use]
    pub fn advise(&self, mishap: Mishap, repeatable: bool) -> Retry {
        let in_doubt = |advice| if repeatable { advice } else { Retry::LookFirst };
        match mishap {
            Mishap::Status {
                status: 429,
                retry_after,
                ..
            } => Retry::After(self.believe(retry_after.unwrap_or(self.missing_retry_after))),
            Mishap::Status {
                status: 503,
                retry_after: Some(time),
                ..
            } => in_doubt(Retry::After(self.believe(time))),
            Mishap::Status {
                status: 409,
                collision: true,
                ..
            }
            | Mishap::Status { status: 423, .. }
            | Mishap::NotConnected => Retry::Later,
            Mishap::Status { status: 501, .. } => Retry::Never,
            Mishap::Status { status: 500..=599, .. } | Mishap::TimedOut | Mishap::Interrupted => in_doubt(Retry::Later),
            Mishap::Status { .. } => Retry::Never,
        }
    }

    /// A `Retry-After`, as far as it is believed.
    pub(crate) fn believe(&self, retry_after: Duration) -> Duration {
        retry_after.min(self.longest_retry_after)
    }

    fn pause(&self, tries: u32) -> Duration {
        let doublings = tries.saturating_sub(1).min(16);
        self.first_pause.saturating_mul(1 << doublings).min(self.longest_pause)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Mishap, Retry, RetryPolicy, Spent, Verdict};

    const ONCE: Spent = Spent {
        tries: 1,
        waited: Duration::ZERO,
    };

    fn secs(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn status(status: u16) -> Mishap {
        Mishap::Status {
            status,
            retry_after: None,
            collision: false,
        }
    }

    fn asking(code: u16, seconds: u64) -> Mishap {
        Mishap::Status {
            status: code,
            retry_after: Some(secs(seconds)),
            collision: false,
        }
    }

    #[test]
    fn what_may_help_after_each_mishap() {
        use Retry::{After, Later, LookFirst, Never};
        let collision = Mishap::Status {
            status: 409,
            retry_after: None,
            collision: true,
        };
        let table = [
            // mishap, repeatable, not repeatable
            (asking(429, 27), After(secs(27)), After(secs(27))),
            (asking(429, 0), After(secs(0)), After(secs(0))),
            (asking(429, 999_999), After(secs(600)), After(secs(600))),
            (status(429), After(secs(10)), After(secs(10))),
            (asking(503, 30), After(secs(30)), LookFirst),
            (asking(503, 999_999), After(secs(600)), LookFirst),
            (status(503), Later, LookFirst),
            (status(500), Later, LookFirst),
            (asking(500, 5), Later, LookFirst),
            (status(501), Never, Never),
            (status(502), Later, LookFirst),
            (status(504), Later, LookFirst),
            (status(522), Later, LookFirst),
            (Mishap::TimedOut, Later, LookFirst),
            (Mishap::Interrupted, Later, LookFirst),
            (Mishap::NotConnected, Later, Later),
            (collision, Later, Later),
            (status(409), Never, Never),
            (status(301), Never, Never),
            (status(400), Never, Never),
            (status(401), Never, Never),
            (asking(403, 5), Never, Never),
            (status(404), Never, Never),
            (status(408), Never, Never),
            (status(413), Never, Never),
            (status(422), Never, Never),
            (status(423), Later, Later),
        ];
        let policy = RetryPolicy::default();
        for (mishap, repeatable, not) in table {
            assert_eq!(policy.advise(mishap, true), repeatable, "{mishap:?}, repeatable");
            assert_eq!(policy.advise(mishap, false), not, "{mishap:?}, not repeatable");
        }
    }

    #[test]
    fn pauses_double_up_to_the_longest() {
        let policy = RetryPolicy {
            tries: 99,
            total_wait: secs(999),
            ..RetryPolicy::default()
        };
        let pauses: Vec<_> = (1..=7)
            .map(|tries| policy.judge(status(502), true, Spent { tries, waited: secs(0) }, 0.0))
            .collect();
        let wanted = [500, 1000, 2000, 4000, 8000, 8000, 8000].map(|ms| Verdict::Again(Duration::from_millis(ms)));
        assert_eq!(pauses, wanted);
    }

    #[test]
    fn a_pause_beyond_the_budget_is_not_begun_and_the_error_carries_it() {
        let policy = RetryPolicy {
            total_wait: secs(30),
            ..RetryPolicy::default()
        };
        assert_eq!(
            policy.judge(asking(429, 30), false, ONCE, 0.0),
            Verdict::Again(secs(30))
        );
        assert_eq!(
            policy.judge(asking(429, 31), false, ONCE, 0.0),
            Verdict::GiveUp(Retry::After(secs(31)))
        );
        let later = Spent {
            tries: 2,
            waited: secs(25),
        };
        assert_eq!(policy.judge(asking(429, 5), false, later, 0.0), Verdict::Again(secs(5)));
        assert_eq!(
            policy.judge(asking(429, 6), false, later, 0.0),
            Verdict::GiveUp(Retry::After(secs(6)))
        );
    }

    #[test]
    fn tries_are_counted() {
        let policy = RetryPolicy {
            tries: 3,
            ..RetryPolicy::default()
        };
        let after = |tries| policy.judge(status(502), true, Spent { tries, waited: secs(0) }, 0.0);
        assert!(matches!(after(2), Verdict::Again(_)));
        assert_eq!(after(3), Verdict::GiveUp(Retry::Later));
        assert_eq!(
            RetryPolicy::never().judge(asking(429, 0), true, ONCE, 0.0),
            Verdict::GiveUp(Retry::After(secs(0)))
        );
    }

    #[test]
    fn jitter_lengthens_by_up_to_a_quarter_and_never_shortens() {
        let policy = RetryPolicy::default();
        assert_eq!(policy.judge(asking(429, 4), true, ONCE, 1.0), Verdict::Again(secs(5)));
        assert_eq!(policy.judge(asking(429, 4), true, ONCE, -7.0), Verdict::Again(secs(4)));
        assert_eq!(policy.judge(asking(429, 4), true, ONCE, 7.0), Verdict::Again(secs(5)));
    }
}
