//! A description of a REST interface in Swagger 2: which operations there are, and what their answers look like.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::Context as _;
use serde_json::{Value, json};

/// Members that systems in the field were seen to send as `null`, though the description says that they are texts.
const SEEN_AS_NULL: [&str; 2] = ["/secret", "/password"];
/// What a system in the field answers errors with, whatever the description says.
const ERRORS: [u16; 5] = [400, 401, 403, 404, 500];

/// A description.
pub(crate) struct Description {
    root: Value,
}

/// One method of one path.
pub(crate) struct Operation<'a> {
    pub(crate) method: &'a str,
    /// The path with names in braces, below `/rest`.
    pub(crate) path: &'a str,
    object: &'a Value,
}

impl Description {
    /// Reads a description from a file of YAML.
    pub(crate) fn read(file: &Path) -> anyhow::Result<Self> {
        let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
        Self::parse(&text).with_context(|| format!("{} is not a description", file.display()))
    }

    fn parse(yaml: &str) -> anyhow::Result<Self> {
        let root: Value = serde_saphyr::from_str(yaml).context("no YAML")?;
        anyhow::ensure!(
            root["paths"].is_object() && root["definitions"].is_object(),
            "it has no paths or definitions"
        );
        Ok(Self { root })
    }

    /// All operations.
    pub(crate) fn operations(&self) -> impl Iterator<Item = Operation<'_>> {
        let paths = self.root["paths"].as_object().into_iter().flatten();
        paths.flat_map(|(path, methods)| {
            let methods = methods.as_object().into_iter().flatten();
            methods.map(move |(method, object)| Operation { method, path, object })
        })
    }

    /// The operation that a request asks for. Patterns with fewer names win; a slash at the end means nothing.
    pub(crate) fn find(&self, method: &str, path: &str) -> Option<Operation<'_>> {
        let found = self.operations().filter_map(|operation| {
            let names = names(operation.path, path).filter(|_| operation.method.eq_ignore_ascii_case(method))?;
            Some((names.len(), operation))
        });
        found.min_by_key(|(names, _)| *names).map(|(_, operation)| operation)
    }

    /// All that is wrong with an answer.
    pub(crate) fn check(&self, operation: &Operation<'_>, status: u16, body: &[u8]) -> Vec<String> {
        if status >= 400 {
            return error(status, body);
        }
        let response = &operation.object["responses"][status.to_string()];
        if response.is_null() {
            return vec![format!("the description has no status {status}")];
        }
        let schema = &response["schema"];
        if schema.is_null() {
            return if body.is_empty() || status != 204 {
                Vec::new()
            } else {
                vec!["a body, where there is none".to_owned()]
            };
        }
        let Ok(value) = serde_json::from_slice::<Value>(body) else {
            return vec!["no JSON".to_owned()];
        };
        let mut wrong = self.offences(schema, &value);
        self.undescribed(schema, &value, "", &mut wrong);
        wrong
    }

    fn offences(&self, schema: &Value, value: &Value) -> Vec<String> {
        let whole = json!({ "definitions": self.root["definitions"], "allOf": [schema] });
        let validator = match jsonschema::draft7::options().build(&whole) {
            Ok(validator) => validator,
            Err(problem) => return vec![format!("the description has no usable schema: {}", problem.masked())],
        };
        let offences = validator.iter_errors(value).filter(|error| {
            let at = error.instance_path().to_string();
            !(value.pointer(&at).is_some_and(Value::is_null) && SEEN_AS_NULL.iter().any(|seen| at.ends_with(seen)))
        });
        offences
            .map(|error| format!("{}: {}", error.instance_path(), error.masked()))
            .collect()
    }

    /// Members that the description does not name, where it names any.
    fn undescribed(&self, schema: &Value, value: &Value, at: &str, wrong: &mut Vec<String>) {
        let schema = match schema["$ref"].as_str() {
            Some(reference) => self
                .root
                .pointer(reference.trim_start_matches('#'))
                .unwrap_or(&Value::Null),
            None => schema,
        };
        if let Some(items) = value.as_array() {
            for (n, item) in items.iter().enumerate() {
                self.undescribed(&schema["items"], item, &format!("{at}/{n}"), wrong);
            }
        }
        if let (Some(members), Some(named)) = (value.as_object(), schema["properties"].as_object()) {
            for (name, member) in members {
                match named.get(name) {
                    Some(schema) => self.undescribed(schema, member, &format!("{at}/{name}"), wrong),
                    None => wrong.push(format!("{at}/{name}: nobody describes this member")),
                }
            }
        }
    }
}

impl Operation<'_> {
    /// Parameters of a request's query that the description does not have.
    pub(crate) fn strange_parameters(&self, query: &str) -> Vec<String> {
        let known: Vec<&str> = self.object["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|parameter| parameter["in"] == "query")
            .filter_map(|parameter| parameter["name"].as_str())
            .collect();
        let given = url::form_urlencoded::parse(query.as_bytes());
        given
            .filter(|(name, _)| !known.contains(&name.as_ref()))
            .map(|(name, _)| format!("the description has no query parameter `{name}`"))
            .collect()
    }
}

/// What stands for the names of a pattern in a path; `None` if it does not fit.
fn names<'a>(pattern: &'a str, path: &'a str) -> Option<BTreeMap<&'a str, &'a str>> {
    let (pattern, path) = (pattern.trim_end_matches('/'), path.trim_end_matches('/'));
    if pattern.split('/').count() != path.split('/').count() {
        return None;
    }
    let mut names = BTreeMap::new();
    for (wanted, found) in pattern.split('/').zip(path.split('/')) {
        match wanted.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(name) => _ = names.insert(name, found),
            None if wanted == found => {}
            None => return None,
        }
    }
    Some(names)
}

/// Errors are objects of a code, which is a UUID, and a message.
fn error(status: u16, body: &[u8]) -> Vec<String> {
    let mut wrong = Vec::new();
    if !ERRORS.contains(&status) {
        wrong.push(format!("no system was seen to answer {status}"));
    }
    let value: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |key: &str| value[key].as_str().unwrap_or_default();
    if text("code").len() != 36 || text("message").is_empty() || value.as_object().is_none_or(|o| o.len() != 2) {
        wrong.push("the body is no error with code and message".to_owned());
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    const YAML: &str = "
paths:
  /users/{userId}: {get: {parameters: [{name: word, in: query}], responses: {200: {schema: {$ref: '#/definitions/User'}}, 204: {}}}}
  /users/me: {get: {responses: {200: {schema: {type: array, items: {$ref: '#/definitions/User'}}}}}}
definitions:
  User: {required: [id], properties: {id: {type: integer}, password: {type: string}, name: {type: string}}}
";

    fn check(path: &str, status: u16, body: &str) -> Vec<String> {
        let description = Description::parse(YAML).unwrap();
        let operation = description.find("GET", path).unwrap();
        description.check(&operation, status, body.as_bytes())
    }

    #[test]
    fn answers_are_judged_by_their_status_and_structure() {
        assert_eq!(check("/users/7", 200, r#"{"id": 7, "password": null}"#), [""; 0]);
        assert_eq!(check("/users/me/", 200, r#"[{"id": 7}]"#), [""; 0]);
        assert_eq!(check("/users/7", 204, ""), [""; 0]);
        let denied = r#"{"code": "d937bb0c-ab0f-464a-a02a-41840746a45a", "message": "Not logged in"}"#;
        assert_eq!(check("/users/7", 401, denied), [""; 0]);
        for (status, body, wanted) in [
            (200, r#"{"id": "7"}"#, "/id: value is not of type \"integer\""),
            (
                200,
                r#"{"id": 7, "name": null}"#,
                "/name: value is not of type \"string\"",
            ),
            (200, r#"{"id": 7, "nmae": ""}"#, "/nmae: nobody describes this member"),
            (200, "<html>", "no JSON"),
            (201, "{}", "the description has no status 201"),
            (204, "{}", "a body, where there is none"),
            (404, "{}", "the body is no error with code and message"),
            (418, denied, "no system was seen to answer 418"),
        ] {
            assert_eq!(check("/users/7", status, body), [wanted], "{status} {body}");
        }
    }

    #[test]
    fn requests_are_found_and_their_parameters_judged() {
        let description = Description::parse(YAML).unwrap();
        assert_eq!(description.find("GET", "/users/me").unwrap().path, "/users/me");
        assert!(description.find("PUT", "/users/me").is_none() && description.find("GET", "/users").is_none());
        let operation = description.find("GET", "/users/7").unwrap();
        assert_eq!(operation.strange_parameters("word=a"), [""; 0]);
        assert_eq!(
            operation.strange_parameters("wrod=a"),
            ["the description has no query parameter `wrod`"]
        );
    }
}
