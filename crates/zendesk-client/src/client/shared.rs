//! What all clones of a client share: connections, credentials, limits.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderValue};
use secrecy::{ExposeSecret as _, SecretString};

use super::builder::{BuildError, Jitter};
use crate::base_url::BaseUrl;
use crate::counts::Counts;
use crate::credentials::{Credentials, Kind};
use crate::error::{Error, ErrorKind};
use crate::limit::Permits;
use crate::oauth::{Pkce, Renewal};
use crate::rate::Rate;
use crate::request::Request;
use crate::retry::RetryPolicy;
use crate::service::HttpService;

/// What all clones share.
pub(crate) struct Shared {
    pub(crate) base: BaseUrl,
    pub(crate) http: reqwest::Client,
    /// Where requests go instead of through [`Shared::http`].
    pub(crate) service: Option<Arc<dyn HttpService>>,
    pub(crate) user_agent: HeaderValue,
    pub(crate) timeout: Duration,
    pub(super) auth: Auth,
    pub(crate) permits: Option<Permits>,
    pub(crate) counts: Counts,
    pub(super) rate: Mutex<Rate>,
    pub(super) jitter: Option<Jitter>,
}

pub(super) enum Auth {
    Fixed(HeaderValue),
    Renewed(Arc<Renewal>),
}

/// What a request was authorized with.
pub(crate) struct Authorization {
    pub(crate) header: HeaderValue,
    generation: Option<u64>,
}

impl Auth {
    pub(super) fn new(credentials: Credentials) -> Result<Self, BuildError> {
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
