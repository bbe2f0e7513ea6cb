//! Recorded exchanges against the client's types.

use std::collections::BTreeMap;
use std::error::Error as _;
use std::fs;
use std::path::Path;

use anyhow::Context as _;
use serde_json::Value;
use zendesk_client::{Error, ErrorKind};

use crate::call::{Call, Endpoint};
use crate::report::Report;
use crate::spec::{self, Seen, Spec};
use crate::wire::{Answer, Wire};

/// An exchange that really took place.
struct Exchange {
    file: String,
    method: String,
    /// Without the query.
    path: String,
    /// The path with ids as `{id}`, for people.
    template: String,
    answer: Answer,
    body: Value,
}

/// Reads every recorded answer of the covered endpoints with the client.
pub(crate) async fn check(
    folder: &Path,
    wire: &Wire,
    endpoints: &[Endpoint],
    spec: Option<&Spec>,
    report: &mut Report,
) -> anyhow::Result<()> {
    report.part("recorded exchanges");
    let mut exchanges = read_all(folder)?;
    exchanges.sort_by(|a, b| a.file.cmp(&b.file));
    report.say(format_args!("read: {}", exchanges.len()));
    let (mut covered, mut kin, mut failed) = (0, 0, 0);
    let mut uncovered = BTreeMap::<String, usize>::new();
    for exchange in &exchanges {
        let shown = format!("{} {}", exchange.method, exchange.template);
        let Some(endpoint) = endpoint(endpoints, &exchange.method, &exchange.path) else {
            *uncovered.entry(shown).or_default() += 1;
            continue;
        };
        covered += 1;
        kin += usize::from(endpoint.kin);
        let result = wire.read(&endpoint.calls[0], &exchange.answer).await;
        if let Err(problem) = judge(&endpoint.calls[0], &exchange.answer, &exchange.body, result) {
            failed += 1;
            report.fail(
                format_args!("{} ({} {})", exchange.file, endpoint.method, endpoint.pattern),
                problem,
            );
        }
    }
    report.say(format_args!(
        "covered: {covered}, of them {kin} at endpoints of which the client has the answer's type and no call"
    ));
    report.say(format_args!("decoded: {}", covered - failed));
    report.say(format_args!("failed: {failed}"));
    report.tally("not covered", &uncovered);
    if let Some(spec) = spec {
        against(spec, &exchanges, report);
    }
    Ok(())
}

/// The endpoint that a request goes to. Patterns with fewer names win, and an id holds digits: `/users/destroy_many` is
/// nobody's address.
fn endpoint<'a>(endpoints: &'a [Endpoint], method: &str, path: &str) -> Option<&'a Endpoint> {
    let fitting = endpoints.iter().filter(|endpoint| endpoint.method == method);
    let fitting = fitting.filter_map(|endpoint| {
        let names = spec::matches(endpoint.pattern, path)?;
        let ids = names.values().all(|id| id.bytes().any(|b| b.is_ascii_digit()));
        ids.then_some((names.len(), endpoint))
    });
    fitting.min_by_key(|(names, _)| *names).map(|(_, endpoint)| endpoint)
}

/// Whether the client makes of an answer what is in it.
pub(crate) fn judge(
    call: &Call,
    answer: &Answer,
    body: &Value,
    result: Result<Option<Vec<String>>, Error>,
) -> Result<(), String> {
    let status = answer.seen.status;
    match result {
        Ok(_) if !(200..300).contains(&status) => Err(format!("{status} was taken for success")),
        Ok(read) => match (read, call.records_in(body)) {
            (read, there) if read == there => Ok(()),
            (read, there) => Err(format!(
                "{} records were read where there are {}, or others",
                read.map_or(0, |read| read.len()),
                there.map_or(0, |there| there.len())
            )),
        },
        // Zendesk answers wrong credentials with success and a user without an id.
        Err(error)
            if call.name == "users.me"
                && body["user"]["id"].is_null()
                && error.kind() == ErrorKind::NotAuthenticated =>
        {
            Ok(())
        }
        Err(error) => {
            let told = |problem: &str| Err(format!("{problem}: {}", chain(&error)));
            if (200..300).contains(&status) {
                return told("success was not read");
            }
            if error.status().map(|status| status.as_u16()) != Some(status) {
                return told("another status");
            }
            if !kinds(status).contains(&error.kind()) {
                return told(&format!("not a kind for {status}"));
            }
            if let Some(code) = body["error"].as_str()
                && error.code() != Some(code)
                && !code.contains(' ')
            {
                return told("the code was lost");
            }
            if header(answer, "retry-after").is_some() && error.retry_after().is_none() {
                return told("Retry-After was lost");
            }
            if header(answer, "x-request-id").is_some() && error.request_id().is_none() {
                return told("the request id was lost");
            }
            Ok(())
        }
    }
}

/// The kinds of failure that a status may be.
fn kinds(status: u16) -> &'static [ErrorKind] {
    match status {
        400 => &[
            ErrorKind::Rejected,
            ErrorKind::IdempotencyMismatch,
            ErrorKind::TooDeep,
            ErrorKind::BadCursor,
        ],
        401 => &[ErrorKind::NotAuthenticated],
        403 => &[ErrorKind::Forbidden],
        404 => &[ErrorKind::NotFound, ErrorKind::NoSuchEndpoint],
        409 => &[ErrorKind::Conflict, ErrorKind::Collision],
        413 => &[ErrorKind::TooLarge],
        422 => &[ErrorKind::Validation, ErrorKind::TooDeep],
        429 => &[ErrorKind::RateLimited],
        500.. => &[ErrorKind::Unavailable],
        _ => &[ErrorKind::Rejected],
    }
}

/// The recorded answers against the description: it was mended until they fitted, so one that does not is a mistake in
/// how it is read here. Only statuses that Zendesk no longer gives are missing from it.
fn against(spec: &Spec, exchanges: &[Exchange], report: &mut Report) {
    let (mut described, mut fitting, mut bygone) = (0, 0, 0);
    for exchange in exchanges {
        if spec.find(&exchange.method, &exchange.path).is_err() {
            continue;
        }
        let seen = &exchange.answer.seen;
        if !spec.has_status(&exchange.method, &exchange.path, seen.status) {
            bygone += 1;
            continue;
        }
        described += 1;
        let offences = spec.check_answer(&exchange.method, &exchange.path, seen);
        fitting += usize::from(offences.is_empty());
        for offence in offences {
            report.fail(format_args!("{} against the description", exchange.file), offence);
        }
    }
    report.say(format_args!(
        "valid under the description: {fitting} of {described} that it describes; {bygone} of a status that it does not have"
    ));
}

fn read_all(folder: &Path) -> anyhow::Result<Vec<Exchange>> {
    let files = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut exchanges = Vec::new();
    for file in files {
        let path = file?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            exchanges.push(read(&path).with_context(|| format!("{} is no exchange", path.display()))?);
        }
    }
    Ok(exchanges)
}

fn read(path: &Path) -> anyhow::Result<Exchange> {
    let mut recorded: Value = serde_json::from_slice(&fs::read(path)?)?;
    let text = |key: &str| recorded[key].as_str().unwrap_or_default().to_owned();
    let full = text("path");
    let without_query = full.split('?').next().unwrap_or_default().to_owned();
    let template = match text("path_template") {
        template if template.is_empty() => generic(&without_query),
        template => template,
    };
    let headers: Vec<(String, String)> = recorded["response_headers"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.to_ascii_lowercase(), value.as_str().unwrap_or_default().to_owned()))
        .collect();
    let (method, status) = (
        text("method"),
        recorded["status"].as_u64().context("no status")?.try_into()?,
    );
    let body = recorded["response_body"].take();
    let bytes = match &body {
        Value::String(text) => text.clone().into_bytes(),
        Value::Null => Vec::new(),
        json @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            json.to_string().into_bytes()
        }
    };
    let content_type = headers
        .iter()
        .find(|(name, _)| name == "content-type")
        .map(|(_, value)| value.clone());
    let assumed = (!body.is_string()).then(|| "application/json".to_owned());
    Ok(Exchange {
        file: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        method,
        path: without_query,
        template,
        answer: Answer {
            seen: Seen {
                status,
                content_type: content_type.or(assumed),
                body: bytes,
            },
            headers,
        },
        body,
    })
}

/// A path with `{id}` for whatever holds digits, behind `/api/v2`.
fn generic(path: &str) -> String {
    let part = |part: &str| match part.bytes().any(|b| b.is_ascii_digit()) && part != "v2" {
        true => "{id}".to_owned(),
        false => part.to_owned(),
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

fn header<'a>(answer: &'a Answer, name: &str) -> Option<&'a str> {
    answer
        .headers
        .iter()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.as_str())
}

/// An error with its causes. The client's errors name no value.
fn chain(error: &Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use zendesk_client::UserId;

    use super::{Answer, Seen, endpoint, generic, judge};
    use crate::call::Table;
    use crate::wire::Wire;

    #[tokio::test]
    async fn what_the_client_makes_of_an_answer_is_judged() {
        let wire = Wire::start().await;
        let client = wire.client().unwrap();
        let mut table = Table::new(&client);
        table
            .at("GET", "/api/v2/users/{user_id}")
            .call("users.show", "", client.users().show(UserId::new(7)));
        table
            .at("GET", "/api/v2/users")
            .list("users.list", "", &client.users().list(&[]));
        let table = table.into_endpoints();
        let (one, many) = (&table[0].calls[0], &table[1].calls[0]);
        let two = json!({"users": [{"id": 7}, {"id": "8"}]});
        let not_found = json!({"error": "RecordNotFound", "description": "Not found"});
        for (call, status, body, really, good) in [
            (one, 200, json!({"user": {"id": 7}}), None, true),
            (
                one,
                200,
                json!({"user": {"id": 7}}),
                Some(json!({"user": {"id": 8}})),
                false,
            ),
            (one, 200, json!({"person": {"id": 7}}), None, false),
            (many, 200, two.clone(), None, true),
            (many, 200, json!({"users": [{"id": 7}]}), Some(two), false),
            (one, 404, not_found.clone(), None, true),
            (one, 404, not_found, Some(json!({"error": "InvalidEndpoint"})), false),
        ] {
            let answer = Answer {
                seen: Seen {
                    status,
                    content_type: None,
                    body: body.to_string().into(),
                },
                headers: Vec::new(),
            };
            let result = wire.read(call, &answer).await;
            let really: &Value = really.as_ref().unwrap_or(&body);
            assert_eq!(
                judge(call, &answer, really, result).is_ok(),
                good,
                "{status} {body} {really}"
            );
        }
    }

    #[test]
    fn an_exchange_finds_its_endpoint() {
        let client = crate::wire::client("https://acme.zendesk.com").unwrap();
        let mut table = Table::new(&client);
        table.kin("GET", "/api/v2/users/{user_id}");
        table.at("GET", "/api/v2/users/me");
        table.at("GET", "/api/v2/users/{user_id}/identities/{user_identity_id}");
        let table = table.into_endpoints();
        let found = |method, path| endpoint(&table, method, path).map(|endpoint| endpoint.pattern);
        assert_eq!(found("GET", "/api/v2/users/me.json"), Some("/api/v2/users/me"));
        assert_eq!(found("GET", "/api/v2/users/361.json"), Some("/api/v2/users/{user_id}"));
        assert_eq!(
            found("GET", "/api/v2/users/361/identities/7"),
            Some("/api/v2/users/{user_id}/identities/{user_identity_id}")
        );
        assert_eq!(found("GET", "/api/v2/users/destroy_many.json"), None);
        assert_eq!(found("PUT", "/api/v2/users/361"), None);
    }

    #[test]
    fn paths_are_told_without_ids() {
        assert_eq!(generic("/api/v2/job_statuses/V3-0a"), "/api/v2/job_statuses/{id}");
    }
}
