//! Requests of one login: the URL that carries its token and the address for callbacks, and one POST.

use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use super::session::Reply;
use crate::transport::Http;
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
    /// Holds the token, so it is never shown.
    url: SecretString,
}

impl Rpc {
    /// Every request carries the same URL, as all known clients do it. Without an address no events are asked for.
    pub(super) fn new(http: Http, token: &SecretString, callback: Option<&CallbackAddress>) -> Result<Self, Error> {
        let mut url = http.url("xml-rpc")?;
        let mut query = format!("de.vertico.starface.auth={}", escaped(token.expose_secret()));
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
        url.set_query(Some(&query));
        Ok(Self {
            http,
            url: SecretString::from(String::from(url)),
        })
    }

    pub(super) async fn call(&self, method: &str, params: &[Value]) -> Reply {
        match self.post(method, params).await {
            Ok(reply) => reply,
            Err(error) => Reply::Nothing { why: error.to_string() },
        }
    }

    async fn post(&self, method: &str, params: &[Value]) -> Result<Reply, Error> {
        let limits = Limits::default();
        let url = Url::parse(self.url.expose_secret())
            .map_err(|cause| Error::new(ErrorKind::Config, "a URL that is none").caused_by(cause))?;
        let request = self
            .http
            .request(Method::POST, url)
            .header(CONTENT_TYPE, "text/xml; charset=UTF-8")
            .body(write_call(method, params));
        let answer = self.http.send(request, limits.bytes).await?;
        let status = answer.status;
        Ok(match parse_response(&answer.body, &limits) {
            Ok(Err(fault)) => Reply::Fault(fault),
            Ok(Ok(value)) if (200..300).contains(&status) => Reply::Value(value),
            Ok(Ok(_)) => Reply::NotXmlRpc { status },
            Err(error) => {
                tracing::debug!(status, %error, "the answer is no XML-RPC");
                Reply::NotXmlRpc { status }
            }
        })
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
