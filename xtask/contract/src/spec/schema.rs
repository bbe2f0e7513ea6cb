//! Schemas of OpenAPI 3.0 as JSON schemas of 2020-12.
//!
//! What differs is little: `nullable` becomes a further type, exclusive bounds are numbers instead of flags, whatever
//! stands beside a `$ref` is ignored, and the annotations `discriminator`, `xml`, `example` and `externalDocs` go.
//! `format` is an annotation here: Zendesk sends times, addresses and 64-bit ids, and the client reads them by its own types.

use serde_json::{Map, Value, json};

/// Translates a schema, and all schemas in it.
pub(crate) fn translate(schema: &Value) -> Value {
    let Value::Object(schema) = schema else {
        return schema.clone();
    };
    if let Some(reference) = schema.get("$ref") {
        return json!({ "$ref": reference });
    }
    let mut translated: Map<String, Value> = schema
        .iter()
        .filter(|(key, _)| !ANNOTATIONS.contains(&key.as_str()))
        .map(|(key, value)| (key.clone(), within(key, value)))
        .collect();
    for (flag, bound) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
        if let Some(Value::Bool(exclusive)) = translated.remove(flag)
            && exclusive
            && let Some(limit) = translated.remove(bound)
        {
            translated.insert(flag.to_owned(), limit);
        }
    }
    if schema.get("nullable") == Some(&Value::Bool(true)) {
        nullable(translated)
    } else {
        Value::Object(translated)
    }
}

/// What JSON schema has no use for, and `nullable`, which is dealt with apart.
const ANNOTATIONS: &[&str] = &[
    "deprecated",
    "discriminator",
    "example",
    "externalDocs",
    "format",
    "nullable",
    "readOnly",
    "writeOnly",
    "xml",
];

fn within(key: &str, value: &Value) -> Value {
    match (key, value) {
        ("items" | "not" | "additionalProperties", schema) => translate(schema),
        ("allOf" | "anyOf" | "oneOf", Value::Array(schemas)) => schemas.iter().map(translate).collect(),
        ("properties", Value::Object(properties)) => properties
            .iter()
            .map(|(name, schema)| (name.clone(), translate(schema)))
            .collect(),
        _ => value.clone(),
    }
}

fn nullable(mut schema: Map<String, Value>) -> Value {
    match schema.get("type").cloned() {
        Some(Value::String(name)) => {
            schema.insert("type".to_owned(), json!([name, "null"]));
            if let Some(Value::Array(values)) = schema.get_mut("enum")
                && !values.contains(&Value::Null)
            {
                values.push(Value::Null);
            }
            Value::Object(schema)
        }
        _ => json!({ "anyOf": [schema, { "type": "null" }] }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::translate;

    fn allows(schema: &Value, instance: &Value) -> bool {
        jsonschema::draft202012::options()
            .build(&translate(schema))
            .unwrap()
            .is_valid(instance)
    }

    #[test]
    fn nullable_is_a_further_type() {
        let schema = json!({"type": "object", "properties": {
            "phone": {"type": "string", "nullable": true},
            "role": {"type": "string", "nullable": true, "enum": ["agent"]},
            "any": {"nullable": true, "allOf": [{"type": "integer"}]},
            "name": {"type": "string", "nullable": false}}});
        for (instance, valid) in [
            (json!({"phone": null}), true),
            (json!({"phone": 7}), false),
            (json!({"role": null}), true),
            (json!({"role": "admin"}), false),
            (json!({"any": null}), true),
            (json!({"any": "x"}), false),
            (json!({"name": null}), false),
        ] {
            assert_eq!(allows(&schema, &instance), valid, "{instance}");
        }
    }

    #[test]
    fn formats_and_discriminators_decide_nothing() {
        let schema = json!({"type": "object", "discriminator": {"propertyName": "type"}, "properties": {
            "id": {"type": "integer", "format": "int64", "example": "7"},
            "url": {"type": "string", "format": "uri"}}});
        assert!(allows(
            &schema,
            &json!({"id": 33_144_692_244_371_u64, "url": "no address"})
        ));
        assert!(!allows(&schema, &json!({"id": "7"})));
    }

    #[test]
    fn a_property_may_be_called_like_a_keyword() {
        let schema = json!({"type": "object", "properties": {
            "example": {"type": "string"}, "nullable": {"type": "boolean", "nullable": true}, "items": {"type": "array", "items": {"type": "integer", "nullable": true}}}});
        for (instance, valid) in [
            (json!({"example": 1}), false),
            (json!({"nullable": null}), true),
            (json!({"items": [1, null]}), true),
            (json!({"items": ["1"]}), false),
        ] {
            assert_eq!(allows(&schema, &instance), valid, "{instance}");
        }
    }

    #[test]
    fn exclusive_bounds_are_flags_in_openapi() {
        let schema =
            json!({"type": "integer", "minimum": 1, "exclusiveMinimum": true, "maximum": 9, "exclusiveMaximum": false});
        for (number, valid) in [(1, false), (2, true), (9, true), (10, false)] {
            assert_eq!(allows(&schema, &json!(number)), valid, "{number}");
        }
    }

    #[test]
    fn beside_a_reference_nothing_counts() {
        let schema = json!({"$ref": "#/components/schemas/User", "nullable": true, "description": "x"});
        assert_eq!(translate(&schema), json!({"$ref": "#/components/schemas/User"}));
    }
}
