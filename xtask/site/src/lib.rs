#![doc = include_str!("../README.md")]

mod bridge;
mod configuration;
mod web;

pub use bridge::{Bridge, Environment, LOOK_AGAIN, program};
pub use configuration::Configuration;
pub use web::Web;
