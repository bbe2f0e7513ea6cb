#![doc = include_str!("../README.md")]

mod backlog;
mod board;
mod bridge;
mod chain;
mod clock;
mod directory;
mod engine;
mod feed;
mod figures;
mod handle;
pub mod inbox;
mod lanes;
mod lists;
mod machine;
mod pauses;
mod recordings;
mod schedule;
mod status;
pub mod store;
mod sync;
#[cfg(test)]
mod testing;
pub mod zendesk;

pub use bridge::{Bridge, OnStart, Parts, RunError, RunErrorKind};
pub use clock::Clock;
pub use directory::{AtOnce, Directory};
pub use figures::{Figures, Spread};
pub use handle::{AssignError, CallError, Handle, RetryError, Stopped};
pub use status::{
    CallStatus, DeskStatus, DirectoryStatus, ListStatus, MatchingStatus, PbxStatus, RecordingsStatus, SessionStatus,
    Status, UnassignedStatus, UnservedGroup, WedgedStatus,
};
