//! Behaviours of which each is a switch, on both of its sides.

use std::time::Duration;

use http::Method;
use serde_json::{Value, json};

use super::{Account, account, objections, pair, with};
use crate::zendesk::{
    Class, Details, Fault, FaultKind, Idempotency, InFlightTwin, Limits, SimRequest, SimResponse, Switches,
    TakenNumber, world,
};

fn found(account: &mut Account, query: &str) -> usize {
    let body = account.get(&format!("/api/v2/search?query={query}")).value();
    body["results"].as_array().unwrap().len()
}

fn keyed(account: &mut Account, key: &str, subject: &str) -> SimResponse {
    let body = json!({"ticket": {"subject": subject, "comment": {"body": "b"}}});
    let request = account
        .request(Method::POST, "/api/v2/tickets")
        .with("idempotency-key", key);
    account.send(&request.json(&body))
}

#[test]
fn by_default_the_index_is_a_minute_behind_for_users_and_tickets() {
    let mut account = with(Switches {
        limits: Limits::none(),
        ..Switches::default()
    });
    account.user("Karla", "+4972112345");
    let ticket = account.ticket();
    account.pass(59);
    assert_eq!(
        (
            found(&mut account, "phone:*2112345"),
            found(&mut account, "status:open")
        ),
        (0, 0)
    );
    account.pass(1);
    assert_eq!(
        (
            found(&mut account, "phone:*2112345"),
            found(&mut account, "status:open")
        ),
        (1, 1)
    );
    account.state.set_status(501, ticket, "pending", account.now).unwrap();
    assert_eq!(
        (
            found(&mut account, "status:open"),
            found(&mut account, "status:pending")
        ),
        (1, 0),
        "a change is late, too"
    );
    account.delete(&format!("/api/v2/tickets/{ticket}"));
    assert_eq!(found(&mut account, "status:open"), 0, "what is gone is not shown");
}

#[test]
fn paths_end_with_json_where_they_may() {
    let mut account = account();
    assert_eq!(account.get("/api/v2/groups.json").status, 200);
    account.state.switches.json_paths = false;
    assert_eq!(
        (
            account.get("/api/v2/groups.json").status,
            account.get("/api/v2/groups").status
        ),
        (404, 200)
    );
}

#[test]
fn nobody_is_anonymous_or_refused_at_me() {
    let mut account = account();
    account.token = "garbage".to_owned();
    assert_eq!(account.get("/api/v2/users/me").value()["user"]["id"], Value::Null);
    account.state.switches.anonymous_me = false;
    assert_eq!(account.get("/api/v2/users/me").status, 401);
    let bare = SimRequest::new(Method::GET, "/api/v2/users/me");
    assert_eq!(account.send(&bare).status, 401);
}

#[test]
fn a_taken_number_is_shared_refused_or_doubled() {
    let mut account = account();
    let (karla, kurt) = (
        account.user("Karla", "+4972112345"),
        account.user("Kurt", "+4972112346"),
    );
    let number = json!({"user": {"phone": "+4972112345"}});
    account.put(&format!("/api/v2/users/{kurt}"), number.clone());
    assert!(account.state.user(kurt).unwrap().shared_phone);
    account.state.switches.taken_number = TakenNumber::Refused;
    let answer = account.put(&format!("/api/v2/users/{kurt}"), number);
    assert_eq!(objections(&answer), pair("phone", "DuplicateValue"));

    let path = format!("/api/v2/users/{kurt}/identities");
    let identity = json!({"identity": {"type": "phone_number", "value": "+4972112345"}});
    assert_eq!(
        objections(&account.post(&path, identity.clone())),
        pair("value", "DuplicateValue")
    );
    account.state.switches.identities_are_unique = false;
    assert_eq!(account.post(&path, identity).status, 201);
    assert_eq!(account.state.user(karla).unwrap().lines, ["+4972112345"]);
}

#[test]
fn a_number_in_the_profile_becomes_a_direct_line_by_switch() {
    let mut account = account();
    let karla = account.user("Karla", "+4972112345");
    account.put(
        &format!("/api/v2/users/{karla}"),
        json!({"user": {"phone": "+4972112346"}}),
    );
    assert_eq!(account.state.user(karla).unwrap().lines, ["+4972112345", "+4972112346"]);
    account.state.switches.phone_adds_identity = false;
    account.put(
        &format!("/api/v2/users/{karla}"),
        json!({"user": {"phone": "+4972112347"}}),
    );
    let user = account.state.user(karla).unwrap();
    assert_eq!((user.phone.as_deref(), user.lines.len()), (Some("+4972112347"), 2));
}

#[test]
fn a_stale_update_is_a_conflict_or_the_last_writer_wins() {
    let mut account = account();
    let ticket = account.ticket();
    let path = format!("/api/v2/tickets/{ticket}");
    let stale = json!({"ticket": {"safe_update": true, "updated_stamp": "2020-01-01T00:00:00Z", "priority": "high"}});
    assert_eq!(account.put(&path, stale.clone()).status, 409);
    account.state.switches.safe_updates = false;
    assert_eq!(account.put(&path, stale).status, 200);
}

#[test]
fn an_idempotency_key_is_heeded_told_of_or_neither() {
    let mut account = account();
    let mut ask = |switch, key: &str| {
        account.state.switches.idempotency = switch;
        let answers = [keyed(&mut account, key, "x"), keyed(&mut account, key, "x")];
        let told = answers.map(|answer| answer.header("x-idempotency-lookup").map(str::to_owned));
        (told, account.state.tickets().len())
    };
    let told = |text: &str| Some(text.to_owned());
    assert_eq!(ask(Idempotency::Told, "a"), ([told("miss"), told("hit")], 1));
    assert_eq!(ask(Idempotency::Silent, "b"), ([None, None], 2));
    assert_eq!(ask(Idempotency::Ignored, "c"), ([None, None], 4));
}

#[test]
fn a_twin_in_flight_waits_or_is_a_conflict() {
    let mut account = account();
    account
        .state
        .switches
        .delays
        .insert(Class::CreateTicket, Duration::from_secs(10));
    let first = keyed(&mut account, "a", "x");
    assert_eq!((first.status, first.delay), (201, Duration::from_secs(10)));
    account.state.switches.delays.clear();
    // In the very same moment.
    assert_eq!(keyed(&mut account, "a", "x").delay, Duration::from_secs(10));
    assert_eq!(keyed(&mut account, "a", "x").delay, Duration::from_secs(10));
    account.pass(4);
    let twin = keyed(&mut account, "a", "x");
    assert_eq!((twin.value(), twin.delay), (first.value(), Duration::from_secs(6)));
    account.state.switches.in_flight_twin = InFlightTwin::Conflict;
    for _ in 0..2 {
        assert_eq!(
            keyed(&mut account, "a", "x").status,
            409,
            "a twin does not end the wait"
        );
    }
    account.pass(6);
    let late = keyed(&mut account, "a", "x");
    assert_eq!(
        (late.header("x-idempotency-lookup"), late.delay),
        (Some("hit"), Duration::ZERO)
    );
    assert_eq!(account.state.tickets().len(), 1);
}

#[test]
fn a_request_that_hangs_is_in_flight_as_long_as_it_does() {
    let mut account = account();
    let hang = FaultKind::Hang(Duration::from_secs(30));
    account.state.switches.faults = vec![Fault::new(hang).on(Class::CreateTicket).committed().times(1)];
    keyed(&mut account, "a", "x");
    account.pass(10);
    assert_eq!(keyed(&mut account, "a", "x").delay, Duration::from_secs(20));
    assert_eq!(
        keyed(&mut account, "a", "other").status,
        400,
        "a mismatch is told at once"
    );
}

#[test]
fn an_agent_who_is_none_is_told_before_the_ticket_or_after() {
    let mut account = account();
    let body = json!({"display_to_agent": 400, "ticket": {"via_id": 45, "comment": {"body": "rings"}}});
    assert_eq!(account.post("/api/v2/channels/voice/tickets", body.clone()).status, 422);
    assert_eq!(account.state.tickets().len(), 0);
    account.state.switches.display_checked_first = false;
    assert_eq!(account.post("/api/v2/channels/voice/tickets", body).status, 422);
    assert_eq!(account.state.tickets().len(), 1);
}

#[test]
fn dropped_keys_are_told_or_not() {
    let mut account = account();
    let ask = |account: &mut Account| {
        let answer = account.put("/api/v2/users/400", json!({"user": {"wat": 1}}));
        (answer.status, answer.header("x-zendesk-api-warn").is_some())
    };
    assert_eq!(ask(&mut account), (200, true));
    account.state.switches.warn_of_dropped_keys = false;
    assert_eq!(ask(&mut account), (200, false));
}

#[test]
fn scopes_of_users_reach_identities_by_switch() {
    let mut account = account();
    account
        .state
        .add_oauth_token("fine", world::API_USER.0, "users:read users:write", None, account.now);
    account.token = "fine".to_owned();
    let ask = |account: &mut Account| {
        let identity = json!({"identity": {"type": "phone_number", "value": "+4972112345"}});
        let read = account.get("/api/v2/users/400/identities").status;
        (read, account.post("/api/v2/users/400/identities", identity).status)
    };
    assert_eq!(ask(&mut account), (403, 403));
    account.state.switches.fine_scopes_reach_identities = true;
    assert_eq!(ask(&mut account), (200, 201));
    assert_eq!(account.get("/api/v2/tickets").status, 403, "and nothing else");
}

#[test]
fn pages_are_as_long_and_reach_as_far_as_the_switches_say() {
    let mut account = account();
    account.state.switches.list_page = 2;
    let body = account.get("/api/v2/users?page%5Bsize%5D=100").value();
    assert_eq!(
        (body["users"].as_array().unwrap().len(), &body["meta"]["has_more"]),
        (2, &json!(true))
    );
    let body = account.get("/api/v2/users").value();
    assert_eq!(
        (body["users"].as_array().unwrap().len(), &body["count"]),
        (2, &json!(5))
    );
    account.state.switches.list_depth = 4;
    assert_eq!(
        (
            account.get("/api/v2/users?page=2").status,
            account.get("/api/v2/users?page=3").status
        ),
        (200, 400)
    );
    account.state.switches.search_depth = 2;
    assert_eq!(account.get("/api/v2/search?query=role%3Aagent&page=1").status, 200);
    assert_eq!(account.get("/api/v2/search?query=role%3Aagent&page=2").status, 422);
}

#[test]
fn deletions_are_204_or_as_in_2012() {
    let mut account = account();
    let (one, two) = (account.ticket(), account.ticket());
    assert_eq!(account.delete(&format!("/api/v2/tickets/{one}")).status, 204);
    account.state.switches.old_deletes = true;
    let answer = account.delete(&format!("/api/v2/tickets/{two}"));
    assert_eq!((answer.status, answer.body.as_ref()), (200, &b" "[..]));
    let user = account.user("Karla", "+4972112345");
    let answer = account.delete(&format!("/api/v2/users/{user}"));
    assert_eq!(
        (answer.status, &answer.value()["user"]["active"]),
        (200, &json!(false)),
        "users always were"
    );
}

#[test]
fn details_are_lists_or_objects() {
    let mut account = account();
    account.state.switches.validate_phones = true;
    let mut ask = |details, body: Value| {
        account.state.switches.details = details;
        let body = account.put("/api/v2/users/400", json!({"user": body})).value();
        let (key, value) = body["details"].as_object().unwrap().iter().next().unwrap();
        (key.clone(), value.is_array())
    };
    let (name, phone) = (json!({"name": ""}), json!({"phone": "0721"}));
    let told = |key: &str, list| (key.to_owned(), list);
    assert_eq!(ask(Details::AsSeen, name.clone()), told("name", true));
    assert_eq!(ask(Details::AsSeen, phone.clone()), told("phone", false));
    assert_eq!(ask(Details::Lists, phone.clone()), told("phone", true));
    assert_eq!(ask(Details::Objects, name), told("name", false));
    assert_eq!(ask(Details::Objects, phone), told("phone", false));
}

#[test]
fn a_body_may_be_half_or_come_in_drops() {
    let mut account = account();
    account.state.switches.faults = vec![Fault::new(FaultKind::Truncated).times(1)];
    let half = account.get("/api/v2/groups");
    assert_eq!((half.status, half.value()), (200, Value::Null));
    let pause = Duration::from_secs(2);
    account.state.switches.faults = vec![Fault::new(FaultKind::Drip { bytes: 16, pause }).times(1)];
    let whole = account.get("/api/v2/groups");
    assert_eq!(
        (whole.drip, &whole.value()["groups"][0]["id"]),
        (Some((16, pause)), &json!(71))
    );
    assert_eq!(account.get("/api/v2/groups").drip, None);
}

#[test]
fn deletions_of_tickets_have_a_limit_of_their_own() {
    let mut account = with(Switches {
        limits: Limits {
            ticket_deletes: Some(1),
            search_exports: Some(1),
            ..Limits::none()
        },
        ..Switches::compressed()
    });
    let (one, two) = (account.ticket(), account.ticket());
    assert_eq!(account.delete(&format!("/api/v2/tickets/{one}")).status, 204);
    assert_eq!(account.delete(&format!("/api/v2/tickets/{two}")).status, 429);
    let export = "/api/v2/search/export?query=x&filter%5Btype%5D=user";
    assert_eq!((account.get(export).status, account.get(export).status), (200, 429));
}
