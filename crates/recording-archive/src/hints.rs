//! Which call a recording may belong to: what a file beside it says, or its name.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{AmbiguousOffset, TimeZone};
use serde_json::Value;

/// What points to the call. Hints only: whoever matches decides. `Debug` shows no numbers.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Hints {
    /// The call's id.
    pub call: Option<String>,
    /// Who called, as written.
    pub caller: Option<String>,
    /// Who was called, as written.
    pub called: Option<String>,
    /// When the call or the recording began.
    pub began: Option<Timestamp>,
    /// The other moment that may be meant, in the hour that comes twice.
    pub or_began: Option<Timestamp>,
}

impl fmt::Debug for Hints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hidden = |number: &Option<String>| number.as_ref().map(|_| "hidden");
        f.debug_struct("Hints")
            .field("call", &self.call)
            .field("caller", &hidden(&self.caller))
            .field("called", &hidden(&self.called))
            .field("began", &self.began)
            .field("or_began", &self.or_began)
            .finish()
    }
}

impl Hints {
    /// What is missing here comes from `other`.
    #[must_use]
    pub(crate) fn or(self, other: Self) -> Self {
        let (began, or_began) = match self.began {
            Some(began) => (Some(began), self.or_began),
            None => (other.began, other.or_began),
        };
        Self {
            call: self.call.or(other.call),
            caller: self.caller.or(other.caller),
            called: self.called.or(other.called),
            began,
            or_began,
        }
    }
}

/// A file beside a recording is not longer than this.
pub(crate) const LONGEST_SIDECAR: u64 = 64 * 1024;

/// Reads a sidecar, a JSON object. Names of members count without regard to case, `_` and `-`; unknown ones nothing.
pub(crate) fn of_sidecar(text: &[u8], zone: &TimeZone) -> Hints {
    let Ok(Value::Object(members)) = serde_json::from_slice::<Value>(text) else {
        return Hints::default();
    };
    let member = |names: &[&str]| {
        let value = members.iter().find(|(key, value)| {
            let key: String = key.chars().filter(|c| !matches!(c, '_' | '-')).collect();
            !value.is_null() && names.contains(&key.to_ascii_lowercase().as_str())
        });
        value.and_then(|(_, value)| match value {
            Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
            Value::Number(number) => Some(number.to_string()),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        })
    };
    let began = member(&["started", "startedat", "began", "start", "starttime"]);
    let (began, or_began) = began.map(|text| moment(&text, zone)).unwrap_or_default();
    Hints {
        call: member(&["call", "callid", "calluuid", "uuid"]),
        caller: member(&["caller", "callernumber", "from"]),
        called: member(&["called", "callednumber", "to"]),
        began,
        or_began,
    }
}

/// Reads a file's name: a UUID is the call; eight and six digits are day and time in the site's zone; the first other
/// run of digits is who called, the second who was called.
pub(crate) fn of_name(name: &str, zone: &TimeZone) -> Hints {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let (call, rest) = without_uuid(stem);
    let mut hints = Hints {
        call,
        ..Hints::default()
    };
    let mut numbers = Vec::new();
    let mut date = None;
    for run in runs(&rest) {
        if hints.began.is_none() {
            if let Some(day) = date {
                date = None;
                if let Some(time) = time_of(run) {
                    (hints.began, hints.or_began) = instants(DateTime::from_parts(day, time), zone);
                    continue;
                }
            }
            if let Some(day) = date_of(run) {
                date = Some(day);
                continue;
            }
            if run.len() == 14
                && let (Some(day), Some(time)) = (date_of(&run[..8]), time_of(&run[8..]))
            {
                (hints.began, hints.or_began) = instants(DateTime::from_parts(day, time), zone);
                continue;
            }
        }
        if run.len() > 1 {
            numbers.push(run.to_owned());
        }
    }
    let mut numbers = numbers.into_iter();
    hints.caller = numbers.next();
    hints.called = numbers.next();
    hints
}

/// A moment as JSON files write it: with an offset, as seconds or milliseconds since 1970, or a clock time of the site.
fn moment(text: &str, zone: &TimeZone) -> (Option<Timestamp>, Option<Timestamp>) {
    if let Ok(number) = text.parse::<i64>() {
        // Nothing before 2001 was recorded, and nothing after 5138 will be.
        let moment = if number >= 100_000_000_000 {
            Timestamp::from_millisecond(number)
        } else {
            Timestamp::from_second(number)
        };
        return (moment.ok(), None);
    }
    match text.parse::<Timestamp>() {
        Ok(moment) => (Some(moment), None),
        Err(_) => text.parse().map(|clock| instants(clock, zone)).unwrap_or_default(),
    }
}

/// When a clock of the site shows this, and the second time where it does so twice.
fn instants(clock: DateTime, zone: &TimeZone) -> (Option<Timestamp>, Option<Timestamp>) {
    let told = zone.to_ambiguous_timestamp(clock);
    match told.offset() {
        AmbiguousOffset::Fold { .. } => (told.earlier().ok(), told.later().ok()),
        AmbiguousOffset::Unambiguous { .. } | AmbiguousOffset::Gap { .. } => (told.compatible().ok(), None),
    }
}

fn without_uuid(text: &str) -> (Option<String>, String) {
    for (at, _) in text.char_indices() {
        let Some(candidate) = text.get(at..at + 36) else {
            continue;
        };
        let is_uuid = candidate.bytes().enumerate().all(|(n, byte)| match n {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        });
        if is_uuid {
            let rest = format!("{} {}", &text[..at], &text[at + 36..]);
            return (Some(candidate.to_ascii_lowercase()), rest);
        }
    }
    (None, text.to_owned())
}

/// Runs of digits, with a plus in front where there is one.
fn runs(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_digit() && c != '+')
        .map(|run| run.rfind('+').map_or(run, |at| &run[at..]))
        .filter(|run| run.bytes().any(|byte| byte.is_ascii_digit()))
}

fn date_of(run: &str) -> Option<Date> {
    let sound = run.len() == 8 && run.starts_with("20");
    sound.then(|| Date::strptime("%Y%m%d", run).ok()).flatten()
}

fn time_of(run: &str) -> Option<Time> {
    (run.len() == 6).then(|| Time::strptime("%H%M%S", run).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn berlin() -> TimeZone {
        TimeZone::get("Europe/Berlin").unwrap()
    }

    fn hints(call: &str, caller: &str, called: &str, began: &str) -> Hints {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Hints {
            call: some(call),
            caller: some(caller),
            called: some(called),
            began: some(began).map(|text| text.parse().unwrap()),
            or_began: None,
        }
    }

    #[test]
    fn names_are_read() {
        let uuid = "0f8fad5b-d9cb-469f-a165-70867728950e";
        for (name, told) in [
            (
                "Aufnahme_20261126_091905_072112345_20.wav",
                hints("", "072112345", "20", "2026-11-26T08:19:05Z"),
            ),
            (
                "20260726091905-+4972112345-20.mp3",
                hints("", "+4972112345", "20", "2026-07-26T07:19:05Z"),
            ),
            (&format!("{}.wav", uuid.to_uppercase()), hints(uuid, "", "", "")),
            (&format!("rec_{uuid}_20.wav"), hints(uuid, "20", "", "")),
            // No such day, no such time: these are numbers.
            ("20261399_072112345.wav", hints("", "20261399", "072112345", "")),
            ("20261126_997799.wav", hints("", "997799", "", "")),
            ("Besprechung.wav", hints("", "", "", "")),
            ("", hints("", "", "", "")),
        ] {
            assert_eq!(of_name(name, &berlin()), told, "{name}");
        }
    }

    #[test]
    fn sidecars_are_read() {
        let told = hints("c-7", "+4972112345", "20", "2026-11-26T08:19:05Z");
        for text in [
            r#"{"call":"c-7","caller":"+4972112345","called":20,"started":"2026-11-26T08:19:05Z"}"#,
            r#"{"callId":"c-7","Caller_Number":"+4972112345","called-number":"20","startedAt":1795681145}"#,
            r#"{"call_id":" c-7 ","from":"+4972112345","to":"20","start":"2026-11-26T09:19:05","x":[1]}"#,
        ] {
            assert_eq!(of_sidecar(text.as_bytes(), &berlin()), told, "{text}");
        }
        for text in ["", "[]", "{", r#"{"call":null,"caller":{},"started":"soon"}"#] {
            assert_eq!(of_sidecar(text.as_bytes(), &berlin()), Hints::default(), "{text}");
        }
    }

    #[test]
    fn debug_shows_no_number() {
        let text = format!("{:?}", hints("c-7", "072112345", "20", ""));
        assert!(!text.contains("721") && !text.contains("20"), "{text}");
    }

    proptest! {
        #[test]
        fn no_name_brings_it_down(name in r"[0-9a-f+\-_ä. ]{0,80}") {
            of_name(&name, &berlin());
        }
    }
}
