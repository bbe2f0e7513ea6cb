//! Token pairs: signing in, rotation, and a pair that is kept before it is used.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use futures_util::future::join_all;
use secrecy::ExposeSecret;
use serde_json::json;
use wiremock::matchers::{body_partial_json, header, path};
use wiremock::{Mock, MockServer, ResponseTemplate};
use zendesk_client::oauth::{App, InMemory, Pkce, StoreError, TokenPair, TokenStore};
use zendesk_client::{Client, Credentials, ErrorKind, Retry, UserId};

use crate::{ok, quick, user};

/// Fails as often as it is told, and counts what it is given.
#[derive(Default)]
struct Shaky {
    inner: InMemory,
    failures: AtomicUsize,
    saved: AtomicUsize,
}

#[async_trait]
impl TokenStore for Shaky {
    async fn load(&self) -> Result<Option<TokenPair>, StoreError> {
        self.inner.load().await
    }

    async fn save(&self, pair: &TokenPair) -> Result<(), StoreError> {
        if self
            .failures
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1))
            .is_ok()
        {
            return Err("the disk is full".into());
        }
        self.saved.fetch_add(1, Ordering::SeqCst);
        self.inner.save(pair).await
    }
}

fn client(server: &MockServer, store: &Arc<Shaky>) -> Client {
    let app = App::new("the_bridge", "https://b.example/back");
    let store: Arc<dyn TokenStore> = Arc::<Shaky>::clone(store);
    Client::builder(server.uri(), Credentials::tokens(app, store))
        .retry(quick())
        .build()
        .unwrap()
}

fn with_pair() -> Arc<Shaky> {
    let inner = InMemory::with(TokenPair::new("a1".into(), "r1".into()));
    Arc::new(Shaky {
        inner,
        ..Shaky::default()
    })
}

fn pair(number: u32) -> ResponseTemplate {
    ok(
        json!({"access_token": format!("a{number}"), "refresh_token": format!("r{number}"), "token_type": "bearer",
        "expires_in": 1800, "refresh_token_expires_in": 2_592_000}),
    )
}

/// `a1` has ended; `r1` gets `a2`.
async fn rotating() -> MockServer {
    let server = MockServer::start().await;
    Mock::given(header("authorization", "Bearer a1"))
        .respond_with(ResponseTemplate::new(401))
        .mount(&server)
        .await;
    Mock::given(header("authorization", "Bearer a2"))
        .respond_with(ok(user(7)))
        .mount(&server)
        .await;
    let asked = json!({"grant_type": "refresh_token", "client_id": "the_bridge", "refresh_token": "r1"});
    Mock::given(path("/oauth/tokens"))
        .and(body_partial_json(asked))
        .respond_with(pair(2))
        .expect(1)
        .mount(&server)
        .await;
    server
}

async fn kept(store: &Shaky) -> (String, String) {
    let pair = store.load().await.unwrap().unwrap();
    let refresh = pair.refresh_token.unwrap();
    (
        pair.access_token.expose_secret().to_owned(),
        refresh.expose_secret().to_owned(),
    )
}

#[tokio::test]
async fn a_person_signs_in_and_the_pair_is_kept() {
    let server = MockServer::start().await;
    let pkce = Pkce::from_entropy([7; 32]);
    let asked = json!({"grant_type": "authorization_code", "code": "c0de", "redirect_uri": "https://b.example/back",
        "code_verifier": pkce.verifier().expose_secret()});
    Mock::given(path("/oauth/tokens"))
        .and(body_partial_json(asked))
        .respond_with(pair(2))
        .expect(1)
        .mount(&server)
        .await;
    Mock::given(header("authorization", "Bearer a2"))
        .respond_with(ok(user(7)))
        .expect(1)
        .mount(&server)
        .await;
    let store = Arc::new(Shaky::default());
    let client = client(&server, &store);
    let before = client.users().show(UserId::new(7)).await.unwrap_err();
    assert_eq!((before.kind(), before.status()), (ErrorKind::NotAuthenticated, None));
    client.oauth().sign_in("c0de".into(), pkce).await.unwrap();
    assert_eq!(kept(&store).await, ("a2".into(), "r2".into()));
    client.users().show(UserId::new(7)).await.unwrap();
}

#[tokio::test]
async fn a_crowd_with_an_ended_pair_gets_one_new_one_which_is_kept() {
    let (server, store) = (rotating().await, with_pair());
    let client = client(&server, &store);
    let users = client.users();
    let answers = join_all((0..20).map(|_| async { users.show(UserId::new(7)).await })).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert_eq!(kept(&store).await, ("a2".into(), "r2".into()));
    assert_eq!(store.saved.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_pair_that_cannot_be_kept_is_not_used_and_kept_later() {
    let (server, store) = (rotating().await, with_pair());
    store.failures.store(1, Ordering::SeqCst);
    let client = client(&server, &store);
    let error = client.users().show(UserId::new(7)).await.unwrap_err();
    assert_eq!((error.kind(), error.retry()), (ErrorKind::TokenStore, Retry::Later));
    let sent = |requests: Vec<wiremock::Request>| {
        requests
            .iter()
            .filter(|request| {
                request
                    .headers
                    .get("authorization")
                    .is_some_and(|value| value == "Bearer a2")
            })
            .count()
    };
    assert_eq!(sent(server.received_requests().await.unwrap()), 0);
    assert_eq!(kept(&store).await, ("a1".into(), "r1".into()));
    client.users().show(UserId::new(7)).await.unwrap();
    assert_eq!(kept(&store).await, ("a2".into(), "r2".into()));
}

#[tokio::test]
async fn a_pair_that_somebody_else_renewed_is_taken_over() {
    let server = MockServer::start().await;
    Mock::given(header("authorization", "Bearer a1"))
        .respond_with(ResponseTemplate::new(401))
        .mount(&server)
        .await;
    Mock::given(header("authorization", "Bearer a9"))
        .respond_with(ok(user(7)))
        .expect(1)
        .mount(&server)
        .await;
    Mock::given(path("/oauth/tokens"))
        .respond_with(pair(2))
        .expect(0)
        .mount(&server)
        .await;
    let app = App::new("the_bridge", "https://b.example/back");
    let credentials = Credentials::tokens(app, Arc::new(Shared::default()));
    let client = Client::builder(server.uri(), credentials)
        .retry(quick())
        .build()
        .unwrap();
    client.users().show(UserId::new(7)).await.unwrap();
}

/// Another process rotates after the first look.
#[derive(Default)]
struct Shared(AtomicUsize);

#[async_trait]
impl TokenStore for Shared {
    async fn load(&self) -> Result<Option<TokenPair>, StoreError> {
        let number = if self.0.fetch_add(1, Ordering::SeqCst) == 0 {
            1
        } else {
            9
        };
        Ok(Some(TokenPair::new(
            format!("a{number}").into(),
            format!("r{number}").into(),
        )))
    }

    async fn save(&self, _: &TokenPair) -> Result<(), StoreError> {
        Err("nothing is to be saved".into())
    }
}

#[tokio::test]
async fn a_refused_refresh_token_is_told_once_to_everybody() {
    let server = MockServer::start().await;
    Mock::given(header("authorization", "Bearer a1"))
        .respond_with(ResponseTemplate::new(401))
        .mount(&server)
        .await;
    let gone = ResponseTemplate::new(400).set_body_json(json!({"error": "invalid_grant", "error_description": "r1"}));
    Mock::given(path("/oauth/tokens"))
        .respond_with(gone)
        .expect(1)
        .mount(&server)
        .await;
    let error = client(&server, &with_pair())
        .users()
        .show(UserId::new(7))
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.code(), error.retry()),
        (ErrorKind::NotAuthenticated, Some("invalid_grant"), Retry::Never)
    );
}

#[tokio::test]
async fn whoever_goes_away_while_a_pair_is_given_loses_nothing() {
    let (server, store) = (rotating().await, with_pair());
    let client = client(&server, &store);
    let impatient = tokio::spawn({
        let users = client.users();
        async move { users.show(UserId::new(7)).await }
    });
    while !server
        .received_requests()
        .await
        .unwrap()
        .iter()
        .any(|request| request.url.path() == "/oauth/tokens")
    {
        tokio::task::yield_now().await;
    }
    impatient.abort();
    // The next caller waits for the same renewal; `rotating` allows for one.
    client.users().show(UserId::new(7)).await.unwrap();
    assert_eq!(kept(&store).await, ("a2".into(), "r2".into()));
}
