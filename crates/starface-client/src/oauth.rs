//! The logins of version 10: tokens of the PBX's own OAuth server, by the password grant.
//!
//! Tokens live some 300 s. They are replaced at four fifths of their life, by the refresh token where there is one, else
//! by the password again. Tasks that need one at the same time wait for each other, so a token is asked for once.

use std::time::Duration;

use reqwest::{Method, RequestBuilder};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use tokio::sync::Mutex;
use tokio::time::Instant;
use url::Url;

use crate::auth::Password;
use crate::transport::{Http, Server};
use crate::{Error, ErrorKind};

/// Where tokens are granted, unless the PBX says otherwise.
const ENDPOINT: &str = "auth/realms/pbx/oauth2/token";
/// Where the PBX says it.
const DISCOVERY: &str = ".well-known/openid-configuration";
/// Where the PBX says what it is called in the cloud.
const LOGIN_CONFIG: &str = "rpc/oauth/login-config";
/// An answer of the token endpoint is small; a token is one or two KiB.
const ANSWER_LIMIT: usize = 256 << 10;
/// What a token is taken to live if the PBX does not say.
const USUAL_LIFE: Duration = Duration::from_secs(300);
/// Clients in the field ask for one or the other.
const SCOPES: [&str; 2] = ["login", "pbx-login"];

/// The OAuth client of the PBX for programs without a browser (version 10): its secret is shown in the administration
/// under Server, Status, REST-API.
///
/// Each login that is to use it needs the right "API Zugriff mit OAuth Password Grant", and its password itself: the
/// SHA-512 is not enough.
#[derive(Clone, Debug)]
pub struct OAuthClient {
    id: String,
    secret: SecretString,
    at_once: bool,
}

impl OAuthClient {
    /// The client `rest-client-headless` with this secret, for when the PBX refuses the classic login.
    #[must_use]
    pub fn new(secret: impl Into<SecretString>) -> Self {
        Self {
            id: "rest-client-headless".to_owned(),
            secret: secret.into(),
            at_once: false,
        }
    }

    /// Another client id.
    #[must_use]
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = id.into();
        self
    }

    /// The classic login is not even tried: for a PBX with an outside identity provider, where it always fails.
    #[must_use]
    pub fn at_once(mut self) -> Self {
        self.at_once = true;
        self
    }
}

/// The tokens of one login.
#[derive(Debug)]
pub(crate) struct Tokens {
    http: Http,
    client: OAuthClient,
    login: String,
    password: SecretString,
    held: Mutex<Held>,
}

/// What is known so far.
#[derive(Default, Debug)]
struct Held {
    endpoint: Option<Url>,
    /// The way that has worked.
    way: Option<Way>,
    /// What tokens are asked for, where the PBX is attached to the cloud and wants that said.
    resource: Option<String>,
    pair: Option<Pair>,
}

/// How tokens are asked for, as far as clients in the field differ.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Way {
    scope: &'static str,
    /// The client proves itself by an `Authorization` header instead of form fields.
    basic: bool,
}

#[derive(Clone, Debug)]
struct Pair {
    access: SecretString,
    refresh: Option<SecretString>,
    since: Instant,
    life: Duration,
}

impl Pair {
    fn is_fresh(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.since) < self.life * 4 / 5
    }

    fn is_good(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.since) < self.life
    }
}

enum Grant<'a> {
    Password,
    Refresh(&'a SecretString),
}

enum Answered {
    Granted(Pair),
    Refused { status: u16, code: String },
}

impl Tokens {
    /// `None` if the server has no OAuth client, or if that is only the second choice and cannot be taken since the
    /// password itself is not known.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] if it is the only choice and cannot be taken.
    pub(crate) fn new(server: &Server, http: &Http, login: &str, password: &Password) -> Result<Option<Self>, Error> {
        let Some(client) = server.oauth_client() else {
            return Ok(None);
        };
        let Some(password) = password.plain() else {
            if client.at_once {
                return Err(Error::new(
                    ErrorKind::Config,
                    format!("the OAuth login of {login} needs the password itself, not its SHA-512"),
                ));
            }
            return Ok(None);
        };
        Ok(Some(Self {
            http: http.clone(),
            client: client.clone(),
            login: login.to_owned(),
            password: SecretString::from(password),
            held: Mutex::default(),
        }))
    }

    /// Whether the classic login is not even to be tried.
    pub(crate) fn at_once(&self) -> bool {
        self.client.at_once
    }

    /// An access token, other than the refused one.
    pub(crate) async fn access(&self, refused: Option<&SecretString>) -> Result<SecretString, Error> {
        self.access_at(Instant::now(), refused).await
    }

    async fn access_at(&self, now: Instant, refused: Option<&SecretString>) -> Result<SecretString, Error> {
        let mut held = self.held.lock().await;
        let known = held
            .pair
            .clone()
            .filter(|pair| !refused.is_some_and(|refused| same(refused, &pair.access)));
        if let Some(pair) = &known
            && pair.is_fresh(now)
        {
            return Ok(pair.access.clone());
        }
        let refresh = held.pair.as_ref().and_then(|pair| pair.refresh.clone());
        // If this is dropped midway the refresh token may be spent; then it is refused next time and the password helps.
        if let Some(refresh) = refresh {
            match self.grant(now, &mut held, Grant::Refresh(&refresh)).await {
                Ok(token) => return Ok(token),
                Err(error) if error.kind() == ErrorKind::Unreachable => {
                    return known
                        .filter(|pair| pair.is_good(now))
                        .map(|pair| pair.access)
                        .ok_or(error);
                }
                Err(error) => tracing::debug!(login = %self.login, %error, "the token cannot be refreshed"),
            }
        }
        held.pair = None;
        self.grant(now, &mut held, Grant::Password).await
    }

    /// Forgets all tokens; the next one is asked for by the password.
    pub(crate) async fn forget(&self) {
        self.held.lock().await.pair = None;
    }

    async fn grant(&self, now: Instant, held: &mut Held, grant: Grant<'_>) -> Result<SecretString, Error> {
        let endpoint = match &held.endpoint {
            Some(endpoint) => endpoint.clone(),
            None => {
                let found = self.discover().await?;
                held.endpoint.insert(found).clone()
            }
        };
        let first = Way {
            scope: SCOPES[0],
            basic: false,
        };
        let mut way = held.way.unwrap_or(first);
        loop {
            let (status, code) = match self
                .ask(now, endpoint.clone(), way, held.resource.as_deref(), &grant)
                .await?
            {
                Answered::Granted(mut pair) => {
                    let old = held.pair.take();
                    // A PBX that does not rotate sends none.
                    pair.refresh = pair.refresh.or_else(|| old.and_then(|old| old.refresh));
                    held.way = Some(way);
                    return Ok(held.pair.insert(pair).access.clone());
                }
                Answered::Refused { status, code } => (status, code),
            };
            // Every refusal of a password may count against the login: a new way only where it can be the way's fault.
            let wrong_grant = matches!(code.as_str(), "invalid_grant" | "access_denied");
            let wrong_scope = code == "invalid_scope" || (code.is_empty() && status == 400);
            let wrong_client = matches!(code.as_str(), "invalid_client" | "unauthorized_client")
                || (status == 401 && !wrong_grant && !wrong_scope);
            // How a PBX that is attached to the cloud refuses a request without a resource is not known.
            let wants_resource = matches!(code.as_str(), "invalid_target" | "invalid_resource" | "invalid_request");
            if wants_resource && held.resource.is_none() {
                match self.edge_node().await? {
                    Some(node) => held.resource = Some(format!("edgenode://{node}")),
                    None => return Err(self.refused(status, code, false, false)),
                }
            } else if wrong_client && !way.basic {
                way.basic = true;
            } else if wrong_scope && way.scope == SCOPES[0] {
                way.scope = SCOPES[1];
            } else {
                if !wrong_grant {
                    held.way = None;
                    held.endpoint = None;
                    held.resource = None;
                }
                return Err(self.refused(status, code, wrong_client, wrong_scope));
            }
        }
    }

    fn refused(&self, status: u16, code: String, wrong_client: bool, wrong_scope: bool) -> Error {
        let login = &self.login;
        let (kind, message) = if wrong_client {
            let message = "the PBX refuses the OAuth client: is the client secret the one that it shows under Server, Status, REST-API?";
            (ErrorKind::Login, message.to_owned())
        } else if wrong_scope {
            let message = "the PBX refuses to grant a token of any known scope";
            (ErrorKind::Login, message.to_owned())
        } else if matches!(status, 300..=399 | 404 | 405) {
            let message = "the PBX does not grant tokens: is its version 10 or later?";
            (ErrorKind::NotFound, message.to_owned())
        } else {
            let message = format!(
                "the PBX refuses the login {login}: wrong login or password, or the right \"API Zugriff mit OAuth \
                 Password Grant\" is missing"
            );
            (ErrorKind::Login, message)
        };
        Error::new(kind, message).answered(status, Some(code).filter(|code| !code.is_empty()))
    }

    async fn ask(
        &self,
        now: Instant,
        endpoint: Url,
        way: Way,
        resource: Option<&str>,
        grant: &Grant<'_>,
    ) -> Result<Answered, Error> {
        let mut form = match grant {
            Grant::Password => vec![
                ("grant_type", "password"),
                ("scope", way.scope),
                ("username", &self.login),
                ("password", self.password.expose_secret()),
            ],
            Grant::Refresh(token) => vec![
                ("grant_type", "refresh_token"),
                ("refresh_token", token.expose_secret()),
            ],
        };
        form.extend(resource.map(|resource| ("resource", resource)));
        let secret = self.client.secret.expose_secret();
        let mut request: RequestBuilder = self.http.request(Method::POST, endpoint);
        if way.basic {
            request = request.basic_auth(&self.client.id, Some(secret));
        } else {
            form.extend([("client_id", self.client.id.as_str()), ("client_secret", secret)]);
        }
        let answer = self.http.send(request.form(&form), ANSWER_LIMIT).await?;
        match answer.status {
            200..=299 => read(&answer.body, now).map(Answered::Granted),
            500.. => {
                let message = format!("the PBX is out of order (HTTP {})", answer.status);
                Err(Error::new(ErrorKind::Unreachable, message).answered(answer.status, None))
            }
            status => Ok(Answered::Refused {
                status,
                code: refusal(&answer.body),
            }),
        }
    }

    /// The id of the PBX in the cloud, if it tells one.
    async fn edge_node(&self) -> Result<Option<String>, Error> {
        #[derive(Deserialize)]
        struct LoginConfig {
            #[serde(rename = "edgeNodeId")]
            edge_node: String,
        }
        let request = self.http.request(Method::GET, self.http.url(LOGIN_CONFIG)?);
        let answer = self.http.send(request, ANSWER_LIMIT).await?;
        let config = serde_json::from_slice::<LoginConfig>(&answer.body).ok();
        let node = config.map(|config| config.edge_node).filter(|_| answer.status == 200);
        let is_id = |id: &String| (1..=100).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
        Ok(node.filter(is_id))
    }

    /// The token endpoint. Secrets go to it, so only the PBX itself is believed to be one.
    async fn discover(&self) -> Result<Url, Error> {
        #[derive(Deserialize)]
        struct Discovered {
            token_endpoint: String,
        }
        let fixed = self.http.url(ENDPOINT)?;
        let own = |url: &Url| url.origin() == fixed.origin();
        let mut at = self.http.url(DISCOVERY)?;
        for _ in 0..4 {
            let answer = self
                .http
                .send(self.http.request(Method::GET, at.clone()), ANSWER_LIMIT)
                .await?;
            if let (300..=399, Some(location)) = (answer.status, &answer.location) {
                match at.join(location).ok().filter(own) {
                    Some(next) => at = next,
                    None => break,
                }
                continue;
            }
            if answer.status == 200
                && let Ok(found) = serde_json::from_slice::<Discovered>(&answer.body)
                && let Some(endpoint) = Url::parse(&found.token_endpoint).ok().filter(own)
            {
                return Ok(endpoint);
            }
            break;
        }
        Ok(fixed)
    }
}

fn read(body: &[u8], since: Instant) -> Result<Pair, Error> {
    #[derive(Deserialize)]
    struct Granted {
        access_token: String,
        #[serde(default)]
        refresh_token: Option<String>,
        #[serde(default)]
        expires_in: Option<u64>,
    }
    let granted: Granted = serde_json::from_slice(body)
        .map_err(|_| Error::new(ErrorKind::Protocol, "the PBX granted no token that can be read"))?;
    let is_token = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
    if !is_token(&granted.access_token) {
        return Err(Error::new(ErrorKind::Protocol, "the PBX granted a token that is none"));
    }
    let life = granted.expires_in.filter(|seconds| *seconds > 0);
    Ok(Pair {
        access: SecretString::from(granted.access_token),
        refresh: granted
            .refresh_token
            .filter(|text| is_token(text))
            .map(SecretString::from),
        since,
        // A day at most, so that no clock overflows; nothing is lost by asking again.
        life: life.map_or(USUAL_LIFE, |seconds| Duration::from_secs(seconds.min(86_400))),
    })
}

/// The `error` of `{"error": …, "error_description": …}`, empty if there is none.
fn refusal(body: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Refusal {
        error: String,
    }
    let plausible =
        |code: &String| code.len() <= 40 && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    serde_json::from_slice(body)
        .ok()
        .map(|refusal: Refusal| refusal.error)
        .filter(plausible)
        .unwrap_or_default()
}

fn same(one: &SecretString, other: &SecretString) -> bool {
    one.expose_secret() == other.expose_secret()
}

#[cfg(test)]
mod tests;
