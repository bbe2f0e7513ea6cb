//! What came of an order, brought to the part of the call that waits for it.

use jiff::Timestamp;

use crate::call::{CallState, LookUp, NewUser, StepKind, Ticket};
use crate::desk::Standing;
use crate::effect::{Effect, EffectId};
use crate::input::{Outcome, Refusal};
use crate::port::Sent;

use super::turn::Turn;

impl Turn<'_> {
    /// Takes an outcome in. One that nobody waits for changes nothing: a repetition, or an order that was taken back.
    pub(super) fn on_outcome(&mut self, call: &mut CallState, effect: &EffectId, outcome: Outcome) {
        let what = format!("{}: {}", effect.step(), describe(&outcome));
        call.postponed.remove(effect);
        call.wedged.remove(effect);
        if let Ticket::Ordered(attempt) = &call.ticket
            && attempt.effect == *effect
        {
            let attempt = attempt.clone();
            self.step(StepKind::Answer, what, "");
            self.ticket_opened(call, attempt, &outcome);
        } else if is_lookup(call, effect) {
            self.step(StepKind::Answer, what, "");
            self.looked_up(call, effect, &outcome);
            self.remember_wedge(call, effect, &outcome);
        } else if is_new_user(call, effect) {
            self.step(StepKind::Answer, what, "");
            self.user_made(call, effect, &outcome);
            self.remember_wedge(call, effect, &outcome);
        } else if Self::is_pop(call, effect) {
            self.step(StepKind::Answer, what, "");
            self.popped(call, &outcome);
        } else if Self::is_late(call, effect) {
            self.step(StepKind::Answer, what, "");
            if !self.remember_wedge(call, effect, &outcome) {
                self.completed(call, outcome);
            }
        } else if Self::is_learning(call, effect) {
            self.step(StepKind::Answer, what, "");
            if !self.remember_wedge(call, effect, &outcome) {
                self.learned(call, outcome);
            }
        } else if Self::is_take_back(call, effect) {
            self.step(StepKind::Answer, what, "");
            if !self.remember_wedge(call, effect, &outcome) {
                self.taken_back(call, &outcome);
            }
        } else if Self::is_record(call, effect) {
            self.step(StepKind::Answer, what, "");
            self.recording_started(call, &outcome);
        } else if Self::is_attach(call, effect) {
            self.step(StepKind::Answer, what, "");
            if self.remember_wedge(call, effect, &outcome) {
                self.attach_is_stuck(call, effect);
            } else {
                self.attached(call, effect, &outcome);
            }
        } else if Self::is_redaction(call, effect) {
            self.step(StepKind::Answer, what, "");
            if !self.remember_wedge(call, effect, &outcome) {
                self.redacted(call, effect, &outcome);
            }
        } else if call.notes.contains(effect) {
            self.step(StepKind::Answer, what, "");
            if !self.remember_wedge(call, effect, &outcome) {
                self.noted(call, effect, &outcome);
            }
        } else {
            self.step(StepKind::Answer, what, "nobody waits for it any more");
        }
    }

    /// Requests were made for an order: a line for each.
    pub(super) fn on_asked(&mut self, effect: &EffectId, requests: &[Sent]) {
        for sent in requests {
            let answer = sent.status.map_or("no answer".to_owned(), |status| status.to_string());
            let why = sent.request_id.as_ref().map(|id| format!("request {id}"));
            let what = format!("{}: {}: {answer}", effect.step(), sent.what);
            self.step(StepKind::Request, what, why.unwrap_or_default());
        }
    }

    /// An administrator has mended what an order was stuck on: it goes out again, under its own name.
    pub(super) fn take_up_again(&mut self, call: &mut CallState, effect: Effect) {
        if call.wedged.remove(&effect.id).is_none() {
            self.step(
                StepKind::Decision,
                format!("{} is not taken up again", effect.id.step()),
                "it is not stuck",
            );
            return;
        }
        // What came of it may lead to more, also where the call was laid aside already.
        call.over = None;
        self.step(
            StepKind::Decision,
            format!("{} is taken up again", effect.id.step()),
            "an administrator wants it",
        );
        self.order_again(effect);
    }

    /// An attempt failed and will be repeated. Only the first failure and a new reason are worth a line.
    pub(super) fn on_postponed(
        &mut self,
        call: &mut CallState,
        effect: &EffectId,
        attempts: u32,
        why: &str,
        again_at: Timestamp,
    ) {
        if self.part(call, effect, attempts) {
            return;
        }
        if call.postponed.get(effect).is_some_and(|known| known == why) {
            return;
        }
        let what = format!(
            "{} failed (attempt {attempts}) and is tried again at {again_at:.0}",
            effect.step()
        );
        self.step(StepKind::Answer, what, why);
        call.postponed.insert(effect.clone(), why.to_owned());
    }

    /// Keeps the reason of an order that is stuck; whether it is.
    fn remember_wedge(&mut self, call: &mut CallState, effect: &EffectId, outcome: &Outcome) -> bool {
        let Outcome::Wedged { why } = outcome else { return false };
        self.wedge(call, effect, why.clone());
        true
    }
}

fn is_lookup(call: &CallState, effect: &EffectId) -> bool {
    match &call.lookup {
        LookUp::Asked { effect: asked } | LookUp::Failed { effect: asked, .. } => asked == effect,
        LookUp::NotAsked | LookUp::Found(_) => false,
    }
}

fn is_new_user(call: &CallState, effect: &EffectId) -> bool {
    match &call.new_user {
        NewUser::Asked { effect: asked } | NewUser::Failed { effect: asked } => asked == effect,
        NewUser::NotAsked | NewUser::Made(_) => false,
    }
}

/// Why an order came to nothing, of an outcome that is not the one hoped for.
pub(super) fn failure(outcome: &Outcome) -> String {
    match outcome {
        Outcome::NotPopped { why }
        | Outcome::TicketGone { why }
        | Outcome::Refused { why, .. }
        | Outcome::Dropped { why }
        | Outcome::Wedged { why } => why.clone(),
        Outcome::Conflict => "somebody changed the ticket meanwhile".into(),
        Outcome::Taken => "the number belongs to somebody else".into(),
        Outcome::Profiles(_)
        | Outcome::Callers { .. }
        | Outcome::User(_)
        | Outcome::Opened { .. }
        | Outcome::Popped
        | Outcome::Ticket(_)
        | Outcome::Done => format!("the answer does not fit the order: {}", describe(outcome)),
    }
}

/// An outcome for the story: users by their ids, no names, no numbers.
fn describe(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Profiles(profiles) | Outcome::Callers { profiles, .. } if profiles.is_empty() => "no user".into(),
        Outcome::Profiles(profiles) | Outcome::Callers { profiles, .. } => {
            let ids: Vec<String> = profiles
                .iter()
                .take(5)
                .map(|profile| profile.user.to_string())
                .collect();
            let more = if profiles.len() > 5 { ", …" } else { "" };
            format!("users {}{more}", ids.join(", "))
        }
        Outcome::User(user) => format!("user {user}"),
        Outcome::Opened { ticket } => format!("ticket {ticket}"),
        Outcome::Popped => "shown to the agent".into(),
        Outcome::NotPopped { why } => format!("not shown: {why}"),
        Outcome::Ticket(view) => {
            let standing = match view.standing {
                Standing::Open => "",
                Standing::Solved => ", solved",
                Standing::Closed => ", closed",
            };
            format!("ticket {} has requester {}{standing}", view.ticket, view.requester)
        }
        Outcome::TicketGone { why } => format!("the ticket is gone: {why}"),
        Outcome::Done => "done".into(),
        Outcome::Conflict => "somebody changed the ticket meanwhile".into(),
        Outcome::Taken => "the number belongs to somebody else".into(),
        Outcome::Refused { what, why } => {
            let what = match what {
                Refusal::Requester => "requester",
                Refusal::Assignee => "assignee",
                Refusal::Group => "group",
                Refusal::Number => "number",
                Refusal::Recording | Refusal::Size => "recording",
            };
            format!("the {what} is refused: {why}")
        }
        Outcome::Dropped { why } => format!("not sent: {why}"),
        Outcome::Wedged { why } => format!("wedged: {why}"),
    }
}
