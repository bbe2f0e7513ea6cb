//! A simulated STARFACE: REST, UCI over XML-RPC, and call events that it sends to whoever has logged in.
//!
//! [`State`] is all of it as a value, without sockets and without a clock. [`SimStarface`] is a thin shell around it:
//! an HTTP server on an address, and a client that sends events, those of one account one after the other, those of
//! different accounts side by side.
//!
//! What it does is what is known about versions 3 to 10, from the vendor's documents and from programs that work against
//! real systems. What is not known is a [`Switches`].

mod call_list;
mod calls;
mod events;
mod message;
mod oauth;
mod oauth_switches;
mod queue;
mod recording;
mod rest;
mod rest_view;
mod server;
mod state;
mod switches;
mod uci;
mod wave;
mod xml;

#[cfg(test)]
mod tests;

pub use calls::Caller;
pub use message::{Answer, Asked, Callback, Request};
pub use oauth::{OAUTH_CLIENT, OAUTH_CLIENT_SECRET};
pub use oauth_switches::{CallbackAuth, ClassicRest, ClientAuthentication, OAuthSwitches};
pub use queue::{QueueChange, QueueSwitches};
pub use recording::{Recording, RecordingFile, RecordingSwitches};
pub use server::{Deliveries, SimStarface};
pub use state::State;
pub use switches::{GroupKey, Rights, Switches, Timestamps, Version, WrongToken};
pub use wave::Codec;
pub use xml::{Charset, Value, read_call, read_response, write_call, write_fault, write_response};
