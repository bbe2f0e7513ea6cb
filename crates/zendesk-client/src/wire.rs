//! How answers are read: leniently towards what is missing or new, strictly towards what is wrong.

use jiff::Timestamp;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use serde_path_to_error::{Path, Segment};

use crate::answer::ReadError;

/// Something that Zendesk sends by itself under one key and in lists under another.
pub trait Resource: DeserializeOwned + Send + 'static {
    /// `user` in `{"user": {…}}`.
    const ONE: &'static str;
    /// `users` in `{"users": […]}`.
    const MANY: &'static str;
}

/// Decodes JSON. The error names the place and never the value, which may be somebody's number.
pub(crate) fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, ReadError> {
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut deserializer)
        .map_err(|error| ReadError::misfit(format!("{} ({})", shown(error.path()), category(error.inner()))))?;
    deserializer
        .end()
        .map_err(|error| ReadError::misfit(format!("the end ({})", category(&error))))?;
    Ok(value)
}

/// `{"<key>": {…}}`; `None` if the key is missing or null.
pub(crate) fn under<T: DeserializeOwned>(body: &[u8], key: &str) -> Result<Option<T>, ReadError> {
    let mut envelope: serde_json::Map<String, serde_json::Value> = json(body)?;
    match envelope.remove(key) {
        None | Some(serde_json::Value::Null) => Ok(None),
        Some(value) => serde_path_to_error::deserialize(value).map(Some).map_err(|error| {
            let place = shown(error.path());
            ReadError::misfit(format!("{key}.{place} ({})", category(error.inner())))
        }),
    }
}

/// A text as one segment of a path.
pub(crate) fn segment(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes())
        .collect::<String>()
        .replace('+', "%20")
}

/// A place without keys that may be somebody's number or address: only what looks like a field's name is shown.
fn shown(path: &Path) -> String {
    let is_name = |key: &str| {
        key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    };
    let mut place = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => place.push_str(&format!("[{index}]")),
            Segment::Map { key } | Segment::Enum { variant: key } if is_name(key) => {
                place.push_str(if place.is_empty() { "" } else { "." });
                place.push_str(key);
            }
            Segment::Map { .. } | Segment::Enum { .. } | Segment::Unknown => {
                place.push_str(if place.is_empty() { "?" } else { ".?" });
            }
        }
    }
    if place.is_empty() { ".".into() } else { place }
}

fn category(error: &serde_json::Error) -> &'static str {
    match error.classify() {
        serde_json::error::Category::Io => "could not be read",
        serde_json::error::Category::Syntax => "no JSON",
        serde_json::error::Category::Data => "another type than expected",
        serde_json::error::Category::Eof => "cut off",
    }
}

/// A time, or none.
pub(crate) fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    text.map(|text| text.parse().map_err(|_| D::Error::custom("no time")))
        .transpose()
}

/// Null and absence mean the same: the default.
pub(crate) fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::{json, segment, under};

    #[derive(serde::Deserialize, Debug)]
    struct Thing {
        #[expect(dead_code, reason = "only its decoding is looked at")]
        phone: Option<String>,
    }

    #[test]
    fn an_error_names_the_place_and_not_the_value() {
        let error = under::<Thing>(br#"{"thing":{"phone":4972112345}}"#, "thing")
            .unwrap_err()
            .to_string();
        assert!(error.contains("thing.phone") && !error.contains("4972"), "{error}");
        let error = json::<Thing>(br#"{"phone":"+4972112345"#).unwrap_err().to_string();
        assert!(error.contains("cut off") && !error.contains("4972"), "{error}");
        assert!(json::<Thing>(b"{} {}").is_err());
    }

    #[test]
    fn a_segment_stays_one() {
        assert_eq!(segment("V3-2ef2"), "V3-2ef2");
        assert_eq!(segment("a b/../c?d#e+"), "a%20b%2F..%2Fc%3Fd%23e%2B");
    }

    #[test]
    fn null_and_absence_are_none() {
        assert!(under::<Thing>(br#"{"thing":null}"#, "thing").unwrap().is_none());
        assert!(under::<Thing>(b"{}", "thing").unwrap().is_none());
        assert!(under::<Thing>(b"[]", "thing").is_err());
    }
}
