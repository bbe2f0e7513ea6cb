//! Switches out of files and from the command line: what is named changes, everything else stays.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// Changes of switches: a table for each simulator, `starface` and `zendesk`.
///
/// ```
/// use bridge_sim::setting::Settings;
/// use bridge_sim::starface::Switches;
///
/// let mut settings = Settings::file("[starface]\nduplicates = true\n[zendesk.limits]\naccount = 200")?;
/// settings.assign("starface.session_timeout = 5")?;
/// let switches = settings.starface(&Switches::version_10())?;
/// assert!(switches.duplicates && switches.oauth.enabled);
/// assert_eq!(switches.session_timeout.as_secs(), 5);
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Settings {
    starface: Value,
    zendesk: Value,
}

impl Settings {
    /// Reads a file of TOML.
    ///
    /// # Errors
    /// In words, when it is no TOML, or holds anything but the two tables.
    pub fn file(text: &str) -> Result<Self, String> {
        let mut settings = Self::default();
        settings.merge(toml::from_str(text).map_err(|error| error.to_string())?)?;
        Ok(settings)
    }

    /// Takes `starface.duplicates = true`: what is left of `=` is a key, what is right of it a value of TOML, or text.
    ///
    /// # Errors
    /// In words, when it is no such assignment.
    pub fn assign(&mut self, text: &str) -> Result<(), String> {
        let (key, value) = text
            .split_once('=')
            .map(|(key, value)| (key.trim(), value.trim()))
            .filter(|(key, _)| key.contains('.'))
            .ok_or_else(|| format!("`{text}` is no assignment such as starface.duplicates=true"))?;
        let quoted = || toml::from_str(&format!("{key} = {}", Value::from(value)));
        let read = toml::from_str(&format!("{key} = {value}")).or_else(|_| quoted());
        self.merge(read.map_err(|_| format!("`{key}` is no key such as starface.duplicates"))?)
    }

    /// These switches of a STARFACE, changed.
    ///
    /// # Errors
    /// In words, when a key is not known or a value does not fit.
    pub fn starface(&self, base: &crate::starface::Switches) -> Result<crate::starface::Switches, String> {
        changed("starface", base, &self.starface)
    }

    /// These switches of a Zendesk, changed.
    ///
    /// # Errors
    /// In words, when a key is not known or a value does not fit.
    pub fn zendesk(&self, base: &crate::zendesk::Switches) -> Result<crate::zendesk::Switches, String> {
        changed("zendesk", base, &self.zendesk)
    }

    fn merge(&mut self, tables: Map<String, Value>) -> Result<(), String> {
        for (name, table) in tables {
            if !table.is_object() {
                return Err(format!("`{name}` is no table"));
            }
            match name.as_str() {
                "starface" => overlay(&mut self.starface, table),
                "zendesk" => overlay(&mut self.zendesk, table),
                _ => return Err(format!("there is no table `{name}`, only `starface` and `zendesk`")),
            }
        }
        Ok(())
    }
}

/// All switches and their values, as a file of TOML. Those that are not set stand in comments.
///
/// # Errors
/// Never, for switches as they are.
pub fn written(starface: &crate::starface::Switches, zendesk: &crate::zendesk::Switches) -> Result<String, String> {
    let mut all = Map::new();
    all.insert("starface".to_owned(), value(starface)?);
    all.insert("zendesk".to_owned(), value(zendesk)?);
    let mut all = Value::Object(all);
    let mut unset = Vec::new();
    prune(&mut all, "", &mut unset);
    let text = toml::to_string(&all).map_err(|error| error.to_string())?;
    let unset: String = unset.iter().map(|key| format!("# not set: {key}\n")).collect();
    Ok(format!("{unset}\n{text}"))
}

fn changed<T: Serialize + DeserializeOwned>(name: &str, base: &T, with: &Value) -> Result<T, String> {
    let mut whole = value(base)?;
    if !with.is_null() {
        overlay(&mut whole, with.clone());
    }
    serde_path_to_error::deserialize(&whole).map_err(|error| {
        let path = error.path().to_string();
        let at = if path == "." {
            name.to_owned()
        } else {
            format!("{name}.{path}")
        };
        format!("{at}: {}", error.into_inner())
    })
}

fn value(switches: &impl Serialize) -> Result<Value, String> {
    serde_json::to_value(switches).map_err(|error| error.to_string())
}

/// What the one has on top of what the other has.
fn overlay(base: &mut Value, with: Value) {
    match (base, with) {
        (Value::Object(base), Value::Object(with)) => {
            for (key, value) in with {
                overlay(base.entry(key).or_insert(Value::Null), value);
            }
        }
        // What somebody names takes the place of a null, which TOML cannot say.
        (base, with) if with == "none" => *base = Value::Null,
        (base, with) => *base = with,
    }
}

fn prune(value: &mut Value, at: &str, unset: &mut Vec<String>) {
    let Value::Object(members) = value else { return };
    members.retain(|key, member| {
        let at = if at.is_empty() {
            key.clone()
        } else {
            format!("{at}.{key}")
        };
        prune(member, &at, unset);
        if member.is_null() {
            unset.push(at);
        }
        !member.is_null()
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::starface::{Version, WrongToken};
    use crate::{starface, zendesk};

    #[test]
    fn what_is_named_changes_and_the_rest_stays() {
        let mut settings = Settings::file("[starface.oauth]\ntoken_lifetime = 5\n[zendesk]\nindex_delay = 1").unwrap();
        settings.assign("starface.wrong_token=page").unwrap();
        settings.assign("starface.newest_names = \"v22\"").unwrap();
        settings.assign("zendesk.limits.account=200").unwrap();
        settings.assign("zendesk.limits.searches=none").unwrap();
        let base = starface::Switches {
            seed: u64::MAX,
            ..starface::Switches::version_10()
        };
        let pbx = settings.starface(&base).unwrap();
        assert_eq!(
            (pbx.wrong_token, pbx.newest_names, pbx.seed),
            (WrongToken::Page, Version::V22, u64::MAX)
        );
        assert!(pbx.oauth.enabled && pbx.oauth.token_lifetime.as_secs() == 5);
        let desk = settings.zendesk(&zendesk::Switches::compressed()).unwrap();
        assert_eq!(
            (desk.limits.account, desk.limits.searches, desk.limits.jobs),
            (Some(200), None, None)
        );
        assert_eq!(desk.index_delay.as_secs(), 1);
    }

    #[test]
    fn what_cannot_be_is_named() {
        for (text, part) in [
            ("duplicates", "no assignment"),
            ("duplicates=true", "no assignment"),
            ("pbx.duplicates=true", "there is no table `pbx`"),
            ("starface.=true", "no key"),
        ] {
            let error = Settings::default().assign(text).unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
        for (text, part) in [
            (
                "starface.duplicate=true",
                "starface.duplicate: unknown field `duplicate`",
            ),
            ("starface.duplicates=perhaps", "starface.duplicates: invalid type"),
            ("starface.oauth.cloud=7", "starface.oauth.cloud: invalid type"),
        ] {
            let mut settings = Settings::default();
            settings.assign(text).unwrap();
            let error = settings.starface(&starface::Switches::default()).unwrap_err();
            assert!(error.starts_with(part), "{text}: {error}");
        }
        assert!(Settings::file("starface = 7").unwrap_err().contains("no table"));
    }

    #[test]
    fn all_switches_can_be_written_and_read_again() {
        let (pbx, desk) = (starface::Switches::version_10(), zendesk::Switches::default());
        let text = written(&pbx, &desk).unwrap();
        let settings = Settings::file(&text).unwrap();
        assert_eq!(settings.starface(&starface::Switches::default()).unwrap(), pbx);
        assert_eq!(settings.zendesk(&zendesk::Switches::default()).unwrap(), desk);
        assert!(text.contains("# not set: zendesk.down\n"), "{text}");
    }
}
