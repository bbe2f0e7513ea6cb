//! Words for stories and lists: numbers masked, people by their ids.

use pbx::{Dialled, Direction, LegEvent, LegState};

use crate::call::{CallState, CallSummary, EndBasis, LookUp, NewUser, Phase, Ticket};
use crate::effect::{EffectId, Order};

use super::route::Route;
use super::site::Site;
use super::ticket::{NOT_ACTIVE, NOT_MATCHED};

impl Site<'_> {
    /// A call as lists show it.
    pub(super) fn summary(self, call: &CallState) -> CallSummary {
        let group = match self.route(call) {
            Route::Served { pbx, .. } => Some(pbx),
            Route::No(_) | Route::NotMatched => call.groups.first().map(|told| told.group.clone()),
        };
        let opened = call.opened();
        CallSummary {
            key: call.key.clone(),
            started: call.started,
            phase: phase(call),
            caller: call.caller.clone(),
            group: group.map(|group| self.group_name(&group)),
            agent: call.answer.as_ref().map(|answer| answer.by.clone()),
            ticket: opened.map(|opened| opened.ticket),
            requester: opened.and_then(|opened| opened.seen),
            outcome: self.outcome(call),
        }
    }

    /// In words: the ticket, or why there is none, or what is waited for.
    fn outcome(self, call: &CallState) -> String {
        if let Some(other) = &call.merged_into {
            return format!("none: the same call as {other}");
        }
        match &call.ticket {
            Ticket::Opened(opened) => {
                let mut text = format!("ticket {}", opened.ticket);
                for remark in &call.remarks {
                    text = format!("{text}; {remark}");
                }
                if call.ended.is_some_and(|ended| ended.basis == EndBasis::Assumed) {
                    text = format!("{text}; its end is assumed");
                }
                for (effect, why) in &call.wedged {
                    text = format!("{text}; wedged: {}, because {why}", effect.step());
                }
                text
            }
            Ticket::Ordered(attempt) => {
                if let Some(why) = call.wedged.get(&attempt.effect) {
                    format!("wedged: the ticket cannot be opened, because {why}")
                } else if let Some(why) = call.postponed.get(&attempt.effect) {
                    format!("waiting: the ticket is being opened; {why}")
                } else {
                    "waiting: the ticket is being opened".into()
                }
            }
            Ticket::Failed { why } => format!("none: the help desk refuses the ticket: {why}"),
            Ticket::Pending => self.pending(call),
        }
    }

    fn pending(self, call: &CallState) -> String {
        if call.erased.is_some() {
            // Without its numbers nobody can tell any more where it would have gone.
            return call
                .verdict
                .as_ref()
                .map_or_else(|| unanswered(call), |why| format!("none: {why}"));
        }
        let route = self.route(call);
        if let Route::No(no) = &route {
            return format!("none: {}", no.why());
        }
        let Some(answer) = &call.answer else {
            return unanswered(call);
        };
        if !answer.active {
            format!("none: {NOT_ACTIVE}")
        } else if route == Route::NotMatched {
            format!("waiting: {NOT_MATCHED}")
        } else if let LookUp::Asked { .. } = call.lookup {
            "waiting: the look-up is under way".into()
        } else if let NewUser::Asked { .. } = call.new_user {
            "waiting: the user for the number is under way".into()
        } else {
            "waiting: the caller's number is not told yet".into()
        }
    }
}

fn unanswered(call: &CallState) -> String {
    let Some(ended) = call.ended else {
        return "waiting: nobody has answered yet".into();
    };
    if let Some(sibling) = &call.sibling {
        format!("none: answered under another id ({})", sibling.key)
    } else if call.mailbox {
        "none: nobody answered; a voice mailbox took the call".into()
    } else if call.uncertain {
        "waiting: it has ended unseen; the telephone system's list of calls is to tell whether somebody answered".into()
    } else {
        match ended.basis {
            EndBasis::Told | EndBasis::Log => "none: nobody answered".into(),
            EndBasis::Snapshot => "none: nobody answered, as far as was seen".into(),
            EndBasis::Assumed => "none: nobody answered, as far as was seen; its end is assumed".into(),
        }
    }
}

fn phase(call: &CallState) -> Phase {
    if call.over.is_some() {
        Phase::Over
    } else if call.ended.is_some() {
        Phase::WrapUp
    } else if call.is_talking() {
        Phase::Talking
    } else {
        Phase::Ringing
    }
}

/// What a leg did.
pub(super) fn leg(event: &LegEvent) -> String {
    let does = match (event.state, event.direction) {
        (LegState::Announced, _) => "is about to be rung",
        (LegState::Ringing, Direction::Outbound) => "hears it ring",
        (LegState::Ringing, Direction::Inbound | Direction::Unknown) => "rings",
        (LegState::Dialling, _) => "dials",
        (LegState::Connected, _) => "talks",
        (LegState::Parked, _) => "has parked the call",
        (LegState::Voicemail, _) => "is taken by a voice mailbox",
        (LegState::Ended, _) => "has ended",
    };
    let mut text = format!("{} {does}", event.owner);
    if let Some(caller) = &event.caller {
        text = format!("{text}, caller {}", masked(caller));
    }
    if let Some(group) = &event.group {
        text = format!("{text}, group {group}");
    }
    text
}

/// What an order asks for, and why, for the story.
pub(super) fn order(id: &EffectId, order: &Order) -> (String, &'static str) {
    let (what, why) = match order {
        Order::LookUp { number, .. } if id.step().starts_with("owner") => (
            format!("whose is {} by now?", number.masked()),
            "a number has one owner",
        ),
        Order::LookUp { number, .. } => (format!("who has {}?", number.masked()), "to know the requester"),
        Order::EnsureUser { number, .. } => (
            format!("a user that carries only {}", number.masked()),
            "the strategy for unknown callers wants one",
        ),
        Order::OpenTicket(draft) => {
            let name = |id: Option<u64>| id.map_or("none".to_owned(), |id| id.to_string());
            let requester = name(draft.requester.map(crate::desk::UserId::get));
            let assignee = name(draft.assignee.map(crate::desk::UserId::get));
            let group = name(draft.group.map(crate::desk::GroupId::get));
            (
                format!("a ticket with requester {requester}, group {group}, assignee {assignee}"),
                "the call was answered",
            )
        }
        Order::Pop { ticket, agent } => (format!("ticket {ticket} on the screen of {agent}"), "the agent talks"),
        Order::ReadTicket { ticket } => (format!("ticket {ticket} is read"), "whose is it by now?"),
        Order::SetRequester { requester, .. } => (format!("requester {requester}"), "it is known now who called"),
        Order::ReadUser { user, .. } => (format!("the numbers of user {user}"), "somebody made him the requester"),
        Order::WriteNumber { user, number, .. } => (
            format!("{} for user {user}", number.masked()),
            "he lacks it, and nobody else has it",
        ),
        Order::ReleaseNumber { user, number } => (
            format!("{} is taken from user {user}", number.masked()),
            "the bridge had made him for this number",
        ),
        Order::TakeNumberBack { user, number, .. } => (
            format!("{} is taken back from user {user}", number.masked()),
            "an administrator wants it",
        ),
        Order::AddNote { .. } => ("an internal note".to_owned(), "people should know"),
        Order::Record { owner, .. } => (
            format!("the telephone system is to record in the name of {owner}"),
            "calls to this group are recorded",
        ),
        Order::Attach(draft) => (
            {
                let beside = draft.words.as_ref().map_or("", |_| ", with what else there is to tell");
                format!("recording {} on ticket {}{beside}", draft.sha256.short(), draft.ticket)
            },
            "it is of this call",
        ),
        Order::Redact { ticket, sha256 } => (
            format!("the content of recording {} goes from ticket {ticket}", sha256.short()),
            "it must not be kept there",
        ),
    };
    (format!("{}: {what}", id.step()), why)
}

/// The last digits of a number that the PBX shows.
fn masked(shown: &Dialled) -> String {
    let digits: Vec<char> = shown.as_str().chars().filter(char::is_ascii_digit).collect();
    match digits.len() {
        0 if shown.is_empty() => "withheld".into(),
        0 => "without a number".into(),
        1..=5 => "with a short number".into(),
        more => format!("…{}", digits[more - 3..].iter().collect::<String>()),
    }
}
