//! Credentials: good ones, bad ones, ones that run out.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use serde_json::{Value, json};

use super::{Account, account};
use crate::zendesk::{SimRequest, SimResponse, world};

fn grant(account: &mut Account, change: Value) -> SimResponse {
    let mut body = json!({"grant_type": "client_credentials", "client_id": world::CLIENT_ID, "client_secret": world::CLIENT_SECRET, "scope": "read write"});
    for (key, value) in change.as_object().unwrap() {
        body[key] = value.clone();
    }
    let request = SimRequest::new(Method::POST, "/oauth/tokens").json(&body);
    account.send(&request)
}

#[test]
fn client_credentials_give_a_token_that_runs_out() {
    let mut account = account();
    let answer = grant(&mut account, json!({}));
    let body = answer.value();
    assert_eq!(
        (answer.status, &body["token_type"], &body["expires_in"]),
        (200, &json!("bearer"), &json!(1800))
    );
    assert_eq!(body.get("refresh_token"), None);
    account.token = body["access_token"].as_str().unwrap().to_owned();
    assert_eq!(account.get("/api/v2/users/me").value()["user"]["id"], world::API_USER.0);
    let current = account.get("/api/v2/oauth/tokens/current.json").value();
    assert_eq!(current["token"]["scopes"], json!(["read", "write"]));
    assert_eq!(current["token"]["expires_at"], "2026-11-24T14:32:00Z");

    account.pass(1799);
    assert_eq!(account.get("/api/v2/groups").status, 200);
    account.pass(1);
    let answer = account.get("/api/v2/groups");
    assert_eq!(
        (answer.status, &answer.value()["error"]),
        (401, &json!("invalid_token"))
    );
}

#[test]
fn wrong_grants_are_refused_in_the_words_of_oauth() {
    for (change, status, error) in [
        (json!({"client_secret": "wrong"}), 401, "invalid_client"),
        (json!({"client_id": "nobody"}), 401, "invalid_client"),
        (json!({"grant_type": "password"}), 400, "unsupported_grant_type"),
        (json!({"grant_type": "refresh_token"}), 400, "invalid_grant"),
        (json!({"grant_type": 7}), 400, "invalid_request"),
        (json!({"scope": "impersonate"}), 400, "invalid_scope"),
        (json!({"expires_in": 299}), 400, "invalid_request"),
    ] {
        let answer = grant(&mut account(), change.clone());
        assert_eq!(
            (answer.status, &answer.value()["error"]),
            (status, &json!(error)),
            "{change}"
        );
    }
    let form = SimRequest::new(Method::POST, "/oauth/tokens").with("content-type", "application/x-www-form-urlencoded");
    assert_eq!(account().send(&form).status, 400);
}

#[test]
fn a_token_can_be_revoked_by_its_owner_and_from_outside() {
    let mut account = account();
    assert_eq!(account.delete("/api/v2/oauth/tokens/current").status, 204);
    assert_eq!(account.get("/api/v2/groups").status, 401);
    account.token = grant(&mut account, json!({})).value()["access_token"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(account.get("/api/v2/groups").status, 200);
    account.state.revoke_tokens();
    assert_eq!(account.get("/api/v2/groups").status, 401);
}

#[test]
fn whom_nobody_knows_is_anonymous_at_me_and_refused_elsewhere() {
    let mut account = account();
    for header in ["", "Bearer garbage", "Basic Z2FyYmFnZQ==", "Basic !"] {
        let ask = |path| SimRequest::new(Method::GET, path).with("authorization", header);
        let me = account.send(&ask("/api/v2/users/me.json"));
        assert_eq!((me.status, &me.value()["user"]["id"]), (200, &Value::Null), "{header}");
        assert_eq!(me.value()["user"]["name"], "Anonymous user");
        assert_eq!(account.send(&ask("/api/v2/groups")).status, 401, "{header}");
    }
    account.state.revoke_tokens();
    assert_eq!(
        account.get("/api/v2/users/me").status,
        401,
        "a token that was good is told to be no longer"
    );
    account.state.switches.anonymous_when_expired = true;
    assert_eq!(account.get("/api/v2/users/me").status, 200);
}

#[test]
fn an_api_token_goes_with_the_address_of_any_agent() {
    let mut account = account();
    let mut ask = |login: &str| {
        let secret = STANDARD.encode(format!("{login}:{}", world::API_TOKEN));
        let request = SimRequest::new(Method::GET, "/api/v2/groups").with("authorization", &format!("Basic {secret}"));
        account.send(&request).status
    };
    assert_eq!(ask("Anna@acme.example/token"), 200);
    assert_eq!(ask("anna@acme.example"), 401);
    assert_eq!(ask("nobody@acme.example/token"), 401);
    assert_eq!(ask("telephone@acme.example/token"), 403, "end users may not");
}

#[test]
fn scopes_of_single_resources_do_not_reach_identities() {
    let mut account = account();
    let mut ask = |scope: &str, path: &str| {
        account
            .state
            .add_oauth_token("fine", world::API_USER.0, scope, None, account.now);
        account.token = "fine".to_owned();
        account.get(path).status
    };
    assert_eq!(ask("users:read", "/api/v2/users/400"), 200);
    assert_eq!(ask("users:read", "/api/v2/users/400/identities"), 403);
    assert_eq!(ask("users:read", "/api/v2/tickets"), 403);
    assert_eq!(ask("read", "/api/v2/users/400/identities"), 200);
    assert_eq!(
        ask("read nonsense", "/api/v2/users/400"),
        403,
        "an unknown scope spoils the whole token"
    );
    let refused = account.post("/api/v2/users", json!({"user": {"name": "x"}}));
    assert_eq!(
        refused.value()["description"],
        "You are missing the following required scopes: write"
    );
}
