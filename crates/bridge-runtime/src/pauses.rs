//! Growing pauses between attempts at something that is away.

use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBackoff, ExponentialBuilder};
use tokio_util::sync::CancellationToken;

/// Pauses of 1, 2, 4 … 60 seconds, and from then on 60.
pub(crate) struct Pauses(ExponentialBackoff);

impl Pauses {
    pub(crate) fn new() -> Self {
        let pauses = ExponentialBuilder::new()
            .with_min_delay(Duration::from_secs(1))
            .with_factor(2.0);
        Self(
            pauses
                .with_max_delay(Duration::from_secs(60))
                .without_max_times()
                .build(),
        )
    }

    /// The next pause.
    pub(crate) fn next(&mut self) -> Duration {
        self.0.next().unwrap_or(Duration::from_secs(60))
    }

    /// It was there again: begin anew.
    pub(crate) fn reset(&mut self) {
        *self = Self::new();
    }
}

/// Sleeps, unless stopped; `false` if stopped.
pub(crate) async fn sleep_unless(stop: &CancellationToken, duration: Duration) -> bool {
    stop.run_until_cancelled(tokio::time::sleep(duration)).await.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_minute_and_begin_anew() {
        let mut pauses = Pauses::new();
        let seconds: Vec<u64> = (0..9).map(|_| pauses.next().as_secs()).collect();
        assert_eq!(seconds, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
        pauses.reset();
        assert_eq!(pauses.next().as_secs(), 1);
    }
}
