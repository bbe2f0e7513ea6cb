//! Calls that are handed from phone to phone, seen or unseen, whatever a clock does meanwhile: each has one ticket.

use bridge_core::input::Input;
use jiff::SignedDuration;
use pbx::{CallId, Dialled, Event, GroupId, LegEvent, LegState, UserId};

use crate::listed_twice::{KARLA, WITHHELD, entry, list, play, tell};
use crate::lists::{Day, Play};
use crate::support;
use crate::twins::leg;

/// What the PBX tells once more for this owner: these calls.
fn snapshot(play: &mut Play<'_>, second: i64, owner: &str, calls: &[(&str, &str)]) {
    play.pass(support::midnight() + SignedDuration::from_secs(second));
    let whose = UserId::new(owner);
    play.handle(Input::Pbx(Event::Gap {
        owner: Some(whose.clone()),
    }));
    play.handle(Input::Pbx(Event::SnapshotBegin { owner: whose.clone() }));
    for (id, caller) in calls {
        let caller = Some(Dialled::new(*caller));
        let told = LegEvent {
            caller,
            ..leg(id, owner, LegState::Connected)
        };
        play.handle(Input::Pbx(Event::Leg(told)));
    }
    play.handle(Input::Pbx(Event::SnapshotEnd { owner: whose }));
}

/// An event that is told now and has happened at this second.
fn tell_late(play: &mut Play<'_>, second: i64, owner: &str, state: LegState) {
    let told = LegEvent {
        at: Some(support::midnight() + SignedDuration::from_secs(second)),
        ..leg("c1", owner, state)
    };
    play.handle(Input::Pbx(Event::Leg(told)));
}

fn wait(play: &mut Play<'_>, second: i64) {
    play.pass(support::midnight() + SignedDuration::from_secs(second));
}

/// Karla rings at two phones; 0102 answers and hands her on to 0101, which had rung in vain and does not ring again.
fn karla_is_handed_back(play: &mut Play<'_>) {
    for owner in ["0101", "0102"] {
        tell(play, 100, "c1", KARLA, owner, LegState::Ringing);
    }
    tell(play, 103, "c1", KARLA, "0101", LegState::Ended);
    tell(play, 103, "c1", KARLA, "0102", LegState::Connected);
    tell(play, 200, "c1", KARLA, "0101", LegState::Connected);
    tell(play, 201, "c1", KARLA, "0102", LegState::Ended);
}

fn state<'p>(play: &'p Play<'_>) -> &'p bridge_core::call::CallState {
    &play.twins.calls[&bridge_core::call::CallKey::new("c1")]
}

#[test]
fn a_phone_that_rang_in_vain_may_get_the_call_without_a_ring() {
    let nothing = Day::of(&[], &[], 0);
    let mut play = play(&nothing, 90);
    karla_is_handed_back(&mut play);
    wait(&mut play, 400);
    assert!(state(&play).is_talking(), "the call goes on");
    tell(&mut play, 500, "c1", KARLA, "0101", LegState::Ended);
    wait(&mut play, 700);
    play.handle(list("0101", vec![entry((KARLA, 200, 300))]));
    play.handle(list("0102", vec![entry((KARLA, 100, 98))]));
    assert_eq!(play.tickets.len(), 1);
}

#[test]
fn what_was_overtaken_changes_nothing() {
    let nothing = Day::of(&[], &[], 0);
    let mut play = play(&nothing, 90);
    tell(&mut play, 100, "c1", KARLA, "0101", LegState::Ringing);
    tell(&mut play, 103, "c1", KARLA, "0101", LegState::Connected);
    tell(&mut play, 110, "c1", KARLA, "0101", LegState::Ended);
    wait(&mut play, 112);
    // An answer from before the end revives nothing, and neither does a ring.
    tell_late(&mut play, 103, "0101", LegState::Connected);
    tell_late(&mut play, 100, "0101", LegState::Ringing);
    assert!(!state(&play).is_alive());
    // An end from before the ring ends nothing.
    tell_late(&mut play, 112, "0101", LegState::Ringing);
    tell_late(&mut play, 110, "0101", LegState::Ended);
    assert!(state(&play).is_alive());
    // Where the clock was set back by more than an event is ever late, it does.
    tell_late(&mut play, 30, "0101", LegState::Ended);
    assert!(!state(&play).is_alive());
}

#[test]
fn an_answer_told_after_the_hang_up_is_believed_only_where_it_is_surely_later() {
    let nothing = Day::of(&[], &[], 0);
    // Nobody has answered, so that nobody can have handed the call on; or the clock has only just passed to the next second.
    for (answered, second, goes_on) in [(false, 114, false), (true, 111, false), (true, 112, true)] {
        let mut play = play(&nothing, 90);
        for owner in ["0101", "0102"] {
            tell(&mut play, 100, "c1", KARLA, owner, LegState::Ringing);
        }
        if answered {
            tell(&mut play, 103, "c1", KARLA, "0102", LegState::Connected);
            tell(&mut play, 109, "c1", KARLA, "0102", LegState::Ended);
        } else {
            tell(&mut play, 109, "c1", KARLA, "0102", LegState::Ended);
        }
        tell(&mut play, 110, "c1", KARLA, "0101", LegState::Ended);
        tell(&mut play, second, "c1", KARLA, "0101", LegState::Connected);
        assert_eq!(state(&play).is_talking(), goes_on, "answered: {answered}, {second}");
    }
}

#[test]
fn an_entry_of_an_earlier_leg_ends_no_later_one() {
    let nothing = Day::of(&[], &[], 0);
    let missed = pbx::LoggedCall {
        answered: false,
        ..entry((KARLA, 100, 0))
    };
    for seen in [true, false] {
        let mut play = play(&nothing, 90);
        for owner in ["0101", "0102"] {
            tell(&mut play, 100, "c1", KARLA, owner, LegState::Ringing);
        }
        tell(&mut play, 103, "c1", KARLA, "0102", LegState::Connected);
        if seen {
            tell(&mut play, 103, "c1", KARLA, "0101", LegState::Ended);
            tell(&mut play, 200, "c1", KARLA, "0101", LegState::Ringing);
            tell(&mut play, 203, "c1", KARLA, "0101", LegState::Connected);
        } else {
            // It rang, and when it is asked for again somebody talks.
            snapshot(&mut play, 203, "0101", &[("c1", KARLA)]);
        }
        tell(&mut play, 204, "c1", KARLA, "0102", LegState::Ended);
        wait(&mut play, 400);
        play.handle(list("0101", vec![missed.clone()]));
        assert!(state(&play).is_talking(), "seen: {seen}");
    }
}

#[test]
fn a_call_that_is_found_going_on_may_have_begun_elsewhere() {
    let nothing = Day::of(&[], &[], 0);
    for (first_ended, tickets) in [(298, 1), (150, 2)] {
        // 0102 had the call before 0101, or another one; whichever list is read first.
        for turned in [false, true] {
            let mut play = play(&nothing, 90);
            snapshot(&mut play, 400, "0101", &[("c1", KARLA)]);
            let reads = |play: &mut Play<'_>| {
                let mut reads = [
                    list("0101", vec![entry((KARLA, 300, 200))]),
                    list("0102", vec![entry((KARLA, 100, first_ended - 100))]),
                ];
                if turned {
                    reads.reverse();
                }
                reads.into_iter().for_each(|read| play.handle(read));
            };
            play.handle(list("0102", vec![entry((KARLA, 100, first_ended - 100))]));
            tell(&mut play, 500, "c1", KARLA, "0101", LegState::Ended);
            wait(&mut play, 505);
            reads(&mut play);
            reads(&mut play);
            assert_eq!(play.tickets.len(), tickets, "until {first_ended}, turned: {turned}");
        }
    }
}

#[test]
fn who_is_found_talking_after_a_gap_has_not_got_another_call_of_his_number() {
    let nothing = Day::of(&[], &[], 0);
    let mut play = play(&nothing, 90);
    tell(&mut play, 100, "c1", KARLA, "0101", LegState::Ringing);
    tell(&mut play, 103, "c1", KARLA, "0101", LegState::Connected);
    // Nobody knows when it ended, while 0102 is told to talk to the same number under another id.
    let away = Event::Disconnected {
        owner: None,
        why: "away".into(),
    };
    play.handle(Input::Pbx(away));
    play.handle(Input::Pbx(Event::Connected {
        owner: Some(UserId::new("0102")),
    }));
    snapshot(&mut play, 600, "0102", &[("c2", KARLA)]);
    snapshot(&mut play, 605, "0101", &[]);
    wait(&mut play, 900);
    assert_eq!(play.tickets.len(), 2);
}

#[test]
fn a_clock_that_is_set_while_a_call_goes_on_makes_no_second_call_of_it() {
    let nothing = Day::of(&[], &[], 0);
    // Ours is set forwards: what the PBX tells seems to be so long ago.
    for set_by in [40, 5400] {
        for found in [false, true] {
            let mut play = play(&nothing, 90);
            if found {
                snapshot(&mut play, 110, "0101", &[("c1", KARLA)]);
            } else {
                tell(&mut play, 100, "c1", KARLA, "0101", LegState::Ringing);
                tell(&mut play, 103, "c1", KARLA, "0101", LegState::Connected);
            }
            wait(&mut play, 500);
            play.twins.now += SignedDuration::from_secs(set_by);
            tell_late(&mut play, 500, "0101", LegState::Ended);
            play.pass(play.twins.now + SignedDuration::from_secs(1200));
            play.handle(list("0101", vec![entry((KARLA, 100, 397))]));
            assert_eq!(play.tickets.len(), 1, "set by {set_by} s, found going on: {found}");
        }
    }
}

#[test]
fn what_is_listed_is_believed_although_it_seems_to_be_still_to_come() {
    let nothing = Day::of(&[], &[], 0);
    let mut play = play(&nothing, 90);
    tell(&mut play, 100, "c0", WITHHELD, "0104", LegState::Ringing);
    wait(&mut play, 600);
    play.handle(list("0101", vec![entry((KARLA, 4000, 60))]));
    assert_eq!(play.tickets.len(), 1);
}

#[test]
fn a_list_may_tell_that_a_call_came_to_a_group_that_is_served() {
    let nothing = Day::of(&[], &[], 0);
    let mut play = play(&nothing, 90);
    let group = |group: &str| Some(GroupId::new(group));
    let elsewhere = |state| LegEvent {
        call: CallId::new("c1"),
        group: group("7"),
        ..leg("c1", "0101", state)
    };
    play.handle(Input::Pbx(Event::Leg(elsewhere(LegState::Ringing))));
    play.handle(Input::Pbx(Event::Leg(elsewhere(LegState::Connected))));
    tell(&mut play, 120, "c1", KARLA, "0102", LegState::Ringing);
    // That 0102 answered was not told.
    play.handle(Input::Pbx(Event::Leg(elsewhere(LegState::Ended))));
    tell(&mut play, 200, "c1", KARLA, "0102", LegState::Ended);
    wait(&mut play, 400);
    assert_eq!(play.tickets.len(), 0);
    let first = pbx::LoggedCall {
        group: group("7"),
        ..entry((KARLA, 90, 40))
    };
    for _ in 0..2 {
        play.handle(list("0101", vec![first.clone()]));
        play.handle(list("0102", vec![entry((KARLA, 120, 70))]));
        assert_eq!(play.tickets.len(), 1);
    }
}

#[test]
fn of_whom_only_a_hang_up_was_told_is_no_call_of_its_own() {
    let nothing = Day::of(&[], &[], 0);
    let mut play = play(&nothing, 90);
    for owner in ["0101", "0102"] {
        tell(&mut play, 100, "c1", KARLA, owner, LegState::Ringing);
    }
    tell(&mut play, 103, "c2", KARLA, "0101", LegState::Ended);
    wait(&mut play, 104);
    play.handle(Input::Pbx(Event::IdChanged {
        old: CallId::new("c1"),
        new: CallId::new("c2"),
    }));
    tell(&mut play, 105, "c2", KARLA, "0102", LegState::Connected);
    tell(&mut play, 150, "c2", KARLA, "0102", LegState::Ended);
    wait(&mut play, 400);
    play.handle(list("0102", vec![entry((KARLA, 100, 45))]));
    assert_eq!(play.tickets.len(), 1);
}

#[test]
fn what_changes_nothing_of_a_call_that_is_over_tells_nothing_new_of_it() {
    let nothing = Day::of(&[], &[], 0);
    let mut play = play(&nothing, 90);
    let inside = LegEvent {
        caller: Some(Dialled::new("12")),
        ..leg("c1", "0103", LegState::Connected)
    };
    play.handle(Input::Pbx(Event::Leg(inside)));
    // Nothing was heard of it for so long that it counts as over; then its phone is to ring, too late, with another number.
    wait(&mut play, 15_000);
    play.handle(Input::Pbx(Event::Leg(leg("c1", "0103", LegState::Announced))));
    assert!(!state(&play).is_alive() && state(&play).over.is_some());
    assert_eq!(play.tickets.len(), 0);
    let outcome = &play.twins.summaries[&state(&play).key].outcome;
    assert!(outcome.starts_with("none: an internal call"), "{outcome}");
}
