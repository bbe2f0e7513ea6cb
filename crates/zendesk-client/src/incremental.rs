//! Incremental exports: everything that changed since a time. For administrators, and ten requests a minute.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::client::Client;
use crate::id::{TicketId, UserId};
use crate::listing::Listing;
use crate::tickets::Ticket;
use crate::users::User;
use crate::wire::{self, Resource};

/// The endpoints about incremental exports: [`Client::incremental`].
///
/// An export ends where it has caught up. Keep [`Page::cursor`](crate::Page::cursor), or
/// [`Page::end_time`](crate::Page::end_time) of those by time, and go on from there later:
///
/// ```no_run
/// # async fn run(client: zendesk_client::Client, since: jiff::Timestamp) -> Result<(), zendesk_client::Error> {
/// let mut users = client.incremental().users(since);
/// let mut cursor = None;
/// while let Some(page) = users.next_page().await? {
///     println!("{} users", page.items.len());
///     cursor = page.cursor.or(cursor);
/// }
/// // A minute later:
/// if let Some(cursor) = cursor {
///     let changed_since = client.incremental().users(since).after(&cursor).all().await?;
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Incremental {
    client: Client,
}

impl Incremental {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Users that were changed since, deleted ones too. `since` must be a minute ago at least.
    pub fn users(&self, since: Timestamp) -> Listing<User> {
        self.export("users/cursor", since)
    }

    /// The same with everybody's identities beside them, in [`Page::identities`](crate::Page::identities). It is not documented that
    /// this export takes side-loads as other lists do: where Zendesk does not, that is `None`.
    pub fn users_and_identities(&self, since: Timestamp) -> Listing<User> {
        self.users(since).with("include", "identities")
    }

    /// The same by time instead of cursor: records may come twice.
    pub fn users_by_time(&self, since: Timestamp) -> Listing<User> {
        self.export("users", since)
    }

    /// Tickets that were changed since, closed and deleted ones too. `since` must be a minute ago at least.
    pub fn tickets(&self, since: Timestamp) -> Listing<Ticket> {
        self.export("tickets/cursor", since)
    }

    /// The same by time instead of cursor: records may come twice.
    pub fn tickets_by_time(&self, since: Timestamp) -> Listing<Ticket> {
        self.export("tickets", since)
    }

    /// What was done to any ticket since: who changed what. By time: events may come twice.
    pub fn ticket_events(&self, since: Timestamp) -> Listing<TicketEvent> {
        self.export("ticket_events", since)
    }

    fn export<T: Resource>(&self, what: &str, since: Timestamp) -> Listing<T> {
        Listing::new(self.client.clone(), format!("/api/v2/incremental/{what}"))
            .with("start_time", since.as_second().to_string())
    }
}

/// One change of one ticket.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[non_exhaustive]
pub struct TicketEvent {
    /// The id.
    pub id: u64,
    /// The ticket.
    #[serde(default)]
    pub ticket_id: Option<TicketId>,
    /// When it was, in Unix seconds.
    #[serde(default)]
    pub timestamp: Option<i64>,
    /// When it was.
    #[serde(default, deserialize_with = "wire::time")]
    pub created_at: Option<Timestamp>,
    /// Who did it, by [`TicketEvent::updater`] if it was a person.
    #[serde(default)]
    pub updater_id: Option<i64>,
    /// `Audit`.
    #[serde(default)]
    pub event_type: Option<String>,
    /// What was done in particular.
    #[serde(default, deserialize_with = "wire::or_default")]
    pub child_events: Vec<ChildEvent>,
}

/// One part of a change. `Debug` shows id and type only.
#[derive(Clone, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct ChildEvent {
    /// The id.
    #[serde(default)]
    pub id: Option<u64>,
    /// `Change`, `Create`, `Comment`, …
    #[serde(default)]
    pub event_type: Option<String>,
    /// Everything else: the changed field under its own name, `previous_value`, …
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

impl TicketEvent {
    /// Who did it, if it was a person.
    #[must_use]
    pub fn updater(&self) -> Option<UserId> {
        let id = u64::try_from(self.updater_id?).ok()?;
        (id > 0).then(|| UserId::new(id))
    }

    /// What a field was changed or set to, if it was: `requester_id`, `status`, … Ids come as numbers or as strings.
    #[must_use]
    pub fn changed(&self, field: &str) -> Option<&Value> {
        let mut changes = self
            .child_events
            .iter()
            .filter(|event| matches!(event.event_type.as_deref(), Some("Change" | "Create")));
        changes.find_map(|event| event.more.get(field))
    }
}

impl Resource for TicketEvent {
    const ONE: &'static str = "ticket_event";
    const MANY: &'static str = "ticket_events";
}

impl std::fmt::Debug for ChildEvent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChildEvent")
            .field("id", &self.id)
            .field("event_type", &self.event_type)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::TicketEvent;
    use crate::{Client, Credentials, UserId};

    #[test]
    fn an_export_begins_at_a_time_or_at_a_cursor() {
        let incremental = Client::builder("https://acme.zendesk.com", Credentials::bearer("t".into()))
            .build()
            .unwrap()
            .incremental();
        let users = incremental.users("2026-11-24T14:05:10Z".parse().unwrap());
        assert_eq!(users.request().path(), "/api/v2/incremental/users/cursor");
        assert_eq!(
            users.request().query_pairs(),
            [("start_time".into(), "1795529110".into())]
        );
        let later = users.page_size(500).after("MTY5/+==");
        let pairs = [("per_page", "500"), ("cursor", "MTY5/+==")];
        assert_eq!(later.request().query_pairs(), pairs.map(|(k, v)| (k.into(), v.into())));
    }

    #[test]
    fn a_changed_requester_is_found() {
        let event: TicketEvent =
            serde_json::from_value(json!({"id": 1, "ticket_id": 77, "timestamp": 1, "updater_id": 501,
            "event_type": "Audit", "child_events": [
                {"id": 2, "event_type": "Comment", "requester_id": 1},
                {"id": 3, "via": "Web", "event_type": "Change", "requester_id": "901", "previous_value": "900"}]}))
            .unwrap();
        assert_eq!(event.changed("requester_id"), Some(&json!("901")));
        assert_eq!(event.changed("status"), None);
        assert_eq!(event.updater(), Some(UserId::new(501)));
        assert_eq!(
            TicketEvent {
                updater_id: Some(-1),
                ..event
            }
            .updater(),
            None
        );
    }
}
