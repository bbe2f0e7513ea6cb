//! The directory's way to its store, which may be taken at once: where time is virtual, the store's own work takes none of it.

use std::pin::{Pin, pin};
use std::sync::{Arc, OnceLock};

use bridge_core::desk::{Profile, UserId};
use bridge_core::directory::Index;
use bridge_core::number::NumberPlan;

use crate::store::directory::{DirectoryReader, Moves, Progress};
use crate::store::{Store, StoreError};

/// Carries a piece of work out to its end before it comes back.
pub type AtOnce = Arc<dyn Fn(Pin<&mut (dyn Future<Output = ()> + Send)>) + Send + Sync>;

pub(super) struct Disk {
    store: Arc<Store>,
    reader: DirectoryReader,
    at_once: OnceLock<AtOnce>,
}

impl Disk {
    pub(super) fn new(store: Arc<Store>, reader: DirectoryReader) -> Self {
        Self {
            store,
            reader,
            at_once: OnceLock::new(),
        }
    }

    /// From now on all work is carried out so; the first word counts.
    pub(super) fn work_at_once(&self, at_once: AtOnce) {
        let _ = self.at_once.set(at_once);
    }

    pub(super) async fn users(&self, number: u64) -> Result<Vec<UserId>, StoreError> {
        self.carry_out(self.reader.users(number)).await
    }

    pub(super) async fn profiles(&self, users: &[UserId]) -> Result<Vec<Profile>, StoreError> {
        self.carry_out(self.reader.profiles(users)).await
    }

    pub(super) async fn index(&self) -> Result<Index, StoreError> {
        self.carry_out(self.reader.index()).await
    }

    pub(super) async fn count_users(&self) -> Result<u64, StoreError> {
        self.carry_out(self.reader.count_users()).await
    }

    pub(super) async fn change(
        &self,
        profiles: &[Profile],
        plan: &NumberPlan,
        progress: Option<&Progress>,
    ) -> Result<Moves, StoreError> {
        self.carry_out(self.store.directory_change(profiles, plan, progress))
            .await
    }

    async fn carry_out<T: Send>(&self, work: impl Future<Output = T> + Send) -> T {
        let Some(at_once) = self.at_once.get() else {
            return work.await;
        };
        let mut done = None;
        at_once(pin!(async { done = Some(work.await) }));
        match done {
            Some(done) => done,
            // It was not carried out to its end, as if the process had ended.
            None => std::future::pending().await,
        }
    }
}
