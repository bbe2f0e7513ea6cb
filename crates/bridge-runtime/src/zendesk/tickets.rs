//! The call's ticket: opened once, shown, read again, given to its requester.

use bridge_core::desk::{Standing, TicketId, TicketView, UserId};
use bridge_core::effect::{EffectId, TicketDraft};
use bridge_core::input::{Outcome, Refusal};
use bridge_core::port::{Attempt, Failure};
use jiff::Timestamp;
use zendesk_client::tickets::{Change, NewComment, NewTicket, Status, Ticket, TicketChanges};
use zendesk_client::{Error, ErrorKind, FieldProblem, IdempotencyKey};

use super::failure::{Doing, objections};
use super::{ZendeskDesk, ours, theirs};

const NO_SCREEN_POPS: &str =
    "screen pops are not to be had: the Zendesk plan lacks Talk Partner Edition, or the credentials the right";

impl ZendeskDesk {
    /// One ticket for a draft, however often this is asked: within the life of the idempotency key by the key, beyond it
    /// by the external id.
    pub(super) async fn open_ticket(
        &self,
        effect: &EffectId,
        draft: &TicketDraft,
        attempt: Attempt,
    ) -> Result<Outcome, Failure> {
        if attempt.settle_first
            && let Some(ticket) = self.find_opened(draft).await?
        {
            return Ok(Outcome::Opened { ticket });
        }
        let ticket = ticket_of(draft);
        let created = self.client.tickets().create(&ticket, key_of(effect.as_str())).await;
        let created = match created {
            Err(error) if error.kind() == ErrorKind::IdempotencyMismatch => {
                // Either an attempt before an update of the bridge worded it differently, and the ticket stands; or a call of
                // another bridge has the same id, and a key of this bridge's own helps.
                if let Some(ticket) = self.find_opened(draft).await? {
                    return Ok(Outcome::Opened { ticket });
                }
                let own = key_of(&format!("{}/{}", draft.external_id, effect.step()));
                self.client.tickets().create(&ticket, own).await
            }
            created => created,
        };
        match created {
            Ok(created) => Ok(match created.ticket {
                Some(ticket) => Outcome::Opened {
                    ticket: TicketId::new(ticket.id.get()),
                },
                None => refused(
                    Refusal::Requester,
                    "Zendesk suspended the ticket, as it does if the requester is suspended".to_owned(),
                ),
            }),
            Err(error) if error.kind() == ErrorKind::Validation => match refusal(draft, &error) {
                Some(what) => Ok(refused(
                    what,
                    format!("Zendesk refuses the {} ({})", name(what), objections(&error)),
                )),
                None => Err(Doing::OpeningTicket.failed(&error)),
            },
            Err(error) => Err(Doing::OpeningTicket.failed(&error)),
        }
    }

    /// The ticket of an earlier attempt; the oldest, should there be several.
    async fn find_opened(&self, draft: &TicketDraft) -> Result<Option<TicketId>, Failure> {
        let found = self
            .client
            .tickets()
            .list_by_external_id(&draft.external_id)
            .all()
            .await;
        let found = found.map_err(Doing::OpeningTicket.fails())?;
        let same = found
            .iter()
            .filter(|ticket| ticket.external_id.as_deref() == Some(draft.external_id.as_str()));
        Ok(same.map(|ticket| ticket.id.get()).min().map(TicketId::new))
    }

    pub(super) async fn pop(&self, ticket: TicketId, agent: UserId) -> Result<Outcome, Failure> {
        let Err(error) = self.once.voice().display_ticket(theirs(agent), ticket_id(ticket)).await else {
            return Ok(Outcome::Popped);
        };
        let reasons = [
            (
                ErrorKind::NotFound,
                "the agent is not signed in to Zendesk, or agent or ticket are gone",
            ),
            (ErrorKind::Forbidden, NO_SCREEN_POPS),
            (ErrorKind::NoSuchEndpoint, NO_SCREEN_POPS),
            (ErrorKind::Validation, "Zendesk does not open tickets for this agent"),
        ];
        let Some((_, why)) = reasons.into_iter().find(|(kind, _)| *kind == error.kind()) else {
            return Err(Doing::Popping.failed(&error));
        };
        Ok(Outcome::NotPopped { why: why.to_owned() })
    }

    pub(super) async fn read_ticket(&self, ticket: TicketId) -> Result<Outcome, Failure> {
        match self.client.tickets().show(ticket_id(ticket)).await {
            Ok(shown) if shown.status == Some(Status::Deleted) => Ok(gone("it was deleted")),
            Ok(shown) => view(ticket, &shown).map(Outcome::Ticket),
            Err(error) if error.is_not_found() => Ok(deleted()),
            Err(error) => Err(Doing::ReadingTicket.failed(&error)),
        }
    }

    pub(super) async fn set_requester(
        &self,
        ticket: TicketId,
        requester: UserId,
        unless_changed_since: Timestamp,
    ) -> Result<Outcome, Failure> {
        let changes = TicketChanges::new()
            .requester(theirs(requester))
            .unless_changed_since(unless_changed_since);
        match self.client.tickets().update(ticket_id(ticket), &changes).await {
            Ok(_) => Ok(Outcome::Done),
            Err(error) if error.kind() == ErrorKind::Conflict => {
                self.settle_conflict(ticket, requester, unless_changed_since).await
            }
            Err(error) if error.is_not_found() => Ok(deleted()),
            Err(error) if is_closed(&error) => Ok(closed()),
            Err(error) if error.kind() == ErrorKind::Validation => Ok(refused(
                Refusal::Requester,
                format!("Zendesk refuses the requester ({})", objections(&error)),
            )),
            Err(error) => Err(Doing::SettingRequester.failed(&error)),
        }
    }

    /// The change that we conflict with may be our own, from an attempt whose answer was lost; and somebody may have set another
    /// requester since, which stays.
    async fn settle_conflict(&self, ticket: TicketId, requester: UserId, since: Timestamp) -> Result<Outcome, Failure> {
        let fails = Doing::SettingRequester.fails();
        match self.client.tickets().show(ticket_id(ticket)).await {
            Ok(shown) if shown.requester_id == Some(theirs(requester)) => return Ok(Outcome::Done),
            Ok(_) => {}
            Err(error) if error.is_not_found() => return Ok(deleted()),
            Err(error) => return Err(fails(error)),
        }
        let history = self
            .client
            .tickets()
            .audits(ticket_id(ticket))
            .all()
            .await
            .map_err(fails)?;
        let mut later = history.iter().filter(|audit| audit.created_at >= Some(since));
        let was_set = later.any(|audit| {
            let change = audit.change("requester_id").and_then(Change::to_user);
            change == Some(theirs(requester))
        });
        Ok(if was_set { Outcome::Done } else { Outcome::Conflict })
    }
}

/// The ticket's id as the client writes it.
pub(super) fn ticket_id(ticket: TicketId) -> zendesk_client::TicketId {
    zendesk_client::TicketId::new(ticket.get())
}

/// Whether the ticket takes no changes any more.
pub(super) fn is_closed(error: &Error) -> bool {
    let told =
        |problem: &FieldProblem| problem.field() == Some("status") || problem.description().contains("closed prevents");
    error.kind() == ErrorKind::Validation && error.fields().iter().any(told)
}

/// What a 404 for a ticket means.
pub(super) fn deleted() -> Outcome {
    gone("it was deleted, or the credentials may not see it")
}

/// What [`is_closed`] means.
pub(super) fn closed() -> Outcome {
    gone("it is closed")
}

fn gone(why: &str) -> Outcome {
    Outcome::TicketGone { why: why.to_owned() }
}

fn refused(what: Refusal, why: String) -> Outcome {
    Outcome::Refused { what, why }
}

fn ticket_of(draft: &TicketDraft) -> NewTicket {
    let mut ticket = NewTicket::new(NewComment::internal(&draft.note))
        .subject(&draft.subject)
        .external_id(&draft.external_id);
    if let Some(requester) = draft.requester {
        ticket = ticket.requester(theirs(requester));
    }
    if let Some(assignee) = draft.assignee {
        ticket = ticket.assignee(theirs(assignee));
    }
    if let Some(group) = draft.group {
        ticket = ticket.group(zendesk_client::GroupId::new(group.get()));
    }
    if draft.tags.is_empty() {
        ticket
    } else {
        ticket.tags(&draft.tags)
    }
}

fn view(ticket: TicketId, shown: &Ticket) -> Result<TicketView, Failure> {
    Ok(TicketView {
        ticket,
        requester: shown
            .requester_id
            .map(ours)
            .ok_or_else(|| Doing::ReadingTicket.nonsense("requester"))?,
        updated_at: shown
            .updated_at
            .ok_or_else(|| Doing::ReadingTicket.nonsense("time of its last change"))?,
        standing: match &shown.status {
            Some(Status::Solved) => Standing::Solved,
            Some(status) if !status.takes_changes() => Standing::Closed,
            Some(_) | None => Standing::Open,
        },
    })
}

/// What Zendesk objects to, among what the draft holds: without that the ticket may be taken. Fields that are named
/// count for more than words about the ticket as a whole.
fn refusal(draft: &TicketDraft, error: &Error) -> Option<Refusal> {
    let present = [
        (Refusal::Requester, draft.requester.is_some()),
        (Refusal::Assignee, draft.assignee.is_some()),
        (Refusal::Group, draft.group.is_some()),
    ];
    let present = || present.into_iter().filter(|(_, there)| *there).map(|(what, _)| what);
    let named = |what: Refusal| {
        error
            .fields()
            .iter()
            .filter_map(FieldProblem::field)
            .any(|field| field.trim_end_matches("_id") == name(what))
    };
    let mentioned = |what: Refusal| {
        let mut base = error.fields().iter().filter(|problem| problem.field() == Some("base"));
        base.any(|problem| problem.description().to_lowercase().contains(name(what)))
    };
    present()
        .find(|what| named(*what))
        .or_else(|| present().find(|what| mentioned(*what)))
}

fn name(what: Refusal) -> &'static str {
    match what {
        Refusal::Requester => "requester",
        Refusal::Assignee => "assignee",
        Refusal::Group => "group",
        Refusal::Number => "number",
        Refusal::Recording | Refusal::Size => "recording",
    }
}

/// An effect's id as a key that Zendesk takes: what is no visible ASCII is written in hexadecimal, and of what is too long
/// the end is kept, where effects differ. Only an empty id makes none.
fn key_of(id: &str) -> Option<IdempotencyKey> {
    let mut key = String::with_capacity(id.len());
    for byte in id.bytes() {
        if byte.is_ascii_graphic() && byte != b'%' {
            key.push(char::from(byte));
        } else {
            key.push_str(&format!("%{byte:02X}"));
        }
    }
    IdempotencyKey::new(key.split_off(key.len().saturating_sub(255)))
}

#[cfg(test)]
mod tests {
    use super::key_of;

    #[test]
    fn any_effect_id_makes_a_key_and_different_ones_differ() {
        assert_eq!(key_of("8af3a07a/ticket").unwrap().as_str(), "8af3a07a/ticket");
        assert_eq!(key_of("büro 7%/ticket").unwrap().as_str(), "b%C3%BCro%207%25/ticket");
        let long = |step: &str| key_of(&format!("{}/{step}", "c".repeat(300))).unwrap();
        assert_eq!(long("ticket").as_str().len(), 255);
        assert_ne!(long("ticket"), long("ticket-2"));
    }
}
