//! Writing learned numbers, and taking numbers away.

use bridge_core::desk::{NumberField, UserId};
use bridge_core::effect::Order;
use bridge_core::input::{Outcome, Refusal};
use bridge_core::number::E164;
use bridge_core::port::{Failure, FailureKind, HelpDesk as _};
use bridge_runtime::zendesk::ZendeskDesk;
use serde_json::{Value, json};
use wiremock::matchers::body_json;
use wiremock::{MockServer, ResponseTemplate};
use zendesk_client::{Client, Credentials, NoAnswer, RetryPolicy};

use super::{FIRST, carry_out, duplicate, effect, identities, invalid, missing, number, ok, on, user};

/// A user to write to, with the answers of the requests that follow.
struct World {
    server: MockServer,
}

impl World {
    async fn with(more: Value) -> Self {
        let server = MockServer::start().await;
        on("GET", "/api/v2/users/900")
            .respond_with(ok(json!({"user": user(900, more)})))
            .mount(&server)
            .await;
        Self { server }
    }

    async fn when(self, verb: &str, at: &str, body: Value, answer: ResponseTemplate) -> Self {
        on(verb, at)
            .and(body_json(body))
            .respond_with(answer)
            .expect(1)
            .mount(&self.server)
            .await;
        self
    }

    async fn identities(self, found: &[(u64, &str, &str)]) -> Self {
        on("GET", "/api/v2/users/900/identities")
            .respond_with(identities(found))
            .mount(&self.server)
            .await;
        self
    }

    /// Every request that is not foreseen is answered 404, and so changes the outcome.
    async fn write(self, field: NumberField) -> Result<Outcome, Failure> {
        carry_out(
            &self.server,
            Order::WriteNumber {
                user: UserId::new(900),
                field,
                number: number(),
            },
        )
        .await
    }

    async fn take_back(self, field: NumberField) -> Result<Outcome, Failure> {
        carry_out(
            &self.server,
            Order::TakeNumberBack {
                user: UserId::new(900),
                field,
                number: number(),
            },
        )
        .await
    }

    async fn release(self) -> Result<Outcome, Failure> {
        carry_out(
            &self.server,
            Order::ReleaseNumber {
                user: UserId::new(900),
                number: number(),
            },
        )
        .await
    }
}

const USER: &str = "/api/v2/users/900";
const IDENTITIES: &str = "/api/v2/users/900/identities";

fn phone(number: &str) -> Value {
    json!({"user": {"phone": number}})
}

fn written(more: Value) -> ResponseTemplate {
    ok(json!({"user": user(900, more)}))
}

fn identity() -> Value {
    json!({"identity": {"type": "phone_number", "value": "+49721123456", "verified": true}})
}

fn custom() -> NumberField {
    NumberField::Custom("phone_2".into())
}

fn is_refused(outcome: Result<Outcome, Failure>, words: &str) {
    match outcome {
        Ok(Outcome::Refused {
            what: Refusal::Number,
            why,
        }) => assert!(why.contains(words), "{why}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_free_phone_gets_the_number() {
    let world = World::with(json!({"phone": " "})).await;
    let answer = written(json!({"phone": "+49721123456", "shared_phone_number": false}));
    let world = world.when("PUT", USER, phone("+49721123456"), answer).await;
    assert_eq!(world.write(NumberField::Phone).await, Ok(Outcome::Done));
}

#[tokio::test]
async fn a_number_that_zendesk_calls_shared_is_taken_back_and_somebody_elses() {
    let world = World::with(json!({})).await;
    let shared = written(json!({"phone": "+49721123456", "shared_phone_number": true}));
    let world = world.when("PUT", USER, phone("+49721123456"), shared).await;
    let world = world
        .when("PUT", USER, phone(""), written(json!({"phone": null})))
        .await;
    assert_eq!(world.write(NumberField::Phone).await, Ok(Outcome::Taken));
}

/// A user with one field of his own, in memory; whoever asks is answered a moment later.
struct OneUser(std::sync::Mutex<Option<String>>);

#[async_trait::async_trait]
impl zendesk_client::HttpService for OneUser {
    async fn call(&self, request: http::Request<bytes::Bytes>) -> Result<http::Response<bytes::Bytes>, NoAnswer> {
        if request.method() == http::Method::PUT {
            let body: Value = serde_json::from_slice(request.body()).unwrap();
            let text = body["user"]["user_fields"]["phone_2"].as_str().map(str::to_owned);
            *self.0.lock().unwrap() = text;
        }
        let fields = json!({"phone_2": *self.0.lock().unwrap()});
        tokio::task::yield_now().await;
        let body = json!({"user": user(900, json!({"user_fields": fields}))}).to_string();
        Ok(http::Response::new(body.into()))
    }
}

#[tokio::test]
async fn two_numbers_at_a_time_do_not_take_the_same_place() {
    let client = Client::builder("https://acme.zendesk.com", Credentials::bearer("t".into()))
        .service(std::sync::Arc::new(OneUser(std::sync::Mutex::default())))
        .build()
        .unwrap();
    let desk = ZendeskDesk::with_policy(&client, RetryPolicy::never());
    let write = |step: &'static str, number: &'static str| {
        let order = Order::WriteNumber {
            user: UserId::new(900),
            field: NumberField::Custom("phone_2".into()),
            number: E164::parse(number).unwrap(),
        };
        let desk = &desk;
        async move { desk.carry_out(&effect(step, order), FIRST).await.result }
    };
    let (one, other) = tokio::join!(write("one", "+49721123456"), write("other", "+49721123457"));
    assert_eq!(one, Ok(Outcome::Done));
    is_refused(other, "another number");
}

/// Updates of one user are few a minute: an order that writes anew each time it is repeated may never come to take it back.
#[tokio::test]
async fn a_shared_number_that_an_earlier_attempt_wrote_is_only_taken_back() {
    let world = World::with(json!({"phone": "+49721123456", "shared_phone_number": true})).await;
    let world = world
        .when("PUT", USER, phone(""), written(json!({"phone": null})))
        .await;
    assert_eq!(world.write(NumberField::Phone).await, Ok(Outcome::Taken));
}

#[tokio::test]
async fn a_phone_that_has_the_number_is_done_and_one_that_has_another_is_left_alone() {
    let there = World::with(json!({"phone": "+49 721 123456", "shared_phone_number": false})).await;
    assert_eq!(there.write(NumberField::Phone).await, Ok(Outcome::Done));
    let other = World::with(json!({"phone": "+49 721 99"})).await;
    is_refused(other.write(NumberField::Phone).await, "another number");
}

#[tokio::test]
async fn a_phone_of_the_wrong_form_is_refused() {
    let world = World::with(json!({})).await;
    let answer = invalid(&[("phone", "InvalidFormat", "+49721123456 is not properly formatted")]);
    let outcome = world
        .when("PUT", USER, phone("+49721123456"), answer)
        .await
        .write(NumberField::Phone)
        .await;
    is_refused(outcome, "phone: InvalidFormat");
}

#[tokio::test]
async fn an_identity_is_added() {
    let answer = ResponseTemplate::new(201).set_body_json(json!({"identity": {"id": 9}}));
    let world = World::with(json!({}))
        .await
        .when("POST", IDENTITIES, identity(), answer)
        .await;
    assert_eq!(world.write(NumberField::Identity).await, Ok(Outcome::Done));
}

#[tokio::test]
async fn a_duplicate_is_done_if_it_is_our_own_and_taken_if_not() {
    let own = [
        (1, "email", "karla@acme.example"),
        (2, "phone_number", "+49 721 123456"),
    ];
    let world = World::with(json!({}))
        .await
        .when("POST", IDENTITIES, identity(), duplicate())
        .await
        .identities(&own)
        .await;
    assert_eq!(world.write(NumberField::Identity).await, Ok(Outcome::Done));
    let world = World::with(json!({}))
        .await
        .when("POST", IDENTITIES, identity(), duplicate())
        .await
        .identities(&[])
        .await;
    assert_eq!(world.write(NumberField::Identity).await, Ok(Outcome::Taken));
    let world = World::with(json!({}))
        .await
        .when("PUT", USER, phone("+49721123456"), duplicate())
        .await
        .identities(&[])
        .await;
    assert_eq!(world.write(NumberField::Phone).await, Ok(Outcome::Taken));
}

#[tokio::test]
async fn a_custom_field_gets_the_number_if_there_is_such_a_field() {
    let body = json!({"user": {"user_fields": {"phone_2": "+49721123456"}}});
    let kept = written(json!({"user_fields": {"phone_2": "+49721123456"}}));
    let world = World::with(json!({"user_fields": {"phone_2": null}}))
        .await
        .when("PUT", USER, body.clone(), kept)
        .await;
    assert_eq!(world.write(custom()).await, Ok(Outcome::Done));

    // Zendesk drops what it does not know, with success.
    let world = World::with(json!({}))
        .await
        .when("PUT", USER, body.clone(), written(json!({"user_fields": {}})))
        .await;
    is_refused(world.write(custom()).await, "no user field `phone_2`");

    let answer = invalid(&[("phone_2", "InvalidFormat", "+49721123456 is wrong")]);
    let world = World::with(json!({})).await.when("PUT", USER, body, answer).await;
    is_refused(world.write(custom()).await, "phone_2: InvalidFormat");
}

#[tokio::test]
async fn a_custom_field_that_holds_something_is_not_overwritten() {
    let there = World::with(json!({"user_fields": {"phone_2": "0049 721 123456"}})).await;
    assert_eq!(there.write(custom()).await, Ok(Outcome::Done));
    let other = World::with(json!({"user_fields": {"phone_2": "on holiday until May"}})).await;
    is_refused(other.write(custom()).await, "another number");
}

#[tokio::test]
async fn nothing_is_written_to_who_is_gone() {
    is_refused(
        World::with(json!({"active": false}))
            .await
            .write(NumberField::Phone)
            .await,
        "deleted",
    );
    let server = MockServer::start().await;
    on("GET", USER).respond_with(missing()).mount(&server).await;
    is_refused(World { server }.write(NumberField::Identity).await, "no such user");
}

#[tokio::test]
async fn a_write_whose_fate_is_unknown_is_a_failure() {
    let world = World::with(json!({}))
        .await
        .when("POST", IDENTITIES, identity(), ResponseTemplate::new(502))
        .await;
    assert_eq!(
        world.write(NumberField::Identity).await.unwrap_err().kind,
        FailureKind::Unavailable
    );
}

#[tokio::test]
async fn a_number_is_released_wherever_it_stands() {
    let known = [
        (1, "phone_number", "+49721123456"),
        (2, "phone_number", "+497211234567"),
        (3, "email", "+49721123456"),
    ];
    let world = World::with(json!({"phone": "+49721123456"}))
        .await
        .identities(&known)
        .await;
    on("DELETE", "/api/v2/users/900/identities/1")
        .respond_with(ResponseTemplate::new(204))
        .expect(1)
        .mount(&world.server)
        .await;
    let world = world.when("PUT", USER, phone(""), written(json!({}))).await;
    assert_eq!(world.release().await, Ok(Outcome::Done));
}

#[tokio::test]
async fn what_is_released_already_needs_nothing() {
    let world = World::with(json!({"phone": "+49 721 99"}))
        .await
        .identities(&[(1, "phone_number", "+49721123456")])
        .await;
    // Somebody else was faster.
    on("DELETE", "/api/v2/users/900/identities/1")
        .respond_with(missing())
        .expect(1)
        .mount(&world.server)
        .await;
    assert_eq!(world.release().await, Ok(Outcome::Done));
    assert_eq!(
        World::with(json!({})).await.identities(&[]).await.release().await,
        Ok(Outcome::Done)
    );
    assert_eq!(
        World::with(json!({"active": false, "phone": "+49721123456"}))
            .await
            .release()
            .await,
        Ok(Outcome::Done)
    );
    let server = MockServer::start().await;
    on("GET", USER).respond_with(missing()).mount(&server).await;
    assert_eq!(World { server }.release().await, Ok(Outcome::Done));
}

#[tokio::test]
async fn a_learned_number_is_taken_back_from_where_it_was_written() {
    let own = [
        (1, "phone_number", "+49721123456"),
        (2, "phone_number", "+497211234567"),
    ];
    for (field, shown) in [
        (NumberField::Phone, "+49 721 123456"),
        (NumberField::Identity, "+49 721 99"),
    ] {
        let world = World::with(json!({"phone": shown})).await.identities(&own).await;
        on("DELETE", "/api/v2/users/900/identities/1")
            .respond_with(ResponseTemplate::new(204))
            .expect(1)
            .mount(&world.server)
            .await;
        let world = match field {
            NumberField::Phone => world.when("PUT", USER, phone(""), written(json!({}))).await,
            NumberField::Identity | NumberField::Custom(_) => world,
        };
        assert_eq!(world.take_back(field).await, Ok(Outcome::Done));
    }
    let body = json!({"user": {"user_fields": {"phone_2": ""}}});
    let world = World::with(json!({"user_fields": {"phone_2": "+49721123456"}}))
        .await
        .when("PUT", USER, body, written(json!({})))
        .await;
    assert_eq!(world.take_back(custom()).await, Ok(Outcome::Done));
}

/// As an attempt leaves it whose answer was lost, or that broke off half-way.
#[tokio::test]
async fn what_is_taken_back_already_needs_nothing_and_what_is_half_done_is_done_wholly() {
    for (field, more) in [
        (NumberField::Phone, json!({"phone": " "})),
        (NumberField::Identity, json!({"phone": "+49 721 99"})),
        (custom(), json!({"user_fields": {"phone_2": null}})),
    ] {
        let world = World::with(more)
            .await
            .identities(&[(2, "phone_number", "+49 721 99")])
            .await;
        assert_eq!(world.take_back(field).await, Ok(Outcome::Done));
    }
    let world = World::with(json!({"phone": "+49721123456"}))
        .await
        .identities(&[])
        .await;
    let world = world.when("PUT", USER, phone(""), written(json!({}))).await;
    assert_eq!(world.take_back(NumberField::Phone).await, Ok(Outcome::Done));
}

/// No request but those that read is foreseen: anything that changed something would be answered 404.
#[tokio::test]
async fn what_somebody_else_has_changed_since_is_left_and_told() {
    let own = [(1, "phone_number", "+49721123456")];
    let other = || json!({"phone": "+49 721 99", "user_fields": {"phone_2": "on holiday"}});
    for field in [NumberField::Phone, custom()] {
        let world = World::with(other()).await.identities(&own).await;
        is_refused(world.take_back(field).await, "another number stands there");
    }
    let moved = World::with(json!({})).await.identities(&own).await;
    is_refused(
        moved.take_back(NumberField::Phone).await,
        "a further number of the user",
    );
    let shown = World::with(json!({"phone": "+49 721 123456"}))
        .await
        .identities(&own)
        .await;
    is_refused(shown.take_back(NumberField::Identity).await, "the phone of the profile");
    for field in [NumberField::Phone, NumberField::Identity, custom()] {
        let merged = World::with(json!({"active": false, "phone": "+49721123456"})).await;
        is_refused(merged.take_back(field).await, "merged into another one");
    }
    let server = MockServer::start().await;
    on("GET", USER).respond_with(missing()).mount(&server).await;
    is_refused(World { server }.take_back(NumberField::Identity).await, "no such user");
}
