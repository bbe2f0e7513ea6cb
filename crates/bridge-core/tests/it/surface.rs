//! Promises of the public types: runtimes move them between tasks, keep them, and compare them.

use std::fmt::{Debug, Display};
use std::hash::Hash;

use bridge_core::call::{CallKey, CallState, CallSummary, Change, Step};
use bridge_core::core::Core;
use bridge_core::desk::{Agent, Group, Profile, Roster, TicketView};
use bridge_core::effect::{Effect, EffectId, Order, TicketDraft};
use bridge_core::erasure::{NotSought, Sought, Stays};
use bridge_core::input::{Input, Outcome, Refusal};
use bridge_core::matching::{Finding, GroupRules, Matching};
use bridge_core::number::{E164, NumberPlan};
use bridge_core::port::{Attempt, Entry, Failure, HelpDesk, Journal, JournalError, Restored};
use bridge_core::settings::Settings;
use bridge_core::strategy::{DefaultUser, NewUser, UnknownCaller};
use static_assertions::{assert_impl_all, assert_obj_safe};

assert_impl_all!(Core: Send, Sync, Debug);
assert_impl_all!(Settings: Clone, Send, Sync, Debug);

assert_impl_all!(Input: Clone, Debug, Send, Sync);
assert_impl_all!(Outcome: Clone, Debug, Send, Sync);
assert_impl_all!(Refusal: Clone, Debug, Send, Sync);
assert_impl_all!(Effect: Clone, Debug, Send, Sync);
assert_impl_all!(Order: Clone, Debug, Send, Sync);
assert_impl_all!(TicketDraft: Clone, Debug, Send, Sync);
assert_impl_all!(Change: Clone, Debug, Send, Sync);
assert_impl_all!(CallState: Clone, Debug, Send, Sync);
assert_impl_all!(CallSummary: Clone, Debug, Send, Sync);
assert_impl_all!(Step: Clone, Debug, Send, Sync);
assert_impl_all!(CallKey: Clone, Ord, Hash, Display, Debug, Send, Sync);
assert_impl_all!(EffectId: Clone, Ord, Hash, Display, Debug, Send, Sync);

assert_impl_all!(Sought: Clone, Debug, Send, Sync);
assert_impl_all!(Stays: Copy, Ord, Hash, Debug, Send, Sync);
assert_impl_all!(NotSought: std::error::Error, Copy, Send, Sync);
assert_impl_all!(E164: Clone, Ord, Hash, Debug, Send, Sync);
assert_impl_all!(NumberPlan: Clone, Debug, Send, Sync);
assert_impl_all!(Matching: Clone, Debug, Send, Sync);
assert_impl_all!(Finding: Clone, Debug, Send, Sync);
assert_impl_all!(GroupRules: Clone, Debug, Send, Sync);
assert_impl_all!(Agent: Clone, Debug, Send, Sync);
assert_impl_all!(Group: Clone, Debug, Send, Sync);
assert_impl_all!(Roster: Clone, Debug, Send, Sync);
assert_impl_all!(Profile: Clone, Debug, Send, Sync);
assert_impl_all!(TicketView: Clone, Debug, Send, Sync);

// What an integrator may replace stands behind a pointer and is shared.
assert_obj_safe!(HelpDesk, Journal, UnknownCaller);
assert_impl_all!(dyn HelpDesk: Send, Sync);
assert_impl_all!(dyn Journal: Send, Sync);
assert_impl_all!(dyn UnknownCaller: Send, Sync, Debug);
assert_impl_all!(DefaultUser: UnknownCaller);
assert_impl_all!(NewUser: UnknownCaller);
assert_impl_all!(Attempt: Debug, Send, Sync);
assert_impl_all!(Entry: Debug, Send, Sync);
assert_impl_all!(Restored: Debug, Send, Sync);
assert_impl_all!(Failure: Debug, Send, Sync);
assert_impl_all!(JournalError: std::error::Error, Send, Sync);
