//! Holds clients and simulators to what is known of the real systems: `cargo xtask contract`.
//!
//! Three things are checked: recorded exchanges decode into the client's types; the client's requests are valid under
//! Zendesk's description; so are the simulated Zendesk's answers. For STARFACE see [`starface`]. Recordings and description are not part of this
//! repository: where they are not there, that is said, and nothing is checked.

mod call;
mod endpoints;
mod exchanges;
mod gaps;
mod read;
mod report;
mod requests;
mod simulated;
mod spec;
mod starface;
mod wire;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use crate::endpoints::Ids;
use crate::gaps::Gaps;
use crate::report::Report;
use crate::spec::Spec;
use crate::wire::Wire;

#[derive(Parser)]
#[command(about = "Holds clients and simulators to what is known of the real systems")]
struct Arguments {
    /// Folder of recorded exchanges
    #[arg(long, value_name = "DIR")]
    exchanges: PathBuf,
    /// Zendesk's OpenAPI description
    #[arg(long, value_name = "FILE")]
    openapi: PathBuf,
    /// What a STARFACE says of its REST interface
    #[arg(long, value_name = "FILE")]
    starface: PathBuf,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let mut report = Report::default();
    let checked = check(&Arguments::parse(), &mut report).await;
    let printed = report.print(std::io::stdout().lock());
    match checked.and(printed.map_err(Into::into)) {
        Ok(()) if report.failures() == 0 => ExitCode::SUCCESS,
        Ok(()) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn check(arguments: &Arguments, report: &mut Report) -> anyhow::Result<()> {
    let wire = Wire::start().await;
    let endpoints = endpoints::all(&wire.client()?, &Ids::any())?;
    let spec = match arguments.openapi.is_file() {
        true => Some(Spec::read(&arguments.openapi)?),
        false => None,
    };
    match arguments.exchanges.is_dir() {
        true => exchanges::check(&arguments.exchanges, &wire, &endpoints, spec.as_ref(), report).await?,
        false => report.part(&format!(
            "recorded exchanges: skipped: there is no folder {}",
            arguments.exchanges.display()
        )),
    }
    match &spec {
        Some(spec) => {
            let mut gaps = Gaps::default();
            requests::check(&wire, &endpoints, spec, &mut gaps, report).await;
            simulated::check(&wire, spec, &mut gaps, report).await?;
            gaps.tell(report);
        }
        None => report.part(&format!(
            "requests of the client, answers of the simulated Zendesk: skipped: there is no file {}",
            arguments.openapi.display()
        )),
    }
    starface::check(&arguments.starface, report).await?;
    Ok(())
}
