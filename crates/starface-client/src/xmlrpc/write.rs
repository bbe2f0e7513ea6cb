//! From values to a document.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Fault, Value};

const PROLOG: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";

/// Writes a call, in UTF-8.
#[must_use]
pub fn write_call(method: &str, params: &[Value]) -> String {
    let mut out = format!("{PROLOG}<methodCall><methodName>");
    text(&mut out, method);
    out.push_str("</methodName><params>");
    for param in params {
        out.push_str("<param>");
        value(&mut out, param);
        out.push_str("</param>");
    }
    out.push_str("</params></methodCall>");
    out
}

/// Writes the answer to a call, in UTF-8.
#[must_use]
pub fn write_response(result: &Value) -> String {
    let mut out = format!("{PROLOG}<methodResponse><params><param>");
    value(&mut out, result);
    out.push_str("</param></params></methodResponse>");
    out
}

/// Writes a fault, in UTF-8.
#[must_use]
pub fn write_fault(fault: &Fault) -> String {
    let mut out = format!("{PROLOG}<methodResponse><fault>");
    let code = fault.code.map_or(Value::Nil, Value::Int);
    let members = vec![
        ("faultCode".to_owned(), code),
        ("faultString".to_owned(), Value::String(fault.text.clone())),
    ];
    value(&mut out, &Value::Struct(members));
    out.push_str("</fault></methodResponse>");
    out
}

fn value(out: &mut String, what: &Value) {
    out.push_str("<value>");
    match what {
        Value::Nil => out.push_str("<nil/>"),
        Value::Bool(flag) => tagged(out, "boolean", if *flag { "1" } else { "0" }),
        Value::Int(number) => {
            let tag = if i32::try_from(*number).is_ok() { "int" } else { "i8" };
            tagged(out, tag, &number.to_string());
        }
        Value::Double(number) => tagged(out, "double", &number.to_string()),
        Value::String(string) => tagged(out, "string", string),
        Value::DateTime(stamp) => tagged(out, "dateTime.iso8601", stamp),
        Value::Base64(bytes) => tagged(out, "base64", &STANDARD.encode(bytes)),
        Value::Array(items) => {
            out.push_str("<array><data>");
            for item in items {
                value(out, item);
            }
            out.push_str("</data></array>");
        }
        Value::Struct(members) => {
            out.push_str("<struct>");
            for (name, member) in members {
                out.push_str("<member><name>");
                text(out, name);
                out.push_str("</name>");
                value(out, member);
                out.push_str("</member>");
            }
            out.push_str("</struct>");
        }
    }
    out.push_str("</value>");
}

fn tagged(out: &mut String, tag: &str, content: &str) {
    let _ = write!(out, "<{tag}>");
    text(out, content);
    let _ = write!(out, "</{tag}>");
}

fn text(out: &mut String, content: &str) {
    for c in content.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // A reader turns a bare carriage return into a line feed.
            '\r' => out.push_str("&#13;"),
            '\t' | '\n' => out.push(c),
            // XML 1.0 cannot carry these, not even as a reference.
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            _ => out.push(c),
        }
    }
}
