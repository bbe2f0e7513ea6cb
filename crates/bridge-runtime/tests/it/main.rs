//! What holds for the runtime as a whole, tried from the outside.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail like tests")]

mod bridge;
mod fixtures;
mod store;
mod store_erase;
mod store_files;
mod store_learned;
mod store_recordings;
mod surface;
mod zendesk;
