//! `io`: the n-th operation on the store's files fails, for every n of a scripted hour, in each way that a disk has.

mod fault;
mod power;
mod shim;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context as _, bail};
use futures_util::future::try_join_all;
use futures_util::stream::{self, StreamExt as _};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};
use tokio_util::task::AbortOnDropHandle;

use crate::bridge::{Bridge, LOOK_AGAIN, PATIENCE, program};
use crate::judge;
use crate::play::{self, Ending, Played};
use crate::site::Site;
use crate::story;
use crate::tally::{Run, Tally};
use fault::{FAULTS, Fault, POWER_FAULTS};
use power::Power;
use shim::{Shim, State};

/// Which operations, and how.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Options {
    /// Try this many of the operations only, evenly spread; all of them unless given
    #[arg(long, value_name = "COUNT")]
    sample: Option<u64>,
    /// Try each operation in one way only, in turn, instead of in every way
    #[arg(long)]
    in_turn: bool,
    /// Try this operation only
    #[arg(long, value_name = "N")]
    only: Option<u64>,
    /// How many runs go on at a time
    #[arg(long, default_value_t = 2)]
    jobs: usize,
    /// It is each fsync that fails, and each death is a power cut: what was not synced is lost, all of it or page by page
    #[arg(long)]
    power: bool,
    /// Break a promise on purpose, which must be noticed: `drop-effect`, `second-post`, or with `--power` also `lying-disk`
    #[arg(long, value_name = "DEED")]
    sabotage: Option<String>,
}

/// The deed of which the bridge knows nothing: the disk says that it has synced, and has not.
const LYING_DISK: &str = "lying-disk";

/// So long a disk is broken: enough for the bridge to try it again, and for calls to come meanwhile.
const BROKEN: Duration = Duration::from_millis(400);

/// Tries all operations; what came of it.
pub(crate) async fn run(options: &Options) -> anyhow::Result<Tally> {
    let program = program()?;
    let folder = tempfile::Builder::new().prefix("zendesk-bridge-shim-").tempdir()?;
    let lies = options.sabotage.as_deref() == Some(LYING_DISK);
    let deed = options.sabotage.clone().filter(|_| !lies);
    let stage = Stage {
        program,
        shim: Shim::compile(folder.path(), deed).context("the shim")?,
        power: options.power,
        lies,
    };
    let faults: &[Fault] = if options.power { &POWER_FAULTS } else { &FAULTS };
    let healthy = one(&stage, 0, faults[0]).await;
    let operations = healthy.operations;
    let what = if options.power { "fsync" } else { "operation" };
    let mut tally = Tally::new(format!("the n-th {what} fails, n of 1 to {operations}"));
    tally.add(healthy.told());
    if options.sabotage.is_some() && !tally.is_clean() {
        return Ok(tally);
    }
    if operations == 0 {
        bail!("not a single operation was counted: the shim does not work here\n{tally}");
    }
    let step = options.sample.map_or(1, |sample| (operations / sample.max(1)).max(1));
    let chosen = (1..=operations).filter(|n| match options.only {
        Some(only) => *n == only,
        None => n.is_multiple_of(step),
    });
    let cases = chosen.flat_map(|n| {
        let turn = usize::try_from(n / step).unwrap_or_default() % faults.len();
        let ways = faults.iter().copied().enumerate();
        ways.filter(move |(way, _)| !options.in_turn || *way == turn)
            .map(move |(_, fault)| (n, fault))
    });
    let mut runs = stream::iter(cases)
        .map(|(n, fault)| one(&stage, n, fault))
        .buffer_unordered(options.jobs.max(1));
    while let Some(found) = runs.next().await {
        tally.add(found.told());
        if options.sabotage.is_some() && !tally.is_clean() {
            break;
        }
    }
    Ok(tally)
}

/// What is the same in all runs.
struct Stage {
    program: PathBuf,
    shim: Shim,
    power: bool,
    lies: bool,
}

/// What a run did and found.
struct Found {
    /// The operation that failed; 0: none.
    n: u64,
    /// How.
    fault: Fault,
    /// How many operations there were.
    operations: u64,
    /// The kind of operation that it struck.
    struck: Option<&'static str>,
    /// How the bridge took it.
    took: Took,
    run: Run,
}

impl Found {
    fn told(self) -> Run {
        let name = if self.n == 0 { "none" } else { self.fault.name };
        let mut events = vec![format!("{name}: {}", self.took)];
        events.extend(self.struck.map(|kind| format!("struck: {kind}")));
        Run {
            name: format!("operation {}, {}", self.n, events.join(", ")),
            events,
            ..self.run
        }
    }
}

/// How the bridge took a failure.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Took {
    /// It was never struck.
    Spared,
    /// It went on without a word: nothing that it needs had failed for long.
    WentOn,
    /// It went on, and told in its status that the store cannot be written.
    Told,
    /// It did not start or ended, with exit code 1 and the reason.
    Ended,
    /// It was killed.
    Killed,
}

impl fmt::Display for Took {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Spared => "never reached",
            Self::WentOn => "went on, nothing to tell",
            Self::Told => "went on, told in its status",
            Self::Ended => "ended with 1 and the reason, right after the next start",
            Self::Killed => "right after the next start",
        })
    }
}

async fn one(stage: &Stage, n: u64, fault: Fault) -> Found {
    let mut found = Found {
        n,
        fault,
        operations: 0,
        struck: None,
        took: Took::Spared,
        run: Run::default(),
    };
    let calls = story::fixed();
    let mut draw = StdRng::seed_from_u64(n * 10 + fault.error);
    let site = match Site::new(&mut draw, &story::customers(calls.len()), true, None).await {
        Ok(site) => Arc::new(site),
        Err(error) => {
            found.run.wrong.other.push(format!("no site: {error:#}"));
            return found;
        }
    };
    if let Err(error) = hour(stage, &site, draw, &mut found).await {
        found.run.wrong.other.push(format!("{error:#}"));
    }
    site.stop().await;
    if !found.run.wrong.is_empty() {
        found.run.folder = Arc::try_unwrap(site).ok().map(Site::keep);
    }
    found
}

/// Plays the scripted hour while the disk fails, mends the disk, and looks at what came of it.
async fn hour(stage: &Stage, site: &Arc<Site>, draw: StdRng, found: &mut Found) -> anyhow::Result<()> {
    let state = State::create(site)?;
    state.arm(found.n, found.fault.error, found.fault.lasts)?;
    if stage.power {
        state.count_syncs()?;
    }
    let told = Arc::new(AtomicBool::new(false));
    let mending = mend(state.again()?, Arc::clone(site), Arc::clone(&told));
    let mending = AbortOnDropHandle::new(tokio::spawn(mending));
    let mut hour = Hour {
        stage,
        site,
        state,
        power: stage.power.then(|| Power::new(site, draw)).transpose()?,
        known_active: false,
        treated: false,
    };
    let mut bridge = hour.start()?;
    hour.known_active = bridge.is_whole(&site.web, PATIENCE).await?;
    if !hour.known_active {
        hour.note_end(&mut bridge, found).await?;
        bridge = hour.again().await?;
    }
    if stage.lies {
        hour.state.lie()?;
    }
    let mut calls = play(site);
    let mut played = None;
    loop {
        let all = async {
            if played.is_none() {
                played = Some((&mut calls).await.context("a call")??);
            }
            let played = played.as_deref().unwrap_or_default();
            play::quiet(site, || judge::desk(site, played, true).lost.is_empty()).await
        };
        tokio::select! {
            quiet = all => break quiet?,
            ended = hour.suffer(&mut bridge, found) => ended?,
        }
        hour.note_end(&mut bridge, found).await?;
        bridge = hour.again().await?;
    }
    let played = played.unwrap_or_default();
    found.run.calls = played.len();
    found.run.wrong += judge::desk(site, &played, true);
    found.run.wrong += judge::bridge(site, &played, Ending::Heard).await;
    if hour.power.is_some() {
        // What it knew by now is on the disk, whatever failed before.
        bridge.kill().await?;
        bridge = hour.again().await?;
        check(site, &played, found).await?;
    }
    hour.stop(&mut bridge, &played, found).await?;
    found.operations = hour.state.count()?;
    found.struck = hour.state.kind()?;
    if found.took == Took::Spared && found.struck.is_some() {
        found.took = Took::WentOn;
    }
    if found.took == Took::WentOn && told.load(Ordering::Relaxed) {
        found.took = Took::Told;
    }
    // It holds the site, of which something may have to be kept.
    mending.abort();
    let _ = mending.await;
    found.run.wrong += judge::store(site).await;
    Ok(())
}

fn play(site: &Arc<Site>) -> JoinHandle<anyhow::Result<Vec<Played>>> {
    let site = Arc::clone(site);
    tokio::spawn(async move {
        let calls = story::fixed();
        try_join_all(calls.iter().map(|call| play::play(&site, call, Ending::Heard))).await
    })
}

async fn check(site: &Site, played: &[Played], found: &mut Found) -> anyhow::Result<()> {
    play::quiet(site, || judge::desk(site, played, true).lost.is_empty()).await?;
    found.run.wrong += judge::desk(site, played, true);
    found.run.wrong += judge::bridge(site, played, Ending::Heard).await;
    Ok(())
}

/// Mends the disk when it has failed for a while, whatever the bridge does meanwhile, which may be its start; whether the
/// bridge told of it.
async fn mend(state: State, site: Arc<Site>, told: Arc<AtomicBool>) -> anyhow::Result<()> {
    while !state.has_struck()? {
        sleep(LOOK_AGAIN).await;
    }
    let struck = Instant::now();
    while struck.elapsed() < BROKEN {
        let status = site.ask("/api/status").await.unwrap_or_default();
        let hindrances = status["hindrances"].as_array().cloned().unwrap_or_default();
        let mut lines = hindrances.iter().filter_map(|line| line.as_str());
        if lines.any(|line| line.contains("the store cannot be written")) {
            told.store(true, Ordering::Relaxed);
        }
        sleep(LOOK_AGAIN).await;
    }
    state.mend()
}

/// What goes on through all starts of the bridge.
struct Hour<'a> {
    stage: &'a Stage,
    site: &'a Arc<Site>,
    state: State,
    /// The power is cut at each of the bridge's ends.
    power: Option<Power>,
    known_active: bool,
    /// What there was to do when the failure struck is done.
    treated: bool,
}

impl Hour<'_> {
    fn start(&self) -> anyhow::Result<Bridge> {
        let durable = self.power.as_ref().map(Power::durable);
        let environment = self.stage.shim.environment(self.site, &self.state, durable);
        Bridge::start(&self.stage.program, self.site.path(), !self.known_active, &environment)
    }

    /// Waits until the bridge has ended; has it killed, if that is to follow the failure.
    async fn suffer(&mut self, bridge: &mut Bridge, found: &Found) -> anyhow::Result<()> {
        while bridge.ended(LOOK_AGAIN).await?.is_none() {
            if found.fault.deadly && !self.treated && self.state.has_struck()? {
                self.treated = true;
                bridge.kill().await?;
                return Ok(());
            }
        }
        Ok(())
    }

    /// It has ended, by itself or by force: it must have told so, and never with success.
    async fn note_end(&self, bridge: &mut Bridge, found: &mut Found) -> anyhow::Result<()> {
        match bridge.kill().await?.code() {
            None if found.fault.error == 0 || found.fault.deadly => found.took = Took::Killed,
            Some(1) if self.state.has_struck()? => {
                found.took = Took::Ended;
                let log = std::fs::read_to_string(self.site.path().join("bridge.log"))?;
                let last = log
                    .lines()
                    .rev()
                    .find(|line| !line.trim().is_empty())
                    .unwrap_or_default();
                if !["store", "journal", "bridge.db", "activation"]
                    .iter()
                    .any(|word| last.contains(word))
                {
                    found.run.wrong.other.push(format!("it ended with these words: {last}"));
                }
            }
            code => found.run.wrong.other.push(format!("it ended with {code:?}")),
        }
        Ok(())
    }

    /// Starts it on a disk that is mended.
    async fn again(&mut self) -> anyhow::Result<Bridge> {
        self.state.mend()?;
        if let Some(power) = &mut self.power {
            power.cut()?;
        }
        self.treated = true;
        let mut bridge = self.start()?;
        if !bridge.is_whole(&self.site.web, PATIENCE).await? {
            bail!("it does not start again on a healthy disk: {:?}", bridge.kill().await?);
        }
        self.known_active = true;
        Ok(bridge)
    }

    /// Stops it. If the failure strikes only then, it may say so; the next start goes on as if nothing had been.
    async fn stop(&mut self, bridge: &mut Bridge, played: &[Played], found: &mut Found) -> anyhow::Result<()> {
        let before = self.state.has_struck()?;
        let code = bridge.stop().await?;
        if code == Some(0) {
            return Ok(());
        }
        if before || !self.state.has_struck()? {
            found
                .run
                .wrong
                .other
                .push(format!("stopped with {code:?} instead of 0"));
            return Ok(());
        }
        self.note_end(bridge, found).await?;
        let mut bridge = self.again().await?;
        check(self.site, played, found).await?;
        let code = bridge.stop().await?;
        if code != Some(0) {
            found
                .run
                .wrong
                .other
                .push(format!("stopped with {code:?} instead of 0"));
        }
        Ok(())
    }
}
