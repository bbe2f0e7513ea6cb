//! What an administrator gets to read when Zendesk does not do it, and what nobody gets to read.

use std::time::Duration;

use bridge_core::desk::{NumberField, TicketId, UserId};
use bridge_core::effect::Order;
use bridge_core::port::{FailureKind, HelpDesk as _, Sent};
use bridge_runtime::zendesk::ZendeskDesk;
use serde_json::json;
use wiremock::matchers::{any, method};
use wiremock::{Mock, MockServer, ResponseTemplate};
use zendesk_client::{Client, Credentials, RetryPolicy};

use super::{FIRST, carry_out, desk, effect, number};

/// What cannot have been done needs no looking for it later.
#[tokio::test]
async fn only_what_may_have_changed_something_may_be_done() {
    let ticket = TicketId::new(77);
    let change = || Order::WriteNumber {
        user: UserId::new(900),
        field: NumberField::Identity,
        number: number(),
    };
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({"user": {"id": 900, "name": "Karla Kunde"}})))
        .mount(&server)
        .await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(503))
        .mount(&server)
        .await;
    // The port is let go of at once: nobody listens there.
    let nobody = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    for (uri, order, may_be_done) in [
        (server.uri(), Order::ReadTicket { ticket }, false),
        (server.uri(), change(), true),
        (format!("http://{nobody}"), change(), false),
        (
            format!("http://{nobody}"),
            Order::Pop {
                ticket,
                agent: UserId::new(501),
            },
            true,
        ),
    ] {
        let client = Client::builder(&uri, Credentials::bearer("t".into())).build().unwrap();
        let desk = ZendeskDesk::with_policy(&client, RetryPolicy::never());
        let carried = desk.carry_out(&effect("step", order.clone()), FIRST).await;
        assert!(carried.result.is_err(), "{order:?}");
        assert_eq!(carried.may_be_done, may_be_done, "{order:?} at {uri}");
    }
}

#[tokio::test]
async fn each_answer_has_its_kind_and_its_words() {
    let json = |status: u16, body: serde_json::Value| ResponseTemplate::new(status).set_body_json(body);
    let scopes = json!({"error": "Forbidden", "description": "You are missing the following required scopes: read"});
    let table = [
        (
            json(401, json!({"error": "invalid_token"})),
            FailureKind::Credentials,
            "check them in the configuration (401 invalid_token)",
        ),
        (json(403, scopes), FailureKind::Forbidden, "missing scopes: read"),
        (
            json(404, json!({"error": "InvalidEndpoint"})),
            FailureKind::Forbidden,
            "what the plan includes",
        ),
        (ResponseTemplate::new(429), FailureKind::Busy, "fewer requests (429)"),
        (
            ResponseTemplate::new(409).set_body_string("Requester creation collision - please try again"),
            FailureKind::Busy,
            "the same user",
        ),
        (
            json(409, json!({"error": "Locked"})),
            FailureKind::Unavailable,
            "somebody else",
        ),
        (
            ResponseTemplate::new(502).set_body_string("<html>"),
            FailureKind::Unavailable,
            "in trouble (502)",
        ),
        (
            ResponseTemplate::new(200).set_body_string("<html>"),
            FailureKind::Unavailable,
            "cannot be read",
        ),
        (
            json(400, json!({"error": "TooManyValues"})),
            FailureKind::Impossible,
            "refuses it (400 TooManyValues)",
        ),
    ];
    for (answer, kind, words) in table {
        let server = MockServer::start().await;
        Mock::given(any()).respond_with(answer).mount(&server).await;
        let failure = carry_out(
            &server,
            Order::ReadTicket {
                ticket: TicketId::new(77),
            },
        )
        .await
        .unwrap_err();
        assert_eq!(failure.kind, kind, "{failure:?}");
        assert!(
            failure.message.starts_with("reading the ticket: ") && failure.message.contains(words),
            "{failure:?}"
        );
    }
}

#[tokio::test]
async fn the_time_to_wait_and_the_requests_id_are_handed_on() {
    let server = MockServer::start().await;
    let busy = ResponseTemplate::new(429)
        .insert_header("retry-after", "27")
        .insert_header("x-request-id", "6aec-SEA");
    Mock::given(any()).respond_with(busy).mount(&server).await;
    let failure = desk(&server).roster().await.unwrap_err();
    assert_eq!(
        (failure.kind, failure.retry_after),
        (FailureKind::Busy, Some(Duration::from_secs(27)))
    );
    assert_eq!(failure.request_id.as_deref(), Some("6aec-SEA"));
}

#[tokio::test]
async fn nobody_listening_is_no_answer() {
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let credentials = Credentials::bearer("t".into());
    let client = Client::builder(format!("http://127.0.0.1:{port}"), credentials)
        .build()
        .unwrap();
    let desk = ZendeskDesk::with_policy(&client, RetryPolicy::never());
    let failure = desk.default_user("telephone@acme.example").await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::NoAnswer);
    assert_eq!(
        failure.message,
        "finding or setting up the default user: Zendesk cannot be reached"
    );
}

#[tokio::test]
async fn messages_hold_nobodys_data() {
    let leak = "+49721123456 karla@acme.example Karla";
    let body = json!({"error": "RecordInvalid", "description": leak, "details": {"phone": [{"description": leak, "error": leak}], leak: leak}});
    for status in [400, 401, 403, 409, 422, 429, 500] {
        let server = MockServer::start().await;
        Mock::given(any())
            .respond_with(ResponseTemplate::new(status).set_body_json(&body))
            .mount(&server)
            .await;
        let orders = [
            Order::EnsureUser {
                number: number(),
                name: leak.into(),
            },
            Order::AddNote {
                ticket: TicketId::new(77),
                text: leak.into(),
            },
            Order::ReleaseNumber {
                user: UserId::new(900),
                number: number(),
            },
        ];
        for order in orders {
            let failure = carry_out(&server, order).await.unwrap_err();
            let shown = format!("{failure} {failure:?}");
            assert!(
                !shown.contains("721123456") && !shown.contains("acme") && !shown.contains("Karla"),
                "{shown}"
            );
        }
    }
}

#[tokio::test]
async fn each_request_is_told_with_its_answer() {
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(404)
        .insert_header("x-request-id", "6f2d-SEA")
        .set_body_json(json!({"error": "RecordNotFound"}));
    Mock::given(any()).respond_with(answer).mount(&server).await;
    let ticket = TicketId::new(77);
    let order = Order::ReadTicket { ticket };
    let told = desk(&server).carry_out(&effect("read", order), FIRST).await.requests;
    let expected = Sent {
        what: "GET /api/v2/tickets/77".into(),
        status: Some(404),
        request_id: Some("6f2d-SEA".into()),
    };
    assert_eq!(told, [expected]);

    let order = Order::LookUp {
        live: false,
        number: number(),
        digits: "721123456".into(),
        fields: Vec::new(),
    };
    let told = desk(&server).carry_out(&effect("lookup", order), FIRST).await.requests;
    assert!(!told.is_empty());
    assert!(!format!("{told:?}").contains("123456"), "{told:?}");
}
