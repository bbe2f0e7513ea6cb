//! Credentials: one token for everybody, one new one after a 401, and nothing to strangers.

use futures_util::future::join_all;
use serde_json::json;
use wiremock::matchers::{body_json, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};
use zendesk_client::{Client, Credentials, ErrorKind, Retry, UserId};

use crate::{SECRET, client, first_then, oauth_client, ok, quick, user};

fn token(name: &str) -> ResponseTemplate {
    ok(json!({"access_token": name, "token_type": "bearer", "scope": "read write", "expires_in": 1800}))
}

fn expired() -> ResponseTemplate {
    ResponseTemplate::new(401)
        .set_body_json(json!({"error": "invalid_token", "error_description": "The access token provided is expired"}))
}

#[tokio::test]
async fn a_crowd_asks_for_one_token() {
    let server = MockServer::start().await;
    let asked = json!({"grant_type": "client_credentials", "client_id": "the_bridge", "client_secret": SECRET, "scope": "read write"});
    Mock::given(method("POST"))
        .and(path("/oauth/tokens"))
        .and(body_json(asked))
        .respond_with(token("t1"))
        .expect(1)
        .mount(&server)
        .await;
    Mock::given(header("authorization", "Bearer t1"))
        .respond_with(ok(user(7)))
        .expect(20)
        .mount(&server)
        .await;
    let client = oauth_client(&server);
    let users = client.users();
    let answers = join_all((0..20).map(|_| async { users.show(UserId::new(7)).await })).await;
    assert!(answers.iter().all(Result::is_ok));
}

#[tokio::test]
async fn a_crowd_that_waits_for_a_refused_token_shares_the_refusal() {
    let server = MockServer::start().await;
    let refusal =
        ResponseTemplate::new(400).set_body_json(json!({"error": "invalid_client", "error_description": SECRET}));
    Mock::given(path("/oauth/tokens"))
        .respond_with(refusal)
        .expect(1)
        .mount(&server)
        .await;
    let client = oauth_client(&server);
    let users = client.users();
    for answer in join_all((0..20).map(|_| async { users.show(UserId::new(7)).await })).await {
        let error = answer.unwrap_err();
        assert_eq!(
            (error.kind(), error.code(), error.retry()),
            (ErrorKind::NotAuthenticated, Some("invalid_client"), Retry::Never)
        );
        assert!(!format!("{error} {error:?}").contains(SECRET));
    }
}

#[tokio::test]
async fn a_token_without_an_end_is_kept() {
    let server = MockServer::start().await;
    let endless = ok(json!({"access_token": "t1", "token_type": "bearer", "expires_in": null}));
    Mock::given(path("/oauth/tokens"))
        .respond_with(endless)
        .expect(1)
        .mount(&server)
        .await;
    Mock::given(header("authorization", "Bearer t1"))
        .respond_with(ok(user(7)))
        .expect(2)
        .mount(&server)
        .await;
    let users = oauth_client(&server).users();
    users.show(UserId::new(7)).await.unwrap();
    users.show(UserId::new(7)).await.unwrap();
}

#[tokio::test]
async fn a_token_at_its_end_is_renewed_before_use() {
    let server = MockServer::start().await;
    let spent = ok(json!({"access_token": "t1", "token_type": "bearer", "expires_in": 0}));
    Mock::given(path("/oauth/tokens"))
        .respond_with(first_then(1, spent, token("t2")))
        .expect(2)
        .mount(&server)
        .await;
    Mock::given(method("GET"))
        .respond_with(ok(user(7)))
        .expect(2)
        .mount(&server)
        .await;
    let users = oauth_client(&server).users();
    users.show(UserId::new(7)).await.unwrap();
    users.show(UserId::new(7)).await.unwrap();
    let used: Vec<_> = server
        .received_requests()
        .await
        .unwrap()
        .iter()
        .filter_map(|r| r.headers.get("authorization").cloned())
        .collect();
    assert_eq!(used, ["Bearer t1", "Bearer t2"]);
}

#[tokio::test]
async fn a_401_is_met_with_one_new_token_and_one_repetition() {
    let server = MockServer::start().await;
    Mock::given(path("/oauth/tokens"))
        .respond_with(first_then(1, token("t1"), token("t2")))
        .expect(2)
        .mount(&server)
        .await;
    Mock::given(header("authorization", "Bearer t1"))
        .respond_with(expired())
        .expect(1)
        .mount(&server)
        .await;
    Mock::given(header("authorization", "Bearer t2"))
        .respond_with(ok(user(7)))
        .expect(1)
        .mount(&server)
        .await;
    oauth_client(&server).users().show(UserId::new(7)).await.unwrap();
}

#[tokio::test]
async fn a_crowd_with_an_ended_token_asks_for_one_new_one() {
    let server = MockServer::start().await;
    Mock::given(path("/oauth/tokens"))
        .respond_with(first_then(1, token("t1"), token("t2")))
        .expect(2)
        .mount(&server)
        .await;
    Mock::given(header("authorization", "Bearer t1"))
        .respond_with(first_then(1, ok(user(7)), expired()))
        .mount(&server)
        .await;
    Mock::given(header("authorization", "Bearer t2"))
        .respond_with(ok(user(7)))
        .mount(&server)
        .await;
    let client = oauth_client(&server);
    let users = client.users();
    users.show(UserId::new(7)).await.unwrap();
    let answers = join_all((0..20).map(|_| async { users.show(UserId::new(7)).await })).await;
    assert!(answers.iter().all(Result::is_ok));
}

#[tokio::test]
async fn a_second_401_is_an_error_and_no_loop() {
    let server = MockServer::start().await;
    Mock::given(path("/oauth/tokens"))
        .respond_with(token("t"))
        .expect(2)
        .mount(&server)
        .await;
    Mock::given(method("GET"))
        .respond_with(expired())
        .expect(2)
        .mount(&server)
        .await;
    let error = oauth_client(&server).users().show(UserId::new(7)).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.code(), error.retry()),
        (ErrorKind::NotAuthenticated, Some("invalid_token"), Retry::Never)
    );
}

#[tokio::test]
async fn a_ready_made_token_is_not_tried_again() {
    let server = MockServer::start().await;
    Mock::given(header("authorization", format!("Bearer {SECRET}").as_str()))
        .respond_with(expired())
        .expect(1)
        .mount(&server)
        .await;
    let error = client(&server).users().show(UserId::new(7)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotAuthenticated);
}

#[tokio::test]
async fn an_api_token_goes_with_its_address() {
    let server = MockServer::start().await;
    // base64 of `me@acme.example/token:s3cret-t0ken`
    let basic = "Basic bWVAYWNtZS5leGFtcGxlL3Rva2VuOnMzY3JldC10MGtlbg==";
    Mock::given(header("authorization", basic))
        .respond_with(ok(user(7)))
        .expect(1)
        .mount(&server)
        .await;
    let credentials = Credentials::api_token("me@acme.example", SECRET.into());
    let client = Client::builder(server.uri(), credentials)
        .retry(quick())
        .build()
        .unwrap();
    assert_eq!(client.whoami().await.unwrap().id, UserId::new(7));
}

#[tokio::test]
async fn success_for_an_anonymous_user_is_no_success() {
    for anonymous in [
        json!({"user": {"id": null, "name": "Anonymous user", "role": "end-user"}}),
        json!({"user": {"name": "Anonymous user"}}),
    ] {
        let server = MockServer::start().await;
        Mock::given(path("/api/v2/users/me"))
            .respond_with(ok(anonymous))
            .expect(1)
            .mount(&server)
            .await;
        let error = client(&server).users().me().await.unwrap_err();
        assert_eq!(
            (error.kind(), error.retry()),
            (ErrorKind::NotAuthenticated, Retry::Never)
        );
    }
}

#[tokio::test]
async fn what_the_token_may_do_can_be_asked() {
    let server = MockServer::start().await;
    let info = json!({"token": {"id": 1, "user_id": 7, "scopes": ["read", "write"], "expires_at": "2026-11-24T14:32:00Z", "token": "abcde"}});
    Mock::given(path("/api/v2/oauth/tokens/current"))
        .respond_with(ok(info))
        .mount(&server)
        .await;
    let info = client(&server).oauth().current_token().await.unwrap();
    assert_eq!(info.scopes, ["read", "write"]);
}

#[test]
fn a_secret_with_a_line_break_is_told_and_not_shown() {
    let error = Client::builder("https://acme.zendesk.com", Credentials::bearer("s3cret\n".into()))
        .build()
        .unwrap_err();
    assert!(!format!("{error} {error:?}").contains("s3cret"));
}
