//! The events that tell of calls: to whom, and what stands in them.

use jiff::Timestamp;

use super::calls::{Caller, Leg};
use super::state::{Session, State};
use super::switches::{GroupKey, Timestamps, Version};
use super::xml::{Value, write_call};

/// One event of a leg, as far as it shows what it knows.
#[derive(Clone, Copy)]
pub(super) struct Frame {
    pub(super) state: &'static str,
    pub(super) numbers: bool,
    pub(super) name: bool,
}

impl State {
    /// Sends the leg's state to whoever listens for this login, as the switches want it.
    pub(super) fn tell(&mut self, call: &str, login: &str, now: Timestamp) {
        let Some(leg) = self.calls.get_mut(call).and_then(|call| call.legs.get_mut(login)) else {
            return;
        };
        let first = !std::mem::replace(&mut leg.told, true);
        let leg = leg.clone();
        let whole = Frame {
            state: leg.state,
            numbers: true,
            name: true,
        };
        let mut frames = vec![whole];
        if first && self.switches.incoming_first && leg.state == "RINGING" {
            frames.insert(
                0,
                Frame {
                    state: "INCOMING",
                    ..whole
                },
            );
        }
        if first && self.switches.empty_state_first {
            frames.insert(0, Frame { state: "", ..whole });
        }
        if first && self.switches.late_numbers {
            if frames.len() == 1 {
                frames.push(whole);
            }
            frames[0].numbers = false;
        }
        if first && self.switches.late_name {
            frames[0].name = false;
        }
        for frame in frames {
            for (session, version) in self.listeners(login) {
                let body = self.event(&leg.id, &leg, frame, version, now);
                self.push(&session, body);
            }
        }
    }

    pub(super) fn push(&mut self, session: &Session, body: Vec<u8>) {
        if self.switches.duplicates {
            self.send(session, body.clone());
        }
        self.send(session, body);
    }

    /// Sessions of this login that are subscribed to calls, once for each version they are subscribed in.
    pub(super) fn listeners(&self, login: &str) -> Vec<(Session, Version)> {
        let own = self.sessions.iter().filter(|session| session.login == login);
        own.flat_map(|session| {
            let versions = [Version::V20, Version::V22, Version::V30];
            versions
                .into_iter()
                .filter(|v| session.services.contains(v.service()))
                .map(|v| (session.clone(), v))
        })
        .collect()
    }

    pub(super) fn event(&self, call: &str, leg: &Leg, frame: Frame, version: Version, now: Timestamp) -> Vec<u8> {
        let told = self.call_struct(call, leg, frame, version, now);
        write_call(
            &format!("{}.receiveCallState", version.service()),
            &[told],
            self.switches.charset,
        )
    }

    pub(super) fn call_struct(&self, call: &str, leg: &Leg, frame: Frame, version: Version, now: Timestamp) -> Value {
        // Old subscriptions hear the old name.
        let state = if version != Version::V30 && frame.state == "OUTGOING" {
            "PROCEEDING"
        } else {
            frame.state
        };
        let shown = |number: &str| Value::string(if frame.numbers { number } else { "" });
        let name = |name: &str| Value::string(if frame.name && frame.numbers { name } else { "" });
        let caller = match &leg.caller {
            Caller::Shown(number) => Some(number.as_str()),
            Caller::Withheld => Some(""),
            Caller::Untold => None,
        };
        let mut members = vec![
            ("id", Value::string(call)),
            ("state", Value::string(state)),
            ("timestamp", self.timestamp(now)),
        ];
        if let Some(caller) = caller {
            let known = self.users.values().find(|user| user.extension == caller);
            let inside = known.map(|user| format!("{} {}", user.first_name, user.family_name));
            let known = inside
                .or_else(|| self.contacts.get(caller).cloned())
                .unwrap_or_default();
            members.push(("callerNumber", shown(caller)));
            members.push(("callerName", name(&known)));
        }
        members.push(("calledNumber", shown(&leg.called)));
        members.push(("calledName", name(&leg.called_name)));
        let key = match (self.switches.group_key, version) {
            (GroupKey::Absent, _) | (GroupKey::ByVersion, Version::V20) => None,
            (GroupKey::GroupId, _) | (GroupKey::ByVersion, Version::V30) => Some("groupId"),
            (GroupKey::GroupID, _) | (GroupKey::ByVersion, Version::V22) => Some("groupID"),
        };
        if let Some(key) = key {
            members.push((
                key,
                match leg.group {
                    Some(id) if self.switches.group_as_int => Value::Int(id.into()),
                    Some(id) => Value::string(id.to_string()),
                    None if self.switches.group_as_int => Value::Int(0),
                    None => Value::string(""),
                },
            ));
        }
        Value::Struct(
            members
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
        )
    }

    fn timestamp(&self, now: Timestamp) -> Value {
        match self.switches.timestamps {
            Timestamps::DateTime => Value::DateTime(self.wall_clock(now)),
            Timestamps::String => Value::String(self.wall_clock(now)),
            Timestamps::Millis => Value::String(now.as_millisecond().to_string()),
        }
    }

    pub(super) fn wall_clock(&self, at: Timestamp) -> String {
        at.to_zoned(self.switches.time_zone.clone())
            .strftime("%Y%m%dT%H:%M:%S")
            .to_string()
    }
}

impl Version {
    /// The service whose events tell of calls; methods of callbacks begin with it.
    pub(super) fn service(self) -> &'static str {
        match self {
            Self::V20 => "ucp.v20.client.communication.call",
            Self::V22 => "ucp.v22.events.call",
            Self::V30 => "ucp.v30.events.call",
        }
    }
}
