#![doc = include_str!("../README.md")]

mod roster;
mod starface;
pub mod translate;

pub use starface::Starface;
