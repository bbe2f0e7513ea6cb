//! Exchanges, for those who want to hold them against the vendor's description.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::message::{Delivery, SimRequest, SimResponse};
use super::routes;

/// A request and its answer, in the shape of recorded traffic. Secrets are left out, and with them the request's headers;
/// names and numbers are not, so it is for invented worlds only.
#[derive(Clone, Debug, Serialize)]
pub struct Exchange {
    /// When the request came.
    #[serde(serialize_with = "as_text")]
    pub recorded_at: Timestamp,
    /// GET, POST, PUT, PATCH or DELETE.
    pub method: String,
    /// Path and query as sent.
    pub path: String,
    /// The path with `{id}` for numbers; `None` for a path that there is not.
    pub path_template: Option<&'static str>,
    /// What was sent: JSON, or text that is none.
    pub request_body: Value,
    /// What was answered; `None` if the answer got lost.
    pub status: Option<u16>,
    /// Names in small letters.
    pub response_headers: BTreeMap<String, String>,
    /// What was answered: JSON, or text that is none.
    pub response_body: Value,
    /// Whether the answer arrived.
    pub delivery: Delivery,
}

impl Exchange {
    pub(super) fn of(request: &SimRequest, answer: &SimResponse, at: Timestamp) -> Self {
        let query = if request.query.is_empty() {
            String::new()
        } else {
            format!("?{}", request.query)
        };
        Self {
            recorded_at: at,
            method: request.method.to_string(),
            path: format!("{}{query}", request.path),
            path_template: routes::find(&request.method, &request.path).map(|(endpoint, _)| endpoint.template),
            request_body: body(&request.body),
            status: (answer.delivery != Delivery::Lost).then_some(answer.status),
            response_headers: answer.headers.iter().cloned().collect(),
            response_body: body(&answer.body),
            delivery: answer.delivery,
        }
    }
}

fn body(bytes: &[u8]) -> Value {
    if bytes.is_empty() {
        return Value::Null;
    }
    let mut body: Value = serde_json::from_slice(bytes).unwrap_or_else(|_| String::from_utf8_lossy(bytes).into());
    for key in [
        "client_secret",
        "access_token",
        "refresh_token",
        "code",
        "code_verifier",
    ] {
        if let Some(secret) = body.get_mut(key) {
            *secret = "…".into();
        }
    }
    body
}

fn as_text<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(at)
}
