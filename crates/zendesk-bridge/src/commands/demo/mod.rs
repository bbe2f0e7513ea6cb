//! `demo`: a working day between a simulated STARFACE and a simulated Zendesk, with the real bridge in between.

mod judge;
mod news;
mod recorded;
#[cfg(test)]
mod recorded_test;
mod screen;
mod show;
mod site;
mod stage;
#[cfg(test)]
mod stories_test;
mod tale;

use std::sync::Arc;

use anyhow::Context;
use bridge_sim::play::Progress;
use bridge_sim::story::{self, Story};
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::Demo;
use crate::exit::{Exit, Stop};
use crate::out;
use judge::{Played, judge};
use news::Clocks;
use recorded::Recorded;
use screen::Screen;
use stage::{End, Pace, Stage};

/// How the bridges of the two halves of the day are called, one for each way with unknown callers.
const BRIDGES: [&str; 2] = ["default user", "new user"];

/// The day is played so much faster than it tells.
const PACE: Pace = Pace {
    speed: 40.0,
    end: End::WrapUp,
};

/// Plays the day.
pub(crate) async fn run(wishes: Demo) -> Result<Exit, Stop> {
    let folder = tempfile::Builder::new().prefix("zendesk-bridge-demo-").tempdir();
    let folder = folder.context("no folder for temporary files")?;
    let stories: Result<Vec<Story>, _> = story::DAYS.iter().map(|text| story::parse(text)).collect();
    let halves: Vec<(&'static str, Story)> = BRIDGES
        .into_iter()
        .zip(stories.context("the script of the day")?)
        .collect();
    let screen = Arc::new(Screen::new(
        halves.iter().map(|(_, story)| tale::tales(story).len()).sum(),
    ));
    out::say(&format!(
        "zendesk-bridge {}: a working day between a simulated STARFACE and a simulated Zendesk,\n\
         {} times as fast as the clock. In its first half the tickets of unknown callers are the\n\
         default user's, in its second half each unknown caller becomes a user. A line begins with\n\
         the time at which its call began; then comes the bridge, and the call's name in the script.\n",
        env!("CARGO_PKG_VERSION"),
        PACE.speed
    ));
    let (mut stages, mut played, mut second) = (Vec::new(), Vec::new(), None);
    let show = screen.start();
    let day = async {
        for (bridge, story) in halves {
            let folder = folder.path().join(bridge.replace(' ', "-"));
            let clocks = Clocks::new(&story);
            let learn = clocks.clone();
            let watched = Arc::clone(&screen);
            let progress = move |progress: &Progress| {
                learn.learn(progress);
                watched.befalls(bridge, progress);
            };
            let stage = Stage::set_up(story, PACE, &folder, progress).await?;
            tokio::spawn(news::show(bridge, stage.handle().clone(), clocks, Arc::clone(&screen)));
            stages.push(stage);
            let Some(stage) = stages.last() else { continue };
            let report = stage.play().await?;
            let recorded = stage.recorded(&report).await?;
            let judged = judge(stage.story(), stage.reader(), &report, &stage.requesters()).await?;
            played.push((judged, recorded));
            if second.is_none() {
                second = Some(stage.second_bridge().await?);
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
    let exit = tell(&played, second, &screen);
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
fn tell(played: &[(Played, Option<Recorded>)], second: Option<(Option<i32>, String)>, screen: &Screen) -> Exit {
    let (mut calls, mut tickets, mut demands, mut met) = (0, 0, 0, 0);
    for (played, recorded) in played {
        out::say(&show::endings(&played.title, &played.endings, out::width()));
        for (demand, found) in &played.wrong {
            out::say(&format!("✗ demanded: {demand}; came: {found}"));
        }
        calls += played.endings.len();
        tickets += played.endings.iter().filter(|ending| ending.ticket.is_some()).count();
        demands += played.demands;
        met += played.met;
        if let Some(recorded) = recorded {
            out::say(&recorded.told(out::width()));
            let (all, right) = recorded.demands();
            demands += all;
            met += right;
        }
    }
    demands += 1;
    let refused = matches!(second, Some((Some(3), _)));
    met += usize::from(refused);
    let (code, said) = second.unwrap_or_default();
    let code = code.map_or_else(|| "no exit code".to_owned(), |code| format!("exit {code}"));
    if refused {
        // What an administrator would do about it is no news here.
        let said = said.split(". ").next().unwrap_or_default();
        out::say(&format!(
            "✓ A second bridge on the same configuration refuses to start ({code}):\n  {said}\n"
        ));
    } else {
        out::say(&format!(
            "✗ demanded: a second bridge on the same configuration refuses to start (exit 3); came: {code}: {said}\n"
        ));
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
