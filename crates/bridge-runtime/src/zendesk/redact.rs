//! Recordings taken away from tickets.

use bridge_core::desk::TicketId;
use bridge_core::input::Outcome;
use bridge_core::port::Failure;
use bridge_core::recording::Sha256;
use zendesk_client::ErrorKind;

use super::ZendeskDesk;
use super::attach::{carries, refused};
use super::failure::{Doing, objections};
use super::tickets::{closed, deleted, is_closed, ticket_id};

impl ZendeskDesk {
    /// Takes the content of whatever hangs on the note with this recording. Which attachment that is need not be known: the
    /// sum stands in the note, and no note has anything else on it.
    pub(super) async fn redact(&self, ticket: TicketId, sha256: &Sha256) -> Result<Outcome, Failure> {
        let kept = self.uploads().remove(sha256);
        if let Some(uploaded) = kept {
            // No note has taken it: it would vanish by itself, later.
            let _ = self.client.attachments().delete_upload(&uploaded.token).await;
        }
        let ticket = ticket_id(ticket);
        let comments = match self.client.tickets().comments(ticket).all().await {
            Ok(comments) => comments,
            Err(error) if error.is_not_found() => return Ok(deleted()),
            Err(error) => return Err(Doing::Redacting.failed(&error)),
        };
        for comment in comments.iter().filter(|comment| carries(comment, sha256)) {
            for attachment in &comment.attachments {
                let redacted = self.client.attachments().redact(ticket, comment.id, attachment.id);
                match redacted.await {
                    Ok(_) => {}
                    // Somebody was quicker.
                    Err(error) if error.is_not_found() => {}
                    Err(error) if is_closed(&error) => return Ok(closed()),
                    Err(error) if error.kind() == ErrorKind::Validation => {
                        let why = format!("Zendesk does not take its content away ({})", objections(&error));
                        return Ok(refused(why));
                    }
                    Err(error) => return Err(Doing::Redacting.failed(&error)),
                }
            }
        }
        Ok(Outcome::Done)
    }
}
