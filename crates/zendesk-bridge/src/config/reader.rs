//! Walks a TOML table key by key and collects everything that is wrong instead of stopping at the first.

use std::cell::RefCell;
use std::ops::Range;
use std::path::{Path, PathBuf};

use secrecy::SecretString;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Need;
use super::problem::Problem;
use super::secret::{self, Surroundings};

/// What one reading of a file has found so far.
pub(crate) struct Reader<'s> {
    surroundings: &'s Surroundings<'s>,
    /// Which secrets are looked up; the others stay empty.
    need: Need,
    problems: RefCell<Vec<Problem>>,
}

impl<'s> Reader<'s> {
    /// A reader that looks secrets up in these surroundings.
    pub(crate) fn new(surroundings: &'s Surroundings<'s>, need: Need) -> Self {
        Self {
            surroundings,
            need,
            problems: RefCell::new(Vec::new()),
        }
    }

    /// Everything that was wrong.
    pub(crate) fn into_problems(self) -> Vec<Problem> {
        self.problems.into_inner()
    }

    /// A path of the file, which is relative to the file itself.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.surroundings.base.join(Path::new(path))
    }

    fn add(&self, key: &str, span: Option<Range<usize>>, found: impl Into<String>, allowed: impl Into<String>) {
        self.problems.borrow_mut().push(Problem {
            key: key.to_owned(),
            found: found.into(),
            allowed: allowed.into(),
            span,
        });
    }
}

/// One table of the file, with the keys that were asked for.
pub(crate) struct Section<'t> {
    reader: &'t Reader<'t>,
    /// `pbx.callback`; empty for the file itself.
    path: String,
    /// `None` if the file lacks it: then every key has its default.
    table: Option<&'t DeTable<'t>>,
    span: Option<Range<usize>>,
    known: Vec<&'static str>,
}

/// A value of the file, with its place.
#[derive(Clone, Copy)]
pub(crate) struct Value<'v> {
    spanned: &'v Spanned<DeValue<'v>>,
}

/// What was found instead of what is allowed.
pub(crate) type Found = String;

impl<'t> Section<'t> {
    /// The whole file.
    pub(crate) fn root(reader: &'t Reader<'t>, table: &'t DeTable<'t>) -> Self {
        Self {
            reader,
            path: String::new(),
            table: Some(table),
            span: None,
            known: Vec::new(),
        }
    }

    /// The reader, for paths.
    pub(crate) fn reader(&self) -> &'t Reader<'t> {
        self.reader
    }

    /// Whether the file has it.
    pub(crate) fn is_there(&self) -> bool {
        self.table.is_some()
    }

    /// A table below this one; one that is missing counts as empty.
    pub(crate) fn section(&mut self, key: &'static str) -> Self {
        let path = self.full(key);
        let found = self.take(key);
        let (table, span) = match found {
            None => (None, None),
            Some((span, value)) => {
                let table = value.get_ref().as_table();
                if table.is_none() {
                    let found = Value { spanned: value }.describe();
                    self.reader
                        .add(&path, Some(value.span()), found, format!("a section: [{path}]"));
                }
                (table, Some(span))
            }
        };
        Self {
            reader: self.reader,
            path,
            table,
            span,
            known: Vec::new(),
        }
    }

    /// The tables of a list such as `[[pbx.agent]]`.
    pub(crate) fn sections(&mut self, key: &'static str) -> Vec<Self> {
        let path = self.full(key);
        let Some((_, value)) = self.take(key) else {
            return Vec::new();
        };
        let allowed = format!("one section [[{path}]] for each");
        let DeValue::Array(items) = value.get_ref() else {
            self.reader
                .add(&path, Some(value.span()), Value { spanned: value }.describe(), allowed);
            return Vec::new();
        };
        let mut sections = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let path = format!("{path}[{index}]");
            let Some(table) = item.get_ref().as_table() else {
                self.reader.add(
                    &path,
                    Some(item.span()),
                    Value { spanned: item }.describe(),
                    allowed.clone(),
                );
                continue;
            };
            sections.push(Self {
                reader: self.reader,
                path,
                table: Some(table),
                span: Some(item.span()),
                known: Vec::new(),
            });
        }
        sections
    }

    /// Whether the file holds this key of the section.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.table.is_some_and(|table| table.contains_key(key))
    }

    /// A value that may be missing.
    pub(crate) fn optional<T>(
        &mut self,
        key: &'static str,
        allowed: &str,
        read: impl FnOnce(Value<'t>) -> Result<T, Found>,
    ) -> Option<T> {
        let (_, spanned) = self.take(key)?;
        match read(Value { spanned }) {
            Ok(value) => Some(value),
            Err(found) => {
                self.reader.add(
                    &self.full(key),
                    Some(spanned.span()),
                    found,
                    format!("allowed: {allowed}"),
                );
                None
            }
        }
    }

    /// A value with a default.
    pub(crate) fn or<T>(
        &mut self,
        key: &'static str,
        default: T,
        allowed: &str,
        read: impl FnOnce(Value<'t>) -> Result<T, Found>,
    ) -> T {
        self.optional(key, allowed, read).unwrap_or(default)
    }

    /// A value that must be there.
    pub(crate) fn required<T>(
        &mut self,
        key: &'static str,
        allowed: &str,
        read: impl FnOnce(Value<'t>) -> Result<T, Found>,
    ) -> Option<T> {
        if !self.has(key) {
            self.known.push(key);
            self.missing(key, allowed);
            return None;
        }
        self.optional(key, allowed, read)
    }

    /// A secret that may be missing: a string, `{ env = "NAME" }` or `{ file = "PATH" }`.
    pub(crate) fn secret(&mut self, key: &'static str) -> Option<SecretString> {
        self.look_up(key, self.reader.need == Need::Everything)
    }

    /// A secret of the share, which whoever copies or deletes there needs, too.
    pub(crate) fn share_secret(&mut self, key: &'static str) -> Option<SecretString> {
        let needs = matches!(self.reader.need, Need::Everything | Need::Share | Need::Recordings);
        self.look_up(key, needs)
    }

    /// A secret of the inbox, which whoever looks for recordings everywhere needs, too.
    pub(crate) fn inbox_secret(&mut self, key: &'static str) -> Option<SecretString> {
        self.look_up(key, matches!(self.reader.need, Need::Everything | Need::Recordings))
    }

    /// A secret that is looked up even where the others are not.
    pub(crate) fn own_secret(&mut self, key: &'static str) -> Option<SecretString> {
        self.look_up(key, true)
    }

    fn look_up(&mut self, key: &'static str, wanted: bool) -> Option<SecretString> {
        let (_, spanned) = self.take(key)?;
        let reader = self.reader;
        match secret::read(spanned.get_ref(), reader.surroundings, wanted) {
            Ok(secret) => Some(secret),
            Err(wrong) => {
                reader.add(&self.full(key), Some(spanned.span()), wrong.found, wrong.allowed);
                None
            }
        }
    }

    /// Says that a key must be there.
    pub(crate) fn missing(&self, key: &str, allowed: &str) {
        self.reader.add(
            &self.full(key),
            self.span.clone(),
            if self.table.is_none() && !self.path.is_empty() {
                format!("is missing, and so is the section [{}]", self.path)
            } else {
                "is missing".into()
            },
            format!("allowed: {allowed}"),
        );
    }

    /// Says that a value of this section does not fit, at its place if it has one.
    pub(crate) fn wrong(&self, key: &str, found: impl Into<String>, allowed: impl Into<String>) {
        let span = self
            .table
            .and_then(|table| table.get(key))
            .map(Spanned::span)
            .or_else(|| self.span.clone());
        self.reader.add(&self.full(key), span, found, allowed);
    }

    /// Refuses a value that a later version will take.
    pub(crate) fn not_yet(&self, key: &str, what: &str, instead: &str) {
        self.wrong(key, format!("{what} is not supported yet"), instead.to_owned());
    }

    /// The keys and string values of a section whose keys are free.
    pub(crate) fn pairs(&self, allowed: &str) -> Vec<(String, String)> {
        let mut pairs = Vec::new();
        for (key, value) in self.table.into_iter().flatten() {
            match (Value { spanned: value }).text() {
                Ok(text) => pairs.push((key.get_ref().to_string(), text)),
                Err(found) => {
                    let key = self.full(&format!("{:?}", key.get_ref()));
                    self.reader
                        .add(&key, Some(value.span()), found, format!("allowed: {allowed}"));
                }
            }
        }
        pairs
    }

    /// Says which keys nobody asked for, with the nearest that exists.
    pub(crate) fn finish(self) {
        for (key, _) in self.table.into_iter().flatten() {
            let name = key.get_ref().as_ref();
            if self.known.contains(&name) {
                continue;
            }
            let mut known = self.known.clone();
            known.sort_unstable();
            let allowed = match nearest(name, &known) {
                Some(near) => format!("did you mean `{near}`? Allowed here: {}", known.join(", ")),
                None => format!("allowed here: {}", known.join(", ")),
            };
            self.reader
                .add(&self.full(name), Some(key.span()), "is not a known key", allowed);
        }
    }

    fn take(&mut self, key: &'static str) -> Option<(Range<usize>, &'t Spanned<DeValue<'t>>)> {
        self.known.push(key);
        let (key, value) = self.table?.get_key_value(key)?;
        Some((key.span(), value))
    }

    fn full(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        }
    }
}

impl Value<'_> {
    /// A string that is not empty.
    pub(crate) fn text(self) -> Result<String, Found> {
        match self.spanned.get_ref().as_str() {
            Some(text) if text.trim().is_empty() => Err("found an empty string".into()),
            Some(text) => Ok(text.to_owned()),
            None => Err(self.describe()),
        }
    }

    /// A list of strings, none of them empty.
    pub(crate) fn texts(self) -> Result<Vec<String>, Found> {
        let items = self.spanned.get_ref().as_array().ok_or_else(|| self.describe())?;
        items.iter().map(|spanned| Value { spanned }.text()).collect()
    }

    /// `true` or `false`.
    pub(crate) fn flag(self) -> Result<bool, Found> {
        self.spanned.get_ref().as_bool().ok_or_else(|| self.describe())
    }

    /// A number, with or without a point.
    pub(crate) fn number(self) -> Result<f64, Found> {
        let value = self.spanned.get_ref();
        let digits = value
            .as_float()
            .map(|float| float.as_str())
            .or(value.as_integer().map(|integer| integer.as_str()));
        digits
            .and_then(|digits| digits.parse().ok())
            .ok_or_else(|| self.describe())
    }

    /// What was found, in words; only for values that are no secret.
    pub(crate) fn describe(self) -> Found {
        match self.spanned.get_ref() {
            DeValue::String(text) => found(text),
            DeValue::Integer(number) => format!("found {}, a number", number.as_str()),
            DeValue::Float(number) => format!("found {}, a number", number.as_str()),
            DeValue::Boolean(flag) => format!("found {flag}"),
            DeValue::Datetime(_) => "found a date".into(),
            DeValue::Array(_) => "found a list".into(),
            DeValue::Table(_) => "found a table".into(),
        }
    }
}

/// ``found `text` ``, cut where it is long.
pub(crate) fn found(text: &str) -> Found {
    let mut short: String = text.chars().take(60).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    format!("found `{}`", short.escape_debug())
}

/// The known key that looks most like what was typed, if any looks like it at all.
pub(crate) fn nearest<'k>(typed: &str, known: &[&'k str]) -> Option<&'k str> {
    let typed = typed.to_lowercase().replace('-', "_");
    known
        .iter()
        .map(|key| {
            (
                strsim::jaro_winkler(&typed, key).max(strsim::normalized_damerau_levenshtein(&typed, key)),
                *key,
            )
        })
        .filter(|(score, _)| *score >= 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, key)| key)
}
