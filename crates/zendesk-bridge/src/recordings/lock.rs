//! A lock file: one process at a time, and free when its holder dies, however it dies.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;
use std::time::Duration;

use anyhow::Context;

/// Whoever waits for another run to end asks so often.
const ASK_AGAIN: Duration = Duration::from_millis(200);

/// Held as long as it lives.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

/// Takes the lock; `None` if somebody else has it.
pub(super) fn take(path: &Path) -> io::Result<Option<Lock>> {
    let mut options = OpenOptions::new();
    let file = options.write(true).create(true).truncate(false).open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(Lock { _file: file })),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Takes the lock of those who copy and delete, once it is free; `others` is told once if it is not.
pub(super) async fn alone(spool: &Path, others: &(dyn Fn() + Send + Sync)) -> anyhow::Result<Lock> {
    let path = spool.join("copy.lock");
    let mut told = false;
    loop {
        let lock = take(&path).context("the folder for kept recordings cannot be written")?;
        if let Some(lock) = lock {
            return Ok(lock);
        }
        if !std::mem::replace(&mut told, true) {
            others();
        }
        tokio::time::sleep(ASK_AGAIN).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_has_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let first = take(&path).unwrap();
        assert!(first.is_some());
        assert!(take(&path).unwrap().is_none());
        drop(first);
        assert!(take(&path).unwrap().is_some());
    }
}
