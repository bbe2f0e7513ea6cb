//! Numbers: direct lines, shared numbers, identities, and how they are found.

use std::time::Duration;

use serde_json::json;

use super::{account, objections, pair, with};
use crate::zendesk::{NewUser, Switches};

const NUMBER: &str = "+4972112345";

#[test]
fn a_new_number_becomes_a_direct_line_and_the_old_one_stays() {
    let mut account = account();
    let user = account.user("Karla", "07247 99");
    let put = account.put(&format!("/api/v2/users/{user}"), json!({"user": {"phone": NUMBER}}));
    assert_eq!(
        (
            &put.value()["user"]["phone"],
            &put.value()["user"]["shared_phone_number"]
        ),
        (&json!(NUMBER), &json!(false))
    );
    assert_eq!(account.state.user(user).unwrap().lines, ["07247 99", NUMBER]);
    let cleared = account.put(&format!("/api/v2/users/{user}"), json!({"user": {"phone": ""}}));
    assert_eq!(cleared.value()["user"]["phone"], json!(null));
    assert_eq!(
        account.state.user(user).unwrap().lines,
        ["07247 99", NUMBER],
        "identities stay"
    );
}

#[test]
fn somebody_elses_direct_line_can_only_be_shared() {
    let mut account = account();
    let owner = account.user("Karla", NUMBER);
    let second = account.user("Klaus", NUMBER);
    let shown = account.state.user(second).unwrap();
    assert!(shown.shared_phone && shown.lines.is_empty() && shown.phone.as_deref() == Some(NUMBER));
    assert!(!account.state.user(owner).unwrap().shared_phone);

    let identity = json!({"identity": {"type": "phone_number", "value": NUMBER}});
    let refused = account.post(&format!("/api/v2/users/{second}/identities"), identity.clone());
    assert_eq!(objections(&refused), pair("value", "DuplicateValue"));
    let refused = account.put(
        &format!("/api/v2/users/{second}"),
        json!({"user": {"phone": NUMBER, "shared_phone_number": false}}),
    );
    assert_eq!(objections(&refused), pair("phone", "DuplicateValue"));

    // Numbers are compared as they are spelt.
    let spelt = json!({"identity": {"type": "phone_number", "value": "+49 721 12345"}});
    assert_eq!(
        account
            .post(&format!("/api/v2/users/{second}/identities"), spelt)
            .status,
        201
    );
    // Who is deleted owns nothing any more.
    assert_eq!(account.delete(&format!("/api/v2/users/{owner}")).status, 200);
    assert_eq!(
        account
            .post(&format!("/api/v2/users/{second}/identities"), identity)
            .status,
        201
    );
}

#[test]
fn identities_come_and_go() {
    let mut account = account();
    let user = account.user("Karla", NUMBER);
    let path = format!("/api/v2/users/{user}/identities");
    let made = account.post(
        &path,
        json!({"identity": {"type": "phone_number", "value": "+4912", "verified": true}}),
    );
    assert_eq!(made.status, 201);
    let id = made.value()["identity"]["id"].as_u64().unwrap();
    assert_eq!(
        made.header("location").unwrap(),
        format!("https://acme.zendesk.com{path}/{id}.json")
    );
    account.post(&path, json!({"identity": {"type": "email", "value": "k@acme.example"}}));

    let listed = account.get(&format!("{path}?type[]=phone_number")).value();
    assert_eq!(
        (listed["count"].as_u64(), listed["identities"][0]["value"].as_str()),
        (Some(2), Some(NUMBER))
    );
    let all = account.put(&format!("{path}/{id}/make_primary"), json!({})).value();
    assert_eq!(
        (&all["identities"][0]["value"], all["count"].as_u64()),
        (&json!("+4912"), Some(3))
    );
    assert_eq!(account.state.user(user).unwrap().phone.as_deref(), Some("+4912"));

    assert_eq!(account.delete(&format!("{path}/{id}")).status, 204);
    assert_eq!(account.get(&format!("{path}/{id}")).status, 404);
    assert_eq!(
        account.state.user(user).unwrap().phone.as_deref(),
        Some("+4912"),
        "the profile goes on showing it"
    );
    for (identity, expected) in [
        (
            json!({"type": "phone_number", "value": NUMBER}),
            pair("value", "DuplicateValue"),
        ),
        (
            json!({"type": "email", "value": "ANNA@acme.example"}),
            pair("value", "DuplicateValue"),
        ),
        (json!({"type": "email", "value": "badmail"}), pair("value", "-")),
        (
            json!({"type": "phone_number", "value": " "}),
            pair("value", "BlankValue"),
        ),
    ] {
        assert_eq!(
            objections(&account.post(&path, json!({"identity": identity}))),
            expected
        );
    }
    assert_eq!(
        account
            .post(&path, json!({"identity": {"type": "fax", "value": "1"}}))
            .status,
        400
    );
}

#[test]
fn a_merge_takes_numbers_and_tickets_along() {
    let mut account = account();
    let placeholder = account.user("+49 721 12345", NUMBER);
    let customer = account.user("Karla", "");
    let ticket = account.ticket();
    let path = format!("/api/v2/tickets/{ticket}");
    account.put(&path, json!({"ticket": {"requester_id": placeholder}}));
    let before = account.state.ticket(ticket).unwrap();
    account.state.merge_users(placeholder, customer, account.now).unwrap();

    let after = account.state.ticket(ticket).unwrap();
    assert_eq!((before.requester, after.requester), (placeholder, customer));
    assert!(after.updated_at > before.updated_at);
    let winner = account.state.user(customer).unwrap();
    assert_eq!(
        (winner.phone.as_deref(), winner.lines),
        (Some(NUMBER), vec![NUMBER.to_owned()])
    );
    let loser = account.get(&format!("/api/v2/users/{placeholder}")).value();
    assert_eq!(loser["user"]["active"], false);
    assert_eq!(account.state.user(placeholder).unwrap().merged_into, Some(customer));
    let agent = account.put(&format!("/api/v2/users/{customer}/merge"), json!({"user": {"id": 501}}));
    assert_eq!(objections(&agent), pair("base", "InvalidValue"));
}

#[test]
fn searches_find_numbers_however_they_are_spelt() {
    let mut account = account();
    let spelt = account.user("Spelt", "+49 (721) 123-45");
    let second = account.user("Second", "");
    let identity = json!({"identity": {"type": "phone_number", "value": "0049721-12345"}});
    account.post(&format!("/api/v2/users/{second}/identities"), identity);
    let field = account.user("Field", "");
    account.put(
        &format!("/api/v2/users/{field}"),
        json!({"user": {"user_fields": {"phone_2": "0721/12345", "nope": 1}}}),
    );
    let mut found = |query: &str| -> Vec<u64> {
        let users = account.get(&format!("/api/v2/users/search?query={query}")).value();
        let found = account
            .get(&format!("/api/v2/search.json?query=type:user%20{query}"))
            .value();
        let ids = |list: &serde_json::Value| {
            list.as_array()
                .unwrap()
                .iter()
                .map(|user| user["id"].as_u64().unwrap())
                .collect()
        };
        let (users, found): (Vec<u64>, Vec<u64>) = (ids(&users["users"]), ids(&found["results"]));
        assert_eq!(users, found);
        users
    };
    assert_eq!(found("role:end-user%20phone:*72112345"), [spelt, second]);
    assert_eq!(found("phone:*72112345%20-role:agent"), [spelt, second]);
    assert_eq!(found("phone:*72112345%20role:agent"), Vec::<u64>::new());
    assert_eq!(found("phone_2:*72112345"), [field]);
    assert_eq!(found("phone:+4972112345"), Vec::<u64>::new(), "a raw plus is a space");
    assert_eq!(found("email:anna@acme.example"), [501]);
    assert_eq!(found("wat:*72112345"), Vec::<u64>::new());
}

#[test]
fn the_index_lags_but_external_ids_do_not() {
    let mut account = with(Switches {
        index_delay: Duration::from_secs(60),
        ..Switches::compressed()
    });
    let made = account.post(
        "/api/v2/users/create_or_update",
        json!({"user": {"name": "x", "phone": NUMBER, "external_id": "tel:+4972112345"}}),
    );
    assert_eq!(made.status, 201);
    let count = |account: &mut super::Account, query: &str| {
        account.get(&format!("/api/v2/users/search?{query}")).value()["count"]
            .as_u64()
            .unwrap()
    };
    assert_eq!(count(&mut account, "query=phone:*72112345"), 0);
    assert_eq!(count(&mut account, "external_id=tel:%2B4972112345"), 1);
    account.pass(59);
    assert_eq!(count(&mut account, "query=phone:*72112345"), 0);
    account.pass(1);
    assert_eq!(count(&mut account, "query=phone:*72112345"), 1);
    account.state.switches.search_misses = true;
    assert_eq!(count(&mut account, "query=phone:*72112345"), 0);
    assert_eq!(count(&mut account, "external_id=tel:%2B4972112345"), 1);
    account.state.switches = Switches {
        index_delay: Duration::MAX,
        ..Switches::compressed()
    };
    account.user("never", "+4972167890");
    account.pass(1_000_000);
    assert_eq!(count(&mut account, "query=phone:*72167890"), 0);
}

#[test]
fn what_a_story_gives_is_found_at_once_and_shared_numbers_by_switch() {
    let mut account = with(Switches {
        index_delay: Duration::MAX,
        ..Switches::compressed()
    });
    let shared = NewUser {
        id: Some(901),
        name: "Klaus".to_owned(),
        phone: Some(NUMBER.to_owned()),
        shared: true,
        ..NewUser::default()
    };
    account.state.add_user(shared.clone(), account.now);
    let count = |account: &mut super::Account| {
        account.get("/api/v2/users/search?query=phone:*72112345").value()["count"].clone()
    };
    assert_eq!(count(&mut account), 1);
    assert_eq!(
        account.get("/api/v2/users/901").value()["user"]["shared_phone_number"],
        true
    );
    account.state.switches.search_finds_shared = false;
    account.state.add_user(shared, account.now);
    assert_eq!(count(&mut account), 0);
}

#[test]
fn accounts_may_insist_on_e164() {
    let mut account = with(Switches {
        validate_phones: true,
        ..Switches::compressed()
    });
    let refused = account.post("/api/v2/users", json!({"user": {"name": "x", "phone": "0721 123"}}));
    assert_eq!(objections(&refused), pair("phone", "InvalidFormat"));
    assert!(
        refused.value()["details"]["phone"].is_object(),
        "seen as a single object"
    );
    for good in ["+4972112345", "+14155551212x123"] {
        assert_eq!(
            account
                .post("/api/v2/users", json!({"user": {"name": "x", "phone": good}}))
                .status,
            201,
            "{good}"
        );
    }
}
