//! What stands in the account, for tests and stories to look at.

use std::collections::BTreeMap;

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::Value;

use super::state::State;
use super::user::Role;

/// A ticket, as it stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TicketSnapshot {
    /// Its id.
    pub id: u64,
    /// The client's own id.
    pub external_id: Option<String>,
    /// The requester.
    pub requester: u64,
    /// The assignee.
    pub assignee: Option<u64>,
    /// The group.
    pub group: Option<u64>,
    /// The subject.
    pub subject: String,
    /// `new`, `open`, `pending`, `hold`, `solved`, `closed`.
    pub status: String,
    /// The tags, sorted.
    pub tags: Vec<String>,
    /// All comments, the oldest first.
    pub comments: Vec<CommentSnapshot>,
    /// Deleted tickets are kept.
    pub deleted: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last written.
    pub updated_at: Timestamp,
}

/// A comment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CommentSnapshot {
    /// The text.
    pub body: String,
    /// Whether the requester sees it, and got mail.
    pub public: bool,
    /// Who wrote it.
    pub author: u64,
    /// The contents of the files that hang on it; of one that was redacted, the few bytes that took its place.
    pub files: Vec<Bytes>,
}

/// A user, as he stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UserSnapshot {
    /// His id.
    pub id: u64,
    /// His name.
    pub name: String,
    /// What he is.
    pub role: Role,
    /// All his addresses, the primary one first.
    pub emails: Vec<String>,
    /// The client's own id.
    pub external_id: Option<String>,
    /// The profile's number.
    pub phone: Option<String>,
    /// Whether that number is somebody else's direct line.
    pub shared_phone: bool,
    /// Direct lines; the profile's number is one of them, unless it is shared.
    pub lines: Vec<String>,
    /// User fields that hold text.
    pub fields: BTreeMap<String, String>,
    /// False for users that are deleted or merged.
    pub active: bool,
    /// Suspended.
    pub suspended: bool,
    /// Into whom he was merged.
    pub merged_into: Option<u64>,
}

/// A ticket that was opened on an agent's screen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pop {
    /// On whose screen.
    pub agent: u64,
    /// Which.
    pub ticket: u64,
    /// When.
    pub at: Timestamp,
}

impl State {
    /// All tickets by id, deleted ones too.
    #[must_use]
    pub fn tickets(&self) -> Vec<TicketSnapshot> {
        self.tickets.values().map(|ticket| self.snapshot(ticket)).collect()
    }

    /// A ticket, deleted or not.
    #[must_use]
    pub fn ticket(&self, id: u64) -> Option<TicketSnapshot> {
        self.tickets.get(&id).map(|ticket| self.snapshot(ticket))
    }

    /// The tickets whose external id ends so, such as with a call's id.
    #[must_use]
    pub fn tickets_by_external_id_suffix(&self, suffix: &str) -> Vec<TicketSnapshot> {
        let ends = |id: &Option<String>| id.as_deref().is_some_and(|id| id.ends_with(suffix));
        self.tickets
            .values()
            .filter(|ticket| ends(&ticket.external_id))
            .map(|ticket| self.snapshot(ticket))
            .collect()
    }

    /// How many tickets went into the queue of suspended ones.
    #[must_use]
    pub fn suspended_tickets(&self) -> usize {
        self.suspended_tickets
    }

    /// All users by id, deleted ones too.
    #[must_use]
    pub fn users(&self) -> Vec<UserSnapshot> {
        self.users.keys().filter_map(|id| self.user(*id)).collect()
    }

    /// A user, deleted or not.
    #[must_use]
    pub fn user(&self, id: u64) -> Option<UserSnapshot> {
        let user = self.users.get(&id)?;
        let of_kind = |kind: &str| -> Vec<String> {
            let own = self
                .identities_of(id)
                .into_iter()
                .filter(|identity| identity.kind == kind);
            own.map(|identity| identity.value.clone()).collect()
        };
        let field = |(key, value): (&String, &Value)| Some((key.clone(), value.as_str()?.to_owned()));
        Some(UserSnapshot {
            id,
            name: user.name.clone(),
            role: user.role,
            emails: of_kind("email"),
            external_id: user.external_id.clone(),
            phone: user.phone.clone(),
            shared_phone: user.shared_phone == Some(true),
            lines: of_kind("phone_number"),
            fields: user.fields.iter().filter_map(field).collect(),
            active: user.active,
            suspended: user.suspended,
            merged_into: user.merged_into,
        })
    }

    /// What was opened on screens, in order.
    #[must_use]
    pub fn pops(&self) -> &[Pop] {
        &self.pops
    }

    fn snapshot(&self, ticket: &super::ticket::Ticket) -> TicketSnapshot {
        let comment = |comment: &super::ticket::Comment| CommentSnapshot {
            body: comment.body.clone(),
            public: comment.public,
            author: comment.author,
            files: comment
                .attachments
                .iter()
                .filter_map(|id| Some(self.attachments.get(id)?.content.clone()))
                .collect(),
        };
        TicketSnapshot {
            id: ticket.id,
            external_id: ticket.external_id.clone(),
            requester: ticket.requester,
            assignee: ticket.assignee,
            group: ticket.group,
            subject: ticket.subject.clone(),
            status: ticket.status.clone(),
            tags: ticket.tags.clone(),
            comments: ticket.comments.iter().map(comment).collect(),
            deleted: ticket.deleted,
            created_at: ticket.created_at,
            updated_at: ticket.updated_at,
        }
    }
}
