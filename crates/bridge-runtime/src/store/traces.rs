//! What the store holds of one person, wherever it stands.
//!
//! Everything is read and compared as the core compares numbers: a search for digits would miss numbers that are written
//! otherwise. A further table that holds numbers is one more part of [`find`], and of `erase`.

use std::collections::{BTreeMap, BTreeSet};

use bridge_core::call::{CallKey, CallState, CallSummary, Caller, LookUp, NewUser};
use bridge_core::desk::UserId;
use bridge_core::effect::Order;
use bridge_core::erasure::{self, Sought, Stays};
use bridge_core::recording::{Recording, Sha256, Standing};
use futures_util::TryStreamExt as _;
use jiff::Timestamp;
use sqlx::{Row, SqliteConnection};

use super::record::moment;
use super::record_call::call_from_text;
use super::record_effect::order_unless_erased;
use super::record_logs::logs_from_text;
use super::record_matching::matching_from_text;
use super::record_outcome::outcome_from_text;
use super::record_recording::{recording_from_text, standing_from};
use super::restore::{self, ReadError};
use super::{CLEAR, LOGS, MATCHING, directory, meta};

/// What the store holds of one person.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Traces {
    /// The calls that he took part in, and those in whose state he is named, the oldest first.
    pub calls: Vec<TracedCall>,
    /// Calls of others whose story, orders or answers name his number.
    pub mentions: Vec<Mention>,
    /// His recordings, and those of others in whose story his number stands.
    pub recordings: Vec<TracedRecording>,
    /// Entries of the caller directory that hold his number.
    pub directory: BTreeSet<UserId>,
    /// Users of the help desk that his calls have led to, or that the directory knows by his number.
    pub users: BTreeSet<UserId>,
    /// An erasure was interrupted, and what it erased may still stand in the file.
    pub unfinished: bool,
}

/// A call that he took part in, or in whose state he is named.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TracedCall {
    /// The call.
    pub summary: CallSummary,
    /// Whether he took part in it. Recordings, tickets and users of a call that only names him are of others.
    pub took_part: bool,
    /// Why it cannot be erased yet, if it cannot.
    pub stays: Option<Stays>,
    /// Orders that were given for it.
    pub orders: usize,
    /// Entries of the telephone system's own lists that are known to be of it.
    pub listed: usize,
}

/// A call of others that names him.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mention {
    /// The call.
    pub call: CallKey,
    /// Why it cannot be erased there yet, if it cannot.
    pub stays: Option<Stays>,
}

/// A recording of his, or one in whose story his number stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TracedRecording {
    /// Which.
    pub sha256: Sha256,
    /// Whether it is of him. The files of others are none of his, whatever is said of them.
    pub is_his: bool,
    /// How it stands with it.
    pub standing: Standing,
    /// Why what is known of it cannot be erased yet, if it cannot.
    pub stays: Option<Stays>,
}

/// The same with what it takes to erase it.
pub(super) struct Found {
    pub(super) traces: Traces,
    /// In the order of the calls there.
    pub(super) states: Vec<CallState>,
    /// In the order of the recordings there.
    pub(super) recordings: Vec<Recording>,
    /// Orders of calls of others, by their number: what is to be erased of each.
    pub(super) effects: Vec<(i64, Part)>,
    /// Steps of calls of others.
    pub(super) steps: Vec<(CallKey, i64)>,
}

/// What is his of an order in a call of others.
#[derive(Clone, Copy, Default)]
pub(super) struct Part {
    pub(super) order: bool,
    pub(super) outcome: bool,
    pub(super) error: bool,
}

/// Looks through the whole store.
pub(super) async fn find(db: &mut SqliteConnection, sought: &Sought, now: Timestamp) -> Result<Found, ReadError> {
    let mut found = Found {
        traces: Traces {
            unfinished: meta(&mut *db, CLEAR).await?.is_some(),
            ..Traces::default()
        },
        states: Vec::new(),
        recordings: Vec::new(),
        effects: Vec::new(),
        steps: Vec::new(),
    };
    let stays = StayRule::read(&mut *db, now).await?;
    calls(&mut *db, sought, &stays, &mut found).await?;
    let matching = meta(&mut *db, MATCHING).await?;
    let matching = matching.as_deref().map(matching_from_text).transpose()?;
    effects(&mut *db, sought, &mut found).await?;
    steps(&mut *db, sought, &mut found).await?;
    if let Some(matching) = matching {
        found.traces.users.remove(&matching.default_user);
    }
    let others: BTreeSet<CallKey> = found
        .traces
        .mentions
        .iter()
        .map(|mention| mention.call.clone())
        .collect();
    found.traces.mentions.clear();
    for call in others {
        let stays = stays.of_key(&mut *db, &call).await?;
        found.traces.mentions.push(Mention { call, stays });
    }
    recordings(&mut *db, sought, &stays, &mut found).await?;
    found.traces.directory = directory::entries_of(&mut *db, sought).await?;
    found.traces.users.extend(&found.traces.directory);
    Ok(found)
}

/// What tells whether a call stays.
struct StayRule {
    /// Calls with orders that wait, and with such as are wedged.
    pending: BTreeMap<String, (bool, bool)>,
    listed_since: Option<Timestamp>,
    now: Timestamp,
}

impl StayRule {
    async fn read(db: &mut SqliteConnection, now: Timestamp) -> Result<Self, ReadError> {
        let logs = meta(&mut *db, LOGS).await?;
        let logs = logs.as_deref().map(logs_from_text).transpose()?;
        let mut pending: BTreeMap<String, (bool, bool)> = BTreeMap::new();
        let statement = "SELECT call, state FROM effects WHERE state IN ('waiting', 'wedged')";
        for row in sqlx::query(statement).fetch_all(db).await? {
            let (waiting, wedged) = pending.entry(row.try_get(0)?).or_default();
            let state: String = row.try_get(1)?;
            *waiting |= state == "waiting";
            *wedged |= state == "wedged";
        }
        Ok(Self {
            pending,
            listed_since: logs.and_then(|logs| logs.floor(now)),
            now,
        })
    }

    fn of(&self, state: &CallState, updated: Timestamp) -> Option<Stays> {
        let (waiting, wedged) = self.pending.get(state.key.as_str()).copied().unwrap_or_default();
        let standing = erasure::Standing {
            updated,
            waiting,
            wedged,
            listed_since: self.listed_since,
        };
        erasure::stays(state, standing, self.now)
    }

    async fn of_key(&self, db: &mut SqliteConnection, key: &CallKey) -> Result<Option<Stays>, ReadError> {
        let row = sqlx::query("SELECT state, updated FROM calls WHERE key = ?1")
            .bind(key.as_str().to_owned())
            .fetch_optional(db)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let state = call_from_text(&row.try_get::<String, _>(0)?)?;
        Ok(self.of(&state, moment(row.try_get(1)?)?))
    }
}

async fn calls(
    db: &mut SqliteConnection,
    sought: &Sought,
    stays: &StayRule,
    found: &mut Found,
) -> Result<(), ReadError> {
    let statement = "SELECT key, started, phase, caller, pbx_group, agent, ticket, requester, outcome, state, updated
                     FROM calls ORDER BY started, key";
    let mut rows = sqlx::query(statement).fetch(db);
    while let Some(row) = rows.try_next().await? {
        let state = call_from_text(&row.try_get::<String, _>(9)?)?;
        let summary = restore::summary(&row)?;
        // A call of others in whose state he is named becomes a fact as well: whose words stand where cannot be told apart.
        let took_part = sought.took_part(&state);
        if !took_part && !sought.is_named(&state) {
            continue;
        }
        if took_part {
            found.traces.users.extend(users_of(&state));
        }
        found.traces.calls.push(TracedCall {
            summary,
            took_part,
            stays: stays.of(&state, moment(row.try_get(10)?)?),
            orders: 0,
            listed: state.logged.len(),
        });
        found.states.push(state);
    }
    Ok(())
}

/// Whom a call has led to.
fn users_of(state: &CallState) -> impl Iterator<Item = UserId> {
    let known = match &state.lookup {
        LookUp::Found(Caller::Known(user)) => Some(*user),
        LookUp::Found(Caller::Several(_) | Caller::Nobody)
        | LookUp::NotAsked
        | LookUp::Asked { .. }
        | LookUp::Failed { .. } => None,
    };
    let made = match &state.new_user {
        NewUser::Made(user) => Some(*user),
        NewUser::NotAsked | NewUser::Asked { .. } | NewUser::Failed { .. } => None,
    };
    let opened = state.opened();
    let requesters = [
        opened.and_then(|opened| opened.requester),
        opened.and_then(|opened| opened.seen),
    ];
    [known, made].into_iter().chain(requesters).flatten()
}

async fn effects(db: &mut SqliteConnection, sought: &Sought, found: &mut Found) -> Result<(), ReadError> {
    let places = found.traces.calls.iter().enumerate();
    let places: BTreeMap<String, usize> = places
        .map(|(place, call)| (call.summary.key.as_str().to_owned(), place))
        .collect();
    let mut rows = sqlx::query("SELECT seq, call, what, outcome, last_error FROM effects ORDER BY seq").fetch(db);
    while let Some(row) = rows.try_next().await? {
        let call: String = row.try_get(1)?;
        let order = order_unless_erased(&row.try_get::<String, _>(2)?)?;
        if let Some(place) = places.get(&call) {
            let call = &mut found.traces.calls[*place];
            call.orders += 1;
            let is_his = call.took_part || order.as_ref().is_some_and(|order| sought.is_in_order(order));
            if let Some(Order::WriteNumber { user, .. }) = order
                && is_his
            {
                found.traces.users.insert(user);
            }
            continue;
        }
        let outcome: Option<String> = row.try_get(3)?;
        let outcome = outcome.as_deref().map(outcome_from_text).transpose()?;
        let error: Option<String> = row.try_get(4)?;
        let part = Part {
            order: order.is_some_and(|order| sought.is_in_order(&order)),
            outcome: outcome.is_some_and(|outcome| sought.is_in_outcome(&outcome)),
            error: error.is_some_and(|error| sought.stands_in(&error)),
        };
        if part.order || part.outcome || part.error {
            found.effects.push((row.try_get(0)?, part));
            found.mentioned(call);
        }
    }
    Ok(())
}

async fn steps(db: &mut SqliteConnection, sought: &Sought, found: &mut Found) -> Result<(), ReadError> {
    let own: BTreeSet<String> = found.states.iter().map(|state| state.key.as_str().to_owned()).collect();
    let mut rows = sqlx::query("SELECT call, seq, what, why FROM steps ORDER BY call, seq").fetch(db);
    while let Some(row) = rows.try_next().await? {
        let call: &str = row.try_get(0)?;
        let texts: [&str; 2] = [row.try_get(2)?, row.try_get(3)?];
        if !own.contains(call) && texts.into_iter().any(|text| sought.stands_in(text)) {
            found.steps.push((CallKey::new(call), row.try_get(1)?));
            let call = call.to_owned();
            found.mentioned(call);
        }
    }
    Ok(())
}

async fn recordings(
    db: &mut SqliteConnection,
    sought: &Sought,
    stays: &StayRule,
    found: &mut Found,
) -> Result<(), ReadError> {
    let calls = found.traces.calls.iter().filter(|call| call.took_part);
    let calls: BTreeMap<CallKey, Option<Stays>> = calls.map(|call| (call.summary.key.clone(), call.stays)).collect();
    let rows = sqlx::query("SELECT standing, call, what, recording FROM recordings ORDER BY updated, sha256")
        .fetch_all(&mut *db)
        .await?;
    for row in rows {
        let recording = recording_from_text(&row.try_get::<String, _>(3)?)?;
        let key: Option<String> = row.try_get(1)?;
        let key = key.map(CallKey::new);
        let of_call = key.as_ref().and_then(|key| calls.get(key).copied());
        let what: String = row.try_get(2)?;
        let is_his = of_call.is_some() || sought.is_of(&recording);
        if !is_his && !sought.stands_in(&what) {
            continue;
        }
        let stays = match (of_call, &key) {
            (Some(stays), _) => stays,
            (None, Some(key)) => stays.of_key(&mut *db, key).await?,
            (None, None) => None,
        };
        found.traces.recordings.push(TracedRecording {
            sha256: recording.sha256.clone(),
            is_his,
            standing: standing_from(
                &row.try_get::<String, _>(0)?,
                key.map(|key| key.as_str().to_owned()),
                what,
            )?,
            stays,
        });
        found.recordings.push(recording);
    }
    Ok(())
}

impl Found {
    /// Why is found out later, once for each.
    fn mentioned(&mut self, call: String) {
        let call = CallKey::new(call);
        if self.traces.mentions.last().is_none_or(|last| last.call != call) {
            self.traces.mentions.push(Mention { call, stays: None });
        }
    }
}
