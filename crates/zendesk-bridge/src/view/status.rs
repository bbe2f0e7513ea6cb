//! What the bridge is doing, and what it lacks.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::budget::Budget;
use super::calls::{CallLine, short};
use super::directory::Directory;
use super::recordings::{Copies, Recordings, Retention, recording_lines};
use super::times::utc;

/// The answer of `status`.
#[derive(Serialize, Deserialize, Clone, PartialEq, Debug, Default)]
pub(crate) struct Status {
    /// Whether a bridge runs on this configuration.
    pub(crate) running: bool,
    /// Whether it takes calls; where none runs: whether the next one will.
    pub(crate) active: bool,
    /// Version of the running bridge.
    pub(crate) version: Option<String>,
    /// Since when it runs.
    pub(crate) since: Option<Timestamp>,
    /// The connection to Zendesk; `null` where no bridge runs.
    pub(crate) zendesk: Option<Connection>,
    /// The connection to the PBX; `null` where no bridge runs.
    pub(crate) pbx: Option<Connection>,
    /// UCI sessions, one for each agent.
    pub(crate) sessions: Vec<Session>,
    /// Watched PBX users that have an agent in Zendesk.
    pub(crate) users_matched: usize,
    /// Watched PBX users that have none.
    pub(crate) users_unmatched: Vec<Unmatched>,
    /// Groups whose calls become tickets.
    pub(crate) groups_served: Vec<Group>,
    /// Groups whose calls do not, with the reason.
    pub(crate) groups_not_served: Vec<Unmatched>,
    /// The caller directory; `null` where there is none, or no bridge runs.
    #[serde(default)]
    pub(crate) directory: Option<Directory>,
    /// The requester of callers that nobody knows.
    pub(crate) default_user_id: Option<u64>,
    /// Calls that are not over.
    pub(crate) calls_in_progress: usize,
    /// The share of Zendesk's limits that the bridge keeps to; `null` where no bridge runs.
    #[serde(default)]
    pub(crate) budget: Option<Budget>,
    /// Orders that wait for Zendesk.
    pub(crate) effects_waiting: usize,
    /// Since when the oldest of them has been waiting.
    #[serde(default)]
    pub(crate) waiting_since: Option<Timestamp>,
    /// How large the store is, in bytes.
    #[serde(default)]
    pub(crate) store_bytes: u64,
    /// Orders that cannot succeed until somebody looks.
    pub(crate) wedged: Vec<Wedged>,
    /// What else an administrator should know of the calls of the last day, such as numbers that could not be learned.
    #[serde(default)]
    pub(crate) problems: Vec<Problem>,
    /// Recordings that wait to be attached, assigned or copied.
    pub(crate) recordings_waiting: usize,
    /// Recordings on their way to the tickets; `null` where no bridge runs.
    #[serde(default)]
    pub(crate) recordings: Option<Recordings>,
    /// Kept recordings and their copies; `null` where none are copied.
    #[serde(default)]
    pub(crate) copies: Option<Copies>,
    /// Recordings of calls that must not be recorded, which are still to be deleted from spool or share.
    #[serde(default)]
    pub(crate) refused_left: usize,
    /// Those that were deleted there since the bridge runs.
    #[serde(default)]
    pub(crate) refused_deleted: usize,
    /// For how long recordings are kept; `null`: for ever.
    #[serde(default)]
    pub(crate) retention: Option<Retention>,
    /// The calls that are not over.
    #[serde(default)]
    pub(crate) calls: Vec<CallLine>,
    /// What keeps the bridge from its work beside activation and connections.
    #[serde(default)]
    pub(crate) hindrances: Vec<String>,
    /// What else an administrator should know.
    pub(crate) notices: Vec<String>,
}

/// How a connection stands.
#[derive(Serialize, Deserialize, Clone, PartialEq, Debug, Default)]
pub(crate) struct Connection {
    /// Where to.
    pub(crate) address: String,
    /// Whether it stands.
    pub(crate) connected: bool,
    /// Why not.
    pub(crate) why: Option<String>,
}

/// How one agent's session stands.
#[derive(Serialize, Deserialize, Clone, PartialEq, Debug, Default)]
pub(crate) struct Session {
    /// The agent's login.
    pub(crate) login: String,
    /// Whether it stands.
    pub(crate) connected: bool,
    /// Why not.
    pub(crate) why: Option<String>,
}

/// Somebody or something of the PBX without a partner in Zendesk.
#[derive(Serialize, Deserialize, Clone, PartialEq, Debug)]
pub(crate) struct Unmatched {
    /// Login or group's name.
    pub(crate) name: String,
    /// Why.
    pub(crate) why: String,
}

/// A group that is served.
#[derive(Serialize, Deserialize, Clone, PartialEq, Debug)]
pub(crate) struct Group {
    /// The PBX's name of it.
    pub(crate) pbx: String,
    /// Zendesk's name of it.
    pub(crate) zendesk: String,
}

/// Something about a call that an administrator should know.
#[derive(Serialize, Deserialize, Clone, PartialEq, Debug)]
pub(crate) struct Problem {
    /// The call.
    pub(crate) call: String,
    /// What it is.
    pub(crate) what: String,
}

/// An order that cannot succeed until somebody looks.
#[derive(Serialize, Deserialize, Clone, PartialEq, Debug)]
pub(crate) struct Wedged {
    /// Its id: call and step.
    pub(crate) effect: String,
    /// What to mend.
    pub(crate) why: String,
}

impl Status {
    /// Adds up what waits.
    pub(crate) fn count_recordings(&mut self) {
        let in_inbox = self.recordings.as_ref().map_or(0, |recordings| recordings.in_inbox);
        let kept = self.copies.as_ref().map_or(0, |copies| copies.waiting);
        self.recordings_waiting = in_inbox + kept;
    }

    /// Why the bridge does not take calls and make tickets of them; empty if it does.
    pub(crate) fn not_ready(&self) -> Vec<String> {
        let mut reasons = Vec::new();
        if !self.running {
            reasons.push("no bridge runs".to_owned());
        } else if !self.active {
            reasons.push("the bridge is not active".to_owned());
        }
        for (name, connection) in [("Zendesk", &self.zendesk), ("the PBX", &self.pbx)] {
            match connection {
                Some(connection) if connection.connected => {}
                Some(Connection { why: Some(why), .. }) => reasons.push(format!("{name} is not connected: {why}")),
                Some(_) | None => reasons.push(format!("{name} is not connected")),
            }
        }
        reasons.extend(self.hindrances.iter().cloned());
        reasons
    }
}

/// The status as text.
pub(crate) fn render_status(status: &Status) -> String {
    let mut lines = Vec::new();
    let active = match (status.running, status.active) {
        (true, true) => "active".to_owned(),
        (true, false) => "not active: `zendesk-bridge activate` switches it on".to_owned(),
        (false, true) => "not running; the next `run` will be active".to_owned(),
        (false, false) => "not running; the next `run` will not be active".to_owned(),
    };
    lines.push(("bridge", active));
    if let (Some(since), Some(version)) = (status.since, &status.version) {
        lines.push(("", format!("version {version}, up since {}", utc(since))));
    }
    for (name, connection) in [("Zendesk", &status.zendesk), ("PBX", &status.pbx)] {
        if let Some(connection) = connection {
            lines.push((name, connection_text(connection)));
        }
    }
    for session in status.sessions.iter().filter(|session| !session.connected) {
        let why = session.why.as_deref().unwrap_or("not logged in yet");
        lines.push(("", format!("no events for agent {}: {why}", session.login)));
    }
    let sessions = status.sessions.iter().filter(|session| session.connected).count();
    if !status.sessions.is_empty() {
        lines.push(("sessions", format!("{sessions} of {} agents", status.sessions.len())));
    }
    matched(status, &mut lines);
    if let Some(user) = status.default_user_id {
        lines.push(("default user", user.to_string()));
    }
    if let Some(directory) = &status.directory {
        directory.lines(&mut lines);
    }
    lines.push(("calls", format!("{} in progress", status.calls_in_progress)));
    let since = status.waiting_since.map(|at| format!(" since {}", utc(at)));
    lines.push((
        "effects",
        format!(
            "{} waiting{}, {} wedged",
            status.effects_waiting,
            since.unwrap_or_default(),
            status.wedged.len()
        ),
    ));
    for wedged in &status.wedged {
        lines.push(("", format!("{}: {}", wedged.effect, wedged.why)));
    }
    for (index, problem) in status.problems.iter().enumerate() {
        let name = if index == 0 { "to look at" } else { "" };
        lines.push((name, format!("call {}: {}", short(&problem.call), problem.what)));
    }
    if let Some(budget) = &status.budget {
        budget.lines(&mut lines);
    }
    lines.push(("recordings", format!("{} waiting", status.recordings_waiting)));
    recording_lines(status, &mut lines);
    for hindrance in &status.hindrances {
        lines.push(("trouble", hindrance.clone()));
    }
    for notice in &status.notices {
        lines.push(("notice", notice.clone()));
    }
    lines
        .iter()
        .map(|(name, text)| format!("{name:<15}{text}"))
        .collect::<Vec<_>>()
        .join("\n")
}

fn matched(status: &Status, lines: &mut Vec<(&'static str, String)>) {
    if status.default_user_id.is_none() {
        lines.push(("users, groups", "not matched yet".into()));
        return;
    }
    lines.push(("users", format!("{} matched", status.users_matched)));
    for user in &status.users_unmatched {
        lines.push(("", format!("{}: {}", user.name, user.why)));
    }
    lines.push(("groups", format!("{} served", status.groups_served.len())));
    for group in &status.groups_served {
        let renamed = format!("{} as {}", group.pbx, group.zendesk);
        lines.push((
            "",
            if group.pbx == group.zendesk {
                group.pbx.clone()
            } else {
                renamed
            },
        ));
    }
    for group in &status.groups_not_served {
        lines.push(("", format!("not {}: {}", group.name, group.why)));
    }
}

fn connection_text(connection: &Connection) -> String {
    let state = match (&connection.why, connection.connected) {
        (_, true) => "connected".to_owned(),
        (Some(why), false) => format!("not connected: {why}"),
        (None, false) => "not connected yet".to_owned(),
    };
    format!("{state} ({})", connection.address)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::view::{Allowance, CopyRun, RetentionPass, Unassigned};

    fn status() -> Status {
        Status {
            running: true,
            active: true,
            version: Some("0.1.0".into()),
            since: "2026-11-24T08:00:00Z".parse().ok(),
            zendesk: Some(Connection {
                address: "https://acme.zendesk.com".into(),
                connected: true,
                why: None,
            }),
            pbx: Some(Connection {
                address: "https://pbx.acme.example".into(),
                connected: false,
                why: Some("nobody answers at the address".into()),
            }),
            sessions: vec![
                Session {
                    login: "0101".into(),
                    connected: true,
                    why: None,
                },
                Session {
                    login: "0102".into(),
                    connected: false,
                    why: Some("the PBX refuses the password".into()),
                },
            ],
            users_matched: 1,
            users_unmatched: vec![Unmatched {
                name: "0103".into(),
                why: "no agent in Zendesk has the same e-mail address".into(),
            }],
            groups_served: vec![Group {
                pbx: "Support DE".into(),
                zendesk: "Support".into(),
            }],
            groups_not_served: vec![Unmatched {
                name: "Lager".into(),
                why: "Zendesk has no group `Lager`".into(),
            }],
            directory: Some(Directory {
                users: 900,
                numbers: 1000,
                complete: true,
                as_of: "2026-11-24T14:02:00Z".parse().ok(),
                ..Directory::default()
            }),
            default_user_id: Some(400),
            calls_in_progress: 2,
            budget: Some(Budget {
                account: Some(Allowance {
                    total: 700,
                    allowed: 350,
                    spent: 12,
                    left: 338,
                    resets_seconds: Some(41),
                }),
                ..Budget::default()
            }),
            effects_waiting: 1,
            waiting_since: Some("2026-11-24T13:59:00Z".parse().unwrap()),
            store_bytes: 8192,
            wedged: vec![Wedged {
                effect: "c1/ticket".into(),
                why: "a rule of the account forbids it".into(),
            }],
            problems: vec![Problem {
                call: "8af3a07a-6f2d-4c1c-9f0e-0d6a52f8a001".into(),
                what: "number not learned for user 900: no free field for it".into(),
            }],
            recordings_waiting: 3,
            recordings: Some(Recordings {
                awaited: 2,
                in_inbox: 1,
                unassigned: vec![Unassigned {
                    sha256: "0123456789abcdef".repeat(4),
                    why: "it does not say when it began".into(),
                }],
                foreign: 1,
                error: Some("the inbox of recordings cannot be read".into()),
                ..Recordings::default()
            }),
            copies: Some(Copies {
                to: "smb://files.acme.example/telephony".into(),
                waiting: 2,
                bytes: 96_000,
                last: Some(CopyRun {
                    at: "2026-11-24T11:30:00Z".parse().unwrap(),
                    copied: 5,
                    left: 2,
                    error: Some("no space is left there".into()),
                }),
                next: "2026-11-25T01:00:00Z".parse().ok(),
            }),
            refused_left: 1,
            refused_deleted: 0,
            retention: Some(Retention {
                hours: 180 * 24,
                redact: true,
                last: Some(RetentionPass {
                    at: "2026-11-24T08:00:00Z".parse().unwrap(),
                    deleted: 3,
                    redacted: 2,
                    left: 1,
                    error: Some("nobody answers there".into()),
                }),
            }),
            calls: Vec::new(),
            hindrances: vec!["Zendesk asked to be left alone until 08:03:00Z".into()],
            notices: vec!["the API token stops working in 157 days".into()],
        }
    }

    #[test]
    fn as_text() {
        expect![[r#"
            bridge         active
                           version 0.1.0, up since 2026-11-24 08:00:00Z
            Zendesk        connected (https://acme.zendesk.com)
            PBX            not connected: nobody answers at the address (https://pbx.acme.example)
                           no events for agent 0102: the PBX refuses the password
            sessions       1 of 2 agents
            users          1 matched
                           0103: no agent in Zendesk has the same e-mail address
            groups         1 served
                           Support DE as Support
                           not Lager: Zendesk has no group `Lager`
            default user   400
            directory      900 users with 1000 numbers, as of 2026-11-24 14:02:00Z
            calls          2 in progress
            effects        1 waiting since 2026-11-24 13:59:00Z, 1 wedged
                           c1/ticket: a rule of the account forbids it
            to look at     call 8af3a07a: number not learned for user 900: no free field for it
            requests       12 of 350 this minute, 0 waiting
            recordings     3 waiting
                           2 should still turn up
                           0123456789ab waits for `recordings assign`: it does not say when it began
                           1 in the inbox that is no recording
            trouble        recordings: the inbox of recordings cannot be read
            copies         2 to be copied (96000 bytes) to smb://files.acme.example/telephony; last 2026-11-24 11:30:00Z, 5 copied, 2 left, next 2026-11-25 01:00:00Z
            trouble        recordings cannot be copied, none is lost: no space is left there
            trouble        1 recordings that must not be kept are still to be deleted from the share, it is tried again
            retention      180 days, also on tickets; last 2026-11-24 08:00:00Z, 3 deleted, 2 taken from tickets, 1 left
            trouble        recordings were kept for long enough and cannot be deleted, it is tried again: nobody answers there
            trouble        Zendesk asked to be left alone until 08:03:00Z
            notice         the API token stops working in 157 days"#]]
        .assert_eq(&render_status(&status()));
        expect![[r#"
            bridge         not running; the next `run` will not be active
            users, groups  not matched yet
            calls          0 in progress
            effects        0 waiting, 0 wedged
            recordings     0 waiting"#]]
        .assert_eq(&render_status(&Status::default()));
    }

    #[test]
    fn ready_is_active_and_connected_on_both_sides() {
        let mut status = status();
        status.hindrances.clear();
        assert_eq!(
            status.not_ready(),
            ["the PBX is not connected: nobody answers at the address"]
        );
        let mut ready = status;
        ready.pbx = ready.zendesk.clone();
        assert!(ready.not_ready().is_empty());
        ready.active = false;
        assert_eq!(ready.not_ready(), ["the bridge is not active"]);
        assert_eq!(Status::default().not_ready().len(), 3);
    }

    #[test]
    fn the_json_is_read_back() {
        let json = serde_json::to_string(&status()).unwrap();
        assert_eq!(serde_json::from_str::<Status>(&json).unwrap(), status());
    }
}
