//! The world of the stories as the core sees it: settings, and a matching of both sides.

use std::collections::BTreeMap;
use std::sync::Arc;

use bridge_core::desk;
use bridge_core::desk::NumberField;
use bridge_core::matching::{MatchedAgent, MatchedGroup, Matching, Service};
use bridge_core::number::NumberPlan;
use bridge_core::settings::{Language, RecordingRules, Settings};
use bridge_core::strategy::{DefaultUser, NewUser, UnknownCaller};
use bridge_sim::{story, world};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use pbx::Dialled;

/// Midnight of the day on which all stories play.
pub(crate) fn midnight() -> Timestamp {
    "2026-11-24T00:00:00Z".parse().unwrap()
}

/// The settings of a story.
pub(crate) fn settings(of: &story::Settings) -> Settings {
    let unknown_caller: Arc<dyn UnknownCaller> = if of.new_user {
        Arc::new(NewUser)
    } else {
        Arc::new(DefaultUser)
    };
    Settings {
        pbx: pbx::PbxName::new("starface"),
        numbers: NumberPlan::new("DE", Some("721")).unwrap(),
        unknown_caller,
        wrap_up: SignedDuration::try_from(of.wrap_up).unwrap(),
        lookup_patience: SignedDuration::try_from(of.patience).unwrap(),
        number_fields: of.number_fields.iter().map(|name| field(name)).collect(),
        screen_pop: of.screen_pop,
        pop_window: SignedDuration::from_secs(60),
        silence_limit: SignedDuration::from_hours(4),
        tags: vec!["phone".into()],
        language: Language::En,
        time_zone: TimeZone::UTC,
        recordings: RecordingRules {
            groups: of.record.clone(),
            start: true,
            attach: true,
            largest: 50_000_000,
            compress: false,
        },
    }
}

/// Where a number stands, by its name in stories.
pub(crate) fn field(name: &str) -> NumberField {
    match name {
        "phone" => NumberField::Phone,
        "identity" => NumberField::Identity,
        key => NumberField::Custom(key.strip_prefix("user_fields.").unwrap_or(key).into()),
    }
}

/// What matching the world's two sides comes to, with these groups included (none named: all).
pub(crate) fn matching(include: &[String]) -> Matching {
    let agents = world::PBX_USERS.iter().map(|user| {
        let desk = world::AGENTS.iter().find(|agent| agent.email == user.email);
        let agent = MatchedAgent {
            name: format!("{} {}", user.first_name, user.family_name),
            email: Some(user.email.into()),
            extensions: vec![Dialled::new(user.extension)],
            desk: desk.map(|agent| desk::UserId::new(agent.id)),
        };
        (pbx::UserId::new(user.login), agent)
    });
    let groups = world::PBX_GROUPS.iter().map(|group| {
        let desk = world::ZENDESK_GROUPS.iter().find(|(_, name)| *name == group.name);
        let service = if !include.is_empty() && !include.iter().any(|name| name == group.name) {
            Service::NotIncluded
        } else if let Some((id, name)) = desk {
            Service::Served {
                group: desk::GroupId::new(*id),
                name: (*name).into(),
            }
        } else {
            Service::NoSuchGroup {
                wanted: group.name.into(),
            }
        };
        let (country, area, extension) = group.external;
        let group_of = MatchedGroup {
            name: group.name.into(),
            numbers: vec![
                Dialled::new(group.internal),
                Dialled::new(format!("+{country}{area}{extension}")),
            ],
            members: group.members.iter().copied().map(pbx::UserId::new).collect(),
            service,
        };
        (group_id(group.name), group_of)
    });
    Matching {
        agents: agents.collect::<BTreeMap<_, _>>(),
        groups: groups.collect(),
        default_user: desk::UserId::new(world::DEFAULT_USER.0),
    }
}

/// The PBX's id of a group by its name; a name that nobody has is its own id.
pub(crate) fn group_id(name: &str) -> pbx::GroupId {
    let known = world::pbx_group(name).map(|group| group.account.to_string());
    pbx::GroupId::new(known.unwrap_or_else(|| name.into()))
}
