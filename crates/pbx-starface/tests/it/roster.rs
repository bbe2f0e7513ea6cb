//! Users and groups.

use expect_test::expect;
use pbx::{ErrorKind, Pbx as _};
use serde_json::{Value, json};
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::starface;

async fn pbx(answers: &[(&str, u16, Value)]) -> MockServer {
    let server = MockServer::start().await;
    let challenge = json!({"loginType": "Internal", "nonce": "n1", "secret": null});
    let challenge = ResponseTemplate::new(200).set_body_json(challenge);
    Mock::given(method("GET"))
        .and(path("/rest/login"))
        .respond_with(challenge)
        .mount(&server)
        .await;
    let granted = ResponseTemplate::new(200).set_body_json(json!({"token": "t1"}));
    Mock::given(method("POST"))
        .and(path("/rest/login"))
        .respond_with(granted)
        .mount(&server)
        .await;
    for (at, status, body) in answers {
        let answer = ResponseTemplate::new(*status).set_body_json(body);
        let asked = Mock::given(method("GET"))
            .and(path(format!("/rest/{at}")))
            .and(header("authToken", "t1"));
        asked.respond_with(answer).mount(&server).await;
    }
    server
}

fn users() -> Value {
    json!([
        {"id": 1000, "login": "0001", "email": "", "firstName": "Admin", "familyName": ""},
        {"id": 1001, "login": "0101", "email": "anna@acme.example", "firstName": "Anna", "familyName": "Muster"},
        {"id": 1002, "login": "0102", "email": " ben@acme.example ", "firstName": "Ben", "familyName": "Beispiel"},
        {"id": 1005, "login": "", "email": "fax@acme.example", "firstName": "Fax", "familyName": "Gerät"},
    ])
}

fn accounts() -> Value {
    json!([
        {"accountId": 1001, "type": "USER", "primaryInternalPhoneNumber": "11"},
        {"accountId": 1002, "type": "USER", "primaryInternalPhoneNumber": ""},
        {"accountId": 1003, "type": "GROUP", "primaryInternalPhoneNumber": "300"},
    ])
}

async fn shown_users(server: &MockServer) -> String {
    let users = starface(&server.uri(), &["0101"]).users().await.unwrap();
    let line = |user: &pbx::User| {
        let numbers: Vec<&str> = user.extensions.iter().map(pbx::Dialled::as_str).collect();
        format!(
            "{} {:?} {:?} {numbers:?}",
            user.id,
            user.name,
            user.email.as_deref().unwrap_or("none")
        )
    };
    users.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn users_have_their_extension_where_accounts_may_be_listed() {
    let server = pbx(&[("users", 200, users()), ("accounts", 200, accounts())]).await;
    expect![[r#"
        0001 "Admin" "none" []
        0101 "Anna Muster" "anna@acme.example" ["11"]
        0102 "Ben Beispiel" "ben@acme.example" []"#]]
    .assert_eq(&shown_users(&server).await);

    let server = pbx(&[("users", 200, users()), ("accounts", 403, json!({"message": "no"}))]).await;
    expect![[r#"
        0001 "Admin" "none" []
        0101 "Anna Muster" "anna@acme.example" []
        0102 "Ben Beispiel" "ben@acme.example" []"#]]
    .assert_eq(&shown_users(&server).await);
}

#[tokio::test]
async fn groups_have_members_and_every_number_once() {
    let number = |assigned: bool, intern: bool, country: &str, area: &str, extension: &str| {
        json!({"id": 1, "assigned": assigned, "intern": intern, "countryCode": country, "localAreaCode": area,
               "exitCode": "0", "extension": extension})
    };
    let support = json!({
        "id": 1003, "name": "Support",
        "assignableNumbers": [number(true, true, "", "", "300"), number(true, false, "49", "721", "4605300"), number(false, true, "", "", "400")],
        "assignableUsers": [
            {"id": 1001, "assigned": true}, {"id": 1002, "assigned": false}, {"id": 1005, "assigned": true}, {"id": 9999, "assigned": true},
            {"id": 1000, "assigned": true},
        ],
    });
    let listed = json!([
        {"id": 1003, "groupname": "Support", "groupinternalnumber": "300", "groupexternalnumber": "0721 4605300"},
        {"id": 1004, "groupname": "deleted meanwhile"},
    ]);
    let missing = json!({"message": "gone"});
    let answers = [
        ("users", 200, users()),
        ("groups", 200, listed),
        ("groups/1003", 200, support),
        ("groups/1004", 404, missing),
    ];
    let server = pbx(&answers).await;
    let groups = starface(&server.uri(), &["0101"]).groups().await.unwrap();
    assert_eq!(groups.len(), 1);
    let group = &groups[0];
    assert_eq!((group.id.as_str(), group.name.as_str()), ("1003", "Support"));
    assert_eq!(
        group.members.iter().map(pbx::UserId::as_str).collect::<Vec<_>>(),
        ["0101", "0001"]
    );
    let numbers: Vec<&str> = group.numbers.iter().map(pbx::Dialled::as_str).collect();
    assert_eq!(numbers, ["300", "00497214605300", "0721 4605300"]);
}

#[tokio::test]
async fn missing_rights_are_told_apart_from_a_wrong_login() {
    let refused = json!({"code": "c", "message": "User with id 4600 has no permission for users"});
    let alone = json!([{"id": 1000, "login": "0001"}]);
    for (answers, kind) in [
        (vec![("users", 403, refused.clone())], ErrorKind::Forbidden),
        (vec![("users", 200, alone)], ErrorKind::Forbidden),
        (vec![("users", 401, refused.clone())], ErrorKind::Login),
        (vec![("users", 500, refused.clone())], ErrorKind::Unreachable),
        (vec![("users", 200, json!("?"))], ErrorKind::Protocol),
    ] {
        let server = pbx(&answers).await;
        assert_eq!(
            starface(&server.uri(), &["0101"]).users().await.unwrap_err().kind(),
            kind,
            "{answers:?}"
        );
    }
    let server = pbx(&[("users", 200, users()), ("groups", 403, refused)]).await;
    assert_eq!(
        starface(&server.uri(), &["0101"]).groups().await.unwrap_err().kind(),
        ErrorKind::Forbidden
    );
}
