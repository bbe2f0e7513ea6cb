//! Access tokens by client credentials: kept until shortly before they end, one request in flight however many ask.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http::{HeaderValue, Method};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer};
use serde_json::json;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::answer::ReadError;
use crate::client::Shared;
use crate::error::{Error, ErrorKind};
use crate::request::Request;
use crate::retry::{Retry, RetryPolicy};
use crate::transport;

/// The client's credentials and the token they last gave.
pub(crate) struct Renewal {
    id: String,
    secret: SecretString,
    scope: String,
    /// Held while a token is asked for, so that everybody else waits for that one answer. Who is cancelled while
    /// holding it lets go of it, and the next one asks.
    state: Mutex<State>,
    /// How many requests for a token have come to an end.
    ended: AtomicU64,
}

#[derive(Default)]
struct State {
    token: Option<Token>,
    generation: u64,
    last_failure: Option<Error>,
}

struct Token {
    header: HeaderValue,
    renew_at: Option<Instant>,
}

impl Renewal {
    pub(crate) fn new(id: String, secret: SecretString, scope: String) -> Self {
        Self {
            id,
            secret,
            scope,
            state: Mutex::default(),
            ended: AtomicU64::new(0),
        }
    }

    /// The header for a request, and the generation of its token.
    pub(crate) async fn header(&self, shared: &Shared, policy: &RetryPolicy) -> Result<(HeaderValue, u64), Error> {
        let ended_before = self.ended.load(Ordering::Acquire);
        let mut state = self.state.lock().await;
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
        let asked = self.ask(shared, policy).await;
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

    /// Throws the token of this generation away, if it is still the one in use.
    pub(crate) async fn discard(&self, generation: u64) {
        let mut state = self.state.lock().await;
        if state.generation == generation {
            state.token = None;
        }
    }

    async fn ask(&self, shared: &Shared, policy: &RetryPolicy) -> Result<Token, Error> {
        let request = self.request();
        let answer = transport::send_unauthorized(shared, policy, &request.parts)
            .await
            .map_err(refused)?;
        let granted = (request.read)(&answer).map_err(|problem| Error::decode(&request.parts, problem))?;
        let mut header = HeaderValue::try_from(format!("Bearer {}", granted.access_token.expose_secret()))
            .map_err(|_| Error::decode(&request.parts, ReadError::misfit("access_token (no token)")))?;
        header.set_sensitive(true);
        Ok(Token {
            header,
            renew_at: granted
                .expires_in
                .map(|life| Instant::now() + keep(Duration::from_secs(life))),
        })
    }

    /// Asking twice is harmless: it only makes two tokens.
    fn request(&self) -> Request<Granted> {
        let body = json!({
            "grant_type": "client_credentials",
            "client_id": self.id,
            "client_secret": self.secret.expose_secret(),
            "scope": self.scope,
        });
        Request::with_json_answer(Method::POST, "/oauth/tokens")
            .json(body)
            .idempotent(true)
            .sensitive()
    }
}

#[derive(Deserialize)]
struct Granted {
    #[serde(deserialize_with = "secret")]
    access_token: SecretString,
    /// Seconds; clients made before 2026-04-30 may have none.
    #[serde(default)]
    expires_in: Option<u64>,
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretString, D::Error> {
    String::deserialize(deserializer).map(SecretString::from)
}

/// How long a token of this life is used: a minute less, or a tenth less where a minute is much.
fn keep(life: Duration) -> Duration {
    life.saturating_sub(Duration::from_secs(60).min(life / 10))
}

/// OAuth says 400 for wrong credentials where the rest of the API says 401.
fn refused(error: Error) -> Error {
    match error.status().map(|status| status.as_u16()) {
        Some(400 | 401 | 403) => error.with_kind(ErrorKind::NotAuthenticated).advising(Retry::Never),
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::{Renewal, keep};

    #[test]
    fn tokens_are_renewed_shortly_before_they_end() {
        let kept = |seconds| keep(Duration::from_secs(seconds)).as_secs();
        assert_eq!((kept(1800), kept(300), kept(10), kept(0)), (1740, 270, 9, 0));
    }

    #[test]
    fn the_request_is_what_the_documentation_shows_and_hides_the_secret() {
        let request = Renewal::new("the_bridge".into(), "s3cret".into(), "read write".into()).request();
        assert_eq!((request.method().as_str(), request.path()), ("POST", "/oauth/tokens"));
        let wanted = json!({"grant_type": "client_credentials", "client_id": "the_bridge", "client_secret": "s3cret", "scope": "read write"});
        assert_eq!(request.body().as_json(), Some(&wanted));
        assert!(!format!("{request:?}").contains("s3cret"));
    }
}
