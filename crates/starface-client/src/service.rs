//! Another way out for requests than the network: another HTTP stack, a record, or a PBX that is simulated in memory.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;

use crate::{Error, ErrorKind};

/// Carries requests to the PBX in the place of the client's own HTTP stack: [`Server::service`](crate::Server::service).
///
/// Every request goes through it, REST, UCI and OAuth, ready to be sent. A time limit that passes drops the future;
/// [`NoAnswer::Timeout`] is for services that notice by themselves.
///
/// ```
/// use std::sync::Arc;
/// use bytes::Bytes;
/// use starface_client::uci::{Agent, Probe, ProbeDepth, probe};
/// use starface_client::{HttpService, NoAnswer, Password, Server};
///
/// /// A PBX that tells everybody its version.
/// struct Talkative;
///
/// #[async_trait::async_trait]
/// impl HttpService for Talkative {
///     async fn call(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, NoAnswer> {
///         assert_eq!(request.uri().path(), "/xml-rpc");
///         Ok(http::Response::new(Bytes::from(
///             "<methodResponse><params><param><value>8.1.0.10</value></param></params></methodResponse>",
///         )))
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), starface_client::Error> {
/// let server = Server::new("https://pbx.acme.example")?.service(Arc::new(Talkative));
/// let agent = Agent::new("0101", Password::Plain("geheim".into()));
/// assert_eq!(probe(&server, &agent, ProbeDepth::Gentle).await?, Probe::Good);
/// # Ok(()) }
/// ```
#[async_trait]
pub trait HttpService: Send + Sync {
    /// Carries one request, once, and brings its answer, whatever its status. Redirects are answers; they are not followed.
    ///
    /// # Errors
    /// When there is no answer, or not a whole one.
    async fn call(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, NoAnswer>;
}

/// Why a request got no answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NoAnswer {
    /// Nobody was reached: the request has not been carried out.
    #[error("no connection")]
    Connect,
    /// None came in time. The request may have been carried out.
    #[error("no answer in time")]
    Timeout,
    /// The connection broke before the answer had come as a whole. The request may have been carried out.
    #[error("the connection broke")]
    Interrupted,
}

/// A service among things that have a `Debug`.
#[derive(Clone)]
pub(crate) struct Service(pub(crate) Arc<dyn HttpService>);

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HttpService")
    }
}

/// The request with its body in memory. The client's own requests have no other bodies.
pub(crate) fn plain(request: reqwest::Request) -> Result<http::Request<Bytes>, Error> {
    let body = request.body().and_then(reqwest::Body::as_bytes);
    let body = body.map(Bytes::copy_from_slice).unwrap_or_default();
    let request = http::Request::<reqwest::Body>::try_from(request).map_err(|cause| {
        Error::new(ErrorKind::Config, "a request that cannot be built").caused_by(cause.without_url())
    })?;
    Ok(request.map(|_| body))
}

/// A missing answer, in the same words as one that the network did not bring.
pub(crate) fn failed(why: NoAnswer) -> Error {
    let message = match why {
        NoAnswer::Connect => "the PBX cannot be reached",
        NoAnswer::Timeout => "the PBX did not answer in time",
        NoAnswer::Interrupted => "the connection to the PBX broke",
    };
    Error::new(ErrorKind::Unreachable, message).caused_by(why)
}
