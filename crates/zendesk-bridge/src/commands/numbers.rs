//! `numbers`: what the bridge wrote to Zendesk profiles, and taking it back.

use std::path::PathBuf;

use bridge_runtime::store::StoreReader;
use jiff::tz::TimeZone;
use serde_json::json;

use crate::cli::{NumbersAct, Output};
use crate::config::{self, Config, Need};
use crate::exit::{Exit, Stop};
use crate::numbers::{self, Asked, NO_NUMBER, NOT_LEARNED};
use crate::view::{LearnedLine, render_learned};
use crate::{out, stored};

/// `numbers learned` and `numbers forget USER NUMBER`
pub(crate) async fn numbers(file: Option<PathBuf>, act: NumbersAct) -> Result<Exit, Stop> {
    let config = config::load(&config::locate(file.as_deref())?, Need::Control)?;
    let reader = stored::open(&config.store).await.map_err(anyhow::Error::new)?;
    match act {
        NumbersAct::Learned { numbers, output } => learned(reader.as_ref(), numbers, output).await,
        NumbersAct::Forget { user, number, output } => forget(&config, reader.as_ref(), user, &number, output).await,
    }
}

async fn learned(reader: Option<&StoreReader>, numbers: bool, output: Output) -> Result<Exit, Stop> {
    let learned = match reader {
        Some(reader) => numbers::learned(reader, numbers).await?,
        None => Vec::new(),
    };
    if output.json {
        out::say_json(&json!({ "learned": learned }));
    } else {
        out::say(&render_learned(&learned, &TimeZone::system(), out::width()));
    }
    Ok(Exit::Done)
}

/// Always by a wish in the store: a running bridge takes it up within a second, and nobody waits for what comes of it.
async fn forget(
    config: &Config,
    reader: Option<&StoreReader>,
    user: u64,
    number: &str,
    output: Output,
) -> Result<Exit, Stop> {
    let asked = match reader {
        Some(reader) => numbers::forget(reader, &config.callers.plan, user, number).await?,
        None if config.callers.plan.read_typed(number).is_none() => Asked::NoNumber,
        None => Asked::NotLearned,
    };
    let lines = match asked {
        Asked::Learned(lines) => lines,
        Asked::NoNumber => return Err(Stop::usage(NO_NUMBER)),
        Asked::NotLearned => {
            return Err(Stop::failed(format!(
                "{NOT_LEARNED}. `zendesk-bridge numbers learned` lists what it wrote"
            )));
        }
    };
    let runs = StoreReader::is_held(&config.store);
    if output.json {
        out::say_json(&json!({ "asked": lines, "running": runs }));
    } else {
        for line in &lines {
            out::say(&said(line, runs));
        }
    }
    let is_stuck = lines.iter().any(|line| line.taken_back == "wedged");
    Ok(if is_stuck { Exit::Failed } else { Exit::Done })
}

fn said(line: &LearnedLine, runs: bool) -> String {
    let what = format!("{} ({} of user {})", line.number, line.place, line.user_id);
    match line.taken_back.as_str() {
        "wished" | "ordered" if runs => {
            format!("{what} is taken back within seconds; `numbers learned` shows what came of it")
        }
        "wished" | "ordered" => format!("{what} is taken back by the next `run`: no bridge runs"),
        "wedged" => format!(
            "{what} {}. Once that is mended: `zendesk-bridge retry {}`",
            line.said(&TimeZone::system()),
            line.call
        ),
        _ => format!("{what} was {} before", line.said(&TimeZone::system())),
    }
}
