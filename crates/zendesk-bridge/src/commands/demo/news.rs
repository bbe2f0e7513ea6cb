//! Brings what a bridge tells of its calls to the screen, with the story's own clock times.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bridge_runtime::Handle;
use bridge_sim::play::Progress;
use bridge_sim::story::{Story, What};
use tokio::sync::broadcast::error::RecvError;

use super::screen::Screen;

/// What the story calls each call and when it began there, by the PBX's id of the call.
#[derive(Clone)]
pub(crate) struct Clocks {
    /// By the calls' names in the story.
    told: BTreeMap<String, String>,
    seen: Arc<Mutex<BTreeMap<String, Told>>>,
}

/// What the story tells of a call.
#[derive(Clone, Default)]
pub(crate) struct Told {
    /// What it calls it.
    pub(crate) name: String,
    /// When it began.
    pub(crate) at: String,
}

impl Clocks {
    /// Of the calls of this story; none of them has been seen yet.
    pub(crate) fn new(story: &Story) -> Self {
        Self {
            told: times(story),
            seen: Arc::default(),
        }
    }

    /// Learns the PBX's id of a call from what the player tells.
    pub(crate) fn learn(&self, progress: &Progress) {
        if let Progress::Rang { call, pbx_call, .. }
        | Progress::Dialled { call, pbx_call, .. }
        | Progress::Answered { call, pbx_call, .. } = progress
        {
            let told = Told {
                name: call.clone(),
                at: self.told.get(call).cloned().unwrap_or_default(),
            };
            let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            seen.entry(pbx_call.clone()).or_insert(told);
        }
    }

    fn of(&self, pbx_call: &str) -> Told {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.get(pbx_call).cloned().unwrap_or_default()
    }
}

/// Puts every change of a call on the screen, until the bridge has stopped.
pub(crate) async fn show(bridge: &'static str, handle: Handle, clocks: Clocks, screen: Arc<Screen>) {
    let mut changes = handle.changes();
    loop {
        match changes.recv().await {
            Ok(summary) => screen.news(bridge, clocks.of(summary.key.as_str()), &summary),
            // Only the picture misses something; the final table is made from the store.
            Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return,
        }
    }
}

/// When each call begins, by the story's clock.
fn times(story: &Story) -> BTreeMap<String, String> {
    let mut times = BTreeMap::new();
    for line in &story.lines {
        if let What::Call { call, .. } = &line.what {
            times.entry(call.clone()).or_insert_with(|| clock(line.at));
        }
    }
    times
}

/// `08:02:30` of a time since midnight.
pub(crate) fn clock(since_midnight: Duration) -> String {
    let seconds = since_midnight.as_secs();
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}
