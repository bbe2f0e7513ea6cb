//! Holds what came of a day against what its script demands.

use std::collections::BTreeMap;

use bridge_runtime::store::StoreReader;
use bridge_sim::play::Report;
use bridge_sim::story::{Given, Story};
use bridge_sim::world;

use super::news::clock;
use super::show::Ending;
use super::tale::{tales, why};
use crate::stored;

/// What became of a day.
pub(crate) struct Played {
    /// The script's title.
    pub(crate) title: String,
    /// One for each call.
    pub(crate) endings: Vec<Ending>,
    /// Demands that are about no single call and were not met: what was demanded, what came.
    pub(crate) wrong: Vec<(String, String)>,
    /// How many demands there are.
    pub(crate) demands: usize,
    /// How many of them were met.
    pub(crate) met: usize,
}

/// What became of a day that was played to the bridge behind `reader`.
///
/// `requesters` tells whose each ticket is in Zendesk in the end.
pub(crate) async fn judge(
    story: &Story,
    reader: &StoreReader,
    report: &Report,
    requesters: &BTreeMap<u64, u64>,
) -> anyhow::Result<Played> {
    let tales: BTreeMap<String, String> = tales(story).into_iter().collect();
    let mut endings = Vec::new();
    for call in &report.calls {
        let known = stored::call(reader, &call.pbx_call, false).await?;
        let mut verdicts = report
            .verdicts
            .iter()
            .filter(|verdict| verdict.call.as_ref() == Some(&call.call))
            .peekable();
        let mut wrong = Vec::new();
        if verdicts.peek().is_none() {
            wrong.push("the script demands nothing of this call".to_owned());
        }
        let failed = verdicts.filter(|verdict| !verdict.holds);
        wrong.extend(failed.map(|verdict| format!("demanded: {}; came: {}", verdict.expected, verdict.found)));
        endings.push(Ending {
            at: clock(call.began),
            call: call.call.clone(),
            tale: tales.get(&call.call).cloned().unwrap_or_default(),
            ticket: call.tickets.first().copied(),
            requester: call
                .tickets
                .first()
                .and_then(|ticket| requesters.get(ticket))
                .map(|user| name(story, *user))
                .unwrap_or_default(),
            why: known.map_or_else(|| "the bridge knows nothing of it".to_owned(), |story| why(&story)),
            wrong,
        });
    }
    let about_no_call = |call: &Option<String>| {
        call.as_ref()
            .is_none_or(|call| !report.calls.iter().any(|played| played.call == *call))
    };
    let wrong = report
        .verdicts
        .iter()
        .filter(|verdict| !verdict.holds && about_no_call(&verdict.call));
    let silent = endings
        .iter()
        .filter(|ending| ending.wrong.iter().any(|wrong| wrong.contains("demands nothing")))
        .count();
    Ok(Played {
        title: report.story.clone(),
        wrong: wrong
            .map(|verdict| (verdict.expected.clone(), verdict.found.clone()))
            .collect(),
        demands: report.verdicts.len() + silent,
        met: report.verdicts.iter().filter(|verdict| verdict.holds).count(),
        endings,
    })
}

/// Who a user of Zendesk is, for people who watch.
fn name(story: &Story, user: u64) -> String {
    if user == world::DEFAULT_USER.0 {
        return "the default user".into();
    }
    let given = story.given.iter().find_map(|given| match given {
        Given::User(known) if known.id == user => Some(known.name.clone()),
        Given::User(_)
        | Given::SearchTakes(_)
        | Given::SearchMisses
        | Given::RequesterRefused(_)
        | Given::AssigneeRefused(_) => None,
    });
    given.unwrap_or_else(|| "a new user".into())
}
