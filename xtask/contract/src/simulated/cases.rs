//! What the simulated Zendesk is asked where something is wrong, and bodies that it must refuse.

use std::time::Duration;

use bridge_sim::zendesk::{Class, Details, Fault, FaultKind, State, TalkPlan, world};
use http::Method;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::world::{AGENT, AWAY, CUSTOMER, World};

/// Something wrong, and the status that tells it.
pub(super) struct Trouble {
    pub(super) name: &'static str,
    pub(super) prepare: fn(&mut State, Timestamp),
    pub(super) method: Method,
    pub(super) target: String,
    pub(super) token: Option<&'static str>,
    pub(super) body: Option<Value>,
    pub(super) status: u16,
}

/// The token of somebody with fine-grained scopes.
const NARROW: &str = "narrow-token";

/// Everything that may be wrong.
pub(super) fn troubles(world: &World) -> Vec<Trouble> {
    let nothing: fn(&mut State, Timestamp) = |_, _| {};
    let new = |name, method, target: &str, status| Trouble {
        name,
        prepare: nothing,
        method,
        target: target.to_owned(),
        token: Some(world::OAUTH_TOKEN),
        body: None,
        status,
    };
    let display = |agent: u64, ticket: u64| format!("/api/v2/channels/voice/agents/{agent}/tickets/{ticket}/display");
    let ticket = world.ids.ticket.get();
    let new_ticket =
        || Some(json!({"ticket": {"requester_id": CUSTOMER, "comment": {"body": "rings", "public": false}}}));
    let faulty = |name, prepare, status| Trouble {
        prepare,
        body: new_ticket(),
        ..new(name, Method::POST, "/api/v2/tickets", status)
    };
    vec![
        Trouble {
            token: None,
            ..new("without credentials", Method::GET, "/api/v2/groups", 401)
        },
        Trouble {
            token: Some("wrong"),
            ..new("with a wrong token", Method::GET, "/api/v2/groups", 401)
        },
        Trouble {
            token: None,
            ..new("as nobody", Method::GET, "/api/v2/users/me", 200)
        },
        Trouble {
            prepare: |state, now| state.add_oauth_token(NARROW, world::API_USER.0, "users:read users:write", None, now),
            token: Some(NARROW),
            ..new("without the scope", Method::GET, "/api/v2/users/900/identities", 403)
        },
        new("user that is not there", Method::GET, "/api/v2/users/123456", 404),
        new("ticket that is not there", Method::GET, "/api/v2/tickets/123456", 404),
        new("group that is not there", Method::GET, "/api/v2/groups/123456", 404),
        new(
            "identities of nobody",
            Method::GET,
            "/api/v2/users/123456/identities",
            404,
        ),
        new(
            "a page too deep",
            Method::GET,
            "/api/v2/users?page=101&per_page=100",
            400,
        ),
        Trouble {
            body: Some(json!({"identity": {"type": "phone_number", "value": "+49721123456"}})),
            ..new(
                "number that somebody else has",
                Method::POST,
                "/api/v2/users/400/identities",
                422,
            )
        },
        Trouble {
            body: Some(json!({"user": {"name": "Other", "email": "customer@customer.example"}})),
            ..new("address that somebody else has", Method::POST, "/api/v2/users", 422)
        },
        Trouble {
            body: Some(json!({"ticket": {"subject": "no comment"}})),
            ..new("ticket without a comment", Method::POST, "/api/v2/tickets", 422)
        },
        Trouble {
            body: Some(json!({"ticket": {"requester_id": 123_456, "comment": {"body": "x"}}})),
            ..new("ticket of nobody", Method::POST, "/api/v2/tickets", 422)
        },
        Trouble {
            body: Some(
                json!({"ticket": {"safe_update": true, "updated_stamp": "2020-01-01T00:00:00Z", "subject": "x"}}),
            ),
            ..new(
                "a change that comes too late",
                Method::PUT,
                &format!("/api/v2/tickets/{ticket}"),
                409,
            )
        },
        Trouble {
            body: Some(json!({})),
            ..new("pop of no ticket", Method::POST, &display(AGENT, 123_456), 404)
        },
        Trouble {
            body: Some(json!({})),
            ..new("pop for nobody", Method::POST, &display(AWAY, ticket), 404)
        },
        Trouble {
            prepare: |state, _| state.switches.talk_plan = TalkPlan::Forbidden,
            body: Some(json!({})),
            ..new("pop without the plan", Method::POST, &display(AGENT, ticket), 403)
        },
        Trouble {
            token: None,
            body: Some(json!({"grant_type": "client_credentials", "client_id": "nobody", "client_secret": "x"})),
            ..new("token for a wrong client", Method::POST, "/oauth/tokens", 401)
        },
        new(
            "an export that begins too late",
            Method::GET,
            &format!("/api/v2/incremental/users/cursor?start_time={}", world.now.as_second()),
            422,
        ),
        new(
            "an export that begins nowhere",
            Method::GET,
            "/api/v2/incremental/tickets",
            400,
        ),
        new(
            "an export after no cursor",
            Method::GET,
            "/api/v2/incremental/tickets/cursor?cursor=wrong",
            400,
        ),
        Trouble {
            prepare: |state, now| state.add_oauth_token(NARROW, AGENT, "read write", None, now),
            token: Some(NARROW),
            ..new(
                "an export for an agent",
                Method::GET,
                "/api/v2/incremental/ticket_events?start_time=0",
                403,
            )
        },
        Trouble {
            prepare: |state, _| state.switches.limits.exports = Some(0),
            ..new(
                "more exports than there may be",
                Method::GET,
                "/api/v2/incremental/users?start_time=0",
                429,
            )
        },
        new(
            "a search export of no type",
            Method::GET,
            "/api/v2/search/export?query=x",
            422,
        ),
        new(
            "a search export after no cursor",
            Method::GET,
            "/api/v2/search/export?query=x&filter%5Btype%5D=user&page%5Bafter%5D=wrong",
            400,
        ),
        new(
            "a completion of nothing",
            Method::GET,
            "/api/v2/users/autocomplete",
            400,
        ),
        Trouble {
            body: Some(json!({"user_field": {"key": "phone_2", "title": "Again"}})),
            ..new("a field that there is", Method::POST, "/api/v2/user_fields", 422)
        },
        Trouble {
            prepare: |state, now| state.add_oauth_token(NARROW, AGENT, "read write", None, now),
            token: Some(NARROW),
            body: Some(json!({"user_field": {"key": "phone_3", "title": "Third"}})),
            ..new("a field made by an agent", Method::POST, "/api/v2/user_fields", 403)
        },
        new("field that is not there", Method::GET, "/api/v2/user_fields/1", 404),
        new(
            "audit that is not there",
            Method::GET,
            &format!("/api/v2/tickets/{ticket}/audits/1"),
            404,
        ),
        new("call that is not there", Method::GET, "/api/v2/calls/1", 404),
        Trouble {
            body: Some(json!({"call": {"app_id": 1, "from_line": "+49721", "to_line": "+49722",
                "call_started_at": "2026-11-24T15:02:00+01", "direction": "inbound", "agent_id": CUSTOMER}})),
            ..new("a call of an agent who is none", Method::POST, "/api/v2/calls", 422)
        },
        Trouble {
            prepare: |state, _| state.switches.talk_plan = TalkPlan::Forbidden,
            body: Some(json!({"call": {}})),
            ..new("a call without the plan", Method::POST, "/api/v2/calls", 403)
        },
        Trouble {
            body: Some(json!({"title": "x", "display_to_agent": CUSTOMER})),
            ..new(
                "a comment of a call for nobody",
                Method::POST,
                &format!("/api/v2/calls/{}/comments", world.ids.call),
                422,
            )
        },
        Trouble {
            token: None,
            body: Some(json!({"grant_type": "refresh_token", "client_id": world::CLIENT_ID,
                "client_secret": world::CLIENT_SECRET, "refresh_token": "wrong"})),
            ..new("a refresh with a wrong token", Method::POST, "/oauth/tokens", 400)
        },
        Trouble {
            token: None,
            body: Some(
                json!({"grant_type": "authorization_code", "client_id": world::CLIENT_ID,
                "client_secret": world::CLIENT_SECRET, "code": "wrong", "redirect_uri": "https://bridge.acme.example/back"}),
            ),
            ..new("a token for a wrong code", Method::POST, "/oauth/tokens", 400)
        },
        Trouble {
            prepare: |state, _| state.switches.details = Details::Objects,
            body: Some(json!({"identity": {"type": "phone_number", "value": "+49721123456"}})),
            ..new(
                "details as one object",
                Method::POST,
                "/api/v2/users/400/identities",
                422,
            )
        },
        faulty(
            "an account over its limit",
            |state, _| state.switches.limits.account = Some(0),
            429,
        ),
        faulty(
            "500",
            |state, _| state.switches.faults.push(Fault::new(FaultKind::ServerError)),
            500,
        ),
        faulty(
            "502",
            |state, _| state.switches.faults.push(Fault::new(FaultKind::Gateway(502))),
            502,
        ),
        faulty(
            "503",
            |state, _| state.switches.faults.push(Fault::new(FaultKind::Unavailable(Some(5)))),
            503,
        ),
        faulty(
            "429 as text",
            |state, _| state.switches.faults.push(too_many(true)),
            429,
        ),
        faulty(
            "429 as JSON",
            |state, _| state.switches.faults.push(too_many(false)),
            429,
        ),
        faulty(
            "a collision",
            |state, _| state.switches.faults.push(Fault::new(FaultKind::Collision)),
            409,
        ),
        faulty(
            "a token that was revoked",
            |state, _| state.switches.faults.push(Fault::new(FaultKind::InvalidToken)),
            401,
        ),
        faulty(
            "slow",
            |state, _| state.switches.delays = [(Class::CreateTicket, Duration::from_secs(9))].into(),
            201,
        ),
    ]
}

fn too_many(plain: bool) -> Fault {
    Fault::new(FaultKind::TooMany {
        retry_after: Some("27".to_owned()),
        plain,
    })
}

/// Bodies of wrong types and unknown words.
pub(super) fn nonsense(world: &World) -> Vec<(Method, String, Value)> {
    let ticket = format!("/api/v2/tickets/{}", world.ids.ticket);
    let to = |method: &Method, path: &str, body| (method.clone(), path.to_owned(), body);
    let (post, put) = (&Method::POST, &Method::PUT);
    vec![
        to(post, "/api/v2/users", json!({"user": {"name": 7}})),
        to(
            post,
            "/api/v2/users",
            json!({"user": {"name": "A", "phone": {"number": "+49"}}}),
        ),
        to(post, "/api/v2/users", json!({"user": {"name": "A", "tags": "phone"}})),
        to(post, "/api/v2/users", json!({"user": "A"})),
        to(post, "/api/v2/users", json!({})),
        to(post, "/api/v2/users/create_or_update", json!({"user": [{"name": "A"}]})),
        to(put, "/api/v2/users/900", json!({"user": {"verified": "perhaps"}})),
        to(put, "/api/v2/users/900", json!({"user": {"user_fields": "x"}})),
        to(
            post,
            "/api/v2/users/900/identities",
            json!({"identity": {"type": "telepathy", "value": "+49721123457"}}),
        ),
        to(
            post,
            "/api/v2/users/900/identities",
            json!({"identity": {"type": "phone_number", "value": {}}}),
        ),
        to(
            post,
            "/api/v2/users/900/identities",
            json!({"identity": {"type": "phone_number"}}),
        ),
        to(post, "/api/v2/tickets", json!({"ticket": {"comment": {"body": 7}}})),
        to(
            post,
            "/api/v2/tickets",
            json!({"ticket": {"requester_id": "Karla", "comment": {"body": "x"}}}),
        ),
        to(
            post,
            "/api/v2/tickets",
            json!({"ticket": {"status": "ringing", "comment": {"body": "x"}}}),
        ),
        to(post, "/api/v2/calls", json!({"call": {"app_id": 1}})),
        to(
            post,
            "/api/v2/calls",
            json!({"call": {"app_id": "one", "from_line": "+49721", "to_line": "+49722",
                "call_started_at": "2026-11-24T15:02:00Z", "direction": "inbound"}}),
        ),
        to(
            post,
            &format!("/api/v2/calls/{}/comments", world.ids.call),
            json!({"call_fields": ["direction"]}),
        ),
        to(
            &Method::PATCH,
            &format!("/api/v2/calls/{}", world.ids.call),
            json!({"call": {"duration": "long"}}),
        ),
        to(post, "/api/v2/user_fields", json!({"user_field": "phone_3"})),
        to(put, &ticket, json!({"ticket": {"assignee_id": {}}})),
        to(put, &ticket, json!({"ticket": {"group_id": true}})),
        to(put, &ticket, json!({"ticket": 7})),
        to(
            post,
            "/oauth/tokens",
            json!({"grant_type": "password", "username": "a", "password": "b"}),
        ),
    ]
}
