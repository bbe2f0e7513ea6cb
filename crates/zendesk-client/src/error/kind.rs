//! What kind of failure an error is, by status and body.

use http::{HeaderMap, StatusCode};

use super::body::ErrorBody;

/// What kind of failure.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The credentials are missing, wrong, expired or revoked.
    NotAuthenticated,
    /// The credentials lack a scope or a right, or the plan lacks the feature.
    Forbidden,
    /// There is no such record, or these credentials may not see it.
    NotFound,
    /// There is no such endpoint: not in this plan, or no Zendesk account at this address.
    NoSuchEndpoint,
    /// The record was changed by somebody else meanwhile.
    Conflict,
    /// Two requests tried to create the same requester at the same time, or the same ticket under one idempotency key.
    Collision,
    /// The idempotency key was used before with another body.
    IdempotencyMismatch,
    /// Zendesk objects to the data; see [`Error::fields`](super::Error::fields).
    Validation,
    /// Too many requests.
    RateLimited,
    /// The request is larger than Zendesk takes.
    TooLarge,
    /// Zendesk refuses the request for another reason: a mistake of the caller.
    Rejected,
    /// Zendesk is in trouble or under maintenance.
    Unavailable,
    /// No answer in time.
    Timeout,
    /// No connection: nothing was sent.
    Connect,
    /// The connection broke, or the answer was cut off.
    Interrupted,
    /// The answer was one of success, and not as expected.
    Decode,
    /// A link leads away from the own host; it was not followed.
    ForeignLink,
    /// The list goes on and Zendesk shows no more of it: 10,000 records by offset, 1,000 results of a search. Use a cursor,
    /// an export, or a narrower question.
    TooDeep,
    /// The cursor is none, or too old: begin the list anew.
    BadCursor,
    /// The request's body was a stream and has been sent before.
    BodySpent,
    /// The tokens cannot be loaded from or kept in their [store](crate::oauth::TokenStore).
    TokenStore,
}

impl ErrorKind {
    pub(super) fn of(status: StatusCode, body: &ErrorBody, headers: &HeaderMap) -> Self {
        match status.as_u16() {
            // A search that is down is told under several statuses.
            400 | 422 if body.code.as_deref() == Some("unavailable") => Self::Unavailable,
            400 if body.code.as_deref() == Some("IdempotentRequestError") => Self::IdempotencyMismatch,
            400 if body.code.as_deref() == Some("InvalidPaginationDepth") => Self::TooDeep,
            400 if body.code.as_deref() == Some("InvalidPaginationParameter") => Self::BadCursor,
            401 => Self::NotAuthenticated,
            403 => Self::Forbidden,
            404 if body.code.as_deref() == Some("InvalidEndpoint") || is_html(headers) => Self::NoSuchEndpoint,
            404 => Self::NotFound,
            409 if body.collision => Self::Collision,
            409 => Self::Conflict,
            413 => Self::TooLarge,
            422 if body.too_deep => Self::TooDeep,
            // Zendesk always says what it objects to: this comes from something in between, or was damaged on its way.
            422 if body.is_foreign => Self::Unavailable,
            422 => Self::Validation,
            429 => Self::RateLimited,
            500..=599 => Self::Unavailable,
            _ => Self::Rejected,
        }
    }

    pub(super) fn words(self) -> &'static str {
        match self {
            Self::NotAuthenticated => "Zendesk does not accept the credentials",
            Self::Forbidden => "Zendesk does not allow this to the credentials, or not in this plan",
            Self::NotFound => "Zendesk has no such record",
            Self::NoSuchEndpoint => "Zendesk has no such endpoint, or there is no account at this address",
            Self::Conflict => "the record was changed meanwhile",
            Self::Collision => "the same was being created twice at the same time",
            Self::IdempotencyMismatch => "the idempotency key was used for something else before",
            Self::Validation => "Zendesk objects to the data",
            Self::RateLimited => "too many requests",
            Self::TooLarge => "the request is too large",
            Self::Rejected => "Zendesk refuses the request",
            Self::Unavailable => "Zendesk is in trouble",
            Self::Timeout => "no answer in time",
            Self::Connect => "no connection to Zendesk",
            Self::Interrupted => "the connection broke before the answer was complete",
            Self::Decode => "the answer cannot be read",
            Self::ForeignLink => "a link leads away from the account's host and was not followed",
            Self::TooDeep => "Zendesk shows no more of this list",
            Self::BodySpent => "the request's body was a stream and has been sent before",
            Self::TokenStore => "the tokens cannot be loaded or kept",
            Self::BadCursor => "Zendesk does not know the place in the list any more",
        }
    }
}

fn is_html(headers: &HeaderMap) -> bool {
    headers
        .get(http::header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| kind.trim_start().to_ascii_lowercase().starts_with("text/html"))
}
