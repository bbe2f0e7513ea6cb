//! Groups and memberships that are written, and what hangs on a user.

use serde_json::json;

use super::{account, objections, pair};

#[test]
fn groups_are_made_renamed_and_deleted() {
    let mut account = account();
    let made = account.post(
        "/api/v2/groups",
        json!({"group": {"name": "Export", "description": "d"}}),
    );
    assert_eq!((made.status, &made.value()["group"]["description"]), (201, &json!("d")));
    let path = format!("/api/v2/groups/{}", made.value()["group"]["id"]);
    let renamed = account.put(&path, json!({"group": {"name": "Import"}})).value();
    assert_eq!(
        (&renamed["group"]["name"], &renamed["group"]["description"]),
        (&json!("Import"), &json!("d"))
    );
    let blank = account.post("/api/v2/groups", json!({"group": {"name": ""}}));
    assert_eq!(objections(&blank), pair("name", "BlankValue"));
    assert_eq!(account.delete(&path).status, 204);
    assert_eq!(account.get(&path).value()["group"]["deleted"], true);
    assert_eq!(account.delete(&path).status, 404);
}

#[test]
fn memberships_are_made_once_and_for_agents_only() {
    let mut account = account();
    let body = |user: u64, group: u64| json!({"group_membership": {"user_id": user, "group_id": group}});
    let group = account
        .post("/api/v2/groups", json!({"group": {"name": "Export"}}))
        .value()["group"]["id"]
        .as_u64()
        .unwrap();
    let made = account.post("/api/v2/group_memberships", body(501, group));
    assert_eq!(made.status, 201);
    for (user, group, key, code) in [
        (501, group, "user_id", "DuplicateValue"),
        (400, group, "user", "InvalidValue"),
        (501, 99, "group", "InvalidValue"),
    ] {
        let refused = account.post("/api/v2/group_memberships", body(user, group));
        assert_eq!(objections(&refused), pair(key, code));
    }
    let id = made.value()["group_membership"]["id"].as_u64().unwrap();
    let own = account
        .put(
            &format!("/api/v2/users/501/group_memberships/{id}/make_default"),
            json!({}),
        )
        .value();
    let defaults: Vec<_> = own["group_memberships"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["default"] == true)
        .collect();
    assert_eq!((defaults.len(), &defaults[0]["id"]), (1, &json!(id)));
    assert_eq!(
        account.get(&format!("/api/v2/groups/{group}/users")).value()["users"][0]["id"],
        501
    );
    assert_eq!(account.get("/api/v2/users/501/groups").value()["count"], 3);
    let path = format!("/api/v2/group_memberships/{id}");
    assert_eq!(
        (
            account.get(&path).status,
            account.delete(&path).status,
            account.get(&path).status
        ),
        (200, 204, 404)
    );
}

#[test]
fn a_users_tickets_are_listed_and_counted() {
    let mut account = account();
    let ticket = account.ticket();
    assert_eq!(
        account.get("/api/v2/users/400/tickets/requested").value()["tickets"][0]["id"],
        ticket
    );
    assert_eq!(account.get("/api/v2/users/501/tickets/assigned").value()["count"], 1);
    assert_eq!(account.get("/api/v2/users/501/tickets/ccd").value()["count"], 0);
    assert_eq!(
        account.get("/api/v2/users/400/related").value()["user_related"]["requested_tickets"],
        1
    );
    assert_eq!(account.get("/api/v2/users/9/related").status, 404);
    assert_eq!(
        account.get("/api/v2/search/count?query=type:ticket").value(),
        json!({"count": 1})
    );
}
