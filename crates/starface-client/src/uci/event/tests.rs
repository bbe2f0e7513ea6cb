//! Events as boxes write them.

use jiff::civil::date;

use super::*;

const A: &str = "8af3a07a-ef8a-41b1-9dd6-aa4cf247588f";
const B: &str = "11111111-2222-3333-4444-555555555555";

fn call(method: &str, members: &[(&str, Value)]) -> Callback {
    let members = members
        .iter()
        .map(|(key, value)| ((*key).to_owned(), value.clone()))
        .collect();
    decode(&Call {
        method: method.to_owned(),
        params: vec![Value::Struct(members)],
    })
}

#[test]
fn reads_a_call_in_every_generation_of_names() {
    for (method, group, stamp) in [
        (
            "ucp.v30.events.call.receiveCallState",
            "groupId",
            Value::DateTime("20260911T09:31:07".to_owned()),
        ),
        (
            "ucp.v22.events.call.receiveCallState",
            "groupID",
            Value::from("2026-09-11T09:31:07"),
        ),
        (
            "ucp.v20.client.communication.call.receiveCallState",
            "GROUPID",
            Value::from("20260911T093107"),
        ),
    ] {
        let members = [
            ("id", Value::from(A)),
            ("state", Value::from("Ringing")),
            ("timestamp", stamp),
            ("callerNumber", Value::from("004917123456789")),
            ("callerName", Value::from("")),
            ("calledNumber", Value::Int(300)),
            (group, Value::Int(1003)),
            ("channelNames", Value::Array(vec![Value::from("SIP/1")])),
        ];
        let Callback::Call(event) = call(method, &members) else {
            panic!("{method} is understood")
        };
        let expected = CallEvent {
            id: A.to_owned(),
            state: CallState::Ringing,
            caller_number: Some("004917123456789".to_owned()),
            caller_name: Some(String::new()),
            called_number: Some("300".to_owned()),
            called_name: None,
            group: Some("1003".to_owned()),
            at: Some(Stamp::Local(date(2026, 9, 11).at(9, 31, 7, 0))),
        };
        assert!(event == expected, "{method} gave {event:?}");
    }
}

#[test]
fn no_group_is_written_in_many_ways() {
    for group in [
        Value::from(""),
        Value::from(" "),
        Value::from("0"),
        Value::Int(0),
        Value::Int(-1),
        Value::from("-1"),
        Value::Nil,
    ] {
        let shape = format!("{group:?}");
        let members = [
            ("id", Value::from(A)),
            ("state", Value::from("HANGUP")),
            ("groupId", group),
        ];
        let Callback::Call(event) = call("x.receiveCallState", &members) else {
            panic!("understood")
        };
        assert_eq!(event.group, None, "{shape}");
    }
}

#[test]
fn reads_every_state() {
    for (word, state) in [
        ("", CallState::Untold),
        ("INCOMING", CallState::Incoming),
        ("connected", CallState::Connected),
        (" HANGUP ", CallState::Hangup),
        ("REQUESTED", CallState::Requested),
        ("PROCEEDING", CallState::Proceeding),
        ("OUTGOING", CallState::Outgoing),
        ("RINGBACK", CallState::Ringback),
        ("PARKED", CallState::Parked),
        ("CONSULT", CallState::Consult),
        ("CONFERENCE_ACTIVE", CallState::ConferenceActive),
        ("CONFERENCE_INACTIVE", CallState::ConferenceInactive),
        ("CONFERENCE_CONSULT", CallState::ConferenceConsult),
        ("VOICEMAIL_LINKED", CallState::VoicemailLinked),
        ("VOICEMAIL_MAIN", CallState::VoicemailMain),
        ("CCBS", CallState::Ccbs),
        ("LOGIN_LOGOUT", CallState::LoginLogout),
        ("MUSICONHOLD_TEST", CallState::MusicOnHoldTest),
        ("LEVITATING 004972112345", CallState::Other("LEVITATING".to_owned())),
    ] {
        assert_eq!(CallState::read(word), state);
    }
}

#[test]
fn what_is_not_understood_shows_its_shape_and_no_values() {
    for (callback, expected) in [
        (
            call(
                "ucp.v30.events.fax.faxSentEvent",
                &[("callerNumber", Value::from("0721123456"))],
            ),
            ("ucp.v30.events.fax.faxSentEvent", "[{callerNumber: string(10)}]"),
        ),
        (
            call("a.receiveCallState", &[("state", Value::from("RINGING"))]),
            ("a.receiveCallState", "[{state: string(7)}]"),
        ),
        (
            call("a.receiveCallState", &[("id", Value::from(""))]),
            ("a.receiveCallState", "[{id: string(0)}]"),
        ),
        (call("evil\n<method>", &[]), ("evilmethod", "[{}]")),
        (call("ucp.v30.004972112345", &[]), ("ucp.v30.?", "[{}]")),
        (
            decode(&Call {
                method: "a.receiveCallState".to_owned(),
                params: vec![],
            }),
            ("a.receiveCallState", "[]"),
        ),
    ] {
        let Callback::Unknown { method, shape } = callback else {
            panic!("{expected:?} is not understood")
        };
        assert_eq!((method.as_str(), shape.as_str()), expected);
    }
}

#[test]
fn a_changed_id_is_told_by_the_known_one() {
    let change = |members: &[(&str, Value)]| {
        let Callback::IdChanged(change) = call("ucp.v30.events.call.callChangesIdEvent", members) else {
            panic!("understood")
        };
        change
    };
    let pair = |old: &str, new: &str| Some((old.to_owned(), new.to_owned()));

    for members in [
        vec![("oldId", Value::from(A)), ("newId", Value::from(B))],
        vec![
            ("NewCallId", Value::from(B)),
            ("callIdOld", Value::from(A)),
            ("x", Value::from(B)),
        ],
    ] {
        assert_eq!(change(&members).resolve(|_| false, None), pair(A, B), "the keys tell");
    }
    let nested = Value::Struct(vec![("x".to_owned(), Value::from(A))]);
    for members in [
        vec![("id", Value::from(A)), ("other", Value::from(B))],
        vec![("id", Value::from(B)), ("call", nested), ("n", Value::from("0721"))],
    ] {
        let change = change(&members);
        assert_eq!(change.resolve(|id| id == A, None), pair(A, B));
        assert_eq!(change.resolve(|_| false, None), None, "two strangers");
        assert_eq!(change.resolve(|_| false, Some("x")), None, "two strangers and one call");
        assert_eq!(change.resolve(|_| true, None), None, "nothing new");
    }
    let only_new = change(&[("id", Value::from(B))]);
    assert_eq!(only_new.resolve(|id| id == A, None), None);
    assert_eq!(only_new.resolve(|id| id == A, Some(A)), pair(A, B));

    let params = vec![Value::from("old-1"), Value::from("new-1")];
    let queue = decode(&Call {
        method: "ucp.v30.events.queue.queueCallChangedIdEvent".to_owned(),
        params,
    });
    assert_eq!(queue, Callback::IdChanged(IdChange::certain("old-1", "new-1")));
}

#[test]
fn debug_holds_no_number() {
    let members = [
        ("id", Value::from(A)),
        ("state", Value::from("RINGING")),
        ("callerNumber", Value::from("0721123456")),
    ];
    let shown = format!("{:?}", call("x.receiveCallState", &members));
    assert!(!shown.contains("123456"), "{shown}");
    let change = call(
        "x.callChangesIdEvent",
        &[("a", Value::from(A)), ("b", Value::from("0721123456"))],
    );
    assert_eq!(format!("{change:?}"), format!("IdChanged([{A:?}])"));
}
