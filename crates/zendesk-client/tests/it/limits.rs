//! A share of the limits, on the wire.

use std::time::Duration;

use serde_json::json;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};
use zendesk_client::{Client, Credentials, ErrorKind, Priority, Retry, UserId};

use crate::{SECRET, ok, quick, user};

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
