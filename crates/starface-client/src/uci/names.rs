//! Names of methods and services, by version of the interface.

use crate::xmlrpc::Value;

/// Which generation of names is spoken. Versions may be mixed in one session.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Dialect {
    /// Names with `v30`: STARFACE 6 and later.
    V30,
    /// Names with `v22`: STARFACE 5, and understood by later ones.
    V22,
}

/// What a session asks the PBX.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Request {
    Login,
    Subscribe,
    KeepAlive,
    CallIds,
    CallState(String),
    Logout,
}

/// What can be asked without a session, in every version known.
pub(crate) const SERVER_VERSION: &str = "ucp.v30.requests.system.getServerVersion";

impl Dialect {
    fn prefix(self) -> &'static str {
        match self {
            Self::V30 => "ucp.v30",
            Self::V22 => "ucp.v22",
        }
    }

    /// The service that tells of calls. The version in it decides the one in the callbacks' method names.
    pub(crate) fn call_events(self) -> String {
        format!("{}.events.call", self.prefix())
    }

    pub(crate) fn method(self, request: &Request) -> String {
        let name = match request {
            Request::Login => "connection.login",
            Request::Subscribe => "service.subscribeEvents",
            Request::KeepAlive => "connection.keepAlive",
            Request::CallIds => "call.getCallIds",
            Request::CallState(_) => "call.getCallState",
            Request::Logout => "connection.logout",
        };
        format!("{}.requests.{name}", self.prefix())
    }

    pub(crate) fn params(self, request: &Request) -> Vec<Value> {
        match request {
            Request::Subscribe => vec![Value::String(self.call_events())],
            Request::CallState(id) => vec![Value::String(id.clone())],
            Request::Login | Request::KeepAlive | Request::CallIds | Request::Logout => Vec::new(),
        }
    }
}
