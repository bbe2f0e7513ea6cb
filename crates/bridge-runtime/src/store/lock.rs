//! One bridge for one store: a lock that the operating system lets go when the process dies, however it dies.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::error::{StoreError, StoreErrorKind};

/// Held as long as it lives.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

/// A look at the lock from outside holds it for a moment; a bridge that starts just then must not be turned away.
const ATTEMPTS: u32 = 5;
const PAUSE: Duration = Duration::from_millis(50);

/// Takes the lock of a store.
pub(super) async fn take(store: &Path) -> Result<Lock, StoreError> {
    let mut left = ATTEMPTS;
    loop {
        match try_take(store) {
            Err(error) if error.kind() == StoreErrorKind::Held && left > 1 => {
                left -= 1;
                tokio::time::sleep(PAUSE).await;
            }
            result => return result,
        }
    }
}

/// Takes the lock of a store, if it is free at this moment.
pub(super) fn try_take(store: &Path) -> Result<Lock, StoreError> {
    let path = path_of(store);
    // Not truncated: until the lock is ours, it may name the process that holds it.
    let opened = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path);
    let mut file = opened.map_err(|error| StoreError::file(&path, error))?;
    match file.try_lock() {
        Ok(()) => {
            // Only for the message that others get; the lock holds without it.
            let _ = file.set_len(0).and_then(|()| write!(file, "{}", std::process::id()));
            Ok(Lock { _file: file })
        }
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            let _ = file.read_to_string(&mut holder);
            let who = if holder.is_empty() {
                String::new()
            } else {
                format!(" (process {holder})")
            };
            let message = format!("another bridge{who} holds the store `{}`", store.display());
            Err(StoreError::new(StoreErrorKind::Held, message))
        }
        Err(TryLockError::Error(error)) => Err(StoreError::file(&path, error)),
    }
}

/// Whether a bridge runs on a store.
pub(super) fn is_held(store: &Path) -> bool {
    match File::open(path_of(store)) {
        Ok(file) => matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)),
        Err(_) => false,
    }
}

fn path_of(store: &Path) -> PathBuf {
    let mut name = store.as_os_str().to_owned();
    name.push(".lock");
    name.into()
}
