//! Frames as a STARFACE sends them, and what comes of them.

use expect_test::{Expect, expect};
use jiff::tz::TimeZone;
use pbx::Event;
use starface_client::uci::{CallEvent, Callback, Notice, What};
use starface_client::xmlrpc::{Limits, parse_call};

use super::Translator;

const A: &str = "8af3a07a-ef8a-41b1-9dd6-aa4cf247588f";
const B: &str = "c0ffee00-0000-4000-8000-000000000002";

/// What is told to the translator, for login 0101 unless it says otherwise.
enum Frame {
    /// Members of a `receiveCallState`, as `key=value` with semicolons; `A` and `B` stand for ids.
    Call(&'static str),
    CallAt(&'static str, &'static str),
    /// Members of a `callChangesIdEvent`.
    NewId(&'static str),
    Snapshot(&'static [&'static str]),
    Session(What),
}

use Frame::{Call, CallAt, NewId, Session, Snapshot};

fn xml(method: &str, members: &str) -> String {
    let member = |pair: &str| {
        let (key, value) = pair.split_once('=').expect("key=value");
        let value = match value {
            "A" => A,
            "B" => B,
            other => other,
        };
        let kind = if key == "timestamp" {
            "dateTime.iso8601"
        } else {
            "string"
        };
        format!("<member><name>{key}</name><value><{kind}>{value}</{kind}></value></member>\n")
    };
    let members: String = members.split(';').filter(|pair| !pair.is_empty()).map(member).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<methodCall><methodName>ucp.v30.events.call.{method}</methodName><params>\
         <param><value><struct>\n{members}</struct></value></param></params></methodCall>"
    )
}

fn callback(method: &str, members: &str) -> Callback {
    Callback::read(&parse_call(xml(method, members).as_bytes(), &Limits::default()).expect("a call"))
}

fn event(members: &str) -> CallEvent {
    let Callback::Call(event) = callback("receiveCallState", members) else {
        panic!("{members} is a call event")
    };
    event
}

fn call(members: &str) -> What {
    What::Call(event(members))
}

fn notice(frame: Frame) -> Notice {
    let (login, what) = match frame {
        Call(members) => ("0101", call(members)),
        CallAt(login, members) => (login, call(members)),
        NewId(members) => match callback("callChangesIdEvent", members) {
            Callback::IdChanged(change) => ("0101", What::IdChanged(change)),
            Callback::Call(_) | Callback::Reset | Callback::Unknown { .. } | _ => panic!("{members} is a changed id"),
        },
        Snapshot(calls) => (
            "0101",
            What::Snapshot(calls.iter().map(|members| event(members)).collect()),
        ),
        Session(what) => ("0101", what),
    };
    Notice {
        login: login.to_owned(),
        what,
    }
}

fn shown(event: &Event) -> String {
    let id = |id: &pbx::CallId| match id.as_str() {
        A => "A".to_owned(),
        B => "B".to_owned(),
        other => other.to_owned(),
    };
    match event {
        Event::Leg(leg) => {
            let number =
                |number: &Option<pbx::Dialled>| number.as_ref().map_or("-".to_owned(), |n| format!("<{}>", n.as_str()));
            format!(
                "{} at {}: {:?} {:?} {} → {}{}{}",
                id(&leg.call),
                leg.owner,
                leg.direction,
                leg.state,
                number(&leg.caller),
                number(&leg.called),
                leg.group
                    .as_ref()
                    .map(|group| format!(" group {group}"))
                    .unwrap_or_default(),
                leg.at.map(|at| format!(" {at}")).unwrap_or_default(),
            )
        }
        Event::IdChanged { old, new } => format!("{} becomes {}", id(old), id(new)),
        session @ (Event::SnapshotBegin { .. }
        | Event::SnapshotEnd { .. }
        | Event::Gap { .. }
        | Event::Connected { .. }
        | Event::Disconnected { .. }) => format!("{session:?}"),
    }
}

fn check(frames: Vec<Frame>, expected: Expect) {
    let zone = TimeZone::fixed(jiff::tz::offset(2));
    let mut translator = Translator::new(Some(zone));
    let events = frames.into_iter().flat_map(|frame| translator.translate(notice(frame)));
    expected.assert_eq(&events.map(|event| shown(&event)).collect::<Vec<_>>().join("\n"));
}

#[test]
fn a_group_call_that_one_answers() {
    check(
        vec![
            Call(
                "id=A;state=INCOMING;timestamp=20260911T09:31:06;callerNumber=004917123456789;calledNumber=00497214605300;groupId=1003",
            ),
            Call(
                "id=A;state=RINGING;timestamp=20260911T09:31:07;callerNumber=004917123456789;callerName=;calledNumber=00497214605300;calledName=Support;groupId=1003",
            ),
            CallAt(
                "0102",
                "id=A;state=RINGING;callerNumber=004917123456789;calledNumber=00497214605300;groupID=1003",
            ),
            Call("id=A;state=CONNECTED;callerNumber=004917123456789;calledNumber=00497214605300;groupId=1003"),
            CallAt("0102", "id=A;state=HANGUP"),
            Call("id=A;state=PARKED"),
            Call("id=A;state=CONNECTED"),
            Call("id=A;state=HANGUP;groupId="),
        ],
        expect![[r#"
            A at 0101: Inbound Announced <004917123456789> → <00497214605300> group 1003 2026-09-11T07:31:06Z
            A at 0101: Inbound Ringing <004917123456789> → <00497214605300> group 1003 2026-09-11T07:31:07Z
            A at 0102: Inbound Ringing <004917123456789> → <00497214605300> group 1003
            A at 0101: Unknown Connected <004917123456789> → <00497214605300> group 1003
            A at 0102: Unknown Ended - → -
            A at 0101: Unknown Parked - → -
            A at 0101: Unknown Connected - → -
            A at 0101: Unknown Ended - → -"#]],
    );
}

#[test]
fn every_state() {
    check(
        vec![
            Call("id=1;state=REQUESTED"),
            Call("id=1;state=PROCEEDING;callerNumber=11;calledNumber=0721123456"),
            Call("id=2;state=OUTGOING"),
            Call("id=1;state=RINGBACK"),
            Call("id=1;state=CONNECTED"),
            Call("id=3;state=CONSULT"),
            Call("id=3;state=CONFERENCE_CONSULT"),
            Call("id=3;state=CONFERENCE_ACTIVE"),
            Call("id=3;state=CONFERENCE_INACTIVE"),
            Call("id=4;state=VOICEMAIL_LINKED"),
            Call("id=5;state=VOICEMAIL_MAIN"),
            Call("id=6;state=CCBS"),
            Call("id=6;state=LOGIN_LOGOUT"),
            Call("id=6;state=MUSICONHOLD_TEST"),
            Call("id=6;state=LEVITATING"),
        ],
        expect![[r#"
            1 at 0101: Outbound Dialling - → -
            1 at 0101: Outbound Dialling <11> → <0721123456>
            2 at 0101: Outbound Dialling - → -
            1 at 0101: Outbound Dialling - → -
            1 at 0101: Unknown Connected - → -
            3 at 0101: Unknown Connected - → -
            3 at 0101: Unknown Connected - → -
            3 at 0101: Unknown Connected - → -
            3 at 0101: Unknown Parked - → -
            4 at 0101: Unknown Voicemail - → -
            5 at 0101: Unknown Voicemail - → -"#]],
    );
}

#[test]
fn no_number_is_told_and_an_untold_one_is_not() {
    check(
        vec![
            Call("id=A;state=RINGING;callerNumber=;calledNumber=300"),
            Call("id=A;state=CONNECTED;callerNumber=anonymous"),
        ],
        expect![[r#"
            A at 0101: Inbound Ringing <> → <300>
            A at 0101: Unknown Connected <anonymous> → -"#]],
    );
}

#[test]
fn an_event_without_a_state_tells_more_of_a_call() {
    check(
        vec![
            Call("id=A;state=;callerNumber=0721123456"),
            Call("id=A;state=RINGING"),
            Call("id=A;callerNumber=0721123456"),
            CallAt("0102", "id=A"),
            Call("id=A;state=HANGUP"),
            Call("id=A;state=;callerNumber=0721123456"),
        ],
        expect![[r#"
            A at 0101: Unknown Announced <0721123456> → -
            A at 0101: Inbound Ringing - → -
            A at 0101: Unknown Ringing <0721123456> → -
            A at 0102: Unknown Announced - → -
            A at 0101: Unknown Ended - → -
            A at 0101: Unknown Ended <0721123456> → -"#]],
    );
}

#[test]
fn a_changed_id() {
    check(
        vec![
            Call("id=A;state=CONNECTED"),
            NewId("id=B;former=A"),
            NewId("id=B;former=A"),
            Call("id=A;state="),
            Call("id=B;state="),
            Call("id=B;state=HANGUP"),
        ],
        expect![[r#"
            A at 0101: Unknown Connected - → -
            A becomes B
            B at 0101: Unknown Connected - → -
            B at 0101: Unknown Ended - → -"#]],
    );
    // There and back again.
    check(
        vec![
            Call("id=A;state=CONNECTED"),
            NewId("oldId=A;newId=B"),
            NewId("oldId=A;newId=B"),
            NewId("oldId=B;newId=A"),
            Call("id=A;state="),
        ],
        expect![[r#"
            A at 0101: Unknown Connected - → -
            A becomes B
            B becomes A
            A at 0101: Unknown Connected - → -"#]],
    );
    // Only the new id is told: it can only be the one call there is.
    check(
        vec![
            Call("id=x;state=HANGUP"),
            Call("id=A;state=CONNECTED"),
            NewId("id=B"),
            Call("id=B;state=HANGUP"),
        ],
        expect![[r#"
            x at 0101: Unknown Ended - → -
            A at 0101: Unknown Connected - → -
            A becomes B
            B at 0101: Unknown Ended - → -"#]],
    );
    // The call's first event under its new id overtakes the change.
    check(
        vec![
            Call("id=A;state=CONNECTED"),
            Call("id=B;state=PARKED"),
            NewId("oldId=A;newId=B"),
            Call("id=B;state="),
        ],
        expect![[r#"
            A at 0101: Unknown Connected - → -
            B at 0101: Unknown Parked - → -
            A becomes B
            B at 0101: Unknown Parked - → -"#]],
    );
}

#[test]
fn a_changed_id_that_cannot_be_told_is_a_gap() {
    for frames in [
        vec![NewId("id=B;former=A")],
        vec![Call("id=1;state=CONNECTED"), Call("id=2;state=PARKED"), NewId("id=B")],
        vec![
            Call("id=A;state=CONNECTED"),
            Call("id=B;state=PARKED"),
            NewId("x=A;y=B"),
        ],
    ] {
        let mut translator = Translator::new(None);
        let events: Vec<Event> = frames
            .into_iter()
            .flat_map(|frame| translator.translate(notice(frame)))
            .collect();
        assert_eq!(
            events.last(),
            Some(&Event::Gap {
                owner: Some(pbx::UserId::new("0101"))
            }),
            "{events:?}"
        );
    }
}

#[test]
fn sessions_and_snapshots() {
    check(
        vec![
            Session(What::Connected),
            Snapshot(&["id=A;state=RINGING"]),
            Session(What::Lost {
                why: "the PBX cannot be reached".to_owned(),
            }),
            Session(What::Refused {
                why: "the PBX refuses the login".to_owned(),
            }),
            Session(What::Gap),
            Snapshot(&["id=B;state=CONNECTED;callerNumber=0721123456", "id=9;state=CCBS"]),
            // Missing in the snapshot, so it has ended.
            Call("id=A;state="),
            Session(What::Unknown {
                method: "queueCallEvent".to_owned(),
                shape: "[{}]".to_owned(),
            }),
        ],
        expect![[r#"
            Connected { owner: Some(UserId("0101")) }
            SnapshotBegin { owner: UserId("0101") }
            A at 0101: Inbound Ringing - → -
            SnapshotEnd { owner: UserId("0101") }
            Disconnected { owner: Some(UserId("0101")), why: "the PBX cannot be reached" }
            Disconnected { owner: Some(UserId("0101")), why: "the PBX refuses the login" }
            Gap { owner: Some(UserId("0101")) }
            SnapshotBegin { owner: UserId("0101") }
            B at 0101: Unknown Connected <0721123456> → -
            SnapshotEnd { owner: UserId("0101") }
            A at 0101: Unknown Ended - → -"#]],
    );
}

#[test]
fn without_a_zone_only_certain_times_are_told() {
    let mut translator = Translator::new(None);
    let mut at = |stamp: &str| {
        let Callback::Call(event) = callback("receiveCallState", &format!("id=A;state=RINGING;timestamp={stamp}"))
        else {
            panic!("a call event");
        };
        let notice = Notice {
            login: "0101".to_owned(),
            what: What::Call(event),
        };
        match translator.translate(notice).as_slice() {
            [Event::Leg(leg)] => leg.at.map(|at| at.to_string()),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(at("20260911T09:31:07"), None);
    assert_eq!(at("2026-09-11T09:31:07+02:00").as_deref(), Some("2026-09-11T07:31:07Z"));
    assert_eq!(at("soon"), None);
}

#[test]
fn events_of_queues_move_no_leg() {
    let call = starface_client::xmlrpc::Call {
        method: "ucp.v30.events.queue.queueAgentChangedEvent".to_owned(),
        params: vec![starface_client::xmlrpc::Value::Int(1003)],
    };
    let Callback::Queue(event) = Callback::read(&call) else {
        panic!("an event of a queue");
    };
    check(vec![Session(What::Queue(event))], expect![""]);
}

#[test]
fn what_is_remembered_is_bounded() {
    let mut translator = Translator::new(None);
    for number in 0..1000 {
        let what = call(&format!("id=c{number};state=RINGING"));
        translator.translate(Notice {
            login: "0101".to_owned(),
            what,
        });
    }
    assert_eq!(
        translator.calls.values().map(Vec::len).sum::<usize>(),
        super::REMEMBERED
    );
}
