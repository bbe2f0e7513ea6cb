//! Numbers that the bridge learned: what it wrote to profiles, and the wish that one be taken back. For the command and for the
//! HTTP surface.

use anyhow::Context;
use bridge_core::number::NumberPlan;
use bridge_runtime::store::{Learned, StoreReader, TakenBack};

use crate::view::LearnedLine;

/// What is said to whoever names something else than a number.
pub(crate) const NO_NUMBER: &str = "this is no telephone number of somebody outside. Allowed: one number as it is dialled or shown, such as \"+49 721 123456\"";
/// And to whoever names a number that the bridge has not written there.
pub(crate) const NOT_LEARNED: &str =
    "the bridge has not learned this number for this user; what it did not write itself it does not take away";

/// What came of asking that a number be taken back.
#[derive(Debug)]
pub(crate) enum Asked {
    /// It is no number.
    NoNumber,
    /// The bridge has not written it there.
    NotLearned,
    /// How it stands with it now; as a rule one.
    Learned(Vec<LearnedLine>),
}

/// All that was learned, the oldest first.
pub(crate) async fn learned(reader: &StoreReader, numbers: bool) -> anyhow::Result<Vec<LearnedLine>> {
    let learned = reader.learned().await.context("the store")?;
    Ok(learned.iter().map(|one| LearnedLine::new(one, numbers)).collect())
}

/// Leaves the wish that this number be taken back from this user, wherever that was not asked for yet.
pub(crate) async fn forget(reader: &StoreReader, plan: &NumberPlan, user: u64, typed: &str) -> anyhow::Result<Asked> {
    let Some(number) = plan.read_typed(typed) else {
        return Ok(Asked::NoNumber);
    };
    let is_meant = |one: &Learned| one.user.get() == user && one.number == number;
    let mut meant = reader.learned().await.context("the store")?;
    meant.retain(is_meant);
    if meant.is_empty() {
        return Ok(Asked::NotLearned);
    }
    for one in &mut meant {
        match one.take_back {
            TakenBack::No | TakenBack::Left { .. } => {}
            TakenBack::Wished | TakenBack::Ordered | TakenBack::Wedged { .. } | TakenBack::Done { .. } => continue,
        }
        StoreReader::wish_take_back(reader.path(), &one.effect)
            .await
            .context("the wish cannot be left in the store")?;
        one.take_back = TakenBack::Wished;
    }
    Ok(Asked::Learned(
        meant.iter().map(|one| LearnedLine::new(one, false)).collect(),
    ))
}
