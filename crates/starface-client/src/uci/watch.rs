//! Watching the calls of many logins.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::Stream;
use rand::Rng as _;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::net::TcpListener;
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use url::Url;

use super::callback::{Callbacks, Desk, Entry, router};
use super::driver::Driver;
use super::rpc::{CallbackAddress, Rpc};
use super::session::{Proof, Session, Timing};
use super::{Agent, Notice, Requests};
use crate::oauth::Tokens;
use crate::transport::{Http, Server};
use crate::xmlrpc::Limits;
use crate::{Error, ErrorKind};

/// Callbacks of one login that may wait.
const CALLBACK_ROOM: usize = 1024;
/// Notices of all logins that may wait for whoever reads them.
const NOTICE_ROOM: usize = 1024;
/// How long [`Watch::stop`] waits for the PBX to take all the good-byes.
const STOP_PATIENCE: Duration = Duration::from_secs(5);

/// What to watch, and how the PBX reaches us.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct WatchOptions {
    /// The PBX.
    pub server: Server,
    /// Where to listen for callbacks.
    pub listen: SocketAddr,
    /// The same place as the PBX reaches it: scheme, host, port and perhaps a path. Port 0 stands for the port that
    /// was given by the system when `listen` has port 0.
    pub callback_url: Url,
    /// The logins to watch.
    pub agents: Vec<Agent>,
    /// Where callbacks are handed in by a program with an HTTP server of its own: then nothing listens on `listen`, and
    /// `callback_url` is where that server is.
    pub callbacks: Option<Callbacks>,
    /// Last segment of the callback path, which nobody else should know; drawn at random unless set.
    pub callback_secret: Option<SecretString>,
    /// Whether the events of queues (iQueue) are wanted as well: [`What::Queue`](super::What::Queue). They come with
    /// version 6, to members of a queue's group.
    pub queue_events: bool,
    /// How long sessions wait for what.
    pub timing: Timing,
}

impl WatchOptions {
    /// Options with a random secret and the usual timing.
    #[must_use]
    pub fn new(server: Server, listen: SocketAddr, callback_url: Url, agents: Vec<Agent>) -> Self {
        Self {
            server,
            listen,
            callback_url,
            agents,
            callbacks: None,
            callback_secret: None,
            queue_events: false,
            timing: Timing::default(),
        }
    }

    /// Whether the options make sense, without doing anything. [`Watch::start`] checks the same.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] when they do not.
    pub fn check(&self) -> Result<(), Error> {
        let http = Http::new(&self.server)?;
        callback_address(
            &self.callback_url,
            &self.callback_secret.clone().unwrap_or_else(random_secret),
        )?;
        for (at, agent) in self.agents.iter().enumerate() {
            agent.token()?;
            Tokens::new(&self.server, &http, agent.login(), agent.password())?;
            if self.agents.iter().take(at).any(|other| other.login() == agent.login()) {
                return Err(Error::new(
                    ErrorKind::Config,
                    format!("the login {} is there twice", agent.login()),
                ));
            }
        }
        Ok(())
    }
}

/// A running watch: the listener and one session for each login. Ends when it is stopped or dropped.
///
/// Sessions fail and recover each for itself; what becomes of them is told in [`Notices`].
#[derive(Debug)]
pub struct Watch {
    listen: SocketAddr,
    stop: CancellationToken,
    sessions: TaskTracker,
    listener: CancellationToken,
    requests: HashMap<String, Requests>,
}

/// What a [`Watch`] tells, as a stream. Ends when the watch has ended.
///
/// Whoever stops reading holds up the sessions in the end: they wait rather than forget. The PBX is answered
/// nevertheless; what finds no room is asked for again.
#[derive(Debug)]
pub struct Notices {
    inbox: mpsc::Receiver<Notice>,
}

impl Watch {
    /// Listens, and begins to log in everywhere. Does not wait for any login.
    ///
    /// # Errors
    /// [`ErrorKind::Listen`] when the address cannot be listened on, [`ErrorKind::Config`] when the options make no sense.
    /// A PBX that is away and logins that it refuses are no errors but [`Notices`]: the sessions go on trying.
    pub async fn start(options: WatchOptions) -> Result<(Self, Notices), Error> {
        options.check()?;
        let WatchOptions {
            server,
            listen,
            callback_url,
            agents,
            callbacks,
            callback_secret,
            queue_events,
            timing,
        } = options;
        let http = Http::new(&server)?;
        let secret = callback_secret.unwrap_or_else(random_secret);
        let mut address = callback_address(&callback_url, &secret)?;
        let (bound, socket) = match callbacks {
            Some(_) => (listen, None),
            None => bind(listen).await.map(|(bound, socket)| (bound, Some(socket)))?,
        };
        if address.port == 0 {
            address.port = bound.port();
        }

        let (stop, listener, sessions) = (CancellationToken::new(), CancellationToken::new(), TaskTracker::new());
        let (notices, inbox) = mpsc::channel(NOTICE_ROOM);
        let mut logins = HashMap::new();
        let mut requests = HashMap::new();
        let mut drivers = Vec::new();
        for agent in &agents {
            let token = agent.token()?;
            let (callbacks, waiting) = mpsc::channel(CALLBACK_ROOM);
            let missed = Arc::new(Notify::new());
            let rpc = Arc::new(Rpc::new(&server, http.clone(), agent, Some(&address))?);
            let (first, second) = rpc.proofs();
            let by_jwt = Arc::new(AtomicBool::new(first == Proof::Jwt));
            requests.insert(agent.login().to_owned(), Requests { rpc: rpc.clone() });
            drivers.push(Driver {
                login: agent.login().to_owned(),
                rpc,
                session: Session::new(timing).proofs(first, second).queue_events(queue_events),
                callbacks: waiting,
                missed: missed.clone(),
                by_jwt: by_jwt.clone(),
                notices: notices.clone(),
                stop: stop.clone(),
            });
            logins.insert(
                agent.login().to_owned(),
                Entry {
                    token,
                    callbacks,
                    missed,
                    by_jwt,
                },
            );
        }

        let desk = Arc::new(Desk {
            secret,
            logins,
            limits: Limits::default(),
        });
        if let Some(callbacks) = callbacks {
            callbacks.serve(&desk);
        }
        tokio::spawn(listen_until(listener.clone(), socket, desk));
        for driver in drivers {
            sessions.spawn(driver.run());
        }
        sessions.close();
        tracing::info!(listen = %bound, logins = agents.len(), "watching calls");
        Ok((
            Self {
                listen: bound,
                stop,
                sessions,
                listener,
                requests,
            },
            Notices { inbox },
        ))
    }

    /// Where callbacks are listened for, with the port that was really given; as in the options where nothing listens.
    #[must_use]
    pub fn listen(&self) -> SocketAddr {
        self.listen
    }

    /// Requests of a login that is watched, on its session; `None` if it is not. Whoever asks before the session stands
    /// or while it is lost gets [`ErrorKind::NoSession`].
    #[must_use]
    pub fn requests(&self, login: &str) -> Option<Requests> {
        self.requests.get(login).cloned()
    }

    /// Logs out everywhere and stops listening. Takes a few seconds at most, even when the PBX does not answer.
    pub async fn stop(&self) {
        self.stop.cancel();
        if tokio::time::timeout(STOP_PATIENCE, self.sessions.wait()).await.is_err() {
            tracing::warn!("not every login could be logged out in time");
        }
        self.listener.cancel();
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.stop.cancel();
        self.listener.cancel();
    }
}

impl Notices {
    /// The next notice; `None` once the watch has ended.
    pub async fn next(&mut self) -> Option<Notice> {
        self.inbox.recv().await
    }
}

impl Stream for Notices {
    type Item = Notice;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Notice>> {
        self.inbox.poll_recv(context)
    }
}

async fn bind(listen: SocketAddr) -> Result<(SocketAddr, TcpListener), Error> {
    let failed = |cause| cannot_listen(listen, cause);
    let socket = TcpListener::bind(listen).await.map_err(failed)?;
    Ok((socket.local_addr().map_err(failed)?, socket))
}

/// Keeps the desk, and where there is a socket, listens for it.
async fn listen_until(ended: CancellationToken, socket: Option<TcpListener>, desk: Arc<Desk>) {
    let Some(socket) = socket else {
        return ended.cancelled().await;
    };
    let served = axum::serve(socket, router(desk)).with_graceful_shutdown(ended.cancelled_owned());
    if let Err(error) = served.await {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "the listener for callbacks has ended"
        );
    }
}

fn callback_address(url: &Url, secret: &SecretString) -> Result<CallbackAddress, Error> {
    let config = |message: &str| Error::new(ErrorKind::Config, message);
    if !matches!(url.scheme(), "http" | "https") {
        return Err(config("the callback URL must begin with http:// or https://"));
    }
    let host = url
        .host_str()
        .ok_or_else(|| config("the callback URL names no host"))?
        .to_owned();
    let port = url
        .port_or_known_default()
        .ok_or_else(|| config("the callback URL names no port"))?;
    let segment = secret.expose_secret();
    if segment.len() < 16 || !segment.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(config(
            "the secret of the callback path must be at least 16 letters and digits",
        ));
    }
    let path = SecretString::from(format!("{}/{segment}", url.path().trim_end_matches('/')));
    Ok(CallbackAddress {
        scheme: url.scheme().to_owned(),
        host,
        port,
        path,
    })
}

/// 160 random bits.
fn random_secret() -> SecretString {
    let bytes: [u8; 20] = rand::rng().random();
    SecretString::from(bytes.map(|byte| format!("{byte:02x}")).concat())
}

fn cannot_listen(address: SocketAddr, cause: io::Error) -> Error {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "a foreign, open list of which three have an advice"
    )]
    let why = match cause.kind() {
        io::ErrorKind::AddrInUse => "another program uses this port: end it, or listen on another port",
        io::ErrorKind::AddrNotAvailable => "this machine does not have this address: use one that it has, or 0.0.0.0",
        io::ErrorKind::PermissionDenied => "ports below 1024 need a right that this process lacks: use a higher one",
        _ => "the system does not allow it",
    };
    Error::new(
        ErrorKind::Listen,
        format!("cannot listen for callbacks on {address}: {why}"),
    )
    .caused_by(cause)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_callback_address_is_taken_from_the_public_url() {
        let secret = SecretString::from("0123456789abcdef");
        let address = |url: &str| {
            let url = Url::parse(url).expect("a URL");
            callback_address(&url, &secret).map(|a| (a.scheme, a.host, a.port, a.path.expose_secret().to_owned()))
        };
        let expected = |scheme: &str, host: &str, port, path: &str| {
            Some((scheme.to_owned(), host.to_owned(), port, path.to_owned()))
        };
        assert_eq!(
            address("http://bridge.acme.example:8091").ok(),
            expected("http", "bridge.acme.example", 8091, "/0123456789abcdef")
        );
        assert_eq!(
            address("https://acme.example/pbx/").ok(),
            expected("https", "acme.example", 443, "/pbx/0123456789abcdef")
        );
        assert!(address("ftp://acme.example").is_err());
        let url = Url::parse("http://acme.example").expect("a URL");
        assert!(callback_address(&url, &SecretString::from("short")).is_err());
    }

    #[test]
    fn secrets_are_long_and_differ() {
        let (one, other) = (random_secret(), random_secret());
        assert_eq!(one.expose_secret().len(), 40);
        assert_ne!(one.expose_secret(), other.expose_secret());
    }
}
