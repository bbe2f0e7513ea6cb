//! Tickets: created once, changed by everybody, told in audits.

use serde_json::{Value, json};

use super::{Account, account, objections, pair, with};
use crate::zendesk::{RefusalKey, SimResponse, SuspendedRequester, Switches};

fn create(account: &mut Account, change: Value) -> SimResponse {
    let mut ticket = json!({"subject": "s", "requester_id": 400, "comment": {"body": "b", "public": false}});
    for (key, value) in change.as_object().unwrap() {
        ticket[key] = value.clone();
    }
    account.post("/api/v2/tickets", json!({"ticket": ticket}))
}

/// Field, value and value before of each change in an answer's audit.
fn changes(answer: &SimResponse) -> Vec<(String, Value, Value)> {
    let body = answer.value();
    let events = body["audit"]["events"].as_array().cloned().unwrap_or_default();
    let changes = events.iter().filter(|event| event["type"] == "Change");
    changes
        .map(|event| {
            (
                event["field_name"].as_str().unwrap().to_owned(),
                event["value"].clone(),
                event["previous_value"].clone(),
            )
        })
        .collect()
}

#[test]
fn a_ticket_tells_what_became_of_it() {
    let mut account = account();
    let answer = create(
        &mut account,
        json!({"assignee_id": 501, "group_id": 71, "tags": ["phone", "Phone"], "external_id": "zendesk-bridge:x:1"}),
    );
    let ticket = answer.value()["ticket"].clone();
    assert_eq!(
        (answer.status, &ticket["status"], &ticket["tags"]),
        (201, &json!("open"), &json!(["phone"]))
    );
    assert_eq!(
        (&ticket["is_public"], &ticket["description"]),
        (&json!(false), &json!("b"))
    );
    assert_eq!(answer.header("location").unwrap(), ticket["url"].as_str().unwrap());
    let id = ticket["id"].as_u64().unwrap();
    assert_eq!(
        account.get(&format!("/api/v2/tickets/{id}.json")).value()["ticket"],
        ticket
    );
    let audit = answer.value()["audit"].clone();
    let requester = audit["events"]
        .as_array()
        .unwrap()
        .iter()
        .find(|event| event["field_name"] == "requester_id");
    assert_eq!(requester.unwrap()["value"], "400", "ids are text in audits");
    let comments = account.get(&format!("/api/v2/tickets/{id}/comments")).value();
    assert_eq!(
        (&comments["count"], &comments["comments"][0]["author_id"]),
        (&json!(1), &json!(500))
    );
    assert_eq!(
        account.get(&format!("/api/v2/tickets/{id}/audits")).value()["audits"][0],
        audit
    );
    assert_eq!(create(&mut account, json!({})).value()["ticket"]["status"], "new");
}

#[test]
fn what_cannot_be_is_refused_and_leaves_no_ticket() {
    let mut account = account();
    account.state.switches.refused_requesters.insert(502);
    account.state.switches.refused_assignees.insert(502);
    account.state.set_memberships(501, &[71], account.now);
    for (change, expected) in [
        (json!({"comment": {"body": " "}}), pair("base", "BlankValue")),
        (json!({"requester_id": 9}), pair("requester", "InvalidValue")),
        (json!({"requester_id": 502}), pair("requester", "InvalidValue")),
        (json!({"assignee_id": 400}), pair("assignee", "InvalidValue")),
        (json!({"assignee_id": 502}), pair("assignee", "InvalidValue")),
        (
            json!({"assignee_id": 501, "group_id": 72}),
            pair("assignee", "InvalidValue"),
        ),
        (json!({"group_id": 73}), pair("group", "InvalidValue")),
        (json!({"status": "solved"}), pair("assignee_id", "BlankValue")),
    ] {
        assert_eq!(objections(&create(&mut account, change)), expected);
    }
    for change in [
        json!({"requester_id": "400"}),
        json!({"status": "wat"}),
        json!({"comment": {"body": "b", "public": "no"}}),
    ] {
        assert_eq!(create(&mut account, change.clone()).status, 400, "{change}");
    }
    account.state.switches.refusal_key = RefusalKey::Base;
    assert_eq!(
        objections(&create(&mut account, json!({"requester_id": 9}))),
        pair("base", "InvalidValue")
    );
    assert!(account.state.tickets().is_empty());
}

#[test]
fn an_idempotency_key_makes_one_ticket_for_two_hours() {
    let mut account = account();
    let send = |account: &mut Account, body: Value| {
        let request = account
            .request(http::Method::POST, "/api/v2/tickets")
            .json(&json!({"ticket": body}));
        let answer = account.send(&request.with("idempotency-key", "call-1"));
        (
            answer.status,
            answer.header("x-idempotency-lookup").map(str::to_owned),
            answer,
        )
    };
    let body = json!({"subject": "s", "comment": {"body": "b"}});
    let bad = json!({"subject": "s", "comment": {"body": ""}});
    assert_eq!(send(&mut account, bad).0, 422, "a refusal is not kept");
    let (status, lookup, first) = send(&mut account, body.clone());
    assert_eq!((status, lookup.as_deref()), (201, Some("miss")));
    account.pass(7199);
    let (status, lookup, again) = send(&mut account, body.clone());
    assert_eq!(
        (status, lookup.as_deref(), again.value()),
        (201, Some("hit"), first.value())
    );
    let (status, _, other) = send(&mut account, json!({"subject": "t", "comment": {"body": "b"}}));
    assert_eq!(
        (status, &other.value()["error"]),
        (400, &json!("IdempotentRequestError"))
    );
    assert_eq!(account.state.tickets().len(), 1);
    account.pass(1);
    assert_eq!(send(&mut account, body).1.as_deref(), Some("miss"));
    assert_eq!(account.state.tickets().len(), 2);
}

#[test]
fn the_requester_is_changed_and_the_audit_tells() {
    let mut account = account();
    let id = account.ticket();
    let customer = account.user("Karla", "");
    let path = format!("/api/v2/tickets/{id}");
    let answer = account.put(&path, json!({"ticket": {"requester_id": customer}}));
    assert_eq!(
        changes(&answer),
        [("requester_id".to_owned(), json!(customer.to_string()), json!("400"))]
    );
    let same = account.put(&path, json!({"ticket": {"requester_id": customer}}));
    assert_eq!(
        (same.status, same.value().get("audit")),
        (200, None),
        "nothing changed, so there is no audit"
    );
    assert_eq!(
        answer.value()["ticket"]["updated_at"],
        same.value()["ticket"]["updated_at"]
    );
    let refused = account.put(&path, json!({"ticket": {"requester_id": 9}}));
    assert_eq!(objections(&refused), pair("requester", "InvalidValue"));
}

#[test]
fn a_safe_update_fails_when_somebody_wrote_in_between() {
    let mut account = account();
    let id = account.ticket();
    let path = format!("/api/v2/tickets/{id}");
    let stamp = account.get(&path).value()["ticket"]["updated_at"].clone();
    let safe = |stamp: &Value| json!({"ticket": {"requester_id": 502, "safe_update": true, "updated_stamp": stamp}});
    account.state.edit(501, id, account.now).unwrap();
    let conflict = account.put(&path, safe(&stamp));
    assert_eq!(
        (conflict.status, &conflict.value()["error"]),
        (409, &json!("UpdateConflict"))
    );
    assert_eq!(account.state.ticket(id).unwrap().requester, 400);
    let stamp = account.get(&path).value()["ticket"]["updated_at"].clone();
    assert_eq!(account.put(&path, safe(&stamp)).status, 200);
    // On the real one, two writes within a second look the same.
    account.state.switches.coarse_stamps = true;
    account.pass(10);
    account.state.edit(501, id, account.now).unwrap();
    let stamp = account.get(&path).value()["ticket"]["updated_at"].clone();
    account.state.edit(501, id, account.now).unwrap();
    assert_eq!(account.put(&path, safe(&stamp)).status, 200);
}

#[test]
fn assignee_and_group_go_together() {
    let mut account = account();
    let now = account.now;
    account.state.add_group(73, "Returns", now);
    account.state.set_memberships(502, &[72, 71], now);
    let id = create(&mut account, json!({})).value()["ticket"]["id"]
        .as_u64()
        .unwrap();
    let mut put = |change: Value| {
        let answer = account
            .put(&format!("/api/v2/tickets/{id}"), json!({"ticket": change}))
            .value();
        (
            answer["ticket"]["assignee_id"].as_u64(),
            answer["ticket"]["group_id"].as_u64(),
            answer["ticket"]["status"].clone(),
        )
    };
    assert_eq!(
        put(json!({"assignee_id": 502})),
        (Some(502), Some(72), json!("open")),
        "his default group"
    );
    assert_eq!(
        put(json!({"group_id": 71})),
        (Some(502), Some(71), json!("open")),
        "he is in that one, too"
    );
    assert_eq!(put(json!({"assignee_id": 501})), (Some(501), Some(71), json!("open")));
    assert_eq!(
        put(json!({"group_id": 73})),
        (None, Some(73), json!("open")),
        "who is not in the group goes"
    );
    assert_eq!(put(json!({"group_id": null})), (None, None, json!("open")));
}

#[test]
fn closed_tickets_stay_as_they_are_and_deleted_ones_are_gone() {
    let mut account = account();
    let (closed, deleted) = (account.ticket(), account.ticket());
    account.state.close(501, closed, account.now).unwrap();
    account.state.delete(deleted, account.now).unwrap();
    let note = json!({"ticket": {"comment": {"body": "n", "public": false}}});
    let refused = account.put(&format!("/api/v2/tickets/{closed}"), note.clone());
    assert_eq!(
        refused.value()["details"]["status"][0]["description"],
        "closed prevents ticket update"
    );
    assert_eq!(account.put(&format!("/api/v2/tickets/{deleted}"), note).status, 404);
    assert_eq!(account.get(&format!("/api/v2/tickets/{deleted}")).status, 404);
    assert_eq!(account.state.edit(501, closed, account.now).unwrap_err().status, 422);
    assert_eq!(account.state.tickets().len(), 2, "for tests it is still there");
    assert_eq!(account.get("/api/v2/tickets").value()["count"], 1);
}

#[test]
fn comments_are_as_visible_as_the_first_one_unless_told() {
    let mut account = account();
    let id = account.ticket();
    let mut note = |comment: Value| {
        account.put(
            &format!("/api/v2/tickets/{id}"),
            json!({"ticket": {"comment": comment}}),
        )
    };
    assert_eq!(
        note(json!({"body": "a"})).value()["audit"]["events"][0]["public"],
        false
    );
    assert_eq!(
        note(json!({"html_body": "<b>bold</b> text", "public": true})).value()["ticket"]["is_public"],
        true
    );
    assert_eq!(objections(&note(json!({"body": ""}))), pair("comment", "BlankValue"));
    let comments = account.state.ticket(id).unwrap().comments;
    let texts: Vec<_> = comments
        .iter()
        .map(|comment| (comment.body.as_str(), comment.public))
        .collect();
    assert_eq!(texts, [("rings", false), ("a", false), ("bold text", true)]);
    let newest = account
        .get(&format!("/api/v2/tickets/{id}/comments?sort=-created_at"))
        .value();
    assert_eq!(newest["comments"][0]["body"], "bold text");
}

#[test]
fn a_suspended_requester_gets_no_ticket_unless_switched() {
    let mut account = with(Switches::compressed());
    account.put("/api/v2/users/400", json!({"user": {"suspended": true}}));
    let answer = create(&mut account, json!({}));
    assert_eq!((answer.status, answer.value().get("ticket")), (201, None));
    assert!(answer.value()["suspended_ticket"]["id"].is_u64());
    account.state.switches.suspended_requester = SuspendedRequester::Refused;
    assert_eq!(
        objections(&create(&mut account, json!({}))),
        pair("requester", "InvalidValue")
    );
    assert_eq!(
        (account.state.tickets().len(), account.state.suspended_tickets()),
        (0, 1)
    );
    account.state.switches.suspended_requester = SuspendedRequester::Accepted;
    assert_eq!(create(&mut account, json!({})).value()["ticket"]["requester_id"], 400);
}

#[test]
fn a_requester_told_by_name_and_address_is_made() {
    let mut account = account();
    let mut ask = |requester: Value| {
        create(&mut account, json!({"requester_id": null, "requester": requester})).value()["ticket"]["requester_id"]
            .clone()
    };
    let made = ask(json!({"name": "Karla", "email": "karla@acme.example"}));
    assert_eq!(ask(json!("Karla@acme.example")), made);
    assert_eq!(ask(json!({"email": "telephone@acme.example"})), 400);
}
