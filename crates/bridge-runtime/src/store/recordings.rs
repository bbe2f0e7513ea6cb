//! Reading recordings back, and what administrators say of them.

use std::collections::BTreeMap;

use bridge_core::call::{CallKey, CallState};
use bridge_core::port::Assignment;
use bridge_core::recording::{Kept, Sha256, Standing};
use jiff::Timestamp;
use sqlx::{Row, SqliteConnection, SqliteExecutor};

use super::record::stamp;
use super::record_call::call_from_text;
use super::record_recording::{ATTACHED, REFUSED, UNASSIGNED, recording_from_text, standing_from, sum_from};
use super::restore::ReadError;
use super::{ASSIGN, REFUSE};

/// A call that turned out to be another leads on to that one; a chain of more links makes no sense.
const LINKS: usize = 8;

/// Recordings of which nobody knows whose they are, the oldest first.
pub(super) async fn unassigned<'e>(db: impl SqliteExecutor<'e>) -> Result<Vec<Kept>, ReadError> {
    let statement = "SELECT recording, what FROM recordings WHERE standing = ?1 ORDER BY updated, sha256";
    let rows = sqlx::query(statement).bind(UNASSIGNED).fetch_all(db).await?;
    let kept = rows.iter().map(|row| {
        Ok(Kept {
            recording: recording_from_text(&row.try_get::<String, _>(0)?)?,
            standing: Standing::Unassigned { why: row.try_get(1)? },
        })
    });
    kept.collect()
}

/// Recordings that hang on tickets and whose calls began before a moment, with the calls' keys; the oldest first.
pub(super) async fn attached_before<'e>(
    db: impl SqliteExecutor<'e>,
    moment: Timestamp,
) -> Result<Vec<Assignment>, ReadError> {
    let statement =
        "SELECT recordings.sha256, recordings.call FROM recordings JOIN calls ON calls.key = recordings.call
                     WHERE recordings.standing = ?1 AND calls.started < ?2 ORDER BY calls.started, recordings.sha256";
    let rows = sqlx::query(statement)
        .bind(ATTACHED)
        .bind(stamp(moment))
        .fetch_all(db)
        .await?;
    rows.iter().map(of_call).collect()
}

/// Recordings of calls that must not be recorded, with the calls' keys.
pub(super) async fn refused<'e>(db: impl SqliteExecutor<'e>) -> Result<Vec<Assignment>, ReadError> {
    let statement = "SELECT sha256, call FROM recordings WHERE standing = ?1 ORDER BY call, sha256";
    let rows = sqlx::query(statement).bind(REFUSED).fetch_all(db).await?;
    rows.iter().map(of_call).collect()
}

/// The calls that administrators refused from outside to have recorded.
pub(super) async fn wished_refusals<'e>(db: impl SqliteExecutor<'e>) -> Result<Vec<CallKey>, ReadError> {
    let rows = sqlx::query("SELECT key FROM meta WHERE key >= ?1 AND key < ?2 ORDER BY key")
        .bind(REFUSE)
        .bind("refuse0")
        .fetch_all(db)
        .await?;
    let wish = |row: &sqlx::sqlite::SqliteRow| {
        let key: String = row.try_get(0)?;
        Ok(CallKey::new(key.strip_prefix(REFUSE).unwrap_or_default()))
    };
    rows.iter().map(wish).collect()
}

fn of_call(row: &sqlx::sqlite::SqliteRow) -> Result<Assignment, ReadError> {
    Ok(Assignment {
        sha256: sum_from(&row.try_get::<String, _>(0)?)?,
        call: CallKey::new(row.try_get::<String, _>(1)?),
    })
}

/// How it stands with these recordings.
pub(super) async fn standings(
    db: &mut SqliteConnection,
    sums: &[Sha256],
) -> Result<BTreeMap<Sha256, Standing>, ReadError> {
    let mut standings = BTreeMap::new();
    for sha256 in sums {
        let statement = "SELECT standing, call, what FROM recordings WHERE sha256 = ?1";
        let row = sqlx::query(statement)
            .bind(sha256.as_str().to_owned())
            .fetch_optional(&mut *db)
            .await?;
        if let Some(row) = row {
            let word: String = row.try_get(0)?;
            let standing = standing_from(&word, row.try_get(1)?, row.try_get(2)?)?;
            standings.insert(sha256.clone(), standing);
        }
    }
    Ok(standings)
}

/// All that is known of a call.
pub(super) async fn call(db: &mut SqliteConnection, key: &CallKey) -> Result<Option<CallState>, ReadError> {
    let mut key = key.clone();
    for _ in 0..LINKS {
        let row = sqlx::query("SELECT state FROM calls WHERE key = ?1")
            .bind(key.as_str().to_owned())
            .fetch_optional(&mut *db)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let call = call_from_text(&row.try_get::<String, _>(0)?)?;
        match &call.merged_into {
            Some(other) => key = other.clone(),
            None => return Ok(Some(call)),
        }
    }
    Ok(None)
}

/// The call that came under this id as well; the last one if there are several.
pub(super) async fn key_of<'e>(db: impl SqliteExecutor<'e>, id: &pbx::CallId) -> Result<Option<CallKey>, ReadError> {
    // Only states that hold the text at all are read as JSON.
    let statement = "SELECT calls.key FROM calls, json_each(calls.state, '$.ids') AS id
                     WHERE instr(calls.state, json_quote(?1)) > 0 AND id.value = ?1 ORDER BY calls.started DESC LIMIT 1";
    let row = sqlx::query(statement)
        .bind(id.as_str().to_owned())
        .fetch_optional(db)
        .await?;
    row.map(|row| Ok(CallKey::new(row.try_get::<String, _>(0)?)))
        .transpose()
}

/// What administrators said from outside.
pub(super) async fn wished<'e>(db: impl SqliteExecutor<'e>) -> Result<Vec<Assignment>, ReadError> {
    let rows = sqlx::query("SELECT key, value FROM meta WHERE key >= ?1 AND key < ?2 ORDER BY key")
        .bind(ASSIGN)
        // What follows the last key that begins so.
        .bind("assign0")
        .fetch_all(db)
        .await?;
    let wish = |row: &sqlx::sqlite::SqliteRow| {
        let key: String = row.try_get(0)?;
        Ok(Assignment {
            sha256: sum_from(key.strip_prefix(ASSIGN).unwrap_or_default())?,
            call: CallKey::new(row.try_get::<String, _>(1)?),
        })
    };
    rows.iter().map(wish).collect()
}
