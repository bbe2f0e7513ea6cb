//! What is compared with the reference model, and what that finds.

use std::collections::BTreeMap;

use bridge_runtime::store::CallStory;
use bridge_sim::zendesk::UserSnapshot;
use jiff::{SignedDuration, Timestamp};

use crate::truth::{Told, TrueCall};
use crate::world::World;

/// What was told so short before a crash may not have been kept.
pub(crate) const TO_BE_KEPT: SignedDuration = SignedDuration::from_secs(2);

/// What a day is judged by.
pub(crate) struct Day<'a> {
    pub(crate) world: &'a World,
    /// Users as they were when it began.
    pub(crate) before: &'a [UserSnapshot],
    /// What the bridge shows of its calls, by their keys.
    pub(crate) stories: &'a BTreeMap<String, CallStory>,
    /// Users are made for callers whom nobody knows.
    pub(crate) new_users: bool,
    /// Answered calls of which the bridge was told nothing need no ticket.
    pub(crate) excuse_gaps: bool,
}

/// Something that is not as it must be.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Finding {
    pub(crate) sort: Sort,
    pub(crate) call: Option<usize>,
    pub(crate) what: String,
}

/// Which promise is broken.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Sort {
    Lost,
    Doubled,
    Wrong,
    /// Not a failure: an answered call of which the bridge was told nothing.
    OnlyInTheList,
}

impl Day<'_> {
    /// Whether the bridge was told that somebody has the call.
    pub(crate) fn is_told(&self, call: &TrueCall) -> bool {
        let told = |told: &Told| call.is_served_by(&told.login) && self.is_kept(told);
        call.told_talking.iter().any(told)
    }

    /// Whether the bridge lived long enough to keep what it was told.
    pub(crate) fn is_kept(&self, told: &Told) -> bool {
        let long = |died: &Timestamp| died.duration_since(told.at) > TO_BE_KEPT;
        self.world.deaths.get(told.life).is_none_or(long)
    }
}

impl Finding {
    pub(crate) fn wrong(call: Option<usize>, what: String) -> Self {
        Self {
            sort: Sort::Wrong,
            call,
            what,
        }
    }
}
