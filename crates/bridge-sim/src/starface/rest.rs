//! The REST side: login by challenge, users, groups, accounts, numbers, version.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::message::{Answer, Request};
use super::oauth_switches::ClassicRest;
use super::rest_view::{group_item, user_json};
use super::state::{Group, State, User, sha512, span};
use super::switches::Rights;

/// As a 7.1 system was seen to answer without a token.
const NOT_LOGGED_IN: (&str, &str) = ("d937bb0c-ab0f-464a-a02a-41840746a45a", "Not logged in");
const NO_AUTHENTICATION: (&str, &str) = (
    "46dca6f5-ed1a-44c9-920d-b0e57ea17ef5",
    "Invalid Rest-Request: Missing Authentication",
);

impl State {
    pub(super) fn rest(&mut self, request: &Request<'_>, path: &str, now: Timestamp) -> Answer {
        let path = path.trim_end_matches('/');
        if path == "/login" {
            let oauth = &self.switches.oauth;
            return match request.method {
                "GET" | "POST" if oauth.enabled && oauth.classic_rest == ClassicRest::NotFound => {
                    self.error(404, "Not found")
                }
                "GET" => self.challenge(now),
                "POST" => self.log_in(request.body, now),
                "DELETE" => self.log_out(request, now),
                _ => self.error(405, "Method not allowed"),
            };
        }
        let Some(user) = self.bearer(request, now) else {
            return error(401, NOT_LOGGED_IN.0, NOT_LOGGED_IN.1);
        };
        if request.method != "GET" {
            return self.error(501, "The simulation does not change users, groups and numbers");
        }
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        let rights = self.switches.rights_of(&user.login);
        let term = query(request.query, "searchTerm").unwrap_or_default().to_lowercase();
        let fits = |text: &str| term.is_empty() || text.to_lowercase().contains(&term);
        match parts.as_slice() {
            ["users", "me"] => ok(&user_json(&user)),
            ["accounts"] => ok(&self.accounts()),
            ["permissions", rest @ ..] => self.permissions(&user, rest),
            ["server", "version"] if self.switches.bare_version => ok(&json!(self.switches.server_version)),
            ["server", "version"] => ok(&json!({ "version": self.switches.server_version })),
            ["users"] => match rights {
                Rights::Forbidden => self.forbidden(&user, "users"),
                Rights::OnlySelf => ok(&json!([user_json(&user)])),
                Rights::All => {
                    let fits = |u: &&User| fits(&format!("{} {} {} {}", u.first_name, u.family_name, u.email, u.login));
                    ok(&self.users.values().filter(fits).map(user_json).collect())
                }
            },
            ["users", id] => match self.users.values().find(|user| user.account.to_string() == *id) {
                Some(found) if rights == Rights::All || found.login == user.login => ok(&user_json(found)),
                Some(_) => self.forbidden(&user, "users"),
                None => self.error(404, "User not found"),
            },
            ["users", id, config @ ..] => match self.users.values().find(|user| user.account.to_string() == *id) {
                Some(found) if rights == Rights::All || found.login == user.login => match self.config(found, config) {
                    Some(config) => ok(&config),
                    None => self.error(404, "Not found"),
                },
                Some(_) => self.forbidden(&user, "users"),
                None => self.error(404, "User not found"),
            },
            ["groups"] => match rights {
                Rights::Forbidden => self.forbidden(&user, "groups"),
                Rights::OnlySelf | Rights::All => {
                    let seen = |g: &&Group| rights == Rights::All || g.members.contains(&user.login);
                    ok(&self
                        .groups
                        .iter()
                        .filter(seen)
                        .filter(|g| fits(&g.name))
                        .map(group_item)
                        .collect())
                }
            },
            ["groups", id] => match self.groups.iter().find(|group| group.account.to_string() == *id) {
                _ if rights == Rights::Forbidden => self.forbidden(&user, "groups"),
                Some(group) => ok(&self.group_json(group)),
                None => self.error(404, "Group not found"),
            },
            ["phonenumbers"] if rights != Rights::All => self.forbidden(&user, "phonenumbers"),
            ["phonenumbers"] => {
                let kind = query(request.query, "type");
                let assigned = query(request.query, "assigned");
                let mut numbers = self.numbers();
                // Every number of this world is assigned.
                numbers.retain(|n| {
                    kind.as_deref().is_none_or(|kind| n["type"] == kind) && assigned.as_deref() != Some("false")
                });
                ok(&Value::Array(numbers))
            }
            ["phonenumbers", id] if rights == Rights::All => {
                match self
                    .numbers()
                    .into_iter()
                    .find(|number| number["id"].as_u64().is_some_and(|found| Ok(found) == id.parse()))
                {
                    Some(number) => ok(&number),
                    None => self.error(404, "Phone number not found"),
                }
            }
            ["phonenumbers", _] => self.forbidden(&user, "phonenumbers"),
            _ => self.error(404, "Not found"),
        }
    }

    fn challenge(&mut self, now: Timestamp) -> Answer {
        let nonce = self.nonce();
        self.nonces.insert(nonce.clone(), now);
        ok(&json!({ "loginType": self.login_type(), "nonce": nonce, "secret": null }))
    }

    fn log_in(&mut self, body: &[u8], now: Timestamp) -> Answer {
        let oauth = &self.switches.oauth;
        match oauth.classic_rest {
            ClassicRest::Unauthorized if oauth.enabled => return error(401, NOT_LOGGED_IN.0, NOT_LOGGED_IN.1),
            ClassicRest::BadRequest if oauth.enabled => return self.error(400, "invalid login"),
            ClassicRest::Works if oauth.enabled && oauth.external_idp => return self.error(400, "invalid login"),
            ClassicRest::Works | ClassicRest::BadRequest | ClassicRest::Unauthorized | ClassicRest::NotFound => {}
        }
        let given: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
        let (Some(nonce), Some(secret)) = (given["nonce"].as_str(), given["secret"].as_str()) else {
            return error(400, NO_AUTHENTICATION.0, NO_AUTHENTICATION.1);
        };
        // A nonce is good once, whether the secret is right or not.
        let fresh = self
            .nonces
            .remove(nonce)
            .is_some_and(|made| now.duration_since(made) <= span(self.switches.nonce_lifetime));
        let kind_fits = given["loginType"] == self.login_type();
        let user = self
            .users
            .values()
            .find(|user| kind_fits && secret == self.secret_of(user, nonce));
        let Some(login) = user.filter(|_| fresh).map(|user| user.login.clone()) else {
            return self.error(400, "invalid login");
        };
        let token = self.uuid();
        let expires = now
            .saturating_add(span(self.switches.token_lifetime))
            .unwrap_or(Timestamp::MAX);
        self.tokens.insert(token.clone(), (login, expires));
        ok(&json!({ "token": token }))
    }

    fn login_type(&self) -> &'static str {
        if self.switches.active_directory {
            "ActiveDirectory"
        } else {
            "Internal"
        }
    }

    /// What answers the challenge of this nonce.
    fn secret_of(&self, user: &User, nonce: &str) -> String {
        let User { login, password, .. } = user;
        if self.switches.active_directory {
            return STANDARD.encode(format!("{login}{nonce}{password}"));
        }
        format!("{login}:{}", sha512(&format!("{login}{nonce}{}", sha512(password))))
    }

    fn log_out(&mut self, request: &Request<'_>, now: Timestamp) -> Answer {
        if self.bearer(request, now).is_none() {
            return error(401, NOT_LOGGED_IN.0, NOT_LOGGED_IN.1);
        }
        if let Some(token) = request.auth_token {
            self.tokens.remove(token);
        }
        Answer {
            status: 204,
            content_type: "application/json",
            location: None,
            body: Vec::new(),
        }
    }

    fn bearer(&mut self, request: &Request<'_>, now: Timestamp) -> Option<User> {
        let granted = request.authorization.and_then(|header| header.strip_prefix("Bearer "));
        if let Some(granted) = granted.filter(|_| self.switches.oauth.enabled) {
            return self.user_of_access(granted, now).map(|(user, _)| user.clone());
        }
        let longer = now
            .saturating_add(span(self.switches.token_lifetime))
            .unwrap_or(Timestamp::MAX);
        let (login, expires) = self.tokens.get_mut(request.auth_token?)?;
        if now > *expires {
            return None;
        }
        if self.switches.use_extends_token {
            *expires = longer;
        }
        self.users.get(login).cloned()
    }

    pub(super) fn forbidden(&mut self, user: &User, what: &str) -> Answer {
        self.error(
            403,
            &format!("User with id {} has no permission for {what}", user.account),
        )
    }

    pub(super) fn error(&mut self, status: u16, message: &str) -> Answer {
        let code = self.uuid();
        error(status, &code, message)
    }
}

fn query(query: &str, key: &str) -> Option<String> {
    url::form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name == key)
        .map(|(_, value)| value.into_owned())
}

pub(super) fn ok(body: &Value) -> Answer {
    Answer::json(200, body)
}

fn error(status: u16, code: &str, message: &str) -> Answer {
    Answer::json(status, &json!({ "code": code, "message": message }))
}
