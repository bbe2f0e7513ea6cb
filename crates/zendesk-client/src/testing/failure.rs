//! What goes wrong, as Zendesk says it.

use std::time::Duration;

use serde_json::json;
use wiremock::ResponseTemplate;

/// An answer of failure, in the words and types that Zendesk has been seen to use.
#[derive(Clone, Debug)]
pub struct Failure(pub(super) ResponseTemplate);

impl Failure {
    /// 404: there is no such record.
    #[must_use]
    pub fn not_found() -> Self {
        Self::named(404, "RecordNotFound", "Not found")
    }

    /// 404: there is no such endpoint in this plan.
    #[must_use]
    pub fn no_such_endpoint() -> Self {
        Self::named(404, "InvalidEndpoint", "Not found")
    }

    /// 401: the token has ended or was revoked.
    #[must_use]
    pub fn token_ended() -> Self {
        let words = "The access token provided is expired, revoked, malformed or invalid for other reasons.";
        Self::json(401, json!({ "error": "invalid_token", "error_description": words }))
    }

    /// 403: role or plan do not allow it.
    #[must_use]
    pub fn forbidden() -> Self {
        let words =
            "You do not have access to this page. Please contact the account owner of this help desk for further help.";
        Self::json(403, json!({ "error": { "title": "Forbidden", "message": words } }))
    }

    /// 403: the token lacks scopes.
    #[must_use]
    pub fn missing_scopes(scopes: &str) -> Self {
        let words = format!("You are missing the following required scopes: {scopes}");
        Self::named(403, "Forbidden", &words)
    }

    /// 422: a field is refused with a code, such as `DuplicateValue`.
    #[must_use]
    pub fn invalid(field: &str, code: &str) -> Self {
        let problem = json!([{ "description": format!("{field}: is not right"), "error": code }]);
        let details = json!({ field: problem });
        Self::json(
            422,
            json!({ "error": "RecordInvalid", "description": "Record validation errors", "details": details }),
        )
    }

    /// 409: the record was changed by somebody else meanwhile.
    #[must_use]
    pub fn conflict() -> Self {
        Self::named(
            409,
            "UpdateConflict",
            "Safe Update prevented the update due to outdated ticket data.",
        )
    }

    /// 409: two requests were creating the same requester.
    #[must_use]
    pub fn collision() -> Self {
        Self::text(409, "Requester creation collision - please try again")
    }

    /// 400: the idempotency key was used for something else.
    #[must_use]
    pub fn key_used_otherwise() -> Self {
        let words = "Request parameters don't match the given idempotency key";
        Self::named(400, "IdempotentRequestError", words)
    }

    /// 400: the list goes on, and is not shown any deeper.
    #[must_use]
    pub fn too_deep() -> Self {
        Self::json(
            400,
            json!({ "errors": [{ "code": "InvalidPaginationDepth", "title": "Invalid pagination depth" }] }),
        )
    }

    /// 413: the request is too large.
    #[must_use]
    pub fn too_large() -> Self {
        Self::text(413, "")
    }

    /// 429: too many requests, for so many seconds.
    #[must_use]
    pub fn rate_limited(seconds: u32) -> Self {
        Self::text(429, "Number of allowed API requests per minute exceeded").asking(seconds)
    }

    /// 503: maintenance, for so many seconds.
    #[must_use]
    pub fn maintenance(seconds: u32) -> Self {
        Self::text(503, "Maintenance").asking(seconds)
    }

    /// 502 with a page of HTML.
    #[must_use]
    pub fn bad_gateway() -> Self {
        let page = "<html><body><h1>502 Bad Gateway</h1></body></html>";
        Self(ResponseTemplate::new(502).set_body_raw(page, "text/html"))
    }

    /// No answer within this time, and then one of success with nothing in it.
    #[must_use]
    pub fn silence(time: Duration) -> Self {
        Self(ResponseTemplate::new(200).set_delay(time))
    }

    /// Any other.
    #[must_use]
    pub fn other(answer: ResponseTemplate) -> Self {
        Self(answer)
    }

    /// With a header.
    #[must_use]
    pub fn with_header(self, name: &'static str, value: &str) -> Self {
        Self(self.0.insert_header(name, value))
    }

    fn asking(self, seconds: u32) -> Self {
        Self(self.0.insert_header("retry-after", seconds.to_string().as_str()))
    }

    fn named(status: u16, error: &str, description: &str) -> Self {
        Self::json(status, json!({ "error": error, "description": description }))
    }

    fn json(status: u16, body: serde_json::Value) -> Self {
        Self(ResponseTemplate::new(status).set_body_json(body))
    }

    fn text(status: u16, body: &str) -> Self {
        Self(ResponseTemplate::new(status).set_body_raw(body, "text/plain; charset=UTF-8"))
    }
}
