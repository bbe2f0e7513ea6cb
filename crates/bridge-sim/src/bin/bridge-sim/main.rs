//! Both simulators from the command line: to look at, to point a bridge at, and to play stories to one.

mod bridge;
mod texts;

use std::fs::File;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use bridge_sim::play::{Player, Progress};
use bridge_sim::setting::{self, Settings as Switched};
use bridge_sim::starface::{self, SimStarface};
use bridge_sim::story::{self, Settings, Story};
use bridge_sim::typed::Typed;
use bridge_sim::world;
use bridge_sim::zendesk::{self, SimZendesk};
use clap::{Args, Parser, Subcommand};
use tokio::sync::mpsc;

use crate::bridge::Bridge;
use crate::texts::{bridge_toml, starface_toml, zendesk_toml};

/// Writes an exchange down.
type Recorder = Arc<dyn Fn(serde_json::Value) + Send + Sync>;

/// A simulated STARFACE and a simulated Zendesk.
///
/// Beside `--play`, lines can be typed while they run: `c1 rings group Support from 0721 123456 at 0101`; `help` says what
/// there is.
#[derive(Parser)]
#[command(version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Write every exchange into this file, a JSON object a line.
    #[arg(long, global = true, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Switches from a file of TOML, with the tables [starface] and [zendesk]; `bridge-sim switches` shows one.
    #[arg(long, global = true, value_name = "FILE")]
    switches: Option<PathBuf>,
    /// A switch, such as starface.duplicates=true or zendesk.limits.account=200; comes after the file, any number of times.
    #[arg(long, global = true, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// The generation of the STARFACE, from which its switches depart.
    #[arg(long, global = true, value_name = "8|10", default_value = "8", value_parser = ["8", "10"])]
    pbx_version: String,
    /// Log what is asked and sent to standard error.
    #[arg(long, short, global = true)]
    verbose: bool,
}

#[derive(Subcommand)]
enum Command {
    /// The simulated Zendesk alone, until it is interrupted.
    Zendesk {
        /// Where to listen.
        #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:9101")]
        listen: SocketAddr,
    },
    /// The simulated STARFACE alone, until it is interrupted.
    Starface {
        /// Where to listen.
        #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:9102")]
        listen: SocketAddr,
    },
    /// Both; plays stories if there are any, else runs until it is interrupted. Zendesk without rate limits and with an
    /// index that is never behind, since stories are played faster than they say.
    Both(Both),
    /// Shows all switches with their values, as a file of TOML, and ends.
    Switches,
}

#[derive(Args)]
struct Both {
    /// Where the simulated Zendesk listens.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:9101")]
    zendesk: SocketAddr,
    /// Where the simulated STARFACE listens.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:9102")]
    starface: SocketAddr,
    /// Where the bridge's own HTTP surface will be: asked whether it is ready and why a call has no ticket.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:9104")]
    bridge: SocketAddr,
    /// Where the bridge will listen for call events.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:9103")]
    callback: SocketAddr,
    /// Stories to play, one after the other, once a bridge has logged in; exits with 1 if an expectation does not hold.
    #[arg(long, value_name = "STORY", num_args = 1..)]
    play: Vec<PathBuf>,
    /// So many times faster than the stories say.
    #[arg(long, default_value_t = 40.0)]
    speed: f64,
    /// Seconds to wait for what is expected, at the end of each story.
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    deadline: u64,
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    if cli.verbose {
        tracing_subscriber::fmt()
            .with_max_level(tracing::Level::DEBUG)
            .with_writer(std::io::stderr)
            .init();
    }
    match run(cli).await {
        Ok(code) => code,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "bridge-sim: {error:#}");
            ExitCode::from(2)
        }
    }
}

async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let mut switched = match &cli.switches {
        Some(path) => {
            let text = std::fs::read_to_string(path).with_context(|| format!("{}", path.display()))?;
            Switched::file(&text).map_err(|why| anyhow!("{}: {why}", path.display()))?
        }
        None => Switched::default(),
    };
    for assignment in &cli.set {
        switched
            .assign(assignment)
            .map_err(|why| anyhow!("--set {assignment}: {why}"))?;
    }
    let pbx = match cli.pbx_version.as_str() {
        "10" => starface::Switches::version_10(),
        _ => starface::Switches::default(),
    };
    // A bridge keeps what it heard before: the calls of another start must not pass for those of this one.
    let seeded = starface::Switches {
        seed: rand::random(),
        ..pbx.clone()
    };
    let pbx = if matches!(cli.command, Command::Switches) {
        pbx
    } else {
        seeded
    };
    let desk = match cli.command {
        Command::Both(_) => zendesk::Switches::compressed(),
        Command::Zendesk { .. } | Command::Starface { .. } | Command::Switches => zendesk::Switches::default(),
    };
    let pbx = switched.starface(&pbx).map_err(|why| anyhow!("{why}"))?;
    let desk = switched.zendesk(&desk).map_err(|why| anyhow!("{why}"))?;
    let recorder = cli.record.as_deref().map(recorder).transpose()?;
    match cli.command {
        Command::Zendesk { listen } => {
            let zendesk = start_zendesk(listen, desk, recorder).await?;
            let url = zendesk.url();
            say(&format!("Zendesk   {url}\n\n{}", zendesk_toml(&url, true)));
            typed(Typed::new(None, Some(zendesk.clone()))).await?;
            zendesk.stop().await;
        }
        Command::Starface { listen } => {
            let oauth = pbx.oauth.enabled;
            let starface = start_starface(listen, pbx, recorder).await?;
            let url = starface.url();
            say(&format!(
                "STARFACE  {url}\n\n{}",
                starface_toml(&url, callback_default(), oauth)
            ));
            typed(Typed::new(Some(starface.clone()), None)).await?;
            starface.stop().await;
        }
        Command::Both(both) => return run_both(&both, pbx, desk, recorder).await,
        Command::Switches => say(&setting::written(&pbx, &desk).map_err(|why| anyhow!("{why}"))?),
    }
    Ok(ExitCode::SUCCESS)
}

/// Does what is typed, until `quit` or an interrupt. The end of the input is none: who starts it without a terminal wants
/// it to run.
async fn typed(mut typed: Typed) -> anyhow::Result<()> {
    let (sender, mut lines) = mpsc::unbounded_channel();
    // A read from a terminal cannot be called off: the thread ends with the process.
    std::thread::spawn(move || {
        for line in std::io::stdin().lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    let mut interrupted = std::pin::pin!(interrupted());
    loop {
        let line = tokio::select! {
            done = &mut interrupted => return done,
            line = lines.recv() => line,
        };
        match line.as_deref().map(str::trim) {
            None => return interrupted.await,
            Some("quit" | "exit") => return Ok(()),
            Some("") => {}
            Some(line) => match typed.line(line) {
                Ok(done) => say(&done),
                Err(why) => say(&format!("no: {why}")),
            },
        }
    }
}

async fn run_both(
    both: &Both,
    pbx: starface::Switches,
    desk: zendesk::Switches,
    recorder: Option<Recorder>,
) -> anyhow::Result<ExitCode> {
    let stories = read_stories(&both.play)?;
    let oauth = pbx.oauth.enabled;
    let zendesk = start_zendesk(both.zendesk, desk, recorder.clone()).await?;
    let starface = start_starface(both.starface, pbx, recorder).await?;
    let settings = Settings::of(stories.first().unwrap_or(&Story::default()));
    let speed = if stories.is_empty() { 1.0 } else { both.speed };
    say(&format!(
        "Zendesk   {}\nSTARFACE  {}\n\n# A bridge.toml for `zendesk-bridge run`:\n\n{}\n{}\n{}",
        zendesk.url(),
        starface.url(),
        zendesk_toml(&zendesk.url(), settings.screen_pop),
        starface_toml(&starface.url(), both.callback, oauth),
        bridge_toml(&settings, speed, both.bridge),
    ));
    if stories.is_empty() {
        typed(Typed::new(Some(starface.clone()), Some(zendesk.clone()))).await?;
        starface.stop().await;
        zendesk.stop().await;
        return Ok(ExitCode::SUCCESS);
    }
    let bridge = Bridge::new(both.bridge)?;
    let player = player(&starface, &zendesk, &bridge, both);
    if let Some(first) = stories.first() {
        player.prepare(first);
    }
    tokio::select! {
        interrupted = interrupted() => {
            interrupted?;
            return Ok(ExitCode::FAILURE);
        }
        () = ready(&starface, &bridge, settings.active) => {}
    }
    let reports = tokio::select! {
        interrupted = interrupted() => {
            interrupted?;
            return Ok(ExitCode::FAILURE);
        }
        reports = player.play_all(&stories) => reports?,
    };
    let verdicts: Vec<_> = reports.iter().flat_map(|report| &report.verdicts).collect();
    let failed: Vec<_> = verdicts.iter().filter(|verdict| !verdict.holds).collect();
    say(&format!(
        "{} of {} expectations hold.",
        verdicts.len() - failed.len(),
        verdicts.len()
    ));
    for verdict in &failed {
        say(&format!("  {verdict}"));
    }
    starface.stop().await;
    zendesk.stop().await;
    Ok(if failed.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn read_stories(paths: &[PathBuf]) -> anyhow::Result<Vec<Story>> {
    let mut stories: Vec<Story> = Vec::new();
    for path in paths {
        let text = std::fs::read_to_string(path).with_context(|| format!("{}", path.display()))?;
        let story = story::parse(&text).with_context(|| format!("{}", path.display()))?;
        if stories
            .first()
            .is_some_and(|first| Settings::of(first) != Settings::of(&story))
        {
            bail!(
                "{} wants other settings of the bridge than the story before: play it by itself",
                path.display()
            );
        }
        stories.push(story);
    }
    Ok(stories)
}

fn player(starface: &SimStarface, zendesk: &SimZendesk, bridge: &Bridge, both: &Both) -> Player {
    let (switch, asked) = (bridge.clone(), bridge.clone());
    Player::new(starface.clone(), zendesk.clone())
        .speed(both.speed)
        .deadline(Duration::from_secs(both.deadline))
        .on_progress(show)
        .on_activation(move |active| {
            let bridge = switch.clone();
            Box::pin(async move {
                if !bridge.activate(active).await {
                    say("the bridge could not be switched: is its [web] where --bridge says?");
                }
            })
        })
        .ask_reason(move |call| {
            let bridge = asked.clone();
            Box::pin(async move { bridge.outcome(&call).await })
        })
}

/// Waits until a bridge has logged in for every agent and says that it is ready.
async fn ready(starface: &SimStarface, bridge: &Bridge, active: bool) {
    say("\nwaiting for a bridge …");
    let logins: Vec<&str> = world::PBX_USERS.iter().map(|user| user.login).collect();
    starface.wait_subscribed(&logins).await;
    // A bridge that starts inactive is never ready; it has logged in, which is all that can be seen.
    while active && !bridge.is_ready().await {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

fn show(progress: &Progress) {
    let line = match progress {
        Progress::Rang { call, group, at, .. } => {
            let to = group.as_ref().map(|group| format!(" {group}")).unwrap_or_default();
            format!("{call}: rings{to} at {}", at.join(" "))
        }
        Progress::Dialled { call, by, .. } => format!("{call}: {by} dials out"),
        Progress::Answered { call, by, .. } => format!("{call}: answered by {by}"),
        Progress::Parked { call, by } => format!("{call}: parked by {by}"),
        Progress::Mailbox { call, at } => format!("{call}: the mailbox of {at} takes it"),
        Progress::IdChanged { call, .. } => format!("{call}: has another id"),
        Progress::Ended { call, at } if at.is_empty() => format!("{call}: ended"),
        Progress::Ended { call, at } => format!("{call}: ended at {}", at.join(" ")),
        Progress::TicketSeen { call, ticket } => format!("{call}: ticket {ticket}"),
        Progress::Popped { call, ticket, agent } => format!("{call}: ticket {ticket} opened for agent {agent}"),
        Progress::AgentActed { call, agent, what } => format!("{call}: agent {agent} {what}"),
        Progress::Zendesk { up } => format!("Zendesk {}", if *up { "is back" } else { "goes away" }),
        Progress::Gap { login } => format!("sessions dropped: {}", login.as_deref().unwrap_or("all")),
        Progress::Activation { active } => format!("the bridge is switched {}", if *active { "on" } else { "off" }),
        Progress::Played => "played; waiting for what is expected …".to_owned(),
        Progress::Judged(report) => {
            let verdicts: String = report.verdicts.iter().map(|verdict| format!("  {verdict}\n")).collect();
            format!("\n{}\n{verdicts}", report.story)
        }
        _ => return,
    };
    say(&line);
}

async fn start_zendesk(
    listen: SocketAddr,
    switches: zendesk::Switches,
    recorder: Option<Recorder>,
) -> anyhow::Result<SimZendesk> {
    let zendesk = SimZendesk::start(listen, switches)
        .await
        .with_context(|| format!("the simulated Zendesk cannot listen on {listen}"))?;
    if let Some(recorder) = recorder {
        zendesk.record(move |exchange| match serde_json::to_value(exchange) {
            Ok(mut value) => {
                value["side"] = "zendesk".into();
                recorder(value);
            }
            Err(error) => tracing::error!(%error, "an exchange could not be recorded"),
        });
    }
    Ok(zendesk)
}

async fn start_starface(
    listen: SocketAddr,
    switches: starface::Switches,
    recorder: Option<Recorder>,
) -> anyhow::Result<SimStarface> {
    let starface = SimStarface::start(listen, switches)
        .await
        .with_context(|| format!("the simulated STARFACE cannot listen on {listen}"))?;
    if let Some(recorder) = recorder {
        starface.record(Arc::new(move |exchange| recorder(exchange.to_json())));
    }
    Ok(starface)
}

fn recorder(path: &Path) -> anyhow::Result<Recorder> {
    let file = Mutex::new(File::create(path).with_context(|| format!("{}", path.display()))?);
    Ok(Arc::new(move |exchange| {
        let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = writeln!(file, "{exchange}") {
            tracing::error!(%error, "an exchange could not be recorded");
        }
    }))
}

fn callback_default() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 9103))
}

/// Waits for a signal to end, and says that it came: whoever plays stories would look in vain for their end.
async fn interrupted() -> anyhow::Result<()> {
    let signal = tokio::select! {
        interrupted = tokio::signal::ctrl_c() => {
            interrupted.context("the interrupt cannot be waited for")?;
            "an interrupt"
        }
        () = terminated() => "SIGTERM",
    };
    let _ = writeln!(std::io::stderr(), "bridge-sim: ended by {signal}");
    Ok(())
}

/// SIGTERM, where there is such a thing.
async fn terminated() {
    #[cfg(unix)]
    if let Ok(mut signals) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        signals.recv().await;
        return;
    }
    std::future::pending().await
}

fn say(text: &str) {
    // Nobody to read it is no reason to stop.
    let _ = writeln!(std::io::stdout(), "{text}");
}
