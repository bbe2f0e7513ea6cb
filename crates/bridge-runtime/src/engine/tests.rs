//! The loop with a core that does as it is told, a journal that can be held up, and a help desk that writes down what reaches it.

mod answered;
mod rig;

use bridge_core::desk::TicketId;
use bridge_core::port::{Failure, FailureKind};

use super::*;
use rig::{Rig, effect, failure, id};

#[tokio::test(start_paused = true)]
async fn nothing_leaves_before_the_journal_has_it() {
    let mut rig = Rig::new();
    rig.journal.hold();
    rig.orders("gap", vec![effect("c1/a")]);
    rig.tell("gap");
    rig.quiet().await;
    assert_eq!(rig.log(), ["core: gap"], "the journal still writes");
    rig.journal.let_go();
    rig.quiet().await;
    assert_eq!(
        rig.log()[1..],
        [
            "journal: +c1/a",
            "desk: c1/a #1",
            "core: c1/a Done",
            "journal: c1/a=Done"
        ]
    );
    rig.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_failed_attempt_is_repeated_under_the_same_id() {
    let mut rig = Rig::new();
    rig.desk.lock().unwrap().extend([
        Err(failure(FailureKind::NoAnswer)),
        Err(failure(FailureKind::Busy)),
        Ok(Outcome::Done),
    ]);
    rig.orders("gap", vec![effect("c1/a")]);
    rig.tell("gap");
    rig.quiet().await;
    let log = rig.log();
    let log: Vec<&str> = log
        .iter()
        .map(String::as_str)
        .filter(|line| line.starts_with("desk") || line.starts_with("core: c1"))
        .collect();
    assert_eq!(
        log,
        [
            "desk: c1/a #1",
            "core: c1/a postponed 1: No",
            "desk: c1/a #2",
            "core: c1/a postponed 2: No",
            "desk: c1/a #3",
            "core: c1/a Done"
        ]
    );
    assert!(rig.log().contains(&"journal: c1/a failed 2".to_owned()));
    rig.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn the_next_of_a_lane_starts_when_the_outcome_before_is_kept() {
    let mut rig = Rig::new();
    rig.orders("gap", vec![effect("c1/a"), effect("c1/b")]);
    rig.tell("gap");
    rig.quiet().await;
    let expected = [
        "core: gap",
        "journal: +c1/a +c1/b",
        "desk: c1/a #1",
        "core: c1/a Done",
        "journal: c1/a=Done",
        "desk: c1/b #1",
        "core: c1/b Done",
        "journal: c1/b=Done",
    ];
    assert_eq!(rig.log(), expected);
    rig.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_journal_that_fails_for_a_while_loses_nothing() {
    let mut rig = Rig::new();
    rig.journal.fail(Some(false));
    rig.orders("gap", vec![effect("c1/a")]);
    rig.orders("snapshot", vec![effect("c2/a")]);
    rig.tell("gap");
    rig.quiet().await;
    assert_eq!(rig.board.read().journal_error.as_deref(), Some("no space"));
    rig.tell("snapshot");
    rig.quiet().await;
    assert_eq!(rig.log(), ["core: gap"], "nothing leaves, and nothing more is decided");
    rig.journal.fail(None);
    rig.quiet().await;
    let log = rig.log();
    let place = |line: &str| {
        log.iter()
            .position(|known| known == line)
            .unwrap_or_else(|| panic!("{line} in {log:?}"))
    };
    assert!(place("journal: +c1/a") < place("journal: +c2/a"), "in the order told");
    for call in ["c1/a", "c2/a"] {
        assert!(place(&format!("journal: +{call}")) < place(&format!("desk: {call} #1")));
    }
    assert_eq!(rig.board.read().journal_error, None);
    rig.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn stopped_while_the_journal_fails_it_says_so_in_time() {
    let mut rig = Rig::new();
    rig.journal.fail(Some(false));
    rig.orders("gap", vec![effect("c1/a")]);
    rig.tell("gap");
    rig.quiet().await;
    let begun = Instant::now();
    assert!(matches!(rig.stop().await, Err(Ended::Unsaved(_))));
    assert_eq!(begun.elapsed(), GRACE);
}

#[tokio::test(start_paused = true)]
async fn who_has_lost_the_lease_stops_at_once() {
    let mut rig = Rig::new();
    rig.journal.fail(Some(true));
    rig.orders("gap", vec![effect("c1/a")]);
    rig.tell("gap");
    assert!(matches!(rig.running.await.unwrap(), Err(Ended::LeaseLost(_))));
    assert_eq!(*rig.log.lock().unwrap(), ["core: gap"], "nothing was carried out");
}

#[tokio::test(start_paused = true)]
async fn what_was_settled_before_is_told_and_not_done_again() {
    let mut rig = Rig::new();
    rig.journal.0.lock().unwrap().settled_before.push((
        id("c1/a"),
        Outcome::Opened {
            ticket: TicketId::new(7),
        },
    ));
    rig.orders("gap", vec![effect("c1/a")]);
    rig.tell("gap");
    rig.quiet().await;
    assert_eq!(
        rig.log(),
        [
            "core: gap",
            "journal: +c1/a",
            "core: c1/a Opened { ticket: TicketId(7) }",
            "journal: c1/a=Opened { ticket: TicketId(7) }"
        ]
    );
    rig.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_is_withdrawn_in_time_is_not_sent_and_said_to_be_dropped() {
    let mut rig = Rig::new();
    rig.desk
        .lock()
        .unwrap()
        .push_back(Err(failure(FailureKind::Credentials)));
    rig.orders("gap", vec![effect("c1/a"), effect("c1/b")]);
    rig.withdraws("snapshot", "c1/b");
    rig.tell("gap");
    rig.tell("snapshot");
    rig.quiet().await;
    let log = rig.log();
    assert!(
        log.contains(&"core: c1/b Dropped { why: \"withdrawn before it left\" }".to_owned()),
        "{log:?}"
    );
    assert!(!log.iter().any(|line| line.starts_with("desk: c1/b")), "{log:?}");
    rig.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_cannot_succeed_is_listed_with_its_reason() {
    let mut rig = Rig::new();
    rig.desk.lock().unwrap().push_back(Err(Failure {
        request_id: Some("r1".into()),
        ..failure(FailureKind::Impossible)
    }));
    rig.orders("gap", vec![effect("c1/a")]);
    rig.tell("gap");
    rig.quiet().await;
    let wedged = rig.board.read().wedged;
    assert_eq!(wedged.len(), 1);
    assert_eq!(
        (
            wedged[0].effect.as_str(),
            wedged[0].call.as_str(),
            wedged[0].why.as_str()
        ),
        ("c1/a", "c1", "No (request r1)")
    );
    rig.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_help_desk_that_panics_is_tried_again() {
    let mut rig = Rig::new();
    rig.panics(1);
    rig.orders("gap", vec![effect("c1/a")]);
    rig.tell("gap");
    rig.quiet().await;
    let log = rig.log();
    assert!(log.contains(&"desk: c1/a #2".to_owned()), "{log:?}");
    rig.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn the_core_is_woken_when_it_wants_to_be() {
    let mut rig = Rig::new();
    let at = rig.clock.now() + jiff::SignedDuration::from_secs(90);
    rig.wants_to_wake(at);
    // Any input makes the loop look at its timers.
    rig.tell("gap");
    rig.quiet().await;
    assert_eq!(rig.log(), ["core: gap", "core: wake"]);
    assert!(rig.clock.now() >= at);
    rig.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_activation_is_answered_when_it_is_kept() {
    let mut rig = Rig::new();
    rig.journal.hold();
    let (done, mut kept) = oneshot::channel();
    rig.told
        .as_ref()
        .unwrap()
        .send(Told::Activation {
            active: true,
            done: Some(done),
        })
        .unwrap();
    rig.quiet().await;
    assert!(kept.try_recv().is_err(), "not kept yet");
    rig.journal.let_go();
    kept.await.unwrap();
    assert_eq!(rig.log(), ["core: active true", "journal: active true"]);
    rig.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_stop_lets_what_is_under_way_finish_and_begins_nothing() {
    let mut rig = Rig::new();
    rig.takes(Duration::from_secs(9));
    rig.orders("gap", vec![effect("c1/a"), effect("c1/b")]);
    rig.tell("gap");
    rig.until("desk: c1/a #1").await;
    let begun = Instant::now();
    rig.stop().await.unwrap();
    assert_eq!(rig.log()[3..], ["core: c1/a Done", "journal: c1/a=Done"]);
    assert!(begun.elapsed() < GRACE);
}

#[tokio::test(start_paused = true)]
async fn a_stop_does_not_wait_longer_than_ten_seconds() {
    let mut rig = Rig::new();
    rig.takes(Duration::from_secs(60));
    rig.orders("gap", vec![effect("c1/a")]);
    rig.tell("gap");
    rig.until("desk: c1/a #1").await;
    let begun = Instant::now();
    rig.stop().await.unwrap();
    assert_eq!(begun.elapsed(), GRACE);
    assert_eq!(rig.log().len(), 3, "its outcome is not known: {:?}", rig.log());
}

#[tokio::test(start_paused = true)]
async fn a_stop_still_keeps_what_was_told_before() {
    let mut rig = Rig::new();
    for _ in 0..200 {
        rig.tell("gap");
    }
    rig.stop().await.unwrap();
    assert_eq!(rig.log().iter().filter(|line| *line == "core: gap").count(), 200);
}

#[tokio::test(start_paused = true)]
async fn many_inputs_share_a_transaction() {
    let mut rig = Rig::new();
    rig.orders("gap", vec![effect("c1/a")]);
    rig.journal.hold();
    for _ in 0..100 {
        rig.told
            .as_ref()
            .unwrap()
            .send(Told::Activation {
                active: true,
                done: None,
            })
            .unwrap();
    }
    rig.journal.let_go();
    rig.quiet().await;
    let commits: Vec<_> = rig
        .log()
        .into_iter()
        .filter(|line| line.starts_with("journal"))
        .collect();
    assert_eq!(
        commits.iter().map(|line| line.matches("active").count()).sum::<usize>(),
        100
    );
    assert!(commits.len() <= 3, "{}", commits.len());
    rig.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_input_without_consequences_is_not_written() {
    let mut rig = Rig::new();
    rig.tell("gap");
    rig.quiet().await;
    assert_eq!(rig.log(), ["core: gap"]);
    rig.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_was_wedged_is_carried_out_again_and_no_longer_shown() {
    let mut rig = Rig::new();
    rig.desk
        .lock()
        .unwrap()
        .extend([Err(failure(FailureKind::Impossible)), Ok(Outcome::Done)]);
    rig.orders("gap", vec![effect("c1/a")]);
    rig.tell("gap");
    rig.quiet().await;
    assert_eq!(rig.board.read().wedged.len(), 1);
    rig.orders("retry c1/a", vec![effect("c1/a")]);
    rig.retry("c1/a").await;
    assert_eq!(rig.board.read().wedged, []);
    rig.quiet().await;
    let log = rig.log();
    assert_eq!(
        log[log.len() - 5..],
        [
            "core: retry c1/a",
            "journal: +c1/a",
            "desk: c1/a #1",
            "core: c1/a Done",
            "journal: c1/a=Done"
        ]
    );
    rig.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn requests_are_told_before_what_came_of_them() {
    let mut rig = Rig::new();
    rig.asks(2);
    rig.orders("gap", vec![effect("c1/a")]);
    rig.tell("gap");
    rig.quiet().await;
    let log = rig.log();
    assert_eq!(
        log[log.len() - 3..],
        ["core: c1/a asked 2", "core: c1/a Done", "journal: c1/a=Done"]
    );
    rig.stop().await.unwrap();
}
