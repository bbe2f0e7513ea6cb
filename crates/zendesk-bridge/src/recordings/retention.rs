//! Once a day, what was kept for long enough is deleted: from the spool, from the share, and from the tickets.

#[cfg(test)]
mod tests;

use std::time::Duration;

use anyhow::Context;
use async_trait::async_trait;
use bridge_core::port::Assignment;
use bridge_runtime::store::StoreReader;
use bridge_runtime::{Clock, Handle};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use super::attempts::Attempts;
use super::last::{self, RETENTION};
use super::lock;
use super::places::Places;
use crate::config;

/// A pass that left nothing does for so long.
const EVERY: SignedDuration = SignedDuration::from_hours(24);
/// Whether one is due is looked at so often: the clock of the wall may be set.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

/// Deletes what was kept for long enough.
pub(crate) struct Retention {
    places: Places,
    retain: SignedDuration,
    /// Whether they are taken away from the tickets, too.
    redact: bool,
    tickets: Box<dyn Tickets>,
}

/// The tickets with recordings, as far as it takes to have those taken away.
#[async_trait]
pub(crate) trait Tickets: Send + Sync {
    /// What hangs on tickets of calls that began before a moment.
    async fn attached_before(&self, moment: Timestamp) -> anyhow::Result<Vec<Assignment>>;

    /// Has one taken away; back when the order for it is in the journal.
    async fn expire(&self, attached: &Assignment) -> anyhow::Result<()>;
}

/// Those of a running bridge.
pub(crate) struct OfBridge {
    /// The bridge.
    pub(crate) handle: Handle,
    /// Its store.
    pub(crate) reader: StoreReader,
}

/// What is remembered of passes.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
pub(super) struct Last {
    /// The last pass that left nothing.
    served: Option<Timestamp>,
    /// The last pass, whatever came of it.
    pub(super) pass: Pass,
}

/// One pass.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
pub(crate) struct Pass {
    /// When it began.
    pub(crate) at: Timestamp,
    /// Recordings deleted, with their copies.
    pub(crate) deleted: usize,
    /// Recordings on tickets that were ordered to be taken away.
    pub(crate) redacted: usize,
    /// Those that are left.
    pub(crate) left: usize,
    /// Why they are.
    pub(crate) error: Option<String>,
}

#[async_trait]
impl Tickets for OfBridge {
    async fn attached_before(&self, moment: Timestamp) -> anyhow::Result<Vec<Assignment>> {
        Ok(self.reader.attached_before(moment).await?)
    }

    async fn expire(&self, attached: &Assignment) -> anyhow::Result<()> {
        Ok(self.handle.expire(&attached.sha256, &attached.call).await?)
    }
}

impl Retention {
    /// As it is configured.
    pub(crate) fn new(places: Places, config: config::Retention, tickets: Box<dyn Tickets>) -> Self {
        Self {
            places,
            retain: SignedDuration::try_from(config.retain).unwrap_or(SignedDuration::MAX),
            redact: config.redact,
            tickets,
        }
    }

    /// Looks once a day until stopped. A pass that leaves something is repeated until it does not.
    pub(crate) async fn run(&self, clock: &Clock, stop: &CancellationToken) {
        let mut attempts = Attempts::default();
        loop {
            let now = clock.now();
            if attempts.is_due() && self.is_due(now).await {
                let Some(Pass { left, error, .. }) = stop.run_until_cancelled(self.pass(now)).await else {
                    return;
                };
                match error {
                    None => {
                        attempts.succeeded();
                    }
                    Some(error) => {
                        if attempts.failed(&error) {
                            let again_in = attempts.pause();
                            tracing::warn!(
                                left,
                                error,
                                ?again_in,
                                "recordings that were kept for long enough cannot be deleted: it is tried again"
                            );
                        }
                    }
                }
            }
            if stop.run_until_cancelled(tokio::time::sleep(LOOK_AGAIN)).await.is_none() {
                return;
            }
        }
    }

    /// A moment that is still to come was written before the clock was set back: it counts as none.
    async fn is_due(&self, now: Timestamp) -> bool {
        let last = last::read::<Last>(&self.places.folder, RETENTION).await;
        let served = last.and_then(|last| last.served).filter(|served| *served <= now);
        served.is_none_or(|served| now.duration_since(served) >= EVERY)
    }

    /// One pass, and what came of it.
    async fn pass(&self, now: Timestamp) -> Pass {
        let mut pass = Pass {
            at: now,
            deleted: 0,
            redacted: 0,
            left: 0,
            error: None,
        };
        let before = now.checked_sub(self.retain).unwrap_or(Timestamp::MIN);
        for failed in [
            self.files(before, &mut pass).await,
            self.hanging(before, &mut pass).await,
        ] {
            if let Err(error) = failed {
                pass.error = Some(format!("{error:#}"));
            }
        }
        let last = last::read::<Last>(&self.places.folder, RETENTION).await;
        let served = match pass.error {
            None => Some(now),
            Some(_) => last.and_then(|last| last.served),
        };
        let pass_told = pass.clone();
        let last = Last { served, pass };
        if let Err(error) = last::write(&self.places.folder, RETENTION, &last).await {
            tracing::warn!(%error, "it cannot be written down when recordings were deleted");
        }
        let Pass {
            deleted,
            redacted,
            left,
            ..
        } = pass_told;
        if pass_told.error.is_none() || deleted + redacted > 0 {
            tracing::info!(
                deleted,
                redacted,
                left,
                "it was looked for recordings that were kept for long enough"
            );
        }
        pass_told
    }

    /// Those in the spool and on the share, by what the spool knows of them.
    async fn files(&self, before: Timestamp, pass: &mut Pass) -> anyhow::Result<()> {
        let Some(spool) = self.places.spool() else {
            return Ok(());
        };
        let _lock = lock::alone(&self.places.folder, &|| {}).await?;
        let old = spool
            .older_than(before)
            .await
            .context("kept recordings cannot be read")?;
        let report = self.places.erase(&spool, &old, pass.at).await;
        pass.deleted = report.erased.len();
        pass.left += old.len() - report.erased.len();
        match report.failed.into_iter().next() {
            Some((_, error)) => Err(error.into()),
            None => Ok(()),
        }
    }

    /// Those on tickets, by what the journal knows of them.
    async fn hanging(&self, before: Timestamp, pass: &mut Pass) -> anyhow::Result<()> {
        if !self.redact {
            return Ok(());
        }
        let hanging = self.tickets.attached_before(before).await?;
        pass.left += hanging.len();
        for attached in hanging {
            self.tickets.expire(&attached).await?;
            pass.redacted += 1;
            pass.left -= 1;
        }
        Ok(())
    }
}
