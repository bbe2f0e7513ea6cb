//! The REST client: what it sends, what it reads, what it makes of refusals.

use serde_json::json;
use starface_client::rest::{AccountId, AccountType, Rest};
use starface_client::{ErrorKind, Password, Server};
use wiremock::matchers::{body_json, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

const NONCE: &str = "pds24hmip1ctbogn1l8ujvs5u4";
/// The answer to this challenge for login 0001 and password foobar.
const SECRET: &str = "0001:5e9c7778287782c26d32e0d754b491efde1c5618037e64e46802f91b8ab14959f64e34d7f93f2a25ec71bbbc69638d71bea82f3b81e9edb0e0cc66f60ef64f04";

pub(crate) fn client(server: &MockServer) -> Rest {
    Rest::new(
        &Server::new(&server.uri()).unwrap(),
        "0001",
        Password::Plain("foobar".into()),
    )
    .unwrap()
}

/// Challenge and token, each asked for this often.
pub(crate) async fn login(server: &MockServer, token: &str, times: u64) {
    let challenge = json!({"loginType": "Internal", "nonce": NONCE, "secret": null});
    let answered = json!({"loginType": "Internal", "nonce": NONCE, "secret": SECRET});
    Mock::given(method("GET"))
        .and(path("/rest/login"))
        .respond_with(ResponseTemplate::new(200).set_body_json(challenge))
        .up_to_n_times(times)
        .expect(times)
        .mount(server)
        .await;
    Mock::given(method("POST"))
        .and(path("/rest/login"))
        .and(header("X-Version", "2"))
        .and(body_json(answered))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({"token": token})))
        .up_to_n_times(times)
        .expect(times)
        .mount(server)
        .await;
}

pub(crate) async fn get(server: &MockServer, at: &str, answer: ResponseTemplate) {
    Mock::given(method("GET"))
        .and(path(at))
        .and(header("X-Version", "2"))
        .and(header("authToken", "t1"))
        .respond_with(answer)
        .mount(server)
        .await;
}

pub(crate) fn json_answer(body: serde_json::Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body)
}

#[tokio::test]
async fn logs_in_once_and_reads_users_groups_and_accounts() {
    let server = MockServer::start().await;
    login(&server, "t1", 1).await;
    let users = json!([
        {"id": 1001, "personId": "5b6e", "login": "0101", "email": "anna@acme.example", "firstName": "Anna", "familyName": "Muster",
         "language": "de", "namespace": "", "password": null, "missedCallReport": false, "licenseType": "x"},
        {"id": "1002", "login": 12, "email": null},
    ]);
    get(&server, "/rest/users", json_answer(users)).await;
    let groups =
        json!([{"id": 1003, "groupname": "Support", "groupinternalnumber": "300", "groupexternalnumber": null}]);
    get(&server, "/rest/groups", json_answer(groups)).await;
    let group = json!({
        "id": 1003, "name": "Support", "groupId": "77", "chatgroup": true, "voicemail": true,
        "assignableNumbers": [
            {"id": 12, "assigned": true, "intern": true, "countryCode": "", "localAreaCode": "", "exitCode": "", "extension": "300"},
            {"id": 13, "assigned": true, "intern": false, "countryCode": "49", "localAreaCode": "721", "exitCode": "0", "extension": "4605300"},
            {"id": 14, "assigned": false, "intern": true, "extension": "301"},
        ],
        "assignableUsers": [
            {"id": 1001, "firstname": "Anna", "lastname": "Muster", "assigned": true},
            {"id": 1002, "firstname": "Ben", "lastname": "Muster", "assigned": false},
        ],
    });
    get(&server, "/rest/groups/1003", json_answer(group)).await;
    let accounts = json!([
        {"accountId": 1001, "type": "USER", "primaryInternalPhoneNumber": "11"},
        {"accountId": 7, "type": "ROBOT"},
    ]);
    get(&server, "/rest/accounts", json_answer(accounts)).await;

    let rest = client(&server);
    let users = rest.users().await.unwrap();
    let shown: Vec<_> = users
        .iter()
        .map(|u| (u.id.get(), u.login.as_str(), u.email.as_str(), u.family_name.as_str()))
        .collect();
    assert_eq!(
        shown,
        [(1001, "0101", "anna@acme.example", "Muster"), (1002, "12", "", "")]
    );
    let groups = rest.groups().await.unwrap();
    assert_eq!(
        (
            groups[0].name.as_str(),
            groups[0].internal_number.as_str(),
            groups[0].external_number.as_str()
        ),
        ("Support", "300", "")
    );
    let group = rest.group(groups[0].id).await.unwrap();
    assert_eq!(group.members().collect::<Vec<_>>(), [AccountId::new(1001)]);
    let numbers: Vec<String> = group
        .numbers()
        .map(starface_client::rest::AssignableNumber::as_shown)
        .collect();
    assert_eq!(numbers, ["300", "00497214605300"]);
    let accounts = rest.accounts().await.unwrap();
    assert_eq!(
        (accounts[0].kind, accounts[0].primary_internal_number.as_str()),
        (AccountType::User, "11")
    );
    assert_eq!(accounts[1].kind, AccountType::Other);
}

#[tokio::test]
async fn a_token_that_is_refused_is_renewed_once() {
    let server = MockServer::start().await;
    login(&server, "t0", 1).await;
    let not_logged_in = json!({"code": "d937bb0c-ab0f-464a-a02a-41840746a45a", "message": "Not logged in"});
    Mock::given(path("/rest/users"))
        .and(header("authToken", "t0"))
        .respond_with(ResponseTemplate::new(401).set_body_json(&not_logged_in))
        .mount(&server)
        .await;
    let rest = client(&server);
    rest.log_in().await.unwrap();
    server.verify().await;

    // The new token is good.
    login(&server, "t1", 1).await;
    get(&server, "/rest/users", json_answer(json!([]))).await;
    assert!(rest.users().await.unwrap().is_empty());
    server.verify().await;

    // One that is refused again is an error and no loop.
    server.reset().await;
    login(&server, "t0", 1).await;
    Mock::given(path("/rest/users"))
        .respond_with(ResponseTemplate::new(401).set_body_json(&not_logged_in))
        .expect(2)
        .mount(&server)
        .await;
    let error = rest.users().await.expect_err("refused twice");
    assert_eq!((error.kind(), error.status()), (ErrorKind::Login, Some(401)));
    assert_eq!(error.vendor_code(), Some("d937bb0c-ab0f-464a-a02a-41840746a45a"));
}

#[tokio::test]
async fn many_who_find_the_token_ended_log_in_once() {
    let server = MockServer::start().await;
    login(&server, "t1", 1).await;
    get(&server, "/rest/users", json_answer(json!([]))).await;
    let rest = client(&server);
    let asked = futures_util::future::join_all((0..8).map(|_| rest.users())).await;
    assert!(asked.iter().all(Result::is_ok));
}

#[tokio::test]
async fn a_wrong_password_is_a_login_error() {
    for status in [400, 401, 403] {
        let server = MockServer::start().await;
        let challenge = json!({"loginType": "Internal", "nonce": NONCE, "secret": null});
        Mock::given(method("GET"))
            .respond_with(ResponseTemplate::new(200).set_body_json(challenge))
            .mount(&server)
            .await;
        Mock::given(method("POST"))
            .respond_with(ResponseTemplate::new(status))
            .expect(1)
            .mount(&server)
            .await;
        let error = client(&server).users().await.expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::Login);
        assert_eq!(
            error.to_string(),
            "the PBX refuses the login 0001: wrong login or password"
        );
    }
}

#[tokio::test]
async fn a_directory_login_needs_the_password_itself() {
    let server = MockServer::start().await;
    let challenge = json!({"loginType": "ActiveDirectory", "nonce": NONCE, "secret": null});
    let answered = json!({"loginType": "ActiveDirectory", "nonce": NONCE, "secret": "MDAwMXBkczI0aG1pcDFjdGJvZ24xbDh1anZzNXU0Zm9vYmFy"});
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(200).set_body_json(challenge))
        .mount(&server)
        .await;
    let granted = json!({"token": "t1"});
    Mock::given(method("POST"))
        .and(body_json(answered))
        .respond_with(ResponseTemplate::new(200).set_body_json(granted))
        .expect(1)
        .mount(&server)
        .await;
    client(&server).log_in().await.unwrap();

    let hash = Password::from_sha512(&"0".repeat(128)).unwrap();
    let rest = Rest::new(&Server::new(&server.uri()).unwrap(), "0001", hash).unwrap();
    assert_eq!(rest.log_in().await.expect_err("no password").kind(), ErrorKind::Login);
}

#[tokio::test]
async fn refusals_are_sorted_and_hold_no_data() {
    let server = MockServer::start().await;
    login(&server, "t1", 1).await;
    let rest = client(&server);
    rest.log_in().await.unwrap();
    let secret_body = json!([{"id": "not a number 004972112345", "login": "0101"}]);
    for (answer, kind, text) in [
        (
            ResponseTemplate::new(403)
                .set_body_json(json!({"code": "c", "message": "User with id 4600 has no permission for users"})),
            ErrorKind::Forbidden,
            "the login 0001 lacks a right (HTTP 403): User with id 4600 has no permission for users",
        ),
        (
            ResponseTemplate::new(404),
            ErrorKind::NotFound,
            "the PBX does not have this (HTTP 404)",
        ),
        (
            ResponseTemplate::new(302),
            ErrorKind::Protocol,
            "the PBX leads elsewhere (HTTP 302): is its address right?",
        ),
        (
            ResponseTemplate::new(500).set_body_string("<html>anna@acme.example"),
            ErrorKind::Unreachable,
            "the PBX is out of order (HTTP 500)",
        ),
        (
            ResponseTemplate::new(418),
            ErrorKind::Rejected,
            "the PBX refuses the request (HTTP 418)",
        ),
        (
            ResponseTemplate::new(200).set_body_string("<html>"),
            ErrorKind::Protocol,
            "the PBX answered something that is not JSON (line 1, column 1)",
        ),
        (
            ResponseTemplate::new(200).set_body_json(secret_body),
            ErrorKind::Protocol,
            "the PBX answered in a shape that is not known: expected an account id",
        ),
        (
            ResponseTemplate::new(200).set_body_json(json!({})),
            ErrorKind::Protocol,
            "the PBX answered in a shape that is not known: expected a sequence",
        ),
    ] {
        server.reset().await;
        get(&server, "/rest/users", answer).await;
        let error = rest.users().await.expect_err(text);
        assert_eq!((error.kind(), error.to_string().as_str()), (kind, text));
        let mut shown = format!("{error:?}");
        let mut cause = std::error::Error::source(&error);
        while let Some(inner) = cause {
            shown.push_str(&inner.to_string());
            cause = inner.source();
        }
        assert!(!shown.contains("2112345") && !shown.contains("anna"), "{shown}");
    }
}

#[tokio::test]
async fn the_version_is_read_in_both_shapes_or_is_not_known() {
    for (answer, version) in [
        (json_answer(json!("10.0.2.6")), Some("10.0.2.6")),
        (json_answer(json!({"version": "10.0.1.6"})), Some("10.0.1.6")),
        (ResponseTemplate::new(404), None),
    ] {
        let server = MockServer::start().await;
        login(&server, "t1", 1).await;
        get(&server, "/rest/server/version", answer).await;
        assert_eq!(client(&server).server_version().await.unwrap().as_deref(), version);
    }
}

#[tokio::test]
async fn the_token_is_given_back() {
    let server = MockServer::start().await;
    login(&server, "t1", 1).await;
    Mock::given(method("DELETE"))
        .and(path("/rest/login"))
        .and(header("authToken", "t1"))
        .respond_with(ResponseTemplate::new(204))
        .expect(1)
        .mount(&server)
        .await;
    let rest = client(&server);
    rest.log_in().await.unwrap();
    rest.log_out().await.unwrap();
    rest.log_out().await.unwrap();
}

#[tokio::test]
async fn what_is_no_starface_is_said_so() {
    let server = MockServer::start().await;
    let error = client(&server).users().await.expect_err("404 for everything");
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.to_string().contains("classic REST login"), "{error}");

    let nobody = format!("http://{}", crate::fake::nobody().await);
    let rest = Rest::new(&Server::new(&nobody).unwrap(), "0001", Password::Plain("foobar".into())).unwrap();
    assert_eq!(
        rest.users().await.expect_err("nobody there").kind(),
        ErrorKind::Unreachable
    );
}
