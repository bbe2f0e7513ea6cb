//! How the state of a call is written down.
//!
//! Every field is named on the way out and on the way back, so that a new one in the core does not compile until it
//! has its place in here. What was stored by an earlier version lacks it then: give it a `#[serde(default)]`.

mod progress;
mod take_back;

use std::collections::{BTreeMap, BTreeSet};

use bridge_core::call::{Answer, CallKey, CallState, End, EndBasis, Leg, LogEntry, Sibling, ToldGroup};
use bridge_core::effect::EffectId;
use jiff::{SignedDuration, Timestamp};
use pbx::{CallId, Dialled, Direction, LegState};
use serde::{Deserialize, Serialize};

use super::record::{RecordError, from_text, moment_from, to_text};
use super::record_recording::{
    CallRecordingRecord, RecordedRecord, call_recording_from, call_recording_to, recorded_from, recorded_to,
};
use progress::{
    LateRecord, LearnRecord, LookUpRecord, NewUserRecord, PopRecord, TicketRecord, late_from, late_to, learn_from,
    learn_to, lookup_from, lookup_to, name, new_user_from, new_user_to, pop_from, pop_to, ticket_from, ticket_to,
};
use take_back::{TakeBackRecord, take_back_from, take_back_to};

/// A closed set of plain names on both sides, converted both ways.
macro_rules! twins {
    ($record:ident, $domain:ty, { $($name:ident = $variant:path),+ $(,)? }) => {
        #[derive(Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub(super) enum $record { $($name),+ }

        impl From<$domain> for $record {
            fn from(value: $domain) -> Self {
                match value { $($variant => Self::$name),+ }
            }
        }

        impl From<$record> for $domain {
            fn from(record: $record) -> Self {
                match record { $($record::$name => $variant),+ }
            }
        }
    };
}
use twins;

/// What the core knows of a call, as it is stored.
#[derive(Serialize, Deserialize)]
struct CallRecord {
    key: String,
    ids: Vec<String>,
    merged_into: Option<String>,
    started: String,
    /// In milliseconds; absent in what older versions have stored.
    clock: Option<i64>,
    clock_before: Option<i64>,
    heard: String,
    began: Option<String>,
    went_on: Option<String>,
    uncertain: bool,
    legs: BTreeMap<String, LegRecord>,
    caller: Option<String>,
    called: Option<String>,
    groups: Vec<(String, String)>,
    inbound: bool,
    outbound: bool,
    mailbox: bool,
    answer: Option<AnswerRecord>,
    ended: Option<EndRecord>,
    sibling: Option<String>,
    lookup: LookUpRecord,
    new_user: NewUserRecord,
    ticket: TicketRecord,
    pop: PopRecord,
    late: LateRecord,
    learn: LearnRecord,
    #[serde(default, skip_serializing_if = "TakeBackRecord::is_no")]
    take_back: TakeBackRecord,
    #[serde(default)]
    recorded: RecordedRecord,
    #[serde(default)]
    recordings: Vec<CallRecordingRecord>,
    notes: BTreeSet<String>,
    orders: BTreeMap<String, u32>,
    postponed: BTreeMap<String, String>,
    wedged: BTreeMap<String, String>,
    verdict: Option<String>,
    remarks: Vec<String>,
    troubles: Vec<String>,
    #[serde(default)]
    logged: Vec<(String, String)>,
    over: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    erased: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct LegRecord {
    state: LegStateRecord,
    direction: DirectionRecord,
    rang: bool,
    unconfirmed: bool,
    /// Missing in what the first version stored: the beginning of the call then.
    began: Option<String>,
    shown: Option<String>,
    last_shown: Option<String>,
    #[serde(default)]
    talked: bool,
    group: Option<String>,
    called: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct AnswerRecord {
    by: String,
    at: String,
    active: bool,
    /// Missing in what older versions stored.
    id: Option<String>,
    /// When it began, and how many milliseconds it lasted.
    logged: Option<(String, i64)>,
}

#[derive(Serialize, Deserialize)]
struct EndRecord {
    at: String,
    /// In place of a basis in what the first version stored.
    #[serde(default)]
    unseen: bool,
    basis: Option<EndBasisRecord>,
}

twins!(EndBasisRecord, EndBasis, {
    Told = EndBasis::Told,
    Log = EndBasis::Log,
    Snapshot = EndBasis::Snapshot,
    Assumed = EndBasis::Assumed,
});

twins!(LegStateRecord, LegState, {
    Announced = LegState::Announced,
    Ringing = LegState::Ringing,
    Dialling = LegState::Dialling,
    Connected = LegState::Connected,
    Parked = LegState::Parked,
    Voicemail = LegState::Voicemail,
    Ended = LegState::Ended,
});

twins!(DirectionRecord, Direction, {
    Inbound = Direction::Inbound,
    Outbound = Direction::Outbound,
    Unknown = Direction::Unknown,
});

/// The state of a call as it is stored.
pub(crate) fn call_to_text(state: &CallState) -> String {
    let CallState {
        key,
        ids,
        merged_into,
        clock,
        clock_before,
        started,
        heard,
        began,
        went_on,
        uncertain,
        legs,
        caller,
        called,
        groups,
        inbound,
        outbound,
        mailbox,
        answer,
        ended,
        sibling,
        lookup,
        new_user,
        ticket,
        pop,
        late,
        learn,
        take_back,
        recorded,
        recordings,
        notes,
        orders,
        postponed,
        wedged,
        verdict,
        remarks,
        troubles,
        logged,
        over,
        erased,
    } = state;
    to_text(&CallRecord {
        key: key.as_str().to_owned(),
        ids: ids.iter().map(|id| id.as_str().to_owned()).collect(),
        merged_into: merged_into.as_ref().map(|key| key.as_str().to_owned()),
        clock: clock.map(millis),
        clock_before: clock_before.map(millis),
        started: started.to_string(),
        heard: heard.to_string(),
        began: began.map(|at| at.to_string()),
        went_on: went_on.map(|at| at.to_string()),
        uncertain: *uncertain,
        legs: legs
            .iter()
            .map(|(owner, leg)| (owner.as_str().to_owned(), leg_to(leg)))
            .collect(),
        caller: shown(caller.as_ref()),
        called: shown(called.as_ref()),
        groups: groups
            .iter()
            .map(|told| (told.group.as_str().to_owned(), told.at.to_string()))
            .collect(),
        inbound: *inbound,
        outbound: *outbound,
        mailbox: *mailbox,
        answer: answer.as_ref().map(|answer| AnswerRecord {
            by: answer.by.as_str().to_owned(),
            at: answer.at.to_string(),
            active: answer.active,
            id: answer.id.as_ref().map(|id| id.as_str().to_owned()),
            logged: answer
                .logged
                .map(|entry| (entry.began.to_string(), millis(entry.lasted))),
        }),
        ended: ended.map(|end| EndRecord {
            at: end.at.to_string(),
            unseen: end.basis != EndBasis::Told,
            basis: Some(end.basis.into()),
        }),
        sibling: sibling.as_ref().map(|sibling| sibling.key.as_str().to_owned()),
        lookup: lookup_to(lookup),
        new_user: new_user_to(new_user),
        ticket: ticket_to(ticket),
        pop: pop_to(pop),
        late: late_to(late),
        learn: learn_to(learn),
        take_back: take_back_to(take_back),
        recorded: recorded_to(recorded),
        recordings: recordings.iter().map(call_recording_to).collect(),
        notes: notes.iter().map(name).collect(),
        orders: orders.clone(),
        postponed: postponed
            .iter()
            .map(|(effect, why)| (name(effect), why.clone()))
            .collect(),
        wedged: wedged.iter().map(|(effect, why)| (name(effect), why.clone())).collect(),
        verdict: verdict.clone(),
        remarks: remarks.clone(),
        troubles: troubles.clone(),
        logged: logged
            .iter()
            .map(|(owner, began)| (owner.as_str().to_owned(), began.to_string()))
            .collect(),
        over: over.map(|at| at.to_string()),
        erased: erased.map(|at| at.to_string()),
    })
}

/// The state of a call as it was stored.
pub(crate) fn call_from_text(text: &str) -> Result<CallState, RecordError> {
    let record: CallRecord = from_text(text, "the state of a call")?;
    let told = |(group, at): (String, String)| {
        Ok(ToldGroup {
            group: pbx::GroupId::new(group),
            at: moment_from(&at)?,
        })
    };
    let started = moment_from(&record.started)?;
    let leg = |(owner, leg)| Ok((pbx::UserId::new(owner), leg_from(leg, started)?));
    let logged = |(owner, began): (String, String)| Ok((pbx::UserId::new(owner), moment_from(&began)?));
    let why = |(effect, why): (String, String)| (EffectId::from_stored(effect), why);
    Ok(CallState {
        key: CallKey::new(record.key),
        ids: record.ids.into_iter().map(CallId::new).collect(),
        merged_into: record.merged_into.map(CallKey::new),
        started,
        clock: record.clock.map(SignedDuration::from_millis),
        clock_before: record.clock_before.map(SignedDuration::from_millis),
        heard: moment_from(&record.heard)?,
        began: record.began.as_deref().map(moment_from).transpose()?,
        went_on: record.went_on.as_deref().map(moment_from).transpose()?,
        uncertain: record.uncertain,
        legs: record.legs.into_iter().map(leg).collect::<Result<_, RecordError>>()?,
        caller: record.caller.map(Dialled::new),
        called: record.called.map(Dialled::new),
        groups: record
            .groups
            .into_iter()
            .map(told)
            .collect::<Result<_, RecordError>>()?,
        inbound: record.inbound,
        outbound: record.outbound,
        mailbox: record.mailbox,
        answer: record.answer.map(answer_from).transpose()?,
        ended: record.ended.map(end_from).transpose()?,
        sibling: record.sibling.map(|key| Sibling { key: CallKey::new(key) }),
        lookup: lookup_from(record.lookup),
        new_user: new_user_from(record.new_user),
        ticket: ticket_from(record.ticket)?,
        pop: pop_from(record.pop),
        late: late_from(record.late),
        learn: learn_from(record.learn),
        take_back: take_back_from(record.take_back),
        recorded: recorded_from(record.recorded),
        recordings: record
            .recordings
            .into_iter()
            .map(call_recording_from)
            .collect::<Result<_, RecordError>>()?,
        notes: record.notes.into_iter().map(EffectId::from_stored).collect(),
        orders: record.orders,
        postponed: record.postponed.into_iter().map(why).collect(),
        wedged: record.wedged.into_iter().map(why).collect(),
        verdict: record.verdict,
        remarks: record.remarks,
        troubles: record.troubles,
        logged: record
            .logged
            .into_iter()
            .map(logged)
            .collect::<Result<_, RecordError>>()?,
        over: record.over.as_deref().map(moment_from).transpose()?,
        erased: record.erased.as_deref().map(moment_from).transpose()?,
    })
}

fn shown(number: Option<&Dialled>) -> Option<String> {
    number.map(|number| number.as_str().to_owned())
}

fn leg_to(leg: &Leg) -> LegRecord {
    let Leg {
        state,
        direction,
        rang,
        unconfirmed,
        began,
        shown: shown_at,
        last_shown,
        talked,
        group,
        called,
    } = leg;
    LegRecord {
        state: (*state).into(),
        direction: (*direction).into(),
        rang: *rang,
        unconfirmed: *unconfirmed,
        began: Some(began.to_string()),
        shown: shown_at.map(|at| at.to_string()),
        last_shown: last_shown.map(|at| at.to_string()),
        talked: *talked,
        group: group.as_ref().map(|group| group.as_str().to_owned()),
        called: shown(called.as_ref()),
    }
}

fn leg_from(record: LegRecord, started: Timestamp) -> Result<Leg, RecordError> {
    let state: LegState = record.state.into();
    Ok(Leg {
        state,
        direction: record.direction.into(),
        rang: record.rang,
        unconfirmed: record.unconfirmed,
        began: record.began.as_deref().map(moment_from).transpose()?.unwrap_or(started),
        shown: record.shown.as_deref().map(moment_from).transpose()?,
        last_shown: record.last_shown.as_deref().map(moment_from).transpose()?,
        talked: record.talked || matches!(state, LegState::Connected | LegState::Parked),
        group: record.group.map(pbx::GroupId::new),
        called: record.called.map(Dialled::new),
    })
}

fn answer_from(record: AnswerRecord) -> Result<Answer, RecordError> {
    Ok(Answer {
        by: pbx::UserId::new(record.by),
        at: moment_from(&record.at)?,
        active: record.active,
        id: record.id.map(CallId::new),
        logged: record.logged.map(entry_from).transpose()?,
    })
}

fn end_from(record: EndRecord) -> Result<End, RecordError> {
    let before = if record.unseen {
        EndBasis::Assumed
    } else {
        EndBasis::Told
    };
    Ok(End {
        at: moment_from(&record.at)?,
        basis: record.basis.map_or(before, EndBasis::from),
    })
}

fn entry_from((began, millis): (String, i64)) -> Result<LogEntry, RecordError> {
    Ok(LogEntry {
        began: moment_from(&began)?,
        lasted: SignedDuration::from_millis(millis),
    })
}

fn millis(duration: SignedDuration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
