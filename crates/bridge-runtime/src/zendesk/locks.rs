//! Locks for what two orders must not do at a time, each of them there only while somebody holds or awaits it.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

/// One lock for each key. Clones share them.
#[derive(Clone, Debug)]
pub(super) struct Locks<K>(Arc<Mutex<HashMap<K, Lock>>>);

/// The lock of one key.
pub(super) type Lock = Arc<tokio::sync::Mutex<()>>;

impl<K: Eq + Hash> Locks<K> {
    /// The lock of this key.
    pub(super) fn of(&self, key: K) -> Lock {
        let mut locks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Whoever holds or awaits a lock has a clone of it; the others are of no use any more.
        locks.retain(|_, lock| Arc::strong_count(lock) > 1);
        Arc::clone(locks.entry(key).or_default())
    }
}

impl<K> Default for Locks<K> {
    fn default() -> Self {
        Self(Arc::default())
    }
}
