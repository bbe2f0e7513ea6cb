//! A user as Zendesk shows it.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::id::{GroupId, OrganizationId, UserId};
use crate::wire::{self, Resource};

/// A user. Only the id is always there; what Zendesk left out is `None` or empty. `Debug` shows the id only.
#[derive(Clone, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct User {
    /// The id.
    pub id: UserId,
    /// The name.
    #[serde(default, deserialize_with = "wire::or_default")]
    pub name: String,
    /// The primary e-mail address.
    #[serde(default)]
    pub email: Option<String>,
    /// The primary phone number as it was typed: Zendesk does not normalise.
    #[serde(default)]
    pub phone: Option<String>,
    /// Whether that number is somebody else's direct line and so no identity of this user.
    #[serde(default)]
    pub shared_phone_number: Option<bool>,
    /// What the user is.
    #[serde(default)]
    pub role: Option<Role>,
    /// What sort of agent; 0 custom, 1 light agent, 2 chat agent, 3 contributor, 4 administrator, 5 billing administrator.
    #[serde(default)]
    pub role_type: Option<i64>,
    /// False if the user was deleted or merged away.
    #[serde(default)]
    pub active: Option<bool>,
    /// Whether nothing is left of a deleted user; told in exports only.
    #[serde(default)]
    pub permanently_deleted: Option<bool>,
    /// Whether tickets of the user go to the queue of suspended tickets.
    #[serde(default)]
    pub suspended: Option<bool>,
    /// Whether an identity is verified.
    #[serde(default)]
    pub verified: Option<bool>,
    /// The id in another system; unique in the account, in any case.
    #[serde(default)]
    pub external_id: Option<String>,
    /// The organization.
    #[serde(default)]
    pub organization_id: Option<OrganizationId>,
    /// An agent's default group.
    #[serde(default)]
    pub default_group_id: Option<GroupId>,
    /// The tags.
    #[serde(default, deserialize_with = "wire::or_default")]
    pub tags: Vec<String>,
    /// Custom fields by their keys.
    #[serde(default, deserialize_with = "wire::or_default")]
    pub user_fields: Map<String, Value>,
    /// Notes for agents.
    #[serde(default)]
    pub notes: Option<String>,
    /// Details for agents.
    #[serde(default)]
    pub details: Option<String>,
    /// The language.
    #[serde(default)]
    pub locale: Option<String>,
    /// The time zone by its IANA name.
    #[serde(default)]
    pub iana_time_zone: Option<String>,
    /// When the user was made.
    #[serde(default, deserialize_with = "wire::time")]
    pub created_at: Option<Timestamp>,
    /// When the user was changed last.
    #[serde(default, deserialize_with = "wire::time")]
    pub updated_at: Option<Timestamp>,
    /// When the user signed in last.
    #[serde(default, deserialize_with = "wire::time")]
    pub last_login_at: Option<Timestamp>,
}

/// What a user is.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Deserialize, Serialize)]
#[serde(from = "String", into = "String")]
#[non_exhaustive]
pub enum Role {
    /// A customer.
    EndUser,
    /// An agent.
    Agent,
    /// An administrator, who is an agent too.
    Admin,
    /// One that this crate does not know.
    Other(String),
}

impl User {
    /// Whether the user may work on tickets: an agent or administrator, neither deleted nor suspended.
    #[must_use]
    pub fn is_working_agent(&self) -> bool {
        matches!(self.role, Some(Role::Agent | Role::Admin))
            && self.active != Some(false)
            && self.suspended != Some(true)
    }

    /// The text of a custom field, if there is any.
    #[must_use]
    pub fn field_text(&self, key: &str) -> Option<&str> {
        self.user_fields
            .get(key)?
            .as_str()
            .filter(|text| !text.trim().is_empty())
    }
}

impl Role {
    /// As Zendesk writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::EndUser => "end-user",
            Self::Agent => "agent",
            Self::Admin => "admin",
            Self::Other(role) => role,
        }
    }
}

impl From<String> for Role {
    fn from(role: String) -> Self {
        match role.as_str() {
            "end-user" => Self::EndUser,
            "agent" => Self::Agent,
            "admin" => Self::Admin,
            _ => Self::Other(role),
        }
    }
}

impl From<Role> for String {
    fn from(role: Role) -> Self {
        role.as_str().to_owned()
    }
}

impl Resource for User {
    const ONE: &'static str = "user";
    const MANY: &'static str = "users";
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User")
            .field("id", &self.id)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Role, User};

    #[test]
    fn an_id_is_enough_and_unknown_keys_do_no_harm() {
        let user: User =
            serde_json::from_value(json!({"id": "7", "new_in_2030": {}, "tags": null, "name": null})).unwrap();
        assert_eq!((user.id.get(), user.name.as_str(), user.active), (7, "", None));
        assert!(serde_json::from_value::<User>(json!({"name": "A"})).is_err());
    }

    #[test]
    fn roles_and_working_agents() {
        let user = |more: serde_json::Value| {
            let mut user = json!({"id": 7, "active": true, "suspended": false});
            user.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            serde_json::from_value::<User>(user).unwrap()
        };
        assert!(user(json!({"role": "agent"})).is_working_agent());
        assert!(user(json!({"role": "admin"})).is_working_agent());
        assert!(!user(json!({"role": "end-user"})).is_working_agent());
        assert!(!user(json!({"role": "agent", "active": false})).is_working_agent());
        assert!(!user(json!({"role": "agent", "suspended": true})).is_working_agent());
        assert_eq!(user(json!({"role": "robot"})).role, Some(Role::Other("robot".into())));
    }

    #[test]
    fn debug_shows_no_person() {
        let user: User =
            serde_json::from_value(json!({"id": 7, "name": "Karla", "phone": "+49721", "email": "k@acme.example"}))
                .unwrap();
        let shown = format!("{user:?}");
        assert!(
            !shown.contains("Karla") && !shown.contains("49721") && !shown.contains("acme"),
            "{shown}"
        );
    }
}
