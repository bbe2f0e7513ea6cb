//! What an administrator may want to mend in the match of both sides.

use std::collections::BTreeMap;
use std::fmt;

use super::{GroupRules, MatchedGroup, Matching, Service, desk_groups, fold, means};
use crate::desk;

/// Something that an administrator may want to mend. Its `Display` is a sentence for him; people appear in it by
/// their PBX login only, so that it may go into a log.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Finding {
    /// The PBX knows no e-mail address of this user.
    AgentWithoutEmail {
        /// Who.
        user: pbx::UserId,
    },
    /// The help desk has no agent with this user's e-mail address.
    NoSuchAgent {
        /// Who.
        user: pbx::UserId,
    },
    /// Several PBX users have the same e-mail address, and so count as the same agent.
    SharedEmail {
        /// Who.
        users: Vec<pbx::UserId>,
    },
    /// The help desk has no group of the name that the calls of a PBX group need.
    NoSuchDeskGroup {
        /// The PBX group's name.
        group: String,
        /// The name that was looked for in the help desk.
        wanted: String,
    },
    /// Several groups of the help desk are meant alike by a name.
    AmbiguousDeskGroup {
        /// The PBX group's name.
        group: String,
        /// The names in the help desk.
        candidates: Vec<String>,
    },
    /// `groups.include` names a group that the PBX does not have.
    IncludeNamesNoGroup {
        /// The entry.
        entry: String,
    },
    /// `groups.names` names a group that the PBX does not have.
    RenameNamesNoGroup {
        /// The entry.
        entry: String,
    },
}

/// What an administrator may want to mend, in a steady order: users, groups, configuration.
#[must_use]
pub fn findings(matching: &Matching, roster: &desk::Roster, rules: &GroupRules) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut addresses: BTreeMap<String, Vec<pbx::UserId>> = BTreeMap::new();
    for (user, agent) in &matching.agents {
        let address = agent.email.as_deref().map(fold).unwrap_or_default();
        if address.is_empty() {
            found.push(Finding::AgentWithoutEmail { user: user.clone() });
            continue;
        }
        addresses.entry(address).or_default().push(user.clone());
        if agent.desk.is_none() {
            found.push(Finding::NoSuchAgent { user: user.clone() });
        }
    }
    found.extend(
        addresses
            .into_values()
            .filter(|users| users.len() > 1)
            .map(|users| Finding::SharedEmail { users }),
    );
    for (_, group) in matching.unmatched_groups() {
        found.push(missing(group, roster));
    }
    let groups: Vec<&str> = matching.groups.values().map(|group| group.name.as_str()).collect();
    let names_none = |entry: &&String| !groups.iter().any(|name| means(entry, name, &groups));
    let (include, names) = (rules.include.iter(), rules.names.keys());
    found.extend(
        include
            .filter(names_none)
            .map(|e| Finding::IncludeNamesNoGroup { entry: e.clone() }),
    );
    found.extend(
        names
            .filter(names_none)
            .map(|e| Finding::RenameNamesNoGroup { entry: e.clone() }),
    );
    found
}

fn missing(group: &MatchedGroup, roster: &desk::Roster) -> Finding {
    let wanted = match &group.service {
        Service::NoSuchGroup { wanted } => wanted,
        Service::Served { .. } | Service::NotIncluded => &group.name,
    };
    let candidates = desk_groups(wanted, roster);
    if candidates.len() > 1 {
        let candidates = candidates.into_iter().map(|candidate| candidate.name.clone()).collect();
        return Finding::AmbiguousDeskGroup {
            group: group.name.clone(),
            candidates,
        };
    }
    Finding::NoSuchDeskGroup {
        group: group.name.clone(),
        wanted: wanted.clone(),
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AgentWithoutEmail { user } => write!(
                f,
                "the PBX knows no e-mail address of user {user}: tickets of calls he answers have no assignee and open on no screen"
            ),
            Self::NoSuchAgent { user } => write!(
                f,
                "no agent of the help desk has the e-mail address of PBX user {user}: tickets of calls he answers have no assignee and open on no screen"
            ),
            Self::SharedEmail { users } => {
                let users: Vec<&str> = users.iter().map(pbx::UserId::as_str).collect();
                write!(
                    f,
                    "PBX users {} have the same e-mail address and count as one agent",
                    users.join(", ")
                )
            }
            Self::NoSuchDeskGroup { group, wanted } => write!(
                f,
                "the help desk has no group `{wanted}`, so calls to PBX group `{group}` are not served: set it up, or give the name it has there under [groups.names]"
            ),
            Self::AmbiguousDeskGroup { group, candidates } => write!(
                f,
                "calls to PBX group `{group}` are not served, since several groups of the help desk may be meant: `{}`: give the exact name under [groups.names], and let names differ by more than case",
                candidates.join("`, `")
            ),
            Self::IncludeNamesNoGroup { entry } => {
                write!(f, "groups.include names `{entry}`, which is no group of the PBX")
            }
            Self::RenameNamesNoGroup { entry } => {
                write!(f, "[groups.names] names `{entry}`, which is no group of the PBX")
            }
        }
    }
}
