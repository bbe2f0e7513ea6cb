//! Calls: records of telephone calls that an installed app keeps in Zendesk (Talk Partner Edition).

use std::fmt;

use http::Method;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::client::Client;
use crate::data::data;
use crate::id::{AppId, AuditId, BrandId, CallId, CommentId, OrganizationId, TicketId, UserId};
use crate::pending::Pending;
use crate::request::Request;
use crate::wire::{self, Resource};

/// The endpoints about calls: [`Client::calls`]. They need an installed app's id.
#[derive(Clone, Debug)]
pub struct Calls {
    client: Client,
}

impl Calls {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Records a call. Not idempotent.
    pub fn create(&self, call: &NewCall) -> Pending<Call> {
        self.client
            .pending(Request::one(Method::POST, ALL).json(json!({ "call": call })))
    }

    /// Records a call and makes a ticket of it, whose id is [`Call::ticket_id`] in the answer. Not idempotent.
    pub fn create_with_ticket(&self, call: &NewCall, comment: &CallComment) -> Pending<Call> {
        let body = json!({ "call": call, "comment": comment });
        self.client.pending(Request::one(Method::POST, ALL).json(body))
    }

    /// One call.
    pub fn show(&self, call: CallId) -> Pending<Call> {
        self.client.pending(Request::one(Method::GET, at(call)))
    }

    /// Changes a call: its end, its recording. A comment that was made of it before changes along. Only values are set, so
    /// this counts as idempotent.
    pub fn update(&self, call: CallId, changes: &CallChanges) -> Pending<Call> {
        let request = Request::one(Method::PATCH, at(call)).json(json!({ "call": changes }));
        self.client.pending(request.idempotent(true))
    }

    /// Makes a comment of a call, on the call's ticket. Not idempotent.
    pub fn comment(&self, call: CallId, comment: &CallComment) -> Pending<MadeComment> {
        let request = Request::with_json_answer(Method::POST, format!("{}/comments", at(call)));
        self.client.pending(request.json(json!(comment)))
    }
}

data! {
    /// A call to be recorded. Name the people by [`set`](NewCall::set) with `agent_id`, `end_user_id`, or by the setters.
    NewCall
}

data! {
    /// What to change in a call.
    CallChanges
}

data! {
    /// A comment to be made of a call.
    CallComment
}

/// Which way a call went.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Deserialize, Serialize)]
#[serde(from = "String", into = "String")]
#[non_exhaustive]
pub enum Direction {
    /// From outside.
    Inbound,
    /// To outside.
    Outbound,
    /// Between extensions.
    Internal,
    /// Called back at a caller's wish.
    Callback,
    /// Any other, by Zendesk's name.
    Other(String),
}

/// What can be said of a call when it is recorded and later.
macro_rules! common_setters {
    () => {
        /// Who spoke for the account.
        #[must_use]
        pub fn agent(self, agent: UserId) -> Self {
            self.set("agent_id", agent.get())
        }

        /// Who spoke to the agent.
        #[must_use]
        pub fn end_user(self, user: UserId) -> Self {
            self.set("end_user_id", user.get())
        }

        /// When it ended, and how long it was in seconds.
        #[must_use]
        pub fn ended(self, at: Timestamp, seconds: u64) -> Self {
            self.set("call_ended_at", at.to_string()).set("duration", seconds)
        }

        /// How it came to its end: `completed`, `missed`, `abandoned_in_queue`, `pending_voicemail`, …
        #[must_use]
        pub fn completion_status(self, status: impl Into<String>) -> Self {
            self.set("completion_status", status.into())
        }

        /// Where the agent's browser gets the recording. Zendesk keeps the address only.
        #[must_use]
        pub fn recording_url(self, url: impl Into<String>) -> Self {
            self.set("recording_url", url.into())
        }

        /// The id in another system.
        #[must_use]
        pub fn external_id(self, id: impl Into<String>) -> Self {
            self.set("external_id", id.into())
        }

        /// The ticket it belongs to.
        #[must_use]
        pub fn ticket(self, ticket: TicketId) -> Self {
            self.set("ticket_id", ticket.get())
        }
    };
}

impl NewCall {
    /// A call with all that Zendesk wants to know at least: the app, the numbers of both ends, direction and beginning.
    #[must_use]
    pub fn new(
        app: AppId,
        from: impl Into<String>,
        to: impl Into<String>,
        direction: Direction,
        started_at: Timestamp,
    ) -> Self {
        Self::default()
            .set("app_id", app.get())
            .set("from_line", from.into())
            .set("to_line", to.into())
            .set("direction", String::from(direction))
            .set("call_started_at", started_at.to_string())
    }

    common_setters!();
}

impl CallChanges {
    /// Nothing to change yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    common_setters!();
}

impl CallComment {
    /// A comment with a title.
    #[must_use]
    pub fn new(title: impl Into<String>) -> Self {
        Self::default().set("title", title.into())
    }

    /// Which fields of the call are listed in the comment, by Zendesk's names.
    #[must_use]
    pub fn call_fields(self, fields: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let fields = fields.into_iter().map(|field| Value::String(field.into()));
        self.set("call_fields", fields.collect::<Vec<_>>())
    }

    /// Who says it; the end user of the call if it is not set.
    #[must_use]
    pub fn author(self, author: UserId) -> Self {
        self.set("author_id", author.get())
    }

    /// Opens the ticket on an agent's screen.
    #[must_use]
    pub fn display_to(self, agent: UserId) -> Self {
        self.set("display_to_agent", agent.get())
    }

    /// The subject of the ticket, where one is made.
    #[must_use]
    pub fn subject(self, subject: impl Into<String>) -> Self {
        self.set("subject", subject.into())
    }
}

/// A call. `Debug` shows no numbers.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Call {
    /// The id.
    pub id: CallId,
    /// The app that keeps it.
    #[serde(default)]
    pub app_id: Option<AppId>,
    /// The ticket.
    #[serde(default)]
    pub ticket_id: Option<TicketId>,
    /// Who spoke to the agent.
    #[serde(default)]
    pub end_user_id: Option<UserId>,
    /// Who spoke for the account.
    #[serde(default)]
    pub agent_id: Option<UserId>,
    /// The end user's organization.
    #[serde(default)]
    pub organization_id: Option<OrganizationId>,
    /// The brand.
    #[serde(default)]
    pub brand_id: Option<BrandId>,
    /// The number that called.
    #[serde(default)]
    pub from_line: Option<String>,
    /// What that number is called.
    #[serde(default)]
    pub from_line_nickname: Option<String>,
    /// The number that was called.
    #[serde(default)]
    pub to_line: Option<String>,
    /// What that number is called.
    #[serde(default)]
    pub to_line_nickname: Option<String>,
    /// Which way it went.
    #[serde(default)]
    pub direction: Option<Direction>,
    /// When it began.
    #[serde(default, deserialize_with = "wire::time")]
    pub call_started_at: Option<Timestamp>,
    /// When it ended.
    #[serde(default, deserialize_with = "wire::time")]
    pub call_ended_at: Option<Timestamp>,
    /// How long it was, in seconds.
    #[serde(default)]
    pub duration: Option<u64>,
    /// How it came to its end.
    #[serde(default)]
    pub completion_status: Option<String>,
    /// Where the recording is.
    #[serde(default)]
    pub recording_url: Option<String>,
    /// The id in another system.
    #[serde(default)]
    pub external_id: Option<String>,
    /// When the record was made.
    #[serde(default, deserialize_with = "wire::time")]
    pub created_at: Option<Timestamp>,
    /// When the record was changed last.
    #[serde(default, deserialize_with = "wire::time")]
    pub updated_at: Option<Timestamp>,
}

/// A comment that was made of a call. `Debug` shows no text.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct MadeComment {
    /// The id.
    pub id: CommentId,
    /// Who says it.
    #[serde(default)]
    pub author_id: Option<UserId>,
    /// The text: the title, and a line for each field.
    #[serde(default)]
    pub body: Option<String>,
    /// Whether the requester sees it.
    #[serde(default)]
    pub public: Option<bool>,
    /// The entry in the ticket's history.
    #[serde(default)]
    pub audit_id: Option<AuditId>,
    /// When it was made.
    #[serde(default, deserialize_with = "wire::time")]
    pub created_at: Option<Timestamp>,
}

impl From<String> for Direction {
    fn from(direction: String) -> Self {
        match direction.as_str() {
            "inbound" => Self::Inbound,
            "outbound" => Self::Outbound,
            "internal" => Self::Internal,
            "callback" => Self::Callback,
            _ => Self::Other(direction),
        }
    }
}

impl From<Direction> for String {
    fn from(direction: Direction) -> Self {
        match direction {
            Direction::Inbound => "inbound".into(),
            Direction::Outbound => "outbound".into(),
            Direction::Internal => "internal".into(),
            Direction::Callback => "callback".into(),
            Direction::Other(direction) => direction,
        }
    }
}

impl Resource for Call {
    const ONE: &'static str = "call";
    const MANY: &'static str = "calls";
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("id", &self.id)
            .field("ticket_id", &self.ticket_id)
            .field("direction", &self.direction)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for MadeComment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MadeComment")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

const ALL: &str = "/api/v2/calls";

fn at(call: CallId) -> String {
    format!("{ALL}/{call}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{CallChanges, CallComment, Direction, NewCall};
    use crate::{AppId, CallId, Client, Credentials, UserId};

    #[test]
    fn requests() {
        let calls = Client::builder("https://acme.zendesk.com", Credentials::bearer("t".into()))
            .build()
            .unwrap()
            .calls();
        let start = "2026-11-24T14:02:00Z".parse().unwrap();
        let call =
            NewCall::new(AppId::new(5), "+4972112345", "+4989123", Direction::Inbound, start).agent(UserId::new(501));
        let comment = CallComment::new("Call")
            .call_fields(["direction"])
            .display_to(UserId::new(501));
        let create = calls.create_with_ticket(&call, &comment);
        let body = json!({"call": {"app_id": 5, "from_line": "+4972112345", "to_line": "+4989123", "direction": "inbound",
            "call_started_at": "2026-11-24T14:02:00Z", "agent_id": 501},
            "comment": {"title": "Call", "call_fields": ["direction"], "display_to_agent": 501}});
        assert_eq!(create.request().body().as_json(), Some(&body));
        assert!(!create.request().is_idempotent() && !format!("{call:?}").contains("721"));
        let update = calls.update(
            CallId::new(9),
            &CallChanges::new().recording_url("https://x.example/a.wav"),
        );
        assert_eq!(
            (update.request().method().as_str(), update.request().path()),
            ("PATCH", "/api/v2/calls/9")
        );
        assert!(update.request().is_idempotent());
        let made = calls.comment(CallId::new(9), &CallComment::new("Call"));
        assert_eq!(made.request().path(), "/api/v2/calls/9/comments");
        assert_eq!(made.request().body().as_json(), Some(&json!({"title": "Call"})));
    }
}
