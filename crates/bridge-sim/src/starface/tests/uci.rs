//! UCI: sessions, requests, the call list.

use super::*;

#[test]
fn a_session_lives_from_request_to_request() {
    let mut pbx = Pbx::new(Switches::default());
    let alive = |pbx: &mut Pbx| pbx.uci("0101", "ucp.v30.requests.connection.keepAlive", &[]);
    let (yes, no) = (Ok(Value::Bool(true)), Ok(Value::Bool(false)));
    assert_eq!(alive(&mut pbx), no);
    pbx.listen("0101", "v30");
    pbx.later(60);
    assert_eq!(alive(&mut pbx), yes);
    pbx.later(60);
    assert_eq!(alive(&mut pbx), yes, "the request before kept it alive");
    pbx.later(61);
    assert_eq!(alive(&mut pbx), no);
    pbx.listen("0101", "v22");
    assert_eq!(pbx.uci("0101", "ucp.v22.requests.connection.logout", &[]), yes);
    assert_eq!(alive(&mut pbx), no);
    pbx.listen("0101", "v22");
    pbx.state.restart(pbx.now);
    assert_eq!(alive(&mut pbx), no);
    pbx.listen("0101", "v22");
    pbx.state.drop_sessions(Some("0102"));
    assert_eq!(alive(&mut pbx), yes);
    pbx.state.drop_sessions(Some("0101"));
    assert_eq!(alive(&mut pbx), no);
}

#[test]
fn what_is_refused_on_xml_rpc() {
    let mut pbx = Pbx::new(Switches::default());
    let get = Request {
        method: "GET",
        path: "/xml-rpc",
        query: "",
        ..Request::default()
    };
    assert_eq!(pbx.state.http(&get, pbx.now).status, 405);
    assert_eq!(pbx.post("", b"").status, 400);
    let ids = "ucp.v30.requests.call.getCallIds";
    assert!(
        pbx.uci("0101", ids, &[]).unwrap_err().contains("NotConnected"),
        "before the login"
    );
    let login = "ucp.v30.requests.connection.login";
    let wrong = query("0101:0000", 1);
    assert!(
        pbx.uci_at(&wrong, login, &[])
            .unwrap_err()
            .contains("UciIllegalAccessException")
    );
    pbx.state.switches_mut().wrong_token = WrongToken::LoginFalse;
    assert_eq!(pbx.uci_at(&wrong, login, &[]), Ok(Value::Bool(false)));
    pbx.uci_at(&wrong, ids, &[]).unwrap_err();
    pbx.state.switches_mut().wrong_token = WrongToken::Unauthorized;
    assert_eq!(pbx.post(&wrong, b"<methodCall/>").status, 401);
    pbx.state.switches_mut().wrong_token = WrongToken::Page;
    assert!(pbx.post(&wrong, b"<methodCall/>").content_type.starts_with("text/html"));
    pbx.listen("0101", "v30");
    assert!(
        pbx.uci("0101", "ucp.v30.requests.call.sing", &[])
            .unwrap_err()
            .contains("No such handler")
    );
    let service = "ucp.v30.requests.service.subscribeEvents";
    assert_eq!(
        pbx.uci("0101", service, &[Value::string("ucp.v30.events.weather")]),
        Ok(Value::Bool(false))
    );
    pbx.uci("0101", service, &[]).unwrap_err();
    let token = pbx.state.token("0101").unwrap();
    pbx.state.switches_mut().fault_code = 42;
    let fault = pbx.post(&query(&token, 8091), b"hello");
    assert!(String::from_utf8(fault.body).unwrap().contains("<i4>42</i4>"));
}

#[test]
fn the_version_can_be_asked_without_a_session_and_the_rest_after_it() {
    let mut pbx = Pbx::new(Switches::default());
    let version = pbx.uci("0102", "ucp.v30.requests.system.getServerVersion", &[]);
    assert_eq!(version, Ok(Value::string("8.1.0.10")));
    pbx.listen("0102", "v22");
    let Ok(Value::Array(events)) = pbx.uci("0102", "ucp.v30.requests.service.getProvidedEvents", &[]) else {
        panic!()
    };
    assert!(events.contains(&Value::string("ucp.v30.events.call")));
    let Ok(Value::Array(groups)) = pbx.uci("0102", "ucp.v30.requests.group.getGroupSettings", &[]) else {
        panic!()
    };
    assert_eq!(
        groups.iter().map(|group| text(group, "name")).collect::<Vec<_>>(),
        ["Support", "Sales"]
    );
}

#[test]
fn the_last_login_has_the_callback_unless_all_have_one() {
    for (all, expected) in [(false, vec!["9000"]), (true, vec!["8091", "9000"])] {
        let mut pbx = Pbx::new(Switches {
            all_callbacks: all,
            ..Switches::default()
        });
        pbx.listen("0101", "v30");
        let other = query(&pbx.state.token("0101").unwrap(), 9000);
        pbx.uci_at(&other, "ucp.v30.requests.connection.login", &[]).unwrap();
        let service = [Value::string("ucp.v30.events.call")];
        pbx.uci_at(&other, "ucp.v30.requests.service.subscribeEvents", &service)
            .unwrap();
        let now = pbx.now;
        pbx.state.ring("id-1", None, shown("00491"), &["0101"], None, now);
        let ports: Vec<String> = pbx
            .sent()
            .iter()
            .map(|c| c.url.split([':', '/']).nth(4).unwrap().to_owned())
            .collect();
        assert_eq!(ports, expected);
        let alive = pbx.uci("0101", "ucp.v30.requests.connection.keepAlive", &[]);
        assert_eq!(
            alive,
            Ok(Value::Bool(all)),
            "the session is that of account and callback"
        );
    }
}

#[test]
fn version_20_has_its_own_names_and_is_told_of_a_reset() {
    let mut pbx = Pbx::new(Switches {
        md5_token: true,
        ..Switches::default()
    });
    let truth = Ok(Value::Bool(true));
    assert_eq!(pbx.uci("0101", "ucp.v20.server.connection.login", &[]), truth);
    let services = ["ucp.v20.client.communication.call", "ucp.v20.client.connection"].map(Value::string);
    let services = Value::Array(services.to_vec());
    assert_eq!(
        pbx.uci("0101", "ucp.v20.server.connection.setProvidedServices", &[services]),
        truth
    );
    assert_eq!(pbx.uci("0101", "ucp.v20.server.connection.probe", &[]), truth);
    let now = pbx.now;
    pbx.state.ring("id-1", Some(1003), shown("00491"), &["0101"], None, now);
    pbx.state.restart(pbx.now);
    let methods: Vec<String> = pbx
        .sent()
        .iter()
        .map(|c| read_call(std::str::from_utf8(&c.body).unwrap()).unwrap().0)
        .collect();
    assert_eq!(
        methods,
        [
            "ucp.v20.client.communication.call.receiveCallState",
            "ucp.v20.client.connection.reset"
        ]
    );
}

#[test]
fn the_call_list_tells_what_was_missed() {
    let mut pbx = Pbx::new(Switches::default());
    pbx.listen("0101", "v30");
    let now = pbx.now;
    pbx.state.ring("id-1", Some(1003), shown("00491"), &["0101"], None, now);
    pbx.state.answer("id-1", "0101", None, None, now);
    pbx.later(30);
    let now = pbx.now;
    pbx.state.end("id-1", &[], now);
    pbx.state.ring("id-2", None, shown("00492"), &["0101"], None, now);
    pbx.state.end("id-2", &[], now);
    let mut ask = |group: &str, limit: i64| {
        let none = || Value::string("");
        let params = [
            Value::DateTime("20261231T00:00:00".to_owned()),
            Value::DateTime("20261101T00:00:00".to_owned()),
            none(),
            none(),
            Value::string(group),
            Value::string("startTime"),
            Value::string("DESCENDING"),
            Value::Int(0),
            Value::Int(limit),
        ];
        let answer = pbx
            .uci("0101", "ucp.v30.requests.callList.getCallList", &params)
            .unwrap();
        let Some(Value::Array(entries)) = answer.member("entries").cloned() else {
            panic!()
        };
        let entries: Vec<String> = entries
            .iter()
            .map(|e| format!("{} {}", text(e, "callerNumber"), text(e, "result")))
            .collect();
        (entries.join(", "), answer.member("totalCount").cloned())
    };
    assert_eq!(
        ask("", 100),
        ("00492 MISSED, 00491 ANSWERED".to_owned(), Some(Value::Int(2)))
    );
    assert_eq!(ask("", 1), ("00492 MISSED".to_owned(), Some(Value::Int(2))));
    assert_eq!(ask("NON_GROUP", 100).0, "00492 MISSED");
    assert_eq!(ask("1003", 100).0, "00491 ANSWERED");
}
