//! The inbox as the bridge needs it: what is found is told, and what is done with goes into the spool or goes away.

#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bridge_core::call::{CallState, Recorded};
use bridge_core::number::NumberPlan;
use bridge_core::recording::{Hints, Recording, Sha256};
use bridge_runtime::inbox::{Content, Inbox, InboxError, InboxErrorKind, Smaller};
use jiff::{SignedDuration, Timestamp};
use pbx::Dialled;
use recording_archive::inbox::{self, Found, Waiting};
use recording_archive::name::Fields;
use recording_archive::spool::{Meta, Spool};
use recording_archive::{ArchiveError, ArchiveErrorKind, Format};

use super::is_copy;
use super::smaller::Workshop;
use crate::config;

/// Where recordings are found, and where they are kept.
pub(crate) struct Intake {
    source: Box<dyn inbox::Inbox>,
    /// `None`: they are not kept.
    spool: Option<Spool>,
    config: config::Recording,
    plan: NumberPlan,
    /// What makes recordings smaller, where they are to be.
    workshop: Option<Workshop>,
    /// What the last scan found, by name.
    found: Mutex<HashMap<String, Found>>,
    /// What is neither kept nor attached, and so stays.
    left: Mutex<HashSet<Sha256>>,
}

/// Files that the bridge leaves where they are, by the reason.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Left {
    /// Shorter than their headers say.
    pub(crate) incomplete: usize,
    /// No recordings.
    pub(crate) foreign: usize,
    /// Not to be read.
    pub(crate) unreadable: usize,
    /// Neither attached nor kept.
    pub(crate) unattached: usize,
}

impl Intake {
    /// Recordings from there, kept in the spool if there is one.
    pub(crate) fn new(
        source: Box<dyn inbox::Inbox>,
        spool: Option<Spool>,
        config: config::Recording,
        plan: NumberPlan,
    ) -> Self {
        Self {
            source,
            spool,
            config,
            plan,
            workshop: None,
            found: Mutex::default(),
            left: Mutex::default(),
        }
    }

    /// The same where recordings that are too large are made smaller, in this folder.
    pub(crate) fn smaller_in(mut self, folder: &Path) -> Self {
        self.workshop = Some(Workshop::in_folder(folder));
        self
    }

    /// What was left by the last scan.
    pub(crate) fn left(&self) -> Left {
        let mut left = Left {
            unattached: lock(&self.left).len(),
            ..Left::default()
        };
        for (_, why) in self.source.waiting().iter().filter(|(name, _)| !is_copy(name)) {
            match why {
                Waiting::Growing => {}
                Waiting::Incomplete => left.incomplete += 1,
                Waiting::Foreign => left.foreign += 1,
                Waiting::Unreadable => left.unreadable += 1,
            }
        }
        left
    }

    /// What the copy is called.
    fn file_name(&self, call: &CallState, format: Format) -> String {
        let moment = began(call).to_zoned(self.config.copies_zone.clone());
        let text = |number: &Option<Dialled>| {
            let number = number.as_ref().filter(|number| !number.is_empty());
            number.map(|number| number.as_str().to_owned())
        };
        let answered_by = || call.answer.as_ref().map(|answer| answer.by.as_str().to_owned());
        let fields = Fields {
            from: text(&call.caller).unwrap_or_else(|| "anonymous".into()),
            to: text(&call.called).or_else(answered_by).unwrap_or_default(),
            call: call.key.as_str().into(),
            ..Fields::at(&moment)
        };
        with_extension(&self.config.file_name.render(&fields), format)
    }

    /// Whoever is at the other end: those by whom a recording is found when it is to be erased.
    fn numbers(&self, call: &CallState) -> Vec<String> {
        let other = if call.outbound { &call.called } else { &call.caller };
        let other = other.as_ref().filter(|number| !number.is_empty());
        let in_one_form = |number: &Dialled| {
            let reading = self.plan.read(number);
            reading
                .number()
                .map_or_else(|| number.as_str().to_owned(), |number| number.as_str().to_owned())
        };
        other.map(in_one_form).into_iter().collect()
    }

    /// A recording as the last scan found it; `None` if it changed meanwhile: as it is now, it is told again.
    fn as_told(&self, recording: &Recording) -> Option<Found> {
        let found = lock(&self.found).get(&recording.name).cloned();
        found.filter(|found| found.sha256.to_string() == recording.sha256.as_str())
    }

    /// What was made of it for the help desk is of no use any more.
    fn forget_smaller(&self, recording: &Recording) {
        if let Some(workshop) = &self.workshop {
            workshop.forget(&recording.sha256);
        }
    }

    async fn keep(&self, spool: &Spool, found: &Found, call: &CallState) -> Result<(), ArchiveError> {
        let meta = Meta {
            call: call.key.as_str().to_owned(),
            numbers: self.numbers(call),
            began: began(call),
            attach: false,
            copy: true,
        };
        let name = self.file_name(call, found.format);
        let kept = spool.take(&*self.source, found, &name, meta).await?;
        tracing::info!(call = %call.key, recording = %kept.sha256, "a recording is kept, and waits to be copied");
        Ok(())
    }
}

#[async_trait]
impl Inbox for Intake {
    async fn scan(&self, now: Timestamp) -> Result<Vec<Recording>, InboxError> {
        let mut scanned = self.source.scan(now).await.map_err(|error| failed(&error))?;
        scanned.retain(|found| !is_copy(&found.name));
        let told = scanned.iter().filter_map(recording).collect();
        let is_there: HashSet<String> = scanned.iter().map(|found| found.sha256.to_string()).collect();
        lock(&self.left).retain(|sum| is_there.contains(sum.as_str()));
        *lock(&self.found) = scanned.into_iter().map(|found| (found.name.clone(), found)).collect();
        Ok(told)
    }

    async fn open(&self, name: &str) -> Result<Content, InboxError> {
        self.source.open(name).await.map_err(|error| failed(&error))
    }

    async fn open_smaller(&self, name: &str, sha256: &Sha256) -> Result<Smaller, InboxError> {
        let workshop = self.workshop.as_ref().ok_or_else(|| InboxError {
            kind: InboxErrorKind::Incompressible,
            message: "recordings.compress is off".into(),
            source: None,
        })?;
        workshop.make(&*self.source, name, sha256).await
    }

    async fn discard(&self, recording: &Recording) -> Result<(), InboxError> {
        self.forget_smaller(recording);
        let Some(found) = self.as_told(recording) else {
            return Ok(());
        };
        let removed = self.source.remove(&found.name).await;
        removed.map_err(|error| failed(&error))
    }

    async fn done(&self, recording: &Recording, call: &CallState) -> Result<(), InboxError> {
        self.forget_smaller(recording);
        if call.recorded == Recorded::Refused {
            // It became so since.
            self.discard(recording).await?;
            tracing::info!(call = %call.key, recording = recording.sha256.short(), "a recording that must not be kept is deleted from the inbox");
            return Ok(());
        }
        let Some(found) = self.as_told(recording) else {
            return Ok(());
        };
        let done = match &self.spool {
            Some(spool) => self.keep(spool, &found, call).await,
            None if is_attached(call, &recording.sha256) => self.source.remove(&found.name).await,
            None => {
                // The only copy there is: nobody said that it may be lost.
                if lock(&self.left).insert(recording.sha256.clone()) {
                    tracing::warn!(
                        call = %call.key,
                        recording = recording.sha256.short(),
                        "a recording stays in the inbox: it is not attached, and recordings.keep is off"
                    );
                }
                Ok(())
            }
        };
        done.map_err(|error| failed(&error))
    }
}

fn began(call: &CallState) -> Timestamp {
    call.answer.as_ref().map_or(call.started, |answer| answer.at)
}

fn is_attached(call: &CallState, sha256: &Sha256) -> bool {
    let mut recordings = call.recordings.iter();
    recordings.any(|known| known.recording.sha256 == *sha256 && known.attach.has_hung())
}

/// A name ends as its content does, whatever the template says.
fn with_extension(name: &str, format: Format) -> String {
    let stem = match name.rsplit_once('.') {
        Some((stem, end)) if ["wav", "mp3", "ogg"].contains(&end.to_ascii_lowercase().as_str()) => stem,
        Some(_) | None => name,
    };
    format!("{stem}.{}", format.extension())
}

fn recording(found: &Found) -> Option<Recording> {
    let hints = &found.hints;
    let number = |number: &Option<String>| number.as_deref().map(Dialled::new);
    Some(Recording {
        name: found.name.clone(),
        size: found.size,
        sha256: Sha256::parse(&found.sha256.to_string())?,
        mime: found.format.mime().into(),
        extension: found.format.extension().into(),
        duration: found.duration.and_then(|long| SignedDuration::try_from(long).ok()),
        hints: Hints {
            call: hints.call.as_deref().map(pbx::CallId::new),
            caller: number(&hints.caller),
            called: number(&hints.called),
            began: hints.began,
            or_began: hints.or_began,
        },
    })
}

pub(super) fn failed(error: &ArchiveError) -> InboxError {
    let kind = if error.kind() == ArchiveErrorKind::Missing {
        InboxErrorKind::Gone
    } else {
        InboxErrorKind::Unavailable
    };
    InboxError {
        kind,
        message: error.to_string(),
        source: None,
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
