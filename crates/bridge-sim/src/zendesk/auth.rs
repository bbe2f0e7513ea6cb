//! Who asks: OAuth tokens that are issued, run out and are revoked, and API tokens.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::errors;
use super::message::{SimRequest, SimResponse};
use super::routes::{Access, Endpoint};
use super::state::{Ctx, Reply, State};
use super::user::Role;

/// All credentials that the account knows.
#[derive(Default)]
pub(super) struct Keys {
    clients: BTreeMap<String, Client>,
    tokens: BTreeMap<String, Token>,
    api_tokens: Vec<String>,
}

struct Client {
    id: u64,
    secret: String,
    user: u64,
    ceiling: Vec<String>,
}

#[derive(Clone)]
struct Token {
    id: u64,
    client: u64,
    user: u64,
    scopes: Vec<String>,
    created_at: Timestamp,
    used_at: Timestamp,
    expires_at: Option<Timestamp>,
    revoked: bool,
}

const BROAD: [&str; 3] = ["read", "write", "impersonate"];
const RESOURCES: [&str; 17] = [
    "tickets",
    "users",
    "auditlogs",
    "organizations",
    "hc",
    "apps",
    "triggers",
    "automations",
    "targets",
    "webhooks",
    "macros",
    "requests",
    "satisfaction_ratings",
    "dynamic_content",
    "any_channel",
    "web_widget",
    "zis",
];

impl State {
    /// An OAuth client: its tokens act as the user, and may at most what the ceiling says (scopes with spaces between).
    pub fn add_oauth_client(&mut self, identifier: &str, secret: &str, user: u64, ceiling: &str) {
        let id = self.fresh_id();
        let client = Client {
            id,
            secret: secret.to_owned(),
            user,
            ceiling: scopes(ceiling),
        };
        self.keys.clients.insert(identifier.to_owned(), client);
    }

    /// A ready-made OAuth token that acts as the user; it ends when the clock says so, if at all.
    pub fn add_oauth_token(&mut self, token: &str, user: u64, scope: &str, ends: Option<Timestamp>, now: Timestamp) {
        let id = self.fresh_id();
        let token_of = Token {
            id,
            client: 0,
            user,
            scopes: scopes(scope),
            created_at: now,
            used_at: now,
            expires_at: ends,
            revoked: false,
        };
        self.keys.tokens.insert(token.to_owned(), token_of);
    }

    /// An API token: good for every agent's e-mail address.
    pub fn add_api_token(&mut self, token: &str) {
        self.keys.api_tokens.push(token.to_owned());
    }

    /// Revokes all OAuth tokens that were issued so far, ready-made ones too.
    pub fn revoke_tokens(&mut self) {
        self.keys.tokens.values_mut().for_each(|token| token.revoked = true);
    }

    /// Who asks, if he may. 0 is the anonymous user of `/users/me`.
    pub(super) fn authenticate(
        &mut self,
        endpoint: &Endpoint,
        request: &SimRequest,
        now: Timestamp,
    ) -> Result<u64, SimResponse> {
        let anonymous = endpoint.access == Access::Anonymous;
        let (kind, secret) = request
            .header("authorization")
            .unwrap_or_default()
            .split_once(' ')
            .unwrap_or_default();
        let user = if kind.eq_ignore_ascii_case("bearer") {
            match self.bearer(secret.trim(), endpoint, &request.method, now) {
                // A token that was never issued is garbage; one that has ended is told, unless the switch says otherwise.
                Err(refusal) if anonymous && refusal.status == 401 => {
                    let ended = self.keys.tokens.contains_key(secret.trim());
                    if ended && !self.switches.anonymous_when_expired {
                        return Err(refusal);
                    }
                    return Ok(0);
                }
                other => other?,
            }
        } else {
            match self.basic(kind, secret.trim()) {
                Some(user) => user,
                None if anonymous => return Ok(0),
                None => return Err(errors::unauthenticated()),
            }
        };
        match self.users.get(&user) {
            Some(user) if !user.active || user.suspended => Err(errors::unauthenticated()),
            Some(user) if user.role == Role::EndUser && !anonymous => Err(errors::forbidden()),
            Some(_) => Ok(user),
            None => Err(errors::unauthenticated()),
        }
    }

    fn bearer(
        &mut self,
        secret: &str,
        endpoint: &Endpoint,
        method: &Method,
        now: Timestamp,
    ) -> Result<u64, SimResponse> {
        let token = self.keys.tokens.get_mut(secret).ok_or_else(errors::invalid_token)?;
        if token.revoked || token.expires_at.is_some_and(|ends| ends <= now) {
            return Err(errors::invalid_token());
        }
        token.used_at = now;
        let verb = if method == Method::GET { "read" } else { "write" };
        let fine = |scope: &str| match endpoint.access {
            Access::Resource(resource) => scope == format!("{resource}:{verb}"),
            Access::Anonymous => scope == format!("users:{verb}"),
            Access::Open | Access::Broad => false,
        };
        // One scope that does not exist spoils the whole token.
        let good = token.scopes.iter().all(|scope| is_known(scope))
            && token.scopes.iter().any(|scope| scope == verb || fine(scope));
        match good {
            true => Ok(token.user),
            false => Err(errors::missing_scope(verb)),
        }
    }

    /// `email/token:TOKEN`, in Base64.
    fn basic(&self, kind: &str, secret: &str) -> Option<u64> {
        if !kind.eq_ignore_ascii_case("basic") {
            return None;
        }
        let text = String::from_utf8(STANDARD.decode(secret).ok()?).ok()?;
        let (login, token) = text.split_once(':')?;
        let email = login.strip_suffix("/token")?;
        let known = self.keys.api_tokens.iter().any(|known| known == token);
        known.then(|| self.user_by_email(email)).flatten()
    }

    pub(super) fn post_token(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        let refuse = |status, error, why: &str| Err(errors::oauth(status, error, why));
        let Ok(Value::Object(body)) = ctx.body() else {
            return refuse(400, "invalid_request", "The body must be a JSON object");
        };
        let wrong = body.iter().any(|(key, value)| match key.as_str() {
            "expires_in" | "refresh_token_expires_in" => !value.is_u64(),
            _ => !value.is_string(),
        });
        if wrong {
            return refuse(
                400,
                "invalid_request",
                "The request is missing a required parameter or is otherwise malformed",
            );
        }
        let text = |key: &str| body.get(key).and_then(Value::as_str);
        match text("grant_type") {
            Some("client_credentials") => {}
            // No code and no refresh token was ever given out, so none can be good.
            Some("authorization_code" | "refresh_token") => {
                return refuse(400, "invalid_grant", "The provided authorization grant is invalid");
            }
            Some(_) => {
                return refuse(
                    400,
                    "unsupported_grant_type",
                    "The authorization grant type is not supported",
                );
            }
            None => return refuse(400, "invalid_request", "Missing required parameter: grant_type"),
        }
        let Some(client) = text("client_id").and_then(|id| self.keys.clients.get(id)) else {
            return refuse(
                401,
                "invalid_client",
                "Client authentication failed due to unknown client",
            );
        };
        if text("client_secret") != Some(client.secret.as_str()) {
            return refuse(401, "invalid_client", "Client authentication failed");
        }
        let asked = text("scope").map_or_else(|| client.ceiling.clone(), scopes);
        let above =
            |scope: &String| is_known(scope) && !client.ceiling.contains(scope) && !covered(scope, &client.ceiling);
        if asked.is_empty() || asked.iter().any(above) {
            return refuse(
                400,
                "invalid_scope",
                "The requested scope is invalid, unknown, or malformed",
            );
        }
        let wish = body.get("expires_in").and_then(Value::as_u64);
        if wish.is_some_and(|seconds| !(300..=172_800).contains(&seconds)) {
            return refuse(400, "invalid_request", "expires_in must be between 300 and 172800");
        }
        let (client_id, user) = (client.id, client.user);
        let life = wish.map(Duration::from_secs).or(self.switches.token_lifetime);
        let ends = life.and_then(|life| ctx.now.checked_add(SignedDuration::try_from(life).ok()?).ok());
        let secret = self.hex(64);
        let id = self.fresh_id();
        let token = Token {
            id,
            client: client_id,
            user,
            scopes: asked.clone(),
            created_at: ctx.now,
            used_at: ctx.now,
            expires_at: ends,
            revoked: false,
        };
        self.keys.tokens.insert(secret.clone(), token);
        let body = json!({
            "access_token": secret,
            "token_type": "bearer",
            "scope": asked.join(" "),
            "expires_in": life.map(|life| life.as_secs()),
        });
        Ok(SimResponse::json(200, &body))
    }

    pub(super) fn current_token(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        let (secret, token) = self.token_of(ctx)?;
        let mut body = Map::new();
        body.insert("id".to_owned(), token.id.into());
        body.insert("url".to_owned(), self.url(&format!("oauth/tokens/{}", token.id)).into());
        body.insert("user_id".to_owned(), token.user.into());
        body.insert("client_id".to_owned(), token.client.into());
        body.insert("token".to_owned(), secret.chars().take(10).collect::<String>().into());
        body.insert("scopes".to_owned(), token.scopes.into());
        body.insert("created_at".to_owned(), token.created_at.to_string().into());
        body.insert("used_at".to_owned(), token.used_at.to_string().into());
        if let Some(ends) = token.expires_at {
            body.insert(
                "expires_at".to_owned(),
                super::state::whole_seconds(ends).to_string().into(),
            );
        }
        Ok(SimResponse::json(200, &json!({"token": body})))
    }

    pub(super) fn revoke_token(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        let (secret, _) = self.token_of(ctx)?;
        if let Some(token) = self.keys.tokens.get_mut(&secret) {
            token.revoked = true;
        }
        Ok(SimResponse::empty(204))
    }

    /// Under an API token there is no current OAuth token.
    fn token_of(&self, ctx: &Ctx<'_>) -> Result<(String, Token), SimResponse> {
        let (_, secret) = ctx
            .request
            .header("authorization")
            .unwrap_or_default()
            .split_once(' ')
            .unwrap_or_default();
        let found = self.keys.tokens.get_key_value(secret.trim());
        found
            .map(|(secret, token)| (secret.clone(), token.clone()))
            .ok_or_else(errors::not_found)
    }
}

fn scopes(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

fn is_known(scope: &str) -> bool {
    BROAD.contains(&scope)
        || scope
            .split_once(':')
            .is_some_and(|(resource, verb)| RESOURCES.contains(&resource) && matches!(verb, "read" | "write"))
}

/// `users:read` lies below `read`.
fn covered(scope: &str, ceiling: &[String]) -> bool {
    scope
        .split_once(':')
        .is_some_and(|(_, verb)| ceiling.iter().any(|broad| broad == verb))
}
