//! An OpenAPI 3.0 description: which operations there are, and what it allows in a request and in an answer.

mod check;
mod paths;
mod schema;

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;
use std::rc::Rc;

use anyhow::Context as _;
use jsonschema::Validator;
use serde_json::{Map, Value, json};

pub(crate) use check::{Seen, Sent};
pub(crate) use paths::matches;

/// A description, with its references resolved as they are needed.
pub(crate) struct Spec {
    root: Value,
    /// The translated schemas by name, to which translated references lead.
    schemas: Map<String, Value>,
    /// What has been compiled so far, by the schema's text.
    compiled: RefCell<HashMap<String, Rc<Validator>>>,
}

/// One method of one path.
#[derive(Clone, Copy)]
pub(crate) struct Operation<'a> {
    /// The path with names in braces.
    pub(crate) pattern: &'a str,
    path_item: &'a Value,
    object: &'a Value,
}

impl Spec {
    /// Reads a description from a file of YAML.
    pub(crate) fn read(file: &Path) -> anyhow::Result<Self> {
        let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
        Self::parse(&text).with_context(|| format!("{} is not a description", file.display()))
    }

    /// Reads a description from YAML 1.2, in which a bare `=` and a time are text.
    pub(crate) fn parse(yaml: &str) -> anyhow::Result<Self> {
        let root: Value = serde_saphyr::from_str(yaml).context("no YAML")?;
        anyhow::ensure!(root["paths"].is_object(), "it has no paths");
        let schemas = root["components"]["schemas"].as_object();
        let schemas = schemas.into_iter().flatten();
        let schemas = schemas
            .map(|(name, schema)| (name.clone(), schema::translate(schema)))
            .collect();
        Ok(Self {
            root,
            schemas,
            compiled: RefCell::default(),
        })
    }

    /// All operations: method and path.
    pub(crate) fn operations(&self) -> impl Iterator<Item = (String, &str)> {
        self.paths().flat_map(|(pattern, item)| {
            let there = METHODS.iter().filter(|method| item.get(**method).is_some());
            there.map(move |method| (method.to_ascii_uppercase(), pattern))
        })
    }

    /// The operation that a request asks for, with the names and values in its path. Patterns with fewer names win.
    pub(crate) fn find(
        &self,
        method: &str,
        path: &str,
    ) -> Result<(Operation<'_>, BTreeMap<String, String>), &'static str> {
        let mut found: Vec<_> = self
            .paths()
            .filter_map(|(pattern, item)| Some((pattern, item, matches(pattern, path)?)))
            .collect();
        found.sort_by_key(|(_, _, names)| names.len());
        if found.is_empty() {
            return Err("no such path");
        }
        let method = method.to_ascii_lowercase();
        found
            .into_iter()
            .find_map(|(pattern, path_item, names)| {
                let object = path_item.get(&method)?;
                Some((
                    Operation {
                        pattern,
                        path_item,
                        object,
                    },
                    names,
                ))
            })
            .ok_or("the path has no such method")
    }

    fn paths(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.root["paths"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(pattern, item)| (pattern.as_str(), item))
    }

    /// The parameters of an operation and of its path; the operation's count first.
    fn parameters<'a>(&'a self, operation: Operation<'a>) -> Vec<&'a Value> {
        let mut parameters: Vec<&Value> = Vec::new();
        for list in [&operation.object["parameters"], &operation.path_item["parameters"]] {
            for parameter in list.as_array().into_iter().flatten() {
                let parameter = self.resolve(parameter);
                if !parameters
                    .iter()
                    .any(|p| p["name"] == parameter["name"] && p["in"] == parameter["in"])
                {
                    parameters.push(parameter);
                }
            }
        }
        parameters
    }

    /// What a reference leads to; anything else as it is.
    fn resolve<'a>(&'a self, mut value: &'a Value) -> &'a Value {
        while let Some(pointer) = value.get("$ref").and_then(Value::as_str) {
            value = self
                .root
                .pointer(pointer.trim_start_matches('#'))
                .unwrap_or(&Value::Null);
        }
        value
    }

    /// Where and how an instance offends against a schema of the description. No value is named.
    fn offences(&self, schema: &Value, instance: &Value) -> Vec<String> {
        let validator = match self.validator(schema) {
            Ok(validator) => validator,
            Err(problem) => return vec![format!("the description has no usable schema: {problem}")],
        };
        validator
            .iter_errors(instance)
            .map(|error| {
                let at = error.instance_path().to_string();
                format!("{}: {}", if at.is_empty() { "/" } else { &at }, error.masked())
            })
            .collect()
    }

    fn validator(&self, schema: &Value) -> Result<Rc<Validator>, String> {
        let key = schema.to_string();
        if let Some(validator) = self.compiled.borrow().get(&key) {
            return Ok(Rc::clone(validator));
        }
        let whole = json!({ "components": { "schemas": self.schemas }, "allOf": [schema::translate(schema)] });
        let validator = jsonschema::draft202012::options()
            .build(&whole)
            .map_err(|error| error.masked().to_string())?;
        let validator = Rc::new(validator);
        self.compiled.borrow_mut().insert(key, Rc::clone(&validator));
        Ok(validator)
    }

    /// Places in an instance that no schema names, though the schema names others beside them and does not say that
    /// there may be more: JSON schema allows them, and a server ignores them, as it ignores a misspelt key.
    fn undescribed(&self, schema: &Value, instance: &Value) -> Vec<String> {
        let mut found = Vec::new();
        self.look_for_undescribed(&[schema], instance, "", &mut found);
        found
    }

    fn look_for_undescribed(&self, schemas: &[&Value], instance: &Value, at: &str, found: &mut Vec<String>) {
        let mut parts = Vec::new();
        for schema in schemas {
            self.flatten(schema, &mut parts);
        }
        match instance {
            Value::Object(object) => {
                let open = parts
                    .iter()
                    .any(|part| part.get("additionalProperties").is_some_and(|more| *more != false));
                let named = |key: &str| -> Vec<&Value> {
                    parts.iter().filter_map(|part| part["properties"].get(key)).collect()
                };
                let names_any = parts
                    .iter()
                    .any(|part| part["properties"].as_object().is_some_and(|p| !p.is_empty()));
                for (key, value) in object {
                    let schemas = named(key);
                    let at = format!("{at}/{key}");
                    if !schemas.is_empty() {
                        self.look_for_undescribed(&schemas, value, &at, found);
                    } else if names_any && !open {
                        found.push(at);
                    }
                }
            }
            Value::Array(items) => {
                let schemas: Vec<&Value> = parts.iter().filter_map(|part| part.get("items")).collect();
                for (n, item) in items.iter().enumerate() {
                    self.look_for_undescribed(&schemas, item, &format!("{at}/{n}"), found);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    /// A schema and all that it is composed of.
    fn flatten<'a>(&'a self, schema: &'a Value, parts: &mut Vec<&'a Value>) {
        let schema = self.resolve(schema);
        parts.push(schema);
        for key in ["allOf", "anyOf", "oneOf"] {
            for part in schema[key].as_array().into_iter().flatten() {
                self.flatten(part, parts);
            }
        }
    }
}

const METHODS: &[&str] = &["get", "put", "post", "delete", "options", "head", "patch", "trace"];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Spec;

    #[test]
    fn a_bare_equals_sign_and_a_time_are_text() {
        let spec =
            Spec::parse("paths: {}\nenum: [=, '<']\nat: 2026-11-24T14:02:00Z\nday: 2026-11-24\n'200': 1").unwrap();
        assert_eq!(
            spec.root,
            json!({"paths": {}, "enum": ["=", "<"], "at": "2026-11-24T14:02:00Z", "day": "2026-11-24", "200": 1})
        );
        assert!(Spec::parse("a: [").is_err() && Spec::parse("a: 1").is_err());
    }

    #[test]
    fn the_path_with_fewer_names_wins() {
        let spec = Spec::parse(
            "
paths:
  /users/{user_id}: {get: {}, put: {}}
  /users/me: {get: {}}
  /users/{user_id}/identities/{identity_id}: {delete: {}}",
        )
        .unwrap();
        assert_eq!(spec.operations().count(), 4);
        assert_eq!(spec.find("GET", "/users/me").unwrap().0.pattern, "/users/me");
        let (operation, names) = spec.find("DELETE", "/users/7/identities/9").unwrap();
        assert_eq!(operation.pattern, "/users/{user_id}/identities/{identity_id}");
        assert_eq!((names["user_id"].as_str(), names["identity_id"].as_str()), ("7", "9"));
        assert_eq!(spec.find("GET", "/groups").err(), Some("no such path"));
        assert_eq!(spec.find("POST", "/users/7").err(), Some("the path has no such method"));
    }

    #[test]
    fn keys_that_nobody_describes_are_found() {
        let spec = Spec::parse(
            "
paths: {}
components:
  schemas:
    User:
      allOf:
      - {type: object, properties: {name: {type: string}, identities: {type: array, items: {type: object, properties: {value: {}}}}}}
      - {type: object, properties: {fields: {type: object, additionalProperties: true}, free: {type: object}}}
    Open: {type: object, properties: {name: {}}, additionalProperties: {type: string}}",
        )
        .unwrap();
        let user = json!({"$ref": "#/components/schemas/User"});
        let sent = json!({"name": "A", "identities": [{"value": 1}, {"valeu": 1}], "fields": {"x": 1}, "free": {"y": 1}, "phon": ""});
        assert_eq!(spec.undescribed(&user, &sent), ["/identities/1/valeu", "/phon"]);
        assert!(
            spec.undescribed(&json!({"$ref": "#/components/schemas/Open"}), &json!({"other": "x"}))
                .is_empty()
        );
        assert!(spec.offences(&user, &sent).is_empty());
        assert_eq!(
            spec.offences(&user, &json!({"name": 7})),
            ["/name: value is not of type \"string\""]
        );
    }
}
