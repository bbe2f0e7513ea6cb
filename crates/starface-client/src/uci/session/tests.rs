//! The session without a PBX: what goes in and what comes out, as text.

use expect_test::{Expect, expect};

use super::words::REFUSED;
use super::*;
use crate::uci::{CallEvent, IdChange};
use crate::xmlrpc::{Fault, Value};

pub(super) const A: &str = "8af3a07a-ef8a-41b1-9dd6-aa4cf247588f";

/// One thing that happens, at the time before it in seconds.
#[derive(Debug)]
pub(super) enum In {
    Start,
    Stop,
    Tick,
    Missed,
    /// An answer to the last request.
    Answer(Reply),
    /// An answer to the request before the last one.
    Stale(Reply),
    Call(&'static str, &'static str),
    NewId,
    Reset,
}

pub(super) fn yes() -> In {
    In::Answer(Reply::Value(Value::Bool(true)))
}

pub(super) fn no() -> In {
    In::Answer(Reply::Value(Value::Bool(false)))
}

pub(super) fn fault(text: &str) -> In {
    In::Answer(Reply::Fault(Fault {
        code: Some(1),
        text: text.to_owned(),
    }))
}

pub(super) fn page(status: u16) -> In {
    In::Answer(Reply::NotXmlRpc { status })
}

pub(super) fn nothing() -> In {
    In::Answer(Reply::Nothing {
        why: "the PBX cannot be reached".to_owned(),
    })
}

pub(super) fn ids(ids: &[&str]) -> In {
    In::Answer(Reply::Value(Value::Array(
        ids.iter().map(|id| Value::from(*id)).collect(),
    )))
}

pub(super) fn call_struct(id: &str, state: &str) -> Value {
    Value::Struct(vec![
        ("id".to_owned(), Value::from(id)),
        ("state".to_owned(), Value::from(state)),
    ])
}

pub(super) fn state(id: &str, state: &str) -> In {
    In::Answer(Reply::Value(call_struct(id, state)))
}

pub(super) fn gone() -> In {
    In::Answer(Reply::Value(Value::Struct(vec![])))
}

/// Runs the script and writes down what the session says to it.
pub(super) fn check(script: Vec<(u64, In)>, expected: Expect) {
    expected.assert_eq(&run(&mut Session::new(Timing::default()), script));
}

pub(super) fn run(session: &mut Session, script: Vec<(u64, In)>) -> String {
    use std::fmt::Write as _;
    let mut log = String::new();
    for (at, what) in script {
        let now = Duration::from_secs(at);
        match what {
            In::Start => session.start(now),
            In::Stop => session.stop(now),
            In::Tick => session.on_timeout(now),
            In::Missed => session.on_missed(now),
            In::Answer(reply) => session.on_answer(now, session.sent, reply),
            In::Stale(reply) => session.on_answer(now, session.sent - 1, reply),
            In::Call(id, state) => {
                let event = CallEvent::read(&call_struct(id, state)).expect("a call");
                session.on_callback(now, Callback::Call(event));
            }
            In::NewId => session.on_callback(now, Callback::IdChanged(IdChange::certain("a", "b"))),
            In::Reset => session.on_callback(now, Callback::Reset),
        }
        while let Some(output) = session.poll_output() {
            let _ = match output {
                Output::Send(order) => {
                    let params: Vec<&str> = order.params.iter().filter_map(Value::as_str).collect();
                    let jwt = if order.proof == Proof::Jwt { " (jwt)" } else { "" };
                    let line = format!("{at} → {} {}", order.method, params.join(" "));
                    let line = format!("{}{jwt}", line.trim_end());
                    writeln!(log, "{}", line.trim_end())
                }
                Output::Tell(what) => writeln!(log, "{at} ! {}", told(&what)),
                Output::Stopped => writeln!(log, "{at} . stopped"),
            };
        }
        if let Some(due) = session.poll_timeout() {
            let _ = writeln!(log, "  until {}", due.as_secs());
        }
    }
    log
}

pub(super) fn told(what: &What) -> String {
    let calls = |events: &[CallEvent]| {
        let shown: Vec<String> = events
            .iter()
            .map(|event| format!("{} {:?}", event.id, event.state))
            .collect();
        shown.join(", ")
    };
    if let What::Call(event) = what {
        format!("call {}", calls(std::slice::from_ref(event)))
    } else if let What::Snapshot(events) = what {
        format!("snapshot [{}]", calls(events))
    } else {
        format!("{what:?}")
    }
}

/// Up, with nothing in progress, at second 0.
pub(super) fn up() -> Vec<(u64, In)> {
    vec![(0, In::Start), (0, yes()), (0, yes()), (0, ids(&[]))]
}

#[test]
fn logs_in_subscribes_and_keeps_alive() {
    let mut script = up();
    script.extend([
        (24, In::Tick),
        (25, In::Tick),
        (25, In::Tick),
        (26, yes()),
        (51, In::Tick),
        (52, yes()),
    ]);
    check(
        script,
        expect![[r#"
            0 → ucp.v30.requests.connection.login
            0 → ucp.v30.requests.service.subscribeEvents ucp.v30.events.call
            0 ! Connected
            0 → ucp.v30.requests.call.getCallIds
            0 ! snapshot []
              until 25
              until 25
            25 → ucp.v30.requests.connection.keepAlive
              until 51
            51 → ucp.v30.requests.connection.keepAlive
              until 77
        "#]],
    );
}

#[test]
fn a_forgotten_session_is_got_back_at_once() {
    for answer in [no(), fault("de.vertico.UcpNotConnectedException"), page(302)] {
        let mut session = Session::new(Timing::default());
        run(&mut session, up());
        let script = vec![
            (25, In::Tick),
            (25, answer),
            (25, yes()),
            (25, yes()),
            (25, ids(&[A])),
            (26, state(A, "CONNECTED")),
        ];
        let log = run(&mut session, script);
        let lines: Vec<&str> = log.lines().filter(|line| !line.contains("! Lost {")).collect();
        assert_eq!(lines.len() + 1, log.lines().count(), "told once:\n{log}");
        expect![[r#"
            25 → ucp.v30.requests.connection.keepAlive
            25 → ucp.v30.requests.connection.login
            25 → ucp.v30.requests.service.subscribeEvents ucp.v30.events.call
            25 ! Connected
            25 → ucp.v30.requests.call.getCallIds
            25 → ucp.v30.requests.call.getCallState 8af3a07a-ef8a-41b1-9dd6-aa4cf247588f
            26 ! snapshot [8af3a07a-ef8a-41b1-9dd6-aa4cf247588f Connected]
              until 51"#]]
        .assert_eq(&lines.join("\n"));
    }
}

#[test]
fn one_missed_keep_alive_is_forgiven_and_a_second_is_not() {
    let mut script = up();
    script.extend([(25, In::Tick), (40, nothing()), (45, In::Tick), (46, yes())]);
    script.extend([
        (71, In::Tick),
        (86, page(503)),
        (91, In::Tick),
        (92, nothing()),
        (93, nothing()),
        (94, In::Tick),
        (95, yes()),
    ]);
    check(
        script,
        expect![[r#"
            0 → ucp.v30.requests.connection.login
            0 → ucp.v30.requests.service.subscribeEvents ucp.v30.events.call
            0 ! Connected
            0 → ucp.v30.requests.call.getCallIds
            0 ! snapshot []
              until 25
            25 → ucp.v30.requests.connection.keepAlive
              until 45
            45 → ucp.v30.requests.connection.keepAlive
              until 71
            71 → ucp.v30.requests.connection.keepAlive
              until 91
            91 → ucp.v30.requests.connection.keepAlive
            92 ! Lost { why: "the PBX cannot be reached" }
            92 → ucp.v30.requests.connection.login
              until 94
            94 → ucp.v30.requests.connection.login
            95 → ucp.v30.requests.service.subscribeEvents ucp.v30.events.call
        "#]],
    );
}

#[test]
fn pauses_grow_while_the_pbx_is_away_and_it_is_told_once() {
    let mut script = vec![(0, In::Start)];
    let mut at = 0;
    for pause in [1, 2, 4, 8, 16, 32, 60, 60] {
        script.push((at, if pause == 8 { page(502) } else { nothing() }));
        at += pause;
        script.push((at, In::Tick));
    }
    let log = run(&mut Session::new(Timing::default()), script);
    assert_eq!(log.matches("Lost").count(), 1, "{log}");
    let due: Vec<&str> = log
        .lines()
        .filter_map(|line| line.trim().strip_prefix("until "))
        .collect();
    assert_eq!(due, ["1", "3", "7", "15", "31", "63", "123", "183"]);
}

#[test]
fn a_refused_login_is_told_once_and_tried_slowly() {
    for (answers, why) in [
        (vec![no()], REFUSED),
        (
            vec![fault("no"), fault("UciIllegalAccessException")],
            "the PBX refuses the login: wrong login or password, or the right to use UCI is missing (fault 1: UciIllegalAccessException)",
        ),
        (
            vec![page(200)],
            "the PBX answers with a page instead of XML-RPC (HTTP 200): wrong login or password, a login that it wants through another provider, or a wrong address",
        ),
        (
            vec![page(404)],
            "there is no UCI at this address (HTTP 404): is the address of the PBX right?",
        ),
        (
            vec![yes(), no(), no()],
            "the PBX lets the login in, but refuses to tell of its calls: does it have the right to use UCI?",
        ),
    ] {
        let mut session = Session::new(Timing::default());
        let twice: Vec<(u64, In)> = std::iter::once((0, In::Start))
            .chain(answers.into_iter().map(|answer| (0, answer)))
            .collect();
        let log = run(&mut session, twice);
        assert!(
            log.ends_with(&format!("! {:?}\n  until 60\n", What::Refused { why: why.to_owned() })),
            "{log}"
        );
        let log = run(
            &mut session,
            vec![(60, In::Tick), (60, no()), (120, In::Tick), (120, no())],
        );
        assert!(log.matches("Refused").count() <= 1, "{log}");
        assert!(
            log.starts_with("60 → ucp.v30.requests.connection.login"),
            "older names are not kept:\n{log}"
        );
    }
}

#[test]
fn older_names_are_tried_where_the_newer_ones_fail() {
    for refusal in [no(), fault("no such service")] {
        let mut session = Session::new(Timing::default());
        let log = run(&mut session, vec![(0, In::Start), (0, yes()), (0, refusal), (0, yes())]);
        expect![[r#"
            0 → ucp.v30.requests.connection.login
            0 → ucp.v30.requests.service.subscribeEvents ucp.v30.events.call
            0 → ucp.v22.requests.service.subscribeEvents ucp.v22.events.call
            0 ! Connected
            0 → ucp.v22.requests.call.getCallIds
        "#]]
        .assert_eq(&log);
    }
    check(
        vec![(0, In::Start), (0, fault("no such method")), (0, yes())],
        expect![[r#"
            0 → ucp.v30.requests.connection.login
            0 → ucp.v22.requests.connection.login
            0 → ucp.v22.requests.service.subscribeEvents ucp.v22.events.call
        "#]],
    );
}

#[test]
fn names_that_have_worked_are_kept() {
    let mut session = Session::new(Timing::default());
    run(&mut session, up());
    // The newer names have worked, so a fault is a refusal and no reason to speak otherwise.
    let log = run(
        &mut session,
        vec![(25, In::Tick), (25, no()), (25, fault("out of sorts"))],
    );
    assert!(!log.contains("v22") && log.contains("Refused"), "{log}");
}

#[test]
fn a_reset_costs_a_standing_session_only() {
    let mut session = Session::new(Timing::default());
    run(&mut session, up());
    let log = run(&mut session, vec![(9, In::Reset), (9, In::Reset)]);
    expect![[r#"
            9 ! Lost { why: "the PBX has reset the session" }
            9 → ucp.v30.requests.connection.login
    "#]]
    .assert_eq(&log);
}

#[test]
fn stopping_logs_out_and_tells_nothing_more() {
    let mut script = up();
    script.extend([
        (25, In::Tick),
        (25, In::Stop),
        (25, In::Stale(Reply::Value(Value::Bool(false)))),
        (25, In::Call(A, "RINGING")),
    ]);
    script.extend([(26, nothing()), (99, In::Tick), (99, In::Start), (99, In::Stop)]);
    let log = run(&mut Session::new(Timing::default()), script);
    assert!(
        log.ends_with("25 → ucp.v30.requests.connection.logout\n26 . stopped\n"),
        "{log}"
    );

    let log = run(
        &mut Session::new(Timing::default()),
        vec![(0, In::Start), (0, nothing()), (1, In::Stop)],
    );
    assert!(log.ends_with("1 . stopped\n") && !log.contains("logout"), "{log}");
}
