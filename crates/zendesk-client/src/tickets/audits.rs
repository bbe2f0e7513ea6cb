//! Audits: a ticket's history.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::{Comment, Via};
use crate::id::{AuditId, TicketId, UserId};
use crate::wire::{self, Resource};

/// One entry in a ticket's history: what somebody changed at once.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[non_exhaustive]
pub struct Audit {
    /// The id.
    pub id: AuditId,
    /// The ticket.
    #[serde(default)]
    pub ticket_id: Option<TicketId>,
    /// Who did it, by [`Audit::author`] if it was a person.
    #[serde(default)]
    pub author_id: Option<i64>,
    /// Where it came from.
    #[serde(default)]
    pub via: Option<Via>,
    /// When it was.
    #[serde(default, deserialize_with = "wire::time")]
    pub created_at: Option<Timestamp>,
    /// What was done in particular.
    #[serde(default, deserialize_with = "wire::or_default")]
    pub events: Vec<Event>,
}

/// One part of an audit.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Event {
    /// A field was set when the ticket was made.
    Create(Change),
    /// A field was changed.
    Change(Change),
    /// A comment was added.
    Comment(Box<Comment>),
    /// A comment that is a call was added.
    VoiceComment(Box<Comment>),
    /// Anything else.
    Other(OtherEvent),
}

/// A field that was set or changed. `Debug` shows no values.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Change {
    /// The field's name; the number of custom fields.
    #[serde(default, deserialize_with = "wire::or_default")]
    pub field_name: String,
    /// What stands in it since. Zendesk writes ids and numbers as strings here.
    #[serde(default)]
    pub value: Value,
    /// What stood in it before.
    #[serde(default)]
    pub previous_value: Value,
}

/// A part of an audit that has no type here. `Debug` shows the type's name only.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OtherEvent {
    /// `Notification`, `Cc`, `External`, …
    pub kind: String,
    /// The event as it came.
    pub event: Map<String, Value>,
}

impl Audit {
    /// Who did it, if it was a person.
    #[must_use]
    pub fn author(&self) -> Option<UserId> {
        let id = u64::try_from(self.author_id?).ok()?;
        (id > 0).then(|| UserId::new(id))
    }

    /// The change of a field by its name, such as `requester_id`, if there was one.
    #[must_use]
    pub fn change(&self, field: &str) -> Option<&Change> {
        self.events.iter().find_map(|event| match event {
            Event::Change(change) if change.field_name == field => Some(change),
            Event::Create(_) | Event::Change(_) | Event::Comment(_) | Event::VoiceComment(_) | Event::Other(_) => None,
        })
    }
}

impl Change {
    /// The user whom the field names since, of fields that hold users' ids.
    #[must_use]
    pub fn to_user(&self) -> Option<UserId> {
        UserId::deserialize(&self.value).ok()
    }
}

impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let event = Map::<String, Value>::deserialize(deserializer)?;
        let kind = event.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
        let read = Value::Object;
        let event = match kind.as_str() {
            "Create" => serde_json::from_value(read(event)).map(Self::Create),
            "Change" => serde_json::from_value(read(event)).map(Self::Change),
            "Comment" => serde_json::from_value(read(event)).map(Self::Comment),
            "VoiceComment" | "TpeVoiceComment" => serde_json::from_value(read(event)).map(Self::VoiceComment),
            _ => Ok(Self::Other(OtherEvent { kind, event })),
        };
        // The words of the inner error may hold what stands in the record.
        event.map_err(|_| serde::de::Error::custom("an event that is not of its type"))
    }
}

impl Resource for Audit {
    const ONE: &'static str = "audit";
    const MANY: &'static str = "audits";
}

impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Change")
            .field("field_name", &self.field_name)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for OtherEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OtherEvent")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Audit, Event};
    use crate::UserId;

    #[test]
    fn events_are_told_apart_and_unknown_ones_kept() {
        let audit: Audit = serde_json::from_value(json!({"id": 1, "author_id": -1, "events": [
            {"id": 2, "type": "Create", "field_name": "requester_id", "value": "900"},
            {"id": 3, "type": "Change", "field_name": "requester_id", "value": "901", "previous_value": "900"},
            {"id": 4, "type": "Comment", "body": "secret", "public": false, "attachments": []},
            {"id": 5, "type": "VoiceComment", "data": {"recording_url": "x"}},
            {"id": 6, "type": "Hologram", "beam": 1}]}))
        .unwrap();
        assert_eq!(audit.change("requester_id").unwrap().to_user(), Some(UserId::new(901)));
        assert_eq!((audit.author(), audit.change("status")), (None, None));
        assert!(matches!(&audit.events[3], Event::VoiceComment(comment) if comment.data["recording_url"] == "x"));
        assert!(
            matches!(&audit.events[4], Event::Other(other) if other.kind == "Hologram" && other.event["beam"] == 1)
        );
        assert!(!format!("{audit:?}").contains("secret"));
        assert!(serde_json::from_value::<Event>(json!({"type": "Comment"})).is_err());
    }
}
