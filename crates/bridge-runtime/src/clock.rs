//! The one place where a clock is read.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

/// Tells the time, and never an earlier one than before.
///
/// Where the wall clock is set back, this one goes on at half speed until the wall clock has caught up: time that stood
/// still would hold up every call that waits for its wrap-up.
#[derive(Clone)]
pub struct Clock(Arc<Inner>);

struct Inner {
    wall: Box<dyn Fn() -> Timestamp + Send + Sync>,
    /// What was told last, and when that was by a clock that nobody sets.
    last: Mutex<(Timestamp, Instant)>,
}

impl Clock {
    /// The clock of the machine.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "the one clock: everything else is told the time"
    )]
    pub fn system() -> Self {
        Self::reading(Timestamp::now)
    }

    /// A clock that shows `start` now and goes as tokio's own does: under a paused clock, time is virtual.
    #[must_use]
    pub fn following_tokio(start: Timestamp) -> Self {
        let begun = Instant::now();
        Self::reading(move || later(start, signed(begun.elapsed())))
    }

    /// A clock over a wall clock of one's own, which may be set, forwards and back.
    #[must_use]
    pub fn reading(wall: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        let last = Mutex::new((whole(wall()), Instant::now()));
        Self(Arc::new(Inner {
            wall: Box::new(wall),
            last,
        }))
    }

    /// The time, to the microsecond.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let wall = whole((self.0.wall)());
        let steady = Instant::now();
        let mut last = self.0.last.lock().unwrap_or_else(PoisonError::into_inner);
        *last = (advance(last.0, wall, signed(steady.duration_since(last.1))), steady);
        last.0
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clock").finish_non_exhaustive()
    }
}

/// What to tell when `last` was told `elapsed` ago and the wall clock shows `wall`.
fn advance(last: Timestamp, wall: Timestamp, elapsed: SignedDuration) -> Timestamp {
    wall.max(whole(later(last, elapsed / 2)))
}

/// The journal keeps microseconds; whoever compares a moment with its stored self must find them equal.
fn whole(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at)
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(at)
}

fn signed(duration: std::time::Duration) -> SignedDuration {
    SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_never_goes_back_and_never_stands_still() {
        let at = |text: &str| -> Timestamp { format!("2026-11-24T{text}Z").parse().unwrap() };
        let seconds = SignedDuration::from_secs;
        for (last, wall, elapsed, told) in [
            ("12:00:00", "12:00:05", 5, "12:00:05"),
            ("12:00:00", "13:00:00", 5, "13:00:00"),
            ("12:00:00", "12:00:00", 0, "12:00:00"),
            ("12:00:00", "11:00:00", 10, "12:00:05"),
            ("12:00:00", "11:59:59", 0, "12:00:00"),
        ] {
            assert_eq!(advance(at(last), at(wall), seconds(elapsed)), at(told), "{last} {wall}");
        }
    }

    #[test]
    fn a_clock_that_was_set_back_is_caught_up_with() {
        let start: Timestamp = "2026-11-24T12:00:00Z".parse().unwrap();
        let (mut told, mut wall) = (start, start - SignedDuration::from_mins(10));
        for _ in 0..20 {
            wall += SignedDuration::from_mins(1);
            let next = advance(told, wall, SignedDuration::from_mins(1));
            assert!(next > told);
            told = next;
        }
        assert_eq!(told, wall);
    }
}
