//! Reads the telephone system's own lists of calls, when the core asks for them.

use std::collections::BTreeMap;
use std::sync::Arc;

use bridge_core::call_log::{LogRead, LogRequest};
use pbx::Pbx;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::board::Board;
use crate::chain::chain;
use crate::engine::Told;

/// What the reader works with.
pub(crate) struct Lists {
    pub(crate) pbx: Arc<dyn Pbx>,
    pub(crate) asked: mpsc::UnboundedReceiver<LogRequest>,
    pub(crate) told: mpsc::UnboundedSender<Told>,
    pub(crate) board: Arc<Board>,
    pub(crate) stop: CancellationToken,
}

impl Lists {
    /// Reads until stopped, one list after the other: nobody waits for them, and the telephone system has calls to serve.
    pub(crate) async fn run(mut self) {
        let mut failing = BTreeMap::new();
        while let Some(Some(request)) = self.stop.run_until_cancelled(self.asked.recv()).await {
            let Some(told) = self.stop.run_until_cancelled(self.read(request, &mut failing)).await else {
                break;
            };
            // Nobody listens any more only when the bridge stops.
            let _ = self.told.send(told);
        }
    }

    async fn read(&self, request: LogRequest, failing: &mut BTreeMap<pbx::UserId, String>) -> Told {
        let LogRequest { owner, from, until } = request;
        let Some(log) = self.pbx.call_log() else {
            let why = "the telephone system keeps no lists of calls".into();
            return Told::LogUnread { owner, why };
        };
        match log.calls(&owner, from, until).await {
            Ok(calls) => {
                tracing::debug!(%owner, calls = calls.len(), "a list of calls was read");
                self.board.list(&owner, None);
                failing.remove(&owner);
                Told::Log(LogRead { owner, calls })
            }
            Err(error) => {
                let why = chain(&error);
                // It is asked for again every minute.
                if failing.insert(owner.clone(), why.clone()).as_ref() == Some(&why) {
                    tracing::debug!(%owner, error = why, "a list of calls still cannot be read");
                } else {
                    tracing::warn!(%owner, error = why, "a list of calls cannot be read: what was missed is made up for when it can");
                }
                self.board.list(&owner, Some(&why));
                Told::LogUnread { owner, why }
            }
        }
    }
}
