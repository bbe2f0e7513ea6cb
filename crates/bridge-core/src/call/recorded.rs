//! What is known of a call's recordings.

use crate::effect::EffectId;
use crate::recording::Recording;

use super::CallState;

/// Whether a call is recorded.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Recorded {
    /// Not decided, or not to be recorded.
    NotYet,
    /// The PBX was asked to record it.
    Ordered {
        /// Which order.
        effect: EffectId,
    },
    /// It is recorded, as far as is known: a recording should turn up.
    Expected,
    /// It should have been, and none turned up in time.
    Missing,
    /// It is not.
    No,
    /// It must not be: somebody in it does not consent. Whatever is found of it goes.
    Refused,
}

/// A recording that is a call's.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CallRecording {
    /// Which.
    pub recording: Recording,
    /// How far it is.
    pub attach: Attach,
}

/// How far attaching a recording to the ticket is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Attach {
    /// Not ordered: there is no ticket yet.
    Waiting,
    /// Ordered.
    Ordered {
        /// Which order.
        effect: EffectId,
        /// What else its note says. If the recording cannot hang there, it is still to be told. May name the caller's number.
        words: Option<String>,
    },
    /// It hangs on the ticket.
    Done,
    /// It hung on the ticket, and is being taken away.
    Redacting {
        /// Which order.
        effect: EffectId,
    },
    /// It hung on the ticket, and its content is gone.
    Redacted,
    /// It will not.
    No {
        /// Why, without personal data.
        why: String,
    },
}

impl Attach {
    /// Whether it hangs on the ticket or did, whatever became of it there since.
    #[must_use]
    pub fn has_hung(&self) -> bool {
        match self {
            Self::Done | Self::Redacting { .. } | Self::Redacted => true,
            Self::Waiting | Self::Ordered { .. } | Self::No { .. } => false,
        }
    }
}

impl CallState {
    /// Whether a recording should still turn up.
    #[must_use]
    pub fn awaits_recording(&self) -> bool {
        self.recorded == Recorded::Expected && self.recordings.is_empty() && self.merged_into.is_none()
    }
}
