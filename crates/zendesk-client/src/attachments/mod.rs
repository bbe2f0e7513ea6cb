//! Files: uploads for comments, attachments of comments, and their content, streamed both ways.

mod download;

use std::fmt;
use std::time::Duration;

use http::{HeaderValue, Method};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer};

pub use download::Download;

use crate::body::Body;
use crate::client::Client;
use crate::error::Error;
use crate::id::{AttachmentId, CommentId, TicketId};
use crate::pending::Pending;
use crate::request::Request;
use crate::wire::{self, Resource};

/// The endpoints about uploads and attachments: [`Client::attachments`].
///
/// ```no_run
/// # async fn run(client: zendesk_client::Client, ticket: zendesk_client::TicketId) -> Result<(), Box<dyn std::error::Error>> {
/// use zendesk_client::Body;
/// use zendesk_client::attachments::NewFile;
/// use zendesk_client::tickets::{NewComment, TicketChanges};
///
/// let file = NewFile::new("call.wav", "audio/wav", Body::file("/recordings/call.wav").await?);
/// let upload = client.attachments().upload(file).await?;
/// let note = NewComment::internal("Recording").upload(&upload.token);
/// client.tickets().update(ticket, &TicketChanges::new().comment(note)).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Attachments {
    client: Client,
}

/// How long sending or fetching a file may take: at 50 MB, the most that Zendesk takes, some 90 kB a second.
const TIME_FOR_A_FILE: Duration = Duration::from_secs(600);

impl Attachments {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Uploads a file for a comment. Use the token within an hour.
    ///
    /// Bytes in memory are sent again where that helps: an upload that nobody uses vanishes. A [stream](Body::stream) is
    /// sent once.
    pub fn upload(&self, file: NewFile) -> Pending<Upload> {
        let mut request = Request::one(Method::POST, "/api/v2/uploads")
            .query("filename", file.name)
            .body_of(file.content_type, file.body)
            .idempotent(file.onto.is_none())
            .timeout(TIME_FOR_A_FILE)
            .sensitive();
        if let Some(token) = file.onto {
            request = request.query("token", token.0.expose_secret());
        }
        self.client.pending(request)
    }

    /// Throws an upload away that no comment has taken.
    pub fn delete_upload(&self, token: &UploadToken) -> Pending<()> {
        let path = format!("/api/v2/uploads/{}", wire::segment(token.0.expose_secret()));
        self.client
            .pending(Request::delete(path).sensitive().shown_as("/api/v2/uploads/…"))
    }

    /// An attachment's description.
    pub fn show(&self, attachment: AttachmentId) -> Pending<Attachment> {
        let path = format!("/api/v2/attachments/{attachment}");
        self.client.pending(Request::one(Method::GET, path))
    }

    /// Takes the content of an attachment away for good.
    pub fn redact(&self, ticket: TicketId, comment: CommentId, attachment: AttachmentId) -> Pending<Attachment> {
        let path = format!("/api/v2/tickets/{ticket}/comments/{comment}/attachments/{attachment}/redact");
        self.client
            .pending(Request::one(Method::PUT, path).json(serde_json::json!({})))
    }

    /// Begins to fetch an attachment's content. The credentials go to the account's own host only: content mostly lies
    /// on another.
    ///
    /// # Errors
    /// When there is no content, or it cannot be fetched.
    pub async fn download(&self, attachment: &Attachment) -> Result<Download, Error> {
        download::begin(&self.client, attachment).await
    }
}

/// A file to be uploaded. `Debug` shows no name.
pub struct NewFile {
    name: String,
    content_type: HeaderValue,
    body: Body,
    onto: Option<UploadToken>,
}

impl NewFile {
    /// A file with a name and the type of its content, such as `audio/wav`. Name and type should fit: a wrong type breaks the
    /// player in the agent's browser. What is no type becomes `application/octet-stream`, and Zendesk guesses by the name.
    #[must_use]
    pub fn new(name: impl Into<String>, content_type: &str, body: Body) -> Self {
        Self {
            name: name.into(),
            content_type: HeaderValue::from_str(content_type)
                .unwrap_or(HeaderValue::from_static("application/octet-stream")),
            body,
            onto: None,
        }
    }

    /// Adds the file to an earlier upload: one token then stands for all of them.
    #[must_use]
    pub fn onto(mut self, token: UploadToken) -> Self {
        self.onto = Some(token);
        self
    }
}

/// What stands for uploaded files until a comment takes them. Whoever has it can read them, so `Debug` hides it.
#[derive(Clone)]
pub struct UploadToken(pub(crate) SecretString);

/// Files that were uploaded.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct Upload {
    /// What stands for them.
    pub token: UploadToken,
    /// Until when Zendesk says it keeps them. Its documentation says an hour.
    #[serde(default, deserialize_with = "wire::time")]
    pub expires_at: Option<Timestamp>,
    /// The file that was uploaded last.
    #[serde(default)]
    pub attachment: Option<Attachment>,
    /// All files on this token, and small pictures that Zendesk made of them.
    #[serde(default, deserialize_with = "wire::or_default")]
    pub attachments: Vec<Attachment>,
}

/// A file on a comment. `Debug` shows neither name nor address.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Attachment {
    /// The id.
    pub id: AttachmentId,
    /// The file's name.
    #[serde(default, alias = "name", deserialize_with = "wire::or_default")]
    pub file_name: String,
    /// Where the content is. Whoever has this address may be able to read it.
    #[serde(default)]
    pub content_url: Option<String>,
    /// What Zendesk takes the content for.
    #[serde(default)]
    pub content_type: Option<String>,
    /// How many bytes.
    #[serde(default)]
    pub size: Option<u64>,
    /// Whether it stands in the comment's text.
    #[serde(default)]
    pub inline: Option<bool>,
    /// Whether it was deleted.
    #[serde(default)]
    pub deleted: Option<bool>,
    /// `not_scanned`, `malware_not_found`, `malware_found` or `failed_to_scan`.
    #[serde(default)]
    pub malware_scan_result: Option<String>,
    /// Small pictures of it.
    #[serde(default, deserialize_with = "wire::or_default")]
    pub thumbnails: Vec<Attachment>,
}

impl UploadToken {
    /// A token that was kept.
    #[must_use]
    pub fn new(token: SecretString) -> Self {
        Self(token)
    }
}

impl<'de> Deserialize<'de> for UploadToken {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|token| Self(token.into()))
    }
}

impl Resource for Upload {
    const ONE: &'static str = "upload";
    const MANY: &'static str = "uploads";
}

impl Resource for Attachment {
    const ONE: &'static str = "attachment";
    const MANY: &'static str = "attachments";
}

impl fmt::Debug for NewFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewFile")
            .field("content_type", &self.content_type)
            .field("body", &self.body)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for UploadToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UploadToken(…)")
    }
}

impl fmt::Debug for Attachment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attachment")
            .field("id", &self.id)
            .field("content_type", &self.content_type)
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::{NewFile, UploadToken};
    use crate::{Body, Client, Credentials};

    #[test]
    fn an_upload_is_repeatable_if_its_bytes_are_and_idempotent_unless_it_adds_to_another() {
        let attachments = Client::builder("https://acme.zendesk.com", Credentials::bearer("t".into()))
            .build()
            .unwrap()
            .attachments();
        let token = || UploadToken::new("s3cret".into());
        let upload = attachments.upload(NewFile::new("Müller 1.wav", "audio/wav", Body::bytes("RIFF")));
        assert_eq!(
            upload.request().query_pairs(),
            [("filename".into(), "Müller 1.wav".into())]
        );
        assert_eq!(upload.request().headers()["content-type"], "audio/wav");
        assert!(upload.request().is_idempotent() && upload.request().is_repeatable());
        let more =
            attachments.upload(NewFile::new("b.wav", "no\ntype", Body::reader(&b"RIFF"[..], None)).onto(token()));
        assert_eq!(more.request().headers()["content-type"], "application/octet-stream");
        assert!(!more.request().is_idempotent() && !more.request().is_repeatable());
        let delete = attachments.delete_upload(&token());
        assert_eq!(delete.request().path(), "/api/v2/uploads/s3cret");
        assert!(!format!("{more:?} {delete:?} {:?}", token()).contains("s3cret"));
    }
}
