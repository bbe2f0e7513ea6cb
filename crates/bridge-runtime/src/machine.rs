//! What the event loop needs of the core; a seam for its tests.

use std::collections::BTreeMap;

use bridge_core::call::{Change, Disposition};
use bridge_core::call_log::{LogRequest, Logs};
use bridge_core::core::Core;
use bridge_core::effect::{Effect, EffectId};
use bridge_core::input::Input;
use bridge_core::recording::Kept;
use jiff::Timestamp;

/// Inputs and time in, effects and changes out.
pub(crate) trait Machine: Send {
    fn handle(&mut self, input: Input, now: Timestamp);
    fn poll_effect(&mut self) -> Option<Effect>;
    fn poll_withdrawal(&mut self) -> Option<EffectId>;
    fn poll_change(&mut self) -> Option<Change>;
    fn poll_timeout(&self) -> Option<Timestamp>;
    fn is_active(&self) -> bool;
    fn poll_log_request(&mut self) -> Option<LogRequest>;
    fn poll_logs(&mut self) -> Option<Logs>;
    fn poll_recording(&mut self) -> Option<Kept>;
    fn recordings_awaited(&self) -> usize;
    fn dispositions(&self) -> &BTreeMap<Disposition, u64>;
}

impl Machine for Core {
    fn handle(&mut self, input: Input, now: Timestamp) {
        Core::handle(self, input, now);
    }

    fn poll_effect(&mut self) -> Option<Effect> {
        Core::poll_effect(self)
    }

    fn poll_withdrawal(&mut self) -> Option<EffectId> {
        Core::poll_withdrawal(self)
    }

    fn poll_change(&mut self) -> Option<Change> {
        Core::poll_change(self)
    }

    fn poll_timeout(&self) -> Option<Timestamp> {
        Core::poll_timeout(self)
    }

    fn is_active(&self) -> bool {
        Core::is_active(self)
    }

    fn poll_log_request(&mut self) -> Option<LogRequest> {
        Core::poll_log_request(self)
    }

    fn poll_logs(&mut self) -> Option<Logs> {
        Core::poll_logs(self)
    }

    fn poll_recording(&mut self) -> Option<Kept> {
        Core::poll_recording(self)
    }

    fn recordings_awaited(&self) -> usize {
        Core::recordings_awaited(self)
    }

    fn dispositions(&self) -> &BTreeMap<Disposition, u64> {
        Core::dispositions(self)
    }
}
