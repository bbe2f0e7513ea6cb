//! The simulators over HTTP.
#![expect(clippy::unwrap_used, reason = "helpers of tests may fail, too")]

mod desk;
mod starface;
mod surface;
mod zendesk;
