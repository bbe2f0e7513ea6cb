//! From a document to values: an explicit stack, so that no document can exhaust ours.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use quick_xml::Reader;
use quick_xml::events::Event;

use super::charset::decode;
use super::{Call, Fault, Value};

/// How large a document may be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Bytes of the document.
    pub bytes: usize,
    /// How deep values may stand in values.
    pub depth: usize,
    /// How many values there may be in all: members, items and parameters.
    pub values: usize,
}

impl Default for Limits {
    /// 1 MiB, 32 deep, 20 000 values: far above any call event.
    fn default() -> Self {
        Self {
            bytes: 1 << 20,
            depth: 32,
            values: 20_000,
        }
    }
}

/// Why a document could not be read. Never holds any of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{what} (byte {position} of the decoded document)")]
pub struct ParseError {
    kind: ParseErrorKind,
    position: u64,
    what: &'static str,
}

/// What is wrong with a document.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ParseErrorKind {
    /// More bytes than [`Limits::bytes`].
    TooLarge,
    /// Deeper than [`Limits::depth`].
    TooDeep,
    /// More values than [`Limits::values`].
    TooMany,
    /// A `DOCTYPE`, or a reference to an entity that only a `DOCTYPE` could define.
    Entity,
    /// Not well-formed XML.
    NotXml,
    /// XML, but not XML-RPC. An HTML page is one of the two.
    NotXmlRpc,
}

impl ParseError {
    /// What is wrong.
    #[must_use]
    pub fn kind(&self) -> ParseErrorKind {
        self.kind
    }

    /// Where, in bytes of the document after decoding to UTF-8.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.position
    }
}

/// Reads a `methodCall`.
///
/// # Errors
/// When it is not one, or exceeds the limits.
pub fn parse_call(document: &[u8], limits: &Limits) -> Result<Call, ParseError> {
    match parse(document, limits)? {
        Root::Call(call) => Ok(call),
        Root::Response(_) => Err(ParseError {
            kind: ParseErrorKind::NotXmlRpc,
            position: 0,
            what: "a methodResponse instead of a methodCall",
        }),
    }
}

/// Reads a `methodResponse`: what came back, or the fault. An answer without a value counts as [`Value::Nil`].
///
/// # Errors
/// When it is no such document, or exceeds the limits.
pub fn parse_response(document: &[u8], limits: &Limits) -> Result<Result<Value, Fault>, ParseError> {
    match parse(document, limits)? {
        Root::Response(response) => Ok(response),
        Root::Call(_) => Err(ParseError {
            kind: ParseErrorKind::NotXmlRpc,
            position: 0,
            what: "a methodCall instead of a methodResponse",
        }),
    }
}

enum Root {
    Call(Call),
    Response(Result<Value, Fault>),
}

/// An element that has begun and not yet ended, with what stood in it so far.
enum Frame {
    Call { name: Option<String>, params: Vec<Value> },
    Response(Option<Result<Value, Fault>>),
    MethodName(String),
    Params(Vec<Value>),
    Param(Option<Value>),
    Fault(Option<Value>),
    Value { text: String, child: Option<Value> },
    Scalar(Scalar, String),
    Array(Vec<Value>),
    Data(Vec<Value>),
    Struct(Vec<(String, Value)>),
    Member { name: String, value: Option<Value> },
    Name(String),
}

#[derive(Clone, Copy)]
enum Scalar {
    Int,
    Bool,
    Double,
    String,
    DateTime,
    Base64,
    Nil,
}

type Wrong = (ParseErrorKind, &'static str);

const MISPLACED: Wrong = (
    ParseErrorKind::NotXmlRpc,
    "an element where XML-RPC has none of this name",
);
const STRAY_TEXT: Wrong = (ParseErrorKind::NotXmlRpc, "text between elements");
const TWO_VALUES: Wrong = (ParseErrorKind::NotXmlRpc, "two values where one belongs");
const MALFORMED: Wrong = (ParseErrorKind::NotXml, "not well-formed XML");

fn parse(document: &[u8], limits: &Limits) -> Result<Root, ParseError> {
    let fail = |(kind, what): Wrong, position: u64| ParseError { kind, position, what };
    if document.len() > limits.bytes {
        return Err(fail(
            (ParseErrorKind::TooLarge, "a document over the size limit"),
            limits.bytes as u64,
        ));
    }
    let text = decode(document);
    let mut reader = Reader::from_str(text.trim_start());
    reader.config_mut().expand_empty_elements = true;
    let mut builder = Builder {
        limits: *limits,
        stack: Vec::new(),
        depth: 0,
        values: 0,
        root: None,
    };
    loop {
        let position = reader.buffer_position();
        let event = reader
            .read_event()
            .map_err(|_| fail(MALFORMED, reader.error_position()))?;
        let step = match event {
            Event::Start(start) => builder.start(start.local_name().into_inner()),
            Event::End(_) => builder.end(),
            Event::Text(part) => builder.text(&part.xml10_content()),
            Event::CData(part) => builder.text(&part.xml10_content()),
            Event::GeneralRef(name) => match resolve(&name) {
                Some(c) => builder.text(c.encode_utf8(&mut [0; 4])),
                None => Err((
                    ParseErrorKind::Entity,
                    "a reference to an entity that XML does not predefine",
                )),
            },
            Event::DocType(_) => Err((ParseErrorKind::Entity, "a DOCTYPE")),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => Ok(()),
            // A declaration of standalone entities is a DOCTYPE, so nothing else can come.
            Event::Empty(_) => Err(MALFORMED),
            Event::Eof if builder.stack.is_empty() => {
                let nothing = (ParseErrorKind::NotXmlRpc, "no document at all");
                return builder.root.ok_or_else(|| fail(nothing, position));
            }
            Event::Eof => Err((ParseErrorKind::NotXml, "the document ends too early")),
        };
        step.map_err(|wrong| fail(wrong, position))?;
    }
}

struct Builder {
    limits: Limits,
    stack: Vec<Frame>,
    depth: usize,
    values: usize,
    root: Option<Root>,
}

impl Builder {
    fn start(&mut self, name: &str) -> Result<(), Wrong> {
        let frame = match (self.stack.last_mut(), name) {
            (None, _) if self.root.is_some() => return Err((ParseErrorKind::NotXml, "a second document")),
            (None, "methodCall") => Frame::Call {
                name: None,
                params: Vec::new(),
            },
            (None, "methodResponse") => Frame::Response(None),
            (Some(Frame::Call { name: None, .. }), "methodName") => Frame::MethodName(String::new()),
            (Some(Frame::Call { .. } | Frame::Response(None)), "params") => Frame::Params(Vec::new()),
            (Some(Frame::Response(None)), "fault") => Frame::Fault(None),
            (Some(Frame::Params(_)), "param") => Frame::Param(None),
            (Some(Frame::Param(value) | Frame::Fault(value) | Frame::Member { value, .. }), "value") => {
                if value.is_some() {
                    return Err(TWO_VALUES);
                }
                self.open_value()?
            }
            (Some(Frame::Data(_)), "value") => self.open_value()?,
            (Some(Frame::Value { text, child }), _) => {
                if child.is_some() {
                    return Err(TWO_VALUES);
                }
                if !text.trim().is_empty() {
                    return Err(STRAY_TEXT);
                }
                typed(name).ok_or((
                    ParseErrorKind::NotXmlRpc,
                    "a value of a type that XML-RPC does not have",
                ))?
            }
            (Some(Frame::Array(_)), "data") => Frame::Data(Vec::new()),
            (Some(Frame::Struct(_)), "member") => Frame::Member {
                name: String::new(),
                value: None,
            },
            (Some(Frame::Member { .. }), "name") => Frame::Name(String::new()),
            _ => return Err(MISPLACED),
        };
        self.stack.push(frame);
        Ok(())
    }

    fn open_value(&mut self) -> Result<Frame, Wrong> {
        self.depth += 1;
        self.values += 1;
        if self.depth > self.limits.depth {
            return Err((ParseErrorKind::TooDeep, "values nested too deeply"));
        }
        if self.values > self.limits.values {
            return Err((ParseErrorKind::TooMany, "too many values"));
        }
        Ok(Frame::Value {
            text: String::new(),
            child: None,
        })
    }

    fn text(&mut self, part: &str) -> Result<(), Wrong> {
        match self.stack.last_mut() {
            Some(Frame::MethodName(text) | Frame::Name(text) | Frame::Scalar(_, text)) => text.push_str(part),
            Some(Frame::Value { text, child: None }) => text.push_str(part),
            _ if part.trim().is_empty() => {}
            _ => return Err(STRAY_TEXT),
        }
        Ok(())
    }

    /// Closes the innermost element and hands what it holds to the one around it. The XML reader has checked that
    /// the names match, and `start` that the one may stand in the other.
    fn end(&mut self) -> Result<(), Wrong> {
        let frame = self.stack.pop().ok_or(MALFORMED)?;
        match (frame, self.stack.last_mut()) {
            (Frame::Call { name, params }, None) => {
                let method = name.ok_or((ParseErrorKind::NotXmlRpc, "a call without a method name"))?;
                self.root = Some(Root::Call(Call { method, params }));
            }
            (Frame::Response(answer), None) => self.root = Some(Root::Response(answer.unwrap_or(Ok(Value::Nil)))),
            (Frame::MethodName(text), Some(Frame::Call { name, .. })) => *name = Some(text.trim().to_owned()),
            (Frame::Params(values), Some(Frame::Call { params, .. })) => params.extend(values),
            (Frame::Params(values), Some(Frame::Response(answer))) => {
                *answer = Some(Ok(values.into_iter().next().unwrap_or(Value::Nil)));
            }
            (Frame::Param(value), Some(Frame::Params(params))) => params.extend(value),
            (Frame::Fault(value), Some(Frame::Response(answer))) => *answer = Some(Err(fault(value))),
            (Frame::Value { text, child }, Some(parent)) => {
                self.depth -= 1;
                let value = child.unwrap_or(Value::String(text));
                if let Frame::Param(slot) | Frame::Fault(slot) | Frame::Member { value: slot, .. } = parent {
                    *slot = Some(value);
                } else if let Frame::Data(items) = parent {
                    items.push(value);
                } else {
                    return Err(MISPLACED);
                }
            }
            (Frame::Scalar(kind, text), Some(Frame::Value { child, .. })) => *child = Some(scalar(kind, text)?),
            (Frame::Data(items), Some(Frame::Array(all))) => all.extend(items),
            (Frame::Array(items), Some(Frame::Value { child, .. })) => *child = Some(Value::Array(items)),
            (Frame::Struct(members), Some(Frame::Value { child, .. })) => *child = Some(Value::Struct(members)),
            (Frame::Name(text), Some(Frame::Member { name, .. })) => *name = text,
            (Frame::Member { name, value }, Some(Frame::Struct(members))) => {
                let value = value.ok_or((ParseErrorKind::NotXmlRpc, "a member without a value"))?;
                members.push((name, value));
            }
            _ => return Err(MISPLACED),
        }
        // What stood before a typed child was white space; forget it, so that it is not taken for the value.
        if let Some(Frame::Value { text, child: Some(_) }) = self.stack.last_mut() {
            text.clear();
        }
        Ok(())
    }
}

fn typed(name: &str) -> Option<Frame> {
    Some(match name {
        "array" => Frame::Array(Vec::new()),
        "struct" => Frame::Struct(Vec::new()),
        _ => Frame::Scalar(
            match name {
                "string" => Scalar::String,
                "int" | "i4" | "i8" | "i1" | "i2" | "long" => Scalar::Int,
                "boolean" => Scalar::Bool,
                "double" | "float" => Scalar::Double,
                "dateTime.iso8601" | "dateTime" => Scalar::DateTime,
                "base64" => Scalar::Base64,
                "nil" => Scalar::Nil,
                _ => return None,
            },
            String::new(),
        ),
    })
}

fn scalar(kind: Scalar, text: String) -> Result<Value, Wrong> {
    let word = text.trim();
    match kind {
        Scalar::String => return Ok(Value::String(text)),
        Scalar::DateTime => return Ok(Value::DateTime(word.to_owned())),
        Scalar::Nil => return Ok(Value::Nil),
        Scalar::Base64 => {
            // Encoders break lines, and some leave the padding out.
            let engine = GeneralPurpose::new(
                &alphabet::STANDARD,
                GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
            );
            let packed: String = word.split_ascii_whitespace().collect();
            let wrong = (ParseErrorKind::NotXmlRpc, "base64 that is none");
            return engine.decode(packed).map(Value::Base64).map_err(|_| wrong);
        }
        Scalar::Int | Scalar::Bool | Scalar::Double => {}
    }
    if word.is_empty() {
        return Ok(Value::Nil);
    }
    let read = match kind {
        Scalar::Int => word.parse().ok().map(Value::Int),
        Scalar::Double => word.parse().ok().map(Value::Double),
        Scalar::Bool => Value::from(word).as_bool().map(Value::Bool),
        Scalar::String | Scalar::DateTime | Scalar::Nil | Scalar::Base64 => None,
    };
    read.ok_or((ParseErrorKind::NotXmlRpc, "a number or truth value that is none"))
}

/// A fault by its members; codes come as numbers or strings, and nobody promises that there are no other members.
fn fault(value: Option<Value>) -> Fault {
    let value = value.unwrap_or(Value::Nil);
    let code = value
        .get("faultCode")
        .and_then(Value::to_text)
        .and_then(|code| code.trim().parse().ok());
    let text = value
        .get("faultString")
        .and_then(Value::to_text)
        .or_else(|| value.to_text())
        .unwrap_or_default();
    Fault { code, text }
}

fn resolve(name: &str) -> Option<char> {
    match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "apos" => Some('\''),
        "quot" => Some('"'),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            code.ok().filter(|code| *code != 0).and_then(char::from_u32)
        }
    }
}
