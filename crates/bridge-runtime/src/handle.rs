//! What others may ask of a running bridge.

use std::sync::Arc;

use bridge_core::call::CallSummary;
use tokio::sync::{broadcast, mpsc, oneshot};

use crate::board::Board;
use crate::engine::Told;
use crate::status::Status;

/// A handle on a bridge, for a web surface, a command line or a test. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Handle {
    board: Arc<Board>,
    told: mpsc::UnboundedSender<Told>,
    changes: broadcast::Sender<CallSummary>,
}

/// The bridge has stopped.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the bridge has stopped")]
pub struct Stopped;

impl Handle {
    pub(crate) fn new(
        board: Arc<Board>,
        told: mpsc::UnboundedSender<Told>,
        changes: broadcast::Sender<CallSummary>,
    ) -> Self {
        Self { board, told, changes }
    }

    /// How the bridge is doing. Never waits, not even for a journal that cannot be written.
    #[must_use]
    pub fn status(&self) -> Status {
        self.board.read()
    }

    /// Activates or deactivates the bridge; back when that is in the journal, and so outlives a restart.
    ///
    /// # Errors
    /// When the bridge has stopped. Whether the wish was kept is not known then.
    pub async fn set_active(&self, active: bool) -> Result<Status, Stopped> {
        let (done, kept) = oneshot::channel();
        self.told
            .send(Told::Activation {
                active,
                done: Some(done),
            })
            .map_err(|_| Stopped)?;
        kept.await.map_err(|_| Stopped)?;
        Ok(self.status())
    }

    /// Every change of a call from here on, as soon as it is in the journal. A receiver that does not keep up misses some.
    #[must_use]
    pub fn changes(&self) -> broadcast::Receiver<CallSummary> {
        self.changes.subscribe()
    }
}
