//! What comes in and goes out: requests, answers, callbacks.

use super::xml::Value;

/// A request as it arrives.
#[derive(Clone, Copy, Default, Debug)]
pub struct Request<'a> {
    /// `GET`, `POST` and so on.
    pub method: &'a str,
    /// Path without the query.
    pub path: &'a str,
    /// The query without `?`, or nothing.
    pub query: &'a str,
    /// The header `authToken`.
    pub auth_token: Option<&'a str>,
    /// The header `Authorization`.
    pub authorization: Option<&'a str>,
    /// The header `Host`, for addresses in answers.
    pub host: Option<&'a str>,
    /// The body.
    pub body: &'a [u8],
}

/// What is answered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The type of the body.
    pub content_type: &'static str,
    /// The header `Location`.
    pub location: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

/// An event that the PBX sends to a client.
#[derive(Clone, PartialEq, Eq)]
pub struct Callback {
    /// Whose session it is for; those of one login are sent one after the other.
    pub login: String,
    /// Where to, with user and token.
    pub url: String,
    /// The call of a method.
    pub body: Vec<u8>,
}

impl std::fmt::Debug for Callback {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The address holds a token, the body a number.
        f.debug_struct("Callback")
            .field("login", &self.login)
            .finish_non_exhaustive()
    }
}

/// What a login asked over UCI.
#[derive(Clone, PartialEq, Debug)]
pub struct Asked {
    /// Who.
    pub login: String,
    /// The whole name of the method.
    pub method: String,
    /// What was asked with.
    pub params: Vec<Value>,
}

impl Answer {
    pub(super) fn page(status: u16, text: &str) -> Self {
        Self {
            status,
            content_type: "text/html;charset=UTF-8",
            location: None,
            body: text.as_bytes().to_vec(),
        }
    }

    pub(super) fn redirect(to: &str) -> Self {
        Self {
            location: Some(to.to_owned()),
            ..Self::page(302, "")
        }
    }

    pub(super) fn json(status: u16, body: &serde_json::Value) -> Self {
        Self {
            status,
            content_type: "application/json",
            location: None,
            body: body.to_string().into_bytes(),
        }
    }
}
