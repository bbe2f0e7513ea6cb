//! The answers beside what was seen on the real Zendesk: the same keys, of the same types.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::account;

/// Keys of single endpoints or of other types of fields.
const NOT_SHOWN: [&str; 4] = [
    "authenticity_token",
    "permanently_deleted",
    "custom_field_options",
    "tag",
];
/// Recorded by chance with no other value than null.
const WIDER: [(&str, &str); 4] = [
    ("phone", "string"),
    ("shared_phone_number", "bool"),
    ("external_id", "string"),
    ("signature", "string"),
];

/// The folder of the facts lies beside the repository; elsewhere there is nothing to compare with.
fn observed() -> Option<Value> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let file = root.join("../../../shared/facts/zendesk-observed-types.json");
    serde_json::from_slice(&std::fs::read(file).ok()?).ok()
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float",
        Value::Number(_) => "int",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[test]
fn answers_have_the_keys_and_types_that_were_recorded() {
    let Some(observed) = observed() else {
        eprintln!("skipped: there are no recorded types beside this repository");
        return;
    };
    let mut account = account();
    let ticket = account.ticket();
    let user = account.user("Karla", "+4972112345");
    let changed = account
        .put(
            &format!("/api/v2/tickets/{ticket}"),
            json!({"ticket": {"requester_id": user}}),
        )
        .value();
    let comments = account.get(&format!("/api/v2/tickets/{ticket}/comments")).value();
    let identities = account.get("/api/v2/users/501/identities").value();
    let samples = [
        (
            "user",
            account.get(&format!("/api/v2/users/{user}")).value()["user"].clone(),
        ),
        ("user", account.get("/api/v2/users/501").value()["user"].clone()),
        ("ticket", changed["ticket"].clone()),
        ("ticket_audit", changed["audit"].clone()),
        ("audit_event", changed["audit"]["events"][0].clone()),
        ("ticket_comment", comments["comments"][0].clone()),
        ("user_identity", identities["identities"][0].clone()),
        ("group", account.get("/api/v2/groups/71").value()["group"].clone()),
        (
            "group_membership",
            account.get("/api/v2/group_memberships").value()["group_memberships"][0].clone(),
        ),
        (
            "user_field",
            account.get("/api/v2/user_fields").value()["user_fields"][0].clone(),
        ),
    ];
    let mut wrong = BTreeSet::new();
    for (name, sample) in samples {
        let fields = observed[format!("{name}@2021-24")]["fields"].as_object().unwrap();
        let sample = sample
            .as_object()
            .unwrap_or_else(|| panic!("{name} is no object"))
            .clone();
        for (key, value) in &sample {
            let seen = fields.get(key).and_then(Value::as_object);
            let known = seen.is_some_and(|seen| seen.contains_key(kind(value))) || WIDER.contains(&(key, kind(value)));
            if !known {
                wrong.insert(format!("{name}.{key} is {}", kind(value)));
            }
        }
        for (key, seen) in fields {
            let always = seen.get("absent").is_none() || name == "user";
            if always && !sample.contains_key(key) && !NOT_SHOWN.contains(&key.as_str()) {
                wrong.insert(format!("{name}.{key} is missing"));
            }
        }
    }
    assert_eq!(wrong, BTreeSet::new());
}
