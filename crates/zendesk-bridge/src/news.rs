//! Says in the log, once, what an administrator should hear of a running bridge: who and what has no partner, which
//! agent's calls are not seen, whether it is ready, and when that is over.

use std::collections::BTreeMap;
use std::time::Duration;

use bridge_runtime::{Handle, MatchingStatus, SessionStatus, Status};
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Tells until stopped.
pub(crate) async fn tell(handle: Handle, watched: Vec<String>, stop: CancellationToken) {
    let mut told = Told {
        watched,
        ..Told::default()
    };
    while stop.run_until_cancelled(tokio::time::sleep(LOOK_AGAIN)).await.is_some() {
        told.look(&handle.status());
    }
}

/// What was told already.
#[derive(Default)]
struct Told {
    /// The agents of the configuration; nobody else answers a call that the bridge sees.
    watched: Vec<String>,
    matched: Option<Timestamp>,
    /// Why each agent's calls are not seen; `None`: they are.
    sessions: BTreeMap<String, Option<String>>,
    /// Whether it was ready when it was looked at last.
    ready: bool,
}

impl Told {
    fn look(&mut self, status: &Status) {
        self.readiness(&status.not_ready());
        for session in &status.pbx.sessions {
            self.session(session);
        }
        if let Some(matching) = status
            .matching
            .as_ref()
            .filter(|matching| matching.at.is_some() && matching.at != self.matched)
        {
            self.matched = matching.at;
            self.matching(matching);
            if !status.active {
                tracing::warn!(
                    "the bridge is not active, so no call becomes a ticket: `zendesk-bridge activate` switches it on"
                );
            }
        }
    }

    fn readiness(&mut self, reasons: &[String]) {
        let was_ready = std::mem::replace(&mut self.ready, reasons.is_empty());
        match (was_ready, self.ready) {
            (false, true) => tracing::info!("ready: both sides are connected, and calls become tickets"),
            (true, false) => tracing::warn!(?reasons, "no longer ready"),
            // At the start nothing is connected yet: that is no news.
            (true, true) | (false, false) => {}
        }
    }

    fn session(&mut self, session: &SessionStatus) {
        let Some(agent) = session.agent.clone() else { return };
        let why = if session.connected {
            None
        } else {
            Some(session.error.clone().unwrap_or_default())
        };
        if self.sessions.get(&agent) == Some(&why) {
            return;
        }
        match &why {
            None => tracing::info!(agent, "the calls of this agent are seen"),
            Some(why) => tracing::warn!(agent, why, "the calls of this agent are not seen"),
        }
        self.sessions.insert(agent, why);
    }

    fn matching(&self, matching: &MatchingStatus) {
        tracing::info!(groups = ?matching.groups_served, "calls to these groups become tickets");
        for group in &matching.groups_unserved {
            tracing::info!(
                group = group.name,
                why = group.why,
                "calls to this group are left alone"
            );
        }
        let unmatched: Vec<&String> = matching
            .users_unmatched
            .iter()
            .filter(|login| self.watched.contains(login))
            .collect();
        if !unmatched.is_empty() {
            tracing::warn!(
                logins = ?unmatched,
                "these logins have no agent of the same e-mail address in Zendesk: their tickets get no assignee and no screen pop"
            );
        }
    }
}
