//! What went over the wire on the PBX's side, for whoever wants to read it afterwards; the simulated Zendesk has
//! [`Exchange`](crate::zendesk::Exchange)s of its own.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

/// A request and its answer, as the simulated PBX saw it. Secrets are left out; numbers and names are not, so this is for
/// simulated people only.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Exchange {
    /// When the request came or went.
    pub at: Timestamp,
    /// `starface` for what it was asked, `callback` for what it sent.
    pub side: &'static str,
    /// The HTTP method.
    pub method: String,
    /// Path and query, for callbacks the whole address; without tokens.
    pub target: String,
    /// The answer's status; `None` if there was no answer.
    pub status: Option<u16>,
    /// The body of the request; empty where it would hold a secret.
    pub request: String,
    /// The body of the answer; empty where it would hold a secret, and for callbacks.
    pub response: String,
}

/// Takes notice of exchanges.
pub type Recorder = Arc<dyn Fn(&Exchange) + Send + Sync>;

impl Exchange {
    /// As one JSON object.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({
            "at": self.at.to_string(), "side": self.side, "method": self.method, "target": self.target,
            "status": self.status, "request": self.request, "response": self.response,
        })
    }
}

/// An address without the token in its query.
pub(crate) fn without_token(target: &str) -> String {
    const KEY: &str = "de.vertico.starface.auth=";
    let Some(at) = target.find(KEY) else {
        return target.to_owned();
    };
    let (before, rest) = target.split_at(at + KEY.len());
    let end = rest.find('&').unwrap_or(rest.len());
    format!("{before}…{}", &rest[end..])
}

#[cfg(test)]
mod tests {
    use super::without_token;

    #[test]
    fn the_token_is_left_out() {
        let target = "/xml-rpc?de.vertico.starface.auth=0101:abc&de.vertico.starface.callback.host=h";
        assert_eq!(
            without_token(target),
            "/xml-rpc?de.vertico.starface.auth=…&de.vertico.starface.callback.host=h"
        );
        assert_eq!(
            without_token("/a?de.vertico.starface.auth=0101:abc"),
            "/a?de.vertico.starface.auth=…"
        );
        assert_eq!(without_token("/rest/users"), "/rest/users");
    }
}
