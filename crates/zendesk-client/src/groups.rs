//! Groups of agents.

use http::Method;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use crate::client::Client;
use crate::data::data;
use crate::id::{GroupId, UserId};
use crate::listing::Listing;
use crate::pending::Pending;
use crate::request::Request;
use crate::wire::{self, Resource};

/// The endpoints about groups: [`Client::groups`].
#[derive(Clone, Debug)]
pub struct Groups {
    client: Client,
}

impl Groups {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// All groups that are not deleted. Zendesk may list deleted ones all the same: look at [`Group::deleted`].
    pub fn list(&self) -> Listing<Group> {
        Listing::by_cursor(self.client.clone(), "/api/v2/groups").with("exclude_deleted", "true")
    }

    /// One group. Deleted ones are still shown.
    pub fn show(&self, group: GroupId) -> Pending<Group> {
        self.client.pending(Request::one(Method::GET, at(group)))
    }

    /// The groups that tickets can be given to.
    pub fn assignable(&self) -> Listing<Group> {
        Listing::by_cursor(self.client.clone(), "/api/v2/groups/assignable")
    }

    /// The groups that an agent is in.
    pub fn of_user(&self, user: UserId) -> Listing<Group> {
        Listing::by_cursor(self.client.clone(), format!("/api/v2/users/{user}/groups"))
    }

    /// How many groups there are.
    pub fn count(&self) -> Pending<u64> {
        let request = Request::new(Method::GET, "/api/v2/groups/count", |answer| answer.count());
        self.client.pending(request)
    }

    /// Creates a group. Not idempotent: the second time makes a second group of the name.
    pub fn create(&self, group: &GroupData) -> Pending<Group> {
        self.client
            .pending(Request::one(Method::POST, "/api/v2/groups").json(json!({ "group": group })))
    }

    /// Changes a group. What is not mentioned stays.
    pub fn update(&self, group: GroupId, changes: &GroupData) -> Pending<Group> {
        self.client
            .pending(Request::one(Method::PUT, at(group)).json(json!({ "group": changes })))
    }

    /// Deletes a group. It stays visible by its id.
    pub fn delete(&self, group: GroupId) -> Pending<()> {
        self.client.pending(Request::delete(at(group)))
    }
}

data! {
    /// What to write to a group.
    GroupData
}

impl GroupData {
    /// Nothing to write yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The name; a new group must have one.
    #[must_use]
    pub fn name(self, name: impl Into<String>) -> Self {
        self.set("name", name.into())
    }

    /// What it is for.
    #[must_use]
    pub fn description(self, text: impl Into<String>) -> Self {
        self.set("description", text.into())
    }

    /// Whether its tickets can be seen by everybody.
    #[must_use]
    pub fn is_public(self, public: bool) -> Self {
        self.set("is_public", public)
    }
}

fn at(group: GroupId) -> String {
    format!("/api/v2/groups/{group}")
}

/// A group of agents.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[non_exhaustive]
pub struct Group {
    /// The id.
    pub id: GroupId,
    /// The name.
    #[serde(default, deserialize_with = "wire::or_default")]
    pub name: String,
    /// What it is for.
    #[serde(default)]
    pub description: Option<String>,
    /// Whether it is the account's default group.
    #[serde(default)]
    pub default: Option<bool>,
    /// Whether it was deleted.
    #[serde(default)]
    pub deleted: Option<bool>,
    /// Whether its tickets can be seen by everybody.
    #[serde(default)]
    pub is_public: Option<bool>,
    /// When it was made.
    #[serde(default, deserialize_with = "wire::time")]
    pub created_at: Option<Timestamp>,
    /// When it was changed last.
    #[serde(default, deserialize_with = "wire::time")]
    pub updated_at: Option<Timestamp>,
}

impl Resource for Group {
    const ONE: &'static str = "group";
    const MANY: &'static str = "groups";
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::GroupData;
    use crate::{Client, Credentials, GroupId};

    #[test]
    fn requests() {
        let groups = Client::builder("https://acme.zendesk.com", Credentials::bearer("t".into()))
            .build()
            .unwrap()
            .groups();
        let create = groups.create(&GroupData::new().name("Support").is_public(true));
        assert_eq!(
            (create.request().method().as_str(), create.request().path()),
            ("POST", "/api/v2/groups")
        );
        assert_eq!(
            create.request().body().as_json(),
            Some(&json!({"group": {"name": "Support", "is_public": true}}))
        );
        let update = groups.update(GroupId::new(7), &GroupData::new().description("x"));
        assert_eq!(
            (update.request().method().as_str(), update.request().path()),
            ("PUT", "/api/v2/groups/7")
        );
        let delete = groups.delete(GroupId::new(7));
        assert_eq!(
            (delete.request().method().as_str(), delete.request().path()),
            ("DELETE", "/api/v2/groups/7")
        );
    }
}
