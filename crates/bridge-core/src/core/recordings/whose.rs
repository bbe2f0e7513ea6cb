//! Of which call is a recording? By the call's id where it is told; else by the numbers and the time, and only where
//! exactly one call can be meant. Nothing is guessed.

use jiff::{SignedDuration, Timestamp};
use pbx::Dialled;

use crate::call::{CallKey, CallState};
use crate::recording::{Hints, Recording};

use crate::core::Core;
use crate::core::clock::after;
use crate::core::site::Site;

/// A recording may begin so long before or after the talk, as far as is known: file names tell whole seconds, and a
/// recorder takes a moment.
const TOLERANCE: SignedDuration = SignedDuration::from_secs(15);

impl Core {
    /// The call, and by what it is known; or why it is not.
    pub(in crate::core) fn whose(&self, recording: &Recording) -> Result<(CallKey, &'static str), String> {
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
        let site = self.site();
        let moments = [Some(began), hints.or_began];
        let fits = |call: &&CallState| {
            moments
                .into_iter()
                .flatten()
                .any(|began| site.may_be_of(call, hints, began))
        };
        let mut fitting = self.calls.all().filter(fits);
        match (fitting.next(), fitting.next()) {
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
}

impl Site<'_> {
    /// Whether a recording that began then may be of this call.
    fn may_be_of(self, call: &CallState, hints: &Hints, began: Timestamp) -> bool {
        // Numbers are read last, since that takes the longest.
        call.merged_into.is_none()
            && self.is_in_talk(call, began)
            && self.fits_caller(call, hints.caller.as_ref())
            && hints.called.as_ref().is_none_or(|called| self.was_called(call, called))
    }

    fn is_in_talk(self, call: &CallState, began: Timestamp) -> bool {
        let Some((from, until)) = talk(call) else { return false };
        let began = self.ours(began, Some(call));
        after(began, TOLERANCE) >= from && until.is_none_or(|until| began <= after(until, TOLERANCE))
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

/// From when until when somebody talked, in our time; without an end while the call goes on.
fn talk(call: &CallState) -> Option<(Timestamp, Option<Timestamp>)> {
    let ended = call.ended.map(|end| end.at);
    match &call.answer {
        Some(answer) => Some(answer.logged.map_or((answer.at, ended), |entry| {
            (entry.began, Some(after(entry.began, entry.lasted)))
        })),
        // One of our own phones began it.
        None => call
            .legs
            .values()
            .any(|leg| leg.talked)
            .then_some((call.started, ended)),
    }
}
