//! The STARFACE as a value: what it answers and what it sends.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::calls::Caller;
use super::message::{Answer, Callback, Request};
use super::state::{State, sha512};
use super::switches::{GroupKey, Rights, Switches, Timestamps, WrongToken};
use super::xml::{Value, read_call, read_response, write_call};
use crate::starface::Charset;

mod calls;
mod documents;
mod oauth;
mod queue;
mod recording;
mod rest;
mod switches;
mod uci;

struct Pbx {
    state: State,
    now: Timestamp,
}

impl Pbx {
    fn new(switches: Switches) -> Self {
        Self {
            state: State::new(switches),
            now: "2026-11-24T14:02:00Z".parse().unwrap(),
        }
    }

    fn later(&mut self, seconds: i64) {
        self.now += SignedDuration::from_secs(seconds);
    }

    fn rest(
        &mut self,
        method: &str,
        target: &str,
        token: Option<&str>,
        body: &serde_json::Value,
    ) -> (u16, serde_json::Value) {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let body = if body.is_null() {
            Vec::new()
        } else {
            body.to_string().into_bytes()
        };
        let answer = self.state.http(
            &Request {
                method,
                path,
                query,
                auth_token: token,
                body: &body,
                ..Request::default()
            },
            self.now,
        );
        (answer.status, serde_json::from_slice(&answer.body).unwrap_or_default())
    }

    fn get(&mut self, target: &str, token: &str) -> (u16, serde_json::Value) {
        self.rest("GET", target, Some(token), &json!(null))
    }

    fn token(&mut self, login: &str, password: &str) -> Option<String> {
        let (_, challenge) = self.rest("GET", "/rest/login", None, &json!(null));
        let nonce = challenge["nonce"].as_str().unwrap().to_owned();
        let body = json!({ "loginType": "Internal", "nonce": nonce, "secret": secret(login, password, &nonce) });
        self.rest("POST", "/rest/login", None, &body).1["token"]
            .as_str()
            .map(str::to_owned)
    }

    fn post(&mut self, query: &str, body: &[u8]) -> Answer {
        let request = Request {
            method: "POST",
            path: "/xml-rpc",
            query,
            body,
            ..Request::default()
        };
        self.state.http(&request, self.now)
    }

    /// What a request of this login returns, or the text of the fault.
    fn uci(&mut self, login: &str, method: &str, params: &[Value]) -> Result<Value, String> {
        self.uci_at(&query(&self.state.token(login).unwrap(), 8091), method, params)
    }

    fn uci_at(&mut self, query: &str, method: &str, params: &[Value]) -> Result<Value, String> {
        let answer = self.post(query, &write_call(method, params, Charset::Utf8));
        assert_eq!(answer.status, 200);
        read_response(std::str::from_utf8(&answer.body).unwrap()).unwrap()
    }

    fn listen(&mut self, login: &str, version: &str) {
        let truth = Ok(Value::Bool(true));
        assert_eq!(
            self.uci(login, &format!("ucp.{version}.requests.connection.login"), &[]),
            truth
        );
        let service = Value::string(format!("ucp.{version}.events.call"));
        assert_eq!(
            self.uci(
                login,
                &format!("ucp.{version}.requests.service.subscribeEvents"),
                &[service]
            ),
            truth
        );
    }

    fn sent(&mut self) -> Vec<Callback> {
        std::iter::from_fn(|| self.state.poll_callback()).collect()
    }

    /// Login and state of every event that wants to be sent.
    fn told(&mut self) -> Vec<String> {
        self.sent()
            .iter()
            .map(|callback| format!("{} {}", callback.login, text(&event(callback), "state")))
            .collect()
    }
}

fn secret(login: &str, password: &str, nonce: &str) -> String {
    format!("{login}:{}", sha512(&format!("{login}{nonce}{}", sha512(password))))
}

fn query(token: &str, port: u16) -> String {
    format!(
        "de.vertico.starface.auth={token}&de.vertico.starface.callback.type=http\
         &de.vertico.starface.callback.host=bridge.example&de.vertico.starface.callback.port={port}\
         &de.vertico.starface.callback.path=%2Fevents%2Fsecret"
    )
}

fn event(callback: &Callback) -> Value {
    read_call(std::str::from_utf8(&callback.body).unwrap())
        .unwrap()
        .1
        .remove(0)
}

fn text(value: &Value, member: &str) -> String {
    value.member(member).and_then(Value::as_str).unwrap_or("-").to_owned()
}

fn shown(number: &str) -> Caller {
    Caller::Shown(number.to_owned())
}
