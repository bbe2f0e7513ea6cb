//! Calls are counted by what becomes of them, each once.

use bridge_core::call::{CallKey, Disposition};
use bridge_core::desk::TicketId;
use bridge_core::effect::EffectId;
use bridge_core::input::{Input, Outcome, Refusal};
use bridge_sim::story;
use jiff::SignedDuration;
use pbx::{CallId, Dialled, Direction, Event, GroupId, LegEvent, LegState};

use crate::support;
use crate::twins::{Twins, leg};

fn twins() -> Twins {
    Twins::new(support::settings(&story::Settings::of(&story::parse("").unwrap())))
}

fn tell(twins: &mut Twins, state: LegState, change: impl FnOnce(&mut LegEvent)) {
    let mut event = leg("c1", "0101", state);
    change(&mut event);
    twins.handle(Input::Pbx(Event::Leg(event)));
}

/// What came of an order, if it was given at all.
fn answer(twins: &mut Twins, step: &str, outcome: Outcome) {
    let effect = EffectId::new(&CallKey::new("c1"), step);
    if twins.given.contains(&effect) {
        twins.handle(Input::Outcome { effect, outcome });
    }
}

fn opened(twins: &mut Twins) {
    let ticket = TicketId::new(77);
    answer(twins, "ticket", Outcome::Opened { ticket });
}

fn counted(twins: &Twins) -> Vec<(Disposition, u64)> {
    let counted = twins.core.dispositions().iter();
    counted.map(|(disposition, calls)| (*disposition, *calls)).collect()
}

/// One call that is answered or not, over with everything.
fn played(mut twins: Twins, change: impl Fn(&mut LegEvent), states: &[LegState]) -> Twins {
    for state in states {
        tell(&mut twins, *state, &change);
        answer(&mut twins, "lookup", Outcome::Profiles(Vec::new()));
    }
    assert_eq!(counted(&twins), [], "it is not over yet");
    opened(&mut twins);
    tell(&mut twins, LegState::Ended, change);
    twins.pass(SignedDuration::from_mins(5));
    let why = "it was deleted".to_owned();
    answer(&mut twins, "read", Outcome::TicketGone { why });
    twins
}

#[test]
fn each_call_counts_as_what_has_become_of_it() {
    const ANSWERED: [LegState; 2] = [LegState::Ringing, LegState::Connected];
    type Told = fn(&mut LegEvent);
    let to_support: Told = |_| {};
    let table: [(Told, &[LegState], Disposition); 6] = [
        (to_support, &ANSWERED, Disposition::Ticket),
        (to_support, &ANSWERED[..1], Disposition::Unanswered),
        (
            |event| event.group = Some(GroupId::new("9999")),
            &ANSWERED,
            Disposition::NotServed,
        ),
        (|event| event.group = None, &ANSWERED[..1], Disposition::NotServed),
        (
            |event| event.caller = Some(Dialled::new("11")),
            &ANSWERED,
            Disposition::Internal,
        ),
        (
            |event| event.direction = Direction::Outbound,
            &[LegState::Dialling, LegState::Connected],
            Disposition::Outbound,
        ),
    ];
    for (change, states, expected) in table {
        let change = |event: &mut LegEvent| {
            if event.direction != Direction::Outbound {
                event.called = None;
            }
            change(event);
        };
        let played = played(twins(), change, states);
        assert_eq!(counted(&played), [(expected, 1)]);
    }
    let mut asleep = twins();
    asleep.handle(Input::Activation { active: false });
    let played = played(asleep, |_| {}, &ANSWERED);
    assert_eq!(counted(&played), [(Disposition::Inactive, 1)]);
}

#[test]
fn a_ticket_that_the_help_desk_will_not_have_is_a_failure() {
    let mut twins = twins();
    tell(&mut twins, LegState::Ringing, |_| {});
    answer(&mut twins, "lookup", Outcome::Profiles(Vec::new()));
    tell(&mut twins, LegState::Connected, |_| {});
    let refused = Outcome::Refused {
        what: Refusal::Number,
        why: "a field is required".into(),
    };
    answer(&mut twins, "ticket", refused);
    tell(&mut twins, LegState::Ended, |_| {});
    twins.pass(SignedDuration::from_mins(5));
    assert_eq!(counted(&twins), [(Disposition::Failed, 1)]);
}

#[test]
fn two_calls_that_are_one_have_one_ticket_between_them() {
    let mut twins = twins();
    tell(&mut twins, LegState::Ringing, |_| {});
    tell(&mut twins, LegState::Ringing, |event| event.call = CallId::new("c2"));
    let (old, new) = (CallId::new("c2"), CallId::new("c1"));
    twins.handle(Input::Pbx(Event::IdChanged { old, new }));
    assert_eq!(counted(&twins), [(Disposition::SameCall, 1)]);
}

#[test]
fn a_call_that_comes_back_counts_anew_only_as_something_else() {
    let mut twins = twins();
    tell(&mut twins, LegState::Ringing, |_| {});
    answer(&mut twins, "lookup", Outcome::Profiles(Vec::new()));
    tell(&mut twins, LegState::Ended, |_| {});
    let unanswered = (Disposition::Unanswered, 1);
    assert_eq!(counted(&twins), [unanswered]);
    let other = |event: &mut LegEvent| event.owner = pbx::UserId::new("0102");
    for state in [LegState::Ringing, LegState::Ended] {
        tell(&mut twins, state, other);
    }
    assert_eq!(counted(&twins), [unanswered], "nobody answered there either");
    for state in [LegState::Ringing, LegState::Connected] {
        tell(&mut twins, state, other);
    }
    opened(&mut twins);
    tell(&mut twins, LegState::Ended, other);
    twins.pass(SignedDuration::from_mins(5));
    let why = "it was deleted".to_owned();
    answer(&mut twins, "read", Outcome::TicketGone { why });
    assert_eq!(counted(&twins), [(Disposition::Ticket, 1), unanswered]);
}

#[test]
fn the_words_of_programs_are_told_apart() {
    let words: std::collections::BTreeSet<_> = Disposition::ALL.iter().map(ToString::to_string).collect();
    assert_eq!(words.len(), Disposition::ALL.len());
}
