//! The client against servers on loopback.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod fake;
mod oauth;
mod requests;
mod rest;
mod watch;
