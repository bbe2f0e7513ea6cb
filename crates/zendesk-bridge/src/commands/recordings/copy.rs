//! `recordings copy`: what waits goes to the share now, in this process, with its progress on standard error.

use std::path::PathBuf;
use std::sync::Mutex;

use bridge_runtime::Clock;
use recording_archive::copy::Step;
use serde::Serialize;

use crate::cli::Output;
use crate::config::{self, Need};
use crate::exit::{Exit, Stop};
use crate::{out, recordings};

/// What came of it, as programs are shown it.
#[derive(Serialize)]
struct Copied {
    copied: usize,
    bytes: u64,
    left: usize,
    error: Option<String>,
}

/// Copies, and exits with 1 if anything is left.
pub(super) async fn copy(file: Option<PathBuf>, output: Output) -> Result<Exit, Stop> {
    let config = config::load(&config::locate(file.as_deref())?, Need::Share)?;
    let Some(copies) = recordings::copies(&config, recordings::refusals(&config)) else {
        return Err(Stop::failed(
            "no recordings are copied: the configuration has no section [recordings.share]",
        ));
    };
    // The bridge makes the folder; without one, nothing was ever kept.
    if !config.recordings.spool.is_dir() {
        show(
            &Copied {
                copied: 0,
                bytes: 0,
                left: 0,
                error: None,
            },
            output,
        );
        return Ok(Exit::Done);
    }
    let shown = Progress::default();
    let progress = |step| shown.tell(step);
    let others = || out::tell("another run is copying; this one goes on when it has ended");
    let (report, run) = copies.copy(&Clock::system(), &progress, &others).await?;
    out::end_progress();
    let copied = Copied {
        copied: report.copied,
        bytes: report.bytes,
        left: run.left,
        error: run.error,
    };
    show(&copied, output);
    Ok(if copied.left == 0 { Exit::Done } else { Exit::Failed })
}

fn show(copied: &Copied, output: Output) {
    if output.json {
        return out::say_json(copied);
    }
    match (copied.copied, copied.left, &copied.error) {
        (0, 0, _) => out::say("no recording waits to be copied"),
        (done, 0, _) => out::say(&format!(
            "{done} copied ({} bytes), each read back and compared",
            copied.bytes
        )),
        (done, left, error) => {
            out::say(&format!("{done} copied; {left} left, and still kept"));
            out::tell(error.as_deref().unwrap_or_default());
        }
    }
}

/// Shows how far a copy is, in one line, where somebody looks at it.
#[derive(Default)]
struct Progress(Mutex<Option<(usize, u64)>>);

impl Progress {
    fn tell(&self, step: Step) {
        let percent = (step.written * 100).checked_div(step.size).unwrap_or(100);
        let Ok(mut shown) = self.0.lock() else { return };
        if *shown != Some((step.number, percent)) {
            *shown = Some((step.number, percent));
            out::tell_progress(&format!("recording {} of {}: {percent} %", step.number, step.of));
        }
    }
}
