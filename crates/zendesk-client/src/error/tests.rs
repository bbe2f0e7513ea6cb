//! Kinds by status and body, and what errors never show.

use std::error::Error as _;

use http::{HeaderMap, Method, StatusCode};

use super::{Error, ErrorKind};
use crate::answer::ReadError;
use crate::request::Request;

fn failed(status: u16, content_type: &str, body: &str) -> Error {
    let request = Request::<()>::unread(Method::PUT, "/api/v2/users/7").query("query", "phone:*4972112345");
    let mut headers = HeaderMap::new();
    headers.insert("content-type", content_type.parse().unwrap());
    headers.insert("x-request-id", "6aec-SEA, 6aec-SEA".parse().unwrap());
    Error::from_answer(
        &request.parts,
        StatusCode::from_u16(status).unwrap(),
        &headers,
        body.as_bytes(),
    )
}

#[test]
fn kinds_follow_status_and_body() {
    let json = "application/json; charset=utf-8";
    let table = [
        (
            400,
            json,
            r#"{"error":"IdempotentRequestError"}"#,
            ErrorKind::IdempotencyMismatch,
        ),
        (
            400,
            "text/html",
            "Required parameter missing: user",
            ErrorKind::Rejected,
        ),
        (
            401,
            json,
            r#"{"error":"Couldn't authenticate you"}"#,
            ErrorKind::NotAuthenticated,
        ),
        (
            403,
            json,
            r#"{"error":{"title":"Forbidden","message":"You do not have access"}}"#,
            ErrorKind::Forbidden,
        ),
        (
            404,
            json,
            r#"{"error":"RecordNotFound","description":"Not found"}"#,
            ErrorKind::NotFound,
        ),
        (
            404,
            json,
            r#"{"error":"InvalidEndpoint","description":"Not found"}"#,
            ErrorKind::NoSuchEndpoint,
        ),
        (
            404,
            "text/html; charset=utf-8",
            "<html>No help desk here</html>",
            ErrorKind::NoSuchEndpoint,
        ),
        (404, "text/plain", "", ErrorKind::NotFound),
        (
            400,
            json,
            r#"{"errors":[{"code":"InvalidPaginationDepth","title":"x"}]}"#,
            ErrorKind::TooDeep,
        ),
        (
            400,
            json,
            r#"{"errors":[{"code":"InvalidPaginationParameter","title":"x"}]}"#,
            ErrorKind::BadCursor,
        ),
        (
            422,
            json,
            r#"{"error":"invalid","description":"Requested response size was greater than Search Response Limits"}"#,
            ErrorKind::TooDeep,
        ),
        (
            409,
            "text/plain",
            "Requester creation collision - please try again",
            ErrorKind::Collision,
        ),
        (
            409,
            json,
            r#"{"error":"UpdateConflict","description":"…"}"#,
            ErrorKind::Conflict,
        ),
        (413, "text/plain", "", ErrorKind::TooLarge),
        (422, json, r#"{"error":"RecordInvalid"}"#, ErrorKind::Validation),
        (
            429,
            "text/plain",
            "Number of allowed API requests per minute exceeded",
            ErrorKind::RateLimited,
        ),
        // What does not say what it objects to is not Zendesk's word.
        (422, "text/html", "<html>Unprocessable</html>", ErrorKind::Unavailable),
        (422, json, r#"{"error":"Record"#, ErrorKind::Unavailable),
        (422, json, "{}", ErrorKind::Unavailable),
        (422, json, r#"{"description":"x"}"#, ErrorKind::Validation),
        (502, "text/html", "<html>Bad Gateway</html>", ErrorKind::Unavailable),
        (302, "text/html", "", ErrorKind::Rejected),
    ];
    for (status, content_type, body, kind) in table {
        assert_eq!(failed(status, content_type, body).kind(), kind, "{status} {body}");
    }
}

#[test]
fn what_people_typed_is_reachable_and_never_shown() {
    let body = r#"{"error":"RecordInvalid","description":"Record +4972112345 invalid","details":{
        "value":[{"description":"Value: +4972112345 is already being used by another user","error":"DuplicateValue"}],
        "+4972112345":[{"description":"me@acme.example","error":"4972112345"}]}}"#;
    let error = failed(422, "application/json", body);
    let shown = format!("{error} {error:?} {error:#?}");
    assert!(!shown.contains("4972112345") && !shown.contains("acme"), "{shown}");
    assert_eq!(
        error.to_string(),
        "PUT /api/v2/users/7: Zendesk objects to the data (422 RecordInvalid, a field, value: DuplicateValue), request 6aec-SEA"
    );
    assert!(error.has_field_code("DuplicateValue"));
    assert!(error.description().unwrap().contains("4972112345"));
    assert!(error.fields()[1].description().contains("already being used"));
}

#[test]
fn a_read_error_is_a_source_and_not_repeated_in_the_display() {
    let request = Request::<()>::unread(Method::GET, "/api/v2/users/7");
    let error = Error::from_read(
        &request.parts,
        StatusCode::OK,
        &HeaderMap::new(),
        ReadError::misfit("user.id"),
    );
    assert!(!error.to_string().contains("user.id"), "{error}");
    assert!(error.source().unwrap().to_string().contains("user.id"));
}
