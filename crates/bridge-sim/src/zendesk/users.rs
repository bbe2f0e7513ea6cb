//! The endpoints about users.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::check::{Checked, Key, Kind};
use super::errors;
use super::identity::{IDENTITY, is_email};
use super::message::SimResponse;
use super::page::Items;
use super::state::{Ctx, Reply, State};
use super::ticket::clean_tags;
use super::user::{Role, User};

/// Keys of a user in a body, after `UserInput` and `UserUpdateInput` of the vendor's description.
pub(super) const USER: &[Key] = &[
    ("name", Kind::Text),
    ("email", Kind::Text),
    ("phone", Kind::TextOrNull),
    ("shared_phone_number", Kind::BoolOrNull),
    ("role", Kind::Text),
    ("external_id", Kind::TextOrNull),
    ("user_fields", Kind::ObjectOrNull),
    ("tags", Kind::TextsOrNull),
    ("identities", Kind::InnerList(IDENTITY)),
    ("suspended", Kind::BoolOrNull),
    ("verified", Kind::BoolOrNull),
    ("skip_verify_email", Kind::BoolOrNull),
    ("organization_ids", Kind::Any),
    ("agent_brand_ids", Kind::Ints),
    ("group_id", Kind::IntOrNull),
    ("default_group_id", Kind::IntOrNull),
    ("moderator", Kind::BoolOrNull),
    ("only_private_comments", Kind::BoolOrNull),
    ("language", Kind::TextOrNull),
    ("remote_photo_url", Kind::TextOrNull),
];
/// Further keys, which are kept and shown as they are.
pub(super) const USER_EXTRA: &[Key] = &[
    ("alias", Kind::TextOrNull),
    ("details", Kind::TextOrNull),
    ("notes", Kind::TextOrNull),
    ("signature", Kind::TextOrNull),
    ("locale", Kind::TextOrNull),
    ("locale_id", Kind::IntOrNull),
    ("organization_id", Kind::IntOrNull),
    ("custom_role_id", Kind::IntOrNull),
    ("ticket_restriction", Kind::TextOrNull),
    ("time_zone", Kind::TextOrNull),
];
/// Keys that only a creation takes.
pub(super) const USER_CREATE: &[Key] = &[
    ("group_ids", Kind::Ints),
    ("organization", Kind::Object),
    ("organization_name", Kind::TextOrNull),
    ("password", Kind::Text),
    ("active_brand_id", Kind::IntOrNull),
    ("separation", Kind::Object),
];
/// Keys that only an update takes.
pub(super) const USER_UPDATE: &[Key] = &[("photo", Kind::ObjectOrNull)];

impl State {
    pub(super) fn list_users(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        let roles = ctx.params.all("role");
        let external_id = ctx.params.get("external_id");
        let wanted = |user: &&User| {
            user.active
                && (roles.is_empty() || roles.contains(&user.role.as_str()))
                && external_id.is_none_or(|id| user.external_id.as_deref() == Some(id))
        };
        let items = self.user_items(self.users.values().filter(wanted));
        self.page(ctx, "users", items)
    }

    pub(super) fn show_user(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        self.user_reply(200, ctx.id(0))
    }

    pub(super) fn show_me(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        let Some(user) = self.users.get(&ctx.user) else {
            let mut nobody = self.user_json(&User::new(0, "Anonymous user".to_owned(), ctx.now));
            nobody["id"] = Value::Null;
            nobody["email"] = "invalid@example.com".into();
            return Ok(SimResponse::json(200, &json!({"user": nobody})));
        };
        let mut me = self.user_json(user);
        me["authenticity_token"] = "none".into();
        Ok(SimResponse::json(200, &json!({"user": me})))
    }

    pub(super) fn show_many_users(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        let (ids, external_ids) = (ctx.params.all("ids"), ctx.params.all("external_ids"));
        if ids.len() + external_ids.len() > 100 {
            return Err(errors::too_many_values());
        }
        if ids.is_empty() && external_ids.is_empty() {
            return Err(errors::missing("ids"));
        }
        let deleted = ctx.params.get("include_deleted") == Some("true");
        let by_id = ids.iter().filter_map(|id| self.users.get(&id.parse().ok()?));
        let by_external_id = external_ids
            .iter()
            .filter_map(|id| self.users.get(&self.user_by_external_id(id)?));
        let items = self.user_items(by_id.chain(by_external_id).filter(|user| user.active || deleted));
        let body = json!({"count": items.len(), "next_page": null, "previous_page": null, "users": rows(items)});
        Ok(SimResponse::json(200, &body))
    }

    pub(super) fn create_user(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        let asked = ctx.object("user", &[USER, USER_EXTRA, USER_CREATE])?;
        let id = self.insert_user(&asked, ctx.now)?;
        Ok(self
            .user_reply(201, id)?
            .with("location", self.url(&format!("users/{id}"))))
    }

    pub(super) fn create_or_update_user(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        let asked = ctx.object("user", &[USER, USER_EXTRA, USER_CREATE])?;
        let existing = self.user_meant(&asked)?;
        self.limit_user_update(ctx, existing)?;
        match existing {
            Some(id) => {
                self.change_user(id, &asked, ctx.now)?;
                self.user_reply(200, id)
            }
            None => {
                let id = self.insert_user(&asked, ctx.now)?;
                Ok(self
                    .user_reply(201, id)?
                    .with("location", self.url(&format!("users/{id}"))))
            }
        }
    }

    /// The user that a write by address or external id means, if there is one.
    pub(super) fn user_meant(&self, asked: &Checked) -> Result<Option<u64>, SimResponse> {
        let by_email = asked.text("email").and_then(|email| self.user_by_email(email));
        let by_external_id = asked.text("external_id").and_then(|id| self.user_by_external_id(id));
        match (by_email, by_external_id) {
            (Some(one), Some(other)) if one != other => {
                let email = asked.text("email").unwrap_or_default();
                let text = format!("Email: {email} is already being used by another user");
                Err(errors::invalid("email", &text, Some("DuplicateValue")))
            }
            (one, other) => Ok(one.or(other)),
        }
    }

    pub(super) fn update_user(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        let id = self.active_user(ctx.id(0))?;
        self.limit_user_update(ctx, Some(id))?;
        let asked = ctx.object("user", &[USER, USER_EXTRA, USER_UPDATE])?;
        self.change_user(id, &asked, ctx.now)?;
        self.user_reply(200, id)
    }

    pub(super) fn delete_user(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        self.delete_one_user(ctx.id(0), ctx.now)?;
        self.user_reply(200, ctx.id(0))
    }

    pub(super) fn delete_one_user(&mut self, id: u64, now: Timestamp) -> Result<(), SimResponse> {
        let id = self.active_user(id)?;
        let open = self
            .tickets
            .values()
            .filter(|ticket| ticket.requester == id && ticket.is_open())
            .count();
        if open > 0 {
            let text = format!("User is requester on {open} ticket(s) that are not closed.");
            return Err(errors::invalid("base", &text, None));
        }
        self.deactivate(id, None, now);
        Ok(())
    }

    pub(super) fn merge_user(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        let loser = self.active_user(ctx.id(0))?;
        let asked = ctx.object(
            "user",
            &[&[("id", Kind::Int), ("email", Kind::Text), ("password", Kind::Text)]],
        )?;
        let winner = asked
            .id("id")
            .or_else(|| self.user_by_email(asked.text("email")?))
            .unwrap_or_default();
        self.merge(loser, winner, ctx.now)?;
        self.user_reply(200, winner)
    }

    /// Identities and tickets go to the winner; the loser is deleted.
    pub(super) fn merge(&mut self, loser: u64, winner: u64, now: Timestamp) -> Result<(), SimResponse> {
        let (loser, winner) = (self.active_user(loser)?, self.active_user(winner)?);
        let end_user = |id: u64| self.users.get(&id).is_some_and(|user| user.role == Role::EndUser);
        if loser == winner || !end_user(loser) || !end_user(winner) {
            return Err(errors::invalid("base", "Users cannot be merged", Some("InvalidValue")));
        }
        for id in self
            .identities_of(loser)
            .into_iter()
            .map(|identity| identity.id)
            .collect::<Vec<_>>()
        {
            let kind = self
                .identities
                .get(&id)
                .map(|identity| identity.kind.clone())
                .unwrap_or_default();
            let has_one = self.identities_of(winner).into_iter().any(|other| other.kind == kind);
            self.identities.change(id, |identity| {
                identity.user = winner;
                identity.primary &= !has_one;
                identity.updated_at = now.max(identity.updated_at);
            });
        }
        let number = self.users.get(&loser).and_then(|user| user.phone.clone());
        if self.users.get(&winner).is_some_and(|user| user.phone.is_none()) {
            self.set_phone(winner, number, None, now);
        }
        for id in self.tickets.keys().copied().collect::<Vec<_>>() {
            self.move_requester(id, loser, winner, now);
        }
        self.deactivate(loser, Some(winner), now);
        self.touch_user(winner, now);
        Ok(())
    }

    /// Deleted users keep their record, but own nothing any more: their numbers and addresses are free again.
    pub(super) fn deactivate(&mut self, id: u64, merged_into: Option<u64>, now: Timestamp) {
        self.identities.remove_of(id);
        self.memberships.retain(|_, membership| membership.user != id);
        self.signed_in.remove(&id);
        if let Some(user) = self.users.get_mut(&id) {
            user.active = false;
            user.merged_into = merged_into;
        }
        self.touch_user(id, now);
    }

    /// A new user, if nothing speaks against it.
    pub(super) fn insert_user(&mut self, asked: &Checked, now: Timestamp) -> Result<u64, SimResponse> {
        if asked.text("name").is_none_or(|name| name.trim().is_empty()) {
            return Err(errors::invalid("name", "Name: cannot be blank", Some("BlankValue")));
        }
        self.check_user(None, asked)?;
        let id = self.fresh_id();
        self.users.insert(User::new(id, String::new(), now));
        if let Some(email) = asked.text("email") {
            self.insert_identity(id, "email", email, asked.flag("verified").unwrap_or(false), now);
        }
        self.apply_user(id, asked, now);
        Ok(id)
    }

    pub(super) fn change_user(&mut self, id: u64, asked: &Checked, now: Timestamp) -> Result<(), SimResponse> {
        if asked.text("name").is_some_and(|name| name.trim().is_empty()) {
            return Err(errors::invalid("name", "Name: cannot be blank", Some("BlankValue")));
        }
        self.check_user(Some(id), asked)?;
        // An address adds to those that are there; it does not replace the primary one.
        if let Some(email) = asked.text("email").filter(|email| self.user_by_email(email).is_none()) {
            self.insert_identity(id, "email", email, asked.flag("verified").unwrap_or(false), now);
        }
        self.apply_user(id, asked, now);
        Ok(())
    }

    fn check_user(&self, existing: Option<u64>, asked: &Checked) -> Result<(), SimResponse> {
        let duplicate = |field: &str, label: &str, value: &str| {
            let text = format!("{label}: {value} is already being used by another user");
            errors::invalid(field, &text, Some("DuplicateValue"))
        };
        if let Some(email) = asked.text("email") {
            if !is_email(email) {
                return Err(errors::invalid(
                    "email",
                    &format!("Email: {email} is not properly formatted"),
                    None,
                ));
            }
            if self.user_by_email(email).is_some_and(|owner| Some(owner) != existing) {
                return Err(duplicate("email", "Email", email));
            }
        }
        if let Some(external_id) = asked.text("external_id")
            && self
                .user_by_external_id(external_id)
                .is_some_and(|owner| Some(owner) != existing)
        {
            return Err(duplicate("external_id", "External", external_id));
        }
        if asked.text("role").is_some_and(|role| Role::read(role).is_none()) {
            return Err(errors::invalid("role", "Role: is invalid", Some("InvalidValue")));
        }
        let problem = asked
            .text("phone")
            .and_then(|number| self.phone_problem(existing, number, asked.flag("shared_phone_number")));
        if let Some(problem) = problem {
            return Err(problem);
        }
        for (kind, value) in identities(asked) {
            let own = self.owner(&kind, &value);
            let problem = self
                .identity_problem(&kind, &value)
                .filter(|_| own.is_none() || own != existing);
            if let Some(problem) = problem {
                return Err(problem);
            }
        }
        for (key, value) in asked.inner("user_fields").unwrap_or_default().entries() {
            if let Some(problem) = self.field_problem(key, value) {
                return Err(problem);
            }
        }
        Ok(())
    }

    /// Writes what was checked. Keys that are missing stay as they are; null clears.
    fn apply_user(&mut self, id: u64, asked: &Checked, now: Timestamp) {
        for (kind, value) in identities(asked) {
            if self.owner(&kind, &value).is_none() {
                self.insert_identity(id, &kind, &value, true, now);
            }
        }
        if asked.has("phone") {
            let number = asked.text("phone").map(str::to_owned);
            self.set_phone(id, number, asked.flag("shared_phone_number"), now);
        }
        let known: Vec<String> = self.user_fields.iter().map(|field| field.key.clone()).collect();
        if let Some(user) = self.users.get_mut(&id) {
            if let Some(name) = asked.text("name") {
                user.name = name.to_owned();
            }
            if let Some(role) = asked.text("role").and_then(Role::read) {
                user.role = role;
            }
            if let Some(external_id) = asked.text_or_null("external_id") {
                user.external_id = external_id;
            }
            user.suspended = asked.flag("suspended").unwrap_or(user.suspended);
            user.verified = asked.flag("verified").unwrap_or(user.verified);
            if let Some(tags) = asked.texts("tags") {
                user.tags = clean_tags(tags);
            }
            for (key, value) in asked.inner("user_fields").unwrap_or_default().entries() {
                // A field that does not exist is dropped without a word.
                if known.contains(key) {
                    user.fields.insert(key.clone(), value.clone());
                }
            }
            for (key, _) in USER_EXTRA {
                if let Some(value) = asked.value(key) {
                    user.extra.insert((*key).to_owned(), value.clone());
                }
            }
        }
        self.touch_user(id, now);
    }

    /// Writes to a deleted user find nothing.
    pub(super) fn active_user(&self, id: u64) -> Result<u64, SimResponse> {
        self.users
            .get(&id)
            .filter(|user| user.active)
            .map(|user| user.id)
            .ok_or_else(errors::not_found)
    }

    fn user_reply(&self, status: u16, id: u64) -> Reply {
        let user = self.users.get(&id).ok_or_else(errors::not_found)?;
        Ok(SimResponse::json(status, &json!({"user": self.user_json(user)})))
    }

    pub(super) fn user_items<'a>(&'a self, users: impl Iterator<Item = &'a User>) -> Items {
        users.map(|user| (user.id, self.user_json(user))).collect()
    }
}

pub(super) fn rows(items: Items) -> Vec<Value> {
    items.into_iter().map(|(_, row)| row).collect()
}

/// Type and value of each identity in a body.
fn identities(asked: &Checked) -> Vec<(String, String)> {
    let list = asked
        .value("identities")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let text = |item: &Value, key: &str| item.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    list.iter()
        .map(|item| (text(item, "type"), text(item, "value")))
        .collect()
}
