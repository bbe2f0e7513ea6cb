//! Audits of the whole account, comments that are hidden, and tickets that follow up others.

use serde_json::{Value, json};

use super::{account, objections, pair};

fn ids(body: &Value) -> Vec<u64> {
    let list = body["audits"].as_array().unwrap().iter();
    list.map(|row| row["id"].as_u64().unwrap()).collect()
}

#[test]
fn all_audits_are_listed_in_the_order_of_time_by_either_cursor() {
    let mut account = account();
    let (first, second) = (account.ticket(), account.ticket());
    account.put(
        &format!("/api/v2/tickets/{first}"),
        json!({"ticket": {"priority": "high"}}),
    );
    let all = account.get("/api/v2/ticket_audits?page%5Bsize%5D=100").value();
    let tickets: Vec<u64> = all["audits"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["ticket_id"].as_u64().unwrap())
        .collect();
    assert_eq!(tickets, [first, second, first]);
    let page = account.get("/api/v2/ticket_audits?limit=2").value();
    assert_eq!(ids(&page), ids(&all)[..2]);
    let next = page["after_url"]
        .as_str()
        .unwrap()
        .replace("https://acme.zendesk.com", "");
    assert_eq!(ids(&account.get(&next).value()), ids(&all)[2..]);
    let one = account
        .get(&format!("/api/v2/tickets/{first}/audits/{}", ids(&all)[2]))
        .value();
    assert_eq!(one["audit"], all["audits"][2]);
    let foreign = format!("/api/v2/tickets/{second}/audits/{}", ids(&all)[2]);
    assert_eq!(account.get(&foreign).status, 404);
}

#[test]
fn a_comment_is_hidden_once() {
    let mut account = account();
    let new = json!({"requester_id": 400, "comment": {"body": "b", "public": true}});
    let made = account.post("/api/v2/tickets", json!({"ticket": new})).value();
    let ticket = made["ticket"]["id"].as_u64().unwrap();
    let comment = &made["audit"]["events"][0]["id"];
    let path = format!("/api/v2/tickets/{ticket}/comments/{comment}/make_private");
    let before = account.state.ticket(ticket).unwrap();
    assert_eq!(account.put(&path, json!({})).status, 200);
    let after = account.state.ticket(ticket).unwrap();
    assert!(before.comments[0].public && !after.comments[0].public && after.updated_at > before.updated_at);
    account.put(&path, json!({}));
    assert_eq!(account.state.ticket(ticket).unwrap(), after, "twice is as good as once");
    let nothing = format!("/api/v2/tickets/{ticket}/comments/1/make_private");
    assert_eq!(account.put(&nothing, json!({})).status, 404);
}

#[test]
fn a_follow_up_and_its_source_know_of_each_other() {
    let mut account = account();
    let source = account.ticket();
    account.state.close(501, source, account.now).unwrap();
    let new = json!({"requester_id": 400, "comment": {"body": "again"}, "via_followup_source_id": source});
    let made = account.post("/api/v2/tickets", json!({"ticket": new})).value();
    let via = &made["ticket"]["via"]["source"];
    assert_eq!(
        (&via["rel"], &via["from"]["ticket_id"]),
        (&json!("follow_up"), &json!(source))
    );
    let old = account.get(&format!("/api/v2/tickets/{source}")).value();
    assert_eq!(old["ticket"]["followup_ids"], json!([made["ticket"]["id"]]));
    let wrong = json!({"comment": {"body": "again"}, "via_followup_source_id": 99});
    let answer = account.post("/api/v2/tickets", json!({"ticket": wrong}));
    assert_eq!(objections(&answer), pair("via_followup_source_id", "InvalidValue"));
}
