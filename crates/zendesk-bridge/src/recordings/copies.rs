//! Copies to the share: at the set times, as soon as possible after one that was missed, and whenever somebody asks.

#[cfg(test)]
mod tests;

use std::time::Duration;

use anyhow::Context;
use bridge_runtime::Clock;
use jiff::{SignedDuration, Timestamp};
use recording_archive::copy::{CopyReport, Step};
use recording_archive::schedule::Schedule;
use recording_archive::spool::Spool;
use tokio_util::sync::CancellationToken;

use super::attempts::Attempts;
use super::last::{self, COPY, Last, Run};
use super::lock;
use super::places::Places;
use super::refusals::Refusals;

/// The schedule is looked at so often: the clock of the wall may be set, and somebody may have copied by hand.
const LOOK_AGAIN: Duration = Duration::from_secs(30);
/// A schedule is looked at so often at most.
const ASK_AGAIN: Duration = Duration::from_millis(200);

/// Copies what waits in a spool.
#[derive(Clone)]
pub(crate) struct Copies {
    places: Places,
    schedule: Schedule,
    refusals: Refusals,
}

impl Copies {
    /// From the spool to the share of these places; what must not be kept is deleted before anything is copied.
    pub(crate) fn new(places: Places, schedule: Schedule, refusals: Refusals) -> Self {
        Self {
            places,
            schedule,
            refusals,
        }
    }

    /// Copies at the set times until stopped. A run that fails is repeated until nothing is left.
    pub(crate) async fn run(&self, clock: &Clock, stop: &CancellationToken) {
        let mut attempts = Attempts::default();
        loop {
            let now = clock.now();
            let served = self.served(now).await;
            if self.schedule.missed(served, now).is_none() {
                // Perhaps because somebody copied by hand.
                if attempts.succeeded() {
                    tracing::info!("recordings were copied by somebody else; none is left");
                }
            } else if attempts.is_due() {
                let Some(run) = stop.run_until_cancelled(self.copy(clock, &|_| {}, &|| {})).await else {
                    return;
                };
                tell(run.map(|(_, run)| run), &mut attempts);
            }
            let pause = attempts.pause().or_else(|| {
                let until = self.schedule.next(served)?.duration_since(clock.now());
                Duration::try_from(until.max(SignedDuration::ZERO)).ok()
            });
            let pause = pause.unwrap_or(LOOK_AGAIN).clamp(ASK_AGAIN, LOOK_AGAIN);
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
        let folder = &self.places.folder;
        let _lock = lock::alone(folder, others).await?;
        let at = clock.now();
        let spool = Spool::beside(folder);
        #[cfg(feature = "failpoints")]
        let spool = crate::failpoints::spool(spool, "copying");
        let copied = match self.withhold(&spool, at).await {
            Ok(()) => {
                let copied = self.places.copy(&spool, at, progress).await;
                copied.context("kept recordings cannot be read")
            }
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
        let served = match run.error {
            None => at,
            Some(_) => self.served(at).await,
        };
        let last = Last {
            served,
            run: Some(run.clone()),
        };
        let written = last::write(folder, COPY, &last).await;
        written.context("what came of the copy cannot be written down")?;
        Ok((copied?, run))
    }

    /// Deletes what must not be kept before anything is copied. As long as it is not known what that is, or some of it still
    /// lies here, nothing is.
    async fn withhold(&self, spool: &Spool, at: Timestamp) -> anyhow::Result<()> {
        if let Some(reader) = self.refusals.reader().await? {
            let refused = self.refusals.discard(&reader, spool).await?;
            if let Err(error) = self.refusals.erase(spool, &refused, at).await {
                // A copy there is deleted as soon as that works.
                tracing::debug!(error = format!("{error:#}"), "what was refused is not all deleted yet");
            }
        }
        Ok(())
    }

    /// Since when the schedule is to be served; from the first start on. A moment that is still to come was written before the
    /// clock was set back: nothing would be copied until then.
    async fn served(&self, now: Timestamp) -> Timestamp {
        let folder = &self.places.folder;
        let last = last::read::<Last>(folder, COPY).await;
        let run = match last {
            Some(last) if last.served <= now => return last.served,
            Some(last) => last.run,
            None => None,
        };
        if let Err(error) = last::write(folder, COPY, &Last { served: now, run }).await {
            tracing::warn!(%error, "it cannot be written down since when recordings are copied");
        }
        now
    }
}

/// Says in the log what has changed with this run.
fn tell(run: anyhow::Result<Run>, attempts: &mut Attempts) {
    let (copied, left, error) = match run {
        Ok(run) => (run.copied, run.left, run.error),
        Err(error) => (0, 0, Some(format!("{error:#}"))),
    };
    match error {
        None => {
            if attempts.succeeded() || copied > 0 {
                tracing::info!(copied, "recordings are copied; none is left");
            }
        }
        Some(error) => {
            if attempts.failed(&error) {
                let again_in = attempts.pause();
                tracing::warn!(
                    copied,
                    left,
                    error,
                    ?again_in,
                    "recordings cannot be copied: none is lost, it is tried again"
                );
            }
        }
    }
}
