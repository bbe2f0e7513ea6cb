//! OAuth: tokens that are renewed in time, and what the current one may do.

mod renewal;

use http::Method;
use serde::Deserialize;

use crate::client::Client;
use crate::id::UserId;
use crate::pending::Pending;
use crate::request::Request;
use crate::wire::{self, Resource};

pub(crate) use renewal::Renewal;

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
