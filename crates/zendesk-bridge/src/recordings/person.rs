//! The recordings of one person as files: in the inbox, in the spool, on the share. Listed, and erased.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context;
use bridge_core::call::CallKey;
use bridge_core::erasure::Sought;
use bridge_core::recording::Hints;
use bridge_runtime::store::Spare;
use jiff::{SignedDuration, Timestamp};
use pbx::Dialled;
use recording_archive::inbox::{Found, Inbox};
use recording_archive::spool::{Kept, Spool};

use super::places::Places;
use super::{is_copy, lock, source};
use crate::config::Recordings;
use crate::view::PersonFile;

/// What the journal says of the person's recordings: by their sums, whether each may go.
#[derive(Clone, Debug, Default)]
pub(crate) struct Told {
    /// Calls of his.
    pub(crate) calls: BTreeSet<String>,
    /// Recordings of his; `false` for those whose calls stay for now.
    pub(crate) recordings: BTreeMap<String, bool>,
    /// A call of his is not done with: what lies in the inbox and nobody has seen yet may be its recording, and would be told to be
    /// missing.
    pub(crate) awaits: bool,
}

/// His files.
#[derive(Debug, Default)]
pub(crate) struct Files {
    /// Recordings in the inbox.
    inbox: Vec<Found>,
    /// Recordings there that belong to calls that stay.
    pub(crate) inbox_stays: usize,
    /// Files there that bear his number, and are no recordings that are complete and can be read.
    pub(crate) inbox_unfit: usize,
    /// In the spool and on the share.
    kept: Vec<Kept>,
    /// What could not be looked at.
    pub(crate) trouble: Vec<String>,
    /// Inbox or spool could not be looked into.
    unseen: bool,
}

/// What came of erasing them.
#[derive(Debug, Default)]
pub(crate) struct Gone {
    /// Recordings deleted from the inbox.
    pub(crate) inbox: usize,
    /// Recordings deleted from spool and share.
    pub(crate) kept: usize,
    /// How many are left.
    pub(crate) left: usize,
    /// Why.
    pub(crate) trouble: Vec<String>,
    /// What the store must not let go of: it leads to what is left.
    pub(crate) spare: Spare,
}

/// The places where his files may be.
pub(crate) struct Person<'a> {
    config: &'a Recordings,
    sought: &'a Sought,
    inbox: Option<Box<dyn Inbox>>,
}

impl<'a> Person<'a> {
    /// As they are configured.
    pub(crate) fn new(config: &'a Recordings, sought: &'a Sought) -> Self {
        Self {
            config,
            sought,
            inbox: config.recording.as_ref().map(source),
        }
    }

    /// His files; nothing is changed.
    pub(crate) async fn look(&self, told: &Told, now: Timestamp) -> Files {
        let mut files = Files::default();
        if let Err(error) = self.look_into_inbox(told, now, &mut files).await {
            files.unseen = true;
            files.trouble.push(format!("the inbox cannot be looked into: {error}"));
        }
        match self.kept(told).await {
            Ok(kept) => files.kept = kept,
            Err(error) => {
                files.unseen = true;
                files.trouble.push(format!("{error:#}"));
            }
        }
        files
    }

    /// Erases them: those of calls that stay are left in the inbox. `others` is told if this waits for somebody who copies.
    pub(crate) async fn erase(
        &self,
        files: Files,
        told: &Told,
        now: Timestamp,
        others: &(dyn Fn() + Send + Sync),
    ) -> Gone {
        let mut gone = Gone {
            left: files.inbox_stays + files.inbox_unfit,
            trouble: files.trouble,
            spare: Spare {
                unassigned: files.unseen || files.inbox_unfit > 0,
                calls: if files.unseen {
                    told.calls.iter().map(CallKey::new).collect()
                } else {
                    BTreeSet::new()
                },
            },
            ..Gone::default()
        };
        for found in &files.inbox {
            let Some(inbox) = &self.inbox else { continue };
            match inbox.remove(&found.name).await {
                Ok(()) => gone.inbox += 1,
                Err(error) => {
                    gone.left += 1;
                    gone.spare.unassigned = true;
                    let call = found.hints.call.as_deref().map(CallKey::new);
                    gone.spare.calls.extend(call);
                    gone.trouble.push(format!("a recording stays in the inbox: {error}"));
                }
            }
        }
        if let Err(error) = self.erase_kept(told, now, others, &mut gone).await {
            gone.left += files.kept.len();
            gone.spare.calls.extend(self.led_to_by_calls(&files.kept));
            // Whoever looked before may have met the same.
            let trouble = format!("{error:#}");
            if !gone.trouble.contains(&trouble) {
                gone.trouble.push(trouble);
            }
        }
        gone
    }

    async fn look_into_inbox(
        &self,
        told: &Told,
        now: Timestamp,
        files: &mut Files,
    ) -> Result<(), recording_archive::ArchiveError> {
        let (Some(inbox), Some(recording)) = (&self.inbox, &self.config.recording) else {
            return Ok(());
        };
        // A file that is at rest is known by two looks. What is of him goes, at rest or not, so nobody waits in between.
        inbox.scan(now).await?;
        let rest = SignedDuration::try_from(recording.settle).unwrap_or_default();
        let later = now.checked_add(rest + SignedDuration::from_secs(1)).unwrap_or(now);
        for found in inbox.scan(later).await? {
            if is_copy(&found.name) {
                continue;
            }
            match told.recordings.get(&found.sha256.to_string()) {
                Some(true) => files.inbox.push(found),
                Some(false) => files.inbox_stays += 1,
                None if self.is_of(&found, told) && told.awaits => files.inbox_stays += 1,
                None if self.is_of(&found, told) => files.inbox.push(found),
                None => {}
            }
        }
        let unfit = inbox.waiting();
        let bears = |name: &str| !is_copy(name) && self.sought.is_in_name(name);
        files.inbox_unfit = unfit.iter().filter(|(name, _)| bears(name)).count();
        Ok(())
    }

    /// Whether a file that the journal does not know is of him.
    fn is_of(&self, found: &Found, told: &Told) -> bool {
        let number = |number: &Option<String>| number.as_deref().map(Dialled::new);
        let hints = Hints {
            caller: number(&found.hints.caller),
            called: number(&found.hints.called),
            ..Hints::default()
        };
        self.sought.is_meant(&hints, &found.name)
            || found.hints.call.as_ref().is_some_and(|call| told.calls.contains(call))
    }

    async fn kept(&self, told: &Told) -> anyhow::Result<Vec<Kept>> {
        match Places::new(self.config).spool() {
            Some(spool) => self.kept_in(&spool, told).await,
            None => Ok(Vec::new()),
        }
    }

    async fn kept_in(&self, spool: &Spool, told: &Told) -> anyhow::Result<Vec<Kept>> {
        let mut all = spool.all().await.context("kept recordings cannot be read")?;
        all.retain(|kept| self.is_numbered(kept) || told.calls.contains(&kept.meta.call));
        Ok(all)
    }

    /// The calls by which alone some of these are found: the spool does not know the number with them.
    fn led_to_by_calls(&self, kept: &[Kept]) -> BTreeSet<CallKey> {
        let unnumbered = kept.iter().filter(|kept| !self.is_numbered(kept));
        unnumbered.map(|kept| CallKey::new(kept.meta.call.as_str())).collect()
    }

    fn is_numbered(&self, kept: &Kept) -> bool {
        let mut numbers = kept.meta.numbers.iter();
        numbers.any(|number| self.sought.is(&Dialled::new(number.as_str())))
    }

    async fn erase_kept(
        &self,
        told: &Told,
        now: Timestamp,
        others: &(dyn Fn() + Send + Sync),
        gone: &mut Gone,
    ) -> anyhow::Result<()> {
        let places = Places::new(self.config);
        let Some(spool) = places.spool() else { return Ok(()) };
        let _lock = lock::alone(&places.folder, others).await?;
        // Looked at again: whoever was copying until now has changed what is known of copies.
        let kept = self.kept_in(&spool, told).await?;
        let report = places.erase(&spool, &kept, now).await;
        gone.kept += report.erased.len();
        gone.left += kept.len() - report.erased.len();
        let left: Vec<Kept> = kept
            .into_iter()
            .filter(|kept| !report.erased.contains(&kept.id))
            .collect();
        gone.spare.calls.extend(self.led_to_by_calls(&left));
        let mut told: Vec<String> = report.failed.into_iter().map(|(_, error)| error.to_string()).collect();
        told.dedup();
        let told = told
            .iter()
            .map(|error| format!("kept recordings cannot be erased: {error}"));
        gone.trouble.extend(told);
        Ok(())
    }
}

impl Files {
    /// Each file of each place, without its name.
    pub(crate) fn all(&self) -> Vec<PersonFile> {
        let inbox = self.inbox.iter().map(|found| PersonFile {
            place: "inbox",
            sha256: found.sha256.to_string(),
            bytes: found.size,
        });
        let file = |kept: &Kept, place| PersonFile {
            place,
            sha256: kept.sha256.to_string(),
            bytes: kept.size,
        };
        let spool = self
            .kept
            .iter()
            .filter(|kept| kept.is_here)
            .map(|kept| file(kept, "spool"));
        let copied = self.kept.iter().filter(|kept| kept.copied.is_some());
        inbox
            .chain(spool)
            .chain(copied.map(|kept| file(kept, "share")))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use bridge_core::number::NumberPlan;
    use tokio::sync::Notify;

    use super::*;

    fn configured(folder: &tempfile::TempDir) -> Recordings {
        Recordings {
            rules: Default::default(),
            recording: None,
            spool: folder.path().to_owned(),
            share: None,
            retention: None,
        }
    }

    fn sought() -> Sought {
        let plan = NumberPlan::new("DE", Some("721")).unwrap();
        Sought::parse("0721 555010", &plan, None).unwrap()
    }

    #[tokio::test]
    async fn a_spool_that_cannot_be_read_is_told_once() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("damaged.json"), "{").unwrap();
        let (config, sought, told) = (configured(&folder), sought(), Told::default());
        let person = Person::new(&config, &sought);
        let files = person.look(&told, Timestamp::UNIX_EPOCH).await;
        assert_eq!(files.trouble.len(), 1);
        let gone = person.erase(files, &told, Timestamp::UNIX_EPOCH, &|| {}).await;
        assert_eq!(gone.trouble.len(), 1, "{:?}", gone.trouble);
        assert!(gone.trouble[0].contains("kept recordings cannot be read"));
    }

    #[tokio::test]
    async fn whoever_waits_for_others_who_copy_is_told_so() {
        let folder = tempfile::tempdir().unwrap();
        let (config, sought, told) = (configured(&folder), sought(), Told::default());
        let person = Person::new(&config, &sought);
        let first = lock::take(&folder.path().join("copy.lock")).unwrap();
        let waits = Notify::new();
        let others = || waits.notify_one();
        let free = async {
            waits.notified().await;
            drop(first);
        };
        let erased = person.erase(Files::default(), &told, Timestamp::UNIX_EPOCH, &others);
        let (gone, ()) = tokio::join!(erased, free);
        assert_eq!((gone.left, gone.trouble), (0, Vec::new()));
    }
}
