//! Opening a store: nothing is written to a file before it is known to be a whole journal of this bridge.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, Row, SqliteConnection};

use super::error::{StoreError, StoreErrorKind};
use super::writer::Writer;

/// Every layout the store ever had, as steps from one to the next.
pub(super) static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// Marks a SQLite file as a journal of the bridge: `ZBJ1`.
const APPLICATION_ID: i64 = 0x5a42_4a31;

/// The pages that the one who writes keeps in memory, in KiB as SQLite wants it: those of the calls of a busy hour.
const CACHE: &str = "-8192";

/// After so many pages the log is brought into the file, while whoever commits waits. The pages of calls in progress are written
/// again and again: in a longer log more of that falls together.
const LOG: &str = "4096";

/// What a file turned out to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Found {
    /// Nothing, or an empty file.
    Nothing,
    /// A whole journal of this layout.
    Journal {
        /// The last step of [`MIGRATIONS`] that it went through.
        layout: i64,
    },
}

/// How closely a file is looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Look {
    /// Every page: before anything is written to it.
    Whole,
    /// Its first page and its layout: a bridge that runs on it has looked at the rest.
    Cover,
}

/// The layout of this version of the bridge.
pub(super) fn own_layout() -> i64 {
    MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or(0)
}

/// Looks at a file without changing it.
pub(super) async fn inspect(path: &Path, look: Look) -> Result<Found, StoreError> {
    let size = match std::fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => metadata.len(),
        Ok(_) => return Err(StoreError::not_ours(path)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => 0,
        Err(error) => return Err(StoreError::file(path, error)),
    };
    if size == 0 {
        // SQLite would throw the log of a main file that is gone away, with all that is only in it.
        let log_left = std::fs::metadata(beside(path, "-wal")).is_ok_and(|log| log.len() > 0);
        return if log_left {
            Err(StoreError::damaged(path))
        } else {
            Ok(Found::Nothing)
        };
    }
    let wrong = |error| StoreError::sqlite(path, error);
    let mut connection = plain(path).read_only(true).connect().await.map_err(wrong)?;
    let found = async {
        let id: i64 = sqlx::query("PRAGMA application_id")
            .fetch_one(&mut connection)
            .await
            .map_err(wrong)?
            .get(0);
        if id != APPLICATION_ID {
            return Err(StoreError::not_ours(path));
        }
        if look == Look::Whole {
            let check = sqlx::query("PRAGMA quick_check(1)")
                .fetch_one(&mut connection)
                .await
                .map_err(wrong)?;
            if check.get::<String, _>(0) != "ok" {
                return Err(StoreError::damaged(path));
            }
        }
        let layout = sqlx::query("SELECT MAX(version) FROM _sqlx_migrations")
            .fetch_one(&mut connection)
            .await;
        match layout.map(|row| row.get::<Option<i64>, _>(0)) {
            Ok(layout) => Ok(Found::Journal {
                layout: layout.unwrap_or(0),
            }),
            // Killed between marking the file and laying it out: nothing was kept in it yet.
            Err(error) if error.to_string().contains("no such table") => Ok(Found::Journal { layout: 0 }),
            Err(error) => Err(wrong(error)),
        }
    }
    .await;
    let _ = connection.close().await;
    let found = found?;
    if let Found::Journal { layout } = found
        && layout > own_layout()
    {
        return Err(StoreError::newer(path, layout));
    }
    Ok(found)
}

/// Opens the one connection that writes, and brings the layout up to date. The caller holds the lock and has [`inspect`]ed the file.
pub(super) async fn writer(path: &Path, found: Found) -> Result<Writer, StoreError> {
    let wrong = |error| StoreError::sqlite(path, error);
    if found == Found::Nothing {
        create(path).await?;
    }
    let options = plain(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .pragma("cache_size", CACHE)
        .pragma("wal_autocheckpoint", LOG);
    let writer = Writer::open(options).await.map_err(wrong)?;
    lay_out(path, &mut *writer.lend().await.map_err(wrong)?).await?;
    Ok(writer)
}

/// Makes a store: under another name, and under its own only when it is whole. A start that dies half-way, or whose disk
/// fails, would otherwise leave a file that is no journal yet, and that every later start refuses.
async fn create(path: &Path) -> Result<(), StoreError> {
    let new = beside(path, ".new");
    let wrong = |error| StoreError::sqlite(path, error);
    discard(&new)?;
    make(&new)?;
    // Not in the log beside it, which is not renamed with it.
    let options = plain(&new)
        .journal_mode(SqliteJournalMode::Delete)
        .synchronous(SqliteSynchronous::Full);
    let mut connection = options.connect().await.map_err(wrong)?;
    sqlx::query("PRAGMA application_id = 1514293809")
        .execute(&mut connection)
        .await
        .map_err(wrong)?;
    lay_out(path, &mut connection).await?;
    sqlx::query("PRAGMA journal_mode = WAL")
        .execute(&mut connection)
        .await
        .map_err(wrong)?;
    // What goes wrong here does so at the next opening, too.
    let _ = connection.close().await;
    std::fs::rename(&new, path).map_err(|error| StoreError::file(path, error))?;
    discard(&new)?;
    // The name has to survive a power cut like what is written under it.
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    std::fs::File::open(folder.unwrap_or(Path::new(".")))
        .and_then(|folder| folder.sync_all())
        .map_err(|error| StoreError::file(path, error))
}

/// Takes away what an earlier start has left of a store that never was one.
fn discard(new: &Path) -> Result<(), StoreError> {
    for ending in ["", "-journal", "-wal", "-shm"] {
        let left = beside(new, ending);
        match std::fs::remove_file(&left) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(StoreError::file(&left, error)),
            Ok(()) | Err(_) => {}
        }
    }
    Ok(())
}

async fn lay_out(path: &Path, connection: &mut SqliteConnection) -> Result<(), StoreError> {
    // As `run` does, by which the compiler does not see that whatever opens a store may be sent between threads.
    MIGRATIONS
        .run_direct(None, connection, false)
        .await
        .map_err(|error| StoreError::migration(path, error))
}

/// Opens connections that only read.
pub(super) async fn readers(path: &Path) -> Result<SqlitePool, StoreError> {
    let options = plain(path).pragma("query_only", "ON");
    let pool = SqlitePoolOptions::new()
        .max_connections(2)
        .min_connections(0)
        .connect_with(options)
        .await;
    pool.map_err(|error| StoreError::sqlite(path, error))
}

/// Opens one connection for a small write beside a running bridge.
pub(super) async fn visitor(path: &Path) -> Result<SqliteConnection, StoreError> {
    let options = plain(path).synchronous(SqliteSynchronous::Full);
    options.connect().await.map_err(|error| StoreError::sqlite(path, error))
}

/// That the folder is there is told apart from everything that SQLite calls "unable to open".
pub(super) fn check_folder(path: &Path) -> Result<(), StoreError> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => Err(StoreError::no_directory(path)),
        _ => Ok(()),
    }
}

/// The journal holds callers' numbers: nobody but the bridge's own user reads it.
fn make(path: &Path) -> Result<(), StoreError> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
        .open(path)
        .map(drop)
        .map_err(|error| StoreError::file(path, error))
}

fn plain(path: &Path) -> SqliteConnectOptions {
    // Statements are not logged: their text says nothing of use, and a slow one shows in the loop's own figures.
    SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(Duration::from_secs(5))
        .disable_statement_logging()
}

pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// An error of a store that no bridge ever ran on.
pub(super) fn missing(path: &Path) -> StoreError {
    let message = format!("there is no store `{}` yet: no bridge has run with it", path.display());
    StoreError::new(StoreErrorKind::Missing, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_in_the_statement_is_the_mark() {
        assert_eq!(APPLICATION_ID, 1_514_293_809);
    }
}
