//! Rate limits and the headers that tell of them.

use serde_json::json;

use super::{account, with};
use crate::zendesk::{Limits, Switches};

fn only(limits: Limits) -> super::Account {
    with(Switches {
        limits,
        ..Switches::default()
    })
}

#[test]
fn the_account_has_so_many_requests_a_minute() {
    let mut account = only(Limits {
        account: Some(2),
        ..Limits::none()
    });
    let first = account.get("/api/v2/groups");
    let told = |name: &str| first.header(name).unwrap().to_owned();
    assert_eq!([told("x-rate-limit"), told("x-rate-limit-remaining")], ["2", "1"]);
    assert_eq!(
        [
            told("ratelimit-limit"),
            told("ratelimit-remaining"),
            told("ratelimit-reset")
        ],
        ["2", "1", "60"]
    );
    assert!(told("etag").starts_with("W/\"") && told("x-request-id").ends_with("-SIM"));
    account.get("/api/v2/groups");
    account.pass(20);
    let refused = account.get("/api/v2/groups");
    assert_eq!((refused.status, refused.header("retry-after")), (429, Some("40")));
    assert_eq!(refused.header("content-type"), Some("text/plain; charset=utf-8"));
    assert_eq!(refused.body, "Number of allowed API requests per minute exceeded");
    account.pass(40);
    assert_eq!(account.get("/api/v2/groups").status, 200);
}

#[test]
fn a_ticket_has_so_many_updates_in_ten_minutes() {
    let mut account = with(Switches::default());
    let ticket = account.ticket();
    let mut put = |n: u64| {
        account.put(
            &format!("/api/v2/tickets/{ticket}"),
            json!({"ticket": {"subject": n.to_string()}}),
        )
    };
    let first = put(0);
    assert_eq!(
        first.header("zendesk-ratelimit-per-ticket-updates"),
        Some("total=30; remaining=29; resets=600")
    );
    assert_eq!(
        first.header("zendesk-ratelimit-tickets-update"),
        Some("total=100; remaining=99; resets=60")
    );
    assert!((1..30).all(|n| put(n).status == 200));
    let refused = put(30);
    assert_eq!(
        (refused.status, &refused.value()["error"]),
        (429, &json!("APIRateLimitExceeded"))
    );
    assert_eq!(refused.header("retry-after"), Some("600"));
    assert_eq!(
        account.state.ticket(ticket).unwrap().subject,
        "29",
        "a refused update is not carried out"
    );
}

#[test]
fn users_are_updated_once_a_second_and_each_five_times_a_minute() {
    let mut account = with(Switches::default());
    let put = |account: &mut super::Account| account.put("/api/v2/users/400", json!({"user": {"notes": "n"}}));
    assert_eq!(put(&mut account).status, 200);
    assert_eq!(
        (put(&mut account).status, put(&mut account).header("retry-after")),
        (429, Some("1"))
    );
    for _ in 0..2 {
        account.pass(1);
        assert_eq!(put(&mut account).status, 200);
    }
    account.pass(1);
    let refused = put(&mut account);
    assert_eq!((refused.status, refused.header("retry-after")), (429, Some("57")));
    assert!(
        refused
            .body
            .starts_with(b"You have exceeded the rate limit for updating a single unique user.")
    );
    let new = account.post(
        "/api/v2/users/create_or_update",
        json!({"user": {"name": "x", "external_id": "e"}}),
    );
    assert_eq!(new.status, 201, "another user has his own five");
}

#[test]
fn without_limits_nothing_is_refused() {
    let mut account = account();
    assert!((0..2000).all(|_| account.get("/api/v2/groups/71").status == 200));
    assert_eq!(account.state.requests().count("GET /api/v2/groups/{id}"), 2000);
    assert_eq!(
        account.get("/api/v2/groups").header("x-rate-limit-remaining"),
        Some("100000")
    );
}

#[test]
fn the_headers_of_2023_are_spelt_otherwise() {
    let mut account = with(Switches {
        old_rate_headers: true,
        ..Switches::default()
    });
    let answer = account.get("/api/v2/tickets");
    let told = ["rate-limit", "rate-limit-remaining", "rate-limit-reset"].map(|name| answer.header(name).unwrap());
    assert_eq!(told, ["700", "699", "60"]);
    assert_eq!(
        answer.header("zendesk-rate-limit-tickets-index"),
        Some("total=100; remaining=99; resets=60")
    );
}
