//! Tickets and comments as Zendesk shows them.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::attachments::Attachment;
use crate::id::{AuditId, BrandId, CommentId, CustomFieldId, GroupId, OrganizationId, TicketFormId, TicketId, UserId};
use crate::wire::{self, Resource};

/// A ticket. Only the id is always there; what Zendesk left out is `None` or empty. `Debug` shows no text.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Ticket {
    /// The id.
    pub id: TicketId,
    /// The id in another system.
    #[serde(default)]
    pub external_id: Option<String>,
    /// Where it came from.
    #[serde(default)]
    pub via: Option<Via>,
    /// One line.
    #[serde(default)]
    pub subject: Option<String>,
    /// The first comment.
    #[serde(default)]
    pub description: Option<String>,
    /// What has become of it.
    #[serde(default)]
    pub status: Option<Status>,
    /// `low`, `normal`, `high` or `urgent`.
    #[serde(default)]
    pub priority: Option<String>,
    /// `problem`, `incident`, `question` or `task`.
    #[serde(default, rename = "type")]
    pub kind: Option<String>,
    /// Whose ticket it is.
    #[serde(default)]
    pub requester_id: Option<UserId>,
    /// Who opened it.
    #[serde(default)]
    pub submitter_id: Option<UserId>,
    /// Who works on it.
    #[serde(default)]
    pub assignee_id: Option<UserId>,
    /// The group that works on it.
    #[serde(default)]
    pub group_id: Option<GroupId>,
    /// The requester's organization.
    #[serde(default)]
    pub organization_id: Option<OrganizationId>,
    /// The brand.
    #[serde(default)]
    pub brand_id: Option<BrandId>,
    /// The form.
    #[serde(default)]
    pub ticket_form_id: Option<TicketFormId>,
    /// The tags.
    #[serde(default, deserialize_with = "wire::or_default")]
    pub tags: Vec<String>,
    /// The custom fields.
    #[serde(default, deserialize_with = "wire::or_default")]
    pub custom_fields: Vec<CustomField>,
    /// Whether any comment is public.
    #[serde(default)]
    pub is_public: Option<bool>,
    /// When it was made.
    #[serde(default, deserialize_with = "wire::time")]
    pub created_at: Option<Timestamp>,
    /// When it was changed last: the stamp for conditional changes.
    #[serde(default, deserialize_with = "wire::time")]
    pub updated_at: Option<Timestamp>,
    /// When Zendesk's own work on it ended, in Unix seconds; later than `updated_at` where only Zendesk changed it.
    #[serde(default)]
    pub generated_timestamp: Option<i64>,
}

/// A custom field of a ticket. `Debug` shows no value.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct CustomField {
    /// The field.
    pub id: CustomFieldId,
    /// What stands in it.
    #[serde(default)]
    pub value: Value,
}

/// Where a ticket or comment came from.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[non_exhaustive]
pub struct Via {
    /// `api`, `web`, `email`, `voice`, …
    #[serde(default)]
    pub channel: Option<String>,
}

/// What has become of a ticket.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Deserialize, Serialize)]
#[serde(from = "String", into = "String")]
#[non_exhaustive]
pub enum Status {
    /// Nobody took it yet.
    New,
    /// Somebody works on it.
    Open,
    /// Waiting for the requester.
    Pending,
    /// Waiting for a third party.
    Hold,
    /// Done.
    Solved,
    /// Done, and cannot be changed any more.
    Closed,
    /// Deleted; seen in exports only.
    Deleted,
    /// One that this crate does not know.
    Other(String),
}

/// A comment on a ticket. `Debug` shows no text.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Comment {
    /// The id.
    pub id: CommentId,
    /// `Comment`, `VoiceComment` or `TpeVoiceComment`.
    #[serde(default, rename = "type")]
    pub kind: Option<String>,
    /// Who said it.
    #[serde(default)]
    pub author_id: Option<UserId>,
    /// The text.
    #[serde(default, deserialize_with = "wire::or_default")]
    pub body: String,
    /// The text without markup, as far as Zendesk made one.
    #[serde(default)]
    pub plain_body: Option<String>,
    /// Whether the requester sees it.
    #[serde(default)]
    pub public: Option<bool>,
    /// The files.
    #[serde(default, deserialize_with = "wire::or_default")]
    pub attachments: Vec<Attachment>,
    /// What is known of the call, of comments that are calls: `from`, `to`, `recording_url`, …
    #[serde(default, deserialize_with = "wire::or_default")]
    pub data: Map<String, Value>,
    /// The entry in the ticket's history.
    #[serde(default)]
    pub audit_id: Option<AuditId>,
    /// When it was made.
    #[serde(default, deserialize_with = "wire::time")]
    pub created_at: Option<Timestamp>,
}

impl Ticket {
    /// What stands in a custom field, if it is there and not null.
    #[must_use]
    pub fn custom_field(&self, field: CustomFieldId) -> Option<&Value> {
        let field = self.custom_fields.iter().find(|candidate| candidate.id == field)?;
        (!field.value.is_null()).then_some(&field.value)
    }
}

impl Status {
    /// As Zendesk writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::New => "new",
            Self::Open => "open",
            Self::Pending => "pending",
            Self::Hold => "hold",
            Self::Solved => "solved",
            Self::Closed => "closed",
            Self::Deleted => "deleted",
            Self::Other(status) => status,
        }
    }

    /// Whether the ticket can still be changed.
    #[must_use]
    pub fn takes_changes(&self) -> bool {
        !matches!(self, Self::Closed | Self::Deleted)
    }
}

impl From<String> for Status {
    fn from(status: String) -> Self {
        match status.as_str() {
            "new" => Self::New,
            "open" => Self::Open,
            "pending" => Self::Pending,
            "hold" => Self::Hold,
            "solved" => Self::Solved,
            "closed" => Self::Closed,
            "deleted" => Self::Deleted,
            _ => Self::Other(status),
        }
    }
}

impl From<Status> for String {
    fn from(status: Status) -> Self {
        status.as_str().to_owned()
    }
}

impl Resource for Ticket {
    const ONE: &'static str = "ticket";
    const MANY: &'static str = "tickets";
}

impl Resource for Comment {
    const ONE: &'static str = "comment";
    const MANY: &'static str = "comments";
}

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ticket")
            .field("id", &self.id)
            .field("status", &self.status)
            .field("requester_id", &self.requester_id)
            .field("assignee_id", &self.assignee_id)
            .field("group_id", &self.group_id)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for CustomField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CustomField")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Comment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Comment")
            .field("id", &self.id)
            .field("public", &self.public)
            .finish_non_exhaustive()
    }
}
