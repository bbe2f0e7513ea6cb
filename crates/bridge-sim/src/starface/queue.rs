//! Events of queues (iQueue), sent to members of the group who listen for them.
//!
//! The vendor names the events and who gets them, and not what is in them: the members are those of the newer gRPC
//! interface, in the spelling of the older ones.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::calls::Caller;
use super::state::{Group, Session, State};
use super::xml::{Value, write_call};

/// How queues behave. In a file: `[starface.queue]`.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields, rename_all = "snake_case")]
pub struct QueueSwitches {
    /// Names of the groups that ring as a queue. Default none.
    pub groups: BTreeSet<String>,
    /// Every event comes twice, as a version 10 was seen to do. Default no.
    pub doubled: bool,
    /// Who subscribes is told the calls that are in his queues. Default no.
    pub initial_state: bool,
    /// `connectedTime` is there before the answer, and is the beginning of 1970. Default yes; else it is not there.
    pub zero_time: bool,
    /// An agent is in wrap-up after each call, until [`State::set_agent`] says otherwise. Default no.
    pub wrap_up: bool,
}

impl Default for QueueSwitches {
    fn default() -> Self {
        Self {
            groups: BTreeSet::new(),
            doubled: false,
            initial_state: false,
            zero_time: true,
            wrap_up: false,
        }
    }
}

/// What has changed about a queue, beside its calls and agents.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum QueueChange {
    /// Who belongs to it (`queueAgentChangedEvent`).
    Agents,
    /// It is new (`queueGroupChangedEvent`).
    New,
    /// Its name or numbers (`queueGroupChangedEvent`).
    Group,
    /// Its settings (`queueSettingChanged`).
    Settings,
}

/// A call's place in a queue.
#[derive(Clone, Debug)]
pub(super) struct Queued {
    group: u32,
    caller: Caller,
    state: &'static str,
    position: i64,
    incoming: Timestamp,
    connected: Option<Timestamp>,
    agents: Vec<String>,
}

/// The services whose subscribers hear of queues; methods begin with their name.
const SERVICES: [&str; 2] = ["ucp.v22.events.queue", "ucp.v30.events.queue"];

impl State {
    /// An agent logs on to or off his queues, or begins or ends a wrap-up: members of his queues are told.
    pub fn set_agent(&mut self, login: &str, logged_in: bool, in_pause: bool) {
        let Some(user) = self.users.get(login) else { return };
        let agent = Value::Struct(vec![
            ("userId".to_owned(), Value::string(user.account.to_string())),
            (
                "name".to_owned(),
                Value::string(format!("{}, {}", user.family_name, user.first_name)),
            ),
            ("loggedIn".to_owned(), Value::Bool(logged_in)),
            ("inQueuePause".to_owned(), Value::Bool(in_pause)),
        ]);
        let colleagues: BTreeSet<String> = self
            .queues()
            .filter(|queue| queue.members.iter().any(|m| m == login))
            .flat_map(|q| q.members.clone())
            .collect();
        self.tell_members(&colleagues, "queueAgentStateChanged", &[Value::Array(vec![agent])]);
    }

    /// Something about a queue has changed: its members are told.
    pub fn change_queue(&mut self, group: u32, change: QueueChange) {
        let Some(queue) = self.queues().find(|queue| queue.account == group) else {
            return;
        };
        let members: BTreeSet<String> = queue.members.iter().cloned().collect();
        let id = Value::Int(group.into());
        let (event, params) = match change {
            QueueChange::Agents => ("queueAgentChangedEvent", vec![id]),
            QueueChange::New => ("queueGroupChangedEvent", vec![Value::Bool(true), id]),
            QueueChange::Group => ("queueGroupChangedEvent", vec![Value::Bool(false), id]),
            QueueChange::Settings => {
                let settings = vec![("groupId".to_owned(), Value::string(group.to_string()))];
                ("queueSettingChanged", vec![Value::Struct(settings)])
            }
        };
        self.tell_members(&members, event, &params);
    }

    /// A call has come into a queue, if its group is one, and rings at these agents.
    pub(super) fn queue_rings(&mut self, call: &str, group: Option<u32>, caller: &Caller, at: &[&str], now: Timestamp) {
        let Some(group) = group.filter(|group| self.queues().any(|queue| queue.account == *group)) else {
            return;
        };
        let position = 1 + self
            .calls
            .values()
            .filter_map(|call| call.queued.as_ref())
            .filter(|q| q.group == group)
            .count();
        let Some(found) = self.calls.get_mut(call) else { return };
        let is_new = found.queued.is_none();
        let queued = found.queued.get_or_insert_with(|| Queued {
            group,
            caller: caller.clone(),
            state: "WAITING",
            position: i64::try_from(position).unwrap_or(i64::MAX),
            incoming: now,
            connected: None,
            agents: Vec::new(),
        });
        let waiting = queued.clone();
        if queued.connected.is_none() {
            queued.state = "RINGING";
            for login in at {
                if !queued.agents.iter().any(|agent| agent == login) {
                    queued.agents.push((*login).to_owned());
                }
            }
        }
        let ringing = queued.clone();
        if is_new {
            self.tell_queue(call, &waiting);
        }
        self.tell_queue(call, &ringing);
    }

    /// A call of a queue is answered.
    pub(super) fn queue_answers(&mut self, call: &str, by: &str, now: Timestamp) {
        let Some(queued) = self.calls.get_mut(call).and_then(|call| call.queued.as_mut()) else {
            return;
        };
        queued.state = "CONNECTED";
        queued.position = 0;
        queued.connected.get_or_insert(now);
        queued.agents = vec![by.to_owned()];
        let told = queued.clone();
        self.tell_queue(call, &told);
    }

    /// A call has left its queue.
    pub(super) fn queue_ends(&mut self, call: &str, mut queued: Queued) {
        queued.state = "REMOVED";
        self.tell_queue(call, &queued);
        if self.switches.queue.wrap_up && queued.connected.is_some() {
            for agent in &queued.agents {
                self.set_agent(agent, true, true);
            }
        }
    }

    /// A call of a queue goes on under another id.
    pub(super) fn queue_changes_id(&mut self, old: &str, new: &str) {
        let Some(queued) = self.calls.get(new).and_then(|call| call.queued.as_ref()) else {
            return;
        };
        let members = self.members_of(queued.group);
        self.tell_members(
            &members,
            "queueCallChangedIdEvent",
            &[Value::string(old), Value::string(new)],
        );
    }

    /// The session has subscribed to this service: it is told what is in the queues.
    pub(super) fn queue_begins(&mut self, session: &Session, service: &str) {
        if !self.switches.queue.initial_state || !SERVICES.contains(&service) {
            return;
        }
        let present: Vec<(String, Queued)> = self
            .calls
            .iter()
            .filter_map(|(id, call)| Some((id.clone(), call.queued.clone()?)))
            .collect();
        for (call, queued) in present {
            if self.members_of(queued.group).contains(&session.login) {
                let told = self.queue_call(&call, &queued);
                self.send_queue(session, service, "queueCallEvent", &[told]);
            }
        }
    }

    fn queues(&self) -> impl Iterator<Item = &Group> {
        self.groups
            .iter()
            .filter(|group| self.switches.queue.groups.contains(&group.name))
    }

    fn members_of(&self, group: u32) -> BTreeSet<String> {
        self.groups
            .iter()
            .filter(|found| found.account == group)
            .flat_map(|found| found.members.clone())
            .collect()
    }

    fn tell_queue(&mut self, call: &str, queued: &Queued) {
        let told = self.queue_call(call, queued);
        let members = self.members_of(queued.group);
        self.tell_members(&members, "queueCallEvent", &[told]);
    }

    fn queue_call(&self, call: &str, queued: &Queued) -> Value {
        let number = if let Caller::Shown(number) = &queued.caller {
            number.as_str()
        } else {
            ""
        };
        let ids = queued.agents.iter().filter_map(|login| self.users.get(login));
        let mut members = vec![
            ("queueId", Value::string(queued.group.to_string())),
            ("callId", Value::string(call)),
            (
                "callerName",
                Value::string(self.contacts.get(number).cloned().unwrap_or_default()),
            ),
            ("callerNumber", Value::string(number)),
            ("priority", Value::Int(0)),
            ("position", Value::Int(queued.position)),
            ("queueCallState", Value::string(queued.state)),
            ("incomingTime", Value::DateTime(self.wall_clock(queued.incoming))),
            (
                "userIds",
                Value::Array(ids.map(|user| Value::string(user.account.to_string())).collect()),
            ),
        ];
        let zero = self.switches.queue.zero_time.then_some(Timestamp::UNIX_EPOCH);
        if let Some(at) = queued.connected.or(zero) {
            members.push(("connectedTime", Value::DateTime(self.wall_clock(at))));
        }
        Value::Struct(
            members
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
        )
    }

    fn tell_members(&mut self, members: &BTreeSet<String>, event: &str, params: &[Value]) {
        let sessions: Vec<Session> = self
            .sessions
            .iter()
            .filter(|s| members.contains(&s.login))
            .cloned()
            .collect();
        for session in &sessions {
            for service in SERVICES
                .into_iter()
                .filter(|service| session.services.contains(*service))
            {
                self.send_queue(session, service, event, params);
            }
        }
    }

    fn send_queue(&mut self, session: &Session, service: &str, event: &str, params: &[Value]) {
        let body = write_call(&format!("{service}.{event}"), params, self.switches.charset);
        if self.switches.queue.doubled {
            self.push(session, body.clone());
        }
        self.push(session, body);
    }
}
