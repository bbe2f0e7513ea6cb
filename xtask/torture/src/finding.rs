//! What is compared with the reference model, and what that finds.

use std::collections::BTreeMap;

use bridge_runtime::store::CallStory;
use bridge_sim::zendesk::UserSnapshot;

use crate::world::World;

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

impl Finding {
    pub(crate) fn wrong(call: Option<usize>, what: String) -> Self {
        Self {
            sort: Sort::Wrong,
            call,
            what,
        }
    }
}
