//! Both simulators from the command line: to look at, to point a bridge at, and to play stories to one.

use std::fs::File;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, bail};
use bridge_sim::play::{Player, Progress};
use bridge_sim::starface::{self, SimStarface};
use bridge_sim::story::{self, Settings, Story};
use bridge_sim::world;
use bridge_sim::zendesk::{self, SimZendesk};
use clap::{Args, Parser, Subcommand};

/// Writes an exchange down.
type Recorder = Arc<dyn Fn(serde_json::Value) + Send + Sync>;

/// A simulated STARFACE and a simulated Zendesk.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Write every exchange into this file, a JSON object a line.
    #[arg(long, global = true, value_name = "FILE")]
    record: Option<PathBuf>,
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
    /// Both; plays stories if there are any, else runs until it is interrupted.
    Both(Both),
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
    let recorder = cli.record.as_deref().map(recorder).transpose()?;
    match cli.command {
        Command::Zendesk { listen } => {
            let zendesk = start_zendesk(listen, recorder).await?;
            say(&format!(
                "Zendesk   {}\n\n{}",
                zendesk.url(),
                zendesk_toml(&zendesk.url(), true)
            ));
            interrupted().await?;
            zendesk.stop().await;
        }
        Command::Starface { listen } => {
            let starface = start_starface(listen, recorder).await?;
            say(&format!(
                "STARFACE  {}\n\n{}",
                starface.url(),
                starface_toml(&starface.url(), callback_default())
            ));
            interrupted().await?;
            starface.stop().await;
        }
        Command::Both(both) => return run_both(&both, recorder).await,
    }
    Ok(ExitCode::SUCCESS)
}

async fn run_both(both: &Both, recorder: Option<Recorder>) -> anyhow::Result<ExitCode> {
    let stories = read_stories(&both.play)?;
    let zendesk = start_zendesk(both.zendesk, recorder.clone()).await?;
    let starface = start_starface(both.starface, recorder).await?;
    let settings = Settings::of(stories.first().unwrap_or(&Story::default()));
    let speed = if stories.is_empty() { 1.0 } else { both.speed };
    say(&format!(
        "Zendesk   {}\nSTARFACE  {}\n\n# A bridge.toml for `zendesk-bridge run`:\n\n{}\n{}\n{}",
        zendesk.url(),
        starface.url(),
        zendesk_toml(&zendesk.url(), settings.screen_pop),
        starface_toml(&starface.url(), both.callback),
        bridge_toml(&settings, speed, both.bridge),
    ));
    if stories.is_empty() {
        interrupted().await?;
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

async fn start_zendesk(listen: SocketAddr, recorder: Option<Recorder>) -> anyhow::Result<SimZendesk> {
    let zendesk = SimZendesk::start(listen, zendesk::Switches::compressed())
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

async fn start_starface(listen: SocketAddr, recorder: Option<Recorder>) -> anyhow::Result<SimStarface> {
    // A bridge keeps what it heard before: the calls of another start must not pass for those of this one.
    let switches = starface::Switches {
        seed: rand::random(),
        ..starface::Switches::default()
    };
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

/// What the bridge says of itself over its own HTTP surface.
#[derive(Clone)]
struct Bridge {
    client: reqwest::Client,
    url: String,
}

impl Bridge {
    fn new(address: SocketAddr) -> anyhow::Result<Self> {
        let client = reqwest::Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(5))
            .build()?;
        Ok(Self {
            client,
            url: format!("http://{address}"),
        })
    }

    async fn is_ready(&self) -> bool {
        self.send(self.client.get(format!("{}/readyz", self.url)))
            .await
            .is_some()
    }

    async fn activate(&self, active: bool) -> bool {
        let body = serde_json::json!({ "active": active });
        self.send(self.client.post(format!("{}/api/activation", self.url)).json(&body))
            .await
            .is_some()
    }

    async fn outcome(&self, call: &str) -> Option<String> {
        let text = self
            .send(self.client.get(format!("{}/api/calls/{call}", self.url)))
            .await?;
        let call: serde_json::Value = serde_json::from_str(&text).ok()?;
        call["outcome"].as_str().map(str::to_owned)
    }

    /// The body, if all went well.
    async fn send(&self, request: reqwest::RequestBuilder) -> Option<String> {
        #[expect(
            clippy::disallowed_methods,
            reason = "the only requests of this program, to a bridge on loopback"
        )]
        let response = request.send().await.ok()?;
        response.error_for_status().ok()?.text().await.ok()
    }
}

fn zendesk_toml(url: &str, screen_pop: bool) -> String {
    let (id, secret) = (world::CLIENT_ID, world::CLIENT_SECRET);
    format!(
        "[zendesk]\nurl = \"{url}\"\nclient_id = \"{id}\"\nclient_secret = \"{secret}\"\nscreen_pop = {screen_pop}\n"
    )
}

fn starface_toml(url: &str, callback: SocketAddr) -> String {
    let world::PbxUser { login, password, .. } = world::ADMIN;
    let agents = world::PBX_USERS.iter().map(|user| {
        format!(
            "\n[[pbx.agent]]\nlogin = \"{}\"\npassword = \"{}\"\n",
            user.login, user.password
        )
    });
    format!(
        "[pbx]\nkind = \"starface\"\nurl = \"{url}\"\nlogin = \"{login}\"\npassword = \"{password}\"\n\n\
         [pbx.callback]\nlisten = \"{callback}\"\nurl = \"http://{callback}\"\n{}",
        agents.collect::<String>()
    )
}

/// The rest of the configuration; durations are as much shorter as the stories are played faster.
fn bridge_toml(settings: &Settings, speed: f64, web: SocketAddr) -> String {
    let list = |items: &mut dyn Iterator<Item = String>| {
        items.map(|item| format!("\"{item}\"")).collect::<Vec<_>>().join(", ")
    };
    // Stories name user fields by their bare keys, too.
    let field = |name: &String| match name.as_str() {
        "phone" | "identity" => name.clone(),
        key => format!("user_fields.{}", key.trim_start_matches("user_fields.")),
    };
    let real = |time: Duration| format!("{}ms", time.div_f64(speed).as_millis());
    format!(
        "[callers]\ncountry = \"DE\"\narea_code = \"721\"\nunknown = \"{unknown}\"\ndefault_user = \"{default}\"\n\
         wrap_up = \"{wrap_up}\"\nlookup_patience = \"{patience}\"\nnumber_fields = [{fields}]\n\n\
         [groups]\ninclude = [{include}]\n\n[activation]\non_start = \"{on_start}\"\n\n[web]\nlisten = \"{web}\"\n",
        unknown = if settings.new_user { "new-user" } else { "default-user" },
        default = world::DEFAULT_USER.2,
        wrap_up = real(settings.wrap_up),
        patience = real(settings.patience),
        fields = list(&mut settings.number_fields.iter().map(field)),
        include = list(&mut settings.include.iter().cloned()),
        on_start = if settings.active { "active" } else { "inactive" },
    )
}

fn callback_default() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 9103))
}

async fn interrupted() -> anyhow::Result<()> {
    tokio::signal::ctrl_c()
        .await
        .context("the interrupt cannot be waited for")
}

fn say(text: &str) {
    // Nobody to read it is no reason to stop.
    let _ = writeln!(std::io::stdout(), "{text}");
}
