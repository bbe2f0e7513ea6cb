//! `[web]`: the HTTP surface of a running bridge.

use std::net::SocketAddr;

use secrecy::SecretString;

use super::reader::Section;
use super::values;

/// The section; there is none if it is switched off.
#[derive(Debug)]
pub(crate) struct Web {
    /// Where it listens.
    pub(crate) listen: SocketAddr,
    /// What callers have to show.
    pub(crate) token: Option<SecretString>,
}

/// Reads the section.
pub(crate) fn read(mut section: Section<'_>) -> Option<Web> {
    let default = Some(SocketAddr::from(([127, 0, 0, 1], 8080)));
    let listen = section.or(
        "listen",
        default,
        "an IP address and a port, such as \"127.0.0.1:8080\", or \"off\"",
        |value| match value.text()?.as_str() {
            "off" => Ok(None),
            _ => values::listen(value).map(Some),
        },
    );
    // Whoever asks a running bridge needs it, whatever else is left out.
    let token = section.own_secret("token");
    if let Some(listen) = listen.filter(|listen| !listen.ip().is_loopback() && !section.has("token")) {
        section.wrong(
            "listen",
            format!("{listen} can be reached from other machines, and no token is set"),
            "add `token`, or listen on loopback: \"127.0.0.1:8080\"",
        );
    }
    section.finish();
    listen.map(|listen| Web { listen, token })
}
