//! `demo`: a working day between a simulated STARFACE and a simulated Zendesk, with the real bridge in between.

mod screen;
mod show;
mod stage;
mod tale;

use std::sync::Arc;

use anyhow::Context;
use bridge_sim::story::{self, Story};
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::Demo;
use crate::exit::{Exit, Stop};
use crate::out;
use screen::Screen;
use stage::{Played, Stage};

/// The working day in two halves, one for each way with unknown callers.
const DAY: [(&str, &str); 2] = [
    (
        "default user",
        include_str!("../../../../bridge-sim/stories/day-default-user.call"),
    ),
    (
        "new user",
        include_str!("../../../../bridge-sim/stories/day-new-user.call"),
    ),
];

/// So many times faster than the stories tell.
const SPEED: f64 = 40.0;

/// Plays the day.
pub(crate) async fn run(wishes: Demo) -> Result<Exit, Stop> {
    let folder = tempfile::Builder::new().prefix("zendesk-bridge-demo-").tempdir();
    let folder = folder.context("no folder for temporary files")?;
    let halves = DAY.map(|(bridge, text)| story::parse(text).map(|story| (bridge, story)));
    let halves: Vec<(&str, Story)> = halves
        .into_iter()
        .collect::<Result<_, _>>()
        .context("the script of the day")?;
    let screen = Arc::new(Screen::new(
        halves.iter().map(|(_, story)| tale::tales(story).len()).sum(),
    ));
    out::say(&format!(
        "zendesk-bridge {}: a working day between a simulated STARFACE and a simulated\n\
         Zendesk, {SPEED} times as fast as the clock. In its first half unknown callers become\n\
         the default user, in its second half each becomes a user of their own.\n",
        env!("CARGO_PKG_VERSION")
    ));
    let (mut stages, mut played) = (Vec::new(), Vec::new());
    let show = screen.start();
    let day = async {
        for (bridge, story) in halves {
            let folder = folder.path().join(bridge.replace(' ', "-"));
            stages.push(Stage::set_up(bridge, story, &folder, Arc::clone(&screen)).await?);
            if let Some(stage) = stages.last_mut() {
                played.push(stage.play().await?);
            }
        }
        anyhow::Ok(())
    };
    let ended = tokio::select! {
        ended = day => ended,
        _ = asked_to_end() => Err(anyhow::anyhow!("stopped before the day was over")),
    };
    show.stop().await;
    if let Err(error) = ended {
        strike(stages).await;
        return Err(error.into());
    }
    let exit = tell(&played, &screen);
    if wishes.keep_running {
        for stage in &stages {
            out::say(&stage.addresses());
        }
        out::say("\nCtrl-C ends all of it.");
        asked_to_end().await;
    }
    strike(stages).await;
    Ok(exit)
}

/// Back at SIGINT or SIGTERM, so that the folder with temporary files goes in either case.
async fn asked_to_end() {
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
        }
        Err(_) => drop(tokio::signal::ctrl_c().await),
    }
}

async fn strike(stages: Vec<Stage>) {
    futures_util::future::join_all(stages.into_iter().map(Stage::strike)).await;
}

/// The table of every call, and how many came out as demanded.
fn tell(played: &[Played], screen: &Screen) -> Exit {
    let (mut calls, mut tickets, mut demands, mut met) = (0, 0, 0, 0);
    for played in played {
        out::say(&show::endings(&played.title, &played.endings, out::width()));
        for (demand, found) in &played.wrong {
            out::say(&format!("✗ demanded: {demand}; came: {found}"));
        }
        calls += played.endings.len();
        tickets += played.endings.iter().filter(|ending| ending.ticket.is_some()).count();
        demands += played.demands;
        met += played.met;
    }
    let seconds = screen.seconds();
    out::say(&format!(
        "{calls} calls, {tickets} tickets; {met} of {demands} demands of the script are met, in {seconds} s."
    ));
    if demands > 0 && met == demands {
        out::say("Every call came out as the script demands.");
        Exit::Done
    } else {
        out::say("Not every call came out as the script demands.");
        Exit::Failed
    }
}
