//! The calls in progress, asked for while more happens.

use expect_test::expect;

use super::tests::{In, check, fault, gone, ids, nothing, run, state, up, yes};
use super::*;

#[test]
fn a_snapshot_prefers_what_came_in_meanwhile() {
    check(
        vec![
            (0, In::Start),
            (0, yes()),
            (0, In::Call("early", "RINGING")),
            (0, yes()),
            (1, ids(&["a", "b", "c", "d"])),
            (1, In::Call("a", "CONNECTED")),
            (1, state("a", "RINGING")),
            (1, In::Call("b", "HANGUP")),
            (1, state("b", "RINGING")),
            (1, In::Call("new", "RINGING")),
            (1, gone()),
            (2, state("d", "PARKED")),
        ],
        expect![[r#"
            0 → ucp.v30.requests.connection.login
            0 → ucp.v30.requests.service.subscribeEvents ucp.v30.events.call
            0 ! call early Ringing
            0 ! Connected
            0 → ucp.v30.requests.call.getCallIds
            1 → ucp.v30.requests.call.getCallState a
            1 ! call a Connected
            1 → ucp.v30.requests.call.getCallState b
            1 ! call b Hangup
            1 → ucp.v30.requests.call.getCallState c
            1 ! call new Ringing
            1 → ucp.v30.requests.call.getCallState d
            2 ! snapshot [a Connected, new Ringing, d Parked]
              until 27
        "#]],
    );
}

#[test]
fn a_snapshot_begins_again_when_an_id_changes_or_events_were_missed() {
    for disturbance in [In::NewId, In::Missed] {
        let mut session = Session::new(Timing::default());
        let log = run(
            &mut session,
            vec![
                (0, In::Start),
                (0, yes()),
                (0, yes()),
                (0, ids(&["a"])),
                (0, disturbance),
                (1, state("a", "RINGING")),
                (1, ids(&[])),
            ],
        );
        assert_eq!(log.matches("getCallIds").count(), 2, "{log}");
        assert!(log.contains("snapshot []"), "{log}");
    }
    let mut session = Session::new(Timing::default());
    run(&mut session, up());
    let log = run(&mut session, vec![(9, In::Missed), (9, ids(&[]))]);
    expect![[r#"
            9 → ucp.v30.requests.call.getCallIds
            9 ! snapshot []
              until 34
    "#]]
    .assert_eq(&log);
}

#[test]
fn events_missed_while_a_keep_alive_is_under_way_are_asked_for_after_it() {
    let mut session = Session::new(Timing::default());
    run(&mut session, up());
    let log = run(
        &mut session,
        vec![(25, In::Tick), (25, In::Missed), (25, yes()), (25, ids(&[]))],
    );
    expect![[r#"
            25 → ucp.v30.requests.connection.keepAlive
            25 → ucp.v30.requests.call.getCallIds
            25 ! snapshot []
              until 50
    "#]]
    .assert_eq(&log);
}

#[test]
fn a_pbx_that_cannot_tell_what_is_in_progress_leaves_a_gap() {
    check(
        vec![
            (0, In::Start),
            (0, yes()),
            (0, yes()),
            (0, fault("no such method")),
            (0, In::Tick),
            (0, yes()),
        ],
        expect![[r#"
            0 → ucp.v30.requests.connection.login
            0 → ucp.v30.requests.service.subscribeEvents ucp.v30.events.call
            0 ! Connected
            0 → ucp.v30.requests.call.getCallIds
            0 ! Gap
              until 0
            0 → ucp.v30.requests.connection.keepAlive
              until 25
        "#]],
    );
}

#[test]
fn a_snapshot_that_breaks_off_is_taken_up_again() {
    let mut session = Session::new(Timing::default());
    let log = run(
        &mut session,
        vec![
            (0, In::Start),
            (0, yes()),
            (0, yes()),
            (0, ids(&["a"])),
            (9, nothing()),
            (14, In::Tick),
            (14, yes()),
            (14, ids(&[])),
        ],
    );
    assert!(
        log.ends_with("14 → ucp.v30.requests.call.getCallIds\n14 ! snapshot []\n  until 39\n"),
        "{log}"
    );
}
