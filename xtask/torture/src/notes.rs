//! What stands on a ticket beside its first comment: all of it internal, each thing once, and nothing left out that the bridge says
//! it had to tell. Several things may be one note, each of them a paragraph.

use std::collections::BTreeSet;

use bridge_runtime::store::CallStory;
use bridge_sim::zendesk::TicketSnapshot;

use crate::finding::Sort;

const BRIDGE: u64 = 500;

/// How a call went, as the note of its recording begins.
const SUMMARY: &str = "End of this call";
/// What becomes of a number that was not learned.
const UNLEARNED: &str = "was not added to the profile";

/// What is wrong with the notes of a ticket. `is_shut`: nobody could write any more at some time.
pub(crate) fn judge(ticket: &TicketSnapshot, stories: &[&CallStory], is_shut: bool) -> Vec<(Sort, String)> {
    let all = ticket.comments.iter();
    let own: Vec<_> = all.filter(|comment| comment.author == BRIDGE).collect();
    let mut found = Vec::new();
    if own.is_empty() || own.iter().any(|note| note.public) || ticket.tags != ["phone"] {
        let what = format!("ticket {}: no note, a public one, or the wrong tags", ticket.id);
        found.push((Sort::Wrong, what));
    }
    let told: Vec<&str> = own.iter().flat_map(|note| note.body.split("\n\n")).collect();
    let different: BTreeSet<&&str> = told.iter().collect();
    let summaries = told.iter().filter(|told| told.starts_with(SUMMARY)).count();
    if different.len() < told.len() || summaries > 1 {
        found.push((Sort::Doubled, format!("ticket {}: told twice", ticket.id)));
    }
    let of_ticket = |story: &&&CallStory| story.summary.ticket.is_some_and(|id| id.get() == ticket.id);
    let is_told = |text: &str| told.iter().any(|told| told.contains(text));
    for story in stories.iter().filter(of_ticket).filter(|_| !is_shut) {
        let mut steps = story.steps.iter();
        let more: usize = own.iter().skip(1).map(|note| note.body.split("\n\n").count()).sum();
        if steps.any(|step| step.what.starts_with("attach") && step.what.contains("with what else")) && more < 2 {
            let what = format!("ticket {}: what was to be told beside a recording is not", ticket.id);
            found.push((Sort::Lost, what));
        }
        if story.summary.outcome.contains("number not learned") && !is_told(UNLEARNED) {
            let what = format!("ticket {}: that a number was not learned is not told", ticket.id);
            found.push((Sort::Lost, what));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use bridge_core::call::{CallKey, CallSummary, Phase, Step, StepKind};
    use bridge_core::desk::TicketId;
    use bridge_sim::zendesk::CommentSnapshot;
    use jiff::Timestamp;

    use super::*;

    fn ticket(notes: &[&str]) -> TicketSnapshot {
        let comment = |body: &&str| CommentSnapshot {
            body: (*body).to_owned(),
            public: false,
            author: BRIDGE,
            files: Vec::new(),
        };
        TicketSnapshot {
            id: 77,
            external_id: None,
            requester: 400,
            assignee: None,
            group: None,
            subject: String::new(),
            status: "open".to_owned(),
            tags: vec!["phone".to_owned()],
            comments: notes.iter().map(comment).collect(),
            deleted: false,
            created_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
        }
    }

    fn story(outcome: &str, step: &str) -> CallStory {
        let step = Step {
            at: Timestamp::UNIX_EPOCH,
            kind: StepKind::Request,
            what: step.to_owned(),
            why: String::new(),
        };
        CallStory {
            summary: CallSummary {
                key: CallKey::new("c1"),
                started: Timestamp::UNIX_EPOCH,
                phase: Phase::Over,
                caller: None,
                group: None,
                agent: None,
                ticket: Some(TicketId::new(77)),
                requester: None,
                outcome: outcome.to_owned(),
            },
            steps: vec![step],
            effects: Vec::new(),
        }
    }

    #[test]
    fn what_was_to_be_told_is_told_once_by_itself_or_with_something_else() {
        let (summary, number, line) = (
            "End of this call\nTalked: 1:05 min",
            "The number 1 was not added to the profile of user 2: no.",
            "Recording of this call\nSHA-256: 3",
        );
        let (joint, both) = (
            format!("{summary}\n\n{number}\n\n{line}"),
            format!("{summary}\n\n{number}"),
        );
        let sort = |notes: &[&str]| {
            let outcome = "ticket 77; number not learned for user 2: no";
            let story = story(
                outcome,
                "attach: recording 3 on ticket 77, with what else there is to tell",
            );
            let found = judge(&ticket(notes), &[&story], false);
            found.into_iter().map(|(sort, _)| sort).collect::<Vec<_>>()
        };
        assert_eq!(sort(&["first", &joint]), []);
        assert_eq!(sort(&["first", &both, line]), []);
        assert_eq!(sort(&["first", &joint, &both]), [Sort::Doubled]);
        assert_eq!(sort(&["first", number, &joint]), [Sort::Doubled]);
        assert_eq!(sort(&["first", line]), [Sort::Lost, Sort::Lost]);
        assert_eq!(sort(&["first", summary, line]), [Sort::Lost]);
        // Two that differ are two all the same.
        let other = "End of this call\nTalked: 1:06 min";
        assert_eq!(sort(&["first", &joint, other]), [Sort::Doubled]);
        let shut = judge(&ticket(&["first"]), &[&story("number not learned", "")], true);
        assert_eq!(shut, []);
    }
}
