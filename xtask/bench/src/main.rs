//! `cargo xtask bench`: measures, prints a table that a person can read, and writes the same as JSON.
//!
//! A group of figures is a module with a function that gives [`Row`]s, and a line in [`measure`].

mod archive;
mod compare;
mod compress;
mod directory;
mod load;
mod peak;
mod report;
mod requests;
mod samba;
mod site;
mod starts;

use std::path::PathBuf;

use anyhow::Context;
use clap::{Parser, Subcommand};
use report::{Row, Table};

#[derive(Parser)]
#[command(
    name = "cargo xtask bench",
    about = "Measures, prints a table, and writes it as JSON"
)]
struct Bench {
    /// What to measure; everything where nothing is said
    #[command(subcommand)]
    what: Option<What>,
    /// Where the figures go as JSON
    #[arg(long, global = true, value_name = "FILE", default_value = "target/bench.json")]
    json: PathBuf,
}

#[derive(Subcommand)]
enum What {
    /// Copies of recordings to a Samba on loopback that requires signing, beside `smbclient`
    Archive(archive::Options),
    /// Recordings made small enough for a ticket
    Compress(compress::Options),
    /// How many requests each kind of call costs
    Requests,
    /// Looking numbers up in the directory
    Directory(directory::Options),
    /// Calls at a rate: delays, cost, how many a second, memory
    Load(load::Options),
    /// What a thousand calls cost, beside their requests by bare `reqwest`, our own client, zenpy and node-zendesk
    Compare(compare::Options),
    /// Starts and memory beside directories of up to a million users
    Starts(starts::Options),
    /// A process that fills an index and tells its peak memory: what `directory` starts
    #[command(hide = true)]
    IndexOnce(directory::IndexOnce),
    /// A process that makes the requests of calls and tells its processor time: what `compare` starts
    #[command(hide = true)]
    BareOnce(compare::CallsOnce),
    /// The same by our own client
    #[command(hide = true)]
    ClientOnce(compare::CallsOnce),
    /// A process that copies one file and tells its peak memory: what `archive` starts
    #[command(hide = true)]
    CopyOnce(archive::CopyOnce),
    /// A process that compresses one file and tells its peak memory: what `compress` starts
    #[command(hide = true)]
    CompressOnce(compress::CompressOnce),
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let bench = Bench::parse();
    let rows = match bench.what {
        Some(What::CopyOnce(copy)) => return archive::copy_once(&copy).await,
        Some(What::CompressOnce(once)) => return compress::compress_once(&once),
        Some(What::IndexOnce(once)) => return directory::index_once(&once),
        Some(What::BareOnce(once)) => return compare::bare(&once).await,
        Some(What::ClientOnce(once)) => return compare::client(&once).await,
        what => measure(what.as_ref()).await?,
    };
    let table = Table::new(rows);
    report::say(&table.to_string())?;
    let json = serde_json::to_string_pretty(&table)?;
    let written = std::fs::write(&bench.json, json + "\n");
    written.with_context(|| format!("cannot write {}", bench.json.display()))?;
    eprintln!("written to {}", bench.json.display());
    Ok(())
}

/// One group, or all.
async fn measure(what: Option<&What>) -> anyhow::Result<Vec<Row>> {
    match what {
        Some(What::Archive(options)) => archive::measure(options).await,
        Some(What::Compress(options)) => compress::measure(options).await,
        Some(What::Requests) => requests::measure().await,
        Some(What::Directory(options)) => directory::measure(options).await,
        Some(What::Load(options)) => load::measure(options).await,
        Some(What::Compare(options)) => compare::measure(options).await,
        Some(What::Starts(options)) => starts::measure(options).await,
        Some(
            What::CopyOnce(_) | What::CompressOnce(_) | What::IndexOnce(_) | What::BareOnce(_) | What::ClientOnce(_),
        )
        | None => {
            let mut rows = requests::measure().await?;
            rows.extend(directory::measure(&directory::Options::default()).await?);
            rows.extend(load::measure(&load::Options::default()).await?);
            rows.extend(compare::measure(&compare::Options::default()).await?);
            rows.extend(starts::measure(&starts::Options::default()).await?);
            rows.extend(archive::measure(&archive::Options::default()).await?);
            rows.extend(compress::measure(&compress::Options::default()).await?);
            Ok(rows)
        }
    }
}
