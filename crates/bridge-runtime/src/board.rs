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

use crate::status::{
    CallStatus, DeskStatus, ListStatus, MatchingStatus, PbxStatus, ProblemStatus, RecordingsStatus, SessionStatus,
    Status, UnassignedStatus, WedgedStatus,
};

/// Where the parts of a bridge post what they know.
#[derive(Debug)]
pub(crate) struct Board {
    posted: Mutex<Posted>,
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
        Self { posted, news }
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

    /// What is wrong with calls. All at once where there are many: each time, all that is posted is looked through.
    pub(crate) fn troubles<'a>(&self, states: impl IntoIterator<Item = &'a CallState>, now: Timestamp) {
        self.change(|posted| {
            let troubles = &mut posted.troubles;
            for state in states {
                if state.troubles.is_empty() {
                    troubles.remove(state.key.as_str());
                } else {
                    troubles.insert(state.key.as_str().to_owned(), (state.heard, state.troubles.clone()));
                }
            }
            troubles.retain(|_, (heard, _)| now.duration_since(*heard) < NEWS);
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

    fn change<T>(&self, change: impl FnOnce(&mut Posted) -> T) -> T {
        let changed = change(&mut self.lock());
        self.news.send_replace(());
        changed
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
mod tests {
    use super::*;

    #[test]
    fn sessions_are_told_one_by_one_and_lost_together() {
        let (board, anna, ben) = (board(), pbx::UserId::new("0101"), pbx::UserId::new("0102"));
        board.session(None, Some("away"), at(0));
        assert_eq!(
            board.read().pbx,
            PbxStatus {
                error: Some("away".into()),
                ..PbxStatus::default()
            }
        );

        board.session(Some(&anna), None, at(1));
        board.session(Some(&ben), Some("wrong password"), at(1));
        let pbx = board.read().pbx;
        assert!(pbx.connected, "one is enough");
        assert_eq!(pbx.error, None);
        assert_eq!(words(&pbx), ["0101 since 1", "0102 since 1: wrong password"]);

        board.session(Some(&ben), Some("still wrong"), at(2));
        board.session(None, Some("cut"), at(3));
        let pbx = board.read().pbx;
        assert_eq!((pbx.connected, pbx.error.as_deref()), (false, Some("cut")));
        assert_eq!(
            words(&pbx),
            ["0101 since 3: cut", "0102 since 1: still wrong"],
            "each keeps its own reason"
        );
    }

    #[test]
    fn readiness_names_every_reason() {
        let board = board();
        let reasons = [
            "the bridge is not active",
            "the telephone system is not connected: not connected yet",
            "the help desk was not reached yet",
            "users and groups are not matched yet",
        ];
        assert_eq!(board.read().not_ready(), reasons);

        board.session(None, None, at(0));
        board.desk(Some("401"), at(0));
        board.matched(&crate::testing::matching(), None);
        board.post(|status| status.active = true);
        assert_eq!(board.read().not_ready(), ["the help desk does not answer: 401"]);
        board.desk(None, at(1));
        assert!(board.read().not_ready().is_empty());
        board.post(|status| status.journal_error = Some("full".into()));
        assert_eq!(board.read().not_ready(), ["the journal cannot be written: full"]);
    }

    #[test]
    fn a_matching_is_told_with_whom_it_leaves_out() {
        let board = board();
        board.matched(&crate::testing::matching(), Some(at(5)));
        let told = board.read().matching.unwrap();
        assert_eq!(
            (told.at, told.users_matched, told.users_unmatched),
            (Some(at(5)), 1, vec!["0103".to_owned()])
        );
        assert_eq!(told.groups_served, ["Support"]);
        let why: Vec<_> = told
            .groups_unserved
            .iter()
            .map(|group| format!("{}: {}", group.name, group.why))
            .collect();
        assert_eq!(
            why,
            [
                "Sales: the configuration leaves it out",
                "Lager: the help desk has no group `Lager`"
            ]
        );
    }

    #[test]
    fn troubles_of_calls_are_news_for_a_day() {
        let board = board();
        let trouble = |call: &str, heard: i64, what: &[&str]| {
            let mut state = CallState::new(&pbx::CallId::new(call), at(heard));
            state.troubles = what.iter().map(|&what| what.to_owned()).collect();
            board.troubles([&state], at(heard));
        };
        trouble("c1", 0, &["not learned"]);
        trouble("c2", 10, &["taken", "no field is free"]);
        trouble("c3", 11, &["for a moment"]);
        trouble("c3", 12, &[]);
        let told = || {
            board
                .read()
                .problems
                .into_iter()
                .map(|problem| problem.what)
                .collect::<Vec<_>>()
        };
        assert_eq!(told(), ["not learned", "taken", "no field is free"]);
        trouble("c4", 24 * 3600, &[]);
        assert_eq!(told(), ["taken", "no field is free"]);
    }

    #[test]
    fn whatever_is_posted_is_news() {
        let (board, anna) = (board(), pbx::UserId::new("0101"));
        let mut news = board.news();
        let state = CallState::new(&pbx::CallId::new("c1"), at(0));
        let posts: [(&str, &dyn Fn()); 5] = [
            ("a field", &|| board.post(|status| status.active = true)),
            ("a session", &|| board.session(Some(&anna), None, at(0))),
            ("a list", &|| board.list(&anna, Some("away"))),
            ("the help desk", &|| board.desk(None, at(0))),
            ("troubles", &|| board.troubles([&state], at(0))),
        ];
        for (what, post) in posts {
            assert!(!news.has_changed().unwrap(), "before {what}");
            post();
            assert!(news.has_changed().unwrap(), "{what}");
            news.mark_unchanged();
        }
    }

    fn board() -> Board {
        Board::new(at(0))
    }

    fn words(pbx: &PbxStatus) -> Vec<String> {
        let word = |session: &SessionStatus| {
            let error = session
                .error
                .as_ref()
                .map_or(String::new(), |error| format!(": {error}"));
            format!(
                "{} since {}{error}",
                session.agent.as_deref().unwrap_or("-"),
                session.since.as_second()
            )
        };
        pbx.sessions.iter().map(word).collect()
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }
}
