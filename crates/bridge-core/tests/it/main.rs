//! Tests of the core as a whole that are no stories: random histories, snapshots, texts.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "../support/mod.rs"]
mod support;

mod beside;
mod dispositions;
mod edits;
mod erased;
mod forecast;
mod handed_on;
mod history;
mod listed_twice;
mod lists;
mod numbers;
mod one_note;
mod privacy;
mod random;
mod recordings;
mod retry;
mod snapshots;
mod surface;
mod take_back;
mod telling;
mod twins;
mod whose_recordings;
