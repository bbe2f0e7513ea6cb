//! What a request or an answer offends against.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{Operation, Spec};

/// A request as it was sent.
#[derive(Clone)]
pub(crate) struct Sent {
    pub(crate) method: String,
    pub(crate) path: String,
    /// Decoded, in order.
    pub(crate) query: Vec<(String, String)>,
    /// Names in lower case.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

/// An answer as it came.
#[derive(Clone)]
pub(crate) struct Seen {
    pub(crate) status: u16,
    pub(crate) content_type: Option<String>,
    pub(crate) body: Vec<u8>,
}

impl Spec {
    /// All that is wrong with a request. Places and names are told, values never.
    pub(crate) fn check_request(&self, sent: &Sent) -> Vec<String> {
        let (operation, names) = match self.find(&sent.method, &sent.path) {
            Ok(found) => found,
            Err(problem) => return vec![problem.to_owned()],
        };
        let mut wrong = self.check_parameters(operation, &names, sent);
        wrong.extend(self.check_request_body(operation, sent));
        wrong
    }

    /// All that is wrong with the answer to a request.
    pub(crate) fn check_answer(&self, method: &str, path: &str, seen: &Seen) -> Vec<String> {
        let operation = match self.find(method, path) {
            Ok((operation, _)) => operation,
            Err(problem) => return vec![problem.to_owned()],
        };
        let Some(response) = response(operation, seen.status) else {
            return vec![format!("the description has no status {}", seen.status)];
        };
        let content = &self.resolve(response)["content"];
        if content.is_null() {
            let empty = seen.body.trim_ascii().is_empty();
            return if seen.status == 204 && !empty {
                vec!["a body, where there is none".to_owned()]
            } else {
                Vec::new()
            };
        }
        if seen.body.trim_ascii().is_empty() {
            // Of any text at all, the empty one is one.
            let text = content.get("text/plain").is_some();
            return if text { Vec::new() } else { vec!["no body".to_owned()] };
        }
        self.check_content(content, seen.content_type.as_deref(), &seen.body).0
    }

    /// Whether the description says anything of an answer with this status.
    pub(crate) fn has_status(&self, method: &str, path: &str, status: u16) -> bool {
        self.find(method, path)
            .is_ok_and(|(operation, _)| response(operation, status).is_some())
    }

    fn check_request_body(&self, operation: Operation<'_>, sent: &Sent) -> Vec<String> {
        let body = self.resolve(&operation.object["requestBody"]);
        if sent.body.is_empty() {
            return if body["required"] == true {
                vec!["no body".to_owned()]
            } else {
                Vec::new()
            };
        }
        if body.is_null() {
            return vec!["a body, where there is none".to_owned()];
        }
        let (mut wrong, json) = self.check_content(
            &body["content"],
            sent.headers.get("content-type").map(String::as_str),
            &sent.body,
        );
        if let Some((schema, json)) = json {
            wrong.extend(
                self.undescribed(schema, &json)
                    .into_iter()
                    .map(|at| format!("{at}: nobody describes this key")),
            );
        }
        wrong
    }

    /// Checks a body against what the description says of its content type; JSON comes back with its schema.
    fn check_content<'a>(
        &'a self,
        content: &'a Value,
        content_type: Option<&str>,
        body: &[u8],
    ) -> (Vec<String>, Option<(&'a Value, Value)>) {
        let media = content_type
            .unwrap_or_default()
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase();
        let Some(described) = content.get(&media) else {
            return (vec![format!("the description has no content type `{media}`")], None);
        };
        let schema = &described["schema"];
        if media != "application/json" {
            return (Vec::new(), None);
        }
        match serde_json::from_slice(body) {
            Ok(json) => (self.offences(schema, &json), Some((schema, json))),
            Err(_) => (vec!["no JSON".to_owned()], None),
        }
    }

    fn check_parameters(&self, operation: Operation<'_>, names: &BTreeMap<String, String>, sent: &Sent) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut taken = vec![false; sent.query.len()];
        for parameter in self.parameters(operation) {
            let (name, schema) = (parameter["name"].as_str().unwrap_or_default(), &parameter["schema"]);
            let place = parameter["in"].as_str().unwrap_or_default();
            let values: Vec<Value> = match place {
                "path" => names
                    .get(name)
                    .map(|text| self.typed(schema, text))
                    .into_iter()
                    .collect(),
                "header" => sent
                    .headers
                    .get(&name.to_ascii_lowercase())
                    .map(|text| self.typed(schema, text))
                    .into_iter()
                    .collect(),
                "query" if parameter["style"] == "deepObject" => self.deep(name, schema, &sent.query, &mut taken),
                "query" => {
                    let given = sent.query.iter().zip(&mut taken).filter(|((key, _), _)| key == name);
                    given
                        .map(|((_, text), taken)| {
                            *taken = true;
                            self.typed(schema, text)
                        })
                        .collect()
                }
                _ => Vec::new(),
            };
            if values.is_empty() && (parameter["required"] == true || place == "path") {
                wrong.push(format!("the {place} parameter `{name}` is missing"));
            }
            for value in values {
                let offences = self.offences(schema, &value);
                wrong.extend(
                    offences
                        .into_iter()
                        .map(|offence| format!("{place} parameter `{name}`: {offence}")),
                );
            }
        }
        let strange = sent.query.iter().zip(taken).filter(|(_, taken)| !taken);
        wrong.extend(strange.map(|((key, _), _)| format!("the description has no query parameter `{key}`")));
        wrong
    }

    /// `page[size]=100` as `{"size": 100}`, or `page=2` as it is.
    fn deep(&self, name: &str, schema: &Value, query: &[(String, String)], taken: &mut [bool]) -> Vec<Value> {
        let mut parts = Vec::new();
        self.flatten(schema, &mut parts);
        let mut values = Vec::new();
        let mut object = Map::new();
        for ((key, text), taken) in query.iter().zip(taken) {
            let member = key
                .strip_prefix(name)
                .and_then(|rest| rest.strip_prefix('[')?.strip_suffix(']'));
            if let Some(member) = member {
                let schema = parts.iter().find_map(|part| part["properties"].get(member));
                let Some(schema) = schema else { continue };
                object.insert(member.to_owned(), self.typed(schema, text));
                *taken = true;
            } else if key == name {
                values.push(self.typed(schema, text));
                *taken = true;
            }
        }
        if !object.is_empty() {
            values.push(Value::Object(object));
        }
        values
    }

    /// Text as the schema wants it: a number or truth value where only that is allowed.
    fn typed(&self, schema: &Value, text: &str) -> Value {
        let as_text = Value::String(text.to_owned());
        if self.offences(schema, &as_text).is_empty() {
            return as_text;
        }
        match serde_json::from_str(text) {
            Ok(scalar @ (Value::Number(_) | Value::Bool(_))) => scalar,
            _ => as_text,
        }
    }
}

fn response(operation: Operation<'_>, status: u16) -> Option<&Value> {
    let responses = &operation.object["responses"];
    let (exact, range) = (status.to_string(), format!("{}XX", status / 100));
    [exact.as_str(), range.as_str(), "default"]
        .into_iter()
        .find_map(|key| responses.get(key))
}

#[cfg(test)]
mod tests {
    use super::{Seen, Sent};
    use crate::spec::Spec;

    const YAML: &str = "
paths:
  /users:
    get:
      parameters:
      - {name: ids, in: query, required: true, schema: {type: string}}
      - $ref: '#/components/parameters/Page'
      - {name: deleted, in: query, schema: {type: boolean}}
      - {name: 'role[]', in: query, schema: {type: string, enum: [agent, admin]}}
      responses:
        '200': {content: {application/json: {schema: {$ref: '#/components/schemas/Users'}}}}
        '204': {description: nothing}
        4XX: {$ref: '#/components/responses/Wrong'}
    post:
      requestBody:
        required: true
        content: {application/json: {schema: {type: object, required: [user], properties: {user: {type: object, properties: {name: {type: string}}}}}}}
      responses: {default: {content: {text/plain: {schema: {type: string}}}}}
  /users/{user_id}:
    parameters:
    - {name: user_id, in: path, required: true, schema: {type: integer}}
    get: {responses: {}}
components:
  parameters:
    Page: {name: page, in: query, style: deepObject, schema: {oneOf: [{type: integer}, {type: object, properties: {size: {type: integer, minimum: 1}, after: {type: string}}}]}}
  responses:
    Wrong: {content: {application/json: {schema: {type: object, required: [error]}}, text/plain: {schema: {type: string}}}}
  schemas:
    Users: {type: object, required: [users], properties: {users: {type: array, items: {type: object, properties: {phone: {type: string, nullable: true}}}}}}
";

    fn request(method: &str, target: &str, body: &str) -> Vec<String> {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let sent = Sent {
            method: method.to_owned(),
            path: path.to_owned(),
            query: url::form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
            headers: [("content-type".to_owned(), "application/json; charset=utf-8".to_owned())].into(),
            body: body.into(),
        };
        Spec::parse(YAML).unwrap().check_request(&sent)
    }

    fn answer(status: u16, content_type: &str, body: &str) -> Vec<String> {
        let seen = Seen {
            status,
            content_type: Some(content_type.to_owned()),
            body: body.into(),
        };
        Spec::parse(YAML).unwrap().check_answer("GET", "/users.json", &seen)
    }

    #[test]
    fn requests_that_are_described_pass() {
        for target in [
            "/users?ids=1,2",
            "/users.json?ids=1&page[size]=100&page[after]=77&deleted=true&role[]=agent&role[]=admin",
            "/users?ids=1&page=2",
            "/users/7",
        ] {
            assert_eq!(request("GET", target, ""), [""; 0], "{target}");
        }
        assert_eq!(request("POST", "/users", r#"{"user":{"name":"A"}}"#), [""; 0]);
    }

    #[test]
    fn requests_that_are_not_described_are_told_without_values() {
        for (method, target, body, wanted) in [
            ("GET", "/users", "", "the query parameter `ids` is missing"),
            (
                "GET",
                "/users?ids=1&name=Karla",
                "",
                "the description has no query parameter `name`",
            ),
            (
                "GET",
                "/users?ids=1&page[sice]=1",
                "",
                "the description has no query parameter `page[sice]`",
            ),
            (
                "GET",
                "/users?ids=1&page[size]=many",
                "",
                "query parameter `page`: /: value is not valid under any of the schemas listed in the 'oneOf' keyword",
            ),
            (
                "GET",
                "/users?ids=1&deleted=perhaps",
                "",
                "query parameter `deleted`: /: value is not of type \"boolean\"",
            ),
            (
                "GET",
                "/users?ids=1&role[]=robot",
                "",
                "query parameter `role[]`: /: value is not one of \"agent\" or \"admin\"",
            ),
            (
                "GET",
                "/users/karla",
                "",
                "path parameter `user_id`: /: value is not of type \"integer\"",
            ),
            ("GET", "/groups", "", "no such path"),
            ("PUT", "/users", "", "the path has no such method"),
            ("POST", "/users", "", "no body"),
            ("POST", "/users", "{", "no JSON"),
            (
                "POST",
                "/users",
                r#"{"user":{"name":7}}"#,
                "/user/name: value is not of type \"string\"",
            ),
            (
                "POST",
                "/users",
                r#"{"user":{"nmae":"A"}}"#,
                "/user/nmae: nobody describes this key",
            ),
            ("GET", "/users?ids=1", "{}", "a body, where there is none"),
        ] {
            assert_eq!(request(method, target, body), [wanted], "{method} {target} {body}");
        }
    }

    #[test]
    fn answers_are_judged_by_their_status() {
        let json = "application/json; charset=utf-8";
        assert_eq!(answer(200, json, r#"{"users":[{"phone":null}]}"#), [""; 0]);
        assert_eq!(answer(422, json, r#"{"error":"RecordInvalid"}"#), [""; 0]);
        assert_eq!(answer(429, "text/plain", "later"), [""; 0]);
        assert_eq!(answer(429, json, ""), [""; 0]);
        assert_eq!(answer(204, json, ""), [""; 0]);
        for (status, content_type, body, wanted) in [
            (
                200,
                json,
                r#"{"users":[{"phone":7}]}"#,
                "/users/0/phone: value is not of types \"null\", \"string\"",
            ),
            (200, json, "", "no body"),
            (
                200,
                "text/html",
                "<p>",
                "the description has no content type `text/html`",
            ),
            (204, json, "{}", "a body, where there is none"),
            (404, json, "{}", "/: \"error\" is a required property"),
            (500, json, "{}", "the description has no status 500"),
        ] {
            assert_eq!(answer(status, content_type, body), [wanted], "{status} {body}");
        }
    }
}
