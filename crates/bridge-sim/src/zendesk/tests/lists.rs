//! Lists in pages.

use serde_json::{Value, json};

use super::{Account, account};

fn ids(body: &Value, name: &str) -> Vec<u64> {
    body[name]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["id"].as_u64().unwrap())
        .collect()
}

/// Follows `links.next` until there is no more.
fn follow(account: &mut Account, first: &str, name: &str) -> (Vec<u64>, usize) {
    let (mut target, mut all, mut pages) = (first.to_owned(), Vec::new(), 0);
    loop {
        let body = account.get(&target).value();
        all.extend(ids(&body, name));
        pages += 1;
        if body["meta"]["has_more"] == false {
            return (all, pages);
        }
        target = body["links"]["next"]
            .as_str()
            .unwrap()
            .replace("https://acme.zendesk.com", "");
    }
}

#[test]
fn cursors_lead_through_a_list_and_stand_behind_its_last_row() {
    let mut account = account();
    let (all, pages) = follow(
        &mut account,
        "/api/v2/users.json?role[]=agent&role[]=admin&page[size]=3",
        "users",
    );
    assert_eq!((all, pages), (vec![500, 501, 502, 504], 2));
    let last = account
        .get("/api/v2/users?role[]=agent&role[]=admin&page[size]=100")
        .value();
    assert_eq!(last["meta"]["has_more"], false);
    assert!(
        last["links"]["next"].is_string(),
        "the last page with rows has a link all the same"
    );
    let next = last["links"]["next"].as_str().unwrap();
    assert!(
        next.contains("role%5B%5D=agent") && next.contains("page%5Bafter%5D="),
        "{next}"
    );
    let empty = account.get(&next.replace("https://acme.zendesk.com", "")).value();
    assert_eq!(
        (&empty["users"], &empty["links"]["next"], &empty["meta"]["after_cursor"]),
        (&json!([]), &Value::Null, &Value::Null)
    );
    let before = last["meta"]["after_cursor"]
        .as_str()
        .unwrap()
        .replace('=', "%3D")
        .replace('+', "%2B");
    let back = account
        .get(&format!(
            "/api/v2/users?role[]=agent&role[]=admin&page[size]=2&page[before]={before}"
        ))
        .value();
    assert_eq!(ids(&back, "users"), [501, 502]);
}

#[test]
fn a_row_that_goes_does_not_hide_the_next_one() {
    let mut account = account();
    let tickets: Vec<u64> = (0..3).map(|_| account.ticket()).collect();
    let first = account.get("/api/v2/tickets?page[size]=1").value();
    account.state.delete(tickets[0], account.now).unwrap();
    let next = first["links"]["next"]
        .as_str()
        .unwrap()
        .replace("https://acme.zendesk.com", "");
    assert_eq!(ids(&account.get(&next).value(), "tickets"), [tickets[1]]);
}

#[test]
fn pages_have_numbers_where_no_cursor_is_asked_for() {
    let mut account = account();
    let page = account.get("/api/v2/group_memberships?per_page=4&page=2").value();
    assert_eq!(
        (
            page["count"].as_u64(),
            page["group_memberships"].as_array().unwrap().len()
        ),
        (Some(6), 2)
    );
    assert_eq!(page["next_page"], Value::Null);
    assert_eq!(
        page["previous_page"],
        "https://acme.zendesk.com/api/v2/group_memberships.json?page=1&per_page=4"
    );
    assert!(page.get("meta").is_none());
}

#[test]
fn wrong_pages_are_refused() {
    let mut account = account();
    for (target, code) in [
        ("/api/v2/users?page[size]=101", "InvalidPaginationParameter"),
        ("/api/v2/users?page[after]=!", "InvalidPaginationParameter"),
        ("/api/v2/users?page=x", "InvalidPaginationParameter"),
        ("/api/v2/users?page=101", "InvalidPaginationDepth"),
    ] {
        let answer = account.get(target);
        assert_eq!(
            (answer.status, &answer.value()["errors"][0]["code"]),
            (400, &json!(code)),
            "{target}"
        );
    }
    assert_eq!(account.get("/api/v2/search?query=type:user&page[size]=5").status, 400);
    assert_eq!(account.get("/api/v2/search?query=type:user&page=11").status, 422);
    assert_eq!(account.get("/api/v2/search").status, 422);
}

#[test]
fn tickets_are_listed_by_external_id_exactly() {
    let mut account = account();
    let ticket = |id: &str| json!({"ticket": {"external_id": id, "comment": {"body": "b"}}});
    for id in ["zendesk-bridge:x:1", "zendesk-bridge:x:11", "zendesk-bridge:x:1"] {
        account.post("/api/v2/tickets", ticket(id));
    }
    let found = account
        .get("/api/v2/tickets?external_id=zendesk-bridge%3Ax%3A1")
        .value();
    assert_eq!(ids(&found, "tickets"), [1, 3], "it is not unique");
    assert_eq!(account.state.tickets_by_external_id_suffix(":11").len(), 1);
}

#[test]
fn groups_memberships_and_fields_are_listed() {
    let mut account = account();
    account.state.delete_group(72);
    assert_eq!(ids(&account.get("/api/v2/groups").value(), "groups"), [71, 72]);
    assert_eq!(
        ids(&account.get("/api/v2/groups?exclude_deleted=true").value(), "groups"),
        [71]
    );
    assert_eq!(account.get("/api/v2/groups/72").value()["group"]["deleted"], true);
    let members = account.get("/api/v2/groups/71/memberships").value();
    assert_eq!(members["group_memberships"][0]["user_id"], 501);
    assert_eq!(account.get("/api/v2/users/501/group_memberships").value()["count"], 1);
    assert_eq!(
        account.get("/api/v2/user_fields").value()["user_fields"][0]["key"],
        "phone_2"
    );
    for (path, error) in [
        ("/api/v2/groups/99", "RecordNotFound"),
        ("/api/v2/groups/x", "RecordNotFound"),
        ("/api/v2/nothing", "InvalidEndpoint"),
    ] {
        let answer = account.get(path);
        assert_eq!(
            (answer.status, &answer.value()["error"]),
            (404, &json!(error)),
            "{path}"
        );
    }
    assert!(
        account
            .get("/nothing")
            .header("content-type")
            .unwrap()
            .starts_with("text/html")
    );
}
