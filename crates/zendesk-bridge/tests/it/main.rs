//! The binary as scripts and administrators meet it: exit codes and words.

mod commands;
mod place;
mod recordings;
mod simulated;
