//! What is not known for sure about the OAuth of a version 10, as switches.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::friendly;

/// How the OAuth of a version 10 behaves, and what becomes of the classic logins. In a file: `[starface.oauth]`.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields, rename_all = "snake_case")]
pub struct OAuthSwitches {
    /// Whether it is there at all. Default no: its addresses are 404.
    pub enabled: bool,
    /// How long an access token is good. Default 300 s.
    #[serde(with = "friendly")]
    pub token_lifetime: Duration,
    /// How long a refresh token is good. Default 6 h.
    #[serde(with = "friendly")]
    pub refresh_lifetime: Duration,
    /// A refresh token is good once, and the answer has the next one. Default yes; else it stays and is not told again.
    pub rotation: bool,
    /// Scopes that are granted. Default `login` and `pbx-login`.
    pub scopes: BTreeSet<String>,
    /// How the client has to prove itself. Default either way.
    pub client_authentication: ClientAuthentication,
    /// Logins without the right "API Zugriff mit OAuth Password Grant". Default none.
    pub without_right: BTreeSet<String>,
    /// An outside identity provider is attached: `/xml-rpc` does not take the classic token any more, and `/rest/login`
    /// refuses everybody. Default no.
    pub external_idp: bool,
    /// What becomes of the classic REST login. Default it works.
    pub classic_rest: ClassicRest,
    /// What `de.vertico.starface.auth` is in the callbacks of a session that was made with a token of OAuth. Default it is
    /// not there.
    pub callback_auth: CallbackAuth,
    /// A session ends with the access token it was made with. Default no: other tokens of the login carry it on.
    pub session_ends_with_token: bool,
    /// The system is attached to the cloud: a token is granted for `resource=edgenode://…` only. Default no.
    pub cloud: bool,
}

/// How the OAuth client has to prove itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuthentication {
    /// In the form or by the header.
    #[default]
    Any,
    /// In the form only.
    Form,
    /// By the header `Authorization: Basic` only.
    Basic,
}

/// What becomes of `/rest/login` in a version 10.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ClassicRest {
    /// It works.
    #[default]
    Works,
    /// 400 `invalid login` for everybody.
    BadRequest,
    /// 401.
    Unauthorized,
    /// 404.
    NotFound,
}

/// What the callbacks of a session by OAuth show as token.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CallbackAuth {
    /// There is no such parameter.
    #[default]
    Absent,
    /// It is empty.
    Empty,
    /// The access token of the login.
    Jwt,
    /// The classic token.
    Classic,
}

impl Default for OAuthSwitches {
    fn default() -> Self {
        Self {
            enabled: false,
            token_lifetime: Duration::from_secs(300),
            refresh_lifetime: Duration::from_secs(21_600),
            rotation: true,
            scopes: ["login", "pbx-login"].map(str::to_owned).into(),
            client_authentication: ClientAuthentication::default(),
            without_right: BTreeSet::new(),
            external_idp: false,
            classic_rest: ClassicRest::default(),
            callback_auth: CallbackAuth::default(),
            session_ends_with_token: false,
            cloud: false,
        }
    }
}
