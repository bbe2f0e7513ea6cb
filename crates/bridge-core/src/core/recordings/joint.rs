//! One note for a recording and for whatever else is to be told at the end of a call; and what becomes of the latter where the
//! recording cannot be attached. The bounds are argued in `docs/decisions/0016-one-note-at-the-end.md`.

use jiff::{SignedDuration, Timestamp};

use crate::call::{Attach, CallState, Learn, StepKind};
use crate::effect::{EffectId, Priority, Track};

use crate::core::clock::after;
use crate::core::recordings::attach::attaching;
use crate::core::site::Site;
use crate::core::turn::Turn;

/// A recording waits for the end of wrap-up if that is no further away.
const IMMINENT: SignedDuration = SignedDuration::from_mins(5);

/// It waits no longer than this after the end of wrap-up: what becomes of the number is known within seconds, unless the help desk
/// is away, or in trouble with just that.
const SETTLED_WITHIN: SignedDuration = SignedDuration::from_mins(10);

/// After so many failed attempts in a row at a recording, what stands in its note waits for it no longer.
const ATTEMPTS: u32 = 8;

impl Site<'_> {
    /// Whether a recording that is found now waits, so that its note can tell what becomes of the number, too.
    pub(super) fn holds(self, call: &CallState, now: Timestamp) -> bool {
        let due = self.told_at(call);
        due.is_some_and(|due| after(now, IMMINENT) >= due && now < after(due, SETTLED_WITHIN))
    }

    /// Until when the recordings of a call wait at the longest, if there are any that may.
    pub(in crate::core) fn held_until(self, call: &CallState) -> Option<Timestamp> {
        let waits = call.recordings.iter().any(|known| known.attach == Attach::Waiting);
        let due = self.told_at(call).filter(|_| waits)?;
        Some(after(due, SETTLED_WITHIN))
    }

    /// When there may be something to tell of the number, if there may be.
    fn told_at(self, call: &CallState) -> Option<Timestamp> {
        let under_way = match &call.learn {
            Learn::NotYet => return self.wrap_up(call),
            Learn::Settled => return None,
            Learn::Reading { effect }
            | Learn::Profile { effect, .. }
            | Learn::Owner { effect, .. }
            | Learn::Releasing { effect, .. }
            | Learn::Writing { effect, .. } => effect,
        };
        // What is stuck waits for an administrator.
        let stuck = call.wedged.contains_key(under_way);
        let (opened, ended) = (call.opened()?, call.ended?);
        (!stuck).then(|| after(ended.at.max(opened.at), self.settings.wrap_up))
    }
}

impl Turn<'_> {
    /// What the note of a recording that is ordered now says beside it: how the call went, with the first one, and whatever else
    /// there is to say.
    pub(super) fn words_beside(&mut self, call: &CallState) -> Option<String> {
        let is_first = !call.orders.contains_key(super::attach::STEP);
        let summary = is_first.then(|| self.site.summary_text(call)).flatten();
        let words: Vec<String> = summary.into_iter().chain(self.take_said()).collect();
        (!words.is_empty()).then(|| words.join("\n\n"))
    }

    /// A recording is stuck: what stands in its note is told by another one.
    pub(in crate::core) fn attach_is_stuck(&mut self, call: &mut CallState, effect: &EffectId) {
        if let Some(words) = take_words(call, effect) {
            self.add_note(call, words, Track::Recording, Priority::Attach);
        }
    }

    /// A recording could not be attached so far: what stands in its note does not wait for it for ever. It is ordered anew, after
    /// the note with that.
    pub(in crate::core) fn part(&mut self, call: &mut CallState, effect: &EffectId, attempts: u32) -> bool {
        let index = attaching(call).find_map(|(index, ordered)| (ordered == effect).then_some(index));
        let (Some(index), true) = (index, attempts >= ATTEMPTS) else {
            return false;
        };
        let Some(words) = take_words(call, effect) else {
            return false;
        };
        let why = "what else its note says waits for it no longer";
        self.step(StepKind::Decision, "two notes are made of one", why);
        self.withdraw(call, effect, why);
        self.add_note(call, words, Track::Recording, Priority::Attach);
        call.recordings[index].attach = Attach::Waiting;
        true
    }
}

/// Takes what the note of this order says beside its recording: it is told there, or has to be told elsewhere.
pub(super) fn take_words(call: &mut CallState, effect: &EffectId) -> Option<String> {
    call.recordings.iter_mut().find_map(|known| match &mut known.attach {
        Attach::Ordered { effect: ordered, words } if ordered == effect => words.take(),
        Attach::Ordered { .. }
        | Attach::Waiting
        | Attach::Done
        | Attach::Redacting { .. }
        | Attach::Redacted
        | Attach::No { .. } => None,
    })
}
