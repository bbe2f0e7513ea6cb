//! `recordings refuse`: a call must not be recorded. Said to the running bridge, or left in the store; what lies in the spool is
//! deleted at once in either case.

use std::path::PathBuf;

use anyhow::Context;
use bridge_core::call::CallKey;
use bridge_runtime::Clock;
use bridge_runtime::store::StoreReader;

use crate::cli::Output;
use crate::config::{self, Need};
use crate::exit::{Exit, Stop};
use crate::remote::Remote;
use crate::web::Refused;
use crate::{out, recordings, stored};

/// Says it.
pub(super) async fn refuse(file: Option<PathBuf>, call: &str, output: Output) -> Result<Exit, Stop> {
    let config = config::load(&config::locate(file.as_deref())?, Need::Share)?;
    let reader = stored::open(&config.store).await.map_err(anyhow::Error::new)?;
    let id = stored::known(reader.as_ref(), call, false).await?.call.id;
    let runs = StoreReader::is_held(&config.store);
    let mut said = false;
    if let Some(web) = config.web.as_ref().filter(|_| runs) {
        said = Remote::new(web)?.refuse_recording(&id).await?.is_some();
    }
    if !said {
        StoreReader::wish_refusal(&config.store, &CallKey::new(id.as_str()))
            .await
            .context("the wish cannot be left in the store")?;
    }
    // Where a bridge runs, it deletes by itself.
    let deleted = if runs {
        Ok(())
    } else {
        recordings::refusals(&config).delete(Clock::system().now()).await
    };
    if output.json {
        out::say_json(&Refused { refused: id });
    } else {
        let when = match (said, runs) {
            (true, _) => "what there is of it is being deleted",
            (false, true) => "what there is of it is deleted within seconds",
            (false, false) => {
                "what was kept of it is deleted; what lies in the inbox or hangs on its ticket goes with the next `run`: no bridge runs"
            }
        };
        out::say(&format!("call {id} must not be recorded: {when}"));
    }
    deleted.context("not all of it could be deleted; the next `run` tries again")?;
    Ok(Exit::Done)
}
