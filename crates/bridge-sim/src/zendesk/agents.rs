//! What agents do in their browsers, with the same consequences as in the real ones.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::check::Checked;
use super::message::SimResponse;
use super::state::{State, whole_seconds};
use super::ticket::Via;
use super::ticket_write::Author;

/// Zendesk would not let the agent do that.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("Zendesk refuses with status {status}: {reason}")]
pub struct Refused {
    /// The status that the API would give.
    pub status: u16,
    /// The first objection.
    pub reason: String,
}

impl State {
    /// The agent opens a browser.
    pub fn sign_in(&mut self, agent: u64) {
        self.signed_in.insert(agent);
    }

    /// The agent closes all browsers.
    pub fn sign_out(&mut self, agent: u64) {
        self.signed_in.remove(&agent);
    }

    /// The agent sets a ticket's requester.
    ///
    /// # Errors
    /// If the ticket or the user is not there, or the ticket is closed.
    pub fn set_requester(&mut self, agent: u64, ticket: u64, requester: u64, now: Timestamp) -> Result<(), Refused> {
        self.by_agent(agent, ticket, json!({"requester_id": requester}), now)
    }

    /// The agent sets a ticket's status.
    ///
    /// # Errors
    /// If the ticket is not there, or closed.
    pub fn set_status(&mut self, agent: u64, ticket: u64, status: &str, now: Timestamp) -> Result<(), Refused> {
        self.by_agent(agent, ticket, json!({"status": status}), now)
    }

    /// The agent changes something that the bridge does not care for: the priority.
    ///
    /// # Errors
    /// If the ticket is not there, or closed.
    pub fn edit(&mut self, agent: u64, ticket: u64, now: Timestamp) -> Result<(), Refused> {
        let is_high = self
            .tickets
            .get(&ticket)
            .is_some_and(|ticket| ticket.priority.as_deref() == Some("high"));
        self.by_agent(
            agent,
            ticket,
            json!({"priority": if is_high { "normal" } else { "high" }}),
            now,
        )
    }

    /// The agent writes a comment.
    ///
    /// # Errors
    /// If the ticket is not there, or closed.
    pub fn comment_on(
        &mut self,
        agent: u64,
        ticket: u64,
        body: &str,
        public: bool,
        now: Timestamp,
    ) -> Result<(), Refused> {
        self.by_agent(agent, ticket, json!({"comment": {"body": body, "public": public}}), now)
    }

    /// The agent closes a ticket.
    ///
    /// # Errors
    /// If the ticket is not there, or closed already.
    pub fn close(&mut self, agent: u64, ticket: u64, now: Timestamp) -> Result<(), Refused> {
        self.by_agent(agent, ticket, json!({"status": "closed"}), now)
    }

    /// The agent deletes a ticket.
    ///
    /// # Errors
    /// If the ticket is not there.
    pub fn delete(&mut self, ticket: u64, now: Timestamp) -> Result<(), Refused> {
        let id = self.live_ticket(ticket).map_err(refused)?.id;
        self.hide_ticket(id, whole_seconds(now));
        Ok(())
    }

    /// The agent merges a user into another: identities and tickets go there, the user is gone.
    ///
    /// # Errors
    /// If one of them is not there, or no end user.
    pub fn merge_users(&mut self, loser: u64, winner: u64, now: Timestamp) -> Result<(), Refused> {
        self.merge(loser, winner, whole_seconds(now)).map_err(refused)
    }

    fn by_agent(&mut self, agent: u64, ticket: u64, change: Value, now: Timestamp) -> Result<(), Refused> {
        let by = Author {
            user: agent,
            via: Via::Web,
            client: "Mozilla/5.0".to_owned(),
        };
        self.change_ticket(ticket, &Checked::of(change), &by, whole_seconds(now))
            .map(drop)
            .map_err(refused)
    }
}

fn refused(answer: SimResponse) -> Refused {
    let body = answer.value();
    let objection = body["details"].as_object().and_then(|details| details.values().next());
    let reason = objection
        .and_then(|list| list[0]["description"].as_str())
        .or(body["description"].as_str());
    Refused {
        status: answer.status,
        reason: reason.unwrap_or_default().to_owned(),
    }
}
