//! Writing: all entries of a batch in one transaction, or nothing.

use std::collections::BTreeMap;

use bridge_core::call::{CallKey, Change};
use bridge_core::effect::{Effect, EffectId};
use bridge_core::input::Outcome;
use bridge_core::port::{Committed, Entry};
use bridge_core::recording::Kept;
use jiff::Timestamp;
use sqlx::{Connection, Row, SqliteConnection};

use super::error::StoreError;
use super::record::{id_to_column, phase_to_word, priority_to_word, stamp, step_to_word, track_to_word};
use super::record_call::call_to_text;
use super::record_effect::order_to_text;
use super::record_logs::logs_to_text;
use super::record_matching::matching_to_text;
use super::record_outcome::{outcome_from_text, outcome_to_text};
use super::record_recording::{recording_to_text, standing_to};
use super::{
    ACTIVE, LOGS, MATCHING, Store, TOKEN, WISH, assign_wish, meta, on_off, refuse_wish, retry_wish, set_meta,
    take_back_wish, unset_meta,
};

/// Commits a batch on the one writing connection.
pub(super) async fn commit(store: &Store, entries: &[Entry]) -> Result<Committed, StoreError> {
    let mut connection = store.lend().await?;
    let result = commit_on(&mut connection, store, entries).await;
    if result.is_err() {
        store.writer.give_up(&connection);
    }
    result
}

async fn commit_on(
    connection: &mut SqliteConnection,
    store: &Store,
    entries: &[Entry],
) -> Result<Committed, StoreError> {
    let wrong = |error| store.wrong(error);
    let mut tx = connection.begin_with("BEGIN IMMEDIATE").await.map_err(wrong)?;
    let token = meta(&mut *tx, TOKEN).await.map_err(wrong)?;
    store.check_lease(token)?;
    let mut committed = Committed::default();
    for entry in entries {
        write(&mut tx, store, entry, &mut committed).await?;
    }
    // What one call went through in a batch is told step by step; of its states the last one counts.
    let changes = entries
        .iter()
        .flat_map(|entry| entry.changes.iter().map(|change| (change, entry.at)));
    let last: BTreeMap<&CallKey, (&Change, Timestamp)> = changes
        .map(|(change, at)| (&change.summary.key, (change, at)))
        .collect();
    for (change, at) in last.into_values() {
        call(&mut tx, change, at).await.map_err(wrong)?;
    }
    tx.commit().await.map_err(wrong)?;
    Ok(committed)
}

async fn write(
    db: &mut SqliteConnection,
    store: &Store,
    entry: &Entry,
    committed: &mut Committed,
) -> Result<(), StoreError> {
    let wrong = |error| store.wrong(error);
    if let Some((effect, outcome)) = &entry.settled {
        settle(db, effect, outcome, entry.at).await.map_err(wrong)?;
    }
    if let Some(postponed) = &entry.postponed {
        sqlx::query("UPDATE effects SET attempts = ?2, last_error = ?3 WHERE id = ?1")
            .bind(postponed.effect.as_str().to_owned())
            .bind(i64::from(postponed.attempts))
            .bind(postponed.why.clone())
            .execute(&mut *db)
            .await
            .map_err(wrong)?;
    }
    if let Some(effect) = &entry.retried {
        let agreed = entry.effects.iter().any(|given| given.id == *effect);
        retry(db, effect, agreed).await.map_err(wrong)?;
    }
    for effect in &entry.effects {
        let known = !order(db, effect).await.map_err(wrong)?;
        if known && let Some(outcome) = earlier(db, store, &effect.id).await? {
            committed.settled_before.push((effect.id.clone(), outcome));
        }
    }
    for effect in &entry.withdrawn {
        sqlx::query("UPDATE effects SET state = 'withdrawn', settled_at = ?2 WHERE id = ?1 AND state = 'waiting'")
            .bind(effect.as_str().to_owned())
            .bind(stamp(entry.at))
            .execute(&mut *db)
            .await
            .map_err(wrong)?;
    }
    for change in &entry.changes {
        steps(db, change).await.map_err(wrong)?;
    }
    if let Some(matching) = &entry.matching {
        set_meta(&mut *db, MATCHING, &matching_to_text(matching))
            .await
            .map_err(wrong)?;
    }
    if let Some(logs) = &entry.logs {
        set_meta(&mut *db, LOGS, &logs_to_text(logs)).await.map_err(wrong)?;
    }
    for kept in &entry.recordings {
        recording(db, kept, entry.at).await.map_err(wrong)?;
    }
    if let Some(sha256) = &entry.assigned {
        unset_meta(&mut *db, &assign_wish(sha256)).await.map_err(wrong)?;
    }
    if let Some(call) = &entry.refused {
        unset_meta(&mut *db, &refuse_wish(call)).await.map_err(wrong)?;
    }
    if let Some(written) = &entry.taken_back {
        unset_meta(&mut *db, &take_back_wish(written)).await.map_err(wrong)?;
    }
    if let Some(active) = entry.active {
        set_meta(&mut *db, ACTIVE, on_off(active)).await.map_err(wrong)?;
        // A wish for the opposite was made after this one and still stands.
        sqlx::query("DELETE FROM meta WHERE key = ?1 AND value = ?2")
            .bind(WISH)
            .bind(on_off(active))
            .execute(&mut *db)
            .await
            .map_err(wrong)?;
    }
    Ok(())
}

/// An order that was withdrawn while it was under way may still come to something; that it came to nothing is known.
async fn settle(
    db: &mut SqliteConnection,
    effect: &EffectId,
    outcome: &Outcome,
    at: Timestamp,
) -> Result<(), sqlx::Error> {
    let (state, from_withdrawn) = match outcome {
        Outcome::Wedged { .. } => ("wedged", true),
        Outcome::Dropped { .. } => ("dropped", false),
        Outcome::Profiles(_)
        | Outcome::Callers { .. }
        | Outcome::User(_)
        | Outcome::Opened { .. }
        | Outcome::Popped
        | Outcome::NotPopped { .. }
        | Outcome::Ticket(_)
        | Outcome::TicketGone { .. }
        | Outcome::Done
        | Outcome::Conflict
        | Outcome::Taken
        | Outcome::Refused { .. } => ("done", true),
    };
    let statement = "UPDATE effects SET state = ?2, outcome = ?3, settled_at = ?4
                     WHERE id = ?1 AND (state = 'waiting' OR (?5 AND state = 'withdrawn'))";
    sqlx::query(statement)
        .bind(effect.as_str().to_owned())
        .bind(state)
        .bind(outcome_to_text(outcome))
        .bind(stamp(at))
        .bind(from_withdrawn)
        .execute(db)
        .await
        .map(drop)
}

/// Lets a wedged order wait again, if the core agrees; either way the wish for it is answered.
async fn retry(db: &mut SqliteConnection, effect: &EffectId, agreed: bool) -> Result<(), sqlx::Error> {
    if agreed {
        let statement = "UPDATE effects SET state = 'waiting', outcome = NULL, settled_at = NULL, attempts = 0
                         WHERE id = ?1 AND state = 'wedged'";
        sqlx::query(statement)
            .bind(effect.as_str().to_owned())
            .execute(&mut *db)
            .await?;
    }
    unset_meta(db, &retry_wish(effect)).await
}

/// Writes an order down; `false` if its id is known already.
async fn order(db: &mut SqliteConnection, effect: &Effect) -> Result<bool, sqlx::Error> {
    let statement = "INSERT INTO effects (id, call, track, priority, planned_at, expires, what, state)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'waiting') ON CONFLICT (id) DO NOTHING";
    let done = sqlx::query(statement)
        .bind(effect.id.as_str().to_owned())
        .bind(effect.call.as_str().to_owned())
        .bind(track_to_word(effect.track))
        .bind(priority_to_word(effect.priority))
        .bind(stamp(effect.planned_at))
        .bind(effect.expires.map(stamp))
        .bind(order_to_text(&effect.order))
        .execute(db)
        .await?;
    Ok(done.rows_affected() > 0)
}

/// What came of an order that is known already; `None` while it waits.
async fn earlier(db: &mut SqliteConnection, store: &Store, effect: &EffectId) -> Result<Option<Outcome>, StoreError> {
    let wrong = |error| store.wrong(error);
    let row = sqlx::query("SELECT state, outcome FROM effects WHERE id = ?1")
        .bind(effect.as_str().to_owned())
        .fetch_one(db)
        .await
        .map_err(wrong)?;
    let state: String = row.try_get(0).map_err(wrong)?;
    let outcome: Option<String> = row.try_get(1).map_err(wrong)?;
    match (state.as_str(), outcome) {
        ("waiting", _) => Ok(None),
        (_, Some(text)) => Ok(Some(
            outcome_from_text(&text).map_err(|error| StoreError::record(&store.path, error))?,
        )),
        (_, None) => Ok(Some(Outcome::Dropped {
            why: "withdrawn earlier".into(),
        })),
    }
}

async fn recording(db: &mut SqliteConnection, kept: &Kept, at: Timestamp) -> Result<(), sqlx::Error> {
    let (standing, call, what) = standing_to(&kept.standing);
    let statement = "INSERT INTO recordings (sha256, standing, call, what, recording, updated) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                     ON CONFLICT (sha256) DO UPDATE SET standing = excluded.standing, call = excluded.call, what = excluded.what,
                       recording = excluded.recording, updated = excluded.updated";
    sqlx::query(statement)
        .bind(kept.recording.sha256.as_str().to_owned())
        .bind(standing)
        .bind(call.map(str::to_owned))
        .bind(what.to_owned())
        .bind(recording_to_text(&kept.recording))
        .bind(stamp(at))
        .execute(db)
        .await
        .map(drop)
}

async fn call(db: &mut SqliteConnection, change: &Change, at: Timestamp) -> Result<(), sqlx::Error> {
    let summary = &change.summary;
    let statement = "INSERT INTO calls (key, started, updated, phase, caller, pbx_group, agent, ticket, requester, outcome, state, awaits)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
                     ON CONFLICT (key) DO UPDATE SET started = excluded.started, updated = excluded.updated, phase = excluded.phase,
                       caller = excluded.caller, pbx_group = excluded.pbx_group, agent = excluded.agent, ticket = excluded.ticket,
                       requester = excluded.requester, outcome = excluded.outcome, state = excluded.state, awaits = excluded.awaits";
    sqlx::query(statement)
        .bind(summary.key.as_str().to_owned())
        .bind(stamp(summary.started))
        .bind(stamp(at))
        .bind(phase_to_word(summary.phase))
        .bind(summary.caller.as_ref().map(|caller| caller.as_str().to_owned()))
        .bind(summary.group.clone())
        .bind(summary.agent.as_ref().map(|agent| agent.as_str().to_owned()))
        .bind(summary.ticket.and_then(|ticket| id_to_column(ticket.get())))
        .bind(summary.requester.and_then(|user| id_to_column(user.get())))
        .bind(summary.outcome.clone())
        .bind(call_to_text(&change.state))
        .bind(i64::from(change.state.awaits_recording()))
        .execute(db)
        .await
        .map(drop)
}

async fn steps(db: &mut SqliteConnection, change: &Change) -> Result<(), sqlx::Error> {
    for step in &change.steps {
        let statement = "INSERT INTO steps (call, seq, at, kind, what, why)
                         SELECT ?1, COALESCE(MAX(seq), 0) + 1, ?2, ?3, ?4, ?5 FROM steps WHERE call = ?1";
        sqlx::query(statement)
            .bind(change.summary.key.as_str().to_owned())
            .bind(stamp(step.at))
            .bind(step_to_word(step.kind))
            .bind(step.what.clone())
            .bind(step.why.clone())
            .execute(&mut *db)
            .await?;
    }
    Ok(())
}
