#![doc = include_str!("../README.md")]

mod friendly;
pub mod play;
pub mod record;
pub mod setting;
pub mod starface;
pub mod story;
pub mod typed;
pub mod world;
pub mod zendesk;
