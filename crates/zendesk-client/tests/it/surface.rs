//! Promises of the public types.

use static_assertions::assert_impl_all;
use zendesk_client::attachments::{Attachment, Attachments, Download, NewFile, Upload, UploadToken};
use zendesk_client::calls::{Call, CallChanges, Calls, NewCall};
use zendesk_client::identities::{Identities, Identity, NewIdentity};
use zendesk_client::incremental::{Incremental, TicketEvent};
use zendesk_client::jobs::{Job, JobId, Jobs};
use zendesk_client::oauth::{App, InMemory, OAuth, Pkce, TokenPair, TokenStore};
use zendesk_client::search::{Hit, Search};
use zendesk_client::tickets::Audit;
use zendesk_client::tickets::{Comment, Created, NewTicket, Ticket, TicketChanges, Tickets};
use zendesk_client::user_fields::{UserField, UserFields};
use zendesk_client::users::{Upserted, User, UserData, Users};
use zendesk_client::{
    Body, Client, ClientBuilder, Credentials, Error, Listing, Page, Pending, Priority, Rate, Request, RetryPolicy,
    UserId,
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
assert_impl_all!(Body: Send, Sync, Clone, std::fmt::Debug);
assert_impl_all!(Priority: Send, Sync, Copy, Ord);
assert_impl_all!(Attachments: Send, Sync);
assert_impl_all!(Attachment: Send, Sync, Clone);
assert_impl_all!(NewFile: Send, Sync, std::fmt::Debug);
assert_impl_all!(Upload: Send, Sync);
assert_impl_all!(UploadToken: Send, Sync, Clone, std::fmt::Debug);
assert_impl_all!(Download: Send, Sync, std::fmt::Debug);
assert_impl_all!(Calls: Send, Sync);
assert_impl_all!(Call: Send, Sync, Clone);
assert_impl_all!(NewCall: Send, Sync);
assert_impl_all!(CallChanges: Send, Sync);
assert_impl_all!(Incremental: Send, Sync);
assert_impl_all!(TicketEvent: Send, Sync, Clone);
assert_impl_all!(Jobs: Send, Sync);
assert_impl_all!(Job: Send, Sync, Clone);
assert_impl_all!(JobId: Send, Sync, Clone, Ord, std::hash::Hash, serde::Serialize, serde::de::DeserializeOwned);
assert_impl_all!(OAuth: Send, Sync);
assert_impl_all!(App: Send, Sync, Clone, std::fmt::Debug);
assert_impl_all!(Pkce: Send, Sync, Clone, std::fmt::Debug);
assert_impl_all!(TokenPair: Send, Sync, Clone, std::fmt::Debug);
assert_impl_all!(InMemory: TokenStore);
assert_impl_all!(dyn TokenStore: Send, Sync);
assert_impl_all!(Search: Send, Sync);
assert_impl_all!(Hit: Send, Sync, Clone);
assert_impl_all!(Audit: Send, Sync, Clone);
assert_impl_all!(UserFields: Send, Sync);
assert_impl_all!(UserField: Send, Sync, Clone);

/// What is awaited may be awaited in a spawned task.
#[tokio::test]
async fn futures_and_streams_can_be_spawned() {
    fn is_send<T: Send>(_: &T) {}
    let client = Client::builder("http://127.0.0.1:9", Credentials::bearer("t".into()))
        .share(0.5)
        .build()
        .unwrap();
    is_send(&client.users().agents().stream());
    is_send(&client.users().agents().pages());
    is_send(&client.users().agents().all());
    is_send(&client.jobs().wait(&JobId::new("V3-1"), |_| std::future::ready(())));
    is_send(&client.oauth().sign_in("c".into(), Pkce::from_entropy([0; 32])));
    let whoami = client.whoami().into_request();
    is_send(&client.send(&whoami));
}
