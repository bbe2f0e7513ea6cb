//! Requests in a call's story, and orders that an administrator takes up again.

use bridge_core::call::{Change, Step};
use bridge_core::core::Core;
use bridge_core::effect::Effect;
use bridge_core::input::{Input, Outcome};
use bridge_core::port::Sent;
use bridge_sim::story;
use pbx::{Event, LegState};

use crate::support;
use crate::twins::leg;

/// A core with an answered call whose caller is known, and the order for its ticket.
fn ordered() -> (Core, Effect) {
    let mut core = Core::new(support::settings(&story::Settings::of(&story::parse("").unwrap())));
    tell(&mut core, Input::Activation { active: true });
    tell(&mut core, Input::Matched(support::matching(&[])));
    for state in [LegState::Ringing, LegState::Connected] {
        tell(&mut core, Input::Pbx(Event::Leg(leg("c1", "0101", state))));
    }
    let lookup = core.poll_effect().unwrap();
    let nobody = Outcome::Profiles(Vec::new());
    tell(
        &mut core,
        Input::Outcome {
            effect: lookup.id,
            outcome: nobody,
        },
    );
    let ticket = core.poll_effect().unwrap();
    while core.poll_change().is_some() {}
    (core, ticket)
}

fn tell(core: &mut Core, input: Input) {
    core.handle(input, support::midnight());
}

fn wedge(core: &mut Core, effect: &Effect) {
    let why = "a field is required".to_owned();
    tell(
        core,
        Input::Outcome {
            effect: effect.id.clone(),
            outcome: Outcome::Wedged { why },
        },
    );
}

fn lines(change: &Change) -> Vec<String> {
    let line = |step: &Step| format!("{}|{}", step.what, step.why);
    change.steps.iter().map(line).collect()
}

#[test]
fn requests_are_told_with_their_answer_and_the_name_that_support_asks_for() {
    let (mut core, ticket) = ordered();
    let sent = |status, request_id: Option<&str>| Sent {
        what: "POST /api/v2/tickets".into(),
        status,
        request_id: request_id.map(str::to_owned),
    };
    let requests = vec![sent(None, None), sent(Some(201), Some("6f2d-SEA"))];
    let effect = ticket.id;
    tell(&mut core, Input::Asked { effect, requests });
    let change = core.poll_change().unwrap();
    let told = [
        "ticket: POST /api/v2/tickets: no answer|",
        "ticket: POST /api/v2/tickets: 201|request 6f2d-SEA",
    ];
    assert_eq!(lines(&change), told);
    assert_eq!(core.poll_effect(), None);
}

#[test]
fn what_was_wedged_goes_out_again_as_it_was_and_a_later_success_counts() {
    let (mut core, ticket) = ordered();
    wedge(&mut core, &ticket);
    let wedged = core.poll_change().unwrap();
    assert!(
        wedged.summary.outcome.starts_with("wedged: "),
        "{}",
        wedged.summary.outcome
    );

    tell(&mut core, Input::Retry { effect: ticket.clone() });
    assert_eq!(core.poll_effect().as_ref(), Some(&ticket), "under the same id");
    let again = core.poll_change().unwrap();
    assert_eq!(lines(&again), ["ticket is taken up again|an administrator wants it"]);
    assert_eq!(again.summary.outcome, "waiting: the ticket is being opened");
    assert!(again.state.wedged.is_empty());

    let opened = Outcome::Opened {
        ticket: bridge_core::desk::TicketId::new(77),
    };
    tell(
        &mut core,
        Input::Outcome {
            effect: ticket.id,
            outcome: opened,
        },
    );
    assert_eq!(core.poll_change().unwrap().summary.outcome, "ticket 77");
}

#[test]
fn what_is_not_wedged_is_not_taken_up() {
    let (mut core, ticket) = ordered();
    tell(&mut core, Input::Retry { effect: ticket });
    assert_eq!(core.poll_effect(), None);
    let told = lines(&core.poll_change().unwrap());
    assert_eq!(told, ["ticket is not taken up again|it is not stuck"]);
}
