//! One login's session with the PBX, as a machine without IO.
//!
//! ```text
//!            ┌───────── refused: 60 s ◀──────────┐
//!            ▼                                   │
//!  start ─▶ login ──true──▶ subscribeEvents ──true──▶ up ─┬─▶ getCallIds, getCallState …: the calls in progress
//!            ▲   ▲                               │        ├─▶ keepAlive every 25 s
//!            │   └── away: 1, 2, 4 … 60 s ◀──────┴────────┤
//!            └────────── keepAlive false, not connected ◀─┘
//! ```
//!
//! Feed it with [`Session::start`], [`Session::on_answer`], [`Session::on_timeout`] and the callbacks; after each of
//! them take from [`Session::poll_output`] until it is empty, and come back at [`Session::poll_timeout`]. Calls that
//! come too early or too often do nothing.

use std::collections::VecDeque;
use std::time::Duration;

use super::What;
use super::event::{CallEvent, CallState, Callback};
use super::names::{Dialect, Request};
use crate::xmlrpc::{Fault, Value};

/// How long a session waits for what.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Timing {
    /// From the last answer to the next keep-alive. The PBX forgets a session after about 60 s.
    pub keep_alive: Duration,
    /// From a keep-alive that got no answer to the next try; a second miss costs the session.
    pub keep_alive_again: Duration,
    /// The first pause after the PBX was away; each further one is twice as long …
    pub away_first: Duration,
    /// … up to this one.
    pub away_longest: Duration,
    /// The pause after a refusal.
    pub refused: Duration,
}

impl Default for Timing {
    /// 25 s, 5 s; 1 s up to 60 s; 60 s.
    fn default() -> Self {
        Self {
            keep_alive: Duration::from_secs(25),
            keep_alive_again: Duration::from_secs(5),
            away_first: Duration::from_secs(1),
            away_longest: Duration::from_secs(60),
            refused: Duration::from_secs(60),
        }
    }
}

/// A request to be sent. Its answer goes to [`Session::on_answer`] with the same id.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct Order {
    /// Which request this is.
    pub id: u64,
    /// Name of the method.
    pub method: String,
    /// Its parameters.
    pub params: Vec<Value>,
}

/// What came of a request.
#[derive(Clone, PartialEq, Debug)]
pub enum Reply {
    /// The PBX answered.
    Value(Value),
    /// The PBX answered with a fault.
    Fault(Fault),
    /// The PBX answered with something else, such as a page to log in at.
    NotXmlRpc {
        /// The HTTP status.
        status: u16,
    },
    /// There was no answer.
    Nothing {
        /// Why, in words for an administrator.
        why: String,
    },
}

/// What a session wants done.
#[derive(Clone, PartialEq, Debug)]
pub enum Output {
    /// Send this; what was sent before and is not answered yet is of no more interest.
    Send(Order),
    /// Tell this.
    Tell(What),
    /// The session is over; nothing more will come.
    Stopped,
}

/// A session. See the [module](self).
#[derive(Debug)]
pub struct Session {
    timing: Timing,
    state: State,
    /// Names that are spoken, and whether the PBX has proved to understand them.
    dialect: (Dialect, bool),
    in_flight: Option<(u64, Request)>,
    sent: u64,
    due: Option<Duration>,
    /// Failures to get in without a success between them.
    failures: u32,
    /// Requests of a standing session that got no answer, without an answer between them.
    misses: u32,
    told: Told,
    snapshot: Option<Snapshot>,
    out: VecDeque<Output>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Idle,
    LoggingIn,
    Subscribing,
    Up,
    Pausing,
    LoggingOut,
    Stopped,
}

/// The last thing told about the connection: it is not told twice.
#[derive(PartialEq, Eq, Debug)]
enum Told {
    Nothing,
    Connected,
    Lost,
    Refused(String),
}

/// The calls in progress, being asked for one by one. Told when complete, so that it is whole or not at all.
#[derive(Default, Debug)]
struct Snapshot {
    /// Ids still to be asked for; `None` until the list is there.
    open: Option<VecDeque<String>>,
    gathered: Vec<CallEvent>,
    /// The last event of each call that came in meanwhile: newer than any answer to a question.
    live: Vec<CallEvent>,
    /// An id has changed or an event was missed meanwhile, so what was gathered may be wrong: begin again.
    stale: bool,
}

/// More calls than this at one login are none.
const MOST_CALLS: usize = 200;

impl Session {
    /// A session that has not begun.
    #[must_use]
    pub fn new(timing: Timing) -> Self {
        Self {
            timing,
            state: State::Idle,
            dialect: (Dialect::V30, false),
            in_flight: None,
            sent: 0,
            due: None,
            failures: 0,
            misses: 0,
            told: Told::Nothing,
            snapshot: None,
            out: VecDeque::new(),
        }
    }

    /// Begins: logs in.
    pub fn start(&mut self, _now: Duration) {
        if self.state == State::Idle {
            self.log_in();
        }
    }

    /// Ends: logs out, if there is a session or might be one, and then says [`Output::Stopped`].
    pub fn stop(&mut self, _now: Duration) {
        match self.state {
            State::LoggingIn | State::Subscribing | State::Up => {
                self.snapshot = None;
                self.state = State::LoggingOut;
                self.send(Request::Logout);
            }
            State::Idle | State::Pausing => self.stopped(),
            State::LoggingOut | State::Stopped => {}
        }
    }

    /// What is to be done next; `None` until something else happens.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.out.pop_front()
    }

    /// When to call [`Session::on_timeout`], by the same clock as every `now`.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Duration> {
        self.due.filter(|_| self.in_flight.is_none())
    }

    /// Time has passed.
    pub fn on_timeout(&mut self, now: Duration) {
        if self.poll_timeout().is_none_or(|due| now < due) {
            return;
        }
        self.due = None;
        match self.state {
            State::Pausing => self.log_in(),
            State::Up => self.send(Request::KeepAlive),
            State::Idle | State::LoggingIn | State::Subscribing | State::LoggingOut | State::Stopped => {}
        }
    }

    /// An answer to the request of this id. Answers to anything but the last request do nothing.
    pub fn on_answer(&mut self, now: Duration, id: u64, reply: Reply) {
        let Some((_, request)) = self.in_flight.take_if(|(waiting, _)| *waiting == id) else {
            return;
        };
        match request {
            Request::Login => self.on_login(now, reply),
            Request::Subscribe => self.on_subscribe(now, reply),
            Request::KeepAlive => self.on_keep_alive(now, reply),
            Request::CallIds => self.on_call_ids(now, reply),
            Request::CallState(_) => self.on_call_state(now, reply),
            Request::Logout => self.stopped(),
        }
    }

    /// The PBX called back. Passed on in every state, since it is true in every state, until the session is stopped.
    pub fn on_callback(&mut self, _now: Duration, callback: Callback) {
        if matches!(self.state, State::LoggingOut | State::Stopped) {
            return;
        }
        match callback {
            Callback::Call(event) => {
                if let Some(snapshot) = &mut self.snapshot {
                    snapshot.live.retain(|known| known.id != event.id);
                    snapshot.live.push(event.clone());
                }
                self.tell(What::Call(event));
            }
            Callback::IdChanged(change) => {
                if let Some(snapshot) = &mut self.snapshot {
                    snapshot.stale = true;
                }
                self.tell(What::IdChanged(change));
            }
            Callback::Reset if self.state == State::Up => self.lost("the PBX has reset the session"),
            Callback::Reset => {}
            Callback::Unknown { method, shape } => self.tell(What::Unknown { method, shape }),
        }
    }

    /// Callbacks of this login could not be taken in: what is in progress has to be asked for again.
    pub fn on_missed(&mut self, now: Duration) {
        if self.state != State::Up {
            return; // a snapshot follows anyhow
        }
        match &mut self.snapshot {
            Some(snapshot) => snapshot.stale = true,
            None => {
                self.snapshot = Some(Snapshot::default());
                self.go_on(now);
            }
        }
    }

    fn on_login(&mut self, now: Duration, reply: Reply) {
        match reply {
            Reply::Value(value) if value.as_bool() == Some(true) => {
                self.state = State::Subscribing;
                self.send(Request::Subscribe);
            }
            Reply::Value(_) => self.refused(now, REFUSED.to_owned()),
            Reply::Fault(_) if self.next_dialect() => self.send(Request::Login),
            Reply::Fault(fault) => self.refused(now, format!("the PBX refuses the login: {}", explained(&fault))),
            Reply::NotXmlRpc { status } if status < 500 => self.refused(now, no_uci(status)),
            Reply::NotXmlRpc { status } => self.away(now, &out_of_order(status)),
            Reply::Nothing { why } => self.away(now, &why),
        }
    }

    fn on_subscribe(&mut self, now: Duration, reply: Reply) {
        match reply {
            // Nothing but a clear no is one: some methods answer without a value.
            Reply::Value(value) if value.as_bool() != Some(false) => self.up(now),
            Reply::Fault(fault) if fault.is_not_connected() => self.away(now, "the PBX forgot the session at once"),
            Reply::Value(_) | Reply::Fault(_) if self.next_dialect() => self.send(Request::Subscribe),
            Reply::Value(_) => {
                let why =
                    "the PBX lets the login in, but refuses to tell of its calls: does it have the right to use UCI?";
                self.refused(now, why.to_owned());
            }
            Reply::Fault(fault) => {
                let why = format!(
                    "the PBX lets the login in, but refuses to tell of its calls: {}",
                    explained(&fault)
                );
                self.refused(now, why);
            }
            Reply::NotXmlRpc { status } if status < 500 => self.refused(now, no_uci(status)),
            Reply::NotXmlRpc { status } => self.away(now, &out_of_order(status)),
            Reply::Nothing { why } => self.away(now, &why),
        }
    }

    fn up(&mut self, now: Duration) {
        self.state = State::Up;
        self.dialect.1 = true;
        self.failures = 0;
        self.told = Told::Connected;
        self.tell(What::Connected);
        self.snapshot = Some(Snapshot::default());
        self.go_on(now);
    }

    fn on_keep_alive(&mut self, now: Duration, reply: Reply) {
        match reply {
            Reply::Value(value) if value.as_bool() != Some(false) => self.go_on(now),
            Reply::Value(_) => self.lost("the PBX does not know the session any more"),
            other @ (Reply::Fault(_) | Reply::NotXmlRpc { .. } | Reply::Nothing { .. }) => self.failed(now, other),
        }
    }

    fn on_call_ids(&mut self, now: Duration, reply: Reply) {
        let Reply::Value(value) = reply else {
            return self.failed(now, reply);
        };
        if let Some(snapshot) = &mut self.snapshot {
            let ids = value
                .items()
                .iter()
                .filter_map(Value::as_str)
                .filter(|id| !id.trim().is_empty());
            snapshot.open = Some(ids.take(MOST_CALLS).map(str::to_owned).collect());
        }
        self.go_on(now);
    }

    fn on_call_state(&mut self, now: Duration, reply: Reply) {
        let Reply::Value(value) = reply else {
            return self.failed(now, reply);
        };
        if let Some(snapshot) = &mut self.snapshot {
            // An empty struct: the call has ended meanwhile.
            snapshot.gathered.extend(CallEvent::read(&value));
        }
        self.go_on(now);
    }

    /// The session stands and was just answered: what next?
    fn go_on(&mut self, now: Duration) {
        self.misses = 0;
        self.due = Some(now + self.timing.keep_alive);
        if self.in_flight.is_some() {
            return;
        }
        let Some(snapshot) = &mut self.snapshot else { return };
        if snapshot.stale {
            *snapshot = Snapshot::default();
        }
        match &mut snapshot.open {
            None => self.send(Request::CallIds),
            Some(open) => match open.pop_front() {
                Some(id) => self.send(Request::CallState(id)),
                None => self.tell_snapshot(),
            },
        }
    }

    fn tell_snapshot(&mut self) {
        let Some(Snapshot { gathered, mut live, .. }) = self.snapshot.take() else {
            return;
        };
        let newer: Vec<String> = live.iter().map(|event| event.id.clone()).collect();
        live.extend(gathered.into_iter().filter(|event| !newer.contains(&event.id)));
        live.retain(|event| event.state != CallState::Hangup);
        self.tell(What::Snapshot(live));
    }

    /// A request of a standing session failed.
    fn failed(&mut self, now: Duration, reply: Reply) {
        let why = match reply {
            Reply::Fault(fault) if fault.is_not_connected() => {
                return self.lost("the PBX does not know the session any more");
            }
            Reply::NotXmlRpc { status } if status < 500 => return self.lost(&no_uci(status)),
            Reply::Fault(fault) if self.snapshot.take().is_some() => {
                // The PBX cannot say what is in progress. Whether the session stands, a keep-alive will tell.
                tracing::debug!(%fault, "the calls in progress cannot be asked for");
                self.tell(What::Gap);
                self.due = Some(now);
                return;
            }
            Reply::Fault(fault) => explained(&fault),
            Reply::NotXmlRpc { status } => out_of_order(status),
            Reply::Nothing { why } => why,
            Reply::Value(_) => "the PBX answered something that makes no sense".to_owned(),
        };
        self.misses += 1;
        if self.misses >= 2 {
            return self.lost(&why);
        }
        if let Some(snapshot) = &mut self.snapshot {
            snapshot.stale = true;
        }
        self.due = Some(now + self.timing.keep_alive_again);
    }

    /// There was a session and there is none any more: get in again at once.
    fn lost(&mut self, why: &str) {
        self.tell_lost(why);
        self.log_in();
    }

    /// The PBX could not be asked: try later, and then later still.
    fn away(&mut self, now: Duration, why: &str) {
        self.tell_lost(why);
        let doublings = self.failures.min(16);
        self.failures += 1;
        let pause = self
            .timing
            .away_first
            .saturating_mul(1 << doublings)
            .min(self.timing.away_longest);
        self.pause(now + pause);
    }

    /// The PBX said no: try again now and then, in case somebody mends it.
    fn refused(&mut self, now: Duration, why: String) {
        if self.told != Told::Refused(why.clone()) {
            self.told = Told::Refused(why.clone());
            self.tell(What::Refused { why });
        }
        self.failures = 0;
        self.dialect = (Dialect::V30, false);
        self.pause(now + self.timing.refused);
    }

    fn pause(&mut self, until: Duration) {
        self.snapshot = None;
        self.state = State::Pausing;
        self.due = Some(until);
    }

    fn log_in(&mut self) {
        self.snapshot = None;
        self.misses = 0;
        self.due = None;
        self.state = State::LoggingIn;
        self.send(Request::Login);
    }

    /// Changes to older names, if these have never worked and there are older ones.
    fn next_dialect(&mut self) -> bool {
        let next = self.dialect == (Dialect::V30, false);
        if next {
            self.dialect.0 = Dialect::V22;
        }
        next
    }

    fn stopped(&mut self) {
        self.state = State::Stopped;
        self.in_flight = None;
        self.due = None;
        self.out.push_back(Output::Stopped);
    }

    fn tell_lost(&mut self, why: &str) {
        if self.told != Told::Lost {
            self.told = Told::Lost;
            self.tell(What::Lost { why: why.to_owned() });
        }
    }

    fn tell(&mut self, what: What) {
        self.out.push_back(Output::Tell(what));
    }

    fn send(&mut self, request: Request) {
        self.sent += 1;
        let (method, params) = (self.dialect.0.method(&request), self.dialect.0.params(&request));
        self.in_flight = Some((self.sent, request));
        self.out.push_back(Output::Send(Order {
            id: self.sent,
            method,
            params,
        }));
    }
}

pub(super) fn explained(fault: &Fault) -> String {
    if fault.is_illegal_access() {
        return format!("wrong login or password, or the right to use UCI is missing ({fault})");
    }
    fault.to_string()
}

/// What a bare `false` means is documented nowhere.
pub(super) const REFUSED: &str =
    "the PBX refuses the login: wrong login or password, or the right to use UCI is missing";

pub(super) fn no_uci(status: u16) -> String {
    match status {
        404 => "there is no UCI at this address (HTTP 404): is the address of the PBX right?".to_owned(),
        _ => format!(
            "the PBX answers with a page instead of XML-RPC (HTTP {status}): wrong login or password, a login that it \
             wants through another provider, or a wrong address"
        ),
    }
}

pub(super) fn out_of_order(status: u16) -> String {
    format!("the PBX is out of order (HTTP {status})")
}

#[cfg(test)]
mod tests;
