//! The list of a login's own calls, for whoever has missed some.

use std::fmt;
use std::time::Duration;

use jiff::civil::DateTime;

use crate::xmlrpc::{Stamp, Value};

/// Which calls to list (`getCallList`). The latest come first.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct CallListQuery {
    /// Only calls that began after this, by the clock on the wall of the PBX.
    pub after: DateTime,
    /// Only calls that began before this, by the same clock.
    pub before: DateTime,
    /// Only calls of this direction.
    pub direction: Option<Direction>,
    /// Only calls that ended so.
    pub result: Option<CallResult>,
    /// Whether calls of groups are wanted.
    pub group: GroupFilter,
    /// How many to leave out at the front.
    pub offset: u32,
    /// How many to tell at most.
    pub limit: u32,
}

impl CallListQuery {
    /// The first hundred calls between two moments on the wall clock of the PBX.
    #[must_use]
    pub fn new(after: DateTime, before: DateTime) -> Self {
        Self {
            after,
            before,
            direction: None,
            result: None,
            group: GroupFilter::All,
            offset: 0,
            limit: 100,
        }
    }

    /// The same from this entry on.
    #[must_use]
    pub fn from(mut self, offset: u32) -> Self {
        self.offset = offset;
        self
    }

    /// The nine parameters in their order.
    pub(super) fn params(&self) -> Vec<Value> {
        let time = |moment: DateTime| Value::DateTime(moment.strftime("%Y%m%dT%H:%M:%S").to_string());
        let direction = match self.direction {
            Some(Direction::Inbound) => "INBOUND",
            Some(Direction::Outbound) => "OUTBOUND",
            Some(Direction::Other) | None => "",
        };
        let result = match self.result {
            Some(CallResult::Answered) => "ANSWERED",
            Some(CallResult::Missed) => "MISSED",
            Some(CallResult::Other) | None => "",
        };
        let group = match &self.group {
            GroupFilter::All => "",
            GroupFilter::NoGroups => "NON_GROUP",
        };
        vec![
            time(self.before),
            time(self.after),
            Value::from(direction),
            Value::from(result),
            Value::from(group),
            Value::from("startTime"),
            Value::from("DESCENDING"),
            Value::Int(self.offset.into()),
            Value::Int(self.limit.into()),
        ]
    }
}

/// Whether calls of groups are wanted.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
#[non_exhaustive]
pub enum GroupFilter {
    /// All calls.
    #[default]
    All,
    /// Only calls that came through no group.
    NoGroups,
}

/// A part of a call list.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct CallList {
    /// The entries that could be read.
    pub entries: Vec<CallListEntry>,
    /// How many entries the PBX told, readable or not: the next part begins that much further on.
    pub told: usize,
    /// How many there are in all, where the PBX tells it.
    pub total: Option<u64>,
}

/// A call that was. `Debug` shows neither numbers nor names.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallListEntry {
    /// Who called whom.
    pub direction: Direction,
    /// How it ended.
    pub result: CallResult,
    /// The caller's number, empty if it is not known.
    pub caller_number: String,
    /// The number that was called, empty if it is not known.
    pub called_number: String,
    /// What the PBX calls the other side, empty if it has no name for it.
    pub description: String,
    /// Account id of the group through which the call came; `None` if there is none.
    pub group: Option<String>,
    /// When it began, by the clock of the PBX.
    pub started: Option<Stamp>,
    /// How long it lasted, to the second.
    pub duration: Duration,
}

impl fmt::Debug for CallListEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallListEntry")
            .field("direction", &self.direction)
            .field("result", &self.result)
            .field("group", &self.group)
            .field("started", &self.started)
            .field("duration", &self.duration)
            .finish_non_exhaustive()
    }
}

/// Who called whom.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Direction {
    /// The login was called.
    Inbound,
    /// The login called.
    Outbound,
    /// A word that is not known here.
    Other,
}

/// How a call ended.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum CallResult {
    /// Somebody talked.
    Answered,
    /// Nobody did.
    Missed,
    /// A word that is not known here.
    Other,
}

impl CallList {
    /// Reads the answer; `None` if it is no list.
    pub(super) fn read(answer: &Value) -> Option<Self> {
        let Some(Value::Array(entries)) = answer.get("entries") else {
            return None;
        };
        let total = answer.get("totalCount").and_then(Value::to_text);
        Some(Self {
            entries: entries.iter().filter_map(CallListEntry::read).collect(),
            told: entries.len(),
            total: total.and_then(|count| count.trim().parse().ok()),
        })
    }
}

impl CallListEntry {
    fn read(value: &Value) -> Option<Self> {
        let Value::Struct(_) = value else { return None };
        let text = |key: &str| {
            value
                .get(key)
                .and_then(Value::to_text)
                .map(|text| text.trim().to_owned())
        };
        let word = |key: &str| text(key).unwrap_or_default().to_ascii_uppercase();
        let seconds = text("duration").and_then(|seconds| seconds.parse().ok());
        Some(Self {
            direction: match word("direction").as_str() {
                "INBOUND" => Direction::Inbound,
                "OUTBOUND" => Direction::Outbound,
                _ => Direction::Other,
            },
            result: match word("result").as_str() {
                "ANSWERED" => CallResult::Answered,
                "MISSED" => CallResult::Missed,
                _ => CallResult::Other,
            },
            caller_number: text("callerNumber").unwrap_or_default(),
            called_number: text("calledNumber").unwrap_or_default(),
            description: text("callDescription").unwrap_or_default(),
            group: text("groupId").filter(|group| !matches!(group.as_str(), "" | "0" | "-1")),
            started: value.get("startTime").and_then(Value::stamp),
            duration: Duration::from_secs(seconds.unwrap_or_default()),
        })
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn asks_with_nine_parameters() {
        let mut query =
            CallListQuery::new(date(2026, 9, 1).at(0, 0, 0, 0), date(2026, 9, 11).at(9, 31, 7, 0)).from(100);
        query.direction = Some(Direction::Inbound);
        query.group = GroupFilter::NoGroups;
        let expected = [
            Value::DateTime("20260911T09:31:07".to_owned()),
            Value::DateTime("20260901T00:00:00".to_owned()),
            Value::from("INBOUND"),
            Value::from(""),
            Value::from("NON_GROUP"),
            Value::from("startTime"),
            Value::from("DESCENDING"),
            Value::Int(100),
            Value::Int(100),
        ];
        assert!(query.params() == expected);
    }

    #[test]
    fn reads_what_it_can() {
        let entry = |members: &[(&str, Value)]| {
            Value::Struct(
                members
                    .iter()
                    .map(|(key, value)| ((*key).to_owned(), value.clone()))
                    .collect(),
            )
        };
        let full = entry(&[
            ("direction", Value::from("INBOUND")),
            ("result", Value::from("ANSWERED")),
            ("callerNumber", Value::from("004917123456789")),
            ("calledNumber", Value::from("300")),
            ("callDescription", Value::from("Anna Muster")),
            ("groupID", Value::Int(1003)),
            ("startTime", Value::DateTime("20260911T09:31:07".to_owned())),
            ("duration", Value::Int(65)),
        ]);
        let poor = entry(&[
            ("result", Value::from("unheard-of")),
            ("groupId", Value::from("-1")),
            ("duration", Value::Int(-1)),
        ]);
        let list = entry(&[
            ("Entries", Value::Array(vec![full, Value::from("?"), poor])),
            ("totalCount", Value::from("120")),
        ]);
        let list = CallList::read(&list).expect("a list");
        assert_eq!((list.told, list.total, list.entries.len()), (3, Some(120), 2));
        assert_eq!(list.entries[0].caller_number, "004917123456789");
        expect_test::expect![[r#"
            [
                CallListEntry {
                    direction: Inbound,
                    result: Answered,
                    group: Some(
                        "1003",
                    ),
                    started: Some(
                        Local(
                            2026-09-11T09:31:07,
                        ),
                    ),
                    duration: 65s,
                    ..
                },
                CallListEntry {
                    direction: Other,
                    result: Other,
                    group: None,
                    started: None,
                    duration: 0ns,
                    ..
                },
            ]"#]]
        .assert_eq(&format!("{:#?}", list.entries));
        for no_list in [Value::Nil, entry(&[]), entry(&[("entries", Value::from(""))])] {
            assert!(CallList::read(&no_list).is_none());
        }
    }
}
