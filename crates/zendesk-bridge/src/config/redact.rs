//! The text of a configuration file as it may be shown: without secrets, also where the file is broken.
//!
//! What is not known to be harmless is hidden: a mistyped `pasword = "…"` must not put the password into a log.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

const HIDDEN: &str = "[hidden]";

/// Keys whose values may be shown. A new key is hidden until it is written down here.
const HARMLESS: &[&str] = &[
    "area_code",
    "attach",
    "ca_file",
    "client_id",
    "compress",
    "copy_at",
    "country",
    "cron",
    "default_user",
    "email",
    "env",
    "extensions",
    "file",
    "file_name",
    "groups",
    "head_numbers",
    "inbox",
    "inbox_user",
    "include",
    "keep",
    "kind",
    "language",
    "listen",
    "login",
    "lookup_patience",
    "name",
    "number_fields",
    "on_start",
    "own_numbers",
    "request_share",
    "screen_pop",
    "directory",
    "settle",
    "retain",
    "redact",
    "spool",
    "start",
    "subdirectory",
    "tags",
    "time_zone",
    "unknown",
    "url",
    "user",
    "wrap_up",
];

/// A file's text without its secrets, and where its places went.
#[derive(Debug)]
pub(crate) struct Shown {
    /// The text.
    pub(crate) text: String,
    /// What was taken out, by its place in the original, in order, without overlap.
    hidden: Vec<Range<usize>>,
}

impl Shown {
    /// The text of a file that is TOML.
    pub(crate) fn of_table(source: &str, table: &DeTable<'_>) -> Self {
        let mut hidden = Vec::new();
        collect(table, false, &mut hidden);
        Self::without(source, hidden)
    }

    /// The text of a file that is no TOML: line by line, everything but well-known harmless keys is hidden.
    pub(crate) fn of_broken(source: &str) -> Self {
        let mut hidden = Vec::new();
        let mut start = 0;
        for line in source.split_inclusive('\n') {
            let text = line.trim_end_matches(['\n', '\r']);
            if let Some(from) = first_doubtful(text) {
                hidden.push(start + from..start + text.len());
            }
            start += line.len();
        }
        Self::without(source, hidden)
    }

    /// Where a place of the original is in the shown text.
    pub(crate) fn range(&self, original: Range<usize>) -> Range<usize> {
        let start = self.place(original.start, false);
        start..self.place(original.end, true).max(start)
    }

    fn without(source: &str, mut hidden: Vec<Range<usize>>) -> Self {
        hidden.sort_by_key(|range| range.start);
        let mut text = String::with_capacity(source.len());
        let mut from = 0;
        let mut kept = Vec::with_capacity(hidden.len());
        for range in hidden {
            if range.start < from || range.is_empty() {
                continue;
            }
            text.push_str(&source[from..range.start]);
            text.push_str(HIDDEN);
            from = range.end;
            kept.push(range);
        }
        text.push_str(&source[from..]);
        Self { text, hidden: kept }
    }

    fn place(&self, original: usize, end: bool) -> usize {
        let mut shift = 0isize;
        for range in &self.hidden {
            if original >= range.end {
                shift += HIDDEN.len() as isize - range.len() as isize;
            } else if original > range.start {
                let at = range.start.saturating_add_signed(shift);
                return if end { at + HIDDEN.len() } else { at };
            }
        }
        original.saturating_add_signed(shift).min(self.text.len())
    }
}

/// Whether a value of this key may be shown.
fn is_harmless(key: &str) -> bool {
    HARMLESS.contains(&key)
}

/// Whether this can be the name of an environment variable.
pub(crate) fn is_variable(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn collect(table: &DeTable<'_>, names: bool, hidden: &mut Vec<Range<usize>>) {
    for (key, value) in table {
        let key = key.get_ref().as_ref();
        let value_ref = value.get_ref();
        if let Some(inner) = value_ref.as_table() {
            collect(inner, key == "names", hidden);
        } else if let (Some(name), "env") = (value_ref.as_str(), key) {
            // Somebody may have put the secret itself where the variable's name belongs.
            hide(value, is_variable(name), hidden);
        } else {
            hide(value, names || is_harmless(key), hidden);
        }
    }
}

fn hide(value: &Spanned<DeValue<'_>>, harmless: bool, hidden: &mut Vec<Range<usize>>) {
    match value.get_ref() {
        DeValue::Array(items) => items.iter().for_each(|item| hide(item, harmless, hidden)),
        DeValue::Table(inner) => collect(inner, false, hidden),
        DeValue::Boolean(_) => {}
        DeValue::String(text) if harmless && !holds_credentials(text) => {}
        DeValue::Integer(_) | DeValue::Float(_) | DeValue::Datetime(_) if harmless => {}
        DeValue::String(_) | DeValue::Integer(_) | DeValue::Float(_) | DeValue::Datetime(_) => {
            hidden.push(value.span())
        }
    }
}

/// Whether an address carries a user and a password: `https://user:password@host`.
fn holds_credentials(text: &str) -> bool {
    text.split_once("://")
        .is_some_and(|(_, rest)| rest.split('/').next().unwrap_or(rest).contains('@'))
}

/// From where on a line of a broken file may hold a secret.
fn first_doubtful(line: &str) -> Option<usize> {
    let trimmed = line.trim_start();
    if trimmed.is_empty() || trimmed.starts_with('#') {
        // A comment may hold a secret that was commented out.
        return trimmed.find('=').map(|at| line.len() - trimmed.len() + at + 1);
    }
    if trimmed.starts_with('[') && !line.contains('=') {
        return None;
    }
    let Some(equals) = line.find('=') else {
        // A line of a string over several lines, or nonsense.
        return Some(line.len() - trimmed.len());
    };
    let keys_are_harmless = line
        .match_indices('=')
        .all(|(at, _)| is_harmless(key_before(&line[..at])));
    let shown = keys_are_harmless && !holds_credentials(&line[equals..]);
    (!shown).then_some(equals + 1)
}

/// The last part of the key that ends here: `pbx.url ` gives `url`.
fn key_before(text: &str) -> &str {
    let text = text.trim_end().trim_end_matches(['"', '\'']);
    let start = text
        .rfind(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-'))
        .map_or(0, |at| at + 1);
    &text[start..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_of_the_template_is_shown_or_holds_a_secret() {
        const SECRETS: [&str; 7] = [
            "client_secret",
            "oauth_token",
            "api_token",
            "password",
            "password_sha512",
            "inbox_password",
            "token",
        ];
        let lines = super::super::TEMPLATE.lines();
        let keys = lines.filter_map(|line| {
            line.trim_start_matches(['#', ' '])
                .split_once(" = ")
                .map(|(key, _)| key)
        });
        let plain = keys.filter(|key| key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'));
        let hidden: Vec<_> = plain
            .filter(|key| !is_harmless(key) && !SECRETS.contains(key))
            .collect();
        assert_eq!(hidden, [""; 0]);
    }

    #[test]
    fn secrets_are_hidden_wherever_they_stand() {
        let source = "url = \"https://a:geheim@b\"\npasword = \"geheim\"\nlogin = \"0101\"\n[[agent]]\npassword = 4711\n\
                      list = [{ password_sha512 = \"geheim\" }]\n[names]\n\"A\" = \"B\"\n";
        let table = DeTable::parse(source).unwrap();
        let shown = Shown::of_table(source, table.get_ref());
        assert!(
            !shown.text.contains("geheim") && !shown.text.contains("4711"),
            "{}",
            shown.text
        );
        assert!(
            shown.text.contains("\"0101\"") && shown.text.contains("\"A\" = \"B\""),
            "{}",
            shown.text
        );
    }

    #[test]
    fn a_broken_file_shows_harmless_keys_only() {
        let source = "[zendesk]\nurl = \"https://x\nclient_secret = \"geheim\ncode = \"\"\"\ngeheim\n\"\"\"\n#token = \"geheim\"\n\
                      agent = [{ login = \"1\", password = \"geheim\" }]\n";
        let shown = Shown::of_broken(source);
        assert!(!shown.text.contains("geheim"), "{}", shown.text);
        assert!(shown.text.contains("[zendesk]\nurl = \"https://x\n"), "{}", shown.text);
    }

    #[test]
    fn places_move_with_what_was_taken_out() {
        let source = "a = \"geheim\"\nurl = \"x\"\n";
        let table = DeTable::parse(source).unwrap();
        let shown = Shown::of_table(source, table.get_ref());
        let at = source.find("\"x\"").unwrap();
        assert_eq!(&shown.text[shown.range(at..at + 3)], "\"x\"");
        let secret = source.find("\"geheim\"").unwrap();
        assert_eq!(&shown.text[shown.range(secret..secret + 8)], HIDDEN);
    }
}
