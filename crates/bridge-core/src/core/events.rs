//! What the PBX told, brought to the call it belongs to. Why one call may come under several ids, and when two ids
//! are two calls, is argued in `docs/decisions/0001-one-call-under-several-ids.md`.

use jiff::{SignedDuration, Timestamp};
use pbx::{CallId, Direction, Event, LegEvent, LegState, UserId};

use crate::call::{CallKey, CallState, End, EndBasis, LookUp, NewUser, Pop, Recorded, Sibling, StepKind, Ticket};

use super::Core;
use super::clock::after;
use super::turn::Turn;

/// Legs of one call under different ids are told within so long.
const AT_ONCE: SignedDuration = SignedDuration::from_secs(5);

impl Core {
    pub(super) fn on_event(&mut self, event: Event, now: Timestamp) {
        match event {
            Event::Leg(leg) => self.on_leg(leg, now),
            Event::IdChanged { old, new } => self.on_id_changed(&old, &new, now),
            Event::SnapshotBegin { owner } => {
                for key in self.open_with(Some(&owner)) {
                    self.work(&key, now, |turn, call| turn.begin_snapshot(call, &owner));
                }
            }
            Event::SnapshotEnd { owner } => {
                self.logs_told(&owner);
                for key in self.open_with(Some(&owner)) {
                    self.work(&key, now, |turn, call| turn.end_snapshot(call, &owner));
                    self.find_sibling(&key, now);
                }
                self.read_log_soon(Some(&owner), now);
                // Whoever took part may know more.
                for other in self.parts_of_unsettled(&owner) {
                    self.read_log_soon(Some(&other), now);
                }
            }
            Event::Gap { owner } => {
                for key in self.open_with(owner.as_ref()) {
                    self.work(&key, now, |turn, call| turn.gap(call, owner.as_ref()));
                }
                self.read_log_soon(owner.as_ref(), now);
            }
            // Whether anything was missed is told by a snapshot or a gap, and by the list of calls.
            Event::Connected { owner } => self.logs_connected(owner.as_ref(), now),
            Event::Disconnected { owner, why: _ } => self.logs_disconnected(owner.as_ref()),
        }
    }

    fn on_leg(&mut self, event: LegEvent, now: Timestamp) {
        // Which of two moments is meant is asked in two hours a year.
        let told = event.or_at.map(|_| self.calls.all().filter_map(|call| call.went_on));
        let latest = told.and_then(Iterator::max);
        let at = self.site().shown(&event, latest, now);
        let event = &LegEvent {
            at,
            or_at: None,
            ..event
        };
        if let Some(shown) = event.at {
            self.measure(shown, now);
        }
        let key = match self.calls.of_id(&event.call) {
            Some(key) => key,
            None => match self.transferred(event, now) {
                Some(key) => {
                    self.work(&key, now, |turn, call| {
                        let what = format!("goes on under the id {}", event.call);
                        turn.step(
                            StepKind::Decision,
                            what,
                            "the same caller, talking already, at another phone",
                        );
                        call.ids.insert(event.call.clone());
                    });
                    key
                }
                None => self.begin(&event.call, now),
            },
        };
        self.work(&key, now, |turn, call| turn.on_leg(call, event));
        self.find_sibling(&key, now);
    }

    /// A call that is heard of for the first time.
    fn begin(&mut self, id: &CallId, now: Timestamp) -> CallKey {
        let mut call = CallState::new(id, now);
        call.clock_before = self.logs.offset;
        let key = call.key.clone();
        self.calls.put(call, None);
        key
    }

    /// The call of which this is the leg of a transfer's target: an answer out of nothing, by the same caller, while his
    /// call is answered and hardly over.
    fn transferred(&self, event: &LegEvent, now: Timestamp) -> Option<CallKey> {
        if event.state != LegState::Connected || event.direction != Direction::Unknown {
            return None;
        }
        let caller = self.site().public_number(event.caller.as_ref()?)?;
        // An end that is still to come was told before a clock was set.
        let hardly_over = |end: Option<End>| end.is_none_or(|end| end.at.duration_since(now).abs() <= AT_ONCE);
        // A phone that rings in vain hands nothing on, and so does one whose end nobody told.
        let had_until = |call: &CallState| {
            let talked = call.legs.values().filter(|leg| leg.talked);
            talked.filter_map(|leg| leg.last_shown).max()
        };
        let is_late = |call: &CallState| {
            let apart = event
                .at
                .zip(had_until(call))
                .map(|(at, until)| at.duration_since(until));
            !call.is_talking() && apart.is_some_and(|apart| apart > AT_ONCE)
        };
        // A snapshot tells what happened who knows when, and so may a call have ended that is not known to go on.
        let is_sure = |call: &CallState| {
            let told = call.ended.map_or(call.is_talking(), |end| end.basis == EndBasis::Told);
            event.at.is_some() || told && !self.site().is_unsure(call)
        };
        // Who has a call has not got it by a transfer from himself.
        let from_himself = |call: &CallState| {
            let mut talking = call.legs.iter().filter(|(_, leg)| leg.is_talking());
            matches!((talking.next(), talking.next()),
                (Some((owner, leg)), None) if *owner == event.owner && leg.state == LegState::Connected)
        };
        let same = |call: &&CallState| {
            let its_caller = self.site().public(call).as_ref() == Some(&caller);
            let goes_on = hardly_over(call.ended) && !is_late(call) && is_sure(call);
            !call.outbound && goes_on && its_caller && !from_himself(call)
        };
        let answered = self.calls.open().filter(same);
        let answered = answered.filter_map(|call| Some((call.answer.as_ref()?.at, &call.key)));
        answered.max().map(|(_, key)| key.clone())
    }

    /// A call that ended without an answer: did the same caller's call to the same group come under another id, too,
    /// and was answered there?
    pub(super) fn find_sibling(&mut self, key: &CallKey, now: Timestamp) {
        let Some(call) = self.calls.get(key) else { return };
        if call.answer.is_some() || call.ended.is_none() || call.sibling.is_some() {
            return;
        }
        let group = |call: &CallState| call.groups.first().map(|told| told.group.clone());
        let (Some(caller), Some(_)) = (self.site().public(call), group(call)) else {
            return;
        };
        let at_once =
            |other: &CallState| after(call.started.min(other.started), AT_ONCE) >= call.started.max(other.started);
        let sibling = self.calls.open().find(|other| {
            // Numbers are read last, since that takes the longest.
            let may_be =
                other.key != call.key && other.answer.is_some() && at_once(other) && group(other) == group(call);
            may_be && self.site().public(other).as_ref() == Some(&caller)
        });
        let Some(sibling) = sibling.map(|call| call.key.clone()) else {
            return;
        };
        self.work(key, now, |turn, call| {
            turn.step(
                StepKind::Decision,
                format!("the same call as {sibling}, which was answered"),
                "the same caller rang the same group at the same moment under both ids",
            );
            call.sibling = Some(Sibling { key: sibling });
        });
    }

    /// Open calls in which this owner takes part; all of them for `None`.
    pub(super) fn open_with(&self, owner: Option<&UserId>) -> Vec<CallKey> {
        let with = |call: &&CallState| owner.is_none_or(|owner| call.legs.contains_key(owner));
        self.calls.open().filter(with).map(|call| call.key.clone()).collect()
    }

    fn on_id_changed(&mut self, old: &CallId, new: &CallId, now: Timestamp) {
        let what = format!("the id {old} becomes {new}");
        let (first, second) = (self.calls.of_id(old), self.calls.of_id(new));
        match (first, second) {
            (Some(one), Some(other)) if one == other => {
                self.work(&one, now, |turn, call| turn.hear(call, what, ""));
            }
            (Some(one), Some(other)) => self.merge(&one, &other, &what, now),
            (Some(key), None) => self.work(&key, now, |turn, call| {
                call.ids.insert(new.clone());
                if let Some(answer) = call.answer.as_mut().filter(|answer| answer.id.as_ref() == Some(old)) {
                    answer.id = Some(new.clone());
                }
                turn.hear(call, what, "the same call");
            }),
            (None, Some(key)) => self.work(&key, now, |turn, call| {
                call.ids.insert(old.clone());
                turn.hear(call, what, "the same call; its old id was not heard of before");
            }),
            (None, None) => {
                let key = self.begin(old, now);
                self.work(&key, now, |turn, call| {
                    call.ids.insert(new.clone());
                    turn.hear(call, what, "a call that was not heard of before");
                });
            }
        }
    }

    /// Makes one call of two that the PBX says are one. `newer` goes by the id that is in force now.
    fn merge(&mut self, older: &CallKey, newer: &CallKey, what: &str, now: Timestamp) {
        let (Some(one), Some(other)) = (self.calls.get(older), self.calls.get(newer)) else {
            return;
        };
        // Of which only a hang-up was heard has not been a call of its own.
        let is_over = |call: &CallState| call.over.is_some() && call.heard_of_more_than_its_end();
        if is_over(one) || is_over(other) {
            for key in [older, newer] {
                self.work(key, now, |turn, _| {
                    turn.step(StepKind::Event, what, "one of the two calls is over: they stay two")
                });
            }
            return;
        }
        if one.ticket != Ticket::Pending && other.ticket != Ticket::Pending {
            for key in [older, newer] {
                self.work(key, now, |turn, _| {
                    turn.step(StepKind::Event, what, "both calls have a ticket: they stay two")
                });
            }
            return;
        }
        let weight = |call: &CallState| (call.ticket != Ticket::Pending, call.answer.is_some());
        let (kept, given_up) = if weight(other) > weight(one) {
            (newer, older)
        } else {
            (older, newer)
        };
        let newer_wins = given_up == newer;
        let mut taken = None;
        self.work(given_up, now, |turn, call| {
            taken = Some(call.clone());
            turn.step(
                StepKind::Event,
                what,
                format!("the same call as {kept}, where it goes on"),
            );
            turn.give_up(call, kept);
        });
        let Some(taken) = taken else { return };
        self.work(kept, now, |turn, call| {
            turn.hear(
                call,
                what,
                format!("the same call as {given_up}, which is part of this one from here on"),
            );
            turn.absorb(call, taken, newer_wins);
        });
    }
}

impl Turn<'_> {
    /// Ends a call that is part of another from here on.
    fn give_up(&mut self, call: &mut CallState, kept: &CallKey) {
        call.ids.clear();
        (call.recorded, call.recordings) = (Recorded::No, Vec::new());
        call.merged_into = Some(kept.clone());
        let why = "the call is part of another";
        if let LookUp::Asked { effect } = call.lookup.clone() {
            self.withdraw(call, &effect, why);
            call.lookup = LookUp::NotAsked;
        }
        if let NewUser::Asked { effect } = call.new_user.clone() {
            self.withdraw(call, &effect, why);
            call.new_user = NewUser::NotAsked;
        }
        if let Pop::Ordered { effect } = call.pop.clone() {
            self.withdraw(call, &effect, why);
            call.pop = Pop::Withdrawn { effect };
        }
        call.ended = call.ended.or(Some(End {
            at: self.now,
            basis: EndBasis::Told,
        }));
        call.over = Some(self.now);
    }

    /// Takes over what was known of a call that turned out to be this one.
    fn absorb(&mut self, call: &mut CallState, taken: CallState, newer: bool) {
        self.absorb_recordings(call, &taken);
        call.ids.extend(taken.ids);
        call.started = call.started.min(taken.started);
        call.clock = call.clock.or(taken.clock);
        call.clock_before = call.clock_before.or(taken.clock_before);
        call.began = call.began.zip(taken.began).map(|(one, other)| one.min(other));
        call.went_on = call.went_on.max(taken.went_on);
        for (owner, leg) in taken.legs {
            if newer || !call.legs.contains_key(&owner) {
                call.legs.insert(owner, leg);
            }
        }
        if self.site.worth(taken.caller.as_ref()) > self.site.worth(call.caller.as_ref()) {
            call.caller = taken.caller;
        }
        call.called = call.called.take().or(taken.called);
        for told in taken.groups {
            if !call.groups.iter().any(|known| known.group == told.group) {
                call.groups.push(told);
            }
        }
        // A consultation is outbound at the agent's end; that does not make the customer's call one.
        call.outbound |= taken.outbound && call.answer.is_none() && !call.inbound;
        call.inbound |= taken.inbound;
        call.mailbox |= taken.mailbox;
        call.logged.extend(taken.logged);
        call.answer = call.answer.take().or(taken.answer);
        if call.lookup == LookUp::NotAsked
            && let LookUp::Found(caller) = taken.lookup
        {
            call.lookup = LookUp::Found(caller);
        }
        self.see_life(call);
        self.see_end(call);
    }
}
