//! Fields of users, made through the API, and what may stand in them.

use serde_json::json;

use super::{account, objections, pair};

#[test]
fn a_field_is_made_changed_and_gone_with_its_values() {
    let mut account = account();
    let answer = account.post(
        "/api/v2/user_fields",
        json!({"user_field": {"key": "phone_3", "title": "Third phone"}}),
    );
    let made = answer.value()["user_field"].clone();
    assert_eq!(answer.status, 201);
    assert!(
        answer
            .header("location")
            .unwrap()
            .ends_with(&format!("/user_fields/{}.json", made["id"]))
    );
    assert_eq!(
        (&made["type"], &made["description"], &made["position"]),
        (&json!("text"), &json!("Third phone"), &json!(9999))
    );
    account.put(
        "/api/v2/users/400",
        json!({"user": {"user_fields": {"phone_3": "+4972112345"}}}),
    );
    let body = json!({"user_field": {"title": "3rd", "active": false, "key": "other", "regexp_for_validation": null}});
    let changed = account.put("/api/v2/user_fields/phone_3", body);
    assert!(changed.header("x-zendesk-api-warn").unwrap().contains("user_field.key"));
    let changed = changed.value()["user_field"].clone();
    assert_eq!(
        (&changed["title"], &changed["active"], &changed["key"]),
        (&json!("3rd"), &json!(false), &json!("phone_3"))
    );
    assert_eq!(
        account.get(&format!("/api/v2/user_fields/{}", made["id"])).value()["user_field"],
        changed
    );
    let user = account.get("/api/v2/users/400").value();
    assert_eq!(user["user"]["user_fields"]["phone_3"], "+4972112345");
    assert_eq!(
        account.delete(&format!("/api/v2/user_fields/{}", made["id"])).status,
        204
    );
    let user = account.get("/api/v2/users/400").value();
    assert_eq!(user["user"]["user_fields"].get("phone_3"), None);
    assert_eq!(account.get("/api/v2/user_fields/phone_3").status, 404);
}

#[test]
fn what_cannot_be_a_field_is_refused() {
    let mut account = account();
    for (field, key, code) in [
        (json!({"key": "a"}), "title", "BlankValue"),
        (json!({"title": "a"}), "key", "BlankValue"),
        (json!({"key": "a b", "title": "a"}), "key", "InvalidValue"),
        (json!({"key": "phone_2", "title": "a"}), "key", "DuplicateValue"),
        (
            json!({"key": "a", "title": "a", "type": "phone"}),
            "type",
            "InvalidValue",
        ),
        (
            json!({"key": "a", "title": "a", "type": "dropdown"}),
            "custom_field_options",
            "BlankValue",
        ),
    ] {
        let answer = account.post("/api/v2/user_fields", json!({"user_field": field}));
        assert_eq!(objections(&answer), pair(key, code));
    }
    account
        .state
        .add_oauth_token("anna", 501, "read write", None, account.now);
    account.token = "anna".to_owned();
    let field = json!({"user_field": {"key": "a", "title": "a"}});
    assert_eq!(account.post("/api/v2/user_fields", field).status, 403, "agents may not");
}

#[test]
fn a_value_must_be_of_the_fields_kind() {
    let mut account = account();
    let options = json!([{"name": "Office", "value": "office"}, {"name": "Mobile", "value": "mobile"}]);
    let dropdown = json!({"key": "line", "title": "Line", "type": "dropdown", "custom_field_options": options});
    let made = account
        .post("/api/v2/user_fields", json!({"user_field": dropdown}))
        .value();
    assert_eq!(made["user_field"]["custom_field_options"][1]["value"], "mobile");
    for kind in ["integer", "decimal", "date", "checkbox", "multiselect"] {
        account.state.add_user_field(kind, kind, account.now);
    }
    for (key, value, good) in [
        ("line", json!("office"), true),
        ("line", json!("home"), false),
        ("line", json!(null), true),
        ("integer", json!(7), true),
        ("integer", json!("seven"), false),
        ("decimal", json!("7.5"), true),
        ("decimal", json!("x"), false),
        ("date", json!("2026-11-24"), true),
        ("date", json!("24.11."), false),
        ("checkbox", json!(true), true),
        ("checkbox", json!("maybe"), false),
        ("multiselect", json!(["x"]), false),
        ("phone_2", json!("+49721"), true),
        ("phone_2", json!(["+49721"]), false),
        ("nothing", json!(["x"]), true),
    ] {
        let answer = account.put("/api/v2/users/400", json!({"user": {"user_fields": {key: value}}}));
        match good {
            true => assert_eq!(answer.status, 200, "{key} {value}"),
            false => assert_eq!(objections(&answer), pair(key, "InvalidValue"), "{key} {value}"),
        }
    }
}
