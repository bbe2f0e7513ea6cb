//! Access tokens that renew themselves: kept until shortly before they end, one request in flight however many ask.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http::{HeaderValue, Method};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tokio::sync::Mutex;
use tokio::time::Instant;
use tracing::Instrument as _;

use super::app::{App, Pkce};
use super::store::{StoreError, TokenPair, TokenStore};
use crate::answer::ReadError;
use crate::client::Shared;
use crate::error::{Error, ErrorKind};
use crate::request::Request;
use crate::retry::{Retry, RetryPolicy};
use crate::transport;

/// Where tokens come from, and the one in use.
pub(crate) struct Renewal {
    source: Source,
    /// Held while a token is asked for, so that everybody else waits for that one answer.
    state: Arc<Mutex<State>>,
    /// How many requests for a token have come to an end.
    ended: AtomicU64,
}

#[derive(Clone)]
pub(crate) enum Source {
    /// A secret that gives a new token whenever one is wanted.
    Client {
        id: String,
        secret: SecretString,
        scope: String,
    },
    /// A pair of tokens, of which one gets the next pair.
    Pairs { app: App, store: Arc<dyn TokenStore> },
}

#[derive(Default)]
struct State {
    token: Option<Token>,
    generation: u64,
    last_failure: Option<Error>,
    /// The last pair, in use or used up.
    pair: Option<TokenPair>,
    /// A pair that could not be kept yet, and so is not used yet.
    unsaved: Option<(TokenPair, Token)>,
}

#[derive(Clone)]
struct Token {
    header: HeaderValue,
    renew_at: Option<Instant>,
}

impl Renewal {
    pub(crate) fn new(source: Source) -> Self {
        Self {
            source,
            state: Arc::default(),
            ended: AtomicU64::new(0),
        }
    }

    /// The header for a request, and the generation of its token.
    pub(crate) async fn header(
        self: &Arc<Self>,
        shared: &Arc<Shared>,
        policy: &RetryPolicy,
    ) -> Result<(HeaderValue, u64), Error> {
        let ended_before = self.ended.load(Ordering::Acquire);
        let mut state = Arc::clone(&self.state).lock_owned().await;
        if let Some(token) = &state.token
            && token.renew_at.is_none_or(|at| Instant::now() < at)
        {
            return Ok((token.header.clone(), state.generation));
        }
        // Whoever waited while the request failed shares the failure: a crowd must not ask one after the other.
        if let Some(failure) = &state.last_failure
            && self.ended.load(Ordering::Acquire) != ended_before
        {
            return Err(failure.clone());
        }
        let (this, shared, policy) = (Arc::clone(self), Arc::clone(shared), *policy);
        finish(async move {
            let asked = this.ask(&shared, &policy, &mut state).await;
            this.settle(&mut state, asked)
        })
        .await
    }

    /// Gets the first pair for the code that a person brought back.
    pub(crate) async fn sign_in(
        self: &Arc<Self>,
        shared: &Arc<Shared>,
        policy: &RetryPolicy,
        code: SecretString,
        pkce: Pkce,
    ) -> Result<(), Error> {
        let Source::Pairs { app, store } = self.source.clone() else {
            return Err(own(ErrorKind::Rejected));
        };
        let mut state = Arc::clone(&self.state).lock_owned().await;
        let (this, shared, policy) = (Arc::clone(self), Arc::clone(shared), *policy);
        finish(async move {
            // A code is good for one time.
            let request = request(app.for_code(&code, &pkce)).idempotent(false);
            let asked = match exchange(&shared, &policy, &request).await {
                Ok(pair) => keep_pair(store.as_ref(), &mut state, pair).await,
                Err(error) => Err(error),
            };
            this.settle(&mut state, asked).map(drop)
        })
        .await
    }

    /// Throws the token of this generation away, if it is still the one in use.
    pub(crate) async fn discard(&self, generation: u64) {
        let mut state = self.state.lock().await;
        if state.generation == generation {
            state.token = None;
        }
    }

    fn settle(&self, state: &mut State, asked: Result<Token, Error>) -> Result<(HeaderValue, u64), Error> {
        self.ended.fetch_add(1, Ordering::AcqRel);
        match asked {
            Ok(token) => {
                let header = token.header.clone();
                state.generation += 1;
                state.token = Some(token);
                state.last_failure = None;
                Ok((header, state.generation))
            }
            Err(error) => {
                state.last_failure = Some(error.clone());
                Err(error)
            }
        }
    }

    async fn ask(&self, shared: &Shared, policy: &RetryPolicy, state: &mut State) -> Result<Token, Error> {
        match &self.source {
            Source::Client { id, secret, scope } => {
                let request = request(by_secret(id, secret, scope));
                token_of(&exchange(shared, policy, &request).await?)
            }
            Source::Pairs { app, store } => next_pair(shared, policy, state, app, store.as_ref()).await,
        }
    }
}

/// The token of the next pair: one that waits to be kept, one that lies in the store and was not refused yet, or a new one.
async fn next_pair(
    shared: &Shared,
    policy: &RetryPolicy,
    state: &mut State,
    app: &App,
    store: &dyn TokenStore,
) -> Result<Token, Error> {
    if let Some((pair, token)) = state.unsaved.take() {
        return keep(store, state, pair, token).await;
    }
    let stored = store.load().await.map_err(not_kept)?;
    let used = state.pair.as_ref().map(|pair| pair.access_token.expose_secret());
    let Some(stored) = stored.or_else(|| state.pair.clone()) else {
        return Err(own(ErrorKind::NotAuthenticated));
    };
    if used != Some(stored.access_token.expose_secret()) {
        // Of an earlier run, or of somebody who shares the store. How old it is nobody knows: a 401 will tell.
        let mut token = token_of(&stored)?;
        token.renew_at = None;
        state.pair = Some(stored);
        return Ok(token);
    }
    let Some(refresh_token) = &stored.refresh_token else {
        return Err(own(ErrorKind::NotAuthenticated));
    };
    let mut pair = exchange(shared, policy, &request(app.for_refresh(refresh_token))).await?;
    if pair.refresh_token.is_none() {
        pair.refresh_token = stored.refresh_token;
    }
    keep_pair(store, state, pair).await
}

async fn keep_pair(store: &dyn TokenStore, state: &mut State, pair: TokenPair) -> Result<Token, Error> {
    let token = token_of(&pair)?;
    keep(store, state, pair, token).await
}

/// Saves a pair, and only then lets it be used.
async fn keep(store: &dyn TokenStore, state: &mut State, pair: TokenPair, token: Token) -> Result<Token, Error> {
    match store.save(&pair).await {
        Ok(()) => {
            state.pair = Some(pair);
            Ok(token)
        }
        Err(error) => {
            state.unsaved = Some((pair, token));
            Err(not_kept(error))
        }
    }
}

/// Runs to the end even if whoever waits for it goes away: a pair that was given and not kept would be lost.
async fn finish<T: Send + 'static>(work: impl Future<Output = Result<T, Error>> + Send + 'static) -> Result<T, Error> {
    let done = tokio::spawn(work.in_current_span()).await;
    done.unwrap_or_else(|_| Err(own(ErrorKind::Interrupted)))
}

async fn exchange(shared: &Shared, policy: &RetryPolicy, request: &Request<TokenPair>) -> Result<TokenPair, Error> {
    let answer = transport::send_unauthorized(shared, policy, &request.parts)
        .await
        .map_err(refused)?;
    (request.read)(&answer).map_err(|problem| Error::decode(&request.parts, problem))
}

/// Asking twice is harmless: it only makes two tokens, and a refresh token has been seen to be good for a repetition.
fn request(body: Value) -> Request<TokenPair> {
    Request::with_json_answer(Method::POST, "/oauth/tokens")
        .json(body)
        .idempotent(true)
        .sensitive()
}

fn by_secret(id: &str, secret: &SecretString, scope: &str) -> Value {
    json!({
        "grant_type": "client_credentials",
        "client_id": id,
        "client_secret": secret.expose_secret(),
        "scope": scope,
    })
}

fn token_of(pair: &TokenPair) -> Result<Token, Error> {
    let parts = request(Value::Null).parts;
    let mut header = HeaderValue::try_from(format!("Bearer {}", pair.access_token.expose_secret()))
        .map_err(|_| Error::decode(&parts, ReadError::misfit("access_token (no token)")))?;
    header.set_sensitive(true);
    Ok(Token {
        header,
        renew_at: pair.expires_in.map(|life| Instant::now() + used_for(life)),
    })
}

/// How long a token of this life is used: a minute less, or a tenth less where a minute is much.
fn used_for(life: Duration) -> Duration {
    life.saturating_sub(Duration::from_secs(60).min(life / 10))
}

/// OAuth says 400 for wrong credentials where the rest of the API says 401.
fn refused(error: Error) -> Error {
    match error.status().map(|status| status.as_u16()) {
        Some(400 | 401 | 403) => error.with_kind(ErrorKind::NotAuthenticated).advising(Retry::Never),
        _ => error,
    }
}

fn own(kind: ErrorKind) -> Error {
    Error::own(&request(Value::Null).parts, kind, None)
}

fn not_kept(error: StoreError) -> Error {
    Error::own(
        &request(Value::Null).parts,
        ErrorKind::TokenStore,
        Some(Arc::from(error)),
    )
    .advising(Retry::Later)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::{by_secret, request, used_for};

    #[test]
    fn tokens_are_renewed_shortly_before_they_end() {
        let kept = |seconds| used_for(Duration::from_secs(seconds)).as_secs();
        assert_eq!((kept(1800), kept(300), kept(10), kept(0)), (1740, 270, 9, 0));
    }

    #[test]
    fn the_request_is_what_the_documentation_shows_and_hides_the_secret() {
        let request = request(by_secret("the_bridge", &"s3cret".into(), "read write"));
        assert_eq!((request.method().as_str(), request.path()), ("POST", "/oauth/tokens"));
        let wanted = json!({"grant_type": "client_credentials", "client_id": "the_bridge", "client_secret": "s3cret", "scope": "read write"});
        assert_eq!(request.body().as_json(), Some(&wanted));
        assert!(!format!("{request:?}").contains("s3cret"));
    }
}
