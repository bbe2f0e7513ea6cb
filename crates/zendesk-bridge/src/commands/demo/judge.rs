//! Holds what came of a day against what its script demands.

use std::collections::BTreeMap;

use bridge_runtime::store::StoreReader;
use bridge_sim::play::Report;
use bridge_sim::story::Story;

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
pub(crate) async fn judge(story: &Story, reader: &StoreReader, report: &Report) -> anyhow::Result<Played> {
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
