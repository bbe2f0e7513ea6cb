//! What was sent and answered, for whoever has to tell it later.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use http::{Method, StatusCode};

use crate::error::{Error, ErrorKind};
use crate::request::Parts;

/// Keeps what a client sends and what is answered: of each try one [`Exchange`], repetitions included, requests for tokens
/// left out. Clones share what they keep. Bodies, queries and secrets are not in it.
///
/// ```no_run
/// # async fn example(client: zendesk_client::Client) -> Result<(), zendesk_client::Error> {
/// use zendesk_client::Exchanges;
///
/// let kept = Exchanges::default();
/// client.with_exchanges(&kept).users().show(zendesk_client::UserId::new(900)).await?;
/// for exchange in kept.take() {
///     println!("{exchange}"); // GET /api/v2/users/900: 200 (request 6f2d…)
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, Default, Debug)]
pub struct Exchanges(Arc<Mutex<Vec<Exchange>>>);

/// One request and its answer.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Exchange {
    /// How it was asked.
    pub method: Method,
    /// Where, without the query; `…` where the path itself is personal.
    pub path: String,
    /// The answer's status; `None`: there was no answer, or it broke off.
    pub status: Option<StatusCode>,
    /// Zendesk's own name for the request, which its support asks for (`x-request-id`).
    pub request_id: Option<String>,
    /// Whether Zendesk may have seen the request: not if there was no connection to send it on.
    pub may_have_arrived: bool,
}

impl Exchanges {
    /// Takes out what has been kept, in order.
    #[must_use]
    pub fn take(&self) -> Vec<Exchange> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn answered(&self, parts: &Parts, status: StatusCode, headers: &http::HeaderMap) {
        let request_id = headers.get("x-request-id").and_then(|id| id.to_str().ok());
        self.keep(parts, Some(status), request_id.map(str::to_owned), true);
    }

    pub(crate) fn failed(&self, parts: &Parts, error: &Error) {
        let may_have_arrived = error.kind() != ErrorKind::Connect;
        let request_id = error.request_id().map(str::to_owned);
        self.keep(parts, error.status(), request_id, may_have_arrived);
    }

    fn keep(&self, parts: &Parts, status: Option<StatusCode>, request_id: Option<String>, may_have_arrived: bool) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(Exchange {
            method: parts.method.clone(),
            path: parts.shown().to_owned(),
            status,
            request_id,
            may_have_arrived,
        });
    }
}

impl fmt::Display for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: ", self.method, self.path)?;
        match self.status {
            Some(status) => write!(f, "{}", status.as_u16())?,
            None => f.write_str("no answer")?,
        }
        match &self.request_id {
            Some(id) => write!(f, " (request {id})"),
            None => Ok(()),
        }
    }
}
