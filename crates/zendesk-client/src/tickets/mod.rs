//! Tickets and their comments.

mod audits;
mod data;
mod many;
mod ticket;

use http::Method;
use serde_json::json;

pub use audits::{Audit, Change, Event, OtherEvent};
pub use data::{NewComment, NewTicket, TicketChanges};
pub use many::Tags;
pub use ticket::{Comment, CustomField, Status, Ticket, Via};

use crate::answer::{Answer, ReadError};
use crate::body::IdempotencyKey;
use crate::client::Client;
use crate::id::{AuditId, CommentId, TicketId, UserId};
use crate::listing::Listing;
use crate::pending::Pending;
use crate::request::Request;

/// The endpoints about tickets: [`Client::tickets`].
#[derive(Clone, Debug)]
pub struct Tickets {
    client: Client,
}

/// What Zendesk made of a new ticket.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct Created {
    /// The ticket; `None` if there is none, as where the requester is suspended and the ticket went to a queue of its own.
    pub ticket: Option<Ticket>,
    /// What Zendesk says of the idempotency key.
    pub lookup: Lookup,
}

/// Whether a request was told to be a repetition by its idempotency key.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Lookup {
    /// It was the first with this key.
    Miss,
    /// It repeated an earlier one, whose answer this is.
    Hit,
    /// Zendesk does not say.
    Unknown,
}

impl Tickets {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Creates a ticket. With a key it may be repeated for two hours and stays one ticket, and it is repeated after
    /// time-outs and the like; without one it is not.
    pub fn create(&self, ticket: &NewTicket, key: Option<IdempotencyKey>) -> Pending<Created> {
        let request = Request::new(Method::POST, "/api/v2/tickets", read_created).json(json!({ "ticket": ticket }));
        self.client.pending(match key {
            Some(key) => request.idempotency_key(key),
            None => request,
        })
    }

    /// One ticket. Deleted ones, and those the credentials may not see, are
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound).
    pub fn show(&self, ticket: TicketId) -> Pending<Ticket> {
        self.client.pending(Request::one(Method::GET, at(ticket)))
    }

    /// Tickets with exactly this external id. Zendesk does not make it unique: there may be several. What was written
    /// is found at once.
    pub fn list_by_external_id(&self, external_id: &str) -> Listing<Ticket> {
        Listing::by_cursor(self.client.clone(), "/api/v2/tickets").query("external_id", external_id)
    }

    /// Changes a ticket. What is not mentioned stays.
    ///
    /// It counts as idempotent unless it adds a comment, which would be there twice, or is
    /// [conditional](TicketChanges::unless_changed_since), when the repetition would object to the first.
    pub fn update(&self, ticket: TicketId, changes: &TicketChanges) -> Pending<Ticket> {
        let request = Request::one(Method::PUT, at(ticket)).json(json!({ "ticket": changes }));
        self.client.pending(request.idempotent(changes.is_idempotent()))
    }

    /// Deletes a ticket; it can be restored for 30 days.
    pub fn delete(&self, ticket: TicketId) -> Pending<()> {
        self.client.pending(Request::delete(at(ticket)))
    }

    /// All tickets. Reports and copies take the
    /// [export](crate::incremental::Incremental::tickets).
    pub fn list(&self) -> Listing<Ticket> {
        Listing::by_cursor(self.client.clone(), "/api/v2/tickets")
    }

    /// The tickets of late, as Zendesk shows them to the credentials' user.
    pub fn recent(&self) -> Listing<Ticket> {
        Listing::new(self.client.clone(), "/api/v2/tickets/recent")
    }

    /// How many tickets there are; of more than 100,000 counted once a day.
    pub fn count(&self) -> Pending<u64> {
        let request = Request::new(Method::GET, "/api/v2/tickets/count", |answer| answer.count());
        self.client.pending(request)
    }

    /// The tickets that a user requested.
    pub fn requested_by(&self, user: UserId) -> Listing<Ticket> {
        Listing::by_cursor(self.client.clone(), format!("/api/v2/users/{user}/tickets/requested"))
    }

    /// The tickets that an agent works on.
    pub fn assigned_to(&self, agent: UserId) -> Listing<Ticket> {
        Listing::by_cursor(self.client.clone(), format!("/api/v2/users/{agent}/tickets/assigned"))
    }

    /// The tickets of which a user gets copies.
    pub fn copied_to(&self, user: UserId) -> Listing<Ticket> {
        Listing::by_cursor(self.client.clone(), format!("/api/v2/users/{user}/tickets/ccd"))
    }

    /// The history of a ticket.
    pub fn audits(&self, ticket: TicketId) -> Listing<Audit> {
        Listing::by_cursor(self.client.clone(), format!("{}/audits", at(ticket)))
    }

    /// One entry in a ticket's history.
    pub fn audit(&self, ticket: TicketId, audit: AuditId) -> Pending<Audit> {
        self.client
            .pending(Request::one(Method::GET, format!("{}/audits/{audit}", at(ticket))))
    }

    /// Hides a public comment from the requester.
    pub fn make_comment_private(&self, ticket: TicketId, comment: CommentId) -> Pending<()> {
        let path = format!("{}/comments/{comment}/make_private", at(ticket));
        self.client.pending(Request::unread(Method::PUT, path).json(json!({})))
    }

    /// The histories of all tickets together.
    pub fn all_audits(&self) -> Listing<Audit> {
        Listing::by_cursor(self.client.clone(), "/api/v2/ticket_audits")
    }

    /// The comments of a ticket, oldest first.
    pub fn comments(&self, ticket: TicketId) -> Listing<Comment> {
        Listing::by_cursor(self.client.clone(), format!("{}/comments", at(ticket)))
    }
}

fn at(ticket: TicketId) -> String {
    format!("/api/v2/tickets/{ticket}")
}

fn read_created(answer: &Answer) -> Result<Created, ReadError> {
    let lookup = match answer.header("x-idempotency-lookup") {
        Some(word) if word.eq_ignore_ascii_case("hit") => Lookup::Hit,
        Some(word) if word.eq_ignore_ascii_case("miss") => Lookup::Miss,
        _ => Lookup::Unknown,
    };
    Ok(Created {
        ticket: answer.maybe_one()?,
        lookup,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{NewComment, NewTicket, TicketChanges};
    use crate::{Client, Credentials, GroupId, IdempotencyKey, TicketId, UserId};

    fn client() -> Client {
        Client::builder("https://acme.zendesk.com", Credentials::bearer("t".into()))
            .build()
            .unwrap()
    }

    #[test]
    fn a_new_ticket_says_whether_its_comment_is_public() {
        let ticket = NewTicket::new(NewComment::internal("Call from …123"))
            .subject("Call")
            .requester(UserId::new(900))
            .assignee(UserId::new(501))
            .group(GroupId::new(71))
            .external_id("zendesk-bridge:hq:c1")
            .tags(["phone"]);
        let key = IdempotencyKey::new("c1/ticket").unwrap();
        let call = client().tickets().create(&ticket, Some(key.clone()));
        let body = json!({"ticket": {
            "comment": {"body": "Call from …123", "public": false}, "subject": "Call", "requester_id": 900, "assignee_id": 501,
            "group_id": 71, "external_id": "zendesk-bridge:hq:c1", "tags": ["phone"]}});
        assert_eq!(call.request().body().as_json(), Some(&body));
        assert_eq!(call.request().key(), Some(&key));
        assert!(!format!("{ticket:?} {call:?}").contains("123\""));
    }

    #[test]
    fn an_id_of_another_system_may_be_a_number_and_stays_out_of_traces() {
        assert!(
            client()
                .tickets()
                .list_by_external_id("tel:+49721")
                .request()
                .is_sensitive()
        );
    }

    #[test]
    fn a_comment_is_text_or_html() {
        let html = TicketChanges::new().comment(NewComment::internal("<b>x</b>").html());
        let body = json!({"ticket": {"comment": {"html_body": "<b>x</b>", "public": false}}});
        let update = client().tickets().update(TicketId::new(77), &html);
        assert_eq!(update.request().body().as_json(), Some(&body));
        assert_eq!(
            serde_json::to_value(NewComment::public("<b>x</b>").html()).unwrap(),
            json!({"html_body": "<b>x</b>", "public": true})
        );
    }

    #[test]
    fn an_update_is_idempotent_unless_it_comments_or_is_conditional() {
        let tickets = client().tickets();
        let update = |changes: TicketChanges| tickets.update(TicketId::new(77), &changes);
        let requester = TicketChanges::new().requester(UserId::new(900));
        assert!(update(requester.clone()).request().is_idempotent());
        assert!(
            !update(TicketChanges::new().comment(NewComment::internal("x")))
                .request()
                .is_idempotent()
        );
        let stamp = "2026-11-24T14:05:10Z".parse().unwrap();
        let safe = update(requester.unless_changed_since(stamp));
        assert!(!safe.request().is_idempotent());
        let body =
            json!({"ticket": {"requester_id": 900, "safe_update": true, "updated_stamp": "2026-11-24T14:05:10Z"}});
        assert_eq!(safe.request().body().as_json(), Some(&body));
    }
}
