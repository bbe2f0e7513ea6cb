//! Looking up, reading and setting up users; the roster.

use bridge_core::desk::{NumberField, Profile, UserId};
use bridge_core::effect::Order;
use bridge_core::input::Outcome;
use bridge_core::number::E164;
use bridge_core::port::HelpDesk as _;
use futures_util::future::join_all;
use serde_json::json;
use wiremock::matchers::{body_json, query_param};
use wiremock::{MockServer, ResponseTemplate};

use super::{FIRST, carry_out, desk, effect, identities, missing, number, ok, on, user, users};

fn look_up() -> Order {
    let fields = vec![
        NumberField::Phone,
        NumberField::Custom("phone_2".into()),
        NumberField::Identity,
    ];
    Order::LookUp {
        live: false,
        number: number(),
        digits: "721123456".into(),
        fields,
    }
}

fn search(query: &str) -> wiremock::MockBuilder {
    on("GET", "/api/v2/users/search").and(query_param("query", query))
}

fn profiles(outcome: Outcome) -> Vec<Profile> {
    let Outcome::Profiles(profiles) = outcome else {
        panic!("{outcome:?}")
    };
    profiles
}

#[tokio::test]
async fn a_look_up_asks_for_phones_and_custom_fields_and_merges_by_user() {
    let server = MockServer::start().await;
    let both = user(
        900,
        json!({"phone": "+49 721 123456", "user_fields": {"phone_2": "0721-123456", "vip": true}}),
    );
    search("phone:*721123456")
        .respond_with(users(std::slice::from_ref(&both)))
        .expect(1)
        .mount(&server)
        .await;
    let second = user(
        901,
        json!({"user_fields": {"phone_2": "004972112 3456"}, "suspended": true}),
    );
    search("phone_2:*721123456")
        .respond_with(users(&[second, both]))
        .expect(1)
        .mount(&server)
        .await;
    let found = profiles(carry_out(&server, look_up()).await.unwrap());
    let custom = || NumberField::Custom("phone_2".into());
    assert_eq!(
        found.iter().map(|profile| profile.user.get()).collect::<Vec<_>>(),
        [900, 901]
    );
    assert_eq!(
        found[0].numbers,
        [
            (NumberField::Phone, "+49 721 123456".into()),
            (custom(), "0721-123456".into())
        ]
    );
    assert_eq!(found[1].numbers, [(custom(), "004972112 3456".into())]);
    assert!(found[1].suspended && !found[0].suspended);
    // Both show the number in full, so nobody's identities were asked for.
    assert_eq!(server.received_requests().await.unwrap().len(), 2);
}

#[tokio::test]
async fn candidates_without_the_number_in_full_are_asked_for_their_identities() {
    let server = MockServer::start().await;
    let found = [
        user(
            900,
            json!({"phone": "0721 123456", "shared_phone_number": true, "external_id": "tel:+49721123456"}),
        ),
        user(901, json!({"active": false})),
    ];
    search("phone:*721123456")
        .respond_with(users(&found))
        .mount(&server)
        .await;
    search("phone_2:*721123456")
        .respond_with(users(&[]))
        .mount(&server)
        .await;
    let known = [(1, "email", "karla@acme.example"), (2, "phone_number", "+49721123456")];
    on("GET", "/api/v2/users/900/identities")
        .respond_with(identities(&known))
        .expect(1)
        .mount(&server)
        .await;
    on("GET", "/api/v2/users/901/identities")
        .respond_with(missing())
        .expect(0)
        .mount(&server)
        .await;
    let found = profiles(carry_out(&server, look_up()).await.unwrap());
    let numbers = [
        (NumberField::Phone, "0721 123456".to_owned()),
        (NumberField::Identity, "+49721123456".to_owned()),
    ];
    assert_eq!(found[0].numbers, numbers);
    assert!(found[0].shared_phone && found[0].active);
    assert_eq!(found[0].made_for, E164::parse("+49721123456"));
    assert!(!found[1].active && found[1].numbers.is_empty());
}

#[tokio::test]
async fn somebody_who_vanishes_during_the_look_up_does_no_harm() {
    let server = MockServer::start().await;
    search("phone:*721123456")
        .respond_with(users(&[user(900, json!({}))]))
        .mount(&server)
        .await;
    search("phone_2:*721123456")
        .respond_with(users(&[]))
        .mount(&server)
        .await;
    on("GET", "/api/v2/users/900/identities")
        .respond_with(missing())
        .mount(&server)
        .await;
    assert_eq!(profiles(carry_out(&server, look_up()).await.unwrap()).len(), 1);
}

#[tokio::test]
async fn a_user_is_read_with_all_numbers() {
    let server = MockServer::start().await;
    let shown = user(
        900,
        json!({"phone": "+49721123456", "user_fields": {"phone_2": 4_972_112_345_u64, "phone_3": null}}),
    );
    on("GET", "/api/v2/users/900")
        .respond_with(ok(json!({"user": shown})))
        .mount(&server)
        .await;
    let known = [
        (1, "phone_number", "+49721123456"),
        (2, "phone_number", "+4915112345678"),
    ];
    on("GET", "/api/v2/users/900/identities")
        .respond_with(identities(&known))
        .mount(&server)
        .await;
    let fields = ["phone_2", "phone_3"]
        .map(|key| NumberField::Custom(key.into()))
        .to_vec();
    let found = profiles(
        carry_out(
            &server,
            Order::ReadUser {
                user: UserId::new(900),
                fields,
            },
        )
        .await
        .unwrap(),
    );
    let wanted = [
        (NumberField::Phone, "+49721123456"),
        (NumberField::Custom("phone_2".into()), "4972112345"),
        (NumberField::Identity, "+49721123456"),
        (NumberField::Identity, "+4915112345678"),
    ];
    assert_eq!(found[0].numbers, wanted.map(|(field, text)| (field, text.to_owned())));
}

#[tokio::test]
async fn reading_a_user_that_is_not_there_finds_none() {
    let server = MockServer::start().await;
    on("GET", "/api/v2/users/900")
        .respond_with(missing())
        .mount(&server)
        .await;
    let order = Order::ReadUser {
        user: UserId::new(900),
        fields: Vec::new(),
    };
    assert_eq!(carry_out(&server, order).await, Ok(Outcome::Profiles(Vec::new())));
}

fn ensure() -> Order {
    Order::EnsureUser {
        number: number(),
        name: "Caller".into(),
    }
}

#[tokio::test]
async fn a_new_number_makes_a_user_that_is_found_by_its_external_id() {
    let server = MockServer::start().await;
    let by_id = on("GET", "/api/v2/users/search").and(query_param("external_id", "tel:+49721123456"));
    by_id.respond_with(users(&[])).expect(1).mount(&server).await;
    let data = json!({"user": {"name": "Caller", "external_id": "tel:+49721123456", "phone": "+49721123456", "verified": true, "skip_verify_email": true}});
    let made = ResponseTemplate::new(201).set_body_json(json!({"user": user(950, json!({}))}));
    on("POST", "/api/v2/users/create_or_update")
        .and(body_json(data))
        .respond_with(made)
        .expect(1)
        .mount(&server)
        .await;
    assert_eq!(carry_out(&server, ensure()).await, Ok(Outcome::User(UserId::new(950))));
}

#[tokio::test]
async fn a_user_that_stands_is_left_as_it_is() {
    let server = MockServer::start().await;
    let renamed = user(950, json!({"external_id": "TEL:+49721123456", "phone": "+49721123456"}));
    on("GET", "/api/v2/users/search")
        .respond_with(users(&[renamed]))
        .mount(&server)
        .await;
    on("POST", "/api/v2/users/create_or_update")
        .respond_with(missing())
        .expect(0)
        .mount(&server)
        .await;
    assert_eq!(carry_out(&server, ensure()).await, Ok(Outcome::User(UserId::new(950))));
}

#[tokio::test]
async fn a_user_that_lost_the_number_gets_it_back() {
    let bare = json!({"external_id": "tel:+49721123456"});
    // Whoever changed him while the search was answered, or right before, is not overwritten.
    let changed = json!({"external_id": "tel:+49721123456", "phone": "+49721999"});
    for (shown, puts) in [(&bare, 1), (&changed, 0)] {
        let server = MockServer::start().await;
        on("GET", "/api/v2/users/search")
            .respond_with(users(&[user(950, bare.clone())]))
            .mount(&server)
            .await;
        on("GET", "/api/v2/users/950")
            .respond_with(ok(json!({"user": user(950, shown.clone())})))
            .expect(1)
            .mount(&server)
            .await;
        let put = on("PUT", "/api/v2/users/950").and(body_json(json!({"user": {"phone": "+49721123456"}})));
        put.respond_with(ok(json!({"user": user(950, json!({}))})))
            .expect(puts)
            .mount(&server)
            .await;
        assert_eq!(carry_out(&server, ensure()).await, Ok(Outcome::User(UserId::new(950))));
    }
}

#[tokio::test]
async fn two_calls_of_one_stranger_make_one_user() {
    let server = MockServer::start().await;
    // The search knows the user once it is made; without the lock all would ask before that.
    let made = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let known = std::sync::Arc::clone(&made);
    let search = move |_: &wiremock::Request| match known.load(std::sync::atomic::Ordering::SeqCst) {
        true => users(&[user(
            950,
            json!({"external_id": "tel:+49721123456", "phone": "+49721123456"}),
        )]),
        false => users(&[]),
    };
    on("GET", "/api/v2/users/search")
        .respond_with(search)
        .mount(&server)
        .await;
    let create = move |_: &wiremock::Request| {
        made.store(true, std::sync::atomic::Ordering::SeqCst);
        ResponseTemplate::new(201).set_body_json(json!({"user": user(950, json!({}))}))
    };
    on("POST", "/api/v2/users/create_or_update")
        .respond_with(create)
        .expect(1)
        .mount(&server)
        .await;
    let (desk, effect) = (desk(&server), effect("user", ensure()));
    for outcome in join_all((0..8).map(|_| desk.carry_out(&effect, FIRST))).await {
        assert_eq!(outcome.result, Ok(Outcome::User(UserId::new(950))));
    }
}

#[tokio::test]
async fn the_roster_holds_who_works_and_what_is_not_deleted() {
    let server = MockServer::start().await;
    let agent = |id: u64, more: serde_json::Value| {
        let mut agent = user(id, json!({"role": "agent", "email": format!("{id}@acme.example")}));
        agent.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        agent
    };
    let agents = [
        agent(501, json!({})),
        agent(502, json!({"role": "admin"})),
        agent(503, json!({"suspended": true})),
        agent(504, json!({"active": false})),
        agent(505, json!({"email": null})),
        agent(506, json!({"role": "end-user"})),
    ];
    let page = json!({"users": agents, "meta": {"has_more": false}, "links": {"next": null}});
    on("GET", "/api/v2/users")
        .and(query_param("role[]", "agent"))
        .respond_with(ok(page))
        .mount(&server)
        .await;
    let groups = json!({"groups": [{"id": 71, "name": "Support", "deleted": false}, {"id": 72, "name": "Old", "deleted": true}], "meta": {"has_more": false}});
    on("GET", "/api/v2/groups")
        .respond_with(ok(groups))
        .mount(&server)
        .await;
    let roster = desk(&server).roster().await.unwrap();
    assert_eq!(
        roster.agents.iter().map(|agent| agent.id.get()).collect::<Vec<_>>(),
        [501, 502]
    );
    assert_eq!(roster.agents[0].email, "501@acme.example");
    assert_eq!(
        roster
            .groups
            .iter()
            .map(|group| (group.id.get(), group.name.as_str()))
            .collect::<Vec<_>>(),
        [(71, "Support")]
    );
}

#[tokio::test]
async fn the_default_user_is_found_by_the_exact_address() {
    let server = MockServer::start().await;
    let found = [
        user(399, json!({"email": "other.telephone@acme.example"})),
        user(400, json!({"email": "Telephone@ACME.example"})),
    ];
    search("email:telephone@acme.example")
        .respond_with(users(&found))
        .mount(&server)
        .await;
    assert_eq!(
        desk(&server).default_user("telephone@acme.example").await,
        Ok(UserId::new(400))
    );
}

#[tokio::test]
async fn the_default_user_is_set_up_without_mail_where_there_is_none() {
    let server = MockServer::start().await;
    let found = [user(399, json!({"email": "telephone@acme.example", "active": false}))];
    search("email:telephone@acme.example")
        .respond_with(users(&found))
        .mount(&server)
        .await;
    let data = json!({"user": {"email": "telephone@acme.example", "name": "telephone", "verified": true, "skip_verify_email": true}});
    let made = ResponseTemplate::new(201).set_body_json(json!({"user": user(400, json!({}))}));
    on("POST", "/api/v2/users/create_or_update")
        .and(body_json(data))
        .respond_with(made)
        .expect(1)
        .mount(&server)
        .await;
    assert_eq!(
        desk(&server).default_user("telephone@acme.example").await,
        Ok(UserId::new(400))
    );
}
