//! What is written to a ticket.

use std::fmt;

use jiff::Timestamp;
use secrecy::ExposeSecret as _;
use serde::Serialize;
use serde_json::{Map, Value};

use super::Status;
use crate::attachments::UploadToken;
use crate::id::{BrandId, CustomFieldId, GroupId, TicketFormId, TicketId, UserId};
use crate::voice::NewVoiceComment;

/// A comment to be added. Whether it is public is always said: left out, Zendesk would make a first comment public and
/// mail it to the requester.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(into = "Value")]
pub struct NewComment {
    text: String,
    is_html: bool,
    public: bool,
    author_id: Option<UserId>,
    uploads: Vec<String>,
}

impl NewComment {
    /// For agents only; nobody gets mail of it.
    #[must_use]
    pub fn internal(text: impl Into<String>) -> Self {
        Self::new(text.into(), false)
    }

    /// For the requester too, who may get mail of it.
    #[must_use]
    pub fn public(text: impl Into<String>) -> Self {
        Self::new(text.into(), true)
    }

    fn new(text: String, public: bool) -> Self {
        Self {
            text,
            is_html: false,
            public,
            author_id: None,
            uploads: Vec::new(),
        }
    }

    /// Says that the text is HTML. Without this it is shown as it is, signs and all.
    #[must_use]
    pub fn html(mut self) -> Self {
        self.is_html = true;
        self
    }

    /// Who says it; the API user if it is not set.
    #[must_use]
    pub fn author(mut self, author: UserId) -> Self {
        self.author_id = Some(author);
        self
    }

    /// Attaches the files of an [upload](crate::attachments::Attachments::upload).
    #[must_use]
    pub fn upload(mut self, token: &UploadToken) -> Self {
        self.uploads.push(token.0.expose_secret().to_owned());
        self
    }
}

impl fmt::Debug for NewComment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewComment")
            .field("public", &self.public)
            .finish_non_exhaustive()
    }
}

/// A ticket to be created. `Debug` shows names of fields and no values.
#[derive(Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct NewTicket(Map<String, Value>);

/// What to change in a ticket: only what is set here is sent. `Debug` shows names of fields and no values.
#[derive(Clone, PartialEq, Default, Serialize)]
#[serde(transparent)]
pub struct TicketChanges(Map<String, Value>);

/// What can be set at the creation and changed later.
macro_rules! common_setters {
    () => {
        /// One line.
        #[must_use]
        pub fn subject(self, subject: impl Into<String>) -> Self {
            self.set("subject", subject.into())
        }

        /// Whose ticket it is.
        #[must_use]
        pub fn requester(self, user: UserId) -> Self {
            self.set("requester_id", user.get())
        }

        /// Who works on it: an agent, and of the ticket's group.
        #[must_use]
        pub fn assignee(self, agent: UserId) -> Self {
            self.set("assignee_id", agent.get())
        }

        /// The group that works on it.
        #[must_use]
        pub fn group(self, group: GroupId) -> Self {
            self.set("group_id", group.get())
        }

        /// The status.
        #[must_use]
        pub fn status(self, status: &Status) -> Self {
            self.set("status", status.as_str())
        }

        /// The priority: `low`, `normal`, `high` or `urgent`.
        #[must_use]
        pub fn priority(self, priority: impl Into<String>) -> Self {
            self.set("priority", priority.into())
        }

        /// The id in another system. Zendesk does not make it unique.
        #[must_use]
        pub fn external_id(self, id: impl Into<String>) -> Self {
            self.set("external_id", id.into())
        }

        /// The tags, all of them: those that stand there are replaced.
        #[must_use]
        pub fn tags(self, tags: impl IntoIterator<Item = impl Into<String>>) -> Self {
            self.set("tags", tags.into_iter().map(|tag| Value::String(tag.into())).collect::<Vec<_>>())
        }

        /// A custom field. Zendesk ignores ids that it does not know.
        #[must_use]
        pub fn custom_field(mut self, field: CustomFieldId, value: impl Into<Value>) -> Self {
            let entry = serde_json::json!({ "id": field, "value": value.into() });
            if let Value::Array(fields) = self.0.entry("custom_fields").or_insert_with(|| Value::Array(Vec::new())) {
                fields.push(entry);
            }
            self
        }

        /// Adds a comment that is a call with its recording, made after the call.
        #[must_use]
        pub fn voice_comment(self, comment: NewVoiceComment) -> Self {
            self.set("voice_comment", comment)
        }

        /// Anything else, by Zendesk's name for it.
        #[must_use]
        pub fn set(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
            self.0.insert(key.into(), value.into());
            self
        }
    };
}

impl NewTicket {
    /// A ticket with its first comment, without which Zendesk takes none.
    #[must_use]
    pub fn new(comment: NewComment) -> Self {
        Self(Map::new()).set("comment", comment)
    }

    common_setters!();

    /// Who opened it and is the author of the first comment; the API user if it is not set.
    #[must_use]
    pub fn submitter(self, user: UserId) -> Self {
        self.set("submitter_id", user.get())
    }

    /// The brand.
    #[must_use]
    pub fn brand(self, brand: BrandId) -> Self {
        self.set("brand_id", brand.get())
    }

    /// The form.
    #[must_use]
    pub fn form(self, form: TicketFormId) -> Self {
        self.set("ticket_form_id", form.get())
    }
}

impl TicketChanges {
    /// Nothing to change yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    common_setters!();

    /// Adds a comment.
    #[must_use]
    pub fn comment(self, comment: NewComment) -> Self {
        self.set("comment", comment)
    }

    /// Changes nothing if the ticket was changed since this [`Ticket::updated_at`](super::Ticket::updated_at) was read: then
    /// the call fails with [`ErrorKind::Conflict`](crate::ErrorKind::Conflict).
    #[must_use]
    pub fn unless_changed_since(self, updated_at: Timestamp) -> Self {
        self.set("safe_update", true)
            .set("updated_stamp", updated_at.to_string())
    }

    /// Adds tags to those that stand there, where many tickets are changed at once.
    #[must_use]
    pub fn additional_tags(self, tags: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let tags = tags.into_iter().map(|tag| Value::String(tag.into()));
        self.set("additional_tags", tags.collect::<Vec<_>>())
    }

    /// Takes tags from those that stand there, where many tickets are changed at once.
    #[must_use]
    pub fn remove_tags(self, tags: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let tags = tags.into_iter().map(|tag| Value::String(tag.into()));
        self.set("remove_tags", tags.collect::<Vec<_>>())
    }

    pub(super) fn of(self, ticket: TicketId) -> Self {
        self.set("id", ticket.get())
    }

    pub(super) fn is_idempotent(&self) -> bool {
        let once = ["comment", "voice_comment", "safe_update"];
        !once.iter().any(|key| self.0.contains_key(*key))
    }
}

impl From<NewComment> for Value {
    fn from(comment: NewComment) -> Self {
        let text = if comment.is_html { "html_body" } else { "body" };
        let mut value = serde_json::json!({ text: comment.text, "public": comment.public });
        if let Some(author) = comment.author_id {
            value["author_id"] = author.get().into();
        }
        if !comment.uploads.is_empty() {
            value["uploads"] = comment.uploads.into();
        }
        value
    }
}

impl fmt::Debug for NewTicket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("NewTicket")
            .field(&self.0.keys().collect::<Vec<_>>())
            .finish()
    }
}

impl fmt::Debug for TicketChanges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TicketChanges")
            .field(&self.0.keys().collect::<Vec<_>>())
            .finish()
    }
}
