//! One call that was handed on, or two of one number at a time: where part of it was not seen, the list tells, and what was
//! heard of each phone.

use bridge_core::input::Input;
use pbx::{Event, LegEvent, LegState, UserId};

use crate::listed_twice::{KARLA, WITHHELD, entry, list, play, tell};
use crate::lists::{Day, Play};
use crate::support;
use crate::twins::leg;

/// A caller rings at two phones in second 100, and 0102 answers in second 103.
fn answered(play: &mut Play<'_>, caller: &str) {
    for owner in ["0101", "0102"] {
        tell(play, 100, "c1", caller, owner, LegState::Ringing);
    }
    tell(play, 103, "c1", caller, "0101", LegState::Ended);
    tell(play, 103, "c1", caller, "0102", LegState::Connected);
}

fn wait(play: &mut Play<'_>, second: i64) {
    play.pass(support::midnight() + jiff::SignedDuration::from_secs(second));
}

#[test]
fn whoever_talked_until_another_had_the_call_handed_it_on() {
    let nothing = Day::of(&[], &[], 0);
    // The other one rang for long, and how he got it was not told; how long he had it was, until the very end of the call.
    let mut play = play(&nothing, 90);
    answered(&mut play, KARLA);
    wait(&mut play, 255);
    let late = Some(support::midnight() + jiff::SignedDuration::from_secs(180));
    play.handle(Input::Pbx(Event::Leg(LegEvent {
        at: late,
        ..leg("c1", "0102", LegState::Ended)
    })));
    tell(&mut play, 258, "c1", KARLA, "0101", LegState::Ended);
    wait(&mut play, 500);
    play.handle(list("0102", vec![entry((KARLA, 100, 77))]));
    play.handle(list("0101", vec![entry((KARLA, 140, 77))]));
    assert_eq!(play.tickets.len(), 1);
}

#[test]
fn whose_end_was_told_had_the_call_though_nothing_else_was() {
    let nothing = Day::of(&[], &[], 0);
    // That 0102 handed it on was not told, so that it seems to talk on beside the other one.
    let mut play = play(&nothing, 90);
    answered(&mut play, KARLA);
    tell(&mut play, 230, "c1", KARLA, "0101", LegState::Ended);
    wait(&mut play, 500);
    play.handle(list("0101", vec![entry((KARLA, 150, 79))]));
    play.handle(list("0102", vec![entry((KARLA, 100, 47))]));
    assert_eq!(play.tickets.len(), 1);
}

#[test]
fn one_phone_has_one_call_at_a_time() {
    let nothing = Day::of(&[], &[], 0);
    // Two entries that lie over each other are of two calls, such as in the hour that comes twice.
    let mut play = play(&nothing, 90);
    answered(&mut play, KARLA);
    tell(&mut play, 280, "c1", KARLA, "0102", LegState::Ended);
    wait(&mut play, 900);
    play.handle(list("0102", vec![entry((KARLA, 100, 177)), entry((KARLA, 150, 300))]));
    assert_eq!(play.tickets.len(), 2);
}

#[test]
fn who_has_no_number_and_comes_to_the_same_phone_again_is_another_caller() {
    let nothing = Day::of(&[], &[], 0);
    let mut play = play(&nothing, 90);
    for owner in ["0101", "0102"] {
        let owner = Some(UserId::new(owner));
        play.handle(Input::Pbx(Event::Connected { owner }));
    }
    answered(&mut play, WITHHELD);
    let whose = UserId::new("0102");
    wait(&mut play, 200);
    play.handle(Input::Pbx(Event::SnapshotBegin { owner: whose.clone() }));
    play.handle(Input::Pbx(Event::SnapshotEnd { owner: whose }));
    let both = vec![entry((WITHHELD, 100, 50)), entry((WITHHELD, 165, 30))];
    play.handle(list("0102", both.clone()));
    assert_eq!(play.tickets.len(), 1, "somebody else may have had the call in between");
    // The lists of the others are read, and do not tell of it.
    wait(&mut play, 2000);
    play.handle(list("0102", both));
    assert_eq!(play.tickets.len(), 2);
}

#[test]
fn two_without_a_number_of_whom_nothing_was_seen_are_two_though_they_talk_at_one_time() {
    let nothing = Day::of(&[], &[], 0);
    let mut play = play(&nothing, 900);
    play.handle(list("0101", vec![entry((WITHHELD, 140, 104))]));
    play.handle(list("0102", vec![entry((WITHHELD, 100, 143))]));
    assert_eq!(play.tickets.len(), 2);
}

#[test]
fn a_phone_that_seems_to_ring_on_hands_nobody_on() {
    let nothing = Day::of(&[], &[], 0);
    for (later, tickets) in [(153, 1), (200, 2)] {
        let mut play = play(&nothing, 90);
        for owner in ["0101", "0102"] {
            tell(&mut play, 100, "c1", KARLA, owner, LegState::Ringing);
        }
        // That 0101 rings no more is never told.
        tell(&mut play, 103, "c1", KARLA, "0102", LegState::Connected);
        tell(&mut play, 150, "c1", KARLA, "0102", LegState::Ended);
        tell(&mut play, later, "c2", KARLA, "0102", LegState::Connected);
        wait(&mut play, 400);
        assert_eq!(play.tickets.len(), tickets, "{later}");
    }
}

#[test]
fn after_a_start_nobody_is_known_to_talk_on() {
    let nothing = Day::of(&[], &[], 0);
    let mut play = play(&nothing, 90);
    answered(&mut play, KARLA);
    wait(&mut play, 500);
    let owners = ["0101", "0102"].map(UserId::new).to_vec();
    play.handle(Input::Logs { owners: owners.clone() });
    for owner in owners {
        let owner = Some(owner);
        play.handle(Input::Pbx(Event::Connected { owner }));
    }
    // Until the calls are told once more, either may have it: the entry waits.
    play.handle(list("0101", vec![entry((KARLA, 248, 147))]));
    assert_eq!(play.tickets.len(), 1);
    for owner in ["0101", "0102"].map(UserId::new) {
        play.handle(Input::Pbx(Event::SnapshotBegin { owner: owner.clone() }));
        play.handle(Input::Pbx(Event::SnapshotEnd { owner }));
    }
    play.handle(list("0102", vec![entry((KARLA, 100, 147))]));
    play.handle(list("0101", vec![entry((KARLA, 248, 147))]));
    wait(&mut play, 600);
    assert_eq!(play.tickets.len(), 1);
}
