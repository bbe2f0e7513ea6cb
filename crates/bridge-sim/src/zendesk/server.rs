//! The shell: an HTTP server around [`State`], and the handle by which tests and stories reach it.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::connect_info::Connected;
use axum::extract::{ConnectInfo, Request, State as Shell};
use axum::response::Response;
use axum::serve::{IncomingStream, Listener};
use bytes::Bytes;
use futures_util::stream::{self, StreamExt as _};
use jiff::Timestamp;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream, ToSocketAddrs};
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use tokio_util::task::TaskTracker;

use super::clock::Clock;
use super::message::{Delivery, SimRequest, SimResponse};
use super::record::Exchange;
use super::state::State;
use super::switches::Switches;
use super::world;

/// A simulated Zendesk on an address. Clones speak of the same one.
///
/// ```
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use std::time::Duration;
/// use bridge_sim::zendesk::{SimZendesk, Switches};
///
/// let zendesk = SimZendesk::start("127.0.0.1:0", Switches::default()).await?;
/// println!("{}", zendesk.url());
/// // … a client opens a ticket …
/// let tickets = zendesk.wait_for(|state| Some(state.tickets()).filter(|all| !all.is_empty()), Duration::from_secs(5)).await?;
/// zendesk.act(|state, now| state.set_requester(501, tickets[0].id, 400, now))?;
/// zendesk.stop().await;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct SimZendesk {
    shared: Arc<Shared>,
    address: SocketAddr,
    tasks: TaskTracker,
}

/// What was waited for did not happen in time.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("nothing of the kind happened in time")]
pub struct TimedOut;

type Recorder = Arc<dyn Fn(&Exchange) + Send + Sync>;

struct Shared {
    state: Mutex<State>,
    changes: watch::Sender<u64>,
    clock: Clock,
    recorder: Mutex<Option<Recorder>>,
    stop: CancellationToken,
}

/// More than any body of the API; how large a file may be is a switch.
const BODY_LIMIT: usize = 64 << 20;

impl SimZendesk {
    /// Starts the [default account](world::default_zendesk) on this address, on the computer's clock; port 0 takes a
    /// free one.
    ///
    /// # Errors
    /// When the address cannot be listened on.
    pub async fn start(address: impl ToSocketAddrs, switches: Switches) -> io::Result<Self> {
        let clock = Clock::real();
        let state = world::default_zendesk(switches, clock.now());
        Self::start_with(address, state, clock).await
    }

    /// Starts any account on any clock.
    ///
    /// # Errors
    /// When the address cannot be listened on.
    pub async fn start_with(address: impl ToSocketAddrs, mut state: State, clock: Clock) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        state.set_base_url(format!("http://{address}"));
        let shared = Arc::new(Shared {
            state: Mutex::new(state),
            changes: watch::Sender::new(0),
            clock,
            recorder: Mutex::new(None),
            stop: CancellationToken::new(),
        });
        let service = Router::new()
            .fallback(answer)
            .with_state(Arc::clone(&shared))
            .into_make_service_with_connect_info::<Connection>();
        let listener = Door {
            listener,
            stop: shared.stop.clone(),
        };
        let stop = shared.stop.clone().cancelled_owned();
        let tasks = TaskTracker::new();
        tasks.spawn(async move {
            // Only an accept that fails for ever could end it before it is told to stop.
            let _ended = axum::serve(listener, service).with_graceful_shutdown(stop).await;
        });
        tasks.close();
        Ok(Self { shared, address, tasks })
    }

    /// The account's address, `http://127.0.0.1:…`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Looks at the account.
    pub fn see<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.shared.lock())
    }

    /// Changes the account: agents at work, switches, users.
    pub fn act<T>(&self, change: impl FnOnce(&mut State, Timestamp) -> T) -> T {
        let now = self.shared.clock.now();
        let done = change(&mut self.shared.lock(), now);
        self.shared.changed();
        done
    }

    /// Waits until the account looks so, without asking again and again.
    ///
    /// # Errors
    /// When it does not within this time.
    pub async fn wait_for<T>(
        &self,
        mut look: impl FnMut(&State) -> Option<T>,
        within: Duration,
    ) -> Result<T, TimedOut> {
        let mut changes = self.changes();
        let wait = async {
            loop {
                if let Some(found) = look(&self.shared.lock()) {
                    return found;
                }
                // The sender lives as long as this handle.
                let _changed = changes.changed().await;
            }
        };
        tokio::time::timeout(within, wait).await.map_err(|_| TimedOut)
    }

    /// Changes with every request and every [`SimZendesk::act`].
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.shared.changes.subscribe()
    }

    /// Every exchange from now on is shown to this function, before its answer is sent.
    pub fn record(&self, recorder: impl Fn(&Exchange) + Send + Sync + 'static) {
        let mut place = self.shared.recorder.lock().unwrap_or_else(PoisonError::into_inner);
        *place = Some(Arc::new(recorder));
    }

    /// Stops at once: connections are closed, requests in flight get no answer. Dropping the last clone does not stop it.
    pub async fn stop(&self) {
        self.shared.stop.cancel();
        self.tasks.wait().await;
    }
}

impl fmt::Debug for SimZendesk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimZendesk")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn changed(&self) {
        self.changes.send_modify(|version| *version += 1);
    }
}

async fn answer(
    Shell(shared): Shell<Arc<Shared>>,
    ConnectInfo(connection): ConnectInfo<Connection>,
    request: Request,
) -> Response {
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_LIMIT).await else {
        return response(&SimResponse::text(
            413,
            "text/html; charset=utf-8",
            "Request Entity Too Large",
        ));
    };
    let request = SimRequest {
        method: head.method,
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: head.headers,
        body,
    };
    let now = shared.clock.now();
    let answer = shared.lock().handle(&request, now);
    shared.changed();
    let recorder = shared.recorder.lock().unwrap_or_else(PoisonError::into_inner).clone();
    if let Some(recorder) = recorder {
        recorder(&Exchange::of(&request, &answer, now));
    }
    if !answer.delay.is_zero() {
        tokio::time::sleep(answer.delay).await;
    }
    if answer.delivery == Delivery::Lost {
        connection.0.cancel();
    }
    response(&answer)
}

fn response(answer: &SimResponse) -> Response {
    let mut builder = Response::builder().status(answer.status.max(200));
    for (name, value) in &answer.headers {
        builder = builder.header(name, value);
    }
    let body = match (answer.delivery, answer.drip) {
        (Delivery::Whole, Some((bytes, pause))) => {
            builder = builder.header("content-length", answer.body.len());
            dripping(&answer.body, bytes, pause)
        }
        (Delivery::Whole | Delivery::Lost, _) => Body::from(answer.body.clone()),
        (Delivery::Cut, _) => {
            builder = builder.header("content-length", answer.body.len());
            let half = answer.body.slice(..answer.body.len() / 2);
            // The server sends what it has before it takes notice of the break.
            let broken = stream::once(async {
                tokio::task::yield_now().await;
                Err(io::Error::from(io::ErrorKind::ConnectionReset))
            });
            let half = stream::once(async { Ok::<Bytes, io::Error>(half) });
            Body::from_stream(half.chain(broken))
        }
    };
    // Headers are the simulator's own, but for texts that a switch brought in.
    builder
        .body(body)
        .unwrap_or_else(|_| Response::new(Body::from("a switch holds what is no header")))
}

/// A body that comes in pieces.
fn dripping(body: &Bytes, bytes: usize, pause: Duration) -> Body {
    let pieces: Vec<Bytes> = body.chunks(bytes.max(1)).map(|piece| body.slice_ref(piece)).collect();
    Body::from_stream(stream::iter(pieces).then(move |piece| async move {
        tokio::time::sleep(pause).await;
        Ok::<Bytes, io::Error>(piece)
    }))
}

/// Accepts connections that can be broken from outside.
struct Door {
    listener: TcpListener,
    stop: CancellationToken,
}

/// Breaks its connection.
#[derive(Clone)]
struct Connection(CancellationToken);

/// A connection that ends without a word once its token is cancelled.
struct Breakable {
    stream: TcpStream,
    broken: CancellationToken,
    breaking: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl Listener for Door {
    type Io = Breakable;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (stream, address) = Listener::accept(&mut self.listener).await;
        let broken = self.stop.child_token();
        let breaking = Box::pin(broken.clone().cancelled_owned());
        (
            Breakable {
                stream,
                broken,
                breaking,
            },
            address,
        )
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}

impl Connected<IncomingStream<'_, Door>> for Connection {
    fn connect_info(stream: IncomingStream<'_, Door>) -> Self {
        Self(stream.io().broken.clone())
    }
}

impl Breakable {
    fn check(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        match self.breaking.as_mut().poll(cx) {
            Poll::Ready(()) => Err(io::ErrorKind::ConnectionReset.into()),
            Poll::Pending => Ok(()),
        }
    }
}

impl AsyncRead for Breakable {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.check(cx)?;
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Breakable {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.check(cx)?;
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check(cx)?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
