//! One effect on its lane, and how long it waits after a failure.

use bridge_core::effect::Effect;
use bridge_core::port::{Failure, FailureKind};
use jiff::{SignedDuration, Timestamp};

use super::Jobs;
use super::waiting::Place;

/// Effects that wait for each other. Never empty while it is kept.
#[derive(Debug, Default)]
pub(super) struct Lane {
    pub(super) jobs: Jobs,
    pub(super) head: Head,
    /// Where the first one stands among those that wait.
    pub(super) place: Option<Place>,
}

/// What the first effect of a lane does.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Head {
    /// It waits to start.
    #[default]
    Waiting,
    /// It is under way.
    Flying,
    /// It has an outcome, which the journal does not hold yet.
    Returned,
}

/// One effect.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) effect: Effect,
    /// In the order given.
    pub(super) number: u64,
    /// Failed attempts in this process.
    pub(super) attempts: u32,
    pub(super) not_before: Option<Timestamp>,
    pub(super) failed: Option<FailureKind>,
    /// An earlier attempt, in this process or another, may have done it.
    pub(super) may_be_done: bool,
}

impl Job {
    pub(super) fn new(effect: Effect, number: u64) -> Self {
        Self {
            effect,
            number,
            attempts: 0,
            not_before: None,
            failed: None,
            may_be_done: false,
        }
    }
}

/// Whatever the help desk asks for, it is asked again within this time: the header may be odd.
const LONGEST_ASKED: SignedDuration = SignedDuration::from_hours(1);

/// How long to wait after the `attempts`-th failure: as long as the help desk asks for, and at least so long that
/// neither it nor an administrator's quota suffers.
pub(super) fn pause(failure: &Failure, attempts: u32) -> SignedDuration {
    let asked = failure.retry_after.map(|asked| {
        SignedDuration::try_from(asked)
            .unwrap_or(LONGEST_ASKED)
            .min(LONGEST_ASKED)
    });
    let own = match failure.kind {
        FailureKind::Busy if asked.is_some() => SignedDuration::from_secs(1),
        FailureKind::Busy => doubling(5, attempts),
        FailureKind::Credentials | FailureKind::Forbidden | FailureKind::Impossible => SignedDuration::from_secs(60),
        FailureKind::NoAnswer | FailureKind::Unavailable => doubling(1, attempts),
        _ => doubling(1, attempts),
    };
    asked.map_or(own, |asked| asked.max(own))
}

/// `first` seconds, then twice as long each time, up to a minute.
fn doubling(first: i64, attempts: u32) -> SignedDuration {
    let factor = 1_i64 << attempts.saturating_sub(1).min(6);
    SignedDuration::from_secs((first * factor).min(60))
}

/// `by` later, or the end of time.
pub(super) fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}
