//! What is written to a user.

use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value};

use super::Role;
use crate::id::{GroupId, OrganizationId};

/// What to write to a user: only what is set here is sent. `Debug` shows names of fields and no values.
///
/// ```
/// use zendesk_client::users::UserData;
/// let caller = UserData::new().name("Caller +49 721 …").external_id("tel:+49721123456").phone("+49721123456");
/// ```
#[derive(Clone, PartialEq, Default, Serialize)]
#[serde(transparent)]
pub struct UserData(Map<String, Value>);

impl UserData {
    /// Nothing to write yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The name; a new user must have one.
    #[must_use]
    pub fn name(self, name: impl Into<String>) -> Self {
        self.set("name", name.into())
    }

    /// The e-mail address.
    #[must_use]
    pub fn email(self, email: impl Into<String>) -> Self {
        self.set("email", email.into())
    }

    /// The phone number, best in E.164: Zendesk stores what it gets. An empty one clears it.
    #[must_use]
    pub fn phone(self, phone: impl Into<String>) -> Self {
        self.set("phone", phone.into())
    }

    /// The id in another system, unique in the account.
    #[must_use]
    pub fn external_id(self, id: impl Into<String>) -> Self {
        self.set("external_id", id.into())
    }

    /// The role; an end user if it is not set.
    #[must_use]
    pub fn role(self, role: Role) -> Self {
        self.set("role", role.as_str())
    }

    /// Whether the user counts as verified. Zendesk then sends no verification mail.
    #[must_use]
    pub fn verified(self, verified: bool) -> Self {
        self.set("verified", verified)
    }

    /// Asks Zendesk not to send a verification mail.
    #[must_use]
    pub fn skip_verify_email(self, skip: bool) -> Self {
        self.set("skip_verify_email", skip)
    }

    /// Notes for agents.
    #[must_use]
    pub fn notes(self, notes: impl Into<String>) -> Self {
        self.set("notes", notes.into())
    }

    /// The tags, all of them: those that stand there are replaced.
    #[must_use]
    pub fn tags(self, tags: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.set(
            "tags",
            tags.into_iter()
                .map(|tag| Value::String(tag.into()))
                .collect::<Vec<_>>(),
        )
    }

    /// The organization.
    #[must_use]
    pub fn organization(self, organization: OrganizationId) -> Self {
        self.set("organization_id", organization.get())
    }

    /// The group of an agent's tickets where none is named.
    #[must_use]
    pub fn default_group(self, group: GroupId) -> Self {
        self.set("default_group_id", group.get())
    }

    /// A custom field by its key; null clears it. Zendesk drops keys that it does not know.
    #[must_use]
    pub fn user_field(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        let fields = self.0.entry("user_fields").or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(fields) = fields {
            fields.insert(key.into(), value.into());
        }
        self
    }

    /// Anything else, by Zendesk's name for it; null clears it.
    #[must_use]
    pub fn set(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.0.insert(key.into(), value.into());
        self
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.0
            .get(key)
            .and_then(Value::as_str)
            .is_some_and(|text| !text.is_empty())
    }
}

impl fmt::Debug for UserData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("UserData")
            .field(&self.0.keys().collect::<Vec<_>>())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::UserData;

    #[test]
    fn only_what_is_set_is_written_and_nothing_is_shown() {
        let data = UserData::new()
            .name("Karla Kunde")
            .tags(["a", "b"])
            .user_field("phone_2", "+49721")
            .user_field("vip", true);
        let wanted =
            json!({"name": "Karla Kunde", "tags": ["a", "b"], "user_fields": {"phone_2": "+49721", "vip": true}});
        assert_eq!(serde_json::to_value(&data).unwrap(), wanted);
        let shown = format!("{data:?}");
        assert!(
            shown.contains("name") && !shown.contains("Karla") && !shown.contains("49721"),
            "{shown}"
        );
    }
}
