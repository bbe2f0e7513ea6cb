//! XML-RPC as the simulated PBX reads and writes it; shares nothing with the client it is there to test.

use std::fmt::Write as _;

use quick_xml::Reader;
use quick_xml::escape::{minimal_escape, resolve_predefined_entity};
use quick_xml::events::Event;

/// A value of XML-RPC.
#[derive(Clone, PartialEq, Debug)]
pub enum Value {
    /// `string`, also where no type is named.
    String(String),
    /// `int`, `i4`, `i8`.
    Int(i64),
    /// `boolean`.
    Bool(bool),
    /// `double`.
    Double(f64),
    /// `dateTime.iso8601`, as written.
    DateTime(String),
    /// `array`.
    Array(Vec<Value>),
    /// `struct`, in the order of its members.
    Struct(Vec<(String, Value)>),
    /// `nil`, an extension.
    Nil,
}

impl Value {
    /// A string.
    pub fn string(text: impl Into<String>) -> Self {
        Self::String(text.into())
    }

    /// The text of a string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(text) = self {
            Some(text)
        } else {
            None
        }
    }

    /// A member of a struct.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<&Value> {
        if let Self::Struct(members) = self {
            members.iter().find(|(key, _)| key == name).map(|(_, value)| value)
        } else {
            None
        }
    }
}

/// How bytes stand for characters in what the PBX sends.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Charset {
    /// UTF-8, and the prolog says so.
    #[default]
    Utf8,
    /// ISO 8859-1, and the prolog says so.
    Latin1,
    /// ISO 8859-1, while the prolog says UTF-8: what one field client saw for names from the address book.
    Latin1Undeclared,
}

/// A call of a method: its name and parameters.
#[must_use]
pub fn write_call(method: &str, params: &[Value], charset: Charset) -> Vec<u8> {
    let mut body = format!(
        "<methodCall><methodName>{}</methodName><params>",
        minimal_escape(method)
    );
    for param in params {
        body.push_str("<param>");
        write_value(&mut body, param);
        body.push_str("</param>");
    }
    body.push_str("</params></methodCall>");
    encode(&body, charset)
}

/// The answer to a method that went well.
#[must_use]
pub fn write_response(value: &Value) -> Vec<u8> {
    let mut body = String::from("<methodResponse><params><param>");
    write_value(&mut body, value);
    body.push_str("</param></params></methodResponse>");
    encode(&body, Charset::Utf8)
}

/// The answer to a method that failed.
#[must_use]
pub fn write_fault(code: i64, text: &str) -> Vec<u8> {
    let mut body = String::from("<methodResponse><fault>");
    let fault = vec![
        ("faultCode".to_owned(), Value::Int(code)),
        ("faultString".to_owned(), Value::string(text)),
    ];
    write_value(&mut body, &Value::Struct(fault));
    body.push_str("</fault></methodResponse>");
    encode(&body, Charset::Utf8)
}

/// Reads a call of a method; the parameters may be absent.
///
/// # Errors
/// In words, where the text is no call.
pub fn read_call(text: &str) -> Result<(String, Vec<Value>), String> {
    let root = read_tree(text)?;
    if root.name != "methodCall" {
        return Err(format!("`{}` is no methodCall", root.name));
    }
    let method = root
        .child("methodName")
        .ok_or("a methodCall without methodName")?
        .text
        .trim()
        .to_owned();
    let params = root.child("params").map_or(Ok(Vec::new()), |params| {
        let values = params
            .children
            .iter()
            .map(|param| param.child("value").ok_or("a param without value"));
        values
            .map(|value| value.map_err(str::to_owned).and_then(read_value))
            .collect()
    })?;
    Ok((method, params))
}

/// Reads the answer to a method: what it returns, or the text of the fault.
///
/// # Errors
/// In words, where the text is no answer.
pub fn read_response(text: &str) -> Result<Result<Value, String>, String> {
    let root = read_tree(text)?;
    if let Some(fault) = root.child("fault").and_then(|fault| fault.child("value")) {
        let fault = read_value(fault)?;
        return Ok(Err(fault
            .member("faultString")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()));
    }
    let value = root
        .child("params")
        .and_then(|params| params.child("param"))
        .and_then(|param| param.child("value"));
    Ok(Ok(read_value(value.ok_or("neither a value nor a fault")?)?))
}

fn encode(body: &str, charset: Charset) -> Vec<u8> {
    let declared = match charset {
        Charset::Utf8 | Charset::Latin1Undeclared => "UTF-8",
        Charset::Latin1 => "ISO-8859-1",
    };
    let text = format!("<?xml version=\"1.0\" encoding=\"{declared}\"?>\n{body}");
    match charset {
        Charset::Utf8 => text.into_bytes(),
        Charset::Latin1 | Charset::Latin1Undeclared => text
            .chars()
            .map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?'))
            .collect(),
    }
}

fn write_value(out: &mut String, value: &Value) {
    out.push_str("<value>");
    match value {
        Value::String(text) if text.is_empty() => out.push_str("<string/>"),
        Value::String(text) => {
            let _ = write!(out, "<string>{}</string>", minimal_escape(text));
        }
        Value::Int(number) => {
            let _ = write!(out, "<i4>{number}</i4>");
        }
        Value::Bool(truth) => {
            let _ = write!(out, "<boolean>{}</boolean>", u8::from(*truth));
        }
        Value::Double(number) => {
            let _ = write!(out, "<double>{number:?}</double>");
        }
        Value::DateTime(text) => {
            let _ = write!(out, "<dateTime.iso8601>{}</dateTime.iso8601>", minimal_escape(text));
        }
        Value::Array(values) => {
            out.push_str("<array><data>");
            values.iter().for_each(|value| write_value(out, value));
            out.push_str("</data></array>");
        }
        Value::Struct(members) => {
            out.push_str("<struct>");
            for (name, value) in members {
                let _ = write!(out, "<member><name>{}</name>", minimal_escape(name));
                write_value(out, value);
                out.push_str("</member>");
            }
            out.push_str("</struct>");
        }
        Value::Nil => out.push_str("<nil/>"),
    }
    out.push_str("</value>");
}

#[derive(Default)]
struct Element {
    name: String,
    text: String,
    children: Vec<Element>,
}

impl Element {
    fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }
}

fn read_tree(text: &str) -> Result<Element, String> {
    const DEEPEST: usize = 64;
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Element> = vec![Element::default()];
    let named = |name: &str| Element {
        name: name.to_owned(),
        ..Element::default()
    };
    loop {
        let event = reader
            .read_event()
            .map_err(|error| format!("not well-formed: {error}"))?;
        let top = open.last_mut().ok_or("an end without a start")?;
        match event {
            Event::Start(start) => {
                if open.len() > DEEPEST {
                    return Err("nested too deeply".to_owned());
                }
                open.push(named(start.local_name().as_ref()));
            }
            Event::Empty(empty) => top.children.push(named(empty.local_name().as_ref())),
            Event::End(_) => {
                let closed = open.pop().ok_or("an end without a start")?;
                open.last_mut().ok_or("an end without a start")?.children.push(closed);
            }
            Event::Text(text) => top.text.push_str(&text.xml10_content()),
            Event::CData(text) => top.text.push_str(&text.xml10_content()),
            Event::GeneralRef(entity) => match entity.resolve_char_ref().map_err(|error| error.to_string())? {
                Some(c) => top.text.push(c),
                None => top.text.push_str(
                    resolve_predefined_entity(&entity.xml10_content()).ok_or("an entity that XML does not know")?,
                ),
            },
            Event::Decl(_) | Event::Comment(_) | Event::PI(_) => {}
            Event::DocType(_) => return Err("a document type is not accepted".to_owned()),
            Event::Eof => break,
        }
    }
    let root = open
        .pop()
        .filter(|_| open.is_empty())
        .ok_or("the document ends too early")?;
    root.children
        .into_iter()
        .next()
        .ok_or_else(|| "no element at all".to_owned())
}

fn read_value(element: &Element) -> Result<Value, String> {
    let Some(typed) = element.children.first() else {
        return Ok(Value::String(element.text.clone()));
    };
    let text = typed.text.trim();
    let wrong = || format!("`{}` with a wrong content", typed.name);
    Ok(match typed.name.as_str() {
        "string" => Value::String(typed.text.clone()),
        "int" | "i4" | "i8" | "ex:i8" => Value::Int(text.parse().map_err(|_| wrong())?),
        "boolean" => Value::Bool(match text {
            "1" | "true" => true,
            "0" | "false" => false,
            _ => return Err(wrong()),
        }),
        "double" => Value::Double(text.parse().map_err(|_| wrong())?),
        "dateTime.iso8601" => Value::DateTime(text.to_owned()),
        "array" => {
            let data = typed.child("data").ok_or_else(wrong)?;
            Value::Array(data.children.iter().map(read_value).collect::<Result<_, _>>()?)
        }
        "struct" => {
            let mut members = Vec::new();
            for member in &typed.children {
                let name = member.child("name").ok_or_else(wrong)?.text.trim().to_owned();
                members.push((name, read_value(member.child("value").ok_or_else(wrong)?)?));
            }
            Value::Struct(members)
        }
        "nil" => Value::Nil,
        other => return Err(format!("`{other}` is no type of XML-RPC")),
    })
}

#[cfg(test)]
mod tests {
    use super::{Charset, Value, read_call, read_response, write_call, write_fault, write_response};

    #[test]
    fn what_is_written_is_read_again() {
        let value = Value::Struct(vec![
            ("id".to_owned(), Value::string("a <b> & ü")),
            ("empty".to_owned(), Value::string("")),
            ("n".to_owned(), Value::Int(-3)),
            ("t".to_owned(), Value::DateTime("20261124T14:02:00".to_owned())),
            (
                "list".to_owned(),
                Value::Array(vec![Value::Bool(true), Value::Double(444.0), Value::Nil]),
            ),
        ]);
        let text = String::from_utf8(write_call("a.b", std::slice::from_ref(&value), Charset::Utf8)).unwrap();
        assert_eq!(read_call(&text), Ok(("a.b".to_owned(), vec![value.clone()])));
        let text = String::from_utf8(write_response(&value)).unwrap();
        assert_eq!(read_response(&text), Ok(Ok(value)));
        let text = String::from_utf8(write_fault(7, "no & no")).unwrap();
        assert_eq!(read_response(&text), Ok(Err("no & no".to_owned())));
    }

    #[test]
    fn calls_of_other_clients_are_read() {
        let bare = "<methodCall><methodName>ucp.v22.requests.connection.login</methodName></methodCall>";
        assert_eq!(
            read_call(bare),
            Ok(("ucp.v22.requests.connection.login".to_owned(), vec![]))
        );
        let untyped = "<?xml version='1.0'?>\n<methodCall>\n <methodName> m </methodName>\n <params>\n  <param>\n   \
                       <value>a&amp;&#98;</value>\n  </param><param><value><int>5</int></value></param>\n </params>\n</methodCall>";
        assert_eq!(
            read_call(untyped),
            Ok(("m".to_owned(), vec![Value::string("a&b"), Value::Int(5)]))
        );
    }

    #[test]
    fn what_is_no_call_is_refused() {
        let deep = "<a>".repeat(100);
        for text in [
            "",
            "hello",
            "<methodResponse/>",
            "<methodCall/>",
            "<methodCall><methodName>",
            &deep,
        ] {
            read_call(text).unwrap_err();
        }
        let bomb = "<!DOCTYPE a [<!ENTITY x \"y\">]><methodCall><methodName>&x;</methodName></methodCall>";
        assert_eq!(read_call(bomb), Err("a document type is not accepted".to_owned()));
    }

    #[test]
    fn latin_1_is_one_byte_a_character() {
        let body = write_call("m", &[Value::string("Müller")], Charset::Latin1);
        assert!(body.windows(6).any(|window| window == b"M\xFCller"));
        assert!(body.starts_with(b"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>"));
    }
}
