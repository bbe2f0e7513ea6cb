//! Writing: all entries of a batch in one transaction, or nothing.

use std::collections::BTreeMap;

use bridge_core::call::{CallKey, Change, Step};
use bridge_core::effect::{Effect, EffectId};
use bridge_core::input::Outcome;
use bridge_core::port::{Committed, Entry};
use bridge_core::recording::Kept;
use jiff::Timestamp;
use sqlx::{Connection, Row, SqliteConnection};

use super::error::StoreError;
use super::record::{id_to_column, phase_to_word, priority_to_word, stamp, step_to_word, to_text, track_to_word};
use super::record_call::call_to_text;
use super::record_effect::order_to_text;
use super::record_logs::logs_to_text;
use super::record_matching::matching_to_text;
use super::record_outcome::{outcome_from_text, outcome_to_text};
use super::record_recording::{recording_to_text, standing_to};
use super::script::Script;
use super::{
    ACTIVE, LOGS, MATCHING, SET_META, Store, TOKEN, UNSET_META, WISH, assign_wish, on_off, refuse_wish, retry_wish,
    take_back_wish,
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
    let (script, orders) = script_of(entries);
    let mut tx = connection.begin_with("BEGIN IMMEDIATE").await.map_err(wrong)?;
    let done = script.run(&mut tx).await.map_err(wrong)?;
    let token = done.rows.first().map(|row| row.try_get(0)).transpose();
    store.check_lease(token.map_err(wrong)?)?;
    let mut committed = Committed::default();
    for (statement, effect) in orders {
        let known = done.changed.get(statement) == Some(&0);
        if known && let Some(outcome) = earlier(&mut tx, store, effect).await? {
            committed.settled_before.push((effect.clone(), outcome));
        }
    }
    tx.commit().await.map_err(wrong)?;
    Ok(committed)
}

/// All that a batch writes, and which statement writes which order down. The first one reads whose the store is.
fn script_of(entries: &[Entry]) -> (Script, Vec<(usize, &EffectId)>) {
    let mut script = Script::default();
    script.add("SELECT value FROM meta WHERE key = ?");
    script.with(TOKEN);
    let mut orders = Vec::new();
    for entry in entries {
        write(&mut script, entry, &mut orders);
    }
    let changes = entries
        .iter()
        .flat_map(|entry| entry.changes.iter().map(|change| (change, entry.at)));
    steps(&mut script, changes.clone().map(|(change, _)| change));
    // What one call went through in a batch is told step by step; of its states the last one counts.
    let last: BTreeMap<&CallKey, (&Change, Timestamp)> = changes
        .map(|(change, at)| (&change.summary.key, (change, at)))
        .collect();
    for (change, at) in last.into_values() {
        call(&mut script, change, at);
    }
    (script, orders)
}

/// All of an entry but its changes of calls. `orders` learns which statement writes which order down.
fn write<'e>(script: &mut Script, entry: &'e Entry, orders: &mut Vec<(usize, &'e EffectId)>) {
    if let Some((effect, outcome)) = &entry.settled {
        settle(script, effect, outcome, entry.at);
    }
    if let Some(postponed) = &entry.postponed {
        script.add("UPDATE effects SET attempts = ?, last_error = ? WHERE id = ?");
        script.with(i64::from(postponed.attempts)).with(postponed.why.clone());
        script.with(postponed.effect.as_str().to_owned());
    }
    if let Some(effect) = &entry.retried {
        let agreed = entry.effects.iter().any(|given| given.id == *effect);
        retry(script, effect, agreed);
    }
    for effect in &entry.effects {
        orders.push((order(script, effect), &effect.id));
    }
    for effect in &entry.withdrawn {
        script.add("UPDATE effects SET state = 'withdrawn', settled_at = ? WHERE id = ? AND state = 'waiting'");
        script.with(stamp(entry.at)).with(effect.as_str().to_owned());
    }
    if let Some(matching) = &entry.matching {
        set(script, MATCHING, matching_to_text(matching));
    }
    if let Some(logs) = &entry.logs {
        set(script, LOGS, logs_to_text(logs));
    }
    for kept in &entry.recordings {
        recording(script, kept, entry.at);
    }
    if let Some(sha256) = &entry.assigned {
        unset(script, assign_wish(sha256));
    }
    if let Some(call) = &entry.refused {
        unset(script, refuse_wish(call));
    }
    if let Some(written) = &entry.taken_back {
        unset(script, take_back_wish(written));
    }
    if let Some(active) = entry.active {
        set(script, ACTIVE, on_off(active).to_owned());
        // A wish for the opposite was made after this one and still stands.
        script.add("DELETE FROM meta WHERE key = ? AND value = ?");
        script.with(WISH).with(on_off(active));
    }
}

fn set(script: &mut Script, key: &'static str, value: String) {
    script.add(SET_META);
    script.with(key).with(value);
}

fn unset(script: &mut Script, key: String) {
    script.add(UNSET_META);
    script.with(key);
}

/// An order that was withdrawn while it was under way may still come to something; that it came to nothing is known.
fn settle(script: &mut Script, effect: &EffectId, outcome: &Outcome, at: Timestamp) {
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
    script.add(
        "UPDATE effects SET state = ?, outcome = ?, settled_at = ?
         WHERE id = ? AND (state = 'waiting' OR (? AND state = 'withdrawn'))",
    );
    script.with(state).with(outcome_to_text(outcome)).with(stamp(at));
    script.with(effect.as_str().to_owned()).with(from_withdrawn);
}

/// Lets a wedged order wait again, if the core agrees; either way the wish for it is answered.
fn retry(script: &mut Script, effect: &EffectId, agreed: bool) {
    if agreed {
        script.add(
            "UPDATE effects SET state = 'waiting', outcome = NULL, settled_at = NULL, attempts = 0
             WHERE id = ? AND state = 'wedged'",
        );
        script.with(effect.as_str().to_owned());
    }
    unset(script, retry_wish(effect));
}

/// Writes an order down; one whose id is known already changes no row. Tells which statement it is.
fn order(script: &mut Script, effect: &Effect) -> usize {
    let statement = script.add(
        "INSERT INTO effects (id, call, track, priority, planned_at, expires, what, state)
         VALUES (?, ?, ?, ?, ?, ?, ?, 'waiting') ON CONFLICT (id) DO NOTHING",
    );
    script
        .with(effect.id.as_str().to_owned())
        .with(effect.call.as_str().to_owned())
        .with(track_to_word(effect.track))
        .with(priority_to_word(effect.priority))
        .with(stamp(effect.planned_at))
        .with(effect.expires.map(stamp))
        .with(order_to_text(&effect.order));
    statement
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

fn recording(script: &mut Script, kept: &Kept, at: Timestamp) {
    let (standing, call, what) = standing_to(&kept.standing);
    script.add(
        "INSERT INTO recordings (sha256, standing, call, what, recording, updated) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT (sha256) DO UPDATE SET standing = excluded.standing, call = excluded.call, what = excluded.what,
           recording = excluded.recording, updated = excluded.updated",
    );
    script
        .with(kept.recording.sha256.as_str().to_owned())
        .with(standing)
        .with(call.map(str::to_owned))
        .with(what.to_owned())
        .with(recording_to_text(&kept.recording))
        .with(stamp(at));
}

fn call(script: &mut Script, change: &Change, at: Timestamp) {
    let summary = &change.summary;
    script.add(
        "INSERT INTO calls (key, started, updated, phase, caller, pbx_group, agent, ticket, requester, outcome, state, awaits)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (key) DO UPDATE SET started = excluded.started, updated = excluded.updated, phase = excluded.phase,
           caller = excluded.caller, pbx_group = excluded.pbx_group, agent = excluded.agent, ticket = excluded.ticket,
           requester = excluded.requester, outcome = excluded.outcome, state = excluded.state, awaits = excluded.awaits",
    );
    script
        .with(summary.key.as_str().to_owned())
        .with(stamp(summary.started))
        .with(stamp(at))
        .with(phase_to_word(summary.phase))
        .with(summary.caller.as_ref().map(|caller| caller.as_str().to_owned()))
        .with(summary.group.clone())
        .with(summary.agent.as_ref().map(|agent| agent.as_str().to_owned()))
        .with(summary.ticket.and_then(|ticket| id_to_column(ticket.get())))
        .with(summary.requester.and_then(|user| id_to_column(user.get())))
        .with(summary.outcome.clone())
        .with(call_to_text(&change.state))
        .with(i64::from(change.state.awaits_recording()));
}

/// All steps in one statement: with one for each, hardly two batches would be alike.
fn steps<'c>(script: &mut Script, changes: impl Iterator<Item = &'c Change>) {
    let steps: Vec<StepRow<'_>> = changes
        .flat_map(|change| {
            let call = change.summary.key.as_str();
            let row = move |step: &'c Step| (call, stamp(step.at), step_to_word(step.kind), &*step.what, &*step.why);
            change.steps.iter().map(row)
        })
        .collect();
    if steps.is_empty() {
        return;
    }
    script.add(
        "INSERT INTO steps (call, seq, at, kind, what, why)
         SELECT step.value ->> 0,
                COALESCE((SELECT MAX(seq) FROM steps WHERE call = step.value ->> 0), 0)
                    + ROW_NUMBER() OVER (PARTITION BY step.value ->> 0 ORDER BY step.key),
                step.value ->> 1, step.value ->> 2, step.value ->> 3, step.value ->> 4
         FROM json_each(?) AS step",
    );
    script.with(to_text(&steps));
}

/// Call, moment, kind, what and why.
type StepRow<'s> = (&'s str, i64, &'static str, &'s str, &'s str);
