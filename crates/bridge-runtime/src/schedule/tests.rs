//! The schedule, moment by moment. `go` asks until it says to wait, and writes down what it said.

use std::time::Duration;

use bridge_core::desk::TicketId;
use bridge_core::effect::Order;

use super::*;

#[test]
fn a_lane_keeps_its_order_and_waits_for_the_journal() {
    let mut rig = Rig::new(8);
    rig.add("c1/a c1/b c2/a");
    assert_eq!(rig.go(0), "start c1/a; start c2/a; wait");
    rig.schedule.returned(&id("c1/a"));
    assert_eq!(rig.go(1), "wait", "the outcome of a is not kept yet");
    rig.schedule.settled(&id("c1/a"));
    assert_eq!(rig.go(1), "start c1/b; wait");
}

#[test]
fn the_look_up_has_a_track_of_its_own() {
    let mut rig = Rig::new(8);
    rig.schedule.add(effect("c1/ticket", Priority::Prompt, 0));
    rig.schedule.add(Effect {
        track: Track::LookUp,
        ..effect("c1/lookup", Priority::Prompt, 0)
    });
    assert_eq!(rig.go(0), "start c1/ticket; start c1/lookup; wait");
}

#[test]
fn the_important_go_first_and_then_the_old() {
    let mut rig = Rig::new(2);
    rig.schedule.add(effect("c1/learn", Priority::Learn, 0));
    rig.schedule.add(effect("c2/note", Priority::Complete, 2));
    rig.schedule.add(effect("c3/note", Priority::Complete, 1));
    rig.schedule.add(effect("c4/ticket", Priority::Prompt, 3));
    rig.schedule.add(effect("c5/ticket", Priority::Prompt, 3));
    assert_eq!(rig.go(5), "start c4/ticket; start c5/ticket; wait", "two at a time");
    rig.done("c4/ticket");
    assert_eq!(rig.go(5), "start c3/note; wait");
    rig.done("c5/ticket");
    rig.done("c3/note");
    assert_eq!(rig.go(5), "start c2/note; start c1/learn; wait");
}

#[test]
fn files_leave_room_for_what_agents_wait_for() {
    let mut rig = Rig::new(8);
    for file in ["c1/file", "c2/file", "c3/file"] {
        rig.schedule.add(effect(file, Priority::Attach, 0));
    }
    rig.schedule.add(effect("c4/ticket", Priority::Prompt, 1));
    let two = "start c4/ticket; start c1/file; start c2/file; wait";
    assert_eq!(rig.go(1), two, "two files at a time");
    rig.done("c4/ticket");
    assert_eq!(rig.go(1), "wait");
    rig.done("c1/file");
    assert_eq!(rig.go(1), "start c3/file; wait");
}

#[test]
fn an_effect_is_taken_once() {
    let mut rig = Rig::new(8);
    rig.add("c1/a c1/a");
    assert_eq!(rig.go(0), "start c1/a; wait");
    rig.add("c1/a");
    rig.done("c1/a");
    assert_eq!(rig.go(0), "wait");
    assert_eq!(rig.schedule.len(), 0);
}

#[test]
fn what_must_not_be_done_twice_is_given_up_when_in_doubt() {
    use FailureKind::{Busy, Credentials, Forbidden, NoAnswer, Unavailable};
    for (kind, doubtful) in [
        (NoAnswer, true),
        (Unavailable, true),
        (Busy, false),
        (Credentials, false),
        (Forbidden, false),
    ] {
        let mut rig = Rig::new(8);
        let (ticket, agent) = (TicketId::new(77), bridge_core::desk::UserId::new(501));
        rig.schedule.add(Effect {
            order: Order::Pop { ticket, agent },
            ..effect("c1/pop", Priority::Prompt, 0)
        });
        rig.add("c1/b");
        assert_eq!(rig.go(0), "start c1/pop; wait");
        let verdict = rig.fail("c1/pop", 0, kind, None);
        assert_eq!(verdict == "doubtful", doubtful, "{kind:?}: {verdict}");
        if doubtful {
            assert_eq!(rig.go(5), "wait", "{kind:?}: its outcome is not kept yet");
            rig.schedule.settled(&id("c1/pop"));
            assert_eq!(rig.go(5), "start c1/b; wait", "{kind:?}");
        }
    }
}

#[test]
fn pauses_follow_from_what_went_wrong() {
    use FailureKind::{Busy, Credentials, Forbidden, NoAnswer, Unavailable};
    for (kind, asked, pauses) in [
        (NoAnswer, None, &[1, 2, 4, 8, 16, 32, 60, 60][..]),
        (Unavailable, None, &[1, 2, 4, 8, 16, 32, 60, 60]),
        (Unavailable, Some(30), &[30, 30, 30, 30, 30, 32]),
        (Busy, None, &[5, 10, 20, 40, 60, 60]),
        (Busy, Some(93), &[93, 93]),
        (Busy, Some(0), &[1, 1]),
        (Busy, Some(1_000_000), &[3600]),
        (Credentials, None, &[60, 60]),
        (Forbidden, None, &[60, 60]),
    ] {
        let failure = failure(kind, asked);
        let found: Vec<i64> = (1..)
            .take(pauses.len())
            .map(|attempts| pause(&failure, attempts).as_secs())
            .collect();
        assert_eq!(found, pauses, "{kind:?} {asked:?}");
    }
    assert_eq!(pause(&failure(NoAnswer, None), u32::MAX).as_secs(), 60);
}

#[test]
fn a_failed_effect_is_tried_again_under_its_name_and_holds_its_lane() {
    let mut rig = Rig::new(8);
    rig.add("c1/a c1/b c2/a");
    rig.go(0);
    assert_eq!(rig.fail("c1/a", 0, FailureKind::NoAnswer, None), "again 1 at 1");
    assert_eq!(rig.go(0), "wait until 1", "b does not overtake a");
    assert_eq!(rig.go(1), "start c1/a #2; wait");
    assert_eq!(rig.fail("c1/a", 1, FailureKind::NoAnswer, None), "again 2 at 3");
    assert_eq!(rig.go(3), "start c1/a #3; wait");
    rig.done("c1/a");
    assert_eq!(rig.go(3), "start c1/b; wait");
}

#[test]
fn a_clock_that_is_set_back_lets_pauses_count_again() {
    let mut rig = Rig::new(1);
    rig.add("c1/a c2/a c3/a");
    assert_eq!(rig.go(100), "start c1/a; wait", "one at a time");
    rig.fail("c1/a", 100, FailureKind::Credentials, None);
    assert_eq!(rig.go(100), "start c2/a; wait until 160");
    assert_eq!(rig.go(170), "wait", "due, and no place for it");
    rig.done("c2/a");
    assert_eq!(rig.go(120), "start c3/a; wait until 160");
    rig.done("c3/a");
    assert_eq!(rig.go(150), "wait until 160");
    assert_eq!(rig.go(160), "start c1/a #2; wait");
}

#[test]
fn what_cannot_succeed_is_wedged_and_its_lane_goes_on_when_that_is_kept() {
    let mut rig = Rig::new(8);
    rig.add("c1/a c1/b");
    rig.go(0);
    assert_eq!(rig.fail("c1/a", 0, FailureKind::Impossible, None), "wedged");
    assert_eq!(rig.go(0), "wait");
    rig.schedule.settled(&id("c1/a"));
    assert_eq!(rig.go(0), "start c1/b; wait");
}

#[test]
fn a_busy_help_desk_is_left_alone_by_what_matters_as_much_or_less() {
    let mut rig = Rig::new(8);
    rig.schedule.add(effect("c1/note", Priority::Complete, 0));
    assert_eq!(rig.go(0), "start c1/note; wait");
    assert_eq!(rig.fail("c1/note", 0, FailureKind::Busy, Some(30)), "again 1 at 30");
    rig.schedule.add(effect("c2/note", Priority::Complete, 0));
    rig.schedule.add(effect("c3/learn", Priority::Learn, 0));
    rig.schedule.add(effect("c4/ticket", Priority::Prompt, 0));
    assert_eq!(rig.go(1), "start c4/ticket; wait until 30");
    assert_eq!(rig.fail("c4/ticket", 1, FailureKind::Busy, Some(60)), "again 1 at 61");
    assert_eq!(
        rig.go(30),
        "wait until 61",
        "refused for a ticket, all the more for a note"
    );
    assert_eq!(rig.schedule.resting_until(at(30)), Some(at(61)));
    assert_eq!(
        rig.go(61),
        "start c4/ticket #2; start c1/note #2; start c2/note; start c3/learn; wait"
    );
}

#[test]
fn while_the_help_desk_is_away_one_at_a_time_tries_and_its_answer_frees_all() {
    let mut rig = Rig::new(8);
    rig.schedule.add(effect("c1/a", Priority::Complete, 0));
    rig.schedule.add(effect("c2/a", Priority::Complete, 1));
    rig.schedule.add(effect("c3/a", Priority::Complete, 2));
    rig.schedule.add(effect("c4/a", Priority::Complete, 3));
    assert_eq!(rig.go(10), "start c1/a; start c2/a; start c3/a; start c4/a; wait");
    for call in ["c1/a", "c2/a", "c3/a", "c4/a"] {
        rig.fail(call, 10, FailureKind::NoAnswer, None);
    }
    rig.schedule.add(effect("c5/a", Priority::Complete, 10));
    assert_eq!(rig.go(10), "wait until 11", "a newcomer waits as well");
    assert_eq!(rig.go(11), "start c1/a #2; wait until 26", "one tries for all");
    assert_eq!(rig.fail("c1/a", 11, FailureKind::NoAnswer, None), "again 2 at 13");
    assert_eq!(rig.go(13), "start c1/a #3; wait until 28");
    // An agent waits for this one: it does not wait for the others.
    rig.schedule.add(effect("c6/ticket", Priority::Prompt, 14));
    assert_eq!(rig.go(14), "start c6/ticket; wait until 29");
    rig.fail("c6/ticket", 14, FailureKind::NoAnswer, None);
    rig.schedule.returned(&id("c1/a"));
    assert_eq!(
        rig.go(14),
        "start c6/ticket #2; start c2/a #2; start c3/a #2; start c4/a #2; start c5/a; wait"
    );
}

#[test]
fn a_refusal_is_an_answer_too() {
    let mut rig = Rig::new(8);
    rig.add("c1/a c2/a c3/a c4/a");
    rig.go(0);
    for call in ["c1/a", "c2/a", "c3/a"] {
        rig.fail(call, 0, FailureKind::NoAnswer, None);
    }
    assert_eq!(rig.fail("c4/a", 0, FailureKind::Forbidden, None), "again 1 at 60");
    assert_eq!(rig.go(0), "start c1/a #2; start c2/a #2; start c3/a #2; wait until 60");
}

#[test]
fn one_effect_that_never_gets_an_answer_holds_nobody_up() {
    let mut rig = Rig::new(8);
    rig.add("c1/a");
    let mut now = 0;
    for attempt in 1..10 {
        rig.go(now);
        rig.fail("c1/a", now, FailureKind::Unavailable, None);
        now += 1 << (attempt - 1).min(6);
    }
    rig.add("c2/a");
    assert_eq!(rig.go(now), "start c1/a #10; start c2/a; wait");
}

#[test]
fn long_outages_are_told_now_and_then() {
    let mut rig = Rig::new(8);
    rig.add("c1/a");
    let mut told = Vec::new();
    for attempt in 1..=20 {
        rig.go(attempt * 100);
        let kind = if attempt == 11 {
            FailureKind::Credentials
        } else {
            FailureKind::NoAnswer
        };
        let verdict = rig
            .schedule
            .failed(&id("c1/a"), &failure(kind, None), at(attempt * 100));
        if matches!(verdict, Verdict::Again { tell: true, .. }) {
            told.push(attempt);
        }
    }
    assert_eq!(
        told,
        [1, 2, 3, 4, 8, 11, 12, 16],
        "11: another reason, 12: the first one again"
    );
}

#[test]
fn what_is_too_late_is_dropped_and_never_sent() {
    let mut rig = Rig::new(8);
    rig.schedule.add(Effect {
        expires: Some(at(10)),
        ..effect("c1/pop", Priority::Prompt, 0)
    });
    rig.add("c1/note");
    assert_eq!(rig.go(0), "start c1/pop; wait");
    rig.fail("c1/pop", 0, FailureKind::Busy, Some(60));
    assert_eq!(rig.go(9), "wait until 10");
    assert_eq!(
        rig.go(10),
        "drop c1/pop (it would come too late, after 1 failed attempts); wait"
    );
    assert_eq!(rig.go(60), "wait", "the note waits until that is kept");
    rig.schedule.settled(&id("c1/pop"));
    assert_eq!(rig.go(60), "start c1/note; wait");

    rig.schedule.add(Effect {
        expires: Some(at(50)),
        ..effect("c2/pop", Priority::Prompt, 0)
    });
    assert_eq!(rig.go(60), "drop c2/pop (it would come too late); wait");
}

#[test]
fn a_withdrawn_effect_leaves_only_if_it_has_left() {
    let mut rig = Rig::new(8);
    rig.add("c1/a c1/b c1/c");
    assert_eq!(rig.go(0), "start c1/a; wait");
    assert_eq!(rig.schedule.withdraw(&id("c1/a")), Withdrawal::TooLate);
    assert_eq!(rig.schedule.withdraw(&id("c1/b")), Withdrawal::Removed);
    assert_eq!(rig.schedule.withdraw(&id("c1/b")), Withdrawal::TooLate, "gone already");
    assert_eq!(rig.schedule.withdraw(&id("c9/a")), Withdrawal::TooLate);
    rig.done("c1/a");
    assert_eq!(rig.go(0), "start c1/c; wait");
    rig.fail("c1/c", 0, FailureKind::NoAnswer, None);
    assert_eq!(
        rig.schedule.withdraw(&id("c1/c")),
        Withdrawal::Removed,
        "between two attempts"
    );
    assert_eq!((rig.go(100), rig.schedule.len()), ("wait".into(), 0));
}

#[test]
fn past_the_key_window_what_may_be_done_is_looked_for_first() {
    let minutes = |minutes: i64| at(minutes * 60);
    for (now, settle_first, a_second_later) in [
        (minutes(0), false, false),
        (minutes(110), false, true),
        (at(110 * 60 + 1), true, true),
        (minutes(9000), true, true),
    ] {
        for may_be_done in [true, false] {
            let mut schedule = Schedule::new(2);
            schedule.add(effect("c1/ticket", Priority::Prompt, 0));
            schedule.take_up(effect("c2/ticket", Priority::Prompt, 0));
            let mut next = || match schedule.next(now) {
                Turn::Start { attempt, .. } => attempt,
                other @ (Turn::Drop { .. } | Turn::Wait(_)) => panic!("{other:?}"),
            };
            let first = |settle_first| Attempt {
                number: 1,
                settle_first,
            };
            assert_eq!(next(), first(false), "{now}: never tried");
            assert_eq!(next(), first(settle_first), "{now}: perhaps by another process");

            if may_be_done {
                schedule.may_be_done(&id("c1/ticket"));
            }
            schedule.failed(&id("c1/ticket"), &failure(FailureKind::NoAnswer, None), now);
            let Turn::Start { attempt, .. } = schedule.next(later(now, SignedDuration::from_secs(1))) else {
                panic!("it starts")
            };
            let wanted = may_be_done && a_second_later;
            assert_eq!(attempt.settle_first, wanted, "{now}: tried, {may_be_done}");
        }
    }
}

/// A schedule, asked in words.
struct Rig {
    schedule: Schedule,
}

impl Rig {
    fn new(limit: usize) -> Self {
        Self {
            schedule: Schedule::new(limit),
        }
    }

    /// Effects of middling importance, planned at the beginning.
    fn add(&mut self, ids: &str) {
        ids.split(' ')
            .for_each(|id| self.schedule.add(effect(id, Priority::Complete, 0)));
    }

    fn go(&mut self, now: i64) -> String {
        let mut told = Vec::new();
        loop {
            match self.schedule.next(at(now)) {
                Turn::Start { effect, attempt } => {
                    let number = if attempt.number > 1 {
                        format!(" #{}", attempt.number)
                    } else {
                        String::new()
                    };
                    told.push(format!("start {}{number}", effect.id));
                }
                Turn::Drop { effect, why } => told.push(format!("drop {effect} ({why})")),
                Turn::Wait(until) => {
                    let until = until.map_or(String::new(), |until| format!(" until {}", until.as_second()));
                    told.push(format!("wait{until}"));
                    return told.join("; ");
                }
            }
        }
    }

    fn done(&mut self, effect: &str) {
        self.schedule.returned(&id(effect));
        self.schedule.settled(&id(effect));
    }

    fn fail(&mut self, effect: &str, now: i64, kind: FailureKind, asked: Option<u64>) -> String {
        match self.schedule.failed(&id(effect), &failure(kind, asked), at(now)) {
            Verdict::Again { attempts, at, tell: _ } => format!("again {attempts} at {}", at.as_second()),
            Verdict::Wedged => "wedged".into(),
            Verdict::Doubtful => "doubtful".into(),
        }
    }
}

fn effect(name: &str, priority: Priority, planned: i64) -> Effect {
    let (call, _) = name.split_once('/').unwrap();
    let ticket = TicketId::new(1);
    Effect {
        id: id(name),
        call: CallKey::new(call),
        track: Track::Main,
        priority,
        planned_at: at(planned),
        expires: None,
        order: Order::ReadTicket { ticket },
    }
}

fn failure(kind: FailureKind, asked: Option<u64>) -> Failure {
    Failure {
        kind,
        message: "Why".into(),
        retry_after: asked.map(Duration::from_secs),
        request_id: None,
    }
}

fn id(name: &str) -> EffectId {
    EffectId::from_stored(name)
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}
