//! `[ticket]`: what tickets look like.

use bridge_core::settings::Language;
use jiff::tz::TimeZone;

use super::reader::{Section, found};

/// The section.
#[derive(Debug)]
pub(crate) struct Ticket {
    /// Of subjects and notes.
    pub(crate) language: Language,
    /// Of every ticket.
    pub(crate) tags: Vec<String>,
    /// Of the clock times in notes; without it that of the machine.
    pub(crate) time_zone: Option<TimeZone>,
}

/// Reads the section.
pub(crate) fn read(mut section: Section<'_>) -> Ticket {
    let language = section.or("language", Language::En, "\"en\" or \"de\"", |value| {
        match value.text()?.as_str() {
            "en" => Ok(Language::En),
            "de" => Ok(Language::De),
            _ => Err(value.describe()),
        }
    });
    let tags = section.or(
        "tags",
        vec!["phone".to_owned()],
        "a list of tags without spaces, such as [\"phone\"]",
        |value| {
            let tags = value.texts()?;
            match tags.iter().find(|tag| tag.contains([' ', ',', '\t', '\n'])) {
                Some(tag) => Err(found(tag)),
                None => Ok(tags),
            }
        },
    );
    let time_zone = section.optional("time_zone", "an IANA time zone, such as \"Europe/Berlin\"", |value| {
        let name = value.text()?;
        TimeZone::get(&name).map_err(|_| found(&name))
    });
    section.finish();
    Ticket {
        language,
        tags,
        time_zone,
    }
}
