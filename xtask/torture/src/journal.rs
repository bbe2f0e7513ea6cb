//! The real store beside virtual time. It works on threads of its own, in real time; whoever asks it is held until it has
//! answered, so that for the bridge no time passes, and nothing else happens meanwhile: one seed, one day.

use std::path::PathBuf;
use std::sync::{Arc, mpsc};

use anyhow::Context as _;
use async_trait::async_trait;
use bridge_core::effect::{Effect, Order};
use bridge_core::port::{Committed, Entry, Journal, JournalError, Restored};
use bridge_runtime::store::Store;
use jiff::Timestamp;
use tokio::runtime::{Builder, Runtime};

use crate::world::{Place, Sabotage, Shared};

/// Where stores do their work.
#[derive(Clone)]
pub(crate) struct Host(Arc<Runtime>);

impl Host {
    /// One for a thread that runs days.
    pub(crate) fn new() -> std::io::Result<Self> {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        Ok(Self(Arc::new(runtime)))
    }

    /// Does something there, and waits for it. `None` if it panicked.
    pub(crate) fn run<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> Option<T> {
        let (done, wait) = mpsc::sync_channel(1);
        self.0.spawn(async move { done.send(work.await) });
        wait.recv().ok()
    }
}

/// The real store, in the middle of a simulation.
pub(crate) struct SimJournal {
    host: Host,
    store: Option<Arc<Store>>,
    world: Shared,
}

impl SimJournal {
    pub(crate) fn open(host: &Host, path: PathBuf, world: &Shared) -> anyhow::Result<Self> {
        let opened = host.run(async move { Store::open(path, PBX).await });
        let store = opened.context("opening the store panicked")??;
        Ok(Self {
            host: host.clone(),
            store: Some(Arc::new(store)),
            world: world.clone(),
        })
    }

    fn with<T: Send + 'static, F>(&self, work: impl FnOnce(Arc<Store>) -> F) -> Result<T, JournalError>
    where
        F: Future<Output = Result<T, JournalError>> + Send + 'static,
    {
        let gone = || JournalError {
            message: "the store is gone".to_owned(),
            lease_lost: false,
            source: None,
        };
        let store = self.store.clone().ok_or_else(gone)?;
        self.host.run(work(store)).unwrap_or_else(|| Err(gone()))
    }
}

impl Drop for SimJournal {
    fn drop(&mut self) {
        // Connections are given back to a runtime, and the lock must be free when the next life begins.
        let store = self.store.take();
        self.host.run(async move { drop(store) });
    }
}

#[async_trait]
impl Journal for SimJournal {
    async fn commit(&self, entries: &[Entry]) -> Result<Committed, JournalError> {
        let mut entries = entries.to_vec();
        let dropped = {
            let mut world = self.world.lock();
            for entry in &entries {
                let effects: Vec<&str> = entry.effects.iter().map(|effect| effect.id.as_str()).collect();
                let (settled, changes) = (&entry.settled, entry.changes.len());
                world.note(format_args!("commit: {effects:?}, {settled:?}, {changes} changes"));
            }
            world.sabotage == Some(Sabotage::DropEffect) && drop_a_ticket(&mut entries)
        };
        if self.world.lock().burns(Place::Commit, false) {
            return std::future::pending().await;
        }
        let committed = self.with(|store| async move { store.commit(&entries).await });
        let dies = {
            let mut world = self.world.lock();
            if dropped {
                world.kill("crash after an order was left out of the journal");
            }
            world.dies || world.burns(Place::Commit, true)
        };
        if dies {
            return std::future::pending().await;
        }
        committed
    }

    async fn restore(&self, now: Timestamp) -> Result<Restored, JournalError> {
        self.with(|store| async move { store.restore(now).await })
    }

    async fn wished(&self) -> Result<Option<bool>, JournalError> {
        self.with(|store| async move { store.wished().await })
    }

    async fn wedged(&self, effect: &str) -> Result<Vec<Effect>, JournalError> {
        let effect = effect.to_owned();
        self.with(|store| async move { store.wedged(&effect).await })
    }

    async fn wished_retries(&self) -> Result<Vec<Effect>, JournalError> {
        self.with(|store| async move { store.wished_retries().await })
    }

    async fn close(&self) {
        // Best effort, as the port says.
        let _ = self.with(|store| async move {
            store.close().await;
            Ok(())
        });
    }
}

/// What the simulated PBX is called.
pub(crate) const PBX: &str = "torture";

fn drop_a_ticket(entries: &mut [Entry]) -> bool {
    for entry in entries {
        let is_ticket = |order: &Order| matches!(order, Order::OpenTicket(_));
        if let Some(at) = entry.effects.iter().position(|effect| is_ticket(&effect.order)) {
            entry.effects.remove(at);
            return true;
        }
    }
    false
}
