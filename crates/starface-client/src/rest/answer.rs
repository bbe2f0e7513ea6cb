//! What an answer of the REST interface means: a body to read, or an error that says no more than it may.

use serde::de::DeserializeOwned;

use crate::transport::Answer;
use crate::xmlrpc::guarded;
use crate::{Error, ErrorKind};

/// Passes a good answer on and makes an error of any other.
pub(super) fn check(answer: Answer, login: &str) -> Result<serde_json::Value, Error> {
    let status = answer.status;
    if (200..300).contains(&status) {
        if answer.body.is_empty() {
            return Ok(serde_json::Value::Null);
        }
        // The position that serde names is all that is wanted of its error: the text may quote the body.
        return serde_json::from_slice(&answer.body)
            .map(lowercase_keys)
            .map_err(|cause| {
                let message = format!(
                    "the PBX answered something that is not JSON (line {}, column {})",
                    cause.line(),
                    cause.column()
                );
                Error::new(ErrorKind::Protocol, message).answered(status, None)
            });
    }
    let (code, text) = vendor_error(&answer.body);
    let told = text.map(|text| format!(": {}", guarded(&text))).unwrap_or_default();
    let (kind, message) = match status {
        401 => (
            ErrorKind::Login,
            format!("the PBX takes the login {login} for not logged in (HTTP 401){told}"),
        ),
        403 => (
            ErrorKind::Forbidden,
            format!("the login {login} lacks a right (HTTP 403){told}"),
        ),
        404 => (
            ErrorKind::NotFound,
            format!("the PBX does not have this (HTTP 404){told}"),
        ),
        300..=399 => (
            ErrorKind::Protocol,
            format!("the PBX leads elsewhere (HTTP {status}): is its address right?"),
        ),
        500.. => (
            ErrorKind::Unreachable,
            format!("the PBX is out of order (HTTP {status}){told}"),
        ),
        _ => (
            ErrorKind::Rejected,
            format!("the PBX refuses the request (HTTP {status}){told}"),
        ),
    };
    Err(Error::new(kind, message).answered(status, code))
}

/// `{"code": …, "message": …}`.
pub(super) fn vendor_error(body: &[u8]) -> (Option<String>, Option<String>) {
    let Ok(value) = serde_json::from_slice::<serde_json::Value>(body) else {
        return (None, None);
    };
    let text = |key: &str| value.get(key).and_then(serde_json::Value::as_str).map(str::to_owned);
    let plausible = |code: &String| code.len() <= 64 && code.bytes().all(|byte| byte.is_ascii_graphic());
    (text("code").filter(plausible), text("message"))
}

pub(super) fn read<T: DeserializeOwned>(value: &serde_json::Value) -> Result<T, Error> {
    T::deserialize(value).map_err(|cause| {
        // serde quotes values ("invalid type: string \"…\"") up to the first comma; what was expected comes after it.
        let cause = cause.to_string();
        let expected = cause
            .rsplit_once("expected ")
            .map_or("another shape", |(_, expected)| expected);
        Error::new(
            ErrorKind::Protocol,
            format!(
                "the PBX answered in a shape that is not known: expected {}",
                guarded(expected)
            ),
        )
    })
}

pub(super) fn member<T: DeserializeOwned>(value: &serde_json::Value, key: &str) -> Result<T, Error> {
    read(value.get(key).unwrap_or(&serde_json::Value::Null))
}

/// Versions of the PBX spell keys differently (`chatGroup`, `chatgroup`), so all are read in lower case.
fn lowercase_keys(value: serde_json::Value) -> serde_json::Value {
    match value {
        serde_json::Value::Array(items) => items.into_iter().map(lowercase_keys).collect(),
        serde_json::Value::Object(members) => members
            .into_iter()
            .map(|(key, value)| (key.to_ascii_lowercase(), lowercase_keys(value)))
            .collect(),
        scalar @ (serde_json::Value::Null
        | serde_json::Value::Bool(_)
        | serde_json::Value::Number(_)
        | serde_json::Value::String(_)) => scalar,
    }
}
