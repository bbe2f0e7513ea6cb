//! How long it takes from the word that a call is answered until its ticket is asked for.

use bridge_core::call::{Answer, CallSummary, Change, Disposition, Phase};
use bridge_core::effect::{Order, TicketDraft};
use bridge_core::port::FailureKind;

use super::super::*;
use super::rig::{Rig, effect, failure};

/// A call that is answered, and of which nothing more has become.
fn answered(call: &str, phase: Phase) -> Change {
    let at: Timestamp = "2026-11-24T12:00:00Z".parse().unwrap();
    let mut state = bridge_core::call::CallState::new(&pbx::CallId::new(call), at);
    state.answer = Some(Answer {
        by: pbx::UserId::new("0101"),
        at,
        active: true,
        id: None,
        logged: None,
    });
    let summary = CallSummary {
        key: state.key.clone(),
        started: at,
        phase,
        caller: None,
        group: None,
        agent: None,
        ticket: None,
        requester: None,
        outcome: String::new(),
    };
    Change {
        state,
        summary,
        steps: Vec::new(),
    }
}

fn ticket(name: &str) -> Effect {
    let draft = TicketDraft {
        external_id: name.into(),
        subject: String::new(),
        note: String::new(),
        requester: None,
        assignee: None,
        group: None,
        tags: Vec::new(),
    };
    let order = Order::OpenTicket(draft);
    Effect { order, ..effect(name) }
}

fn counted(rig: &Rig) -> (u64, Duration) {
    let spread = rig.board.tally.read().event_to_request;
    (spread.count(), spread.sum())
}

#[tokio::test(start_paused = true)]
async fn the_journal_and_a_look_up_are_in_it_and_a_second_attempt_is_not() {
    let mut rig = Rig::new();
    rig.desk
        .lock()
        .unwrap()
        .extend([Ok(Outcome::Done), Err(failure(FailureKind::NoAnswer))]);
    rig.answers("gap", answered("c1", Phase::Talking));
    rig.orders("gap", vec![effect("c1/lookup")]);
    rig.orders("c1/lookup Done", vec![ticket("c1/ticket")]);
    rig.takes(Duration::from_millis(700));
    rig.journal.hold();
    rig.tell("gap");
    tokio::time::sleep(Duration::from_millis(300)).await;
    rig.journal.let_go();
    rig.until("desk: c1/ticket #2").await;
    assert_eq!(counted(&rig), (1, Duration::from_millis(1000)));
    let one = (Disposition::Ticket, 1);
    assert_eq!(rig.board.tally.read().calls, [one].into());
    rig.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_ticket_that_no_event_led_to_does_not_count() {
    let mut rig = Rig::new();
    // The call is over before anything is asked for, and what comes later is somebody else's wish.
    rig.answers("gap", answered("c1", Phase::Talking));
    rig.answers("snapshot", answered("c1", Phase::Over));
    rig.orders("snapshot", vec![effect("c1/a")]);
    rig.orders("c1/a Done", vec![ticket("c1/ticket")]);
    rig.tell("gap");
    rig.tell("snapshot");
    rig.until("desk: c1/ticket #1").await;
    assert_eq!(counted(&rig), (0, Duration::ZERO));
    rig.stop().await.unwrap();
}
