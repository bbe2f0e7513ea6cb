//! `[zendesk]`: where Zendesk is and who the bridge is there.

use secrecy::SecretString;
use url::Url;

use super::reader::Section;
use super::values::{BASE_URL, base_url, email};

/// The section.
#[derive(Debug)]
pub(crate) struct Zendesk {
    /// The account's address.
    pub(crate) url: Url,
    /// Who the bridge is.
    pub(crate) credentials: Credentials,
    /// Whether tickets are opened on the agent's screen.
    pub(crate) screen_pop: bool,
    /// At most this part of the account's rate limit.
    pub(crate) request_share: f64,
}

/// One of the three ways to sign in.
#[derive(Debug)]
pub(crate) enum Credentials {
    /// OAuth client credentials.
    Client {
        /// The client's identifier.
        id: String,
        /// Its secret.
        secret: SecretString,
    },
    /// A ready-made OAuth token.
    Token(SecretString),
    /// An API token, which Zendesk stops accepting.
    ApiToken {
        /// Whose.
        email: String,
        /// The token.
        token: SecretString,
    },
}

const WAYS: &str = "allowed: one of client_id with client_secret (OAuth client credentials: the way that lasts), \
                    oauth_token, or email with api_token (until 2027-04-30)";

/// Reads the section.
pub(crate) fn read(mut section: Section<'_>) -> Option<Zendesk> {
    let url = section.required("url", BASE_URL, base_url);
    let credentials = credentials(&mut section);
    let screen_pop = section.or("screen_pop", true, "true or false", |value| value.flag());
    let request_share = section.or(
        "request_share",
        0.5,
        "a number above 0, at most 1",
        |value| match value.number()? {
            share if share > 0.0 && share <= 1.0 => Ok(share),
            _ => Err(value.describe()),
        },
    );
    section.finish();
    Some(Zendesk {
        url: url?,
        credentials: credentials?,
        screen_pop,
        request_share,
    })
}

fn credentials(section: &mut Section<'_>) -> Option<Credentials> {
    let present: Vec<&str> = ["client_id", "client_secret", "oauth_token", "email", "api_token"]
        .into_iter()
        .filter(|key| section.has(key))
        .collect();
    let id = section.optional("client_id", "the unique identifier of the OAuth client", |value| {
        value.text()
    });
    let secret = section.secret("client_secret");
    let oauth_token = section.secret("oauth_token");
    let email = section.optional("email", "the e-mail address of the token's agent", email);
    let api_token = section.secret("api_token");

    let client = present.iter().any(|key| key.starts_with("client_"));
    let api = present.iter().any(|key| matches!(*key, "email" | "api_token"));
    let ways = [client, section.has("oauth_token"), api]
        .into_iter()
        .filter(|way| *way)
        .count();
    match ways {
        0 => {
            section.wrong("client_id", "no credentials are given", WAYS);
            return None;
        }
        1 => {}
        _ => {
            let last = present.last().copied().unwrap_or("client_id");
            section.wrong(
                last,
                format!("more than one way to sign in is given: {}", present.join(", ")),
                WAYS,
            );
            return None;
        }
    }
    let pairs = [("client_id", "client_secret"), ("email", "api_token")];
    for (one, other) in pairs {
        for (given, needed) in [(one, other), (other, one)] {
            if section.has(given) && !section.has(needed) {
                section.wrong(
                    given,
                    format!("`{given}` is given without `{needed}`"),
                    format!("add `{needed}`; {WAYS}"),
                );
            }
        }
    }
    if client {
        Some(Credentials::Client {
            id: id?,
            secret: secret?,
        })
    } else if api {
        Some(Credentials::ApiToken {
            email: email?,
            token: api_token?,
        })
    } else {
        Some(Credentials::Token(oauth_token?))
    }
}
