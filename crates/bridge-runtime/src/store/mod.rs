//! The journal in an embedded SQLite file: what the bridge knows, decided and still has to do, safe against power cuts.
//!
//! * [`Store`] is the bridge's own: it holds the store alone (a lock of the operating system, and a number in the file that
//!   each start raises and each commit checks) and implements [`Journal`].
//! * [`StoreReader`] looks on from beside it, in the same process or another, whether a bridge runs or not, and may leave
//!   a wish: to activate or deactivate, to try again, to bring a recording to a call, to have a call not recorded,
//!   to take a learned number back.
//!
//! A file that is damaged, of a newer version or not a journal at all is refused and left as it is.

mod commit;
pub(crate) mod directory;
mod erase;
mod error;
mod learned;
mod lock;
mod open;
mod reader;
mod record;
mod record_call;
mod record_effect;
mod record_logs;
mod record_matching;
mod record_outcome;
mod record_recording;
mod recordings;
mod restore;
mod script;
mod traces;
mod writer;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use bridge_core::call::{CallKey, CallState};
use bridge_core::effect::{Effect, EffectId};
use bridge_core::erasure::Sought;
use bridge_core::port::{Assignment, Committed, Entry, Journal, JournalError, Restored};
use bridge_core::recording::{Sha256, Standing};
use jiff::Timestamp;
use sqlx::{Connection, Row, SqliteConnection};
use tokio::sync::MappedMutexGuard;

pub use directory::Entries;
pub use erase::{Erased, Spare};
pub use error::{StoreError, StoreErrorKind};
pub use learned::{Learned, TakenBack};
pub use reader::{Activation, CallStory, Counts, EffectState, EffectView, StoreReader};
pub use traces::{Mention, TracedCall, TracedRecording, Traces};
use writer::Writer;

/// The journal of the one bridge that holds it.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    writer: Writer,
    /// Raised at each start; whoever finds another number in the file has lost it to a later start.
    token: i64,
    _lock: lock::Lock,
}

impl Store {
    /// Opens the store in this file, made if there is none, and holds it until it is dropped or the process ends.
    ///
    /// `instance` names the telephone system ([`pbx::Pbx::name`]); a store that served another one so far is told in the log.
    ///
    /// # Errors
    /// [`StoreErrorKind::Held`] if another bridge holds it; else whatever is wrong with file or folder.
    pub async fn open(path: impl Into<PathBuf>, instance: &str) -> Result<Self, StoreError> {
        let path = path.into();
        open::check_folder(&path)?;
        let lock = lock::take(&path).await?;
        let found = open::inspect(&path, open::Look::Whole).await?;
        let writer = open::writer(&path, found).await?;
        let wrong = |error| StoreError::sqlite(&path, error);
        let mut connection = writer.lend().await.map_err(wrong)?;
        let token = take_over(&mut connection, instance).await.map_err(wrong)?;
        drop(connection);
        tracing::info!(store = %path.display(), token, "the store is open");
        Ok(Self {
            path,
            writer,
            token,
            _lock: lock,
        })
    }

    /// Where the store lies, for a [`StoreReader`].
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Takes a person out of the store, and then his bytes out of its files. Calls that [stay](TracedCall::stays) are left as
    /// they are, and so is what is to be spared. What was interrupted is finished when it is asked for again.
    ///
    /// # Errors
    /// When the store cannot be written, or its files cannot be cleared because another program reads them.
    pub async fn erase(&self, sought: &Sought, spare: &Spare, now: Timestamp) -> Result<Erased, StoreError> {
        erase::erase(self, sought, spare, now).await
    }

    /// Whether the number in the file is still the own one.
    fn check_lease(&self, token: Option<String>) -> Result<(), StoreError> {
        if token == Some(self.token.to_string()) {
            return Ok(());
        }
        let message = format!(
            "another bridge has taken the store `{}` over: this one stops",
            self.path.display()
        );
        Err(StoreError::new(StoreErrorKind::LeaseLost, message))
    }

    /// The connection that writes.
    async fn lend(&self) -> Result<MappedMutexGuard<'_, SqliteConnection>, StoreError> {
        self.writer.lend().await.map_err(|error| self.wrong(error))
    }

    fn wrong(&self, error: sqlx::Error) -> StoreError {
        StoreError::sqlite(&self.path, error)
    }
}

#[async_trait]
impl Journal for Store {
    async fn commit(&self, entries: &[Entry]) -> Result<Committed, JournalError> {
        commit::commit(self, entries).await.map_err(JournalError::from)
    }

    async fn restore(&self, now: Timestamp) -> Result<Restored, JournalError> {
        restore::restore(self, now).await.map_err(JournalError::from)
    }

    async fn wished(&self) -> Result<Option<bool>, JournalError> {
        // Asked every second, so a bridge that has nothing to write learns of its successor, too.
        let mut connection = self.lend().await?;
        let token = meta(&mut *connection, TOKEN).await.map_err(|error| self.wrong(error))?;
        self.check_lease(token)?;
        let wish = meta(&mut *connection, WISH).await.map_err(|error| self.wrong(error))?;
        Ok(wish.as_deref().map(is_on))
    }

    async fn wedged(&self, id: &str) -> Result<Vec<Effect>, JournalError> {
        restore::wedged_orders(self, id).await.map_err(JournalError::from)
    }

    async fn wished_retries(&self) -> Result<Vec<Effect>, JournalError> {
        restore::wished_retries(self).await.map_err(JournalError::from)
    }

    async fn recordings(&self, sums: &[Sha256]) -> Result<BTreeMap<Sha256, Standing>, JournalError> {
        let mut connection = self.lend().await?;
        let read = recordings::standings(&mut connection, sums).await;
        read.map_err(|error| error.told(&self.path).into())
    }

    async fn call(&self, key: &CallKey) -> Result<Option<CallState>, JournalError> {
        let mut connection = self.lend().await?;
        let read = recordings::call(&mut connection, key).await;
        read.map_err(|error| error.told(&self.path).into())
    }

    async fn wished_assignments(&self) -> Result<Vec<Assignment>, JournalError> {
        let mut connection = self.lend().await?;
        let read = recordings::wished(&mut *connection).await;
        read.map_err(|error| error.told(&self.path).into())
    }

    async fn wished_refusals(&self) -> Result<Vec<CallKey>, JournalError> {
        let mut connection = self.lend().await?;
        let read = recordings::wished_refusals(&mut *connection).await;
        read.map_err(|error| error.told(&self.path).into())
    }

    async fn wished_take_backs(&self) -> Result<Vec<Effect>, JournalError> {
        restore::wished_take_backs(self).await.map_err(JournalError::from)
    }

    async fn close(&self) {
        // Best effort: what the log holds is read at the next start as well.
        if let Ok(mut connection) = self.writer.lend().await
            && let Err(error) = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
                .execute(&mut *connection)
                .await
        {
            tracing::debug!(%error, "the log of the store was not merged");
        }
        self.writer.close().await;
    }
}

const TOKEN: &str = "token";
const INSTANCE: &str = "instance";
const ACTIVE: &str = "active";
const WISH: &str = "wish";
const MATCHING: &str = "matching";
const LOGS: &str = "logs";
/// Set while what was erased may still stand in pages that nobody uses.
const CLEAR: &str = "clear";
const RETRY: &str = "retry/";
const ASSIGN: &str = "assign/";
const REFUSE: &str = "refuse/";
const TAKE_BACK: &str = "take-back/";

/// Where the wish stands that a wedged effect be taken up again.
fn retry_wish(effect: &EffectId) -> String {
    format!("{RETRY}{effect}")
}

/// Where the wish stands that a recording be brought to a call.
fn assign_wish(sha256: &Sha256) -> String {
    format!("{ASSIGN}{sha256}")
}

/// Where the wish stands that a call be not recorded.
fn refuse_wish(call: &CallKey) -> String {
    format!("{REFUSE}{call}")
}

/// Where the wish stands that a number be taken back which this order has written.
fn take_back_wish(written: &EffectId) -> String {
    format!("{TAKE_BACK}{written}")
}

async fn take_over(writer: &mut SqliteConnection, instance: &str) -> Result<i64, sqlx::Error> {
    let mut tx = writer.begin_with("BEGIN IMMEDIATE").await?;
    let last = meta(&mut *tx, TOKEN)
        .await?
        .and_then(|token| token.parse::<i64>().ok())
        .unwrap_or(0);
    let before = meta(&mut *tx, INSTANCE).await?;
    set_meta(&mut *tx, TOKEN, &(last + 1).to_string()).await?;
    set_meta(&mut *tx, INSTANCE, instance).await?;
    tx.commit().await?;
    if let Some(before) = before.filter(|before| before != instance) {
        tracing::warn!(
            before,
            instance,
            "this store served another telephone system so far; its waiting calls are kept"
        );
    }
    Ok(last + 1)
}

async fn meta<'e>(db: impl sqlx::SqliteExecutor<'e>, key: &str) -> Result<Option<String>, sqlx::Error> {
    let row = sqlx::query("SELECT value FROM meta WHERE key = ?1")
        .bind(key.to_owned())
        .fetch_optional(db)
        .await?;
    row.map(|row| row.try_get(0)).transpose()
}

/// Key and value.
const SET_META: &str =
    "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
/// The key.
const UNSET_META: &str = "DELETE FROM meta WHERE key = ?";

async fn set_meta<'e>(db: impl sqlx::SqliteExecutor<'e>, key: &str, value: &str) -> Result<(), sqlx::Error> {
    sqlx::query(SET_META)
        .bind(key.to_owned())
        .bind(value.to_owned())
        .execute(db)
        .await
        .map(drop)
}

async fn unset_meta<'e>(db: impl sqlx::SqliteExecutor<'e>, key: &str) -> Result<(), sqlx::Error> {
    sqlx::query(UNSET_META).bind(key.to_owned()).execute(db).await.map(drop)
}

fn is_on(value: &str) -> bool {
    value == "on"
}

fn on_off(active: bool) -> &'static str {
    if active { "on" } else { "off" }
}

#[cfg(test)]
mod tests {
    use bridge_core::port::Entry;

    use super::*;

    /// SQLite's own means bring each failure about; they hold for one connection, and the next attempt gets a new one.
    #[tokio::test]
    async fn a_failed_write_has_its_own_words_and_the_next_one_is_not_hindered() {
        for (means, words) in [
            ("PRAGMA max_page_count = 1", "no space is left for the store"),
            (
                "PRAGMA query_only = ON",
                "cannot be written: give the bridge's user the right",
            ),
        ] {
            let dir = tempfile::TempDir::new().unwrap();
            let store = Store::open(dir.path().join("bridge.db"), "acme").await.unwrap();
            sqlx::query(means)
                .execute(&mut *store.lend().await.unwrap())
                .await
                .unwrap();
            let entry = Entry {
                matching: Some(large()),
                active: Some(true),
                ..Entry::default()
            };

            let error = store.commit(std::slice::from_ref(&entry)).await.unwrap_err();
            assert!(error.message.contains(words), "{error}");
            assert!(!error.lease_lost);

            store.commit(&[entry]).await.unwrap();
            assert_eq!(store.restore(Timestamp::UNIX_EPOCH).await.unwrap().active, Some(true));
        }
    }

    /// More than the pages that are there can take.
    fn large() -> bridge_core::matching::Matching {
        let mut matching = crate::testing::matching();
        let group = matching.groups.values().next().cloned().unwrap();
        matching
            .groups
            .extend((0..2000).map(|n| (pbx::GroupId::new(format!("g{n}")), group.clone())));
        matching
    }
}
