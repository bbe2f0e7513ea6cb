//! What keys a body may hold, and of what type: a small table for each kind of record, after the vendor's description.

use serde_json::{Map, Value};

/// A key and what may stand there.
pub(super) type Key = (&'static str, Kind);

/// What may stand under a key.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// Text.
    Text,
    /// Text or null.
    TextOrNull,
    /// A whole number.
    Int,
    /// A whole number or null.
    IntOrNull,
    /// True, false.
    Bool,
    /// True, false or null.
    BoolOrNull,
    /// One of these words.
    Word(&'static [&'static str]),
    /// One of these words, or null.
    WordOrNull(&'static [&'static str]),
    /// A list of texts.
    Texts,
    /// A list of texts or null.
    TextsOrNull,
    /// A list of texts, one text, or null.
    TextsOrText,
    /// A list of whole numbers.
    Ints,
    /// An object.
    Object,
    /// An object or null.
    ObjectOrNull,
    /// An object whose keys are checked, too.
    Inner(&'static [Key]),
    /// A list of objects whose keys are checked, too.
    InnerList(&'static [Key]),
    /// Whatever.
    Any,
}

/// What a body held, of the keys that are known.
#[derive(Clone, Default)]
pub(super) struct Checked(Map<String, Value>);

/// What is wrong: key and words.
type Wrong = Vec<(String, String)>;

impl Checked {
    /// Checks an object. The second value are the keys that are not known, with the name of what they stood in.
    pub(super) fn read(
        name: &str,
        object: &Map<String, Value>,
        tables: &[&[Key]],
    ) -> Result<(Self, Vec<String>), Wrong> {
        let (mut kept, mut dropped, mut wrong) = (Map::new(), Vec::new(), Vec::new());
        for (key, value) in object {
            let full = format!("{name}.{key}");
            let known = tables
                .iter()
                .flat_map(|table| table.iter())
                .find(|(known, _)| known == key);
            match known {
                None => dropped.push(full),
                Some((_, kind)) => match check(&full, value, *kind, &mut dropped, &mut wrong) {
                    Some(value) => drop(kept.insert(key.clone(), value)),
                    None => wrong.push((full, expected(*kind))),
                },
            }
        }
        match wrong.is_empty() {
            true => Ok((Self(kept), dropped)),
            false => Err(wrong),
        }
    }

    /// From values that are known to be right.
    pub(super) fn of(value: Value) -> Self {
        match value {
            Value::Object(map) => Self(map),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Self::default(),
        }
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    pub(super) fn value(&self, key: &str) -> Option<&Value> {
        self.0.get(key)
    }

    /// Text that stands there; `None` if the key is missing or null.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.as_str()
    }

    pub(super) fn flag(&self, key: &str) -> Option<bool> {
        self.0.get(key)?.as_bool()
    }

    /// A number that stands there; `None` if the key is missing or null.
    pub(super) fn id(&self, key: &str) -> Option<u64> {
        self.0.get(key)?.as_u64()
    }

    /// `None` if the key is missing, `Some(None)` if it is null.
    pub(super) fn id_or_null(&self, key: &str) -> Option<Option<u64>> {
        self.0.get(key).map(Value::as_u64)
    }

    /// `None` if the key is missing, `Some(None)` if it is null.
    pub(super) fn text_or_null(&self, key: &str) -> Option<Option<String>> {
        self.0.get(key).map(|value| value.as_str().map(str::to_owned))
    }

    /// A list of texts, from a list or from one text with spaces; empty if it is null.
    pub(super) fn texts(&self, key: &str) -> Option<Vec<String>> {
        let value = self.0.get(key)?;
        let words = |text: &str| {
            text.split([' ', ','])
                .filter(|word| !word.is_empty())
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        Some(match value.as_array() {
            Some(list) => list.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            None => value.as_str().map(words).unwrap_or_default(),
        })
    }

    /// An object that stands there.
    pub(super) fn inner(&self, key: &str) -> Option<Self> {
        Some(Self(self.0.get(key)?.as_object()?.clone()))
    }

    /// The same with this value under this key.
    pub(super) fn with(mut self, key: &str, value: Value) -> Self {
        self.0.insert(key.to_owned(), value);
        self
    }

    /// All that stands there.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.0.iter()
    }
}

fn check(name: &str, value: &Value, kind: Kind, dropped: &mut Vec<String>, wrong: &mut Wrong) -> Option<Value> {
    let is_int = |value: &Value| value.is_i64() || value.is_u64();
    let is_word = |words: &[&str]| value.as_str().is_some_and(|word| words.contains(&word));
    let all = |fits: &dyn Fn(&Value) -> bool| value.as_array().is_some_and(|list| list.iter().all(fits));
    let fits = match kind {
        Kind::Text => value.is_string(),
        Kind::TextOrNull => value.is_string() || value.is_null(),
        Kind::Int => is_int(value),
        Kind::IntOrNull => is_int(value) || value.is_null(),
        Kind::Bool => value.is_boolean(),
        Kind::BoolOrNull => value.is_boolean() || value.is_null(),
        Kind::Word(words) => is_word(words),
        Kind::WordOrNull(words) => value.is_null() || is_word(words),
        Kind::Texts => all(&Value::is_string),
        Kind::TextsOrNull => all(&Value::is_string) || value.is_null(),
        Kind::TextsOrText => all(&Value::is_string) || value.is_string() || value.is_null(),
        Kind::Ints => all(&is_int),
        Kind::Object => value.is_object(),
        Kind::ObjectOrNull => value.is_object() || value.is_null(),
        Kind::Any => true,
        Kind::Inner(table) => return inner(name, value, table, dropped, wrong),
        Kind::InnerList(table) => {
            let list = value
                .as_array()?
                .iter()
                .map(|item| inner(name, item, table, dropped, wrong));
            return list.collect::<Option<Vec<_>>>().map(Value::Array);
        }
    };
    fits.then(|| value.clone())
}

fn inner(name: &str, value: &Value, table: &[Key], dropped: &mut Vec<String>, wrong: &mut Wrong) -> Option<Value> {
    match Checked::read(name, value.as_object()?, &[table]) {
        Ok((checked, unknown)) => {
            dropped.extend(unknown);
            Some(Value::Object(checked.0))
        }
        Err(problems) => {
            wrong.extend(problems);
            // What is wrong is told already; the rest of it does not matter.
            Some(Value::Null)
        }
    }
}

fn expected(kind: Kind) -> String {
    let what = match kind {
        Kind::Text => "a string",
        Kind::TextOrNull => "a string or null",
        Kind::Int => "an integer",
        Kind::IntOrNull => "an integer or null",
        Kind::Bool => "true or false",
        Kind::BoolOrNull => "true, false or null",
        Kind::Word(words) | Kind::WordOrNull(words) => return format!("must be one of {}", words.join(", ")),
        Kind::Texts => "a list of strings",
        Kind::TextsOrNull => "a list of strings or null",
        Kind::TextsOrText => "a list of strings or a string",
        Kind::Ints => "a list of integers",
        Kind::Object | Kind::Inner(_) => "an object",
        Kind::ObjectOrNull => "an object or null",
        Kind::InnerList(_) => "a list of objects",
        Kind::Any => "anything",
    };
    format!("must be {what}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Checked, Key, Kind};

    const INNER: &[Key] = &[("body", Kind::Text)];
    const TABLE: &[Key] = &[
        ("name", Kind::Text),
        ("id", Kind::IntOrNull),
        ("tags", Kind::Texts),
        ("comment", Kind::Inner(INNER)),
    ];

    #[test]
    fn wrong_types_are_told_by_their_full_name_and_unknown_keys_dropped() {
        let read = |value: serde_json::Value| Checked::read("ticket", value.as_object().unwrap(), &[TABLE]);
        let (kept, dropped) = read(json!({"name": "x", "id": null, "wat": 1, "comment": {"body": "b", "more": 2}}))
            .ok()
            .unwrap();
        assert_eq!(dropped, ["ticket.comment.more", "ticket.wat"]);
        assert_eq!(kept.inner("comment").unwrap().text("body"), Some("b"));
        assert_eq!(kept.id_or_null("id"), Some(None));
        let wrong = read(json!({"id": "7", "tags": [1], "comment": {"body": 5}}))
            .err()
            .unwrap();
        let names: Vec<_> = wrong.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["ticket.comment.body", "ticket.id", "ticket.tags"]);
    }
}
