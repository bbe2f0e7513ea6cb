//! Looking at a store from beside the bridge that holds it, or while none runs.

use std::path::{Path, PathBuf};

use bridge_core::call::{CallKey, CallState, CallSummary, Step};
use bridge_core::desk::NumberField;
use bridge_core::effect::EffectId;
use bridge_core::erasure::{ERASED, Sought};
use bridge_core::matching::Matching;
use bridge_core::number::{E164, NumberPlan};
use bridge_core::port::{Assignment, Wedged};
use bridge_core::recording::{Kept, Sha256};
use jiff::Timestamp;
use sqlx::Row;
use sqlx::sqlite::{SqlitePool, SqliteRow};

use super::directory::{self, Entries};
use super::error::{StoreError, StoreErrorKind};
use super::learned::{self, Learned};
use super::open::{self, Found, Look};
use super::record::{RecordError, moment, step_from_word};
use super::record_effect::{order_name, order_unless_erased};
use super::record_matching::matching_from_text;
use super::record_outcome::{outcome_from_text, outcome_in_words};
use super::recordings;
use super::restore::{self, ReadError};
use super::traces::{self, Traces};
use super::{
    ACTIVE, MATCHING, WISH, assign_wish, is_on, lock, meta, on_off, refuse_wish, retry_wish, set_meta, take_back_wish,
};

/// A view of a store that needs no lock.
#[derive(Clone, Debug)]
pub struct StoreReader {
    path: PathBuf,
    pool: SqlitePool,
}

/// How much there is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    /// Calls ever seen.
    pub calls: u64,
    /// Calls that are not over.
    pub in_progress: u64,
    /// Effects that wait to be carried out.
    pub waiting: u64,
    /// Effects that cannot succeed.
    pub wedged: u64,
}

/// Whether the bridge is, was or shall be active.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Activation {
    /// As it is, or was when the last bridge ran; `None`: none ever ran.
    pub active: Option<bool>,
    /// As an administrator wants it and no bridge has taken up yet.
    pub wished: Option<bool>,
}

/// All that is known of one call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CallStory {
    /// What became of it.
    pub summary: CallSummary,
    /// Its story, in order.
    pub steps: Vec<Step>,
    /// What was ordered for it, in the order given.
    pub effects: Vec<EffectView>,
}

/// An effect as people are shown it: without personal data.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EffectView {
    /// Its id.
    pub id: EffectId,
    /// What it does, in words.
    pub what: &'static str,
    /// How far it is.
    pub state: EffectState,
    /// When it was ordered.
    pub planned_at: Timestamp,
    /// When it was settled.
    pub settled_at: Option<Timestamp>,
    /// Failed attempts that were told, counted from the last start.
    pub attempts: u32,
    /// Why the last failed attempt failed.
    pub last_error: Option<String>,
    /// What came of it, in words.
    pub outcome: Option<String>,
}

/// How far an effect is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum EffectState {
    /// To be carried out.
    Waiting,
    /// Carried out, or answered for good.
    Done,
    /// Taken back by the core before it left.
    Withdrawn,
    /// It cannot succeed; an administrator has to look.
    Wedged,
    /// Too late to be of use.
    Dropped,
}

impl StoreReader {
    /// Opens a store that is there.
    ///
    /// # Errors
    /// [`StoreErrorKind::Missing`] if no bridge ever ran on it; else whatever is wrong with the file.
    pub async fn open(path: impl Into<PathBuf>) -> Result<Self, StoreError> {
        let path = path.into();
        open::check_folder(&path)?;
        match open::inspect(&path, Look::Cover).await? {
            Found::Nothing => return Err(open::missing(&path)),
            Found::Journal { layout } if layout < open::own_layout() => lay_out(&path).await?,
            Found::Journal { .. } => {}
        }
        let pool = open::readers(&path).await?;
        Ok(Self { path, pool })
    }

    /// Leaves the wish that the bridge be active or not: one that runs takes it up within seconds, else the next one that starts.
    /// A store that is not there yet is made.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn wish(path: impl Into<PathBuf>, active: bool) -> Result<(), StoreError> {
        let path = path.into();
        open::check_folder(&path)?;
        match open::inspect(&path, Look::Cover).await? {
            Found::Journal { layout } if layout >= open::own_layout() => {}
            Found::Nothing | Found::Journal { .. } => lay_out(&path).await?,
        }
        leave(&path, WISH, on_off(active)).await
    }

    /// Leaves the wish that a wedged effect be taken up again, for the bridge that runs, else for the next one that starts.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn wish_retry(path: impl Into<PathBuf>, effect: &EffectId) -> Result<(), StoreError> {
        leave(&path.into(), &retry_wish(effect), "").await
    }

    /// Leaves the wish that a recording be brought to a call, for the bridge that runs, else for the next one that starts.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn wish_assignment(path: impl Into<PathBuf>, sha256: &Sha256, call: &CallKey) -> Result<(), StoreError> {
        leave(&path.into(), &assign_wish(sha256), call.as_str()).await
    }

    /// Recordings of which nobody knows whose they are, the oldest first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn unassigned(&self) -> Result<Vec<Kept>, StoreError> {
        recordings::unassigned(&self.pool)
            .await
            .map_err(|error| self.told(error))
    }

    /// Recordings that hang on tickets and whose calls began before a moment, and which calls those are; the oldest first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn attached_before(&self, moment: Timestamp) -> Result<Vec<Assignment>, StoreError> {
        recordings::attached_before(&self.pool, moment)
            .await
            .map_err(|error| self.told(error))
    }

    /// Recordings of calls that must not be recorded, and which calls those are.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn refused(&self) -> Result<Vec<Assignment>, StoreError> {
        recordings::refused(&self.pool).await.map_err(|error| self.told(error))
    }

    /// The calls of which [`StoreReader::wish_refusal`] was told and no bridge has heard yet.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn wished_refusals(&self) -> Result<Vec<CallKey>, StoreError> {
        let wished = recordings::wished_refusals(&self.pool).await;
        wished.map_err(|error| self.told(error))
    }

    /// Leaves the word that a call must not be recorded, for the bridge that runs, else for the next one that starts.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn wish_refusal(path: impl Into<PathBuf>, call: &CallKey) -> Result<(), StoreError> {
        leave(&path.into(), &refuse_wish(call), "").await
    }

    /// What the directory of callers says of a number, by these rules and for these fields: one that was built for others is none.
    /// What a running bridge has written within the last minutes may be missing.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn entries(
        &self,
        number: &E164,
        plan: &NumberPlan,
        fields: &[NumberField],
    ) -> Result<Entries, StoreError> {
        let mut tx = self.pool.begin().await.map_err(|error| self.told(error))?;
        let entries = directory::entries(&mut tx, number, &directory::basis(plan, fields)).await;
        tx.rollback().await.map_err(|error| self.told(error))?;
        entries.map_err(|error| self.told(error))
    }

    /// Numbers that the bridge wrote to users' profiles, the oldest first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn learned(&self) -> Result<Vec<Learned>, StoreError> {
        let mut tx = self.pool.begin().await.map_err(|error| self.told(error))?;
        let learned = learned::learned(&mut tx).await;
        tx.rollback().await.map_err(|error| self.told(error))?;
        learned.map_err(|error| self.told(error))
    }

    /// Leaves the wish that a [learned](Self::learned) number be taken back, for the bridge that runs, else for the next one that
    /// starts.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn wish_take_back(path: impl Into<PathBuf>, written: &EffectId) -> Result<(), StoreError> {
        leave(&path.into(), &take_back_wish(written), "").await
    }

    /// What the store holds of a person.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn traces(&self, sought: &Sought, now: Timestamp) -> Result<Traces, StoreError> {
        // One transaction: the bridge may write between two of these reads.
        let mut tx = self.pool.begin().await.map_err(|error| self.told(error))?;
        let found = traces::find(&mut tx, sought, now).await;
        // At once, and not when the pool gets round to it: whoever erases waits for those who read.
        tx.rollback().await.map_err(|error| self.told(error))?;
        found.map(|found| found.traces).map_err(|error| self.told(error))
    }

    /// Lets go of the store's files.
    pub async fn close(self) {
        self.pool.close().await;
    }

    /// Whether a bridge runs on the store in this file.
    #[must_use]
    pub fn is_held(path: &Path) -> bool {
        lock::is_held(path)
    }

    /// Where the store lies.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How large the store's files are, in bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        let files = [self.path.clone(), open::beside(&self.path, "-wal")];
        let sizes = files.iter().filter_map(|file| std::fs::metadata(file).ok());
        sizes.map(|metadata| metadata.len()).sum()
    }

    /// How much there is.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn counts(&self) -> Result<Counts, StoreError> {
        let statement = "SELECT (SELECT COUNT(*) FROM calls),
                                (SELECT COUNT(*) FROM calls WHERE phase IN ('ringing', 'talking', 'wrap-up')),
                                (SELECT COUNT(*) FROM effects WHERE state = 'waiting'),
                                (SELECT COUNT(*) FROM effects WHERE state = 'wedged')";
        let row = sqlx::query(statement)
            .fetch_one(&self.pool)
            .await
            .map_err(|error| self.told(error))?;
        let count = |column: usize| {
            row.try_get::<i64, _>(column)
                .map(i64::unsigned_abs)
                .map_err(|error| self.told(error))
        };
        Ok(Counts {
            calls: count(0)?,
            in_progress: count(1)?,
            waiting: count(2)?,
            wedged: count(3)?,
        })
    }

    /// The calls that are not over, the oldest first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn in_progress(&self) -> Result<Vec<CallSummary>, StoreError> {
        restore::in_progress(&self.pool).await.map_err(|error| self.told(error))
    }

    /// What cannot succeed, the oldest first.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn wedged(&self) -> Result<Vec<Wedged>, StoreError> {
        restore::wedged(&self.pool).await.map_err(|error| self.told(error))
    }

    /// The last calls, the newest first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn calls(&self, limit: u32) -> Result<Vec<CallSummary>, StoreError> {
        let statement = "SELECT key, started, phase, caller, pbx_group, agent, ticket, requester, outcome
                         FROM calls ORDER BY started DESC, key DESC LIMIT ?1";
        let rows = sqlx::query(statement)
            .bind(i64::from(limit))
            .fetch_all(&self.pool)
            .await
            .map_err(|error| self.told(error))?;
        rows.iter()
            .map(restore::summary)
            .collect::<Result<_, _>>()
            .map_err(|error| self.told(error))
    }

    /// One call by its key, with its whole story.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn call(&self, key: &str) -> Result<Option<CallStory>, StoreError> {
        self.story(key).await.map_err(|error| self.told(error))
    }

    /// All that is known of a call; where it turned out to be a part of another, of that one.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn known(&self, key: &CallKey) -> Result<Option<CallState>, StoreError> {
        let known = async {
            let mut connection = self.pool.acquire().await?;
            recordings::call(&mut connection, key).await
        };
        known.await.map_err(|error| self.told(error))
    }

    /// The call of which the telephone system told under this id as well. All calls are looked through.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn key_of(&self, id: &pbx::CallId) -> Result<Option<CallKey>, StoreError> {
        let key = recordings::key_of(&self.pool, id).await;
        key.map_err(|error| self.told(error))
    }

    /// Whether the bridge is, was or shall be active.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn activation(&self) -> Result<Activation, StoreError> {
        let active = meta(&self.pool, ACTIVE).await.map_err(|error| self.told(error))?;
        let wished = meta(&self.pool, WISH).await.map_err(|error| self.told(error))?;
        Ok(Activation {
            active: active.as_deref().map(is_on),
            wished: wished.as_deref().map(is_on),
        })
    }

    /// The last matching of users and groups.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn matching(&self) -> Result<Option<Matching>, StoreError> {
        let text = meta(&self.pool, MATCHING).await.map_err(|error| self.told(error))?;
        text.as_deref()
            .map(matching_from_text)
            .transpose()
            .map_err(|error| self.told(error))
    }

    async fn story(&self, key: &str) -> Result<Option<CallStory>, ReadError> {
        // One transaction: the bridge may write between two of these reads.
        let mut tx = self.pool.begin().await?;
        let statement = "SELECT key, started, phase, caller, pbx_group, agent, ticket, requester, outcome FROM calls WHERE key = ?1";
        let Some(row) = sqlx::query(statement)
            .bind(key.to_owned())
            .fetch_optional(&mut *tx)
            .await?
        else {
            return Ok(None);
        };
        let steps = sqlx::query("SELECT at, kind, what, why FROM steps WHERE call = ?1 ORDER BY seq");
        let steps = steps.bind(key.to_owned()).fetch_all(&mut *tx).await?;
        let statement = "SELECT id, what, state, planned_at, settled_at, attempts, last_error, outcome FROM effects WHERE call = ?1 ORDER BY seq";
        let effects = sqlx::query(statement).bind(key.to_owned()).fetch_all(&mut *tx).await?;
        tx.commit().await?;
        Ok(Some(CallStory {
            summary: restore::summary(&row)?,
            steps: steps.iter().map(step).collect::<Result<_, _>>()?,
            effects: effects.iter().map(effect).collect::<Result<_, _>>()?,
        }))
    }

    fn told(&self, error: impl Into<ReadError>) -> StoreError {
        error.into().told(&self.path)
    }
}

/// Makes a store, or brings one up to date, while no bridge runs on it.
async fn lay_out(path: &Path) -> Result<(), StoreError> {
    let _lock = lock::take(path).await.map_err(|error| {
        if error.kind() != StoreErrorKind::Held {
            return error;
        }
        let message = format!(
            "a bridge of an older version runs on the store `{}`: stop it first",
            path.display()
        );
        StoreError::new(StoreErrorKind::Older, message)
    })?;
    // Looked at again: somebody may have been quicker.
    let found = open::inspect(path, Look::Whole).await?;
    open::writer(path, found).await?.close().await;
    Ok(())
}

fn step(row: &SqliteRow) -> Result<Step, ReadError> {
    Ok(Step {
        at: moment(row.try_get(0)?)?,
        kind: step_from_word(&row.try_get::<String, _>(1)?)?,
        what: row.try_get(2)?,
        why: row.try_get(3)?,
    })
}

fn effect(row: &SqliteRow) -> Result<EffectView, ReadError> {
    let outcome: Option<String> = row.try_get(7)?;
    Ok(EffectView {
        id: EffectId::from_stored(row.try_get::<String, _>(0)?),
        what: order_unless_erased(&row.try_get::<String, _>(1)?)?.map_or(ERASED, |order| order_name(&order)),
        state: state(&row.try_get::<String, _>(2)?)?,
        planned_at: moment(row.try_get(3)?)?,
        settled_at: row.try_get::<Option<i64>, _>(4)?.map(moment).transpose()?,
        attempts: u32::try_from(row.try_get::<i64, _>(5)?).unwrap_or(u32::MAX),
        last_error: row.try_get(6)?,
        outcome: outcome
            .map(|text| outcome_from_text(&text).map(|outcome| outcome_in_words(&outcome)))
            .transpose()?,
    })
}

fn state(word: &str) -> Result<EffectState, RecordError> {
    match word {
        "waiting" => Ok(EffectState::Waiting),
        "done" => Ok(EffectState::Done),
        "withdrawn" => Ok(EffectState::Withdrawn),
        "wedged" => Ok(EffectState::Wedged),
        "dropped" => Ok(EffectState::Dropped),
        _ => Err(RecordError::new("the state of an effect")),
    }
}

/// Leaves something for the bridge, in a connection of its own.
async fn leave(path: &Path, key: &str, value: &str) -> Result<(), StoreError> {
    let wrong = |error| StoreError::sqlite(path, error);
    let mut connection = open::visitor(path).await?;
    set_meta(&mut connection, key, value).await.map_err(wrong)?;
    sqlx::Connection::close(connection).await.map_err(wrong)
}
