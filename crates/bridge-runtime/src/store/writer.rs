//! The one connection that writes. A pool of one would test it before and after every use, and hand it back by way of another
//! thread: for the journal, which is written at every event, that is most of the work.

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use tokio::sync::{MappedMutexGuard, Mutex, MutexGuard};

/// The connection, one user at a time.
#[derive(Debug)]
pub(super) struct Writer {
    options: SqliteConnectOptions,
    held: Mutex<Held>,
}

#[derive(Debug)]
enum Held {
    Open(SqliteConnection),
    /// It was given up: the next user gets a new one.
    Broken,
    /// For good.
    Closed,
}

impl Held {
    fn open(&mut self) -> Option<&mut SqliteConnection> {
        match self {
            Self::Open(connection) => Some(connection),
            Self::Broken | Self::Closed => None,
        }
    }
}

impl Writer {
    /// Connects.
    pub(super) async fn open(options: SqliteConnectOptions) -> Result<Self, sqlx::Error> {
        let held = Mutex::new(Held::Open(options.connect().await?));
        Ok(Self { options, held })
    }

    /// The connection, a new one if the last was given up.
    pub(super) async fn lend(&self) -> Result<MappedMutexGuard<'_, SqliteConnection>, sqlx::Error> {
        let mut held = self.held.lock().await;
        if matches!(*held, Held::Broken) {
            *held = Held::Open(self.options.connect().await?);
        }
        MutexGuard::try_map(held, Held::open).map_err(|_| sqlx::Error::PoolClosed)
    }

    /// Gives the connection up: nobody knows what it thinks of its transaction.
    pub(super) async fn give_up(&self) {
        self.end(Held::Broken).await;
    }

    /// Closes it for good.
    pub(super) async fn close(&self) {
        self.end(Held::Closed).await;
    }

    async fn end(&self, instead: Held) {
        let mut held = self.held.lock().await;
        if matches!(*held, Held::Closed) {
            return;
        }
        if let Held::Open(connection) = std::mem::replace(&mut *held, instead) {
            // Whatever goes wrong now, nobody uses it any more.
            let _ = connection.close().await;
        }
    }
}
