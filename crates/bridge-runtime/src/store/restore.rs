//! Reading back what is needed to go on after a start.

use bridge_core::call::{CallKey, CallSummary};
use bridge_core::effect::{Effect, EffectId, Order};
use bridge_core::erasure::REMEMBERED;
use bridge_core::input::Outcome;
use bridge_core::port::{Restored, Wedged};
use futures_util::TryStreamExt as _;
use jiff::Timestamp;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteExecutor};

use super::error::StoreError;
use super::record::{RecordError, id_from_column, moment, phase_from_word, priority_from_word, stamp, track_from_word};
use super::record_call::call_from_text;
use super::record_effect::order_from_text;
use super::record_logs::logs_from_text;
use super::record_matching::matching_from_text;
use super::record_outcome::{outcome_from_text, outcome_to_text};
use super::recordings;
use super::{ACTIVE, LOGS, MATCHING, RETRY, Store, is_on, meta};

/// Everything that is needed to go on.
pub(super) async fn restore(store: &Store, now: Timestamp) -> Result<Restored, StoreError> {
    let path = store.path();
    let wrong = |error: ReadError| error.told(path);
    let mut connection = store.lend().await?;
    let db = &mut *connection;
    let logs = meta(&mut *db, LOGS).await.map_err(|error| wrong(error.into()))?;
    let logs = logs.as_deref().map(logs_from_text).transpose();
    let logs = logs.map_err(|error| wrong(error.into()))?;
    // What is given back here, `erasure::stays` keeps from being erased.
    let lately = now.checked_sub(REMEMBERED).unwrap_or(Timestamp::MIN);
    // What began later may still turn up in a list of calls, and must be known then.
    let listed = logs.as_ref().and_then(|logs| logs.floor(now));
    let since = listed.map_or(lately, |listed| lately.min(listed));
    let mut restored = Restored {
        in_progress: in_progress(&mut *db).await.map_err(wrong)?,
        effects: waiting(&mut *db).await.map_err(wrong)?,
        wedged: wedged(&mut *db).await.map_err(wrong)?,
        logs,
        unassigned: recordings::unassigned(&mut *db).await.map_err(wrong)?,
        ..Restored::default()
    };
    // Read as they come, and put in order here: SQLite would write all of them to a file to sort them.
    let mut states = sqlx::query(
        "SELECT state FROM calls WHERE phase IN ('ringing', 'talking', 'wrap-up') OR (phase = 'over' AND (updated >= ?1 OR awaits = 1))",
    )
    .bind(stamp(since))
    .fetch(&mut *db);
    while let Some(row) = states.try_next().await.map_err(|error| wrong(error.into()))? {
        let text: &str = row.try_get(0).map_err(|error| wrong(error.into()))?;
        let call = call_from_text(text).map_err(|error| wrong(error.into()))?;
        restored.calls.push(call);
    }
    drop(states);
    restored
        .calls
        .sort_by_cached_key(|call| (call.started, call.key.clone()));
    let matching = meta(&mut *db, MATCHING).await.map_err(|error| wrong(error.into()))?;
    restored.matching = matching
        .as_deref()
        .map(matching_from_text)
        .transpose()
        .map_err(|error| wrong(error.into()))?;
    restored.active = meta(&mut *db, ACTIVE)
        .await
        .map_err(|error| wrong(error.into()))?
        .as_deref()
        .map(is_on);
    Ok(restored)
}

/// Why something could not be read: SQLite failed, or what it gave makes no sense.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReadError {
    #[error("SQLite failed")]
    Sqlite(#[from] sqlx::Error),
    #[error("a record cannot be read")]
    Record(#[from] RecordError),
}

impl ReadError {
    /// For people.
    pub(super) fn told(self, path: &std::path::Path) -> StoreError {
        match self {
            Self::Sqlite(error) => StoreError::sqlite(path, error),
            Self::Record(error) => StoreError::record(path, error),
        }
    }
}

/// The calls that are not over, the oldest first.
pub(super) async fn in_progress<'e>(db: impl SqliteExecutor<'e>) -> Result<Vec<CallSummary>, ReadError> {
    let statement = "SELECT key, started, phase, caller, pbx_group, agent, ticket, requester, outcome
                     FROM calls WHERE phase IN ('ringing', 'talking', 'wrap-up') ORDER BY started, key";
    sqlx::query(statement)
        .fetch_all(db)
        .await?
        .iter()
        .map(summary)
        .collect()
}

/// One row of `key, started, phase, caller, pbx_group, agent, ticket, requester, outcome`.
pub(super) fn summary(row: &SqliteRow) -> Result<CallSummary, ReadError> {
    let phase: String = row.try_get(2)?;
    let id = |column: usize| -> Result<Option<u64>, ReadError> {
        Ok(row.try_get::<Option<i64>, _>(column)?.map(id_from_column).transpose()?)
    };
    Ok(CallSummary {
        key: CallKey::new(row.try_get::<String, _>(0)?),
        started: moment(row.try_get(1)?)?,
        phase: phase_from_word(&phase)?,
        caller: row.try_get::<Option<String>, _>(3)?.map(pbx::Dialled::new),
        group: row.try_get(4)?,
        agent: row.try_get::<Option<String>, _>(5)?.map(pbx::UserId::new),
        ticket: id(6)?.map(bridge_core::desk::TicketId::new),
        requester: id(7)?.map(bridge_core::desk::UserId::new),
        outcome: row.try_get(8)?,
    })
}

/// What cannot succeed, the oldest first.
pub(super) async fn wedged<'e>(db: impl SqliteExecutor<'e>) -> Result<Vec<Wedged>, ReadError> {
    let statement = "SELECT id, call, outcome, settled_at FROM effects WHERE state = 'wedged' ORDER BY seq";
    let mut wedged = Vec::new();
    for row in sqlx::query(statement).fetch_all(db).await? {
        let outcome: Option<String> = row.try_get(2)?;
        let why = match outcome.as_deref().map(outcome_from_text).transpose()? {
            Some(Outcome::Wedged { why }) => why,
            _ => return Err(RecordError::new("why an effect is wedged").into()),
        };
        wedged.push(Wedged {
            effect: EffectId::from_stored(row.try_get::<String, _>(0)?),
            call: CallKey::new(row.try_get::<String, _>(1)?),
            why,
            since: moment(row.try_get::<Option<i64>, _>(3)?.unwrap_or_default())?,
        });
    }
    Ok(wedged)
}

/// What is still to be done, in the order given.
async fn waiting<'e>(db: impl SqliteExecutor<'e>) -> Result<Vec<Effect>, ReadError> {
    let statement =
        "SELECT id, call, track, priority, planned_at, expires, what FROM effects WHERE state = 'waiting' ORDER BY seq";
    sqlx::query(statement).fetch_all(db).await?.iter().map(effect).collect()
}

/// The orders that are wedged under this id, or of the call of this key.
pub(super) async fn wedged_orders(store: &Store, id: &str) -> Result<Vec<Effect>, StoreError> {
    let statement = "SELECT id, call, track, priority, planned_at, expires, what FROM effects
                     WHERE state = 'wedged' AND (id = ?1 OR call = ?1) ORDER BY seq";
    read_orders(store, sqlx::query(statement).bind(id.to_owned())).await
}

/// The wedged orders that are wished to be taken up again. A wish for one that is not wedged any more has no effect.
pub(super) async fn wished_retries(store: &Store) -> Result<Vec<Effect>, StoreError> {
    let statement = "SELECT id, call, track, priority, planned_at, expires, what FROM effects
                     WHERE state = 'wedged' AND ?1 || id IN (SELECT key FROM meta) ORDER BY seq";
    read_orders(store, sqlx::query(statement).bind(RETRY)).await
}

/// From the wishes to their orders: there are none, or a few. (`0` comes right after `/`.)
const TAKE_BACKS: &str = "SELECT id, call, track, priority, planned_at, expires, what FROM effects
    WHERE id IN (SELECT substr(key, 11) FROM meta WHERE key >= 'take-back/' AND key < 'take-back0')
      AND state = 'done' AND outcome = ?1 AND instr(what, '\"write_number\"') > 0 ORDER BY seq";

/// The orders that wrote a number which is wished to be taken back. A wish for one that wrote nothing, or whose caller was erased,
/// has no effect.
pub(super) async fn wished_take_backs(store: &Store) -> Result<Vec<Effect>, StoreError> {
    let query = sqlx::query(TAKE_BACKS).bind(outcome_to_text(&Outcome::Done));
    let mut orders = read_orders(store, query).await?;
    orders.retain(|effect| matches!(effect.order, Order::WriteNumber { .. }));
    Ok(orders)
}

async fn read_orders(
    store: &Store,
    query: sqlx::query::Query<'_, sqlx::Sqlite, sqlx::sqlite::SqliteArguments>,
) -> Result<Vec<Effect>, StoreError> {
    let told = |error: ReadError| error.told(store.path());
    let rows = query
        .fetch_all(&mut *store.lend().await?)
        .await
        .map_err(|error| told(error.into()))?;
    rows.iter().map(effect).collect::<Result<_, _>>().map_err(told)
}

fn effect(row: &SqliteRow) -> Result<Effect, ReadError> {
    let text = |column: usize| row.try_get::<String, _>(column);
    Ok(Effect {
        id: EffectId::from_stored(text(0)?),
        call: CallKey::new(text(1)?),
        track: track_from_word(&text(2)?)?,
        priority: priority_from_word(&text(3)?)?,
        planned_at: moment(row.try_get(4)?)?,
        expires: row.try_get::<Option<i64>, _>(5)?.map(moment).transpose()?,
        order: order_from_text(&text(6)?)?,
    })
}

#[cfg(test)]
mod tests {
    use super::super::{TAKE_BACK, take_back_wish};
    use super::*;

    #[test]
    fn the_statement_reads_the_wishes_as_they_are_written() {
        let wish = take_back_wish(&EffectId::new(&CallKey::new("c1"), "write"));
        let cut = format!("substr(key, {})", TAKE_BACK.len() + 1);
        assert!(
            wish.starts_with(TAKE_BACK) && TAKE_BACKS.contains(&format!("'{TAKE_BACK}'")) && TAKE_BACKS.contains(&cut)
        );
    }

    /// They are asked for every second on the connection that writes, and orders are kept for years.
    #[tokio::test]
    async fn the_wish_for_a_take_back_leads_to_its_order() {
        let dir = tempfile::TempDir::new().unwrap();
        let store = Store::open(dir.path().join("bridge.db"), "acme").await.unwrap();
        let plan = format!("EXPLAIN QUERY PLAN {TAKE_BACKS}");
        let rows = sqlx::query(sqlx::AssertSqlSafe(plan))
            .fetch_all(&mut *store.lend().await.unwrap())
            .await
            .unwrap();
        let steps: Vec<String> = rows.iter().map(|row| row.get("detail")).collect();
        assert!(steps.iter().any(|step| step.starts_with("SEARCH effects")), "{steps:?}");
        assert!(!steps.iter().any(|step| step.starts_with("SCAN")), "{steps:?}");
    }
}
