//! A person signs in by the authorization page; tokens are refreshed.

use http::Method;
use serde_json::{Value, json};

use super::{Account, account};
use crate::zendesk::{AuthorizationPage, SimRequest, SimResponse, world};

const BACK: &str = "https://bridge.example/back?x=1";
/// The example of RFC 7636.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn signing_in() -> Account {
    let mut account = account();
    account.state.add_public_oauth_client("phone", 501, "read write");
    account.state.allow_redirect("phone", BACK);
    account.state.allow_redirect(world::CLIENT_ID, BACK);
    account
}

/// Where the authorization page leads to.
fn ask(account: &mut Account, client: &str, more: &str) -> SimResponse {
    let back = "https%3A%2F%2Fbridge.example%2Fback%3Fx%3D1";
    let target = format!(
        "/oauth/authorizations/new?response_type=code&client_id={client}&redirect_uri={back}&state=s%201{more}"
    );
    account.send(&SimRequest::new(Method::GET, &target))
}

fn code(answer: &SimResponse) -> String {
    assert_eq!(answer.status, 302);
    let target = answer.header("location").unwrap();
    let (_, rest) = target.split_once("&code=").unwrap();
    let (code, state) = rest.split_once('&').unwrap();
    assert_eq!(state, "state=s+1");
    code.to_owned()
}

fn pkce() -> String {
    format!("&scope=read&code_challenge={CHALLENGE}&code_challenge_method=S256")
}

fn grant(account: &mut Account, change: Value) -> SimResponse {
    let mut body = json!({"client_id": "phone", "redirect_uri": BACK});
    for (key, value) in change.as_object().unwrap() {
        body[key] = value.clone();
    }
    account.send(&SimRequest::new(Method::POST, "/oauth/tokens").json(&body))
}

fn pair(account: &mut Account) -> (String, String) {
    let page = ask(account, "phone", &pkce());
    let body = json!({"grant_type": "authorization_code", "code": code(&page), "code_verifier": VERIFIER});
    tokens(&grant(account, body))
}

fn tokens(answer: &SimResponse) -> (String, String) {
    assert_eq!(answer.status, 200, "{}", answer.value());
    let body = answer.value();
    let text = |key: &str| body[key].as_str().unwrap().to_owned();
    (text("access_token"), text("refresh_token"))
}

fn refresh(account: &mut Account, token: &str) -> SimResponse {
    grant(account, json!({"grant_type": "refresh_token", "refresh_token": token}))
}

/// Whether a token is good.
fn good(account: &mut Account, token: &str) -> bool {
    account.token = token.to_owned();
    account.get("/api/v2/groups").status == 200
}

#[test]
fn a_code_is_good_once_for_who_can_prove_that_it_is_his() {
    let mut account = signing_in();
    let page = ask(&mut account, "phone", &pkce());
    let body = json!({"grant_type": "authorization_code", "code": code(&page), "code_verifier": VERIFIER,
        "expires_in": 600, "refresh_token_expires_in": 604_800});
    let answer = grant(&mut account, body.clone());
    let told = answer.value();
    assert_eq!(
        (&told["expires_in"], &told["refresh_token_expires_in"], &told["scope"]),
        (&json!(600), &json!(604_800), &json!("read"))
    );
    account.token = tokens(&answer).0;
    assert_eq!(account.get("/api/v2/users/me").value()["user"]["id"], 501);
    assert_eq!(
        account.post("/api/v2/users", json!({"user": {"name": "x"}})).status,
        403,
        "read only"
    );
    assert_eq!(grant(&mut account, body).value()["error"], "invalid_grant");

    for (change, late) in [
        (json!({"code_verifier": "another"}), 0),
        (json!({"redirect_uri": "https://bridge.example/"}), 0),
        (
            json!({"client_id": world::CLIENT_ID, "client_secret": world::CLIENT_SECRET}),
            0,
        ),
        (json!({}), 120),
    ] {
        let page = ask(&mut account, "phone", &pkce());
        let mut body = json!({"grant_type": "authorization_code", "code": code(&page), "code_verifier": VERIFIER});
        for (key, value) in change.as_object().unwrap() {
            body[key] = value.clone();
        }
        account.pass(late);
        let answer = grant(&mut account, body);
        assert_eq!(
            (answer.status, &answer.value()["error"]),
            (400, &json!("invalid_grant")),
            "{change} {late}"
        );
    }
}

#[test]
fn a_client_with_a_secret_needs_no_proof_but_its_secret() {
    let mut account = signing_in();
    let page = ask(&mut account, world::CLIENT_ID, "&scope=read%20write");
    let mut body = json!({"grant_type": "authorization_code", "code": code(&page), "client_id": world::CLIENT_ID});
    assert_eq!(grant(&mut account, body.clone()).value()["error"], "invalid_client");
    body["client_secret"] = world::CLIENT_SECRET.into();
    let (access, _) = tokens(&grant(&mut account, body));
    assert!(good(&mut account, &access));
    let client = json!({"grant_type": "client_credentials"});
    assert_eq!(
        grant(&mut account, client).status,
        401,
        "without a secret there are no tokens of the client's own"
    );
}

#[test]
fn the_page_says_what_it_does_not_like() {
    let mut account = signing_in();
    let mut error = |client: &str, more: &str| {
        let answer = ask(&mut account, client, more);
        let target = answer.header("location").unwrap_or_default().to_owned();
        (
            answer.status,
            target.split_once("error=").map(|(_, rest)| rest.to_owned()),
        )
    };
    let told = |error: &str| (302, Some(format!("{error}&state=s+1")));
    assert_eq!(error("nobody", ""), (400, None));
    assert_eq!(error("phone", ""), told("invalid_request"), "no secret and no proof");
    assert_eq!(
        error("phone", "&code_challenge=x&code_challenge_method=plain"),
        told("invalid_request")
    );
    assert_eq!(error(world::CLIENT_ID, "&scope=impersonate"), told("invalid_scope"));
    account.state.switches.authorization_page = AuthorizationPage::Denies;
    let denied = ask(&mut account, "phone", &pkce());
    assert!(denied.header("location").unwrap().contains("error=access_denied"));
    account.state.switches.authorization_page = AuthorizationPage::Asks;
    let page = ask(&mut account, "phone", &pkce());
    let text = String::from_utf8(page.body.to_vec()).unwrap();
    assert_eq!(page.status, 200);
    assert!(
        text.contains(&format!("name=\"code_challenge\" value=\"{CHALLENGE}\"")),
        "{text}"
    );
    let pressed = ask(&mut account, "phone", &format!("{}&agreed=yes", pkce()));
    assert!(!code(&pressed).is_empty());
}

#[test]
fn a_refresh_gives_a_new_pair_and_ends_the_old_one() {
    let mut account = signing_in();
    let (access, refresh_token) = pair(&mut account);
    let (next, next_refresh) = tokens(&refresh(&mut account, &refresh_token));
    assert!(!good(&mut account, &access) && good(&mut account, &next));
    // A used one is refused, and its successor stays good.
    assert_eq!(refresh(&mut account, &refresh_token).value()["error"], "invalid_grant");
    assert!(good(&mut account, &next));
    account.pass(2_592_000);
    assert_eq!(
        refresh(&mut account, &next_refresh).value()["error"],
        "invalid_grant",
        "a month is over"
    );
}

#[test]
fn a_used_refresh_token_may_be_punished_and_an_unused_one_may_stay() {
    let mut account = signing_in();
    account.state.switches.punish_refresh_reuse = true;
    let (_, refresh_token) = pair(&mut account);
    let (next, next_refresh) = tokens(&refresh(&mut account, &refresh_token));
    assert_eq!(refresh(&mut account, &refresh_token).status, 400);
    assert!(!good(&mut account, &next));
    assert_eq!(refresh(&mut account, &next_refresh).status, 400);

    account.state.switches.rotate_refresh_tokens = false;
    let (access, refresh_token) = pair(&mut account);
    let (next, same) = tokens(&refresh(&mut account, &refresh_token));
    assert_eq!(same, refresh_token);
    assert!(good(&mut account, &access) && good(&mut account, &next));
    let more = json!({"grant_type": "refresh_token", "refresh_token": refresh_token, "scope": "read write"});
    assert_eq!(
        grant(&mut account, more).value()["error"],
        "invalid_scope",
        "never more than before"
    );
}
