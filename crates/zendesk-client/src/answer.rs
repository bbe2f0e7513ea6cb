//! Answers of success, and how they are read.

use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;

use crate::wire::{self, Resource};

/// An answer that Zendesk gave with a status of success.
#[derive(Clone)]
pub struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// Why an answer of success cannot be used. It names the place, never the value.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{message}")]
pub struct ReadError {
    message: String,
    pub(crate) anonymous: bool,
}

impl Answer {
    /// The status, always 2xx.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// A header, if it is there and readable.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as it came.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.body
    }

    /// The body's JSON, whatever the content type says: Zendesk labels some of it `text/plain`.
    ///
    /// # Errors
    /// When it is not the JSON of a `T`.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, ReadError> {
        wire::json(&self.body)
    }

    /// The `T` under its key.
    ///
    /// # Errors
    /// When it is not there, or is not one.
    pub fn one<T: Resource>(&self) -> Result<T, ReadError> {
        self.maybe_one()?
            .ok_or_else(|| ReadError::misfit(format!("{} (missing)", T::ONE)))
    }

    /// The `T` under its key, if there is one.
    ///
    /// # Errors
    /// When what is there is not one.
    pub fn maybe_one<T: Resource>(&self) -> Result<Option<T>, ReadError> {
        wire::under(&self.body, T::ONE)
    }

    /// The number under `count`, which is bare or in an object with the time of counting.
    pub(crate) fn count(&self) -> Result<u64, ReadError> {
        let count: serde_json::Value = wire::under(&self.body, "count")?.unwrap_or_default();
        let number = count.as_u64().or_else(|| count.get("value")?.as_u64());
        number.ok_or_else(|| ReadError::misfit("count (no number)"))
    }

    /// All `T`s of a list that has no pages.
    ///
    /// # Errors
    /// When there is no such list.
    pub fn many<T: Resource>(&self) -> Result<Vec<T>, ReadError> {
        wire::under(&self.body, T::MANY)?.ok_or_else(|| ReadError::misfit(format!("{} (missing)", T::MANY)))
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("status", &self.status)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

impl ReadError {
    /// The answer is not of the shape that is expected. `place` says where; it must not hold a value of the answer.
    #[must_use]
    pub fn misfit(place: impl fmt::Display) -> Self {
        Self {
            message: format!("the answer does not fit at {place}"),
            anonymous: false,
        }
    }

    pub(crate) fn anonymous() -> Self {
        Self {
            message: "Zendesk answered as to somebody it does not know".into(),
            anonymous: true,
        }
    }
}
