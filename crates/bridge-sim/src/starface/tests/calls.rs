//! Calls and the events that tell of them.

use super::*;

#[test]
fn a_group_call_is_one_id_at_every_member_and_the_losers_hear_hangup() {
    let mut pbx = Pbx::new(Switches::default());
    pbx.listen("0101", "v30");
    pbx.listen("0102", "v22");
    let now = pbx.now;
    pbx.state.set_contact("0049721123456", "Jörg Müller");
    pbx.state.ring(
        "id-1",
        Some(1003),
        shown("0049721123456"),
        &["0101", "0102", "0103"],
        None,
        now,
    );
    let sent = pbx.sent();
    assert_eq!(sent.len(), 2, "0103 has no session");
    let token = pbx.state.token("0101").unwrap();
    let address = "http://bridge.example:8091/events/secret?de.vertico.starface.user=0101&de.vertico.starface.auth=";
    assert_eq!(sent[0].url, format!("{address}{token}"));
    let body = std::str::from_utf8(&sent[0].body).unwrap();
    assert_eq!(read_call(body).unwrap().0, "ucp.v30.events.call.receiveCallState");
    let anna = event(&sent[0]);
    let members = [
        ("id", "id-1"),
        ("state", "RINGING"),
        ("callerNumber", "0049721123456"),
        ("callerName", "Jörg Müller"),
        ("calledNumber", "00497214605300"),
        ("calledName", "Support"),
        ("groupId", "1003"),
    ];
    for (member, value) in members {
        assert_eq!(text(&anna, member), value, "{member}");
    }
    assert_eq!(
        anna.member("timestamp"),
        Some(&Value::DateTime("20261124T15:02:00".to_owned())),
        "the PBX's own clock"
    );
    assert!(
        read_call(std::str::from_utf8(&sent[1].body).unwrap())
            .unwrap()
            .0
            .starts_with("ucp.v22.")
    );
    assert_eq!(
        text(&event(&sent[1]), "groupID"),
        "1003",
        "version 22 spells it otherwise"
    );

    assert_eq!(
        pbx.uci("0102", "ucp.v30.requests.call.getCallIds", &[]),
        Ok(Value::Array(vec![Value::string("id-1")]))
    );
    pbx.state.answer("id-1", "0102", None, None, now);
    assert_eq!(pbx.told(), ["0102 CONNECTED", "0101 HANGUP"]);
    let state = "ucp.v30.requests.call.getCallState";
    assert_eq!(
        text(&pbx.uci("0102", state, &[Value::string("id-1")]).unwrap(), "state"),
        "CONNECTED"
    );
    assert_eq!(
        pbx.uci("0101", state, &[Value::string("id-1")]),
        Ok(Value::Struct(vec![])),
        "his leg is over"
    );
    pbx.state.park("id-1", "0102", now);
    pbx.state.answer("id-1", "0102", None, None, now);
    pbx.state.end("id-1", &[], now);
    pbx.state.end("id-1", &[], now);
    assert_eq!(pbx.told(), ["0102 PARKED", "0102 CONNECTED", "0102 HANGUP"]);
    assert!(pbx.state.calls().is_empty());
}

#[test]
fn a_transfer_is_a_bare_answer_and_a_new_id_is_announced() {
    let mut pbx = Pbx::new(Switches::default());
    pbx.listen("0101", "v30");
    pbx.listen("0102", "v30");
    let now = pbx.now;
    pbx.state.ring("id-1", Some(1003), shown("00491"), &["0101"], None, now);
    pbx.state.answer("id-1", "0101", None, None, now);
    pbx.sent();
    pbx.state.answer("id-1", "0102", None, None, now);
    let bare = event(&pbx.sent()[0]);
    assert_eq!(
        [
            text(&bare, "state"),
            text(&bare, "callerNumber"),
            text(&bare, "groupId")
        ],
        ["CONNECTED", "00491", "1003"]
    );
    pbx.state.end("id-1", &["0101"], now);
    pbx.sent();
    pbx.state.change_id("id-1", "id-2");
    let sent = pbx.sent();
    assert_eq!(sent.len(), 1, "only who still takes part");
    assert!(String::from_utf8_lossy(&sent[0].body).contains("ucp.v30.events.call.callChangesIdEvent"));
    assert_eq!(
        [text(&event(&sent[0]), "oldId"), text(&event(&sent[0]), "newId")],
        ["id-1", "id-2"]
    );
    assert_eq!(pbx.state.calls(), ["id-2"]);
}

#[test]
fn outbound_calls_and_mailboxes_have_their_states() {
    let mut pbx = Pbx::new(Switches::default());
    pbx.listen("0101", "v30");
    pbx.listen("0102", "v22");
    let now = pbx.now;
    assert!(pbx.state.dial("id-1", "0721", "0101", now));
    assert!(pbx.state.dial("id-2", "0721", "0102", now));
    pbx.state.answer("id-1", "0101", None, None, now);
    assert_eq!(
        pbx.told(),
        [
            "0101 OUTGOING",
            "0101 RINGBACK",
            "0102 PROCEEDING",
            "0102 RINGBACK",
            "0101 CONNECTED"
        ]
    );
    pbx.state.ring("id-3", None, Caller::Withheld, &["0101"], None, now);
    pbx.state.mailbox("id-3", "0101", now);
    assert_eq!(pbx.told(), ["0101 RINGING", "0101 VOICEMAIL_LINKED"]);
    let id = pbx.uci(
        "0101",
        "ucp.v30.requests.call.placeCallWithPhone",
        &[Value::string("0721"), Value::string(""), Value::string("")],
    );
    assert_eq!(id.unwrap().as_str().unwrap().len(), 36, "a UUID");
}

#[test]
fn switches_change_the_first_event_of_a_leg() {
    let switches = Switches {
        incoming_first: true,
        empty_state_first: true,
        late_numbers: true,
        late_name: true,
        ..Switches::default()
    };
    let mut pbx = Pbx::new(switches);
    pbx.listen("0101", "v30");
    pbx.state.set_contact("00491", "Karla");
    let now = pbx.now;
    pbx.state.ring("id-1", None, shown("00491"), &["0101"], None, now);
    let told = |pbx: &mut Pbx| -> Vec<[String; 3]> {
        let events = pbx.sent();
        events
            .iter()
            .map(event)
            .map(|e| [text(&e, "state"), text(&e, "callerNumber"), text(&e, "callerName")])
            .collect()
    };
    assert_eq!(
        told(&mut pbx),
        [
            ["", "", ""],
            ["INCOMING", "00491", "Karla"],
            ["RINGING", "00491", "Karla"]
        ]
    );
    *pbx.state.switches_mut() = Switches {
        late_name: true,
        duplicates: true,
        ..Switches::default()
    };
    pbx.state.ring("id-2", None, shown("00491"), &["0101"], None, now);
    assert_eq!(told(&mut pbx), [["RINGING", "00491", ""], ["RINGING", "00491", ""]]);
    pbx.state.answer("id-2", "0101", None, None, now);
    assert_eq!(
        told(&mut pbx),
        [["CONNECTED", "00491", "Karla"], ["CONNECTED", "00491", "Karla"]]
    );
    *pbx.state.switches_mut() = Switches {
        late_numbers: true,
        ..Switches::default()
    };
    pbx.state.ring("id-3", None, shown("00491"), &["0101"], None, now);
    assert_eq!(told(&mut pbx), [["RINGING", "", ""], ["RINGING", "00491", "Karla"]]);
}

#[test]
fn switches_change_how_an_event_is_written() {
    let switches = Switches {
        group_key: GroupKey::GroupID,
        group_as_int: true,
        timestamps: Timestamps::Millis,
        charset: Charset::Latin1Undeclared,
        ..Switches::default()
    };
    let mut pbx = Pbx::new(switches);
    pbx.listen("0101", "v30");
    pbx.state.set_contact("00491", "Müller");
    let now = pbx.now;
    pbx.state.ring("id-1", Some(1003), shown("00491"), &["0101"], None, now);
    let sent = pbx.sent();
    assert!(sent[0].body.windows(6).any(|window| window == b"M\xFCller"));
    let body: String = sent[0].body.iter().map(|&byte| char::from(byte)).collect();
    let event = read_call(&body).unwrap().1.remove(0);
    assert_eq!(event.member("groupID"), Some(&Value::Int(1003)));
    assert_eq!(text(&event, "timestamp"), "1795528920000");
    *pbx.state.switches_mut() = Switches {
        group_key: GroupKey::Absent,
        ..Switches::default()
    };
    pbx.state.ring("id-2", Some(1003), Caller::Untold, &["0101"], None, now);
    let body = pbx.sent().remove(0).body;
    let event = read_call(std::str::from_utf8(&body).unwrap()).unwrap().1.remove(0);
    assert_eq!((event.member("groupId"), event.member("callerNumber")), (None, None));
}

#[test]
fn a_forged_event_has_a_wrong_secret() {
    let mut pbx = Pbx::new(Switches::default());
    pbx.listen("0101", "v30");
    let (now, token) = (pbx.now, pbx.state.token("0101").unwrap());
    pbx.state.forge("0101", "id-1", now);
    let sent = pbx.sent();
    assert!(sent[0].url.contains("user=0101&") && !sent[0].url.contains(&token));
    assert!(pbx.state.calls().is_empty());
}
