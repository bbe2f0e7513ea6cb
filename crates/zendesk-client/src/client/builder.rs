//! Options, and how they become a client.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::HeaderValue;

use super::Client;
use super::shared::{Auth, Shared};
use crate::base_url::{BaseUrl, BaseUrlError};
use crate::counts::Counts;
use crate::credentials::Credentials;
#[cfg(doc)]
use crate::error::ErrorKind;
use crate::limit::{Permits, Priority};
use crate::retry::RetryPolicy;
use crate::service::HttpService;

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
    service: Option<Arc<dyn HttpService>>,
}

pub(super) type Jitter = Arc<dyn Fn() -> f64 + Send + Sync>;

impl ClientBuilder {
    pub(super) fn new(base_url: String, credentials: Credentials) -> Self {
        Self {
            base_url,
            credentials,
            user_agent: concat!("zendesk-client/", env!("CARGO_PKG_VERSION")).to_owned(),
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(30),
            policy: RetryPolicy::default(),
            jitter: None,
            share: None,
            http: None,
            service: None,
        }
    }

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

    /// Sends every request through this service, those for tokens too, and none over the network.
    pub fn service(mut self, service: Arc<dyn HttpService>) -> Self {
        self.service = Some(service);
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
            None => {
                let mut http = reqwest::Client::builder()
                    .connect_timeout(self.connect_timeout)
                    .redirect(reqwest::redirect::Policy::none());
                if self.service.is_some() {
                    // It only puts requests together then; reading the system's certificates would take it longer.
                    http = http.tls_certs_only([]);
                }
                http.build().map_err(BuildError::Http)?
            }
        };
        let auth = Auth::new(self.credentials)?;
        let shared = Shared {
            base,
            http,
            service: self.service,
            auth,
            user_agent,
            timeout: self.timeout,
            counts: Counts::default(),
            rate: Mutex::default(),
            jitter: self.jitter,
            permits: self.share.map(Permits::new),
        };
        Ok(Client {
            shared: Arc::new(shared),
            policy: self.policy,
            priority: Priority::default(),
            exchanges: None,
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
