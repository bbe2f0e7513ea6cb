//! A share of the limits, on the wire.

use std::time::Duration;

use serde_json::json;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};
use zendesk_client::{Client, Credentials, ErrorKind, Priority, Retry, TicketId, UserId};

use crate::{SECRET, first_then, no_such_record, oauth_client, ok, quick, user};

#[tokio::test]
async fn what_one_request_is_told_holds_back_the_others_and_not_other_endpoints() {
    let server = MockServer::start().await;
    let busy = ResponseTemplate::new(429)
        .insert_header("retry-after", "27")
        .insert_header("x-rate-limit", "700")
        .insert_header("x-rate-limit-remaining", "668");
    Mock::given(method("GET"))
        .and(path("/api/v2/users/7"))
        .respond_with(busy)
        .expect(1)
        .mount(&server)
        .await;
    Mock::given(method("GET"))
        .and(path("/api/v2/users/8"))
        .respond_with(ok(user(8)))
        .expect(1)
        .mount(&server)
        .await;
    let builder = Client::builder(server.uri(), Credentials::bearer(SECRET.into())).retry(quick());
    let client = builder.share(0.5).build().unwrap();
    client.users().show(UserId::new(7)).await.unwrap_err();
    let error = client
        .with_priority(Priority::Person)
        .users()
        .show(UserId::new(7))
        .await
        .unwrap_err();
    assert_eq!((error.kind(), error.status()), (ErrorKind::RateLimited, None));
    let Retry::After(time) = error.retry() else {
        panic!("{error:?}")
    };
    assert!(time > Duration::ZERO && time <= Duration::from_secs(27), "{time:?}");
    client.users().show(UserId::new(8)).await.unwrap();
}

#[tokio::test]
async fn without_a_share_nothing_is_held_back() {
    let server = MockServer::start().await;
    let spent = ok(json!({"users": []}))
        .insert_header("x-rate-limit", "10")
        .insert_header("x-rate-limit-remaining", "0");
    Mock::given(method("GET"))
        .respond_with(spent)
        .expect(20)
        .mount(&server)
        .await;
    let client = crate::client(&server);
    for _ in 0..20 {
        client.users().show_many(&[UserId::new(7)]).await.unwrap();
    }
}

#[tokio::test]
async fn every_request_that_leaves_is_counted_and_none_that_does_not() {
    let server = MockServer::start().await;
    let token = ok(json!({"access_token": SECRET, "token_type": "bearer", "expires_in": 3600}));
    Mock::given(path("/oauth/tokens"))
        .respond_with(token)
        .mount(&server)
        .await;
    Mock::given(path("/api/v2/users/7"))
        .respond_with(first_then(1, ResponseTemplate::new(503), ok(user(7))))
        .mount(&server)
        .await;
    Mock::given(path("/api/v2/users/8"))
        .respond_with(no_such_record())
        .mount(&server)
        .await;
    Mock::given(path("/api/v2/channels/voice/agents/501/tickets/77/display"))
        .respond_with(ResponseTemplate::new(200))
        .mount(&server)
        .await;
    let client = oauth_client(&server);
    assert_eq!(client.counts(), []);
    client.users().show(UserId::new(7)).await.unwrap();
    let person = client.with_priority(Priority::Person);
    person.users().show(UserId::new(8)).await.unwrap_err();
    person
        .voice()
        .display_ticket(UserId::new(501), TicketId::new(77))
        .await
        .unwrap();
    let counted: Vec<_> = client
        .counts()
        .into_iter()
        .map(|count| {
            (
                count.endpoint,
                count.status.map(|status| status.as_u16()),
                count.requests,
            )
        })
        .collect();
    let expected = [
        ("GET /api/v2/users/{id}", Some(200), 1),
        ("GET /api/v2/users/{id}", Some(404), 1),
        ("GET /api/v2/users/{id}", Some(503), 1),
        (
            "POST /api/v2/channels/voice/agents/{id}/tickets/{id}/display",
            Some(200),
            1,
        ),
        ("POST /oauth/tokens", Some(200), 1),
    ];
    assert_eq!(
        counted,
        expected.map(|(endpoint, status, n)| (endpoint.to_owned(), status, n))
    );
    let budget = client.budget();
    assert_eq!(budget, None, "without a share nothing is held back");
}

#[tokio::test]
async fn a_share_is_told_as_the_answers_tell_it() {
    let server = MockServer::start().await;
    let told = ok(user(7))
        .insert_header("x-rate-limit", "700")
        .insert_header("x-rate-limit-remaining", "699")
        .insert_header("ratelimit-reset", "41")
        .insert_header("zendesk-ratelimit-users-show", "total=20; remaining=3; resets=9");
    Mock::given(method("GET")).respond_with(told).mount(&server).await;
    let builder = Client::builder(server.uri(), Credentials::bearer(SECRET.into()));
    let client = builder.share(0.5).build().unwrap();
    client.users().show(UserId::new(7)).await.unwrap();
    let budget = client.budget().unwrap();
    let account = budget.account.unwrap();
    assert_eq!(
        (account.total, account.allowed, account.spent, account.left),
        (700, 350, 1, 349)
    );
    let bucket = budget.buckets.get("users-show").unwrap();
    assert_eq!((bucket.allowed, bucket.spent, bucket.left), (10, 1, 3));
    assert_eq!(budget.waiting.all(), 0);
}
