#![doc = include_str!("../README.md")]

mod log;
mod record;
mod roster;
mod starface;
pub mod translate;

pub use starface::Starface;
