//! REST: login, lists, rights.

use super::*;

#[test]
fn the_formulas_are_those_of_the_vectors() {
    let mut pbx = Pbx::new(Switches::default());
    // An own vector of the REST login: login 0001, password foobar.
    let nonce = "pds24hmip1ctbogn1l8ujvs5u4";
    assert!(secret("0001", "foobar", nonce).starts_with("0001:5e9c7778287782c26d32e0d754b491ef"));
    pbx.state.users.get_mut("0001").unwrap().login = "265".to_owned();
    pbx.state.set_password("0001", "Geheim");
    assert!(
        pbx.state
            .token("0001")
            .unwrap()
            .starts_with("265:6ca456deae38e2bfe99932fbae6098b9362c38251")
    );
    pbx.state.switches_mut().md5_token = true;
    assert_eq!(pbx.state.token("0001").unwrap(), "c39083417b2146e4d0b8a63d7697cd16");
}

#[test]
fn a_nonce_is_good_once_and_the_secret_must_be_right() {
    let mut pbx = Pbx::new(Switches::default());
    let (status, challenge) = pbx.rest("GET", "/rest/login", None, &json!(null));
    let nonce = challenge["nonce"].as_str().unwrap().to_owned();
    assert_eq!((status, nonce.len(), &challenge["secret"]), (200, 26, &json!(null)));
    let body = |password: &str, nonce: &str| json!({ "loginType": "Internal", "nonce": nonce, "secret": secret("0001", password, nonce) });

    let (status, answer) = pbx.rest("POST", "/rest/login", None, &body("pw-0001", &nonce));
    assert_eq!(status, 200);
    assert_eq!(
        pbx.get("/rest/users/me", answer["token"].as_str().unwrap()).1["login"],
        "0001"
    );

    let (status, answer) = pbx.rest("POST", "/rest/login", None, &body("pw-0001", &nonce));
    assert_eq!(
        (status, &answer["message"]),
        (400, &json!("invalid login")),
        "the nonce was used"
    );
    assert_eq!(pbx.token("0001", "wrong"), None);
    assert_eq!(pbx.token("0999", "pw-0999"), None);
    let made_up = "a".repeat(26);
    assert_eq!(pbx.rest("POST", "/rest/login", None, &body("pw-0001", &made_up)).0, 400);
    assert_eq!(
        pbx.rest(
            "POST",
            "/rest/login",
            None,
            &json!({ "loginType": "Internal", "nonce": "x" })
        )
        .0,
        400
    );

    let (_, challenge) = pbx.rest("GET", "/rest/login", None, &json!(null));
    pbx.later(301);
    let nonce = challenge["nonce"].as_str().unwrap();
    assert_eq!(
        pbx.rest("POST", "/rest/login", None, &body("pw-0001", nonce)).0,
        400,
        "the nonce is too old"
    );
}

#[test]
fn without_a_good_token_there_is_401_with_the_code_that_was_seen() {
    let mut pbx = Pbx::new(Switches::default());
    let denied = json!({ "code": "d937bb0c-ab0f-464a-a02a-41840746a45a", "message": "Not logged in" });
    assert_eq!(
        pbx.rest("GET", "/rest/users", None, &json!(null)),
        (401, denied.clone())
    );
    let token = pbx.token("0001", "pw-0001").unwrap();
    assert_eq!(pbx.get("/rest/users", &token).0, 200);
    pbx.later(4 * 3600 + 1);
    assert_eq!(
        pbx.get("/rest/users", &token),
        (401, denied.clone()),
        "four hours are over"
    );
    let token = pbx.token("0001", "pw-0001").unwrap();
    assert_eq!(pbx.rest("DELETE", "/rest/login", Some(&token), &json!(null)).0, 204);
    assert_eq!(pbx.get("/rest/users", &token), (401, denied));
}

#[test]
fn lists_are_whole_and_say_who_is_a_member() {
    let mut pbx = Pbx::new(Switches::default());
    let token = pbx.token("0001", "pw-0001").unwrap();
    let (_, users) = pbx.get("/rest/users/?", &token);
    let logins: Vec<&str> = users
        .as_array()
        .unwrap()
        .iter()
        .map(|user| user["login"].as_str().unwrap())
        .collect();
    assert_eq!(logins, ["0001", "0101", "0102", "0103", "0104"]);
    assert_eq!(
        pbx.get("/rest/users?searchTerm=beisp", &token)
            .1
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(pbx.get("/rest/users/1101", &token).1["email"], "anna@acme.example");
    assert_eq!(pbx.get("/rest/users/77", &token).0, 404);
    let (_, groups) = pbx.get("/rest/groups", &token);
    assert_eq!(
        groups[0],
        json!({ "id": 1003, "groupname": "Support", "groupinternalnumber": "300", "groupexternalnumber": "00497214605300" })
    );
    let (_, sales) = pbx.get("/rest/groups/1004/", &token);
    let members = |assigned: bool| -> Vec<u64> {
        let users = sales["assignableUsers"].as_array().unwrap().iter();
        users
            .filter(|user| user["assigned"] == assigned)
            .map(|user| user["id"].as_u64().unwrap())
            .collect()
    };
    assert_eq!(members(true), [1102, 1104]);
    assert_eq!(members(false), [1100, 1101, 1103], "the list holds everybody");
    assert_eq!(pbx.get("/rest/accounts", &token).1.as_array().unwrap().len(), 8);
    let numbers = pbx.get("/rest/phonenumbers?type=EXTERNAL", &token).1;
    assert_eq!(
        (numbers.as_array().unwrap().len(), &numbers[0]["number"]),
        (3, &json!("4605300"))
    );
    assert_eq!(
        pbx.get("/rest/server/version", &token).1,
        json!({ "version": "8.1.0.10" })
    );
    pbx.state.switches_mut().bare_version = true;
    assert_eq!(pbx.get("/rest/server/version", &token).1, json!("8.1.0.10"));
}

#[test]
fn who_may_not_list_is_refused_but_sees_himself() {
    let mut pbx = Pbx::new(Switches::default());
    let token = pbx.token("0101", "pw-0101").unwrap();
    for path in [
        "/rest/users",
        "/rest/groups",
        "/rest/groups/1003",
        "/rest/users/1102",
        "/rest/phonenumbers",
    ] {
        assert_eq!(pbx.get(path, &token).0, 403, "{path}");
    }
    assert_eq!(pbx.get("/rest/users/me", &token).1["id"], 1101);
    assert_eq!(pbx.get("/rest/users/1101", &token).0, 200);
    assert_eq!(pbx.get("/rest/accounts", &token).0, 200);
    pbx.state
        .switches_mut()
        .rights
        .insert("0101".to_owned(), Rights::OnlySelf);
    assert_eq!(pbx.get("/rest/users", &token).1.as_array().unwrap().len(), 1);
}
