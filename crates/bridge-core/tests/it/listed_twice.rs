//! Entries of one list that lie so near each other that they may pass for one: each answered call has its ticket all the
//! same, and none has two, however often the list is read and in whatever order.

use bridge_core::call_log::LogRead;
use bridge_core::input::Input;
use jiff::SignedDuration;
use pbx::{CallId, Dialled, Direction, Event, LegEvent, LegState, LoggedCall, UserId};

use crate::lists::{Day, Play};
use crate::support;
use crate::twins::leg;

pub(crate) const KARLA: &str = "0721 123456";
const PAUL: &str = "0721 555010";
pub(crate) const WITHHELD: &str = "";

/// An answered call as a list has it: who called, in which second it began, how many it lasted.
pub(crate) fn entry((caller, began, lasted): (&str, i64, i64)) -> LoggedCall {
    LoggedCall {
        direction: Direction::Inbound,
        answered: true,
        caller: Dialled::new(caller),
        called: Dialled::new("0721 4605300"),
        group: Some(pbx::GroupId::new("1003")),
        began: support::midnight() + SignedDuration::from_secs(began),
        or_began: None,
        lasted: SignedDuration::from_secs(lasted),
    }
}

pub(crate) fn list(owner: &str, calls: Vec<LoggedCall>) -> Input {
    let owner = UserId::new(owner);
    Input::Log(LogRead { owner, calls })
}

pub(crate) fn play(day: &Day, until: i64) -> Play<'_> {
    let mut play = Play::new(day);
    play.pass(support::midnight() + SignedDuration::from_secs(until));
    play
}

pub(crate) fn tell(play: &mut Play<'_>, second: i64, id: &str, caller: &str, owner: &str, state: LegState) {
    play.pass(support::midnight() + SignedDuration::from_secs(second));
    let shown = Some(play.twins.now);
    play.handle(Input::Pbx(Event::Leg(LegEvent {
        call: CallId::new(id),
        caller: Some(Dialled::new(caller)),
        at: shown,
        ..leg("", owner, state)
    })));
}

#[test]
fn calls_of_one_second_at_one_phone_are_several() {
    let nothing = Day::of(&[], &[], 0);
    for (what, first, second) in [
        ("two callers", (KARLA, 100, 5), (PAUL, 100, 30)),
        ("one is withheld", (KARLA, 100, 5), (WITHHELD, 100, 30)),
        ("the other is", (WITHHELD, 100, 5), (KARLA, 100, 30)),
        ("both are", (WITHHELD, 100, 5), (WITHHELD, 100, 30)),
        (
            "one is withheld, a moment later",
            (KARLA, 100, 200),
            (WITHHELD, 103, 20),
        ),
        ("both are listed in full", (KARLA, 100, 30), (WITHHELD, 100, 30)),
    ] {
        let mut play = play(&nothing, 600);
        play.handle(list("0101", vec![entry(first)]));
        assert_eq!(play.tickets.len(), 1, "{what}");
        for order in [[first, second], [second, first]] {
            play.handle(list("0101", order.map(entry).to_vec()));
            assert_eq!(play.tickets.len(), 2, "{what}: {order:?}");
        }
    }
}

#[test]
fn an_entry_that_is_told_twice_in_one_reading_is_one_call() {
    let nothing = Day::of(&[], &[], 0);
    let mut play = play(&nothing, 600);
    let call = entry((WITHHELD, 100, 30));
    play.handle(list("0101", vec![call.clone(), call.clone()]));
    play.handle(list("0101", vec![call.clone(), call]));
    assert_eq!(play.tickets.len(), 1);
}

#[test]
fn a_withheld_call_is_not_given_to_somebody_elses() {
    let nothing = Day::of(&[], &[], 0);
    for turned in [false, true] {
        // Karla was seen, a withheld call of the same second was not; who is listed first must not matter.
        let mut play = play(&nothing, 90);
        tell(&mut play, 100, "c1", KARLA, "0101", LegState::Ringing);
        tell(&mut play, 102, "c1", KARLA, "0101", LegState::Connected);
        tell(&mut play, 110, "c1", KARLA, "0101", LegState::Ended);
        play.pass(support::midnight() + SignedDuration::from_secs(600));
        let mut entries = vec![entry((WITHHELD, 100, 40)), entry((KARLA, 100, 8))];
        if turned {
            entries.reverse();
        }
        play.handle(list("0101", entries));
        assert_eq!(play.tickets.len(), 2, "turned: {turned}");
    }
}

#[test]
fn a_withheld_call_is_not_given_to_one_that_goes_on_still() {
    let nothing = Day::of(&[], &[], 0);
    for began in [100, 104, 200] {
        let mut play = play(&nothing, 90);
        for owner in ["0101", "0102"] {
            tell(&mut play, 100, "c1", KARLA, owner, LegState::Ringing);
        }
        tell(&mut play, 103, "c1", KARLA, "0102", LegState::Connected);
        tell(&mut play, 103, "c1", KARLA, "0101", LegState::Ended);
        play.pass(support::midnight() + SignedDuration::from_secs(600));
        play.handle(list("0101", vec![entry((WITHHELD, began, 20))]));
        assert_eq!(play.tickets.len(), 2, "{began}");
    }
}

#[test]
fn the_second_in_which_the_bridge_begins_or_is_activated_counts_as_afterwards() {
    let nothing = Day::of(&[], &[], 0);
    for (began, tickets) in [(99, 0), (100, 1)] {
        for waits in [false, true] {
            let mut play = Play::new(&nothing);
            let active = |active| Input::Activation { active };
            if waits {
                play.handle(active(false));
            }
            play.twins.now = support::midnight() + SignedDuration::from_millis(100_700);
            if waits {
                play.handle(active(true));
            } else {
                // A login that was not watched before.
                let owners = ["0101", "0102", "0103"].map(UserId::new).to_vec();
                play.handle(Input::Logs { owners });
            }
            play.pass(support::midnight() + SignedDuration::from_secs(600));
            play.handle(list(
                if waits { "0101" } else { "0103" },
                vec![entry((KARLA, began, 30))],
            ));
            assert_eq!(play.tickets.len(), tickets, "{began}, inactive before: {waits}");
        }
    }
}

/// Karla rings at two phones, and Ben answers.
fn karla_talks_to_ben(play: &mut Play<'_>) {
    for owner in ["0101", "0102"] {
        tell(play, 100, "c1", KARLA, owner, LegState::Ringing);
    }
    tell(play, 103, "c1", KARLA, "0102", LegState::Connected);
    tell(play, 103, "c1", KARLA, "0101", LegState::Ended);
}

#[test]
fn who_calls_while_somebody_of_the_same_number_talks_is_another() {
    let nothing = Day::of(&[], &[], 0);
    // Ben talks on for long, or hangs up.
    for ends in [None, Some(400)] {
        for (began, lasted, tickets) in [(200, 20, 2), (150, 200, 2), (380, 60, 1), (399, 5, 1)] {
            let mut play = play(&nothing, 90);
            karla_talks_to_ben(&mut play);
            if let Some(ends) = ends {
                tell(&mut play, ends, "c1", KARLA, "0102", LegState::Ended);
            }
            play.pass(support::midnight() + SignedDuration::from_secs(600));
            let reads = [
                list("0101", vec![entry((KARLA, began, lasted))]),
                list("0102", vec![entry((KARLA, 100, 300))]),
            ];
            play.handle(reads[0].clone());
            let tickets = if ends.is_none() { 2 } else { tickets };
            assert_eq!(play.tickets.len(), tickets, "ends {ends:?}, {began} for {lasted} s");
            for read in reads {
                play.handle(read);
            }
            assert_eq!(play.tickets.len(), tickets, "read again");
        }
    }
}

#[test]
fn who_was_seen_to_get_the_call_has_no_other_though_he_is_listed_without_his_ring() {
    let nothing = Day::of(&[], &[], 0);
    let mut play = play(&nothing, 90);
    karla_talks_to_ben(&mut play);
    tell(&mut play, 300, "c1", KARLA, "0101", LegState::Ringing);
    tell(&mut play, 500, "c1", KARLA, "0101", LegState::Connected);
    tell(&mut play, 501, "c1", KARLA, "0102", LegState::Ended);
    tell(&mut play, 900, "c1", KARLA, "0101", LegState::Ended);
    play.pass(support::midnight() + SignedDuration::from_secs(1000));
    // Farther off than the tolerance, since a clock was set meanwhile.
    play.handle(list("0101", vec![entry((KARLA, 350, 400))]));
    assert_eq!(play.tickets.len(), 1);
}

#[test]
fn a_call_whose_end_is_not_known_takes_no_other_in() {
    let nothing = Day::of(&[], &[], 0);
    let mut play = play(&nothing, 90);
    for owner in ["0101", "0102"] {
        tell(&mut play, 100, "c1", KARLA, owner, LegState::Ringing);
    }
    let away = Event::Disconnected {
        owner: Some(UserId::new("0102")),
        why: "away".into(),
    };
    play.handle(Input::Pbx(away));
    tell(&mut play, 103, "c1", KARLA, "0101", LegState::Ended);
    play.pass(support::midnight() + SignedDuration::from_secs(700));
    let second = entry((KARLA, 500, 20));
    play.handle(list("0101", vec![second.clone()]));
    let back = Event::Connected {
        owner: Some(UserId::new("0102")),
    };
    play.handle(Input::Pbx(back));
    play.handle(list("0102", vec![entry((KARLA, 100, 200))]));
    play.handle(list("0101", vec![second]));
    assert_eq!(play.tickets.len(), 2);
}

#[test]
fn a_call_is_found_in_the_list_whatever_clock_was_set_since() {
    let nothing = Day::of(&[], &[], 0);
    // Ours is an hour ahead and is then set half right, or theirs is set; the call was seen, or is known from a list only.
    for seen in [true, false] {
        let mut play = play(&nothing, 3690);
        let event = |play: &mut Play<'_>, id: &str, owner: &str, state: LegState, ahead: i64| {
            let event = LegEvent {
                call: CallId::new(id),
                at: Some(play.twins.now - SignedDuration::from_secs(ahead)),
                ..leg("", owner, state)
            };
            play.handle(Input::Pbx(Event::Leg(event)));
        };
        event(&mut play, "c0", "0104", LegState::Ringing, 3600);
        play.pass(support::midnight() + SignedDuration::from_secs(3700));
        if seen {
            event(&mut play, "c1", "0101", LegState::Ringing, 3600);
            event(&mut play, "c1", "0101", LegState::Connected, 3600);
            event(&mut play, "c1", "0101", LegState::Ended, 3600);
        }
        play.pass(support::midnight() + SignedDuration::from_secs(4000));
        let entries = || vec![entry((KARLA, 100, 30))];
        if !seen {
            play.handle(list("0101", entries()));
        }
        assert_eq!(play.tickets.len(), 1, "seen: {seen}");
        event(&mut play, "c0", "0102", LegState::Ringing, 1800);
        play.handle(list("0101", entries()));
        // And whoever's phone was told late.
        play.handle(list("0103", entries()));
        assert_eq!(play.tickets.len(), 1, "seen: {seen}");
    }
}

#[test]
fn who_is_found_talking_to_the_same_agent_again_was_not_handed_on() {
    let nothing = Day::of(&[], &[], 0);
    let mut play = play(&nothing, 90);
    tell(&mut play, 100, "c1", KARLA, "0101", LegState::Ringing);
    tell(&mut play, 103, "c1", KARLA, "0101", LegState::Connected);
    play.pass(support::midnight() + SignedDuration::from_secs(600));
    let owner = UserId::new("0101");
    for event in [
        Event::Gap {
            owner: Some(owner.clone()),
        },
        Event::SnapshotBegin { owner: owner.clone() },
        Event::Leg(leg("c2", "0101", LegState::Connected)),
        Event::SnapshotEnd { owner },
    ] {
        play.handle(Input::Pbx(event));
    }
    assert_eq!(play.tickets.len(), 2);
    // A third one came and went in between.
    let entries = || vec![entry((KARLA, 100, 200)), entry((KARLA, 400, 50))];
    play.handle(list("0101", entries()));
    play.handle(list("0101", entries()));
    assert_eq!(play.tickets.len(), 3);
}

#[test]
fn lists_that_were_read_by_a_wrong_clock_are_read_again_soon() {
    let nothing = Day::of(&[], &[], 0);
    for (ahead, soon) in [(0, false), (60, false), (3600, true), (-3600, true)] {
        let mut play = play(&nothing, 90);
        let ring = LegEvent {
            at: Some(play.twins.now - SignedDuration::from_secs(ahead)),
            ..leg("c0", "0104", LegState::Ringing)
        };
        play.handle(Input::Pbx(Event::Leg(ring)));
        let next = play.twins.core.poll_timeout();
        let within = play.twins.now + SignedDuration::from_secs(5);
        assert_eq!(next.is_some_and(|next| next <= within), soon, "{ahead}");
    }
}
