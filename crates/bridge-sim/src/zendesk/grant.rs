//! OAuth tokens are given out: for a client's secret, for a code, for a refresh token.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::auth::{Client, Code, RefreshToken, Token, covered, is_known, scopes};
use super::errors;
use super::message::SimResponse;
use super::state::{Ctx, Reply, State};

/// How long a code waits.
const CODE_LIFE: Duration = Duration::from_secs(120);
/// How long a refresh token is good unless another time is wished for, in seconds.
const REFRESH_LIFE: u64 = 2_592_000;

/// For whom a token is, and what for.
struct Grant {
    client: u64,
    user: u64,
    scopes: Vec<String>,
}

/// What a body says, of the texts in it.
struct Asked(Map<String, Value>);

impl State {
    /// A code as the authorization page gives it out; `challenge` is the S256 of the verifier, for PKCE.
    pub fn add_authorization_code(
        &mut self,
        code: &str,
        identifier: &str,
        redirect: &str,
        challenge: Option<&str>,
        now: Timestamp,
    ) {
        let Some(client) = self.keys.clients.get(identifier).cloned() else {
            return;
        };
        let granted = Code {
            client: client.id,
            user: client.user,
            redirect: redirect.to_owned(),
            scopes: client.ceiling,
            challenge: challenge.map(str::to_owned),
            until: later(now, CODE_LIFE),
        };
        self.keys.codes.insert(code.to_owned(), granted);
    }

    /// A refresh token as it comes with a token, good for a month.
    pub fn add_refresh_token(&mut self, token: &str, identifier: &str, now: Timestamp) {
        let Some(client) = self.keys.clients.get(identifier).cloned() else {
            return;
        };
        let given = RefreshToken {
            client: client.id,
            user: client.user,
            scopes: client.ceiling,
            until: later(now, Duration::from_secs(REFRESH_LIFE)),
            access: String::new(),
            successor: None,
            revoked: false,
        };
        self.keys.refresh_tokens.insert(token.to_owned(), given);
    }

    pub(super) fn post_token(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        let Ok(Value::Object(body)) = ctx.body() else {
            return Err(refusal(400, "invalid_request", "The body must be a JSON object"));
        };
        let wrong = body.iter().any(|(key, value)| match key.as_str() {
            "expires_in" | "refresh_token_expires_in" => !value.is_u64(),
            _ => !value.is_string(),
        });
        if wrong {
            let why = "The request is missing a required parameter or is otherwise malformed";
            return Err(refusal(400, "invalid_request", why));
        }
        let asked = Asked(body);
        let life = asked.wish("expires_in", 300..=172_800)?.map(Duration::from_secs);
        let life = life.or(self.switches.token_lifetime);
        let refresh_life = asked.wish("refresh_token_expires_in", 604_800..=7_776_000)?;
        let refresh_life = refresh_life.unwrap_or(REFRESH_LIFE);
        match asked.text("grant_type") {
            Some("client_credentials") => {
                let grant = self.by_client(&asked)?;
                let secret = self.give(&grant, life, ctx.now);
                Ok(answer(&secret, &grant, life, None))
            }
            Some("authorization_code") => {
                let grant = self.by_code(&asked, ctx.now)?;
                Ok(self.give_pair(&grant, life, refresh_life, ctx.now))
            }
            Some("refresh_token") => self.refresh(&asked, life, refresh_life, ctx.now),
            Some(_) => {
                let why = "The authorization grant type is not supported";
                Err(refusal(400, "unsupported_grant_type", why))
            }
            None => Err(refusal(
                400,
                "invalid_request",
                "Missing required parameter: grant_type",
            )),
        }
    }

    fn by_client(&self, asked: &Asked) -> Result<Grant, SimResponse> {
        let client = self.client_that_asks(asked)?;
        if client.secret.is_none() {
            return Err(refusal(401, "invalid_client", "The client must be confidential"));
        }
        let scopes = wanted_scopes(&client, asked.text("scope"))?;
        Ok(Grant {
            client: client.id,
            user: client.user,
            scopes,
        })
    }

    /// A code is good once, even if the rest of the request is wrong.
    fn by_code(&mut self, asked: &Asked, now: Timestamp) -> Result<Grant, SimResponse> {
        let client = self.client_that_asks(asked)?;
        let code = asked.text("code").and_then(|code| self.keys.codes.remove(code));
        let good = code.filter(|code| {
            let proven = match (&code.challenge, asked.text("code_verifier")) {
                (Some(challenge), Some(verifier)) => {
                    *challenge == URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
                }
                (Some(_), None) => false,
                (None, _) => client.secret.is_some(),
            };
            let back = asked.text("redirect_uri") == Some(code.redirect.as_str());
            code.client == client.id && code.until > now && back && proven
        });
        let code = good.ok_or_else(invalid_grant)?;
        Ok(Grant {
            client: code.client,
            user: code.user,
            scopes: code.scopes,
        })
    }

    /// A used refresh token is refused; what came of it stays good, unless the switch says otherwise.
    fn refresh(&mut self, asked: &Asked, life: Option<Duration>, refresh_life: u64, now: Timestamp) -> Reply {
        let client = self.client_that_asks(asked)?;
        let old = asked.text("refresh_token").unwrap_or_default().to_owned();
        let found = self.keys.refresh_tokens.get(&old).cloned();
        let found = found.filter(|found| found.client == client.id && found.until > now && !found.revoked);
        let found = found.ok_or_else(invalid_grant)?;
        if found.successor.is_some() {
            if self.switches.punish_refresh_reuse {
                self.revoke_family(&old);
            }
            return Err(invalid_grant());
        }
        let grant = Grant {
            client: found.client,
            user: found.user,
            scopes: match asked.text("scope") {
                Some(scope) => {
                    let fewer = scopes(scope);
                    if fewer.iter().any(|scope| !found.scopes.contains(scope)) {
                        return Err(invalid_scope());
                    }
                    fewer
                }
                None => found.scopes,
            },
        };
        if !self.switches.rotate_refresh_tokens {
            let secret = self.give(&grant, life, now);
            return Ok(answer(&secret, &grant, life, Some((&old, refresh_life))));
        }
        if let Some(token) = self.keys.tokens.get_mut(&found.access) {
            token.revoked = true;
        }
        let answer = self.give_pair(&grant, life, refresh_life, now);
        let successor = answer.value()["refresh_token"].as_str().map(str::to_owned);
        if let Some(used) = self.keys.refresh_tokens.get_mut(&old) {
            used.successor = successor;
        }
        Ok(answer)
    }

    fn revoke_family(&mut self, first: &str) {
        let mut next = Some(first.to_owned());
        while let Some(token) = next.take().and_then(|token| self.keys.refresh_tokens.get_mut(&token)) {
            token.revoked = true;
            next.clone_from(&token.successor);
            if let Some(access) = self.keys.tokens.get_mut(&token.access) {
                access.revoked = true;
            }
        }
    }

    /// The client of a request for a token; a confidential one has told its secret.
    fn client_that_asks(&self, asked: &Asked) -> Result<Client, SimResponse> {
        let client = asked.text("client_id").and_then(|id| self.keys.clients.get(id));
        let Some(client) = client else {
            let why = "Client authentication failed due to unknown client";
            return Err(refusal(401, "invalid_client", why));
        };
        match &client.secret {
            Some(secret) if asked.text("client_secret") != Some(secret.as_str()) => {
                Err(refusal(401, "invalid_client", "Client authentication failed"))
            }
            Some(_) | None => Ok(client.clone()),
        }
    }

    fn give(&mut self, grant: &Grant, life: Option<Duration>, now: Timestamp) -> String {
        let (secret, id) = (self.hex(64), self.fresh_id());
        let token = Token {
            id,
            client: grant.client,
            user: grant.user,
            scopes: grant.scopes.clone(),
            created_at: now,
            used_at: now,
            expires_at: life.map(|life| later(now, life)),
            revoked: false,
        };
        self.keys.tokens.insert(secret.clone(), token);
        secret
    }

    fn give_pair(&mut self, grant: &Grant, life: Option<Duration>, refresh_life: u64, now: Timestamp) -> SimResponse {
        let (access, refresh) = (self.give(grant, life, now), self.hex(64));
        let given = RefreshToken {
            client: grant.client,
            user: grant.user,
            scopes: grant.scopes.clone(),
            until: later(now, Duration::from_secs(refresh_life)),
            access: access.clone(),
            successor: None,
            revoked: false,
        };
        self.keys.refresh_tokens.insert(refresh.clone(), given);
        answer(&access, grant, life, Some((&refresh, refresh_life)))
    }

    /// A code for what the authorization page was asked for.
    pub(super) fn give_code(
        &mut self,
        client: &Client,
        redirect: &str,
        scopes: Vec<String>,
        challenge: Option<&str>,
        now: Timestamp,
    ) -> String {
        let code = self.hex(64);
        let granted = Code {
            client: client.id,
            user: client.user,
            redirect: redirect.to_owned(),
            scopes,
            challenge: challenge.map(str::to_owned),
            until: later(now, CODE_LIFE),
        };
        self.keys.codes.insert(code.clone(), granted);
        code
    }
}

impl Asked {
    fn text(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.as_str()
    }

    /// A time that is wished for, in seconds.
    fn wish(&self, key: &str, within: std::ops::RangeInclusive<u64>) -> Result<Option<u64>, SimResponse> {
        let wish = self.0.get(key).and_then(Value::as_u64);
        if wish.is_some_and(|seconds| !within.contains(&seconds)) {
            let why = format!("{key} must be between {} and {}", within.start(), within.end());
            return Err(refusal(400, "invalid_request", &why));
        }
        Ok(wish)
    }
}

/// The scopes of a request, if the client may have them. Unknown ones are let through: their tokens are good for nothing.
pub(super) fn wanted_scopes(client: &Client, text: Option<&str>) -> Result<Vec<String>, SimResponse> {
    let asked = text.map_or_else(|| client.ceiling.clone(), scopes);
    let above = |scope: &String| is_known(scope) && !client.ceiling.contains(scope) && !covered(scope, &client.ceiling);
    match asked.is_empty() || asked.iter().any(above) {
        true => Err(invalid_scope()),
        false => Ok(asked),
    }
}

fn answer(secret: &str, grant: &Grant, life: Option<Duration>, refresh: Option<(&str, u64)>) -> SimResponse {
    let mut body = json!({
        "access_token": secret,
        "token_type": "bearer",
        "scope": grant.scopes.join(" "),
        "expires_in": life.map(|life| life.as_secs()),
    });
    if let Some((token, life)) = refresh {
        body["refresh_token"] = token.into();
        body["refresh_token_expires_in"] = life.into();
    }
    SimResponse::json(200, &body)
}

fn invalid_grant() -> SimResponse {
    refusal(400, "invalid_grant", "The provided authorization grant is invalid")
}

fn invalid_scope() -> SimResponse {
    let why = "The requested scope is invalid, unknown, or malformed";
    refusal(400, "invalid_scope", why)
}

fn refusal(status: u16, error: &str, why: &str) -> SimResponse {
    errors::oauth(status, error, why)
}

fn later(now: Timestamp, life: Duration) -> Timestamp {
    let life = SignedDuration::try_from(life).unwrap_or(SignedDuration::MAX);
    now.saturating_add(life).unwrap_or(Timestamp::MAX)
}
