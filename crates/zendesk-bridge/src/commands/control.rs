//! `status`, `activate`, `deactivate`, `calls`, `call`, `retry`: asked of the running bridge, or read from the store where none runs.

use std::path::{Path, PathBuf};

use anyhow::Context;
use bridge_runtime::store::StoreReader;
use jiff::tz::TimeZone;

use crate::cli::Output;
use crate::config::{self, Config, Need};
use crate::exit::{Exit, Stop};
use crate::out;
use crate::remote::Remote;
use crate::stored;
use crate::view::{Status, render_calls, render_status, render_story};
use crate::web::TakenUp;

/// Where to ask: the bridge, if it can be reached, and its store.
struct Source {
    config: Config,
    remote: Option<Remote>,
}

impl Source {
    fn new(file: Option<PathBuf>) -> Result<Self, Stop> {
        let file = config::locate(file.as_deref())?;
        let config = config::load(&file, Need::Control)?;
        let remote = config.web.as_ref().map(Remote::new).transpose()?;
        Ok(Self { config, remote })
    }

    fn store(&self) -> &Path {
        &self.config.store
    }

    /// What is on record; `None` if no bridge ever ran.
    async fn reader(&self) -> Result<Option<StoreReader>, Stop> {
        Ok(stored::open(self.store()).await.map_err(anyhow::Error::new)?)
    }

    /// Whether what answers over HTTP can be the bridge of this store: without one, whoever answers is a stranger.
    fn is_running(&self) -> bool {
        StoreReader::is_held(self.store())
    }
}

/// `status`
pub(crate) async fn status(file: Option<PathBuf>, output: Output) -> Result<Exit, Stop> {
    let source = Source::new(file)?;
    let status = match &source.remote {
        Some(remote) if source.is_running() => remote.status().await?,
        _ => None,
    };
    let status = match status {
        Some(status) => status,
        None => stored::status(source.reader().await?.as_ref(), source.is_running(), &source.config).await?,
    };
    show_status(&status, output);
    Ok(Exit::Done)
}

/// `activate` and `deactivate`
pub(crate) async fn activate(file: Option<PathBuf>, active: bool, output: Output) -> Result<Exit, Stop> {
    let source = Source::new(file)?;
    if let Some(remote) = source.remote.as_ref().filter(|_| source.is_running())
        && let Some(status) = remote.activate(active).await?
    {
        if output.json {
            out::say_json(&status);
        } else if status.active {
            out::say("the bridge is active now");
        } else {
            out::say("the bridge is not active now: no call becomes a ticket");
        }
        return Ok(Exit::Done);
    }
    StoreReader::wish(source.store(), active)
        .await
        .context("the wish cannot be left in the store")?;
    let status = stored::status(source.reader().await?.as_ref(), source.is_running(), &source.config).await?;
    if output.json {
        out::say_json(&status);
        return Ok(Exit::Done);
    }
    let word = if active { "active" } else { "inactive" };
    if source.is_running() {
        out::say(&format!(
            "the running bridge cannot be reached over HTTP; it takes the wish up from its store and will be {word} shortly"
        ));
    } else {
        out::say(&format!("no bridge runs; the next `run` will be {word}"));
    }
    Ok(Exit::Done)
}

/// `calls`
pub(crate) async fn calls(file: Option<PathBuf>, last: u32, numbers: bool, output: Output) -> Result<Exit, Stop> {
    let source = Source::new(file)?;
    let calls = match source.reader().await? {
        Some(reader) => stored::calls(&reader, last, numbers).await?,
        None => Vec::new(),
    };
    if output.json {
        out::say_json(&serde_json::json!({ "calls": calls }));
    } else {
        out::say(&render_calls(&calls, &TimeZone::system(), out::width()));
    }
    Ok(Exit::Done)
}

/// `call`
pub(crate) async fn call(file: Option<PathBuf>, id: &str, numbers: bool, output: Output) -> Result<Exit, Stop> {
    let source = Source::new(file)?;
    let story = stored::known(source.reader().await?.as_ref(), id, numbers).await?;
    if output.json {
        out::say_json(&story);
    } else {
        out::say(&render_story(&story, &TimeZone::system()));
    }
    Ok(Exit::Done)
}

/// `retry`
pub(crate) async fn retry(file: Option<PathBuf>, id: &str, output: Output) -> Result<Exit, Stop> {
    let source = Source::new(file)?;
    let effects = match source.reader().await? {
        Some(reader) => stored::wedged_under(&reader, id).await?,
        None => Vec::new(),
    };
    if effects.is_empty() {
        return Err(Stop::failed(format!(
            "nothing is wedged under `{id}`. `zendesk-bridge status` shows what is wedged, and `zendesk-bridge call ID` the story of one call"
        )));
    }
    let mut taken_up = false;
    if let Some(remote) = source.remote.as_ref().filter(|_| source.is_running()) {
        taken_up = true;
        for effect in &effects {
            taken_up &= remote.retry(effect.as_str()).await?.is_some();
        }
    }
    if !taken_up {
        for effect in &effects {
            StoreReader::wish_retry(source.store(), effect)
                .await
                .context("the wish cannot be left in the store")?;
        }
    }
    let retried: Vec<String> = effects.iter().map(ToString::to_string).collect();
    if output.json {
        out::say_json(&TakenUp { retried });
        return Ok(Exit::Done);
    }
    let when = match (taken_up, source.is_running()) {
        (true, _) => "taken up again",
        (false, true) => "taken up again within seconds, from the store",
        (false, false) => "taken up again by the next `run`: no bridge runs",
    };
    for effect in retried {
        out::say(&format!("{effect}: {when}"));
    }
    Ok(Exit::Done)
}

fn show_status(status: &Status, output: Output) {
    if output.json {
        out::say_json(status);
    } else {
        out::say(&render_status(status));
    }
}
