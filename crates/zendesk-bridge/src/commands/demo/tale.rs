//! What happened in a call, told from its story in a few words.

use std::collections::{BTreeMap, BTreeSet};

use bridge_sim::story::{Act, Story, Verb, What};

use crate::view::CallStory;

/// For every call of a story, under its first name and in the order of appearance: what happened.
pub(crate) fn tales(story: &Story) -> Vec<(String, String)> {
    let mut first_names: BTreeMap<String, String> = BTreeMap::new();
    let mut tales: Vec<Tale> = Vec::new();
    // What befalls all calls: one that begins in the midst of it begins with it.
    let (mut is_zendesk_away, mut is_off) = (false, false);
    for line in &story.lines {
        match &line.what {
            What::Call { call, verb } => {
                let first = first_names.get(call).cloned().unwrap_or_else(|| call.clone());
                if let Verb::Becomes { call: new } = verb {
                    first_names.insert(new.clone(), first.clone());
                }
                let index = tales.iter().position(|tale| tale.call == first).unwrap_or_else(|| {
                    tales.push(Tale::new(first, is_zendesk_away, is_off));
                    tales.len() - 1
                });
                tales[index].hear(verb);
            }
            What::Agent { act, .. } => {
                let (call, words) = work(act);
                if let Some(tale) = tales.iter_mut().find(|tale| tale.call == *call) {
                    tale.words.push(words.to_owned());
                }
            }
            What::Zendesk { up } => {
                is_zendesk_away = !up;
                let words = if *up { "Zendesk is back" } else { "Zendesk goes away" };
                let open = tales.iter_mut().filter(|tale| !tale.is_over);
                open.for_each(|tale| tale.words.push(words.to_owned()));
            }
            What::Activation(active) => is_off = !active,
            What::Gap(_) | What::Away(_) | What::Back(_) | What::Order { .. } | What::Outcome { .. } | What::Wake => {}
        }
    }
    tales.into_iter().map(Tale::told).collect()
}

/// What is told of one call.
struct Tale {
    /// Its first name.
    call: String,
    words: Vec<String>,
    /// Which of them tell that it rings at a group.
    ring: Option<usize>,
    /// Where it has rung.
    phones: BTreeSet<String>,
    /// Who talked last.
    talker: Option<String>,
    has_dialled: bool,
    is_parked: bool,
    is_over: bool,
}

impl Tale {
    fn new(call: String, is_zendesk_away: bool, is_off: bool) -> Self {
        let befalls = [(is_zendesk_away, "Zendesk is away"), (is_off, "the bridge is off")];
        Self {
            call,
            words: befalls
                .iter()
                .filter(|(is_so, _)| *is_so)
                .map(|(_, words)| (*words).to_owned())
                .collect(),
            ring: None,
            phones: BTreeSet::new(),
            talker: None,
            has_dialled: false,
            is_parked: false,
            is_over: false,
        }
    }

    fn hear(&mut self, verb: &Verb) {
        let words = match verb {
            Verb::Rings { group, at, .. } => {
                let is_first = self.phones.is_empty();
                self.phones.extend(at.iter().cloned());
                // A ring that is told once more, or told for each phone, is one ring.
                match group {
                    Some(group) if is_first => {
                        self.ring = Some(self.words.len());
                        format!("rings {group}")
                    }
                    None if is_first => format!("rings {}", at.join(" ")),
                    Some(_) | None => return,
                }
            }
            Verb::Answered { by, .. } if self.has_dialled && self.talker.is_none() => {
                self.talker = Some(by.clone());
                "the other side answers".into()
            }
            Verb::Answered { by, .. } => {
                let words = match &self.talker {
                    Some(talker) if talker == by && self.is_parked => "takes it back",
                    Some(talker) if talker == by => return,
                    Some(_) => "takes it over",
                    None if self.phones.contains(by) => "answers",
                    None => "picks it up from elsewhere",
                };
                (self.talker, self.is_parked) = (Some(by.clone()), false);
                format!("{by} {words}")
            }
            Verb::Parked { by } => {
                self.is_parked = true;
                format!("{by} parks it")
            }
            Verb::Mailbox { .. } => "the mailbox takes it".into(),
            Verb::Ended { at } if at.is_empty() => {
                self.is_over = true;
                // That somebody hung up in the end is worth a word only where nobody had answered.
                if self.talker.is_some() {
                    return;
                }
                "hung up".into()
            }
            Verb::Becomes { .. } => "its id changes".into(),
            Verb::Dials { by, .. } => {
                self.has_dialled = true;
                format!("{by} dials out")
            }
            Verb::Announced { .. } | Verb::Ended { .. } => return,
        };
        self.words.push(words);
    }

    fn told(self) -> (String, String) {
        let mut words = self.words;
        // Known only now: a PBX tells each phone by itself.
        if let (Some(ring), 2..) = (self.ring, self.phones.len()) {
            words[ring].push_str(&format!(" on {} phones", self.phones.len()));
        }
        (self.call, words.join(", "))
    }
}

/// Why a call has the ticket that it has, or none: who the caller was found to be, and what the bridge says beyond the ticket.
pub(crate) fn why(story: &CallStory) -> String {
    let call = &story.call;
    if call.ticket_id.is_none() {
        return call.said().to_owned();
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

fn work(act: &Act) -> (&String, &'static str) {
    match act {
        Act::SetRequester { call, .. } => (call, "the agent sets the requester"),
        Act::MergeRequester { call, .. } => (call, "the agent merges the requester"),
        Act::Close { call } => (call, "the agent closes the ticket"),
        Act::Delete { call } => (call, "the agent deletes the ticket"),
        Act::Edit { call } => (call, "the agent edits the ticket"),
    }
}

#[cfg(test)]
mod tests {
    use bridge_sim::story;
    use expect_test::expect;
    use serde_json::json;

    use super::*;

    fn told(caller: Option<&str>, ticket: Option<u64>, outcome: &str) -> CallStory {
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
            assert_eq!(why(&told(caller, ticket, outcome)), wanted);
        }
    }

    #[test]
    fn what_befalls_all_calls_is_told_of_those_that_it_meets() {
        let tales = tales(
            &story::parse(
                "# Two calls.\n\
             14:02:50  c1 rings group Support from 0721 123457 at 0101\n\
             14:02:55  zendesk down\n\
             14:03:00  c2 rings group Support from 0721 123458 at 0102\n\
             14:03:05  c2 ended\n\
             14:03:06  c1 ended\n\
             14:03:10  zendesk up\n",
            )
            .unwrap(),
        );
        assert_eq!(tales[0].1, "rings Support, Zendesk goes away, hung up");
        assert_eq!(tales[1].1, "Zendesk is away, rings Support, hung up");
    }

    #[test]
    fn one_line_a_call() {
        let story = story::parse(
            "# Calls.\n\
             14:02:00  c1 rings group Support from 0721 123456 at 0101 0102\n\
             14:02:00  c1 rings group Support from 0721 123456 at 0103\n\
             14:02:05  c1 answered by 0101\n\
             14:02:06  c2 dials 0721 99 by 0102\n\
             14:02:08  c2 answered by 0102\n\
             14:02:10  c1 becomes c9\n\
             14:02:12  c9 answered by 0102\n\
             14:02:40  agent 501 sets requester of c1 to 900\n\
             14:02:50  c3 rings group Support from 0721 123457 at 0101 0102\n\
             14:02:55  zendesk down\n\
             14:03:00  c3 answered by 0103\n\
             14:03:02  c3 parked by 0103\n\
             14:03:04  c3 answered by 0103\n\
             14:03:10  c9 ended\n\
             14:03:12  c4 rings from 0721 123458 at 0102\n",
        )
        .unwrap();
        let tales = tales(&story);
        let tales: Vec<String> = tales.iter().map(|(call, tale)| format!("{call}: {tale}")).collect();
        expect![[r#"
            c1: rings Support on 3 phones, 0101 answers, its id changes, 0102 takes it over, the agent sets the requester, Zendesk goes away
            c2: 0102 dials out, the other side answers, Zendesk goes away
            c3: rings Support on 2 phones, Zendesk goes away, 0103 picks it up from elsewhere, 0103 parks it, 0103 takes it back
            c4: Zendesk is away, rings 0102"#]].assert_eq(&tales.join("\n"));
    }
}
