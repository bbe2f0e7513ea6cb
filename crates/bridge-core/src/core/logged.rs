//! What a list of calls says of one call.

use jiff::Timestamp;
use pbx::{Direction, LegState, LoggedCall, UserId};

use crate::call::{Answer, CallKey, CallState, End, EndBasis, Leg, LogEntry, StepKind, ToldGroup};

use super::clock::after;
use super::route::Route;
use super::turn::Turn;

/// A list is believed against what was heard only when its end lies back so far: some telephone systems may list a call
/// that goes on still, with the time that it has lasted so far, and a ring before the answer may not count as lasting.
const SURELY: jiff::SignedDuration = jiff::SignedDuration::from_mins(2);

/// An entry in our time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) times: LogEntry,
    /// Whether the bridge was active then.
    pub(super) active: bool,
}

/// The key of a call that is known from a list only. The same entry has the same key whenever it is read; the caller is
/// in it only as so much of a checksum as tells two calls of the same second apart; of several whom that does not tell
/// apart, such as callers without a number, it is the `nth`, counted from one.
pub(super) fn key_of(owner: &UserId, logged: &LoggedCall, nth: u32) -> CallKey {
    // FNV-1a, folded to 16 bits.
    let fold = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    let digits = logged.caller.as_str().bytes().filter(u8::is_ascii_digit);
    let hash = digits.fold(0x811c_9dc5, fold);
    let check = (hash >> 16) ^ (hash & 0xffff);
    let began = logged.began.strftime("%Y%m%dT%H%M%SZ");
    let key = format!("log-{owner}-{began}-{check:04x}");
    CallKey::new(if nth == 1 { key } else { format!("{key}-{nth}") })
}

/// Adds what an entry tells to what is known of the call's legs, numbers and groups.
pub(super) fn tell(call: &mut CallState, owner: &UserId, logged: &LoggedCall, entry: Entry, now: Timestamp) {
    let known = |number: &pbx::Dialled| Some(number.clone()).filter(|number| !number.is_empty());
    let leg = call.legs.entry(owner.clone()).or_insert_with(|| Leg {
        state: LegState::Ended,
        direction: logged.direction,
        rang: true,
        unconfirmed: false,
        began: entry.times.began,
        shown: Some(logged.began),
        last_shown: Some(after(logged.began, logged.lasted)),
        talked: false,
        group: None,
        called: None,
    });
    leg.talked |= logged.answered;
    leg.group = leg.group.take().or(logged.group.clone());
    leg.called = leg.called.take().or(known(&logged.called));
    if call.caller.is_none() {
        call.caller = Some(logged.caller.clone());
    }
    call.called = call.called.take().or(known(&logged.called));
    if let Some(group) = &logged.group
        && !call.groups.iter().any(|told| told.group == *group)
    {
        call.groups.push(ToldGroup {
            group: group.clone(),
            at: now,
        });
    }
    call.inbound |= logged.direction != Direction::Outbound;
}

impl Turn<'_> {
    /// The list of this owner has the call.
    pub(super) fn on_logged(&mut self, call: &mut CallState, owner: &UserId, logged: &LoggedCall, entry: Entry) {
        if logged.answered && call.logged.insert((owner.clone(), logged.began)) {
            let seconds = entry.times.lasted.as_secs();
            let what = format!("the list of calls of {owner} has it: answered, {seconds} s");
            self.step(StepKind::Event, what, "");
        }
        if logged.answered && (call.went_on.is_some() || call.ids.is_empty()) {
            call.went_on = call.went_on.max(Some(after(logged.began, logged.lasted)));
        }
        let ended = after(entry.times.began, entry.times.lasted).min(self.now);
        // What others told of the call later is not before its end.
        let over = call
            .went_on
            .map_or(ended, |told| self.site.ours(told, Some(call)).max(ended));
        let over = over.min(self.now);
        if logged.answered && logged.direction != Direction::Outbound && !call.outbound {
            tell(call, owner, logged, entry, self.now);
            let first = call.answer.as_ref();
            let supersedes = |first: &Answer| {
                first.by != *owner && self.had_another_group(call, first) && self.is_served_at(call, owner, entry)
            };
            if first.is_none_or(supersedes) {
                self.answered_unseen(call, owner, entry);
            }
        }
        if self.site.is_of_leg(call, owner, logged) {
            self.end_leg(call, owner, ended, after(logged.began, logged.lasted));
        }
        let over_here = call.ended.is_none() && !call.legs.is_empty() && !call.is_alive();
        if over_here && !logged.answered && call.uncertain {
            // A ring in vain tells nothing of what others had, or have.
            self.end(call, EndBasis::Snapshot, "no phone has it any more");
        } else if over_here {
            self.end(call, EndBasis::Log, "no phone has it any more, says the list of calls");
            call.ended = Some(End {
                at: over,
                basis: EndBasis::Log,
            });
            call.uncertain = false;
        } else if logged.answered
            && let Some(end) = call.ended
            && (call.uncertain || end.basis == EndBasis::Snapshot)
        {
            call.ended = Some(End {
                at: over.min(end.at),
                basis: EndBasis::Log,
            });
            call.uncertain = false;
        }
    }

    /// Whether it would have a ticket if this owner had been the first to answer.
    fn is_served_at(&self, call: &CallState, owner: &UserId, entry: Entry) -> bool {
        let answered = CallState {
            answer: Some(self.by_list(owner, entry)),
            ..call.clone()
        };
        matches!(self.site.route(&answered), Route::Served { .. })
    }

    fn by_list(&self, owner: &UserId, entry: Entry) -> Answer {
        Answer {
            by: owner.clone(),
            at: self.now,
            active: entry.active,
            id: None,
            logged: Some(entry.times),
        }
    }

    /// Somebody talked, and nobody told.
    fn answered_unseen(&mut self, call: &mut CallState, owner: &UserId, entry: Entry) {
        self.step(
            StepKind::Decision,
            format!("answered by {owner}"),
            "the list of calls says so; nothing else has told of it",
        );
        call.remarks
            .push("taken afterwards from the telephone system's list of calls".into());
        call.answer = Some(self.by_list(owner, entry));
        call.sibling = None;
        call.over = None;
        call.verdict = None;
    }

    /// Ends it, as of a moment in our time and by the other clock.
    fn end_leg(&mut self, call: &mut CallState, owner: &UserId, ended: Timestamp, shown: Timestamp) {
        let believed = call.uncertain || after(ended, SURELY) <= self.now;
        let Some(leg) = call.legs.get_mut(owner).filter(|_| believed) else {
            return;
        };
        leg.last_shown = leg.last_shown.max(Some(shown));
        if !leg.is_alive() {
            return;
        }
        leg.state = LegState::Ended;
        leg.unconfirmed = false;
        let what = format!("{owner} no longer has the call");
        self.step(StepKind::Event, what, "the list of calls has its end");
    }
}
