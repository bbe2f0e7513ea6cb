//! What the store holds, in the shape that people and programs are shown.

use std::path::Path;

use bridge_core::effect::EffectId;
use bridge_core::matching::{MatchedAgent, Matching, Service};
use bridge_core::port;
use bridge_runtime::Clock;
use bridge_runtime::store::{StoreError, StoreErrorKind, StoreReader};

use pbx::CallId;

use crate::config::{Config, OnStart};
use crate::exit::Stop;
use crate::recordings;
use crate::view::{CallLine, CallStory, Group, Recordings, Status, Unassigned, Unmatched, Wedged};

/// A store; `None` if no bridge ever ran on it.
///
/// # Errors
/// Whatever is wrong with the file.
pub(crate) async fn open(path: &Path) -> Result<Option<StoreReader>, StoreError> {
    match StoreReader::open(path).await {
        Ok(reader) => Ok(Some(reader)),
        Err(error) if error.kind() == StoreErrorKind::Missing => Ok(None),
        Err(error) => Err(error),
    }
}

/// One call as [`call`] finds it.
///
/// # Errors
/// What is said to whoever names a call that is not known.
pub(crate) async fn known(reader: Option<&StoreReader>, id: &str, numbers: bool) -> Result<CallStory, Stop> {
    let story = match reader {
        Some(reader) => call(reader, id, numbers).await?,
        None => None,
    };
    story.ok_or_else(|| {
        Stop::failed(format!(
            "no call has the id `{id}`, or several begin like this. `zendesk-bridge calls` lists the last ones"
        ))
    })
}

/// What is known of a bridge without asking it.
pub(crate) async fn status(reader: Option<&StoreReader>, running: bool, config: &Config) -> anyhow::Result<Status> {
    let mut status = Status {
        running,
        ..Status::default()
    };
    let (mut last, mut wished) = (None, None);
    if let Some(reader) = reader {
        let activation = reader.activation().await?;
        (last, wished) = (activation.active, activation.wished);
        fill(&mut status, reader).await?;
        let unassigned = reader.unassigned().await?;
        status.recordings = Some(Recordings {
            unassigned: unassigned.iter().map(Unassigned::of).collect(),
            ..Recordings::default()
        });
        if let Some(matching) = reader.matching().await? {
            fill_matching(&mut status, &matching, &config.pbx.logins());
        }
    }
    status.copies = recordings::look(&config.recordings, Clock::system().now()).await;
    if let Some(reader) = reader {
        status.refused_left = recordings::refusals(config).left(reader).await;
    }
    status.retention = recordings::look_at_retention(&config.recordings).await;
    status.count_recordings();
    status.active = if running {
        last.unwrap_or(false)
    } else {
        starts_active(config.on_start, wished, last)
    };
    if running {
        status.notices.push("a bridge runs, but cannot be asked over HTTP ([web] is off, or it does not answer): this is what its store holds".into());
    }
    Ok(status)
}

/// Whether a start makes the bridge active: an explicit wish goes first, then the configuration.
pub(crate) fn starts_active(on_start: OnStart, wished: Option<bool>, last: Option<bool>) -> bool {
    wished.unwrap_or(match on_start {
        OnStart::Active => true,
        OnStart::Inactive => false,
        OnStart::Resume => last.unwrap_or(false),
    })
}

/// Puts the figures of a store into a status.
pub(crate) async fn fill(status: &mut Status, reader: &StoreReader) -> anyhow::Result<()> {
    let counts = reader.counts().await?;
    status.calls_in_progress = usize::try_from(counts.in_progress)?;
    status.effects_waiting = usize::try_from(counts.waiting)?;
    status.store_bytes = reader.bytes();
    let wedged = reader.wedged().await?;
    status.wedged = wedged
        .into_iter()
        .map(|wedged| Wedged {
            effect: wedged.effect.to_string(),
            why: wedged.why,
        })
        .collect();
    Ok(())
}

/// Puts who matches whom into a status; of the PBX users those who are watched, for nobody else answers a call that the
/// bridge sees.
pub(crate) fn fill_matching(status: &mut Status, matching: &Matching, watched: &[String]) {
    let agents = matching.agents.iter();
    let (matched, unmatched): (Vec<_>, Vec<_>) = agents
        .filter(|(login, _)| watched.iter().any(|watched| watched == login.as_str()))
        .partition(|(_, agent)| agent.desk.is_some());
    status.users_matched = matched.len();
    let unmatched = unmatched.into_iter();
    status.users_unmatched = unmatched
        .map(|(login, agent)| Unmatched {
            name: login.to_string(),
            why: why_unmatched(agent).to_owned(),
        })
        .collect();
    for group in matching.groups.values() {
        match &group.service {
            Service::Served { name, .. } => {
                status.groups_served.push(Group {
                    pbx: group.name.clone(),
                    zendesk: name.clone(),
                });
            }
            service @ (Service::NotIncluded | Service::NoSuchGroup { .. }) => {
                status.groups_not_served.push(Unmatched {
                    name: group.name.clone(),
                    why: why_not_served(service),
                })
            }
        }
    }
    status.default_user_id = Some(matching.default_user.get());
}

/// Why a PBX user has no agent.
pub(crate) fn why_unmatched(agent: &MatchedAgent) -> &'static str {
    match agent.email {
        Some(_) => "no agent in Zendesk has the same e-mail address: tickets without assignee, no screen pops",
        None => "has no e-mail address on the PBX: tickets without assignee, no screen pops",
    }
}

/// Why the calls to a group become no tickets; empty if they do.
pub(crate) fn why_not_served(service: &Service) -> String {
    match service {
        Service::Served { .. } => String::new(),
        Service::NotIncluded => "not listed in groups.include".into(),
        Service::NoSuchGroup { wanted } => format!("Zendesk has no group `{wanted}`"),
    }
}

/// The last calls, the newest first.
pub(crate) async fn calls(reader: &StoreReader, last: u32, numbers: bool) -> anyhow::Result<Vec<CallLine>> {
    let calls = reader.calls(last).await?;
    Ok(calls.iter().map(|summary| CallLine::new(summary, numbers)).collect())
}

/// One call by its id, by another id under which the PBX told of it, or by the beginning of its id if only one of the last
/// calls begins so.
pub(crate) async fn call(reader: &StoreReader, id: &str, numbers: bool) -> anyhow::Result<Option<CallStory>> {
    let mut story = reader.call(id).await?;
    if story.is_none()
        && let Some(key) = reader.key_of(&CallId::new(id)).await?
    {
        story = reader.call(key.as_str()).await?;
    }
    if story.is_none() && !id.is_empty() {
        let calls = reader.calls(10_000).await?;
        let mut begin = calls.iter().filter(|call| call.key.as_str().starts_with(id));
        if let (Some(only), None) = (begin.next(), begin.next()) {
            story = reader.call(only.key.as_str()).await?;
        }
    }
    Ok(story.map(|story| CallStory::new(&story.summary, &story.steps, numbers)))
}

/// What is wedged under an id: an effect's own, a call's, or the beginning of a call's if only one call is meant by it.
pub(crate) async fn wedged_under(reader: &StoreReader, id: &str) -> anyhow::Result<Vec<EffectId>> {
    let wedged = reader.wedged().await?;
    let exact = |wedged: &&port::Wedged| wedged.effect.as_str() == id || wedged.call.as_str() == id;
    let mut found: Vec<_> = wedged.iter().filter(exact).collect();
    if found.is_empty() && !id.is_empty() {
        found = wedged
            .iter()
            .filter(|wedged| wedged.call.as_str().starts_with(id))
            .collect();
        if found.iter().any(|wedged| wedged.call != found[0].call) {
            found.clear();
        }
    }
    Ok(found.into_iter().map(|wedged| wedged.effect.clone()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_goes_before_the_configuration_and_that_before_the_past() {
        for (on_start, wished, last, active) in [
            (OnStart::Resume, None, None, false),
            (OnStart::Resume, None, Some(true), true),
            (OnStart::Inactive, None, Some(true), false),
            (OnStart::Active, None, Some(false), true),
            (OnStart::Active, Some(false), Some(true), false),
            (OnStart::Inactive, Some(true), None, true),
        ] {
            assert_eq!(
                starts_active(on_start, wished, last),
                active,
                "{on_start:?} {wished:?} {last:?}"
            );
        }
    }
}
