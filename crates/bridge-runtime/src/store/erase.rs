//! Taking one person out of the store: in one transaction out of its tables, and then out of the pages that nobody uses any
//! more, and out of the log beside the file.

use std::collections::BTreeSet;

use bridge_core::call::{CallKey, Change};
use bridge_core::effect::EffectId;
use bridge_core::erasure::{ERASED, Sought, remains_of};
use bridge_core::recording::Standing;
use jiff::Timestamp;
use sqlx::{Connection, Row, SqliteConnection};

use super::error::{StoreError, StoreErrorKind};
use super::record::{stamp, step_to_word};
use super::record_call::call_to_text;
use super::record_effect::erased_order;
use super::record_outcome::{outcome_from_text, outcome_to_text};
use super::record_recording::{recording_to_text, standing_to};
use super::restore::ReadError;
use super::traces::{self, Found, Part, TracedRecording};
use super::{CLEAR, Store, TOKEN, assign_wish, directory, meta, set_meta, take_back_wish, unset_meta};

/// What was erased, and what was left.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Erased {
    /// Calls out of which the person was taken.
    pub calls: usize,
    /// Calls of others that do not name him any more.
    pub mentions: usize,
    /// Recordings of which nothing says any more whose they are.
    pub recordings: usize,
    /// Entries of the caller directory that held his number.
    pub directory: usize,
    /// Calls and recordings that stay for now, and calls of others that still name him.
    pub left: usize,
}

/// What must be left because it leads to files that could not be erased.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Spare {
    /// Calls by which alone files are found.
    pub calls: BTreeSet<CallKey>,
    /// Recordings that wait to be assigned: their files would bring them back.
    pub unassigned: bool,
}

/// Erases, and clears the files.
pub(super) async fn erase(store: &Store, sought: &Sought, spare: &Spare, now: Timestamp) -> Result<Erased, StoreError> {
    let mut connection = store.lend().await?;
    let erased = match in_tables(&mut connection, store, sought, spare, now).await {
        Ok(done) => done,
        Err(error) => {
            store.writer.give_up(&connection);
            return Err(error);
        }
    };
    clear(&mut connection, store).await?;
    Ok(erased)
}

async fn in_tables(
    connection: &mut SqliteConnection,
    store: &Store,
    sought: &Sought,
    spare: &Spare,
    now: Timestamp,
) -> Result<Erased, StoreError> {
    let wrong = |error| store.wrong(error);
    let told = |error: ReadError| error.told(&store.path);
    let mut tx = connection.begin_with("BEGIN IMMEDIATE").await.map_err(wrong)?;
    let token = meta(&mut *tx, TOKEN).await.map_err(wrong)?;
    store.check_lease(token)?;
    let found = traces::find(&mut tx, sought, now).await.map_err(told)?;
    let erased = all(&mut tx, sought, found, spare, now).await.map_err(told)?;
    // Always: whoever left the directory before this still stands in pages that nobody uses.
    set_meta(&mut *tx, CLEAR, "due").await.map_err(wrong)?;
    tx.commit().await.map_err(wrong)?;
    Ok(erased)
}

async fn all(
    db: &mut SqliteConnection,
    sought: &Sought,
    found: Found,
    spare: &Spare,
    now: Timestamp,
) -> Result<Erased, ReadError> {
    let mut erased = Erased::default();
    for (traced, state) in found.traces.calls.into_iter().zip(found.states) {
        if traced.stays.is_some() || spare.calls.contains(&state.key) {
            erased.left += 1;
        } else {
            call(db, &Change::erased(state, traced.summary, sought, now)).await?;
            erased.calls += 1;
        }
    }
    let (stay, go): (Vec<_>, Vec<_>) = found.traces.mentions.into_iter().partition(|one| one.stays.is_some());
    let stay: BTreeSet<CallKey> = stay.into_iter().map(|mention| mention.call).collect();
    erased.left += stay.len();
    erased.mentions += go.len();
    for (seq, part) in found.effects {
        effect_of_others(db, seq, part, &stay).await?;
    }
    for (call, seq) in found.steps.iter().filter(|(call, _)| !stay.contains(call)) {
        sqlx::query("UPDATE steps SET what = ?3, why = '' WHERE call = ?1 AND seq = ?2")
            .bind(call.as_str().to_owned())
            .bind(*seq)
            .bind(ERASED)
            .execute(&mut *db)
            .await?;
    }
    for (traced, mut recorded) in found.traces.recordings.into_iter().zip(found.recordings) {
        let is_spared = match &traced.standing {
            Standing::Unassigned { .. } => spare.unassigned,
            Standing::Assigned { call }
            | Standing::Attached { call }
            | Standing::Settled { call, .. }
            | Standing::Refused { call } => spare.calls.contains(call),
            Standing::Gone => false,
        };
        if traced.stays.is_some() || is_spared {
            erased.left += 1;
            continue;
        }
        recorded.erase();
        recording(db, traced, &recording_to_text(&recorded)).await?;
        erased.recordings += 1;
    }
    erased.directory = found.traces.directory.len();
    directory::take_out(db, found.traces.directory, sought.plan()).await?;
    Ok(erased)
}

/// A call without its person. When it changed last stays as it was: it must not be given back at a start because of this.
async fn call(db: &mut SqliteConnection, change: &Change) -> Result<(), ReadError> {
    let key = || change.state.key.as_str().to_owned();
    let summary = &change.summary;
    sqlx::query("UPDATE calls SET caller = ?2, requester = NULL, outcome = ?3, state = ?4 WHERE key = ?1")
        .bind(key())
        .bind(summary.caller.as_ref().map(|caller| caller.as_str().to_owned()))
        .bind(summary.outcome.clone())
        .bind(call_to_text(&change.state))
        .execute(&mut *db)
        .await?;
    sqlx::query("DELETE FROM steps WHERE call = ?1")
        .bind(key())
        .execute(&mut *db)
        .await?;
    for (step, seq) in change.steps.iter().zip(1_i64..) {
        sqlx::query("INSERT INTO steps (call, seq, at, kind, what, why) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
            .bind(key())
            .bind(seq)
            .bind(stamp(step.at))
            .bind(step_to_word(step.kind))
            .bind(step.what.clone())
            .bind(step.why.clone())
            .execute(&mut *db)
            .await?;
    }
    let effects = sqlx::query("SELECT seq, outcome, id FROM effects WHERE call = ?1");
    for row in effects.bind(key()).fetch_all(&mut *db).await? {
        let part = Part {
            order: true,
            outcome: true,
            error: true,
        };
        effect(db, row.try_get(0)?, row.try_get(1)?, part).await?;
        // What is to be taken back is not known any more.
        let id = EffectId::from_stored(row.try_get::<String, _>(2)?);
        unset_meta(&mut *db, &take_back_wish(&id)).await?;
    }
    Ok(())
}

async fn effect_of_others(
    db: &mut SqliteConnection,
    seq: i64,
    part: Part,
    stay: &BTreeSet<CallKey>,
) -> Result<(), ReadError> {
    let row = sqlx::query("SELECT call, outcome FROM effects WHERE seq = ?1");
    let row = row.bind(seq).fetch_one(&mut *db).await?;
    if stay.contains(&CallKey::new(row.try_get::<String, _>(0)?)) {
        return Ok(());
    }
    effect(db, seq, row.try_get(1)?, part).await
}

/// An order without what is a person's. Its id stays, so that it is not given anew.
async fn effect(db: &mut SqliteConnection, seq: i64, outcome: Option<String>, part: Part) -> Result<(), ReadError> {
    let outcome = match outcome {
        Some(text) if part.outcome => Some(outcome_to_text(&remains_of(&outcome_from_text(&text)?))),
        same => same,
    };
    let statement = "UPDATE effects SET what = CASE WHEN ?2 THEN ?3 ELSE what END, outcome = ?4,
                       last_error = CASE WHEN ?5 THEN NULL ELSE last_error END WHERE seq = ?1";
    sqlx::query(statement)
        .bind(seq)
        .bind(part.order)
        .bind(erased_order())
        .bind(outcome)
        .bind(part.error)
        .execute(db)
        .await?;
    Ok(())
}

/// A recording of which nothing says whose it is. By its sum it is known when it turns up once more.
async fn recording(db: &mut SqliteConnection, traced: TracedRecording, text: &str) -> Result<(), ReadError> {
    let standing = match traced.standing {
        Standing::Unassigned { .. } => {
            unset_meta(&mut *db, &assign_wish(&traced.sha256)).await?;
            Standing::Gone
        }
        Standing::Settled { call, .. } => Standing::Settled {
            call,
            what: ERASED.to_owned(),
        },
        same @ (Standing::Assigned { .. } | Standing::Attached { .. } | Standing::Refused { .. } | Standing::Gone) => {
            same
        }
    };
    let (word, _, what) = standing_to(&standing);
    sqlx::query("UPDATE recordings SET standing = ?2, what = ?3, recording = ?4 WHERE sha256 = ?1")
        .bind(traced.sha256.as_str().to_owned())
        .bind(word)
        .bind(what.to_owned())
        .bind(text.to_owned())
        .execute(db)
        .await?;
    Ok(())
}

/// Writes the file anew without pages that nobody uses, and empties the log: what was erased stood in both.
pub(super) async fn clear(connection: &mut SqliteConnection, store: &Store) -> Result<(), StoreError> {
    let wrong = |error| store.wrong(error);
    sqlx::query("VACUUM").execute(&mut *connection).await.map_err(wrong)?;
    let row = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
        .fetch_one(&mut *connection)
        .await;
    let busy: i64 = row.and_then(|row| row.try_get(0)).map_err(wrong)?;
    if busy != 0 {
        let message = format!(
            "what was erased still stands in the log of the store `{}`, because another program reads it: end that, and ask again",
            store.path.display()
        );
        return Err(StoreError::new(StoreErrorKind::Other, message));
    }
    unset_meta(connection, CLEAR).await.map_err(wrong)
}
