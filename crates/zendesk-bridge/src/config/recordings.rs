//! `[recordings]`: read and checked, but this version records nothing and refuses what would need it.

use bridge_core::settings::RecordingRules;
use jiff::tz::TimeZone;

use super::reader::{Found, Section, Value, found};

/// The largest file that Zendesk takes.
const LARGEST: u64 = 50_000_000;

/// `[recordings]`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recordings {
    /// What the core goes by.
    pub(crate) rules: RecordingRules,
}

/// Reads the section.
pub(crate) fn read(mut section: Section<'_>) -> Recordings {
    let groups = section.or(
        "groups",
        Vec::new(),
        "a list of names of PBX groups; empty: none",
        |value| value.texts(),
    );
    if !groups.is_empty() {
        section.not_yet("groups", "recording calls", "allowed in this version: groups = []");
    }
    let start = section.or("start", true, "true or false", |value| value.flag());
    let _ = section.optional("inbox", "the path of a folder", |value| value.text());
    let _ = section.optional("file_name", FILE_NAME, file_name);
    let attach = section.or("attach", true, "true or false", |value| value.flag());
    let _ = section.or("keep", true, "true or false", |value| value.flag());
    share(section.section("share"));
    section.finish();
    Recordings {
        rules: RecordingRules {
            groups,
            start,
            attach,
            largest: LARGEST,
        },
    }
}

const FILE_NAME: &str = "a file name with any of {date}, {time}, {from}, {to} and {call}";

fn share(mut section: Section<'_>) {
    let _ = section.optional(
        "url",
        "an address such as \"smb://files.acme.example/telephony\" or \"file:///srv/recordings\"",
        |value| {
            let text = value.text()?;
            let known = text.starts_with("smb://") || text.starts_with("file:///");
            match (known, text.contains('@')) {
                (true, false) => Ok(()),
                (_, true) => Err("found an address with a user or password in it (hidden here)".into()),
                (false, false) => Err(found(&text)),
            }
        },
    );
    let _ = section.optional("user", "a user of the share, such as 'ACME\\bridge'", |value| {
        value.text()
    });
    let _ = section.secret("password");
    let _ = section.optional("subdirectory", "a path with forward slashes", |value| value.text());
    let _ = section.optional(
        "copy_at",
        "a list of clock times, such as [\"12:30\", \"02:00\"]",
        |value| {
            let times = value.texts()?;
            let wrong = times
                .iter()
                .find(|time| jiff::civil::Time::strptime("%H:%M", time).is_err());
            wrong.map_or(Ok(()), |time| Err(found(time)))
        },
    );
    let _ = section.optional("cron", "five fields, such as \"0 2 * * *\"", |value| {
        let text = value.text()?;
        if text.split_whitespace().count() == 5 {
            Ok(())
        } else {
            Err(found(&text))
        }
    });
    let _ = section.optional("time_zone", "an IANA time zone, such as \"Europe/Berlin\"", |value| {
        let name = value.text()?;
        TimeZone::get(&name).map(|_| ()).map_err(|_| found(&name))
    });
    if section.has("copy_at") && section.has("cron") {
        section.wrong("cron", "both copy_at and cron are given", "allowed: one of them");
    }
    if section.has("url") {
        section.not_yet(
            "url",
            "copying recordings to a share",
            "leave the section [recordings.share] out in this version",
        );
    }
    section.finish();
}

fn file_name(value: Value<'_>) -> Result<(), Found> {
    let text = value.text()?;
    let mut rest = text.as_str();
    while let Some((_, tail)) = rest.split_once('{') {
        let Some((name, tail)) = tail.split_once('}') else {
            return Err(found(&text));
        };
        if !matches!(name, "date" | "time" | "from" | "to" | "call") {
            return Err(found(&format!("{{{name}}}")));
        }
        rest = tail;
    }
    if text.contains(['/', '\\']) {
        Err(format!("{}, which has a folder in it", found(&text)))
    } else {
        Ok(())
    }
}
