//! The bridge that is to die: a process of its own, as [`::site`] starts it.

use std::path::PathBuf;
use std::time::Duration;

pub(crate) use ::site::{Bridge, Environment, LOOK_AGAIN};

/// How long anything may take that should take a moment, on a machine with other things to do.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// The program that lies beside this one, as cargo builds them.
pub(crate) fn program() -> anyhow::Result<PathBuf> {
    ::site::program("cargo xtask torture")
}
