//! The simulated Zendesk's answers against the description: to the client's requests, where something is wrong, and to
//! bodies that the description does not allow.

mod cases;
mod world;

use std::collections::BTreeMap;

use bridge_sim::zendesk::world::OAUTH_TOKEN;
use bridge_sim::zendesk::{SimRequest, SimResponse, State};
use http::{HeaderName, HeaderValue, Method};

use self::cases::{nonsense, troubles};
use self::world::World;
use crate::call::Call;
use crate::endpoints;
use crate::exchanges;
use crate::gaps::Gaps;
use crate::report::Report;
use crate::spec::{Seen, Sent, Spec};
use crate::wire::{Answer, Wire};

/// Checks all answers.
pub(crate) async fn check(wire: &Wire, spec: &Spec, gaps: &mut Gaps, report: &mut Report) -> anyhow::Result<()> {
    report.part("answers of the simulated Zendesk");
    let world = World::new()?;
    to_the_client(wire, &world, spec, gaps, report).await?;
    to_trouble(&world, spec, gaps, report);
    to_nonsense(&world, spec, report);
    to_the_rest(spec, report)
}

/// Each call of the client, on a world of its own.
async fn to_the_client(
    wire: &Wire,
    world: &World,
    spec: &Spec,
    gaps: &mut Gaps,
    report: &mut Report,
) -> anyhow::Result<()> {
    let endpoints = endpoints::all(&wire.client()?, &world.ids)?;
    let (mut asked, mut valid, mut read) = (0, 0, 0);
    let mut unknown = BTreeMap::<String, usize>::new();
    for endpoint in endpoints.iter().filter(|endpoint| !endpoint.kin) {
        let shown = |call: &Call| format!("simulated {} ({} {})", call.shown(), endpoint.method, endpoint.pattern);
        for call in &endpoint.calls {
            let Some(sent) = wire.sent(call, endpoint.pattern).await else {
                continue;
            };
            let (mut state, now) = World::fresh()?;
            let answer = state.handle(&request(&sent)?, now);
            if !is_for(&state, endpoint.pattern) {
                *unknown
                    .entry(format!("{} {}", endpoint.method, endpoint.pattern))
                    .or_default() += 1;
                continue;
            }
            asked += 1;
            if !(200..300).contains(&answer.status) {
                report.fail(
                    shown(call),
                    format_args!("{} instead of success{}", answer.status, fields(&answer)),
                );
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
        let (mut state, now) = match World::fresh() {
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
    report.say(format_args!(
        "where something is wrong: {valid} of {} as they should be",
        troubles.len()
    ));
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
            report.fail(
                &place,
                "the description allows it: this is no example of what must be refused",
            );
            continue;
        }
        let (mut state, now) = match World::fresh() {
            Ok(fresh) => fresh,
            Err(error) => return report.fail("simulated", error),
        };
        let answer = state.handle(
            &SimRequest::new(method.clone(), path).bearer(OAUTH_TOKEN).json(body),
            now,
        );
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
    report.say(format_args!(
        "to bodies that the description does not allow: {refused} of {} refused",
        nonsense.len()
    ));
}

/// What the description has and the simulated Zendesk has not.
fn to_the_rest(spec: &Spec, report: &mut Report) -> anyhow::Result<()> {
    let mut unknown = BTreeMap::<String, usize>::new();
    for (method, pattern) in spec.operations() {
        let parts = pattern
            .split('/')
            .map(|part| if part.starts_with('{') { "1" } else { part });
        let path = parts.collect::<Vec<_>>().join("/");
        let (mut state, now) = World::fresh()?;
        state.handle(&SimRequest::new(Method::from_bytes(method.as_bytes())?, &path), now);
        if !is_for(&state, pattern) {
            unknown.insert(format!("{method} {pattern}"), 1);
        }
    }
    report.tally("of the description it has no endpoint for", &unknown);
    Ok(())
}

/// Whether the simulator took its last request for one to this endpoint. It may know none, or take a word for an id.
fn is_for(state: &State, pattern: &str) -> bool {
    let names = |part: &str| part.starts_with('{');
    let alike = |template: &str| {
        let (ours, theirs): (Vec<_>, Vec<_>) = (pattern.split('/').collect(), template.split('/').collect());
        ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(a, b)| *a == b || (names(a) && names(b)))
    };
    state
        .requests()
        .entries()
        .last()
        .is_some_and(|entry| alike(&entry.template))
}

/// A request of the client as the simulator takes it, with a token that it knows.
fn request(sent: &Sent) -> anyhow::Result<SimRequest> {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    let query = query.extend_pairs(&sent.query).finish();
    let mut request = SimRequest::new(
        Method::from_bytes(sent.method.as_bytes())?,
        &format!("{}?{query}", sent.path),
    );
    for (name, value) in &sent.headers {
        request
            .headers
            .insert(HeaderName::try_from(name)?, HeaderValue::try_from(value)?);
    }
    request.body = sent.body.clone().into();
    Ok(match sent.headers.contains_key("authorization") {
        true => request.bearer(OAUTH_TOKEN),
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
    let headers = answer
        .headers
        .iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), value.clone()));
    Answer {
        seen: seen(answer),
        headers: headers.collect(),
    }
}

/// The fields that a refusal objects to; they are names of the API.
fn fields(answer: &SimResponse) -> String {
    let value = answer.value();
    let names: Vec<&str> = value["details"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, _)| name.as_str())
        .collect();
    match names.is_empty() {
        true => String::new(),
        false => format!(" ({})", names.join(", ")),
    }
}
