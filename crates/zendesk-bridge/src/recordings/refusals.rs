//! Recordings of calls that must not be recorded: deleted from spool and share as soon as it is known.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use bridge_core::call::CallKey;
use bridge_runtime::Clock;
use bridge_runtime::store::{StoreErrorKind, StoreReader};
use jiff::Timestamp;
use recording_archive::spool::{Kept, Spool};
use tokio_util::sync::CancellationToken;

use super::lock;
use super::places::Places;

/// What was refused is looked for so often; whoever is about to copy looks, too.
const EVERY: Duration = Duration::from_secs(2);

/// Deletes what was refused.
#[derive(Clone)]
pub(crate) struct Refusals {
    places: Places,
    store: PathBuf,
}

impl Refusals {
    /// In these places, by what this store says.
    pub(crate) fn new(places: Places, store: PathBuf) -> Self {
        Self { places, store }
    }

    /// Deletes until stopped. What cannot be deleted now is tried again, and told once.
    pub(crate) async fn run(&self, clock: &Clock, stop: &CancellationToken) {
        let mut said = None;
        loop {
            let Some(deleted) = stop.run_until_cancelled(self.delete(clock.now())).await else {
                return;
            };
            let error = deleted.err().map(|error| format!("{error:#}"));
            if error != said
                && let Some(error) = &error
            {
                tracing::warn!(
                    error,
                    "recordings that must not be kept cannot be deleted: it is tried again"
                );
            }
            said = error;
            if stop.run_until_cancelled(tokio::time::sleep(EVERY)).await.is_none() {
                return;
            }
        }
    }

    /// Deletes what there is.
    pub(crate) async fn delete(&self, now: Timestamp) -> anyhow::Result<()> {
        let Some(spool) = self.places.spool() else {
            return Ok(());
        };
        // Nobody waits for a long copy only to find that there is nothing to do.
        if self.refused(&spool).await?.is_empty() {
            return Ok(());
        }
        let _lock = lock::alone(&self.places.folder, &|| {}).await?;
        let refused = self.refused(&spool).await?;
        self.erase(&spool, &refused, now).await
    }

    /// Deletes these. Whoever asks has the lock of those who copy and delete.
    pub(super) async fn erase(&self, spool: &Spool, refused: &[Kept], now: Timestamp) -> anyhow::Result<()> {
        let report = self.places.erase(spool, refused, now).await;
        match report.failed.into_iter().next() {
            Some((_, error)) => Err(error.into()),
            None => Ok(()),
        }
    }

    /// How many are still to be deleted.
    pub(crate) async fn left(&self) -> usize {
        let Some(spool) = self.places.spool() else { return 0 };
        self.refused(&spool).await.map_or(0, |refused| refused.len())
    }

    /// Those that the spool knows of. What no bridge has heard of yet is among them.
    pub(super) async fn refused(&self, spool: &Spool) -> anyhow::Result<Vec<Kept>> {
        let reader = match StoreReader::open(&self.store).await {
            Ok(reader) => reader,
            Err(error) if error.kind() == StoreErrorKind::Missing => return Ok(Vec::new()),
            Err(error) => return Err(error.into()),
        };
        let mut kept = Vec::new();
        for refused in reader.refused().await? {
            let sha256 = refused.sha256.as_str().parse().context("the sum of a recording")?;
            kept.extend(spool.find(sha256, refused.call.as_str()).await?);
        }
        for call in reader.wished_refusals().await? {
            kept.extend(spool.of_call(CallKey::as_str(&call)).await?);
        }
        Ok(kept)
    }
}
