//! Calls of the client without their types, so that all of them fit into one table.

use std::pin::Pin;

use serde_json::Value;
use zendesk_client::{Client, Error, Listing, Page, Pending, Request};

use crate::read::Read;

/// An endpoint, and what the client does with it.
pub(crate) struct Endpoint {
    pub(crate) method: &'static str,
    /// The path with names in braces, as the description has it.
    pub(crate) pattern: &'static str,
    /// What the client asks there. Answers are read by the first one.
    pub(crate) calls: Vec<Call>,
    /// Whether the client itself has no call for the endpoint, only the type of its answers.
    pub(crate) kin: bool,
}

/// A call of the client, ready to be sent.
pub(crate) struct Call {
    /// Module and method: `users.show`.
    pub(crate) name: &'static str,
    /// What is special about it: `all`, `fewest`.
    pub(crate) variant: &'static str,
    send: Box<dyn Fn() -> Reading>,
    records_in: fn(&Value) -> Option<Vec<String>>,
}

/// An answer as it is being read: what all records in it are told by, `None` where there are no records.
pub(crate) type Reading = Pin<Box<dyn Future<Output = Result<Option<Vec<String>>, Error>>>>;

/// Endpoints as they are being listed.
pub(crate) struct Table<'a> {
    client: &'a Client,
    endpoints: Vec<Endpoint>,
}

/// The endpoint that is being listed.
pub(crate) struct Row<'a> {
    client: &'a Client,
    endpoint: &'a mut Endpoint,
}

impl<'a> Table<'a> {
    pub(crate) fn new(client: &'a Client) -> Self {
        Self {
            client,
            endpoints: Vec::new(),
        }
    }

    /// An endpoint that the client asks.
    pub(crate) fn at(&mut self, method: &'static str, pattern: &'static str) -> Row<'_> {
        self.row(method, pattern, false)
    }

    /// An endpoint that the client does not ask, but whose answers are like those of the call that follows.
    pub(crate) fn kin(&mut self, method: &'static str, pattern: &'static str) -> Row<'_> {
        self.row(method, pattern, true)
    }

    pub(crate) fn into_endpoints(self) -> Vec<Endpoint> {
        self.endpoints
    }

    fn row(&mut self, method: &'static str, pattern: &'static str, kin: bool) -> Row<'_> {
        let endpoint = Endpoint {
            method,
            pattern,
            calls: Vec::new(),
            kin,
        };
        Row {
            client: self.client,
            endpoint: self.endpoints.push_mut(endpoint),
        }
    }
}

impl Row<'_> {
    /// A call by a method of the client.
    pub(crate) fn call<A: Read>(self, name: &'static str, variant: &'static str, pending: Pending<A>) -> Self {
        self.request(name, variant, &pending.into_request())
    }

    /// A list by a method of the client.
    pub(crate) fn list<T>(self, name: &'static str, variant: &'static str, list: &Listing<T>) -> Self
    where
        T: zendesk_client::Resource,
        Page<T>: Read,
    {
        self.request(name, variant, list.request())
    }

    /// A call that is sent in its own way and reads no records.
    pub(crate) fn special(
        self,
        name: &'static str,
        variant: &'static str,
        send: impl Fn() -> Reading + 'static,
    ) -> Self {
        self.endpoint.calls.push(Call {
            name,
            variant,
            send: Box::new(send),
            records_in: |_| None,
        });
        self
    }

    fn request<A: Read>(self, name: &'static str, variant: &'static str, request: &Request<A>) -> Self {
        let (client, request) = (self.client.clone(), request.clone());
        let send = move || -> Reading {
            let (client, request) = (client.clone(), request.clone());
            Box::pin(async move { client.send(&request).await.map(|answer| answer.records()) })
        };
        self.endpoint.calls.push(Call {
            name,
            variant,
            send: Box::new(send),
            records_in: A::records_in,
        });
        self
    }
}

impl Call {
    /// Sends it and reads the answer.
    pub(crate) fn send(&self) -> Reading {
        (self.send)()
    }

    /// What tells the records in an answer's JSON, where the call reads them.
    pub(crate) fn records_in(&self, body: &Value) -> Option<Vec<String>> {
        (self.records_in)(body)
    }

    /// Name and variant, for people.
    pub(crate) fn shown(&self) -> String {
        match self.variant {
            "" => self.name.to_owned(),
            variant => format!("{} ({variant})", self.name),
        }
    }
}
