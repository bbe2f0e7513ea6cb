//! The client: built once, cloned for free, shared by everybody.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderValue};
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use crate::attachments::Attachments;
use crate::base_url::{BaseUrl, BaseUrlError};
use crate::calls::Calls;
use crate::credentials::{Credentials, Kind};
use crate::error::{Error, ErrorKind};
use crate::groups::Groups;
use crate::identities::Identities;
use crate::incremental::Incremental;
use crate::jobs::Jobs;
use crate::limit::{Permits, Priority};
use crate::memberships::Memberships;
use crate::oauth::{OAuth, Pkce, Renewal};
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

/// A client for one Zendesk account. Clones share connections, token and rate limits.
#[derive(Clone)]
pub struct Client {
    pub(crate) shared: Arc<Shared>,
    pub(crate) policy: RetryPolicy,
    pub(crate) priority: Priority,
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
        ClientBuilder {
            base_url: base_url.into(),
            credentials,
            user_agent: concat!("zendesk-client/", env!("CARGO_PKG_VERSION")).to_owned(),
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(30),
            policy: RetryPolicy::default(),
            jitter: None,
            share: None,
            http: None,
        }
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

/// Options for a [`Client`].
#[must_use]
pub struct ClientBuilder {
    base_url: String,
    credentials: Credentials,
    user_agent: String,
    connect_timeout: Duration,
    timeout: Duration,
    policy: RetryPolicy,
    jitter: Option<Jitter>,
    share: Option<f64>,
    http: Option<reqwest::Client>,
}

type Jitter = Arc<dyn Fn() -> f64 + Send + Sync>;

impl ClientBuilder {
    /// How the client names itself. Zendesk shows it to agents in a ticket's history. Default `zendesk-client/<version>`.
    pub fn user_agent(mut self, name: impl Into<String>) -> Self {
        self.user_agent = name.into();
        self
    }

    /// How long connecting may take. Default 5 s. Does not touch an injected HTTP client.
    pub fn connect_timeout(mut self, time: Duration) -> Self {
        self.connect_timeout = time;
        self
    }

    /// How long one request may take from its first byte to the last of its answer; pauses and repetitions are counted
    /// by [`RetryPolicy`]. Default 30 s.
    pub fn timeout(mut self, time: Duration) -> Self {
        self.timeout = time;
        self
    }

    /// When and how often requests are repeated.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// Where random numbers from 0 to 1 come from, which lengthen pauses. Default: none, pauses are as computed.
    pub fn jitter(mut self, source: impl Fn() -> f64 + Send + Sync + 'static) -> Self {
        self.jitter = Some(Arc::new(source));
        self
    }

    /// Uses at most this part of what Zendesk allows to the account and to single endpoints, from 0 to 1, and leaves the rest to
    /// other programs. Requests then wait for their turn, by [`Priority`], as long as the pauses of
    /// [`RetryPolicy::total_wait`] allow; one that cannot go in that time fails at once with
    /// [`ErrorKind::RateLimited`] and the time that it would take. A `Retry-After` that one request is told is obeyed by
    /// all whom it concerns. Default: requests are sent when they come.
    pub fn share(mut self, part: f64) -> Self {
        self.share = Some(part);
        self
    }

    /// Uses this HTTP client instead of an own one. It should not follow redirects: a redirected request for a token
    /// would carry the client's secret along.
    pub fn http(mut self, client: reqwest::Client) -> Self {
        self.http = Some(client);
        self
    }

    /// Builds the client. Nothing is sent yet.
    ///
    /// # Errors
    /// When the address or another option cannot be used.
    pub fn build(self) -> Result<Client, BuildError> {
        let base = BaseUrl::parse(&self.base_url)?;
        let user_agent = HeaderValue::try_from(self.user_agent).map_err(|_| BuildError::UserAgent)?;
        let http = match self.http {
            Some(http) => http,
            None => reqwest::Client::builder()
                .connect_timeout(self.connect_timeout)
                .redirect(reqwest::redirect::Policy::none())
                .build()
                .map_err(BuildError::Http)?,
        };
        let auth = Auth::new(self.credentials)?;
        let shared = Shared {
            base,
            http,
            auth,
            user_agent,
            timeout: self.timeout,
            rate: Mutex::default(),
            jitter: self.jitter,
            permits: self.share.map(Permits::new),
        };
        Ok(Client {
            shared: Arc::new(shared),
            policy: self.policy,
            priority: Priority::default(),
        })
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("credentials", &self.credentials)
            .finish_non_exhaustive()
    }
}

/// Why a client cannot be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The address cannot be used.
    #[error("the Zendesk address cannot be used")]
    BaseUrl(#[from] BaseUrlError),
    /// Token or e-mail address hold characters that a header cannot hold, such as a line break.
    #[error("the credentials hold characters that cannot be sent; a line break at the end, perhaps")]
    Credentials,
    /// The same for the client's own name.
    #[error("the user agent holds characters that cannot be sent")]
    UserAgent,
    /// The HTTP client cannot be set up.
    #[error("the HTTP client cannot be set up")]
    Http(#[source] reqwest::Error),
}

/// What all clones share.
pub(crate) struct Shared {
    pub(crate) base: BaseUrl,
    pub(crate) http: reqwest::Client,
    pub(crate) user_agent: HeaderValue,
    pub(crate) timeout: Duration,
    auth: Auth,
    pub(crate) permits: Option<Permits>,
    rate: Mutex<Rate>,
    jitter: Option<Jitter>,
}

enum Auth {
    Fixed(HeaderValue),
    Renewed(Arc<Renewal>),
}

/// What a request was authorized with.
pub(crate) struct Authorization {
    pub(crate) header: HeaderValue,
    generation: Option<u64>,
}

impl Auth {
    fn new(credentials: Credentials) -> Result<Self, BuildError> {
        let text = match credentials.0 {
            Kind::Renewed(source) => return Ok(Self::Renewed(Arc::new(Renewal::new(source)))),
            Kind::Bearer(token) => format!("Bearer {}", token.expose_secret()),
            Kind::ApiToken { email, token } => {
                format!(
                    "Basic {}",
                    STANDARD.encode(format!("{email}/token:{}", token.expose_secret()))
                )
            }
        };
        let mut header = HeaderValue::try_from(text).map_err(|_| BuildError::Credentials)?;
        header.set_sensitive(true);
        Ok(Self::Fixed(header))
    }
}

impl Shared {
    pub(crate) async fn authorization(self: &Arc<Self>, policy: &RetryPolicy) -> Result<Authorization, Error> {
        match &self.auth {
            Auth::Fixed(header) => Ok(Authorization {
                header: header.clone(),
                generation: None,
            }),
            Auth::Renewed(renewal) => {
                let (header, generation) = renewal.header(self, policy).await?;
                Ok(Authorization {
                    header,
                    generation: Some(generation),
                })
            }
        }
    }

    pub(crate) async fn sign_in(
        self: &Arc<Self>,
        policy: &RetryPolicy,
        code: SecretString,
        pkce: Pkce,
    ) -> Result<(), Error> {
        match &self.auth {
            Auth::Renewed(renewal) => renewal.sign_in(self, policy, code, pkce).await,
            Auth::Fixed(_) => Err(Error::own(
                &Request::<()>::unread(http::Method::POST, "/oauth/tokens").parts,
                ErrorKind::Rejected,
                None,
            )),
        }
    }

    /// Takes note of a 401; whether it is worth coming back with another token.
    pub(crate) async fn refused(&self, authorization: &Authorization) -> bool {
        match (&self.auth, authorization.generation) {
            (Auth::Renewed(renewal), Some(generation)) => {
                renewal.discard(generation).await;
                true
            }
            _ => false,
        }
    }

    pub(crate) fn observe(&self, headers: &HeaderMap) {
        self.rate
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .observe(headers);
    }

    pub(crate) fn jitter(&self) -> f64 {
        self.jitter.as_ref().map_or(0.0, |jitter| jitter())
    }
}
