//! Identities: the addresses and numbers by which Zendesk knows a user.

use std::fmt;

use http::Method;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::client::Client;
use crate::id::{IdentityId, UserId};
use crate::listing::Listing;
use crate::pending::Pending;
use crate::request::Request;
use crate::wire::{self, Resource};

/// The endpoints about identities: [`Client::identities`]. They need the broad scopes `read` and `write`; fine-grained
/// ones are refused.
#[derive(Clone, Debug)]
pub struct Identities {
    client: Client,
}

impl Identities {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// All identities of a user, primary ones first.
    pub fn list(&self, user: UserId) -> Listing<Identity> {
        Listing::by_cursor(self.client.clone(), all(user))
    }

    /// Adds an identity. Zendesk refuses a value that anybody has already with
    /// [`ErrorKind::Validation`](crate::ErrorKind::Validation) and the field code `DuplicateValue`.
    pub fn create(&self, user: UserId, identity: &NewIdentity) -> Pending<Identity> {
        self.client
            .pending(Request::one(Method::POST, all(user)).json(json!({ "identity": identity })))
    }

    /// One identity.
    pub fn show(&self, user: UserId, identity: IdentityId) -> Pending<Identity> {
        self.client.pending(Request::one(Method::GET, at(user, identity)))
    }

    /// Changes the value of an identity.
    pub fn update(&self, user: UserId, identity: IdentityId, value: impl Into<String>) -> Pending<Identity> {
        let body = json!({ "identity": { "value": value.into() } });
        self.client
            .pending(Request::one(Method::PUT, at(user, identity)).json(body))
    }

    /// Makes an identity count as verified.
    pub fn verify(&self, user: UserId, identity: IdentityId) -> Pending<Identity> {
        let path = format!("{}/verify", at(user, identity));
        self.client.pending(Request::one(Method::PUT, path).json(json!({})))
    }

    /// Has Zendesk send a mail by which an e-mail address is verified. Not idempotent: each sends one.
    pub fn request_verification(&self, user: UserId, identity: IdentityId) -> Pending<()> {
        let path = format!("{}/request_verification", at(user, identity));
        let request = Request::unread(Method::PUT, path).json(json!({}));
        self.client.pending(request.idempotent(false))
    }

    /// Takes an identity away. A profile may still show a number whose identity is gone: clear `phone` as well.
    pub fn delete(&self, user: UserId, identity: IdentityId) -> Pending<()> {
        self.client.pending(Request::unread(Method::DELETE, at(user, identity)))
    }

    /// Makes an identity the primary one of its kind. Answered by all identities of the user.
    pub fn make_primary(&self, user: UserId, identity: IdentityId) -> Pending<Vec<Identity>> {
        let request = Request::new(Method::PUT, format!("{}/make_primary", at(user, identity)), |answer| {
            answer.many()
        });
        self.client.pending(request.json(json!({})))
    }
}

/// One address or number of a user. `Debug` hides the value.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Identity {
    /// The id.
    pub id: IdentityId,
    /// Whose it is.
    #[serde(default)]
    pub user_id: Option<UserId>,
    /// What sort.
    #[serde(default, rename = "type")]
    pub kind: Option<IdentityKind>,
    /// The address or number as it was typed.
    #[serde(default, deserialize_with = "wire::or_default")]
    pub value: String,
    /// Whether it is verified.
    #[serde(default)]
    pub verified: Option<bool>,
    /// Whether it is the primary one.
    #[serde(default)]
    pub primary: Option<bool>,
    /// When it was made.
    #[serde(default, deserialize_with = "wire::time")]
    pub created_at: Option<Timestamp>,
    /// When it was changed last.
    #[serde(default, deserialize_with = "wire::time")]
    pub updated_at: Option<Timestamp>,
}

/// What sort of identity.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Deserialize, Serialize)]
#[serde(from = "String", into = "String")]
#[non_exhaustive]
pub enum IdentityKind {
    /// An e-mail address.
    Email,
    /// A phone number: a direct line, which only one user can have.
    PhoneNumber,
    /// Any other, by Zendesk's name.
    Other(String),
}

/// An identity to be added. `Debug` hides the value.
#[derive(Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct NewIdentity(Map<String, Value>);

impl NewIdentity {
    /// A phone number, best in E.164.
    #[must_use]
    pub fn phone_number(number: impl Into<String>) -> Self {
        Self::of(IdentityKind::PhoneNumber, number)
    }

    /// An e-mail address.
    #[must_use]
    pub fn email(address: impl Into<String>) -> Self {
        Self::of(IdentityKind::Email, address)
    }

    /// Any sort.
    #[must_use]
    pub fn of(kind: IdentityKind, value: impl Into<String>) -> Self {
        let pairs = [("type", String::from(kind)), ("value", value.into())];
        Self(
            pairs
                .into_iter()
                .map(|(key, value)| (key.to_owned(), Value::String(value)))
                .collect(),
        )
    }

    /// Whether it counts as verified; an e-mail address then gets no verification mail.
    #[must_use]
    pub fn verified(mut self, verified: bool) -> Self {
        self.0.insert("verified".to_owned(), verified.into());
        self
    }
}

impl From<String> for IdentityKind {
    fn from(kind: String) -> Self {
        match kind.as_str() {
            "email" => Self::Email,
            "phone_number" => Self::PhoneNumber,
            _ => Self::Other(kind),
        }
    }
}

impl From<IdentityKind> for String {
    fn from(kind: IdentityKind) -> Self {
        match kind {
            IdentityKind::Email => "email".into(),
            IdentityKind::PhoneNumber => "phone_number".into(),
            IdentityKind::Other(kind) => kind,
        }
    }
}

impl Identity {
    /// Whether it is a phone number.
    #[must_use]
    pub fn is_phone_number(&self) -> bool {
        self.kind == Some(IdentityKind::PhoneNumber)
    }
}

impl Resource for Identity {
    const ONE: &'static str = "identity";
    const MANY: &'static str = "identities";
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for NewIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("NewIdentity").field(&self.0.get("type")).finish()
    }
}

fn all(user: UserId) -> String {
    format!("/api/v2/users/{user}/identities")
}

fn at(user: UserId, identity: IdentityId) -> String {
    format!("{}/{identity}", all(user))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::NewIdentity;
    use crate::{Client, Credentials, IdentityId, UserId};

    #[test]
    fn requests() {
        let identities = Client::builder("https://acme.zendesk.com", Credentials::bearer("t".into()))
            .build()
            .unwrap()
            .identities();
        let (user, identity) = (UserId::new(7), IdentityId::new(9));

        let create = identities.create(user, &NewIdentity::phone_number("+49721123456").verified(true));
        assert_eq!(
            (create.request().method().as_str(), create.request().path()),
            ("POST", "/api/v2/users/7/identities")
        );
        let body = json!({"identity": {"type": "phone_number", "value": "+49721123456", "verified": true}});
        assert_eq!(create.request().body().as_json(), Some(&body));
        assert!(!create.request().is_idempotent());

        let delete = identities.delete(user, identity);
        assert_eq!(
            (delete.request().method().as_str(), delete.request().path()),
            ("DELETE", "/api/v2/users/7/identities/9")
        );
        assert!(delete.request().is_idempotent());

        let update = identities.update(user, identity, "+4972199");
        assert_eq!(
            (update.request().method().as_str(), update.request().path()),
            ("PUT", "/api/v2/users/7/identities/9")
        );
        assert_eq!(
            update.request().body().as_json(),
            Some(&json!({"identity": {"value": "+4972199"}}))
        );
        assert_eq!(
            identities.verify(user, identity).request().path(),
            "/api/v2/users/7/identities/9/verify"
        );

        let primary = identities.make_primary(user, identity);
        assert_eq!(
            (primary.request().method().as_str(), primary.request().path()),
            ("PUT", "/api/v2/users/7/identities/9/make_primary")
        );
        assert!(primary.request().is_idempotent());
    }

    #[test]
    fn debug_hides_the_number() {
        assert!(!format!("{:?}", NewIdentity::phone_number("+49721123456")).contains("49721"));
    }
}
