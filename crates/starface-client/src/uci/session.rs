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

mod entry;
mod parts;
mod snapshot;
pub(super) mod words;

use std::collections::VecDeque;
use std::time::Duration;

pub use parts::{Order, Output, Proof, Reply, Timing};

use super::What;
use super::event::Callback;
use super::names::{Dialect, Request, Service};
use snapshot::{Next, Snapshot};
use words::{FORGOTTEN, explained, no_uci, out_of_order};

/// A session. See the [module](self).
#[derive(Debug)]
pub struct Session {
    timing: Timing,
    state: State,
    /// Names that are spoken, and whether the PBX has proved to understand them.
    dialect: (Dialect, bool),
    /// What is tried first, and what is tried when the PBX refuses that.
    proofs: (Proof, Option<Proof>),
    /// What goes with requests now.
    proof: Proof,
    /// Whether the events of queues are wanted.
    queues: bool,
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

impl Session {
    /// A session that has not begun. It proves itself by the classic token and asks for the events of calls.
    #[must_use]
    pub fn new(timing: Timing) -> Self {
        Self {
            timing,
            state: State::Idle,
            dialect: (Dialect::V30, false),
            proofs: (Proof::Token, None),
            proof: Proof::Token,
            queues: false,
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

    /// Proves itself in another way, and perhaps in a second one when the PBX refuses the first. What has worked is kept
    /// until it is refused.
    #[must_use]
    pub fn proofs(mut self, first: Proof, second: Option<Proof>) -> Self {
        self.proofs = (first, second.filter(|second| *second != first));
        self.proof = first;
        self
    }

    /// Asks for the events of queues as well. A PBX that refuses them still tells of calls.
    #[must_use]
    pub fn queue_events(mut self, wanted: bool) -> Self {
        self.queues = wanted;
        self
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
            Request::Subscribe(Service::Calls) => self.on_subscribe(now, reply),
            Request::Subscribe(Service::Queues) => self.on_queues(now, reply),
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
                    snapshot.on_event(&event);
                }
                self.tell(What::Call(event));
            }
            Callback::IdChanged(change) => {
                if let Some(snapshot) = &mut self.snapshot {
                    snapshot.spoil();
                }
                self.tell(What::IdChanged(change));
            }
            Callback::Reset if self.state == State::Up => self.lost("the PBX has reset the session"),
            Callback::Reset => {}
            Callback::Queue(event) => self.tell(What::Queue(event)),
            Callback::Unknown { method, shape } => self.tell(What::Unknown { method, shape }),
        }
    }

    /// Callbacks of this login could not be taken in: what is in progress has to be asked for again.
    pub fn on_missed(&mut self, now: Duration) {
        if self.state != State::Up {
            return; // a snapshot follows anyhow
        }
        match &mut self.snapshot {
            Some(snapshot) => snapshot.spoil(),
            None => {
                self.snapshot = Some(Snapshot::default());
                self.go_on(now);
            }
        }
    }

    fn on_keep_alive(&mut self, now: Duration, reply: Reply) {
        match reply {
            Reply::Value(value) if value.as_bool() != Some(false) => self.go_on(now),
            Reply::Value(_) => self.lost(FORGOTTEN),
            other @ (Reply::Fault(_) | Reply::NotXmlRpc { .. } | Reply::Nothing { .. } | Reply::Unproved { .. }) => {
                self.failed(now, other);
            }
        }
    }

    fn on_call_ids(&mut self, now: Duration, reply: Reply) {
        let Reply::Value(value) = reply else {
            return self.failed(now, reply);
        };
        if let Some(snapshot) = &mut self.snapshot {
            snapshot.on_ids(&value);
        }
        self.go_on(now);
    }

    fn on_call_state(&mut self, now: Duration, reply: Reply) {
        let Reply::Value(value) = reply else {
            return self.failed(now, reply);
        };
        if let Some(snapshot) = &mut self.snapshot {
            snapshot.on_state(&value);
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
        match snapshot.next() {
            Next::Ids => self.send(Request::CallIds),
            Next::State(id) => self.send(Request::CallState(id)),
            Next::Nothing => {
                let calls = self.snapshot.take().map(Snapshot::complete).unwrap_or_default();
                self.tell(What::Snapshot(calls));
            }
        }
    }

    /// A request of a standing session failed.
    fn failed(&mut self, now: Duration, reply: Reply) {
        let why = match reply {
            Reply::Fault(fault) if fault.is_not_connected() => {
                return self.lost(FORGOTTEN);
            }
            Reply::NotXmlRpc { status } if status < 500 => return self.lost(&no_uci(status)),
            Reply::Unproved { why } => return self.lost(&why),
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
            snapshot.spoil();
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

    /// The PBX said no: try the other proof, else again now and then, in case somebody mends it.
    fn refused(&mut self, now: Duration, why: String) {
        self.dialect = (Dialect::V30, false);
        if let (first, Some(second)) = self.proofs
            && self.proof == first
        {
            tracing::debug!(%why, "trying another proof");
            self.proof = second;
            return self.log_in();
        }
        self.proof = self.proofs.0;
        if self.told != Told::Refused(why.clone()) {
            self.told = Told::Refused(why.clone());
            self.tell(What::Refused { why });
        }
        self.failures = 0;
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
        match self.dialect {
            (now, false) => now.older().map(|older| self.dialect.0 = older).is_some(),
            (_, true) => false,
        }
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
            proof: self.proof,
            dialect: self.dialect.0,
            method,
            params,
        }));
    }
}

#[cfg(test)]
mod era_tests;
#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod snapshot_tests;
#[cfg(test)]
mod tests;
