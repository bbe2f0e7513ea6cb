//! Decisions that an integrator may replace, each behind a trait.

mod unknown_caller;

pub use unknown_caller::{DefaultUser, NewUser, Requester, UnknownCaller};
