//! What happened in a call, told from its story in a few words.

use std::collections::BTreeMap;

use bridge_sim::story::{Act, Story, Verb, What};

use crate::view::CallStory;

/// For every call of a story, under its first name and in the order of appearance: what happened.
pub(crate) fn tales(story: &Story) -> Vec<(String, String)> {
    let mut first_names: BTreeMap<String, String> = BTreeMap::new();
    let mut tales: Vec<(String, Vec<String>)> = Vec::new();
    for line in &story.lines {
        let (call, words) = match &line.what {
            What::Call { call, verb } => {
                let first = first_names.get(call).cloned().unwrap_or_else(|| call.clone());
                if let Verb::Becomes { call: new } = verb {
                    first_names.insert(new.clone(), first.clone());
                }
                (first, event(verb))
            }
            What::Agent { act, .. } => work(act),
            What::Gap(_)
            | What::Away(_)
            | What::Back(_)
            | What::Activation(_)
            | What::Zendesk { .. }
            | What::Order { .. }
            | What::Outcome { .. }
            | What::Wake => continue,
        };
        let index = tales.iter().position(|(name, _)| *name == call).unwrap_or_else(|| {
            tales.push((call, Vec::new()));
            tales.len() - 1
        });
        // A ring that is told once more, or told for each phone, is one ring.
        if words.as_ref().is_some_and(|words| tales[index].1.last() != Some(words)) {
            tales[index].1.extend(words);
        }
    }
    tales.into_iter().map(|(call, words)| (call, told(words))).collect()
}

const HUNG_UP: &str = "hung up";

/// That somebody hung up in the end is worth a word only where nobody had answered.
fn told(mut words: Vec<String>) -> String {
    if words.last().is_some_and(|last| last == HUNG_UP) && words.iter().any(|words| words.ends_with("answers")) {
        words.pop();
    }
    words.join(", ")
}

/// Why a call has the ticket that it has, or none: who the caller was found to be, and what the bridge says beyond the ticket.
pub(crate) fn why(story: &CallStory) -> String {
    let call = &story.call;
    if call.ticket_id.is_none() {
        return call.outcome.strip_prefix("none: ").unwrap_or(&call.outcome).to_owned();
    }
    let mut steps = story
        .steps
        .iter()
        .skip_while(|step| !(step.kind == "answer" && step.what.starts_with("lookup")));
    let caller = match steps.find(|step| step.kind == "decision") {
        _ if call.caller.is_none() => "no number was shown",
        Some(step) => &step.what,
        None => "",
    };
    let mut parts = vec![caller.to_owned()];
    if story.steps.iter().any(|step| step.what == "the ticket waits no longer") {
        parts.push("known only after the ticket stood".to_owned());
    }
    parts.push(call.beyond().to_owned());
    if let Some(step) = story.steps.iter().find(|step| step.what == "no screen pop") {
        parts.push(format!("no screen pop: {}", step.why));
    }
    parts.retain(|part| !part.is_empty());
    parts.join("; ")
}

fn event(verb: &Verb) -> Option<String> {
    Some(match verb {
        Verb::Rings { group: Some(group), .. } => format!("rings {group}"),
        Verb::Rings { group: None, at, .. } => format!("rings {}", at.join(" ")),
        Verb::Announced { .. } => return None,
        Verb::Answered { by, .. } => format!("{by} answers"),
        Verb::Parked { by } => format!("{by} parks it"),
        Verb::Mailbox { .. } => "the mailbox takes it".into(),
        Verb::Ended { at } if at.is_empty() => HUNG_UP.into(),
        Verb::Ended { .. } => return None,
        Verb::Becomes { .. } => "its id changes".into(),
        Verb::Dials { by, .. } => format!("{by} dials out"),
    })
}

fn work(act: &Act) -> (String, Option<String>) {
    let (call, words) = match act {
        Act::SetRequester { call, .. } => (call, "the agent sets the requester"),
        Act::MergeRequester { call, .. } => (call, "the agent merges the requester"),
        Act::Close { call } => (call, "the agent closes the ticket"),
        Act::Delete { call } => (call, "the agent deletes the ticket"),
        Act::Edit { call } => (call, "the agent edits the ticket"),
    };
    (call.clone(), Some(words.to_owned()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn story(caller: Option<&str>, ticket: Option<u64>, outcome: &str) -> CallStory {
        let step =
            |kind: &str, what: &str| json!({ "at": "2026-11-24T08:00:00Z", "kind": kind, "what": what, "why": "" });
        let steps = [
            step("decision", "answered by 0101"),
            step("answer", "lookup: no user"),
            step("decision", "nobody has the caller's number"),
            step("decision", "the call has ended"),
        ];
        let story = json!({
            "id": "c1", "started": "2026-11-24T08:00:00Z", "state": "over", "caller": caller, "group": null, "agent": null,
            "ticket_id": ticket, "requester_id": null, "outcome": outcome, "steps": steps,
        });
        serde_json::from_value(story).unwrap()
    }

    #[test]
    fn why_there_is_a_ticket_or_none() {
        for (caller, ticket, outcome, wanted) in [
            (Some("…456"), Some(7), "ticket 7", "nobody has the caller's number"),
            (
                Some("…456"),
                Some(7),
                "ticket 7; number learned",
                "nobody has the caller's number; number learned",
            ),
            (None, Some(7), "ticket 7", "no number was shown"),
            (Some("…456"), None, "none: nobody answered", "nobody answered"),
        ] {
            assert_eq!(why(&story(caller, ticket, outcome)), wanted);
        }
    }

    #[test]
    fn one_line_a_call() {
        let story = bridge_sim::story::parse(
            "# Two calls.\n\
             14:02:00  c1 rings group Support from 0721 123456 at 0101 0102\n\
             14:02:00  c1 rings group Support from 0721 123456 at 0103\n\
             14:02:05  c1 answered by 0101\n\
             14:02:06  c2 dials 0721 99 by 0102\n\
             14:02:10  c1 becomes c9\n\
             14:02:12  c9 answered by 0102\n\
             14:02:40  agent 501 sets requester of c1 to 900\n\
             14:03:10  c9 ended\n",
        )
        .unwrap();
        let tales = tales(&story);
        assert_eq!(tales.len(), 2);
        assert_eq!(
            tales[0],
            (
                "c1".into(),
                "rings Support, 0101 answers, its id changes, 0102 answers, the agent sets the requester".into()
            )
        );
        assert_eq!(tales[1], ("c2".into(), "0102 dials out".into()));
    }
}
