//! How single values are read: addresses, durations, numbers.

use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::time::Duration;

use jiff::{SignedDuration, Span, SpanRelativeTo};
use url::{Host, Url};

use super::reader::{Found, Value, found};

/// What [`base_url`] allows.
pub(crate) const BASE_URL: &str =
    "an address such as \"https://acme.example\", without path; http:// for loopback addresses only";

/// What [`listen`] allows.
pub(crate) const LISTEN: &str = "an IP address and a port, such as \"0.0.0.0:8091\"";

/// An `https://` address without path, to which credentials are sent; `http://` for loopback only.
pub(crate) fn base_url(value: Value<'_>) -> Result<Url, Found> {
    let text = value.text()?;
    let url = address(&text)?;
    if url.scheme() == "http" && !is_loopback(&url) {
        return Err(format!(
            "{}: over http:// the credentials would cross the network unencrypted",
            found(&text)
        ));
    }
    if url.path() != "/" {
        return Err(format!("{}, which has a path", found(&text)));
    }
    Ok(url)
}

/// An `http://` or `https://` address at which the bridge itself is reached.
pub(crate) fn own_url(value: Value<'_>) -> Result<Url, Found> {
    let text = value.text()?;
    let url = address(&text)?;
    let is_everywhere = match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_unspecified(),
        Some(Host::Ipv6(ip)) => ip.is_unspecified(),
        Some(Host::Domain(_)) | None => false,
    };
    if is_everywhere {
        return Err(format!(
            "{}, which is good for listening and leads nowhere from another machine",
            found(&text)
        ));
    }
    Ok(url)
}

/// An address and port to listen on.
pub(crate) fn listen(value: Value<'_>) -> Result<SocketAddr, Found> {
    let text = value.text()?;
    if let Some(port) = text.strip_prefix("localhost:").and_then(|port| port.parse().ok()) {
        return Ok(SocketAddr::new(IpAddr::from([127, 0, 0, 1]), port));
    }
    text.parse().map_err(|_| found(&text))
}

/// A duration that may have days and weeks, each of 24 hours a day.
pub(crate) fn days(value: Value<'_>, bounds: RangeInclusive<Duration>) -> Result<Duration, Found> {
    let text = value.text()?;
    let span: Span = text.parse().map_err(|_| found(&text))?;
    let read = span.to_duration(SpanRelativeTo::days_are_24_hours());
    let read = read.map_err(|_| format!("{}: months and years differ in length", found(&text)))?;
    let duration = Duration::try_from(read).map_err(|_| format!("{}, which is negative", found(&text)))?;
    if duration < *bounds.start() {
        Err(format!("{}, which is too short", found(&text)))
    } else if duration > *bounds.end() {
        Err(format!("{}, which is too long", found(&text)))
    } else {
        Ok(duration)
    }
}

/// A duration such as `1h30m`, within bounds.
pub(crate) fn duration(value: Value<'_>, longest: Duration) -> Result<Duration, Found> {
    let text = value.text()?;
    let read: SignedDuration = text.parse().map_err(|_| found(&text))?;
    let duration = Duration::try_from(read).map_err(|_| format!("{}, which is negative", found(&text)))?;
    if duration > longest {
        Err(format!("{}, which is too long", found(&text)))
    } else {
        Ok(duration)
    }
}

/// An e-mail address, as far as its form tells.
pub(crate) fn email(value: Value<'_>) -> Result<String, Found> {
    let text = value.text()?;
    let is_email = text.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty() && host.contains('.') && !host.contains('@') && !text.contains(char::is_whitespace)
    });
    if is_email { Ok(text) } else { Err(found(&text)) }
}

/// Whether an address leads to this machine itself.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

/// An address as people write it.
pub(crate) fn plain(url: &Url) -> &str {
    url.as_str().trim_end_matches('/')
}

fn address(text: &str) -> Result<Url, Found> {
    if text.contains('@') {
        return Err("found an address with a user or password in it (hidden here)".into());
    }
    let url = Url::parse(text).map_err(|error| format!("{}: {error}", found(text)))?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err(found(text));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(format!("{}, which has a query", found(text)));
    }
    Ok(url)
}
