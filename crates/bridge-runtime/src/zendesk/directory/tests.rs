//! What the directory saves in requests, and what is asked all the same.

use std::sync::Arc;

use bridge_core::call::CallKey;
use bridge_core::desk::UserId;
use bridge_core::directory::Insufficient;
use bridge_core::effect::{Effect, EffectId, Order, Priority, Track};
use bridge_core::number::NumberPlan;
use bridge_core::port::{Attempt, Carried, FailureKind, HelpDesk as _};
use serde_json::{Value, json};
use tempfile::TempDir;
use wiremock::matchers::{body_json, method, path, query_param, query_param_is_missing};
use wiremock::{Mock, MockBuilder, MockServer, ResponseTemplate};
use zendesk_client::{Client, Credentials, RetryPolicy};

use super::*;
use crate::Clock;
use crate::directory::Directory;
use crate::store::Store;

struct Rig {
    server: MockServer,
    desk: ZendeskDesk,
    directory: Directory,
    _dir: TempDir,
}

impl Rig {
    async fn new() -> Self {
        Self::reading(NumberPlan::new("DE", Some("721")).unwrap()).await
    }

    async fn reading(plan: NumberPlan) -> Self {
        let (server, dir) = (MockServer::start().await, TempDir::new().unwrap());
        let client = Client::builder(server.uri(), Credentials::bearer("t".into()));
        let store = Store::open(dir.path().join("bridge.db"), "acme").await.unwrap();
        let directory = Directory::open(Arc::new(store), plan.clone(), fields(), Clock::system());
        let directory = directory.await.unwrap();
        directory.load().await.unwrap();
        let desk = ZendeskDesk::with_policy(&client.build().unwrap(), RetryPolicy::never());
        Self {
            desk: desk.with_directory(directory.clone()).with_head_numbers(plan),
            server,
            directory,
            _dir: dir,
        }
    }

    /// The directory holds these users, and they are all.
    async fn knows(&self, users: &[Value]) {
        let users: Vec<User> = users
            .iter()
            .map(|user| serde_json::from_value(user.clone()).unwrap())
            .collect();
        let page = ProfilePage {
            profiles: users
                .into_iter()
                .map(|user| profile(user, &fields(), Vec::new()))
                .collect(),
            cursor: Some("c".into()),
            is_last: true,
            identities: true,
            total: None,
        };
        self.directory.take_page(page, self.directory.now()).await.unwrap();
    }

    async fn on(&self, verb: &str, at: &str, answer: Value, times: u64) {
        self.mount(Mock::given(method(verb)).and(path(at)), answer, times).await;
    }

    async fn mount(&self, mock: MockBuilder, answer: Value, times: u64) {
        let answer = ResponseTemplate::new(200).set_body_json(answer);
        mock.respond_with(answer).expect(times).mount(&self.server).await;
    }

    async fn carry_out(&self, order: Order) -> Carried {
        let call = CallKey::new("c1");
        let effect = Effect {
            id: EffectId::new(&call, "step"),
            call,
            track: Track::Main,
            priority: Priority::Prompt,
            planned_at: "2026-11-24T14:02:00Z".parse().unwrap(),
            expires: None,
            order,
        };
        let first = Attempt {
            number: 1,
            settle_first: false,
        };
        self.desk.carry_out(&effect, first).await
    }

    async fn who_has(&self, number: &str) -> (Vec<u64>, Source) {
        let outcome = self.carry_out(look_up(number, false)).await.result.unwrap();
        let Outcome::Callers { profiles, source } = outcome else {
            panic!("{outcome:?}");
        };
        (ids(&profiles), source)
    }
}

fn fields() -> Vec<NumberField> {
    vec![
        NumberField::Phone,
        NumberField::Custom("phone_2".into()),
        NumberField::Identity,
    ]
}

fn ids(profiles: &[Profile]) -> Vec<u64> {
    profiles.iter().map(|profile| profile.user.get()).collect()
}

fn user(id: u64, phone: Option<&str>) -> Value {
    json!({"id": id, "name": format!("User {id}"), "phone": phone, "active": true, "user_fields": {"phone_2": null}})
}

fn number(text: &str) -> E164 {
    E164::parse(text).unwrap()
}

fn look_up(text: &str, live: bool) -> Order {
    Order::LookUp {
        number: number(text),
        digits: text[6..].to_owned(),
        fields: fields(),
        live,
    }
}

#[tokio::test]
async fn a_known_number_costs_no_request_and_any_other_is_searched_for() {
    let rig = Rig::new().await;
    let nobody = json!({"users": [], "count": 0});
    // By phone and by the further field, each time.
    rig.on("GET", "/api/v2/users/search", nobody, 6).await;
    let searched = |why| Source::Search { why };
    assert_eq!(
        rig.who_has("+49721123456").await,
        (vec![], searched(Insufficient::Incomplete))
    );
    rig.knows(&[user(602, Some("0721 / 123-456"))]).await;
    let known = rig.carry_out(look_up("+49721123456", false)).await;
    assert!(known.requests.is_empty() && !known.may_be_done, "{:?}", known.requests);
    assert!(
        matches!(known.result.unwrap(), Outcome::Callers { profiles, source: Source::Directory { .. } }
        if ids(&profiles) == [602])
    );
    assert_eq!(
        rig.who_has("+49721999999").await,
        (vec![], searched(Insufficient::Nobody))
    );
    // Who is about to be given a number asks Zendesk itself whose it is.
    let live = rig.carry_out(look_up("+49721123456", true)).await;
    assert_eq!(
        (live.result.unwrap(), live.requests.len()),
        (Outcome::Profiles(Vec::new()), 2)
    );
}

#[tokio::test]
async fn what_the_bridge_writes_is_known_at_once() {
    let rig = Rig::new().await;
    rig.knows(&[user(602, None)]).await;
    let known = |found: (Vec<u64>, Source), id| found.0 == [id] && matches!(found.1, Source::Directory { .. });

    rig.on("GET", "/api/v2/users/602", json!({"user": user(602, None)}), 2)
        .await;
    let phone = Mock::given(method("PUT")).and(body_json(json!({"user": {"phone": "+49721123456"}})));
    rig.mount(phone, json!({"user": user(602, Some("+49721123456"))}), 1)
        .await;
    let write = |field, text| Order::WriteNumber {
        user: UserId::new(602),
        field,
        number: number(text),
    };
    let done = rig.carry_out(write(NumberField::Phone, "+49721123456")).await;
    assert_eq!(done.result, Ok(Outcome::Done));
    assert!(known(rig.who_has("+49721123456").await, 602));

    let identity = json!({"identity": {"id": 1, "type": "phone_number", "value": "+49721777777"}});
    rig.on("POST", "/api/v2/users/602/identities", identity, 1).await;
    let done = rig.carry_out(write(NumberField::Identity, "+49721777777")).await;
    assert_eq!(done.result, Ok(Outcome::Done));
    assert!(known(rig.who_has("+49721777777").await, 602));

    rig.on("GET", "/api/v2/users/search", json!({"users": [], "count": 0}), 3)
        .await;
    rig.on(
        "POST",
        "/api/v2/users/create_or_update",
        json!({"user": user(950, Some("+49721888888"))}),
        1,
    )
    .await;
    let ensure = Order::EnsureUser {
        number: number("+49721888888"),
        name: "+49 721 888888".into(),
    };
    assert_eq!(rig.carry_out(ensure).await.result, Ok(Outcome::User(UserId::new(950))));
    assert!(known(rig.who_has("+49721888888").await, 950));

    // What is taken away is known to be gone, and searched for.
    rig.on(
        "GET",
        "/api/v2/users/950",
        json!({"user": user(950, Some("+49721888888"))}),
        1,
    )
    .await;
    rig.on(
        "GET",
        "/api/v2/users/950/identities",
        json!({"identities": [], "count": 0}),
        1,
    )
    .await;
    rig.on("PUT", "/api/v2/users/950", json!({"user": user(950, None)}), 1)
        .await;
    let release = Order::ReleaseNumber {
        user: UserId::new(950),
        number: number("+49721888888"),
    };
    assert_eq!(rig.carry_out(release).await.result, Ok(Outcome::Done));
    let searched = Source::Search {
        why: Insufficient::Nobody,
    };
    assert_eq!(rig.who_has("+49721888888").await, (vec![], searched));
}

#[tokio::test]
async fn who_has_the_head_number_is_found_by_an_extension_behind_it() {
    let plan = NumberPlan::new("DE", Some("721")).unwrap();
    let rig = Rig::reading(plan.with_head_numbers()).await;
    let search = |term: &str| Mock::given(path("/api/v2/users/search")).and(query_param("query", term));
    let nobody = || json!({"users": [], "count": 0});
    // By the whole number as ever, and, since the directory is not complete, by what head numbers begin with.
    let users = json!({"users": [user(603, Some("0721 46050-0")), user(604, Some("0721 46055-0"))], "count": 2});
    rig.mount(search("phone:*4605012"), nobody(), 2).await;
    rig.mount(search("phone_2:*4605012"), nobody(), 2).await;
    rig.mount(search("phone:*721460*"), users, 1).await;
    rig.mount(search("phone_2:*721460*"), nobody(), 1).await;
    let searched = |why| Source::Search { why };
    let found = rig.who_has("+497214605012").await;
    assert_eq!(found, (vec![603], searched(Insufficient::Incomplete)));

    // A directory that is complete knows it, and only who has the whole number is searched for.
    rig.knows(&[
        user(603, Some("0721 46050-0")),
        user(604, Some("0721 46055-0")),
        user(605, Some("+49 721 4605013")),
    ])
    .await;
    let found = rig.who_has("+497214605012").await;
    assert_eq!(found, (vec![603], searched(Insufficient::Nobody)));
    // Whose the whole number is costs no request, and nobody asks for head numbers.
    let found = rig.who_has("+497214605013").await;
    assert!(
        matches!(found.1, Source::Directory { .. }) && found.0 == [605],
        "{found:?}"
    );
}

#[tokio::test]
async fn whose_a_number_is_before_it_is_learned_is_not_asked_by_head_numbers() {
    let plan = NumberPlan::new("DE", Some("721")).unwrap();
    let rig = Rig::reading(plan.with_head_numbers()).await;
    rig.knows(&[user(603, Some("0721 46050-0"))]).await;
    rig.on("GET", "/api/v2/users/search", json!({"users": [], "count": 0}), 2)
        .await;
    let outcome = rig.carry_out(look_up("+497214605012", true)).await.result;
    assert_eq!(outcome, Ok(Outcome::Profiles(Vec::new())));
}

#[tokio::test]
async fn the_export_is_read_from_its_beginning_and_then_from_its_cursor() {
    let rig = Rig::new().await;
    let export = || Mock::given(method("GET")).and(path("/api/v2/incremental/users/cursor"));
    let identities = json!([
        {"id": 1, "user_id": 601, "type": "phone_number", "value": "0721 77"},
        {"id": 2, "user_id": 601, "type": "email", "value": "anna@acme.example"},
        {"id": 3, "user_id": 699, "type": "phone_number", "value": "0721 88"},
    ]);
    let first = json!({"users": [user(601, Some("+4972199"))], "identities": identities,
        "after_cursor": "c1", "after_url": null, "end_of_stream": false});
    rig.mount(
        export()
            .and(query_param("include", "identities"))
            .and(query_param_is_missing("cursor")),
        first,
        1,
    )
    .await;
    let last = json!({"users": [user(602, None)], "after_cursor": "c2", "after_url": null, "end_of_stream": true});
    rig.mount(export().and(query_param("cursor", "c1")), last, 1).await;
    let gone = json!({"errors": [{"code": "InvalidPaginationParameter", "title": "x"}]});
    let refused = ResponseTemplate::new(400).set_body_json(gone);
    export()
        .and(query_param("cursor", "old"))
        .respond_with(refused)
        .mount(&rig.server)
        .await;
    rig.on("GET", "/api/v2/users/count", json!({"count": {"value": 2}}), 1)
        .await;

    let read = |after: Option<&str>| rig.desk.profiles(after.map(str::to_owned), fields());
    let page = read(None).await.unwrap();
    assert_eq!(
        (ids(&page.profiles), page.cursor.as_deref(), page.is_last, page.total),
        (vec![601], Some("c1"), false, Some(2))
    );
    let numbers = [
        (NumberField::Phone, "+4972199".to_owned()),
        (NumberField::Identity, "0721 77".to_owned()),
    ];
    assert!(page.identities && page.profiles[0].numbers == numbers);
    // Without the side-load that was asked for, nothing is said of identities.
    let page = read(Some("c1")).await.unwrap();
    assert!(!page.identities);
    assert_eq!(
        (ids(&page.profiles), page.cursor.as_deref(), page.is_last, page.total),
        (vec![602], Some("c2"), true, None)
    );
    assert_eq!(read(Some("old")).await.unwrap(), ProfilePage::default());
}

#[tokio::test]
async fn who_is_no_administrator_is_told_what_it_takes() {
    let rig = Rig::new().await;
    let answer = ResponseTemplate::new(403).set_body_json(json!({"error": "Forbidden", "description": "x"}));
    Mock::given(path("/api/v2/incremental/users/cursor"))
        .respond_with(answer)
        .mount(&rig.server)
        .await;
    let failure = rig.desk.profiles(None, fields()).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Forbidden);
    assert!(failure.message.contains("must be an administrator"), "{failure}");
}
