//! The binary as scripts and administrators meet it: exit codes and words.

mod caller;
mod commands;
mod forget;
mod guarded;
mod numbers;
mod one_note;
mod place;
mod privacy;
mod recordings;
mod simulated;
