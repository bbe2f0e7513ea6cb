//! Taking a number back that was learned from a call, since an administrator says that it was wrong.

use jiff::Timestamp;

use crate::call::{CallState, StepKind, TakeBack};
use crate::desk::{NumberField, UserId};
use crate::effect::{Effect, EffectId, Order, Priority, Track};
use crate::input::Outcome;
use crate::number::E164;

use super::Core;
use super::late::remark;
use super::outcome::failure;
use super::turn::Turn;

impl Core {
    /// What this order has written is to go. Orders of another kind have learned nothing.
    pub(super) fn on_take_back(&mut self, written: Effect, call: CallState, now: Timestamp) {
        let Order::WriteNumber { user, field, number } = written.order else {
            return;
        };
        let key = self.remember(call);
        self.work(&key, now, |turn, call| turn.take_back(call, user, field, number));
    }
}

impl Turn<'_> {
    fn take_back(&mut self, call: &mut CallState, user: UserId, field: NumberField, number: E164) {
        let why_not = match &call.take_back {
            _ if call.erased.is_some() => return,
            TakeBack::Ordered { .. } => "that is ordered already",
            TakeBack::Done => "that was done before",
            TakeBack::No | TakeBack::Left => {
                let order = Order::TakeNumberBack { user, field, number };
                let effect = self.order(call, "forget", Track::Main, Priority::Learn, None, order);
                call.take_back = TakeBack::Ordered { effect, user };
                // What comes of it is waited for, also where the call was laid aside already.
                call.over = None;
                return;
            }
        };
        let what = format!("the number is not taken back from user {user} once more");
        self.step(StepKind::Decision, what, why_not);
    }

    pub(super) fn is_take_back(call: &CallState, effect: &EffectId) -> bool {
        matches!(&call.take_back, TakeBack::Ordered { effect: ordered, .. } if ordered == effect)
    }

    /// The number is gone from the profile, or stays there.
    pub(super) fn taken_back(&mut self, call: &mut CallState, outcome: &Outcome) {
        let TakeBack::Ordered { user, .. } = call.take_back else {
            return;
        };
        if *outcome == Outcome::Done {
            let what = format!("taken back: user {user} does not have the number from the bridge any more");
            self.step(StepKind::Decision, what, "an administrator wants it");
            remark(call, format!("number taken back from user {user}"));
            // What was told of an earlier attempt is mended.
            call.troubles
                .retain(|trouble| !trouble.starts_with(&not_taken_back(user)));
            call.take_back = TakeBack::Done;
        } else {
            let why = failure(outcome);
            let what = not_taken_back(user);
            self.step(StepKind::Decision, what.clone(), why.clone());
            remark(call, format!("number not taken back from user {user}: {why}"));
            call.troubles.push(format!("{what}: {why}"));
            call.take_back = TakeBack::Left;
        }
    }
}

fn not_taken_back(user: UserId) -> String {
    format!("the number is not taken back from user {user}")
}
