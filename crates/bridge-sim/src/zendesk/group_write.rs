//! Groups and memberships, written through the API.

use serde_json::json;

use super::check::{Key, Kind};
use super::errors;
use super::group::{Group, Membership};
use super::message::SimResponse;
use super::page::Items;
use super::state::{Ctx, Reply, State};

const GROUP: &[Key] = &[
    ("name", Kind::Text),
    ("description", Kind::TextOrNull),
    ("is_public", Kind::Bool),
    ("default", Kind::Bool),
];
const MEMBERSHIP: &[Key] = &[
    ("user_id", Kind::Int),
    ("group_id", Kind::Int),
    ("default", Kind::BoolOrNull),
];

impl State {
    pub(super) fn create_group(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        let asked = ctx.object("group", &[GROUP])?;
        let name = asked.text("name").unwrap_or_default();
        if name.trim().is_empty() {
            return Err(errors::invalid("name", "Name: cannot be blank", Some("BlankValue")));
        }
        let id = self.fresh_id();
        self.add_group(id, name, ctx.now);
        if let (Some(group), Some(text)) = (self.groups.get_mut(&id), asked.text("description")) {
            text.clone_into(&mut group.description);
        }
        let location = self.url(&format!("groups/{id}"));
        Ok(self.group_reply(201, id)?.with("location", location))
    }

    pub(super) fn update_group(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        let id = self.live_group(ctx.id(0))?.id;
        let asked = ctx.object("group", &[GROUP])?;
        if asked.text("name").is_some_and(|name| name.trim().is_empty()) {
            return Err(errors::invalid("name", "Name: cannot be blank", Some("BlankValue")));
        }
        if let Some(group) = self.groups.get_mut(&id) {
            if let Some(name) = asked.text("name") {
                name.clone_into(&mut group.name);
            }
            if let Some(text) = asked.text_or_null("description") {
                group.description = text.unwrap_or_default();
            }
        }
        self.group_reply(200, id)
    }

    pub(super) fn remove_group(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        let id = self.live_group(ctx.id(0))?.id;
        self.delete_group(id);
        Ok(SimResponse::empty(204))
    }

    pub(super) fn show_membership(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        self.membership_reply(200, ctx.id(0))
    }

    pub(super) fn create_membership(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        let asked = ctx.object("group_membership", &[MEMBERSHIP])?;
        let (user, group) = (
            asked.id("user_id").unwrap_or_default(),
            asked.id("group_id").unwrap_or_default(),
        );
        if !self.is_agent(user) {
            return Err(errors::invalid("user", "User: must be an agent", Some("InvalidValue")));
        }
        if self.live_group(group).is_err() {
            return Err(errors::invalid("group", "Group: is invalid", Some("InvalidValue")));
        }
        if self.is_member(user, group) {
            let text = "User: has already been taken";
            return Err(errors::invalid("user_id", text, Some("DuplicateValue")));
        }
        let id = self.fresh_id();
        let default = asked.flag("default").unwrap_or(false) || self.default_group(user).is_none();
        if default {
            self.no_default(user);
        }
        let created_at = ctx.now;
        let made = Membership {
            id,
            user,
            group,
            default,
            created_at,
        };
        self.memberships.insert(id, made);
        let location = self.url(&format!("group_memberships/{id}"));
        Ok(self.membership_reply(201, id)?.with("location", location))
    }

    pub(super) fn delete_membership(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        self.memberships.remove(&ctx.id(0)).ok_or_else(errors::not_found)?;
        Ok(SimResponse::empty(204))
    }

    pub(super) fn make_membership_default(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        let (user, id) = (ctx.id(0), ctx.id(1));
        if self
            .memberships
            .get(&id)
            .is_none_or(|membership| membership.user != user)
        {
            return Err(errors::not_found());
        }
        self.no_default(user);
        if let Some(membership) = self.memberships.get_mut(&id) {
            membership.default = true;
        }
        self.list_memberships_of_user(ctx)
    }

    pub(super) fn list_groups_of_user(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        let user = ctx.id(0);
        self.users.get(&user).ok_or_else(errors::not_found)?;
        let groups = self.groups.values().filter(|group| self.is_member(user, group.id));
        let items: Items = groups.map(|group| (group.id, self.group_json(group))).collect();
        self.page(ctx, "groups", items)
    }

    pub(super) fn list_users_of_group(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        let group = ctx.id(0);
        self.groups.get(&group).ok_or_else(errors::not_found)?;
        let users = self.users.values().filter(|user| self.is_member(user.id, group));
        self.page(ctx, "users", self.user_items(users))
    }

    fn no_default(&mut self, user: u64) {
        let own = self
            .memberships
            .values_mut()
            .filter(|membership| membership.user == user);
        own.for_each(|membership| membership.default = false);
    }

    fn live_group(&self, id: u64) -> Result<&Group, SimResponse> {
        let group = self.groups.get(&id).filter(|group| !group.deleted);
        group.ok_or_else(errors::not_found)
    }

    fn group_reply(&self, status: u16, id: u64) -> Reply {
        let group = self.groups.get(&id).ok_or_else(errors::not_found)?;
        Ok(SimResponse::json(status, &json!({"group": self.group_json(group)})))
    }

    fn membership_reply(&self, status: u16, id: u64) -> Reply {
        let membership = self.memberships.get(&id).ok_or_else(errors::not_found)?;
        let body = json!({"group_membership": self.membership_json(membership)});
        Ok(SimResponse::json(status, &body))
    }
}
