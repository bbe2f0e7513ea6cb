//! Calls that must not be recorded: nothing is asked for, nothing attached, and what there is goes.

use jiff::Timestamp;

use crate::call::{Attach, CallState, Recorded, StepKind};
use crate::effect::{Priority, Track};

use crate::core::Core;
use crate::core::late::remark;
use crate::core::turn::Turn;

/// For the call's story.
const REFUSED: &str = "the call must not be recorded";

impl Core {
    /// Somebody in this call does not consent.
    pub(in crate::core) fn on_refuse(&mut self, call: CallState, now: Timestamp) {
        let key = self.remember(call);
        self.work(&key, now, |turn, call| {
            turn.refuse(call, "somebody in it does not consent")
        });
    }
}

impl Turn<'_> {
    /// From here on the call is not recorded, and no recording of it is kept.
    pub(super) fn refuse(&mut self, call: &mut CallState, why: &str) {
        if call.recorded == Recorded::Refused && call.erased.is_none() {
            return;
        }
        self.step(StepKind::Decision, REFUSED, why);
        remark(call, "must not be recorded".into());
        let may_go_on = match call.recorded.clone() {
            Recorded::Ordered { effect } => {
                self.withdraw(call, &effect, REFUSED);
                true
            }
            Recorded::Expected => true,
            Recorded::NotYet | Recorded::Missing | Recorded::No | Recorded::Refused => false,
        };
        if may_go_on && call.ended.is_none() {
            // Nobody can tell which of the two a second wish would do.
            let what = "the telephone system is not asked again";
            let why = "asked twice, it may end a recording or begin one; what it records is deleted when it turns up";
            self.step(StepKind::Decision, what, why);
        }
        call.recorded = Recorded::Refused;
        for index in 0..call.recordings.len() {
            match call.recordings[index].attach.clone() {
                Attach::Ordered { effect, words } => {
                    self.withdraw(call, &effect, REFUSED);
                    // What stood beside it is told all the same: by another note, unless that one has left.
                    if let Some(words) = words {
                        self.add_note(call, words, Track::Recording, Priority::Attach);
                    }
                    // It may be under way, or have come to something that nobody was told of.
                    self.redact(call, index);
                }
                Attach::Done => self.redact(call, index),
                // What is not attached yet is decided anew, in the same turn.
                Attach::Waiting => call.over = None,
                Attach::Redacting { .. } | Attach::Redacted | Attach::No { .. } => {}
            }
        }
    }
}
