//! The real store beside virtual time. It works on threads of its own, in real time; whoever asks it is held until it has
//! answered, so that for the bridge no time passes, and nothing else happens meanwhile: one seed, one day.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use bridge_core::call::{CallKey, CallState};
use bridge_core::desk::NumberField;
use bridge_core::effect::{Effect, Order};
use bridge_core::number::NumberPlan;
use bridge_core::port::{Assignment, Committed, Entry, Journal, JournalError, Restored};
use bridge_core::recording::{Sha256, Standing};
use bridge_runtime::store::Store;
use bridge_runtime::{Clock, Directory};
use futures_executor::block_on;
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

    /// Does something there, and holds this thread until it is done: on this very thread, but by the time and with the help
    /// of the runtime there. What tokio counts to be fair to other tasks does not count.
    pub(crate) fn run<T>(&self, work: impl Future<Output = T>) -> T {
        let _there = self.0.enter();
        block_on(tokio::task::unconstrained(work))
    }
}

/// The real store, in the middle of a simulation.
pub(crate) struct SimJournal {
    host: Host,
    store: Arc<Store>,
    world: Shared,
}

impl SimJournal {
    pub(crate) fn open(host: &Host, path: PathBuf, world: &Shared) -> anyhow::Result<Self> {
        let store = Arc::new(host.run(Store::open(path, PBX))?);
        Ok(Self {
            host: host.clone(),
            store,
            world: world.clone(),
        })
    }

    /// The directory in the same store. What it does there may be what the bridge dies at.
    pub(crate) fn directory(
        &self,
        plan: NumberPlan,
        fields: Vec<NumberField>,
        clock: Clock,
    ) -> anyhow::Result<Directory> {
        let opened = Directory::open(Arc::clone(&self.store), plan, fields, clock);
        let directory = self.host.run(opened)?;
        let (host, world) = (self.host.clone(), self.world.clone());
        directory.work_at_once(Arc::new(move |work| {
            let dies = {
                let mut world = world.lock();
                world.dies || world.burns(Place::Commit, false)
            };
            if !dies {
                host.run(work);
                world.lock().burns(Place::Commit, true);
            }
        }));
        Ok(directory)
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
        let committed = self.host.run(self.store.commit(&entries));
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
        self.host.run(self.store.restore(now))
    }

    async fn wished(&self) -> Result<Option<bool>, JournalError> {
        self.host.run(self.store.wished())
    }

    async fn wedged(&self, effect: &str) -> Result<Vec<Effect>, JournalError> {
        self.host.run(self.store.wedged(effect))
    }

    async fn wished_retries(&self) -> Result<Vec<Effect>, JournalError> {
        self.host.run(self.store.wished_retries())
    }

    async fn recordings(&self, sums: &[Sha256]) -> Result<BTreeMap<Sha256, Standing>, JournalError> {
        self.host.run(self.store.recordings(sums))
    }

    async fn call(&self, key: &CallKey) -> Result<Option<CallState>, JournalError> {
        self.host.run(self.store.call(key))
    }

    async fn wished_assignments(&self) -> Result<Vec<Assignment>, JournalError> {
        self.host.run(self.store.wished_assignments())
    }

    async fn wished_refusals(&self) -> Result<Vec<CallKey>, JournalError> {
        self.host.run(self.store.wished_refusals())
    }

    async fn close(&self) {
        self.host.run(self.store.close());
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
