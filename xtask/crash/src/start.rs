//! `start`: how long the bridge takes to be whole with a journal of many calls. A measurement; and that no start
//! does anything of the past again.

use std::fmt;
use std::time::Duration;

use anyhow::{Context as _, bail};
use futures_util::future::try_join_all;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use sqlx::{ConnectOptions as _, Connection as _};

use crate::bridge::{Bridge, PATIENCE, program};
use crate::judge;
use crate::play::{self, Ending, Played};
use crate::site::Site;
use crate::story;

/// How many of what.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Options {
    /// How many calls the journal holds; all of the last day, which is what a start has to read most of
    #[arg(long, default_value_t = 10_000)]
    calls: usize,
    /// How many starts are measured
    #[arg(long, default_value_t = 10)]
    starts: usize,
    /// Break a promise on purpose, which must be noticed: `second-post`; no call is under way when the bridge dies, so
    /// `drop-effect` loses nothing here
    #[arg(long, value_name = "DEED")]
    sabotage: Option<String>,
}

/// What was measured.
pub(crate) struct Measured {
    calls: usize,
    megabytes: u64,
    after_kill: Vec<Duration>,
    processor: Vec<Duration>,
}

/// Measures.
pub(crate) async fn run(options: &Options) -> anyhow::Result<Measured> {
    let program = program()?;
    let calls = story::fixed();
    let mut draw = StdRng::seed_from_u64(0);
    let site = Site::new(&mut draw, &story::customers(calls.len()), false, None).await?;
    let deed = options.sabotage.clone();
    let environment = deed.map(|deed| ("ZENDESK_BRIDGE_SABOTAGE", deed)).into_iter().collect();

    // One of each kind of call as the bridge keeps them, and then as many copies as are wanted.
    let mut bridge = Bridge::start(&program, site.path(), true, &environment)?;
    bridge.is_whole(&site.web, PATIENCE).await?;
    let played = try_join_all(calls.iter().map(|call| play::play(&site, call, Ending::Heard))).await?;
    play::quiet(&site, || judge::desk(&site, &played, false).lost.is_empty()).await?;
    none_is_wrong(&site, &played)?;
    bridge.stop().await?;
    multiply(&site, options.calls / played.len().max(1))
        .await
        .context("the journal cannot be made")?;

    let (mut after_kill, mut processor) = (Vec::new(), Vec::new());
    for _ in 0..options.starts {
        let mut bridge = Bridge::start(&program, site.path(), false, &environment)?;
        if !bridge.is_whole(&site.web, PATIENCE).await? {
            bail!("it does not start: {:?}", bridge.kill().await?);
        }
        after_kill.extend(bridge.whole_after);
        processor.extend(bridge.processor_time());
        bridge.kill().await?;
    }
    none_is_wrong(&site, &played).context("after the starts")?;
    site.stop().await;
    Ok(Measured {
        calls: options.calls,
        megabytes: std::fs::metadata(site.store())?.len() >> 20,
        after_kill,
        processor,
    })
}

/// A measurement of a bridge that does the wrong thing is worth nothing, and nothing of the past is done again at a start.
fn none_is_wrong(site: &Site, played: &[Played]) -> anyhow::Result<()> {
    let wrong = judge::desk(site, played, false);
    if !wrong.is_empty() {
        bail!("{wrong:?}");
    }
    Ok(())
}

async fn multiply(site: &Site, times: usize) -> anyhow::Result<()> {
    let mut store = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(site.store())
        .connect()
        .await?;
    let numbers = "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?1)";
    for copy in [
        "INSERT INTO calls (key, started, updated, phase, caller, pbx_group, agent, ticket, requester, outcome, state)
         SELECT key || '-' || n, started, updated, 'over', caller, pbx_group, agent, ticket, requester, outcome,
                replace(state, key, key || '-' || n) FROM calls, numbers",
        "INSERT INTO steps (call, seq, at, kind, what, why) SELECT call || '-' || n, seq, at, kind, what, why FROM steps, numbers",
        "INSERT INTO effects (id, call, track, priority, planned_at, expires, what, state, outcome, attempts, last_error, settled_at)
         SELECT replace(id, call, call || '-' || n), call || '-' || n, track, priority, planned_at, expires, what, state, outcome,
                attempts, last_error, settled_at FROM effects, numbers",
    ] {
        let (into, select) = copy.split_once("SELECT").context("a statement")?;
        let statement = format!("{into} {numbers} SELECT {select}");
        sqlx::query(sqlx::AssertSqlSafe(statement))
            .bind(i64::try_from(times.saturating_sub(1))?)
            .execute(&mut store)
            .await?;
    }
    store.close().await?;
    Ok(())
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told = |times: &[Duration]| {
            let mut times = times.to_vec();
            times.sort();
            let millis = |at: usize| times.get(at).map(Duration::as_millis).unwrap_or_default();
            format!(
                "{} ms in the middle, {} to {} ms",
                millis(times.len() / 2),
                millis(0),
                millis(times.len().saturating_sub(1))
            )
        };
        write!(
            f,
            "{} calls of the last day, a journal of {} MB; {} starts after a kill: whole again after {}; processor time until then: {}",
            self.calls,
            self.megabytes,
            self.after_kill.len(),
            told(&self.after_kill),
            told(&self.processor)
        )
    }
}
