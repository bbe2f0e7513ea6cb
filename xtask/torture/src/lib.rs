#![doc = include_str!("../README.md")]

mod act;
mod day;
mod doors;
mod events;
mod finding;
mod journal;
mod life;
mod model;
mod notes;
mod outage;
mod passed;
mod plan;
mod profile;
mod recordings;
mod report;
mod run;
mod trace;
mod truth;
mod weather;
mod world;

pub use day::Options;
pub use outage::{Outage, outage};
pub use plan::Family;
pub use report::Report;
pub use run::{Bounds, simulate};
pub use world::Sabotage;
