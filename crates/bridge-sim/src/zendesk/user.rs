//! A user: the record, how it looks on the wire, and how it comes into being.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::index::Doc;
use super::state::{State, whole_seconds};

/// What a user is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// A customer.
    EndUser,
    /// An agent.
    Agent,
    /// An agent who may do everything.
    Admin,
}

impl Role {
    /// As the API writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EndUser => "end-user",
            Self::Agent => "agent",
            Self::Admin => "admin",
        }
    }

    pub(super) fn read(text: &str) -> Option<Self> {
        [Self::EndUser, Self::Agent, Self::Admin]
            .into_iter()
            .find(|role| role.as_str() == text)
    }
}

/// A user as the account keeps him. E-mail addresses and direct lines are identities.
#[derive(Clone)]
pub(super) struct User {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) role: Role,
    pub(super) phone: Option<String>,
    pub(super) shared_phone: Option<bool>,
    pub(super) external_id: Option<String>,
    pub(super) active: bool,
    pub(super) suspended: bool,
    pub(super) verified: bool,
    pub(super) merged_into: Option<u64>,
    pub(super) tags: Vec<String>,
    pub(super) fields: BTreeMap<String, Value>,
    /// Keys that are kept and shown, but mean nothing here: notes, details, alias, organisation …
    pub(super) extra: Map<String, Value>,
    pub(super) created_at: Timestamp,
    /// Set by [`Users::stamp`](super::people::Users::stamp).
    pub(super) updated_at: Timestamp,
}

/// A user to be set up from outside of the API.
#[derive(Clone, Debug, Default)]
pub struct NewUser {
    /// The id; `None`: a fresh one.
    pub id: Option<u64>,
    /// The name.
    pub name: String,
    /// An end user if `None`.
    pub role: Option<Role>,
    /// The primary e-mail address.
    pub email: Option<String>,
    /// The profile's number. It becomes a direct line too, unless somebody else has it or `shared` says otherwise.
    pub phone: Option<String>,
    /// The number is shared: no direct line.
    pub shared: bool,
    /// Further direct lines.
    pub identities: Vec<String>,
    /// User fields by key; a key that does not exist is set up as a text field.
    pub fields: Vec<(String, String)>,
    /// The caller's own id.
    pub external_id: Option<String>,
    /// Suspended users' tickets go into a queue of their own.
    pub suspended: bool,
}

impl State {
    /// Sets up a user; the search index knows him at once. A user of the same id is replaced.
    pub fn add_user(&mut self, new: NewUser, now: Timestamp) -> u64 {
        let now = whole_seconds(now);
        let id = new.id.unwrap_or_else(|| self.fresh_id());
        self.identities.remove_of(id);
        let mut user = User::new(id, new.name, now);
        user.role = new.role.unwrap_or(Role::EndUser);
        user.external_id = new.external_id;
        user.suspended = new.suspended;
        user.verified = true;
        for (key, value) in new.fields {
            if !self.user_fields.iter().any(|field| field.key == key) {
                self.add_user_field(&key, "text", now);
            }
            user.fields.insert(key, value.into());
        }
        self.users.insert(user);
        if let Some(email) = new.email {
            self.insert_identity(id, "email", &email, true, now);
        }
        match new.phone {
            Some(phone) if new.shared => self.set_phone(id, Some(phone), Some(true), now),
            phone => self.set_phone(id, phone, None, now),
        }
        for line in &new.identities {
            self.insert_identity(id, "phone_number", line, true, now);
        }
        let doc = self.doc(id);
        self.index.write(id, doc, now, std::time::Duration::ZERO);
        id
    }

    /// An agent, signed in, in these groups.
    pub fn add_agent(&mut self, id: u64, name: &str, email: &str, groups: &[u64], now: Timestamp) {
        let new = NewUser {
            id: Some(id),
            name: name.to_owned(),
            role: Some(Role::Agent),
            email: Some(email.to_owned()),
            ..NewUser::default()
        };
        self.add_user(new, now);
        self.set_memberships(id, groups, now);
        self.sign_in(id);
    }

    /// The active user with this e-mail address, primary or not.
    pub(super) fn user_by_email(&self, email: &str) -> Option<u64> {
        self.owner("email", email)
    }

    /// The active user with this external id; case does not count.
    pub(super) fn user_by_external_id(&self, external_id: &str) -> Option<u64> {
        let fits = |user: &&User| {
            user.active
                && user
                    .external_id
                    .as_deref()
                    .is_some_and(|id| id.to_lowercase() == external_id.to_lowercase())
        };
        self.users.values().find(fits).map(|user| user.id)
    }

    /// A write to the user, or to one of his identities, has happened.
    pub(super) fn touch_user(&mut self, id: u64, now: Timestamp) {
        if let Some(before) = self.users.get(&id).map(|user| user.updated_at) {
            let stamp = self.stamp(before, now);
            self.users.stamp(id, stamp);
            let doc = self.doc(id);
            self.index.write(id, doc, now, self.switches.index_delay);
        }
    }

    /// What the index is to know of a user; nothing of one that is deleted.
    fn doc(&self, id: u64) -> Option<Doc> {
        let user = self.users.get(&id).filter(|user| user.active)?;
        let of_kind = |kind: &str| -> Vec<String> {
            let own = self.identities.of(id).filter(|identity| identity.kind == kind);
            own.map(|identity| identity.value.clone()).collect()
        };
        let mut phones = of_kind("phone_number");
        if !self.switches.search_finds_identities {
            phones.retain(|number| user.phone.as_ref() == Some(number));
        }
        let findable = user.shared_phone != Some(true) || self.switches.search_finds_shared;
        phones.extend(user.phone.clone().filter(|phone| findable && !phones.contains(phone)));
        let text = |key: &str| user.extra.get(key).and_then(Value::as_str).map(str::to_owned);
        Some(Doc {
            role: user.role.as_str(),
            suspended: user.suspended,
            external_id: user.external_id.clone(),
            emails: of_kind("email"),
            phones,
            texts: [Some(user.name.clone()), text("notes"), text("details")]
                .into_iter()
                .flatten()
                .collect(),
            tags: user.tags.clone(),
            fields: user
                .fields
                .iter()
                .filter_map(|(key, value)| Some((key.clone(), plain(value)?)))
                .collect(),
        })
    }

    /// A user as the API shows him to agents.
    pub(super) fn user_json(&self, user: &User) -> Value {
        let emails = self.identities_of(user.id);
        let email = emails
            .iter()
            .find(|identity| identity.kind == "email" && identity.primary);
        let staff = user.role != Role::EndUser;
        let fields: Map<String, Value> = self
            .user_fields
            .iter()
            .map(|field| {
                let empty = if field.kind == "checkbox" {
                    Value::Bool(false)
                } else {
                    Value::Null
                };
                (field.key.clone(), user.fields.get(&field.key).cloned().unwrap_or(empty))
            })
            .collect();
        let extra = |key: &str| user.extra.get(key).cloned().unwrap_or(Value::Null);
        let or = |key: &str, otherwise: Value| Some(extra(key)).filter(|value| !value.is_null()).unwrap_or(otherwise);
        let restriction = if staff { Value::Null } else { "requested".into() };
        json!({
            "id": user.id,
            "url": self.url(&format!("users/{}", user.id)),
            "name": user.name,
            "email": email.map(|identity| identity.value.clone()),
            "created_at": user.created_at.to_string(),
            "updated_at": user.updated_at.to_string(),
            "time_zone": or("time_zone", "Berlin".into()),
            "iana_time_zone": "Europe/Berlin",
            "phone": user.phone,
            "shared_phone_number": user.shared_phone,
            "photo": null,
            "locale_id": or("locale_id", 1.into()),
            "locale": or("locale", "en-US".into()),
            "organization_id": extra("organization_id"),
            "role": user.role.as_str(),
            "verified": user.verified,
            "external_id": user.external_id,
            "tags": user.tags,
            "alias": extra("alias"),
            "active": user.active,
            "shared": false,
            "shared_agent": false,
            "last_login_at": staff.then(|| user.created_at.to_string()),
            "two_factor_auth_enabled": false,
            "signature": extra("signature"),
            "details": extra("details"),
            "notes": extra("notes"),
            "role_type": (user.role == Role::Admin).then_some(4),
            "custom_role_id": extra("custom_role_id"),
            "moderator": staff,
            "ticket_restriction": or("ticket_restriction", restriction),
            "only_private_comments": false,
            "restricted_agent": !staff,
            "suspended": user.suspended,
            "default_group_id": self.default_group(user.id),
            "report_csv": user.role == Role::Admin,
            "user_fields": fields,
        })
    }
}

impl User {
    pub(super) fn new(id: u64, name: String, now: Timestamp) -> Self {
        Self {
            id,
            name,
            role: Role::EndUser,
            phone: None,
            shared_phone: None,
            external_id: None,
            active: true,
            suspended: false,
            verified: false,
            merged_into: None,
            tags: Vec::new(),
            fields: BTreeMap::new(),
            extra: Map::new(),
            created_at: now,
            updated_at: now,
        }
    }
}

/// A field's value as text, if it has one.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Null | Value::Array(_) | Value::Object(_) => None,
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
    }
}
