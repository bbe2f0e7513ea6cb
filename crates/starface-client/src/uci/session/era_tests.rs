//! Older and newer systems: names, proofs, queues.

use expect_test::expect;

use super::tests::{In, check, fault, ids, no, nothing, page, run, yes};
use super::*;

#[test]
fn the_oldest_names_are_the_last_resort() {
    check(
        vec![
            (0, In::Start),
            (0, fault("no such handler")),
            (0, fault("no such handler")),
            (0, yes()),
            (0, yes()),
            (0, ids(&[])),
            (25, In::Tick),
            (25, yes()),
            (26, In::Stop),
        ],
        expect![[r#"
            0 → ucp.v30.requests.connection.login
            0 → ucp.v22.requests.connection.login
            0 → ucp.v20.server.connection.login
            0 → ucp.v20.server.connection.setProvidedServices
            0 ! Connected
            0 → ucp.v20.server.communication.call.getCallIds
            0 ! snapshot []
              until 25
            25 → ucp.v20.server.connection.probe
              until 50
            26 → ucp.v20.server.connection.logout
        "#]],
    );
}

#[test]
fn a_right_that_is_missing_is_not_looked_for_under_older_names() {
    let log = run(
        &mut Session::new(Timing::default()),
        vec![(0, In::Start), (0, fault("UciIllegalAccessException"))],
    );
    assert!(!log.contains("v22") && log.contains("Refused"), "{log}");
}

/// The answers with which systems of version 10 turn the classic token down.
#[test]
fn a_refused_token_is_followed_by_oauth_and_told_only_if_that_is_refused_too() {
    for refusal in [
        no(),
        page(400),
        page(401),
        page(404),
        page(200),
        page(302),
        fault("UciIllegalAccessException"),
    ] {
        let mut session = Session::new(Timing::default()).proofs(Proof::Token, Some(Proof::Jwt));
        let log = run(
            &mut session,
            vec![(0, In::Start), (0, refusal), (0, yes()), (0, yes()), (0, ids(&[]))],
        );
        expect![[r#"
            0 → ucp.v30.requests.connection.login
            0 → ucp.v30.requests.connection.login (jwt)
            0 → ucp.v30.requests.service.subscribeEvents ucp.v30.events.call (jwt)
            0 ! Connected
            0 → ucp.v30.requests.call.getCallIds (jwt)
            0 ! snapshot []
              until 25
        "#]]
        .assert_eq(&log);
        // What has worked is kept: neither a lost session nor a PBX that was away changes the proof.
        let log = run(
            &mut session,
            vec![(25, In::Tick), (25, no()), (25, nothing()), (26, In::Tick), (26, yes())],
        );
        assert_eq!(log.matches('→').count(), log.matches("(jwt)").count(), "{log}");
    }
    check_refused_twice();
}

fn check_refused_twice() {
    let unproved = || {
        In::Answer(Reply::Unproved {
            why: "the PBX refuses the OAuth client".to_owned(),
        })
    };
    let mut session = Session::new(Timing::default()).proofs(Proof::Token, Some(Proof::Jwt));
    let script = vec![
        (0, In::Start),
        (0, no()),
        (0, unproved()),
        (60, In::Tick),
        (60, no()),
        (60, unproved()),
    ];
    expect![[r#"
        0 → ucp.v30.requests.connection.login
        0 → ucp.v30.requests.connection.login (jwt)
        0 ! Refused { why: "the PBX refuses the OAuth client" }
          until 60
        60 → ucp.v30.requests.connection.login
        60 → ucp.v30.requests.connection.login (jwt)
          until 120
    "#]]
    .assert_eq(&run(&mut session, script));
}

#[test]
fn queues_are_asked_for_where_they_are_wanted_and_offered() {
    let mut session = Session::new(Timing::default()).queue_events(true);
    let log = run(
        &mut session,
        vec![(0, In::Start), (0, yes()), (0, yes()), (0, no()), (0, ids(&[]))],
    );
    expect![[r#"
        0 → ucp.v30.requests.connection.login
        0 → ucp.v30.requests.service.subscribeEvents ucp.v30.events.call
        0 → ucp.v30.requests.service.subscribeEvents ucp.v30.events.queue
        0 ! Connected
        0 → ucp.v30.requests.call.getCallIds
        0 ! snapshot []
          until 25
    "#]]
    .assert_eq(&log);

    // The oldest names have no queues.
    let mut session = Session::new(Timing::default()).queue_events(true);
    let old = vec![(0, In::Start), (0, fault("x")), (0, fault("x")), (0, yes()), (0, yes())];
    let log = run(&mut session, old);
    assert!(log.contains("Connected") && !log.contains("queue"), "{log}");
}
