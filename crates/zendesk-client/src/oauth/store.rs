//! Where token pairs are kept between one run and the next.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use secrecy::SecretString;
use serde::{Deserialize, Deserializer};

/// An access token and the token that gets the next one. `Debug` hides both.
#[derive(Clone, Deserialize)]
#[non_exhaustive]
pub struct TokenPair {
    /// What requests are authorized with.
    #[serde(deserialize_with = "secret")]
    pub access_token: SecretString,
    /// What gets the next pair, once.
    #[serde(default, deserialize_with = "maybe_secret")]
    pub refresh_token: Option<SecretString>,
    /// What they may do, where Zendesk says.
    #[serde(default)]
    pub scope: Option<String>,
    /// How long the access token lives from when it was given, where Zendesk says.
    #[serde(default, deserialize_with = "seconds")]
    pub expires_in: Option<Duration>,
    /// How long the refresh token lives from when it was given, where Zendesk says.
    #[serde(default, deserialize_with = "seconds")]
    pub refresh_token_expires_in: Option<Duration>,
}

/// Keeps token pairs. Zendesk gives a new pair for the refresh token and takes the old one back, so a pair is
/// [saved](TokenStore::save) before it is used: whatever happens then, the next run can go on.
///
/// ```
/// use zendesk_client::oauth::{StoreError, TokenPair, TokenStore};
///
/// struct InFile(std::path::PathBuf);
///
/// #[async_trait::async_trait]
/// impl TokenStore for InFile {
///     async fn load(&self) -> Result<Option<TokenPair>, StoreError> {
///         let Ok(text) = std::fs::read_to_string(&self.0) else { return Ok(None) };
///         let (access, refresh) = text.split_once('\n').ok_or("the file is damaged")?;
///         Ok(Some(TokenPair::new(access.into(), refresh.into())))
///     }
///
///     async fn save(&self, pair: &TokenPair) -> Result<(), StoreError> {
///         use secrecy::ExposeSecret;
///         let refresh = pair.refresh_token.as_ref().map_or("", |token| token.expose_secret());
///         // A real one writes to a new file that nobody else may read, and renames it.
///         Ok(std::fs::write(&self.0, format!("{}\n{refresh}", pair.access_token.expose_secret()))?)
///     }
/// }
/// ```
#[async_trait]
pub trait TokenStore: Send + Sync {
    /// The pair that was saved last, if there is one.
    ///
    /// # Errors
    /// When it cannot be read.
    async fn load(&self) -> Result<Option<TokenPair>, StoreError>;

    /// Keeps a pair for good, and lets go of the one before.
    ///
    /// # Errors
    /// When it cannot be kept. It is tried again with the next request; the pair is not used before.
    async fn save(&self, pair: &TokenPair) -> Result<(), StoreError>;
}

/// Why a pair cannot be loaded or kept. Its words must not hold a token.
pub type StoreError = Box<dyn std::error::Error + Send + Sync>;

/// Keeps the pair in memory: for tests, and for whoever has a person at hand to sign in after each start.
#[derive(Default)]
pub struct InMemory(Mutex<Option<TokenPair>>);

impl TokenPair {
    /// A pair that was kept.
    #[must_use]
    pub fn new(access_token: SecretString, refresh_token: SecretString) -> Self {
        Self {
            access_token,
            refresh_token: Some(refresh_token),
            scope: None,
            expires_in: None,
            refresh_token_expires_in: None,
        }
    }
}

impl InMemory {
    /// With a pair to begin with.
    #[must_use]
    pub fn with(pair: TokenPair) -> Self {
        Self(Mutex::new(Some(pair)))
    }
}

#[async_trait]
impl TokenStore for InMemory {
    async fn load(&self) -> Result<Option<TokenPair>, StoreError> {
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    async fn save(&self, pair: &TokenPair) -> Result<(), StoreError> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(pair.clone());
        Ok(())
    }
}

impl fmt::Debug for TokenPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenPair")
            .field("scope", &self.scope)
            .field("expires_in", &self.expires_in)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for InMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InMemory")
    }
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretString, D::Error> {
    String::deserialize(deserializer).map(SecretString::from)
}

fn maybe_secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SecretString>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.map(SecretString::from))
}

fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    Ok(Option::<u64>::deserialize(deserializer)?.map(Duration::from_secs))
}
