//! Recordings that must go, from the ticket and everywhere else.

use bridge_core::call::CallKey;
use bridge_core::core::Core;
use bridge_core::desk::TicketId;
use bridge_core::effect::{Order, Priority, Track};
use bridge_core::input::{Input, Outcome};
use bridge_core::recording::Standing;
use jiff::SignedDuration;

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
