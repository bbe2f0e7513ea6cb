//! The REST interface: who and what is set up on the PBX. It knows no calls.
//!
//! Rests on the vendor's knowledge base ("STARFACE REST API") and on the description that a 6.7 system gives of
//! itself. The login is the classic challenge of 6.4.2.12 and later, or OAuth where the [`Server`] has been given its
//! client: see [`Server::oauth`].
//!
//! Nothing is ever written: what is set up on the PBX stays as it is.

mod answer;
mod login;
mod model;
mod numbers;

use reqwest::Method;
use serde::Deserialize;
use serde::de::DeserializeOwned;

pub use model::{Account, AccountId, AccountType, AssignableNumber, AssignableUser, Group, GroupSummary, User};
pub use numbers::{NumberAssignment, NumberType, Permission, PhoneNumber};

use crate::auth::Password;
use crate::transport::Server;
use crate::{Error, ErrorKind};
use answer::{check, read};
use login::{Login, Token};

/// No list pages; 16 MiB are some 40 000 users.
const ANSWER_LIMIT: usize = 16 << 20;

/// A login to the REST interface.
///
/// Logs in when first asked for something, again before the token ends and once when the PBX answers 401. Share one
/// between tasks: they share the token.
#[derive(Debug)]
pub struct Rest {
    login: Login,
}

impl Rest {
    /// Prepares the client; nothing is sent yet.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] when the certificates cannot be read.
    pub fn new(server: &Server, login: impl Into<String>, password: Password) -> Result<Self, Error> {
        Ok(Self {
            login: Login::new(server, login.into(), password)?,
        })
    }

    /// Logs in now, to see whether that works.
    ///
    /// # Errors
    /// [`ErrorKind::Login`] when the PBX refuses the login, [`ErrorKind::NotFound`] when it does not offer this login.
    pub async fn log_in(&self) -> Result<(), Error> {
        self.login.token(None).await.map(drop)
    }

    /// All users that the login may see: everybody, for a login with the right to administer users; for others
    /// presumably nobody but themselves.
    ///
    /// # Errors
    /// See [`ErrorKind`].
    pub async fn users(&self) -> Result<Vec<User>, Error> {
        self.get("rest/users", &[]).await
    }

    /// The users whom the PBX finds for a word, out of those that the login may see.
    ///
    /// # Errors
    /// See [`ErrorKind`].
    pub async fn find_users(&self, word: &str) -> Result<Vec<User>, Error> {
        self.get("rest/users", &[("searchTerm", word)]).await
    }

    /// One user.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] if there is none of this account; see [`ErrorKind`].
    pub async fn user(&self, id: AccountId) -> Result<User, Error> {
        self.get(&format!("rest/users/{id}"), &[]).await
    }

    /// The user who is logged in.
    ///
    /// # Errors
    /// See [`ErrorKind`].
    pub async fn me(&self) -> Result<User, Error> {
        self.get("rest/users/me", &[]).await
    }

    /// All groups, without their members.
    ///
    /// # Errors
    /// See [`ErrorKind`].
    pub async fn groups(&self) -> Result<Vec<GroupSummary>, Error> {
        self.get("rest/groups", &[]).await
    }

    /// One group with its members and numbers.
    ///
    /// # Errors
    /// See [`ErrorKind`].
    pub async fn group(&self, id: AccountId) -> Result<Group, Error> {
        self.get(&format!("rest/groups/{id}"), &[]).await
    }

    /// All accounts with their internal numbers. In 7.1 every user may list them; other versions may differ.
    ///
    /// # Errors
    /// See [`ErrorKind`].
    pub async fn accounts(&self) -> Result<Vec<Account>, Error> {
        self.get("rest/accounts", &[]).await
    }

    /// Phone numbers of the PBX: all, or those of one type, or those that somebody has or nobody has.
    ///
    /// # Errors
    /// See [`ErrorKind`].
    pub async fn phone_numbers(
        &self,
        kind: Option<NumberType>,
        assigned: Option<bool>,
    ) -> Result<Vec<PhoneNumber>, Error> {
        let mut query = Vec::new();
        query.extend(kind.and_then(NumberType::word).map(|word| ("type", word)));
        query.extend(assigned.map(|yes| ("assigned", if yes { "true" } else { "false" })));
        self.get("rest/phonenumbers", &query).await
    }

    /// One phone number by its id.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] if there is none of this id; see [`ErrorKind`].
    pub async fn phone_number(&self, id: i64) -> Result<PhoneNumber, Error> {
        self.get(&format!("rest/phonenumbers/{id}"), &[]).await
    }

    /// Which phone numbers a user has, by their ids.
    ///
    /// # Errors
    /// See [`ErrorKind`].
    pub async fn numbers_of(&self, user: AccountId) -> Result<Vec<NumberAssignment>, Error> {
        self.get(&format!("rest/users/{user}/phonenumberconfig/phonenumbers/"), &[])
            .await
    }

    /// All permissions that there are.
    ///
    /// # Errors
    /// See [`ErrorKind`].
    pub async fn permissions(&self) -> Result<Vec<Permission>, Error> {
        self.get("rest/permissions", &[]).await
    }

    /// The permissions that a user has.
    ///
    /// # Errors
    /// See [`ErrorKind`].
    pub async fn permissions_of(&self, user: AccountId) -> Result<Vec<Permission>, Error> {
        self.get(&format!("rest/permissions/users/{user}"), &[]).await
    }

    /// The users who have a permission.
    ///
    /// # Errors
    /// See [`ErrorKind`].
    pub async fn users_with_permission(&self, permission: i64) -> Result<Vec<User>, Error> {
        self.get(&format!("rest/permissions/{permission}/users"), &[]).await
    }

    /// Anything else that can be read, by its path below `/rest/` and its query: the way out where this client has no
    /// method. Keys come in lower case, since versions of the PBX spell them differently.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] for a path that would lead out of `/rest/`; see [`ErrorKind`].
    pub async fn read<T: DeserializeOwned>(&self, path: &str, query: &[(&str, &str)]) -> Result<T, Error> {
        let strays = path.contains(['?', '#', '\\', '%']) || path.split('/').any(|part| matches!(part, "." | ".."));
        if strays || path.starts_with('/') {
            let message = "the path must lie below rest/, without a slash at its front and without a query";
            return Err(Error::new(ErrorKind::Config, message));
        }
        self.get(&format!("rest/{path}"), query).await
    }

    /// The version of the PBX, as newer ones tell it; `None` where this is not known.
    ///
    /// # Errors
    /// See [`ErrorKind`].
    pub async fn server_version(&self) -> Result<Option<String>, Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Version {
            Text(String),
            Object { version: String },
        }
        match self.get("rest/server/version", &[]).await {
            Ok(Version::Text(version) | Version::Object { version }) => Ok(Some(guarded_version(&version))),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Forbidden) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Gives the token back. Harmless when there is none.
    ///
    /// # Errors
    /// See [`ErrorKind`]; the token is forgotten in any case.
    pub async fn log_out(&self) -> Result<(), Error> {
        self.login.log_out().await
    }

    async fn get<T: DeserializeOwned>(&self, path: &str, query: &[(&str, &str)]) -> Result<T, Error> {
        let http = &self.login.http;
        let mut url = http.url(path)?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let token = self.login.token(None).await?;
        let send = |token: &Token| http.send(token.on(http.request(Method::GET, url.clone())), ANSWER_LIMIT);
        let mut answer = send(&token).await?;
        if answer.status == 401 {
            let token = self.login.token(Some(&token)).await?;
            answer = send(&token).await?;
        }
        read(&check(answer, &self.login.name)?)
    }
}

fn guarded_version(version: &str) -> String {
    version
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))
        .take(40)
        .collect()
}
