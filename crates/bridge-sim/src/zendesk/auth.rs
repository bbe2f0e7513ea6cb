//! Who asks: what credentials there are, and what they are good for.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use jiff::Timestamp;
use serde_json::{Map, json};

use super::errors;
use super::message::{SimRequest, SimResponse};
use super::routes::{Access, Endpoint};
use super::state::{Ctx, Reply, State};
use super::switch_kinds::Class;
use super::user::Role;

/// All credentials that the account knows.
#[derive(Default)]
pub(super) struct Keys {
    pub(super) clients: BTreeMap<String, Client>,
    pub(super) tokens: BTreeMap<String, Token>,
    pub(super) codes: BTreeMap<String, Code>,
    pub(super) refresh_tokens: BTreeMap<String, RefreshToken>,
    api_tokens: Vec<String>,
}

#[derive(Clone)]
pub(super) struct Client {
    pub(super) id: u64,
    /// `None`: a public client, which proves itself by PKCE.
    pub(super) secret: Option<String>,
    /// Who made it; its own tokens act as him.
    pub(super) user: u64,
    pub(super) ceiling: Vec<String>,
    /// Where the authorization page may lead back to.
    pub(super) redirects: Vec<String>,
}

#[derive(Clone)]
pub(super) struct Token {
    pub(super) id: u64,
    pub(super) client: u64,
    pub(super) user: u64,
    pub(super) scopes: Vec<String>,
    pub(super) created_at: Timestamp,
    pub(super) used_at: Timestamp,
    pub(super) expires_at: Option<Timestamp>,
    pub(super) revoked: bool,
}

/// What the authorization page gives out, for a token.
#[derive(Clone)]
pub(super) struct Code {
    pub(super) client: u64,
    pub(super) user: u64,
    pub(super) redirect: String,
    pub(super) scopes: Vec<String>,
    /// What the verifier must hash to.
    pub(super) challenge: Option<String>,
    pub(super) until: Timestamp,
}

/// What is good for the next token.
#[derive(Clone)]
pub(super) struct RefreshToken {
    pub(super) client: u64,
    pub(super) user: u64,
    pub(super) scopes: Vec<String>,
    pub(super) until: Timestamp,
    /// The access token that came with it.
    pub(super) access: String,
    /// What came of it when it was used.
    pub(super) successor: Option<String>,
    pub(super) revoked: bool,
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
            secret: Some(secret.to_owned()),
            user,
            ceiling: scopes(ceiling),
            redirects: Vec::new(),
        };
        self.keys.clients.insert(identifier.to_owned(), client);
    }

    /// A public OAuth client: it has no secret, and people sign in by it with PKCE.
    pub fn add_public_oauth_client(&mut self, identifier: &str, user: u64, ceiling: &str) {
        self.add_oauth_client(identifier, "", user, ceiling);
        if let Some(client) = self.keys.clients.get_mut(identifier) {
            client.secret = None;
        }
    }

    /// The authorization page of an OAuth client may lead back to this address.
    pub fn allow_redirect(&mut self, identifier: &str, address: &str) {
        if let Some(client) = self.keys.clients.get_mut(identifier) {
            client.redirects.push(address.to_owned());
        }
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

    /// Revokes all OAuth tokens that were issued so far, ready-made ones too. Refresh tokens stay good.
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
                    if ended && !self.switches.anonymous_when_expired || !self.switches.anonymous_me {
                        return Err(refusal);
                    }
                    return Ok(0);
                }
                other => other?,
            }
        } else {
            match self.basic(kind, secret.trim()) {
                Some(user) => user,
                None if anonymous && self.switches.anonymous_me => return Ok(0),
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
        let fine_anywhere = self.switches.fine_scopes_reach_identities && endpoint.class == Class::Identity;
        let token = self.keys.tokens.get_mut(secret).ok_or_else(errors::invalid_token)?;
        if token.revoked || token.expires_at.is_some_and(|ends| ends <= now) {
            return Err(errors::invalid_token());
        }
        token.used_at = now;
        let verb = if method == Method::GET { "read" } else { "write" };
        let fine = |scope: &str| match endpoint.access {
            Access::Resource(resource) => scope == format!("{resource}:{verb}"),
            Access::Anonymous => scope == format!("users:{verb}"),
            Access::Open | Access::Broad => fine_anywhere && scope == format!("users:{verb}"),
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

pub(super) fn scopes(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

pub(super) fn is_known(scope: &str) -> bool {
    BROAD.contains(&scope)
        || scope
            .split_once(':')
            .is_some_and(|(resource, verb)| RESOURCES.contains(&resource) && matches!(verb, "read" | "write"))
}

/// `users:read` lies below `read`.
pub(super) fn covered(scope: &str, ceiling: &[String]) -> bool {
    scope
        .split_once(':')
        .is_some_and(|(_, verb)| ceiling.iter().any(|broad| broad == verb))
}
