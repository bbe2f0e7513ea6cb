//! Small programs on the libraries of zendesk-bridge, one in each file of `src/bin`, and what they share: reading their
//! arguments and the environment.
//!
//! | program | shows | needs |
//! | --- | --- | --- |
//! | `look-up-caller NUMBER` | who of a Zendesk account has a number, in whatever spelling | Zendesk |
//! | `open-and-pop AGENT-ID NAME` | a ticket that is made once however often it is tried, on an agent's screen | Zendesk |
//! | `export-users [CURSOR]` | everybody of an account, with progress, and from where to go on later | Zendesk, an administrator |
//! | `list-groups` | who is in which group | STARFACE |
//! | `watch-calls` | the calls of one login as they happen | STARFACE |
//! | `own-strategy` | a strategy of one's own for unknown callers, in the core | nothing |
//!
//! Zendesk: `ZENDESK_URL`, `ZENDESK_CLIENT_ID`, `ZENDESK_CLIENT_SECRET`. STARFACE: `STARFACE_URL`, `STARFACE_LOGIN`,
//! `STARFACE_PASSWORD`.
//!
//! Without either, `bridge-sim` is both: `cargo run -p bridge-sim -- both` says where it is and what it takes.
//!
//! ```sh
//! export ZENDESK_URL=http://127.0.0.1:9101 ZENDESK_CLIENT_ID=zendesk_bridge ZENDESK_CLIENT_SECRET=sim-client-secret
//! export STARFACE_URL=http://127.0.0.1:9102 STARFACE_LOGIN=0001 STARFACE_PASSWORD=pw-0001
//! cargo run -p examples --bin look-up-caller -- "0721 123456"
//! ```

use anyhow::Context;
use starface_client::{Password, Server};
use zendesk_client::{Client, Credentials};

/// The argument at a place, from 1.
///
/// # Errors
/// When there is none.
pub fn argument(place: usize, what: &str) -> anyhow::Result<String> {
    std::env::args()
        .nth(place)
        .with_context(|| format!("argument {place} is missing: {what}"))
}

/// A variable of the environment.
///
/// # Errors
/// When it is not set.
pub fn variable(name: &str, what: &str) -> anyhow::Result<String> {
    std::env::var(name).with_context(|| format!("set {name}: {what}"))
}

/// A client for the account of the environment.
///
/// # Errors
/// When the environment does not tell which, or the address makes no sense.
pub fn zendesk() -> anyhow::Result<Client> {
    let url = variable("ZENDESK_URL", "the account, such as https://acme.zendesk.com")?;
    let id = variable("ZENDESK_CLIENT_ID", "the unique identifier of an OAuth client")?;
    let secret = variable("ZENDESK_CLIENT_SECRET", "the secret of the OAuth client")?;
    let credentials = Credentials::client(id, secret.into());
    Ok(Client::builder(&url, credentials)
        .user_agent("zendesk-bridge-examples/0.1")
        .build()?)
}

/// The STARFACE of the environment, and a login to it.
///
/// # Errors
/// When the environment does not tell which, or the address makes no sense.
pub fn starface() -> anyhow::Result<(Server, String, Password)> {
    let server = Server::new(&variable("STARFACE_URL", "the PBX, such as https://pbx.acme.example")?)?;
    let login = variable("STARFACE_LOGIN", "a login, such as 0101")?;
    let password = variable("STARFACE_PASSWORD", "the password of the login")?;
    Ok((server, login, Password::Plain(password.into())))
}
