//! How domain values are written down: records of the store's own, each conversion written out.
//!
//! Domain types do not derive `Serialize`: what is on disk must not change because a field was renamed in the core.
//! A record may gain fields with a default; it never changes the meaning of one.

use bridge_core::call::{Phase, StepKind};
use bridge_core::desk;
use bridge_core::effect::{Priority, Track};
use bridge_core::number::E164;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Something stored that cannot be read back. Says where, never what stood there.
#[derive(Debug, thiserror::Error)]
#[error("{what} cannot be read")]
pub(crate) struct RecordError {
    what: String,
    #[source]
    source: Option<serde_json::Error>,
}

impl RecordError {
    /// `what` names the thing, such as "the phase of a call".
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            source: None,
        }
    }
}

/// A record as it is stored.
pub(crate) fn to_text(record: &impl Serialize) -> String {
    // A record is plain data with string keys: nothing in it can fail to be written.
    serde_json::to_string(record).unwrap_or_default()
}

/// A record as it was stored; `what` names it in the error.
pub(crate) fn from_text<T: DeserializeOwned>(text: &str, what: &str) -> Result<T, RecordError> {
    serde_json::from_str(text).map_err(|source| RecordError {
        what: what.into(),
        source: Some(source),
    })
}

/// A moment in a column.
pub(crate) fn stamp(at: Timestamp) -> i64 {
    at.as_microsecond()
}

/// A moment from a column.
pub(crate) fn moment(stamp: i64) -> Result<Timestamp, RecordError> {
    Timestamp::from_microsecond(stamp).map_err(|_| RecordError::new("a moment"))
}

/// A moment inside a record: RFC 3339.
pub(crate) fn moment_from(text: &str) -> Result<Timestamp, RecordError> {
    text.parse().map_err(|_| RecordError::new("a moment"))
}

/// A number in E.164 inside a record.
pub(crate) fn number_from(text: &str) -> Result<E164, RecordError> {
    E164::parse(text).ok_or_else(|| RecordError::new("a telephone number"))
}

/// An id of the help desk in a column.
pub(crate) fn id_to_column(id: u64) -> Option<i64> {
    i64::try_from(id).ok()
}

/// An id of the help desk from a column.
pub(crate) fn id_from_column(id: i64) -> Result<u64, RecordError> {
    u64::try_from(id).map_err(|_| RecordError::new("an id"))
}

/// Where a number stands in a profile.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FieldRecord {
    Phone,
    Identity,
    Custom(String),
}

impl From<&desk::NumberField> for FieldRecord {
    fn from(field: &desk::NumberField) -> Self {
        match field {
            desk::NumberField::Phone => Self::Phone,
            desk::NumberField::Identity => Self::Identity,
            desk::NumberField::Custom(key) => Self::Custom(key.clone()),
        }
    }
}

impl From<FieldRecord> for desk::NumberField {
    fn from(field: FieldRecord) -> Self {
        match field {
            FieldRecord::Phone => Self::Phone,
            FieldRecord::Identity => Self::Identity,
            FieldRecord::Custom(key) => Self::Custom(key),
        }
    }
}

macro_rules! words {
    ($to:ident, $from:ident, $type:ty, $what:literal, { $($variant:path => $word:literal),+ $(,)? }) => {
        /// As it stands in its column.
        pub(crate) fn $to(value: $type) -> &'static str {
            match value {
                $($variant => $word),+
            }
        }

        /// As it stood in its column.
        pub(crate) fn $from(word: &str) -> Result<$type, RecordError> {
            match word {
                $($word => Ok($variant),)+
                _ => Err(RecordError::new($what)),
            }
        }
    };
}

words!(phase_to_word, phase_from_word, Phase, "the phase of a call", {
    Phase::Ringing => "ringing",
    Phase::Talking => "talking",
    Phase::WrapUp => "wrap-up",
    Phase::Over => "over",
});

words!(step_to_word, step_from_word, StepKind, "the kind of a step", {
    StepKind::Event => "event",
    StepKind::Decision => "decision",
    StepKind::Request => "request",
    StepKind::Answer => "answer",
});

words!(track_to_word, track_from_word, Track, "the track of an effect", {
    Track::Main => "main",
    Track::LookUp => "look-up",
    Track::Recording => "recording",
});

words!(priority_to_word, priority_from_word, Priority, "the priority of an effect", {
    Priority::Prompt => "prompt",
    Priority::Ringing => "ringing",
    Priority::Complete => "complete",
    Priority::Learn => "learn",
    Priority::Attach => "attach",
});
