//! Looks into the inbox now and then, and tells the core what is there.

use std::sync::Arc;
use std::time::Duration;

use bridge_core::call::CallKey;
use bridge_core::port::{Journal, JournalError};
use bridge_core::recording::{Recording, Sha256, Standing};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::board::Board;
use crate::chain::chain;
use crate::clock::Clock;
use crate::engine::Told;
use crate::inbox::{Inbox, InboxError};
use crate::pauses::sleep_unless;

/// What the task works with.
pub(crate) struct Recordings {
    pub(crate) inbox: Arc<dyn Inbox>,
    pub(crate) every: Duration,
    pub(crate) journal: Arc<dyn Journal>,
    pub(crate) told: mpsc::UnboundedSender<Told>,
    pub(crate) board: Arc<Board>,
    pub(crate) clock: Clock,
    pub(crate) stop: CancellationToken,
}

#[derive(Debug, thiserror::Error)]
enum LookError {
    #[error("the inbox of recordings cannot be read")]
    Inbox(#[source] InboxError),
    #[error("a recording can neither be kept nor removed from the inbox")]
    PutAway(#[source] InboxError),
    #[error("the journal cannot be read")]
    Journal(#[from] JournalError),
}

impl Recordings {
    /// Looks until stopped.
    pub(crate) async fn run(self) {
        let mut failing = None;
        loop {
            let Some(looked) = self.stop.run_until_cancelled(self.look()).await else {
                return;
            };
            let error = looked.err().map(|error| chain(&error));
            if error != failing
                && let Some(error) = &error
            {
                tracing::warn!(
                    error,
                    "recordings cannot be looked for: none is lost, it goes on when they can"
                );
            }
            self.board
                .post(|status| status.recordings.inbox_error.clone_from(&error));
            failing = error;
            if !sleep_unless(&self.stop, self.every).await {
                return;
            }
        }
    }

    async fn look(&self) -> Result<(), LookError> {
        let found = self.inbox.scan(self.clock.now()).await.map_err(LookError::Inbox)?;
        let sums: Vec<Sha256> = found.iter().map(|recording| recording.sha256.clone()).collect();
        let known = self.journal.recordings(&sums).await?;
        let (mut done, mut waiting) = (Ok(()), found.len());
        for recording in found {
            match known.get(&recording.sha256) {
                Some(Standing::Attached { call } | Standing::Settled { call, .. }) => {
                    // One that cannot be put away keeps nobody from the others.
                    let put_away = self.done(&recording, call).await;
                    waiting -= usize::from(put_away.is_ok());
                    done = done.and(put_away);
                }
                Some(Standing::Refused { call }) => {
                    let gone = self.inbox.discard(&recording).await.map_err(LookError::PutAway);
                    if gone.is_ok() {
                        tracing::info!(%call, recording = recording.sha256.short(), "a recording that must not be kept is deleted from the inbox");
                    }
                    waiting -= usize::from(gone.is_ok());
                    done = done.and(gone);
                }
                // The core has it, and tells what comes of it.
                Some(Standing::Assigned { .. }) => {}
                Some(Standing::Unassigned { .. } | Standing::Gone) | None => self.tell(Told::Recording(recording)),
            }
        }
        self.board.post(|status| status.recordings.in_inbox = waiting);
        for sum in self.board.unassigned() {
            if !sums.contains(&sum) {
                self.tell(Told::RecordingGone(sum));
            }
        }
        done
    }

    async fn done(&self, recording: &Recording, call: &CallKey) -> Result<(), LookError> {
        match self.journal.call(call).await? {
            Some(call) => self.inbox.done(recording, &call).await.map_err(LookError::PutAway)?,
            None => tracing::warn!(%call, "a recording stays in the inbox: its call is not in the journal any more"),
        }
        Ok(())
    }

    fn tell(&self, told: Told) {
        // Nobody listens any more only when the bridge stops.
        let _ = self.told.send(told);
    }
}
