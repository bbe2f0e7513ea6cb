//! The client against a mock server on loopback, and against recorded answers.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod auth;
mod errors;
mod files;
mod jobs;
mod limits;
mod lists;
#[cfg(feature = "testing")]
mod mocks;
mod pairs;
mod recorded;
mod requests;
mod retries;
mod services;
mod surface;

use std::time::Duration;

use serde_json::{Value, json};
use wiremock::{MockServer, ResponseTemplate};
use zendesk_client::{Client, Credentials, RetryPolicy};

const SECRET: &str = "s3cret-t0ken";

/// A client with a ready-made token.
fn client(server: &MockServer) -> Client {
    Client::builder(server.uri(), Credentials::bearer(SECRET.into()))
        .retry(quick())
        .build()
        .unwrap()
}

/// A client that asks for its tokens.
fn oauth_client(server: &MockServer) -> Client {
    Client::builder(server.uri(), Credentials::client("the_bridge", SECRET.into()))
        .retry(quick())
        .build()
        .unwrap()
}

/// Repeats as the default does, without the waiting.
fn quick() -> RetryPolicy {
    let mut policy = RetryPolicy::default();
    policy.tries = 3;
    policy.total_wait = Duration::from_secs(5);
    policy.first_pause = Duration::ZERO;
    policy.missing_retry_after = Duration::ZERO;
    policy
}

fn user(id: u64) -> Value {
    json!({ "user": { "id": id, "name": "Karla Kunde", "phone": "+4972112345", "email": "karla@acme.example" } })
}

fn ok(body: Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body)
}

fn no_such_record() -> ResponseTemplate {
    ResponseTemplate::new(404).set_body_json(json!({"error": "RecordNotFound", "description": "Not found"}))
}

/// `first` for the first `times` requests, then `then`.
fn first_then(times: usize, first: ResponseTemplate, then: ResponseTemplate) -> impl wiremock::Respond {
    let seen = std::sync::atomic::AtomicUsize::new(0);
    move |_: &wiremock::Request| {
        if seen.fetch_add(1, std::sync::atomic::Ordering::SeqCst) < times {
            first.clone()
        } else {
            then.clone()
        }
    }
}
