//! How the matching of both sides is written down.

use bridge_core::desk::{GroupId, UserId};
use bridge_core::matching::{MatchedAgent, MatchedGroup, Matching, Service};
use pbx::Dialled;
use serde::{Deserialize, Serialize};

use super::record::{RecordError, from_text, to_text};

#[derive(Serialize, Deserialize)]
struct MatchingRecord {
    agents: Vec<AgentRecord>,
    groups: Vec<GroupRecord>,
    default_user: u64,
}

#[derive(Serialize, Deserialize)]
struct AgentRecord {
    id: String,
    name: String,
    email: Option<String>,
    extensions: Vec<String>,
    desk: Option<u64>,
}

#[derive(Serialize, Deserialize)]
struct GroupRecord {
    id: String,
    name: String,
    numbers: Vec<String>,
    members: Vec<String>,
    service: ServiceRecord,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ServiceRecord {
    Served { group: u64, name: String },
    NotIncluded,
    NoSuchGroup { wanted: String },
}

/// A matching as it is stored.
pub(crate) fn matching_to_text(matching: &Matching) -> String {
    to_text(&MatchingRecord {
        agents: matching
            .agents
            .iter()
            .map(|(id, agent)| agent_record(id, agent))
            .collect(),
        groups: matching
            .groups
            .iter()
            .map(|(id, group)| group_record(id, group))
            .collect(),
        default_user: matching.default_user.get(),
    })
}

/// A matching as it was stored.
pub(crate) fn matching_from_text(text: &str) -> Result<Matching, RecordError> {
    let record: MatchingRecord = from_text(text, "the matching of users and groups")?;
    Ok(Matching {
        agents: record.agents.into_iter().map(agent_of).collect(),
        groups: record.groups.into_iter().map(group_of).collect(),
        default_user: UserId::new(record.default_user),
    })
}

fn agent_record(id: &pbx::UserId, agent: &MatchedAgent) -> AgentRecord {
    AgentRecord {
        id: id.as_str().to_owned(),
        name: agent.name.clone(),
        email: agent.email.clone(),
        extensions: shown(&agent.extensions),
        desk: agent.desk.map(UserId::get),
    }
}

fn agent_of(record: AgentRecord) -> (pbx::UserId, MatchedAgent) {
    let agent = MatchedAgent {
        name: record.name,
        email: record.email,
        extensions: dialled(record.extensions),
        desk: record.desk.map(UserId::new),
    };
    (pbx::UserId::new(record.id), agent)
}

fn group_record(id: &pbx::GroupId, group: &MatchedGroup) -> GroupRecord {
    GroupRecord {
        id: id.as_str().to_owned(),
        name: group.name.clone(),
        numbers: shown(&group.numbers),
        members: group.members.iter().map(|id| id.as_str().to_owned()).collect(),
        service: match &group.service {
            Service::Served { group, name } => ServiceRecord::Served {
                group: group.get(),
                name: name.clone(),
            },
            Service::NotIncluded => ServiceRecord::NotIncluded,
            Service::NoSuchGroup { wanted } => ServiceRecord::NoSuchGroup { wanted: wanted.clone() },
        },
    }
}

fn group_of(record: GroupRecord) -> (pbx::GroupId, MatchedGroup) {
    let group = MatchedGroup {
        name: record.name,
        numbers: dialled(record.numbers),
        members: record.members.into_iter().map(pbx::UserId::new).collect(),
        service: match record.service {
            ServiceRecord::Served { group, name } => Service::Served {
                group: GroupId::new(group),
                name,
            },
            ServiceRecord::NotIncluded => Service::NotIncluded,
            ServiceRecord::NoSuchGroup { wanted } => Service::NoSuchGroup { wanted },
        },
    };
    (pbx::GroupId::new(record.id), group)
}

fn shown(numbers: &[Dialled]) -> Vec<String> {
    numbers.iter().map(|number| number.as_str().to_owned()).collect()
}

fn dialled(numbers: Vec<String>) -> Vec<Dialled> {
    numbers.into_iter().map(Dialled::new).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::matching;

    #[test]
    fn a_matching_comes_back_as_it_was() {
        let matching = matching();
        assert_eq!(matching_from_text(&matching_to_text(&matching)).unwrap(), matching);
    }
}
