//! How answers are read: leniently towards what is missing or new, strictly towards what is wrong.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use jiff::Timestamp;
use serde::de::{DeserializeOwned, DeserializeSeed, Error as _, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_path_to_error::{Path, Segment, Track};

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
    read(body, PhantomData)
}

/// `{"<key>": {…}}`; `None` if the key is missing or null.
///
/// What else stands there is passed over: a page of a thousand users is megabytes, and as a tree of values ten times that.
pub(crate) fn under<T: DeserializeOwned>(body: &[u8], key: &str) -> Result<Option<T>, ReadError> {
    read(body, Under(key, PhantomData))
}

fn read<'de, S: DeserializeSeed<'de>>(body: &'de [u8], what: S) -> Result<S::Value, ReadError> {
    let (mut deserializer, mut track) = (serde_json::Deserializer::from_slice(body), Track::new());
    let value = what
        .deserialize(serde_path_to_error::Deserializer::new(&mut deserializer, &mut track))
        .map_err(|error| ReadError::misfit(format!("{} ({})", shown(&track.path()), category(&error))))?;
    deserializer
        .end()
        .map_err(|error| ReadError::misfit(format!("the end ({})", category(&error))))?;
    Ok(value)
}

/// What stands under this key.
struct Under<'k, T>(&'k str, PhantomData<T>);

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for Under<'_, T> {
    type Value = Option<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for Under<'_, T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            if key == self.0 {
                found = map.next_value()?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
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
        assert!(under::<Thing>(br#"{"thing":{},"other":"#, "thing").is_err(), "cut off");
    }
}
