//! What goes over the wire with every request, and what is read from every answer.

use serde_json::json;
use wiremock::matchers::{any, header, header_exists, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};
use zendesk_client::users::UserData;
use zendesk_client::{Client, Credentials, IdentityId, Request, UserId};

use crate::{SECRET, client, ok, quick, user};

#[tokio::test]
async fn every_request_says_who_asks_and_what_it_takes() {
    let server = MockServer::start().await;
    let common = |m: &'static str| {
        Mock::given(method(m))
            .and(header("accept", "application/json"))
            .and(header("user-agent", "acme-phone/1.0"))
            .and(header_exists("authorization"))
    };
    common("GET").respond_with(ok(user(7))).expect(1).mount(&server).await;
    common("PUT")
        .and(header("content-type", "application/json"))
        .respond_with(ok(user(7)))
        .expect(1)
        .mount(&server)
        .await;
    common("DELETE")
        .and(header("content-type", "application/json"))
        .respond_with(ResponseTemplate::new(204))
        .expect(1)
        .mount(&server)
        .await;
    let client = Client::builder(server.uri(), Credentials::bearer(SECRET.into()))
        .retry(quick())
        .user_agent("acme-phone/1.0")
        .build()
        .unwrap();
    client.users().show(UserId::new(7)).await.unwrap();
    client
        .users()
        .update(UserId::new(7), &UserData::new().phone(""))
        .await
        .unwrap();
    client
        .identities()
        .delete(UserId::new(7), IdentityId::new(9))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_plus_in_a_query_stays_a_plus() {
    let server = MockServer::start().await;
    let found = Mock::given(path("/api/v2/users/search")).and(query_param("external_id", "tel:+4972112345"));
    found
        .respond_with(ok(json!({"users": []})))
        .expect(1)
        .mount(&server)
        .await;
    assert!(
        client(&server)
            .users()
            .search_by_external_id("tel:+4972112345")
            .all()
            .await
            .unwrap()
            .is_empty()
    );
    let query = server.received_requests().await.unwrap()[0]
        .url
        .query()
        .unwrap()
        .to_owned();
    assert!(query.contains("%2B"), "{query}");
}

#[tokio::test]
async fn created_and_updated_are_told_apart() {
    for (status, created) in [(200, false), (201, true)] {
        let server = MockServer::start().await;
        Mock::given(path("/api/v2/users/create_or_update"))
            .respond_with(ResponseTemplate::new(status).set_body_json(user(7)))
            .mount(&server)
            .await;
        let upserted = client(&server)
            .users()
            .create_or_update(&UserData::new().name("A").external_id("x"))
            .await
            .unwrap();
        assert_eq!(upserted.created, created);
    }
}

#[tokio::test]
async fn limits_are_kept_from_every_answer_also_from_failures() {
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(404)
        .insert_header("x-rate-limit", "700")
        .insert_header("x-rate-limit-remaining", "668")
        .insert_header("zendesk-ratelimit-tickets-index", "total=100; remaining=92; resets=16");
    Mock::given(any()).respond_with(answer).mount(&server).await;
    let client = client(&server);
    assert_eq!(client.rate().remaining, None);
    client.clone().users().show(UserId::new(7)).await.unwrap_err();
    assert_eq!((client.rate().limit, client.rate().remaining), (Some(700), Some(668)));
    assert_eq!(client.rate().buckets["tickets-index"].remaining, 92);
}

#[tokio::test]
async fn the_rest_of_the_api_is_in_reach() {
    let server = MockServer::start().await;
    let brands = Mock::given(path("/api/v2/brands"))
        .and(query_param("per_page", "10"))
        .and(header("authorization", format!("Bearer {SECRET}").as_str()));
    brands
        .respond_with(ok(json!({"brands": [{"id": 1}]})))
        .mount(&server)
        .await;
    let request = Request::<serde_json::Value>::get("/api/v2/brands").query("per_page", "10");
    assert_eq!(client(&server).send(&request).await.unwrap()["brands"][0]["id"], 1);
}

#[tokio::test]
async fn an_http_client_of_ones_own_can_be_used() {
    let server = MockServer::start().await;
    Mock::given(header("x-own", "yes"))
        .respond_with(ok(user(7)))
        .expect(1)
        .mount(&server)
        .await;
    let own = reqwest::Client::builder()
        .default_headers(
            [("x-own".parse().unwrap(), "yes".parse().unwrap())]
                .into_iter()
                .collect(),
        )
        .build()
        .unwrap();
    let client = Client::builder(server.uri(), Credentials::bearer(SECRET.into()))
        .http(own)
        .build()
        .unwrap();
    client.users().show(UserId::new(7)).await.unwrap();
}
