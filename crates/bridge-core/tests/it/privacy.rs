//! Recordings that must go, from the ticket and everywhere else.

use bridge_core::call::{CallKey, Recorded};
use bridge_core::core::Core;
use bridge_core::desk::TicketId;
use bridge_core::effect::{Order, Priority, Track};
use bridge_core::input::{Input, Outcome};
use bridge_core::recording::Standing;
use jiff::SignedDuration;
use pbx::{CallId, Event, LegState};

use crate::recordings::{answer, by_id, call, carry_out, found, names, recording, settings, sum};
use crate::twins::Twins;

fn c1() -> CallKey {
    CallKey::new("c1")
}

/// A call that was over for a day, with its recording on the ticket.
fn attached() -> Twins {
    let mut twins = Twins::new(settings(|_| {}));
    call(&mut twins, "c1");
    let orders = found(&mut twins, recording('a', by_id("c1")));
    carry_out(&mut twins, orders);
    twins.pass(SignedDuration::from_hours(20));
    assert_eq!(twins.recordings[&sum('a')], Standing::Attached { call: c1() });
    twins
}

fn expire(twins: &mut Twins, byte: char) {
    let call = Box::new(twins.calls[&c1()].clone());
    let sha256 = sum(byte);
    twins.handle(Input::Expired { sha256, call });
}

#[test]
fn what_was_kept_for_long_enough_goes_from_the_ticket_once() {
    let mut twins = attached();
    // Told of it again, also before it is done, and of what never hung there.
    expire(&mut twins, 'a');
    let orders = std::mem::take(&mut twins.new);
    assert_eq!(names(&orders), ["c1/redact"]);
    let (ticket, sha256) = (TicketId::new(77), sum('a'));
    assert_eq!(orders[0].order, Order::Redact { ticket, sha256 });
    assert_eq!(
        (orders[0].track, orders[0].priority),
        (Track::Recording, Priority::Attach)
    );
    assert!(orders[0].order.is_repeatable());
    expire(&mut twins, 'a');
    expire(&mut twins, 'b');
    assert!(twins.new.is_empty());
    assert_eq!(
        twins.calls[&c1()].over,
        None,
        "it is waited for, however long that takes"
    );
    answer(&mut twins, &orders[0], Outcome::Done);
    let what = "taken away from the ticket".to_owned();
    assert_eq!(twins.recordings[&sum('a')], Standing::Settled { call: c1(), what });
    assert!(twins.calls[&c1()].over.is_some());
    expire(&mut twins, 'a');
    assert!(twins.new.is_empty());
    let told = "ticket 77; recording attached; recording taken away";
    assert_eq!(twins.summary("c1").outcome, told);
    // Its file is found once more: it is known.
    assert!(found(&mut twins, recording('a', by_id("c1"))).is_empty());
}

#[test]
fn a_call_that_was_forgotten_is_taken_up_as_the_journal_has_it() {
    let twins = attached();
    let (call, now) = (Box::new(twins.calls[&c1()].clone()), twins.now);
    let mut core = Core::new(settings(|_| {}));
    let sha256 = sum('a');
    core.handle(Input::Expired { sha256, call }, now);
    let order = core.poll_effect().expect("an order");
    assert_eq!(order.id.as_str(), "c1/redact");
    assert_eq!(core.poll_effect(), None);
    core.handle(
        Input::Outcome {
            effect: order.id,
            outcome: Outcome::Done,
        },
        now,
    );
    let changed = std::iter::from_fn(|| core.poll_change()).last().expect("a change");
    assert!(changed.state.over.is_some());
}

fn refuse(twins: &mut Twins) -> Vec<bridge_core::effect::Effect> {
    let call = Box::new(twins.calls[&c1()].clone());
    twins.handle(Input::Refuse { named: c1(), call });
    std::mem::take(&mut twins.new)
}

#[test]
fn a_call_that_is_refused_before_the_answer_is_never_recorded() {
    let mut twins = Twins::new(settings(|_| {}));
    twins.leg("c1", "0101", LegState::Ringing);
    refuse(&mut twins);
    twins.leg("c1", "0101", LegState::Connected);
    assert!(
        !twins
            .new
            .iter()
            .any(|effect| matches!(effect.order, Order::Record { .. }))
    );
    assert_eq!(twins.core.recordings_awaited(), 0);
}

#[test]
fn who_is_asked_to_record_is_not_asked_again_and_what_turns_up_is_never_attached() {
    let mut twins = Twins::new(settings(|_| {}));
    twins.leg("c1", "0101", LegState::Ringing);
    let ringing = std::mem::take(&mut twins.new);
    carry_out(&mut twins, ringing);
    twins.leg("c1", "0101", LegState::Connected);
    let orders = std::mem::take(&mut twins.new);
    carry_out(&mut twins, orders);
    assert_eq!(twins.core.recordings_awaited(), 1);
    assert!(refuse(&mut twins).is_empty());
    assert!(refuse(&mut twins).is_empty(), "told again, it changes nothing");
    let said: Vec<_> = twins.steps[&c1()].iter().map(|step| step.what.as_str()).collect();
    assert_eq!(
        said.iter()
            .filter(|what| **what == "the telephone system is not asked again")
            .count(),
        1
    );
    twins.leg("c1", "0101", LegState::Ended);
    twins.pass(SignedDuration::from_hours(5));
    assert!(found(&mut twins, recording('a', by_id("c1"))).is_empty());
    assert_eq!(twins.recordings[&sum('a')], Standing::Refused { call: c1() });
    // And nobody misses it.
    twins.pass(SignedDuration::from_hours(48));
    assert!(twins.new.is_empty());
    assert_eq!(twins.summary("c1").outcome, "ticket 77; must not be recorded");
}

#[test]
fn what_hangs_on_the_ticket_is_taken_away_and_what_may_be_under_way_after_it() {
    let mut twins = attached();
    let attach = found(&mut twins, recording('b', by_id("c1")));
    assert_eq!(names(&attach), ["c1/attach.2"]);
    let call = Box::new(twins.calls[&c1()].clone());
    twins.handle(Input::Refuse { named: c1(), call });
    assert_eq!(twins.withdrawn, [attach[0].id.clone()]);
    let orders = std::mem::take(&mut twins.new);
    assert_eq!(names(&orders), ["c1/redact", "c1/redact.2"]);
    // It was under way, and has arrived: on its track the other order comes after it.
    assert!(orders.iter().all(|order| order.track == attach[0].track));
    answer(&mut twins, &attach[0], Outcome::Done);
    for order in &orders {
        answer(&mut twins, order, Outcome::Done);
    }
    assert!(twins.calls[&c1()].over.is_some());
    for byte in ['a', 'b'] {
        assert_eq!(twins.recordings[&sum(byte)], Standing::Refused { call: c1() });
    }
}

#[test]
fn a_part_that_was_refused_is_refused_in_the_whole() {
    let mut twins = Twins::new(settings(|_| {}));
    twins.leg("c1", "0101", LegState::Ringing);
    refuse(&mut twins);
    twins.leg("c2", "0101", LegState::Ringing);
    let (old, new) = (CallId::new("c1"), CallId::new("c2"));
    twins.handle(Input::Pbx(Event::IdChanged { old, new }));
    let whole = twins.calls.values().find(|call| call.merged_into.is_none());
    assert_eq!(whole.map(|call| call.recorded.clone()), Some(Recorded::Refused));
}

#[test]
fn what_cannot_be_taken_away_is_told_and_not_tried_for_ever() {
    let mut twins = attached();
    expire(&mut twins, 'a');
    let redact = twins.new.remove(0);
    let why = "it is closed".to_owned();
    answer(&mut twins, &redact, Outcome::TicketGone { why });
    expire(&mut twins, 'a');
    assert!(twins.new.is_empty());
    assert_eq!(
        twins.calls[&c1()].troubles,
        ["a recording still hangs on the ticket, and has to be taken away there by hand: it is closed"]
    );
}
