//! Content, fetched piece by piece from wherever it lies, with credentials for the own host only.

use std::fmt;

use bytes::Bytes;
use futures_core::Stream;
use http::{Method, StatusCode};
use url::Url;

use super::{Attachment, TIME_FOR_A_FILE};
use crate::answer::ReadError;
use crate::client::Client;
use crate::error::Error;
use crate::request::{Parts, Request};
use crate::transport;

/// The content of an attachment on its way. `Debug` shows no address.
#[must_use = "the content comes as it is asked for"]
pub struct Download {
    response: reqwest::Response,
    parts: Parts,
}

/// How many times content may lie elsewhere.
const MOST_HOPS: usize = 5;

impl Download {
    /// How many bytes it is, where the host tells.
    #[must_use]
    pub fn size(&self) -> Option<u64> {
        self.response.content_length()
    }

    /// The type that the host gives it.
    #[must_use]
    pub fn content_type(&self) -> Option<&str> {
        self.response.headers().get(http::header::CONTENT_TYPE)?.to_str().ok()
    }

    /// The next piece; `None` at the end.
    ///
    /// # Errors
    /// When the connection breaks. What has come is not the whole then.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        self.response
            .chunk()
            .await
            .map_err(|error| transport::no_answer(&self.parts, error))
    }

    /// All pieces. Ends after an error.
    pub fn stream(self) -> impl Stream<Item = Result<Bytes, Error>> + Send + Unpin {
        Box::pin(futures_util::stream::try_unfold(self, |mut download| async move {
            Ok(download.chunk().await?.map(|chunk| (chunk, download)))
        }))
    }
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download")
            .field("size", &self.size())
            .finish_non_exhaustive()
    }
}

pub(super) async fn begin(client: &Client, attachment: &Attachment) -> Result<Download, Error> {
    // Addresses of content hold tokens: errors and traces name the attachment instead.
    let shown = format!("/api/v2/attachments/{} (content)", attachment.id);
    let parts = Request::<()>::unread(Method::GET, "")
        .timeout(TIME_FOR_A_FILE)
        .shown_as(shown)
        .sensitive()
        .parts;
    let no_place = || Error::decode(&parts, ReadError::misfit("content_url (no address)"));
    let mut place = attachment
        .content_url
        .as_deref()
        .and_then(|url| Url::parse(url).ok())
        .ok_or_else(no_place)?;
    for _ in 0..MOST_HOPS {
        if !client.base_url().may_fetch_from(&place) {
            return Err(Error::foreign_link(&parts));
        }
        let response = transport::fetch(client, &parts, &place).await?;
        if !is_redirect(response.status()) {
            return Ok(Download { response, parts });
        }
        let location = response
            .headers()
            .get(http::header::LOCATION)
            .and_then(|place| place.to_str().ok());
        place = location
            .and_then(|location| place.join(location).ok())
            .ok_or_else(no_place)?;
    }
    Err(Error::decode(
        &parts,
        ReadError::misfit("location (the content moves on and on)"),
    ))
}

fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}
