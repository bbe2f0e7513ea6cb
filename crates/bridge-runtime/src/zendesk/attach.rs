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
use super::notes::says;
use super::tickets::{closed, deleted, is_closed, ticket_id};
use crate::chain::chain;
use crate::inbox::{Content, Inbox, InboxError, InboxErrorKind};

impl ZendeskDesk {
    /// Attaches a recording unless it hangs there already. Zendesk has no key for this, so the ticket is always looked at
    /// first: the sum of the content stands in the note. What else the note is to say is left out where it stands there by itself.
    pub(super) async fn attach(&self, draft: &AttachDraft) -> Result<Outcome, Failure> {
        let words = match self.look(draft).await? {
            Found::Recording => {
                self.forget(draft);
                return Ok(Outcome::Done);
            }
            Found::Nothing { words } => words,
            Found::NoTicket => {
                self.forget(draft);
                return Ok(deleted());
            }
        };
        // An upload that a note could not take at once may do for the next attempt, unless it has run out by then.
        let kept = self.uploads().get(&draft.sha256).cloned();
        if let Some(token) = kept {
            match self.hang(draft.ticket, words, &token).await {
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
        match self.hang(draft.ticket, words, &token).await {
            // An upload can be used once, and it may have been, where an answer was lost.
            Err(error) if error.kind() == ErrorKind::Validation && !is_closed(&error) => {
                self.forget(draft);
                match self.look(draft).await? {
                    Found::Recording => Ok(Outcome::Done),
                    Found::Nothing { .. } => self.settle(draft, Err(error)),
                    Found::NoTicket => Ok(deleted()),
                }
            }
            hung => self.settle(draft, hung),
        }
    }

    /// What of it stands on its ticket.
    async fn look<'a>(&self, draft: &'a AttachDraft) -> Result<Found<'a>, Failure> {
        let comments = match self.client.tickets().comments(ticket_id(draft.ticket)).all().await {
            Ok(comments) => comments,
            Err(error) if error.is_not_found() => return Ok(Found::NoTicket),
            Err(error) => return Err(Doing::Attaching.failed(&error)),
        };
        if comments.iter().any(|comment| carries(comment, &draft.sha256)) {
            return Ok(Found::Recording);
        }
        let words = draft.words.as_deref();
        let words = words.filter(|words| !comments.iter().any(|comment| says(comment, words)));
        Ok(Found::Nothing { words })
    }

    /// The upload, or what came of it instead.
    async fn upload(&self, draft: &AttachDraft) -> Result<Result<Uploaded, Outcome>, Failure> {
        let Some(inbox) = &self.inbox else {
            return Err(Doing::Attaching.impossible("the configuration names no inbox to read it from"));
        };
        let ready = match ready(&**inbox, draft).await {
            Ok(ready) => ready,
            Err(error) if error.kind == InboxErrorKind::Gone => {
                return Ok(Err(refused("its file is not in the inbox any more".into())));
            }
            Err(error) if error.kind == InboxErrorKind::Incompressible => return Ok(Err(too_large(chain(&error)))),
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
        if let Some(smaller) = &draft.smaller
            && ready.size > smaller.largest
        {
            return Ok(Err(too_large(format!("it still has {} bytes", ready.size))));
        }
        let body = Body::reader(ready.content, Some(ready.size));
        let file = NewFile::new(ready.file_name, ready.mime, body);
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
        Ok(Ok(Uploaded {
            token: upload.token,
            note: ready.note,
        }))
    }

    async fn hang(&self, ticket: TicketId, words: Option<&str>, uploaded: &Uploaded) -> Result<(), Error> {
        let Uploaded { token, note } = uploaded;
        let words = words.map(|words| format!("{words}\n\n"));
        let note = NewComment::internal(format!("{}{note}", words.unwrap_or_default())).upload(token);
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

    pub(super) fn uploads(&self) -> std::sync::MutexGuard<'_, std::collections::HashMap<Sha256, Uploaded>> {
        self.uploads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A file that was uploaded and that no note has taken yet.
#[derive(Clone)]
pub(super) struct Uploaded {
    pub(super) token: UploadToken,
    /// What the note that takes it says of it.
    note: String,
}

/// What of a recording's note stands on its ticket.
enum Found<'a> {
    /// The recording, and with it all of the note.
    Recording,
    /// Not the recording; these words are still to be told with it.
    Nothing { words: Option<&'a str> },
    /// There is no such ticket.
    NoTicket,
}

/// What is to be uploaded.
struct Ready<'a> {
    content: Content,
    size: u64,
    file_name: &'a str,
    mime: &'a str,
    note: String,
}

async fn ready<'a>(inbox: &dyn Inbox, draft: &'a AttachDraft) -> Result<Ready<'a>, InboxError> {
    let Some(smaller) = &draft.smaller else {
        return Ok(Ready {
            content: inbox.open(&draft.file).await?,
            size: draft.size,
            file_name: &draft.file_name,
            mime: &draft.mime,
            note: draft.note.clone(),
        });
    };
    let made = inbox.open_smaller(&draft.file, &draft.sha256).await?;
    Ok(Ready {
        content: made.content,
        size: made.size,
        file_name: &smaller.file_name,
        mime: &smaller.mime,
        note: format!("{}{}", draft.note, made.sha256),
    })
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

fn too_large(why: String) -> Outcome {
    Outcome::Refused {
        what: Refusal::Size,
        why,
    }
}

pub(super) fn refused(why: String) -> Outcome {
    Outcome::Refused {
        what: Refusal::Recording,
        why,
    }
}
