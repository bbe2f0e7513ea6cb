//! What changed since a time, in pages.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Account, account, with};
use crate::zendesk::{Limits, Switches, world};

fn ids(body: &Value, name: &str) -> Vec<u64> {
    let list = body[name].as_array().unwrap().iter();
    list.map(|row| row["id"].as_u64().unwrap()).collect()
}

/// The seconds of the account's clock.
fn second(account: &Account) -> i64 {
    account.now.as_second()
}

#[test]
fn an_export_by_cursor_goes_on_where_it_ended() {
    let mut account = account();
    account.pass(120);
    let path = "/api/v2/incremental/users/cursor.json?start_time=0&per_page=2&exclude_deleted=false";
    let (mut seen, mut next) = (Vec::new(), path.to_owned());
    let cursor = loop {
        let body = account.get(&next).value();
        assert_eq!(
            (&body["before_url"], &body["before_cursor"]),
            (&Value::Null, &Value::Null)
        );
        seen.extend(ids(&body, "users"));
        let url = body["after_url"].as_str().unwrap();
        assert!(url.contains("per_page=2") && !url.contains("start_time"), "{url}");
        next = url.replace("https://acme.zendesk.com", "");
        if body["end_of_stream"] == true {
            break body["after_cursor"].as_str().unwrap().to_owned();
        }
    };
    seen.sort_unstable();
    assert_eq!(seen, [400, 500, 501, 502, 504]);
    // Nothing new: the cursor leads to itself.
    let path = format!(
        "/api/v2/incremental/users/cursor?cursor={}",
        cursor.replace('=', "%3D").replace('+', "%2B")
    );
    let body = account.get(&path).value();
    assert_eq!(
        (ids(&body, "users").len(), body["after_cursor"].as_str()),
        (0, Some(cursor.as_str()))
    );
    account.put("/api/v2/users/400", json!({"user": {"notes": "x"}}));
    assert_eq!(ids(&account.get(&path).value(), "users"), [400]);
    assert_eq!(account.get("/api/v2/incremental/users/cursor?cursor=wrong").status, 400);
}

#[test]
fn deleted_users_and_tickets_are_exported_unless_unwanted() {
    let mut account = account();
    let (ticket, user) = (account.ticket(), account.user("Karla", "+4972112345"));
    account.delete(&format!("/api/v2/tickets/{ticket}"));
    account.delete(&format!("/api/v2/users/{user}"));
    account.pass(120);
    let tickets = account.get("/api/v2/incremental/tickets/cursor?start_time=0").value();
    assert_eq!(tickets["tickets"][0]["status"], "deleted");
    let users = account.get("/api/v2/incremental/users/cursor?start_time=0").value();
    let gone = users["users"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["id"] == user)
        .unwrap();
    assert_eq!(
        (&gone["active"], &gone["permanently_deleted"]),
        (&json!(false), &json!(false))
    );
    let fewer = account
        .get("/api/v2/incremental/users/cursor?start_time=0&exclude_deleted=true")
        .value();
    assert!(!ids(&fewer, "users").contains(&user));
    let fewer = account
        .get("/api/v2/incremental/tickets?start_time=0&exclude_deleted=true")
        .value();
    assert_eq!(fewer["count"], 0);
}

#[test]
fn where_nothing_lags_many_writes_of_one_second_are_exported_at_once() {
    let mut account = account();
    let ticket = account.ticket();
    for priority in ["high", "low"] {
        account.put(
            &format!("/api/v2/tickets/{ticket}"),
            json!({"ticket": {"priority": priority}}),
        );
    }
    let body = account.get("/api/v2/incremental/tickets?start_time=0").value();
    assert_eq!(ids(&body, "tickets"), [ticket]);
}

#[test]
fn an_export_by_time_never_ends_within_a_second() {
    let mut account = account();
    let first = account.ticket();
    let second_one = account.ticket();
    account.pass(5);
    let third = account.ticket();
    account.pass(120);
    let start = second(&account) - 125;
    let page = account
        .get(&format!("/api/v2/incremental/tickets?start_time={start}&per_page=1"))
        .value();
    assert_eq!(ids(&page, "tickets"), [first, second_one]);
    assert_eq!(
        (&page["end_of_stream"], &page["end_time"]),
        (&json!(false), &json!(start + 1))
    );
    let next = page["next_page"]
        .as_str()
        .unwrap()
        .replace("https://acme.zendesk.com", "");
    let page = account.get(&next).value();
    assert_eq!(
        (ids(&page, "tickets"), &page["end_of_stream"]),
        (vec![third], &json!(true))
    );
    // At its end it leads to what was just read.
    let next = page["next_page"]
        .as_str()
        .unwrap()
        .replace("https://acme.zendesk.com", "");
    assert_eq!(ids(&account.get(&next).value(), "tickets"), [third]);
    let sides = account
        .get("/api/v2/incremental/tickets?start_time=0&include=users")
        .value();
    assert_eq!(ids(&sides, "users"), [400, 500, 501]);
    let sides = account
        .get("/api/v2/incremental/users?start_time=0&include=identities")
        .value();
    assert!(
        sides["identities"]
            .as_array()
            .unwrap()
            .iter()
            .any(|identity| identity["user_id"] == 501)
    );
}

#[test]
fn events_tell_who_changed_what_and_comments_at_a_wish() {
    let mut account = account();
    let ticket = account.ticket();
    let karla = account.user("Karla", "+4972112345");
    account.pass(10);
    let since = second(&account);
    account.state.set_requester(501, ticket, karla, account.now).unwrap();
    account
        .state
        .comment_on(501, ticket, "done", false, account.now)
        .unwrap();
    account.pass(120);
    let path = format!("/api/v2/incremental/ticket_events?start_time={since}");
    let body = account.get(&path).value();
    let event = &body["ticket_events"][0];
    assert_eq!(
        (&event["ticket_id"], &event["updater_id"], &event["event_type"]),
        (&json!(ticket), &json!(501), &json!("Audit"))
    );
    let child = &event["child_events"][0];
    assert_eq!(
        (&child["event_type"], &child["requester_id"], &child["previous_value"]),
        (&json!("Change"), &json!(karla.to_string()), &json!("400"))
    );
    assert_eq!(body["ticket_events"][1]["child_events"], json!([]));
    let body = account.get(&format!("{path}&include=comment_events")).value();
    assert_eq!(body["ticket_events"][1]["child_events"][0]["body"], "done");
}

#[test]
fn what_is_too_new_is_neither_asked_for_nor_told() {
    let mut account = with(Switches {
        limits: Limits::none(),
        ..Switches::default()
    });
    account.pass(120);
    let ticket = account.ticket();
    let ask = |account: &mut Account, ago: i64| {
        let start = second(account) - ago;
        account.get(&format!("/api/v2/incremental/tickets/cursor?start_time={start}"))
    };
    assert_eq!(ask(&mut account, 59).status, 422);
    account.state.switches.recent_start_time = 400;
    assert_eq!(ask(&mut account, 59).status, 400);
    let body = ask(&mut account, 60).value();
    assert_eq!((ids(&body, "tickets").len(), &body["end_of_stream"]), (0, &json!(true)));
    account.pass(60);
    assert_eq!(ids(&ask(&mut account, 120).value(), "tickets"), [ticket]);
    account.state.switches.export_delay = Duration::MAX;
    assert_eq!(ids(&ask(&mut account, 120).value(), "tickets").len(), 0);
    assert_eq!(account.get("/api/v2/incremental/tickets").status, 400);
}

#[test]
fn exports_are_for_administrators_and_ten_a_minute() {
    let mut account = with(Switches::default());
    account.pass(120);
    for left in (0..10).rev() {
        let answer = account.get("/api/v2/incremental/users?start_time=0");
        let header = answer.header("zendesk-ratelimit-incremental-exports").unwrap();
        assert!(header.contains(&format!("remaining={left};")), "{header}");
    }
    let refused = account.get("/api/v2/incremental/tickets/cursor?start_time=0");
    let told = "Number of allowed incremental export API requests per minute exceeded";
    assert_eq!((refused.status, &refused.value()["description"]), (429, &json!(told)));
    assert_eq!(refused.header("retry-after"), Some("60"));
    account.pass(60);
    account
        .state
        .add_oauth_token("anna", 501, "read write", None, account.now);
    account.token = "anna".to_owned();
    assert_eq!(account.get("/api/v2/incremental/users?start_time=0").status, 403);
    account.token = world::OAUTH_TOKEN.to_owned();
    assert_eq!(account.get("/api/v2/incremental/users?start_time=0").status, 200);
}

#[test]
fn a_search_is_exported_newest_first_until_its_cursor_ends() {
    let mut account = account();
    account.pass(10);
    let first = account.user("Karla Kunde", "+4972112345");
    account.pass(10);
    let second_one = account.user("Kurt Kunde", "+4972112346");
    let path = "/api/v2/search/export?query=Kunde&filter%5Btype%5D=user&page%5Bsize%5D=1";
    let page = account.get(path).value();
    assert_eq!(
        (ids(&page, "results"), &page["meta"]["has_more"], &page["links"]["prev"]),
        (vec![second_one], &json!(true), &Value::Null)
    );
    assert_eq!(page.get("count"), None);
    let next = page["links"]["next"]
        .as_str()
        .unwrap()
        .replace("https://acme.zendesk.com", "");
    let page = account.get(&next).value();
    assert_eq!(
        (ids(&page, "results"), &page["meta"]["has_more"]),
        (vec![first], &json!(false))
    );
    account.pass(3599);
    assert_eq!(account.get(&next).status, 200);
    account.pass(1);
    assert_eq!(account.get(&next).status, 400, "a cursor ends after an hour");

    let typed = "/api/v2/search/export?query=Kunde%20type%3Auser&filter%5Btype%5D=user";
    assert_eq!(ids(&account.get(typed).value(), "results").len(), 2);
    account.state.switches.export_refuses_type = true;
    assert_eq!(account.get(typed).status, 422);
    assert_eq!(account.get("/api/v2/search/export?query=Kunde").status, 422);
    assert_eq!(account.get("/api/v2/search/export?filter%5Btype%5D=user").status, 400);
    let sizes = "/api/v2/search/export?query=Kunde&filter%5Btype%5D=user&page%5Bsize%5D=1001";
    assert_eq!(account.get(sizes).status, 400);
}

#[test]
fn names_and_numbers_are_completed_from_their_beginning() {
    let mut account = account();
    let karla = account.user("Karla Kunde", "+4972112345");
    let mut found = |query: &str| {
        ids(
            &account.get(&format!("/api/v2/users/autocomplete?{query}")).value(),
            "users",
        )
    };
    assert_eq!(found("name=kun"), [karla]);
    assert_eq!(found("name=unde"), [] as [u64; 0]);
    assert_eq!(found("phone=%2B49721"), [karla]);
    assert_eq!(found("phone=49721"), [] as [u64; 0]);
    assert_eq!(found("name=karla&filter=assignable"), [] as [u64; 0]);
    assert_eq!(found("name=a&filter=assignable&per_page=1"), [501]);
    assert_eq!(account.get("/api/v2/users/autocomplete").status, 400);
    account.state.switches.index_delay = Duration::MAX;
    let kurt = account.user("Kurt Kunde", "+4972112346");
    assert_eq!(
        ids(&account.get("/api/v2/users/autocomplete?name=kurt").value(), "users"),
        [] as [u64; 0]
    );
    account.state.switches.autocomplete_lags = false;
    assert_eq!(
        ids(&account.get("/api/v2/users/autocomplete?name=kurt").value(), "users"),
        [kurt]
    );
    account.post(
        &format!("/api/v2/users/{kurt}/identities"),
        json!({"identity": {"type": "foreign", "value": "x"}}),
    );
    assert_eq!(
        ids(&account.get("/api/v2/users/autocomplete?name=kurt").value(), "users"),
        [] as [u64; 0]
    );
}
