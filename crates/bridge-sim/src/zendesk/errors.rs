//! The shapes in which Zendesk says no.

use serde_json::{Value, json};

use super::message::SimResponse;
use super::switch_kinds::Details;

/// 404 for a record that is not there, or no longer.
pub(super) fn not_found() -> SimResponse {
    named(404, "RecordNotFound", "Not found")
}

/// 404 for a path that the API does not have.
pub(super) fn no_such_endpoint() -> SimResponse {
    named(404, "InvalidEndpoint", "Not found")
}

/// The usual envelope: a name and a description.
pub(super) fn named(status: u16, error: &str, description: &str) -> SimResponse {
    SimResponse::json(status, &json!({"error": error, "description": description}))
}

/// 422 with one objection; `code` may be missing, as it is in real answers.
pub(super) fn invalid(field: &str, description: &str, code: Option<&str>) -> SimResponse {
    let item = objection(description, code);
    record_invalid(&json!({field: [item]}))
}

/// 422 with the objection as a single object instead of a list, as seen for phone numbers.
pub(super) fn invalid_single(field: &str, description: &str, code: &str) -> SimResponse {
    record_invalid(&json!({field: objection(description, Some(code))}))
}

/// Writes the details of a 422 all as lists, or all as single objects.
pub(super) fn rewrite_details(answer: &mut SimResponse, how: Details) {
    let mut body = answer.value();
    for (_, detail) in body["details"].as_object_mut().into_iter().flatten() {
        match (how, detail.as_array()) {
            (Details::Lists, None) => *detail = json!([detail.take()]),
            (Details::Objects, Some(list)) => *detail = list.first().cloned().unwrap_or_default(),
            (Details::AsSeen | Details::Lists | Details::Objects, _) => {}
        }
    }
    answer.body = body.to_string().into();
}

/// 400 for values of a wrong type.
pub(super) fn wrong_types(problems: &[(String, String)]) -> SimResponse {
    let details: serde_json::Map<String, Value> = problems
        .iter()
        .map(|(field, what)| {
            (
                field.clone(),
                json!([objection(&format!("{field}: {what}"), Some("InvalidValue"))]),
            )
        })
        .collect();
    let body = json!({"error": "InvalidValue", "description": "Parameter validation errors", "details": details});
    SimResponse::json(400, &body)
}

/// 400 for a body without the object it must hold; an HTML answer, as recorded.
pub(super) fn missing(parameter: &str) -> SimResponse {
    SimResponse::text(
        400,
        "text/html; charset=utf-8",
        format!("Required parameter missing: {parameter}"),
    )
}

/// 400 for more than a hundred records at once.
pub(super) fn too_many_values() -> SimResponse {
    let body = json!({"error": "TooManyValues", "description": "Too many values", "max_count": 100});
    SimResponse::json(400, &body)
}

/// 400 of the endpoints for lists.
pub(super) fn bad_page(code: &str, title: &str, detail: &str) -> SimResponse {
    SimResponse::json(
        400,
        &json!({"errors": [{"code": code, "title": title, "detail": detail}]}),
    )
}

/// 401 where there are no credentials, or wrong ones that are not OAuth.
pub(super) fn unauthenticated() -> SimResponse {
    SimResponse::json(401, &json!({"error": "Couldn't authenticate you"}))
}

/// 401 for a bearer token that is not good, or no longer.
pub(super) fn invalid_token() -> SimResponse {
    let why = "The access token provided is expired, revoked, malformed or invalid for other reasons.";
    oauth(401, "invalid_token", why)
}

/// The shape of RFC 6749.
pub(super) fn oauth(status: u16, error: &str, description: &str) -> SimResponse {
    SimResponse::json(status, &json!({"error": error, "error_description": description}))
}

/// 403 for a token that lacks a scope.
pub(super) fn missing_scope(scope: &str) -> SimResponse {
    named(
        403,
        "Forbidden",
        &format!("You are missing the following required scopes: {scope}"),
    )
}

/// 403 for a user, or a plan, that lacks the right.
pub(super) fn forbidden() -> SimResponse {
    let message =
        "You do not have access to this page. Please contact the account owner of this help desk for further help.";
    SimResponse::json(403, &json!({"error": {"title": "Forbidden", "message": message}}))
}

/// 429 as text, as the account's limit and that for one user's updates are told.
pub(super) fn too_many_plain(text: &str, retry_after: u64) -> SimResponse {
    SimResponse::text(429, "text/plain; charset=utf-8", text.to_owned()).with("retry-after", retry_after.to_string())
}

/// 429 as JSON.
pub(super) fn too_many(description: &str, retry_after: u64) -> SimResponse {
    named(429, "APIRateLimitExceeded", description).with("retry-after", retry_after.to_string())
}

/// A page of the load balancer's.
pub(super) fn html(status: u16, title: &str) -> SimResponse {
    let page = format!(
        "<html>\r\n<head><title>{status} {title}</title></head>\r\n<body>\r\n<center><h1>{status} {title}</h1></center>\r\n</body>\r\n</html>\r\n"
    );
    SimResponse::text(status, "text/html; charset=utf-8", page)
}

fn record_invalid(details: &Value) -> SimResponse {
    let body = json!({"error": "RecordInvalid", "description": "Record validation errors", "details": details});
    SimResponse::json(422, &body)
}

fn objection(description: &str, code: Option<&str>) -> Value {
    match code {
        Some(code) => json!({"description": description, "error": code}),
        None => json!({"description": description}),
    }
}
