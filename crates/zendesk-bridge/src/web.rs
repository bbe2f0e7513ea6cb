//! The HTTP surface of a running bridge: health, status, calls, activation.

use std::net::IpAddr;
use std::sync::Arc;

use async_trait::async_trait;
use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{DefaultBodyLimit, Path, Query, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{get, post};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::metrics;
use crate::numbers::{Asked, NO_NUMBER, NOT_LEARNED};
use crate::view::{CallLine, CallStory, LearnedLine, Status};

/// What the surface shows and switches.
#[async_trait]
pub(crate) trait Bridge: Send + Sync + 'static {
    /// How things stand.
    async fn status(&self) -> anyhow::Result<Status>;
    /// What is counted and stands in no status.
    fn figures(&self) -> metrics::Figures;
    /// The last calls, the newest first; numbers in full only if asked for.
    async fn calls(&self, last: u32, numbers: bool) -> anyhow::Result<Vec<CallLine>>;
    /// One call by its id or the only beginning of it.
    async fn call(&self, id: &str, numbers: bool) -> anyhow::Result<Option<CallStory>>;
    /// Has a call not recorded, by its id or the only beginning of it; its id, when it is on record. `None` if there is none.
    async fn refuse_recording(&self, id: &str) -> anyhow::Result<Option<String>>;
    /// Switches; returns when it is on record.
    async fn activate(&self, active: bool) -> anyhow::Result<()>;
    /// What the bridge wrote to users' profiles; numbers in full only if asked for.
    async fn learned(&self, numbers: bool) -> anyhow::Result<Vec<LearnedLine>>;
    /// Has a learned number taken back from a user; what is known of it when the wish is on record.
    async fn forget_number(&self, user: u64, number: &str) -> anyhow::Result<Asked>;
    /// Takes up again what is wedged under this id, of an effect or of a call; the effects that it is.
    async fn retry(&self, id: &str) -> anyhow::Result<Vec<String>>;
}

/// The body of `POST /api/activation`.
#[derive(Serialize, Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct Activation {
    /// Whether the bridge is to be active.
    pub(crate) active: bool,
}

/// The body of `POST /api/retry`.
#[derive(Serialize, Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct Retry {
    /// A wedged effect, or a call.
    pub(crate) id: String,
}

/// The answer to it.
#[derive(Serialize, Deserialize, Debug)]
pub(crate) struct TakenUp {
    /// The effects that are tried again.
    pub(crate) retried: Vec<String>,
}

/// The body of `POST /api/numbers/forget`.
#[derive(Serialize, Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct ForgetNumber {
    /// Whose.
    pub(crate) user: u64,
    /// As it is dialled or shown.
    pub(crate) number: String,
}

/// The answer to `POST /api/calls/ID/refuse-recording`.
#[derive(Serialize, Deserialize, Debug)]
pub(crate) struct Refused {
    /// The call.
    pub(crate) refused: String,
}

/// `?numbers=shown` and `?last=20`.
#[derive(Deserialize, Debug, Default)]
struct Wishes {
    numbers: Option<String>,
    last: Option<u32>,
}

const QUERY: &str = "allowed are numbers=shown and, for the list, last=COUNT";

impl Wishes {
    fn numbers(&self) -> bool {
        self.numbers.as_deref() == Some("shown")
    }
}

#[derive(Clone)]
struct Surface {
    bridge: Arc<dyn Bridge>,
    token: Option<Arc<SecretString>>,
}

/// Serves until `stop`; what is being answered then is answered to its end.
pub(crate) async fn serve(
    listener: TcpListener,
    bridge: Arc<dyn Bridge>,
    token: Option<SecretString>,
    stop: CancellationToken,
) -> std::io::Result<()> {
    axum::serve(listener, router(bridge, token))
        .with_graceful_shutdown(stop.cancelled_owned())
        .await
}

/// Shows what the paths below `/api` tell. There is nothing in it by itself: it asks for all of it.
const PAGE: &str = include_str!("web/page.html");

/// What the page may do: nothing but ask the bridge, and be shown by itself, so that nobody is led to press its buttons.
const POLICY: &str = "default-src 'none'; connect-src 'self'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; \
                      img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

fn router(bridge: Arc<dyn Bridge>, token: Option<SecretString>) -> Router {
    let surface = Surface {
        bridge,
        token: token.map(Arc::new),
    };
    Router::new()
        .route("/", get(async || page(StatusCode::OK)))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .route("/api/status", get(status))
        .route("/api/calls", get(calls))
        .route("/api/calls/{*id}", get(call).post(refuse_recording))
        .route("/api/activation", post(activation))
        .route("/api/numbers/learned", get(learned))
        .route("/api/numbers/forget", post(forget_number))
        .route("/api/retry", post(retry))
        .method_not_allowed_fallback(async || {
            refusal(StatusCode::METHOD_NOT_ALLOWED, "this path does not take this method")
        })
        .fallback(async || refusal(StatusCode::NOT_FOUND, "there is nothing at this path"))
        .layer(DefaultBodyLimit::max(4096))
        .layer(middleware::from_fn_with_state(surface.clone(), guard))
        .route("/healthz", get(async || "ok\n"))
        .with_state(surface)
}

/// Lets nobody pass without the token, and no page of another origin change anything.
async fn guard(State(surface): State<Surface>, request: Request, next: Next) -> Response {
    if let Some(token) = &surface.token
        && !is_authorized(request.headers(), token)
    {
        // No browser shows a token by itself: the page asks for it.
        let is_page = request.uri().path() == "/" && matches!(*request.method(), Method::GET | Method::HEAD);
        let mut response = match is_page {
            true => page(StatusCode::UNAUTHORIZED),
            false => refusal(
                StatusCode::UNAUTHORIZED,
                "the header `Authorization: Bearer TOKEN` is missing or wrong",
            ),
        };
        response
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, header::HeaderValue::from_static("Bearer"));
        return response;
    }
    if surface.token.is_none() && !is_own_name(request.headers()) {
        return refusal(
            StatusCode::FORBIDDEN,
            "without web.token the bridge answers only to an IP address or `localhost` as its name",
        );
    }
    let reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if !reads && is_foreign(request.headers()) {
        return refusal(
            StatusCode::FORBIDDEN,
            "a page of another origin may not change anything here",
        );
    }
    next.run(request).await
}

fn page(code: StatusCode) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (code, headers, PAGE).into_response()
}

fn is_authorized(headers: &HeaderMap, token: &SecretString) -> bool {
    let shown = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| {
            let (scheme, shown) = value.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then_some(shown.trim())
        });
    shown.is_some_and(|shown| is_equal(shown.as_bytes(), token.expose_secret().as_bytes()))
}

/// Compares in a time that does not tell how much of it was right.
fn is_equal(shown: &[u8], token: &[u8]) -> bool {
    let mut difference = u8::from(shown.len() != token.len());
    for (index, byte) in shown.iter().enumerate() {
        difference |= byte ^ token.get(index % token.len().max(1)).copied().unwrap_or(0);
    }
    std::hint::black_box(difference) == 0
}

/// Whether the one who asks names the bridge by something that no stranger can have pointed here. A page can have its own
/// domain name lead to loopback after it was loaded, and then passes for one of the same origin.
fn is_own_name(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(header::HOST) else {
        // No browser leaves it out.
        return true;
    };
    let Ok(host) = host.to_str() else { return false };
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        Some(_) | None => host,
    };
    let address = name.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost") || address.parse::<IpAddr>().is_ok()
}

/// Whether a browser says that another site's page asks. Programs send neither header.
fn is_foreign(headers: &HeaderMap) -> bool {
    let text = |name| {
        headers
            .get(name)
            .and_then(|value: &header::HeaderValue| value.to_str().ok())
    };
    if let Some(site) = text(header::HeaderName::from_static("sec-fetch-site"))
        && !matches!(site, "same-origin" | "none")
    {
        return true;
    }
    match headers.get(header::ORIGIN) {
        None => false,
        Some(origin) => {
            let origin = origin
                .to_str()
                .ok()
                .and_then(|origin| origin.split_once("://"))
                .map(|(_, host)| host);
            origin.is_none() || origin != text(header::HOST)
        }
    }
}

async fn readyz(State(surface): State<Surface>) -> Response {
    match surface.bridge.status().await {
        Ok(status) => {
            let reasons = status.not_ready();
            let code = if reasons.is_empty() {
                StatusCode::OK
            } else {
                StatusCode::SERVICE_UNAVAILABLE
            };
            (code, Json(json!({ "ready": reasons.is_empty(), "reasons": reasons }))).into_response()
        }
        Err(error) => (
            StatusCode::SERVICE_UNAVAILABLE,
            Json(json!({ "ready": false, "reasons": [format!("{error:#}")] })),
        )
            .into_response(),
    }
}

async fn metrics(State(surface): State<Surface>) -> Response {
    match surface.bridge.status().await {
        Ok(status) => (
            [(header::CONTENT_TYPE, metrics::CONTENT_TYPE)],
            metrics::text(&status, &surface.bridge.figures()),
        )
            .into_response(),
        Err(error) => refusal(StatusCode::SERVICE_UNAVAILABLE, &format!("{error:#}")),
    }
}

async fn status(State(surface): State<Surface>) -> Response {
    answer(surface.bridge.status().await)
}

async fn calls(State(surface): State<Surface>, wishes: Result<Query<Wishes>, QueryRejection>) -> Response {
    let Ok(Query(wishes)) = wishes else {
        return refusal(StatusCode::BAD_REQUEST, QUERY);
    };
    let last = wishes.last.unwrap_or(50).min(1000);
    answer(
        surface
            .bridge
            .calls(last, wishes.numbers())
            .await
            .map(|calls| json!({ "calls": calls })),
    )
}

async fn call(
    State(surface): State<Surface>,
    id: Result<Path<String>, PathRejection>,
    wishes: Result<Query<Wishes>, QueryRejection>,
) -> Response {
    let Ok(Query(wishes)) = wishes else {
        return refusal(StatusCode::BAD_REQUEST, QUERY);
    };
    let Ok(Path(id)) = id else {
        return refusal(StatusCode::BAD_REQUEST, "the id in the path is no UTF-8 text");
    };
    match surface.bridge.call(&id, wishes.numbers()).await {
        Ok(None) => refusal(StatusCode::NOT_FOUND, "no call has this id, or several begin like this"),
        other => answer(other),
    }
}

/// `POST /api/calls/ID/refuse-recording`: an id may hold whatever the PBX puts into it, so the path ends with the word.
async fn refuse_recording(State(surface): State<Surface>, path: Result<Path<String>, PathRejection>) -> Response {
    let Ok(Path(path)) = path else {
        return refusal(StatusCode::BAD_REQUEST, "the id in the path is no UTF-8 text");
    };
    let Some(id) = path.strip_suffix("/refuse-recording") else {
        return refusal(
            StatusCode::METHOD_NOT_ALLOWED,
            "of a call nothing can be changed but /api/calls/ID/refuse-recording",
        );
    };
    match surface.bridge.refuse_recording(id).await {
        Ok(None) => refusal(StatusCode::NOT_FOUND, "no call has this id, or several begin like this"),
        Ok(Some(call)) => answer(Ok(Refused { refused: call })),
        Err(error) => answer::<()>(Err(error)),
    }
}

async fn activation(State(surface): State<Surface>, body: Bytes) -> Response {
    // Read by hand, so that a program that forgot the content type is told what is wrong and not that.
    let Ok(Activation { active }) = serde_json::from_slice(&body) else {
        return refusal(
            StatusCode::BAD_REQUEST,
            "the body must be {\"active\": true} or {\"active\": false}",
        );
    };
    match surface.bridge.activate(active).await {
        Ok(()) => answer(surface.bridge.status().await),
        Err(error) => answer::<()>(Err(error)),
    }
}

async fn learned(State(surface): State<Surface>, wishes: Result<Query<Wishes>, QueryRejection>) -> Response {
    let Ok(Query(wishes)) = wishes else {
        return refusal(StatusCode::BAD_REQUEST, QUERY);
    };
    let learned = surface.bridge.learned(wishes.numbers()).await;
    answer(learned.map(|learned| json!({ "learned": learned })))
}

async fn forget_number(State(surface): State<Surface>, body: Bytes) -> Response {
    let Ok(ForgetNumber { user, number }) = serde_json::from_slice(&body) else {
        return refusal(
            StatusCode::BAD_REQUEST,
            "the body must be {\"user\": ID, \"number\": \"NUMBER\"}",
        );
    };
    match surface.bridge.forget_number(user, &number).await {
        Ok(Asked::NoNumber) => refusal(StatusCode::BAD_REQUEST, NO_NUMBER),
        Ok(Asked::NotLearned) => refusal(StatusCode::NOT_FOUND, NOT_LEARNED),
        Ok(Asked::Learned(lines)) => answer(Ok(json!({ "asked": lines }))),
        Err(error) => answer::<()>(Err(error)),
    }
}

async fn retry(State(surface): State<Surface>, body: Bytes) -> Response {
    let Ok(Retry { id }) = serde_json::from_slice(&body) else {
        return refusal(
            StatusCode::BAD_REQUEST,
            "the body must be {\"id\": \"ID\"}, where ID is that of a wedged effect or of a call",
        );
    };
    match surface.bridge.retry(&id).await {
        Ok(retried) if retried.is_empty() => refusal(StatusCode::NOT_FOUND, "nothing is wedged under this id"),
        Ok(retried) => answer(Ok(TakenUp { retried })),
        Err(error) => answer::<()>(Err(error)),
    }
}

fn answer<T: Serialize>(result: anyhow::Result<T>) -> Response {
    match result {
        Ok(value) => Json(value).into_response(),
        Err(error) => refusal(StatusCode::SERVICE_UNAVAILABLE, &format!("{error:#}")),
    }
}

fn refusal(code: StatusCode, message: &str) -> Response {
    (code, Json(json!({ "error": message }))).into_response()
}

#[cfg(test)]
mod tests;
