//! Who the client is to Zendesk.

use std::fmt;
use std::sync::Arc;

use jiff::civil::{Date, date};
use secrecy::SecretString;

use crate::oauth::{App, Source, TokenStore};

/// The day on which Zendesk stops accepting API tokens.
pub const API_TOKENS_END: Date = date(2027, 4, 30);

/// How many days API tokens still work: 0 on the last day, negative after it.
///
/// ```
/// use jiff::civil::date;
/// use zendesk_client::api_token_days_left;
/// assert_eq!(api_token_days_left(date(2027, 4, 28)), 2);
/// assert_eq!(api_token_days_left(date(2027, 5, 1)), -1);
/// ```
#[must_use]
pub fn api_token_days_left(today: Date) -> i32 {
    today
        .duration_until(API_TOKENS_END)
        .as_hours()
        .div_euclid(24)
        .try_into()
        .unwrap_or(i32::MAX)
}

/// How the client proves who it is. `Debug` shows the kind only.
#[derive(Clone)]
pub struct Credentials(pub(crate) Kind);

#[derive(Clone)]
pub(crate) enum Kind {
    Renewed(Source),
    Bearer(SecretString),
    ApiToken { email: String, token: SecretString },
}

impl Credentials {
    /// OAuth client credentials of a confidential client, with the scope `read write`: the way that lasts. A token is
    /// asked for when one is needed and again shortly before it runs out. It acts as the user who made the client.
    ///
    /// `id` is the client's unique name, not its number.
    #[must_use]
    pub fn client(id: impl Into<String>, secret: SecretString) -> Self {
        Self(Kind::Renewed(Source::Client {
            id: id.into(),
            secret,
            scope: "read write".into(),
        }))
    }

    /// The same client with another scope: words parted by a space. User identities need the broad `read write`.
    #[must_use]
    pub fn with_scope(mut self, wanted: impl Into<String>) -> Self {
        if let Kind::Renewed(Source::Client { scope, .. }) = &mut self.0 {
            *scope = wanted.into();
        }
        self
    }

    /// Pairs of OAuth tokens of somebody who [signed in](crate::oauth::OAuth::sign_in) by a browser, now or in an earlier run.
    /// A pair is renewed when its access token ends or is refused; the new pair is saved in the store before it is used.
    #[must_use]
    pub fn tokens(app: App, store: Arc<dyn TokenStore>) -> Self {
        Self(Kind::Renewed(Source::Pairs { app, store }))
    }

    /// A ready-made OAuth access token. Nothing renews it.
    #[must_use]
    pub fn bearer(token: SecretString) -> Self {
        Self(Kind::Bearer(token))
    }

    /// An API token and the e-mail address it acts as. Zendesk stops accepting these on [`API_TOKENS_END`].
    #[must_use]
    pub fn api_token(email: impl Into<String>, token: SecretString) -> Self {
        Self(Kind::ApiToken {
            email: email.into(),
            token,
        })
    }

    /// Whether these are of the kind that ends on [`API_TOKENS_END`].
    #[must_use]
    pub fn is_api_token(&self) -> bool {
        matches!(self.0, Kind::ApiToken { .. })
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Kind::Renewed(Source::Pairs { .. }) => "Credentials(OAuth token pairs)",
            Kind::Renewed(Source::Client { .. }) => "Credentials(OAuth client credentials)",
            Kind::Bearer(_) => "Credentials(OAuth token)",
            Kind::ApiToken { .. } => "Credentials(API token)",
        })
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::{App, Credentials, api_token_days_left};
    use crate::oauth::InMemory;

    #[test]
    fn days_left_count_down_to_the_last_day() {
        assert_eq!(api_token_days_left(date(2026, 11, 24)), 157);
        assert_eq!(api_token_days_left(date(2027, 4, 30)), 0);
        assert_eq!(api_token_days_left(date(2028, 4, 30)), -366);
    }

    #[test]
    fn debug_shows_the_kind_only() {
        let all = [
            Credentials::client("the-client", "s3cret".into()),
            Credentials::bearer("s3cret".into()),
            Credentials::tokens(
                App::new("the_client", "https://b.example").secret("s3cret".into()),
                std::sync::Arc::new(InMemory::default()),
            ),
            Credentials::api_token("me@acme.example", "s3cret".into()),
        ];
        for credentials in all {
            let shown = format!("{credentials:?} {credentials:#?}");
            assert!(!shown.contains("s3cret") && !shown.contains("acme"), "{shown}");
        }
    }
}
