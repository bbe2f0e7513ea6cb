//! Durations in files of switches, written as in stories: `90s`, `1h30m`.

use std::time::Duration;

use serde::{Deserialize as _, Deserializer};

use crate::story::duration;

/// For `#[serde(with = "friendly")]`.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    duration(&text).ok_or_else(|| {
        serde::de::Error::custom(format!(
            "`{text}` is no duration such as \"90s\", \"1500ms\", \"1h30m\""
        ))
    })
}
