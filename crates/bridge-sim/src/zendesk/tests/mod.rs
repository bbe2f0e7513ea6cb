//! The account as a value: what is asked, and what comes of it.

mod audits;
mod auth;
mod behaviours;
mod calls;
mod documents;
mod exports;
mod faults;
mod fields;
mod groups;
mod jobs;
mod limits;
mod lists;
mod phones;
mod shapes;
mod sign_in;
mod tickets;
mod uploads;
mod users;
mod voice;

use http::Method;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{SimRequest, SimResponse, State, Switches, world};

/// The world that is always there, with a clock that only these tests move.
struct Account {
    state: State,
    now: Timestamp,
    token: String,
}

fn account() -> Account {
    with(Switches::compressed())
}

fn with(switches: Switches) -> Account {
    let now: Timestamp = "2026-11-24T14:02:00Z".parse().unwrap();
    Account {
        state: world::default_zendesk(switches, now),
        now,
        token: world::OAUTH_TOKEN.to_owned(),
    }
}

impl Account {
    fn get(&mut self, target: &str) -> SimResponse {
        let request = self.request(Method::GET, target);
        self.send(&request)
    }

    fn post(&mut self, target: &str, body: Value) -> SimResponse {
        let request = self.request(Method::POST, target).json(&body);
        self.send(&request)
    }

    fn put(&mut self, target: &str, body: Value) -> SimResponse {
        let request = self.request(Method::PUT, target).json(&body);
        self.send(&request)
    }

    fn delete(&mut self, target: &str) -> SimResponse {
        let request = self.request(Method::DELETE, target);
        self.send(&request)
    }

    fn request(&self, method: Method, target: &str) -> SimRequest {
        SimRequest::new(method, target).bearer(&self.token)
    }

    fn send(&mut self, request: &SimRequest) -> SimResponse {
        self.state.handle(request, self.now)
    }

    fn pass(&mut self, seconds: i64) {
        self.now += SignedDuration::from_secs(seconds);
    }

    /// A ticket of the default user, for Anna in Support.
    fn ticket(&mut self) -> u64 {
        let ticket = json!({"subject": "Call", "requester_id": 400, "assignee_id": 501, "group_id": 71, "comment": {"body": "rings", "public": false}});
        let answer = self.post("/api/v2/tickets", json!({"ticket": ticket}));
        assert_eq!(answer.status, 201);
        answer.value()["ticket"]["id"].as_u64().unwrap()
    }

    /// A user of this name and number.
    fn user(&mut self, name: &str, phone: &str) -> u64 {
        let answer = self.post("/api/v2/users", json!({"user": {"name": name, "phone": phone}}));
        assert_eq!(answer.status, 201);
        answer.value()["user"]["id"].as_u64().unwrap()
    }
}

/// The keys under which a 422 tells what is wrong, with the first code of each.
fn objections(answer: &SimResponse) -> Vec<(String, String)> {
    assert_eq!(answer.status, 422, "{:?}", answer.value());
    let body = answer.value();
    let code = |value: &Value| {
        value.get(0).unwrap_or(value)["error"]
            .as_str()
            .unwrap_or("-")
            .to_owned()
    };
    body["details"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(key, value)| (key.clone(), code(value)))
        .collect()
}

fn pair(key: &str, code: &str) -> Vec<(String, String)> {
    vec![(key.to_owned(), code.to_owned())]
}
