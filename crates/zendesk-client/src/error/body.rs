//! The several shapes in which Zendesk says what is wrong.

use std::fmt;

use serde_json::{Map, Value};

/// What Zendesk objects to in one field.
///
/// `Display` and `Debug` hold the field's name and the code. Zendesk's own words hold what people typed and are behind
/// [`FieldProblem::description`].
#[derive(Clone, PartialEq, Eq)]
pub struct FieldProblem {
    field: Option<String>,
    code: Option<String>,
    description: String,
}

impl FieldProblem {
    /// The field's name; `base` for the record as a whole. `None` if what stands there does not look like a name.
    #[must_use]
    pub fn field(&self) -> Option<&str> {
        self.field.as_deref()
    }

    /// Zendesk's code, such as `DuplicateValue`, `BlankValue`, `InvalidFormat`. Sometimes there is none.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// Zendesk's own words; may hold names, addresses and numbers, so never for a log.
    #[must_use]
    pub fn description(&self) -> &str {
        &self.description
    }
}

impl fmt::Display for FieldProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.field.as_deref().unwrap_or("a field"))?;
        match &self.code {
            Some(code) => write!(f, ": {code}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for FieldProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FieldProblem")
            .field("field", &self.field)
            .field("code", &self.code)
            .finish_non_exhaustive()
    }
}

/// What could be made of an error's body.
#[derive(Default)]
pub(super) struct ErrorBody {
    pub(super) code: Option<String>,
    pub(super) description: Option<String>,
    pub(super) missing_scopes: Vec<String>,
    pub(super) fields: Vec<FieldProblem>,
    pub(super) collision: bool,
    pub(super) too_deep: bool,
    /// It is text, HTML, cut off, or JSON of no known shape: not how Zendesk objects to data.
    pub(super) is_foreign: bool,
}

/// Reads a body, whatever it is: plain text, HTML, nothing, or one of four shapes of JSON.
pub(super) fn read(bytes: &[u8]) -> ErrorBody {
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(envelope)) => from_json(&envelope),
        _ => from_text(&String::from_utf8_lossy(bytes)),
    }
}

fn from_json(envelope: &Map<String, Value>) -> ErrorBody {
    let mut body = ErrorBody::default();
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    match envelope.get("error") {
        Some(Value::String(name)) => {
            body.code = word(name);
            body.description = text(envelope.get("description")).or_else(|| text(envelope.get("error_description")));
            body.description.get_or_insert_with(|| name.clone());
        }
        Some(Value::Object(inner)) => {
            body.code = inner.get("title").and_then(Value::as_str).and_then(word);
            body.description = text(inner.get("message"));
        }
        _ => body.description = text(envelope.get("description")),
    }
    if let Some(Value::Array(errors)) = envelope.get("errors") {
        body.fields.extend(errors.iter().map(|error| problem("base", error)));
        body.code = body
            .code
            .or_else(|| errors.first()?.get("code")?.as_str().and_then(word));
    }
    if let Some(Value::Object(details)) = envelope.get("details") {
        for (field, value) in details {
            // Usually a list; `phone` has been seen as a single object.
            let items = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
            body.fields.extend(items.iter().map(|item| problem(field, item)));
        }
    }
    body.is_foreign = body.code.is_none() && body.fields.is_empty() && body.description.is_none();
    body.missing_scopes = body.description.as_deref().map(scopes).unwrap_or_default();
    body.collision = body.description.as_deref().is_some_and(is_collision);
    body.too_deep = body.description.as_deref().is_some_and(is_too_deep);
    body
}

fn from_text(text: &str) -> ErrorBody {
    let text = text.trim();
    ErrorBody {
        description: (!text.is_empty()).then(|| text.chars().take(300).collect()),
        collision: is_collision(text),
        too_deep: is_too_deep(text),
        is_foreign: true,
        ..ErrorBody::default()
    }
}

fn problem(field: &str, value: &Value) -> FieldProblem {
    let text = |key: &str| value.get(key).and_then(Value::as_str);
    let description = value
        .as_str()
        .or_else(|| text("description"))
        .or_else(|| text("detail"))
        .or_else(|| text("title"));
    FieldProblem {
        field: word(field),
        code: text("error").or_else(|| text("code")).and_then(word),
        description: description.unwrap_or_default().to_owned(),
    }
}

/// A name or code, and surely no number or address of a person.
fn word(text: &str) -> Option<String> {
    let plain = text.len() <= 64
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-' || b == b'.');
    plain.then(|| text.to_owned())
}

/// `… missing the following required scopes: read write`.
fn scopes(description: &str) -> Vec<String> {
    let Some((_, list)) = description.split_once("required scopes:") else {
        return Vec::new();
    };
    let names = list.split(|c: char| c.is_whitespace() || c == ',');
    names
        .filter(|name| !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_' || b == b':'))
        .map(str::to_owned)
        .collect()
}

fn is_collision(text: &str) -> bool {
    text.contains("creation collision")
}

/// A search beyond its thousandth result has no code of its own.
fn is_too_deep(text: &str) -> bool {
    text.contains("Search Response Limits")
}

#[cfg(test)]
mod tests {
    use super::read;

    fn shown(body: &str) -> String {
        let body = read(body.as_bytes());
        let fields: Vec<_> = body.fields.iter().map(ToString::to_string).collect();
        format!("{} [{}]", body.code.unwrap_or_default(), fields.join(", "))
    }

    #[test]
    fn details_come_as_list_object_and_text() {
        assert_eq!(
            shown(
                r#"{"error":"RecordInvalid","details":{"email":[{"description":"Email: x","error":"DuplicateValue"},{"description":"y"}]}}"#
            ),
            "RecordInvalid [email: DuplicateValue, email]"
        );
        assert_eq!(
            shown(r#"{"error":"RecordInvalid","details":{"phone":{"description":"x","error":"InvalidFormat"}}}"#),
            "RecordInvalid [phone: InvalidFormat]"
        );
        assert_eq!(
            shown(r#"{"error":"RecordInvalid","details":{"base":"odd","status":["closed"]}}"#),
            "RecordInvalid [base, status]"
        );
        assert_eq!(shown(r#"{"error":"RecordInvalid","details":null}"#), "RecordInvalid []");
    }

    #[test]
    fn other_envelopes() {
        assert_eq!(
            shown(r#"{"error":{"title":"Forbidden","message":"You do not have access"}}"#),
            "Forbidden []"
        );
        assert_eq!(
            shown(r#"{"errors":[{"code":"InvalidPaginationDepth","title":"x"}]}"#),
            "InvalidPaginationDepth [base: InvalidPaginationDepth]"
        );
        assert_eq!(
            shown(r#"{"error":"invalid_client","error_description":"x"}"#),
            "invalid_client []"
        );
        assert_eq!(shown(r#"{"error":"Couldn't authenticate you"}"#), " []");
        for odd in [
            "",
            " ",
            "[]",
            "null",
            "\u{e5}",
            "<html>",
            r#"{"error":7,"errors":{},"details":[]}"#,
        ] {
            assert_eq!(shown(odd), " []", "{odd:?}");
        }
        assert!(read(&[0xe5]).fields.is_empty());
    }

    #[test]
    fn missing_scopes_are_named() {
        let body = read(
            br#"{"error":"Forbidden","description":"You are missing the following required scopes: read users:write"}"#,
        );
        assert_eq!(body.missing_scopes, ["read", "users:write"]);
    }
}
