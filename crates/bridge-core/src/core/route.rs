//! Is this a call that the bridge serves, and for which group?

use pbx::{Dialled, GroupId};

use crate::call::{Answer, CallState};
use crate::desk;
use crate::matching::{MatchedGroup, Service};

use super::clock::after;
use super::site::Site;

/// Where a call goes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Route {
    /// To a group that is served.
    Served {
        /// The PBX's id of it.
        pbx: GroupId,
        /// The group of the same name in the help desk.
        desk: desk::GroupId,
    },
    /// Nowhere in the help desk.
    No(No),
    /// Users and groups are not matched yet, so nobody can say.
    NotMatched,
}

/// Why a call leads to nothing in the help desk.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum No {
    Internal,
    Outbound,
    Groupless,
    UnknownGroup(GroupId),
    NotIncluded(String),
    Unmatched { name: String, wanted: String },
}

impl No {
    /// In words.
    pub(super) fn why(&self) -> String {
        match self {
            Self::Internal => "an internal call".into(),
            Self::Outbound => "an outbound call".into(),
            Self::Groupless => "a call to no group".into(),
            Self::UnknownGroup(id) => format!("the group with id {id} is not known"),
            Self::NotIncluded(name) => format!("the group {name} is not served: the configuration leaves it out"),
            Self::Unmatched { name, wanted } => {
                format!("the group {name} is not served: the help desk has no group {wanted}")
            }
        }
    }

    /// Whether the same call may still come to a group that is served, by a transfer.
    pub(super) fn is_of_the_group(&self) -> bool {
        match self {
            Self::Internal | Self::Outbound => false,
            Self::Groupless | Self::UnknownGroup(_) | Self::NotIncluded(_) | Self::Unmatched { .. } => true,
        }
    }
}

impl Site<'_> {
    /// Where the call goes, by what is known of it at this moment.
    pub(super) fn route(self, call: &CallState) -> Route {
        if call.outbound {
            // One of our own phones began it; whoever was called inside sees it come in.
            let inside = call.called.as_ref().is_some_and(|called| self.is_internal(called));
            let internal = call.inbound || inside;
            return Route::No(if internal { No::Internal } else { No::Outbound });
        }
        if call.caller.as_ref().is_some_and(|caller| self.is_internal(caller)) {
            return Route::No(No::Internal);
        }
        let Some(matching) = self.matching else {
            return Route::NotMatched;
        };
        let ids = self.groups(call);
        let served = ids.iter().find_map(|id| match &matching.groups.get(id)?.service {
            Service::Served { group, .. } => Some(Route::Served {
                pbx: id.clone(),
                desk: *group,
            }),
            Service::NotIncluded | Service::NoSuchGroup { .. } => None,
        });
        served.unwrap_or_else(|| {
            let Some(id) = ids.first() else {
                return Route::No(No::Groupless);
            };
            Route::No(match matching.groups.get(id) {
                None => No::UnknownGroup(id.clone()),
                Some(group) => match &group.service {
                    Service::NotIncluded | Service::Served { .. } => No::NotIncluded(group.name.clone()),
                    Service::NoSuchGroup { wanted } => No::Unmatched {
                        name: group.name.clone(),
                        wanted: wanted.clone(),
                    },
                },
            })
        })
    }

    /// The groups that this call may have come through, the surest first.
    fn groups(self, call: &CallState) -> Vec<GroupId> {
        let answer = call.answer.as_ref();
        let leg = answer.and_then(|answer| call.legs.get(&answer.by));
        if let Some(group) = leg.and_then(|leg| leg.group.as_ref()) {
            return vec![group.clone()];
        }
        // What is told after the answer belongs to a transfer, except for what was merely late.
        let in_time = |answer: &Answer| after(answer.at, self.settings.lookup_patience);
        let until = answer.map(in_time);
        let told = call
            .groups
            .iter()
            .filter(|told| until.is_none_or(|until| told.at <= until));
        let mut groups: Vec<GroupId> = told.map(|told| told.group.clone()).collect();
        let called = leg.and_then(|leg| leg.called.as_ref()).or(call.called.as_ref());
        groups.extend(called.and_then(|called| self.group_of(called)));
        groups
    }

    /// The group that this number reaches.
    fn group_of(self, called: &Dialled) -> Option<GroupId> {
        let reaches = |group: &MatchedGroup| group.numbers.iter().any(|number| self.is_same(number, called));
        let groups = &self.matching?.groups;
        groups
            .iter()
            .find(|(_, group)| reaches(group))
            .map(|(id, _)| id.clone())
    }
}
