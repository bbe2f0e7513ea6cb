//! What requests carry, and the key by which Zendesk tells a repetition.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures_core::Stream;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio_util::io::ReaderStream;

/// What goes into `Idempotency-Key`: 1 to 255 visible ASCII characters.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct IdempotencyKey(String);

/// What a request carries.
#[derive(Clone, Default)]
#[non_exhaustive]
pub enum Body {
    /// Nothing.
    #[default]
    None,
    /// JSON.
    Json(Value),
    /// Bytes in memory.
    Bytes(Bytes),
    /// What is read while it is sent. It can be sent once: such a request is never repeated.
    Stream(BodyStream),
}

/// A body that is read while it is sent, and gone afterwards. Clones share it.
#[derive(Clone)]
pub struct BodyStream {
    once: Arc<Mutex<Option<reqwest::Body>>>,
    size: Option<u64>,
}

impl Body {
    /// Bytes in memory. A request with them can be repeated.
    #[must_use]
    pub fn bytes(bytes: impl Into<Bytes>) -> Self {
        Self::Bytes(bytes.into())
    }

    /// What a stream yields, of this many bytes if it is known; Zendesk wants to know for uploads.
    pub fn stream<S>(chunks: S, size: Option<u64>) -> Self
    where
        S: Stream<Item = io::Result<Bytes>> + Send + 'static,
    {
        Self::Stream(BodyStream {
            once: Arc::new(Mutex::new(Some(reqwest::Body::wrap_stream(chunks)))),
            size,
        })
    }

    /// What a reader yields, of this many bytes if it is known; Zendesk wants to know for uploads.
    pub fn reader(reader: impl AsyncRead + Send + 'static, size: Option<u64>) -> Self {
        Self::stream(ReaderStream::with_capacity(reader, CHUNK), size)
    }

    /// The content of a file, read while it is sent.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub async fn file(path: impl AsRef<Path>) -> io::Result<Self> {
        let file = tokio::fs::File::open(path).await?;
        let size = file.metadata().await?.len();
        // What is added to the file meanwhile is not sent: the size has been.
        Ok(Self::reader(file.take(size), Some(size)))
    }

    /// The JSON, if it is JSON.
    #[must_use]
    pub fn as_json(&self) -> Option<&Value> {
        match self {
            Self::Json(value) => Some(value),
            Self::None | Self::Bytes(_) | Self::Stream(_) => None,
        }
    }

    pub(crate) fn is_stream(&self) -> bool {
        matches!(self, Self::Stream(_))
    }
}

/// How much is read at once.
const CHUNK: usize = 64 * 1024;

impl BodyStream {
    /// How many bytes it will yield, if that is known.
    #[must_use]
    pub fn size(&self) -> Option<u64> {
        self.size
    }

    /// The body, the first time.
    pub(crate) fn take(&self) -> Option<reqwest::Body> {
        self.once.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl IdempotencyKey {
    /// Takes a key; `None` if Zendesk would not.
    #[must_use]
    pub fn new(key: impl Into<String>) -> Option<Self> {
        let key = key.into();
        let fits = (1..=255).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic());
        fits.then_some(Self(key))
    }

    /// As it is sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl PartialEq for Body {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::None, Self::None) => true,
            (Self::Json(one), Self::Json(two)) => one == two,
            (Self::Bytes(one), Self::Bytes(two)) => one == two,
            (Self::Stream(one), Self::Stream(two)) => Arc::ptr_eq(&one.once, &two.once),
            (Self::None | Self::Json(_) | Self::Bytes(_) | Self::Stream(_), _) => false,
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Json(_) => f.write_str("JSON"),
            Self::Bytes(bytes) => write!(f, "{} bytes", bytes.len()),
            Self::Stream(stream) => stream.fmt(f),
        }
    }
}

impl fmt::Debug for BodyStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.size {
            Some(size) => write!(f, "stream of {size} bytes"),
            None => f.write_str("stream"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Body, IdempotencyKey};

    #[test]
    fn keys_are_visible_ascii_and_not_too_long() {
        assert!(IdempotencyKey::new("8af3a07a/ticket").is_some() && IdempotencyKey::new("k".repeat(255)).is_some());
        for wrong in ["", "a b", "büro", "a\nb", &"k".repeat(256)] {
            assert!(IdempotencyKey::new(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn a_stream_is_taken_once_by_whichever_clone_comes_first() {
        let body = Body::reader(&b"RIFF"[..], Some(4));
        let Body::Stream(stream) = body.clone() else { panic!() };
        assert!(stream.take().is_some() && stream.take().is_none());
        assert_eq!(body, body.clone());
        assert_ne!(body, Body::reader(&b"RIFF"[..], Some(4)));
        assert_eq!(format!("{body:?}"), "stream of 4 bytes");
        assert_eq!(format!("{:?}", Body::bytes("+4972112345")), "11 bytes");
    }
}
