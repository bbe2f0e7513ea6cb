//! What a STARFACE knows, without sockets and without a clock: requests and happenings go in, answers and callbacks
//! come out.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::{SignedDuration, Timestamp};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use sha2::{Digest as _, Sha512};

use super::calls::{Call, Logged};
use super::message::{Answer, Asked, Callback, Request};
use super::oauth::Grants;
use super::recording::{Recording, RecordingFile};
use super::switches::Switches;
use crate::world;

/// The simulated STARFACE as a value: give it a request or a happening and the time, then take what it wants sent from
/// [`State::poll_callback`]. It reads no clock, so it also runs on virtual time.
///
/// ```
/// use bridge_sim::starface::{Caller, Request, State, Switches};
///
/// let now: jiff::Timestamp = "2026-11-24T14:02:00Z".parse()?;
/// let mut pbx = State::new(Switches::default());
/// let query = format!(
///     "de.vertico.starface.auth={}&de.vertico.starface.callback.host=127.0.0.1\
///      &de.vertico.starface.callback.port=8091&de.vertico.starface.callback.path=/events",
///     pbx.token("0101").unwrap_or_default(),
/// );
/// for body in [
///     "<methodCall><methodName>ucp.v30.requests.connection.login</methodName></methodCall>",
///     "<methodCall><methodName>ucp.v30.requests.service.subscribeEvents</methodName><params><param>\
///      <value>ucp.v30.events.call</value></param></params></methodCall>",
/// ] {
///     let request = Request { method: "POST", path: "/xml-rpc", query: &query, body: body.as_bytes(), ..Request::default() };
///     assert_eq!(pbx.http(&request, now).status, 200);
/// }
/// pbx.ring("1", Some(1003), Caller::Shown("0049721123456".into()), &["0101"], None, now);
/// let callback = pbx.poll_callback().ok_or("nothing to send")?;
/// assert!(callback.url.starts_with("http://127.0.0.1:8091/events?de.vertico.starface.user=0101&"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct State {
    pub(super) switches: Switches,
    pub(super) users: BTreeMap<String, User>,
    pub(super) groups: Vec<Group>,
    pub(super) sessions: Vec<Session>,
    /// Logins whose requests come to nothing.
    pub(super) shut: BTreeSet<String>,
    pub(super) nonces: BTreeMap<String, Timestamp>,
    pub(super) tokens: BTreeMap<String, (String, Timestamp)>,
    pub(super) calls: BTreeMap<String, Call>,
    pub(super) log: Vec<Logged>,
    pub(super) contacts: BTreeMap<String, String>,
    pub(super) grants: Grants,
    pub(super) recordings: Vec<Recording>,
    /// Files that appear when their time has come.
    pub(super) files: VecDeque<RecordingFile>,
    asked: VecDeque<Asked>,
    outbox: VecDeque<Callback>,
    dice: StdRng,
}

/// A user as the PBX keeps him.
#[derive(Clone, Debug)]
pub(super) struct User {
    pub(super) account: u32,
    pub(super) login: String,
    pub(super) password: String,
    pub(super) first_name: String,
    pub(super) family_name: String,
    pub(super) email: String,
    pub(super) extension: String,
}

/// A group as the PBX keeps it.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) account: u32,
    pub(super) name: String,
    pub(super) members: Vec<String>,
    pub(super) internal: String,
    /// Country code, area code, extension.
    pub(super) external: (String, String, String),
}

impl Group {
    /// The outside number as the PBX shows it in calls.
    pub(super) fn shown(&self) -> String {
        let (country, area, extension) = &self.external;
        format!("00{country}{area}{extension}")
    }
}

/// A UCI session.
#[derive(Clone, Debug)]
pub(super) struct Session {
    pub(super) login: String,
    /// Address without the user and token, or nowhere.
    pub(super) callback: Option<String>,
    /// As it was sent; it is sent back with every event. `None`: events show no token.
    pub(super) token: Option<String>,
    /// When the session ends, whatever is asked.
    pub(super) ends: Option<Timestamp>,
    pub(super) services: BTreeSet<String>,
    pub(super) seen: Timestamp,
}

/// So many requests are remembered.
const MOST_ASKED: usize = 10_000;

impl State {
    /// A PBX with [the world that is always there](crate::story) and nobody logged in.
    #[must_use]
    pub fn new(switches: Switches) -> Self {
        let dice = StdRng::seed_from_u64(switches.seed);
        let users = std::iter::once(&world::ADMIN).chain(&world::PBX_USERS).map(|user| {
            let kept = User {
                account: user.account,
                login: user.login.to_owned(),
                password: user.password.to_owned(),
                first_name: user.first_name.to_owned(),
                family_name: user.family_name.to_owned(),
                email: user.email.to_owned(),
                extension: user.extension.to_owned(),
            };
            (kept.login.clone(), kept)
        });
        let groups = world::PBX_GROUPS.iter().map(|group| Group {
            account: group.account,
            name: group.name.to_owned(),
            members: group.members.iter().map(|&login| login.to_owned()).collect(),
            internal: group.internal.to_owned(),
            external: (
                group.external.0.to_owned(),
                group.external.1.to_owned(),
                group.external.2.to_owned(),
            ),
        });
        Self {
            users: users.collect(),
            groups: groups.collect(),
            sessions: Vec::new(),
            shut: BTreeSet::new(),
            nonces: BTreeMap::new(),
            tokens: BTreeMap::new(),
            calls: BTreeMap::new(),
            log: Vec::new(),
            contacts: BTreeMap::new(),
            grants: Grants::default(),
            recordings: Vec::new(),
            files: VecDeque::new(),
            asked: VecDeque::new(),
            outbox: VecDeque::new(),
            dice,
            switches,
        }
    }

    /// Answers a request.
    pub fn http(&mut self, request: &Request<'_>, now: Timestamp) -> Answer {
        if let Some(answer) = self.oauth(request, now) {
            return answer;
        }
        match request.path {
            "/xml-rpc" => self.xml_rpc(request, now),
            path => match path.strip_prefix("/rest") {
                Some(rest) if rest.is_empty() || rest.starts_with('/') => self.rest(request, rest, now),
                _ => Answer::page(404, "<html><body>404</body></html>"),
            },
        }
    }

    /// The next event to send; those of one login in the order in which they come out here.
    pub fn poll_callback(&mut self) -> Option<Callback> {
        self.outbox.pop_front()
    }

    /// How it behaves; may be changed while it runs.
    pub fn switches_mut(&mut self) -> &mut Switches {
        &mut self.switches
    }

    /// What was asked over UCI with a good token, the latest last, as far as it is remembered.
    pub fn asked(&self) -> impl Iterator<Item = &Asked> {
        self.asked.iter()
    }

    pub(super) fn note(&mut self, asked: Asked) {
        if self.asked.len() == MOST_ASKED {
            self.asked.pop_front();
        }
        self.asked.push_back(asked);
    }

    /// The token of `/xml-rpc` for this login, by the formula that the switches choose.
    #[must_use]
    pub fn token(&self, login: &str) -> Option<String> {
        self.users.get(login).map(|user| self.token_of(user))
    }

    /// Logins with a session that a request has kept alive.
    #[must_use]
    pub fn logged_in(&self, now: Timestamp) -> BTreeSet<String> {
        self.sessions
            .iter()
            .filter(|session| self.is_alive(session, now))
            .map(|s| s.login.clone())
            .collect()
    }

    /// Logins whose session is subscribed to call events, in whatever version.
    #[must_use]
    pub fn subscribed(&self, now: Timestamp) -> BTreeSet<String> {
        let listens = |session: &&Session| {
            session.callback.is_some()
                && session.services.iter().any(|name| name.ends_with(".call"))
                && self.is_alive(session, now)
        };
        self.sessions
            .iter()
            .filter(listens)
            .map(|session| session.login.clone())
            .collect()
    }

    /// Ids of the calls that go on.
    #[must_use]
    pub fn calls(&self) -> Vec<String> {
        self.calls.keys().cloned().collect()
    }

    /// The PBX starts anew: sessions, tokens and calls are gone, and what was being recorded; nobody is told (but clients of
    /// version 20).
    pub fn restart(&mut self, now: Timestamp) {
        self.drop_sessions(None);
        self.nonces.clear();
        self.tokens.clear();
        self.grants = Grants::default();
        self.calls.clear();
        self.recordings_cut_off(now);
    }

    /// Forgets the sessions of one login or of all; calls go on unseen. Clients of version 20 are told.
    pub fn drop_sessions(&mut self, login: Option<&str>) {
        let (gone, kept): (Vec<_>, Vec<_>) = std::mem::take(&mut self.sessions)
            .into_iter()
            .partition(|s| login.is_none_or(|login| s.login == login));
        self.sessions = kept;
        for session in gone
            .iter()
            .filter(|session| session.services.iter().any(|name| name.starts_with("ucp.v20.")))
        {
            self.send(
                session,
                super::xml::write_call("ucp.v20.client.connection.reset", &[], self.switches.charset),
            );
        }
    }

    /// Cuts one login off, or all: the session is lost, and until [`State::open`] every request of his over UCI is
    /// answered with 503. Calls go on unseen.
    pub fn shut(&mut self, login: Option<&str>) {
        self.drop_sessions(login);
        let cut = self
            .users
            .keys()
            .filter(|user| login.is_none_or(|login| login == *user));
        self.shut.extend(cut.cloned());
    }

    /// Lets one login, or all, in again.
    pub fn open(&mut self, login: Option<&str>) {
        self.shut.retain(|shut| login.is_some_and(|login| login != shut));
    }

    /// Gives a user another password; his sessions and tokens stay, a new login needs the new one.
    pub fn set_password(&mut self, login: &str, password: &str) {
        if let Some(user) = self.users.get_mut(login) {
            password.clone_into(&mut user.password);
        }
    }

    /// Gives a number a name, as an entry of the PBX's address book does.
    pub fn set_contact(&mut self, number: &str, name: &str) {
        self.contacts.insert(number.to_owned(), name.to_owned());
    }

    /// Puts an event for this session into the outbox.
    pub(super) fn send(&mut self, session: &Session, body: Vec<u8>) {
        let Some(callback) = &session.callback else { return };
        let joint = if callback.contains('?') { '&' } else { '?' };
        let escape = |text: &str| match self.switches.callback_escaped {
            true => url::form_urlencoded::byte_serialize(text.as_bytes()).collect(),
            false => text.to_owned(),
        };
        let user = format!("de.vertico.starface.user={}", escape(&session.login));
        let query = match &session.token {
            None => user,
            Some(token) if self.switches.callback_auth_first => {
                format!("de.vertico.starface.auth={}&{user}", escape(token))
            }
            Some(token) => format!("{user}&de.vertico.starface.auth={}", escape(token)),
        };
        let url = format!("{callback}{joint}{query}");
        self.outbox.push_back(Callback {
            login: session.login.clone(),
            url,
            body,
        });
    }

    pub(super) fn is_alive(&self, session: &Session, now: Timestamp) -> bool {
        now.duration_since(session.seen) <= span(self.switches.session_timeout)
            && session.ends.is_none_or(|ends| now < ends)
    }

    pub(super) fn token_of(&self, user: &User) -> String {
        let User { login, password, .. } = user;
        if self.switches.md5_token {
            use md5::Digest as _;
            return hex(&md5::Md5::digest(format!("{login}*{password}")));
        }
        if self.switches.active_directory {
            use base64::Engine as _;
            return base64::engine::general_purpose::STANDARD.encode(format!("{login}*{password}"));
        }
        format!("{login}:{}", sha512(&format!("{login}*{}", sha512(password))))
    }

    /// Whether this is the user's token. Where it begins with a login, only that user's has to be made.
    pub(super) fn is_token_of(&self, token: &str, user: &User) -> bool {
        let is_others = token.rsplit_once(':').is_some_and(|(login, _)| login != user.login);
        !is_others && self.token_of(user) == token
    }

    /// A random UUID.
    pub(super) fn uuid(&mut self) -> String {
        uuid(self.dice.random())
    }

    /// A nonce in the form that the vendor's documentation shows.
    pub(super) fn nonce(&mut self) -> String {
        const DIGITS: [char; 32] = [
            '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k',
            'l', 'm', 'n', 'o', 'p', 'q', 'r', 's', 't', 'u', 'v',
        ];
        (0..26)
            .map(|_| DIGITS[self.dice.random_range(0..DIGITS.len())])
            .collect()
    }
}

/// A UUID of random bits.
pub(super) fn uuid(bits: u128) -> String {
    let bits = (bits & !(0xF << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62);
    let digits = format!("{bits:032x}");
    let parts = [
        &digits[..8],
        &digits[8..12],
        &digits[12..16],
        &digits[16..20],
        &digits[20..],
    ];
    parts.join("-")
}

/// Lower-case hex of SHA-512.
pub(super) fn sha512(text: &str) -> String {
    hex(&Sha512::digest(text.as_bytes()))
}

pub(super) fn span(duration: std::time::Duration) -> SignedDuration {
    SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX)
}

fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 0xF]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}
