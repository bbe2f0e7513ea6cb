//! The OAuth server of a version 10: discovery, tokens by password and by refresh token.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::message::{Answer, Request};
use super::oauth_switches::ClientAuthentication;
use super::state::{State, User, span};

/// The OAuth client for programs without a browser.
pub const OAUTH_CLIENT: &str = "rest-client-headless";
/// Its secret, as the administration shows it.
pub const OAUTH_CLIENT_SECRET: &str = "sim-starface-secret";
/// Another client, which has no secret: the vendor's own for desktops.
const PUBLIC_CLIENT: &str = "windows-app";

const REALM: &str = "/auth/realms/pbx";
const DISCOVERY: &str = "/.well-known/openid-configuration";
const EDGE_NODE: &str = "0e4f6f0a-51a5-4a0e-9d0e-5b1f4a2c7d10";

/// Tokens that were granted.
#[derive(Default, Debug)]
pub(super) struct Grants {
    access: BTreeMap<String, (String, Timestamp)>,
    refresh: BTreeMap<String, Refresh>,
}

#[derive(Clone, Debug)]
struct Refresh {
    login: String,
    scope: String,
    expires: Timestamp,
}

/// Why no token is granted: status, error, description.
type Refusal = (u16, &'static str, &'static str);

impl State {
    /// Answers a request to the OAuth server; `None` if the path is none of its own.
    pub(super) fn oauth(&mut self, request: &Request<'_>, now: Timestamp) -> Option<Answer> {
        if !self.switches.oauth.enabled {
            return None;
        }
        let base = format!("http://{}", request.host.unwrap_or("127.0.0.1"));
        let path = request.path;
        if path == format!("{REALM}/oauth2/token") {
            if request.method != "POST" {
                return Some(Answer::page(405, "<html><body>405</body></html>"));
            }
            return Some(match self.grant(request, now) {
                Ok(granted) => Answer::json(200, &granted),
                Err((status, error, why)) => Answer::json(status, &json!({ "error": error, "error_description": why })),
            });
        }
        if request.method != "GET" {
            return None;
        }
        if path == DISCOVERY {
            return Some(Answer::redirect(&format!("{base}{REALM}{DISCOVERY}")));
        }
        if path == format!("{REALM}{DISCOVERY}") {
            let scopes: Vec<&String> = self.switches.oauth.scopes.iter().collect();
            return Some(Answer::json(
                200,
                &json!({
                    "issuer": format!("{base}{REALM}"), "token_endpoint": format!("{base}{REALM}/oauth2/token"),
                    "grant_types_supported": ["password", "refresh_token"], "scopes_supported": scopes,
                    "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
                }),
            ));
        }
        (path == "/rpc/oauth/login-config").then(|| {
            let host = request
                .host
                .and_then(|host| host.rsplit_once(':'))
                .map_or("127.0.0.1", |(host, _)| host);
            Answer::json(
                200,
                &json!({
                    "oauthConfigUrl": format!("{base}{DISCOVERY}"), "edgeNodeId": EDGE_NODE,
                    "gRpcUrl": format!("grpcs://{host}:9092"),
                }),
            )
        })
    }

    /// Who shows this access token, if it is still good.
    pub(super) fn user_of_access(&self, token: &str, now: Timestamp) -> Option<(&User, Timestamp)> {
        let (login, expires) = self.grants.access.get(token)?;
        let user = self.users.get(login)?;
        (now < *expires).then_some((user, *expires))
    }

    /// All access tokens end now, as if their time had come, and the sessions that end with them; refresh tokens stay.
    pub fn end_access(&mut self, now: Timestamp) {
        self.grants.access.clear();
        for session in &mut self.sessions {
            session.ends = session.ends.map(|_| now);
        }
    }

    fn grant(&mut self, request: &Request<'_>, now: Timestamp) -> Result<Value, Refusal> {
        let form: BTreeMap<String, String> = url::form_urlencoded::parse(request.body).into_owned().collect();
        let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
        self.check_client(request.authorization, field("client_id"), field("client_secret"))?;
        if self.switches.oauth.cloud && field("resource") != format!("edgenode://{EDGE_NODE}") {
            return Err((400, "invalid_target", "resource is missing or unknown"));
        }
        match field("grant_type") {
            "password" => {
                let scope = field("scope");
                if scope.is_empty() || !scope.split(' ').all(|one| self.switches.oauth.scopes.contains(one)) {
                    return Err((400, "invalid_scope", "unknown scope"));
                }
                let login = field("username");
                let known = self
                    .users
                    .get(login)
                    .is_some_and(|user| user.password == field("password"));
                if !known || self.switches.oauth.without_right.contains(login) {
                    return Err((400, "invalid_grant", "Invalid user credentials"));
                }
                Ok(self.tokens_for(login, scope, true, now))
            }
            "refresh_token" => {
                let token = field("refresh_token");
                let found = self
                    .grants
                    .refresh
                    .get(token)
                    .filter(|found| now < found.expires)
                    .cloned();
                let found = found.ok_or((400, "invalid_grant", "Token is not active"))?;
                let rotation = self.switches.oauth.rotation;
                if rotation {
                    self.grants.refresh.remove(token);
                }
                Ok(self.tokens_for(&found.login, &found.scope, rotation, now))
            }
            _ => Err((400, "unsupported_grant_type", "grant_type is missing or unknown")),
        }
    }

    fn check_client(&self, header: Option<&str>, id: &str, secret: &str) -> Result<(), Refusal> {
        let allowed = self.switches.oauth.client_authentication;
        let basic = header.and_then(|header| header.strip_prefix("Basic "));
        let basic = basic
            .and_then(|text| STANDARD.decode(text).ok())
            .and_then(|bytes| String::from_utf8(bytes).ok());
        let good = match &basic {
            Some(pair) => {
                allowed != ClientAuthentication::Form && *pair == format!("{OAUTH_CLIENT}:{OAUTH_CLIENT_SECRET}")
            }
            None if id == PUBLIC_CLIENT => true,
            None => allowed != ClientAuthentication::Basic && id == OAUTH_CLIENT && secret == OAUTH_CLIENT_SECRET,
        };
        good.then_some(())
            .ok_or((401, "invalid_client", "Invalid client credentials"))
    }

    fn tokens_for(&mut self, login: &str, scope: &str, refresh: bool, now: Timestamp) -> Value {
        let (life, refresh_life) = (self.switches.oauth.token_lifetime, self.switches.oauth.refresh_lifetime);
        let until = |life| now.saturating_add(span(life)).unwrap_or(Timestamp::MAX);
        let access = self.jwt(login, scope, now, until(life));
        self.grants.access.retain(|_, (_, expires)| now < *expires);
        self.grants
            .access
            .insert(access.clone(), (login.to_owned(), until(life)));
        let mut granted = json!({
            "access_token": access, "expires_in": life.as_secs(), "token_type": "Bearer", "scope": scope,
        });
        if refresh {
            let token = format!("{}{}", self.nonce(), self.nonce());
            let expires = until(refresh_life);
            let kept = Refresh {
                login: login.to_owned(),
                scope: scope.to_owned(),
                expires,
            };
            self.grants.refresh.insert(token.clone(), kept);
            granted["refresh_token"] = token.into();
            granted["refresh_expires_in"] = refresh_life.as_secs().into();
        }
        granted
    }

    /// A text in the form of a JWT. Nobody but this server can check its signature, which is a random one.
    fn jwt(&mut self, login: &str, scope: &str, now: Timestamp, expires: Timestamp) -> String {
        let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let header = part(json!({ "alg": "HS256", "typ": "JWT" }));
        let claims = part(json!({
            "sub": login, "scope": scope, "iat": now.as_second(), "exp": expires.as_second(), "jti": self.uuid(),
        }));
        let signature = URL_SAFE_NO_PAD.encode(self.nonce());
        format!("{header}.{claims}.{signature}")
    }
}
