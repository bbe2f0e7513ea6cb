//! How the runs of something have gone that is repeated until it succeeds: when the next one is due, and what was said already.

use std::time::Duration;

use tokio::time::Instant;

/// What is away is tried again after so long at first, and after so long at last.
const PAUSES: (Duration, Duration) = (Duration::from_secs(60), Duration::from_secs(30 * 60));

/// The runs so far. Pauses are measured by a clock that nobody sets.
#[derive(Default)]
pub(super) struct Attempts {
    failed: u32,
    again_at: Option<Instant>,
    said: Option<String>,
}

impl Attempts {
    /// Whether the pause after the last failure is over.
    pub(super) fn is_due(&self) -> bool {
        self.again_at.is_none_or(|at| at <= Instant::now())
    }

    /// How long it still lasts; `None` if nothing has failed.
    pub(super) fn pause(&self) -> Option<Duration> {
        self.again_at.map(|at| at.saturating_duration_since(Instant::now()))
    }

    /// What has changed since is worth an attempt of its own.
    pub(super) fn due_at_once(&mut self) {
        self.again_at = None;
    }

    /// A run has succeeded, or there is nothing to do any more; whether it had failed before.
    pub(super) fn succeeded(&mut self) -> bool {
        std::mem::take(self).failed > 0
    }

    /// A run has failed; whether that is news, or was said after the last one in the same words.
    pub(super) fn failed(&mut self, error: &str) -> bool {
        self.failed += 1;
        self.again_at = Instant::now().checked_add(pause_after(self.failed));
        let is_said = self.said.as_deref() == Some(error);
        self.said = Some(error.to_owned());
        !is_said
    }
}

/// 1, 2, 4 … 30 minutes.
fn pause_after(failed: u32) -> Duration {
    let doubled = 2u32.saturating_pow(failed.saturating_sub(1).min(10));
    PAUSES.0.saturating_mul(doubled).min(PAUSES.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_half_an_hour() {
        let minutes: Vec<u64> = (1..8).map(|failed| pause_after(failed).as_secs() / 60).collect();
        assert_eq!(minutes, [1, 2, 4, 8, 16, 30, 30]);
        assert_eq!(pause_after(u32::MAX), PAUSES.1);
    }

    #[tokio::test(start_paused = true)]
    async fn what_fails_is_due_again_after_its_pause_and_is_said_once() {
        let mut attempts = Attempts::default();
        assert!(attempts.is_due() && attempts.pause().is_none());
        assert!(attempts.failed("away"));
        assert!(!attempts.is_due());
        tokio::time::advance(Duration::from_secs(60)).await;
        assert!(attempts.is_due());
        assert!(!attempts.failed("away"));
        tokio::time::advance(Duration::from_secs(60)).await;
        assert!(!attempts.is_due() && attempts.pause() == Some(Duration::from_secs(60)));
        assert!(attempts.failed("refused"));
        assert!(attempts.succeeded() && !attempts.succeeded());
        assert!(attempts.is_due() && attempts.failed("refused"));
    }
}
