//! What the PBX tells of calls, read without trusting its spelling.

use std::fmt;

use super::queue::QueueEvent;
use crate::xmlrpc::{Call, Stamp, Value};

/// A call in a state, as seen from one login (`receiveCallState`, `getCallState`).
///
/// Names and numbers may be missing at first and come with a later event of the same call. `Debug` shows neither.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallEvent {
    /// The call: a UUID, the same for all who take part in it.
    pub id: String,
    /// What it does.
    pub state: CallState,
    /// The caller's number; `None` if the event has no such member, empty if it is empty.
    pub caller_number: Option<String>,
    /// The caller's name, likewise.
    pub caller_name: Option<String>,
    /// The number that was called, likewise.
    pub called_number: Option<String>,
    /// The name that belongs to it, likewise.
    pub called_name: Option<String>,
    /// Account id of the group through which the call came; `None` if there is none (`""`, `0` and `-1` on the wire).
    pub group: Option<String>,
    /// When, by the clock of the PBX.
    pub at: Option<Stamp>,
}

/// What a call does, as seen from one login.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum CallState {
    /// No state told: the first event of a call is sometimes such.
    Untold,
    /// Inbound, the phone does not ring yet.
    Incoming,
    /// Inbound, the phone rings.
    Ringing,
    /// Talking.
    Connected,
    /// Over for this login.
    Hangup,
    /// A call asked for by `placeCall`; the PBX itself is said never to tell it.
    Requested,
    /// Outbound, being set up: the older name.
    Proceeding,
    /// Outbound, being set up: the newer name.
    Outgoing,
    /// Outbound, the other phone rings.
    Ringback,
    /// On hold, or parked.
    Parked,
    /// A consultation call.
    Consult,
    /// Talking in a conference.
    ConferenceActive,
    /// In a conference, but not in the talk.
    ConferenceInactive,
    /// A consultation call out of a conference.
    ConferenceConsult,
    /// A voice mailbox has taken the call.
    VoicemailLinked,
    /// In the menu of a voice mailbox.
    VoicemailMain,
    /// A call-back on busy: not a call of anybody's.
    Ccbs,
    /// Logging on to or off a group by phone: not a call of anybody's.
    LoginLogout,
    /// A test of the music on hold: not a call of anybody's.
    MusicOnHoldTest,
    /// A state that is not known here, in upper case.
    Other(String),
}

/// The PBX goes on with a call under another id.
///
/// Which string of the event is which id is documented for one of the two events only, so who knows which calls there
/// are has to tell: [`IdChange::resolve`].
#[derive(Clone, PartialEq, Eq)]
pub struct IdChange {
    certain: Option<(String, String)>,
    strings: Vec<String>,
    shape: String,
}

impl IdChange {
    /// A change of which both ids are known.
    #[must_use]
    pub fn certain(old: impl Into<String>, new: impl Into<String>) -> Self {
        Self {
            certain: Some((old.into(), new.into())),
            strings: Vec::new(),
            shape: String::new(),
        }
    }

    /// Types and keys of what the event carried, without values; empty where the event is documented.
    #[must_use]
    pub fn shape(&self) -> &str {
        &self.shape
    }

    /// The strings of the event that look like ids of calls, in its order: the old and the new one are among them.
    pub fn candidates(&self) -> impl Iterator<Item = &str> + '_ {
        let certain = self.certain.iter().flat_map(|(old, new)| [old.as_str(), new.as_str()]);
        let uuids = self.strings.iter().map(String::as_str).filter(|text| is_uuid(text));
        certain.chain(uuids.filter(|_| self.certain.is_none()))
    }

    /// Old and new id. Where the event does not say which is which, the one that `is_known` knows is the old one, and
    /// another one that looks like an id is the new one; where it holds but one unknown id, and `only` is the only
    /// call that could have changed its id, that is the old one. `None`: cannot be told.
    pub fn resolve(&self, is_known: impl Fn(&str) -> bool, only: Option<&str>) -> Option<(String, String)> {
        if let Some(certain) = &self.certain {
            return Some(certain.clone());
        }
        let known = self.strings.iter().find(|text| is_known(text)).map(String::as_str);
        let mut unknown = self.candidates().filter(|id| !is_known(id));
        let new = unknown.next()?;
        if unknown.any(|other| other != new) {
            return None;
        }
        Some((known.or(only)?.to_owned(), new.to_owned()))
    }
}

/// A callback, read.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub enum Callback {
    /// `receiveCallState`.
    Call(CallEvent),
    /// `callChangesIdEvent`, `queueCallChangedIdEvent`.
    IdChanged(IdChange),
    /// `connection.reset`: the PBX gives the session up.
    Reset,
    /// An event of a queue.
    Queue(QueueEvent),
    /// Anything else, also one of the above without what makes it useful.
    Unknown {
        /// Name of the method.
        method: String,
        /// Types and keys of what it carried, without values.
        shape: String,
    },
}

impl Callback {
    /// Reads a callback by the end of its method's name, since the version in it differs.
    #[must_use]
    pub fn read(call: &Call) -> Self {
        decode(call)
    }
}

fn decode(call: &Call) -> Callback {
    let method = call.method.to_ascii_lowercase();
    let first = call.params.first();
    let understood = if method.ends_with(".receivecallstate") {
        first.and_then(CallEvent::read).map(Callback::Call)
    } else if method.ends_with(".queuecallchangedidevent") {
        queue_id_change(&call.params).map(Callback::IdChanged)
    } else if method.ends_with(".callchangesidevent") {
        id_change(&call.params).map(Callback::IdChanged)
    } else if method.ends_with("connection.reset") {
        Some(Callback::Reset)
    } else {
        QueueEvent::read(call).map(Callback::Queue)
    };
    understood.unwrap_or_else(|| Callback::Unknown {
        method: method_shown(&call.method),
        shape: shape(&call.params),
    })
}

/// The name of a method, as far as it is one: nothing that could be data.
fn method_shown(method: &str) -> String {
    let name_like = |c: char| c.is_ascii_alphabetic() || matches!(c, '.' | '_' | '0'..='9');
    let name: String = method.chars().filter(|c| name_like(*c)).take(100).collect();
    let part = |part: &str| {
        let digits = part.chars().filter(char::is_ascii_digit).count();
        if digits <= 2 { part.to_owned() } else { "?".to_owned() }
    };
    name.split('.').map(part).collect::<Vec<_>>().join(".")
}

/// Types and keys of parameters, without values, cut where it gets long.
pub(super) fn shape(params: &[Value]) -> String {
    let mut shape = format!("{params:?}");
    if let Some((end, _)) = shape.char_indices().nth(500) {
        shape.truncate(end);
        shape.push('…');
    }
    shape
}

impl CallEvent {
    /// Reads the struct; `None` if it is none or names no call.
    pub(crate) fn read(value: &Value) -> Option<Self> {
        let text = |key: &str| value.get(key).and_then(Value::to_text);
        let id = text("id").map(|id| id.trim().to_owned()).filter(|id| is_id(id))?;
        let group = text("groupId").map(|group| group.trim().to_owned());
        Some(Self {
            id,
            state: CallState::read(&text("state").unwrap_or_default()),
            caller_number: text("callerNumber"),
            caller_name: text("callerName"),
            called_number: text("calledNumber"),
            called_name: text("calledName"),
            group: group.filter(|group| !matches!(group.as_str(), "" | "0" | "-1")),
            at: value.get("timestamp").and_then(Value::stamp),
        })
    }
}

impl fmt::Debug for CallEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, state, group, .. } = self;
        let mut out = f.debug_struct("CallEvent");
        out.field("id", id)
            .field("state", state)
            .field("group", group)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for IdChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.candidates()).finish()
    }
}

impl CallState {
    fn read(word: &str) -> Self {
        let word = word.trim().to_ascii_uppercase();
        match word.as_str() {
            "" => Self::Untold,
            "INCOMING" => Self::Incoming,
            "RINGING" => Self::Ringing,
            "CONNECTED" => Self::Connected,
            "HANGUP" => Self::Hangup,
            "REQUESTED" => Self::Requested,
            "PROCEEDING" => Self::Proceeding,
            "OUTGOING" => Self::Outgoing,
            "RINGBACK" => Self::Ringback,
            "PARKED" => Self::Parked,
            "CONSULT" => Self::Consult,
            "CONFERENCE_ACTIVE" => Self::ConferenceActive,
            "CONFERENCE_INACTIVE" => Self::ConferenceInactive,
            "CONFERENCE_CONSULT" => Self::ConferenceConsult,
            "VOICEMAIL_LINKED" => Self::VoicemailLinked,
            "VOICEMAIL_MAIN" => Self::VoicemailMain,
            "CCBS" => Self::Ccbs,
            "LOGIN_LOGOUT" => Self::LoginLogout,
            "MUSICONHOLD_TEST" => Self::MusicOnHoldTest,
            _ => Self::Other(
                word.chars()
                    .filter(|c| c.is_ascii_uppercase() || *c == '_')
                    .take(40)
                    .collect(),
            ),
        }
    }
}

/// `queueCallChangedIdEvent(oldId, newId)`.
fn queue_id_change(params: &[Value]) -> Option<IdChange> {
    let id = |value: &Value| value.as_str().map(str::trim).filter(|id| is_id(id)).map(str::to_owned);
    match params {
        [old, new, ..] => Some(IdChange::certain(id(old)?, id(new)?)),
        _ => None,
    }
}

/// `callChangesIdEvent(struct)`, whose keys nobody documents: all short strings are kept. Where one id has a key that
/// speaks of old and another one that speaks of new, that is believed.
fn id_change(params: &[Value]) -> Option<IdChange> {
    let mut strings = Vec::new();
    let (mut old, mut new) = (None, None);
    let mut open: Vec<(&str, &Value)> = params.iter().rev().map(|value| ("", value)).collect();
    while let Some((key, value)) = open.pop() {
        if let Some(text) = value.as_str().map(str::trim)
            && is_id(text)
            && strings.len() < 50
        {
            let key = key.to_ascii_lowercase();
            if is_uuid(text) && key.contains("old") {
                old = Some(text.to_owned());
            } else if is_uuid(text) && key.contains("new") {
                new = Some(text.to_owned());
            }
            strings.push(text.to_owned());
        }
        open.extend(value.items().iter().rev().map(|item| (key, item)));
        open.extend(value.members().iter().rev().map(|(key, member)| (key.as_str(), member)));
    }
    strings.iter().any(|text| is_uuid(text)).then_some(IdChange {
        certain: old.zip(new),
        strings,
        shape: shape(params),
    })
}

/// Whether this can be a call's id at all: it becomes part of names elsewhere.
fn is_id(text: &str) -> bool {
    (1..=100).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

pub(super) fn is_uuid(text: &str) -> bool {
    let dash = |at: usize| matches!(at, 8 | 13 | 18 | 23);
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| {
            if dash(at) {
                byte == b'-'
            } else {
                byte.is_ascii_hexdigit()
            }
        })
}

#[cfg(test)]
mod tests;
