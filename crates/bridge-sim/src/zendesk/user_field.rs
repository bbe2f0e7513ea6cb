//! The fields of users that an administrator sets up: what they are, and what may stand in them.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::check::{Checked, Key, Kind};
use super::errors;
use super::message::SimResponse;
use super::page::Items;
use super::state::{Ctx, Reply, State, whole_seconds};

/// A field of users that the administrator set up.
#[derive(Clone)]
pub(super) struct UserField {
    pub(super) id: u64,
    pub(super) key: String,
    pub(super) kind: String,
    title: String,
    description: String,
    position: u64,
    active: bool,
    pattern: Option<String>,
    tag: Option<String>,
    options: Vec<Choice>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

/// One of the values that a drop-down may have.
#[derive(Clone)]
struct Choice {
    id: u64,
    name: String,
    value: String,
}

const KINDS: &[&str] = &[
    "checkbox",
    "date",
    "decimal",
    "dropdown",
    "integer",
    "lookup",
    "multiselect",
    "regexp",
    "text",
    "textarea",
];
const OPTION: &[Key] = &[("id", Kind::IntOrNull), ("name", Kind::Text), ("value", Kind::Text)];
const FIELD: &[Key] = &[
    ("title", Kind::Text),
    ("raw_title", Kind::Text),
    ("description", Kind::TextOrNull),
    ("raw_description", Kind::TextOrNull),
    ("position", Kind::Int),
    ("active", Kind::Bool),
    ("regexp_for_validation", Kind::TextOrNull),
    ("tag", Kind::TextOrNull),
    ("custom_field_options", Kind::InnerList(OPTION)),
    ("relationship_target_type", Kind::Text),
    ("relationship_filter", Kind::Object),
];
/// Keys that only a new field takes.
const FIELD_CREATE: &[Key] = &[("key", Kind::Text), ("type", Kind::Text)];

impl State {
    /// A field of users, of a type such as `text`.
    pub fn add_user_field(&mut self, key: &str, kind: &str, now: Timestamp) {
        let position = u64::try_from(self.user_fields.len()).unwrap_or_default();
        let field = self.new_user_field(key, kind, position, whole_seconds(now));
        self.user_fields.push(field);
    }

    pub(super) fn list_user_fields(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        let mut fields: Vec<&UserField> = self.user_fields.iter().collect();
        fields.sort_by_key(|field| field.position);
        let items: Items = fields
            .into_iter()
            .map(|field| (field.id, self.user_field_json(field)))
            .collect();
        self.page(ctx, "user_fields", items)
    }

    pub(super) fn show_user_field(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        let place = self.user_field_meant(ctx)?;
        self.user_field_reply(200, place)
    }

    pub(super) fn create_user_field(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        self.only_for_admins(ctx)?;
        let asked = ctx.object("user_field", &[FIELD, FIELD_CREATE])?;
        let (key, kind) = (
            asked.text("key").unwrap_or_default(),
            asked.text("type").unwrap_or("text"),
        );
        let (title, problem) = (
            asked.text("title").or(asked.text("raw_title")).unwrap_or_default(),
            |field: &str, text: &str, code: &str| Err(errors::invalid(field, text, Some(code))),
        );
        if title.trim().is_empty() {
            return problem("title", "Title: cannot be blank", "BlankValue");
        }
        if key.is_empty() {
            return problem("key", "Key: cannot be blank", "BlankValue");
        }
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        if !key.bytes().all(plain) || key.bytes().all(|byte| byte.is_ascii_digit()) {
            return problem("key", "Key: is invalid", "InvalidValue");
        }
        if self.user_fields.iter().any(|field| field.key == key) {
            return problem("key", "Key: has already been taken", "DuplicateValue");
        }
        if !KINDS.contains(&kind) {
            return problem("type", "Type: is invalid", "InvalidValue");
        }
        if matches!(kind, "dropdown" | "multiselect") && choices(&asked).is_empty() {
            return problem("custom_field_options", "Field options: cannot be blank", "BlankValue");
        }
        // Until it is moved, a new field stands behind all others.
        let mut field = self.new_user_field(key, kind, 9999, ctx.now);
        title.clone_into(&mut field.title);
        title.clone_into(&mut field.description);
        self.set_user_field(&mut field, &asked);
        let location = self.url(&format!("user_fields/{}", field.id));
        self.user_fields.push(field);
        Ok(self
            .user_field_reply(201, self.user_fields.len() - 1)?
            .with("location", location))
    }

    pub(super) fn update_user_field(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        self.only_for_admins(ctx)?;
        let place = self.user_field_meant(ctx)?;
        let asked = ctx.object("user_field", &[FIELD])?;
        if asked.text("title").is_some_and(|title| title.trim().is_empty()) {
            return Err(errors::invalid("title", "Title: cannot be blank", Some("BlankValue")));
        }
        if let Some(mut field) = self.user_fields.get(place).cloned() {
            self.set_user_field(&mut field, &asked);
            field.updated_at = self.stamp(field.updated_at, ctx.now);
            if let Some(place) = self.user_fields.get_mut(place) {
                *place = field;
            }
        }
        self.user_field_reply(200, place)
    }

    /// With the field go its values.
    pub(super) fn delete_user_field(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        self.only_for_admins(ctx)?;
        let place = self.user_field_meant(ctx)?;
        let field = self.user_fields.remove(place);
        let users: Vec<u64> = self.users.keys().copied().collect();
        for id in users {
            let had = self.users.get_mut(&id).and_then(|user| user.fields.remove(&field.key));
            if had.is_some() {
                self.touch_user(id, ctx.now);
            }
        }
        Ok(SimResponse::empty(204))
    }

    /// What is wrong with a value for a user's field, if anything. Null clears; what no field has is dropped elsewhere.
    pub(super) fn field_problem(&self, key: &str, value: &Value) -> Option<SimResponse> {
        let field = self.user_fields.iter().find(|field| field.key == key)?;
        if value.is_null() {
            return None;
        }
        let text = value.as_str();
        let known = |value: &Value| field.options.iter().any(|option| value == option.value.as_str());
        let fits = match field.kind.as_str() {
            "checkbox" => value.is_boolean() || matches!(text, Some("true" | "false")),
            "integer" => value.is_i64() || value.is_u64() || text.is_some_and(|text| text.parse::<i64>().is_ok()),
            "decimal" => value.is_number() || text.is_some_and(|text| text.parse::<f64>().is_ok()),
            "date" => text.is_some_and(|text| text.get(..10).unwrap_or(text).parse::<jiff::civil::Date>().is_ok()),
            "dropdown" => text == Some("") || known(value),
            "multiselect" => match value.as_array() {
                Some(list) => list.iter().all(known),
                None => known(value),
            },
            _ => !value.is_array() && !value.is_object(),
        };
        (!fits).then(|| errors::invalid(key, &format!("{}: is invalid", field.title), Some("InvalidValue")))
    }

    fn new_user_field(&mut self, key: &str, kind: &str, position: u64, now: Timestamp) -> UserField {
        UserField {
            id: self.fresh_id(),
            key: key.to_owned(),
            kind: kind.to_owned(),
            title: key.to_owned(),
            description: String::new(),
            position,
            active: true,
            pattern: None,
            tag: None,
            options: Vec::new(),
            created_at: now,
            updated_at: now,
        }
    }

    fn set_user_field(&mut self, field: &mut UserField, asked: &Checked) {
        if let Some(title) = asked.text("title").or(asked.text("raw_title")) {
            title.clone_into(&mut field.title);
        }
        let description = asked.text_or_null("description");
        if let Some(text) = description.or(asked.text_or_null("raw_description")) {
            field.description = text.unwrap_or_default();
        }
        field.position = asked.id("position").unwrap_or(field.position);
        field.active = asked.flag("active").unwrap_or(field.active);
        field.pattern = asked
            .text_or_null("regexp_for_validation")
            .unwrap_or(field.pattern.take());
        field.tag = asked.text_or_null("tag").unwrap_or(field.tag.take());
        if asked.has("custom_field_options") {
            let made = choices(asked).into_iter().map(|(id, name, value)| Choice {
                id: id.unwrap_or_else(|| self.fresh_id()),
                name,
                value,
            });
            field.options = made.collect();
        }
    }

    /// Where the field stands that the path names, by its id or its key.
    fn user_field_meant(&self, ctx: &Ctx<'_>) -> Result<usize, SimResponse> {
        let (id, key) = (ctx.id(0), ctx.last());
        let found = self
            .user_fields
            .iter()
            .position(|field| field.id == id || field.key == key);
        found.ok_or_else(errors::not_found)
    }

    fn user_field_reply(&self, status: u16, place: usize) -> Reply {
        let field = self.user_fields.get(place).ok_or_else(errors::not_found)?;
        let body = json!({"user_field": self.user_field_json(field)});
        Ok(SimResponse::json(status, &body))
    }

    fn user_field_json(&self, field: &UserField) -> Value {
        let mut json = json!({
            "url": self.url(&format!("user_fields/{}", field.id)),
            "id": field.id,
            "type": field.kind,
            "key": field.key,
            "title": field.title,
            "description": field.description,
            "raw_title": field.title,
            "raw_description": field.description,
            "position": field.position,
            "active": field.active,
            "system": false,
            "regexp_for_validation": field.pattern,
            "created_at": field.created_at.to_string(),
            "updated_at": field.updated_at.to_string(),
        });
        match field.kind.as_str() {
            "dropdown" | "multiselect" => {
                let options = field.options.iter();
                let options = options.map(|option| {
                    json!({"id": option.id, "name": option.name, "raw_name": option.name, "value": option.value})
                });
                json["custom_field_options"] = options.collect();
            }
            "checkbox" => json["tag"] = field.tag.clone().unwrap_or_default().into(),
            _ => {}
        }
        json
    }
}

/// Id, name and value of each choice in a body.
fn choices(asked: &Checked) -> Vec<(Option<u64>, String, String)> {
    let list = asked.value("custom_field_options").and_then(Value::as_array);
    let text = |choice: &Value, key: &str| choice[key].as_str().unwrap_or_default().to_owned();
    let list = list.into_iter().flatten();
    list.map(|choice| (choice["id"].as_u64(), text(choice, "name"), text(choice, "value")))
        .collect()
}
