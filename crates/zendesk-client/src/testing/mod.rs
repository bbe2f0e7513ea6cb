//! A Zendesk for tests (feature `testing`): a mock server with one method for each endpoint of this crate.
//!
//! Each method of [`MockZendesk`] names an endpoint; what it gives is told what to answer, and mounted. Answers are typed: a
//! ticket is no answer for a user, and a record that this crate could not read fails the test where it is written. Several
//! answers are given one after the other, and the last one stays.
//!
//! ```
//! use serde_json::json;
//! use zendesk_client::testing::{Failure, MockZendesk, a_ticket};
//! use zendesk_client::tickets::{NewComment, NewTicket};
//! use zendesk_client::{IdempotencyKey, TicketId};
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! let zendesk = MockZendesk::start().await;
//! zendesk
//!     .create_ticket()
//!     .with_body(json!({"ticket": {"subject": "Call"}}))
//!     .fails(Failure::bad_gateway())
//!     .answers(a_ticket(77).set("status", "open"))
//!     .times(2)
//!     .mount()
//!     .await;
//!
//! let ticket = NewTicket::new(NewComment::internal("Call at 14:02")).subject("Call");
//! let created = zendesk.client().tickets().create(&ticket, IdempotencyKey::new("call-1")).await.unwrap();
//! assert_eq!(created.ticket.unwrap().id, TicketId::new(77));
//! # });
//! ```
//!
//! When a [`MockZendesk`] is dropped it panics if an endpoint was asked another number of times than it
//! [expects](Endpoint::times).

mod endpoint;
mod endpoints;
mod failure;
mod record;

use std::time::Duration;

use wiremock::MockServer;

pub use endpoint::{Endpoint, Found, Json, Kind, Many, Nothing, One, Pages};
pub use failure::Failure;
pub use record::{
    Record, a_call, a_comment, a_group, a_job, a_membership, a_ticket, a_user, a_user_field, an_attachment, an_audit,
    an_identity, an_upload,
};

use crate::client::{Client, ClientBuilder};
use crate::credentials::Credentials;
use crate::retry::RetryPolicy;

/// A Zendesk on loopback that answers what it is told, and 404 to everything else.
pub struct MockZendesk {
    server: MockServer,
}

impl MockZendesk {
    /// Starts one.
    pub async fn start() -> Self {
        Self {
            server: MockServer::start().await,
        }
    }

    /// Its address.
    #[must_use]
    pub fn uri(&self) -> String {
        self.server.uri()
    }

    /// A client for it, with a ready-made token, that repeats what the usual one repeats and without pauses.
    ///
    /// # Panics
    /// Never: the address of a mock server can be used.
    #[must_use]
    pub fn client(&self) -> Client {
        let built = self.builder(Credentials::bearer("a-token-for-tests".into())).build();
        built.expect("the address of a mock server can be used")
    }

    /// A client for it with other credentials and options. Its pauses are none, and a `Retry-After` of more than a second is
    /// not waited for.
    pub fn builder(&self, credentials: Credentials) -> ClientBuilder {
        let policy = RetryPolicy {
            first_pause: Duration::ZERO,
            missing_retry_after: Duration::ZERO,
            total_wait: Duration::from_secs(1),
            ..RetryPolicy::default()
        };
        Client::builder(self.uri(), credentials).retry(policy)
    }

    /// The server behind it, for what has no method here.
    #[must_use]
    pub fn server(&self) -> &MockServer {
        &self.server
    }

    /// What was asked so far, in order.
    pub async fn requests(&self) -> Vec<wiremock::Request> {
        self.server.received_requests().await.unwrap_or_default()
    }

    /// Panics if an endpoint was asked another number of times than it expects.
    pub async fn verify(&self) {
        self.server.verify().await;
    }
}

impl std::fmt::Debug for MockZendesk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MockZendesk").field("uri", &self.uri()).finish()
    }
}
