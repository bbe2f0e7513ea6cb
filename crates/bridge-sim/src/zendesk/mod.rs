//! A simulated Zendesk: Support and Talk Partner Edition, as far as a telephone bridge needs them.
//!
//! [`State`] is an account as a value: requests and the time go in, answers come out, nothing else happens. It holds
//! users with their identities, groups, tickets with audits, a search index that may lag, tokens, idempotency keys
//! and rate limits. [`SimZendesk`] puts it on an address as a real HTTP server. What differs from one account to the
//! next, what is not known for sure and what goes wrong are [`Switches`]; `docs/zendesk.md` beside the sources lists
//! them with their defaults.
//!
//! ```
//! use bridge_sim::zendesk::{SimRequest, Switches, world};
//! use http::Method;
//! use serde_json::json;
//!
//! let now: jiff::Timestamp = "2026-11-24T14:02:00Z".parse()?;
//! let mut zendesk = world::default_zendesk(Switches::default(), now);
//! let body = json!({"ticket": {"subject": "Call", "requester_id": 400, "comment": {"body": "rings", "public": false}}});
//! let request = SimRequest::new(Method::POST, "/api/v2/tickets").bearer(world::OAUTH_TOKEN).json(&body);
//! assert_eq!(zendesk.handle(&request, now).status, 201);
//! assert_eq!(zendesk.tickets()[0].requester, 400);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod agents;
mod audits;
mod auth;
mod authorize;
mod calls;
mod check;
mod clock;
mod desk;
mod errors;
mod fault;
mod grant;
mod group;
mod group_write;
mod idempotency;
mod identity;
mod incremental;
mod index;
mod jobs;
mod log;
mod message;
mod more_routes;
mod page;
mod people;
mod query;
mod rate;
mod record;
mod related;
mod routes;
mod search;
mod search_export;
mod seconds;
mod server;
mod state;
mod switch_kinds;
mod switches;
mod tags;
#[cfg(test)]
mod tests;
mod ticket;
mod ticket_body;
mod ticket_write;
mod upload;
mod user;
mod user_field;
mod users;
mod view;
mod voice;
pub mod world;

pub use agents::Refused;
pub use clock::Clock;
pub use fault::{Fault, FaultKind};
pub use log::{Entry, Log};
pub use message::{Delivery, Params, SimRequest, SimResponse};
pub use record::Exchange;
pub use server::{SimZendesk, TimedOut};
pub use state::State;
pub use switch_kinds::{
    AuthorizationPage, CallApp, Class, Details, Down, Idempotency, InFlightTwin, NotSignedIn, OversizedUpload,
    RefusalKey, SuspendedRequester, TakenNumber, TalkPlan, UnknownUpload,
};
pub use switches::{Limits, Switches};
pub use user::{NewUser, Role};
pub use view::{CommentSnapshot, Pop, TicketSnapshot, UserSnapshot};
