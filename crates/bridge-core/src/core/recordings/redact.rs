//! Recordings that must not be kept any longer: what hangs on the ticket is taken away.

use jiff::Timestamp;

use crate::call::{Attach, CallState, StepKind};
use crate::effect::{EffectId, Order, Priority, Track};
use crate::input::Outcome;
use crate::recording::Sha256;

use crate::core::Core;
use crate::core::late::remark;
use crate::core::outcome::failure;
use crate::core::turn::Turn;

impl Core {
    /// The time for which a recording may be kept is over.
    pub(in crate::core) fn on_expired(&mut self, sha256: &Sha256, call: CallState, now: Timestamp) {
        let key = self.remember(call);
        self.work(&key, now, |turn, call| {
            let mut recordings = call.recordings.iter();
            let index = recordings.position(|known| known.recording.sha256 == *sha256 && known.attach == Attach::Done);
            if let Some(index) = index {
                let what = format!("recording {} goes", sha256.short());
                turn.step(
                    StepKind::Decision,
                    what,
                    "it was kept for as long as the configuration says",
                );
                turn.redact(call, index);
            }
        });
    }
}

impl Turn<'_> {
    /// Has a recording taken away from the ticket; after what is under way with recordings of this call, since that comes
    /// first on their track.
    pub(super) fn redact(&mut self, call: &mut CallState, index: usize) {
        let Some(ticket) = call.opened().map(|opened| opened.ticket) else {
            return;
        };
        let sha256 = call.recordings[index].recording.sha256.clone();
        let order = Order::Redact { ticket, sha256 };
        let effect = self.order(call, "redact", Track::Recording, Priority::Attach, None, order);
        call.recordings[index].attach = Attach::Redacting { effect };
        // What comes of it is waited for.
        call.over = None;
    }

    pub(in crate::core) fn is_redaction(call: &CallState, effect: &EffectId) -> bool {
        redacting(call, effect).is_some()
    }

    /// The content is gone, or will not go.
    pub(in crate::core) fn redacted(&mut self, call: &mut CallState, effect: &EffectId, outcome: &Outcome) {
        let Some(index) = redacting(call, effect) else { return };
        call.recordings[index].attach = if *outcome == Outcome::Done {
            remark(call, "recording taken away".into());
            Attach::Redacted
        } else {
            let why = failure(outcome);
            self.see_gone(call, outcome);
            remark(call, format!("recording not taken away: {why}"));
            call.troubles.push(format!(
                "a recording still hangs on the ticket, and has to be taken away there by hand: {why}"
            ));
            Attach::No {
                why: format!("attached, and not taken away: {why}"),
            }
        };
    }
}

fn redacting(call: &CallState, effect: &EffectId) -> Option<usize> {
    let mut recordings = call.recordings.iter();
    recordings.position(|known| matches!(&known.attach, Attach::Redacting { effect: ordered } if ordered == effect))
}
