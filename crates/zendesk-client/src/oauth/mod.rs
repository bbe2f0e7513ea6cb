//! OAuth: tokens that are renewed in time, signing in by a browser, and what the current token may do.

mod app;
mod renewal;
mod store;

use http::Method;
use secrecy::SecretString;
use serde::Deserialize;

use crate::client::Client;
use crate::error::Error;
use crate::id::UserId;
use crate::pending::Pending;
use crate::request::Request;
use crate::wire::{self, Resource};

pub use app::{App, Pkce};
pub use store::{InMemory, StoreError, TokenPair, TokenStore};

pub(crate) use renewal::{Renewal, Source};

/// The endpoints about OAuth tokens: [`Client::oauth`].
#[derive(Clone, Debug)]
pub struct OAuth {
    client: Client,
}

impl OAuth {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// What the token in use is and may do. Under an API token Zendesk has no answer to this.
    pub fn current_token(&self) -> Pending<TokenInfo> {
        self.client
            .pending(Request::one(Method::GET, "/api/v2/oauth/tokens/current"))
    }

    /// Signs in with the code that a person brought back from [`App::authorization_url`], within two minutes: gets the
    /// first pair of tokens, keeps it in the store, and uses it from then on. For
    /// [`Credentials::tokens`](crate::Credentials::tokens).
    ///
    /// ```no_run
    /// # async fn run(pkce: zendesk_client::oauth::Pkce, code: secrecy::SecretString) -> Result<(), Box<dyn std::error::Error>> {
    /// use std::sync::Arc;
    /// use zendesk_client::oauth::{App, InMemory};
    /// use zendesk_client::{Client, Credentials};
    /// let app = App::new("phone_bridge", "https://bridge.acme.example/back");
    /// let credentials = Credentials::tokens(app, Arc::new(InMemory::default()));
    /// let client = Client::builder("https://acme.zendesk.com", credentials).build()?;
    /// client.oauth().sign_in(code, pkce).await?;
    /// println!("signed in as user {}", client.whoami().await?.id);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When Zendesk refuses the code, or the pair cannot be kept. With [`ErrorKind::Rejected`](crate::ErrorKind::Rejected)
    /// under other credentials.
    pub async fn sign_in(&self, code: SecretString, pkce: Pkce) -> Result<(), Error> {
        self.client.shared.sign_in(&self.client.policy, code, pkce).await
    }

    /// Ends the token in use. Whatever asks for tokens by itself asks for another one with the next request.
    pub fn revoke_current(&self) -> Pending<()> {
        self.client.pending(Request::delete("/api/v2/oauth/tokens/current"))
    }
}

/// A token as Zendesk describes it; never the token itself.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[non_exhaustive]
pub struct TokenInfo {
    /// Whom the token acts as.
    #[serde(default)]
    pub user_id: Option<UserId>,
    /// What it may do.
    #[serde(default, deserialize_with = "wire::or_default")]
    pub scopes: Vec<String>,
    /// When it ends, if it does.
    #[serde(default, deserialize_with = "wire::time")]
    pub expires_at: Option<jiff::Timestamp>,
}

impl Resource for TokenInfo {
    const ONE: &'static str = "token";
    const MANY: &'static str = "tokens";
}
