//! The one place where requests leave: address, certificates, time limits, size limits.

use std::error::Error as StdError;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::header::LOCATION;
use reqwest::redirect::Policy;
use url::{Host, Url};

use crate::oauth::OAuthClient;
use crate::service::{self, HttpService, NoAnswer, Service};
use crate::tls::{Fingerprint, NotPinned, trusting, trusting_listed};
use crate::{Error, ErrorKind};

/// Where a STARFACE is and how to trust it.
///
/// ```
/// use starface_client::Server;
///
/// assert!(Server::new("https://pbx.acme.example").is_ok());
/// assert!(Server::new("http://127.0.0.1:8080").is_ok());
/// // Logins never cross a network in clear text.
/// assert!(Server::new("http://pbx.acme.example").is_err());
/// ```
#[derive(Clone)]
pub struct Server {
    url: Url,
    ca_pem: Option<Vec<u8>>,
    timeout: Duration,
    oauth: Option<OAuthClient>,
    pins: Vec<Fingerprint>,
    service: Option<Service>,
}

impl Server {
    /// The PBX at this address, such as `https://pbx.acme.example`. `http://` is accepted for loopback addresses only.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] when it is no such address.
    pub fn new(url: &str) -> Result<Self, Error> {
        let config = |message: &str| Error::new(ErrorKind::Config, message);
        let mut url = Url::parse(url).map_err(|cause| {
            config("the address of the PBX is not a URL such as https://pbx.acme.example").caused_by(cause)
        })?;
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(&url) => {}
            "http" => {
                return Err(config(
                    "http:// to a PBX on another machine would show the logins to the network: use https://",
                ));
            }
            _ => return Err(config("the address of the PBX must begin with https://")),
        }
        if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
            return Err(config(
                "the address of the PBX may hold neither a login nor anything after a ? or #",
            ));
        }
        if !url.path().ends_with('/') {
            let path = format!("{}/", url.path());
            url.set_path(&path);
        }
        Ok(Self {
            url,
            ca_pem: None,
            timeout: Duration::from_secs(15),
            oauth: None,
            pins: Vec::new(),
            service: None,
        })
    }

    /// Trusts the certificates in these PEM bytes and no others: each as an authority for what it signed, and each as the
    /// PBX's own, whatever names are in it and also after its time. So it serves an authority of one's own as well as a
    /// certificate that signs itself.
    #[must_use]
    pub fn ca_pem(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.ca_pem = Some(pem.into());
        self
    }

    /// Trusts the certificate of this SHA-256 and no other, whoever signed it, whatever names are in it, and also after
    /// its time: for a PBX that signs its own. 64 hexadecimal digits, with or without colons, as
    /// `openssl x509 -in pbx.pem -noout -fingerprint -sha256` prints them. More than one can be given, for the time
    /// around a change; authorities count no more then.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] when it is no such fingerprint.
    pub fn pin_sha256(mut self, fingerprint: &str) -> Result<Self, Error> {
        let message = "the fingerprint of the certificate must be a SHA-256: 64 hexadecimal digits";
        let pin = Fingerprint::read(fingerprint).ok_or_else(|| Error::new(ErrorKind::Config, message))?;
        self.pins.push(pin);
        Ok(self)
    }

    /// How long one request may take; 15 s unless set.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Logs in by OAuth (version 10) where the PBX refuses the classic login, or [at once](OAuthClient::at_once).
    #[must_use]
    pub fn oauth(mut self, client: OAuthClient) -> Self {
        self.oauth = Some(client);
        self
    }

    /// Sends every request through this service, and none over the network. Certificates and pins count no more then.
    #[must_use]
    pub fn service(mut self, service: Arc<dyn HttpService>) -> Self {
        self.service = Some(Service(service));
        self
    }

    pub(crate) fn oauth_client(&self) -> Option<&OAuthClient> {
        self.oauth.as_ref()
    }

    /// The address.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("url", &self.url.as_str())
            .finish_non_exhaustive()
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(ip)) => IpAddr::V4(ip).is_loopback(),
        Some(Host::Ipv6(ip)) => IpAddr::V6(ip).is_loopback(),
        None => false,
    }
}

/// A connection pool to one PBX.
#[derive(Clone, Debug)]
pub(crate) struct Http {
    client: reqwest::Client,
    base: Url,
    /// Where requests go instead of through the client, and how long they may take there.
    service: Option<(Service, Duration)>,
}

/// An answer, whatever its status.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Bytes,
    /// Where it leads; never followed by itself.
    pub(crate) location: Option<String>,
}

impl Http {
    pub(crate) fn new(server: &Server) -> Result<Self, Error> {
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("starface-client/", env!("CARGO_PKG_VERSION")))
            .timeout(server.timeout)
            .connect_timeout(server.timeout.min(Duration::from_secs(5)))
            // Secrets are in URLs and headers: nothing follows a redirect, nothing goes through a proxy of the environment.
            .redirect(Policy::none())
            .no_proxy()
            .http1_only()
            .no_gzip();
        if server.service.is_some() {
            // It only puts requests together then; reading the system's certificates would take it longer.
            builder = builder.tls_certs_only([]);
        }
        if let Some(pem) = &server.ca_pem {
            let unreadable = || {
                Error::new(
                    ErrorKind::Config,
                    "the certificate file holds no certificate in PEM form",
                )
            };
            builder = builder.tls_backend_preconfigured(trusting_listed(pem).ok_or_else(unreadable)?);
        }
        if !server.pins.is_empty() {
            let config = trusting(&server.pins)
                .ok_or_else(|| Error::new(ErrorKind::Config, "TLS cannot be set up with pinned certificates"))?;
            builder = builder.tls_backend_preconfigured(config);
        }
        let client = builder.build().map_err(|cause| {
            Error::new(ErrorKind::Config, "TLS cannot be set up with these certificates").caused_by(cause)
        })?;
        Ok(Self {
            client,
            base: server.url.clone(),
            service: server.service.clone().map(|service| (service, server.timeout)),
        })
    }

    /// The address of a path below the base, without a leading slash.
    pub(crate) fn url(&self, path: &str) -> Result<Url, Error> {
        self.base
            .join(path)
            .map_err(|cause| Error::new(ErrorKind::Config, "a path that makes no URL").caused_by(cause))
    }

    pub(crate) fn request(&self, method: reqwest::Method, url: Url) -> reqwest::RequestBuilder {
        self.client.request(method, url)
    }

    /// Sends a request and reads the answer up to a limit.
    pub(crate) async fn send(&self, request: reqwest::RequestBuilder, limit: usize) -> Result<Answer, Error> {
        let request = request.build().map_err(|cause| {
            Error::new(ErrorKind::Config, "a request that cannot be built").caused_by(cause.without_url())
        })?;
        let mut response = self.leave(request).await?;
        let status = response.status().as_u16();
        let location = response
            .headers()
            .get(LOCATION)
            .and_then(|location| location.to_str().ok());
        let location = location.map(str::to_owned);
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            if body.len() + chunk.len() > limit {
                let message = format!("the PBX sent more than {} KiB for one answer", limit / 1024);
                return Err(Error::new(ErrorKind::Protocol, message).answered(status, None));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer {
            status,
            body: body.freeze(),
            location,
        })
    }
}

impl Http {
    async fn leave(&self, request: reqwest::Request) -> Result<reqwest::Response, Error> {
        let Some((Service(service), limit)) = &self.service else {
            return self.client.execute(request).await.map_err(failed);
        };
        let answered = tokio::time::timeout(*limit, service.call(service::plain(request)?)).await;
        let answered = answered.unwrap_or(Err(NoAnswer::Timeout));
        answered.map(reqwest::Response::from).map_err(service::failed)
    }
}

/// Sorts a failure of the transport. The URL is cut out, since it holds the token.
fn failed(error: reqwest::Error) -> Error {
    let error = error.without_url();
    let mut cause: Option<&dyn StdError> = error.source();
    let mut certificate = None;
    while let Some(inner) = cause {
        if let Some(not_pinned) = not_pinned(inner) {
            certificate = Some(not_pinned.to_string());
        } else if inner.to_string().to_ascii_lowercase().contains("certificate") {
            let untrusted =
                "the certificate of the PBX is not trusted: name the authority that issued it, or pin the certificate";
            certificate.get_or_insert_with(|| untrusted.to_owned());
        }
        cause = inner.source();
    }
    if let Some(message) = certificate {
        return Error::new(ErrorKind::Certificate, message).caused_by(error);
    }
    let (kind, message) = if error.is_timeout() {
        (ErrorKind::Unreachable, "the PBX did not answer in time")
    } else if error.is_connect() {
        (ErrorKind::Unreachable, "the PBX cannot be reached")
    } else {
        (ErrorKind::Unreachable, "the connection to the PBX broke")
    };
    Error::new(kind, message).caused_by(error)
}

/// What the verifier of pinned certificates had to say, out of the covers that other libraries put around it.
fn not_pinned<'a>(cause: &'a (dyn StdError + 'static)) -> Option<&'a NotPinned> {
    let mut cause = cause;
    while let Some(io) = cause.downcast_ref::<std::io::Error>() {
        cause = io.get_ref()?;
    }
    if let rustls::Error::InvalidCertificate(rustls::CertificateError::Other(other)) = cause.downcast_ref()? {
        other.0.downcast_ref()
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clear_text_is_for_loopback_only() {
        for good in [
            "https://pbx.acme.example",
            "http://localhost:8080",
            "http://127.0.0.9",
            "http://[::1]:80",
            "https://10.0.0.1/pbx",
        ] {
            assert!(Server::new(good).is_ok(), "{good}");
        }
        for bad in [
            "http://pbx.acme.example",
            "http://127.0.0.1.evil.example",
            "http://10.0.0.1",
            "ftp://localhost",
            "pbx.acme.example",
            "https://anna:geheim@pbx.acme.example",
            "https://pbx.acme.example/?a=b",
            "",
        ] {
            let error = Server::new(bad).expect_err(bad);
            assert_eq!(error.kind(), ErrorKind::Config);
            assert!(!error.to_string().contains("geheim"));
        }
    }

    #[test]
    fn paths_are_appended_below_the_base() {
        let http = |base: &str| Http::new(&Server::new(base).expect("a server")).expect("a client");
        assert_eq!(
            http("https://pbx/").url("rest/login").expect("a URL").as_str(),
            "https://pbx/rest/login"
        );
        assert_eq!(
            http("https://proxy/pbx").url("rest/login").expect("a URL").as_str(),
            "https://proxy/pbx/rest/login"
        );
    }

    #[test]
    fn a_file_without_certificates_is_refused() {
        let server = Server::new("https://pbx").expect("a server").ca_pem("no certificate");
        assert_eq!(
            Http::new(&server).expect_err("nothing to trust").kind(),
            ErrorKind::Config
        );
    }
}
