//! Calls at a rate: how soon the ticket's request is there after the answer, what each call costs, and how many a second there may be.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context;
use bridge_core::call::{CallKey, CallState, CallSummary, Change, Phase};
use bridge_core::port::{Entry, Journal as _};
use bridge_runtime::store::Store;
use bridge_sim::starface::Caller;
use tokio::time::sleep;

use crate::report::{Row, timed};
use crate::site::{LOOK_AGAIN, Setup, Site, WRAP_UP, processor_time, shown};

const GROUP: &str = "load";
/// So long a phone rings, and so long somebody talks.
const RINGS: Duration = Duration::from_millis(300);
/// Users with a number, of whom each calls in his turn.
const USERS: u64 = 2_000;
/// So long after the last call all tickets must be there: else calls have piled up.
const PILED_UP: Duration = Duration::from_secs(2);
const MILLISECOND: f64 = 1000.0;

#[derive(Clone, clap::Args)]
pub(crate) struct Options {
    /// Calls a second at which the time from the answer to the request is measured
    #[arg(long, value_delimiter = ',', default_values_t = Options::default().rates)]
    rates: Vec<u64>,
    /// Seconds for each rate; at least twenty calls
    #[arg(long, default_value_t = Options::default().seconds)]
    seconds: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            rates: vec![1, 20, 100],
            seconds: 10,
        }
    }
}

#[derive(clap::Args)]
pub(crate) struct BareOnce {
    /// Where the simulated Zendesk is
    url: String,
    /// A token for it
    token: String,
    /// How many calls
    calls: u64,
}

/// What came of calls at a rate.
struct Run {
    /// From the answer to the request, sorted.
    delays: Vec<Duration>,
    /// How many answered calls were without a ticket when it was over.
    missing: usize,
    calls: u64,
    processor: Duration,
}

/// All figures.
pub(crate) async fn measure(options: &Options) -> anyhow::Result<Vec<Row>> {
    let mut rows = Vec::new();
    let appends = appends().await?;
    let append = |name: &str, part: f64| {
        Row::new(
            GROUP,
            format!("one durable append alone, {name}"),
            "ms",
            &[at(&appends, part)],
        )
    };
    let (append_half, append_most) = (append("p50", 0.5), append("p99", 0.99));
    let setup = Setup {
        users: USERS,
        directory: true,
        new_user: false,
    };
    let site = Site::start(setup).await?;
    rows.push(Row::new(GROUP, "memory before any call", "MB", &[site.memory()? / 1e6]));
    let mut next = 0;
    for &rate in &options.rates {
        let calls = (rate * options.seconds).max(20);
        let run = calls_at(&site, rate, calls, &mut next).await?;
        let row = |name: &str, part: f64| {
            Row::new(
                GROUP,
                format!("answer to ticket request at {rate}/s, {name}"),
                "ms",
                &[at(&run.delays, part)],
            )
        };
        rows.push(row("p50", 0.5).beside(&append_half));
        rows.push(row("p99", 0.99).beside(&append_most));
        let cost = run.processor.as_secs_f64() * MILLISECOND / run.calls as f64;
        rows.push(Row::new(
            GROUP,
            format!("processor time of a call at {rate}/s"),
            "ms",
            &[cost],
        ));
    }
    rows.extend([append_half, append_most]);
    rows.push(most(&site, &mut next).await?);
    rows.push(Row::new(GROUP, "memory after all calls", "MB", &[site.memory()? / 1e6]));

    // A thousand calls as fast as may be without piling up, beside their two requests each by a bare client.
    let run = calls_at(&site, 100, 1000, &mut next).await?;
    let bare = bare(&site).await?;
    let alone = Row::new(
        GROUP,
        "1000 calls: processor time, their requests by bare reqwest",
        "s",
        &[bare.as_secs_f64()],
    );
    rows.push(
        Row::new(
            GROUP,
            "1000 calls: processor time, the bridge",
            "s",
            &[run.processor.as_secs_f64()],
        )
        .beside(&alone),
    );
    rows.push(alone);
    site.stop().await?;
    rows.extend(restarts().await?);
    Ok(rows)
}

/// Plays calls at a rate, each from another known number.
#[expect(clippy::disallowed_methods, reason = "measuring is what this program is for")]
async fn calls_at(site: &Site, rate: u64, calls: u64, next: &mut u64) -> anyhow::Result<Run> {
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
    })
}

/// The highest of some rates at which nothing piles up.
async fn most(site: &Site, next: &mut u64) -> anyhow::Result<Row> {
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
    let row = Row::new(GROUP, "answered calls a second without piling up", "/s", &[most as f64]);
    Ok(row.note(gave))
}

/// The same requests by a client that knows what to ask, in a process of its own: its processor time.
async fn bare(site: &Site) -> anyhow::Result<Duration> {
    const TOKEN: &str = "bare";
    site.desk
        .act(|state, now| state.add_oauth_token(TOKEN, 500, "read write", None, now));
    let url = site.desk.url();
    let arguments = ["bare-once", &url, TOKEN, "1000"];
    let output = tokio::process::Command::new(std::env::current_exe()?)
        .args(arguments)
        .output()
        .await?;
    let said = String::from_utf8_lossy(&output.stdout);
    let milliseconds = said.trim().parse::<u64>();
    let milliseconds = milliseconds.with_context(|| String::from_utf8_lossy(&output.stderr).into_owned())?;
    Ok(Duration::from_millis(milliseconds))
}

/// Opens tickets and shows them, and tells the processor time of this process.
pub(crate) async fn bare_once(bare: &BareOnce) -> anyhow::Result<()> {
    let client = reqwest::Client::builder().no_proxy().build()?;
    let post = |path: String, body: serde_json::Value| {
        let request = client.post(format!("{}{path}", bare.url)).bearer_auth(&bare.token);
        let request = request.json(&body);
        async move {
            #[expect(clippy::disallowed_methods, reason = "this is what the bridge is compared with")]
            let answer = request.send().await?.error_for_status()?;
            anyhow::Ok(answer.bytes().await?)
        }
    };
    for n in 0..bare.calls {
        let body = serde_json::json!({"ticket": {"external_id": format!("bare:{n}"), "subject": format!("Call from {}", shown(n)),
            "comment": {"body": format!("Number: {}\nGroup: Support\nAgent: Anna Muster\nAnswered: 14:02:05", shown(n)), "public": false},
            "requester_id": 400, "group_id": 71, "assignee_id": 501, "tags": ["phone"]}});
        let answer = post("/api/v2/tickets".to_owned(), body).await?;
        let ticket: serde_json::Value = serde_json::from_slice(&answer)?;
        let ticket = &ticket["ticket"]["id"];
        let display = format!("/api/v2/channels/voice/agents/501/tickets/{ticket}/display");
        post(display, serde_json::json!({})).await?;
    }
    let used = processor_time(std::process::id())?;
    crate::report::say(&used.as_millis().to_string())?;
    Ok(())
}

/// How long a restart takes with a directory, and what memory it needs then.
async fn restarts() -> anyhow::Result<Vec<Row>> {
    let mut rows = Vec::new();
    for users in [0, USERS] {
        let setup = Setup {
            users,
            directory: true,
            new_user: false,
        };
        let mut site = Site::start(setup).await?;
        let mut took = Vec::new();
        for _ in 0..3 {
            took.push(site.restart(true).await?.as_secs_f64() * MILLISECOND);
        }
        rows.push(Row::new(
            GROUP,
            format!("restart until ready, directory of {users}"),
            "ms",
            &took,
        ));
        sleep(Duration::from_secs(2)).await;
        rows.push(Row::new(
            GROUP,
            format!("memory, directory of {users}"),
            "MB",
            &[site.memory()? / 1e6],
        ));
        site.stop().await?;
    }
    Ok(rows)
}

/// What a single commit takes that survives a power cut.
async fn appends() -> anyhow::Result<Vec<Duration>> {
    let folder = tempfile::tempdir()?;
    let store = Store::open(folder.path().join("bridge.db"), "bench").await?;
    let mut took = Vec::new();
    for n in 0..300 {
        let entry = append(n);
        let (time, done) = timed(store.commit(std::slice::from_ref(&entry))).await;
        done?;
        took.push(time);
    }
    store.close().await;
    took.sort_unstable();
    Ok(took)
}

fn append(n: u64) -> Entry {
    let at = jiff::Timestamp::from_second(1_800_000_000).unwrap_or_default();
    let key = CallKey::new(format!("call-{n}").as_str());
    let state = CallState::new(&pbx::CallId::new(key.as_str()), at);
    let summary = CallSummary {
        key,
        started: at,
        phase: Phase::Talking,
        caller: None,
        group: Some("Support".into()),
        agent: None,
        ticket: None,
        requester: None,
        outcome: "waiting".into(),
    };
    let change = Change {
        state,
        summary,
        steps: Vec::new(),
    };
    Entry {
        at,
        changes: vec![change],
        ..Entry::default()
    }
}

fn at(sorted: &[Duration], part: f64) -> f64 {
    let index = (sorted.len() as f64 * part) as usize;
    sorted
        .get(index.min(sorted.len().saturating_sub(1)))
        .map_or(0.0, |time| time.as_secs_f64() * MILLISECOND)
}
