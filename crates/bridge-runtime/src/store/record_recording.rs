//! How recordings are written down, and how far those of a call are.

use bridge_core::call::{Attach, CallKey, CallRecording, Recorded};
use bridge_core::effect::EffectId;
use bridge_core::recording::{Hints, Recording, Sha256, Standing};
use jiff::SignedDuration;
use pbx::{CallId, Dialled};
use serde::{Deserialize, Serialize};

use super::record::{RecordError, from_text, moment_from, to_text};

/// A recording as it is stored.
#[derive(Serialize, Deserialize)]
struct RecordingRecord {
    name: String,
    size: u64,
    sha256: String,
    mime: String,
    extension: String,
    /// In milliseconds.
    duration: Option<i64>,
    call: Option<String>,
    caller: Option<String>,
    called: Option<String>,
    began: Option<String>,
    #[serde(default)]
    or_began: Option<String>,
}

/// Whether a call is recorded, as it is stored.
#[derive(Serialize, Deserialize, Default)]
#[serde(tag = "is", rename_all = "snake_case")]
pub(super) enum RecordedRecord {
    #[default]
    NotYet,
    Ordered {
        effect: String,
    },
    Expected,
    Missing,
    No,
    Refused,
}

/// A recording of a call, as it is stored.
#[derive(Serialize, Deserialize)]
pub(super) struct CallRecordingRecord {
    recording: RecordingRecord,
    attach: AttachRecord,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
enum AttachRecord {
    Waiting,
    Ordered {
        effect: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        words: Option<String>,
    },
    Done,
    Redacting {
        effect: String,
    },
    Redacted,
    No {
        why: String,
    },
}

/// A recording as it is stored.
pub(super) fn recording_to_text(recording: &Recording) -> String {
    to_text(&record_of(recording))
}

/// A recording as it was stored.
pub(super) fn recording_from_text(text: &str) -> Result<Recording, RecordError> {
    recording_of(from_text(text, "a recording")?)
}

/// A sum inside a record, or in a column.
pub(super) fn sum_from(text: &str) -> Result<Sha256, RecordError> {
    Sha256::parse(text).ok_or_else(|| RecordError::new("the sum of a recording"))
}

/// How it stands with a recording, in columns: the standing, the call, and what there is to say.
pub(super) fn standing_to(standing: &Standing) -> (&'static str, Option<&str>, &str) {
    match standing {
        Standing::Unassigned { why } => (UNASSIGNED, None, why),
        Standing::Assigned { call } => ("assigned", Some(call.as_str()), ""),
        Standing::Attached { call } => (ATTACHED, Some(call.as_str()), ""),
        Standing::Settled { call, what } => ("settled", Some(call.as_str()), what),
        Standing::Refused { call } => (REFUSED, Some(call.as_str()), ""),
        Standing::Gone => ("gone", None, ""),
    }
}

/// The same on the way back.
pub(super) fn standing_from(word: &str, call: Option<String>, what: String) -> Result<Standing, RecordError> {
    match (word, call.map(CallKey::new)) {
        (UNASSIGNED, _) => Ok(Standing::Unassigned { why: what }),
        ("assigned", Some(call)) => Ok(Standing::Assigned { call }),
        (ATTACHED, Some(call)) => Ok(Standing::Attached { call }),
        ("settled", Some(call)) => Ok(Standing::Settled { call, what }),
        (REFUSED, Some(call)) => Ok(Standing::Refused { call }),
        ("gone", _) => Ok(Standing::Gone),
        _ => Err(RecordError::new("how it stands with a recording")),
    }
}

/// Of recordings of which nobody knows whose they are.
pub(super) const UNASSIGNED: &str = "unassigned";

/// Of those of calls that must not be recorded.
pub(super) const REFUSED: &str = "refused";

/// Of those that hang on a ticket.
pub(super) const ATTACHED: &str = "attached";

pub(super) fn recorded_to(recorded: &Recorded) -> RecordedRecord {
    match recorded {
        Recorded::NotYet => RecordedRecord::NotYet,
        Recorded::Ordered { effect } => RecordedRecord::Ordered {
            effect: effect.as_str().to_owned(),
        },
        Recorded::Expected => RecordedRecord::Expected,
        Recorded::Missing => RecordedRecord::Missing,
        Recorded::No => RecordedRecord::No,
        Recorded::Refused => RecordedRecord::Refused,
    }
}

pub(super) fn recorded_from(record: RecordedRecord) -> Recorded {
    match record {
        RecordedRecord::NotYet => Recorded::NotYet,
        RecordedRecord::Ordered { effect } => Recorded::Ordered {
            effect: EffectId::from_stored(effect),
        },
        RecordedRecord::Expected => Recorded::Expected,
        RecordedRecord::Missing => Recorded::Missing,
        RecordedRecord::No => Recorded::No,
        RecordedRecord::Refused => Recorded::Refused,
    }
}

pub(super) fn call_recording_to(known: &CallRecording) -> CallRecordingRecord {
    CallRecordingRecord {
        recording: record_of(&known.recording),
        attach: match &known.attach {
            Attach::Waiting => AttachRecord::Waiting,
            Attach::Ordered { effect, words } => AttachRecord::Ordered {
                effect: effect.as_str().to_owned(),
                words: words.clone(),
            },
            Attach::Done => AttachRecord::Done,
            Attach::Redacting { effect } => AttachRecord::Redacting {
                effect: effect.as_str().to_owned(),
            },
            Attach::Redacted => AttachRecord::Redacted,
            Attach::No { why } => AttachRecord::No { why: why.clone() },
        },
    }
}

pub(super) fn call_recording_from(record: CallRecordingRecord) -> Result<CallRecording, RecordError> {
    Ok(CallRecording {
        recording: recording_of(record.recording)?,
        attach: match record.attach {
            AttachRecord::Waiting => Attach::Waiting,
            AttachRecord::Ordered { effect, words } => Attach::Ordered {
                effect: EffectId::from_stored(effect),
                words,
            },
            AttachRecord::Done => Attach::Done,
            AttachRecord::Redacting { effect } => Attach::Redacting {
                effect: EffectId::from_stored(effect),
            },
            AttachRecord::Redacted => Attach::Redacted,
            AttachRecord::No { why } => Attach::No { why },
        },
    })
}

fn record_of(recording: &Recording) -> RecordingRecord {
    let Recording {
        name,
        size,
        sha256,
        mime,
        extension,
        duration,
        hints:
            Hints {
                call,
                caller,
                called,
                began,
                or_began,
            },
    } = recording;
    let shown = |number: &Option<Dialled>| number.as_ref().map(|number| number.as_str().to_owned());
    RecordingRecord {
        name: name.clone(),
        size: *size,
        sha256: sha256.as_str().to_owned(),
        mime: mime.clone(),
        extension: extension.clone(),
        duration: duration.map(|lasts| i64::try_from(lasts.as_millis()).unwrap_or_default()),
        call: call.as_ref().map(|call| call.as_str().to_owned()),
        caller: shown(caller),
        called: shown(called),
        began: began.map(|at| at.to_string()),
        or_began: or_began.map(|at| at.to_string()),
    }
}

fn recording_of(record: RecordingRecord) -> Result<Recording, RecordError> {
    Ok(Recording {
        name: record.name,
        size: record.size,
        sha256: sum_from(&record.sha256)?,
        mime: record.mime,
        extension: record.extension,
        duration: record.duration.map(SignedDuration::from_millis),
        hints: Hints {
            call: record.call.map(CallId::new),
            caller: record.caller.map(Dialled::new),
            called: record.called.map(Dialled::new),
            began: record.began.as_deref().map(moment_from).transpose()?,
            or_began: record.or_began.as_deref().map(moment_from).transpose()?,
        },
    })
}
