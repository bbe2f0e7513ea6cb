//! A request and an answer as plain values, so that the simulated Zendesk needs neither a socket nor a clock.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName};
use http::{HeaderMap, HeaderValue, Method};
use serde::Serialize;
use serde_json::Value;

/// A request as it reached the server.
#[derive(Clone)]
pub struct SimRequest {
    /// GET, POST, PUT, PATCH or DELETE.
    pub method: Method,
    /// The path, with or without `.json`.
    pub path: String,
    /// What follows the `?`, as sent.
    pub query: String,
    /// The headers as sent.
    pub headers: HeaderMap,
    /// The body as sent.
    pub body: Bytes,
}

impl SimRequest {
    /// A request without headers and body; `target` may hold a query.
    #[must_use]
    pub fn new(method: Method, target: &str) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Self {
            method,
            path: path.to_owned(),
            query: query.to_owned(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
        }
    }

    /// With a JSON body.
    #[must_use]
    pub fn json(mut self, body: &Value) -> Self {
        self.headers
            .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        self.body = body.to_string().into();
        self
    }

    /// With a bearer token.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.with(AUTHORIZATION.as_str(), &format!("Bearer {token}"))
    }

    /// With this header; one that HTTP does not allow is left out.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            self.headers.insert(name, value);
        }
        self
    }

    /// A header's text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The query's parameters, decoded.
    #[must_use]
    pub fn params(&self) -> Params {
        Params(
            url::form_urlencoded::parse(self.query.as_bytes())
                .into_owned()
                .collect(),
        )
    }
}

impl fmt::Debug for SimRequest {
    /// Neither query nor headers nor body: they hold tokens and numbers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimRequest")
            .field("method", &self.method)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// Parameters of a query, in order.
#[derive(Clone, Default)]
pub struct Params(Vec<(String, String)>);

impl Params {
    /// The first value of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// All values of `name` and of `name[]`; a value with commas counts as several.
    #[must_use]
    pub fn all(&self, name: &str) -> Vec<&str> {
        let list = format!("{name}[]");
        let values = self.0.iter().filter(|(key, _)| key == name || *key == list);
        values
            .flat_map(|(_, value)| value.split(','))
            .filter(|value| !value.is_empty())
            .collect()
    }

    /// Everything but the parameters named here.
    pub(super) fn without<'a>(&'a self, names: &'a [&str]) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.0
            .iter()
            .filter(|(key, _)| !names.contains(&key.as_str()))
            .map(|(key, value)| (key.as_str(), value.as_str()))
    }
}

/// What the server answers, and whether the answer arrives.
#[derive(Clone)]
pub struct SimResponse {
    /// The HTTP status.
    pub status: u16,
    /// Headers in the order in which they are sent.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
    /// How long the answer takes.
    pub delay: Duration,
    /// The body comes in pieces: the size of each, and the pause before it.
    pub drip: Option<(usize, Duration)>,
    /// Whether it arrives.
    pub delivery: Delivery,
}

/// Whether an answer arrives.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// It does.
    #[default]
    Whole,
    /// The connection breaks in the middle of the body.
    Cut,
    /// The connection is closed without a byte.
    Lost,
}

impl SimResponse {
    /// A JSON answer.
    #[must_use]
    pub fn json(status: u16, body: &Value) -> Self {
        Self::text(status, "application/json; charset=utf-8", body.to_string())
    }

    /// An answer of this content type.
    #[must_use]
    pub fn text(status: u16, content_type: &str, body: impl Into<Bytes>) -> Self {
        let mut answer = Self::empty(status);
        answer.body = body.into();
        answer.with("content-type", content_type)
    }

    /// An answer without a body.
    #[must_use]
    pub fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Bytes::new(),
            delay: Duration::ZERO,
            drip: None,
            delivery: Delivery::Whole,
        }
    }

    /// No answer at all.
    #[must_use]
    pub fn lost() -> Self {
        Self {
            delivery: Delivery::Lost,
            ..Self::empty(0)
        }
    }

    /// With this header.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// The first header of this name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The body as JSON; `Null` if it is none.
    #[must_use]
    pub fn value(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }
}

impl fmt::Debug for SimResponse {
    /// No body: it holds numbers and names.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimResponse")
            .field("status", &self.status)
            .field("delay", &self.delay)
            .field("delivery", &self.delivery)
            .finish_non_exhaustive()
    }
}
