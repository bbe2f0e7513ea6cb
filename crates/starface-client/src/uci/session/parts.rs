//! What goes into a session and comes out of it.

use std::time::Duration;

use super::super::{Dialect, What};
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

/// What goes with a request to show whose it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Proof {
    /// The classic token, made of login and password. The PBX shows it with every callback.
    Token,
    /// An OAuth access token (version 10). What a callback shows then is not known, so that nothing can be asked of it.
    Jwt,
}

/// A request to be sent. Its answer goes to [`Session::on_answer`](super::Session::on_answer) with the same id.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct Order {
    /// Which request this is.
    pub id: u64,
    /// What shows whose it is.
    pub proof: Proof,
    /// The generation of names that is spoken.
    pub dialect: Dialect,
    /// Name of the method.
    pub method: String,
    /// Its parameters.
    pub params: Vec<Value>,
}

/// What came of a request.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
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
    /// It was not sent, since the PBX grants nothing that could prove whose it is.
    Unproved {
        /// Why, in words for an administrator.
        why: String,
    },
}

/// What a session wants done.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub enum Output {
    /// Send this; what was sent before and is not answered yet is of no more interest.
    Send(Order),
    /// Tell this.
    Tell(What),
    /// The session is over; nothing more will come.
    Stopped,
}
