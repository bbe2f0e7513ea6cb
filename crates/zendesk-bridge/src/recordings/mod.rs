//! Recordings, from the inbox over the spool to the share: what `recording-archive` does, as this bridge is configured.

mod attempts;
mod copies;
mod figures;
mod inbox;
mod last;
mod lock;
mod person;
mod places;
mod refusals;
mod retention;
mod smaller;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use recording_archive::archive::{self, Account, Sink};
use recording_archive::copy::FOLDER;
use recording_archive::inbox as found;
use recording_archive::spool::Spool;

pub(crate) use copies::Copies;
pub(crate) use figures::{look, look_at_retention};
pub(crate) use inbox::Intake;
use lock::Lock;
pub(crate) use person::{Files, Person, Told};
pub(crate) use places::Places;
pub(crate) use refusals::Refusals;
pub(crate) use retention::{OfBridge, Retention};

use crate::config::{Config, Recording, Spot};

/// The inbox is looked into so often at most, and so often at least.
const LOOKS: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(30));

/// What a running bridge has of recordings.
#[derive(Default)]
pub(crate) struct Recordings {
    /// Where they are found.
    pub(crate) intake: Option<Arc<Intake>>,
    /// How often that is looked into.
    pub(crate) look_every: Duration,
    /// What copies them.
    pub(crate) copies: Option<Copies>,
    /// No other bridge works on the same spool.
    _lock: Option<Lock>,
}

/// Takes the spool, where one is needed. Neither inbox nor share is reached yet. What copies also deletes what was refused.
pub(crate) async fn open(config: &Config, refusals: &Refusals) -> anyhow::Result<Recordings> {
    let recordings = &config.recordings;
    let keeps = recordings.recording.as_ref().is_some_and(|recording| recording.keep);
    if recordings.recording.is_none() && recordings.share.is_none() && recordings.retention.is_none() {
        return Ok(Recordings::default());
    }
    let shown = recordings.spool.display();
    let (mut spool, mut lock) = (None, None);
    let makes_smaller = recordings.recording.is_some() && recordings.rules.attach && recordings.rules.compress;
    if keeps || makes_smaller || recordings.share.is_some() || recordings.retention.is_some() {
        std::fs::create_dir_all(&recordings.spool)
            .with_context(|| format!("the folder for kept recordings, {shown}, cannot be made"))?;
        lock = lock::take(&recordings.spool.join("bridge.lock"))
            .with_context(|| format!("the folder for kept recordings, {shown}, cannot be written"))?;
        if lock.is_none() {
            bail!("another bridge keeps its recordings in {shown}: give this one another recordings.spool");
        }
        let opened = Spool::open(&recordings.spool).await;
        #[cfg(feature = "failpoints")]
        let opened = opened.map(|spool| crate::failpoints::spool(spool, "spool"));
        spool = Some(opened.with_context(|| format!("the folder for kept recordings, {shown}"))?);
    }
    let intake = recordings.recording.as_ref().map(|recording| {
        let spool = spool.filter(|_| recording.keep);
        let source = source(recording);
        #[cfg(feature = "failpoints")]
        let source = crate::failpoints::inbox(source);
        let intake = Intake::new(source, spool, recording.clone(), config.callers.plan.clone());
        Arc::new(if makes_smaller {
            intake.smaller_in(&recordings.spool)
        } else {
            intake
        })
    });
    let settle = recordings.recording.as_ref().map(|recording| recording.settle * 3);
    Ok(Recordings {
        intake,
        look_every: settle.unwrap_or_default().clamp(LOOKS.0, LOOKS.1),
        copies: copies(config, refusals.clone()),
        _lock: lock,
    })
}

/// What copies recordings, if any are to be copied; another process may be copying, too.
pub(crate) fn copies(config: &Config, refusals: Refusals) -> Option<Copies> {
    let share = config.recordings.share.as_ref()?;
    let places = Places::new(&config.recordings);
    Some(Copies::new(places, share.schedule.clone(), refusals))
}

/// What deletes recordings of calls that must not be recorded; another process may be at it, too.
pub(crate) fn refusals(config: &Config) -> Refusals {
    Refusals::new(Places::new(&config.recordings), config.store.clone())
}

/// Where recordings appear.
fn source(recording: &Recording) -> Box<dyn found::Inbox> {
    match &recording.inbox {
        Spot::Folder(folder) => Box::new(
            found::Folder::new(folder)
                .settle(recording.settle)
                .zone(recording.zone.clone()),
        ),
        Spot::Smb(location, account) => Box::new(
            found::Share::new(location.clone(), signs_in(account))
                .settle(recording.settle)
                .zone(recording.zone.clone()),
        ),
    }
}

/// A place as one that takes files.
pub(crate) fn sink(spot: &Spot) -> Box<dyn Sink> {
    match spot {
        #[cfg(feature = "failpoints")]
        Spot::Folder(folder) => crate::failpoints::share(archive::Folder::new(folder)),
        #[cfg(not(feature = "failpoints"))]
        Spot::Folder(folder) => Box::new(archive::Folder::new(folder)),
        Spot::Smb(location, account) => Box::new(archive::Share::new(location.clone(), signs_in(account))),
    }
}

/// A configuration without an account was refused.
fn signs_in(account: &Option<Account>) -> Account {
    account
        .clone()
        .unwrap_or_else(|| Account::new("", secrecy::SecretString::default()))
}

/// Whether a name in the inbox leads to a copy, where the share is seen from the inbox: that is nothing new.
fn is_copy(name: &str) -> bool {
    Path::new(name)
        .components()
        .any(|part| part.as_os_str().eq_ignore_ascii_case(FOLDER))
}
