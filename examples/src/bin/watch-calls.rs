//! The calls of one login, as they happen, until Ctrl-C. The PBX calls back, so it must be able to reach this program.
//!
//! `cargo run -p examples --bin watch-calls -- 0.0.0.0:8091 http://this-machine.acme.example:8091`

#![expect(clippy::print_stdout, reason = "a program for people")]

use anyhow::Context;
use examples::{argument, starface};
use starface_client::uci::{Agent, Watch, WatchOptions, What};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let listen = argument(1, "where to listen, such as 0.0.0.0:8091")?
        .parse()
        .context("argument 1 is no address")?;
    let reachable_as = argument(2, "the same place as the PBX reaches it")?
        .parse()
        .context("argument 2 is no URL")?;
    let (server, login, password) = starface()?;
    let agents = vec![Agent::new(login, password)];

    let (watch, mut notices) = Watch::start(WatchOptions::new(server, listen, reachable_as, agents)).await?;
    loop {
        let notice = tokio::select! {
            notice = notices.next() => notice,
            _ = tokio::signal::ctrl_c() => None,
        };
        let Some(notice) = notice else { break };
        match notice.what {
            What::Connected => println!("{}: connected", notice.login),
            What::Call(call) => println!("{}: call {} is {:?}", notice.login, call.id, call.state),
            What::IdChanged(_) => println!("{}: a call goes on under another id", notice.login),
            What::Snapshot(calls) => println!("{}: {} calls in progress", notice.login, calls.len()),
            What::Gap => println!("{}: something may have been missed", notice.login),
            What::Lost { why } | What::Refused { why } => println!("{}: {why}", notice.login),
            What::Unknown { method, .. } => println!("{}: {method} is not understood", notice.login),
            What::Queue(_) | _ => {} // queues are not asked for here
        }
    }
    // Logs out, so that the PBX does not go on calling.
    watch.stop().await;
    Ok(())
}
