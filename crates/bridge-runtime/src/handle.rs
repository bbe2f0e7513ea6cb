//! What others may ask of a running bridge.

use std::fmt;
use std::sync::Arc;

use bridge_core::call::{CallKey, CallState, CallSummary};
use bridge_core::effect::{Effect, EffectId};
use bridge_core::port::{Journal, JournalError};
use bridge_core::recording::Sha256;
use tokio::sync::{broadcast, mpsc, oneshot, watch};

use crate::board::Board;
use crate::engine::Told;
use crate::figures::Figures;
use crate::status::Status;

/// A handle on a bridge, for a web surface, a command line or a test. Cheap to clone.
#[derive(Clone)]
pub struct Handle {
    board: Arc<Board>,
    told: mpsc::UnboundedSender<Told>,
    changes: broadcast::Sender<CallSummary>,
    journal: Arc<dyn Journal>,
}

/// Why wedged effects could not be taken up again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RetryError {
    /// The bridge has stopped.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// It is not known what is wedged.
    #[error("the journal cannot be read")]
    Journal(#[source] JournalError),
}

/// Why a recording could not be brought to a call.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AssignError {
    /// The bridge has stopped.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// None that waits to be assigned.
    #[error("there is no such recording that waits to be assigned")]
    NoRecording,
    /// None that the bridge ever heard of.
    #[error("there is no such call")]
    NoCall,
    /// The call is not known.
    #[error("the journal cannot be read")]
    Journal(#[source] JournalError),
}

/// Why nothing can be done with a call.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// The bridge has stopped.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// None that the bridge ever heard of.
    #[error("there is no such call")]
    NoCall,
    /// The call is not known.
    #[error("the journal cannot be read")]
    Journal(#[source] JournalError),
}

/// The bridge has stopped.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the bridge has stopped")]
pub struct Stopped;

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").finish_non_exhaustive()
    }
}

impl Handle {
    pub(crate) fn new(
        board: Arc<Board>,
        told: mpsc::UnboundedSender<Told>,
        changes: broadcast::Sender<CallSummary>,
        journal: Arc<dyn Journal>,
    ) -> Self {
        Self {
            board,
            told,
            changes,
            journal,
        }
    }

    /// How the bridge is doing. Never waits, not even for a journal that cannot be written.
    #[must_use]
    pub fn status(&self) -> Status {
        self.board.read()
    }

    /// What the bridge has counted since it began to run.
    #[must_use]
    pub fn figures(&self) -> Figures {
        self.board.tally.read()
    }

    /// Whether the status was written to since: to wait for something in it, look at [`Handle::status`], wait for news, and
    /// look again. Changes that follow each other quickly are told as one.
    #[must_use]
    pub fn news(&self) -> watch::Receiver<()> {
        self.board.news()
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

    /// Takes wedged effects up again: the one of this id, or all of the call of this key. Back when that is in the journal;
    /// which they are. What comes of them shows in the status, as ever.
    ///
    /// # Errors
    /// When the bridge has stopped, or the journal cannot be read.
    pub async fn retry(&self, id: &str) -> Result<Vec<EffectId>, RetryError> {
        let wedged = self.journal.wedged(id).await.map_err(RetryError::Journal)?;
        let mut taken_up = Vec::new();
        for effect in wedged {
            taken_up.push(effect.id.clone());
            take_up(&self.told, effect).await?;
        }
        Ok(taken_up)
    }

    /// Brings a recording, of which nobody knew whose it is, to a call. Back when that is in the journal.
    ///
    /// # Errors
    /// When there is no such recording or no such call, the bridge has stopped, or the journal cannot be read.
    pub async fn assign(&self, sha256: &Sha256, call: &CallKey) -> Result<(), AssignError> {
        if !self.board.unassigned().contains(sha256) {
            return Err(AssignError::NoRecording);
        }
        let known = self.journal.call(call).await.map_err(AssignError::Journal)?;
        let call = known.ok_or(AssignError::NoCall)?;
        assign(&self.told, sha256.clone(), call).await?;
        Ok(())
    }

    /// Tells the bridge that somebody in a call does not consent to its being recorded. Back when that is in the journal:
    /// from then on nothing of it is recorded or attached, and what there is goes.
    ///
    /// # Errors
    /// When there is no such call, the bridge has stopped, or the journal cannot be read.
    pub async fn refuse_recording(&self, call: &CallKey) -> Result<(), CallError> {
        let known = self.known(call).await?;
        refuse(&self.told, call.clone(), known).await?;
        Ok(())
    }

    /// Tells the bridge that a recording on a ticket has been kept for long enough: it is taken away there. Back when that is in
    /// the journal; what comes of it shows in the call's story and, where it does not work, in the status.
    ///
    /// # Errors
    /// When there is no such call, the bridge has stopped, or the journal cannot be read.
    pub async fn expire(&self, sha256: &Sha256, call: &CallKey) -> Result<(), CallError> {
        let call = Box::new(self.known(call).await?);
        let (done, kept) = oneshot::channel();
        let (sha256, done) = (sha256.clone(), Some(done));
        self.told
            .send(Told::Expired { sha256, call, done })
            .map_err(|_| Stopped)?;
        kept.await.map_err(|_| Stopped)?;
        Ok(())
    }

    /// A call as the journal has it.
    async fn known(&self, call: &CallKey) -> Result<CallState, CallError> {
        let known = self.journal.call(call).await.map_err(CallError::Journal)?;
        known.ok_or(CallError::NoCall)
    }

    /// Every change of a call from here on, as soon as it is in the journal. A receiver that does not keep up misses some.
    #[must_use]
    pub fn changes(&self) -> broadcast::Receiver<CallSummary> {
        self.changes.subscribe()
    }
}

/// Has a wedged effect taken up again; back when that is in the journal.
pub(crate) async fn take_up(told: &mpsc::UnboundedSender<Told>, effect: Effect) -> Result<(), Stopped> {
    let (done, kept) = oneshot::channel();
    let done = Some(done);
    told.send(Told::Retry { effect, done }).map_err(|_| Stopped)?;
    kept.await.map_err(|_| Stopped)
}

/// Has a call not recorded; back when that is in the journal.
pub(crate) async fn refuse(told: &mpsc::UnboundedSender<Told>, named: CallKey, call: CallState) -> Result<(), Stopped> {
    let (done, kept) = oneshot::channel();
    let (call, done) = (Box::new(call), Some(done));
    told.send(Told::Refuse { named, call, done }).map_err(|_| Stopped)?;
    kept.await.map_err(|_| Stopped)
}

/// Has a number taken back that was learned from a call; back when that is in the journal.
pub(crate) async fn take_back(
    told: &mpsc::UnboundedSender<Told>,
    written: Effect,
    call: CallState,
) -> Result<(), Stopped> {
    let (done, kept) = oneshot::channel();
    let (written, call, done) = (Box::new(written), Box::new(call), Some(done));
    told.send(Told::TakeBack { written, call, done }).map_err(|_| Stopped)?;
    kept.await.map_err(|_| Stopped)
}

/// Has a recording brought to a call; back when that is in the journal.
pub(crate) async fn assign(told: &mpsc::UnboundedSender<Told>, sha256: Sha256, call: CallState) -> Result<(), Stopped> {
    let (done, kept) = oneshot::channel();
    let (call, done) = (Box::new(call), Some(done));
    told.send(Told::Assign { sha256, call, done }).map_err(|_| Stopped)?;
    kept.await.map_err(|_| Stopped)
}
