//! Promises of the public types: adapters send them from task to task, and the bridge holds them.

use std::fmt::{Debug, Display};
use std::hash::Hash;

use pbx::{
    CallId, Dialled, Direction, ErrorKind, Event, EventStream, Group, GroupId, LegEvent, LegState, Pbx, PbxError,
    PbxName, User, UserId,
};
use static_assertions::{assert_impl_all, assert_obj_safe};

assert_obj_safe!(Pbx);
assert_impl_all!(dyn Pbx: Send, Sync);
assert_impl_all!(EventStream: Send, Unpin);
assert_impl_all!(PbxError: std::error::Error, Send, Sync);
assert_impl_all!(ErrorKind: Copy, Eq, Debug, Send, Sync);

assert_impl_all!(Event: Clone, Eq, Debug, Send, Sync);
assert_impl_all!(LegEvent: Clone, Eq, Debug, Send, Sync);
assert_impl_all!(LegState: Copy, Ord, Hash, Debug, Send, Sync);
assert_impl_all!(Direction: Copy, Ord, Hash, Debug, Send, Sync);
assert_impl_all!(User: Clone, Eq, Debug, Send, Sync);
assert_impl_all!(Group: Clone, Eq, Debug, Send, Sync);
assert_impl_all!(Dialled: Clone, Eq, Debug, Send, Sync);

assert_impl_all!(CallId: Clone, Ord, Hash, Display, Debug, Send, Sync);
assert_impl_all!(GroupId: Clone, Ord, Hash, Display, Debug, Send, Sync);
assert_impl_all!(UserId: Clone, Ord, Hash, Display, Debug, Send, Sync);
assert_impl_all!(PbxName: Clone, Ord, Hash, Display, Debug, Send, Sync);
