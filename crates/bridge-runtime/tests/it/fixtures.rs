//! Small worlds for the tests.

use bridge_core::call::{CallKey, CallState, CallSummary, Change, Phase, Step, StepKind};
use bridge_core::desk::{TicketId, UserId};
use bridge_core::effect::{Effect, EffectId, Order, Priority, Track};
use bridge_core::port::Entry;
use jiff::{SignedDuration, Timestamp};

/// The moment at which everything here happens.
pub(crate) fn noon() -> Timestamp {
    "2026-11-24T12:00:00Z".parse().unwrap()
}

/// A moment so many seconds later.
pub(crate) fn after(seconds: i64) -> Timestamp {
    noon() + SignedDuration::from_secs(seconds)
}

/// An order of a call's step: an internal note.
pub(crate) fn note(call: &str, step: &str) -> Effect {
    let call = CallKey::new(call);
    Effect {
        id: EffectId::new(&call, step),
        call,
        track: Track::Main,
        priority: Priority::Complete,
        planned_at: noon(),
        expires: None,
        order: Order::AddNote {
            ticket: TicketId::new(77),
            text: "A note".into(),
        },
    }
}

/// A call that has come so far.
pub(crate) fn change(call: &str, phase: Phase, what: &str) -> Change {
    let key = CallKey::new(call);
    Change {
        state: CallState::new(&pbx::CallId::new(call), noon()),
        summary: CallSummary {
            key,
            started: noon(),
            phase,
            caller: Some(pbx::Dialled::new("0721 123456")),
            group: Some("Support".into()),
            agent: Some(pbx::UserId::new("0101")),
            ticket: Some(TicketId::new(77)),
            requester: Some(UserId::new(900)),
            outcome: what.into(),
        },
        steps: vec![Step {
            at: noon(),
            kind: StepKind::Decision,
            what: what.into(),
            why: "Because".into(),
        }],
    }
}

/// What an input led to.
pub(crate) fn entry(at: Timestamp) -> Entry {
    Entry { at, ..Entry::default() }
}
