//! What errors say, and what they keep to themselves.

use std::error::Error as _;

use serde_json::json;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};
use zendesk_client::identities::NewIdentity;
use zendesk_client::users::UserData;
use zendesk_client::{ErrorKind, Retry, TicketId, UserId};

use crate::{SECRET, client, no_such_record, ok};

const NUMBER: &str = "+4972112345";

async fn answering(answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(answer).mount(&server).await;
    server
}

fn shown(error: &zendesk_client::Error) -> String {
    let mut all = format!("{error} {error:?} {error:#?}");
    let mut source = error.source();
    while let Some(cause) = source {
        all.push_str(&format!(" {cause} {cause:?}"));
        source = cause.source();
    }
    all
}

#[tokio::test]
async fn a_taken_number_is_told_by_field_and_code() {
    let body = json!({"error": "RecordInvalid", "description": "Record validation errors", "details": {"value": [
        {"description": format!("Value: {NUMBER} is already being used by another user"), "error": "DuplicateValue"}]}});
    let server = answering(
        ResponseTemplate::new(422)
            .insert_header("x-request-id", "6aec35f5-SEA")
            .set_body_json(body),
    )
    .await;
    let error = client(&server)
        .identities()
        .create(UserId::new(7), &NewIdentity::phone_number(NUMBER))
        .await
        .unwrap_err();
    assert_eq!((error.kind(), error.retry()), (ErrorKind::Validation, Retry::Never));
    assert_eq!(
        (error.fields()[0].field(), error.fields()[0].code()),
        (Some("value"), Some("DuplicateValue"))
    );
    assert!(error.has_field_code("DuplicateValue"));
    assert_eq!(error.request_id(), Some("6aec35f5-SEA"));
    assert!(error.fields()[0].description().contains(NUMBER));
    assert!(!shown(&error).contains("72112345"), "{}", shown(&error));
}

#[tokio::test]
async fn a_missing_scope_is_named() {
    let body = json!({"error": "Forbidden", "description": "You are missing the following required scopes: read"});
    let server = answering(ResponseTemplate::new(403).set_body_json(body)).await;
    let error = client(&server).users().me().await.unwrap_err();
    assert_eq!(
        (error.kind(), error.missing_scopes()),
        (ErrorKind::Forbidden, ["read".to_owned()].as_slice())
    );
}

#[tokio::test]
async fn a_page_instead_of_an_endpoint_is_no_missing_record() {
    let server = answering(
        ResponseTemplate::new(404)
            .set_body_raw("<html>No help desk at this address</html>", "text/html; charset=utf-8"),
    )
    .await;
    assert_eq!(
        client(&server).users().me().await.unwrap_err().kind(),
        ErrorKind::NoSuchEndpoint
    );
}

#[tokio::test]
async fn nothing_that_was_sent_or_answered_is_shown() {
    let leaks = format!("{NUMBER} {SECRET} karla@acme.example");
    let answers = [
        ResponseTemplate::new(422).set_body_json(json!({"error": &leaks, "description": &leaks, "details": {&leaks: [{"error": &leaks, "description": &leaks}]}})),
        ResponseTemplate::new(400).set_body_json(json!({"errors": [{"code": &leaks, "title": &leaks}]})),
        ResponseTemplate::new(403).set_body_json(json!({"error": {"title": &leaks, "message": &leaks}})),
        ResponseTemplate::new(429).insert_header("retry-after", "600").set_body_string(&leaks),
        ResponseTemplate::new(502).set_body_string(&leaks),
        ResponseTemplate::new(200).set_body_string(&leaks),
        ok(json!({"users": [{"id": &leaks}]})),
        ok(json!({"users": &leaks})),
    ];
    for answer in answers {
        let server = answering(answer).await;
        let client = client(&server);
        let found = client.users().search_by_phone(NUMBER);
        let text = format!("{found:?} {client:?}");
        let error = found.all().await.unwrap_err();
        let text = format!("{text} {}", shown(&error));
        let written = client.users().update(UserId::new(7), &UserData::new().phone(NUMBER));
        let text = format!("{text} {written:?}");
        let text = format!("{text} {}", shown(&written.await.unwrap_err()));
        for secret in ["72112345", SECRET, "karla", "acme"] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
}

#[tokio::test]
async fn an_unread_connection_error_hides_the_query() {
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let client = zendesk_client::Client::builder(
        format!("http://127.0.0.1:{port}"),
        zendesk_client::Credentials::bearer(SECRET.into()),
    )
    .retry(zendesk_client::RetryPolicy::never())
    .build()
    .unwrap();
    let error = client.users().search_by_phone(NUMBER).all().await.unwrap_err();
    assert!(!shown(&error).contains("72112345"), "{}", shown(&error));
}

#[tokio::test]
async fn display_answers_with_an_empty_body_or_with_no_such_record() {
    let (agent, ticket) = (UserId::new(501), TicketId::new(77));
    for empty in [
        ResponseTemplate::new(200),
        ResponseTemplate::new(200).set_body_string("\"\""),
        ResponseTemplate::new(200).set_body_string(" "),
    ] {
        client(&answering(empty).await)
            .voice()
            .display_ticket(agent, ticket)
            .await
            .unwrap();
    }
    let error = client(&answering(no_such_record()).await)
        .voice()
        .display_ticket(agent, ticket)
        .await
        .unwrap_err();
    assert!(error.is_not_found());
}

#[tokio::test]
async fn a_missing_ticket_in_a_creation_is_no_error() {
    use zendesk_client::tickets::{NewComment, NewTicket};
    let server = answering(ResponseTemplate::new(201).set_body_json(json!({"suspended_ticket": {"id": 3}}))).await;
    let created = client(&server)
        .tickets()
        .create(&NewTicket::new(NewComment::internal("x")), None)
        .await
        .unwrap();
    assert!(created.ticket.is_none());
}

#[tokio::test]
async fn a_search_that_is_down_is_no_mistake_of_the_caller() {
    let body = json!({"error": "unavailable",
        "description": "Sorry, we could not complete your search query. Please try again in a moment."});
    for status in [400, 422, 503] {
        let server = answering(ResponseTemplate::new(status).set_body_json(&body)).await;
        let error = client(&server).users().search("x").all().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{status}");
    }
}

#[tokio::test]
async fn a_path_that_is_a_secret_is_shown_otherwise() {
    let server = answering(no_such_record()).await;
    let request =
        zendesk_client::Request::<()>::get(format!("/api/v2/channels/{SECRET}")).shown_as("/api/v2/channels/…");
    let error = client(&server).send(&request).await.unwrap_err();
    let text = format!("{request:?} {}", shown(&error));
    assert!(text.contains("/api/v2/channels/…") && !text.contains(SECRET), "{text}");
}

#[tokio::test]
async fn a_key_that_is_somebodys_number_is_not_shown_either() {
    let server = answering(ok(json!({"numbers": {NUMBER: "not a count"}}))).await;
    let counts =
        zendesk_client::Request::<std::collections::BTreeMap<String, std::collections::BTreeMap<String, u64>>>::get(
            "/api/v2/counts",
        );
    let error = client(&server).send(&counts).await.unwrap_err();
    let text = shown(&error);
    assert!(text.contains("numbers") && !text.contains("72112345"), "{text}");
}
