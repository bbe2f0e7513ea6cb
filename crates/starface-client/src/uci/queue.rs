//! What the PBX tells of queues (iQueue), as far as that is known.
//!
//! The vendor's documents name the events and who gets them, but not what is in most of them. So they are read without a
//! schema: what kind it is, the group where the event has one in a documented place, the ids of calls that occur in it,
//! and its shape, from which whoever sees a new one can learn.

use std::fmt;

use super::event::{is_uuid, shape};
use crate::xmlrpc::{Call, Value};

/// An event of a queue. `Debug` shows kind, group, ids and shape, and no values.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct QueueEvent {
    /// What it is about.
    pub kind: QueueEventKind,
    /// Account id of the group whose queue it is, where the event is documented to tell it, or where a member is called
    /// so; else `None`.
    pub group: Option<String>,
    /// What looks like ids of calls in it, in its order, each once.
    pub calls: Vec<String>,
    /// Types and keys of what it carried, without values.
    pub shape: String,
}

/// What an event of a queue is about.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum QueueEventKind {
    /// A new call in the queue, or a new state of one (`queueCallEvent`).
    Call,
    /// Agents are on, off, or in wrap-up (`queueAgentStateChanged`).
    AgentState,
    /// Who belongs to a group has changed (`queueAgentChangedEvent`).
    Agents,
    /// A group has come or changed (`queueGroupChangedEvent`).
    Group,
    /// Settings of a queue have changed (`queueSettingChanged`).
    Setting,
}

/// Ids that are kept of one event.
const MOST_CALLS: usize = 100;

impl QueueEvent {
    /// Reads a callback; `None` if it is no event of a queue that is known by name.
    pub(super) fn read(call: &Call) -> Option<Self> {
        let method = call.method.to_ascii_lowercase();
        let kind = match method.rsplit_once("events.queue.")?.1 {
            "queuecallevent" => QueueEventKind::Call,
            "queueagentstatechanged" => QueueEventKind::AgentState,
            "queueagentchangedevent" => QueueEventKind::Agents,
            "queuegroupchangedevent" => QueueEventKind::Group,
            "queuesettingchanged" => QueueEventKind::Setting,
            _ => return None,
        };
        let told = match kind {
            // (group), and (is it new, group).
            QueueEventKind::Agents | QueueEventKind::Group => call.params.last(),
            QueueEventKind::Call | QueueEventKind::AgentState | QueueEventKind::Setting => {
                call.params.first().and_then(|first| {
                    ["groupId", "groupAccountId", "queueId"]
                        .iter()
                        .find_map(|key| first.get(key))
                })
            }
        };
        let number = |text: &String| {
            let text = text.trim();
            (1..=18).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit()) && text != "0"
        };
        Some(Self {
            kind,
            group: told
                .and_then(Value::to_text)
                .filter(number)
                .map(|text| text.trim().to_owned()),
            calls: calls(&call.params),
            shape: shape(&call.params),
        })
    }
}

fn calls(params: &[Value]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut open: Vec<&Value> = params.iter().rev().collect();
    while let Some(value) = open.pop() {
        if let Some(text) = value.as_str().map(str::trim)
            && is_uuid(text)
            && found.len() < MOST_CALLS
            && !found.iter().any(|known| known == text)
        {
            found.push(text.to_owned());
        }
        open.extend(value.items().iter().rev());
        open.extend(value.members().iter().rev().map(|(_, member)| member));
    }
    found
}

impl fmt::Debug for QueueEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            kind,
            group,
            calls,
            shape,
        } = self;
        f.debug_struct("QueueEvent")
            .field("kind", kind)
            .field("group", group)
            .field("calls", calls)
            .field("shape", &format_args!("{shape}"))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::uci::Callback;

    const A: &str = "8af3a07a-ef8a-41b1-9dd6-aa4cf247588f";

    fn read(name: &str, params: Vec<Value>) -> String {
        let method = format!("ucp.v30.events.queue.{name}");
        let callback = Callback::read(&Call { method, params });
        if let Callback::Queue(event) = &callback {
            format!("{event:?}")
        } else {
            format!("{callback:?}")
        }
    }

    #[test]
    fn events_are_told_apart_and_hold_no_values() {
        let call = [
            ("callId", A),
            ("callerNumber", "0721123456"),
            ("groupID", "1003"),
            ("x", A),
        ];
        let call = Value::Struct(call.map(|(key, text)| (key.to_owned(), Value::from(text))).to_vec());
        let told = [
            read("queueCallEvent", vec![call.clone()]),
            read("queueAgentStateChanged", vec![Value::Array(vec![call])]),
            read("queueAgentChangedEvent", vec![Value::Int(1003)]),
            read("queueGroupChangedEvent", vec![Value::Bool(true), Value::Int(1003)]),
            read("queueSettingChanged", vec![]),
            read("queueSomethingElse", vec![Value::from("0721123456")]),
        ];
        expect_test::expect![[r#"
            QueueEvent { kind: Call, group: Some("1003"), calls: ["8af3a07a-ef8a-41b1-9dd6-aa4cf247588f"], shape: [{callId: string(36), callerNumber: string(10), groupID: string(4), x: string(36)}] }
            QueueEvent { kind: AgentState, group: None, calls: ["8af3a07a-ef8a-41b1-9dd6-aa4cf247588f"], shape: [[{callId: string(36), callerNumber: string(10), groupID: string(4), x: string(36)}]] }
            QueueEvent { kind: Agents, group: Some("1003"), calls: [], shape: [int] }
            QueueEvent { kind: Group, group: Some("1003"), calls: [], shape: [true, int] }
            QueueEvent { kind: Setting, group: None, calls: [], shape: [] }
            Unknown { method: "ucp.v30.events.queue.queueSomethingElse", shape: "[string(10)]" }"#]]
        .assert_eq(&told.join("\n"));
    }
}
