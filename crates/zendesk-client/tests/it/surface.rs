//! Promises of the public types.

use std::fmt::{Debug, Display};
use std::hash::Hash;

use serde::Serialize;
use serde::de::DeserializeOwned;
use static_assertions::{assert_impl_all, assert_obj_safe};
use zendesk_client::oauth::{InMemory, Pkce, TokenStore};
use zendesk_client::users::User;
use zendesk_client::{attachments, calls, groups, identities, incremental, jobs, memberships, oauth, search, tickets};
use zendesk_client::{user_fields, users, voice};

/// Each of these types has all of these traits.
macro_rules! all {
    (@one $name:ty, [$($traits:path),+]) => { static_assertions::assert_impl_all!($name: $($traits),+); };
    ([$($name:ty),+ $(,)?]: $traits:tt) => {$(all!(@one $name, $traits);)+};
}

// The client, its parts, and what it is asked by: shared between tasks and threads, cloned for free.
all!([
    zendesk_client::Client, zendesk_client::Credentials, zendesk_client::BaseUrl, zendesk_client::Rate,
    attachments::Attachments, calls::Calls, groups::Groups, identities::Identities, incremental::Incremental, jobs::Jobs,
    memberships::Memberships, oauth::OAuth, search::Search, tickets::Tickets, user_fields::UserFields, users::Users,
    voice::Voice,
]: [Clone, Send, Sync, Debug]);
all!([
    zendesk_client::ClientBuilder, zendesk_client::Pending<User>, zendesk_client::Listing<User>, attachments::Download,
    attachments::NewFile,
]: [Send, Sync, Debug]);

// Requests as values, and their answers.
all!([
    zendesk_client::Request<User>, zendesk_client::Body, zendesk_client::BodyStream, zendesk_client::IdempotencyKey,
    zendesk_client::Answer, zendesk_client::Page<User>,
]: [Clone, Send, Sync, Debug]);

// What went wrong, and what may help.
all!([
    zendesk_client::Error, zendesk_client::ReadError, zendesk_client::BuildError, zendesk_client::BaseUrlError,
]: [std::error::Error, Send, Sync]);
all!([zendesk_client::Error, zendesk_client::FieldProblem]: [Clone, Display, Debug, Send, Sync]);
all!([
    zendesk_client::ErrorKind, zendesk_client::Mishap, zendesk_client::Retry, zendesk_client::RetryPolicy,
    zendesk_client::Spent, zendesk_client::Verdict, zendesk_client::Priority, zendesk_client::Bucket,
    zendesk_client::Allowance, zendesk_client::Waiting,
]: [Copy, PartialEq, Debug, Send, Sync]);

all!([zendesk_client::Budget, zendesk_client::Count]: [Clone, PartialEq, Debug, Send, Sync]);

// Ids: keys of maps and of databases.
all!([
    zendesk_client::AppId, zendesk_client::AttachmentId, zendesk_client::AuditId, zendesk_client::BrandId,
    zendesk_client::CallId, zendesk_client::CommentId, zendesk_client::CustomFieldId, zendesk_client::GroupId,
    zendesk_client::IdentityId, zendesk_client::MembershipId, zendesk_client::OrganizationId,
    zendesk_client::TicketFormId, zendesk_client::TicketId, zendesk_client::UserFieldId, zendesk_client::UserId,
]: [Copy, Ord, Hash, Display, Debug, Serialize, DeserializeOwned, Send, Sync]);
all!([jobs::JobId]: [Clone, Ord, Hash, Display, Debug, Serialize, DeserializeOwned, Send, Sync]);

// What Zendesk has.
all!([
    attachments::Attachment, attachments::Upload, attachments::UploadToken, calls::Call, calls::MadeComment,
    groups::Group, identities::Identity, incremental::ChildEvent, incremental::TicketEvent, jobs::Job, jobs::JobResult,
    memberships::Membership, oauth::TokenInfo, search::Hit, tickets::Audit, tickets::Comment, tickets::CustomField,
    tickets::Event, tickets::Ticket, tickets::Via, user_fields::FieldOption, user_fields::UserField, users::Related,
    User,
]: [Clone, DeserializeOwned, Debug, Send, Sync]);
all!([tickets::Change, tickets::Created, tickets::OtherEvent, search::OtherHit, users::Upserted]: [Clone, Debug, Send, Sync]);

// What is written to it.
all!([
    calls::CallChanges, calls::CallComment, calls::NewCall, groups::GroupData, identities::NewIdentity,
    tickets::NewComment, tickets::NewTicket, tickets::TicketChanges, user_fields::NewUserField,
    user_fields::UserFieldChanges, users::UserData, voice::NewVoiceComment,
]: [Clone, Serialize, Debug, Send, Sync]);
all!([
    calls::Direction, identities::IdentityKind, jobs::JobState, search::HitKind, tickets::Lookup, tickets::Status,
    tickets::Tags, user_fields::UserFieldKind, users::FieldKey, users::Role, voice::CallVia,
]: [Clone, Eq, Debug, Send, Sync]);

// Signing in.
all!([oauth::App, Pkce, oauth::TokenPair]: [Clone, Debug, Send, Sync]);
assert_impl_all!(InMemory: TokenStore, Default, Debug);
assert_impl_all!(dyn TokenStore: Send, Sync);
assert_obj_safe!(TokenStore);

#[cfg(feature = "testing")]
mod equipment {
    use zendesk_client::testing::{Endpoint, Failure, MockZendesk, One, Record};
    use zendesk_client::users::User;

    all!([MockZendesk, Endpoint<'static, One<User>>, Failure, Record<User>]: [std::fmt::Debug, Send, Sync]);
}

/// What is awaited may be awaited in a spawned task.
#[tokio::test]
async fn futures_and_streams_can_be_spawned() {
    fn is_send<T: Send>(_: &T) {}
    let client = zendesk_client::Client::builder("http://127.0.0.1:9", zendesk_client::Credentials::bearer("t".into()))
        .share(0.5)
        .build()
        .unwrap();
    is_send(&client.users().agents().stream());
    is_send(&client.users().agents().pages());
    is_send(&client.users().agents().all());
    is_send(
        &client
            .jobs()
            .wait(&jobs::JobId::new("V3-1"), |_| std::future::ready(())),
    );
    is_send(&client.oauth().sign_in("c".into(), Pkce::from_entropy([0; 32])));
    let whoami = client.whoami().into_request();
    is_send(&client.send(&whoami));
}
