//! Says in the log, once, what an administrator should hear of a running bridge: who and what has no partner, which
//! agent's calls are not seen, whether it is ready, and when that is over. On a terminal it shows how far the directory of callers
//! has come while it is built; elsewhere the log tells that now and then.

use std::collections::BTreeMap;
use std::time::Duration;

use bridge_runtime::{Handle, MatchingStatus, SessionStatus, Status};
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::{out, view};

const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Tells until stopped.
pub(crate) async fn tell(handle: Handle, watched: Vec<String>, stop: CancellationToken) {
    let mut told = Told {
        watched,
        ..Told::default()
    };
    while stop.run_until_cancelled(tokio::time::sleep(LOOK_AGAIN)).await.is_some() {
        let status = handle.status();
        told.look(&status);
        let directory = status.directory.as_ref().map(view::Directory::of);
        if let Some(shown) = told.directory(directory.and_then(|directory| directory.progress())) {
            out::tell_progress(shown);
        }
    }
    out::end_progress();
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
    /// How far the directory of callers was said to have come.
    directory: String,
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

    /// What to show of how far the directory of callers has come, if that is something else than before: nothing, once everybody was
    /// read.
    fn directory(&mut self, progress: Option<String>) -> Option<&str> {
        let shown = progress.map(|progress| format!("directory of callers: {progress}"));
        let shown = shown.unwrap_or_default();
        (shown != self.directory).then(|| {
            self.directory = shown;
            self.directory.as_str()
        })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_far_the_directory_has_come_is_shown_when_it_changes_and_goes_when_everybody_was_read() {
        let mut told = Told::default();
        assert_eq!(told.directory(None), None);
        let half = || Some("being built, 4000 users read".to_owned());
        let shown = "directory of callers: being built, 4000 users read";
        assert_eq!(told.directory(half()), Some(shown));
        assert_eq!(told.directory(half()), None);
        assert_eq!(told.directory(None), Some(""));
        assert_eq!(told.directory(None), None);
    }
}
