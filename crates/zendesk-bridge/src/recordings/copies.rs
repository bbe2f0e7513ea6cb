//! Copies to the share: at the set times, as soon as possible after one that was missed, and whenever somebody asks.

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use bridge_runtime::Clock;
use jiff::{SignedDuration, Timestamp};
use recording_archive::archive::Sink;
use recording_archive::copy::{CopyReport, Step, copy_all};
use recording_archive::schedule::Schedule;
use recording_archive::spool::Spool;
use tokio_util::sync::CancellationToken;

use super::last::{self, COPY, Last, Run};
use super::lock;
use super::refusals::Refusals;
use crate::config::Share;

/// The schedule is looked at so often: the clock of the wall may be set, and somebody may have copied by hand.
const LOOK_AGAIN: Duration = Duration::from_secs(30);
/// A schedule is looked at so often at most.
const ASK_AGAIN: Duration = Duration::from_millis(200);
/// A share that is away is tried again after so long at first, and after so long at last.
const PAUSES: (SignedDuration, SignedDuration) = (SignedDuration::from_mins(1), SignedDuration::from_mins(30));

/// Copies what waits in a spool.
#[derive(Clone)]
pub(crate) struct Copies {
    folder: PathBuf,
    sink: Arc<dyn Sink>,
    subdirectory: String,
    schedule: Schedule,
    refusals: Option<Refusals>,
}

impl Copies {
    /// From this spool to this share.
    pub(crate) fn new(folder: &Path, share: &Share) -> Self {
        Self {
            folder: folder.to_owned(),
            sink: Arc::from(super::sink(&share.spot)),
            subdirectory: share.subdirectory.clone(),
            schedule: share.schedule.clone(),
            refusals: None,
        }
    }

    /// The same; what must not be kept is deleted before anything is copied.
    pub(crate) fn unless_refused(mut self, refusals: Refusals) -> Self {
        self.refusals = Some(refusals);
        self
    }

    /// Copies at the set times until stopped. A run that fails is repeated until nothing is left.
    pub(crate) async fn run(&self, clock: &Clock, stop: &CancellationToken) {
        let mut attempts = Attempts::default();
        loop {
            let now = clock.now();
            let served = self.served(now);
            if self.schedule.missed(served, now).is_none() {
                // Perhaps because somebody copied by hand.
                attempts.nothing_is_due();
            } else if attempts.is_due(now) {
                let Some(run) = stop.run_until_cancelled(self.copy(clock, &|_| {}, &|| {})).await else {
                    return;
                };
                attempts.told(run.map(|(_, run)| run), clock.now());
            }
            let next = self.schedule.next(served);
            let pause = attempts.pause(next, clock.now());
            if stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_none() {
                return;
            }
        }
    }

    /// Copies what waits now; one run at a time, whichever process begins it: whoever comes second waits, is told so by
    /// `others`, and finds what is left.
    ///
    /// # Errors
    /// Where the spool cannot be read or written. What fails at the share stands in the report.
    pub(crate) async fn copy(
        &self,
        clock: &Clock,
        progress: &(dyn Fn(Step) + Send + Sync),
        others: &(dyn Fn() + Send + Sync),
    ) -> anyhow::Result<(CopyReport, Run)> {
        let _lock = lock::alone(&self.folder, others).await?;
        let at = clock.now();
        let spool = Spool::beside(&self.folder);
        #[cfg(feature = "failpoints")]
        let spool = crate::failpoints::spool(spool, "copying");
        let copied = match self.withhold(&spool, at).await {
            Ok(()) => copy_all(&spool, &*self.sink, &self.subdirectory, at, progress)
                .await
                .context("kept recordings cannot be read"),
            Err(error) => Err(error),
        };
        let run = match &copied {
            Ok(report) => Run {
                at,
                copied: report.copied,
                left: report.failed.len() + report.not_tried,
                error: report.failed.last().map(|(_, error)| error.to_string()),
            },
            Err(error) => Run {
                at,
                copied: 0,
                left: spool.here().await.map_or(0, |(count, _)| count),
                error: Some(format!("{error:#}")),
            },
        };
        let served = if run.error.is_none() { at } else { self.served(at) };
        let last = Last {
            served,
            run: Some(run.clone()),
        };
        last::write(&self.folder, COPY, &last).context("what came of the copy cannot be written down")?;
        Ok((copied?, run))
    }

    /// Deletes what must not be kept before anything is copied. As long as it is not known what that is, or some of it still
    /// lies here, nothing is.
    async fn withhold(&self, spool: &Spool, at: Timestamp) -> anyhow::Result<()> {
        let Some(refusals) = &self.refusals else { return Ok(()) };
        let refused = refusals.refused(spool).await;
        let refused = refused.context("it cannot be read which recordings must not be kept")?;
        if let Err(error) = refusals.erase(spool, &refused, at).await {
            // A copy there is deleted as soon as that works.
            tracing::debug!(error = format!("{error:#}"), "what was refused is not all deleted yet");
        }
        let is_left = refused.iter().any(|kept| spool.path(kept).exists());
        anyhow::ensure!(
            !is_left,
            "a recording that must not be kept cannot be deleted from the spool"
        );
        Ok(())
    }

    /// Since when the schedule is to be served; from the first start on.
    fn served(&self, now: Timestamp) -> Timestamp {
        if let Some(last) = last::read::<Last>(&self.folder, COPY) {
            return last.served;
        }
        let first = Last { served: now, run: None };
        if let Err(error) = last::write(&self.folder, COPY, &first) {
            tracing::warn!(%error, "it cannot be written down since when recordings are copied");
        }
        now
    }
}

/// How the runs that were due have gone.
#[derive(Default)]
struct Attempts {
    failed: u32,
    again_at: Option<Timestamp>,
    error: Option<String>,
}

impl Attempts {
    fn is_due(&self, now: Timestamp) -> bool {
        self.again_at.is_none_or(|at| at <= now)
    }

    fn nothing_is_due(&mut self) {
        if self.failed > 0 {
            tracing::info!("recordings were copied by somebody else; none is left");
        }
        *self = Self::default();
    }

    /// Says in the log what changed.
    fn told(&mut self, run: anyhow::Result<Run>, now: Timestamp) {
        let (copied, left, error) = match run {
            Ok(run) => (run.copied, run.left, run.error),
            Err(error) => (0, 0, Some(format!("{error:#}"))),
        };
        let Some(error) = error else {
            if copied > 0 || self.failed > 0 {
                tracing::info!(copied, "recordings are copied; none is left");
            }
            *self = Self::default();
            return;
        };
        self.failed += 1;
        let again_at = now.checked_add(pause_after(self.failed)).unwrap_or(now);
        if self.error.as_ref() != Some(&error) {
            tracing::warn!(copied, left, error, %again_at, "recordings cannot be copied: none is lost, it is tried again");
        }
        self.again_at = Some(again_at);
        self.error = Some(error);
    }

    /// How long nothing is to be done.
    fn pause(&self, next: Option<Timestamp>, now: Timestamp) -> Duration {
        let due = self.again_at.or(next);
        let until = due.map(|due| due.duration_since(now).max(SignedDuration::ZERO));
        let until = until.and_then(|until| Duration::try_from(until).ok());
        until.unwrap_or(LOOK_AGAIN).clamp(ASK_AGAIN, LOOK_AGAIN)
    }
}

/// 1, 2, 4 … 30 minutes.
pub(super) fn pause_after(failed: u32) -> SignedDuration {
    let doubled = 2i32.saturating_pow(failed.saturating_sub(1).min(10));
    (PAUSES.0 * doubled).min(PAUSES.1)
}
