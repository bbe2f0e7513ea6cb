//! Erasing one person: whose data it is, in whatever form his number is written, which calls have to wait for it, and what
//! remains of what came of an order.
//!
//! What remains of a call itself says [`CallState::erase`]; why facts stay while persons go is argued in
//! `docs/decisions/0013-facts-stay-persons-go.md`.

use jiff::{SignedDuration, Timestamp};
use pbx::Dialled;

use crate::call::CallState;
use crate::desk::Profile;
use crate::effect::Order;
use crate::input::Outcome;
use crate::matching::Matching;
use crate::number::{E164, NumberPlan, Reading, Written};
use crate::recording::{Hints, Recording};

/// Stands where something was.
pub const ERASED: &str = "erased with its caller";

/// The person who is sought, by his number. `Debug` shows no more than its last digits.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sought {
    number: E164,
    plan: NumberPlan,
    written: Written,
}

/// Why nobody is found by a number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, thiserror::Error)]
pub enum NotSought {
    /// There is none.
    #[error("calls without a number are nobody's: there is nothing by which they could be told apart")]
    Withheld,
    /// It is short.
    #[error("this is an extension or a service number, and so nobody's who calls from outside")]
    Internal,
    /// It reaches one of our own phones or groups.
    #[error("this is a number of the telephone system's own: all who called it would be erased")]
    Own,
    /// It is no number.
    #[error(
        "this is no telephone number. Allowed: one number as it is dialled or shown, such as \"+49 721 123456\", 0049721123456 or 0721/123456"
    )]
    Unreadable,
}

/// Why a call has to wait for being erased.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Stays {
    /// It is not over: somebody talks, or something is still to be done for it.
    GoesOn,
    /// Orders for it wait to be carried out.
    Waiting,
    /// Orders for it are wedged.
    Wedged,
    /// Its recording should still turn up.
    AwaitsRecording,
    /// Late events of it may come, and would begin it anew.
    Lately {
        /// Until then.
        until: Timestamp,
    },
    /// It may stand in lists of calls that have still to be read.
    Listed,
}

/// What there is to know of a call beside its state, to tell whether it may be erased.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Standing {
    /// When it last changed.
    pub updated: Timestamp,
    /// Orders that wait.
    pub waiting: bool,
    /// Orders that are wedged.
    pub wedged: bool,
    /// Whoever has changed since this moment is given back at a start, because of what lists may still tell.
    pub listed_since: Option<Timestamp>,
}

/// Late events must not begin a call anew: for so long it is given back at a start.
pub const REMEMBERED: SignedDuration = SignedDuration::from_hours(24);

impl Sought {
    /// The person of this number, as somebody has typed it.
    ///
    /// # Errors
    /// Where nobody is found by it.
    pub fn parse(typed: &str, plan: &NumberPlan, matching: Option<&Matching>) -> Result<Self, NotSought> {
        let dialled = Dialled::new(typed.trim());
        let is_extension = |own: &Dialled| own.as_str().trim() == dialled.as_str();
        let number = match plan.read(&dialled) {
            Reading::Public(number) if plan.is_own(&number) => return Err(NotSought::Own),
            // Nothing is looked up by a service number, but its calls are kept all the same.
            Reading::Public(number) | Reading::Service(number) => number,
            Reading::Withheld => return Err(NotSought::Withheld),
            Reading::Internal => return Err(NotSought::Internal),
            Reading::Unreadable => return Err(NotSought::Unreadable),
        };
        let own = |own: &Dialled| is_extension(own) || plan.read(own).number() == Some(&number);
        let agents = matching.iter().flat_map(|matching| matching.agents.values());
        let groups = matching.iter().flat_map(|matching| matching.groups.values());
        let phones = agents.flat_map(|agent| &agent.extensions);
        if phones.chain(groups.flat_map(|group| &group.numbers)).any(own) {
            return Err(NotSought::Own);
        }
        Ok(Self {
            written: plan.written(&number),
            number,
            plan: plan.clone(),
        })
    }

    /// His number.
    #[must_use]
    pub fn number(&self) -> &E164 {
        &self.number
    }

    /// How numbers are read.
    #[must_use]
    pub fn plan(&self) -> &NumberPlan {
        &self.plan
    }

    /// Whether this is his number, however it is written. Only of what cannot be read as a number it is asked whether his stands in it.
    #[must_use]
    pub fn is(&self, shown: &Dialled) -> bool {
        match self.plan.read(shown).number() {
            Some(number) => *number == self.number,
            None => self.stands_in(shown.as_str()),
        }
    }

    /// Whether his number stands in a text, in any usual spelling. Digits that happen to be the same count as well.
    #[must_use]
    pub fn stands_in(&self, text: &str) -> bool {
        self.written.stands_in(text)
    }

    /// Whether the name of a file tells his number in full. One that tells it without any prefix may as well tell a date.
    #[must_use]
    pub fn is_in_name(&self, name: &str) -> bool {
        self.written.is_in_name(name)
    }

    /// Whether he is at the other end of a call. Whoever called one of our own numbers is not the one of that number.
    #[must_use]
    pub fn took_part(&self, call: &CallState) -> bool {
        let is = |number: Option<&Dialled>| number.is_some_and(|number| self.is(number));
        let mut recordings = call.recordings.iter();
        let is_other_end = if call.outbound {
            is(call.called.as_ref()) || call.legs.values().any(|leg| is(leg.called.as_ref()))
        } else {
            is(call.caller.as_ref())
        };
        is_other_end || recordings.any(|known| self.is_of(&known.recording))
    }

    /// Whether the words of others in a call name his number: what the help desk said may do so.
    #[must_use]
    pub fn is_named(&self, call: &CallState) -> bool {
        call.words_of_others().any(|text| self.stands_in(text))
    }

    /// Whether a recording is of him, by what its name or a file beside it says.
    #[must_use]
    pub fn is_of(&self, recording: &Recording) -> bool {
        self.is_meant(&recording.hints, &recording.name)
    }

    /// Whether what is said of a recording means him: as the caller, or, where one of our own phones called or nobody knows who, as
    /// the one who was called.
    #[must_use]
    pub fn is_meant(&self, hints: &Hints, name: &str) -> bool {
        // A phone of our own is not the other end.
        let is_public = |number: &&Dialled| self.plan.read(number).number().is_some_and(|n| !self.plan.is_own(n));
        match hints.caller.as_ref().filter(is_public) {
            Some(caller) => self.is(caller),
            None => hints.called.as_ref().is_some_and(|called| self.is(called)) || self.is_in_name(name),
        }
    }

    /// Whether an order holds his number.
    #[must_use]
    pub fn is_in_order(&self, order: &Order) -> bool {
        match order {
            Order::LookUp { number, .. }
            | Order::EnsureUser { number, .. }
            | Order::WriteNumber { number, .. }
            | Order::ReleaseNumber { number, .. }
            | Order::TakeNumberBack { number, .. } => *number == self.number,
            Order::OpenTicket(draft) => self.stands_in(&draft.subject) || self.stands_in(&draft.note),
            Order::AddNote { text, .. } => self.stands_in(text),
            Order::Attach(draft) => [&draft.file, &draft.file_name, &draft.note]
                .into_iter()
                .chain(&draft.words)
                .any(|text| self.stands_in(text)),
            Order::Pop { .. }
            | Order::ReadTicket { .. }
            | Order::SetRequester { .. }
            | Order::ReadUser { .. }
            | Order::Record { .. }
            | Order::Redact { .. } => false,
        }
    }

    /// Whether what came of an order holds his number.
    #[must_use]
    pub fn is_in_outcome(&self, outcome: &Outcome) -> bool {
        match outcome {
            Outcome::Profiles(profiles) | Outcome::Callers { profiles, .. } => {
                profiles.iter().any(|profile| self.is_in_profile(profile))
            }
            Outcome::NotPopped { why }
            | Outcome::TicketGone { why }
            | Outcome::Refused { why, .. }
            | Outcome::Dropped { why }
            | Outcome::Wedged { why } => self.stands_in(why),
            Outcome::User(_)
            | Outcome::Opened { .. }
            | Outcome::Popped
            | Outcome::Ticket(_)
            | Outcome::Done
            | Outcome::Conflict
            | Outcome::Taken => false,
        }
    }

    /// Whether a profile holds his number: among its numbers, in its name, or as the one that it was made for.
    #[must_use]
    pub fn is_in_profile(&self, profile: &Profile) -> bool {
        let mut numbers = profile.numbers.iter();
        profile.made_for.as_ref() == Some(&self.number)
            || self.stands_in(&profile.name)
            || numbers.any(|(_, typed)| self.is(&Dialled::new(typed.as_str())))
    }
}

/// Why a call has to wait for being erased, if it has to. Whatever a start gives back to the core stays as it is: a call that
/// the core knows by halves might be begun anew, with a second ticket.
#[must_use]
pub fn stays(call: &CallState, standing: Standing, now: Timestamp) -> Option<Stays> {
    let until = standing.updated.checked_add(REMEMBERED).unwrap_or(Timestamp::MAX);
    if standing.wedged {
        Some(Stays::Wedged)
    } else if standing.waiting {
        Some(Stays::Waiting)
    } else if call.over.is_none() {
        Some(Stays::GoesOn)
    } else if call.awaits_recording() {
        Some(Stays::AwaitsRecording)
    } else if now <= until {
        Some(Stays::Lately { until })
    } else if standing.listed_since.is_some_and(|since| standing.updated >= since) {
        Some(Stays::Listed)
    } else {
        None
    }
}

/// What remains of what came of an order: enough to answer the same order once more, and nobody's data.
#[must_use]
pub fn remains_of(outcome: &Outcome) -> Outcome {
    let why = || ERASED.to_owned();
    match outcome {
        Outcome::Opened { .. } | Outcome::Popped | Outcome::Done | Outcome::Conflict | Outcome::Taken => {
            outcome.clone()
        }
        Outcome::NotPopped { .. } => Outcome::NotPopped { why: why() },
        Outcome::TicketGone { .. } => Outcome::TicketGone { why: why() },
        Outcome::Refused { what, .. } => Outcome::Refused {
            what: *what,
            why: why(),
        },
        Outcome::Wedged { .. } => Outcome::Wedged { why: why() },
        Outcome::Profiles(_)
        | Outcome::Callers { .. }
        | Outcome::User(_)
        | Outcome::Ticket(_)
        | Outcome::Dropped { .. } => Outcome::Dropped { why: why() },
    }
}

#[cfg(test)]
mod tests;
