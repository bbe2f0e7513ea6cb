//! Where the parts of a running bridge post what they know, for [`Status`] to tell.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bridge_core::call::{CallState, CallSummary, Phase};
use bridge_core::effect::EffectId;
use bridge_core::matching::Matching;
use bridge_core::port::Wedged;
use bridge_core::recording::{Kept, Sha256, Standing};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

use crate::figures::Tally;
use crate::status::{
    CallStatus, DeskStatus, ListStatus, MatchingStatus, PbxStatus, ProblemStatus, RecordingsStatus, SessionStatus,
    Status, UnassignedStatus, WedgedStatus,
};

/// Where the parts of a bridge post what they know.
#[derive(Debug)]
pub(crate) struct Board {
    posted: Mutex<Posted>,
    /// What is counted; no news of the status.
    pub(crate) tally: Tally,
    news: watch::Sender<()>,
}

#[derive(Debug)]
struct Posted {
    status: Status,
    sessions: BTreeMap<Option<pbx::UserId>, SessionStatus>,
    calls: BTreeMap<String, CallStatus>,
    /// By the calls' keys: when a call was last heard of, and its troubles.
    troubles: BTreeMap<String, (Timestamp, Vec<String>)>,
    /// Why it is not certain whose these recordings are.
    unassigned: BTreeMap<Sha256, String>,
}

/// Troubles of older calls are no news any more; the calls' stories keep them.
const NEWS: SignedDuration = SignedDuration::from_hours(24);

impl Board {
    /// Of a process that begins now.
    pub(crate) fn new(since: Timestamp) -> Self {
        let status = Status {
            active: false,
            since,
            stopping: false,
            pbx: PbxStatus::default(),
            desk: DeskStatus::default(),
            matching: None,
            matching_error: None,
            directory: None,
            calls: Vec::new(),
            effects_waiting: 0,
            waiting_since: None,
            resting_until: None,
            wedged: Vec::new(),
            problems: Vec::new(),
            recordings: RecordingsStatus::default(),
            journal_error: None,
        };
        let (sessions, calls, troubles) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        let posted = Mutex::new(Posted {
            status,
            sessions,
            calls,
            troubles,
            unassigned: BTreeMap::new(),
        });
        let news = watch::Sender::new(());
        let tally = Tally::default();
        Self { posted, tally, news }
    }

    /// How it stands with these recordings.
    pub(crate) fn recordings(&self, kept: &[Kept]) {
        if kept.is_empty() {
            return;
        }
        self.change(|posted| {
            for Kept { recording, standing } in kept {
                if let Standing::Unassigned { why } = standing {
                    posted.unassigned.insert(recording.sha256.clone(), why.clone());
                } else {
                    posted.unassigned.remove(&recording.sha256);
                }
            }
        });
    }

    /// The same of news: of each of which nobody knows whose it is, the log says so once.
    pub(crate) fn recordings_changed(&self, kept: &[Kept]) {
        let before = self.unassigned();
        self.recordings(kept);
        for Kept { recording, standing } in kept {
            if let Standing::Unassigned { why } = standing
                && !before.contains(&recording.sha256)
            {
                tracing::warn!(
                    recording = recording.sha256.short(),
                    why,
                    "it is not certain of which call a recording is: it waits in the inbox until somebody says so, or more is told"
                );
            }
        }
    }

    /// The recordings of which it is not certain whose they are.
    pub(crate) fn unassigned(&self) -> Vec<Sha256> {
        self.lock().unassigned.keys().cloned().collect()
    }

    /// Learns of everything that is posted from here on.
    pub(crate) fn news(&self) -> watch::Receiver<()> {
        self.news.subscribe()
    }

    /// Everything that was posted.
    pub(crate) fn read(&self) -> Status {
        let posted = self.lock();
        let mut status = posted.status.clone();
        status.pbx.sessions = posted.sessions.values().cloned().collect();
        status.calls = posted.calls.values().cloned().collect();
        status.calls.sort_by_key(|call| call.started);
        let unassigned = posted.unassigned.iter().map(|(sum, why)| UnassignedStatus {
            sha256: sum.as_str().to_owned(),
            why: why.clone(),
        });
        status.recordings.unassigned = unassigned.collect();
        let problems = posted
            .troubles
            .iter()
            .flat_map(|(call, (_, whats))| whats.iter().map(move |what| (call, what)));
        status.problems = problems
            .map(|(call, what)| ProblemStatus {
                call: call.clone(),
                what: what.clone(),
            })
            .collect();
        status
    }

    /// Changes what stands in plain fields.
    pub(crate) fn post(&self, change: impl FnOnce(&mut Status)) {
        self.change(|posted| change(&mut posted.status));
    }

    /// A session of the telephone system stands, or why it does not. Without an owner: all that there are.
    pub(crate) fn session(&self, owner: Option<&pbx::UserId>, error: Option<&str>, now: Timestamp) {
        self.change(|posted| posted.session(owner, error, now));
    }

    /// An agent's list of calls was read, or why it could not be.
    pub(crate) fn list(&self, owner: &pbx::UserId, error: Option<&str>) {
        self.post(|status| {
            let lists = &mut status.pbx.lists_unread;
            lists.retain(|list| list.agent != owner.as_str());
            lists.extend(error.map(|error| ListStatus {
                agent: owner.as_str().to_owned(),
                error: error.to_owned(),
            }));
        });
    }

    /// The help desk answered, or why it did not.
    pub(crate) fn desk(&self, error: Option<&str>, now: Timestamp) {
        self.post(|status| {
            let desk = &mut status.desk;
            if desk.reachable != Some(error.is_none()) {
                desk.since = Some(now);
            }
            desk.reachable = Some(error.is_none());
            desk.error = error.map(Into::into);
        });
    }

    /// Users and groups were matched at this moment, or by an earlier process.
    pub(crate) fn matched(&self, matching: &Matching, at: Option<Timestamp>) {
        let status = MatchingStatus::of(matching, at);
        self.post(|posted| posted.matching = Some(status));
    }

    /// What a call has become.
    pub(crate) fn call(&self, summary: &CallSummary) {
        let key = summary.key.as_str().to_owned();
        self.change(|posted| match phase(summary.phase) {
            Some(phase) => drop(posted.calls.insert(key, call_status(summary, phase))),
            None => drop(posted.calls.remove(&key)),
        });
    }

    /// What is wrong with calls, each with when it was told. All at once where there are many: each time, all that is posted is
    /// looked through. What is told of a call that ended long ago is news all the same.
    pub(crate) fn troubles<'a>(&self, states: impl IntoIterator<Item = (&'a CallState, Timestamp)>, now: Timestamp) {
        self.change(|posted| {
            let troubles = &mut posted.troubles;
            for (state, told) in states {
                let key = state.key.as_str();
                let known = troubles.get(key).filter(|(_, whats)| *whats == state.troubles);
                let since = known.map_or(told, |(since, _)| *since);
                if state.troubles.is_empty() {
                    troubles.remove(key);
                } else {
                    troubles.insert(key.to_owned(), (since, state.troubles.clone()));
                }
            }
            troubles.retain(|_, (since, _)| now.duration_since(*since) < NEWS);
        });
    }

    /// An effect cannot succeed.
    pub(crate) fn wedged(&self, wedged: &Wedged) {
        let status = WedgedStatus {
            effect: wedged.effect.as_str().to_owned(),
            call: wedged.call.as_str().to_owned(),
            why: wedged.why.clone(),
            since: wedged.since,
        };
        self.post(|posted| posted.wedged.push(status));
    }

    /// An effect is tried again, or is not wedged at all.
    pub(crate) fn taken_up(&self, effect: &EffectId) {
        self.post(|posted| posted.wedged.retain(|wedged| wedged.effect != effect.as_str()));
    }

    fn lock(&self) -> MutexGuard<'_, Posted> {
        self.posted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut Posted)) {
        change(&mut self.lock());
        self.news.send_replace(());
    }
}

impl Posted {
    fn session(&mut self, owner: Option<&pbx::UserId>, error: Option<&str>, now: Timestamp) {
        let entry = |agent: Option<&pbx::UserId>| SessionStatus {
            agent: agent.map(|id| id.as_str().to_owned()),
            connected: error.is_none(),
            error: error.map(Into::into),
            since: now,
        };
        if owner.is_none() && error.is_some() && !self.sessions.is_empty() {
            for (agent, session) in &mut self.sessions {
                if session.connected {
                    *session = entry(agent.as_ref());
                }
            }
        } else if let Some(session) = self.sessions.get_mut(&owner.cloned()) {
            let since = if session.connected == error.is_none() {
                session.since
            } else {
                now
            };
            *session = SessionStatus { since, ..entry(owner) };
        } else if owner.is_some() || error.is_none() {
            self.sessions.insert(owner.cloned(), entry(owner));
        }
        let connected = self.sessions.values().any(|session| session.connected);
        self.status.pbx.connected = connected;
        if connected {
            self.status.pbx.error = None;
        } else if let Some(error) = error {
            self.status.pbx.error = Some(error.into());
        }
    }
}

fn phase(phase: Phase) -> Option<&'static str> {
    match phase {
        Phase::Ringing => Some("ringing"),
        Phase::Talking => Some("talking"),
        Phase::WrapUp => Some("wrap-up"),
        Phase::Over => None,
    }
}

fn call_status(summary: &CallSummary, phase: &'static str) -> CallStatus {
    CallStatus {
        id: summary.key.as_str().to_owned(),
        started: summary.started,
        phase,
        group: summary.group.clone(),
        agent: summary.agent.as_ref().map(|agent| agent.as_str().to_owned()),
        ticket: summary.ticket.map(bridge_core::desk::TicketId::get),
        outcome: summary.outcome.clone(),
    }
}

#[cfg(test)]
mod tests;
