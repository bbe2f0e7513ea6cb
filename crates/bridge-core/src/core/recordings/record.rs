//! Recording: asked for at the answer, once, and missed where nothing came of it.

use jiff::{SignedDuration, Timestamp};

use crate::call::{CallState, Recorded, StepKind, Ticket};
use crate::effect::{EffectId, Order, Priority, Track};
use crate::input::Outcome;

use crate::core::clock::after;
use crate::core::late::remark;
use crate::core::outcome::failure;
use crate::core::route::Route;
use crate::core::site::Site;
use crate::core::texts::{self, Unattached};
use crate::core::turn::Turn;

/// A recording that would begin later than this after the answer is not begun: half a call helps nobody.
const START_WINDOW: SignedDuration = SignedDuration::from_secs(30);
/// So long a recording may take to turn up.
pub(super) const AWAITED: SignedDuration = SignedDuration::from_hours(24);

impl Site<'_> {
    /// When people are told that a recording is missing.
    pub(in crate::core) fn awaited(self, call: &CallState) -> Option<Timestamp> {
        let ended = call.ended.filter(|_| call.awaits_recording())?;
        // While the ticket is under way, nobody can be told in it.
        let told = matches!(call.ticket, Ticket::Opened(_) | Ticket::Failed { .. });
        told.then(|| after(ended.at, AWAITED))
    }

    /// Whether answered calls to where this one goes are recorded.
    fn is_recorded(self, call: &CallState) -> bool {
        let Route::Served { pbx, .. } = self.route(call) else {
            return false;
        };
        let name = self.group_name(&pbx);
        self.settings.recordings.groups.contains(&name)
    }
}

impl Turn<'_> {
    /// Has an answered call recorded, if its group's calls are. The PBX may take a second wish for the end of the
    /// recording, so there is never another one.
    pub(in crate::core) fn record(&mut self, call: &mut CallState) {
        let Some(answer) = call.answer.clone().filter(|answer| answer.active) else {
            return;
        };
        if call.ended.is_some() && !call.recordings.is_empty() {
            // It was, whoever asked for it.
            return;
        }
        if call.recorded != Recorded::NotYet || call.merged_into.is_some() || !self.site.is_recorded(call) {
            return;
        }
        if !self.site.settings.recordings.start {
            self.step(
                StepKind::Decision,
                "a recording is expected",
                "the telephone system records by itself",
            );
            call.recorded = Recorded::Expected;
            return;
        }
        let until = after(answer.at, START_WINDOW);
        let why_not = if answer.logged.is_some() {
            Some("the call was learned of afterwards")
        } else if call.ended.is_some() {
            Some("the call has ended")
        } else if self.now >= until {
            Some("most of it may have been said by now")
        } else {
            None
        };
        match (answer.id, why_not) {
            (Some(id), None) => {
                let order = Order::Record {
                    call: id,
                    owner: answer.by,
                };
                let effect = self.order(call, "record", Track::Recording, Priority::Prompt, Some(until), order);
                call.recorded = Recorded::Ordered { effect };
            }
            (None, None) => self.not_recorded(call, "the telephone system's id of it is not known".into()),
            (_, Some(why)) => self.not_recorded(call, why.into()),
        }
    }

    pub(in crate::core) fn is_record(call: &CallState, effect: &EffectId) -> bool {
        matches!(&call.recorded, Recorded::Ordered { effect: ordered } if ordered == effect)
    }

    /// The PBX records, or does not.
    pub(in crate::core) fn recording_started(&mut self, call: &mut CallState, outcome: &Outcome) {
        if *outcome == Outcome::Done {
            call.recorded = Recorded::Expected;
        } else {
            self.not_recorded(call, failure(outcome));
        }
    }

    fn not_recorded(&mut self, call: &mut CallState, why: String) {
        remark(call, format!("not recorded: {why}"));
        self.step(StepKind::Decision, "the call is not recorded", why);
        call.recorded = Recorded::No;
    }

    /// Tells people that a recording should have turned up by now.
    pub(in crate::core) fn miss_recording(&mut self, call: &mut CallState) {
        if self.site.awaited(call).is_none_or(|until| self.now < until) {
            return;
        }
        call.recorded = Recorded::Missing;
        let why = "none has turned up within a day";
        self.step(StepKind::Decision, "the recording is missing", why);
        remark(call, "its recording is missing".into());
        call.troubles
            .push(format!("the call should have been recorded, but {why}"));
        // The note is to be waited for.
        call.over = None;
        let text = texts::unattached(self.site.settings.language, &Unattached::Missing, None);
        self.note(text, Priority::Attach);
    }
}
