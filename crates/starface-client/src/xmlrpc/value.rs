//! What an XML-RPC document holds.

use std::fmt;

use jiff::{Timestamp, civil};

/// One value.
///
/// `Debug` shows the shape only (types, keys, lengths), never what is in it: values hold callers' names and numbers.
#[derive(Clone, PartialEq)]
pub enum Value {
    /// `<nil/>`, also what an empty answer and an empty number count as.
    Nil,
    /// `<boolean>`.
    Bool(bool),
    /// `<int>`, `<i4>`, `<i8>` and their relatives.
    Int(i64),
    /// `<double>`.
    Double(f64),
    /// `<string>`, or a value without a type.
    String(String),
    /// `<dateTime.iso8601>`, as it was written; see [`Value::stamp`].
    DateTime(String),
    /// `<base64>`, decoded.
    Base64(Vec<u8>),
    /// `<array>`.
    Array(Vec<Value>),
    /// `<struct>`, its members in the order of the document, repeated ones included.
    Struct(Vec<(String, Value)>),
}

/// A call: the method and what is passed to it.
#[derive(Clone, PartialEq, Debug)]
pub struct Call {
    /// Name of the method, such as `ucp.v30.events.call.receiveCallState`.
    pub method: String,
    /// The parameters in order.
    pub params: Vec<Value>,
}

/// A `<fault>`: the other side could not do what was asked.
///
/// `Display` and `Debug` leave out what could be a number or a token: long runs of digits and long words.
#[derive(Clone, PartialEq, Eq)]
pub struct Fault {
    /// `faultCode`, if it was a number. STARFACE documents none, so nothing should be decided by it.
    pub code: Option<i64>,
    /// `faultString` as told; may hold anything, so show the fault itself rather than this.
    pub text: String,
}

/// A moment as a document tells it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stamp {
    /// A time on the wall of the PBX, without a zone: the usual case.
    Local(civil::DateTime),
    /// A moment on the time line.
    Instant(Timestamp),
}

impl Value {
    /// The text of a string or date.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) | Self::DateTime(text) => Some(text),
            Self::Nil
            | Self::Bool(_)
            | Self::Int(_)
            | Self::Double(_)
            | Self::Base64(_)
            | Self::Array(_)
            | Self::Struct(_) => None,
        }
    }

    /// A string, or a number written as one.
    #[must_use]
    pub fn to_text(&self) -> Option<String> {
        if let Self::Int(number) = self {
            Some(number.to_string())
        } else {
            self.as_str().map(str::to_owned)
        }
    }

    /// A truth value: a boolean, or `0`, `1`, `true`, `false` in whatever type.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(flag) => Some(*flag),
            Self::Int(number) => Some(*number != 0),
            Self::String(text) => match text.trim() {
                "1" => Some(true),
                "0" => Some(false),
                word if word.eq_ignore_ascii_case("true") => Some(true),
                word if word.eq_ignore_ascii_case("false") => Some(false),
                _ => None,
            },
            Self::Nil | Self::Double(_) | Self::DateTime(_) | Self::Base64(_) | Self::Array(_) | Self::Struct(_) => {
                None
            }
        }
    }

    /// The items of an array; nothing for everything else.
    #[must_use]
    pub fn items(&self) -> &[Value] {
        if let Self::Array(items) = self { items } else { &[] }
    }

    /// The members of a struct; nothing for everything else.
    #[must_use]
    pub fn members(&self) -> &[(String, Value)] {
        if let Self::Struct(members) = self { members } else { &[] }
    }

    /// A member by its key, in any case (`groupId` and `groupID` are both seen on the wire). The exact spelling wins,
    /// then the last.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        let members = self.members();
        let find = |same: &dyn Fn(&str) -> bool| members.iter().rev().find(|(name, _)| same(name)).map(|(_, v)| v);
        find(&|name| name == key).or_else(|| find(&|name| name.eq_ignore_ascii_case(key)))
    }

    /// Reads a moment: `dateTime.iso8601` with or without dashes, fraction and zone, the same as a string, or
    /// milliseconds (or seconds) since 1970.
    #[must_use]
    pub fn stamp(&self) -> Option<Stamp> {
        match self {
            Self::Int(number) => epoch(*number),
            Self::String(text) | Self::DateTime(text) => {
                let text = text.trim();
                if text.len() != 14
                    && let Ok(number) = text.parse::<i64>()
                {
                    return epoch(number);
                }
                let instant = text.parse::<Timestamp>().map(Stamp::Instant);
                instant
                    .or_else(|_| text.parse::<civil::DateTime>().map(Stamp::Local))
                    .ok()
            }
            Self::Nil | Self::Bool(_) | Self::Double(_) | Self::Base64(_) | Self::Array(_) | Self::Struct(_) => None,
        }
    }
}

/// Java writes milliseconds; a number too small for this century in milliseconds is taken for seconds.
fn epoch(number: i64) -> Option<Stamp> {
    const YEAR_2001_IN_MILLISECONDS: i64 = 1_000_000_000_000;
    let stamp = if number >= YEAR_2001_IN_MILLISECONDS {
        Timestamp::from_millisecond(number)
    } else {
        Timestamp::from_second(number)
    };
    (number > 0).then(|| stamp.ok().map(Stamp::Instant)).flatten()
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Bool(flag)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nil => f.write_str("nil"),
            Self::Bool(flag) => write!(f, "{flag}"),
            Self::Int(_) => f.write_str("int"),
            Self::Double(_) => f.write_str("double"),
            Self::String(text) => write!(f, "string({})", text.chars().count()),
            Self::DateTime(_) => f.write_str("dateTime"),
            Self::Base64(bytes) => write!(f, "base64({})", bytes.len()),
            Self::Array(items) => f.debug_list().entries(items).finish(),
            Self::Struct(members) => {
                let mut map = f.debug_map();
                for (key, value) in members {
                    map.entry(&Key(key), value);
                }
                map.finish()
            }
        }
    }
}

/// A key as `Debug` shows it: names of a program's fields, but nothing that could be data.
struct Key<'a>(&'a str);

impl fmt::Debug for Key<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name_like = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
        let digits = self.0.chars().filter(char::is_ascii_digit).count();
        if self.0.len() <= 40 && digits <= 2 && self.0.chars().all(name_like) {
            f.write_str(self.0)
        } else {
            f.write_str("?")
        }
    }
}

impl Fault {
    /// Whether the PBX says that it does not know our session (`UcpNotConnectedException`).
    #[must_use]
    pub fn is_not_connected(&self) -> bool {
        let text = self.text.to_ascii_lowercase();
        text.contains("notconnected") || text.contains("not connected")
    }

    /// Whether the PBX says that a right is missing (`UciIllegalAccessException`).
    #[must_use]
    pub fn is_illegal_access(&self) -> bool {
        self.text.to_ascii_lowercase().contains("illegalaccess")
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            Some(code) => write!(f, "fault {code}: {}", guarded(&self.text)),
            None => write!(f, "fault: {}", guarded(&self.text)),
        }
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Fault {}

/// Text of the PBX that may go to a log: at most some 200 characters, nothing that could be a phone number (five digits
/// or more with nothing but spaces and signs between them), an address or a token (words of 60 characters and more).
pub(crate) fn guarded(text: &str) -> String {
    let mut masked = String::new();
    let mut run = String::new();
    for c in text.chars().take(2_000).chain([' ', '\n']) {
        if c.is_ascii_digit() || matches!(c, ' ' | '+' | '-' | '/' | '(' | ')' | '.') {
            run.push(c);
            continue;
        }
        let digits = run.chars().filter(char::is_ascii_digit).count();
        masked.push_str(if digits >= 5 { " … " } else { &run });
        run.clear();
        masked.push(if c.is_control() { ' ' } else { c });
    }
    let mut out = String::new();
    for word in masked.split_whitespace() {
        if out.chars().count() > 200 {
            return out + " …";
        }
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(if word.chars().count() >= 60 || word.contains('@') {
            "…"
        } else {
            word
        });
    }
    out
}
