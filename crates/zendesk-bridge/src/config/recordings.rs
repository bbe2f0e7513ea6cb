//! `[recordings]`: which calls are recorded, where recordings appear, and what becomes of them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use bridge_core::settings::RecordingRules;
use jiff::tz::TimeZone;
use recording_archive::copy::FOLDER;
use recording_archive::name::Template;
use secrecy::SecretString;

use super::reader::{Found, Section, Value, found};
use super::share::{self, Share, Spot};
use super::values::{days, duration};

/// The largest file that Zendesk takes.
const LARGEST: u64 = 50_000_000;

/// A recorder that pauses for longer closes its file.
const LONGEST_SETTLE: Duration = Duration::from_secs(3600);

/// They are looked through once a day.
const SHORTEST_RETAIN: Duration = Duration::from_hours(24);

const LONGEST_RETAIN: Duration = Duration::from_hours(24 * 36_525);

/// As the recording modules for STARFACE call their files.
const USUAL_NAME: &str = "Aufnahme_{date}_{time}_{from}_{to}.wav";

/// `[recordings]`.
#[derive(Clone, Debug)]
pub(crate) struct Recordings {
    /// What the core goes by.
    pub(crate) rules: RecordingRules,
    /// Where recordings are looked for; `None` where no call is recorded.
    pub(crate) recording: Option<Recording>,
    /// The folder in which kept recordings wait to be copied.
    pub(crate) spool: PathBuf,
    /// `[recordings.share]`, if copies go anywhere.
    pub(crate) share: Option<Share>,
    /// For how long recordings are kept, if not for ever.
    pub(crate) retention: Option<Retention>,
}

/// For how long recordings are kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Retention {
    /// Since they were made.
    pub(crate) retain: Duration,
    /// Whether they are taken away from the tickets, too.
    pub(crate) redact: bool,
}

/// How recordings are found and kept.
#[derive(Clone, Debug)]
pub(crate) struct Recording {
    /// Where they appear.
    pub(crate) inbox: Spot,
    /// The same in words.
    pub(crate) inbox_shown: String,
    /// How long a file must be at rest.
    pub(crate) settle: Duration,
    /// What copies are called.
    pub(crate) file_name: Template,
    /// Whether they are kept once they are attached.
    pub(crate) keep: bool,
    /// In which names of files tell clock times.
    pub(crate) zone: TimeZone,
    /// In which copies tell them.
    pub(crate) copies_zone: TimeZone,
}

/// Reads the section. The PBX stands where the clock times of notes are.
pub(crate) fn read(mut section: Section<'_>, notes: Option<&TimeZone>, store: &Path) -> Recordings {
    let groups = section.or(
        "groups",
        Vec::new(),
        "a list of names of PBX groups; empty: none",
        |value| value.texts(),
    );
    let start = section.or("start", true, "true or false", |value| value.flag());
    let attach = section.or("attach", true, "true or false", |value| value.flag());
    let compress = section.or("compress", false, "true or false", |value| value.flag());
    let keep = section.or("keep", true, "true or false", |value| value.flag());
    let settle = section.or(
        "settle",
        Duration::from_secs(10),
        "how long a file must be at rest, such as \"10s\", up to 1 h",
        |value| duration(value, LONGEST_SETTLE),
    );
    let file_name = section.optional(
        "file_name",
        "a file name such as \"{date}_{time}_{from}.wav\"",
        file_name,
    );
    let spool = section.optional("spool", "the path of a folder", |value| value.text());
    let spool = spool.map_or_else(|| beside(store), |path| section.reader().path(&path));
    let retain = section.optional(
        "retain",
        "how long recordings are kept, such as \"180d\" or \"26w\", a day at least; without it for ever",
        |value| days(value, SHORTEST_RETAIN..=LONGEST_RETAIN),
    );
    let redact = section.or("redact", false, "true or false", |value| value.flag());
    if redact && retain.is_none() && !section.has("retain") {
        section.missing(
            "retain",
            "after what time recordings are taken away from the tickets, such as \"180d\"",
        );
    }
    let share = share::read(section.section("share"), notes);
    let inbox = inbox(&mut section, share.as_ref());

    let is_recorded = !groups.is_empty();
    if is_recorded && !attach && !keep {
        section.wrong(
            "keep",
            "recordings would be neither attached nor kept",
            "allowed: attach = true, keep = true, or both; groups = [] to record nothing",
        );
    }
    if is_recorded && keep && share.is_none() && !section.has("share") {
        section.missing(
            "share",
            "a section [recordings.share] for the copies, or keep = false: then a recording is deleted once it is attached",
        );
    }
    if is_recorded && !section.has("inbox") {
        section.missing("inbox", INBOX);
    }
    // What lies in the inbox is taken for a recording that has just come.
    if let Some((Spot::Folder(folder), _)) = &inbox
        && spool.starts_with(folder)
    {
        section.wrong("spool", "it lies within the inbox", "allowed: a folder outside of it");
    }
    let time_zone = share.as_ref().map(|share| share.time_zone.clone());
    // The one in which the PBX's own times are read: whose a recording is, is told by comparing the two.
    let zone = notes.cloned().unwrap_or_else(TimeZone::system);
    let file_name = file_name.or_else(|| Template::parse(USUAL_NAME).ok());
    let recording = inbox.zip(file_name).filter(|_| is_recorded);
    section.finish();
    Recordings {
        rules: RecordingRules {
            groups,
            start,
            attach,
            largest: LARGEST,
            compress,
        },
        recording: recording.map(|((inbox, inbox_shown), file_name)| Recording {
            inbox,
            inbox_shown,
            settle,
            file_name,
            keep,
            copies_zone: time_zone.unwrap_or_else(|| zone.clone()),
            zone,
        }),
        spool,
        share,
        retention: retain.map(|retain| Retention { retain, redact }),
    }
}

const INBOX: &str = "the path of a folder, or an address such as \"smb://files.acme.example/recordings\"";

/// An inbox on a share takes the user of the other share where it has none of its own.
fn inbox(section: &mut Section<'_>, share: Option<&Share>) -> Option<(Spot, String)> {
    let user = section.optional("inbox_user", share::USER, |value| value.text());
    let password = section.inbox_secret("inbox_password");
    let account: Option<(String, SecretString)> = match (user, password) {
        (Some(user), Some(password)) => Some((user, password)),
        (Some(_), None) if !section.has("inbox_password") => {
            section.missing("inbox_password", "the password of inbox_user");
            None
        }
        (None, Some(_)) if !section.has("inbox_user") => {
            section.missing("inbox_user", share::USER);
            None
        }
        (Some(_) | None, _) => share.and_then(|share| share.account.clone()),
    };
    let reader = section.reader();
    let inbox = section.optional("inbox", INBOX, |value| {
        let text = value.text()?;
        let spot = if text.contains("://") || text.starts_with("file:") {
            share::spot(&text, account)?
        } else {
            Spot::Folder(reader.path(&text))
        };
        if text.split(['/', '\\']).any(|name| name.eq_ignore_ascii_case(FOLDER)) {
            return Err(format!(
                "{}: folders of the name {FOLDER} hold the copies, and nothing new appears in them",
                found(&text)
            ));
        }
        let shown = match &spot {
            Spot::Folder(folder) => folder.display().to_string(),
            Spot::Smb(..) => text,
        };
        Ok((spot, shown))
    });
    let nobody = matches!(inbox, Some((Spot::Smb(_, None), _)));
    if nobody && section.has("inbox_user") == section.has("inbox_password") {
        section.missing(
            "inbox_user",
            "the user who reads and deletes there, with inbox_password; or user and password in [recordings.share]",
        );
    }
    inbox
}

/// The folder for kept recordings that goes with a store.
fn beside(store: &Path) -> PathBuf {
    let mut name = store.as_os_str().to_owned();
    name.push(".recordings");
    name.into()
}

fn file_name(value: Value<'_>) -> Result<Template, Found> {
    let text = value.text()?;
    Template::parse(&text).map_err(|error| format!("{}: {error}", found(&text)))
}
