//! Kills the bridge from the other end of the wire: what it asked for is done, and it never learns of it.

use std::io::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use rustix::process::{Pid, Signal, kill_process};

use crate::site::Site;

/// Waits for a request.
#[derive(Clone, Default)]
pub(crate) struct Trap(Arc<Mutex<Option<Armed>>>);

struct Armed {
    what: &'static str,
    left: u32,
    victim: Pid,
}

impl Trap {
    /// Sees every exchange of both simulators from here on.
    pub(crate) fn set(site: &Site) -> Self {
        let trap = Self::default();
        let (desk, pbx) = (trap.clone(), trap.clone());
        site.desk.record(move |exchange| {
            let template = exchange.path_template.unwrap_or(&exchange.path);
            if exchange.path.ends_with("/display.json") || exchange.path.ends_with("/display") {
                desk.tread("POST display");
            } else {
                desk.tread(&format!("{} {template}", exchange.method));
            }
        });
        let log = std::fs::File::create(site.path().join("pbx.log")).ok();
        site.pbx.record(Arc::new(move |exchange| {
            pbx.tread(exchange.side);
            if exchange.request.contains("call.monitor<") {
                pbx.tread("monitor");
            }
            if let Some(mut log) = log.as_ref() {
                // For whoever looks into a failed run; simulated people only.
                let _ = log.write_all(format!("{}\n", exchange.to_json()).as_bytes());
            }
        }));
        trap
    }

    /// From here on this process dies of the `n`th exchange of this kind; `None`: nobody dies.
    pub(crate) fn arm(&self, what: Option<(&'static str, u32)>, victim: Option<Pid>) {
        let armed = what
            .zip(victim)
            .map(|((what, left), victim)| Armed { what, left, victim });
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = armed;
    }

    fn tread(&self, what: &str) {
        let mut armed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(trap) = armed.as_mut().filter(|trap| trap.what == what) else {
            return;
        };
        trap.left = trap.left.saturating_sub(1);
        if trap.left == 0 {
            // It may have died of something else meanwhile; nobody has waited for it yet, so its number is still its own.
            let _ = kill_process(trap.victim, Signal::KILL);
            *armed = None;
        }
    }
}
