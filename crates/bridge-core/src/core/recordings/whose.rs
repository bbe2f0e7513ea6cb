//! Of which call is a recording? By the call's id where it is told; else by the numbers and the time, and only where
//! exactly one call can be meant. Nothing is guessed.

use jiff::{SignedDuration, Timestamp};
use pbx::Dialled;

use crate::call::{CallKey, CallState};
use crate::recording::{Hints, Recording};

use crate::core::Core;
use crate::core::clock::after;
use crate::core::logs::LISTED;
use crate::core::site::Site;
use crate::core::times::ROUNDED;

/// A recording may begin so long after the talk, as far as is known, since a recorder takes a moment; and so long before it,
/// where the clocks were only compared.
const TOLERANCE: SignedDuration = SignedDuration::from_secs(15);

impl Core {
    /// The call, and by what it is known; or why it is not.
    pub(in crate::core) fn whose(
        &self,
        recording: &Recording,
        now: Timestamp,
    ) -> Result<(CallKey, &'static str), String> {
        let hints = &recording.hints;
        let by_id = hints.call.as_ref().and_then(|id| self.calls.of_id(id));
        if let Some(key) = by_id {
            return Ok((key, "it names the call's id"));
        }
        if hints.caller.is_none() && hints.called.is_none() {
            return Err("it names neither a call that is known nor numbers".into());
        }
        let Some(began) = hints.began else {
            return Err("it does not say when it began".into());
        };
        if hints.or_began.is_some() {
            return Err("the clock showed its time twice, and numbers alone do not tell which is meant".into());
        }
        let site = self.site();
        // One more that fits may still be told by a list.
        let is_nobody = hints.caller.as_ref().is_none_or(|caller| site.is_withheld(caller));
        if is_nobody && !self.is_all_listed(recording, began) {
            return Err("the lists of calls have still to be read, and may tell of another call".into());
        }
        let fits = |call: &&CallState| site.may_be_of(call, hints, began, now);
        let mut fitting = self.calls.all().filter(fits);
        match (fitting.next(), fitting.next()) {
            (Some(call), None) if site.is_over_before(call, began) => {
                Err("it is not known yet whether the call of these numbers went on for so long".into())
            }
            (Some(call), None) => Ok((
                call.key.clone(),
                "its numbers and its time are this call's, and no other's",
            )),
            (None, _) => Err("no call of these numbers is known at that time".into()),
            (Some(one), Some(other)) => {
                let more = if fitting.next().is_some() { " or another" } else { "" };
                Err(format!("it may be of call {} or {}{more}", one.key, other.key))
            }
        }
    }

    /// Whether all lists were read after the call of this recording can have ended.
    fn is_all_listed(&self, recording: &Recording, began: Timestamp) -> bool {
        let ended = after(self.logs.ours(began), recording.duration.unwrap_or_default() + LISTED);
        let mut lists = self.logs.owners.values();
        lists.all(|log| log.read_until >= ended && log.unsure.is_empty())
    }
}

impl Site<'_> {
    /// Whether a recording that began then may be of this call.
    fn may_be_of(self, call: &CallState, hints: &Hints, began: Timestamp, now: Timestamp) -> bool {
        // Numbers are read last, since that takes the longest.
        call.merged_into.is_none()
            && self.is_in_talk(call, began, now)
            && self.fits_caller(call, hints.caller.as_ref())
            && hints.called.as_ref().is_none_or(|called| self.was_called(call, called))
    }

    /// By the PBX's clock, in which names are written: ours may have been set meanwhile.
    fn is_in_talk(self, call: &CallState, began: Timestamp, now: Timestamp) -> bool {
        // One of our own phones may have begun it.
        let talked = call.answer.is_some() || call.legs.values().any(|leg| leg.talked);
        // An answer may be told late, and nothing is recorded before the first ring.
        let (from, until) = (self.call_began(call), self.call_ended(call, now));
        let early = call.began.map_or(TOLERANCE, |_| ROUNDED);
        talked && after(began, early) >= from && began <= after(until, TOLERANCE)
    }

    /// Whether the call may have been over by then, as far as it was heard of.
    fn is_over_before(self, call: &CallState, began: Timestamp) -> bool {
        let heard = call.went_on.is_none_or(|told| after(began, -TOLERANCE) <= told);
        self.is_unsure(call) && !heard
    }

    /// A recording without a caller's number may be of a call without one only.
    fn fits_caller(self, call: &CallState, caller: Option<&Dialled>) -> bool {
        let none = Dialled::default();
        let (told, known) = (caller.unwrap_or(&none), call.caller.as_ref().unwrap_or(&none));
        self.is_same_caller(told, known)
    }

    /// Whether this is a number, or the login, of somebody who talked, or the number that was dialled.
    fn was_called(self, call: &CallState, called: &Dialled) -> bool {
        let mut dialled = call
            .called
            .iter()
            .chain(call.legs.values().filter_map(|leg| leg.called.as_ref()));
        let talked = call.legs.iter().filter(|(_, leg)| leg.talked).map(|(owner, _)| owner);
        let answered = call.answer.iter().map(|answer| &answer.by);
        let is_of = |owner: &pbx::UserId| {
            let extensions = self.agent(owner).into_iter().flat_map(|agent| &agent.extensions);
            owner.as_str() == called.as_str() || extensions.into_iter().any(|number| self.is_same(number, called))
        };
        dialled.any(|number| self.is_same(number, called)) || talked.chain(answered).any(is_of)
    }
}
