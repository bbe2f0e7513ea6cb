//! Requests of one login: the URL that carries its proof and the address for callbacks, and one POST.

use std::sync::{Mutex, PoisonError};

use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use super::session::{Proof, Reply};
use super::{Agent, Dialect};
use crate::oauth::Tokens;
use crate::transport::{Http, Server};
use crate::xmlrpc::{Limits, Value, parse_response, write_call};
use crate::{Error, ErrorKind};

/// Where the PBX is to send its callbacks to.
#[derive(Clone, Debug)]
pub(super) struct CallbackAddress {
    pub(super) scheme: String,
    pub(super) host: String,
    pub(super) port: u16,
    /// Begins with a slash and holds the secret.
    pub(super) path: SecretString,
}

#[derive(Debug)]
pub(super) struct Rpc {
    http: Http,
    url: Url,
    /// The part of the query that names the address for callbacks.
    callback: SecretString,
    /// What proves the login the classic way.
    token: SecretString,
    /// What proves it by OAuth.
    tokens: Option<Tokens>,
    /// What the session that stands was made with.
    speaking: Mutex<(Dialect, Proof)>,
}

impl Rpc {
    /// Every request carries the same URL, as all known clients do it. Without an address no events are asked for.
    pub(super) fn new(
        server: &Server,
        http: Http,
        agent: &Agent,
        callback: Option<&CallbackAddress>,
    ) -> Result<Self, Error> {
        let mut query = String::new();
        if let Some(callback) = callback {
            for (key, value) in [
                ("type", callback.scheme.as_str()),
                ("host", &callback.host),
                ("port", &callback.port.to_string()),
                ("path", callback.path.expose_secret()),
            ] {
                query.push_str(&format!("&de.vertico.starface.callback.{key}={}", escaped(value)));
            }
        }
        let tokens = Tokens::new(server, &http, agent.login(), agent.password())?;
        let rpc = Self {
            url: http.url("xml-rpc")?,
            http,
            callback: SecretString::from(query),
            token: agent.token()?,
            tokens,
            speaking: Mutex::new((Dialect::V30, Proof::Token)),
        };
        rpc.speaks(Dialect::V30, rpc.proofs().0);
        Ok(rpc)
    }

    /// What proves the login, and what else does when the PBX refuses that.
    pub(super) fn proofs(&self) -> (Proof, Option<Proof>) {
        match &self.tokens {
            None => (Proof::Token, None),
            Some(tokens) if tokens.at_once() => (Proof::Jwt, None),
            Some(_) => (Proof::Token, Some(Proof::Jwt)),
        }
    }

    /// What requests outside the session have to be made with.
    pub(super) fn speaking(&self) -> (Dialect, Proof) {
        *self.speaking.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn speaks(&self, dialect: Dialect, proof: Proof) {
        *self.speaking.lock().unwrap_or_else(PoisonError::into_inner) = (dialect, proof);
    }

    /// Sends a request and tells of a failure in words.
    pub(super) async fn call(&self, proof: Proof, method: &str, params: &[Value]) -> Reply {
        match self.post(proof, method, params).await {
            Ok(reply) => reply,
            Err(error) => Reply::Nothing { why: error.to_string() },
        }
    }

    /// Sends a request.
    pub(super) async fn post(&self, proof: Proof, method: &str, params: &[Value]) -> Result<Reply, Error> {
        let limits = Limits::default();
        let query = match (proof, &self.tokens) {
            (Proof::Jwt, Some(tokens)) => match tokens.access(None).await {
                Ok(token) => format!("de.vertico.starface.jwt={}", escaped(token.expose_secret())),
                Err(error) if matches!(error.kind(), ErrorKind::Login | ErrorKind::NotFound) => {
                    return Ok(Reply::Unproved { why: error.to_string() });
                }
                Err(error) => return Err(error),
            },
            (Proof::Token | Proof::Jwt, _) => {
                format!("de.vertico.starface.auth={}", escaped(self.token.expose_secret()))
            }
        };
        let mut url = self.url.clone();
        url.set_query(Some(&format!("{query}{}", self.callback.expose_secret())));
        let request = self
            .http
            .request(Method::POST, url)
            .header(CONTENT_TYPE, "text/xml; charset=UTF-8")
            .body(write_call(method, params));
        let answer = self.http.send(request, limits.bytes).await?;
        let status = answer.status;
        let reply = match parse_response(&answer.body, &limits) {
            Ok(Err(fault)) => Reply::Fault(fault),
            Ok(Ok(value)) if (200..300).contains(&status) => Reply::Value(value),
            Ok(Ok(_)) => Reply::NotXmlRpc { status },
            Err(error) => {
                tracing::debug!(status, %error, "the answer is no XML-RPC");
                Reply::NotXmlRpc { status }
            }
        };
        if let (Proof::Jwt, Some(tokens), Reply::NotXmlRpc { status: ..500 }) = (proof, &self.tokens, &reply) {
            // A page to log in at: the token is worth nothing, whatever its age.
            tokens.forget().await;
        }
        Ok(reply)
    }
}

/// Escapes what could be taken for another parameter. Colons and slashes stay, as clients in the field send them.
fn escaped(value: &str) -> String {
    let mut out = String::new();
    for byte in value.bytes() {
        match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'.' | b'_' | b'~' | b':' | b'/' => {
                out.push(char::from(byte))
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn values_cannot_become_parameters() {
        assert_eq!(escaped("0101:81d8/x"), "0101:81d8/x");
        assert_eq!(escaped("a&b=c d+é#"), "a%26b%3Dc%20d%2B%C3%A9%23");
    }
}
