//! The shell: an HTTP server around [`State`], and a client that sends its events.

use std::collections::{BTreeSet, HashMap};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State as Shell;
use axum::http::header::{CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION, SERVER};
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::calls::Caller;
use super::message::{Asked, Callback, Request};
use super::recording::{Recording, RecordingFile};
use super::state::State;
use super::switches::Switches;
use crate::record::{Exchange, Recorder, without_token};

/// A simulated STARFACE on an address. Clones speak of the same one.
///
/// ```
/// # async fn example() -> std::io::Result<()> {
/// use bridge_sim::starface::{Caller, SimStarface, Switches};
///
/// let pbx = SimStarface::start("127.0.0.1:0", Switches::default()).await?;
/// println!("{}", pbx.url());
/// // … a client logs in …
/// pbx.wait_subscribed(&["0101", "0102"]).await;
/// let call = pbx.new_call_id();
/// pbx.ring(&call, Some("Support"), Caller::Shown("0049721123456".into()), &["0101", "0102"], None);
/// pbx.answer(&call, "0101", None, None);
/// pbx.end(&call, &[]);
/// pbx.settled().await;
/// pbx.stop().await;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct SimStarface {
    shared: Arc<Shared>,
    address: SocketAddr,
    stop: CancellationToken,
    tasks: TaskTracker,
}

/// How many events were sent, and what became of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Deliveries {
    /// Put on their way.
    pub sent: u64,
    /// Answered with success.
    pub taken: u64,
    /// Refused, not answered in time, or nobody was there, as often as the switches have it sent.
    pub failed: u64,
}

struct Shared {
    state: Mutex<State>,
    lanes: Mutex<HashMap<String, mpsc::UnboundedSender<Callback>>>,
    deliveries: watch::Sender<Deliveries>,
    requests: watch::Sender<u64>,
    recorder: Mutex<Option<Recorder>>,
    written: watch::Sender<Vec<(PathBuf, RecordingFile)>>,
    client: reqwest::Client,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl SimStarface {
    /// Starts one on this address; port 0 takes a free one.
    ///
    /// # Errors
    /// When the address cannot be listened on.
    pub async fn start(address: impl tokio::net::ToSocketAddrs, switches: Switches) -> std::io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(std::io::Error::other)?;
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let shared = Arc::new(Shared {
            state: Mutex::new(State::new(switches)),
            lanes: Mutex::default(),
            deliveries: watch::Sender::new(Deliveries::default()),
            requests: watch::Sender::new(0),
            recorder: Mutex::default(),
            written: watch::Sender::new(Vec::new()),
            client,
            stop: stop.clone(),
            tasks: tasks.clone(),
        });
        let router = Router::new().fallback(serve).with_state(shared.clone());
        let stopped = stop.clone().cancelled_owned();
        tasks.spawn(async move {
            // Open connections end with it: a PBX that goes away does not wait for its clients.
            tokio::select! {
                served = axum::serve(listener, router).into_future() => {
                    if let Err(error) = served {
                        tracing::error!(%error, "the simulated STARFACE stopped");
                    }
                }
                () = stopped => {}
            }
        });
        Ok(Self {
            shared,
            address,
            stop,
            tasks,
        })
    }

    /// `http://` and the address.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The address it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Tells this recorder of every request and every callback from here on.
    pub fn record(&self, recorder: Recorder) {
        *lock(&self.shared.recorder) = Some(recorder);
    }

    /// Goes away: listens no more, sends nothing more.
    pub async fn stop(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// Does something with the state, then sends what came of it.
    pub fn with<T>(&self, act: impl FnOnce(&mut State, Timestamp) -> T) -> T {
        self.shared.with(act)
    }

    /// A fresh call id, a UUID as the PBX draws them.
    #[must_use]
    pub fn new_call_id(&self) -> String {
        self.with(|state, _| state.uuid())
    }

    /// Phones ring; see [`State::ring`]. The group by its name.
    pub fn ring(&self, call: &str, group: Option<&str>, from: Caller, at: &[&str], dialled: Option<&str>) {
        self.with(|state, now| state.ring(call, state.group_id(group), from, at, dialled, now));
    }

    /// A call is on its way; see [`State::announce`].
    pub fn announce(&self, call: &str, group: Option<&str>, from: Caller, at: &[&str]) {
        self.with(|state, now| state.announce(call, state.group_id(group), from, at, now));
    }

    /// Somebody talks; see [`State::answer`].
    pub fn answer(&self, call: &str, by: &str, from: Option<Caller>, group: Option<&str>) {
        self.with(|state, now| state.answer(call, by, from, state.group_id(group), now));
    }

    /// On hold.
    pub fn park(&self, call: &str, by: &str) {
        self.with(|state, now| state.park(call, by, now));
    }

    /// This login's mailbox takes the call.
    pub fn mailbox(&self, call: &str, at: &str) {
        self.with(|state, now| state.mailbox(call, at, now));
    }

    /// Over at these logins, or (none named) at all.
    pub fn end(&self, call: &str, at: &[&str]) {
        self.with(|state, now| state.end(call, at, now));
    }

    /// The call goes on under another id.
    pub fn change_id(&self, call: &str, new: &str) {
        self.with(|state, _| state.change_id(call, new));
    }

    /// An outbound call. False if the login is not known.
    pub fn dial(&self, call: &str, number: &str, by: &str) -> bool {
        self.with(|state, now| state.dial(call, number, by, now))
    }

    /// An event with a wrong secret; see [`State::forge`].
    pub fn forge(&self, login: &str, call: &str) {
        self.with(|state, now| state.forge(login, call, now));
    }

    /// Starts anew: sessions, tokens and calls are gone.
    pub fn restart(&self) {
        self.with(|state, now| state.restart(now));
    }

    /// The recordings; see [`State::recordings`].
    #[must_use]
    pub fn recordings(&self) -> Vec<Recording> {
        self.with(|state, _| state.recordings().to_vec())
    }

    /// Waits until so many recordings are there as files, and tells where.
    pub async fn wait_recorded(&self, count: usize) -> Vec<PathBuf> {
        let mut written = self.shared.written.subscribe();
        // The sender lives as long as `self` does.
        let _ = written.wait_for(|files| files.len() >= count).await;
        self.shared
            .written
            .borrow()
            .iter()
            .map(|(path, _)| path.clone())
            .collect()
    }

    /// The recordings that have appeared as files so far, and where; whoever reads them may have taken them away.
    #[must_use]
    pub fn written(&self) -> Vec<(PathBuf, RecordingFile)> {
        self.shared.written.borrow().clone()
    }

    /// What this login asked over UCI by methods whose name ends so, such as `callList.getCallList`.
    #[must_use]
    pub fn asked(&self, login: &str, method: &str) -> Vec<Asked> {
        let fits = |asked: &&Asked| asked.login == login && asked.method.ends_with(method);
        self.with(|state, _| state.asked().filter(fits).cloned().collect())
    }

    /// Forgets the sessions of one login or of all.
    pub fn drop_sessions(&self, login: Option<&str>) {
        self.with(|state, _| state.drop_sessions(login));
    }

    /// Logins with a live session.
    #[must_use]
    pub fn logged_in(&self) -> BTreeSet<String> {
        self.with(|state, now| state.logged_in(now))
    }

    /// Waits until each of these logins is subscribed to call events.
    pub async fn wait_subscribed(&self, logins: &[&str]) {
        self.wait_until(|state, now| {
            let there = state.subscribed(now);
            logins.iter().all(|login| there.contains(*login))
        })
        .await;
    }

    /// Waits until this holds; looks again after every request.
    pub async fn wait_until(&self, mut holds: impl FnMut(&State, Timestamp) -> bool) {
        let mut requests = self.shared.requests.subscribe();
        loop {
            requests.mark_unchanged();
            if self.with(|state, now| holds(state, now)) {
                return;
            }
            if requests.changed().await.is_err() {
                return;
            }
        }
    }

    /// Has whoever waits look again, after a change that no request made.
    pub fn poke(&self) {
        self.shared.requests.send_modify(|count| *count += 1);
    }

    /// Waits until every event that was put on its way has been taken or has failed.
    pub async fn settled(&self) {
        let mut deliveries = self.shared.deliveries.subscribe();
        // The sender lives as long as `self` does.
        let _ = deliveries.wait_for(|d| d.taken + d.failed == d.sent).await;
    }

    /// What became of the events so far.
    #[must_use]
    pub fn deliveries(&self) -> Deliveries {
        *self.shared.deliveries.borrow()
    }
}

impl Shared {
    fn with<T>(self: &Arc<Self>, act: impl FnOnce(&mut State, Timestamp) -> T) -> T {
        let mut state = lock(&self.state);
        let done = act(&mut state, now());
        // Still under the lock: the order of the outbox is the order of each lane.
        while let Some(callback) = state.poll_callback() {
            self.deliveries.send_modify(|d| d.sent += 1);
            self.lane(&callback.login)
                .send(callback)
                .unwrap_or_else(|_| self.failed());
        }
        while let Some(file) = state.poll_recording() {
            self.tasks.spawn(self.clone().record(file));
        }
        done
    }

    /// Writes a file when it is due.
    async fn record(self: Arc<Self>, file: RecordingFile) {
        let written = async {
            let wait = file.due.duration_since(now()).try_into().unwrap_or_default();
            tokio::time::sleep(wait).await;
            file.write().await
        };
        match self.stop.run_until_cancelled(written).await {
            Some(Ok(path)) => self.written.send_modify(|files| files.push((path, file))),
            Some(Err(error)) => tracing::error!(%error, "a recording is not written"),
            None => {}
        }
    }

    fn lane(self: &Arc<Self>, login: &str) -> mpsc::UnboundedSender<Callback> {
        let mut lanes = lock(&self.lanes);
        if let Some(lane) = lanes.get(login).filter(|lane| !lane.is_closed()) {
            return lane.clone();
        }
        let (lane, mut callbacks) = mpsc::unbounded_channel::<Callback>();
        let shared = self.clone();
        self.tasks.spawn(async move {
            let stop = &shared.stop;
            while let Some(Some(callback)) = stop.run_until_cancelled(callbacks.recv()).await {
                if stop.run_until_cancelled(shared.deliver(callback)).await.is_none() {
                    shared.failed();
                }
            }
            callbacks.close();
            while callbacks.try_recv().is_ok() {
                shared.failed();
            }
        });
        lanes.insert(login.to_owned(), lane.clone());
        lane
    }

    async fn deliver(&self, callback: Callback) {
        let record = lock(&self.recorder).clone();
        let mut exchange = record.as_ref().map(|_| Exchange {
            at: now(),
            side: "callback",
            method: "POST".to_owned(),
            target: without_token(&callback.url),
            status: None,
            request: String::from_utf8_lossy(&callback.body).into_owned(),
            response: String::new(),
        });
        let login = callback.login.clone();
        let (timeout, retries) = {
            let mut state = lock(&self.state);
            let switches = state.switches_mut();
            (switches.callback_timeout, switches.callback_retries)
        };
        let mut sent = send(&self.client, &callback, timeout).await;
        for _ in 0..retries {
            if sent.as_ref().is_ok_and(StatusCode::is_success) {
                break;
            }
            sent = send(&self.client, &callback, timeout).await;
        }
        match sent {
            Ok(status) => {
                if let Some(exchange) = &mut exchange {
                    exchange.status = Some(status.as_u16());
                }
                if status.is_success() {
                    self.deliveries.send_modify(|d| d.taken += 1);
                } else {
                    tracing::debug!(login, status = status.as_u16(), "an event was refused");
                    self.failed();
                }
            }
            Err(error) => {
                tracing::debug!(login, error = %error.without_url(), "an event was not taken");
                self.failed();
            }
        }
        if let (Some(record), Some(exchange)) = (record, exchange) {
            record(&exchange);
        }
    }

    fn failed(&self) {
        self.deliveries.send_modify(|d| d.failed += 1);
    }
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

async fn serve(
    Shell(shared): Shell<Arc<Shared>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let request = Request {
        method: method.as_str(),
        path: uri.path(),
        query: uri.query().unwrap_or_default(),
        auth_token: header("authToken"),
        authorization: header("Authorization"),
        host: header("Host"),
        body: &body,
    };
    let answer = shared.with(|state, now| state.http(&request, now));
    tracing::debug!(
        method = request.method,
        path = request.path,
        status = answer.status,
        "the PBX was asked"
    );
    shared.requests.send_modify(|count| *count += 1);
    if let Some(record) = lock(&shared.recorder).clone() {
        // Secrets and tokens are exchanged in these.
        let text = |body: &[u8]| {
            if request.path.ends_with("/login") || request.path.ends_with("/login/") || request.path.ends_with("/token")
            {
                String::new()
            } else {
                String::from_utf8_lossy(body).into_owned()
            }
        };
        record(&Exchange {
            at: now(),
            side: "starface",
            method: request.method.to_owned(),
            target: without_token(&uri.to_string()),
            status: Some(answer.status),
            request: text(&body),
            response: text(&answer.body),
        });
    }
    let mut response = answer.body.into_response();
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(answer.content_type));
    response
        .headers_mut()
        .insert(SERVER, HeaderValue::from_static("Apache-Coyote/1.1"));
    if let Some(location) = answer.location.and_then(|to| HeaderValue::from_str(&to).ok()) {
        response.headers_mut().insert(LOCATION, location);
    }
    response
}

async fn send(client: &reqwest::Client, callback: &Callback, timeout: Duration) -> reqwest::Result<StatusCode> {
    let request = client
        .post(&callback.url)
        .timeout(timeout)
        .header(CONTENT_TYPE, "text/xml")
        .body(callback.body.clone());
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the transport of the simulated PBX: how often it sends is a switch"
    )]
    let response = request.send().await?;
    let status = response.status();
    response.bytes().await?;
    Ok(status)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[expect(clippy::disallowed_methods, reason = "the simulated PBX has a clock of its own")]
fn now() -> Timestamp {
    Timestamp::now()
}
