//! Requests as values: everything that is sent, assertable without a server.

use std::fmt;
use std::time::Duration;

use http::Method;
use http::header::{HeaderMap, HeaderName, HeaderValue};
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use crate::answer::{Answer, ReadError};
use crate::body::{Body, IdempotencyKey};
use crate::wire::Resource;

/// A request whose answer is read as an `A`. [`Client::send`](crate::Client::send) sends it.
///
/// The clients' methods build these; for the rest of Zendesk's API build your own:
///
/// ```
/// use zendesk_client::Request;
/// let brands = Request::<serde_json::Value>::get("/api/v2/brands").query("per_page", "10");
/// assert!(brands.is_idempotent());
///
/// #[derive(serde::Deserialize)]
/// struct Count {
///     count: u64,
/// }
/// let open = Request::<Count>::get("/api/v2/search/count").query("query", "status:open");
/// let macros = Request::<serde_json::Value>::post("/api/v2/macros").json(serde_json::json!({"macro": {"title": "Call back"}}));
/// assert!(!macros.is_idempotent());
/// ```
///
/// `Debug` shows method, path and the names of what is sent, never a value.
pub struct Request<A> {
    pub(crate) parts: Parts,
    pub(crate) read: fn(&Answer) -> Result<A, ReadError>,
}

/// A request without the type of its answer.
#[derive(Clone)]
pub(crate) struct Parts {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Body,
    pub(crate) idempotent: bool,
    pub(crate) sensitive: bool,
    pub(crate) idempotency_key: Option<IdempotencyKey>,
    pub(crate) timeout: Option<Duration>,
    shown: Option<String>,
}

impl<A> Request<A> {
    /// A request whose answer `read` reads. It counts as idempotent if the method is (`POST` and `PATCH` are not).
    #[must_use]
    pub fn new(method: Method, path: impl Into<String>, read: fn(&Answer) -> Result<A, ReadError>) -> Self {
        let idempotent = method.is_idempotent();
        Self {
            parts: Parts {
                method,
                path: path.into(),
                query: Vec::new(),
                headers: HeaderMap::new(),
                body: Body::None,
                idempotent,
                sensitive: false,
                idempotency_key: None,
                timeout: None,
                shown: None,
            },
            read,
        }
    }

    /// Adds a query parameter.
    #[must_use]
    pub fn query(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.parts.query.push((key.into(), value.into()));
        self
    }

    /// Sets the JSON body.
    #[must_use]
    pub fn json(mut self, body: Value) -> Self {
        self.parts.body = Body::Json(body);
        self
    }

    /// Sets a body of another kind than JSON, and its type.
    #[must_use]
    pub fn body_of(self, content_type: HeaderValue, body: Body) -> Self {
        let mut request = self.header(http::header::CONTENT_TYPE, content_type);
        request.parts.body = body;
        request
    }

    /// How long it may take with its answer, where that is not the [client's time](crate::ClientBuilder::timeout).
    #[must_use]
    pub fn timeout(mut self, time: Duration) -> Self {
        self.parts.timeout = Some(time);
        self
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.parts.headers.insert(name, value);
        self
    }

    /// Says whether sending it twice does the same as sending it once. Only then is it repeated where it may have been
    /// carried out already.
    #[must_use]
    pub fn idempotent(mut self, idempotent: bool) -> Self {
        self.parts.idempotent = idempotent;
        self
    }

    /// Says that the query holds personal data or secrets: traces then leave it out altogether. Where the path does, see
    /// [`Request::shown_as`].
    #[must_use]
    pub fn sensitive(mut self) -> Self {
        self.parts.sensitive = true;
        self
    }

    /// Sets `Idempotency-Key`, by which Zendesk tells a repetition. The same key goes with every repetition. Zendesk
    /// heeds it on `POST /api/v2/tickets` only and keeps it for two hours.
    #[must_use]
    pub fn idempotency_key(mut self, key: IdempotencyKey) -> Self {
        self.parts.idempotency_key = Some(key);
        self
    }

    /// The method.
    #[must_use]
    pub fn method(&self) -> &Method {
        &self.parts.method
    }

    /// The path, with ids and without a query.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.parts.path
    }

    /// The query parameters in order, not encoded; may be personal data.
    #[must_use]
    pub fn query_pairs(&self) -> &[(String, String)] {
        &self.parts.query
    }

    /// The body; may be personal data.
    #[must_use]
    pub fn body(&self) -> &Body {
        &self.parts.body
    }

    /// The headers beside those that every request has.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.parts.headers
    }

    /// Whether sending it twice does the same as sending it once.
    #[must_use]
    pub fn is_idempotent(&self) -> bool {
        self.parts.idempotent
    }

    /// Whether it can be sent twice at all: not if its [body](Body::stream) is gone after the first time. Such a request
    /// is never repeated, whatever else it says.
    #[must_use]
    pub fn is_repeatable(&self) -> bool {
        !self.parts.body.is_stream()
    }

    /// Whether the query holds personal data or secrets.
    #[must_use]
    pub fn is_sensitive(&self) -> bool {
        self.parts.sensitive
    }

    /// The idempotency key, if it has one.
    #[must_use]
    pub fn key(&self) -> Option<&IdempotencyKey> {
        self.parts.idempotency_key.as_ref()
    }

    /// What stands in errors, traces and `Debug` instead of the path, where the path itself holds personal data or a secret.
    ///
    /// ```
    /// use zendesk_client::Request;
    /// let token = "v6gxdehmztw9yzy";
    /// let delete = Request::delete(format!("/api/v2/uploads/{token}")).shown_as("/api/v2/uploads/…");
    /// assert!(!format!("{delete:?}").contains(token));
    /// ```
    #[must_use]
    pub fn shown_as(mut self, path: impl Into<String>) -> Self {
        self.parts.shown = Some(path.into());
        self
    }

    /// The same request at the place a link names. The link's host has been checked.
    pub(crate) fn moved_to(&self, link: &Url) -> Self {
        let mut moved = self.clone();
        moved.parts.path = link.path().into();
        moved.parts.query = link.query_pairs().into_owned().collect();
        moved
    }

    /// The same request with one query parameter replaced.
    pub(crate) fn with_query(&self, key: &str, value: &str) -> Self {
        self.without_query(key).query(key, value)
    }

    /// The same request without one query parameter.
    pub(crate) fn without_query(&self, key: &str) -> Self {
        let mut changed = self.clone();
        changed.parts.query.retain(|(k, _)| k != key);
        changed
    }
}

impl<A: DeserializeOwned> Request<A> {
    /// A request whose answer is the JSON of an `A`.
    #[must_use]
    pub fn with_json_answer(method: Method, path: impl Into<String>) -> Self {
        Self::new(method, path, |answer| answer.json())
    }

    /// `GET`, with the JSON of an `A` as answer.
    #[must_use]
    pub fn get(path: impl Into<String>) -> Self {
        Self::with_json_answer(Method::GET, path)
    }

    /// `POST`, with the JSON of an `A` as answer. Not idempotent unless you [say so](Request::idempotent).
    #[must_use]
    pub fn post(path: impl Into<String>) -> Self {
        Self::with_json_answer(Method::POST, path)
    }

    /// `PUT`, with the JSON of an `A` as answer.
    #[must_use]
    pub fn put(path: impl Into<String>) -> Self {
        Self::with_json_answer(Method::PUT, path)
    }

    /// `PATCH`, with the JSON of an `A` as answer. Not idempotent unless you [say so](Request::idempotent).
    #[must_use]
    pub fn patch(path: impl Into<String>) -> Self {
        Self::with_json_answer(Method::PATCH, path)
    }
}

impl<A: Resource> Request<A> {
    /// A request that is answered by one `A` under its key.
    #[must_use]
    pub fn one(method: Method, path: impl Into<String>) -> Self {
        Self::new(method, path, |answer| answer.one())
    }
}

impl Request<()> {
    /// A request whose answer does not matter beyond its status.
    #[must_use]
    pub fn unread(method: Method, path: impl Into<String>) -> Self {
        Self::new(method, path, |_| Ok(()))
    }

    /// `DELETE`, whose answer does not matter beyond its status.
    #[must_use]
    pub fn delete(path: impl Into<String>) -> Self {
        Self::unread(Method::DELETE, path)
    }
}

impl<A> Clone for Request<A> {
    fn clone(&self) -> Self {
        Self {
            parts: self.parts.clone(),
            read: self.read,
        }
    }
}

impl<A> fmt::Debug for Request<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.parts.method)
            .field("path", &self.parts.shown())
            .field(
                "query",
                &self.parts.query.iter().map(|(key, _)| key).collect::<Vec<_>>(),
            )
            .field("headers", &self.parts.headers.keys().collect::<Vec<_>>())
            .field("body", &self.parts.body)
            .field("idempotent", &self.parts.idempotent)
            .field("sensitive", &self.parts.sensitive)
            .field("keyed", &self.parts.idempotency_key.is_some())
            .finish()
    }
}

impl Parts {
    /// The path for people's eyes.
    pub(crate) fn shown(&self) -> &str {
        self.shown.as_deref().unwrap_or(&self.path)
    }

    /// Whether it may be carried out twice.
    pub(crate) fn repeatable(&self) -> bool {
        self.idempotent || self.idempotency_key.is_some()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Request;

    #[test]
    fn debug_shows_names_and_no_values() {
        let request = Request::<()>::unread(http::Method::POST, "/api/v2/users")
            .query("query", "phone:*4972112345")
            .json(json!({"user": {"phone": "+4972112345"}}))
            .header(http::header::COOKIE, "4972112345".parse().unwrap())
            .idempotency_key(crate::IdempotencyKey::new("4972112345").unwrap());
        let shown = format!("{request:?}");
        assert!(
            shown.contains("/api/v2/users") && shown.contains("query") && !shown.contains("4972112345"),
            "{shown}"
        );
    }

    #[test]
    fn the_method_says_whether_it_is_idempotent_unless_the_request_does() {
        for (method, idempotent) in [
            ("GET", true),
            ("PUT", true),
            ("DELETE", true),
            ("POST", false),
            ("PATCH", false),
        ] {
            let request = Request::<()>::unread(method.parse().unwrap(), "/");
            assert_eq!(request.is_idempotent(), idempotent, "{method}");
        }
        assert!(
            !Request::<()>::unread(http::Method::PUT, "/")
                .idempotent(false)
                .is_idempotent()
        );
    }
}
