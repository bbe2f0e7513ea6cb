//! Many users at once, and the end of single ones.

use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{User, UserData, Users, at};
use crate::data::joined;
use crate::id::UserId;
use crate::jobs::Job;
use crate::pending::Pending;
use crate::request::Request;
use crate::wire::Resource;

/// Zendesk takes up to 100 users at a time, and answers with a [`Job`] even where all of them are going to fail.
impl Users {
    /// Creates up to 100 users. Not idempotent.
    pub fn create_many(&self, users: &[UserData]) -> Pending<Job> {
        let request = Request::one(Method::POST, "/api/v2/users/create_many");
        self.client.pending(request.json(json!({ "users": users })))
    }

    /// Creates up to 100 users, or updates those with the same external id or e-mail address.
    pub fn create_or_update_many(&self, users: &[UserData]) -> Pending<Job> {
        let same_twice = users.iter().all(|user| user.has("external_id") || user.has("email"));
        let request = Request::one(Method::POST, "/api/v2/users/create_or_update_many");
        self.client
            .pending(request.json(json!({ "users": users })).idempotent(same_twice))
    }

    /// Changes up to 100 users, all of them alike.
    pub fn update_all(&self, users: &[UserId], changes: &UserData) -> Pending<Job> {
        let request = Request::one(Method::PUT, UPDATE_MANY).query("ids", joined(users));
        self.client.pending(request.json(json!({ "user": changes })))
    }

    /// Changes up to 100 users, each in their own way.
    pub fn update_many(&self, changes: &[(UserId, UserData)]) -> Pending<Job> {
        let users: Vec<_> = changes
            .iter()
            .map(|(user, changes)| changes.clone().set("id", user.get()))
            .collect();
        self.client
            .pending(Request::one(Method::PUT, UPDATE_MANY).json(json!({ "users": users })))
    }

    /// Deletes up to 100 users.
    pub fn destroy_many(&self, users: &[UserId]) -> Pending<Job> {
        let request = Request::one(Method::DELETE, "/api/v2/users/destroy_many");
        self.client.pending(request.query("ids", joined(users)))
    }

    /// Deletes a user. Answered by the user, who is not [active](User::active) any more. Who has requested tickets that are
    /// not closed cannot be deleted: [`ErrorKind::Validation`](crate::ErrorKind::Validation).
    pub fn delete(&self, user: UserId) -> Pending<User> {
        self.client.pending(Request::one(Method::DELETE, at(user)))
    }

    /// Gives everything that `loser` has to `winner`, and ends `loser`. End users only; there is no way back. Answered by
    /// the winner.
    pub fn merge(&self, loser: UserId, winner: UserId) -> Pending<User> {
        let request = Request::one(Method::PUT, format!("{}/merge", at(loser)));
        self.client
            .pending(request.json(json!({ "user": { "id": winner } })).idempotent(false))
    }

    /// How many tickets and the like belong to a user.
    pub fn related(&self, user: UserId) -> Pending<Related> {
        self.client
            .pending(Request::one(Method::GET, format!("{}/related", at(user))))
    }

    /// How many users there are; of more than 100,000 counted once a day.
    pub fn count(&self) -> Pending<u64> {
        let request = Request::new(Method::GET, "/api/v2/users/count", |answer| answer.count());
        self.client.pending(request)
    }
}

/// How much belongs to a user.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
#[non_exhaustive]
pub struct Related {
    /// Tickets that the user works on.
    #[serde(default)]
    pub assigned_tickets: Option<u64>,
    /// Tickets that the user requested.
    #[serde(default)]
    pub requested_tickets: Option<u64>,
    /// Tickets of which the user gets copies.
    #[serde(default)]
    pub ccd_tickets: Option<u64>,
    /// Organizations that the user follows.
    #[serde(default)]
    pub organization_subscriptions: Option<u64>,
    /// What else Zendesk counts.
    #[serde(flatten)]
    pub more: serde_json::Map<String, Value>,
}

impl Resource for Related {
    const ONE: &'static str = "user_related";
    const MANY: &'static str = "user_related";
}

const UPDATE_MANY: &str = "/api/v2/users/update_many";

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::UserData;
    use crate::{Client, Credentials, UserId};

    #[test]
    fn requests() {
        let users = Client::builder("https://acme.zendesk.com", Credentials::bearer("t".into()))
            .build()
            .unwrap()
            .users();
        let ids = [UserId::new(1), UserId::new(2)];
        let vip = || UserData::new().user_field("vip", true);
        let alike = users.update_all(&ids, &vip());
        assert_eq!(alike.request().query_pairs(), [("ids".into(), "1,2".into())]);
        assert_eq!(
            alike.request().body().as_json(),
            Some(&json!({"user": {"user_fields": {"vip": true}}}))
        );
        let each = users.update_many(&[(ids[0], vip())]);
        assert_eq!(
            each.request().body().as_json(),
            Some(&json!({"users": [{"id": 1, "user_fields": {"vip": true}}]}))
        );
        assert!(!users.create_many(&[vip()]).request().is_idempotent());
        let known = vip().external_id("a");
        assert!(
            users
                .create_or_update_many(std::slice::from_ref(&known))
                .request()
                .is_idempotent()
        );
        assert!(!users.create_or_update_many(&[known, vip()]).request().is_idempotent());
        let merge = users.merge(ids[0], ids[1]);
        assert_eq!(
            (merge.request().method().as_str(), merge.request().path()),
            ("PUT", "/api/v2/users/1/merge")
        );
        assert_eq!(merge.request().body().as_json(), Some(&json!({"user": {"id": 2}})));
        assert!(!merge.request().is_idempotent());
        assert_eq!(
            users.destroy_many(&ids).request().query_pairs(),
            [("ids".into(), "1,2".into())]
        );
    }
}
