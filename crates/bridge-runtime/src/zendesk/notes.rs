//! Internal notes, each of them once.

use bridge_core::desk::TicketId;
use bridge_core::input::Outcome;
use bridge_core::port::Failure;
use zendesk_client::tickets::{Comment, NewComment, TicketChanges};

use super::ZendeskDesk;
use super::failure::Doing;
use super::tickets::{closed, deleted, is_closed, ticket_id};

impl ZendeskDesk {
    /// Adds a note unless it stands already. Zendesk has no key for this, and an attempt before a restart is not counted
    /// among the attempts, so the ticket is always looked at first.
    pub(super) async fn add_note(&self, ticket: TicketId, text: &str) -> Result<Outcome, Failure> {
        match self.client.tickets().comments(ticket_id(ticket)).all().await {
            Ok(comments) if comments.iter().any(|comment| says(comment, text)) => return Ok(Outcome::Done),
            Ok(_) => {}
            Err(error) if error.is_not_found() => return Ok(deleted()),
            Err(error) => return Err(Doing::AddingNote.failed(&error)),
        }
        let changes = TicketChanges::new().comment(NewComment::internal(text));
        match self.client.tickets().update(ticket_id(ticket), &changes).await {
            Ok(_) => Ok(Outcome::Done),
            Err(error) if error.is_not_found() => Ok(deleted()),
            Err(error) if is_closed(&error) => Ok(closed()),
            Err(error) => Err(Doing::AddingNote.failed(&error)),
        }
    }
}

/// Whether a note begins with this text: it may have been told together with what came of a recording. Zendesk may change white
/// space; words it keeps.
pub(super) fn says(comment: &Comment, text: &str) -> bool {
    let begins = |body: &str| {
        let mut words = body.split_whitespace();
        text.split_whitespace().all(|word| words.next() == Some(word))
    };
    comment.public != Some(true) && (begins(&comment.body) || comment.plain_body.as_deref().is_some_and(begins))
}
