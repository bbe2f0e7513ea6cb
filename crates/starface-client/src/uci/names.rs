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
    /// Names with `v20`: STARFACE 3 and 4. It has neither queues nor call lists, and all services are announced at once.
    V20,
}

/// What a session asks the PBX.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Request {
    Login,
    Subscribe(Service),
    KeepAlive,
    CallIds,
    CallState(String),
    Logout,
}

/// What is subscribed to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Service {
    Calls,
    Queues,
}

/// What can be asked without a session, in every version known.
pub(crate) const SERVER_VERSION: &str = "ucp.v30.requests.system.getServerVersion";

impl Dialect {
    /// All of them, the one to be tried first at the front.
    pub(crate) const ALL: [Self; 3] = [Self::V30, Self::V22, Self::V20];

    /// The one before it.
    pub(crate) fn older(self) -> Option<Self> {
        match self {
            Self::V30 => Some(Self::V22),
            Self::V22 => Some(Self::V20),
            Self::V20 => None,
        }
    }

    /// The name of a request of v22 and later, such as `call` `monitor`. For calls, v20 is taken to differ in what
    /// stands before it only, as it does in the names that are known; for call lists it has none.
    pub(crate) fn request(self, service: &str, name: &str) -> Option<String> {
        match (self, service) {
            (Self::V30, _) => Some(format!("ucp.v30.requests.{service}.{name}")),
            (Self::V22, _) => Some(format!("ucp.v22.requests.{service}.{name}")),
            (Self::V20, "connection") => Some(format!("ucp.v20.server.connection.{name}")),
            (Self::V20, "call") => Some(format!("ucp.v20.server.communication.call.{name}")),
            (Self::V20, _) => None,
        }
    }

    /// The version in the service decides the one in the callbacks' method names.
    fn service(self, service: Service) -> Option<&'static str> {
        match (self, service) {
            (Self::V30, Service::Calls) => Some("ucp.v30.events.call"),
            (Self::V22, Service::Calls) => Some("ucp.v22.events.call"),
            (Self::V20, Service::Calls) => Some("ucp.v20.client.communication.call"),
            // Queues came with v30; who speaks v22 may still ask for it.
            (Self::V30 | Self::V22, Service::Queues) => Some("ucp.v30.events.queue"),
            (Self::V20, Service::Queues) => None,
        }
    }

    pub(crate) fn offers(self, service: Service) -> bool {
        self.service(service).is_some()
    }

    pub(crate) fn method(self, request: &Request) -> String {
        let (service, name) = match request {
            Request::Login => ("connection", "login"),
            Request::Subscribe(_) if self == Self::V20 => ("connection", "setProvidedServices"),
            Request::Subscribe(_) => ("service", "subscribeEvents"),
            Request::KeepAlive if self == Self::V20 => ("connection", "probe"),
            Request::KeepAlive => ("connection", "keepAlive"),
            Request::CallIds => ("call", "getCallIds"),
            Request::CallState(_) => ("call", "getCallState"),
            Request::Logout => ("connection", "logout"),
        };
        self.request(service, name).unwrap_or_default()
    }

    pub(crate) fn params(self, request: &Request) -> Vec<Value> {
        match request {
            // One array of all services, and the one for `connection.reset` among them.
            Request::Subscribe(service) if self == Self::V20 => {
                let services = self.service(*service).into_iter().chain(["ucp.v20.client.connection"]);
                vec![Value::Array(services.map(Value::from).collect())]
            }
            Request::Subscribe(service) => self.service(*service).map(Value::from).into_iter().collect(),
            Request::CallState(id) => vec![Value::String(id.clone())],
            Request::Login | Request::KeepAlive | Request::CallIds | Request::Logout => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names of the vendor's documents and clients, for each generation.
    #[test]
    fn names_of_every_generation() {
        let requests = [
            Request::Login,
            Request::Subscribe(Service::Calls),
            Request::KeepAlive,
            Request::Logout,
            Request::CallIds,
        ];
        let names = |dialect: Dialect| requests.clone().map(|request| dialect.method(&request));
        assert_eq!(
            names(Dialect::V20),
            [
                "ucp.v20.server.connection.login",
                "ucp.v20.server.connection.setProvidedServices",
                "ucp.v20.server.connection.probe",
                "ucp.v20.server.connection.logout",
                "ucp.v20.server.communication.call.getCallIds",
            ]
        );
        for (dialect, version) in [(Dialect::V22, "v22"), (Dialect::V30, "v30")] {
            let expected = [
                "connection.login",
                "service.subscribeEvents",
                "connection.keepAlive",
                "connection.logout",
                "call.getCallIds",
            ]
            .map(|name| format!("ucp.{version}.requests.{name}"));
            assert_eq!(names(dialect), expected);
        }
        let announced = Dialect::V20.params(&Request::Subscribe(Service::Calls));
        let services = ["ucp.v20.client.communication.call", "ucp.v20.client.connection"].map(Value::from);
        assert!(announced == [Value::Array(services.to_vec())]);
        assert!(Dialect::V22.params(&Request::Subscribe(Service::Queues)) == [Value::from("ucp.v30.events.queue")]);
    }
}
