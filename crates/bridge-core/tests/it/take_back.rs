//! A number that was learned is taken back, once, and not learned again from the same call.

use bridge_core::call::{CallKey, TakeBack};
use bridge_core::core::Core;
use bridge_core::desk::{NumberField, Profile, Standing, TicketId, TicketView, UserId};
use bridge_core::effect::{Effect, EffectId, Order, Priority, Track};
use bridge_core::erasure::Sought;
use bridge_core::input::{Input, Outcome, Refusal};
use bridge_core::number::{E164, NumberPlan};
use bridge_core::settings::Settings;
use bridge_sim::story;
use jiff::SignedDuration;
use pbx::LegState;

use crate::support;
use crate::twins::Twins;

fn settings() -> Settings {
    support::settings(&story::Settings::of(&story::parse("").unwrap()))
}

fn c1() -> CallKey {
    CallKey::new("c1")
}

fn answer(twins: &mut Twins, step: &str, outcome: Outcome) {
    let effect = EffectId::new(&c1(), step);
    assert!(twins.given.contains(&effect), "{effect} was not ordered");
    twins.handle(Input::Outcome { effect, outcome });
}

/// A call of somebody unknown that is over, after which the number went to user 900, and the order that wrote it.
fn learned() -> (Twins, Effect) {
    let mut twins = Twins::new(settings());
    let ticket = TicketId::new(77);
    twins.leg("c1", "0101", LegState::Ringing);
    answer(&mut twins, "lookup", Outcome::Profiles(Vec::new()));
    twins.leg("c1", "0101", LegState::Connected);
    answer(&mut twins, "ticket", Outcome::Opened { ticket });
    answer(&mut twins, "pop", Outcome::Popped);
    twins.leg("c1", "0101", LegState::Ended);
    twins.pass(SignedDuration::from_mins(2));
    let view = TicketView {
        ticket,
        requester: UserId::new(900),
        updated_at: twins.now,
        standing: Standing::Open,
    };
    answer(&mut twins, "read", Outcome::Ticket(view));
    let karla = Profile {
        user: UserId::new(900),
        name: "Karla Kunde".into(),
        numbers: Vec::new(),
        shared_phone: false,
        active: true,
        suspended: false,
        made_for: None,
    };
    answer(&mut twins, "profile", Outcome::Profiles(vec![karla]));
    answer(&mut twins, "owner", Outcome::Profiles(Vec::new()));
    let written = twins.new[0].clone();
    answer(&mut twins, "learn", Outcome::Done);
    twins.pass(SignedDuration::from_hours(20));
    assert!(twins.calls[&c1()].over.is_some());
    (twins, written)
}

fn take_back(twins: &mut Twins, written: &Effect) -> Vec<Effect> {
    let (written, call) = (Box::new(written.clone()), Box::new(twins.calls[&c1()].clone()));
    twins.handle(Input::TakeBack { written, call });
    std::mem::take(&mut twins.new)
}

fn last_step(twins: &Twins) -> String {
    let step = twins.steps[&c1()].last().unwrap();
    format!("{}|{}", step.what, step.why)
}

#[test]
fn it_is_taken_back_once_and_told_in_the_story_of_the_call_that_learned_it() {
    let (mut twins, written) = learned();
    let orders = take_back(&mut twins, &written);
    assert_eq!(orders.len(), 1);
    assert_eq!(orders[0].id.as_str(), "c1/forget");
    let order = Order::TakeNumberBack {
        user: UserId::new(900),
        field: NumberField::Phone,
        number: E164::parse("+49721123456").unwrap(),
    };
    assert_eq!(orders[0].order, order);
    assert_eq!((orders[0].track, orders[0].priority), (Track::Main, Priority::Learn));
    assert!(orders[0].order.is_repeatable());
    // Wished again before it is done, and after that.
    assert_eq!(take_back(&mut twins, &written), []);
    assert_eq!(
        twins.calls[&c1()].over,
        None,
        "it is waited for, however long that takes"
    );
    answer(&mut twins, "forget", Outcome::Done);
    assert_eq!(
        last_step(&twins),
        "taken back: user 900 does not have the number from the bridge any more|an administrator wants it"
    );
    assert_eq!(take_back(&mut twins, &written), []);
    assert_eq!(
        last_step(&twins),
        "the number is not taken back from user 900 once more|that was done before"
    );
    let told = "ticket 77; number learned for user 900; number taken back from user 900";
    assert_eq!(twins.summary("c1").outcome, told);
    assert!(twins.calls[&c1()].over.is_some());
    // The requester is still the same, and the call is told of once more.
    twins.leg("c1", "0101", LegState::Connected);
    twins.leg("c1", "0101", LegState::Ended);
    twins.pass(SignedDuration::from_hours(1));
    let orders: Vec<&str> = twins.given.iter().map(EffectId::step).collect();
    assert_eq!(
        orders,
        ["forget", "learn", "lookup", "owner", "pop", "profile", "read", "ticket"]
    );
}

#[test]
fn what_somebody_else_has_changed_is_left_and_told_and_may_be_tried_again() {
    let (mut twins, written) = learned();
    take_back(&mut twins, &written);
    let refused = Outcome::Refused {
        what: Refusal::Number,
        why: "another number stands there by now".into(),
    };
    answer(&mut twins, "forget", refused);
    let told = "the number is not taken back from user 900: another number stands there by now";
    assert!(twins.core.problems().iter().any(|problem| problem.what == told));
    assert!(twins.summary("c1").outcome.ends_with("by now"));
    assert_eq!(take_back(&mut twins, &written)[0].id.as_str(), "c1/forget.2");
    answer(&mut twins, "forget.2", Outcome::Done);
    assert_eq!(twins.calls[&c1()].take_back, TakeBack::Done);
    assert_eq!(twins.calls[&c1()].troubles, Vec::<String>::new(), "it is mended");
}

#[test]
fn a_call_that_was_forgotten_is_taken_up_as_the_journal_has_it_and_what_is_stuck_is_waited_for() {
    let (twins, written) = learned();
    let (call, now) = (Box::new(twins.calls[&c1()].clone()), twins.now);
    let mut core = Core::new(settings());
    let written = Box::new(written);
    core.handle(Input::TakeBack { written, call }, now);
    let order = core.poll_effect().expect("an order");
    assert_eq!(order.id.as_str(), "c1/forget");
    let why = "the right is missing".to_owned();
    for outcome in [Outcome::Wedged { why }, Outcome::Done] {
        let is_done = outcome == Outcome::Done;
        let effect = order.id.clone();
        core.handle(Input::Outcome { effect, outcome }, now);
        let changed = std::iter::from_fn(|| core.poll_change()).last().expect("a change");
        assert_eq!(changed.state.over.is_some(), is_done);
        assert_eq!(changed.state.wedged.is_empty(), is_done);
    }
}

#[test]
fn nothing_is_taken_back_of_what_wrote_no_number_or_of_a_call_whose_caller_was_erased() {
    let (mut twins, written) = learned();
    let ticket = TicketId::new(77);
    let read = Effect {
        order: Order::ReadTicket { ticket },
        ..written.clone()
    };
    assert_eq!(take_back(&mut twins, &read), []);
    let plan = NumberPlan::new("DE", Some("721")).unwrap();
    twins.erase(&Sought::parse("0721 123456", &plan, None).unwrap());
    assert_eq!(take_back(&mut twins, &written), []);
}
