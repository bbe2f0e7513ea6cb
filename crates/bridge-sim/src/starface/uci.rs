//! `/xml-rpc`: UCI sessions and requests, under the names of versions 20, 22 and 30.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::message::{Answer, Asked, Request};
use super::oauth_switches::CallbackAuth;
use super::state::{Session, State, User};
use super::switches::{Version, WrongToken};
use super::xml::{Value, read_call, write_fault, write_response};

/// Services whose events can be subscribed to.
const EVENTS: [&str; 6] = ["call", "conferencecall", "ccbscall", "queue", "fax", "faxList"];
/// Services that are offered here.
const REQUESTS: [&str; 6] = ["connection", "service", "call", "callList", "group", "system"];

/// What a request says about its session.
struct Client {
    token: String,
    /// An access token of OAuth.
    jwt: String,
    callback: Option<String>,
}

impl State {
    pub(super) fn xml_rpc(&mut self, request: &Request<'_>, now: Timestamp) -> Answer {
        if request.method != "POST" {
            return Answer::page(405, "<html><body>405</body></html>");
        }
        if request.body.is_empty() {
            return Answer::page(400, "<html><body>400</body></html>");
        }
        let client = Client::of(request.query);
        // The servlet reads UTF-8, whatever the request declares.
        let call = read_call(&String::from_utf8_lossy(request.body));
        let Some((user, proof)) = self.proved(&client, now) else {
            let login = call.is_ok_and(|(method, _)| method.ends_with(".connection.login"));
            return match self.switches.wrong_token {
                WrongToken::Unauthorized => Answer::page(401, "<html><body>401</body></html>"),
                WrongToken::Page => Answer::page(200, "<html><body><form>Login</form></body></html>"),
                WrongToken::Redirect => Answer::redirect("/login"),
                WrongToken::LoginFalse if login => answer(&Value::Bool(false)),
                WrongToken::LoginFalse | WrongToken::Fault => {
                    self.fault("UciIllegalAccessException: wrong login or password")
                }
            };
        };
        if self.shut.contains(&user.login) {
            return Answer::page(503, "<html><body>503</body></html>");
        }
        let (method, params) = match call {
            Ok(call) => call,
            Err(why) => return self.fault(&format!("Failed to parse XML-RPC request: {why}")),
        };
        self.note(Asked {
            login: user.login.clone(),
            method: method.clone(),
            params: params.clone(),
        });
        match self.dispatch(&user, &client, proof, &method, &params, now) {
            Ok(value) => answer(&value),
            Err(text) => self.fault(&text),
        }
    }

    fn dispatch(
        &mut self,
        user: &User,
        client: &Client,
        proof: Option<Timestamp>,
        method: &str,
        params: &[Value],
        now: Timestamp,
    ) -> Result<Value, String> {
        let unknown = || format!("No such handler: {method}");
        let newest = self.switches.newest_names;
        let (version, rest) = Version::split(method)
            .filter(|(version, _)| *version <= newest)
            .ok_or_else(unknown)?;
        let (service, name) = rest.rsplit_once('.').ok_or_else(unknown)?;
        let session = self.session(user, client, now);
        if let Some(at) = session {
            self.sessions[at].seen = now;
        }
        match (service, name) {
            ("connection", "login") => {
                self.log_in_session(user, client, proof, now);
                return Ok(Value::Bool(true));
            }
            ("connection", "keepAlive") if version != Version::V20 => return Ok(Value::Bool(session.is_some())),
            ("connection", "probe") if version == Version::V20 => return Ok(Value::Bool(session.is_some())),
            ("connection", "logout") => {
                if let Some(at) = session {
                    self.sessions.remove(at);
                }
                return Ok(Value::Bool(true));
            }
            ("system", "getServerVersion") => return Ok(Value::string(self.switches.server_version.clone())),
            _ => {}
        }
        let at = session.ok_or("UcpNotConnectedException: the client is not connected")?;
        let text = |index: usize| {
            params
                .get(index)
                .and_then(Value::as_str)
                .ok_or_else(|| format!("{method}: parameter {} is no string", index + 1))
        };
        let (events, requests) = (version.names("events", &EVENTS), version.names("requests", &REQUESTS));
        let list = |names: &[String]| Value::Array(names.iter().map(Value::string).collect());
        Ok(match (service, name) {
            ("connection", "setProvidedServices") if version == Version::V20 => {
                let Some(Value::Array(names)) = params.first() else {
                    return Err(format!("{method}: no array"));
                };
                self.sessions[at].services = names.iter().filter_map(Value::as_str).map(str::to_owned).collect();
                Value::Bool(true)
            }
            ("service", "subscribeEvents") => {
                let name = text(0)?;
                // Versions can be mixed: requests in one, events in another.
                let known = [Version::V22, Version::V30]
                    .iter()
                    .filter(|version| **version <= newest)
                    .any(|v| v.names("events", &EVENTS).iter().any(|n| n == name));
                if known {
                    self.sessions[at].services.insert(name.to_owned());
                    let session = self.sessions[at].clone();
                    self.queue_begins(&session, name);
                }
                known.into()
            }
            ("service", "unsubscribeEvents") => self.sessions[at].services.remove(text(0)?).into(),
            ("service", "getProvidedEvents") => list(&events),
            ("service", "getProvidedRequests") => list(&requests),
            ("service", "providesEvents") => {
                let name = text(0)?;
                events.iter().any(|n| n == name).into()
            }
            ("service", "providesRequests") => {
                let name = text(0)?;
                requests.iter().any(|n| n == name).into()
            }
            ("call", "getCallIds") => list(&self.call_ids(&user.login)),
            ("call", "getCallState") => self.call_state(text(0)?, &user.login, version, now),
            ("call", "placeCallWithPhone") => {
                let (number, wanted) = (text(0)?.to_owned(), text(2).unwrap_or_default().to_owned());
                let id = if wanted.is_empty() { self.uuid() } else { wanted };
                let placed = !number.is_empty() && self.dial(&id, &number, &user.login, now);
                Value::string(if placed { id } else { String::new() })
            }
            ("call", "hangupCall") => {
                let id = text(0)?.to_owned();
                let own = self.call_of(&id, &user.login);
                if let Some(call) = &own {
                    self.end(call, &[&user.login], now);
                }
                if version == Version::V30 {
                    Value::string("")
                } else {
                    own.is_some().into()
                }
            }
            ("call", "monitor") => {
                let id = text(0)?.to_owned();
                self.monitor(&id, &user.login, now)?;
                Value::string("")
            }
            ("callList", "getCallList") => self.call_list(&user.login, params)?,
            ("group", "getGroupSettings") => self.group_settings(&user.login),
            _ => return Err(unknown()),
        })
    }

    /// Whose token this is, and when it ends if it is one of OAuth.
    fn proved(&self, client: &Client, now: Timestamp) -> Option<(User, Option<Timestamp>)> {
        let oauth = &self.switches.oauth;
        if oauth.enabled && !client.jwt.is_empty() {
            let (user, ends) = self.user_of_access(&client.jwt, now)?;
            return Some((user.clone(), Some(ends)));
        }
        if client.token.is_empty() || (oauth.enabled && oauth.external_idp) {
            return None;
        }
        let user = self.users.values().find(|user| self.is_token_of(&client.token, user))?;
        Some((user.clone(), None))
    }

    fn session(&self, user: &User, client: &Client, now: Timestamp) -> Option<usize> {
        self.sessions.iter().position(|session| {
            session.login == user.login
                && (client.callback.is_none() || client.callback == session.callback)
                && self.is_alive(session, now)
        })
    }

    fn log_in_session(&mut self, user: &User, client: &Client, proof: Option<Timestamp>, now: Timestamp) {
        let token = match (proof, self.switches.oauth.callback_auth) {
            (None, _) => Some(client.token.clone()),
            (Some(_), CallbackAuth::Absent) => None,
            (Some(_), CallbackAuth::Empty) => Some(String::new()),
            (Some(_), CallbackAuth::Jwt) => Some(client.jwt.clone()),
            (Some(_), CallbackAuth::Classic) => Some(self.token_of(user)),
        };
        let ends = proof.filter(|_| self.switches.oauth.session_ends_with_token);
        let all = self.switches.all_callbacks;
        self.sessions
            .retain(|session| session.login != user.login || (all && session.callback != client.callback));
        self.sessions.push(Session {
            login: user.login.clone(),
            callback: client.callback.clone(),
            token,
            ends,
            services: BTreeSet::new(),
            seen: now,
        });
    }

    fn group_settings(&self, login: &str) -> Value {
        let own = self
            .groups
            .iter()
            .filter(|group| group.members.iter().any(|member| member == login));
        let settings = own.map(|group| {
            let numbers = vec![Value::string(&group.internal), Value::string(group.shown())];
            Value::Struct(vec![
                ("id".to_owned(), Value::string(group.account.to_string())),
                ("name".to_owned(), Value::string(&group.name)),
                ("phoneNumbers".to_owned(), Value::Array(numbers)),
            ])
        });
        Value::Array(settings.collect())
    }

    fn fault(&self, text: &str) -> Answer {
        xml(write_fault(self.switches.fault_code, text))
    }
}

impl Version {
    /// The version and the name without its beginning.
    fn split(method: &str) -> Option<(Self, &str)> {
        let rest = method.strip_prefix("ucp.v")?;
        // `communication` is what version 20 puts before the services of calls.
        if let Some(rest) = rest.strip_prefix("20.server.") {
            return Some((Self::V20, rest.strip_prefix("communication.").unwrap_or(rest)));
        }
        if let Some(rest) = rest.strip_prefix("22.requests.") {
            return Some((Self::V22, rest));
        }
        rest.strip_prefix("30.requests.").map(|rest| (Self::V30, rest))
    }

    fn names(self, kind: &str, services: &[&str]) -> Vec<String> {
        let version = if self == Self::V30 { "v30" } else { "v22" };
        services
            .iter()
            .map(|service| format!("ucp.{version}.{kind}.{service}"))
            .collect()
    }
}

impl Client {
    /// Escaped or not: both are read.
    fn of(query: &str) -> Self {
        let (mut token, mut jwt, mut kind) = (String::new(), String::new(), "http".to_owned());
        let (mut host, mut port, mut path) = (String::new(), None, String::new());
        for (key, value) in url::form_urlencoded::parse(query.as_bytes()) {
            match key.strip_prefix("de.vertico.starface.").unwrap_or_default() {
                "auth" => token = value.into_owned(),
                "jwt" => jwt = value.into_owned(),
                "callback.type" if !value.is_empty() => kind = value.into_owned(),
                "callback.host" => host = value.into_owned(),
                "callback.port" => port = value.parse::<u16>().ok(),
                "callback.path" => path = value.into_owned(),
                _ => {}
            }
        }
        let port = port.unwrap_or(if kind == "https" { 443 } else { 80 });
        let callback = (!host.is_empty()).then(|| {
            let slash = if path.starts_with('/') { "" } else { "/" };
            format!("{kind}://{host}:{port}{slash}{path}")
        });
        Self { token, jwt, callback }
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}

fn answer(value: &Value) -> Answer {
    xml(write_response(value))
}

fn xml(body: Vec<u8>) -> Answer {
    Answer {
        status: 200,
        content_type: "text/xml;charset=UTF-8",
        location: None,
        body,
    }
}
