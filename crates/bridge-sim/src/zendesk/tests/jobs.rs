//! Writes of many records, the jobs that tell of them, counts and tags.

use serde_json::{Value, json};

use super::{Account, account, objections, pair, with};
use crate::zendesk::Switches;

/// The job's status at the start, and at each of the next reads.
fn stages(account: &mut Account, answer: &Value, reads: usize) -> Vec<Value> {
    let mut stages = vec![answer["job_status"].clone()];
    let id = stages[0]["id"].as_str().unwrap().to_owned();
    stages.extend(
        (0..reads).map(|_| account.get(&format!("/api/v2/job_statuses/{id}.json")).value()["job_status"].clone()),
    );
    stages
}

#[test]
fn a_job_is_queued_then_working_then_done_with_a_row_for_each_record() {
    let mut account = account();
    let users = json!({"users": [{"name": "Karla"}, {"name": " "}, {"name": "Kuno", "external_id": "k"}]});
    let answer = account.post("/api/v2/users/create_many.json", users);
    assert_eq!(answer.status, 200);
    let stages = stages(&mut account, &answer.value(), 2);
    let words: Vec<_> = stages.iter().map(|job| job["status"].as_str().unwrap()).collect();
    assert_eq!(words, ["queued", "working", "completed"]);
    assert_eq!(
        (&stages[1]["results"], &stages[2]["progress"]),
        (&Value::Null, &json!(3))
    );
    let rows = &stages[2]["results"];
    let kuno = rows[2]["id"].as_u64().unwrap();
    assert_eq!(
        account.get(&format!("/api/v2/users/{kuno}")).value()["user"]["name"],
        "Kuno"
    );
    assert_eq!(
        rows[1],
        json!({"index": 1, "error": "RecordInvalid", "details": "Name: cannot be blank"})
    );
}

#[test]
fn a_job_is_done_as_soon_as_the_switch_says_and_forgotten_after_an_hour() {
    let mut account = with(Switches {
        job_reads: 0,
        ..Switches::compressed()
    });
    let answer = account
        .put("/api/v2/users/update_many?ids=400", json!({"user": {"name": "K"}}))
        .value();
    let stages = stages(&mut account, &answer, 1);
    assert_eq!(stages[1]["status"], "completed");
    let id = stages[1]["id"].as_str().unwrap();
    let many = account
        .get(&format!("/api/v2/job_statuses/show_many?ids={id},V3-none"))
        .value();
    assert_eq!(many["job_statuses"].as_array().unwrap().len(), 1);
    assert_eq!(account.get("/api/v2/job_statuses").value()["meta"]["has_more"], false);
    account.pass(3600);
    assert_eq!(account.get(&format!("/api/v2/job_statuses/{id}")).status, 404);
}

#[test]
fn many_tickets_are_made_changed_and_deleted() {
    let mut account = with(Switches {
        job_reads: 0,
        ..Switches::compressed()
    });
    let tickets = json!({"tickets": [{"comment": {"body": "a"}, "tags": ["x", "y"]}, {"subject": "no words"}]});
    let answer = account.post("/api/v2/tickets/create_many", tickets).value();
    let made = stages(&mut account, &answer, 1)[1]["results"].clone();
    assert_eq!(made[1]["error"], "RecordInvalid");
    let id = made[0]["id"].as_u64().unwrap();
    let change = json!({"ticket": {"additional_tags": ["z"], "remove_tags": ["x"]}});
    let answer = account
        .put(&format!("/api/v2/tickets/update_many?ids={id},99"), change)
        .value();
    let changed = stages(&mut account, &answer, 1)[1]["results"].clone();
    assert_eq!(
        changed[0],
        json!({"id": id, "action": "update", "success": true, "status": "Updated"})
    );
    assert_eq!(
        (&changed[1]["id"], &changed[1]["error"]),
        (&json!(99), &json!("NotFound"))
    );
    assert_eq!(
        account.get(&format!("/api/v2/tickets/{id}/tags")).value()["tags"],
        json!(["y", "z"])
    );
    account.delete(&format!("/api/v2/tickets/destroy_many?ids={id}"));
    assert_eq!(account.get(&format!("/api/v2/tickets/{id}")).status, 404);
}

#[test]
fn users_are_written_by_external_id_and_deleted() {
    let mut account = with(Switches {
        job_reads: 0,
        ..Switches::compressed()
    });
    let body = json!({"users": [{"name": "K", "external_id": "k"}, {"name": "Karla", "external_id": "K"}]});
    let answer = account.post("/api/v2/users/create_or_update_many", body).value();
    let rows = stages(&mut account, &answer, 1)[1]["results"].clone();
    assert_eq!(
        (&rows[0]["status"], &rows[1]["status"]),
        (&json!("Created"), &json!("Updated"))
    );
    assert_eq!(rows[0]["id"], rows[1]["id"]);
    let id = rows[0]["id"].as_u64().unwrap();
    account.delete(&format!("/api/v2/users/destroy_many?ids={id}"));
    assert_eq!(
        account.get(&format!("/api/v2/users/{id}")).value()["user"]["active"],
        false
    );
}

#[test]
fn too_many_records_and_too_many_jobs_are_refused() {
    let mut account = account();
    let users: Vec<_> = (0..101).map(|n| json!({"name": n.to_string()})).collect();
    let answer = account.post("/api/v2/users/create_many", json!({"users": users}));
    assert_eq!(
        (answer.status, answer.value()["error"].clone()),
        (400, json!("TooManyValues"))
    );
    let ids = vec!["1"; 101].join(",");
    assert_eq!(
        account
            .delete(&format!("/api/v2/tickets/destroy_many?ids={ids}"))
            .status,
        400
    );
    account.state.switches.limits.jobs = Some(1);
    let one = json!({"users": [{"name": "Karla"}]});
    assert_eq!(account.post("/api/v2/users/create_many", one.clone()).status, 200);
    let refused = account.post("/api/v2/users/create_many", one.clone());
    assert_eq!(
        (refused.status, refused.value()["error"].clone()),
        (429, json!("TooManyJobs"))
    );
    account.pass(60);
    assert_eq!(account.post("/api/v2/users/create_many", one).status, 200);
}

#[test]
fn counts_and_recent_tickets_are_no_ids() {
    let mut account = account();
    let ticket = account.ticket();
    assert_eq!(account.get("/api/v2/groups/count").value()["count"]["value"], 2);
    assert_eq!(account.get("/api/v2/tickets/count.json").value()["count"]["value"], 1);
    assert!(account.get("/api/v2/users/count").value()["count"]["value"].as_u64() > Some(3));
    assert_eq!(
        account.get("/api/v2/tickets/recent").value()["tickets"][0]["id"],
        ticket
    );
}

#[test]
fn tags_are_set_added_and_removed_one_write_at_a_time() {
    let mut account = account();
    let path = format!("/api/v2/tickets/{}/tags", account.ticket());
    let set = account.post(&path, json!({"tags": ["b", "a"]}));
    assert_eq!((set.status, set.value()), (201, json!({"tags": ["a", "b"]})));
    assert_eq!(
        account.put(&path, json!({"tags": ["c"]})).value()["tags"],
        json!(["a", "b", "c"])
    );
    let less = account
        .request(http::Method::DELETE, &path)
        .json(&json!({"tags": ["a"]}));
    assert_eq!(account.send(&less).value()["tags"], json!(["b", "c"]));
    let stale = json!({"tags": ["d"], "safe_update": true, "updated_stamp": "2020-01-01T00:00:00Z"});
    assert_eq!(account.put(&path, stale).status, 409);
    account.state.close(501, 1, account.now).unwrap();
    assert_eq!(
        objections(&account.put(&path, json!({"tags": ["e"]}))),
        pair("status", "-")
    );
}
