//! When a call wants to be looked at again. Derived from what the call is, never stored.

use jiff::{SignedDuration, Timestamp};

use crate::call::{CallState, Pop, Ticket};

use super::route::Route;
use super::site::Site;

/// A call that nobody has answered and of which nothing is heard for so long is over.
pub(super) const RINGING_LIMIT: SignedDuration = SignedDuration::from_hours(1);
/// An answered call stays open for so long after its last leg has ended: between the two legs of a transfer
/// there may be a moment without any.
pub(super) const LINGER: SignedDuration = SignedDuration::from_secs(10);
/// So long the telephone system's own list is waited for after a call was found ended: it is read within seconds, and
/// now and then again where the telephone system takes its time to write it.
const UNSETTLED: SignedDuration = SignedDuration::from_mins(10);

/// A moment later; the end of time where there is none.
pub(super) fn after(moment: Timestamp, wait: SignedDuration) -> Timestamp {
    // Lists are compared with every call by way of this; on timestamps the sum takes several times as long.
    let sum = moment.as_duration().checked_add(wait);
    sum.and_then(|sum| Timestamp::from_duration(sum).ok())
        .unwrap_or(Timestamp::MAX)
}

impl Site<'_> {
    /// When this call wants to be looked at again if nothing happens.
    pub(super) fn deadline(self, call: &CallState) -> Option<Timestamp> {
        let awaited = self.awaited(call);
        if call.over.is_some() {
            return awaited;
        }
        let waits = call.ticket == Ticket::Pending && matches!(self.route(call), Route::Served { .. });
        let patience = if waits { self.patience(call) } else { None };
        let pops = matches!(call.pop, Pop::Ordered { .. });
        let window = if pops { self.pop_window(call) } else { None };
        let linger = if self.is_settled(call) { self.linger(call) } else { None };
        let unsettled = self.unsettled(call);
        let deadlines = [
            self.silence(call),
            patience,
            window,
            self.wrap_up(call),
            linger,
            unsettled,
            awaited,
            self.listed_until(call),
            self.held_until(call),
        ];
        deadlines.into_iter().flatten().min()
    }

    /// When a call that is still going on counts as over if nothing is heard.
    pub(super) fn silence(self, call: &CallState) -> Option<Timestamp> {
        let limit = if call.is_talking() {
            self.settings.silence_limit
        } else {
            RINGING_LIMIT
        };
        call.ended.is_none().then(|| after(call.heard, limit))
    }

    /// Until when the telephone system's own list is waited for, of a call that has ended unseen.
    pub(super) fn unsettled(self, call: &CallState) -> Option<Timestamp> {
        let ended = call.ended.filter(|_| call.uncertain && call.merged_into.is_none())?;
        Some(after(ended.at, UNSETTLED))
    }

    /// Until when the ticket of an answered call waits for what is under way.
    pub(super) fn patience(self, call: &CallState) -> Option<Timestamp> {
        let answer = call.answer.as_ref().filter(|answer| answer.active)?;
        Some(after(answer.at, self.settings.lookup_patience))
    }

    /// Until when a screen pop still helps.
    pub(super) fn pop_window(self, call: &CallState) -> Option<Timestamp> {
        Some(after(call.answer.as_ref()?.at, self.settings.pop_window))
    }

    /// When the ticket is read again, if it is to be.
    pub(super) fn wrap_up(self, call: &CallState) -> Option<Timestamp> {
        let (opened, ended) = (call.opened()?, call.ended?);
        self.wants_to_learn(call)
            .then(|| after(ended.at.max(opened.at), self.settings.wrap_up))
    }

    /// Until when an answered call may still come to life again although nothing is left to do.
    pub(super) fn linger(self, call: &CallState) -> Option<Timestamp> {
        call.answer.as_ref()?;
        Some(after(call.ended?.at, LINGER))
    }
}
