//! Calls at a rate, and what came of them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bridge_sim::starface::Caller;
use tokio::time::sleep;

use crate::report::Row;
use crate::site::{LOOK_AGAIN, Site, WRAP_UP, shown};

/// Users with a number, of whom each calls in his turn.
pub(crate) const USERS: u64 = 2_000;
/// So long a phone rings, and so long somebody talks.
const RINGS: Duration = Duration::from_millis(300);
/// So long after the last call all tickets must be there: else calls have piled up.
const PILED_UP: Duration = Duration::from_secs(2);

/// What came of calls at a rate.
pub(crate) struct Run {
    /// From the answer to the request, sorted.
    pub(crate) delays: Vec<Duration>,
    /// How many answered calls were without a ticket when it was over.
    pub(crate) missing: usize,
    pub(crate) calls: u64,
    /// What the bridge used for them.
    pub(crate) processor: Duration,
    /// From the first ringing until the last ticket was there.
    pub(crate) wall: Duration,
}

/// Plays calls at a rate, each from another known number.
#[expect(clippy::disallowed_methods, reason = "measuring is what this program is for")]
pub(crate) async fn calls_at(site: &Site, rate: u64, calls: u64, next: &mut u64) -> anyhow::Result<Run> {
    let arrived: Arc<Mutex<HashMap<String, Instant>>> = Arc::default();
    let seen = Arc::clone(&arrived);
    site.desk.record(move |exchange| {
        if exchange.method == "POST" && exchange.path == "/api/v2/tickets" {
            let id = exchange.request_body["ticket"]["external_id"]
                .as_str()
                .unwrap_or_default();
            let call = id.rsplit(':').next().unwrap_or_default().to_owned();
            let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
            seen.entry(call).or_insert_with(Instant::now);
        }
    });
    eprintln!("{calls} calls at {rate} a second …");
    let before = site.processor_time()?;
    let agents = ["0101", "0102"];
    let begun = Instant::now();
    let mut playing = Vec::new();
    for n in 0..calls {
        let due = Duration::from_secs_f64(n as f64 / rate as f64);
        sleep(due.saturating_sub(begun.elapsed())).await;
        let call = site.pbx.new_call_id();
        let caller = Caller::Shown(shown(*next % USERS));
        *next += 1;
        site.pbx.ring(&call, Some("Support"), caller, &agents, None);
        let pbx = site.pbx.clone();
        playing.push(tokio::spawn(async move {
            sleep(RINGS).await;
            let answered = Instant::now();
            pbx.answer(&call, agents[usize::try_from(n % 2).unwrap_or_default()], None, None);
            sleep(RINGS).await;
            pbx.end(&call, &[]);
            (call, answered)
        }));
    }
    let mut answered = Vec::new();
    for one in playing {
        answered.push(one.await?);
    }
    let over = Instant::now();
    let count = || arrived.lock().unwrap_or_else(PoisonError::into_inner).len();
    while count() < answered.len() && over.elapsed() < PILED_UP {
        sleep(LOOK_AGAIN).await;
    }
    let wall = begun.elapsed();
    let arrived_by_then = arrived.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let missing = answered.len() - arrived_by_then.len().min(answered.len());
    // What follows a call is part of it; being asked again and again whether it is over is not.
    sleep(2 * WRAP_UP).await;
    let processor = site.processor_time()?.saturating_sub(before);
    site.quiet().await?;
    let arrived = arrived.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let delays = answered
        .iter()
        .filter_map(|(call, answered)| Some(arrived.get(call)?.duration_since(*answered)));
    let mut delays: Vec<Duration> = delays.collect();
    delays.sort_unstable();
    Ok(Run {
        delays,
        missing,
        calls,
        processor,
        wall,
    })
}

/// The highest of some rates at which nothing piles up.
pub(crate) async fn most(group: &'static str, site: &Site, next: &mut u64) -> anyhow::Result<Row> {
    let (mut most, mut gave) = (0, "nothing up to there".to_owned());
    for rate in [100, 200, 300, 400, 600, 800] {
        let run = calls_at(site, rate, rate * 5, next).await?;
        if run.missing > 0 {
            let busy = run.processor.as_secs_f64();
            gave = format!(
                "at {rate}/s {} tickets came late, the bridge used {busy:.1} s in 5 s",
                run.missing
            );
            break;
        }
        most = rate;
    }
    let row = Row::new(group, "answered calls a second without piling up", "/s", &[most as f64]);
    Ok(row.note(gave))
}
