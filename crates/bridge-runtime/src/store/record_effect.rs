//! How orders are written down.

use bridge_core::desk::{GroupId, NumberField, TicketId, UserId};
use bridge_core::effect::{AttachDraft, Order, Smaller, TicketDraft};
use serde::{Deserialize, Serialize};

use super::record::{FieldRecord, RecordError, from_text, moment_from, number_from, to_text};
use super::record_recording::sum_from;

/// An order as it is stored.
#[derive(Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "snake_case")]
enum OrderRecord {
    LookUp {
        number: String,
        digits: String,
        fields: Vec<FieldRecord>,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        live: bool,
    },
    EnsureUser {
        number: String,
        name: String,
    },
    OpenTicket(DraftRecord),
    Pop {
        ticket: u64,
        agent: u64,
    },
    ReadTicket {
        ticket: u64,
    },
    SetRequester {
        ticket: u64,
        requester: u64,
        unless_changed_since: String,
    },
    ReadUser {
        user: u64,
        fields: Vec<FieldRecord>,
    },
    WriteNumber {
        user: u64,
        field: FieldRecord,
        number: String,
    },
    ReleaseNumber {
        user: u64,
        number: String,
    },
    TakeNumberBack {
        user: u64,
        field: FieldRecord,
        number: String,
    },
    AddNote {
        ticket: u64,
        text: String,
    },
    Record {
        call: String,
        owner: String,
    },
    Attach(AttachRecord),
    Redact {
        ticket: u64,
        sha256: String,
    },
    /// What was ordered is erased with the caller; that it was, and under which name, stays.
    Erased,
}

/// A recording that is still to be attached, as it is stored.
#[derive(Serialize, Deserialize)]
struct AttachRecord {
    ticket: u64,
    file: String,
    file_name: String,
    mime: String,
    size: u64,
    sha256: String,
    note: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    words: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    smaller: Option<SmallerRecord>,
}

/// What is made of a recording that is too large, as it is stored.
#[derive(Serialize, Deserialize)]
struct SmallerRecord {
    file_name: String,
    mime: String,
    largest: u64,
}

/// A ticket that is still to be opened, as it is stored.
#[derive(Serialize, Deserialize)]
struct DraftRecord {
    external_id: String,
    subject: String,
    note: String,
    requester: Option<u64>,
    assignee: Option<u64>,
    group: Option<u64>,
    tags: Vec<String>,
}

/// An order as it is stored.
pub(crate) fn order_to_text(order: &Order) -> String {
    to_text(&record_of(order))
}

/// An order as it was stored; one that is erased cannot be read, since nobody carries it out any more.
pub(crate) fn order_from_text(text: &str) -> Result<Order, RecordError> {
    order_unless_erased(text)?.ok_or_else(|| RecordError::new("an order whose caller was erased"))
}

/// An order as it was stored; `None` if it is erased.
pub(crate) fn order_unless_erased(text: &str) -> Result<Option<Order>, RecordError> {
    order_of(from_text(text, "an order")?)
}

/// What is stored of an order that is erased.
pub(crate) fn erased_order() -> String {
    to_text(&OrderRecord::Erased)
}

/// What an order is called where people read it.
pub(crate) fn order_name(order: &Order) -> &'static str {
    match order {
        Order::LookUp { .. } => "look the caller up",
        Order::EnsureUser { .. } => "find or create the user of the number",
        Order::OpenTicket(_) => "open the ticket",
        Order::Pop { .. } => "open the ticket on the agent's screen",
        Order::ReadTicket { .. } => "read the ticket again",
        Order::SetRequester { .. } => "set the requester",
        Order::ReadUser { .. } => "read the user's numbers",
        Order::WriteNumber { .. } => "write the number to the user's profile",
        Order::ReleaseNumber { .. } => "take the number from the user that was made for it",
        Order::TakeNumberBack { .. } => "take the learned number back from the user's profile",
        Order::AddNote { .. } => "add an internal note",
        Order::Record { .. } => "have the call recorded",
        Order::Attach(_) => "attach the recording",
        Order::Redact { .. } => "take the recording away from the ticket",
    }
}

fn record_of(order: &Order) -> OrderRecord {
    match order {
        Order::LookUp {
            number,
            digits,
            fields,
            live,
        } => OrderRecord::LookUp {
            number: number.as_str().to_owned(),
            digits: digits.clone(),
            fields: fields.iter().map(FieldRecord::from).collect(),
            live: *live,
        },
        Order::EnsureUser { number, name } => OrderRecord::EnsureUser {
            number: number.as_str().to_owned(),
            name: name.clone(),
        },
        Order::OpenTicket(draft) => OrderRecord::OpenTicket(draft_record(draft)),
        Order::Pop { ticket, agent } => OrderRecord::Pop {
            ticket: ticket.get(),
            agent: agent.get(),
        },
        Order::ReadTicket { ticket } => OrderRecord::ReadTicket { ticket: ticket.get() },
        Order::SetRequester {
            ticket,
            requester,
            unless_changed_since,
        } => OrderRecord::SetRequester {
            ticket: ticket.get(),
            requester: requester.get(),
            unless_changed_since: unless_changed_since.to_string(),
        },
        Order::ReadUser { user, fields } => OrderRecord::ReadUser {
            user: user.get(),
            fields: fields.iter().map(FieldRecord::from).collect(),
        },
        Order::WriteNumber { user, field, number } => OrderRecord::WriteNumber {
            user: user.get(),
            field: field.into(),
            number: number.as_str().to_owned(),
        },
        Order::ReleaseNumber { user, number } => OrderRecord::ReleaseNumber {
            user: user.get(),
            number: number.as_str().to_owned(),
        },
        Order::TakeNumberBack { user, field, number } => OrderRecord::TakeNumberBack {
            user: user.get(),
            field: field.into(),
            number: number.as_str().to_owned(),
        },
        Order::AddNote { ticket, text } => OrderRecord::AddNote {
            ticket: ticket.get(),
            text: text.clone(),
        },
        Order::Record { call, owner } => OrderRecord::Record {
            call: call.as_str().to_owned(),
            owner: owner.as_str().to_owned(),
        },
        Order::Attach(draft) => OrderRecord::Attach(attach_record(draft)),
        Order::Redact { ticket, sha256 } => OrderRecord::Redact {
            ticket: ticket.get(),
            sha256: sha256.as_str().to_owned(),
        },
    }
}

fn order_of(record: OrderRecord) -> Result<Option<Order>, RecordError> {
    Ok(Some(match record {
        OrderRecord::LookUp {
            number,
            digits,
            fields,
            live,
        } => Order::LookUp {
            number: number_from(&number)?,
            digits,
            fields: fields_of(fields),
            live,
        },
        OrderRecord::EnsureUser { number, name } => Order::EnsureUser {
            number: number_from(&number)?,
            name,
        },
        OrderRecord::OpenTicket(draft) => Order::OpenTicket(draft_of(draft)),
        OrderRecord::Pop { ticket, agent } => Order::Pop {
            ticket: TicketId::new(ticket),
            agent: UserId::new(agent),
        },
        OrderRecord::ReadTicket { ticket } => Order::ReadTicket {
            ticket: TicketId::new(ticket),
        },
        OrderRecord::SetRequester {
            ticket,
            requester,
            unless_changed_since,
        } => Order::SetRequester {
            ticket: TicketId::new(ticket),
            requester: UserId::new(requester),
            unless_changed_since: moment_from(&unless_changed_since)?,
        },
        OrderRecord::ReadUser { user, fields } => Order::ReadUser {
            user: UserId::new(user),
            fields: fields_of(fields),
        },
        OrderRecord::WriteNumber { user, field, number } => Order::WriteNumber {
            user: UserId::new(user),
            field: field.into(),
            number: number_from(&number)?,
        },
        OrderRecord::ReleaseNumber { user, number } => Order::ReleaseNumber {
            user: UserId::new(user),
            number: number_from(&number)?,
        },
        OrderRecord::TakeNumberBack { user, field, number } => Order::TakeNumberBack {
            user: UserId::new(user),
            field: field.into(),
            number: number_from(&number)?,
        },
        OrderRecord::AddNote { ticket, text } => Order::AddNote {
            ticket: TicketId::new(ticket),
            text,
        },
        OrderRecord::Record { call, owner } => Order::Record {
            call: pbx::CallId::new(call),
            owner: pbx::UserId::new(owner),
        },
        OrderRecord::Attach(record) => Order::Attach(Box::new(attach_of(record)?)),
        OrderRecord::Redact { ticket, sha256 } => Order::Redact {
            ticket: TicketId::new(ticket),
            sha256: sum_from(&sha256)?,
        },
        OrderRecord::Erased => return Ok(None),
    }))
}

fn attach_record(draft: &AttachDraft) -> AttachRecord {
    AttachRecord {
        ticket: draft.ticket.get(),
        file: draft.file.clone(),
        file_name: draft.file_name.clone(),
        mime: draft.mime.clone(),
        size: draft.size,
        sha256: draft.sha256.as_str().to_owned(),
        note: draft.note.clone(),
        words: draft.words.clone(),
        smaller: draft.smaller.as_ref().map(|smaller| SmallerRecord {
            file_name: smaller.file_name.clone(),
            mime: smaller.mime.clone(),
            largest: smaller.largest,
        }),
    }
}

fn attach_of(record: AttachRecord) -> Result<AttachDraft, RecordError> {
    Ok(AttachDraft {
        ticket: TicketId::new(record.ticket),
        file: record.file,
        file_name: record.file_name,
        mime: record.mime,
        size: record.size,
        sha256: sum_from(&record.sha256)?,
        note: record.note,
        words: record.words,
        smaller: record.smaller.map(|smaller| Smaller {
            file_name: smaller.file_name,
            mime: smaller.mime,
            largest: smaller.largest,
        }),
    })
}

fn draft_record(draft: &TicketDraft) -> DraftRecord {
    DraftRecord {
        external_id: draft.external_id.clone(),
        subject: draft.subject.clone(),
        note: draft.note.clone(),
        requester: draft.requester.map(UserId::get),
        assignee: draft.assignee.map(UserId::get),
        group: draft.group.map(GroupId::get),
        tags: draft.tags.clone(),
    }
}

fn draft_of(record: DraftRecord) -> TicketDraft {
    TicketDraft {
        external_id: record.external_id,
        subject: record.subject,
        note: record.note,
        requester: record.requester.map(UserId::new),
        assignee: record.assignee.map(UserId::new),
        group: record.group.map(GroupId::new),
        tags: record.tags,
    }
}

fn fields_of(records: Vec<FieldRecord>) -> Vec<NumberField> {
    records.into_iter().map(NumberField::from).collect()
}

#[cfg(test)]
mod tests {
    use bridge_core::number::E164;

    use super::*;

    #[test]
    fn every_order_comes_back_as_it_was() {
        for order in every_order() {
            assert_eq!(order_from_text(&order_to_text(&order)).unwrap(), order);
        }
    }

    #[test]
    fn of_an_order_that_is_erased_it_is_known_that_it_was_given_and_nothing_else() {
        assert_eq!(order_unless_erased(&erased_order()).unwrap(), None);
        assert_eq!(erased_order(), r#"{"order":"erased"}"#);
        let error = order_from_text(&erased_order()).unwrap_err();
        assert_eq!(error.to_string(), "an order whose caller was erased cannot be read");
    }

    #[test]
    fn an_order_that_cannot_be_read_is_not_shown_in_the_error() {
        let error = order_from_text(r#"{"order":"add_note","ticket":1,"note":"+4972112345"}"#).unwrap_err();
        assert_eq!(error.to_string(), "an order cannot be read");
        let error = order_from_text(r#"{"order":"ensure_user","number":"0721","name":""}"#).unwrap_err();
        assert_eq!(error.to_string(), "a telephone number cannot be read");
    }

    fn every_order() -> Vec<Order> {
        let number = E164::parse("+4972112345").unwrap();
        let ticket = TicketId::new(77);
        let user = UserId::new(900);
        let fields = vec![
            NumberField::Phone,
            NumberField::Identity,
            NumberField::Custom("phone_2".into()),
        ];
        let draft = TicketDraft {
            external_id: "zendesk-bridge:acme:c1".into(),
            subject: "Call".into(),
            note: "Line 1\nLine \"2\"".into(),
            requester: Some(user),
            assignee: None,
            group: Some(GroupId::new(71)),
            tags: vec!["phone".into()],
        };
        vec![
            Order::LookUp {
                number: number.clone(),
                digits: "72112345".into(),
                fields: fields.clone(),
                live: false,
            },
            Order::LookUp {
                number: number.clone(),
                digits: "72112345".into(),
                fields: fields.clone(),
                live: true,
            },
            Order::EnsureUser {
                number: number.clone(),
                name: "+49 721 12345".into(),
            },
            Order::OpenTicket(draft),
            Order::Pop { ticket, agent: user },
            Order::ReadTicket { ticket },
            Order::SetRequester {
                ticket,
                requester: user,
                unless_changed_since: "2026-11-24T14:02:00.123456789Z".parse().unwrap(),
            },
            Order::ReadUser { user, fields },
            Order::WriteNumber {
                user,
                field: NumberField::Custom("phone_2".into()),
                number: number.clone(),
            },
            Order::ReleaseNumber {
                user,
                number: number.clone(),
            },
            Order::TakeNumberBack {
                user,
                field: NumberField::Identity,
                number,
            },
            Order::AddNote {
                ticket,
                text: "Straße".into(),
            },
            Order::Record {
                call: pbx::CallId::new("c1"),
                owner: pbx::UserId::new("0101"),
            },
            Order::Attach(Box::new(AttachDraft {
                ticket,
                file: "in/ä.wav".into(),
                file_name: "ä.wav".into(),
                mime: "audio/wav".into(),
                size: 7,
                sha256: bridge_core::recording::Sha256::parse(&"a".repeat(64)).unwrap(),
                note: "Recording".into(),
                words: Some("Ende".into()),
                smaller: Some(Smaller {
                    file_name: "ä.ogg".into(),
                    mime: "audio/ogg".into(),
                    largest: 6,
                }),
            })),
            Order::Redact {
                ticket,
                sha256: bridge_core::recording::Sha256::parse(&"b".repeat(64)).unwrap(),
            },
        ]
    }
}
