//! Whose a recording is: by its call's id, else by numbers and time, else nobody's until an administrator says so.

use bridge_core::call::{CallKey, CallState};
use bridge_core::input::Input;
use bridge_core::recording::{Hints, Standing};
use jiff::{SignedDuration, Timestamp};
use pbx::{CallId, Dialled, Event, LegState};

use crate::recordings::{CALLER, by_id, call, carry_out, found, names, recording, seconds, settings, sum};
use crate::support;
use crate::twins::{Twins, leg};

/// Began at this second of the day, from `caller` to `called`.
fn numbers(began: i64, caller: Option<&str>, called: Option<&str>) -> Hints {
    Hints {
        call: None,
        caller: caller.map(Dialled::new),
        called: called.map(Dialled::new),
        began: Some(support::midnight() + seconds(began)),
        or_began: None,
    }
}

#[test]
fn without_an_id_numbers_and_time_must_both_be_one_calls() {
    // It rings from 0 to 5, is answered at 5 and ends at 65.
    for (hints, is_its) in [
        (numbers(5, Some("0049721123456"), Some("0101")), true),
        (numbers(5, Some(CALLER), Some("07214605300")), true),
        (numbers(60, Some(CALLER), None), true),
        (numbers(-14, Some(CALLER), None), true),
        (numbers(-16, Some(CALLER), None), false),
        (numbers(80, Some(CALLER), None), true),
        (numbers(81, Some(CALLER), None), false),
        (numbers(5, Some("0721 123457"), Some("0101")), false),
        (numbers(5, Some(CALLER), Some("0102")), false),
        (numbers(5, None, Some("0101")), false),
        (numbers(5, None, None), false),
        (
            Hints {
                began: None,
                or_began: None,
                ..numbers(5, Some(CALLER), None)
            },
            false,
        ),
        (
            Hints {
                call: Some(CallId::new("unknown")),
                ..numbers(5, Some(CALLER), None)
            },
            true,
        ),
    ] {
        let mut twins = Twins::new(settings(|_| {}));
        call(&mut twins, "c1");
        let orders = found(&mut twins, recording('a', hints.clone()));
        assert_eq!(!orders.is_empty(), is_its, "{hints:?}");
        let unassigned = matches!(twins.recordings[&sum('a')], Standing::Unassigned { .. });
        assert_eq!(unassigned, !is_its, "{hints:?}");
    }
}

#[test]
fn of_two_calls_that_fit_none_is_guessed_and_an_administrator_settles_it() {
    let mut twins = Twins::new(settings(|_| {}));
    for (id, owner) in [("c1", "0101"), ("c2", "0102")] {
        for state in [LegState::Ringing, LegState::Connected] {
            twins.handle(Input::Pbx(Event::Leg(leg(id, owner, state))));
            let new = std::mem::take(&mut twins.new);
            carry_out(&mut twins, new);
        }
    }
    assert!(found(&mut twins, recording('a', numbers(0, Some(CALLER), None))).is_empty());
    let why = "it may be of call c1 or c2".to_owned();
    assert_eq!(twins.recordings[&sum('a')], Standing::Unassigned { why });
    // Nobody knows that one.
    let call = || Box::new(twins_call(&twins));
    let other = Input::Assign {
        sha256: sum('b'),
        call: call(),
    };
    let this = Input::Assign {
        sha256: sum('a'),
        call: call(),
    };
    twins.handle(other);
    assert!(twins.new.is_empty());
    twins.handle(this);
    assert_eq!(names(&twins.new), ["c2/attach"]);
}

fn twins_call(twins: &Twins) -> CallState {
    twins.calls[&CallKey::new("c2")].clone()
}

#[test]
fn a_call_that_was_forgotten_long_ago_still_gets_the_recording_that_is_assigned_to_it() {
    let mut twins = Twins::new(settings(|_| {}));
    let orders = call(&mut twins, "c1");
    assert!(names(&orders).contains(&"c1/pop"));
    let until = twins.now + SignedDuration::from_hours(24 * 30);
    while twins.wake(until) {
        let new = std::mem::take(&mut twins.new);
        carry_out(&mut twins, new);
    }
    assert!(found(&mut twins, recording('a', by_id("c1"))).is_empty());
    let call = Box::new(twins.calls[&CallKey::new("c1")].clone());
    let sha256 = sum('a');
    twins.core.handle(Input::Assign { sha256, call }, twins.now);
    assert_eq!(twins.core.poll_effect().unwrap().id.as_str(), "c1/attach");
}

#[test]
fn what_cannot_be_assigned_is_tried_again_and_forgotten_with_its_file() {
    let mut twins = Twins::new(settings(|_| {}));
    let hints = numbers(5, Some(CALLER), None);
    assert!(found(&mut twins, recording('a', hints.clone())).is_empty());
    assert!(found(&mut twins, recording('b', hints.clone())).is_empty());
    twins.handle(Input::RecordingGone { sha256: sum('b') });
    assert_eq!(twins.recordings[&sum('b')], Standing::Gone);
    // The call becomes known.
    call(&mut twins, "c1");
    assert_eq!(names(&found(&mut twins, recording('a', hints))), ["c1/attach"]);
}

#[test]
fn the_moment_of_a_recording_is_read_by_the_clock_of_the_pbx() {
    let mut twins = Twins::new(settings(|_| {}));
    // Its clock is an hour ahead.
    let ahead = SignedDuration::from_hours(1);
    for (state, then) in [(LegState::Ringing, 5), (LegState::Connected, 60), (LegState::Ended, 15)] {
        let at: Option<Timestamp> = Some(twins.now + ahead);
        twins.handle(Input::Pbx(Event::Leg(pbx::LegEvent {
            at,
            ..leg("c1", "0101", state)
        })));
        let new = std::mem::take(&mut twins.new);
        carry_out(&mut twins, new);
        twins.pass(seconds(then));
    }
    assert!(found(&mut twins, recording('a', numbers(5, Some(CALLER), None))).is_empty());
    assert_eq!(
        names(&found(&mut twins, recording('b', numbers(3605, Some(CALLER), None)))),
        ["c1/attach"]
    );
}
