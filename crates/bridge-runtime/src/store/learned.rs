//! Numbers that the bridge wrote to users' profiles, and the wish that one be taken back.

use bridge_core::call::CallKey;
use bridge_core::desk::{NumberField, UserId};
use bridge_core::effect::{EffectId, Order};
use bridge_core::input::Outcome;
use bridge_core::number::E164;
use jiff::Timestamp;
use sqlx::{Row, SqliteConnection};

use super::meta;
use super::record::moment;
use super::record_effect::order_unless_erased;
use super::record_outcome::outcome_from_text;
use super::restore::ReadError;
use super::take_back_wish;

/// A number that the bridge wrote to a user's profile. `Debug` shows its last digits only.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Learned {
    /// The order that wrote it.
    pub effect: EffectId,
    /// The call from which it was learned.
    pub call: CallKey,
    /// When it was written.
    pub at: Timestamp,
    /// To whose profile.
    pub user: UserId,
    /// Where it was written there.
    pub field: NumberField,
    /// The number.
    pub number: E164,
    /// Whether it was taken back.
    pub take_back: TakenBack,
}

/// How it stands with taking a number back.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TakenBack {
    /// Nobody has asked for it.
    No,
    /// It is wished, and a bridge that runs takes that up.
    Wished,
    /// It is ordered.
    Ordered,
    /// It cannot succeed until an administrator helps.
    Wedged {
        /// What there is to mend.
        why: String,
    },
    /// It was taken back then.
    Done {
        /// When.
        at: Timestamp,
    },
    /// It is left, since somebody else has changed the profile since.
    Left {
        /// What is there now.
        why: String,
    },
}

/// All that was written and has not been erased with its caller, the oldest first.
pub(super) async fn learned(db: &mut SqliteConnection) -> Result<Vec<Learned>, ReadError> {
    // Only orders that may be of these kinds are read as such: there are ten of others for each.
    let statement = "SELECT id, call, state, settled_at, what, outcome FROM effects
                     WHERE instr(what, '\"write_number\"') > 0 OR instr(what, '\"take_number_back\"') > 0 ORDER BY seq";
    let mut all: Vec<Learned> = Vec::new();
    for row in sqlx::query(statement).fetch_all(&mut *db).await? {
        let settled = row.try_get::<Option<i64>, _>(3)?.map(moment).transpose()?;
        let outcome: Option<String> = row.try_get(5)?;
        let outcome = outcome.as_deref().map(outcome_from_text).transpose()?;
        let order = order_unless_erased(&row.try_get::<String, _>(4)?)?;
        if let Some(Order::WriteNumber { user, field, number }) = order {
            if let (Some(at), Some(Outcome::Done)) = (settled, &outcome) {
                all.push(Learned {
                    effect: EffectId::from_stored(row.try_get::<String, _>(0)?),
                    call: CallKey::new(row.try_get::<String, _>(1)?),
                    at,
                    user,
                    field,
                    number,
                    take_back: TakenBack::No,
                });
            }
        } else if let Some(Order::TakeNumberBack { user, field, number }) = order {
            // Of all that was written there before; a call may have become a part of another since.
            for one in &mut all {
                if (one.user, &one.field, &one.number) == (user, &field, &number) {
                    one.take_back = taken_back(settled, outcome.as_ref());
                }
            }
        }
    }
    for one in &mut all {
        if matches!(one.take_back, TakenBack::No | TakenBack::Left { .. })
            && meta(&mut *db, &take_back_wish(&one.effect)).await?.is_some()
        {
            one.take_back = TakenBack::Wished;
        }
    }
    Ok(all)
}

fn taken_back(settled: Option<Timestamp>, outcome: Option<&Outcome>) -> TakenBack {
    match (settled, outcome) {
        (Some(at), Some(Outcome::Done)) => TakenBack::Done { at },
        (_, Some(Outcome::Wedged { why })) => TakenBack::Wedged { why: why.clone() },
        (_, Some(Outcome::Refused { why, .. } | Outcome::Dropped { why })) => TakenBack::Left { why: why.clone() },
        (None | Some(_), _) => TakenBack::Ordered,
    }
}
