//! Secrets: written out, in an environment variable, or in a file. Whatever goes wrong, no message holds one.

use std::path::Path;

use secrecy::SecretString;
use toml::de::DeValue;

use super::redact::is_variable;

/// Where secrets are looked up; tests bring their own.
pub(crate) struct Surroundings<'s> {
    /// The folder of the configuration file: relative paths start here.
    pub(crate) base: &'s Path,
    /// Reads an environment variable; an error says why it cannot be had.
    pub(crate) env: &'s dyn Fn(&str) -> Result<String, String>,
}

/// Why a secret cannot be had.
pub(crate) struct Wrong {
    /// What was found.
    pub(crate) found: String,
    /// What to do.
    pub(crate) allowed: String,
}

const FORMS: &str = "allowed: a string, { env = \"NAME\" } or { file = \"PATH\" }";

/// Reads a secret. Without `look_up` its form is checked, but neither environment nor file is read.
pub(crate) fn read(value: &DeValue<'_>, surroundings: &Surroundings<'_>, look_up: bool) -> Result<SecretString, Wrong> {
    let table = match value {
        DeValue::String(text) if text.is_empty() => return Err(wrong("found an empty string", FORMS)),
        DeValue::String(text) => return Ok(SecretString::from(text.as_ref())),
        DeValue::Table(table) => table,
        DeValue::Integer(_) | DeValue::Float(_) | DeValue::Datetime(_) => {
            return Err(wrong(
                "found a number or date (hidden here)",
                format!("{FORMS}; put it in quotes"),
            ));
        }
        DeValue::Boolean(_) | DeValue::Array(_) => return Err(wrong("found something else than a secret", FORMS)),
    };
    let mut entries = table
        .iter()
        .map(|(key, value)| (key.get_ref().as_ref(), value.get_ref().as_str()));
    match (entries.next(), entries.next()) {
        (Some(("env", Some(name))), None) => from_env(name, surroundings, look_up),
        (Some(("file", Some(path))), None) => from_file(path, surroundings, look_up),
        (Some((key @ ("env" | "file"), None)), None) => Err(wrong(format!("`{key}` is not a string"), FORMS)),
        (None, _) => Err(wrong("found an empty table", FORMS)),
        (Some(_), Some(_)) => Err(wrong("found a table with more than one key", FORMS)),
        (Some((key, _)), None) => Err(wrong(format!("`{key}` is not a known key"), FORMS)),
    }
}

fn from_env(name: &str, surroundings: &Surroundings<'_>, look_up: bool) -> Result<SecretString, Wrong> {
    if !is_variable(name) {
        // Somebody may have put the secret itself here.
        return Err(wrong(
            "`env` holds something that is no name of an environment variable (hidden here)",
            "allowed: letters, digits and underscores, such as { env = \"ZENDESK_CLIENT_SECRET\" }",
        ));
    }
    if !look_up {
        return Ok(SecretString::default());
    }
    match (surroundings.env)(name) {
        Ok(text) if text.is_empty() => Err(wrong(format!("the environment variable {name} is empty"), set_it(name))),
        Ok(text) => Ok(SecretString::from(text)),
        Err(why) => Err(wrong(format!("the environment variable {name} {why}"), set_it(name))),
    }
}

fn set_it(name: &str) -> String {
    format!(
        "set {name} where the bridge is started (in a systemd unit: EnvironmentFile=), \
         or put the secret into a file and write {{ file = \"PATH\" }}"
    )
}

fn from_file(path: &str, surroundings: &Surroundings<'_>, look_up: bool) -> Result<SecretString, Wrong> {
    if path.is_empty() {
        return Err(wrong("`file` is empty", FORMS));
    }
    if !look_up {
        return Ok(SecretString::default());
    }
    let file = surroundings.base.join(path);
    let advice = "allowed: a text file that the bridge's user may read and that holds the secret alone; \
                  a relative path starts at the configuration file";
    match std::fs::read_to_string(&file) {
        Ok(text) => {
            let text = text.strip_suffix('\n').unwrap_or(&text);
            let text = text.strip_suffix('\r').unwrap_or(text);
            if text.is_empty() {
                return Err(wrong(format!("the file {} is empty", file.display()), advice));
            }
            Ok(SecretString::from(text))
        }
        Err(error) => Err(wrong(
            format!("the file {} cannot be read: {error}", file.display()),
            advice,
        )),
    }
}

fn wrong(found: impl Into<String>, allowed: impl Into<String>) -> Wrong {
    Wrong {
        found: found.into(),
        allowed: allowed.into(),
    }
}
