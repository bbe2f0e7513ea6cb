//! How it is written down that a learned number is taken back.

use bridge_core::call::TakeBack;
use bridge_core::desk::UserId;
use bridge_core::effect::EffectId;
use serde::{Deserialize, Serialize};

/// Missing in what was stored before numbers could be taken back, and of nearly every call.
#[derive(Serialize, Deserialize, Default)]
#[serde(tag = "is", rename_all = "snake_case")]
pub(super) enum TakeBackRecord {
    #[default]
    No,
    Ordered {
        effect: String,
        user: u64,
    },
    Done,
    Left,
}

impl TakeBackRecord {
    pub(super) fn is_no(&self) -> bool {
        matches!(self, Self::No)
    }
}

pub(super) fn take_back_to(take_back: &TakeBack) -> TakeBackRecord {
    match take_back {
        TakeBack::No => TakeBackRecord::No,
        TakeBack::Ordered { effect, user } => TakeBackRecord::Ordered {
            effect: effect.as_str().to_owned(),
            user: user.get(),
        },
        TakeBack::Done => TakeBackRecord::Done,
        TakeBack::Left => TakeBackRecord::Left,
    }
}

pub(super) fn take_back_from(record: TakeBackRecord) -> TakeBack {
    match record {
        TakeBackRecord::No => TakeBack::No,
        TakeBackRecord::Ordered { effect, user } => TakeBack::Ordered {
            effect: EffectId::from_stored(effect),
            user: UserId::new(user),
        },
        TakeBackRecord::Done => TakeBack::Done,
        TakeBackRecord::Left => TakeBack::Left,
    }
}
