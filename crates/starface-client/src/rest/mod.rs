//! The REST interface: who and what is set up on the PBX. It knows no calls.
//!
//! Rests on the vendor's knowledge base ("STARFACE REST API") and on the description that a 6.7 system gives of
//! itself. Login is the classic challenge of 6.4.2.12 and later.

mod model;

use std::time::Duration;

use reqwest::Method;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::sync::Mutex;
use tokio::time::Instant;

pub use model::{Account, AccountId, AccountType, AssignableNumber, AssignableUser, Group, GroupSummary, User};

use crate::auth::{LoginType, Password, rest_secret};
use crate::transport::{Answer, Http, Server};
use crate::xmlrpc::guarded;
use crate::{Error, ErrorKind};

/// A token is good for 4 hours; half an hour early nobody has to be refused first.
const TOKEN_LIFE: Duration = Duration::from_secs(3 * 3600 + 1800);
/// No list pages; 16 MiB are some 40 000 users.
const ANSWER_LIMIT: usize = 16 << 20;

/// A login to the REST interface.
///
/// Logs in when first asked for something, again before the token ends and once when the PBX answers 401. Share one
/// between tasks: they share the token.
#[derive(Debug)]
pub struct Rest {
    http: Http,
    login: String,
    password: Password,
    token: Mutex<Option<Token>>,
}

#[derive(Clone, Debug)]
struct Token {
    value: SecretString,
    since: Instant,
}

impl Rest {
    /// Prepares the client; nothing is sent yet.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] when the certificates cannot be read.
    pub fn new(server: &Server, login: impl Into<String>, password: Password) -> Result<Self, Error> {
        Ok(Self {
            http: Http::new(server)?,
            login: login.into(),
            password,
            token: Mutex::new(None),
        })
    }

    /// Logs in now, to see whether that works.
    ///
    /// # Errors
    /// [`ErrorKind::Login`] when the PBX refuses the login, [`ErrorKind::NotFound`] when it does not offer this login.
    pub async fn log_in(&self) -> Result<(), Error> {
        self.token(None).await.map(drop)
    }

    /// All users that the login may see: everybody, for a login with the right to administer users; for others
    /// presumably nobody but themselves.
    ///
    /// # Errors
    /// See [`ErrorKind`].
    pub async fn users(&self) -> Result<Vec<User>, Error> {
        self.get("rest/users").await
    }

    /// The user who is logged in.
    ///
    /// # Errors
    /// See [`ErrorKind`].
    pub async fn me(&self) -> Result<User, Error> {
        self.get("rest/users/me").await
    }

    /// All groups, without their members.
    ///
    /// # Errors
    /// See [`ErrorKind`].
    pub async fn groups(&self) -> Result<Vec<GroupSummary>, Error> {
        self.get("rest/groups").await
    }

    /// One group with its members and numbers.
    ///
    /// # Errors
    /// See [`ErrorKind`].
    pub async fn group(&self, id: AccountId) -> Result<Group, Error> {
        self.get(&format!("rest/groups/{id}")).await
    }

    /// All accounts with their internal numbers. In 7.1 every user may list them; other versions may differ.
    ///
    /// # Errors
    /// See [`ErrorKind`].
    pub async fn accounts(&self) -> Result<Vec<Account>, Error> {
        self.get("rest/accounts").await
    }

    /// The version of the PBX, as newer ones tell it; `None` where this is not known.
    ///
    /// # Errors
    /// See [`ErrorKind`].
    pub async fn server_version(&self) -> Result<Option<String>, Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Version {
            Text(String),
            Object { version: String },
        }
        match self.get("rest/server/version").await {
            Ok(Version::Text(version) | Version::Object { version }) => Ok(Some(guarded_version(&version))),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Forbidden) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Gives the token back. Harmless when there is none.
    ///
    /// # Errors
    /// See [`ErrorKind`]; the token is forgotten in any case.
    pub async fn log_out(&self) -> Result<(), Error> {
        let Some(token) = self.token.lock().await.take() else {
            return Ok(());
        };
        let request = self.http.request(Method::DELETE, self.http.url("rest/login")?);
        let answer = self.http.send(with_token(request, &token), ANSWER_LIMIT).await?;
        check(answer, &self.login).map(drop)
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Error> {
        let url = self.http.url(path)?;
        let token = self.token(None).await?;
        let send = |token: &Token| {
            let request = self.http.request(Method::GET, url.clone());
            self.http.send(with_token(request, token), ANSWER_LIMIT)
        };
        let mut answer = send(&token).await?;
        if answer.status == 401 {
            let token = self.token(Some(&token)).await?;
            answer = send(&token).await?;
        }
        read(&check(answer, &self.login)?)
    }

    /// A token, logging in if there is none, if it is about to end, or if it is the refused one. Tasks wait for each
    /// other here, so a token that ended costs one login however many of them notice.
    async fn token(&self, refused: Option<&Token>) -> Result<Token, Error> {
        let mut held = self.token.lock().await;
        if let Some(token) = held.as_ref() {
            let is_refused =
                refused.is_some_and(|refused| refused.value.expose_secret() == token.value.expose_secret());
            if !is_refused && token.since.elapsed() < TOKEN_LIFE {
                return Ok(token.clone());
            }
        }
        *held = None;
        let token = self.challenge().await?;
        *held = Some(token.clone());
        Ok(token)
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
        let body = check(answer, &self.login)?;
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
        let secret = rest_secret(&self.login, &nonce, &self.password, kind).ok_or_else(|| {
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
            let message = format!("the PBX refuses the login {}: wrong login or password", self.login);
            return Err(Error::new(ErrorKind::Login, message).answered(answer.status, vendor_error(&answer.body).0));
        }
        let granted: Granted = read(&check(answer, &self.login)?)?;
        if granted.token.is_empty() || !granted.token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Error::new(ErrorKind::Protocol, "the PBX granted a token that is none"));
        }
        tracing::debug!(login = %self.login, "logged in to the REST interface");
        Ok(Token {
            value: SecretString::from(granted.token),
            since,
        })
    }
}

fn with_token(request: reqwest::RequestBuilder, token: &Token) -> reqwest::RequestBuilder {
    request
        .header("X-Version", "2")
        .header("authToken", token.value.expose_secret())
}

/// Passes a good answer on and makes an error of any other.
fn check(answer: Answer, login: &str) -> Result<serde_json::Value, Error> {
    let status = answer.status;
    if (200..300).contains(&status) {
        if answer.body.is_empty() {
            return Ok(serde_json::Value::Null);
        }
        // The position that serde names is all that is wanted of its error: the text may quote the body.
        return serde_json::from_slice(&answer.body)
            .map(lowercase_keys)
            .map_err(|cause| {
                let message = format!(
                    "the PBX answered something that is not JSON (line {}, column {})",
                    cause.line(),
                    cause.column()
                );
                Error::new(ErrorKind::Protocol, message).answered(status, None)
            });
    }
    let (code, text) = vendor_error(&answer.body);
    let told = text.map(|text| format!(": {}", guarded(&text))).unwrap_or_default();
    let (kind, message) = match status {
        401 => (
            ErrorKind::Login,
            format!("the PBX takes the login {login} for not logged in (HTTP 401){told}"),
        ),
        403 => (
            ErrorKind::Forbidden,
            format!("the login {login} lacks a right (HTTP 403){told}"),
        ),
        404 => (
            ErrorKind::NotFound,
            format!("the PBX does not have this (HTTP 404){told}"),
        ),
        300..=399 => (
            ErrorKind::Protocol,
            format!("the PBX leads elsewhere (HTTP {status}): is its address right?"),
        ),
        500.. => (
            ErrorKind::Unreachable,
            format!("the PBX is out of order (HTTP {status}){told}"),
        ),
        _ => (
            ErrorKind::Rejected,
            format!("the PBX refuses the request (HTTP {status}){told}"),
        ),
    };
    Err(Error::new(kind, message).answered(status, code))
}

/// `{"code": …, "message": …}`.
fn vendor_error(body: &[u8]) -> (Option<String>, Option<String>) {
    let Ok(value) = serde_json::from_slice::<serde_json::Value>(body) else {
        return (None, None);
    };
    let text = |key: &str| value.get(key).and_then(serde_json::Value::as_str).map(str::to_owned);
    let plausible = |code: &String| code.len() <= 64 && code.bytes().all(|byte| byte.is_ascii_graphic());
    (text("code").filter(plausible), text("message"))
}

fn read<T: DeserializeOwned>(value: &serde_json::Value) -> Result<T, Error> {
    T::deserialize(value).map_err(|cause| {
        // serde quotes values ("invalid type: string \"…\"") up to the first comma; what was expected comes after it.
        let cause = cause.to_string();
        let expected = cause
            .rsplit_once("expected ")
            .map_or("another shape", |(_, expected)| expected);
        Error::new(
            ErrorKind::Protocol,
            format!(
                "the PBX answered in a shape that is not known: expected {}",
                guarded(expected)
            ),
        )
    })
}

fn member<T: DeserializeOwned>(value: &serde_json::Value, key: &str) -> Result<T, Error> {
    read(value.get(key).unwrap_or(&serde_json::Value::Null))
}

/// Versions of the PBX spell keys differently (`chatGroup`, `chatgroup`), so all are read in lower case.
fn lowercase_keys(value: serde_json::Value) -> serde_json::Value {
    match value {
        serde_json::Value::Array(items) => items.into_iter().map(lowercase_keys).collect(),
        serde_json::Value::Object(members) => members
            .into_iter()
            .map(|(key, value)| (key.to_ascii_lowercase(), lowercase_keys(value)))
            .collect(),
        scalar @ (serde_json::Value::Null
        | serde_json::Value::Bool(_)
        | serde_json::Value::Number(_)
        | serde_json::Value::String(_)) => scalar,
    }
}

fn guarded_version(version: &str) -> String {
    version
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))
        .take(40)
        .collect()
}
