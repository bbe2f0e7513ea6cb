//! What can be asked of the PBX in the name of one login.

use std::sync::Arc;

use super::call_list::{CallList, CallListQuery};
use super::names::{Request, SERVER_VERSION};
use super::probe::{Probe, log_in};
use super::rpc::Rpc;
use super::session::words::{FORGOTTEN, explained, no_uci, out_of_order};
use super::session::{Proof, Reply};
use super::{Agent, CallEvent};
use crate::transport::{Http, Server};
use crate::xmlrpc::Value;
use crate::{Error, ErrorKind};

/// Requests of one login: its calls, its call list, recording.
///
/// Those of a [`Watch`](super::Watch) use its session: [`Watch::requests`](super::Watch::requests). Without a watch,
/// [`Requests::new`] and [`Requests::log_in`] make a session without events. Not both for one login: the PBX is taken
/// to keep one session for each, so that the watch would lose its own and get it back some seconds later.
///
/// ```no_run
/// use jiff::civil::date;
/// use starface_client::uci::{Agent, CallListQuery, Requests};
/// use starface_client::{Password, Server};
///
/// # async fn example() -> Result<(), starface_client::Error> {
/// let server = Server::new("https://pbx.acme.example")?;
/// let requests = Requests::new(&server, &Agent::new("0101", Password::Plain("secret".into())))?;
/// requests.log_in().await?;
/// let day = CallListQuery::new(date(2026, 9, 11).at(0, 0, 0, 0), date(2026, 9, 12).at(0, 0, 0, 0));
/// for call in requests.call_list(&day).await?.entries {
///     println!("{call:?}");
/// }
/// requests.log_out().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Requests {
    pub(super) rpc: Arc<Rpc>,
}

impl Requests {
    /// Requests without a watch. Nothing is sent yet.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] when the certificates cannot be read, or when the login needs the password itself and only
    /// its SHA-512 is known.
    pub fn new(server: &Server, agent: &Agent) -> Result<Self, Error> {
        let rpc = Rpc::new(server, Http::new(server)?, agent, None)?;
        Ok(Self { rpc: Arc::new(rpc) })
    }

    /// Logs in, in whatever way and with whatever names the PBX takes. For a session to stay it wants
    /// [`keep_alive`](Self::keep_alive) every 25 s.
    ///
    /// # Errors
    /// [`ErrorKind::Login`] when the PBX refuses the login; see [`ErrorKind`].
    pub async fn log_in(&self) -> Result<(), Error> {
        match log_in(&self.rpc).await {
            Probe::Good => Ok(()),
            Probe::Refused { why } => Err(Error::new(ErrorKind::Login, why)),
            Probe::Unreachable { why } => Err(Error::new(ErrorKind::Unreachable, why)),
            Probe::Unproven { why } => Err(Error::new(ErrorKind::Protocol, why)),
        }
    }

    /// Whether there is a session; if so it lives on.
    ///
    /// # Errors
    /// See [`ErrorKind`].
    pub async fn keep_alive(&self) -> Result<bool, Error> {
        let answer = self.send(&Request::KeepAlive).await?;
        Ok(answer.as_bool() != Some(false))
    }

    /// Ends the session.
    ///
    /// # Errors
    /// See [`ErrorKind`].
    pub async fn log_out(&self) -> Result<(), Error> {
        self.send(&Request::Logout).await.map(drop)
    }

    /// The version of the PBX. Needs no session.
    ///
    /// # Errors
    /// [`ErrorKind::Protocol`] when the PBX does not tell it; see [`ErrorKind`].
    pub async fn server_version(&self) -> Result<String, Error> {
        let answer = self.call(SERVER_VERSION, &[]).await?;
        let digits_and_dots = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        let version: String = answer
            .as_str()
            .unwrap_or_default()
            .trim()
            .chars()
            .filter(digits_and_dots)
            .take(40)
            .collect();
        if version.is_empty() {
            return Err(Error::new(ErrorKind::Protocol, "the PBX does not tell its version"));
        }
        Ok(version)
    }

    /// Ids of the login's calls in progress.
    ///
    /// # Errors
    /// See [`ErrorKind`].
    pub async fn call_ids(&self) -> Result<Vec<String>, Error> {
        let answer = self.send(&Request::CallIds).await?;
        Ok(answer
            .items()
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect())
    }

    /// What a call of the login does; `None` if there is no such call any more.
    ///
    /// # Errors
    /// See [`ErrorKind`].
    pub async fn call_state(&self, id: &str) -> Result<Option<CallEvent>, Error> {
        let answer = self.send(&Request::CallState(id.to_owned())).await?;
        Ok(CallEvent::read(&answer))
    }

    /// The login's own calls that were, the latest first: what happened while nobody watched.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] for a PBX that speaks v20 only; see [`ErrorKind`].
    pub async fn call_list(&self, query: &CallListQuery) -> Result<CallList, Error> {
        let answer = self.named("callList", "getCallList", &query.params()).await?;
        CallList::read(&answer).ok_or_else(|| {
            Error::new(
                ErrorKind::Protocol,
                "the PBX answered with something that is no call list",
            )
        })
    }

    /// Has the PBX record a call of this login ("Mitschnitt").
    ///
    /// Whether a second time ends the recording is not documented, so ask once for each call. Where the file goes is
    /// set up on the PBX.
    ///
    /// # Errors
    /// [`ErrorKind::Forbidden`] when the login may not; see [`ErrorKind`].
    pub async fn monitor(&self, call: &str) -> Result<(), Error> {
        self.named("call", "monitor", &[Value::from(call)]).await.map(drop)
    }

    /// Anything else, by its whole name: the way out where this client has no method.
    ///
    /// # Errors
    /// See [`ErrorKind`]; [`ErrorKind::Rejected`] for a fault of which nothing else is known. The
    /// [`Fault`](crate::xmlrpc::Fault) is its source.
    pub async fn call(&self, method: &str, params: &[Value]) -> Result<Value, Error> {
        let (_, proof) = self.rpc.speaking();
        self.post(proof, method, params).await
    }

    async fn send(&self, request: &Request) -> Result<Value, Error> {
        let (dialect, proof) = self.rpc.speaking();
        self.post(proof, &dialect.method(request), &dialect.params(request))
            .await
    }

    async fn named(&self, service: &str, name: &str, params: &[Value]) -> Result<Value, Error> {
        let (dialect, proof) = self.rpc.speaking();
        let method = dialect
            .request(service, name)
            .ok_or_else(|| Error::new(ErrorKind::NotFound, "this version of the PBX does not offer it"))?;
        self.post(proof, &method, params).await
    }

    async fn post(&self, proof: Proof, method: &str, params: &[Value]) -> Result<Value, Error> {
        match self.rpc.post(proof, method, params).await? {
            Reply::Value(value) => Ok(value),
            Reply::Fault(fault) => {
                let (kind, message) = if fault.is_not_connected() {
                    (ErrorKind::NoSession, FORGOTTEN.to_owned())
                } else if fault.is_illegal_access() {
                    (ErrorKind::Forbidden, explained(&fault))
                } else {
                    (ErrorKind::Rejected, format!("the PBX refuses the request: {fault}"))
                };
                Err(Error::new(kind, message).caused_by(fault))
            }
            Reply::NotXmlRpc { status: 404 } => Err(Error::new(ErrorKind::NotFound, no_uci(404)).answered(404, None)),
            Reply::NotXmlRpc { status } if status < 500 => {
                Err(Error::new(ErrorKind::Login, no_uci(status)).answered(status, None))
            }
            Reply::NotXmlRpc { status } => {
                Err(Error::new(ErrorKind::Unreachable, out_of_order(status)).answered(status, None))
            }
            Reply::Nothing { why } => Err(Error::new(ErrorKind::Unreachable, why)),
            Reply::Unproved { why } => Err(Error::new(ErrorKind::Login, why)),
        }
    }
}
