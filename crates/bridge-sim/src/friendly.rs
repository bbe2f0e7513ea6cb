//! Durations in files of switches: seconds, or as in stories, `"1500ms"`, `"1h30m"`.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serializer};

use crate::story::duration;

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Whole(u64),
    Part(f64),
    Text(String),
}

/// For `#[serde(with = "friendly")]`.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let read = match Written::deserialize(deserializer)? {
        Written::Whole(seconds) => Ok(Duration::from_secs(seconds)),
        Written::Part(seconds) => {
            Duration::try_from_secs_f64(seconds).map_err(|_| format!("{seconds} is no number of seconds"))
        }
        Written::Text(text) => {
            duration(&text).ok_or_else(|| format!("`{text}` is no duration such as \"90s\", \"1500ms\", \"1h30m\""))
        }
    };
    read.map_err(serde::de::Error::custom)
}

/// For `#[serde(with = "friendly")]`.
pub(crate) fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_secs_f64())
}
