//! The simulated Zendesk's answers against the description: to the client's requests, where something is wrong, and to
//! bodies that the description does not allow.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Context as _;
use bridge_sim::zendesk::{Class, Fault, FaultKind, NewUser, SimRequest, SimResponse, State, Switches, TalkPlan, world};
use http::{HeaderName, HeaderValue, Method};
use jiff::Timestamp;
use serde_json::{Value, json};
use zendesk_client::{GroupId, IdentityId, MembershipId, TicketId, UserFieldId, UserId};

use crate::call::Call;
use crate::endpoints::{self, Ids};
use crate::exchanges;
use crate::gaps::Gaps;
use crate::report::Report;
use crate::spec::{Seen, Sent, Spec};
use crate::wire::{Answer, Wire};

/// A customer of the small world.
const CUSTOMER: u64 = 900;
/// An agent of it, who is signed in.
const AGENT: u64 = 501;
/// An agent of it who is not.
const AWAY: u64 = 504;
/// A group of both.
const GROUP: u64 = 71;

/// Checks all answers.
pub(crate) async fn check(wire: &Wire, spec: &Spec, gaps: &mut Gaps, report: &mut Report) -> anyhow::Result<()> {
    report.part("answers of the simulated Zendesk");
    let world = World::new()?;
    to_the_client(wire, &world, spec, gaps, report).await?;
    to_trouble(&world, spec, gaps, report);
    to_nonsense(&world, spec, report);
    Ok(())
}

/// Each call of the client, on a world of its own.
async fn to_the_client(wire: &Wire, world: &World, spec: &Spec, gaps: &mut Gaps, report: &mut Report) -> anyhow::Result<()> {
    let endpoints = endpoints::all(&wire.client()?, world.ids)?;
    let (mut asked, mut valid, mut read) = (0, 0, 0);
    let mut unknown = BTreeMap::<String, usize>::new();
    for endpoint in endpoints.iter().filter(|endpoint| !endpoint.kin) {
        let shown = |call: &Call| format!("simulated {} ({} {})", call.shown(), endpoint.method, endpoint.pattern);
        for call in &endpoint.calls {
            let sent = wire.sent(call).await?;
            let (mut state, now) = world.fresh()?;
            let answer = state.handle(&request(&sent)?, now);
            if answer.status == 404 && answer.value()["error"] == "InvalidEndpoint" {
                *unknown.entry(format!("{} {}", endpoint.method, endpoint.pattern)).or_default() += 1;
                continue;
            }
            asked += 1;
            if !(200..300).contains(&answer.status) {
                report.fail(shown(call), format_args!("{} instead of success{}", answer.status, fields(&answer)));
            }
            let offences = spec.check_answer(&sent.method, &sent.path, &seen(&answer));
            let offences = gaps.forgive(endpoint.method, endpoint.pattern, offences);
            valid += usize::from(offences.is_empty());
            for offence in offences {
                report.fail(shown(call), offence);
            }
            let recorded = recorded(&answer);
            let result = wire.read(call, &recorded).await;
            match exchanges::judge(call, &recorded, &answer.value(), result) {
                Ok(()) => read += 1,
                Err(problem) => report.fail(shown(call), problem),
            }
        }
    }
    report.say(format_args!("to the client: {asked}"));
    report.say(format_args!("valid: {valid}"));
    report.say(format_args!("read by the client: {read}"));
    report.tally("requests of the client that it has no endpoint for", &unknown);
    Ok(())
}

/// Answers where something is wrong.
fn to_trouble(world: &World, spec: &Spec, gaps: &mut Gaps, report: &mut Report) {
    let mut valid = 0;
    let troubles = troubles(world);
    for trouble in &troubles {
        let (mut state, now) = match world.fresh() {
            Ok(fresh) => fresh,
            Err(error) => return report.fail("simulated", error),
        };
        (trouble.prepare)(&mut state, now);
        let mut request = SimRequest::new(trouble.method.clone(), &trouble.target);
        if let Some(body) = &trouble.body {
            request = request.json(body);
        }
        if let Some(token) = trouble.token {
            request = request.bearer(token);
        }
        let answer = state.handle(&request, now);
        let place = format!("simulated {}", trouble.name);
        let mut good = true;
        if answer.status != trouble.status {
            good = false;
            report.fail(&place, format_args!("{} instead of {}", answer.status, trouble.status));
        }
        let offences = spec.check_answer(trouble.method.as_str(), &request.path, &seen(&answer));
        for offence in gaps.forgive(trouble.method.as_str(), &request.path, offences) {
            good = false;
            report.fail(&place, offence);
        }
        valid += usize::from(good);
    }
    report.say(format_args!("where something is wrong: {valid} of {} as they should be", troubles.len()));
}

/// Bodies that the description does not allow are refused, and validly so.
fn to_nonsense(world: &World, spec: &Spec, report: &mut Report) {
    let nonsense = nonsense(world);
    let mut refused = 0;
    for (method, path, body) in &nonsense {
        let sent = Sent {
            method: method.to_string(),
            path: path.clone(),
            query: Vec::new(),
            headers: [("content-type".to_owned(), "application/json".to_owned())].into(),
            body: body.to_string().into_bytes(),
        };
        let place = format!("simulated {method} {path} with {body}");
        if spec.check_request(&sent).is_empty() {
            report.fail(&place, "the description allows it: this is no example of what must be refused");
            continue;
        }
        let (mut state, now) = match world.fresh() {
            Ok(fresh) => fresh,
            Err(error) => return report.fail("simulated", error),
        };
        let answer = state.handle(&SimRequest::new(method.clone(), path).bearer(world::OAUTH_TOKEN).json(body), now);
        let mut good = matches!(answer.status, 400 | 422);
        if !good {
            report.fail(&place, format_args!("{} instead of a refusal", answer.status));
        }
        for offence in spec.check_answer(method.as_str(), path, &seen(&answer)) {
            good = false;
            report.fail(&place, offence);
        }
        refused += usize::from(good);
    }
    report.say(format_args!("to bodies that the description does not allow: {refused} of {} refused", nonsense.len()));
}

/// Something wrong, and the status that tells it.
struct Trouble {
    name: &'static str,
    prepare: fn(&mut State, Timestamp),
    method: Method,
    target: String,
    token: Option<&'static str>,
    body: Option<Value>,
    status: u16,
}

/// The token of somebody with fine-grained scopes.
const NARROW: &str = "narrow-token";

fn troubles(world: &World) -> Vec<Trouble> {
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
    let new_ticket = || Some(json!({"ticket": {"requester_id": CUSTOMER, "comment": {"body": "rings", "public": false}}}));
    let faulty = |name, prepare, status| Trouble {
        prepare,
        body: new_ticket(),
        ..new(name, Method::POST, "/api/v2/tickets", status)
    };
    vec![
        Trouble { token: None, ..new("without credentials", Method::GET, "/api/v2/groups", 401) },
        Trouble { token: Some("wrong"), ..new("with a wrong token", Method::GET, "/api/v2/groups", 401) },
        Trouble { token: None, ..new("as nobody", Method::GET, "/api/v2/users/me", 200) },
        Trouble {
            prepare: |state, now| state.add_oauth_token(NARROW, world::API_USER.0, "users:read users:write", None, now),
            token: Some(NARROW),
            ..new("without the scope", Method::GET, "/api/v2/users/900/identities", 403)
        },
        new("user that is not there", Method::GET, "/api/v2/users/123456", 404),
        new("ticket that is not there", Method::GET, "/api/v2/tickets/123456", 404),
        new("group that is not there", Method::GET, "/api/v2/groups/123456", 404),
        new("identities of nobody", Method::GET, "/api/v2/users/123456/identities", 404),
        new("a page too deep", Method::GET, "/api/v2/users?page=101&per_page=100", 400),
        Trouble {
            body: Some(json!({"identity": {"type": "phone_number", "value": "+49721123456"}})),
            ..new("number that somebody else has", Method::POST, "/api/v2/users/400/identities", 422)
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
            body: Some(json!({"ticket": {"safe_update": true, "updated_stamp": "2020-01-01T00:00:00Z", "subject": "x"}})),
            ..new("a change that comes too late", Method::PUT, &format!("/api/v2/tickets/{ticket}"), 409)
        },
        Trouble { body: Some(json!({})), ..new("pop of no ticket", Method::POST, &display(AGENT, 123_456), 404) },
        Trouble { body: Some(json!({})), ..new("pop for nobody", Method::POST, &display(AWAY, ticket), 404) },
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
        faulty("an account over its limit", |state, _| state.switches.limits.account = Some(0), 429),
        faulty("500", |state, _| state.switches.faults.push(Fault::new(FaultKind::ServerError)), 500),
        faulty("502", |state, _| state.switches.faults.push(Fault::new(FaultKind::Gateway(502))), 502),
        faulty("503", |state, _| state.switches.faults.push(Fault::new(FaultKind::Unavailable(Some(5)))), 503),
        faulty("429 as text", |state, _| state.switches.faults.push(too_many(true)), 429),
        faulty("429 as JSON", |state, _| state.switches.faults.push(too_many(false)), 429),
        faulty("a collision", |state, _| state.switches.faults.push(Fault::new(FaultKind::Collision)), 409),
        faulty("a token that was revoked", |state, _| state.switches.faults.push(Fault::new(FaultKind::InvalidToken)), 401),
        faulty("slow", |state, _| drop(state.switches.delays.insert(Class::CreateTicket, Duration::from_secs(9))), 201),
    ]
}

fn too_many(plain: bool) -> Fault {
    Fault::new(FaultKind::TooMany { retry_after: Some("27".to_owned()), plain })
}

/// Bodies of wrong types and unknown words.
fn nonsense(world: &World) -> Vec<(Method, String, Value)> {
    let ticket = format!("/api/v2/tickets/{}", world.ids.ticket);
    let to = |method: &Method, path: &str, body| (method.clone(), path.to_owned(), body);
    let (post, put) = (&Method::POST, &Method::PUT);
    vec![
        to(post, "/api/v2/users", json!({"user": {"name": 7}})),
        to(post, "/api/v2/users", json!({"user": {"name": "A", "phone": {"number": "+49"}}})),
        to(post, "/api/v2/users", json!({"user": {"name": "A", "tags": "phone"}})),
        to(post, "/api/v2/users", json!({"user": "A"})),
        to(post, "/api/v2/users", json!({})),
        to(post, "/api/v2/users/create_or_update", json!({"user": [{"name": "A"}]})),
        to(put, "/api/v2/users/900", json!({"user": {"verified": "perhaps"}})),
        to(put, "/api/v2/users/900", json!({"user": {"user_fields": "x"}})),
        to(post, "/api/v2/users/900/identities", json!({"identity": {"type": "telepathy", "value": "+49721123457"}})),
        to(post, "/api/v2/users/900/identities", json!({"identity": {"type": "phone_number", "value": {}}})),
        to(post, "/api/v2/users/900/identities", json!({"identity": {"type": "phone_number"}})),
        to(post, "/api/v2/tickets", json!({"ticket": {"comment": {"body": 7}}})),
        to(post, "/api/v2/tickets", json!({"ticket": {"requester_id": "Karla", "comment": {"body": "x"}}})),
        to(post, "/api/v2/tickets", json!({"ticket": {"status": "ringing", "comment": {"body": "x"}}})),
        to(put, &ticket, json!({"ticket": {"assignee_id": {}}})),
        to(put, &ticket, json!({"ticket": {"group_id": true}})),
        to(put, &ticket, json!({"ticket": 7})),
        to(post, "/oauth/tokens", json!({"grant_type": "password", "username": "a", "password": "b"})),
    ]
}

/// A small world, and what there is in it.
struct World {
    ids: Ids,
}

impl World {
    fn new() -> anyhow::Result<Self> {
        let any = Ids { user: UserId::new(CUSTOMER), agent: UserId::new(AGENT), group: GroupId::new(GROUP), ..Ids::any() };
        let (mut state, now) = Self { ids: any }.fresh()?;
        let mut first = |path: &str, list: &str, wanted: &str| {
            let found = state.handle(&SimRequest::new(Method::GET, path).bearer(world::OAUTH_TOKEN), now).value();
            let record = found[list].as_array().into_iter().flatten().find(|one| wanted.is_empty() || one["type"] == wanted);
            record.and_then(|one| one["id"].as_u64()).with_context(|| format!("the world has no {list}"))
        };
        let identity = first(&format!("/api/v2/users/{CUSTOMER}/identities"), "identities", "phone_number")?;
        let membership = first(&format!("/api/v2/users/{AGENT}/group_memberships"), "group_memberships", "")?;
        let field = first("/api/v2/user_fields", "user_fields", "")?;
        let ticket = first("/api/v2/tickets", "tickets", "")?;
        Ok(Self {
            ids: Ids {
                identity: IdentityId::new(identity),
                membership: MembershipId::new(membership),
                field: UserFieldId::new(field),
                ticket: TicketId::new(ticket),
                stamp: now,
                ..any
            },
        })
    }

    /// The world that is always there, with a customer and his ticket.
    fn fresh(&self) -> anyhow::Result<(State, Timestamp)> {
        let now: Timestamp = "2026-11-24T14:02:00Z".parse()?;
        let mut state = world::default_zendesk(Switches::default(), now);
        state.add_user(
            NewUser {
                id: Some(CUSTOMER),
                name: "Customer".to_owned(),
                email: Some("customer@customer.example".to_owned()),
                phone: Some("+49721123456".to_owned()),
                ..NewUser::default()
            },
            now,
        );
        let ticket = json!({"ticket": {"requester_id": CUSTOMER, "external_id": "c1", "comment": {"body": "rings", "public": false}}});
        let request = SimRequest::new(Method::POST, "/api/v2/tickets").bearer(world::OAUTH_TOKEN).json(&ticket);
        let answer = state.handle(&request, now);
        anyhow::ensure!(answer.status == 201, "the world's ticket is refused with {}{}", answer.status, fields(&answer));
        Ok((state, now))
    }
}

/// A request of the client as the simulator takes it, with a token that it knows.
fn request(sent: &Sent) -> anyhow::Result<SimRequest> {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    let query = query.extend_pairs(&sent.query).finish();
    let mut request = SimRequest::new(Method::from_bytes(sent.method.as_bytes())?, &format!("{}?{query}", sent.path));
    for (name, value) in &sent.headers {
        request.headers.insert(HeaderName::try_from(name)?, HeaderValue::try_from(value)?);
    }
    request.body = sent.body.clone().into();
    Ok(match sent.headers.contains_key("authorization") {
        true => request.bearer(world::OAUTH_TOKEN),
        false => request,
    })
}

fn seen(answer: &SimResponse) -> Seen {
    Seen {
        status: answer.status,
        content_type: answer.header("content-type").map(ToOwned::to_owned),
        body: answer.body.to_vec(),
    }
}

fn recorded(answer: &SimResponse) -> Answer {
    let headers = answer.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone()));
    Answer { seen: seen(answer), headers: headers.collect() }
}

/// The fields that a refusal objects to; they are names of the API.
fn fields(answer: &SimResponse) -> String {
    let value = answer.value();
    let names: Vec<&str> = value["details"].as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
    match names.is_empty() {
        true => String::new(),
        false => format!(" ({})", names.join(", ")),
    }
}
