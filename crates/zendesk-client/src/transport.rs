//! The one place where requests leave: authorization, limits, repetition, redaction.

use http::header::{self, HeaderValue};
use http::{HeaderMap, StatusCode};
use reqwest::Response;
use tokio::time::Instant;
use url::Url;

use crate::answer::Answer;
use crate::body::Body;
use crate::client::{Client, Shared};
use crate::error::{Error, ErrorKind, retry_after};
use crate::limit::{Permit, Route};
use crate::request::Parts;
use crate::retry::{Mishap, Retry, RetryPolicy, Spent, Verdict};
use crate::{service, warning};

/// Sends until there is an answer of success or the policy says to give up. A 401 is met with one new token and one
/// repetition where the credentials can be renewed, and never with a second.
pub(crate) async fn send(client: &Client, parts: &Parts) -> Result<Answer, Error> {
    let place = client.shared.base.at(&parts.path);
    match repeat(client, parts, &place, Want::Whole).await? {
        Got::Whole(answer) => Ok(answer),
        Got::Begun(_) => Err(Error::own(parts, ErrorKind::Decode, None)),
    }
}

/// Fetches from an address that may be another host's, which then gets no credentials. The answer is one of success or a
/// redirect, and its body is still to come.
pub(crate) async fn fetch(client: &Client, parts: &Parts, place: &Url) -> Result<Response, Error> {
    match repeat(client, parts, place, Want::Begun).await? {
        Got::Begun(response) => Ok(response),
        Got::Whole(_) => Err(Error::own(parts, ErrorKind::Decode, None)),
    }
}

/// Sends a request for a token: the same without an authorization.
pub(crate) async fn send_unauthorized(shared: &Shared, policy: &RetryPolicy, parts: &Parts) -> Result<Answer, Error> {
    let place = shared.base.at(&parts.path);
    let mut spent = Spent::default();
    loop {
        spent.tries += 1;
        let error = match exchange(shared, parts, &place, None, Want::Whole, None).await {
            Ok(Got::Whole(answer)) => return Ok(answer),
            Ok(Got::Begun(_)) => Error::own(parts, ErrorKind::Decode, None),
            Err(error) => error,
        };
        pause_or_fail(shared, policy, parts, error, &mut spent).await?;
    }
}

/// What is wanted of an answer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Want {
    /// All of it, and on the own host.
    Whole,
    /// Its beginning.
    Begun,
}

enum Got {
    Whole(Answer),
    Begun(Response),
}

async fn repeat(client: &Client, parts: &Parts, place: &Url, want: Want) -> Result<Got, Error> {
    let (shared, policy) = (&client.shared, &client.policy);
    let own = shared.base.owns(place);
    let mut spent = Spent::default();
    let mut renewed = false;
    loop {
        let authorization = if own {
            Some(shared.authorization(policy).await?)
        } else {
            None
        };
        let permit = if own {
            permit(client, parts, &mut spent).await?
        } else {
            None
        };
        spent.tries += 1;
        let header = authorization.as_ref().map(|authorization| &authorization.header);
        let got = exchange(shared, parts, place, header, want, permit).await;
        note(client, parts, &got);
        let error = match got {
            Ok(got) => return Ok(got),
            Err(error) => error,
        };
        if let (ErrorKind::NotAuthenticated, Some(authorization), false) = (error.kind(), &authorization, renewed)
            && shared.refused(authorization).await
        {
            renewed = true;
            if parts.body.is_stream() {
                // The next request has a new token; this one's body is gone.
                return Err(error.advising(Retry::Later));
            }
            tracing::debug!(
                path = parts.shown(),
                "the token is no longer accepted; asking for a new one"
            );
            continue;
        }
        pause_or_fail(shared, policy, parts, error, &mut spent).await?;
    }
}

/// Keeps it for whoever wants to tell of it.
fn note(client: &Client, parts: &Parts, got: &Result<Got, Error>) {
    let Some(exchanges) = &client.exchanges else { return };
    match got {
        Ok(Got::Whole(answer)) => exchanges.answered(parts, answer.status, &answer.headers),
        Ok(Got::Begun(response)) => exchanges.answered(parts, response.status(), response.headers()),
        Err(error) => exchanges.failed(parts, error),
    }
}

/// Waits for the request's turn, where the client keeps to a share of the limits.
async fn permit<'a>(client: &'a Client, parts: &Parts, spent: &mut Spent) -> Result<Option<Permit<'a>>, Error> {
    let Some(permits) = &client.shared.permits else {
        return Ok(None);
    };
    let patience = client.policy.total_wait.saturating_sub(spent.waited);
    let begun = Instant::now();
    let permit = permits.acquire(client.priority, Route::of(parts), patience).await;
    spent.waited = spent.waited.saturating_add(begun.elapsed());
    permit
        .map(Some)
        .map_err(|time| Error::own(parts, ErrorKind::RateLimited, None).advising(Retry::After(time)))
}

async fn pause_or_fail(
    shared: &Shared,
    policy: &RetryPolicy,
    parts: &Parts,
    error: Error,
    spent: &mut Spent,
) -> Result<(), Error> {
    let Some(mishap) = mishap(&error) else {
        return Err(error);
    };
    let verdict = if parts.body.is_stream() {
        Verdict::GiveUp(policy.advise(mishap, parts.repeatable()))
    } else {
        policy.judge(mishap, parts.repeatable(), *spent, shared.jitter())
    };
    match verdict {
        Verdict::GiveUp(advice) => Err(error.advising(advice).believing(policy.longest_retry_after)),
        Verdict::Again(pause) => {
            tracing::debug!(path = parts.shown(), tries = spent.tries, ?pause, %error, "sending again after a pause");
            spent.waited = spent.waited.saturating_add(pause);
            tokio::time::sleep(pause).await;
            Ok(())
        }
    }
}

/// One request, one answer.
async fn exchange(
    shared: &Shared,
    parts: &Parts,
    place: &Url,
    authorization: Option<&HeaderValue>,
    want: Want,
    permit: Option<Permit<'_>>,
) -> Result<Got, Error> {
    let request = build(shared, parts, place, authorization)?;
    let leaving = shared.counts.leaving(parts);
    let response = leave(shared, parts, request).await?;
    leaving.answered(response.status());
    let own = shared.base.owns(response.url());
    if !own && want == Want::Whole {
        // Only an injected HTTP client follows redirects; what a foreign host says is not Zendesk's word.
        return Err(Error::foreign_link(parts));
    }
    let (status, headers) = (response.status(), response.headers().clone());
    if let Some(permit) = permit {
        permit.complete(status, &headers, retry_after(&headers));
    }
    if own {
        shared.observe(&headers);
        warning::log(&headers, &parts.method, parts.shown());
    }
    trace(parts, status, &headers);
    if want == Want::Begun && (status.is_success() || status.is_redirection()) {
        return Ok(Got::Begun(response));
    }
    let body = response.bytes().await.map_err(|error| no_answer(parts, error))?;
    if status.is_success() {
        Ok(Got::Whole(Answer { status, headers, body }))
    } else {
        Err(Error::from_answer(parts, status, &headers, &body))
    }
}

async fn leave(shared: &Shared, parts: &Parts, request: reqwest::RequestBuilder) -> Result<Response, Error> {
    if let Some(service) = &shared.service {
        let request = request.build().map_err(|error| no_answer(parts, error))?;
        return service::send(service, parts, request, parts.timeout.unwrap_or(shared.timeout)).await;
    }
    #[expect(clippy::disallowed_methods, reason = "this is the transport")]
    let sent = request.send().await;
    sent.map_err(|error| no_answer(parts, error))
}

fn build(
    shared: &Shared,
    parts: &Parts,
    place: &Url,
    authorization: Option<&HeaderValue>,
) -> Result<reqwest::RequestBuilder, Error> {
    let mut headers = parts.headers.clone();
    headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    headers.insert(header::USER_AGENT, shared.user_agent.clone());
    if let Some(authorization) = authorization {
        headers.insert(header::AUTHORIZATION, authorization.clone());
    }
    let mut request = shared
        .http
        .request(parts.method.clone(), place.clone())
        .timeout(parts.timeout.unwrap_or(shared.timeout));
    if !parts.query.is_empty() {
        request = request.query(&parts.query);
    }
    if let Some(key) = &parts.idempotency_key {
        request = request.header("idempotency-key", key.as_str());
    }
    let request = match &parts.body {
        Body::Json(value) => request.json(value),
        Body::None if parts.method == http::Method::GET => request,
        // Zendesk wants the type with every other method, body or not.
        Body::None => request.header(header::CONTENT_TYPE, "application/json"),
        Body::Bytes(bytes) => request.body(bytes.clone()),
        Body::Stream(stream) => {
            if let Some(size) = stream.size() {
                headers.insert(header::CONTENT_LENGTH, size.into());
            }
            let body = stream.take();
            request.body(body.ok_or_else(|| Error::own(parts, ErrorKind::BodySpent, None))?)
        }
    };
    Ok(request.headers(headers))
}

pub(crate) fn no_answer(parts: &Parts, error: reqwest::Error) -> Error {
    let kind = if error.is_connect() {
        ErrorKind::Connect
    } else if error.is_timeout() {
        ErrorKind::Timeout
    } else {
        ErrorKind::Interrupted
    };
    Error::from_wire(parts, kind, error)
}

/// What the policy has to judge; `None` where nothing is to be judged.
fn mishap(error: &Error) -> Option<Mishap> {
    if let Some(status) = error.status() {
        let collision = error.kind() == ErrorKind::Collision;
        // A search that is down says so under a status for mistakes of the caller.
        let in_trouble = error.kind() == ErrorKind::Unavailable && status.is_client_error();
        return Some(Mishap::Status {
            status: if in_trouble { 503 } else { status.as_u16() },
            retry_after: error.raw_retry_after(),
            collision,
        });
    }
    let unanswered = [
        (ErrorKind::Connect, Mishap::NotConnected),
        (ErrorKind::Timeout, Mishap::TimedOut),
        (ErrorKind::Interrupted, Mishap::Interrupted),
    ];
    unanswered
        .into_iter()
        .find(|(kind, _)| *kind == error.kind())
        .map(|(_, mishap)| mishap)
}

fn trace(parts: &Parts, status: StatusCode, headers: &HeaderMap) {
    let query = if parts.sensitive { None } else { Some(&parts.query) };
    let request_id = headers.get("x-request-id").and_then(|id| id.to_str().ok());
    tracing::debug!(method = %parts.method, path = parts.shown(), ?query, status = status.as_u16(), request_id, "Zendesk answered");
}
