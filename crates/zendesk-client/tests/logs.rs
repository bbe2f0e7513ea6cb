//! What is traced, and what is not. A program of its own: what other tests trace at the same time decides whether a place in
//! the code is listened to at all.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};
use tracing_subscriber::filter::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};
use zendesk_client::identities::NewIdentity;
use zendesk_client::users::UserData;
use zendesk_client::{Client, Credentials, Request, RetryPolicy, UserId};

const NUMBER: &str = "+4972112345";
const SECRET: &str = "s3cret-of-the-client";

#[tokio::test]
async fn traces_name_requests_and_no_secret_no_number_and_no_body() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new("zendesk_client=trace"))
        .with_writer(log.clone())
        .with_ansi(false)
        .finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();

    let server = MockServer::start().await;
    let token = json!({"access_token": "a-t0ken", "expires_in": 1800, "token_type": "bearer"});
    Mock::given(path("/oauth/tokens"))
        .respond_with(ok(token))
        .mount(&server)
        .await;
    let refused = ResponseTemplate::new(401).set_body_json(json!({"error": "invalid_token"}));
    let list = ok(json!({"users": [user(7)["user"]], "count": 1, "next_page": null}));
    Mock::given(method("GET"))
        .respond_with(first_then(1, refused, list))
        .mount(&server)
        .await;
    let taken = json!({"error": "RecordInvalid", "description": NUMBER, "details": {"value": [
        {"description": format!("{NUMBER} is taken"), "error": "DuplicateValue"}]}});
    let taken = ResponseTemplate::new(422)
        .set_body_json(taken)
        .insert_header("x-request-id", "6aec35f5-SEA");
    let busy = ResponseTemplate::new(429)
        .set_body_string(NUMBER)
        .insert_header("retry-after", "0");
    Mock::given(method("POST"))
        .respond_with(first_then(1, busy, taken))
        .mount(&server)
        .await;
    let dropped = format!(r#"{{:unpermitted_keys=>["user.nmae"], :values=>["{NUMBER}"]}}"#);
    let dropped = ok(user(7)).insert_header("x-zendesk-api-warn", dropped.as_str());
    Mock::given(method("PUT")).respond_with(dropped).mount(&server).await;

    let client = client(&server);
    client.users().search_by_phone(NUMBER).all().await.unwrap();
    client.users().autocomplete_by_phone(NUMBER).all().await.unwrap();
    client
        .users()
        .list(&[])
        .query("external_id", NUMBER)
        .all()
        .await
        .unwrap();
    client.tickets().list_by_external_id(NUMBER).all().await.unwrap_err();
    let rest = Request::<Value>::get("/api/v2/users")
        .query("phone", NUMBER)
        .sensitive();
    client.send(&rest).await.unwrap();
    client
        .identities()
        .create(UserId::new(7), &NewIdentity::phone_number(NUMBER))
        .await
        .unwrap_err();
    client
        .users()
        .update(UserId::new(7), &UserData::new().phone(NUMBER))
        .await
        .unwrap();

    let text = log.text();
    for told in [
        "/api/v2/users/search",
        "6aec35f5-SEA",
        "user.nmae",
        "sending again",
        "asking for a new one",
        "/oauth/tokens",
    ] {
        assert!(text.contains(told), "{told} is not in\n{text}");
    }
    for hidden in ["72112345", SECRET, "a-t0ken", "Karla", "karla@"] {
        assert!(!text.contains(hidden), "{hidden} is in\n{text}");
    }
}

fn client(server: &MockServer) -> Client {
    let mut policy = RetryPolicy::default();
    policy.first_pause = std::time::Duration::ZERO;
    Client::builder(server.uri(), Credentials::client("the_bridge", SECRET.into()))
        .retry(policy)
        .build()
        .unwrap()
}

fn ok(body: Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body)
}

fn user(id: u64) -> Value {
    json!({ "user": { "id": id, "name": "Karla Kunde", "phone": NUMBER, "email": "karla@acme.example" } })
}

/// `first` for the first `times` requests, then `then`.
fn first_then(times: usize, first: ResponseTemplate, then: ResponseTemplate) -> impl wiremock::Respond {
    let seen = AtomicUsize::new(0);
    move |_: &wiremock::Request| {
        if seen.fetch_add(1, Ordering::SeqCst) < times {
            first.clone()
        } else {
            then.clone()
        }
    }
}

/// What was traced, as text.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}
