//! Tokens that end, rotate or are too narrow, and success that is none.

use std::sync::Arc;

use bridge_sim::zendesk::{Class, Fault, FaultKind, world};
use http::Method;
use secrecy::ExposeSecret as _;
use zendesk_client::identities::NewIdentity;
use zendesk_client::oauth::{App, InMemory, Pkce, TokenStore as _};
use zendesk_client::{Credentials, ErrorKind, UserId};

use super::{client, site};

const BACK: &str = "http://127.0.0.1:1/back";

#[tokio::test]
async fn a_token_that_ends_in_the_middle_is_renewed_once() {
    let site = site().await;
    let client = site.oauth_client();
    client.groups().list().all().await.unwrap();
    site.zendesk.act(|state, _| state.revoke_tokens());
    client.groups().list().all().await.unwrap();
    assert_eq!(
        (site.asked("POST /oauth/tokens"), site.asked("GET /api/v2/groups")),
        (2, 3)
    );
    site.fault(Fault::new(FaultKind::InvalidToken).on(Class::Setup));
    let error = client.groups().list().all().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotAuthenticated);
    assert_eq!(site.asked("GET /api/v2/groups"), 5, "one repetition and no loop");
    site.zendesk.stop().await;
}

#[tokio::test]
async fn a_person_signs_in_and_the_pair_rotates() {
    let site = site().await;
    site.zendesk.act(|state, _| {
        state.add_public_oauth_client("phone", 501, "read write");
        state.allow_redirect("phone", BACK);
    });
    let (app, store) = (App::new("phone", BACK), Arc::new(InMemory::default()));
    let client = client(&site.zendesk, Credentials::tokens(app.clone(), store.clone()), 3);
    let pkce = Pkce::generate();
    let page = app.authorization_url(client.base_url(), "state", &pkce);
    let target = format!("{}?{}", page.path(), page.query().unwrap());
    let asked = bridge_sim::zendesk::SimRequest::new(Method::GET, &target);
    let agreed = site.zendesk.act(|state, now| state.handle(&asked, now));
    let back = url::Url::parse(agreed.header("location").unwrap()).unwrap();
    let code = back
        .query_pairs()
        .find(|(key, _)| key == "code")
        .unwrap()
        .1
        .into_owned();
    client.oauth().sign_in(code.into(), pkce).await.unwrap();
    assert_eq!(client.whoami().await.unwrap().id, UserId::new(501));

    let first = store.load().await.unwrap().unwrap();
    site.zendesk.act(|state, _| state.revoke_tokens());
    assert_eq!(client.whoami().await.unwrap().id, UserId::new(501));
    let second = store.load().await.unwrap().unwrap();
    assert_ne!(
        first.refresh_token.unwrap().expose_secret(),
        second.refresh_token.unwrap().expose_secret()
    );
    site.zendesk.stop().await;
}

#[tokio::test]
async fn an_anonymous_user_is_no_success() {
    let site = site().await;
    let stranger = client(&site.zendesk, Credentials::bearer("garbage".into()), 1);
    for anonymous in [true, false] {
        site.switch(|switches| switches.anonymous_me = anonymous);
        let error = stranger.whoami().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotAuthenticated, "{anonymous}");
    }
    site.zendesk.stop().await;
}

#[tokio::test]
async fn a_token_for_users_only_is_told_which_scope_it_lacks() {
    let site = site().await;
    let scopes = "users:read users:write";
    site.zendesk
        .act(|state, now| state.add_oauth_token("narrow", world::API_USER.0, scopes, None, now));
    let narrow = client(&site.zendesk, Credentials::bearer("narrow".into()), 1);
    let number = NewIdentity::phone_number("+4972112345");
    let refused = narrow.identities().create(UserId::new(400), &number).await.unwrap_err();
    assert_eq!(
        (refused.kind(), refused.missing_scopes()),
        (ErrorKind::Forbidden, &["write".to_owned()][..])
    );
    site.switch(|switches| switches.fine_scopes_reach_identities = true);
    narrow.identities().create(UserId::new(400), &number).await.unwrap();
    site.zendesk.stop().await;
}
