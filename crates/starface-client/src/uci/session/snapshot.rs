//! The calls in progress, gathered one by one. Told when complete, so that they are whole or not at all.

use std::collections::VecDeque;

use crate::uci::{CallEvent, CallState};
use crate::xmlrpc::Value;

/// More calls than this at one login are none.
const MOST_CALLS: usize = 200;

#[derive(Default, Debug)]
pub(super) struct Snapshot {
    /// Ids still to be asked for; `None` until the list is there.
    open: Option<VecDeque<String>>,
    gathered: Vec<CallEvent>,
    /// The last event of each call that came in meanwhile: newer than any answer to a question.
    live: Vec<CallEvent>,
    /// An id has changed or an event was missed meanwhile, so what was gathered may be wrong: begin again.
    stale: bool,
}

/// What has to be asked next.
pub(super) enum Next {
    Ids,
    State(String),
    Nothing,
}

impl Snapshot {
    pub(super) fn spoil(&mut self) {
        self.stale = true;
    }

    pub(super) fn on_event(&mut self, event: &CallEvent) {
        self.live.retain(|known| known.id != event.id);
        self.live.push(event.clone());
    }

    pub(super) fn on_ids(&mut self, ids: &Value) {
        let ids = ids
            .items()
            .iter()
            .filter_map(Value::as_str)
            .filter(|id| !id.trim().is_empty());
        self.open = Some(ids.take(MOST_CALLS).map(str::to_owned).collect());
    }

    /// An empty struct: the call has ended meanwhile. A call that is told twice was told last.
    pub(super) fn on_state(&mut self, state: &Value) {
        if let Some(event) = CallEvent::read(state) {
            self.gathered.retain(|known| known.id != event.id);
            self.gathered.push(event);
        }
    }

    pub(super) fn next(&mut self) -> Next {
        if self.stale {
            *self = Self::default();
        }
        match &mut self.open {
            None => Next::Ids,
            Some(open) => open.pop_front().map_or(Next::Nothing, Next::State),
        }
    }

    pub(super) fn complete(self) -> Vec<CallEvent> {
        let Self { gathered, mut live, .. } = self;
        let newer: Vec<String> = live.iter().map(|event| event.id.clone()).collect();
        live.extend(gathered.into_iter().filter(|event| !newer.contains(&event.id)));
        live.retain(|event| event.state != CallState::Hangup);
        live
    }
}
