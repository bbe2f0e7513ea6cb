//! The help desk port on Zendesk: each order as the requests it makes, each answer as the outcome it means.

mod attach;
mod budget;
mod failures;
mod numbers;
mod people;
mod redact;
mod tickets;

use bridge_core::call::CallKey;
use bridge_core::effect::{Effect, EffectId, Order, Priority, Track};
use bridge_core::input::Outcome;
use bridge_core::number::E164;
use bridge_core::port::{Attempt, Failure, HelpDesk as _};
use bridge_runtime::zendesk::ZendeskDesk;
use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockBuilder, MockServer, ResponseTemplate};
use zendesk_client::{Client, Credentials, RetryPolicy};

const FIRST: Attempt = Attempt {
    number: 1,
    settle_first: false,
};
const UNSETTLED: Attempt = Attempt {
    number: 3,
    settle_first: true,
};

fn desk(server: &MockServer) -> ZendeskDesk {
    let client = Client::builder(server.uri(), Credentials::bearer("t".into()))
        .build()
        .unwrap();
    ZendeskDesk::with_policy(&client, RetryPolicy::never())
}

fn number() -> E164 {
    E164::parse("+49721123456").unwrap()
}

fn effect(step: &str, order: Order) -> Effect {
    let call = CallKey::new("c1");
    Effect {
        id: EffectId::new(&call, step),
        call,
        track: Track::Main,
        priority: Priority::Prompt,
        planned_at: "2026-11-24T14:02:00Z".parse().unwrap(),
        expires: None,
        order,
    }
}

async fn carry_out(server: &MockServer, order: Order) -> Result<Outcome, Failure> {
    desk(server).carry_out(&effect("step", order), FIRST).await.result
}

fn on(verb: &str, at: &str) -> MockBuilder {
    Mock::given(method(verb)).and(path(at))
}

fn ok(body: Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body)
}

fn missing() -> ResponseTemplate {
    ResponseTemplate::new(404).set_body_json(json!({"error": "RecordNotFound", "description": "Not found"}))
}

/// A 422 with one problem in each of the fields given: name, code, description.
fn invalid(fields: &[(&str, &str, &str)]) -> ResponseTemplate {
    let details: serde_json::Map<_, _> = fields
        .iter()
        .map(|(field, code, text)| ((*field).to_owned(), json!([{"error": code, "description": text}])))
        .collect();
    let body = json!({"error": "RecordInvalid", "description": "Record validation errors", "details": details});
    ResponseTemplate::new(422).set_body_json(body)
}

fn duplicate() -> ResponseTemplate {
    invalid(&[(
        "value",
        "DuplicateValue",
        "Value: +49721123456 is already being used by another user",
    )])
}

/// A user of this id with more to it.
fn user(id: u64, more: Value) -> Value {
    let mut user = json!({"id": id, "name": "Karla Kunde", "active": true, "suspended": false, "phone": null, "shared_phone_number": null});
    user.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    user
}

fn users(found: &[Value]) -> ResponseTemplate {
    ok(json!({"users": found, "count": found.len(), "next_page": null, "previous_page": null}))
}

fn identities(values: &[(u64, &str, &str)]) -> ResponseTemplate {
    let found: Vec<_> = values
        .iter()
        .map(|(id, kind, value)| json!({"id": id, "type": kind, "value": value}))
        .collect();
    ok(json!({"identities": found, "meta": {"has_more": false}, "links": {"next": null}}))
}
