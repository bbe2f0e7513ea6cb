//! Recordings of calls that must not be recorded: deleted from spool and share as soon as it is known.

#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context;
use bridge_core::recording::Sha256;
use bridge_runtime::Clock;
use bridge_runtime::store::StoreReader;
use jiff::Timestamp;
use recording_archive::Sha256Sum;
use recording_archive::spool::{Kept, Spool};
use tokio_util::sync::CancellationToken;

use super::attempts::Attempts;
use super::lock;
use super::places::Places;
use crate::stored;

/// What was refused is looked for so often; whoever is about to copy looks, too.
const EVERY: Duration = Duration::from_secs(2);

/// Deletes what was refused.
#[derive(Clone)]
pub(crate) struct Refusals {
    places: Places,
    store: PathBuf,
    /// Of which content and call the recordings of the spool are, by their ids, which stand for both.
    known: Arc<Mutex<HashMap<String, (Sha256Sum, String)>>>,
    /// How many this process has deleted, with their copies.
    deleted: Arc<AtomicUsize>,
}

/// How deleting has gone so far.
#[derive(Default)]
struct Progress {
    /// Here.
    here: Attempts,
    /// On the share.
    there: Attempts,
    /// The ids of what was still to be deleted when it was looked for last.
    seen: HashSet<String>,
}

impl Refusals {
    /// In these places, by what this store says.
    pub(crate) fn new(places: Places, store: PathBuf) -> Self {
        Self {
            places,
            store,
            known: Arc::default(),
            deleted: Arc::default(),
        }
    }

    /// Deletes until stopped: from the spool at once, and from the share as soon as that works.
    pub(crate) async fn run(&self, clock: &Clock, stop: &CancellationToken) {
        let mut progress = Progress::default();
        loop {
            let passed = stop.run_until_cancelled(self.pass(&mut progress, clock.now())).await;
            let slept = stop.run_until_cancelled(tokio::time::sleep(EVERY)).await;
            if passed.and(slept).is_none() {
                return;
            }
        }
    }

    /// Deletes what there is.
    pub(crate) async fn delete(&self, now: Timestamp) -> anyhow::Result<()> {
        let Some((reader, spool)) = self.sources().await? else {
            return Ok(());
        };
        // Nobody waits for a long copy only to find that there is nothing to do.
        if self.discard(&reader, &spool).await?.is_empty() {
            return Ok(());
        }
        self.delete_copies(&reader, &spool, now).await
    }

    /// Looks once. A share that failed is asked again after a pause, or when there is more to be deleted.
    async fn pass(&self, progress: &mut Progress, now: Timestamp) {
        const WHAT: &str = "recordings that must not be kept cannot be deleted: it is tried again";
        let Progress { here, there, seen } = progress;
        let looked = async {
            let Some((reader, spool)) = self.sources().await? else {
                return Ok(None);
            };
            let refused = self.discard(&reader, &spool).await?;
            anyhow::Ok((!refused.is_empty()).then_some((reader, spool, refused)))
        };
        let found = match looked.await {
            Ok(found) => found,
            Err(error) => {
                let error = format!("{error:#}");
                if here.failed(&error) {
                    tracing::warn!(error, "{WHAT}");
                }
                return;
            }
        };
        here.succeeded();
        let Some((reader, spool, refused)) = found else {
            there.succeeded();
            seen.clear();
            return;
        };
        let refused: HashSet<String> = refused.into_iter().map(|kept| kept.id).collect();
        if !refused.is_subset(seen) {
            there.due_at_once();
        }
        *seen = refused;
        if !there.is_due() {
            return;
        }
        match self.delete_copies(&reader, &spool, now).await {
            Ok(()) => {
                there.succeeded();
            }
            Err(error) => {
                let error = format!("{error:#}");
                if there.failed(&error) {
                    let again_in = there.pause();
                    tracing::warn!(error, ?again_in, "{WHAT}");
                }
            }
        }
    }

    /// Deletes what is left of it, once nobody copies.
    async fn delete_copies(&self, reader: &StoreReader, spool: &Spool, now: Timestamp) -> anyhow::Result<()> {
        let _lock = lock::alone(&self.places.folder, &|| {}).await?;
        // Whoever had it may have copied, or deleted.
        let (refused, read) = self.refused(reader, spool).await?;
        self.erase(spool, &refused, now).await?;
        read
    }

    /// Deletes these. Whoever asks has the lock of those who copy and delete.
    pub(super) async fn erase(&self, spool: &Spool, refused: &[Kept], now: Timestamp) -> anyhow::Result<()> {
        let report = self.places.erase(spool, refused, now).await;
        self.deleted.fetch_add(report.erased.len(), Ordering::Relaxed);
        match report.failed.into_iter().next() {
            Some((_, error)) => Err(error.into()),
            None => Ok(()),
        }
    }

    /// Deletes what was refused from the spool, also while somebody copies; all that is still to be deleted on the share, or
    /// known of.
    pub(super) async fn discard(&self, reader: &StoreReader, spool: &Spool) -> anyhow::Result<Vec<Kept>> {
        const UNKNOWN: &str = "it cannot be read which recordings must not be kept";
        let (refused, read) = self.refused(reader, spool).await.context(UNKNOWN)?;
        for kept in refused.iter().filter(|kept| kept.is_here) {
            let discarded = spool.discard(&kept.id).await;
            discarded.context("a recording that must not be kept cannot be deleted from the spool")?;
        }
        read.context(UNKNOWN)?;
        Ok(refused)
    }

    /// How many are still to be deleted.
    pub(crate) async fn left(&self, reader: &StoreReader) -> usize {
        let Some(spool) = self.places.spool() else { return 0 };
        self.refused(reader, &spool)
            .await
            .map_or(0, |(refused, _)| refused.len())
    }

    /// How many this process has deleted, with their copies.
    pub(crate) fn deleted(&self) -> usize {
        self.deleted.load(Ordering::Relaxed)
    }

    /// The store; `None` if no bridge ever ran.
    pub(super) async fn reader(&self) -> anyhow::Result<Option<StoreReader>> {
        let reader = stored::open(&self.store).await;
        reader.context("it cannot be read which recordings must not be kept")
    }

    /// The store and the spool; `None` if there is nothing to delete in either case.
    async fn sources(&self) -> anyhow::Result<Option<(StoreReader, Spool)>> {
        let Some(spool) = self.places.spool() else {
            return Ok(None);
        };
        Ok(self.reader().await?.map(|reader| (reader, spool)))
    }

    /// Those that the spool knows of, and whether all of its records could be read: one that cannot keeps nobody from deleting
    /// the others. What no bridge has heard of yet is among them.
    ///
    /// A recording goes by its content: one that was kept under a call's id keeps that, though the call turned out to be a part
    /// of another.
    async fn refused(&self, reader: &StoreReader, spool: &Spool) -> anyhow::Result<(Vec<Kept>, anyhow::Result<()>)> {
        let (mut sums, mut calls) = (HashSet::new(), HashSet::new());
        for refused in reader.refused().await? {
            sums.insert(sum(&refused.sha256)?);
        }
        for named in reader.wished_refusals().await? {
            if let Some(call) = reader.known(&named).await? {
                calls.insert(call.key.as_str().to_owned());
                for known in &call.recordings {
                    sums.insert(sum(&known.recording.sha256)?);
                }
            }
            calls.insert(named.as_str().to_owned());
        }
        if sums.is_empty() && calls.is_empty() {
            return Ok((Vec::new(), Ok(())));
        }
        let (mut refused, mut read) = (Vec::new(), Ok(()));
        for id in spool.ids().await? {
            match self.content(spool, &id).await {
                Ok(Some((sum, call))) if sums.contains(&sum) || calls.contains(&call) => {
                    refused.extend(spool.get(&id).await?);
                }
                Ok(_) => {}
                Err(error) => read = Err(error),
            }
        }
        Ok((refused, read))
    }

    /// Of which content and call a recording of the spool is. Neither changes, so each is read once.
    async fn content(&self, spool: &Spool, id: &str) -> anyhow::Result<Option<(Sha256Sum, String)>> {
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(content) = known().get(id) {
            return Ok(Some(content.clone()));
        }
        let content = spool.get(id).await?.map(|kept| (kept.sha256, kept.meta.call));
        if let Some(content) = &content {
            known().insert(id.to_owned(), content.clone());
        }
        Ok(content)
    }
}

fn sum(sha256: &Sha256) -> anyhow::Result<Sha256Sum> {
    sha256.as_str().parse().context("the sum of a recording")
}
