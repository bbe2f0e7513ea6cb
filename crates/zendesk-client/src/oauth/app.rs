//! Signing in by a browser: the address to send a person to, and the proof that the answer came back to who asked (PKCE).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use url::Url;

use crate::base_url::BaseUrl;

/// An OAuth client as Zendesk's Admin Center knows it, for signing in by a browser. `Debug` hides the secret.
#[derive(Clone)]
pub struct App {
    id: String,
    secret: Option<SecretString>,
    redirect_uri: String,
    scope: String,
}

/// A secret that is made for one sign-in: its hash goes out with the person, itself comes with the code. `Debug` hides it.
#[derive(Clone)]
pub struct Pkce {
    verifier: SecretString,
}

impl App {
    /// A public client by its unique name, and where Zendesk sends people back to. The scope is `read write`.
    #[must_use]
    pub fn new(id: impl Into<String>, redirect_uri: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            secret: None,
            redirect_uri: redirect_uri.into(),
            scope: "read write".into(),
        }
    }

    /// The secret of a confidential client.
    #[must_use]
    pub fn secret(mut self, secret: SecretString) -> Self {
        self.secret = Some(secret);
        self
    }

    /// Another scope: words parted by a space. User identities need the broad `read write`.
    #[must_use]
    pub fn scope(mut self, scope: impl Into<String>) -> Self {
        self.scope = scope.into();
        self
    }

    /// Where to send a person who is to sign in. Zendesk sends them on to the redirect address with `code` and `state`;
    /// compare the state before the code is [used](super::OAuth::sign_in).
    ///
    /// ```
    /// use zendesk_client::BaseUrl;
    /// use zendesk_client::oauth::{App, Pkce};
    /// let app = App::new("phone_bridge", "https://bridge.acme.example/back");
    /// let pkce = Pkce::generate();
    /// let url = app.authorization_url(&BaseUrl::parse("https://acme.zendesk.com")?, "a-state-that-nobody-guesses", &pkce);
    /// assert!(url.as_str().starts_with("https://acme.zendesk.com/oauth/authorizations/new?response_type=code&"));
    /// # Ok::<(), zendesk_client::BaseUrlError>(())
    /// ```
    #[must_use]
    pub fn authorization_url(&self, account: &BaseUrl, state: &str, pkce: &Pkce) -> Url {
        let mut url = account.at("/oauth/authorizations/new");
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.id)
            .append_pair("redirect_uri", &self.redirect_uri)
            .append_pair("scope", &self.scope)
            .append_pair("state", state)
            .append_pair("code_challenge", &pkce.challenge())
            .append_pair("code_challenge_method", "S256");
        url
    }

    pub(super) fn for_code(&self, code: &SecretString, pkce: &Pkce) -> Value {
        let mut body = self.body("authorization_code");
        body.insert("code".into(), code.expose_secret().into());
        body.insert("code_verifier".into(), pkce.verifier.expose_secret().into());
        body.insert("redirect_uri".into(), self.redirect_uri.clone().into());
        body.insert("scope".into(), self.scope.clone().into());
        Value::Object(body)
    }

    pub(super) fn for_refresh(&self, refresh_token: &SecretString) -> Value {
        let mut body = self.body("refresh_token");
        body.insert("refresh_token".into(), refresh_token.expose_secret().into());
        Value::Object(body)
    }

    fn body(&self, grant_type: &str) -> Map<String, Value> {
        let mut body = Map::new();
        body.insert("grant_type".into(), json!(grant_type));
        body.insert("client_id".into(), json!(self.id));
        if let Some(secret) = &self.secret {
            body.insert("client_secret".into(), secret.expose_secret().into());
        }
        body
    }
}

impl Pkce {
    /// A new one, from the operating system's randomness.
    #[must_use]
    pub fn generate() -> Self {
        Self::from_entropy(rand::random())
    }

    /// From 256 bits that nobody can guess.
    #[must_use]
    pub fn from_entropy(bits: [u8; 32]) -> Self {
        Self::from_verifier(URL_SAFE_NO_PAD.encode(bits).into())
    }

    /// One that was kept while the person was away.
    #[must_use]
    pub fn from_verifier(verifier: SecretString) -> Self {
        Self { verifier }
    }

    /// The secret, to be kept while the person is away, and where nobody else can read it.
    #[must_use]
    pub fn verifier(&self) -> &SecretString {
        &self.verifier
    }

    /// The secret's hash, as method `S256` of RFC 7636 says.
    #[must_use]
    pub fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.verifier.expose_secret().as_bytes()))
    }
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App")
            .field("id", &self.id)
            .field("redirect_uri", &self.redirect_uri)
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Pkce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pkce(…)")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{App, Pkce};
    use crate::BaseUrl;

    /// The example of RFC 7636, appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

    #[test]
    fn the_challenge_is_that_of_the_standard() {
        let pkce = Pkce::from_verifier(VERIFIER.into());
        assert_eq!(pkce.challenge(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
        assert_ne!(Pkce::generate().challenge(), Pkce::generate().challenge());
    }

    #[test]
    fn the_address_and_the_bodies_are_those_of_the_documentation() {
        let pkce = Pkce::from_verifier(VERIFIER.into());
        let app = App::new("the_bridge", "https://b.example/back?x=1").scope("read");
        let url = app.authorization_url(&BaseUrl::parse("https://acme.zendesk.com").unwrap(), "a&b", &pkce);
        assert_eq!(
            url.as_str(),
            "https://acme.zendesk.com/oauth/authorizations/new?response_type=code&client_id=the_bridge\
             &redirect_uri=https%3A%2F%2Fb.example%2Fback%3Fx%3D1&scope=read&state=a%26b\
             &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256"
        );
        let code = json!({"grant_type": "authorization_code", "client_id": "the_bridge", "code": "c0de",
            "code_verifier": VERIFIER, "redirect_uri": "https://b.example/back?x=1", "scope": "read"});
        assert_eq!(app.for_code(&"c0de".into(), &pkce), code);
        let refresh = json!({"grant_type": "refresh_token", "client_id": "the_bridge", "client_secret": "s3cret", "refresh_token": "r1"});
        let app = app.secret("s3cret".into());
        assert_eq!(app.for_refresh(&"r1".into()), refresh);
        assert!(!format!("{app:?} {pkce:?}").contains("s3cret"));
    }
}
