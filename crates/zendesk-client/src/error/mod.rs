//! Errors that answer the caller's next question: what kind, which field, who to ask, when to try again.

mod body;
mod kind;

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, Method, StatusCode};

pub use body::FieldProblem;
pub use kind::ErrorKind;

use crate::answer::ReadError;
use crate::request::Parts;
use crate::retry::Retry;

/// Why a call failed.
///
/// `Display` and `Debug` hold method, path, status, Zendesk's error codes and request id, and never a body, a query
/// value, a secret or a number: what people typed is behind [`Error::description`] and [`FieldProblem::description`].
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    method: Method,
    path: String,
    status: Option<StatusCode>,
    request_id: Option<String>,
    code: Option<String>,
    description: Option<String>,
    missing_scopes: Vec<String>,
    fields: Vec<FieldProblem>,
    retry: Retry,
    retry_after: Option<Duration>,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

impl Error {
    /// What kind of failure.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The answer's status, if there was an answer.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.0.status
    }

    /// Zendesk's name for the request, for its support.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// What may help now.
    #[must_use]
    pub fn retry(&self) -> Retry {
        self.0.retry
    }

    /// How long Zendesk asks to be left alone, as far as that is believed.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self.0.retry {
            Retry::After(time) => Some(time),
            Retry::Later | Retry::LookFirst | Retry::Never => self.0.retry_after,
        }
    }

    /// Zendesk's code for the error, such as `RecordNotFound`, `RecordInvalid` or `invalid_client`.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// What Zendesk objects to, field by field.
    #[must_use]
    pub fn fields(&self) -> &[FieldProblem] {
        &self.0.fields
    }

    /// Whether any field is refused with this code, such as `DuplicateValue`.
    #[must_use]
    pub fn has_field_code(&self, code: &str) -> bool {
        self.0.fields.iter().any(|problem| problem.code() == Some(code))
    }

    /// Scopes that the token lacks, where Zendesk names them.
    #[must_use]
    pub fn missing_scopes(&self) -> &[String] {
        &self.0.missing_scopes
    }

    /// Zendesk's own words; may hold names, addresses and numbers, so never for a log.
    #[must_use]
    pub fn description(&self) -> Option<&str> {
        self.0.description.as_deref()
    }

    /// Whether the record is not there.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.0.kind == ErrorKind::NotFound
    }

    /// The method that was used.
    #[must_use]
    pub fn method(&self) -> &Method {
        &self.0.method
    }

    /// The path that was asked, without its query.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.0.path
    }

    /// From an answer that is none of success.
    pub(crate) fn from_answer(parts: &Parts, status: StatusCode, headers: &HeaderMap, bytes: &[u8]) -> Self {
        let body = body::read(bytes);
        let mut kind = ErrorKind::of(status, &body, headers);
        if kind == ErrorKind::Conflict && parts.idempotency_key.is_some() {
            // Under a key there is no record yet that somebody else could have changed: its first request is under way.
            kind = ErrorKind::Collision;
        }
        let mut error = Self::new(parts, kind, Retry::Never);
        let inner = &mut *error.0;
        inner.status = Some(status);
        inner.request_id = request_id(headers);
        inner.retry_after = retry_after(headers);
        inner.code = body.code;
        inner.description = body.description;
        inner.missing_scopes = body.missing_scopes;
        inner.fields = body.fields;
        error
    }

    /// From an answer of success that cannot be read.
    pub(crate) fn from_read(parts: &Parts, status: StatusCode, headers: &HeaderMap, problem: ReadError) -> Self {
        let (kind, retry) = match (problem.anonymous, parts.repeatable()) {
            (true, _) => (ErrorKind::NotAuthenticated, Retry::Never),
            (false, true) => (ErrorKind::Decode, Retry::Later),
            (false, false) => (ErrorKind::Decode, Retry::LookFirst),
        };
        let mut error = Self::new(parts, kind, retry);
        error.0.status = Some(status);
        error.0.request_id = request_id(headers);
        error.0.source = Some(Arc::new(problem));
        error
    }

    /// From a request that got no whole answer.
    pub(crate) fn from_wire(parts: &Parts, kind: ErrorKind, source: reqwest::Error) -> Self {
        let mut error = Self::new(parts, kind, Retry::Never);
        // The address holds the query.
        error.0.source = Some(Arc::new(source.without_url()));
        error
    }

    pub(crate) fn decode(parts: &Parts, problem: ReadError) -> Self {
        let mut error = Self::new(parts, ErrorKind::Decode, Retry::Never);
        error.0.source = Some(Arc::new(problem));
        error
    }

    pub(crate) fn foreign_link(parts: &Parts) -> Self {
        Self::new(parts, ErrorKind::ForeignLink, Retry::Never)
    }

    /// Without an answer, for a reason of this side.
    pub(crate) fn own(parts: &Parts, kind: ErrorKind, source: Option<Arc<dyn StdError + Send + Sync>>) -> Self {
        let mut error = Self::new(parts, kind, Retry::Never);
        error.0.source = source;
        error
    }

    pub(crate) fn advising(mut self, retry: Retry) -> Self {
        self.0.retry = retry;
        self
    }

    pub(crate) fn with_kind(mut self, kind: ErrorKind) -> Self {
        self.0.kind = kind;
        self
    }

    pub(crate) fn believing(mut self, longest: Duration) -> Self {
        self.0.retry_after = self.0.retry_after.map(|time| time.min(longest));
        self
    }

    /// `Retry-After` as it came.
    pub(crate) fn raw_retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    fn new(parts: &Parts, kind: ErrorKind, retry: Retry) -> Self {
        Self(Box::new(Inner {
            kind,
            method: parts.method.clone(),
            path: parts.shown().to_owned(),
            status: None,
            request_id: None,
            code: None,
            description: None,
            missing_scopes: Vec::new(),
            fields: Vec::new(),
            retry,
            retry_after: None,
            source: None,
        }))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { kind, method, path, .. } = &*self.0;
        write!(f, "{method} {path}: {}", kind.words())?;
        if let Some(status) = self.0.status {
            write!(f, " ({}", status.as_u16())?;
            if let Some(code) = &self.0.code {
                write!(f, " {code}")?;
            }
            for problem in &self.0.fields {
                write!(f, ", {problem}")?;
            }
            f.write_str(")")?;
        }
        if let Some(id) = &self.0.request_id {
            write!(f, ", request {id}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("method", &self.0.method)
            .field("path", &self.0.path)
            .field("status", &self.0.status)
            .field("code", &self.0.code)
            .field("fields", &self.0.fields)
            .field("retry", &self.0.retry)
            .field("request_id", &self.0.request_id)
            .field("source", &self.0.source)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0
            .source
            .as_deref()
            .map(|source| source as &(dyn StdError + 'static))
    }
}

/// The first of several ids that proxies may have joined.
fn request_id(headers: &HeaderMap) -> Option<String> {
    let id = headers.get("x-request-id")?.to_str().ok()?.split(',').next()?.trim();
    let plain = !id.is_empty() && id.len() <= 100 && id.bytes().all(|b| b.is_ascii_graphic());
    plain.then(|| id.to_owned())
}

/// Seconds; Zendesk does not use the form with a date.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds: u64 = headers
        .get(http::header::RETRY_AFTER)?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()?;
    Some(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests;
