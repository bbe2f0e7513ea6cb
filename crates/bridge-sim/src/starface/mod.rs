//! A simulated STARFACE: REST, UCI over XML-RPC, and call events that it sends to whoever has logged in.
//!
//! [`State`] is all of it as a value, without sockets and without a clock. [`SimStarface`] is a thin shell around it:
//! an HTTP server on an address, and a client that sends events, those of one account one after the other, those of
//! different accounts side by side.
//!
//! What it does is what is known about versions 6 to 9, from the vendor's documents and from programs that work against
//! real systems. What is not known is a [`Switches`].

mod call_list;
mod calls;
mod events;
mod rest;
mod server;
mod state;
mod switches;
mod uci;
mod xml;

#[cfg(test)]
mod tests;

pub use calls::Caller;
pub use server::{Deliveries, SimStarface};
pub use state::{Answer, Callback, Request, State};
pub use switches::{GroupKey, Rights, Switches, Timestamps, WrongToken};
pub use xml::{Charset, Value, read_call, read_response, write_call, write_fault, write_response};
