//! How the REST interface is logged in to: the classic challenge, or OAuth.

use std::time::Duration;

use reqwest::{Method, RequestBuilder};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::answer::{check, member, read, vendor_error};
use crate::auth::{LoginType, Password, rest_secret};
use crate::oauth::Tokens;
use crate::transport::{Http, Server};
use crate::{Error, ErrorKind};

/// A classic token is good for 4 hours; half an hour early nobody has to be refused first.
const TOKEN_LIFE: Duration = Duration::from_secs(3 * 3600 + 1800);
/// No answer about a login is larger.
const ANSWER_LIMIT: usize = 64 << 10;

/// Who logs in, and the token that came of it.
#[derive(Debug)]
pub(super) struct Login {
    pub(super) http: Http,
    pub(super) name: String,
    password: Password,
    tokens: Option<Tokens>,
    held: Mutex<Held>,
}

#[derive(Default, Debug)]
struct Held {
    /// The token of a classic login.
    token: Option<Token>,
    /// OAuth has worked where the classic login had not.
    is_bearer: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Token {
    value: SecretString,
    since: Instant,
    is_bearer: bool,
}

impl Token {
    /// The request with what proves the login.
    pub(super) fn on(&self, request: RequestBuilder) -> RequestBuilder {
        let request = request.header("X-Version", "2");
        if self.is_bearer {
            request.bearer_auth(self.value.expose_secret())
        } else {
            request.header("authToken", self.value.expose_secret())
        }
    }
}

impl Login {
    pub(super) fn new(server: &Server, name: String, password: Password) -> Result<Self, Error> {
        let http = Http::new(server)?;
        let tokens = Tokens::new(server, &http, &name, &password)?;
        let is_bearer = tokens.as_ref().is_some_and(Tokens::at_once);
        Ok(Self {
            http,
            name,
            password,
            tokens,
            held: Mutex::new(Held { token: None, is_bearer }),
        })
    }

    /// A token, logging in if there is none, if it is about to end, or if it is the refused one. Tasks wait for each
    /// other here, so a token that ended costs one login however many of them notice.
    pub(super) async fn token(&self, refused: Option<&Token>) -> Result<Token, Error> {
        let mut held = self.held.lock().await;
        if let Some(token) = held.token.as_ref() {
            let is_refused =
                refused.is_some_and(|refused| refused.value.expose_secret() == token.value.expose_secret());
            if !is_refused && token.since.elapsed() < TOKEN_LIFE {
                return Ok(token.clone());
            }
        }
        held.token = None;
        let Some(tokens) = &self.tokens else {
            return Ok(held.token.insert(self.challenge().await?).clone());
        };
        if held.is_bearer {
            let token = self.bearer(tokens, refused).await;
            if token.as_ref().is_err_and(|error| error.kind() == ErrorKind::Login) {
                held.is_bearer = tokens.at_once();
            }
            return token;
        }
        let classic = match self.challenge().await {
            Ok(token) => return Ok(held.token.insert(token).clone()),
            // The PBX answers, but has no such login any more or does not take this one.
            Err(error) if matches!(error.status(), Some(300..=404)) => error,
            Err(error) if error.kind() == ErrorKind::Protocol => error,
            Err(error) => return Err(error),
        };
        tracing::debug!(login = %self.name, %classic, "the classic login does not work: trying OAuth");
        match self.bearer(tokens, None).await {
            Ok(token) => {
                held.is_bearer = true;
                Ok(token)
            }
            // A PBX without OAuth: what it said of the classic login is what matters.
            Err(error) if error.kind() == ErrorKind::NotFound => Err(classic),
            Err(error) => Err(error),
        }
    }

    async fn bearer(&self, tokens: &Tokens, refused: Option<&Token>) -> Result<Token, Error> {
        let refused = refused.filter(|token| token.is_bearer).map(|token| &token.value);
        Ok(Token {
            value: tokens.access(refused).await?,
            since: Instant::now(),
            is_bearer: true,
        })
    }

    /// Gives the token back. An OAuth token is only forgotten: it ends by itself, and how to revoke it is not known.
    pub(super) async fn log_out(&self) -> Result<(), Error> {
        if let Some(tokens) = &self.tokens {
            tokens.forget().await;
        }
        let Some(token) = self.held.lock().await.token.take() else {
            return Ok(());
        };
        let request = self.http.request(Method::DELETE, self.http.url("rest/login")?);
        let answer = self.http.send(token.on(request), ANSWER_LIMIT).await?;
        check(answer, &self.name).map(drop)
    }

    async fn challenge(&self) -> Result<Token, Error> {
        #[derive(Deserialize)]
        struct Granted {
            token: String,
        }
        let url = self.http.url("rest/login")?;
        let since = Instant::now();
        let request = self.http.request(Method::GET, url.clone()).header("X-Version", "2");
        let answer = self.http.send(request, ANSWER_LIMIT).await?;
        if matches!(answer.status, 300..=404) {
            let message = "the PBX does not offer the classic REST login: is the address right, is its version 6.4.2.12 or later?";
            return Err(Error::new(ErrorKind::NotFound, message).answered(answer.status, None));
        }
        let body = check(answer, &self.name)?;
        let login_type: String = member(&body, "logintype")?;
        let nonce: String = member(&body, "nonce")?;
        let kind = match login_type.as_str() {
            "Internal" => LoginType::Internal,
            "ActiveDirectory" => LoginType::ActiveDirectory,
            _ => {
                return Err(Error::new(
                    ErrorKind::Login,
                    "the PBX wants a kind of login that is not known here",
                ));
            }
        };
        let secret = rest_secret(&self.name, &nonce, &self.password, kind).ok_or_else(|| {
            Error::new(
                ErrorKind::Login,
                "the PBX logs in through an Active Directory and needs the password itself, not its SHA-512",
            )
        })?;
        // The vendor's clients send the challenge back as it came, with the secret in it.
        let proof = serde_json::json!({"loginType": login_type, "nonce": nonce, "secret": secret.expose_secret()});
        let request = self
            .http
            .request(Method::POST, url)
            .header("X-Version", "2")
            .json(&proof);
        let answer = self.http.send(request, ANSWER_LIMIT).await?;
        if matches!(answer.status, 400 | 401 | 403) {
            let message = format!("the PBX refuses the login {}: wrong login or password", self.name);
            return Err(Error::new(ErrorKind::Login, message).answered(answer.status, vendor_error(&answer.body).0));
        }
        let granted: Granted = read(&check(answer, &self.name)?)?;
        if granted.token.is_empty() || !granted.token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Error::new(ErrorKind::Protocol, "the PBX granted a token that is none"));
        }
        tracing::debug!(login = %self.name, "logged in to the REST interface");
        Ok(Token {
            value: SecretString::from(granted.token),
            since,
            is_bearer: false,
        })
    }
}
