//! Switches: those that no other test is about, and how they stand in a file.

use super::*;
use crate::starface::{OAuthSwitches, QueueSwitches, Version};

fn read(text: &str) -> Result<Switches, String> {
    toml::from_str(text).map_err(|error: toml::de::Error| error.message().to_owned())
}

#[test]
fn a_file_says_what_differs_from_the_default() {
    assert_eq!(read("").unwrap(), Switches::default());
    let text = r#"
        server_version = "10.0.2.6"
        wrong_token = "login_false"
        newest_names = "v22"
        session_timeout = "1m30s"
        group_key = "groupID"
        timestamps = "millis"
        charset = "latin1_undeclared"
        id_change_keys = ["old", "new"]
        rights = { 0001 = "all", 0101 = "only_self" }
        time_zone = "UTC"
        queue = { groups = ["Support"], doubled = true }
        oauth = { enabled = true, token_lifetime = 10, classic_rest = "not_found", callback_auth = "jwt" }
    "#;
    let switches = read(text).unwrap();
    assert_eq!(switches.session_timeout.as_secs(), 90);
    assert_eq!(
        (switches.newest_names, switches.group_key),
        (Version::V22, GroupKey::GroupID)
    );
    assert_eq!(
        (switches.charset, switches.timestamps),
        (Charset::Latin1Undeclared, Timestamps::Millis)
    );
    assert_eq!(
        (switches.rights_of("0101"), switches.rights_of("0001")),
        (Rights::OnlySelf, Rights::All)
    );
    let queue = QueueSwitches {
        groups: ["Support".to_owned()].into(),
        doubled: true,
        ..QueueSwitches::default()
    };
    assert_eq!(switches.queue, queue);
    assert!(switches.oauth.enabled && switches.oauth.token_lifetime.as_secs() == 10);
    assert_eq!(
        switches.oauth.refresh_lifetime,
        OAuthSwitches::default().refresh_lifetime
    );
}

#[test]
fn what_is_written_is_read() {
    for switches in [Switches::default(), Switches::version_10()] {
        let text = toml::to_string(&switches).unwrap();
        assert_eq!(read(&text).unwrap(), switches, "{text}");
    }
}

#[test]
fn what_is_wrong_in_a_file_is_named() {
    for (text, part) in [
        ("duplicate = true", "unknown field `duplicate`"),
        ("session_timeout = \"soon\"", "`soon` is no duration"),
        ("session_timeout = -1", "-1 is no number of seconds"),
        ("time_zone = \"Karlsruhe\"", "there is no time zone `Karlsruhe`"),
        ("wrong_token = \"no\"", "unknown variant `no`"),
        ("oauth = { on = true }", "unknown field `on`"),
    ] {
        let error = read(text).unwrap_err();
        assert!(error.contains(part), "{text}: {error}");
    }
}

#[test]
fn users_of_an_active_directory_prove_themselves_by_the_password_itself() {
    let mut pbx = Pbx::new(Switches {
        active_directory: true,
        ..Switches::default()
    });
    assert_eq!(pbx.state.token("0101").unwrap(), "MDEwMSpwdy0wMTAx");
    pbx.listen("0101", "v30");
    pbx.state.set_password("0001", "foobar");
    let (_, challenge) = pbx.rest("GET", "/rest/login", None, &json!(null));
    assert_eq!(challenge["loginType"], "ActiveDirectory");
    // An own vector of the REST login.
    let nonce = "pds24hmip1ctbogn1l8ujvs5u4";
    pbx.state.nonces.insert(nonce.to_owned(), pbx.now);
    let mut body = json!({
        "loginType": "ActiveDirectory", "nonce": nonce, "secret": "MDAwMXBkczI0aG1pcDFjdGJvZ24xbDh1anZzNXU0Zm9vYmFy",
    });
    assert_eq!(pbx.rest("POST", "/rest/login", None, &body).0, 200);
    body["nonce"] = challenge["nonce"].clone();
    assert_eq!(pbx.rest("POST", "/rest/login", None, &body).0, 400);
}

#[test]
fn an_older_system_does_not_know_newer_names() {
    for (newest, known) in [
        (Version::V20, [true, false, false]),
        (Version::V22, [true, true, false]),
    ] {
        let mut pbx = Pbx::new(Switches {
            newest_names: newest,
            ..Switches::default()
        });
        let logins = ["v20.server", "v22.requests", "v30.requests"];
        let knows = logins.map(|names| pbx.uci("0101", &format!("ucp.{names}.connection.login"), &[]).is_ok());
        assert_eq!(knows, known);
        let service = [Value::string("ucp.v30.events.call")];
        let answer = pbx.uci("0101", "ucp.v22.requests.service.subscribeEvents", &service);
        assert_ne!(answer, Ok(Value::Bool(true)));
    }
}

#[test]
fn the_query_of_a_callback_may_be_in_another_order_and_escaped() {
    let mut pbx = Pbx::new(Switches {
        callback_auth_first: true,
        callback_escaped: true,
        ..Switches::default()
    });
    pbx.listen("0101", "v30");
    let now = pbx.now;
    pbx.state.ring("id-1", None, shown("00491"), &["0101"], None, now);
    let url = pbx.sent().remove(0).url;
    assert!(url.contains("/secret?de.vertico.starface.auth=0101%3A"), "{url}");
    assert!(url.ends_with("&de.vertico.starface.user=0101"), "{url}");
}

#[test]
fn each_member_of_a_group_may_have_an_id_of_his_own() {
    let mut pbx = Pbx::new(Switches {
        id_per_member: true,
        ..Switches::default()
    });
    pbx.listen("0101", "v30");
    pbx.listen("0102", "v30");
    let now = pbx.now;
    let id = pbx.state.uuid();
    pbx.state
        .ring(&id, Some(1003), shown("00491"), &["0101", "0102"], None, now);
    let ids: Vec<String> = pbx.sent().iter().map(|callback| text(&event(callback), "id")).collect();
    assert!(ids[0] == id && ids[1] != id && ids[1].len() == 36, "{ids:?}");
    let own = pbx.uci("0102", "ucp.v30.requests.call.getCallIds", &[]);
    assert_eq!(own, Ok(Value::Array(vec![Value::string(&ids[1])])));
    let state = |pbx: &mut Pbx, id: &str| pbx.uci("0102", "ucp.v30.requests.call.getCallState", &[Value::string(id)]);
    assert_eq!(text(&state(&mut pbx, &ids[1]).unwrap(), "id"), ids[1]);
    assert_eq!(state(&mut pbx, &id), Ok(Value::Struct(vec![])), "that is another's");
    pbx.state.answer(&id, "0102", None, None, now);
    let told: Vec<[String; 2]> = pbx
        .sent()
        .iter()
        .map(event)
        .map(|event| [text(&event, "id"), text(&event, "state")])
        .collect();
    let expected = [
        [ids[1].clone(), "CONNECTED".to_owned()],
        [ids[0].clone(), "HANGUP".to_owned()],
    ];
    assert_eq!(told, expected);
    pbx.state.change_id(&id, "id-2");
    assert_eq!(pbx.sent().len(), 0, "who has an id of his own keeps it");
    pbx.uci("0102", "ucp.v30.requests.call.hangupCall", &[Value::string(&ids[1])])
        .unwrap();
    assert_eq!(pbx.told(), ["0102 HANGUP"]);
}

#[test]
fn use_may_extend_a_rest_token_and_unset_members_may_be_null() {
    let mut pbx = Pbx::new(Switches {
        use_extends_token: true,
        null_members: true,
        ..Switches::default()
    });
    let token = pbx.token("0001", "pw-0001").unwrap();
    for _ in 0..3 {
        pbx.later(3 * 3600);
        assert_eq!(pbx.get("/rest/users/me", &token).0, 200);
    }
    let number = pbx.get("/rest/phonenumbers/1101", &token).1;
    assert!(number.as_object().unwrap().contains_key("assignedGroupAccountId"));
    pbx.state.switches_mut().null_members = false;
    let number = pbx.get("/rest/phonenumbers/1101", &token).1;
    assert!(!number.as_object().unwrap().contains_key("assignedGroupAccountId"));
    pbx.later(4 * 3600 + 1);
    assert_eq!(pbx.get("/rest/users/me", &token).0, 401);
}

#[test]
fn permissions_and_what_is_set_up_for_a_user() {
    let mut pbx = Pbx::new(Switches::default());
    let admin = pbx.token("0001", "pw-0001").unwrap();
    let own = pbx.token("0101", "pw-0101").unwrap();
    let count = |answer: (u16, serde_json::Value)| (answer.0, answer.1.as_array().map(Vec::len));
    assert_eq!(count(pbx.get("/rest/permissions", &admin)), (200, Some(3)));
    assert_eq!(count(pbx.get("/rest/permissions/users/1100", &admin)), (200, Some(3)));
    assert_eq!(count(pbx.get("/rest/permissions/users/1101", &own)), (200, Some(0)));
    assert_eq!(pbx.get("/rest/permissions/users/1100", &own).0, 403);
    assert_eq!(count(pbx.get("/rest/permissions/1/users", &admin)), (200, Some(1)));
    assert_eq!(pbx.get("/rest/permissions/9/users", &admin).0, 404);
    assert_eq!(pbx.get("/rest/permissions/1/users", &own).0, 403);
    let phones = pbx.get("/rest/users/1101/phoneconfig/phones", &own).1;
    assert_eq!(phones[0]["phoneName"], "phone-0101");
    assert_eq!(pbx.get("/rest/users/1101/phoneconfig/phones/1102", &own).0, 404);
    assert_eq!(pbx.get("/rest/users/1102/phoneconfig", &own).0, 403);
}
