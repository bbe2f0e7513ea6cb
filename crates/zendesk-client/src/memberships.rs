//! Memberships: which agent is in which group.

use http::Method;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use crate::client::Client;
use crate::id::{GroupId, MembershipId, UserId};
use crate::listing::Listing;
use crate::pending::Pending;
use crate::request::Request;
use crate::wire::{self, Resource};

/// The endpoints about memberships: [`Client::memberships`].
#[derive(Clone, Debug)]
pub struct Memberships {
    client: Client,
}

impl Memberships {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// All memberships of the account.
    pub fn list(&self) -> Listing<Membership> {
        Listing::by_cursor(self.client.clone(), ALL)
    }

    /// The memberships by which tickets can be given to agents.
    pub fn assignable(&self) -> Listing<Membership> {
        Listing::by_cursor(self.client.clone(), format!("{ALL}/assignable"))
    }

    /// The groups that an agent is in.
    pub fn of_user(&self, user: UserId) -> Listing<Membership> {
        Listing::by_cursor(self.client.clone(), format!("/api/v2/users/{user}/group_memberships"))
    }

    /// The agents who are in a group.
    pub fn of_group(&self, group: GroupId) -> Listing<Membership> {
        Listing::by_cursor(self.client.clone(), format!("/api/v2/groups/{group}/memberships"))
    }

    /// One membership.
    pub fn show(&self, membership: MembershipId) -> Pending<Membership> {
        self.client.pending(Request::one(Method::GET, at(membership)))
    }

    /// Puts an agent into a group. [`ErrorKind::Validation`](crate::ErrorKind::Validation) if the user is in it already or
    /// is no agent.
    pub fn create(&self, user: UserId, group: GroupId) -> Pending<Membership> {
        let body = json!({ "group_membership": { "user_id": user, "group_id": group } });
        self.client.pending(Request::one(Method::POST, ALL).json(body))
    }

    /// Takes an agent out of a group.
    pub fn delete(&self, membership: MembershipId) -> Pending<()> {
        self.client.pending(Request::delete(at(membership)))
    }

    /// Makes the membership's group the agent's default one. Answered by all memberships of the agent.
    pub fn make_default(&self, user: UserId, membership: MembershipId) -> Pending<Vec<Membership>> {
        let path = format!("/api/v2/users/{user}/group_memberships/{membership}/make_default");
        let request = Request::new(Method::PUT, path, |answer| answer.many());
        self.client.pending(request.json(json!({})))
    }
}

const ALL: &str = "/api/v2/group_memberships";

fn at(membership: MembershipId) -> String {
    format!("{ALL}/{membership}")
}

/// That an agent is in a group.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[non_exhaustive]
pub struct Membership {
    /// The id.
    pub id: MembershipId,
    /// The agent.
    #[serde(default)]
    pub user_id: Option<UserId>,
    /// The group.
    #[serde(default)]
    pub group_id: Option<GroupId>,
    /// Whether it is the agent's default group.
    #[serde(default)]
    pub default: Option<bool>,
    /// When it was made.
    #[serde(default, deserialize_with = "wire::time")]
    pub created_at: Option<Timestamp>,
    /// When it was changed last.
    #[serde(default, deserialize_with = "wire::time")]
    pub updated_at: Option<Timestamp>,
}

impl Resource for Membership {
    const ONE: &'static str = "group_membership";
    const MANY: &'static str = "group_memberships";
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::{Client, Credentials, GroupId, MembershipId, UserId};

    #[test]
    fn requests() {
        let memberships = Client::builder("https://acme.zendesk.com", Credentials::bearer("t".into()))
            .build()
            .unwrap()
            .memberships();
        let create = memberships.create(UserId::new(7), GroupId::new(71));
        assert_eq!(
            create.request().body().as_json(),
            Some(&json!({"group_membership": {"user_id": 7, "group_id": 71}}))
        );
        assert!(!create.request().is_idempotent());
        let default = memberships.make_default(UserId::new(7), MembershipId::new(9));
        assert_eq!(
            (default.request().method().as_str(), default.request().path()),
            ("PUT", "/api/v2/users/7/group_memberships/9/make_default")
        );
        assert_eq!(
            memberships.delete(MembershipId::new(9)).request().path(),
            "/api/v2/group_memberships/9"
        );
    }
}
