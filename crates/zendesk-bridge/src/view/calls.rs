//! Calls as they are shown, in lists and one by one.

use bridge_core::call::{CallSummary, Phase, Step, StepKind};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::table::table;
use super::times::{clock, local, zoned};

/// One call of a list.
#[derive(Serialize, Deserialize, Clone, PartialEq, Debug)]
pub(crate) struct CallLine {
    /// The call's id.
    pub(crate) id: String,
    /// When it was first heard of.
    pub(crate) started: Timestamp,
    /// `ringing`, `talking`, `wrap-up` or `over`.
    pub(crate) state: String,
    /// The caller: masked unless asked for; `null` if there is no number.
    pub(crate) caller: Option<String>,
    /// The PBX group's name.
    pub(crate) group: Option<String>,
    /// Login of the agent who answered first.
    pub(crate) agent: Option<String>,
    /// The ticket.
    pub(crate) ticket_id: Option<u64>,
    /// The ticket's requester as far as the bridge knows.
    pub(crate) requester_id: Option<u64>,
    /// The ticket, or why there is none, or what is waited for.
    pub(crate) outcome: String,
}

/// One call with its story.
#[derive(Serialize, Deserialize, Clone, PartialEq, Debug)]
pub(crate) struct CallStory {
    /// The call.
    #[serde(flatten)]
    pub(crate) call: CallLine,
    /// Every event, decision, request and answer.
    pub(crate) steps: Vec<StepLine>,
}

/// One line of a story.
#[derive(Serialize, Deserialize, Clone, PartialEq, Debug)]
pub(crate) struct StepLine {
    /// When.
    pub(crate) at: Timestamp,
    /// `event`, `decision`, `request` or `answer`.
    pub(crate) kind: String,
    /// What happened or was decided.
    pub(crate) what: String,
    /// The reason; empty where the line speaks for itself.
    pub(crate) why: String,
}

impl CallLine {
    /// A call as the core tells it; the caller's number in full only if `numbers` asks for it.
    pub(crate) fn new(summary: &CallSummary, numbers: bool) -> Self {
        let caller = summary
            .caller
            .as_ref()
            .filter(|caller| !caller.is_empty())
            .map(|caller| caller.as_str());
        Self {
            id: summary.key.as_str().to_owned(),
            started: summary.started,
            state: state(summary.phase).to_owned(),
            caller: caller.map(|caller| if numbers { caller.to_owned() } else { mask(caller) }),
            group: summary.group.clone(),
            agent: summary.agent.as_ref().map(ToString::to_string),
            ticket_id: summary.ticket.map(|id| id.get()),
            requester_id: summary.requester.map(|id| id.get()),
            outcome: summary.outcome.clone(),
        }
    }
}

impl CallLine {
    /// What there is to say beside the ticket; where there is none, why.
    pub(crate) fn beyond(&self) -> &str {
        let ticket = self.ticket_id.map(|id| format!("ticket {id}")).unwrap_or_default();
        let beyond = self.outcome.strip_prefix(ticket.as_str()).unwrap_or(&self.outcome);
        beyond.trim_start_matches("; ")
    }

    /// The same for beside a column that shows whether there is a ticket.
    pub(crate) fn said(&self) -> &str {
        let beyond = self.beyond();
        beyond.strip_prefix("none: ").unwrap_or(beyond)
    }
}

impl CallStory {
    /// A call with its story as the core tells it.
    pub(crate) fn new(summary: &CallSummary, steps: &[Step], numbers: bool) -> Self {
        let steps = steps.iter().map(|step| StepLine {
            at: step.at,
            kind: kind(step.kind).to_owned(),
            what: step.what.clone(),
            why: step.why.clone(),
        });
        Self {
            call: CallLine::new(summary, numbers),
            steps: steps.collect(),
        }
    }
}

/// A caller's number for people who need not know it: its last three digits.
pub(crate) fn mask(number: &str) -> String {
    let digits: Vec<char> = number.chars().filter(char::is_ascii_digit).collect();
    match digits.len() {
        0..=5 => "…".into(),
        n => digits[n - 3..].iter().fold("…".to_owned(), |mut masked, digit| {
            masked.push(*digit);
            masked
        }),
    }
}

/// A list of calls as a table.
pub(crate) fn render_calls(calls: &[CallLine], zone: &TimeZone, width: u16) -> String {
    if calls.is_empty() {
        return "no calls yet".into();
    }
    let mut table = table(
        &[
            "when",
            "id",
            "caller",
            "group",
            "agent",
            "state",
            "ticket",
            "what became of it",
        ],
        width,
    );
    for call in calls {
        table.add_row([
            local(call.started, zone),
            short(&call.id),
            call.caller.clone().unwrap_or_else(|| "no number".into()),
            or_dash(call.group.as_ref()),
            or_dash(call.agent.as_ref()),
            call.state.clone(),
            or_dash(call.ticket_id.as_ref()),
            call.said().to_owned(),
        ]);
    }
    table.trim_fmt()
}

/// A call's story as lines.
pub(crate) fn render_story(story: &CallStory, zone: &TimeZone) -> String {
    let call = &story.call;
    let mut text = format!("call {}\n", call.id);
    let facts = [
        ("started", zoned(call.started, zone)),
        ("caller", call.caller.clone().unwrap_or_else(|| "no number".into())),
        ("group", or_dash(call.group.as_ref())),
        ("agent", or_dash(call.agent.as_ref())),
        ("state", call.state.clone()),
        ("ticket", or_dash(call.ticket_id.as_ref())),
        ("requester", or_dash(call.requester_id.as_ref())),
        ("outcome", call.outcome.clone()),
    ];
    for (name, value) in facts {
        text.push_str(&format!("  {name:<10}{value}\n"));
    }
    for step in &story.steps {
        let at = clock(step.at, zone);
        text.push_str(&format!("\n  {at}  {:<9} {}", step.kind, step.what));
        if !step.why.is_empty() {
            text.push_str(&format!("\n  {:14}{:<9} {}", "", "why", step.why));
        }
    }
    text
}

/// How far a call is, in a word.
pub(crate) fn state(phase: Phase) -> &'static str {
    match phase {
        Phase::Ringing => "ringing",
        Phase::Talking => "talking",
        Phase::WrapUp => "wrap-up",
        Phase::Over => "over",
    }
}

fn kind(kind: StepKind) -> &'static str {
    match kind {
        StepKind::Event => "event",
        StepKind::Decision => "decision",
        StepKind::Request => "request",
        StepKind::Answer => "answer",
    }
}

/// A long id by its beginning, which `call` takes as well.
pub(super) fn short(id: &str) -> String {
    if id.chars().count() <= 12 {
        id.to_owned()
    } else {
        id.chars().take(8).collect()
    }
}

/// A value, or a dash where there is none.
pub(super) fn or_dash(value: Option<&impl ToString>) -> String {
    value.map_or_else(|| "–".to_owned(), ToString::to_string)
}

#[cfg(test)]
mod tests {
    use bridge_core::call::CallKey;
    use bridge_core::desk::{TicketId, UserId};
    use expect_test::expect;
    use pbx::Dialled;

    use super::*;

    fn summary() -> CallSummary {
        CallSummary {
            key: CallKey::new("8af3a07a-6f2d-4c1c-9f0e-0d6a52f8a001"),
            started: "2026-11-24T14:02:00Z".parse().unwrap(),
            phase: Phase::WrapUp,
            caller: Some(Dialled::new("0721 123456")),
            group: Some("Support".into()),
            agent: Some(pbx::UserId::new("0101")),
            ticket: Some(TicketId::new(77)),
            requester: Some(UserId::new(400)),
            outcome: "ticket 77 for the default user; waiting for the end of wrap-up".into(),
        }
    }

    fn steps() -> Vec<Step> {
        let at = "2026-11-24T14:02:05.25Z".parse().unwrap();
        vec![
            Step {
                at,
                kind: StepKind::Event,
                what: "answered by 0101".into(),
                why: String::new(),
            },
            Step {
                at,
                kind: StepKind::Decision,
                what: "ticket for the default user".into(),
                why: "nobody has …456".into(),
            },
        ]
    }

    #[test]
    fn numbers_are_masked_unless_asked_for() {
        assert_eq!(CallLine::new(&summary(), false).caller.as_deref(), Some("…456"));
        assert_eq!(CallLine::new(&summary(), true).caller.as_deref(), Some("0721 123456"));
        assert_eq!(mask("12"), "…");
        assert_eq!(mask("anonymous"), "…");
        let withheld = CallSummary {
            caller: Some(Dialled::new("")),
            ..summary()
        };
        assert_eq!(CallLine::new(&withheld, true).caller, None);
    }

    #[test]
    fn the_json_holds_what_the_contract_names() {
        let json = serde_json::to_value(CallStory::new(&summary(), &steps(), false)).unwrap();
        for key in [
            "id",
            "state",
            "caller",
            "group",
            "agent",
            "ticket_id",
            "requester_id",
            "outcome",
            "steps",
        ] {
            assert!(json.get(key).is_some(), "{key}");
        }
        for key in ["at", "what", "why"] {
            assert!(json["steps"][1].get(key).is_some(), "{key}");
        }
        assert_eq!(serde_json::from_value::<CallStory>(json).unwrap().steps.len(), 2);
    }

    #[test]
    fn a_list() {
        let calls = [CallLine::new(&summary(), false)];
        expect![[r#"
            when                 id        caller  group    agent  state    ticket  what became of it
            ───────────────────────────────────────────────────────────────────────────────────────────────
            2026-11-24 14:02:00  8af3a07a  …456    Support  0101   wrap-up  77      for the default user;
                                                                                    waiting for the end of
                                                                                    wrap-up"#]]
        .assert_eq(&render_calls(&calls, &TimeZone::UTC, 100));
        assert!(
            render_calls(&calls, &TimeZone::UTC, 80)
                .lines()
                .all(|line| line.chars().count() <= 80)
        );
    }

    #[test]
    fn a_story() {
        expect![[r#"
            call 8af3a07a-6f2d-4c1c-9f0e-0d6a52f8a001
              started   2026-11-24 14:02:00 UTC
              caller    …456
              group     Support
              agent     0101
              state     wrap-up
              ticket    77
              requester 400
              outcome   ticket 77 for the default user; waiting for the end of wrap-up

              14:02:05.250  event     answered by 0101
              14:02:05.250  decision  ticket for the default user
                            why       nobody has …456"#]]
        .assert_eq(&render_story(
            &CallStory::new(&summary(), &steps(), false),
            &TimeZone::UTC,
        ));
    }
}
