//! The legs of one call: what was told of them, merged. Repetitions change nothing, and neither does most
//! reordering: a better number replaces a worse one, a leg that has ended stays ended, an answer stays an answer.

use jiff::Timestamp;
use pbx::{Direction, LegEvent, LegState, UserId};

use crate::call::{Answer, CallState, End, EndBasis, Leg, LookUp, StepKind, Ticket, ToldGroup};

use super::clock::{RINGING_LIMIT, after};
use super::route::Route;
use super::times::{is_later, is_overtaken};
use super::turn::Turn;
use super::words;

impl Turn<'_> {
    /// Notes that the PBX told something of the call.
    pub(super) fn hear(&mut self, call: &mut CallState, what: impl Into<String>, why: impl Into<String>) {
        call.heard = self.now;
        call.uncertain = false;
        self.step(StepKind::Event, what, why);
    }

    pub(super) fn on_leg(&mut self, call: &mut CallState, event: &LegEvent) {
        let what = words::leg(event);
        let known = call.legs.get(&event.owner);
        let talked = known.is_some_and(Leg::is_talking);
        let ended = known.is_some_and(|leg| !leg.is_alive());
        let answered = call.answer.is_some();
        let assumed = call.ended.is_some_and(|end| end.basis == EndBasis::Assumed);
        let (next, why) = known.map_or((Some(event.state), ""), |leg| next(leg, event, answered, assumed));
        if let Some(over) = call.over {
            // A call that nobody answered goes on when the queue finds another phone to ring.
            let waits = !answered && after(over, RINGING_LIMIT) > self.now;
            let goes_on = next.is_some() && has_gone_on(call, event);
            if call.merged_into.is_some() || !waits && !goes_on {
                self.step(StepKind::Event, what, "the call is over: too late to change anything");
                return;
            }
        }
        let shown = event.at;
        // What a snapshot tells did not happen just now: the clocks may have been set since they were compared.
        call.clock = call.clock.or(shown.and(self.site.logs.offset));
        note_time(call, shown);
        let begins_anew = ended && next.is_some();
        let leg = call.legs.entry(event.owner.clone()).or_insert(Leg {
            state: event.state,
            direction: Direction::Unknown,
            rang: false,
            unconfirmed: false,
            began: self.now,
            shown,
            last_shown: shown,
            talked: false,
            group: None,
            called: None,
        });
        leg.state = next.unwrap_or(leg.state);
        leg.talked |= leg.is_talking();
        if begins_anew {
            // What was told of the last one tells nothing of this one.
            (leg.began, leg.shown, leg.last_shown) = (self.now, shown, shown);
        }
        if !is_overtaken(leg.last_shown, shown) {
            leg.last_shown = shown.or(leg.last_shown);
        }
        if leg.direction == Direction::Unknown || begins_anew {
            leg.direction = event.direction;
        }
        leg.rang = leg.rang && !begins_anew
            || matches!(
                event.state,
                LegState::Announced | LegState::Ringing | LegState::Dialling
            );
        leg.unconfirmed = false;
        if begins_anew || leg.group.is_none() {
            leg.group = event.group.clone().or(leg.group.take());
        }
        if begins_anew || leg.called.is_none() {
            leg.called = event.called.clone().filter(|n| !n.is_empty()).or(leg.called.take());
        }
        let answers = leg.is_talking() && !talked && leg.direction != Direction::Outbound;
        self.hear(call, what, why);
        self.learn_facts(call, event);
        call.mailbox |= next == Some(LegState::Voicemail);
        self.see_life(call);
        if answers {
            self.answer(call, &event.owner, &event.call);
        }
        self.see_end(call);
    }

    /// Numbers, groups and directions, which the PBX may tell late or never.
    fn learn_facts(&mut self, call: &mut CallState, event: &LegEvent) {
        if self.site.worth(event.caller.as_ref()) > self.site.worth(call.caller.as_ref()) {
            call.caller.clone_from(&event.caller);
        }
        if call.called.is_none() {
            call.called = event.called.clone().filter(|number| !number.is_empty());
        }
        if let Some(group) = &event.group
            && !call.groups.iter().any(|told| told.group == *group)
        {
            call.groups.push(ToldGroup {
                group: group.clone(),
                at: self.now,
            });
        }
        let inbound =
            event.direction == Direction::Inbound || matches!(event.state, LegState::Announced | LegState::Ringing);
        let outbound = event.direction == Direction::Outbound || event.state == LegState::Dialling;
        let was_called = call
            .legs
            .get(&event.owner)
            .is_some_and(|leg| leg.direction == Direction::Inbound);
        call.inbound |= inbound;
        // Once the call is answered, who dials consults somebody or transfers the call.
        call.outbound |= outbound && !was_called && call.answer.is_none();
    }

    /// Somebody talks who did not before.
    fn answer(&mut self, call: &mut CallState, by: &UserId, id: &pbx::CallId) {
        let answer = Answer {
            by: by.clone(),
            at: self.now,
            active: self.active,
            id: Some(id.clone()),
            logged: None,
        };
        let Some(first) = &call.answer else {
            self.step(StepKind::Decision, format!("answered by {by}"), "");
            call.answer = Some(answer);
            return;
        };
        if first.by == *by {
            return;
        }
        if self.had_another_group(call, first) {
            let why = format!(
                "{} had it before, but not as a call to a group that is served",
                first.by
            );
            self.step(StepKind::Decision, format!("answered by {by}"), why);
            call.answer = Some(answer);
            call.verdict = None;
        } else {
            let why = format!("answered by {} before: it stays one call", first.by);
            self.step(StepKind::Decision, format!("{by} talks, too"), why);
        }
    }

    /// Whether the call has no ticket only because of the group as whose member it was answered first.
    pub(super) fn had_another_group(&self, call: &CallState, first: &Answer) -> bool {
        let not_served = match self.site.route(call) {
            Route::No(no) => no.is_of_the_group(),
            Route::Served { .. } | Route::NotMatched => false,
        };
        call.ticket == Ticket::Pending && first.active && not_served
    }

    /// Takes the end back once a leg is alive again.
    pub(super) fn see_life(&mut self, call: &mut CallState) {
        if call.is_alive() && (call.ended.is_some() || call.over.is_some()) {
            call.ended = None;
            call.over = None;
            call.sibling = None;
            self.step(StepKind::Decision, "the call goes on", "a phone has it again");
        }
    }

    /// Ends the call once its last leg has ended.
    pub(super) fn see_end(&mut self, call: &mut CallState) {
        if call.ended.is_none() && !call.legs.is_empty() && !call.is_alive() {
            self.end(call, EndBasis::Told, "no phone has it any more");
        }
    }

    /// The call has ended.
    pub(super) fn end(&mut self, call: &mut CallState, basis: EndBasis, why: &str) {
        let what = match basis {
            EndBasis::Told | EndBasis::Log => "the call has ended",
            EndBasis::Snapshot => "the call has ended unseen",
            EndBasis::Assumed => "the call has ended, as is assumed",
        };
        self.step(StepKind::Decision, what, why);
        call.ended = Some(End { at: self.now, basis });
        if call.answer.is_none()
            && let LookUp::Asked { effect } = call.lookup.clone()
        {
            self.withdraw(call, &effect, "nobody answered");
            call.lookup = LookUp::NotAsked;
        }
    }

    /// From here on this owner's calls are told once more.
    pub(super) fn begin_snapshot(&mut self, call: &mut CallState, owner: &UserId) {
        if let Some(leg) = call.legs.get_mut(owner) {
            leg.unconfirmed = true;
            self.step(StepKind::Event, format!("the calls of {owner} are told once more"), "");
        }
    }

    /// What was not told has ended unseen.
    pub(super) fn end_snapshot(&mut self, call: &mut CallState, owner: &UserId) {
        let Some(leg) = call.legs.get_mut(owner).filter(|leg| leg.unconfirmed) else {
            return;
        };
        leg.unconfirmed = false;
        if leg.is_alive() {
            leg.state = LegState::Ended;
            let what = format!("{owner} no longer has the call");
            self.step(
                StepKind::Event,
                what,
                "it was missing when the calls were told once more",
            );
            if !call.is_alive() {
                self.end(call, EndBasis::Snapshot, "no phone has it any more");
                // A hang-up that nobody told proves nothing about what was before it.
                call.uncertain = self.site.logs.owners.contains_key(owner);
            }
        }
    }

    /// Events of this owner may be missing.
    pub(super) fn gap(&mut self, call: &mut CallState, owner: Option<&UserId>) {
        let alive = call
            .legs
            .iter()
            .any(|(login, leg)| leg.is_alive() && owner.is_none_or(|owner| owner == login));
        if call.ended.is_none() && alive {
            call.uncertain = true;
            let whose = owner.map_or("everybody".to_owned(), ToString::to_string);
            self.step(
                StepKind::Event,
                format!("events of {whose} may be missing"),
                "the call is uncertain from here on, not over",
            );
        }
    }
}

/// Whether this tells that a call which seemed to be over has gone on: it happened later than all that was told before, or a PBX
/// that tells when things happen has it among the calls of the moment.
fn has_gone_on(call: &CallState, event: &LegEvent) -> bool {
    let later = match event.at {
        Some(at) => call.went_on.is_none_or(|told| is_later(Some(told), Some(at))),
        None => call.went_on.is_some(),
    };
    let assumed = call.ended.is_some_and(|end| end.basis == EndBasis::Assumed);
    event.state != LegState::Ended && (later || assumed)
}

/// From when until when the call was heard of, by the PBX's clock.
fn note_time(call: &mut CallState, shown: Option<Timestamp>) {
    if call.legs.is_empty() {
        call.began = shown;
    }
    if let Some(shown) = shown {
        call.began = call.began.map(|began| began.min(shown));
        if !is_overtaken(call.went_on, Some(shown)) {
            call.went_on = Some(shown);
        }
    }
}

/// What becomes of a leg by what is told; `None` if it stays, and why.
fn next(leg: &Leg, event: &LegEvent, answered: bool, assumed: bool) -> (Option<LegState>, &'static str) {
    let told = event.state;
    if leg.state == told {
        return (None, if told == LegState::Ended { "told before" } else { "" });
    }
    if is_overtaken(leg.last_shown, event.at) {
        return (None, "too late: what was told before has happened after it");
    }
    match (leg.state, told) {
        (_, LegState::Ended) => (Some(told), ""),
        (LegState::Ended, LegState::Announced | LegState::Ringing | LegState::Dialling) if leg.rang => {
            (Some(told), "a new leg: this phone had ended its last one")
        }
        (LegState::Ended, LegState::Connected | LegState::Parked) if assumed => {
            (Some(told), "its end had been assumed")
        }
        (LegState::Ended, _) if leg.unconfirmed => (Some(told), "told once more: a new leg"),
        // A call that nobody has answered is handed on by nobody.
        (LegState::Ended, _) if answered && is_later(leg.last_shown, event.at) => {
            (Some(told), "a new leg: it has happened after the end of the last one")
        }
        (LegState::Ended, _) => (None, "too late: this leg has ended"),
        (LegState::Announced, _) | (_, LegState::Connected | LegState::Parked | LegState::Voicemail) => {
            (Some(told), "")
        }
        (LegState::Dialling, LegState::Ringing) | (LegState::Ringing, LegState::Dialling) => (Some(told), ""),
        (_, LegState::Announced | LegState::Ringing | LegState::Dialling) => (None, "too late: this leg is further"),
    }
}
