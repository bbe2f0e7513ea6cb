//! The tenant's address, and the check that credentials and links stay on it.

use std::fmt;

use url::{Host, Url};

/// The address of a Zendesk account: `https://acme.zendesk.com`, or a domain of its own.
///
/// Credentials are only ever sent to this scheme, host and port. `http` is accepted for loopback addresses only, so that
/// tests and simulators work and nothing else does.
#[derive(Clone, PartialEq, Eq)]
pub struct BaseUrl(Url);

impl BaseUrl {
    /// Reads an address.
    ///
    /// # Errors
    /// When it is no `https` address of a host, or has more to it than scheme, host and port.
    ///
    /// ```
    /// use zendesk_client::BaseUrl;
    /// assert!(BaseUrl::parse("https://acme.zendesk.com").is_ok());
    /// assert!(BaseUrl::parse("http://127.0.0.1:9000").is_ok());
    /// assert!(BaseUrl::parse("http://acme.zendesk.com").is_err());
    /// ```
    pub fn parse(address: &str) -> Result<Self, BaseUrlError> {
        let url = Url::parse(address).map_err(|_| BaseUrlError::Malformed)?;
        match (url.scheme(), url.host()) {
            ("http" | "https", None) => return Err(BaseUrlError::Malformed),
            ("https", Some(_)) => {}
            ("http", Some(host)) if is_loopback(&host) => {}
            ("http", Some(_)) => return Err(BaseUrlError::NotEncrypted),
            _ => return Err(BaseUrlError::Scheme),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(BaseUrlError::Login);
        }
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return Err(BaseUrlError::Path);
        }
        Ok(Self(url))
    }

    /// Whether an address is on this scheme, host and port, and brings no login of its own.
    #[must_use]
    pub fn owns(&self, url: &Url) -> bool {
        self.0.scheme() == url.scheme()
            && self.0.host() == url.host()
            && self.0.port_or_known_default() == url.port_or_known_default()
            && url.username().is_empty()
            && url.password().is_none()
    }

    /// Whether content may be fetched from an address: from the own host, and without credentials from any that encrypts.
    pub(crate) fn may_fetch_from(&self, url: &Url) -> bool {
        let near = || url.host().is_some_and(|host| is_loopback(&host));
        self.owns(url) || url.scheme() == "https" || (self.0.scheme() == "http" && url.scheme() == "http" && near())
    }

    /// The address of a path on this host. Whatever the path holds, the host stays.
    pub(crate) fn at(&self, path: &str) -> Url {
        let mut url = self.0.clone();
        url.set_path(path);
        url
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

impl fmt::Debug for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BaseUrl({self})")
    }
}

/// Why an address cannot be used.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BaseUrlError {
    /// It cannot be read.
    #[error("this is no address; `https://<subdomain>.zendesk.com` is wanted")]
    Malformed,
    /// Neither `https` nor `http`.
    #[error("the address must begin with `https://`")]
    Scheme,
    /// `http` to somewhere else than this machine.
    #[error("`http://` is for loopback addresses only; use `https://`")]
    NotEncrypted,
    /// A login in the address.
    #[error("the address must not hold a login; credentials are given by themselves")]
    Login,
    /// Path, query or fragment.
    #[error("the address must end after the host (and port)")]
    Path,
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(ip) => ip.is_loopback(),
        Host::Ipv6(ip) => ip.is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::{BaseUrl, BaseUrlError};

    #[test]
    fn https_anywhere_and_http_on_loopback() {
        for good in [
            "https://acme.zendesk.com",
            "https://help.acme.example/",
            "http://127.0.0.1:1",
            "http://localhost:1",
            "http://[::1]:1",
        ] {
            assert!(BaseUrl::parse(good).is_ok(), "{good}");
        }
        for (wrong, why) in [
            ("acme.zendesk.com", BaseUrlError::Malformed),
            ("", BaseUrlError::Malformed),
            ("https://", BaseUrlError::Malformed),
            ("ftp://acme.zendesk.com", BaseUrlError::Scheme),
            ("http://acme.zendesk.com", BaseUrlError::NotEncrypted),
            ("http://127.0.0.1.evil.example", BaseUrlError::NotEncrypted),
            ("http://localhost.evil.example", BaseUrlError::NotEncrypted),
            ("https://me:pw@acme.zendesk.com", BaseUrlError::Login),
            ("https://acme.zendesk.com/api/v2", BaseUrlError::Path),
            ("https://acme.zendesk.com/?a=b", BaseUrlError::Path),
        ] {
            assert_eq!(BaseUrl::parse(wrong), Err(why), "{wrong}");
        }
    }

    #[test]
    fn only_the_own_scheme_host_and_port_are_owned() {
        let base = BaseUrl::parse("https://acme.zendesk.com").unwrap();
        for (link, owned) in [
            ("https://acme.zendesk.com/api/v2/users?page=2", true),
            ("https://acme.zendesk.com:443/x", true),
            ("https://ACME.zendesk.com/x", true),
            ("http://acme.zendesk.com/x", false),
            ("https://acme.zendesk.com:444/x", false),
            ("https://acme.zendesk.com.evil.example/x", false),
            ("https://acme.zendesk.com@evil.example/x", false),
            ("https://me@acme.zendesk.com/x", false),
            ("https://evil.example/acme.zendesk.com", false),
        ] {
            assert_eq!(base.owns(&Url::parse(link).unwrap()), owned, "{link}");
        }
    }

    #[test]
    fn a_path_cannot_leave_the_host() {
        let base = BaseUrl::parse("https://acme.zendesk.com").unwrap();
        for path in ["//evil.example/x", "/../x", "@evil.example", "?q#f"] {
            assert!(base.owns(&base.at(path)), "{path}");
        }
    }
}
