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

/// An address without the tokens in its query.
pub(crate) fn without_token(target: &str) -> String {
    const KEYS: [&str; 2] = ["de.vertico.starface.auth=", "de.vertico.starface.jwt="];
    let mut shown = target.to_owned();
    for key in KEYS {
        if let Some(at) = shown.find(key) {
            let begin = at + key.len();
            let end = shown[begin..].find('&').map_or(shown.len(), |length| begin + length);
            shown.replace_range(begin..end, "…");
        }
    }
    shown
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
        assert_eq!(
            without_token("/xml-rpc?de.vertico.starface.jwt=e.y.z&de.vertico.starface.callback.host=h"),
            "/xml-rpc?de.vertico.starface.jwt=…&de.vertico.starface.callback.host=h"
        );
        assert_eq!(without_token("/rest/users"), "/rest/users");
    }
}
