//! Users: created, updated, deleted, and what is refused.

use serde_json::{Value, json};

use super::{account, objections, pair};

#[test]
fn a_name_is_all_that_a_new_user_needs() {
    let mut account = account();
    let answer = account.post(
        "/api/v2/users.json",
        json!({"user": {"name": "Karla", "colour": "red"}}),
    );
    let user = answer.value()["user"].clone();
    assert_eq!(
        (answer.status, &user["role"], &user["email"]),
        (201, &json!("end-user"), &Value::Null)
    );
    assert_eq!(answer.header("location").unwrap(), user["url"].as_str().unwrap());
    assert_eq!(
        answer.header("x-zendesk-api-warn").unwrap(),
        r#"{:allowed_parameters=>{:controller=>"users", :action=>"create", :unpermitted_keys=>["user.colour"], :invalid_values=>[]}}"#
    );
    assert_eq!(user["user_fields"], json!({"phone_2": null}));
    assert_eq!(
        account.get(&format!("/api/v2/users/{}", user["id"])).value()["user"],
        user
    );
}

#[test]
fn what_cannot_be_is_refused() {
    let mut account = account();
    account.post("/api/v2/users", json!({"user": {"name": "x", "external_id": "Crm-1"}}));
    for (user, expected) in [
        (json!({"email": "x@acme.example"}), pair("name", "BlankValue")),
        (json!({"name": "x", "email": "badmail"}), pair("email", "-")),
        (
            json!({"name": "x", "email": "Ben@acme.example"}),
            pair("email", "DuplicateValue"),
        ),
        (
            json!({"name": "x", "external_id": "CRM-1"}),
            pair("external_id", "DuplicateValue"),
        ),
        (json!({"name": "x", "role": "king"}), pair("role", "InvalidValue")),
    ] {
        assert_eq!(
            objections(&account.post("/api/v2/users", json!({"user": user}))),
            expected
        );
    }
    let before = account.state.users().len();
    for (body, status) in [
        (json!({"user": {"name": 7}}), 400),
        (json!({"user": {"name": "x", "tags": "a b"}}), 400),
        (json!({"user": {"name": "x", "user_fields": [1]}}), 400),
        (json!({"user": "x"}), 400),
        (json!({"usr": {}}), 400),
    ] {
        let answer = account.post("/api/v2/users", body.clone());
        assert_eq!(answer.status, status, "{body}");
    }
    let form = account
        .request(http::Method::POST, "/api/v2/users")
        .with("content-type", "text/plain");
    assert_eq!(account.send(&form).status, 415);
    assert_eq!(account.state.users().len(), before);
}

#[test]
fn create_or_update_goes_by_address_and_external_id_but_not_by_number() {
    let mut account = account();
    let mut send = |user: Value| {
        let answer = account.post("/api/v2/users/create_or_update", json!({"user": user}));
        (answer.status, answer.value()["user"]["id"].as_u64(), answer)
    };
    let (status, first, _) = send(json!({"name": "a", "phone": "+4972112345", "external_id": "tel:+4972112345"}));
    assert_eq!(status, 201);
    let (status, again, answer) = send(json!({"name": "b", "external_id": "TEL:+4972112345"}));
    assert_eq!((status, again), (200, first));
    assert_eq!(
        answer.value()["user"]["external_id"],
        "TEL:+4972112345",
        "the latest spelling stays"
    );
    let (status, other, _) = send(json!({"name": "c", "phone": "+4972112345", "email": "c@acme.example"}));
    assert!(status == 201 && other != first, "numbers do not count");
    assert_eq!(send(json!({"name": "d", "email": "C@acme.example"})).0, 200);
    let (_, _, conflict) = send(json!({"name": "e", "email": "c@acme.example", "external_id": "tel:+4972112345"}));
    assert_eq!(objections(&conflict), pair("email", "DuplicateValue"));
}

#[test]
fn updates_are_partial_and_an_address_is_added() {
    let mut account = account();
    let before = account.get("/api/v2/users/400").value()["user"].clone();
    let change = json!({"user": {"email": "second@acme.example", "notes": "n", "tags": ["B", "a a"], "user_fields": {"phone_2": "1"}}});
    let after = account.put("/api/v2/users/400", change).value()["user"].clone();
    assert_eq!(
        (&after["name"], &after["email"]),
        (&before["name"], &before["email"]),
        "the primary address stays"
    );
    assert_eq!((&after["notes"], &after["tags"]), (&json!("n"), &json!(["a", "b"])));
    assert!(after["updated_at"].as_str() > before["updated_at"].as_str());
    assert_eq!(
        account.state.user(400).unwrap().emails,
        ["telephone@acme.example", "second@acme.example"]
    );
    let cleared = account.put(
        "/api/v2/users/400",
        json!({"user": {"user_fields": {"phone_2": null}, "notes": null}}),
    );
    assert_eq!(cleared.value()["user"]["user_fields"]["phone_2"], Value::Null);
}

#[test]
fn a_user_with_open_tickets_cannot_be_deleted() {
    let mut account = account();
    let ticket = account.ticket();
    let refused = account.delete("/api/v2/users/400");
    assert_eq!(objections(&refused), pair("base", "-"));
    account.state.close(501, ticket, account.now).unwrap();
    let gone = account.delete("/api/v2/users/400");
    assert_eq!((gone.status, &gone.value()["user"]["active"]), (200, &json!(false)));
    assert_eq!(account.get("/api/v2/users/400").status, 200, "still shown by id");
    assert_eq!(
        account.put("/api/v2/users/400", json!({"user": {"name": "x"}})).status,
        404
    );
    assert_eq!(
        account
            .get("/api/v2/users/search?query=email:telephone@acme.example")
            .value()["count"],
        0
    );
    let many = account.get("/api/v2/users/show_many?ids=400,501,999").value();
    assert_eq!(
        (many["count"].as_u64(), &many["users"][0]["id"]),
        (Some(1), &json!(501))
    );
}
