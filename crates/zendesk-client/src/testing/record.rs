//! Records for answers.

use std::marker::PhantomData;

use serde_json::{Map, Value, json};

use crate::attachments::{Attachment, Upload};
use crate::calls::Call;
use crate::groups::Group;
use crate::identities::{Identity, IdentityKind};
use crate::jobs::Job;
use crate::memberships::Membership;
use crate::tickets::{Audit, Comment, Ticket};
use crate::user_fields::UserField;
use crate::users::{FieldKey, User};
use crate::wire::Resource;

/// The JSON of a `T` as Zendesk would send it.
#[derive(Debug)]
pub struct Record<T> {
    fields: Map<String, Value>,
    of: PhantomData<fn() -> T>,
}

impl<T: Resource> Record<T> {
    /// A record of which only the id is set.
    #[must_use]
    pub fn new(id: u64) -> Self {
        Self::of(json!({ "id": id }))
    }

    /// A record by its JSON.
    ///
    /// # Panics
    /// When it is no object.
    #[must_use]
    pub fn of(json: Value) -> Self {
        let Value::Object(fields) = json else {
            panic!("a record is an object")
        };
        Self {
            fields,
            of: PhantomData,
        }
    }

    /// Sets a field by Zendesk's name for it.
    #[must_use]
    pub fn set(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.fields.insert(key.to_owned(), value.into());
        self
    }

    /// The JSON.
    ///
    /// # Panics
    /// When it is not that of a `T`.
    #[must_use]
    #[track_caller]
    pub fn into_json(self) -> Value {
        let json = Value::Object(self.fields);
        if let Err(error) = T::deserialize(&json) {
            panic!("this is no {}: {error}", T::ONE);
        }
        json
    }
}

impl<T> Clone for Record<T> {
    fn clone(&self) -> Self {
        Self {
            fields: self.fields.clone(),
            of: PhantomData,
        }
    }
}

/// A customer.
#[must_use]
pub fn a_user(id: u64) -> Record<User> {
    let user = Record::new(id)
        .set("name", format!("User {id}"))
        .set("role", "end-user");
    user.set("active", true)
        .set("suspended", false)
        .set("phone", Value::Null)
}

/// An open ticket.
#[must_use]
pub fn a_ticket(id: u64) -> Record<Ticket> {
    Record::new(id)
        .set("subject", format!("Ticket {id}"))
        .set("status", "open")
}

/// An internal comment.
#[must_use]
pub fn a_comment(id: u64, body: &str) -> Record<Comment> {
    Record::new(id)
        .set("type", "Comment")
        .set("body", body)
        .set("public", false)
}

/// An entry in a ticket's history, without events.
#[must_use]
pub fn an_audit(id: u64, ticket: u64) -> Record<Audit> {
    Record::new(id).set("ticket_id", ticket).set("events", json!([]))
}

/// A group.
#[must_use]
pub fn a_group(id: u64, name: &str) -> Record<Group> {
    Record::new(id).set("name", name).set("deleted", false)
}

/// That an agent is in a group.
#[must_use]
pub fn a_membership(id: u64, user: u64, group: u64) -> Record<Membership> {
    Record::new(id)
        .set("user_id", user)
        .set("group_id", group)
        .set("default", false)
}

/// An identity.
#[must_use]
pub fn an_identity(id: u64, kind: IdentityKind, value: &str) -> Record<Identity> {
    Record::new(id)
        .set("type", String::from(kind))
        .set("value", value)
        .set("primary", false)
}

/// A custom field of users, for text.
#[must_use]
pub fn a_user_field(id: u64, key: &FieldKey) -> Record<UserField> {
    Record::new(id)
        .set("type", "text")
        .set("key", key.as_str())
        .set("title", key.as_str())
}

/// A job in a state: `queued`, `working`, `completed`, …
#[must_use]
pub fn a_job(id: &str, state: &str) -> Record<Job> {
    Record::of(json!({ "id": id, "status": state, "total": null, "progress": null, "message": null, "results": null }))
}

/// A file on a comment.
#[must_use]
pub fn an_attachment(id: u64, file_name: &str) -> Record<Attachment> {
    Record::new(id)
        .set("file_name", file_name)
        .set("content_type", "application/octet-stream")
}

/// A file that was uploaded.
#[must_use]
pub fn an_upload(token: &str, file: Record<Attachment>) -> Record<Upload> {
    let file = file.into_json();
    Record::of(json!({ "token": token, "attachments": [file], "attachment": file }))
}

/// A call.
#[must_use]
pub fn a_call(id: u64) -> Record<Call> {
    Record::new(id)
        .set("direction", "inbound")
        .set("ticket_id", Value::Null)
}
