//! `kill`: the bridge dies at random moments, at named points between journal and wire, and while Zendesk answers it.

mod copy;
mod plan;
mod wire;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use futures_util::future::try_join_all;
use futures_util::stream::{self, StreamExt as _};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use tokio::task::JoinHandle;
use tokio::time::sleep;
use tokio_util::task::AbortOnDropHandle;

use crate::bridge::{Bridge, Environment, LOOK_AGAIN, PATIENCE, program};
use crate::judge;
use crate::play::{self, Ending, Played};
use crate::recordings;
use crate::site::Site;
use crate::story;
use crate::tally::{Run, Tally};
use plan::{Kill, Plan};
use wire::Trap;

/// How often and how.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Options {
    /// How many runs
    #[arg(long, default_value_t = 30)]
    runs: u64,
    /// Begin as an earlier run did; drawn and printed unless given
    #[arg(long)]
    seed: Option<u64>,
    /// How many calls each run has
    #[arg(long, default_value_t = 6)]
    calls: usize,
    /// How many runs go on at a time
    #[arg(long, default_value_t = 2)]
    jobs: usize,
    /// Calls also come and go while there is no bridge
    #[arg(long)]
    careless: bool,
    /// Break a promise on purpose, which must be noticed: `drop-effect`, `second-post`, `second-attach`, `drop-recording` or
    /// `spoil-copy`
    #[arg(long, value_name = "DEED")]
    sabotage: Option<String>,
}

/// How long a point that is not reached is waited for after the last call.
const LAST_CHANCE: Duration = Duration::from_millis(400);

/// How long a point that recordings come by is.
const LAST_RECORDING: Duration = Duration::from_millis(2500);

/// What is counted of a death that did not come.
const MISSED: &str = "points that no call led to (killed afterwards)";

/// A slow look-up: longer than the configuration's patience.
const SLOW: Duration = Duration::from_millis(300);

/// Makes all runs; what came of them.
pub(crate) async fn run(options: &Options) -> anyhow::Result<Tally> {
    let program = program()?;
    let first = options.seed.unwrap_or_else(|| rand::random::<u32>().into());
    let mut tally = Tally::new(format!("kill -9, seed {first}"));
    let mut runs = stream::iter(first..first.saturating_add(options.runs))
        .map(|seed| one(&program, seed, options))
        .buffer_unordered(options.jobs.max(1));
    while let Some(found) = runs.next().await {
        tally.add(found);
        if options.sabotage.is_some() && !tally.is_clean() {
            break;
        }
    }
    Ok(tally)
}

async fn one(program: &Path, seed: u64, options: &Options) -> Run {
    let mut found = Run::default();
    let mut draw = StdRng::seed_from_u64(seed);
    let plan = Plan::drawn(seed, &mut draw, options.calls);
    let customers = story::customers(options.calls);
    let site = match Site::new(&mut draw, &customers, plan.new_user, plan.recording).await {
        Ok(site) => Arc::new(site),
        Err(error) => {
            found.wrong.other.push(format!("no site: {error:#}"));
            return found;
        }
    };
    let ended = torment(program, &site, &plan, options, &mut found).await;
    if let Err(error) = ended {
        found.wrong.other.push(format!("{error:#}"));
    }
    site.stop().await;
    if !found.wrong.is_empty() {
        found.folder = Arc::try_unwrap(site).ok().map(Site::keep);
    }
    found.name = format!("seed {seed} ({})", found.events.join(", "));
    found
}

async fn torment(
    program: &Path,
    site: &Arc<Site>,
    plan: &Plan,
    options: &Options,
    found: &mut Run,
) -> anyhow::Result<()> {
    if plan.slow_search {
        site.desk.act(|state, _| state.switches.search_takes(SLOW));
    }
    let ending = if options.careless {
        Ending::Careless
    } else {
        Ending::Heard
    };
    let mut ground = Ground {
        program,
        site,
        trap: Trap::set(site),
        sabotage: options.sabotage.clone(),
        known_active: false,
        calls: None,
    };
    let early = ground.copy_meanwhile(plan);
    for kill in &plan.kills {
        ground.strike(kill, plan, ending, found).await?;
    }
    let mut bridge = ground.start(Vec::new())?;
    if !ground.is_whole(&mut bridge, found).await? {
        bail!("it ended by itself: {:?}", bridge.kill().await?);
    }
    let calls = ground.begin(plan, ending);
    let played = calls.await.context("a call")??;
    found.calls = played.len();
    found.events.extend(early.await.context("an early copy")??);
    let have_come = || {
        let recordings = plan.recording.map(|how| recordings::have_come(site, &played, how));
        recordings.unwrap_or(true) && judge::desk(site, &played, plan.new_user).lost.is_empty()
    };
    play::quiet(site, have_come).await?;
    for kill in &plan.copies {
        let event = copy::dying(program, site, kill, ground.environment()).await?;
        found.events.push(event);
    }
    found.wrong += judge::desk(site, &played, plan.new_user);
    found.wrong += judge::bridge(site, &played, ending).await;
    let code = bridge.stop().await?;
    if code != Some(0) {
        found.wrong.other.push(format!("stopped with {code:?} instead of 0"));
    }
    found.wrong += judge::store(site).await;
    if let Some(how) = plan.recording {
        let code = copy::copy(program, site, None, ground.environment()).await?;
        if code != Some(0) {
            found.wrong.other.push(format!("the last copy ended with {code:?}"));
        }
        found.recordings = recordings::count(site);
        found.wrong += recordings::judge(site, &played, how);
    }
    Ok(())
}

/// What a run goes on with from one death to the next.
struct Ground<'a> {
    program: &'a Path,
    site: &'a Arc<Site>,
    trap: Trap,
    sabotage: Option<String>,
    /// The bridge was seen active: from then on it must be so by itself after each start.
    known_active: bool,
    calls: Option<JoinHandle<anyhow::Result<Vec<Played>>>>,
}

impl Ground<'_> {
    /// What all processes are told.
    fn environment(&self) -> Environment {
        let deed = self.sabotage.clone();
        deed.map(|deed| ("ZENDESK_BRIDGE_SABOTAGE", deed)).into_iter().collect()
    }

    /// Copies recordings while bridges come and go, and has that die; what came of it.
    fn copy_meanwhile(&self, plan: &Plan) -> AbortOnDropHandle<anyhow::Result<Vec<String>>> {
        let (site, copies) = (Arc::clone(self.site), plan.early_copies.clone());
        let (program, environment) = (self.program.to_owned(), self.environment());
        let copying = async move {
            let mut events = Vec::new();
            for (pause, kill) in copies {
                sleep(pause).await;
                events.push(copy::dying(&program, &site, &kill, environment.clone()).await?);
            }
            Ok(events)
        };
        AbortOnDropHandle::new(tokio::spawn(copying))
    }

    fn start(&self, mut environment: Environment) -> anyhow::Result<Bridge> {
        environment.extend(self.environment());
        Bridge::start(self.program, self.site.path(), !self.known_active, &environment)
    }

    async fn is_whole(&mut self, bridge: &mut Bridge, found: &mut Run) -> anyhow::Result<bool> {
        let whole = bridge.is_whole(&self.site.web, PATIENCE).await?;
        self.known_active |= whole;
        found.starts.extend(bridge.whole_after);
        Ok(whole)
    }

    /// The calls, begun if they were not.
    fn begin(&mut self, plan: &Plan, ending: Ending) -> JoinHandle<anyhow::Result<Vec<Played>>> {
        self.calls.take().unwrap_or_else(|| {
            let (site, calls) = (Arc::clone(self.site), plan.calls.clone());
            tokio::spawn(async move { try_join_all(calls.iter().map(|call| play::play(&site, call, ending))).await })
        })
    }

    /// Starts the bridge, and has it die so.
    async fn strike(&mut self, kill: &Kill, plan: &Plan, ending: Ending, found: &mut Run) -> anyhow::Result<()> {
        let mut bridge = self.start(kill.environment())?;
        self.trap.arm(kill.wire(), bridge.pid());
        let mut died = match kill {
            Kill::Starting(after) => {
                sleep(*after).await;
                false
            }
            Kill::After(_) | Kill::Point(..) | Kill::Wire(..) => !self.is_whole(&mut bridge, found).await?,
        };
        if !died && !matches!(kill, Kill::Starting(_)) {
            let calls = self.begin(plan, ending);
            match kill {
                Kill::After(after) => sleep(*after).await,
                Kill::Point(name, _) if name.starts_with("close/") => {
                    sleep(Duration::from_millis(300)).await;
                    died = bridge.stop().await? != Some(0);
                }
                Kill::Point(..) | Kill::Wire(..) | Kill::Starting(_) => {
                    let chance = if kill.is_of_recordings() {
                        LAST_RECORDING
                    } else {
                        LAST_CHANCE
                    };
                    died = until_dead(&mut bridge, &calls, chance).await?;
                }
            }
            self.calls = Some(calls);
        }
        self.trap.arm(None, None);
        if let Some(code) = bridge.kill().await?.code()
            && died
        {
            bail!("it was to die ({kill}), and ended with {code}");
        }
        if died || matches!(kill, Kill::After(_) | Kill::Starting(_)) {
            found.events.push(kill.to_string());
        } else {
            found.events.push(MISSED.to_owned());
        }
        Ok(())
    }
}

/// Waits until the bridge is dead; false if the calls are over before, and this time.
async fn until_dead<T>(bridge: &mut Bridge, calls: &JoinHandle<T>, chance: Duration) -> anyhow::Result<bool> {
    let mut waited = Duration::ZERO;
    while !calls.is_finished() && waited < PATIENCE {
        if bridge.ended(LOOK_AGAIN).await?.is_some() {
            return Ok(true);
        }
        waited += LOOK_AGAIN;
    }
    Ok(bridge.ended(chance).await?.is_some())
}
