//! The wording of orders and outcomes in stories.

use bridge_core::desk::{NumberField, Standing, TicketId, TicketView, UserId};
use bridge_core::effect::{EffectId, Order};
use bridge_core::input::{Outcome, Refusal};
use jiff::Timestamp;

use crate::desk::Desk;

/// An order as a `>` line has it. A note's text follows after `holding` and need not be whole.
pub(crate) fn order(order: &Order) -> String {
    let name = |id: Option<u64>| id.map_or("none".to_owned(), |id| id.to_string());
    match order {
        Order::LookUp { number, .. } | Order::EnsureUser { number, .. } => number.as_str().to_owned(),
        Order::OpenTicket(draft) => format!(
            "for {}, group {}, agent {}",
            name(draft.requester.map(UserId::get)),
            name(draft.group.map(bridge_core::desk::GroupId::get)),
            name(draft.assignee.map(UserId::get)),
        ),
        Order::Pop { ticket, agent } => format!("{ticket} to {agent}"),
        Order::ReadTicket { ticket } => ticket.to_string(),
        Order::SetRequester { ticket, requester, .. } => format!("{requester} on {ticket}"),
        Order::ReadUser { user, .. } => user.to_string(),
        Order::WriteNumber { user, field, number } => {
            let place = match field {
                NumberField::Phone => "phone",
                NumberField::Identity => "identity",
                NumberField::Custom(key) => key,
            };
            format!("{} for {user} in {place}", number.as_str())
        }
        Order::TakeNumberBack { user, number, .. } => format!("{} back from {user}", number.as_str()),
        Order::ReleaseNumber { user, number } => format!("{} from {user}", number.as_str()),
        Order::AddNote { ticket, text } => format!("on {ticket} holding {text}"),
        Order::Record { owner, .. } => format!("in the name of {owner}"),
        Order::Redact { ticket, .. } => format!("on {ticket}"),
        Order::Attach(draft) => {
            let words = draft.words.as_ref().map(|words| format!("{words} "));
            format!(
                "on {} holding {}{}",
                draft.ticket,
                words.unwrap_or_default(),
                draft.note
            )
        }
    }
}

/// Whether a `>` line names this order.
pub(crate) fn names(line: &str, found: &str) -> bool {
    match (line.split_once(" holding "), found.split_once(" holding ")) {
        (Some((line, part)), Some((found, text))) => line == found && text.contains(part),
        (None, None) => line == found,
        (Some(_), None) | (None, Some(_)) => false,
    }
}

/// What a `<` line says, or that it came to nothing for now and why.
pub(crate) enum Said {
    Outcome(Outcome),
    Postponed(String),
}

/// Reads a `<` line about this order.
pub(crate) fn outcome(
    desk: &Desk,
    effect: &EffectId,
    order: &Order,
    text: &str,
    now: Timestamp,
) -> Result<Said, String> {
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    let why = rest.to_owned();
    let general = match word {
        "dropped" => Some(Outcome::Dropped { why }),
        "wedged" => Some(Outcome::Wedged { why }),
        "gone" => Some(Outcome::TicketGone { why }),
        "postponed" => return Ok(Said::Postponed(why)),
        "refused" => {
            let (what, why) = rest.split_once(' ').ok_or("refused WHAT WHY")?;
            let what = match what {
                "requester" => Refusal::Requester,
                "assignee" => Refusal::Assignee,
                "group" => Refusal::Group,
                "number" => Refusal::Number,
                "recording" => Refusal::Recording,
                "size" => Refusal::Size,
                _ => return Err(format!("`{what}` cannot be refused")),
            };
            let why = why.to_owned();
            Some(Outcome::Refused { what, why })
        }
        _ => None,
    };
    if let Some(outcome) = general {
        return Ok(Said::Outcome(outcome));
    }
    let id = |text: &str| text.parse::<u64>().map_err(|_| format!("`{text}` is no id"));
    let ids = |text: &str| match text {
        "none" => Ok(Vec::new()),
        ids => ids.split_whitespace().map(id).collect::<Result<Vec<u64>, String>>(),
    };
    let outcome = match (order, word) {
        (Order::LookUp { number, digits, .. }, _) => {
            let ids = ids(text)?;
            desk.check_search(number, digits, &ids)?;
            Outcome::Profiles(desk.profiles(&ids)?)
        }
        (Order::ReadUser { user, .. }, _) => {
            let ids = ids(text)?;
            if ids.iter().any(|id| *id != user.get()) {
                return Err(format!("user {user} was asked for"));
            }
            Outcome::Profiles(desk.profiles(&ids)?)
        }
        (Order::EnsureUser { .. }, _) => Outcome::User(UserId::new(id(text)?)),
        (Order::OpenTicket(_), _) => Outcome::Opened {
            ticket: TicketId::new(id(text)?),
        },
        (Order::Pop { .. }, "ok") => Outcome::Popped,
        (Order::Pop { .. }, "no") => Outcome::NotPopped { why: rest.to_owned() },
        (Order::ReadTicket { ticket }, "requester") => {
            let (user, standing) = rest.split_once(' ').unwrap_or((rest, ""));
            let view = TicketView {
                ticket: *ticket,
                requester: UserId::new(id(user)?),
                updated_at: now,
                standing: match standing {
                    "closed" => Standing::Closed,
                    "solved" => Standing::Solved,
                    _ => Standing::Open,
                },
            };
            desk.check_view(&view)?;
            Outcome::Ticket(view)
        }
        (Order::SetRequester { .. }, "conflict") => Outcome::Conflict,
        (Order::WriteNumber { .. }, "taken") => Outcome::Taken,
        (
            Order::SetRequester { .. }
            | Order::WriteNumber { .. }
            | Order::ReleaseNumber { .. }
            | Order::TakeNumberBack { .. }
            | Order::AddNote { .. }
            | Order::Record { .. }
            | Order::Attach(_)
            | Order::Redact { .. },
            "ok",
        ) => Outcome::Done,
        _ => return Err(format!("`{text}` is no outcome of {effect}")),
    };
    Ok(Said::Outcome(outcome))
}
