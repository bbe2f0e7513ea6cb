#![doc = include_str!("../README.md")]

mod event;
mod ids;
mod log;
mod number;
mod port;
mod roster;

pub use event::{Direction, Event, LegEvent, LegState};
pub use ids::{CallId, GroupId, PbxName, UserId};
pub use log::{CallLog, LoggedCall};
pub use number::Dialled;
pub use port::{BoxError, ErrorKind, EventStream, Pbx, PbxError, Recorder};
pub use roster::{Group, User};
