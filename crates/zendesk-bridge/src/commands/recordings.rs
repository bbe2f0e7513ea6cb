//! `recordings`: those of which it is not certain whose they are, whose they are by an administrator's word, and copies.

mod copy;
mod refuse;

use std::path::PathBuf;

use anyhow::Context;
use bridge_core::call::CallKey;
use bridge_core::recording::Kept;
use bridge_runtime::store::StoreReader;
use serde::Serialize;

use crate::cli::{Output, RecordingsAct};
use crate::config::{self, Need};
use crate::exit::{Exit, Stop};
use crate::view::Unassigned;
use crate::{out, stored};

/// A recording as programs are shown it.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    unassigned: Unassigned,
    /// Where it was asked for, since it may hold numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
    bytes: u64,
}

/// `recordings`, and what is to be done with one or all of them
pub(crate) async fn recordings(
    file: Option<PathBuf>,
    act: Option<RecordingsAct>,
    names: bool,
    output: Output,
) -> Result<Exit, Stop> {
    let act = match act {
        Some(RecordingsAct::Refuse { call }) => return refuse::refuse(file, &call, output).await,
        Some(RecordingsAct::Copy) => return copy::copy(file, output).await,
        Some(RecordingsAct::Assign { recording, call }) => Some((recording, call)),
        None => None,
    };
    let config = config::load(&config::locate(file.as_deref())?, Need::Control)?;
    let reader = stored::open(&config.store).await.map_err(anyhow::Error::new)?;
    let unassigned = match &reader {
        Some(reader) => reader.unassigned().await.context("the store")?,
        None => Vec::new(),
    };
    let (Some((recording, call)), Some(reader)) = (act, &reader) else {
        list(&unassigned, names, output);
        return Ok(Exit::Done);
    };
    let meant = meant(&unassigned, &recording).ok_or_else(|| {
        Stop::failed("no recording that waits to be assigned is called so, or several are. `zendesk-bridge recordings` lists them".to_owned())
    })?;
    let known = stored::known(Some(reader), &call, false).await?;
    let key = CallKey::new(known.call.id.as_str());
    StoreReader::wish_assignment(&config.store, &meant.recording.sha256, &key)
        .await
        .context("the wish cannot be left in the store")?;
    let when = if StoreReader::is_held(&config.store) {
        "within seconds"
    } else {
        "by the next `run`: no bridge runs"
    };
    if output.json {
        out::say_json(&serde_json::json!({ "sha256": meant.recording.sha256.as_str(), "call": key.as_str() }));
    } else {
        out::say(&format!(
            "{} is brought to call {key} {when}",
            meant.recording.sha256.short()
        ));
    }
    Ok(Exit::Done)
}

fn list(unassigned: &[Kept], names: bool, output: Output) {
    let lines = unassigned.iter().map(|kept| Line {
        unassigned: Unassigned::of(kept),
        file: names.then_some(kept.recording.name.as_str()),
        bytes: kept.recording.size,
    });
    let lines: Vec<_> = lines.collect();
    if output.json {
        out::say_json(&serde_json::json!({ "unassigned": lines }));
    } else if lines.is_empty() {
        out::say("no recording waits to be assigned");
    } else {
        for line in lines {
            let file = line.file.map(|file| format!("  {file}")).unwrap_or_default();
            out::say(&format!(
                "{}{file}  {} bytes: {}",
                &line.unassigned.sha256[..12],
                line.bytes,
                line.unassigned.why
            ));
        }
    }
}

/// The only one of this name, or whose sum begins so.
fn meant<'a>(unassigned: &'a [Kept], named: &str) -> Option<&'a Kept> {
    let sum = named.to_ascii_lowercase();
    let by_sum = |kept: &Kept| !sum.is_empty() && kept.recording.sha256.as_str().starts_with(&sum);
    let mut fitting = unassigned
        .iter()
        .filter(|kept| kept.recording.name == named || by_sum(kept));
    match (fitting.next(), fitting.next()) {
        (Some(only), None) => Some(only),
        (None | Some(_), _) => None,
    }
}
