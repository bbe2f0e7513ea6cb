//! The adapter against a PBX of a few answers: what it asks, what it makes of it, and how it ends.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod asked;
mod events;
mod oddities;
mod recorded;
mod roster;
mod simulated;
mod surface;
mod version_10;

use pbx::PbxName;
use pbx_starface::Starface;
use starface_client::uci::{Agent, WatchOptions};
use starface_client::{Password, Server};

fn starface(url: &str, agents: &[&str]) -> Starface {
    Starface::new(
        PbxName::new("test"),
        "0001",
        Password::Plain("foobar".into()),
        options(url, agents),
    )
    .unwrap()
}

fn options(url: &str, agents: &[&str]) -> WatchOptions {
    let agents = agents
        .iter()
        .map(|login| Agent::new(*login, Password::Plain("geheim".into())))
        .collect();
    let own = "http://127.0.0.1:0".parse().unwrap();
    WatchOptions::new(Server::new(url).unwrap(), "127.0.0.1:0".parse().unwrap(), own, agents)
}
