//! Getting in: what the answers to login and subscriptions mean.

use std::time::Duration;

use super::words::{REFUSED, explained, no_uci, out_of_order};
use super::{Dialect, Reply, Request, Service, Session, Snapshot, State, Told, What};

impl Session {
    pub(super) fn on_login(&mut self, now: Duration, reply: Reply) {
        match reply {
            Reply::Value(value) if value.as_bool() == Some(true) => {
                self.state = State::Subscribing;
                self.send(Request::Subscribe(Service::Calls));
            }
            Reply::Value(_) => self.refused(now, REFUSED.to_owned()),
            Reply::Fault(fault) if !fault.is_illegal_access() && self.next_dialect() => self.send(Request::Login),
            Reply::Unproved { why } => self.refused(now, why),
            Reply::Fault(fault) => self.refused(now, format!("the PBX refuses the login: {}", explained(&fault))),
            Reply::NotXmlRpc { status } if status < 500 => self.refused(now, no_uci(status)),
            Reply::NotXmlRpc { status } => self.away(now, &out_of_order(status)),
            Reply::Nothing { why } => self.away(now, &why),
        }
    }

    pub(super) fn on_subscribe(&mut self, now: Duration, reply: Reply) {
        match reply {
            // Nothing but a clear no is one: some methods answer without a value.
            Reply::Value(value) if value.as_bool() != Some(false) => {
                self.dialect.1 = true;
                if self.queues && self.dialect.0.offers(Service::Queues) {
                    self.send(Request::Subscribe(Service::Queues));
                } else {
                    self.up(now);
                }
            }
            Reply::Unproved { why } => self.refused(now, why),
            Reply::Fault(fault) if fault.is_not_connected() => self.away(now, "the PBX forgot the session at once"),
            // Who understood a newer login is no PBX of the oldest names.
            Reply::Value(_) | Reply::Fault(_) if self.dialect.0 == Dialect::V30 && self.next_dialect() => {
                self.send(Request::Subscribe(Service::Calls))
            }
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

    /// Calls are what matters: without queues the session stands all the same.
    pub(super) fn on_queues(&mut self, now: Duration, reply: Reply) {
        match reply {
            Reply::Fault(fault) if fault.is_not_connected() => self.away(now, "the PBX forgot the session at once"),
            Reply::Value(value) if value.as_bool() != Some(false) => self.up(now),
            Reply::Value(_) | Reply::Fault(_) => {
                tracing::info!("the PBX does not tell of queues: is there an iQueue, and does the login belong to it?");
                self.up(now);
            }
            Reply::NotXmlRpc { status } if status < 500 => self.refused(now, no_uci(status)),
            Reply::NotXmlRpc { status } => self.away(now, &out_of_order(status)),
            Reply::Nothing { why } => self.away(now, &why),
            Reply::Unproved { why } => self.refused(now, why),
        }
    }

    fn up(&mut self, now: Duration) {
        self.state = State::Up;
        self.failures = 0;
        self.told = Told::Connected;
        self.tell(What::Connected);
        self.snapshot = Some(Snapshot::default());
        self.go_on(now);
    }
}
