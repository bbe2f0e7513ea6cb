//! What has to hold for every course of a session: it is driven by a script of bytes, two for each thing that happens.

use std::time::Duration;

use starface_client::uci::session::{Output, Proof, Reply, Session, Timing};
use starface_client::uci::{Callback, What};
use starface_client::xmlrpc::{Call, Fault, Value};

/// More than this at once would be a session that goes round in circles.
const MOST_AT_ONCE: usize = 4;

/// A session from outside: what it was told, and what it said.
struct Watched {
    session: Session,
    now: Duration,
    /// The order that waits for an answer.
    open: Option<u64>,
    last: u64,
    connected: bool,
    stopped: bool,
    course: String,
}

/// Plays the script, and says in short what came of it.
pub(super) fn examine(script: &[u8]) -> String {
    let manner = script.first().copied().unwrap_or_default();
    let mut session = Session::new(Timing::default()).queue_events(manner & 1 == 1);
    session = match manner >> 1 & 3 {
        0 => session,
        1 => session.proofs(Proof::Jwt, None),
        _ => session.proofs(Proof::Token, Some(Proof::Jwt)),
    };
    let mut watched = Watched {
        session,
        now: Duration::ZERO,
        open: None,
        last: 0,
        connected: false,
        stopped: false,
        course: String::new(),
    };
    watched.session.start(watched.now);
    watched.listen();
    for pair in script.get(1..).unwrap_or_default().chunks(2) {
        watched.happens(pair[0], pair.get(1).copied().unwrap_or_default());
        watched.listen();
        let sleeps_for_ever = watched.open.is_none() && watched.session.poll_timeout().is_none();
        assert!(!sleeps_for_ever, "asleep for ever: {}", watched.course);
    }
    watched.end();
    watched.course
}

impl Watched {
    fn happens(&mut self, what: u8, detail: u8) {
        let now = self.now;
        let text = |text: &str| Value::from(text);
        let reply = match what % 24 {
            0..=3 => Reply::Value(Value::Bool(true)),
            4 => Reply::Value(Value::Bool(false)),
            5 => fault("no such handler"),
            6 => fault("UcpNotConnectedException"),
            7 => fault("UciIllegalAccessException"),
            8 => Reply::NotXmlRpc {
                status: [200, 302, 401, 404, 500, 503][usize::from(detail) % 6],
            },
            9 => Reply::Nothing { why: "away".to_owned() },
            10 => Reply::Unproved { why: "no".to_owned() },
            11 => Reply::Value(Value::Array((0..detail).map(|id| text(&format!("c{id}"))).collect())),
            12 => Reply::Value(call(detail)),
            13 => Reply::Value([Value::Nil, Value::Struct(vec![]), text("?")][usize::from(detail) % 3].clone()),
            14..=16 => {
                self.now = self.session.poll_timeout().unwrap_or(now).max(now);
                return self.session.on_timeout(self.now);
            }
            17 => {
                self.now += Duration::from_secs(detail.into());
                return self.session.on_timeout(self.now);
            }
            18 | 19 => {
                let params = vec![call(detail)];
                let method = "ucp.v30.events.call.receiveCallState".to_owned();
                return self.session.on_callback(now, Callback::read(&Call { method, params }));
            }
            20 => {
                let params = vec![text("c1"), text("c2")];
                let names = ["queueCallChangedIdEvent", "queueCallEvent", "x"];
                let method = format!("ucp.v30.events.queue.{}", names[usize::from(detail) % 3]);
                return self.session.on_callback(now, Callback::read(&Call { method, params }));
            }
            21 => return self.session.on_callback(now, Callback::Reset),
            22 => return self.session.on_missed(now),
            _ => {
                // An answer to something long forgotten, or to nothing at all, or a second start.
                let id = self.last.wrapping_sub(u64::from(detail)).wrapping_sub(1);
                self.session.start(now);
                return self.session.on_answer(now, id, Reply::Value(Value::Bool(false)));
            }
        };
        if let Some(id) = self.open.take() {
            self.session.on_answer(now, id, reply);
        }
    }

    fn listen(&mut self) {
        let mut count = 0;
        while let Some(output) = self.session.poll_output() {
            count += 1;
            assert!(count <= MOST_AT_ONCE, "too much at once: {}", self.course);
            assert!(!self.stopped, "something after the end: {}", self.course);
            match output {
                Output::Send(order) => {
                    assert!(order.id > self.last, "ids grow: {}", self.course);
                    assert!(order.method.starts_with("ucp.v"), "{}", order.method);
                    self.last = order.id;
                    self.open = Some(order.id);
                    let name = order.method.rsplit('.').next().unwrap_or_default();
                    self.note(&format!("{}{}", &name[..1], name.len() % 10));
                }
                Output::Tell(what) => self.told(&what),
                Output::Stopped => self.stopped = true,
                other => panic!("{other:?} is new"),
            }
        }
    }

    fn told(&mut self, what: &What) {
        let word = match what {
            What::Connected => {
                assert!(!self.connected, "connected twice: {}", self.course);
                self.connected = true;
                "C"
            }
            What::Lost { .. } | What::Refused { .. } => {
                self.connected = false;
                "L"
            }
            What::Snapshot(calls) => {
                assert!(self.connected, "a snapshot without a session: {}", self.course);
                let mut ids: Vec<&str> = calls.iter().map(|call| call.id.as_str()).collect();
                ids.sort_unstable();
                ids.dedup();
                assert_eq!(ids.len(), calls.len(), "a call twice: {}", self.course);
                "S"
            }
            What::Gap => {
                assert!(self.connected, "a gap without a session: {}", self.course);
                "G"
            }
            What::Call(_) | What::IdChanged(_) | What::Queue(_) | What::Unknown { .. } => "",
            other => panic!("{other:?} is new"),
        };
        self.note(word);
    }

    /// The beginning is enough to tell courses apart, and keeps them from being all new.
    fn note(&mut self, word: &str) {
        if self.course.len() < 60 {
            self.course.push_str(word);
        }
    }

    /// Told to stop, it stops: at once, or when the good-bye is answered or is not.
    fn end(&mut self) {
        self.session.stop(self.now);
        self.listen();
        if !self.stopped {
            let id = self.open.take().expect("a good-bye that waits for its answer");
            self.session
                .on_answer(self.now, id, Reply::Nothing { why: "late".to_owned() });
            self.listen();
        }
        assert!(self.stopped, "it goes on: {}", self.course);
        for what in 0..24 {
            self.happens(what, what);
            self.listen();
        }
        assert_eq!(self.session.poll_timeout(), None);
    }
}

fn fault(text: &str) -> Reply {
    Reply::Fault(Fault {
        code: None,
        text: text.to_owned(),
    })
}

fn call(detail: u8) -> Value {
    let states = ["RINGING", "CONNECTED", "HANGUP", "", "PARKED"];
    let state = states[usize::from(detail >> 3) % states.len()];
    let members = [("id", format!("c{}", detail & 7)), ("state", state.to_owned())];
    Value::Struct(
        members
            .map(|(key, text)| (key.to_owned(), Value::String(text)))
            .to_vec(),
    )
}
