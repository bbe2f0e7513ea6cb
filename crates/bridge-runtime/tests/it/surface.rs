//! Promises of the public types.

use std::fmt::Debug;

use bridge_core::port::{HelpDesk, Journal};
use bridge_runtime::store::{CallStory, Erased, Store, StoreError, StoreReader, Traces};
use bridge_runtime::zendesk::ZendeskDesk;
use bridge_runtime::{Bridge, CallError, Clock, Handle, OnStart, Parts, RunError, RunErrorKind, Status, Stopped};
use static_assertions::assert_impl_all;

assert_impl_all!(Bridge: Send, Sync);
assert_impl_all!(Parts: Send, Sync);
assert_impl_all!(OnStart: Copy, Debug, Send, Sync);
assert_impl_all!(Handle: Clone, Send, Sync, Debug);
assert_impl_all!(Clock: Clone, Send, Sync, Debug);
assert_impl_all!(Status: Clone, Send, Sync, Debug);
assert_impl_all!(RunError: std::error::Error, Send, Sync);
assert_impl_all!(RunErrorKind: Copy, Eq, Debug, Send, Sync);
assert_impl_all!(CallError: std::error::Error, Send, Sync);
assert_impl_all!(Stopped: std::error::Error, Send, Sync);

assert_impl_all!(Store: Journal, Send, Sync, Debug);
assert_impl_all!(StoreReader: Send, Sync, Debug);
assert_impl_all!(StoreError: std::error::Error, Send, Sync);
assert_impl_all!(Traces: Clone, Eq, Send, Sync, Debug);
assert_impl_all!(Erased: Copy, Eq, Send, Sync, Debug);
assert_impl_all!(CallStory: Clone, Send, Sync, Debug);
assert_impl_all!(ZendeskDesk: HelpDesk, Send, Sync, Debug);
