//! What a reconnected session tells, what it no longer does, and what is never told at all.

use bridge_core::call::{Phase, StepKind};
use bridge_core::effect::Order;
use bridge_core::input::{Input, Outcome};
use bridge_sim::story;
use jiff::SignedDuration;
use pbx::{Event, LegState, UserId};

use crate::support;
use crate::twins::Twins;

fn twins() -> Twins {
    Twins::new(support::settings(&story::Settings::of(&story::parse("").unwrap())))
}

fn snapshot(twins: &mut Twins, owner: &str, told: &[(&str, LegState)]) {
    let owner = UserId::new(owner);
    twins.handle(Input::Pbx(Event::SnapshotBegin { owner: owner.clone() }));
    for (call, state) in told {
        twins.leg(call, owner.as_str(), *state);
    }
    let orders = std::mem::take(&mut twins.new);
    twins.handle(Input::Pbx(Event::SnapshotEnd { owner }));
    twins.new.splice(0..0, orders);
}

fn answer(twins: &mut Twins, step: &str, outcome: Outcome) {
    let effect = twins
        .given
        .iter()
        .find(|effect| effect.as_str() == step)
        .unwrap()
        .clone();
    twins.handle(Input::Outcome { effect, outcome });
}

fn said(twins: &Twins, call: &str, what: &str) -> bool {
    let steps = &twins.steps[&bridge_core::call::CallKey::new(call)];
    steps.iter().any(|step| step.what.contains(what))
}

#[test]
fn what_is_told_goes_on_and_what_is_missing_has_ended_unseen() {
    let mut twins = twins();
    twins.leg("c1", "0101", LegState::Ringing);
    twins.leg("c2", "0101", LegState::Ringing);
    twins.leg("c2", "0102", LegState::Ringing);
    twins.pass(SignedDuration::from_secs(20));
    twins.leg("c3", "0101", LegState::Ringing);
    twins.leg("c3", "0101", LegState::Connected);
    snapshot(&mut twins, "0101", &[("c3", LegState::Connected)]);
    assert_eq!(twins.summary("c1").outcome, "none: nobody answered, as far as was seen");
    assert_eq!(twins.summary("c1").phase, Phase::Over);
    assert_eq!(twins.summary("c2").phase, Phase::Ringing, "another phone still rings");
    assert_eq!(twins.summary("c3").phase, Phase::Talking);
}

#[test]
fn a_call_that_was_answered_unseen_gets_its_ticket() {
    let mut twins = twins();
    snapshot(&mut twins, "0101", &[("c1", LegState::Connected)]);
    assert!(matches!(twins.new[0].order, Order::LookUp { .. }));
    answer(&mut twins, "c1/lookup", Outcome::Profiles(Vec::new()));
    assert!(matches!(twins.new[0].order, Order::OpenTicket(_)));
}

#[test]
fn a_leg_that_had_ended_may_be_answered_again_unseen() {
    let mut twins = twins();
    twins.leg("c1", "0101", LegState::Ringing);
    twins.leg("c1", "0102", LegState::Ringing);
    twins.leg("c1", "0101", LegState::Ended);
    twins.leg("c1", "0101", LegState::Connected);
    assert_eq!(twins.summary("c1").agent, None, "too late without a snapshot");
    snapshot(&mut twins, "0101", &[("c1", LegState::Connected)]);
    assert_eq!(twins.summary("c1").agent, Some(UserId::new("0101")));
}

#[test]
fn a_gap_ends_nothing() {
    let mut twins = twins();
    twins.leg("c1", "0101", LegState::Ringing);
    twins.leg("c2", "0102", LegState::Ringing);
    twins.handle(Input::Pbx(Event::Gap {
        owner: Some(UserId::new("0101")),
    }));
    assert_eq!(twins.core.calls_in_progress(), 2);
    assert!(said(&twins, "c1", "may be missing") && !said(&twins, "c2", "may be missing"));
    twins.handle(Input::Pbx(Event::Gap { owner: None }));
    assert!(said(&twins, "c2", "may be missing"));
}

#[test]
fn silence_ends_a_ringing_call_after_an_hour_and_an_answered_one_after_the_limit() {
    let mut twins = twins();
    twins.leg("c1", "0101", LegState::Ringing);
    twins.leg("c2", "0102", LegState::Ringing);
    twins.leg("c2", "0102", LegState::Connected);
    answer(&mut twins, "c2/lookup", Outcome::Profiles(Vec::new()));
    let ticket = bridge_core::desk::TicketId::new(77);
    answer(&mut twins, "c2/ticket", Outcome::Opened { ticket });
    twins.pass(SignedDuration::from_mins(59));
    assert_eq!(twins.core.calls_in_progress(), 2);
    twins.pass(SignedDuration::from_mins(1));
    assert_eq!(
        twins.summary("c1").outcome,
        "none: nobody answered, as far as was seen; its end is assumed"
    );
    twins.pass(SignedDuration::from_mins(179));
    assert_eq!(twins.core.calls_in_progress(), 1);
    twins.pass(SignedDuration::from_mins(1));
    assert_eq!(twins.core.calls_in_progress(), 0);
    assert!(said(&twins, "c2", "ended, as is assumed"));
    let outcome = &twins.summary("c2").outcome;
    assert!(
        outcome.starts_with("ticket 77; ") && outcome.ends_with("its end is assumed"),
        "{outcome}"
    );
    twins.pass(SignedDuration::from_mins(2));
    assert!(
        matches!(twins.new[0].order, Order::ReadTicket { .. }),
        "wrap-up goes on as always"
    );
}

#[test]
fn an_answered_call_waits_until_both_sides_are_matched() {
    let mut twins = Twins::asleep(support::settings(&story::Settings::of(&story::parse("").unwrap())));
    twins.handle(Input::Activation { active: true });
    twins.leg("c1", "0101", LegState::Ringing);
    twins.leg("c1", "0101", LegState::Connected);
    twins.pass(SignedDuration::from_secs(30));
    assert!(twins.given.is_empty());
    assert_eq!(
        twins.summary("c1").outcome,
        "waiting: users and groups are not matched yet"
    );
    twins.leg("c1", "0101", LegState::Ended);
    twins.handle(Input::Matched(support::matching(&[])));
    let steps: Vec<&str> = twins.new.iter().map(|effect| effect.id.step()).collect();
    assert_eq!(
        steps,
        ["lookup", "ticket"],
        "patience is over, so the ticket does not wait for the look-up"
    );
}

#[test]
fn what_is_over_is_remembered_for_a_day() {
    let mut twins = twins();
    twins.leg("c1", "0101", LegState::Ringing);
    twins.leg("c1", "0101", LegState::Connected);
    answer(&mut twins, "c1/lookup", Outcome::Profiles(Vec::new()));
    let why = "a ticket needs one".to_owned();
    let what = bridge_core::input::Refusal::Number;
    answer(&mut twins, "c1/ticket", Outcome::Refused { what, why });
    twins.leg("c1", "0101", LegState::Ended);
    twins.pass(SignedDuration::from_hours(23));
    twins.leg("c1", "0102", LegState::Ringing);
    assert_eq!(twins.core.calls_in_progress(), 0, "a late event revives nothing");
    let about_calls = |twins: &Twins| {
        twins
            .core
            .problems()
            .iter()
            .filter(|problem| problem.call.is_some())
            .count()
    };
    assert_eq!(about_calls(&twins), 1);
    let key = bridge_core::call::CallKey::new("c1");
    assert_eq!(
        twins.steps[&key]
            .iter()
            .rev()
            .find(|s| s.kind == StepKind::Event)
            .unwrap()
            .why,
        "the call is over: too late to change anything"
    );
    twins.pass(SignedDuration::from_hours(2));
    twins.calls.clear(); // as the journal would
    twins.handle(Input::Wake);
    assert_eq!(about_calls(&twins), 0);
}
