//! Who is who: PBX users and groups matched to agents and groups of the help desk.
//!
//! [`match_up`] is pure and complete: it never fails, and whatever finds no partner is in the result. What an
//! administrator may want to mend is told by [`findings()`].

mod findings;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;

use pbx::Dialled;

pub use findings::{Finding, findings};

use crate::desk;

/// The result of matching both sides, complete: whatever has no partner is in it with the reason.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Matching {
    /// Every user of the PBX.
    pub agents: BTreeMap<pbx::UserId, MatchedAgent>,
    /// Every group of the PBX.
    pub groups: BTreeMap<pbx::GroupId, MatchedGroup>,
    /// The requester of callers that nobody knows.
    pub default_user: desk::UserId,
}

/// A user of the PBX and the agent that he is.
#[derive(Clone, PartialEq, Eq)]
pub struct MatchedAgent {
    /// As the PBX shows it.
    pub name: String,
    /// By which he was looked for.
    pub email: Option<String>,
    /// Internal numbers: calls from there are internal.
    pub extensions: Vec<Dialled>,
    /// The agent of the same e-mail address.
    pub desk: Option<desk::UserId>,
}

impl fmt::Debug for MatchedAgent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MatchedAgent")
            .field("desk", &self.desk)
            .finish_non_exhaustive()
    }
}

/// A group of the PBX and whether it is served.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MatchedGroup {
    /// The PBX's name of it.
    pub name: String,
    /// Numbers that reach it.
    pub numbers: Vec<Dialled>,
    /// Who is in it.
    pub members: Vec<pbx::UserId>,
    /// What becomes of its calls.
    pub service: Service,
}

/// Whether calls to a group are served.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Service {
    /// Tickets go to this group of the help desk.
    Served {
        /// The group's id there.
        group: desk::GroupId,
        /// Its name there.
        name: String,
    },
    /// The configuration leaves it out.
    NotIncluded,
    /// No group of that name in the help desk.
    NoSuchGroup {
        /// The name that was looked for.
        wanted: String,
    },
}

/// Which groups to serve, from the configuration.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct GroupRules {
    /// PBX groups to serve; empty: all whose name exists in the help desk.
    pub include: Vec<String>,
    /// Where the names differ: PBX name to help desk name.
    pub names: BTreeMap<String, String>,
}

/// How much of both sides found a partner.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    /// PBX users who are agents of the help desk.
    pub agents_matched: usize,
    /// PBX users who are not: their tickets have no assignee.
    pub agents_unmatched: usize,
    /// PBX groups whose calls become tickets.
    pub groups_served: usize,
    /// PBX groups that the configuration leaves out.
    pub groups_not_included: usize,
    /// PBX groups that would be served if the help desk had a group of that name.
    pub groups_unmatched: usize,
}

impl Matching {
    /// How much of both sides found a partner.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for agent in self.agents.values() {
            match agent.desk {
                Some(_) => counts.agents_matched += 1,
                None => counts.agents_unmatched += 1,
            }
        }
        for group in self.groups.values() {
            match group.service {
                Service::Served { .. } => counts.groups_served += 1,
                Service::NotIncluded => counts.groups_not_included += 1,
                Service::NoSuchGroup { .. } => counts.groups_unmatched += 1,
            }
        }
        counts
    }

    /// PBX users who are no agents of the help desk.
    pub fn unmatched_agents(&self) -> impl Iterator<Item = (&pbx::UserId, &MatchedAgent)> {
        self.agents.iter().filter(|(_, agent)| agent.desk.is_none())
    }

    /// PBX groups that would be served if the help desk had a group of that name.
    pub fn unmatched_groups(&self) -> impl Iterator<Item = (&pbx::GroupId, &MatchedGroup)> {
        self.groups
            .iter()
            .filter(|(_, group)| matches!(group.service, Service::NoSuchGroup { .. }))
    }
}

/// Matches both sides: users by e-mail address, groups by name as the rules have it. Upper and lower case and spaces
/// around make no difference to addresses; to names only where none is exactly the same.
///
/// Two PBX users with one address are the same agent. Of several groups in the help desk whose names differ by case
/// only, and none of which is written exactly so, none is taken: see [`Finding::AmbiguousDeskGroup`].
///
/// ```
/// use bridge_core::desk;
/// use bridge_core::matching::{GroupRules, Service, match_up};
///
/// let users = [pbx::User {
///     id: pbx::UserId::new("0101"),
///     name: "Anna".into(),
///     email: Some("Anna@Acme.example".into()),
///     extensions: vec![],
/// }];
/// let groups = [pbx::Group { id: pbx::GroupId::new("7"), name: "Support".into(), members: vec![], numbers: vec![] }];
/// let roster = desk::Roster {
///     agents: vec![desk::Agent { id: desk::UserId::new(5), name: "Anna".into(), email: "anna@acme.example".into() }],
///     groups: vec![],
/// };
///
/// let matching = match_up(&users, &groups, &roster, desk::UserId::new(1), &GroupRules::default());
/// assert_eq!(matching.agents[&pbx::UserId::new("0101")].desk, Some(desk::UserId::new(5)));
/// assert_eq!(matching.counts().groups_unmatched, 1, "the help desk has no group called Support");
/// ```
#[must_use]
pub fn match_up(
    users: &[pbx::User],
    groups: &[pbx::Group],
    roster: &desk::Roster,
    default_user: desk::UserId,
    rules: &GroupRules,
) -> Matching {
    let agents: BTreeMap<String, desk::UserId> = roster.agents.iter().rev().map(|a| (fold(&a.email), a.id)).collect();
    let agents = users.iter().map(|user| {
        let address = user.email.as_deref().map(fold).filter(|address| !address.is_empty());
        let agent = MatchedAgent {
            name: user.name.clone(),
            email: user.email.clone(),
            extensions: user.extensions.clone(),
            desk: address.and_then(|address| agents.get(&address)).copied(),
        };
        (user.id.clone(), agent)
    });
    let names: Vec<&str> = groups.iter().map(|group| group.name.as_str()).collect();
    let groups = groups.iter().map(|group| {
        let matched = MatchedGroup {
            name: group.name.clone(),
            numbers: group.numbers.clone(),
            members: group.members.clone(),
            service: service(&group.name, &names, roster, rules),
        };
        (group.id.clone(), matched)
    });
    Matching {
        agents: agents.collect(),
        groups: groups.collect(),
        default_user,
    }
}

/// What becomes of the calls of a PBX group.
fn service(name: &str, names: &[&str], roster: &desk::Roster, rules: &GroupRules) -> Service {
    let meant = |entry: &str| means(entry, name, names);
    if !rules.include.is_empty() && !rules.include.iter().any(|entry| meant(entry)) {
        return Service::NotIncluded;
    }
    let renamed = rules
        .names
        .get(name.trim())
        .or_else(|| rules.names.iter().find(|(entry, _)| meant(entry)).map(|e| e.1));
    let wanted = renamed.map_or(name, String::as_str).trim();
    match desk_groups(wanted, roster).as_slice() {
        [group] => Service::Served {
            group: group.id,
            name: group.name.clone(),
        },
        _ => Service::NoSuchGroup { wanted: wanted.into() },
    }
}

/// Whether an entry of the configuration means the PBX group of this name: it does if it is the same, or if it is the same but
/// for case and there is no group that it names exactly.
fn means(entry: &str, name: &str, names: &[&str]) -> bool {
    let (entry, name) = (entry.trim(), name.trim());
    entry == name || (fold(entry) == fold(name) && !names.iter().any(|other| other.trim() == entry))
}

/// The groups of the help desk that a name may mean: the one that is written so, or all that are but for case.
fn desk_groups<'a>(wanted: &str, roster: &'a desk::Roster) -> Vec<&'a desk::Group> {
    let exact: Vec<_> = roster
        .groups
        .iter()
        .filter(|group| group.name.trim() == wanted)
        .collect();
    if !exact.is_empty() {
        return exact;
    }
    roster
        .groups
        .iter()
        .filter(|group| fold(&group.name) == fold(wanted))
        .collect()
}

/// For comparison where case and spaces around do not count.
fn fold(text: &str) -> String {
    text.trim().to_lowercase()
}
