#![doc = include_str!("../README.md")]

pub mod call;
pub mod call_log;
pub mod core;
pub mod desk;
pub mod directory;
pub mod effect;
pub mod erasure;
pub mod input;
pub mod matching;
pub mod number;
pub mod port;
pub mod recording;
pub mod settings;
pub mod strategy;
