//! Users: customers, agents, administrators.

mod data;
mod many;
mod user;

use http::{Method, StatusCode};
use serde_json::json;

pub use data::UserData;
pub use many::Related;
pub use user::{Role, User};

use crate::answer::{Answer, ReadError};
use crate::client::Client;
use crate::data::joined;
use crate::id::{GroupId, UserId};
use crate::listing::Listing;
use crate::pending::Pending;
use crate::request::Request;

/// The endpoints about users: [`Client::users`].
#[derive(Clone, Debug)]
pub struct Users {
    client: Client,
}

/// The key of a custom user field: letters, digits, `_` and `-`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct FieldKey(String);

/// What [`Users::create_or_update`] did.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct Upserted {
    /// The user as it is now.
    pub user: User,
    /// Whether it is new.
    pub created: bool,
}

impl Users {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Who the credentials make the client. Zendesk answers wrong ones with success and an anonymous user; that is
    /// [`ErrorKind::NotAuthenticated`](crate::ErrorKind::NotAuthenticated) here.
    pub fn me(&self) -> Pending<User> {
        self.client
            .pending(Request::new(Method::GET, "/api/v2/users/me", read_me))
    }

    /// One user. Deleted users are still shown, with [`User::active`] false.
    pub fn show(&self, user: UserId) -> Pending<User> {
        self.client.pending(Request::one(Method::GET, at(user)))
    }

    /// Up to 100 users. Who does not exist is left out.
    pub fn show_many(&self, users: &[UserId]) -> Pending<Vec<User>> {
        let request = Request::new(Method::GET, "/api/v2/users/show_many", |answer| answer.many());
        self.client.pending(request.query("ids", joined(users)))
    }

    /// Up to 100 users by their external ids. Who does not exist is left out.
    pub fn show_many_by_external_id(&self, external_ids: &[impl ToString]) -> Pending<Vec<User>> {
        let request = Request::new(Method::GET, "/api/v2/users/show_many", |answer| answer.many());
        let request = request.query("external_ids", joined(external_ids));
        self.client.pending(request.sensitive())
    }

    /// Users whose name begins so, for a person who is typing it.
    pub fn autocomplete(&self, name: &str) -> Listing<User> {
        Listing::new(self.client.clone(), "/api/v2/users/autocomplete").query("name", name)
    }

    /// Users whose phone number as it was typed begins so.
    pub fn autocomplete_by_phone(&self, beginning: &str) -> Listing<User> {
        Listing::new(self.client.clone(), "/api/v2/users/autocomplete").query("phone", beginning)
    }

    /// Users whose phone number or phone identity ends in these digits, whatever stands between them. Everything in
    /// `digits` that is no digit is left out. Give six at least: fewer find half the account.
    ///
    /// This asks an index that is behind by a minute or more, and finds numbers of other countries that end alike:
    /// compare what comes back.
    pub fn search_by_phone(&self, digits: &str) -> Listing<User> {
        self.search(format!("phone:*{}", digits_of(digits)))
    }

    /// Users whose custom field ends in these digits, like [`Users::search_by_phone`].
    pub fn search_by_field(&self, field: &FieldKey, digits: &str) -> Listing<User> {
        self.search(format!("{}:*{}", field.as_str(), digits_of(digits)))
    }

    /// Users with this e-mail address, among their identities too.
    pub fn search_by_email(&self, email: &str) -> Listing<User> {
        // A space or a quote would end the term.
        let address: String = email.chars().filter(|c| !c.is_whitespace() && *c != '"').collect();
        self.search(format!("email:{address}"))
    }

    /// The user with this external id, at most one. This does not ask the index: what was written is found at once.
    pub fn search_by_external_id(&self, external_id: &str) -> Listing<User> {
        Listing::new(self.client.clone(), "/api/v2/users/search").query("external_id", external_id)
    }

    /// Users by a query in Zendesk's search language. Offset paging, 10,000 users at most.
    pub fn search(&self, query: impl Into<String>) -> Listing<User> {
        Listing::new(self.client.clone(), "/api/v2/users/search").query("query", query)
    }

    /// Everybody with one of these roles, by cursor. All users if there is none.
    pub fn list(&self, roles: &[Role]) -> Listing<User> {
        let list = Listing::by_cursor(self.client.clone(), "/api/v2/users");
        roles.iter().fold(list, |list, role| list.with("role[]", role.as_str()))
    }

    /// The agents who are in a group.
    pub fn in_group(&self, group: GroupId) -> Listing<User> {
        Listing::by_cursor(self.client.clone(), format!("/api/v2/groups/{group}/users"))
    }

    /// All agents and administrators.
    pub fn agents(&self) -> Listing<User> {
        self.list(&[Role::Agent, Role::Admin])
    }

    /// Creates a user. Not idempotent; see [`Users::create_or_update`].
    pub fn create(&self, user: &UserData) -> Pending<User> {
        self.client
            .pending(Request::one(Method::POST, "/api/v2/users").json(json!({ "user": user })))
    }

    /// Creates a user, or updates the one with the same external id or e-mail address. The phone number does not count.
    pub fn create_or_update(&self, user: &UserData) -> Pending<Upserted> {
        let request = Request::new(Method::POST, "/api/v2/users/create_or_update", |answer| {
            Ok(Upserted {
                user: answer.one()?,
                created: answer.status() == StatusCode::CREATED,
            })
        });
        let same_twice = user.has("external_id") || user.has("email");
        self.client
            .pending(request.json(json!({ "user": user })).idempotent(same_twice))
    }

    /// Changes a user. What is not mentioned stays.
    ///
    /// A new `phone` also becomes a phone identity, unless somebody else has the number: then it is shared. A new `email` is
    /// added as a further address. Zendesk allows five updates a minute for a user and one a second for the account.
    pub fn update(&self, user: UserId, changes: &UserData) -> Pending<User> {
        self.client
            .pending(Request::one(Method::PUT, at(user)).json(json!({ "user": changes })))
    }
}

impl FieldKey {
    /// Takes a key; `None` if it is none.
    #[must_use]
    pub fn new(key: impl Into<String>) -> Option<Self> {
        let key = key.into();
        let fits = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
        fits.then_some(Self(key))
    }

    /// The key.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn at(user: UserId) -> String {
    format!("/api/v2/users/{user}")
}

fn digits_of(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

fn read_me(answer: &Answer) -> Result<User, ReadError> {
    #[derive(serde::Deserialize)]
    struct Me {
        user: Option<MaybeSomebody>,
    }
    #[derive(serde::Deserialize)]
    struct MaybeSomebody {
        id: Option<serde_json::Value>,
    }
    match answer.json::<Me>()?.user.map(|user| user.id) {
        Some(None | Some(serde_json::Value::Null)) => Err(ReadError::anonymous()),
        _ => answer.one(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{FieldKey, UserData};
    use crate::{Client, Credentials, UserId};

    fn client() -> Client {
        Client::builder("https://acme.zendesk.com", Credentials::bearer("t".into()))
            .build()
            .unwrap()
    }

    #[test]
    fn searches_ask_for_digits_and_nothing_else() {
        let users = client().users();
        let query = |list: super::Listing<super::User>| list.request().query_pairs().to_vec();
        assert_eq!(
            query(users.search_by_phone("+49 (721) 12-345")),
            [("query".into(), "phone:*4972112345".into())]
        );
        let field = FieldKey::new("phone_2").unwrap();
        assert_eq!(
            query(users.search_by_field(&field, "721*12 role:admin")),
            [("query".into(), "phone_2:*72112".into())]
        );
        assert_eq!(
            query(users.search_by_email("a\"b@c.d e:f")),
            [("query".into(), "email:ab@c.de:f".into())]
        );
        assert_eq!(
            query(users.search_by_external_id("tel:+49721")),
            [("external_id".into(), "tel:+49721".into())]
        );
        assert!(users.search_by_phone("721").request().is_sensitive());
        for wrong in ["", "a b", "a:b", "a*", "ä"] {
            assert!(FieldKey::new(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn agents_are_listed_by_cursor_with_both_roles() {
        let list = client().users().agents();
        assert_eq!(list.request().path(), "/api/v2/users");
        let pairs = [("page[size]", "100"), ("role[]", "agent"), ("role[]", "admin")];
        assert_eq!(list.request().query_pairs(), pairs.map(|(k, v)| (k.into(), v.into())));
    }

    #[test]
    fn only_what_is_the_same_twice_is_idempotent() {
        let users = client().users();
        let nameless = UserData::new().name("A");
        assert!(!users.create(&nameless).request().is_idempotent());
        assert!(!users.create_or_update(&nameless).request().is_idempotent());
        let call = users.create_or_update(&nameless.external_id("tel:+49721123456").phone("+49721123456"));
        assert!(call.request().is_idempotent());
        let body = json!({"user": {"name": "A", "external_id": "tel:+49721123456", "phone": "+49721123456"}});
        assert_eq!(call.request().body().as_json(), Some(&body));
        let update = users.update(UserId::new(7), &UserData::new().phone(""));
        assert!(update.request().is_idempotent());
        assert_eq!(update.request().body().as_json(), Some(&json!({"user": {"phone": ""}})));
        let ids = users.show_many(&[UserId::new(1), UserId::new(2)]);
        assert_eq!(ids.request().query_pairs(), [("ids".into(), "1,2".into())]);
    }
}
