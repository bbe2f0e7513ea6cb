//! Groups, and who is in them.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::errors;
use super::message::SimResponse;
use super::page::Items;
use super::state::{Ctx, Reply, State};
use super::user::Role;

/// A group of agents.
#[derive(Clone)]
pub(super) struct Group {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) description: String,
    pub(super) default: bool,
    pub(super) deleted: bool,
    pub(super) created_at: Timestamp,
}

/// That an agent is in a group.
#[derive(Clone)]
pub(super) struct Membership {
    pub(super) id: u64,
    pub(super) user: u64,
    pub(super) group: u64,
    pub(super) default: bool,
    pub(super) created_at: Timestamp,
}

impl State {
    /// A group; the first one is the account's default.
    pub fn add_group(&mut self, id: u64, name: &str, now: Timestamp) {
        let default = self.groups.is_empty();
        let group = Group {
            id,
            name: name.to_owned(),
            description: String::new(),
            default,
            deleted: false,
            created_at: super::state::whole_seconds(now),
        };
        self.groups.insert(id, group);
    }

    /// Deletes a group: it can still be asked for by its id.
    pub fn delete_group(&mut self, id: u64) {
        if let Some(group) = self.groups.get_mut(&id) {
            group.deleted = true;
        }
        self.memberships.retain(|_, membership| membership.group != id);
    }

    /// An agent is in these groups from now on, and in no others. The first one is his default.
    pub fn set_memberships(&mut self, agent: u64, groups: &[u64], now: Timestamp) {
        self.memberships.retain(|_, membership| membership.user != agent);
        for (place, &group) in groups.iter().enumerate() {
            let id = self.fresh_id();
            let created_at = super::state::whole_seconds(now);
            let membership = Membership {
                id,
                user: agent,
                group,
                default: place == 0,
                created_at,
            };
            self.memberships.insert(id, membership);
        }
    }

    pub(super) fn is_member(&self, agent: u64, group: u64) -> bool {
        self.memberships
            .values()
            .any(|membership| membership.user == agent && membership.group == group)
    }

    /// The group that a ticket gets if only the assignee is told.
    pub(super) fn default_group(&self, agent: u64) -> Option<u64> {
        let of_agent = || self.memberships.values().filter(|membership| membership.user == agent);
        of_agent()
            .find(|membership| membership.default)
            .or_else(|| of_agent().next())
            .map(|membership| membership.group)
    }

    pub(super) fn list_groups(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        let hide = ctx.params.get("exclude_deleted") == Some("true") || ctx.request.path.contains("assignable");
        let groups = self.groups.values().filter(|group| !(hide && group.deleted));
        let items: Items = groups.map(|group| (group.id, self.group_json(group))).collect();
        self.page(ctx, "groups", items)
    }

    pub(super) fn show_group(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        let group = self.groups.get(&ctx.id(0)).ok_or_else(errors::not_found)?;
        Ok(SimResponse::json(200, &json!({"group": self.group_json(group)})))
    }

    pub(super) fn list_memberships(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        self.memberships_where(ctx, |_| true)
    }

    pub(super) fn list_memberships_of_user(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        let user = ctx.id(0);
        self.users.get(&user).ok_or_else(errors::not_found)?;
        self.memberships_where(ctx, |membership| membership.user == user)
    }

    pub(super) fn list_memberships_of_group(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        let group = ctx.id(0);
        self.groups.get(&group).ok_or_else(errors::not_found)?;
        self.memberships_where(ctx, |membership| membership.group == group)
    }

    fn memberships_where(&self, ctx: &Ctx<'_>, wanted: impl Fn(&Membership) -> bool) -> Reply {
        let found = self.memberships.values().filter(|membership| wanted(membership));
        let items: Items = found
            .map(|membership| (membership.id, self.membership_json(membership)))
            .collect();
        self.page(ctx, "group_memberships", items)
    }

    pub(super) fn group_json(&self, group: &Group) -> Value {
        let at = group.created_at.to_string();
        json!({
            "url": self.url(&format!("groups/{}", group.id)),
            "id": group.id,
            "is_public": true,
            "name": group.name,
            "description": group.description,
            "default": group.default,
            "deleted": group.deleted,
            "created_at": at,
            "updated_at": at,
        })
    }

    pub(super) fn membership_json(&self, membership: &Membership) -> Value {
        let at = membership.created_at.to_string();
        json!({
            "url": self.url(&format!("group_memberships/{}", membership.id)),
            "id": membership.id,
            "user_id": membership.user,
            "group_id": membership.group,
            "default": membership.default,
            "created_at": at,
            "updated_at": at,
        })
    }

    /// Whether this user may be given tickets.
    pub(super) fn is_agent(&self, user: u64) -> bool {
        self.users
            .get(&user)
            .is_some_and(|user| user.active && user.role != Role::EndUser)
    }
}
