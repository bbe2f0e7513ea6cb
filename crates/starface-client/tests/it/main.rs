//! The client against servers on loopback.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod fake;
mod fuzz;
mod oauth;
mod requests;
mod rest;
mod rest_setup;
mod services;
mod structure;
mod tls;
mod watch;
