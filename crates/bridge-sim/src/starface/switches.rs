//! What is not known for sure about a STARFACE, or differs from one to the next, as switches.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::tz::TimeZone;

use super::xml::Charset;

/// How this STARFACE behaves. The default is a version 8 that does what is most probable.
#[derive(Clone, Debug)]
pub struct Switches {
    /// What `getServerVersion` and `/rest/server/version` tell. Default `8.1.0.10`.
    pub server_version: String,
    /// `/rest/server/version` answers a bare JSON string instead of an object. Default no.
    pub bare_version: bool,
    /// The token of `/xml-rpc` is the MD5 form of versions up to 6.4.2.12. Default no: the SHA-512 form.
    pub md5_token: bool,
    /// What `/xml-rpc` answers to a wrong token. Default a fault.
    pub wrong_token: WrongToken,
    /// `faultCode` of every fault; the real codes are not known. Default 0.
    pub fault_code: i64,
    /// How long a session lives without a request. Default 60 s.
    pub session_timeout: Duration,
    /// Whether several callbacks of one account live side by side. Default no: the last login wins.
    pub all_callbacks: bool,
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
    /// The losers of a group call get their `HANGUP` before the winner's `CONNECTED`. Default no.
    pub losers_first: bool,
    /// What each login may see over REST; who is not named is refused. Default: `0001` sees everything.
    pub rights: BTreeMap<String, Rights>,
    /// How long a REST token is good. Default 4 h.
    pub token_lifetime: Duration,
    /// How long a nonce is good. Default 5 min.
    pub nonce_lifetime: Duration,
    /// How long a callback may take before the PBX gives up on it; it is not repeated. Default 5 s.
    pub callback_timeout: Duration,
    /// The PBX's clock, for the timestamps without a zone. Default Europe/Berlin.
    pub time_zone: TimeZone,
    /// Where nonces, tokens and call ids come from: the same seed, the same ids.
    pub seed: u64,
}

/// What `/xml-rpc` answers to a wrong token.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
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
}

/// How the key of the group is spelt in a call event.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum GroupKey {
    /// `groupID` for v22, `groupId` for v30, none for v20.
    #[default]
    ByVersion,
    /// `groupId`.
    GroupId,
    /// `groupID`.
    GroupID,
    /// There is none; the called number tells the group.
    Absent,
}

/// What a timestamp is in a call event.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
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
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
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
            wrong_token: WrongToken::default(),
            fault_code: 0,
            session_timeout: Duration::from_secs(60),
            all_callbacks: false,
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
            losers_first: false,
            rights: BTreeMap::from([("0001".to_owned(), Rights::All)]),
            token_lifetime: Duration::from_secs(4 * 3600),
            nonce_lifetime: Duration::from_secs(300),
            callback_timeout: Duration::from_secs(5),
            time_zone: TimeZone::get("Europe/Berlin").unwrap_or(TimeZone::UTC),
            seed: 0,
        }
    }
}

impl Switches {
    /// What this login may see over REST; [`Rights::Forbidden`] for who is not named.
    #[must_use]
    pub fn rights_of(&self, login: &str) -> Rights {
        self.rights.get(login).copied().unwrap_or(Rights::Forbidden)
    }
}
