//! What is not known for sure about a STARFACE, or differs from one to the next, as switches.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::tz::TimeZone;

use serde::{Deserialize, Serialize};

use super::oauth_switches::OAuthSwitches;
use super::queue::QueueSwitches;
use super::recording::RecordingSwitches;
use super::xml::Charset;
use crate::friendly;

/// How this STARFACE behaves. The default is a version 8 that does what is most probable;
/// [`Switches::version_10`] is the other one.
///
/// In a file of TOML each switch is a key in the table `[starface]`, words are in lower case with `_`, durations are in
/// seconds or as in `"1m30s"`. What is not named has its default.
#[derive(Clone, PartialEq, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields, rename_all = "snake_case")]
pub struct Switches {
    /// What `getServerVersion` and `/rest/server/version` tell. Default `8.1.0.10`.
    pub server_version: String,
    /// `/rest/server/version` answers a bare JSON string instead of an object. Default no.
    pub bare_version: bool,
    /// The token of `/xml-rpc` is the MD5 form of versions up to 6.4.2.12. Default no: the SHA-512 form.
    pub md5_token: bool,
    /// Users are kept in an Active Directory: token and REST secret are the password, encoded. Default no.
    pub active_directory: bool,
    /// The newest names that `/xml-rpc` knows; older ones are known as well. Default `v30`.
    pub newest_names: Version,
    /// What `/xml-rpc` answers to a wrong token. Default a fault.
    pub wrong_token: WrongToken,
    /// `faultCode` of every fault; the real codes are not known. Default 0.
    pub fault_code: i64,
    /// How long a session lives without a request. Default 60 s.
    #[serde(with = "friendly")]
    pub session_timeout: Duration,
    /// Whether several callbacks of one account live side by side. Default no: the last login wins.
    pub all_callbacks: bool,
    /// The query of a callback's address begins with the token instead of the user. Default no.
    pub callback_auth_first: bool,
    /// User and token are escaped in it. Default no.
    pub callback_escaped: bool,
    /// How often a callback that failed is sent again. Default never.
    pub callback_retries: u32,
    /// How the key of the group in a call event is spelt. Default by version: `groupID` for v22, `groupId` for v30.
    pub group_key: GroupKey,
    /// The group in a call event is an `int`. Default no: a string.
    pub group_as_int: bool,
    /// `INCOMING` comes before each `RINGING`. Default no.
    pub incoming_first: bool,
    /// The first event of each leg has an empty state, and is followed by the real one. Default no.
    pub empty_state_first: bool,
    /// The first event of each leg has no caller name; the next one has. Default no.
    pub late_name: bool,
    /// The first event of each leg has empty numbers; it is repeated with them. Default no.
    pub late_numbers: bool,
    /// Every event is sent twice. Default no.
    pub duplicates: bool,
    /// Timestamps of events: a `dateTime.iso8601`, a string or milliseconds. Default the first.
    pub timestamps: Timestamps,
    /// How bytes stand for characters in callbacks. Default UTF-8.
    pub charset: Charset,
    /// Keys of the old and the new id in `callChangesIdEvent`; the real ones are not known. Default `oldId`, `newId`.
    pub id_change_keys: (String, String),
    /// Whether a changed id is announced at all. Default yes.
    pub id_change_announced: bool,
    /// Each member of a ringing group has a call id of his own; the first has the call's. Default no: one id for all.
    pub id_per_member: bool,
    /// Asking for a recording a second time ends it. Default yes.
    pub monitor_toggles: bool,
    /// Logins that may not record: `UciIllegalAccessException`. Default none.
    pub monitor_refused: BTreeSet<String>,
    /// What becomes of recordings.
    pub recording: RecordingSwitches,
    /// Events of queues.
    pub queue: QueueSwitches,
    /// OAuth of version 10, and what it does to the classic logins.
    pub oauth: OAuthSwitches,
    /// The losers of a group call get their `HANGUP` before the winner's `CONNECTED`. Default no.
    pub losers_first: bool,
    /// What each login may see over REST; who is not named is refused. Default: `0001` sees everything.
    pub rights: BTreeMap<String, Rights>,
    /// Members of REST answers that have no value are `null`. Default no: they are not there.
    pub null_members: bool,
    /// How long a REST token is good. Default 4 h.
    #[serde(with = "friendly")]
    pub token_lifetime: Duration,
    /// Each use of a REST token makes it good for as long again. Default no.
    pub use_extends_token: bool,
    /// How long a nonce is good. Default 5 min.
    #[serde(with = "friendly")]
    pub nonce_lifetime: Duration,
    /// How long a callback may take before the PBX gives up on it. Default 5 s.
    #[serde(with = "friendly")]
    pub callback_timeout: Duration,
    /// The PBX's clock, for the timestamps without a zone. Default Europe/Berlin.
    #[serde(with = "zone")]
    pub time_zone: TimeZone,
    /// Where nonces, tokens and call ids come from: the same seed, the same ids.
    pub seed: u64,
}

/// What `/xml-rpc` answers to a wrong token.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WrongToken {
    /// A `<fault>`.
    #[default]
    Fault,
    /// HTTP 401.
    Unauthorized,
    /// `login` returns false, everything else is a fault.
    LoginFalse,
    /// An HTML page with status 200, as a version 10 with an invalid token may do.
    Page,
    /// 302 to a page to log in at, as it may do as well.
    Redirect,
}

/// A version of the names of methods and services.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Version {
    /// `ucp.v20`, since 2008.
    V20,
    /// `ucp.v22`.
    V22,
    /// `ucp.v30`.
    #[default]
    V30,
}

/// How the key of the group is spelt in a call event.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupKey {
    /// `groupID` for v22, `groupId` for v30, none for v20.
    #[default]
    ByVersion,
    /// `groupId`.
    #[serde(rename = "groupId")]
    GroupId,
    /// `groupID`.
    #[serde(rename = "groupID")]
    GroupID,
    /// There is none; the called number tells the group.
    Absent,
}

/// What a timestamp is in a call event.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Timestamps {
    /// `dateTime.iso8601` without a zone.
    #[default]
    DateTime,
    /// The same as a string.
    String,
    /// Milliseconds since 1970 as a string.
    Millis,
}

/// What a login may see of users, groups and numbers over REST.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rights {
    /// Everything.
    All,
    /// Only his own account, and the groups he is a member of.
    OnlySelf,
    /// Lists are refused with 403.
    Forbidden,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            server_version: "8.1.0.10".to_owned(),
            bare_version: false,
            md5_token: false,
            active_directory: false,
            newest_names: Version::default(),
            wrong_token: WrongToken::default(),
            fault_code: 0,
            session_timeout: Duration::from_secs(60),
            all_callbacks: false,
            callback_auth_first: false,
            callback_escaped: false,
            callback_retries: 0,
            group_key: GroupKey::default(),
            group_as_int: false,
            incoming_first: false,
            empty_state_first: false,
            late_name: false,
            late_numbers: false,
            duplicates: false,
            timestamps: Timestamps::default(),
            charset: Charset::default(),
            id_change_keys: ("oldId".to_owned(), "newId".to_owned()),
            id_change_announced: true,
            id_per_member: false,
            monitor_toggles: true,
            monitor_refused: BTreeSet::new(),
            recording: RecordingSwitches::default(),
            queue: QueueSwitches::default(),
            oauth: OAuthSwitches::default(),
            losers_first: false,
            rights: BTreeMap::from([("0001".to_owned(), Rights::All)]),
            null_members: false,
            token_lifetime: Duration::from_secs(4 * 3600),
            use_extends_token: false,
            nonce_lifetime: Duration::from_secs(300),
            callback_timeout: Duration::from_secs(5),
            time_zone: TimeZone::get("Europe/Berlin").unwrap_or(TimeZone::UTC),
            seed: 0,
        }
    }
}

impl Switches {
    /// A version 10 that logs in by OAuth as well; an invalid token is answered with a page; events of queues are doubled and
    /// begin with the present state.
    #[must_use]
    pub fn version_10() -> Self {
        Self {
            server_version: "10.0.2.6".to_owned(),
            wrong_token: WrongToken::Page,
            queue: QueueSwitches {
                doubled: true,
                initial_state: true,
                ..QueueSwitches::default()
            },
            oauth: OAuthSwitches {
                enabled: true,
                ..OAuthSwitches::default()
            },
            ..Self::default()
        }
    }

    /// What this login may see over REST; [`Rights::Forbidden`] for who is not named.
    #[must_use]
    pub fn rights_of(&self, login: &str) -> Rights {
        self.rights.get(login).copied().unwrap_or(Rights::Forbidden)
    }
}

/// Time zones by their names.
mod zone {
    use jiff::tz::TimeZone;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<TimeZone, D::Error> {
        let name = String::deserialize(deserializer)?;
        TimeZone::get(&name).map_err(|_| serde::de::Error::custom(format!("there is no time zone `{name}`")))
    }

    pub(super) fn serialize<S: Serializer>(zone: &TimeZone, serializer: S) -> Result<S::Ok, S::Error> {
        zone.iana_name().unwrap_or("UTC").serialize(serializer)
    }
}
