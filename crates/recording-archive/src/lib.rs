#![doc = include_str!("../README.md")]

pub mod archive;
pub mod compress;
pub mod copy;
mod error;
mod format;
mod hints;
pub mod inbox;
pub mod name;
pub mod place;
pub mod schedule;
pub mod spool;
mod sum;

pub use error::{ArchiveError, ArchiveErrorKind};
pub use format::Format;
pub use hints::Hints;
pub use sum::{NoSum, Sha256Sum};
