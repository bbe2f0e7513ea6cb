//! Every story, played over real HTTP: a simulated STARFACE, a simulated Zendesk, and the real bridge in between.

use std::path::Path;

use bridge_sim::story::{self, Given, Story, What};
use futures_util::StreamExt;
use futures_util::stream;

use super::stage::{End, Pace, Stage, is_quiet};

/// So many at a time: nearly all of them wait nearly all the time.
const AT_A_TIME: usize = 24;
/// What happens next waits for the bridge, so only what the clock rules is a matter of speed: patience and wrap-up.
const SPEED: f64 = 20.0;
/// Where a look-up takes its time, an agent or patience is faster than it, and has to stay so on a slow machine.
const SPEED_OF_SLOW_LOOKUPS: f64 = 5.0;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_story_comes_out_as_it_demands() {
    let folder = tempfile::tempdir().unwrap();
    let mut stories = stories();
    assert!(stories.len() >= 80, "only {} stories", stories.len());
    // The longest first, so that none of them is begun last.
    stories.sort_by(|(_, one), (_, other)| length(other).total_cmp(&length(one)));
    let plays = stories.into_iter().map(|(name, story)| {
        let folder = folder.path().join(&name);
        tokio::spawn(async move { played(&name, story, &folder).await })
    });
    let wrong: Vec<String> = stream::iter(plays)
        .buffer_unordered(AT_A_TIME)
        .map(Result::unwrap)
        .concat()
        .await;
    assert!(
        wrong.is_empty(),
        "{} demands are not met:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// Plays a story; what came out otherwise than it demands.
async fn played(name: &str, story: Story, folder: &Path) -> Vec<String> {
    let pace = Pace {
        speed: speed(&story),
        end: End::Over,
    };
    let stage = match Stage::set_up(story, pace, folder, |_| {}).await {
        Ok(stage) => stage,
        Err(error) => return vec![format!("{name}: {error:#}")],
    };
    let mut wrong = match stage.play().await {
        Ok(report) => {
            assert!(!report.verdicts.is_empty(), "{name} demands nothing");
            let failed = report.verdicts.into_iter().filter(|verdict| !verdict.holds);
            let tell = |verdict: bridge_sim::play::Verdict| {
                format!("{name}:{}: {}; came: {}", verdict.line, verdict.expected, verdict.found)
            };
            failed.map(tell).collect()
        }
        Err(error) => vec![format!("{name}: {error:#}")],
    };
    if !is_quiet(stage.handle(), End::Over) {
        let status = stage.handle().status();
        wrong.push(format!(
            "{name}: the bridge does not come to rest: {} orders wait, calls {:?}",
            status.effects_waiting, status.calls
        ));
    }
    stage.strike().await;
    wrong
}

/// All stories but the two of the demo, which plays them itself.
fn stories() -> Vec<(String, Story)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../bridge-sim/stories");
    let mut stories = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if name.ends_with(".call") && !name.starts_with("day-") {
            let text = std::fs::read_to_string(&path).unwrap();
            stories.push((name, patient(story::parse(&text).unwrap())));
        }
    }
    stories
}

/// Where nothing slows look-ups down, none is to be given up because the machine that plays the story is slow.
fn patient(mut story: Story) -> Story {
    let is_told = story.setting("patience").is_some() || is_slow(&story);
    let is_away = story.lines.iter().any(|line| matches!(line.what, What::Zendesk { .. }));
    if !is_told && !is_away {
        story.settings.push(("patience".to_owned(), "100s".to_owned(), 0));
    }
    story
}

fn is_slow(story: &Story) -> bool {
    story.given.iter().any(|given| matches!(given, Given::SearchTakes(_)))
}

fn speed(story: &Story) -> f64 {
    if is_slow(story) { SPEED_OF_SLOW_LOOKUPS } else { SPEED }
}

/// About how many seconds a story takes.
fn length(story: &Story) -> f64 {
    let (Some(first), Some(last)) = (story.lines.first(), story.lines.last()) else {
        return 0.0;
    };
    let keep_alive = if story
        .lines
        .iter()
        .any(|line| matches!(line.what, What::Gap(_) | What::Away(_)))
    {
        25.0
    } else {
        0.0
    };
    keep_alive + last.at.saturating_sub(first.at).as_secs_f64() / speed(story)
}
