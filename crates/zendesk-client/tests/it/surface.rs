//! Promises of the public types.

use static_assertions::assert_impl_all;
use zendesk_client::identities::{Identities, Identity, NewIdentity};
use zendesk_client::tickets::{Comment, Created, NewTicket, Ticket, TicketChanges, Tickets};
use zendesk_client::users::{Upserted, User, UserData, Users};
use zendesk_client::{
    Client, ClientBuilder, Credentials, Error, Listing, Page, Pending, Rate, Request, RetryPolicy, UserId,
};

assert_impl_all!(Client: Send, Sync, Clone, std::fmt::Debug);
assert_impl_all!(ClientBuilder: Send, Sync);
assert_impl_all!(Credentials: Send, Sync, Clone);
assert_impl_all!(Error: Send, Sync, Clone, std::error::Error);
assert_impl_all!(Request<User>: Send, Sync, Clone, std::fmt::Debug);
assert_impl_all!(Pending<User>: Send, Sync);
assert_impl_all!(Listing<User>: Send, Sync);
assert_impl_all!(Page<User>: Send, Sync);
assert_impl_all!(Rate: Send, Sync);
assert_impl_all!(RetryPolicy: Send, Sync, Copy);
assert_impl_all!(UserId: Send, Sync, Copy, Ord, std::hash::Hash, std::fmt::Display, serde::Serialize, serde::de::DeserializeOwned);
assert_impl_all!(Users: Send, Sync);
assert_impl_all!(Identities: Send, Sync);
assert_impl_all!(Tickets: Send, Sync);
assert_impl_all!(User: Send, Sync);
assert_impl_all!(UserData: Send, Sync);
assert_impl_all!(Upserted: Send, Sync);
assert_impl_all!(Identity: Send, Sync);
assert_impl_all!(NewIdentity: Send, Sync);
assert_impl_all!(Ticket: Send, Sync);
assert_impl_all!(NewTicket: Send, Sync);
assert_impl_all!(TicketChanges: Send, Sync);
assert_impl_all!(Created: Send, Sync);
assert_impl_all!(Comment: Send, Sync);
