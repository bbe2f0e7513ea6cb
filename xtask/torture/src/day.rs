//! One day, from its seed to what came of it.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use bridge_runtime::store::{CallStory, StoreReader};
use bridge_sim::zendesk;
use jiff::Timestamp;
use rand::Rng as _;
use rand::SeedableRng as _;
use rand::rngs::StdRng;

use crate::finding::{Day, Finding};
use crate::journal::Host;
use crate::life::{self, Config, Ending};
use crate::model;
use crate::passed;
use crate::plan::{self, Family, Load};
use crate::recordings::{self, Recordings};
use crate::report::Report;
use crate::world::{Sabotage, Shared, World};

/// How days are run.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Brings a defect in.
    pub sabotage: Option<Sabotage>,
    /// Keeps every line of what happened.
    pub trace: bool,
    /// Answered calls of which the bridge was told nothing need no ticket.
    pub excuse_gaps: bool,
    /// Calls are recorded.
    pub recordings: bool,
    /// Leaves these faults out.
    pub without: Vec<Family>,
}

/// An ordinary date, and the two on which clocks in Berlin change.
pub(crate) const DATE: &str = "2026-11-24T07:00:00Z";
const DATES: [&str; 3] = [DATE, "2026-03-29T00:00:00Z", "2026-10-25T00:00:00Z"];
/// Drawn apart from the rest.
const NO_PLACE: u64 = 0x6e6f_2070_6c61_6365;
const DIRECTORY: u64 = 0x6469_7265_6374_6f72;
/// Users on a page of their list: it takes some to read everybody.
const PAGE: usize = 4;
/// More lives than this no day has.
const MOST_LIVES: usize = 60;

/// Runs a day.
pub(crate) fn run(seed: u64, host: &Host, options: &Options) -> anyhow::Result<Report> {
    let mut dice = StdRng::seed_from_u64(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let date = match [0, 0, 0, 1, 2][dice.random_range(0..5)] {
        2 if options.without.contains(&Family::Autumn) => DATE,
        date => DATES[date],
    };
    // A minute is usual; what takes longer to be forgotten is kept alive less often, and such days take less time to run.
    let usual = dice.random_bool(0.2);
    let apart = |what: u64, family: Family| {
        !options.without.contains(&family) && StdRng::seed_from_u64(seed ^ what).random_bool(0.5)
    };
    let config = Config {
        new_users: dice.random_bool(0.5),
        share: dice.random_bool(0.5).then_some(0.5),
        keep_alive: if usual {
            Duration::from_secs(25)
        } else {
            Duration::from_secs(120)
        },
        directory: apart(DIRECTORY, Family::Directory),
        // Where there is no place for a number, a note says so, beside that of the recording.
        identities: !(options.recordings && apart(NO_PLACE, Family::Places)),
        patience: Duration::from_secs(6 * 3600),
    };
    let mut switches = zendesk::Switches::default();
    if config.directory {
        switches.export_page = PAGE;
        if options.sabotage == Some(Sabotage::LateList) {
            switches.export_delay = Duration::from_secs(20 * 60);
        }
    }
    if dice.random_bool(0.3) {
        switches.index_delay = Duration::from_secs(dice.random_range(5..90));
    }
    let base: Timestamp = date.parse().context("a date")?;
    let mut world = World::new(seed, base, switches, options.trace);
    world.sabotage = options.sabotage;
    if !usual {
        world.pbx.switches_mut().session_timeout = Duration::from_secs(300);
    }
    let load = Load {
        calls: dice.random_range(8..18),
        hours: 2,
    };
    plan::draw(&mut world, seed, load, config.new_users, &options.without);
    if config.directory {
        passed::draw(
            &mut world,
            seed,
            Duration::from_secs(u64::from(load.hours) * 3600),
            &options.without,
        );
    }
    if options.recordings {
        let recordings = Recordings::drawn(seed);
        world.pbx.switches_mut().recording = recordings.switches();
        world.recordings = Some(recordings);
    }
    let users = world.desk.users();
    let world = Shared::new(world);

    let folder = folder()?;
    let path = folder.path().join("bridge.db");
    let mut failures = Vec::new();
    for life in 0.. {
        match life::run(&world, host, &path, config)? {
            Ending::DayOver => break,
            Ending::Crashed | Ending::Stopped if life < MOST_LIVES => {
                let away = if dice.random_bool(0.8) { 1..30 } else { 30..600 };
                let away = Duration::from_millis(dice.random_range(away.start * 1000..away.end * 1000));
                world.lock().pass(away);
            }
            Ending::Crashed | Ending::Stopped => {
                failures.push(Finding::wrong(None, "the day has no end".to_owned()));
                break;
            }
            Ending::Failed(why) => {
                failures.push(Finding::wrong(None, why));
                break;
            }
        }
    }
    let stories = read(host, &path)?;
    let mut world = world.lock();
    note_stories(&mut world, &stories, options);
    let world = &*world;
    let day = Day {
        world,
        before: &users,
        stories: &stories,
        new_users: config.new_users,
        excuse_gaps: options.excuse_gaps,
    };
    let mut findings = model::judge(&day);
    findings.extend(recordings::judge(&day));
    findings.extend(failures);
    Ok(Report::of(seed, world, findings))
}

/// What the bridge tells of its calls, where every line is wanted.
pub(crate) fn note_stories(world: &mut World, stories: &BTreeMap<String, CallStory>, options: &Options) {
    for (key, story) in stories.iter().filter(|_| options.trace) {
        world.note(format_args!("story of {key}: {}", story.summary.outcome));
        for step in &story.steps {
            world.note(format_args!(
                "  {} {:?}: {} ({})",
                step.at, step.kind, step.what, step.why
            ));
        }
    }
}

/// A folder in memory, where there is one.
pub(crate) fn folder() -> anyhow::Result<tempfile::TempDir> {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() {
        tempfile::tempdir_in(memory)
    } else {
        tempfile::tempdir()
    };
    made.context("a folder for the journal")
}

/// Reads what the bridge has kept, as `calls` and `call ID` do.
pub(crate) fn read(host: &Host, path: &Path) -> anyhow::Result<BTreeMap<String, CallStory>> {
    let path = path.to_owned();
    let read = async move {
        let reader = StoreReader::open(path).await?;
        let mut stories = BTreeMap::new();
        for summary in reader.calls(100_000).await? {
            let key = summary.key.as_str();
            stories.extend(reader.call(key).await?.map(|story| (key.to_owned(), story)));
        }
        anyhow::Ok(stories)
    };
    host.run(read)
}
