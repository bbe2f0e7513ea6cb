//! E-mail addresses, direct lines and other identities of users; and the profile's number, which goes with them.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::check::{Key, Kind};
use super::errors;
use super::message::SimResponse;
use super::page::Items;
use super::state::{Ctx, Reply, State};
use super::switch_kinds::TakenNumber;

/// By what a user can be known. Type and value are unique in the account; who is deleted has none.
#[derive(Clone)]
pub(super) struct Identity {
    pub(super) id: u64,
    pub(super) user: u64,
    pub(super) kind: String,
    pub(super) value: String,
    pub(super) verified: bool,
    /// The first one of its type.
    pub(super) primary: bool,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
}

const TYPES: &[&str] = &[
    "email",
    "twitter",
    "facebook",
    "google",
    "phone_number",
    "agent_forwarding",
    "any_channel",
    "foreign",
    "sdk",
    "messaging",
];

/// Keys of an identity in a body.
pub(super) const IDENTITY: &[Key] = &[
    ("type", Kind::Word(TYPES)),
    ("value", Kind::Text),
    ("verified", Kind::Bool),
    ("primary", Kind::Bool),
    (
        "verification_method",
        Kind::Word(&["none", "low", "sso", "embed", "full"]),
    ),
    ("skip_verify_email", Kind::Bool),
];

impl State {
    /// Sets the profile's number, as text and without a look at its spelling.
    ///
    /// A number that nobody has becomes a direct line as well (the old one stays). Somebody else's direct line can
    /// only be shared: it stands in the profile, but is no identity.
    pub(super) fn set_phone(&mut self, user: u64, number: Option<String>, shared: Option<bool>, now: Timestamp) {
        let number = number.filter(|number| !number.trim().is_empty());
        let owner = number.as_deref().and_then(|number| self.owner("phone_number", number));
        let is_shared = shared == Some(true) || owner.is_some_and(|owner| owner != user);
        let joins = !is_shared && owner.is_none() && self.switches.phone_adds_identity;
        if let Some(number) = number.as_deref().filter(|_| joins) {
            self.insert_identity(user, "phone_number", number, true, now);
        }
        if let Some(user) = self.users.get_mut(&user) {
            user.shared_phone = number.is_some().then_some(is_shared);
            user.phone = number;
        }
    }

    /// What is wrong with a number for a profile, if anything.
    pub(super) fn phone_problem(&self, user: Option<u64>, number: &str, shared: Option<bool>) -> Option<SimResponse> {
        if number.trim().is_empty() {
            return None;
        }
        if self.switches.validate_phones && !is_e164(number) {
            let text = format!("Phone: {number} is not properly formatted");
            return Some(errors::invalid_single("phone", &text, "InvalidFormat"));
        }
        let taken = self
            .owner("phone_number", number)
            .is_some_and(|owner| Some(owner) != user);
        let text = || format!("Phone: {number} is already being used by another user");
        let refused = shared == Some(false) || self.switches.taken_number == TakenNumber::Refused;
        (taken && refused).then(|| errors::invalid("phone", &text(), Some("DuplicateValue")))
    }

    /// Who has this identity.
    pub(super) fn owner(&self, kind: &str, value: &str) -> Option<u64> {
        self.identities.find(kind, value).map(|identity| identity.user)
    }

    /// A further identity; the first one of its type is the primary one.
    pub(super) fn insert_identity(
        &mut self,
        user: u64,
        kind: &str,
        value: &str,
        verified: bool,
        now: Timestamp,
    ) -> u64 {
        let primary = !self.identities.of(user).any(|identity| identity.kind == kind);
        let id = self.fresh_id();
        let identity = Identity {
            id,
            user,
            kind: kind.to_owned(),
            value: value.to_owned(),
            verified,
            primary,
            created_at: now,
            updated_at: now,
        };
        self.identities.insert(identity);
        id
    }

    /// A user's identities, primary ones first.
    pub(super) fn identities_of(&self, user: u64) -> Vec<&Identity> {
        let mut own: Vec<_> = self.identities.of(user).collect();
        own.sort_by_key(|identity| (!identity.primary, identity.id));
        own
    }

    /// Checks an identity that is to be added, by itself and against the account.
    pub(super) fn identity_problem(&self, kind: &str, value: &str) -> Option<SimResponse> {
        if value.trim().is_empty() {
            return Some(errors::invalid("value", "Value: cannot be blank", Some("BlankValue")));
        }
        if kind == "email" && !is_email(value) {
            return Some(errors::invalid(
                "value",
                &format!("Value: {value} is not properly formatted"),
                None,
            ));
        }
        if kind == "phone_number" && self.switches.validate_phones && !is_e164(value) {
            let text = format!("Value: {value} is not properly formatted");
            return Some(errors::invalid("value", &text, Some("InvalidFormat")));
        }
        let text = || format!("Value: {value} is already being used by another user");
        self.owner(kind, value)
            .filter(|_| self.switches.identities_are_unique)
            .map(|_| errors::invalid("value", &text(), Some("DuplicateValue")))
    }

    pub(super) fn list_identities(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        let user = self.users.get(&ctx.id(0)).ok_or_else(errors::not_found)?.id;
        let kinds = ctx.params.all("type");
        let mut found = self.identities_of(user);
        found.retain(|identity| kinds.is_empty() || kinds.contains(&identity.kind.as_str()));
        let items: Items = found
            .into_iter()
            .map(|identity| (identity.id, self.identity_json(identity)))
            .collect();
        self.page(ctx, "identities", items)
    }

    pub(super) fn show_identity(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        let identity = self.identity_of(ctx)?;
        Ok(SimResponse::json(
            200,
            &json!({"identity": self.identity_json(identity)}),
        ))
    }

    pub(super) fn create_identity(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        let user = self
            .users
            .get(&ctx.id(0))
            .filter(|user| user.active)
            .ok_or_else(errors::not_found)?
            .id;
        let asked = ctx.object("identity", &[IDENTITY])?;
        let Some(kind) = asked.text("type") else {
            return Err(errors::invalid("type", "Type: cannot be blank", Some("BlankValue")));
        };
        let value = asked.text("value").unwrap_or_default();
        if let Some(problem) = self.identity_problem(kind, value) {
            return Err(problem);
        }
        let id = self.insert_identity(
            user,
            kind,
            value,
            asked.flag("verified").unwrap_or(kind == "phone_number"),
            ctx.now,
        );
        if asked.flag("primary") == Some(true) {
            self.make_primary(id, ctx.now);
        }
        let has_phone = self.users.get(&user).is_some_and(|user| user.phone.is_some());
        if kind == "phone_number" && self.switches.identity_fills_phone && !has_phone {
            self.set_phone(user, Some(value.to_owned()), None, ctx.now);
        }
        self.touch_user(user, ctx.now);
        let identity = self.identities.get(&id).ok_or_else(errors::not_found)?;
        let location = self.url(&format!("users/{user}/identities/{id}"));
        Ok(SimResponse::json(201, &json!({"identity": self.identity_json(identity)})).with("location", location))
    }

    pub(super) fn update_identity(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        let before = self.identity_of(ctx)?.clone();
        // Which identity is the primary one, and its type, cannot be changed here.
        let table: Vec<Key> = IDENTITY
            .iter()
            .copied()
            .filter(|(key, _)| !matches!(*key, "primary" | "type"))
            .collect();
        let asked = ctx.object("identity", &[&table])?;
        let value = asked.text("value").unwrap_or(&before.value).to_owned();
        let problem = self.identity_problem(&before.kind, &value);
        if let Some(problem) = problem.filter(|_| value != before.value) {
            return Err(problem);
        }
        let stamp = self.stamp(before.updated_at, ctx.now);
        self.identities.change(before.id, |identity| {
            identity.value = value;
            identity.verified = asked.flag("verified").unwrap_or(identity.verified);
            identity.updated_at = stamp;
        });
        self.touch_user(before.user, ctx.now);
        self.show_identity(ctx)
    }

    pub(super) fn delete_identity(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        let identity = self.identity_of(ctx)?.clone();
        self.identities.remove(identity.id);
        if identity.primary {
            let next = self
                .identities_of(identity.user)
                .into_iter()
                .find(|other| other.kind == identity.kind);
            if let Some(next) = next.map(|next| next.id) {
                self.make_primary(next, ctx.now);
            }
        }
        // The profile goes on showing a number whose identity is gone, until it is cleared there, too.
        self.touch_user(identity.user, ctx.now);
        Ok(SimResponse::empty(204))
    }

    pub(super) fn verify_identity(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        let (id, user) = (self.identity_of(ctx)?.id, ctx.id(0));
        self.identities.change(id, |identity| {
            identity.verified = true;
            identity.updated_at = ctx.now;
        });
        self.touch_user(user, ctx.now);
        self.show_identity(ctx)
    }

    /// The mail is not sent to anybody.
    pub(super) fn request_verification(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        self.identity_of(ctx)?;
        Ok(SimResponse::json(200, &json!("")))
    }

    pub(super) fn make_identity_primary(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        let identity = self.identity_of(ctx)?.clone();
        self.make_primary(identity.id, ctx.now);
        if identity.kind == "phone_number" {
            self.set_phone(identity.user, Some(identity.value), None, ctx.now);
        }
        self.touch_user(identity.user, ctx.now);
        let items: Items = self
            .identities_of(identity.user)
            .into_iter()
            .map(|identity| (identity.id, self.identity_json(identity)))
            .collect();
        self.page(ctx, "identities", items)
    }

    fn make_primary(&mut self, id: u64, now: Timestamp) {
        let Some((user, kind)) = self
            .identities
            .get(&id)
            .map(|identity| (identity.user, identity.kind.clone()))
        else {
            return;
        };
        let same = self.identities.of(user).filter(|other| other.kind == kind);
        for other in same.map(|other| other.id).collect::<Vec<_>>() {
            self.identities.change(other, |identity| {
                identity.primary = identity.id == id;
                identity.updated_at = now.max(identity.updated_at);
            });
        }
    }

    fn identity_of(&self, ctx: &Ctx<'_>) -> Result<&Identity, SimResponse> {
        let identity = self
            .identities
            .get(&ctx.id(1))
            .filter(|identity| identity.user == ctx.id(0));
        identity.ok_or_else(errors::not_found)
    }

    pub(super) fn identity_json(&self, identity: &Identity) -> Value {
        let mut json = json!({
            "url": self.url(&format!("users/{}/identities/{}", identity.user, identity.id)),
            "id": identity.id,
            "user_id": identity.user,
            "type": identity.kind,
            "value": identity.value,
            "verified": identity.verified,
            "primary": identity.primary,
            "created_at": identity.created_at.to_string(),
            "updated_at": identity.updated_at.to_string(),
        });
        if identity.kind == "email" {
            json["undeliverable_count"] = 0.into();
            json["deliverable_state"] = "deliverable".into();
        }
        json
    }
}

pub(super) fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(local, host)| {
        !local.is_empty() && host.contains('.') && !text.contains(char::is_whitespace) && !host.contains('@')
    })
}

/// `+` and digits, and perhaps an extension: `+14155551212x123`.
fn is_e164(text: &str) -> bool {
    let (number, extension) = text.split_once('x').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    number
        .strip_prefix('+')
        .is_some_and(|number| digits(number) && (7..=15).contains(&number.len()))
        && digits(extension)
}
