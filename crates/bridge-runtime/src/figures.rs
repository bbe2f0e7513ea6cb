//! What a bridge counts while it runs, for whoever watches many of them.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bridge_core::call::Disposition;

/// What a bridge has counted since it began to run.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Figures {
    /// How many calls got over in which way; those of which there was none are left out.
    pub calls: BTreeMap<Disposition, u64>,
    /// How long it took from the telephone system's word that a call is answered until the help desk's client was given the
    /// ticket to open: a look-up that was still under way, the journal and the queue are in it, the way to the help desk is not. Tickets that
    /// no such word led to, as after a restart or from a list of calls, are not counted.
    pub event_to_request: Spread,
}

/// How durations are spread.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Spread {
    /// How many were at most as long as the bound of the same place, and longer than the one before.
    within: [u64; BOUNDS.len()],
    longer: u64,
    sum: Duration,
}

/// From a millisecond to ten seconds.
const BOUNDS: [Duration; 13] = [
    Duration::from_millis(1),
    Duration::from_millis(2),
    Duration::from_millis(5),
    Duration::from_millis(10),
    Duration::from_millis(20),
    Duration::from_millis(50),
    Duration::from_millis(100),
    Duration::from_millis(200),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(5),
    Duration::from_secs(10),
];

impl Spread {
    /// How many there were.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.within.iter().sum::<u64>() + self.longer
    }

    /// All of them together.
    #[must_use]
    pub fn sum(&self) -> Duration {
        self.sum
    }

    /// How many were at most this long and longer than the bound before; last, without a bound, how many were longer than all.
    pub fn buckets(&self) -> impl Iterator<Item = (Option<Duration>, u64)> {
        let within = BOUNDS.into_iter().map(Some).zip(self.within);
        within.chain([(None, self.longer)])
    }

    fn add(&mut self, duration: Duration) {
        let place = BOUNDS.iter().position(|bound| duration <= *bound);
        let count = place.and_then(|place| self.within.get_mut(place));
        *count.unwrap_or(&mut self.longer) += 1;
        self.sum += duration;
    }
}

/// Where the parts of a bridge count.
#[derive(Debug, Default)]
pub(crate) struct Tally(Mutex<Figures>);

impl Tally {
    /// What has been counted.
    pub(crate) fn read(&self) -> Figures {
        self.lock().clone()
    }

    /// So many calls got over so far.
    pub(crate) fn calls(&self, calls: &BTreeMap<Disposition, u64>) {
        self.lock().calls.clone_from(calls);
    }

    /// A ticket was asked for so long after its call was answered.
    pub(crate) fn requested(&self, after: Duration) {
        self.lock().event_to_request.add(after);
    }

    fn lock(&self) -> MutexGuard<'_, Figures> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_counts_in_the_first_bucket_that_holds_it() {
        let tally = Tally::default();
        for micros in [0, 1_000, 1_001, 4_000, 10_000_000, 10_000_001] {
            tally.requested(Duration::from_micros(micros));
        }
        let spread = tally.read().event_to_request;
        let counted: Vec<_> = spread.buckets().filter(|(_, count)| *count > 0).collect();
        let millis = |millis| Some(Duration::from_millis(millis));
        assert_eq!(
            counted,
            [
                (millis(1), 2),
                (millis(2), 1),
                (millis(5), 1),
                (millis(10_000), 1),
                (None, 1)
            ]
        );
        assert_eq!((spread.count(), spread.sum()), (6, Duration::from_micros(20_006_002)));
    }
}
