//! Another way out for requests than the network: another HTTP stack, a record, or a Zendesk that is simulated in memory.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream;
use http_body_util::BodyExt as _;
use reqwest::ResponseBuilderExt as _;
use url::Url;

use crate::error::{Error, ErrorKind};
use crate::request::Parts;

/// Carries requests to Zendesk in the place of the client's own HTTP stack: [`ClientBuilder::service`].
///
/// Every request goes through it, those for tokens too, ready to be sent: with authorization, idempotency key and body.
/// Whatever else makes the client (repetition, permits, time limits, what errors show) stays as it is. A time limit that
/// passes drops the future; [`NoAnswer::Timeout`] is for services that notice by themselves.
///
/// [`ClientBuilder::service`]: crate::ClientBuilder::service
///
/// ```
/// use std::sync::Arc;
/// use bytes::Bytes;
/// use zendesk_client::{Client, Credentials, HttpService, NoAnswer};
///
/// /// A Zendesk with one group.
/// struct OneGroup;
///
/// #[async_trait::async_trait]
/// impl HttpService for OneGroup {
///     async fn call(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, NoAnswer> {
///         assert_eq!(request.uri().path(), "/api/v2/groups");
///         let body = r#"{"groups": [{"id": 71, "name": "Support"}], "meta": {"has_more": false}}"#;
///         Ok(http::Response::new(Bytes::from(body)))
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let client = Client::builder("https://acme.zendesk.com", Credentials::bearer("t0ken".into()))
///     .service(Arc::new(OneGroup))
///     .build()?;
/// assert_eq!(client.groups().list().all().await?[0].name, "Support");
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
#[derive(Clone, thiserror::Error)]
#[non_exhaustive]
pub enum NoAnswer {
    /// Nobody was reached: the request has not been carried out.
    #[error("no connection")]
    Connect,
    /// None came in time. The request may have been carried out.
    #[error("no answer in time")]
    Timeout,
    /// The connection broke before an answer. The request may have been carried out.
    #[error("the connection broke")]
    Interrupted,
    /// The connection broke in the middle of this answer's body, of which this much has come.
    #[error("the connection broke in the middle of the answer")]
    Cut(http::Response<Bytes>),
}

impl fmt::Debug for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Answers hold personal data.
        write!(f, "NoAnswer({self})")
    }
}

/// Sends a request through a service, within a time limit.
pub(crate) async fn send(
    service: &Arc<dyn HttpService>,
    parts: &Parts,
    request: reqwest::Request,
    limit: Duration,
) -> Result<reqwest::Response, Error> {
    let failed = |kind, why| Error::own(parts, kind, Some(Arc::new(why)));
    let place = request.url().clone();
    let request = plain(request)
        .await
        .map_err(|error| Error::from_wire(parts, ErrorKind::Interrupted, error))?;
    let answered = tokio::time::timeout(limit, service.call(request)).await;
    match answered.unwrap_or(Err(NoAnswer::Timeout)) {
        Ok(response) => Ok(dressed(response, place)),
        Err(NoAnswer::Cut(response)) => Ok(dressed(response.map(broken), place)),
        Err(why @ NoAnswer::Connect) => Err(failed(ErrorKind::Connect, why)),
        Err(why @ NoAnswer::Timeout) => Err(failed(ErrorKind::Timeout, why)),
        Err(why @ NoAnswer::Interrupted) => Err(failed(ErrorKind::Interrupted, why)),
    }
}

/// The request with its body in memory.
async fn plain(request: reqwest::Request) -> Result<http::Request<Bytes>, reqwest::Error> {
    let (head, body) = http::Request::<reqwest::Body>::try_from(request)?.into_parts();
    let body = body.collect().await?.to_bytes();
    Ok(http::Request::from_parts(head, body))
}

/// A body that ends before it is whole.
fn broken(begun: Bytes) -> reqwest::Body {
    let cut = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
    reqwest::Body::wrap_stream(stream::iter([Ok(begun), Err(cut)]))
}

fn dressed<B: Into<reqwest::Body>>(response: http::Response<B>, place: Url) -> reqwest::Response {
    let (head, body) = response.into_parts();
    let mut builder = http::Response::builder().status(head.status).url(place);
    if let Some(headers) = builder.headers_mut() {
        *headers = head.headers;
    }
    // Cannot fail: a status that is one, and no more parts that could be wrong.
    let response = builder.body(body.into());
    response.map_or_else(
        |_| http::Response::new(reqwest::Body::from("")).into(),
        reqwest::Response::from,
    )
}
