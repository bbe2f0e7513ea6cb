//! Many tickets at once, and the tags of one.

use http::Method;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{NewTicket, Ticket, TicketChanges, Tickets, at};
use crate::answer::{Answer, ReadError};
use crate::data::joined;
use crate::id::TicketId;
use crate::jobs::Job;
use crate::pending::Pending;
use crate::request::Request;

/// Zendesk takes up to 100 tickets at a time, and answers with a [`Job`] even where all of them are going to fail.
impl Tickets {
    /// Up to 100 tickets. Which do not exist or cannot be seen are left out.
    pub fn show_many(&self, tickets: &[TicketId]) -> Pending<Vec<Ticket>> {
        let request = Request::new(Method::GET, "/api/v2/tickets/show_many", |answer| answer.many());
        self.client.pending(request.query("ids", joined(tickets)))
    }

    /// Creates up to 100 tickets. Not idempotent, and without keys.
    pub fn create_many(&self, tickets: &[NewTicket]) -> Pending<Job> {
        let request = Request::one(Method::POST, "/api/v2/tickets/create_many");
        self.client.pending(request.json(json!({ "tickets": tickets })))
    }

    /// Changes up to 100 tickets, all of them alike.
    pub fn update_all(&self, tickets: &[TicketId], changes: &TicketChanges) -> Pending<Job> {
        let request = Request::one(Method::PUT, UPDATE_MANY)
            .query("ids", joined(tickets))
            .json(json!({ "ticket": changes }));
        self.client.pending(request.idempotent(changes.is_idempotent()))
    }

    /// Changes up to 100 tickets, each in its own way.
    pub fn update_many(&self, changes: &[(TicketId, TicketChanges)]) -> Pending<Job> {
        let idempotent = changes.iter().all(|(_, changes)| changes.is_idempotent());
        let tickets: Vec<_> = changes
            .iter()
            .map(|(ticket, changes)| changes.clone().of(*ticket))
            .collect();
        let request = Request::one(Method::PUT, UPDATE_MANY).json(json!({ "tickets": tickets }));
        self.client.pending(request.idempotent(idempotent))
    }

    /// Deletes up to 100 tickets; they can be restored for 30 days.
    pub fn destroy_many(&self, tickets: &[TicketId]) -> Pending<Job> {
        let request = Request::one(Method::DELETE, "/api/v2/tickets/destroy_many");
        self.client.pending(request.query("ids", joined(tickets)))
    }

    /// The tags of a ticket.
    pub fn tags(&self, ticket: TicketId) -> Pending<Vec<String>> {
        self.client
            .pending(Request::new(Method::GET, tags_of(ticket), read_tags))
    }

    /// Replaces all tags of a ticket. Answered by the tags as they are now.
    pub fn set_tags(&self, ticket: TicketId, tags: &Tags) -> Pending<Vec<String>> {
        self.write_tags(Method::POST, ticket, tags)
    }

    /// Adds tags to a ticket. Answered by the tags as they are now.
    pub fn add_tags(&self, ticket: TicketId, tags: &Tags) -> Pending<Vec<String>> {
        self.write_tags(Method::PUT, ticket, tags)
    }

    /// Takes tags from a ticket. Answered by the tags as they are now.
    pub fn remove_tags(&self, ticket: TicketId, tags: &Tags) -> Pending<Vec<String>> {
        self.write_tags(Method::DELETE, ticket, tags)
    }

    /// Doing it twice is doing it once, unless it is conditional: then the repetition would object to the first.
    fn write_tags(&self, method: Method, ticket: TicketId, tags: &Tags) -> Pending<Vec<String>> {
        let request = Request::new(method, tags_of(ticket), read_tags).json(tags.body());
        self.client
            .pending(request.idempotent(tags.unless_changed_since.is_none()))
    }
}

/// Tags to be set, added or taken away.
///
/// ```
/// use zendesk_client::tickets::Tags;
/// let tags = Tags::new(["phone", "vip"]);
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tags {
    tags: Vec<String>,
    unless_changed_since: Option<Timestamp>,
}

impl Tags {
    /// These tags.
    #[must_use]
    pub fn new(tags: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            tags: tags.into_iter().map(Into::into).collect(),
            unless_changed_since: None,
        }
    }

    /// Does nothing if the ticket was changed since this [`Ticket::updated_at`] was read: then the call fails with
    /// [`ErrorKind::Conflict`](crate::ErrorKind::Conflict).
    #[must_use]
    pub fn unless_changed_since(mut self, updated_at: Timestamp) -> Self {
        self.unless_changed_since = Some(updated_at);
        self
    }

    fn body(&self) -> Value {
        let mut body = json!({ "tags": self.tags });
        if let Some(stamp) = self.unless_changed_since {
            body["updated_stamp"] = stamp.to_string().into();
            // A string: the documentation shows it so for tags.
            body["safe_update"] = "true".into();
        }
        body
    }
}

const UPDATE_MANY: &str = "/api/v2/tickets/update_many";

fn tags_of(ticket: TicketId) -> String {
    format!("{}/tags", at(ticket))
}

fn read_tags(answer: &Answer) -> Result<Vec<String>, ReadError> {
    #[derive(Deserialize)]
    struct Tagged {
        tags: Vec<String>,
    }
    answer.json::<Tagged>().map(|tagged| tagged.tags)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Tags;
    use crate::tickets::{NewComment, TicketChanges};
    use crate::{Client, Credentials, TicketId};

    fn tickets() -> super::Tickets {
        Client::builder("https://acme.zendesk.com", Credentials::bearer("t".into()))
            .build()
            .unwrap()
            .tickets()
    }

    #[test]
    fn tags_are_written_by_method_and_conditionally() {
        let (ticket, tags) = (TicketId::new(77), Tags::new(["phone"]));
        for (call, method) in [
            (tickets().set_tags(ticket, &tags), "POST"),
            (tickets().add_tags(ticket, &tags), "PUT"),
            (tickets().remove_tags(ticket, &tags), "DELETE"),
        ] {
            assert_eq!(
                (call.request().method().as_str(), call.request().path()),
                (method, "/api/v2/tickets/77/tags")
            );
            assert_eq!(call.request().body().as_json(), Some(&json!({"tags": ["phone"]})));
            assert!(call.request().is_idempotent(), "{method}");
        }
        let safe = tickets().add_tags(
            ticket,
            &tags.unless_changed_since("2026-11-24T14:05:10Z".parse().unwrap()),
        );
        let body = json!({"tags": ["phone"], "updated_stamp": "2026-11-24T14:05:10Z", "safe_update": "true"});
        assert_eq!(safe.request().body().as_json(), Some(&body));
        assert!(!safe.request().is_idempotent());
    }

    #[test]
    fn many_are_changed_alike_or_each_in_its_own_way() {
        let ids = [TicketId::new(1), TicketId::new(2)];
        let solved = || TicketChanges::new().additional_tags(["a"]);
        let alike = tickets().update_all(&ids, &solved());
        assert_eq!(alike.request().query_pairs(), [("ids".into(), "1,2".into())]);
        assert_eq!(
            alike.request().body().as_json(),
            Some(&json!({"ticket": {"additional_tags": ["a"]}}))
        );
        assert!(alike.request().is_idempotent());
        let commented = TicketChanges::new().comment(NewComment::internal("x"));
        let each = tickets().update_many(&[(ids[0], solved()), (ids[1], commented)]);
        let body = json!({"tickets": [{"id": 1, "additional_tags": ["a"]}, {"id": 2, "comment": {"body": "x", "public": false}}]});
        assert_eq!(each.request().body().as_json(), Some(&body));
        assert!(!each.request().is_idempotent());
        let destroy = tickets().destroy_many(&ids);
        assert_eq!(
            (destroy.request().method().as_str(), destroy.request().path()),
            ("DELETE", "/api/v2/tickets/destroy_many")
        );
    }
}
