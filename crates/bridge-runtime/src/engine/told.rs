//! What reaches the loop from outside.

use bridge_core::call::{CallKey, CallState};
use bridge_core::call_log::LogRead;
use bridge_core::effect::Effect;
use bridge_core::matching::Matching;
use bridge_core::port::JournalError;
use bridge_core::recording::{Recording, Sha256};
use tokio::sync::oneshot;
use tokio::time::Instant;

/// What reaches the loop from outside.
#[derive(Debug)]
pub(crate) enum Told {
    /// By the telephone system, at this moment of a clock that nobody sets.
    Pbx(pbx::Event, Instant),
    /// By the synchronisation.
    Matched(Matching),
    /// A list of calls that the core asked for.
    Log(LogRead),
    /// One that could not be read.
    LogUnread { owner: pbx::UserId, why: String },
    /// By an administrator, who waits until it is kept.
    Activation {
        active: bool,
        done: Option<oneshot::Sender<()>>,
    },
    /// By an administrator: this wedged order is to be tried again.
    Retry {
        effect: Effect,
        done: Option<oneshot::Sender<()>>,
    },
    /// By the inbox: a recording is there.
    Recording(Recording),
    /// By the inbox: one of which nobody knows whose it is is not there any more.
    RecordingGone(Sha256),
    /// By an administrator: this recording is of this call.
    Assign {
        sha256: Sha256,
        call: Box<CallState>,
        done: Option<oneshot::Sender<()>>,
    },
    /// By an administrator: this call, which was named so, must not be recorded.
    Refuse {
        named: CallKey,
        call: Box<CallState>,
        done: Option<oneshot::Sender<()>>,
    },
    /// By an administrator: the number that this order has written for a call is to be taken back.
    TakeBack {
        written: Box<Effect>,
        call: Box<CallState>,
        done: Option<oneshot::Sender<()>>,
    },
    /// By the clock: this recording has been kept for long enough.
    Expired {
        sha256: Sha256,
        call: Box<CallState>,
        done: Option<oneshot::Sender<()>>,
    },
    /// By the journal, between two commits: another bridge holds it.
    LeaseLost(JournalError),
}
