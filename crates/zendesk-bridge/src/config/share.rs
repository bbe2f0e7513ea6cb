//! `[recordings.share]`: where copies of recordings go, and when. Addresses of places for recordings.

use std::fmt;
use std::path::PathBuf;

use jiff::civil::Time;
use jiff::tz::TimeZone;
use recording_archive::archive::{self, Account, Location};
use recording_archive::name::folders;
use recording_archive::schedule::Schedule;
use secrecy::SecretString;

use super::reader::{Found, Section, Value, found};

/// `[recordings.share]`.
#[derive(Clone, Debug)]
pub(crate) struct Share {
    /// The address as it stands in the file; it holds no user and no password.
    pub(crate) url: String,
    /// The place there.
    pub(crate) spot: Spot,
    /// User and password, where there are any.
    pub(crate) account: Option<(String, SecretString)>,
    /// The folder below the place.
    pub(crate) subdirectory: String,
    /// When copies are made.
    pub(crate) schedule: Schedule,
    /// In which clock times are told.
    pub(crate) time_zone: TimeZone,
}

/// A place with recordings.
#[derive(Clone)]
pub(crate) enum Spot {
    /// A folder of this machine, or one that it has mounted.
    Folder(PathBuf),
    /// A folder on an SMB share, and who signs in there; nobody is refused by whoever reads the section.
    Smb(Location, Option<Account>),
}

/// What a user may be.
pub(crate) const USER: &str = "a user of the file server, such as 'ACME\\bridge'";

const URL: &str = "an address such as \"smb://files.acme.example/telephony\" or \"file:///srv/recordings\"";
const SUBDIRECTORY: &str = "folders below the share, with forward slashes, such as \"Telefonie/Support\"";
const COPY_AT: &str = "a list of clock times, such as [\"12:30\", \"02:00\"]; or cron instead, such as \"0 2 * * *\"";

/// Reads the section; `None` if the file lacks it, or with a problem.
pub(crate) fn read(mut section: Section<'_>, notes: Option<&TimeZone>) -> Option<Share> {
    let user = section.optional("user", USER, |value| value.text());
    let password = section.share_secret("password");
    let account = user.zip(password);
    let url = section.optional("url", URL, |value| {
        let text = value.text()?;
        spot(&text, account.clone()).map(|spot| (text, spot))
    });
    let subdirectory = section.or("subdirectory", String::new(), SUBDIRECTORY, subdirectory);
    let time_zone = section.optional("time_zone", "an IANA time zone, such as \"Europe/Berlin\"", |value| {
        let name = value.text()?;
        TimeZone::get(&name).map_err(|_| found(&name))
    });
    let zone = time_zone.or_else(|| notes.cloned()).unwrap_or_else(TimeZone::system);
    let at = section.optional("copy_at", COPY_AT, |value| copy_at(value, &zone));
    let cron = section.optional("cron", "five fields, such as \"0 2 * * *\"", |value| {
        let text = value.text()?;
        Schedule::cron(&text, zone.clone()).map_err(|error| format!("{}: {error}", found(&text)))
    });
    if section.has("copy_at") && section.has("cron") {
        section.wrong("cron", "both copy_at and cron are given", "allowed: one of them");
    }
    if section.is_there() {
        if !section.has("url") {
            section.missing("url", URL);
        }
        if !section.has("copy_at") && !section.has("cron") {
            section.missing("copy_at", COPY_AT);
        }
        if let Some((_, Spot::Smb(_, None))) = &url {
            for (key, what) in [("user", USER), ("password", "the password of user")] {
                if !section.has(key) {
                    section.missing(key, what);
                }
            }
        }
    }
    section.finish();
    let (url, spot) = url?;
    Some(Share {
        url,
        spot,
        account,
        subdirectory,
        schedule: at.or(cron)?,
        time_zone: zone,
    })
}

/// Reads an address.
pub(crate) fn spot(text: &str, account: Option<(String, SecretString)>) -> Result<Spot, Found> {
    if text.contains('@') {
        return Err("found an address with a user or password in it (hidden here)".into());
    }
    let wrong = |error: recording_archive::ArchiveError| {
        let why = error.detail().map(|why| format!(": {why}")).unwrap_or_default();
        format!("{}{why}", found(text))
    };
    if text.starts_with("file:") {
        return archive::folder_of(text).map(Spot::Folder).map_err(wrong);
    }
    let location = Location::parse(text).map_err(wrong)?;
    let account = account.map(|(user, password)| Account::new(&user, password));
    Ok(Spot::Smb(location, account))
}

fn subdirectory(value: Value<'_>) -> Result<String, Found> {
    let text = value.text()?;
    let kept = folders(&text).join("/");
    if kept == text.trim_matches('/') {
        Ok(kept)
    } else {
        Err(format!(
            "{}: backslashes, `..` and names that Windows does not take cannot be used",
            found(&text)
        ))
    }
}

fn copy_at(value: Value<'_>, zone: &TimeZone) -> Result<Schedule, Found> {
    let texts = value.texts()?;
    let times = texts
        .iter()
        .map(|text| Time::strptime("%H:%M", text).map_err(|_| found(text)));
    let times: Vec<Time> = times.collect::<Result<_, _>>()?;
    Schedule::at(&times, zone.clone()).map_err(|error| format!("found an empty list: {error}"))
}

/// Shows no user and no password.
impl fmt::Debug for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(folder) => f.debug_tuple("Folder").field(folder).finish(),
            Self::Smb(location, _) => f.debug_tuple("Smb").field(location).finish(),
        }
    }
}
