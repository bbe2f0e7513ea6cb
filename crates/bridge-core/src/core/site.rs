//! What is known beside the calls: the settings and the matching, and how numbers are to be taken with them.

use pbx::Dialled;

use crate::call::CallState;
use crate::call_log::{Logs, OwnerLog};
use crate::matching::{MatchedAgent, Matching};
use crate::number::{E164, Reading};
use crate::settings::Settings;

/// The settings and the matching in force.
#[derive(Clone, Copy, Debug)]
pub(super) struct Site<'a> {
    pub(super) settings: &'a Settings,
    pub(super) matching: Option<&'a Matching>,
    pub(super) logs: &'a Logs,
}

impl<'a> Site<'a> {
    /// The caller's number where it is one of the public network, and not one of our own phones.
    pub(super) fn public(self, call: &CallState) -> Option<E164> {
        self.public_number(call.caller.as_ref()?)
    }

    /// The same for any number that the PBX shows.
    pub(super) fn public_number(self, shown: &Dialled) -> Option<E164> {
        match self.settings.numbers.read(shown) {
            Reading::Public(number) if !self.is_own(&number) && !self.is_extension(shown) => Some(number),
            Reading::Public(_) | Reading::Service(_) | Reading::Withheld | Reading::Internal | Reading::Unreadable => {
                None
            }
        }
    }

    /// Whether the caller is one of our own phones.
    pub(super) fn is_internal(self, shown: &Dialled) -> bool {
        let reading = self.settings.numbers.read(shown);
        let own = matches!(&reading, Reading::Public(number) if self.is_own(number));
        own || reading == Reading::Internal || self.is_extension(shown)
    }

    fn is_own(self, number: &E164) -> bool {
        self.settings.numbers.is_own(number)
    }

    /// Whether this is one of our own phones.
    pub(super) fn is_extension(self, shown: &Dialled) -> bool {
        let agents = self.matching.iter().flat_map(|matching| matching.agents.values());
        agents
            .flat_map(|agent| &agent.extensions)
            .any(|extension| self.is_same(extension, shown))
    }

    /// How much a number that was told is worth: the better one is kept, whichever was told first.
    pub(super) fn worth(self, shown: Option<&Dialled>) -> u8 {
        match shown.map(|shown| self.settings.numbers.read(shown)) {
            None => 0,
            Some(Reading::Withheld) => 1,
            Some(Reading::Unreadable) => 2,
            Some(Reading::Internal) => 3,
            Some(Reading::Public(_) | Reading::Service(_)) => 4,
        }
    }

    /// Whether two numbers of the PBX are the same line, however they are written.
    pub(super) fn is_same(self, one: &Dialled, other: &Dialled) -> bool {
        if one == other {
            return !one.is_empty();
        }
        let (first, second) = (self.settings.numbers.read(one), self.settings.numbers.read(other));
        match (first.number(), second.number()) {
            (Some(one), Some(other)) => one == other,
            (None, None) => !one.is_empty() && one.as_str().trim() == other.as_str().trim(),
            (Some(_), None) | (None, Some(_)) => false,
        }
    }

    /// Whether two shown numbers may be one caller's: the same line, or none on both sides.
    pub(super) fn is_same_caller(self, one: &Dialled, other: &Dialled) -> bool {
        self.is_same(one, other) || self.is_withheld(one) && self.is_withheld(other)
    }

    /// Whether the PBX says that there is no number.
    pub(super) fn is_withheld(self, shown: &Dialled) -> bool {
        self.settings.numbers.read(shown) == Reading::Withheld
    }

    /// A user of the PBX, if he is known there.
    pub(super) fn agent(self, login: &pbx::UserId) -> Option<&'a MatchedAgent> {
        self.matching?.agents.get(login)
    }

    /// The name of a PBX group; its id where the name is not known.
    pub(super) fn group_name(self, group: &pbx::GroupId) -> String {
        let known = self.matching.and_then(|matching| matching.groups.get(group));
        known.map_or_else(|| group.as_str().to_owned(), |group| group.name.clone())
    }

    /// The lists of calls of everybody who took part.
    pub(super) fn lists_of<'c>(self, call: &'c CallState) -> impl Iterator<Item = &'a OwnerLog> + use<'a, 'c> {
        let owners = &self.logs.owners;
        call.legs.keys().filter_map(move |owner| owners.get(owner))
    }
}
