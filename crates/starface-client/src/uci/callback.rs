//! The listener that the PBX calls back: one for all logins, at a secret path.
//!
//! It lets in what knows the secret path, names a login that is watched and shows that login's token (unless that login's
//! session is proved by OAuth), in this order, before a byte of the body is read. Whatever it refuses has changed nothing.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::StreamExt as _;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::{Notify, mpsc};

use super::event::Callback;
use crate::auth::same_secret;
use crate::xmlrpc::{Limits, ParseErrorKind, Value, parse_call, write_response};

/// How long a body may take to arrive.
const BODY_PATIENCE: Duration = Duration::from_secs(10);

/// Takes callbacks in for a [`Watch`](super::Watch) that has no listener of its own, for programs that have an HTTP server
/// already: [`WatchOptions::callbacks`](super::WatchOptions::callbacks). Clones are the same.
///
/// ```
/// use starface_client::uci::{Callbacks, Watch, WatchOptions};
/// # use starface_client::Server;
/// # async fn example(server: Server) -> Result<(), Box<dyn std::error::Error>> {
/// let callbacks = Callbacks::default();
/// let url = "https://bridge.acme.example/pbx".parse()?;
/// let mut options = WatchOptions::new(server, "127.0.0.1:0".parse()?, url, Vec::new());
/// options.callbacks = Some(callbacks.clone());
/// let (watch, notices) = Watch::start(options).await?;
///
/// // In the program's own server, with whatever comes to a path below `/pbx`:
/// let answer = callbacks.deliver(&http::Method::POST, "/pbx/5ecret?de.vertico.starface.user=0101", b"<methodCall/>");
/// assert_eq!(answer.status(), http::StatusCode::NOT_FOUND);
/// # Ok(()) }
/// ```
#[derive(Clone, Default)]
pub struct Callbacks(Arc<Mutex<Weak<Desk>>>);

impl Callbacks {
    /// Takes a callback in: its method, path and query as the PBX sent them, and its body. What to answer comes back; it holds no secret.
    /// The caller need not and cannot decide anything: who may call and whether the body makes sense is found out here.
    /// Before a watch has started and after it has ended, the answer is 503.
    #[must_use = "the PBX waits for the answer"]
    pub fn deliver(&self, method: &Method, path_and_query: &str, body: &[u8]) -> http::Response<String> {
        let desk = self.0.lock().unwrap_or_else(PoisonError::into_inner).upgrade();
        let taken = || {
            let desk = desk.as_deref().ok_or(StatusCode::SERVICE_UNAVAILABLE)?;
            let uri: Uri = path_and_query.parse().map_err(|_| StatusCode::BAD_REQUEST)?;
            desk.take(desk.admit(method, &uri)?, body)
        };
        told(taken())
    }

    /// Takes callbacks in for this desk from now on, as long as it is there.
    pub(super) fn serve(&self, desk: &Arc<Desk>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Arc::downgrade(desk);
    }
}

impl fmt::Debug for Callbacks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Callbacks")
    }
}

/// Who may call, and where what they say goes.
pub(super) struct Desk {
    /// Last segment of the path.
    pub(super) secret: SecretString,
    pub(super) logins: HashMap<String, Entry>,
    pub(super) limits: Limits,
}

/// One login.
pub(super) struct Entry {
    pub(super) token: SecretString,
    pub(super) callbacks: mpsc::Sender<Callback>,
    pub(super) missed: Arc<Notify>,
    /// The session is proved by OAuth. What the PBX shows with callbacks then is documented nowhere, so the secret path
    /// and the name of a login have to do.
    pub(super) by_jwt: Arc<AtomicBool>,
}

/// The service that the listener serves.
pub(super) fn router(desk: Arc<Desk>) -> Router {
    Router::new().fallback(answer).with_state(desk)
}

async fn answer(State(desk): State<Arc<Desk>>, request: Request) -> Response {
    told(handle(&desk, request).await).into_response()
}

/// What the PBX is told.
fn told(taken: Result<(), StatusCode>) -> http::Response<String> {
    let mut answer = http::Response::new(String::new());
    match taken {
        Ok(()) => {
            let xml = HeaderValue::from_static("text/xml; charset=UTF-8");
            answer.headers_mut().insert(header::CONTENT_TYPE, xml);
            *answer.body_mut() = write_response(&Value::Bool(true));
        }
        Err(status) => {
            // Neither path nor query: they hold secrets.
            tracing::debug!(status = status.as_u16(), "refused a callback");
            *answer.status_mut() = status;
        }
    }
    answer
}

async fn handle(desk: &Desk, request: Request) -> Result<(), StatusCode> {
    let entry = desk.admit(request.method(), request.uri())?;
    let body = read(request.into_body(), desk.limits.bytes).await?;
    desk.take(entry, &body)
}

async fn read(body: Body, limit: usize) -> Result<Vec<u8>, StatusCode> {
    let whole = async {
        let mut bytes = Vec::new();
        let mut chunks = body.into_data_stream();
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|_| StatusCode::BAD_REQUEST)?;
            if bytes.len() + chunk.len() > limit {
                return Err(StatusCode::PAYLOAD_TOO_LARGE);
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    };
    tokio::time::timeout(BODY_PATIENCE, whole)
        .await
        .unwrap_or(Err(StatusCode::REQUEST_TIMEOUT))
}

impl Desk {
    /// Whose callback this is, by method and address alone.
    fn admit(&self, method: &Method, uri: &Uri) -> Result<&Entry, StatusCode> {
        // A reverse proxy may put segments in front of the secret or take them away.
        let last = uri.path().trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        if !same_secret(last, self.secret.expose_secret()) {
            return Err(StatusCode::NOT_FOUND);
        }
        if method != Method::POST {
            return Err(StatusCode::METHOD_NOT_ALLOWED);
        }
        let (mut login, mut token) = (None, None);
        for (key, value) in url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()) {
            match key.as_ref() {
                "de.vertico.starface.user" => login = Some(value),
                "de.vertico.starface.auth" => token = Some(value),
                _ => {}
            }
        }
        let entry = login
            .and_then(|login| self.logins.get(login.as_ref()))
            .ok_or(StatusCode::FORBIDDEN)?;
        if entry.by_jwt.load(Ordering::Acquire) {
            return Ok(entry);
        }
        let token = token.ok_or(StatusCode::FORBIDDEN)?;
        if same_secret(&token, entry.token.expose_secret()) {
            Ok(entry)
        } else {
            Err(StatusCode::FORBIDDEN)
        }
    }

    /// Reads the body and passes on what it says.
    fn take(&self, entry: &Entry, body: &[u8]) -> Result<(), StatusCode> {
        let call = parse_call(body, &self.limits).map_err(|error| match error.kind() {
            ParseErrorKind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            ParseErrorKind::TooDeep
            | ParseErrorKind::TooMany
            | ParseErrorKind::Entity
            | ParseErrorKind::NotXml
            | ParseErrorKind::NotXmlRpc => StatusCode::BAD_REQUEST,
        })?;
        entry.callbacks.try_send(Callback::read(&call)).map_err(|_| {
            // Whoever should take it in is behind. The PBX does not repeat itself, so the session asks anew.
            entry.missed.notify_one();
            StatusCode::SERVICE_UNAVAILABLE
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xmlrpc::write_call;

    fn desk(room: usize) -> (Desk, mpsc::Receiver<Callback>) {
        let (callbacks, inbox) = mpsc::channel(room);
        let entry = Entry {
            token: SecretString::from("0101:abc"),
            callbacks,
            missed: Arc::default(),
            by_jwt: Arc::default(),
        };
        let logins = HashMap::from([("0101".to_owned(), entry)]);
        (
            Desk {
                secret: SecretString::from("s3cret"),
                logins,
                limits: Limits::default(),
            },
            inbox,
        )
    }

    async fn post(desk: &Desk, method: Method, uri: &str, body: impl Into<Body>) -> Result<(), StatusCode> {
        let request = Request::builder()
            .method(method)
            .uri(uri)
            .body(body.into())
            .expect("a request");
        handle(desk, request).await
    }

    const GOOD: &str = "/s3cret?de.vertico.starface.user=0101&de.vertico.starface.auth=0101:abc";

    fn event() -> String {
        let members = [("id", "c1"), ("state", "RINGING")];
        let members = members.map(|(key, text)| (key.to_owned(), Value::from(text))).to_vec();
        write_call("ucp.v30.events.call.receiveCallState", &[Value::Struct(members)])
    }

    #[tokio::test]
    async fn a_good_callback_is_passed_on() {
        let (desk, mut inbox) = desk(9);
        for uri in [
            GOOD,
            "/s3cret/?de.vertico.starface.auth=0101%3Aabc&de.vertico.starface.user=0101",
            "/a/proxy/s3cret?de.vertico.starface.user=0101&x&de.vertico.starface.auth=0101%3aabc",
        ] {
            assert_eq!(post(&desk, Method::POST, uri, event()).await, Ok(()), "{uri}");
            assert!(matches!(inbox.try_recv(), Ok(Callback::Call(event)) if event.id == "c1"));
        }
    }

    #[tokio::test]
    async fn what_is_refused_changes_nothing() {
        let (desk, mut inbox) = desk(9);
        let (post_, get) = (Method::POST, Method::GET);
        let forged = |query: &str| format!("/s3cret?{query}");
        for (method, uri, body, status) in [
            (&get, "/", event(), 404),
            (&post_, "/", event(), 404),
            (
                &post_,
                "/wrong?de.vertico.starface.user=0101&de.vertico.starface.auth=0101:abc",
                event(),
                404,
            ),
            (
                &post_,
                "/s3cret/more?de.vertico.starface.user=0101&de.vertico.starface.auth=0101:abc",
                event(),
                404,
            ),
            (&post_, "/s3cre", event(), 404),
            (&get, GOOD, event(), 405),
            (&Method::PUT, GOOD, event(), 405),
            (&post_, "/s3cret", event(), 403),
            (&post_, &forged("de.vertico.starface.user=0101"), event(), 403),
            (&post_, &forged("de.vertico.starface.auth=0101:abc"), event(), 403),
            (
                &post_,
                &forged("de.vertico.starface.user=0101&de.vertico.starface.auth="),
                event(),
                403,
            ),
            (
                &post_,
                &forged("de.vertico.starface.user=0101&de.vertico.starface.auth=0101:abd"),
                event(),
                403,
            ),
            (
                &post_,
                &forged("de.vertico.starface.user=0102&de.vertico.starface.auth=0101:abc"),
                event(),
                403,
            ),
            (&post_, GOOD, String::new(), 400),
            (&post_, GOOD, "garbage".to_owned(), 400),
            (&post_, GOOD, format!("<!DOCTYPE a>{}", event()), 400),
            (&post_, GOOD, write_response(&Value::Nil), 400),
            (
                &post_,
                GOOD,
                event().replace("RINGING", &"<array><data><value>".repeat(500)),
                400,
            ),
            (&post_, GOOD, event().replace("RINGING", &"R".repeat(1 << 20)), 413),
        ] {
            let expected = StatusCode::from_u16(status).expect("a status");
            let body_start: String = body.chars().take(60).collect();
            assert_eq!(
                post(&desk, method.clone(), uri, body).await,
                Err(expected),
                "{method} {uri} {body_start}"
            );
        }
        assert!(inbox.try_recv().is_err());
    }

    #[tokio::test]
    async fn a_method_nobody_knows_is_answered_well() {
        let (desk, mut inbox) = desk(9);
        let body = write_call("ucp.v30.events.queue.queueSettingChanged", &[]);
        assert_eq!(post(&desk, Method::POST, GOOD, body).await, Ok(()));
        assert!(matches!(inbox.try_recv(), Ok(Callback::Queue(_))));
        let body = write_call("ucp.v31.events.tea.teaIsReady", &[]);
        assert_eq!(post(&desk, Method::POST, GOOD, body).await, Ok(()));
        assert!(matches!(inbox.try_recv(), Ok(Callback::Unknown { .. })));
    }

    #[tokio::test]
    async fn a_login_by_oauth_is_known_by_path_and_name() {
        let (desk, mut inbox) = desk(9);
        desk.logins["0101"].by_jwt.store(true, Ordering::Release);
        for (query, expected) in [
            ("de.vertico.starface.user=0101", Ok(())),
            (
                "de.vertico.starface.user=0101&de.vertico.starface.auth=whatever",
                Ok(()),
            ),
            (
                "de.vertico.starface.user=0102&de.vertico.starface.auth=whatever",
                Err(StatusCode::FORBIDDEN),
            ),
            ("de.vertico.starface.auth=whatever", Err(StatusCode::FORBIDDEN)),
            ("", Err(StatusCode::FORBIDDEN)),
        ] {
            let uri = format!("/s3cret?{query}");
            assert_eq!(post(&desk, Method::POST, &uri, event()).await, expected, "{query}");
            assert_eq!(inbox.try_recv().is_ok(), expected.is_ok());
        }
        let uri = "/wr0ng?de.vertico.starface.user=0101";
        assert_eq!(
            post(&desk, Method::POST, uri, event()).await,
            Err(StatusCode::NOT_FOUND)
        );
    }

    #[tokio::test]
    async fn what_finds_no_room_is_known_to_be_missed() {
        let (desk, _inbox) = desk(1);
        assert_eq!(post(&desk, Method::POST, GOOD, event()).await, Ok(()));
        assert_eq!(
            post(&desk, Method::POST, GOOD, event()).await,
            Err(StatusCode::SERVICE_UNAVAILABLE)
        );
        // Would wait for ever if nothing had been told.
        desk.logins["0101"].missed.notified().await;
    }
}
