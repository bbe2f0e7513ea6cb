//! Custom fields of users.

use http::Method;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::client::Client;
use crate::data::data;
use crate::id::UserFieldId;
use crate::listing::Listing;
use crate::pending::Pending;
use crate::request::Request;
use crate::users::FieldKey;
use crate::wire::{self, Resource};

/// The endpoints about custom fields of users: [`Client::user_fields`]. Writing them is for administrators.
#[derive(Clone, Debug)]
pub struct UserFields {
    client: Client,
}

impl UserFields {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// All fields.
    pub fn list(&self) -> Listing<UserField> {
        Listing::by_cursor(self.client.clone(), ALL)
    }

    /// One field.
    pub fn show(&self, field: UserFieldId) -> Pending<UserField> {
        self.client.pending(Request::one(Method::GET, at(field)))
    }

    /// Creates a field. Not idempotent: the second time, Zendesk refuses the key.
    pub fn create(&self, field: &NewUserField) -> Pending<UserField> {
        self.client
            .pending(Request::one(Method::POST, ALL).json(json!({ "user_field": field })))
    }

    /// Changes a field. Its key and kind stay what they are.
    pub fn update(&self, field: UserFieldId, changes: &UserFieldChanges) -> Pending<UserField> {
        self.client
            .pending(Request::one(Method::PUT, at(field)).json(json!({ "user_field": changes })))
    }

    /// Deletes a field with what stands in it.
    pub fn delete(&self, field: UserFieldId) -> Pending<()> {
        self.client.pending(Request::delete(at(field)))
    }
}

/// A custom field of users.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[non_exhaustive]
pub struct UserField {
    /// The id.
    pub id: UserFieldId,
    /// Its name in [`User::user_fields`](crate::users::User::user_fields) and in searches.
    #[serde(default, deserialize_with = "wire::or_default")]
    pub key: String,
    /// What sort of values it takes.
    #[serde(default, rename = "type")]
    pub kind: Option<UserFieldKind>,
    /// Its name for people.
    #[serde(default, deserialize_with = "wire::or_default")]
    pub title: String,
    /// What it is for.
    #[serde(default)]
    pub description: Option<String>,
    /// Its place among the fields.
    #[serde(default)]
    pub position: Option<i64>,
    /// Whether it is in use.
    #[serde(default)]
    pub active: Option<bool>,
    /// Whether it is Zendesk's own.
    #[serde(default)]
    pub system: Option<bool>,
    /// What values must look like; of fields of the kind `regexp`.
    #[serde(default)]
    pub regexp_for_validation: Option<String>,
    /// What can be chosen; of drop-downs.
    #[serde(default, deserialize_with = "wire::or_default")]
    pub custom_field_options: Vec<FieldOption>,
    /// The tag that a ticked check box gives.
    #[serde(default)]
    pub tag: Option<String>,
    /// When it was made.
    #[serde(default, deserialize_with = "wire::time")]
    pub created_at: Option<Timestamp>,
    /// When it was changed last.
    #[serde(default, deserialize_with = "wire::time")]
    pub updated_at: Option<Timestamp>,
}

/// What can be chosen in a drop-down.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[non_exhaustive]
pub struct FieldOption {
    /// For people.
    #[serde(default, deserialize_with = "wire::or_default")]
    pub name: String,
    /// What stands in the field.
    #[serde(default)]
    pub value: Option<String>,
}

/// What sort of values a field takes. Zendesk has none for phone numbers.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Deserialize, Serialize)]
#[serde(from = "String", into = "String")]
#[non_exhaustive]
pub enum UserFieldKind {
    /// One line.
    Text,
    /// Several lines.
    Textarea,
    /// One line that fits a pattern.
    Regexp,
    /// Ticked or not.
    Checkbox,
    /// A day.
    Date,
    /// A whole number.
    Integer,
    /// A number with decimals.
    Decimal,
    /// One of a list.
    Dropdown,
    /// Several of a list.
    Multiselect,
    /// A record of another kind.
    Lookup,
    /// Any other, by Zendesk's name.
    Other(String),
}

data! {
    /// A field to be created.
    NewUserField
}

data! {
    /// What to change in a field.
    UserFieldChanges
}

impl NewUserField {
    /// A field of one line.
    #[must_use]
    pub fn text(key: &FieldKey, title: impl Into<String>) -> Self {
        Self::of(&UserFieldKind::Text, key, title)
    }

    /// A field of one line that fits a pattern, such as `^\\+[1-9]\\d{6,14}$` for numbers.
    #[must_use]
    pub fn regexp(key: &FieldKey, title: impl Into<String>, pattern: impl Into<String>) -> Self {
        Self::of(&UserFieldKind::Regexp, key, title).set("regexp_for_validation", pattern.into())
    }

    /// A field of any kind.
    #[must_use]
    pub fn of(kind: &UserFieldKind, key: &FieldKey, title: impl Into<String>) -> Self {
        Self::default()
            .set("type", kind.as_str())
            .set("key", key.as_str())
            .set("title", title.into())
    }

    /// What it is for.
    #[must_use]
    pub fn description(self, text: impl Into<String>) -> Self {
        self.set("description", text.into())
    }

    /// What can be chosen: pairs of a name for people and a value.
    #[must_use]
    pub fn options<'a>(self, options: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let options = options
            .into_iter()
            .map(|(name, value)| json!({ "name": name, "value": value }));
        self.set("custom_field_options", options.collect::<Vec<Value>>())
    }
}

impl UserFieldChanges {
    /// Nothing to change yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Its name for people.
    #[must_use]
    pub fn title(self, title: impl Into<String>) -> Self {
        self.set("title", title.into())
    }

    /// What it is for.
    #[must_use]
    pub fn description(self, text: impl Into<String>) -> Self {
        self.set("description", text.into())
    }

    /// Whether it is in use.
    #[must_use]
    pub fn active(self, active: bool) -> Self {
        self.set("active", active)
    }
}

impl UserFieldKind {
    /// As Zendesk writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Text => "text",
            Self::Textarea => "textarea",
            Self::Regexp => "regexp",
            Self::Checkbox => "checkbox",
            Self::Date => "date",
            Self::Integer => "integer",
            Self::Decimal => "decimal",
            Self::Dropdown => "dropdown",
            Self::Multiselect => "multiselect",
            Self::Lookup => "lookup",
            Self::Other(kind) => kind,
        }
    }
}

impl From<String> for UserFieldKind {
    fn from(kind: String) -> Self {
        match kind.as_str() {
            "text" => Self::Text,
            "textarea" => Self::Textarea,
            "regexp" => Self::Regexp,
            "checkbox" => Self::Checkbox,
            "date" => Self::Date,
            "integer" => Self::Integer,
            "decimal" => Self::Decimal,
            "dropdown" => Self::Dropdown,
            "multiselect" => Self::Multiselect,
            "lookup" => Self::Lookup,
            _ => Self::Other(kind),
        }
    }
}

impl From<UserFieldKind> for String {
    fn from(kind: UserFieldKind) -> Self {
        kind.as_str().to_owned()
    }
}

impl Resource for UserField {
    const ONE: &'static str = "user_field";
    const MANY: &'static str = "user_fields";
}

const ALL: &str = "/api/v2/user_fields";

fn at(field: UserFieldId) -> String {
    format!("{ALL}/{field}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{NewUserField, UserFieldChanges, UserFieldKind};
    use crate::users::FieldKey;
    use crate::{Client, Credentials, UserFieldId};

    #[test]
    fn requests() {
        let fields = Client::builder("https://acme.zendesk.com", Credentials::bearer("t".into()))
            .build()
            .unwrap()
            .user_fields();
        let key = FieldKey::new("phone_2").unwrap();
        let create = fields.create(&NewUserField::regexp(&key, "Second number", r"^\+\d+$").description("x"));
        let body = json!({"user_field": {"type": "regexp", "key": "phone_2", "title": "Second number",
            "regexp_for_validation": r"^\+\d+$", "description": "x"}});
        assert_eq!(create.request().body().as_json(), Some(&body));
        assert!(!create.request().is_idempotent());
        let update = fields.update(UserFieldId::new(3), &UserFieldChanges::new().active(false));
        assert_eq!(
            (update.request().method().as_str(), update.request().path()),
            ("PUT", "/api/v2/user_fields/3")
        );
        assert!(update.request().is_idempotent());
        let chosen = NewUserField::of(&UserFieldKind::Dropdown, &key, "Tier").options([("Gold", "tier_gold")]);
        assert_eq!(
            serde_json::to_value(chosen).unwrap()["custom_field_options"],
            json!([{"name": "Gold", "value": "tier_gold"}])
        );
    }

    #[test]
    fn kinds_are_written_as_they_are_read() {
        for kind in [
            "text",
            "textarea",
            "regexp",
            "checkbox",
            "date",
            "integer",
            "decimal",
            "dropdown",
            "multiselect",
            "lookup",
            "currency",
        ] {
            assert_eq!(UserFieldKind::from(kind.to_owned()).as_str(), kind);
            assert_eq!(
                matches!(UserFieldKind::from(kind.to_owned()), UserFieldKind::Other(_)),
                kind == "currency"
            );
        }
    }
}
