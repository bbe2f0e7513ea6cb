//! The client: built once, cloned for free, shared by everybody.

mod builder;
mod shared;

use std::fmt;
use std::sync::{Arc, PoisonError};

use url::Url;

use crate::attachments::Attachments;
use crate::base_url::BaseUrl;
use crate::calls::Calls;
use crate::counts::Count;
use crate::credentials::Credentials;
use crate::error::Error;
use crate::exchanges::Exchanges;
use crate::groups::Groups;
use crate::identities::Identities;
use crate::incremental::Incremental;
use crate::jobs::Jobs;
use crate::limit::{Budget, Permits, Priority};
use crate::memberships::Memberships;
use crate::oauth::OAuth;
use crate::pending::Pending;
use crate::rate::Rate;
use crate::request::Request;
use crate::retry::RetryPolicy;
use crate::search::Search;
use crate::tickets::Tickets;
use crate::transport;
use crate::user_fields::UserFields;
use crate::users::{User, Users};
use crate::voice::Voice;

pub use builder::{BuildError, ClientBuilder};
pub(crate) use shared::Shared;

/// A client for one Zendesk account. Clones share connections, token and rate limits.
#[derive(Clone)]
pub struct Client {
    pub(crate) shared: Arc<Shared>,
    pub(crate) policy: RetryPolicy,
    pub(crate) priority: Priority,
    pub(crate) exchanges: Option<Exchanges>,
}

impl Client {
    /// Starts building a client.
    ///
    /// ```
    /// use zendesk_client::{Client, Credentials};
    /// let credentials = Credentials::client("phone_bridge", "secret".into());
    /// let client = Client::builder("https://acme.zendesk.com", credentials).build()?;
    /// # Ok::<(), zendesk_client::BuildError>(())
    /// ```
    pub fn builder(base_url: impl Into<String>, credentials: Credentials) -> ClientBuilder {
        ClientBuilder::new(base_url.into(), credentials)
    }

    /// The account's address.
    #[must_use]
    pub fn base_url(&self) -> &BaseUrl {
        &self.shared.base
    }

    /// What the last answers said of the account's limits.
    #[must_use]
    pub fn rate(&self) -> Rate {
        self.shared.rate.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How the client's share of the limits stands, and how many requests wait for their turn; `None` without a
    /// [share](ClientBuilder::share). Asks nobody: it is what the limiter decides by.
    #[must_use]
    pub fn budget(&self) -> Option<Budget> {
        self.shared.permits.as_ref().map(Permits::budget)
    }

    /// How many requests this client and its clones have sent, by endpoint and answer: each try, and those for tokens too. One that waits for
    /// its turn is not counted before it leaves. There are a hundred endpoints at most, and no ids in them.
    #[must_use]
    pub fn counts(&self) -> Vec<Count> {
        self.shared.counts.all()
    }

    /// The same client with another retry policy.
    #[must_use]
    pub fn with_retry(&self, policy: RetryPolicy) -> Self {
        Self { policy, ..self.clone() }
    }

    /// The same client for requests of another urgency. Of meaning only with a [share](ClientBuilder::share).
    #[must_use]
    pub fn with_priority(&self, priority: Priority) -> Self {
        Self {
            priority,
            ..self.clone()
        }
    }

    /// The same client, which notes in `kept` what it sends and what is answered.
    #[must_use]
    pub fn with_exchanges(&self, kept: &Exchanges) -> Self {
        Self {
            exchanges: Some(kept.clone()),
            ..self.clone()
        }
    }

    /// Who the credentials make the client: the probe for them.
    ///
    /// Zendesk answers wrong credentials with success and an anonymous user; that is
    /// [`ErrorKind::NotAuthenticated`](crate::ErrorKind::NotAuthenticated) here.
    pub fn whoami(&self) -> Pending<User> {
        self.users().me()
    }

    /// Users.
    #[must_use]
    pub fn users(&self) -> Users {
        Users::new(self.clone())
    }

    /// Addresses and numbers of users.
    #[must_use]
    pub fn identities(&self) -> Identities {
        Identities::new(self.clone())
    }

    /// Groups of agents.
    #[must_use]
    pub fn groups(&self) -> Groups {
        Groups::new(self.clone())
    }

    /// Who is in which group.
    #[must_use]
    pub fn memberships(&self) -> Memberships {
        Memberships::new(self.clone())
    }

    /// Tickets and their comments.
    #[must_use]
    pub fn tickets(&self) -> Tickets {
        Tickets::new(self.clone())
    }

    /// Custom fields of users.
    #[must_use]
    pub fn user_fields(&self) -> UserFields {
        UserFields::new(self.clone())
    }

    /// Files: uploads, attachments and their content.
    #[must_use]
    pub fn attachments(&self) -> Attachments {
        Attachments::new(self.clone())
    }

    /// Search over everything, and its export.
    #[must_use]
    pub fn search(&self) -> Search {
        Search::new(self.clone())
    }

    /// Incremental exports: what changed since a time.
    #[must_use]
    pub fn incremental(&self) -> Incremental {
        Incremental::new(self.clone())
    }

    /// Jobs: what Zendesk does with many records at once.
    #[must_use]
    pub fn jobs(&self) -> Jobs {
        Jobs::new(self.clone())
    }

    /// Calls (Talk Partner Edition).
    #[must_use]
    pub fn calls(&self) -> Calls {
        Calls::new(self.clone())
    }

    /// Screen pops and tickets of calls (Talk Partner Edition).
    #[must_use]
    pub fn voice(&self) -> Voice {
        Voice::new(self.clone())
    }

    /// The token in use.
    #[must_use]
    pub fn oauth(&self) -> OAuth {
        OAuth::new(self.clone())
    }

    /// Sends a request, as often as the retry policy says, and reads the answer.
    ///
    /// # Errors
    /// When there is no answer of success, or it cannot be read.
    pub async fn send<A>(&self, request: &Request<A>) -> Result<A, Error> {
        let answer = transport::send(self, &request.parts).await?;
        (request.read)(&answer)
            .map_err(|problem| Error::from_read(&request.parts, answer.status, &answer.headers, problem))
    }

    /// The same request at the place a link names, if the link is on the own host.
    ///
    /// # Errors
    /// When the link leads to another host, or is none.
    pub fn follow<A>(&self, request: &Request<A>, link: &str) -> Result<Request<A>, Error> {
        match Url::parse(link) {
            Ok(url) if self.shared.base.owns(&url) => Ok(request.moved_to(&url)),
            _ => Err(Error::foreign_link(&request.parts)),
        }
    }

    pub(crate) fn pending<A>(&self, request: Request<A>) -> Pending<A> {
        Pending::new(self.clone(), request)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &self.shared.base)
            .finish_non_exhaustive()
    }
}
