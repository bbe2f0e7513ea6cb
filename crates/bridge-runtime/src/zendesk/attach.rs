//! Recordings on tickets, each of them once.

use std::sync::PoisonError;

use bridge_core::desk::TicketId;
use bridge_core::effect::AttachDraft;
use bridge_core::input::{Outcome, Refusal};
use bridge_core::port::{Failure, FailureKind};
use bridge_core::recording::Sha256;
use zendesk_client::attachments::{NewFile, UploadToken};
use zendesk_client::tickets::{Comment, NewComment, TicketChanges};
use zendesk_client::{Body, Error, ErrorKind};

use super::ZendeskDesk;
use super::failure::{Doing, objections};
use super::tickets::{closed, deleted, is_closed, ticket_id};
use crate::chain::chain;
use crate::inbox::InboxErrorKind;

impl ZendeskDesk {
    /// Attaches a recording unless it hangs there already. Zendesk has no key for this, so the ticket is always looked at
    /// first: the sum of the content stands in the note.
    pub(super) async fn attach(&self, draft: &AttachDraft) -> Result<Outcome, Failure> {
        match self.client.tickets().comments(ticket_id(draft.ticket)).all().await {
            Ok(comments) if comments.iter().any(|comment| carries(comment, &draft.sha256)) => {
                self.forget(draft);
                return Ok(Outcome::Done);
            }
            Ok(_) => {}
            Err(error) if error.is_not_found() => return Ok(deleted()),
            Err(error) => return Err(Doing::Attaching.failed(&error)),
        }
        // An upload that a note could not take at once may do for the next attempt, unless it has run out by then.
        let kept = self.uploads().get(&draft.sha256).cloned();
        if let Some(token) = kept {
            match self.hang(draft.ticket, draft, &token).await {
                Err(error) if error.kind() == ErrorKind::Validation && !is_closed(&error) => {
                    tracing::debug!("the upload has run out: the recording is uploaded again");
                    self.uploads().remove(&draft.sha256);
                }
                hung => return self.settle(draft, hung),
            }
        }
        let token = match self.upload(draft).await? {
            Ok(token) => token,
            Err(outcome) => return Ok(outcome),
        };
        self.uploads().insert(draft.sha256.clone(), token.clone());
        let hung = self.hang(draft.ticket, draft, &token).await;
        self.settle(draft, hung)
    }

    /// The upload's token, or what came of it instead.
    async fn upload(&self, draft: &AttachDraft) -> Result<Result<UploadToken, Outcome>, Failure> {
        let Some(inbox) = &self.inbox else {
            return Err(Doing::Attaching.impossible("the configuration names no inbox to read it from"));
        };
        let content = match inbox.open(&draft.file).await {
            Ok(content) => content,
            Err(error) if error.kind == InboxErrorKind::Gone => {
                return Ok(Err(refused("its file is not in the inbox any more".into())));
            }
            Err(error) => {
                return Err(Failure {
                    // Of the inbox and not of Zendesk, whose other orders go on.
                    kind: FailureKind::Forbidden,
                    message: format!("the recording cannot be read: {}", chain(&error)),
                    retry_after: None,
                    request_id: None,
                });
            }
        };
        let body = Body::reader(content, Some(draft.size));
        let file = NewFile::new(draft.file_name.as_str(), &draft.mime, body);
        let upload = match self.client.attachments().upload(file).await {
            Ok(upload) => upload,
            Err(error) if error.kind() == ErrorKind::TooLarge => {
                return Ok(Err(refused("Zendesk takes no files so large".into())));
            }
            Err(error) if is_switched_off(&error) => return Err(switched_off()),
            Err(error) if error.kind() == ErrorKind::Validation => {
                return Ok(Err(refused(format!(
                    "Zendesk does not take the file ({})",
                    objections(&error)
                ))));
            }
            Err(error) => return Err(Doing::Attaching.failed(&error)),
        };
        let verdict = upload.attachment.and_then(|attachment| attachment.malware_scan_result);
        if verdict.as_deref() == Some("malware_found") {
            // Nobody is to come upon it; that it vanishes by itself later is enough if this fails.
            let _ = self.client.attachments().delete_upload(&upload.token).await;
            return Ok(Err(refused("Zendesk has found malware in it".into())));
        }
        Ok(Ok(upload.token))
    }

    async fn hang(&self, ticket: TicketId, draft: &AttachDraft, token: &UploadToken) -> Result<(), Error> {
        let note = NewComment::internal(&draft.note).upload(token);
        let changes = TicketChanges::new().comment(note);
        self.client
            .tickets()
            .update(ticket_id(ticket), &changes)
            .await
            .map(drop)
    }

    fn settle(&self, draft: &AttachDraft, hung: Result<(), Error>) -> Result<Outcome, Failure> {
        let settled = match hung {
            Ok(()) => Ok(Outcome::Done),
            Err(error) if error.is_not_found() => Ok(deleted()),
            Err(error) if is_closed(&error) => Ok(closed()),
            Err(error) if is_switched_off(&error) => Err(switched_off()),
            Err(error) => Err(Doing::Attaching.failed(&error)),
        };
        if settled.is_ok() {
            self.forget(draft);
        }
        settled
    }

    /// The upload is used up, or of no use.
    fn forget(&self, draft: &AttachDraft) {
        self.uploads().remove(&draft.sha256);
    }

    pub(super) fn uploads(&self) -> std::sync::MutexGuard<'_, std::collections::HashMap<Sha256, UploadToken>> {
        self.uploads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether this is the note with the recording. A note that only tells of it holds the sum and no file.
pub(super) fn carries(comment: &Comment, sha256: &Sha256) -> bool {
    let holds = |body: &str| body.contains(sha256.as_str());
    let told = holds(&comment.body) || comment.plain_body.as_deref().is_some_and(holds);
    comment.public != Some(true) && told && !comment.attachments.is_empty()
}

fn is_switched_off(error: &Error) -> bool {
    error.code().is_some_and(|code| code.contains("AttachmentsNotEnabled"))
}

/// Only an administrator can help, and takes it up again then.
fn switched_off() -> Failure {
    Doing::Attaching
        .impossible("attachments are switched off in Zendesk; switch them on there, then `zendesk-bridge retry`")
}

pub(super) fn refused(why: String) -> Outcome {
    Outcome::Refused {
        what: Refusal::Recording,
        why,
    }
}
