//! Promises of the public types: simulators are shared by all that look at them.

use std::fmt::Debug;

use bridge_sim::play::{PlayError, Player, Report};
use bridge_sim::starface::{self, SimStarface};
use bridge_sim::story::{ParseError, Story};
use bridge_sim::zendesk::{self, SimZendesk};
use static_assertions::assert_impl_all;

assert_impl_all!(SimStarface: Clone, Send, Sync, Debug);
assert_impl_all!(starface::State: Send, Debug);
assert_impl_all!(starface::Switches: Clone, Send, Sync, Debug, Default);
assert_impl_all!(SimZendesk: Clone, Send, Sync, Debug);
assert_impl_all!(zendesk::State: Send, Debug);
assert_impl_all!(zendesk::Switches: Clone, Send, Sync, Debug, Default);
assert_impl_all!(zendesk::Fault: Clone, Send, Sync, Debug);
assert_impl_all!(Story: Clone, Send, Sync, Debug);
assert_impl_all!(ParseError: std::error::Error, Send, Sync);
assert_impl_all!(Player: Send, Sync);
assert_impl_all!(PlayError: std::error::Error, Send, Sync);
assert_impl_all!(Report: Clone, Send, Sync, Debug);
