//! The one connection that writes. A pool of one would test it before and after every use, and hand it back by way of another
//! thread: for the journal, which is written at every event, that is most of the work.

use std::sync::atomic::{AtomicBool, Ordering};

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use tokio::sync::{MappedMutexGuard, Mutex, MutexGuard};

/// The connection, one user at a time.
#[derive(Debug)]
pub(super) struct Writer {
    options: SqliteConnectOptions,
    held: Mutex<Held>,
    /// It was given up: the next user gets a new one.
    given_up: AtomicBool,
}

#[derive(Debug)]
enum Held {
    Open(SqliteConnection),
    /// For good.
    Closed,
}

impl Held {
    fn open(&mut self) -> Option<&mut SqliteConnection> {
        match self {
            Self::Open(connection) => Some(connection),
            Self::Closed => None,
        }
    }
}

impl Writer {
    /// Connects.
    pub(super) async fn open(options: SqliteConnectOptions) -> Result<Self, sqlx::Error> {
        let held = Mutex::new(Held::Open(options.connect().await?));
        let given_up = AtomicBool::new(false);
        Ok(Self {
            options,
            held,
            given_up,
        })
    }

    /// The connection, a new one if the last was given up.
    pub(super) async fn lend(&self) -> Result<MappedMutexGuard<'_, SqliteConnection>, sqlx::Error> {
        let mut held = self.held.lock().await;
        if self.given_up.load(Ordering::Relaxed) && matches!(*held, Held::Open(_)) {
            let anew = Held::Open(self.options.connect().await?);
            self.given_up.store(false, Ordering::Relaxed);
            end(&mut held, anew).await;
        }
        MutexGuard::try_map(held, Held::open).map_err(|_| sqlx::Error::PoolClosed)
    }

    /// Gives the connection up: nobody knows what it thinks of its transaction. To be said by whoever has it, so that nobody gets it
    /// in between.
    pub(super) fn give_up(&self, _lent: &SqliteConnection) {
        self.given_up.store(true, Ordering::Relaxed);
    }

    /// Closes it for good.
    pub(super) async fn close(&self) {
        end(&mut *self.held.lock().await, Held::Closed).await;
    }
}

async fn end(held: &mut Held, instead: Held) {
    if let Held::Open(connection) = std::mem::replace(held, instead) {
        // Whatever goes wrong now, nobody uses it any more.
        let _ = connection.close().await;
    }
}
