//! What a running bridge tells of itself.

use bridge_core::matching::{Matching, Service};
use jiff::{SignedDuration, Timestamp};
use serde::{Serialize, Serializer};

use crate::backlog::ALARMING;

/// How a bridge is doing. Holds no caller's number; serialises as programs read it, with moments in RFC 3339.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[non_exhaustive]
pub struct Status {
    /// Whether calls are served.
    pub active: bool,
    /// When this process began.
    #[serde(serialize_with = "moment")]
    pub since: Timestamp,
    /// Whether it is about to stop.
    pub stopping: bool,
    /// The telephone system.
    pub pbx: PbxStatus,
    /// The help desk.
    pub desk: DeskStatus,
    /// Users and groups of both sides; `None` before the first matching ever.
    pub matching: Option<MatchingStatus>,
    /// Why users and groups cannot be matched at present.
    pub matching_error: Option<String>,
    /// The caller directory, where there is one.
    pub directory: Option<DirectoryStatus>,
    /// Calls that are not over, the oldest first.
    pub calls: Vec<CallStatus>,
    /// Effects that wait or are under way.
    pub effects_waiting: usize,
    /// Since when the oldest of them has been waiting.
    #[serde(serialize_with = "maybe_moment")]
    pub waiting_since: Option<Timestamp>,
    /// Until when the help desk asked to be left alone.
    #[serde(serialize_with = "maybe_moment")]
    pub resting_until: Option<Timestamp>,
    /// Effects that cannot succeed, the oldest first.
    pub wedged: Vec<WedgedStatus>,
    /// What else an administrator should know of the calls of the last day, such as numbers that could not be learned.
    pub problems: Vec<ProblemStatus>,
    /// Recordings of calls.
    pub recordings: RecordingsStatus,
    /// Why the journal cannot be written at present. Until it can, nothing leaves the bridge.
    pub journal_error: Option<String>,
}

/// How much the caller directory holds, and how fresh it is.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct DirectoryStatus {
    /// Users with a number.
    pub users: u64,
    /// Their numbers.
    pub numbers: u64,
    /// Whether everybody was read. Until then callers are searched for.
    pub complete: bool,
    /// When it was last brought up to date.
    #[serde(serialize_with = "maybe_moment")]
    pub as_of: Option<Timestamp>,
    /// How many users were read while it was built, with numbers or without.
    pub read: u64,
    /// How many there were about then.
    pub total: Option<u64>,
    /// Why it cannot be brought up to date at present.
    pub error: Option<String>,
}

/// How it stands with recordings.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct RecordingsStatus {
    /// How many should still turn up.
    pub awaited: usize,
    /// How many lie in the inbox, finished, and are still to be attached, or kept, or assigned.
    pub in_inbox: usize,
    /// Those of which it is not certain whose they are: an administrator may say.
    pub unassigned: Vec<UnassignedStatus>,
    /// Why recordings cannot be looked for, or put away, at present.
    pub inbox_error: Option<String>,
}

/// A recording of which it is not certain whose it is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[non_exhaustive]
pub struct UnassignedStatus {
    /// The SHA-256 of its content. The file's name may hold numbers.
    pub sha256: String,
    /// Why it is not certain.
    pub why: String,
}

impl Status {
    /// How long the oldest effect has been waiting at this moment, if that is so long that somebody should know.
    #[must_use]
    pub fn backlog(&self, now: Timestamp) -> Option<SignedDuration> {
        let age = now.duration_since(self.waiting_since?);
        (age >= ALARMING).then_some(age)
    }
}

/// How the telephone system is connected.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct PbxStatus {
    /// Whether events come in, from one session at least.
    pub connected: bool,
    /// Why no events come in.
    pub error: Option<String>,
    /// Each session by the login of its agent; an adapter that has only one has it without a login.
    pub sessions: Vec<SessionStatus>,
    /// Agents whose lists of calls could not be read when they were last asked for: what was missed is not made up for yet.
    pub lists_unread: Vec<ListStatus>,
}

/// A list of calls that cannot be read.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[non_exhaustive]
pub struct ListStatus {
    /// The agent's login.
    pub agent: String,
    /// Why not.
    pub error: String,
}

/// One session of the telephone system.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[non_exhaustive]
pub struct SessionStatus {
    /// The agent's login.
    pub agent: Option<String>,
    /// Whether it stands.
    pub connected: bool,
    /// Why it does not.
    pub error: Option<String>,
    /// Since when it is so.
    #[serde(serialize_with = "moment")]
    pub since: Timestamp,
}

/// How the help desk answers.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct DeskStatus {
    /// Whether the last request was answered; `None` before the first one.
    pub reachable: Option<bool>,
    /// Since when it is so.
    #[serde(serialize_with = "maybe_moment")]
    pub since: Option<Timestamp>,
    /// What went wrong last, if nothing went right since.
    pub error: Option<String>,
}

/// How users and groups were matched.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[non_exhaustive]
pub struct MatchingStatus {
    /// When; `None`: by an earlier process.
    #[serde(serialize_with = "maybe_moment")]
    pub at: Option<Timestamp>,
    /// Users of the telephone system with an agent in the help desk.
    pub users_matched: usize,
    /// Logins of those without.
    pub users_unmatched: Vec<String>,
    /// Groups that are served, by their names in the telephone system.
    pub groups_served: Vec<String>,
    /// Groups that are not, and why.
    pub groups_unserved: Vec<UnservedGroup>,
    /// The help desk's id of the default user.
    pub default_user: u64,
}

/// A group of the telephone system whose calls are left alone.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[non_exhaustive]
pub struct UnservedGroup {
    /// Its name.
    pub name: String,
    /// Why.
    pub why: String,
}

/// A call that is not over.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[non_exhaustive]
pub struct CallStatus {
    /// Its key.
    pub id: String,
    /// When it was first heard of.
    #[serde(serialize_with = "moment")]
    pub started: Timestamp,
    /// `ringing`, `talking` or `wrap-up`.
    pub phase: &'static str,
    /// The group's name in the telephone system.
    pub group: Option<String>,
    /// Login of the agent who answered first.
    pub agent: Option<String>,
    /// The ticket.
    pub ticket: Option<u64>,
    /// What became of it so far, in words.
    pub outcome: String,
}

/// An effect that cannot succeed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[non_exhaustive]
pub struct WedgedStatus {
    /// Its id.
    pub effect: String,
    /// Its call.
    pub call: String,
    /// What an administrator can act on.
    pub why: String,
    /// Since when.
    #[serde(serialize_with = "moment")]
    pub since: Timestamp,
}

/// Something about a call that an administrator should know.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[non_exhaustive]
pub struct ProblemStatus {
    /// The call.
    pub call: String,
    /// What it is, without personal data.
    pub what: String,
}

impl Status {
    /// Why the bridge is not ready, in words; empty when it is: active, both sides connected, the journal written.
    #[must_use]
    pub fn not_ready(&self) -> Vec<String> {
        let mut reasons = Vec::new();
        if self.stopping {
            reasons.push("the bridge is stopping".into());
        }
        if !self.active {
            reasons.push("the bridge is not active".into());
        }
        if !self.pbx.connected {
            let why = self.pbx.error.as_deref().unwrap_or("not connected yet");
            reasons.push(format!("the telephone system is not connected: {why}"));
        }
        match (self.desk.reachable, &self.desk.error) {
            (Some(true), _) => {}
            (_, Some(why)) => reasons.push(format!("the help desk does not answer: {why}")),
            (_, None) => reasons.push("the help desk was not reached yet".into()),
        }
        if self.matching.is_none() {
            reasons.push("users and groups are not matched yet".into());
        }
        if let Some(why) = &self.journal_error {
            reasons.push(format!("the journal cannot be written: {why}"));
        }
        reasons
    }
}

impl MatchingStatus {
    /// What people are told of a matching.
    pub(crate) fn of(matching: &Matching, at: Option<Timestamp>) -> Self {
        let (matched, unmatched): (Vec<_>, Vec<_>) =
            matching.agents.iter().partition(|(_, agent)| agent.desk.is_some());
        let mut served = Vec::new();
        let mut unserved = Vec::new();
        for group in matching.groups.values() {
            let why = match &group.service {
                Service::Served { .. } => {
                    served.push(group.name.clone());
                    continue;
                }
                Service::NotIncluded => "the configuration leaves it out".into(),
                Service::NoSuchGroup { wanted } => format!("the help desk has no group `{wanted}`"),
            };
            unserved.push(UnservedGroup {
                name: group.name.clone(),
                why,
            });
        }
        Self {
            at,
            users_matched: matched.len(),
            users_unmatched: unmatched.iter().map(|(id, _)| id.as_str().to_owned()).collect(),
            groups_served: served,
            groups_unserved: unserved,
            default_user: matching.default_user.get(),
        }
    }
}

fn moment<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(at)
}

fn maybe_moment<S: Serializer>(at: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => serializer.collect_str(at),
        None => serializer.serialize_none(),
    }
}
