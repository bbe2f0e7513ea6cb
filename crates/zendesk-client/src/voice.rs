//! Talk Partner Edition: what a telephone system shows to agents, and tickets that are calls.

use http::Method;
use jiff::Timestamp;
use serde_json::json;

use crate::client::Client;
use crate::data::data;
use crate::id::{TicketId, UserId};
use crate::pending::Pending;
use crate::request::Request;
use crate::tickets::{NewTicket, Ticket};

/// The endpoints of Talk Partner Edition: [`Client::voice`]. Without that plan they answer 403 or 404.
#[derive(Clone, Debug)]
pub struct Voice {
    client: Client,
}

impl Voice {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Opens a ticket on an agent's screen. Success says that Zendesk took the order, not that anybody looks.
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) if there is no such agent or ticket.
    ///
    /// Showing the same ticket twice changes nothing, so this counts as idempotent.
    pub fn display_ticket(&self, agent: UserId, ticket: TicketId) -> Pending<()> {
        self.display(agent, "tickets", ticket.get())
    }

    /// Opens a user's profile on an agent's screen, like [`Voice::display_ticket`].
    pub fn display_profile(&self, agent: UserId, user: UserId) -> Pending<()> {
        self.display(agent, "users", user.get())
    }

    /// Creates a ticket that is a call, and opens it on the screen of `display_to` if there is one. `None` if there is no
    /// ticket, as where the requester is suspended.
    ///
    /// Zendesk checks the agent first: [`ErrorKind::Validation`](crate::ErrorKind::Validation) means that there is no ticket.
    /// There is no idempotency key here. Give the ticket an external id, and look for that after a failure in doubt.
    pub fn create_ticket(
        &self,
        via: CallVia,
        ticket: &NewTicket,
        display_to: Option<UserId>,
    ) -> Pending<Option<Ticket>> {
        let mut body = json!({ "ticket": ticket.clone().set("via_id", via.id()) });
        if let Some(agent) = display_to {
            body["display_to_agent"] = agent.get().into();
        }
        let request = Request::new(Method::POST, "/api/v2/channels/voice/tickets", |answer| {
            answer.maybe_one()
        });
        self.client.pending(request.json(body))
    }

    fn display(&self, agent: UserId, what: &str, id: u64) -> Pending<()> {
        let path = format!("/api/v2/channels/voice/agents/{agent}/{what}/{id}/display");
        // The answer's body is empty or an empty string: nothing to read.
        self.client
            .pending(Request::unread(Method::POST, path).json(json!({})).idempotent(true))
    }
}

/// What sort of call a ticket is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum CallVia {
    /// A message that a caller left.
    Voicemail,
    /// A call from outside.
    Inbound,
    /// A call to outside.
    Outbound,
}

impl CallVia {
    /// Zendesk's number for it.
    #[must_use]
    pub fn id(self) -> u64 {
        match self {
            Self::Voicemail => 44,
            Self::Inbound => 45,
            Self::Outbound => 46,
        }
    }
}

data! {
    /// A comment that is a call with its recording, to be given to [`NewTicket::voice_comment`] or
    /// [`TicketChanges::voice_comment`](crate::tickets::TicketChanges::voice_comment) after the call.
    NewVoiceComment
}

impl NewVoiceComment {
    /// A call by its numbers, its beginning, how many seconds it took, and who answered it.
    #[must_use]
    pub fn new(
        from: impl Into<String>,
        to: impl Into<String>,
        started_at: Timestamp,
        seconds: u64,
        answered_by: UserId,
    ) -> Self {
        Self::default()
            .set("from", from.into())
            .set("to", to.into())
            .set("started_at", started_at.to_string())
            .set("call_duration", seconds)
            .set("answered_by_id", answered_by.get())
    }

    /// Where the agent's browser gets the recording, MP3 or WAV. Zendesk keeps the address only, and shows without one that
    /// there is no recording.
    #[must_use]
    pub fn recording_url(self, url: impl Into<String>) -> Self {
        self.set("recording_url", url.into())
    }

    /// What was said.
    #[must_use]
    pub fn transcription(self, text: impl Into<String>) -> Self {
        self.set("transcription_text", text.into())
    }

    /// Where the caller is.
    #[must_use]
    pub fn location(self, place: impl Into<String>) -> Self {
        self.set("location", place.into())
    }
}

impl From<NewVoiceComment> for serde_json::Value {
    fn from(comment: NewVoiceComment) -> Self {
        Self::Object(comment.0)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{CallVia, NewVoiceComment, Voice};
    use crate::tickets::{NewComment, NewTicket, TicketChanges};
    use crate::{Client, Credentials, TicketId, UserId};

    fn client() -> Client {
        Client::builder("https://acme.zendesk.com", Credentials::bearer("t".into()))
            .build()
            .unwrap()
    }

    fn voice() -> Voice {
        client().voice()
    }

    #[test]
    fn display_names_agent_and_what_is_displayed() {
        let (agent, ticket) = (UserId::new(501), TicketId::new(77));
        for (call, path) in [
            (
                voice().display_ticket(agent, ticket),
                "/api/v2/channels/voice/agents/501/tickets/77/display",
            ),
            (
                voice().display_profile(agent, UserId::new(7)),
                "/api/v2/channels/voice/agents/501/users/7/display",
            ),
        ] {
            assert_eq!(
                (call.request().method().as_str(), call.request().path()),
                ("POST", path)
            );
            assert!(call.request().is_idempotent());
        }
    }

    #[test]
    fn a_ticket_of_a_call_says_so_and_may_be_displayed() {
        let ticket = NewTicket::new(NewComment::internal("x")).external_id("c1");
        let shown = voice().create_ticket(CallVia::Inbound, &ticket, Some(UserId::new(501)));
        let body = json!({"display_to_agent": 501,
            "ticket": {"comment": {"body": "x", "public": false}, "external_id": "c1", "via_id": 45}});
        assert_eq!(shown.request().body().as_json(), Some(&body));
        assert!(!shown.request().is_idempotent());
        let not = voice().create_ticket(CallVia::Voicemail, &ticket, None);
        assert_eq!(not.request().body().as_json().unwrap().get("display_to_agent"), None);
    }

    #[test]
    fn a_voice_comment_is_a_comment_and_so_not_repeatable_blindly() {
        let start = "2026-11-24T14:02:00Z".parse().unwrap();
        let comment = NewVoiceComment::new("+4972112345", "+4989123", start, 40, UserId::new(501));
        let changes = TicketChanges::new().voice_comment(comment.recording_url("https://x.example/a.wav"));
        let update = client().tickets().update(TicketId::new(77), &changes);
        assert!(!update.request().is_idempotent());
        let body = json!({"ticket": {"voice_comment": {"from": "+4972112345", "to": "+4989123", "call_duration": 40,
            "started_at": "2026-11-24T14:02:00Z", "answered_by_id": 501, "recording_url": "https://x.example/a.wav"}}});
        assert_eq!(update.request().body().as_json(), Some(&body));
    }
}
