//! One bridge between its own two simulators, and the day that is played to it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, bail};
use bridge_runtime::store::{Store, StoreReader};
use bridge_runtime::{Handle, RunError};
use bridge_sim::play::{Player, Progress, Report};
use bridge_sim::starface::SimStarface;
use bridge_sim::story::{Settings, Story};
use bridge_sim::zendesk::SimZendesk;
use bridge_sim::{starface, world, zendesk};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::SPEED;
use super::screen::Screen;
use super::show::Ending;
use super::tale::{tales, why};
use crate::config::{self, Need, Surroundings};
use crate::live::Live;
use crate::{stored, web, wire};

/// How long both sides may take to connect.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often it is looked whether something is so at last.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// One bridge, its simulators and its script.
pub(crate) struct Stage {
    story: Story,
    pbx: SimStarface,
    desk: SimZendesk,
    config: PathBuf,
    web: SocketAddr,
    handle: Handle,
    reader: StoreReader,
    player: Player,
    stop: CancellationToken,
    bridge: JoinHandle<Result<(), RunError>>,
    tasks: Vec<JoinHandle<()>>,
}

/// What became of a day.
pub(crate) struct Played {
    /// The script's title.
    pub(crate) title: String,
    /// One for each call.
    pub(crate) endings: Vec<Ending>,
    /// Demands that are about no single call and were not met: what was demanded, what came.
    pub(crate) wrong: Vec<(String, String)>,
    /// How many demands there are.
    pub(crate) demands: usize,
    /// How many of them were met.
    pub(crate) met: usize,
}

/// The PBX's ids of calls, with the name and clock time they have in the story.
type Names = Arc<Mutex<BTreeMap<String, String>>>;

impl Stage {
    /// Starts simulators and bridge, and waits until they are connected.
    pub(crate) async fn set_up(
        name: &'static str,
        story: Story,
        folder: &Path,
        screen: Arc<Screen>,
    ) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder).context("no folder for temporary files")?;
        let pbx = SimStarface::start("127.0.0.1:0", starface::Switches::default())
            .await
            .context("the simulated STARFACE")?;
        let desk = SimZendesk::start("127.0.0.1:0", account())
            .await
            .context("the simulated Zendesk")?;
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .context("no port for the bridge's own surface")?;
        let web = listener.local_addr()?;

        // The bridge is set up as an administrator would: by a file.
        let file = folder.join("bridge.toml");
        let text = configuration(&pbx, &desk, web, &story);
        std::fs::write(&file, &text).context("the configuration of the demo")?;
        let surroundings = Surroundings {
            base: folder,
            env: &|_| Err("is not set".into()),
        };
        let config =
            config::parse(&text, &file, &surroundings, Need::Everything).context("the configuration of the demo")?;

        let store = Store::open(&config.store, &config.pbx.name).await?;
        let reader = StoreReader::open(&config.store).await?;
        let bridge = wire::bridge(&config, Arc::new(store))?;
        let handle = bridge.handle();
        let stop = CancellationToken::new();
        let names = Names::default();
        let player = player(&pbx, &desk, &handle, &reader, &names, &story);
        player.prepare(&story);

        let live = Live {
            handle: handle.clone(),
            reader: reader.clone(),
            zendesk: desk.url(),
            pbx: pbx.url(),
            notices: Vec::new(),
        };
        let (surface, served) = (stop.clone(), config.web.and_then(|web| web.token));
        let tasks = vec![
            tokio::spawn(show_news(name, handle.clone(), names, screen)),
            tokio::spawn(async move { drop(web::serve(listener, Arc::new(live), served, surface).await) }),
        ];
        let bridge = tokio::spawn(bridge.run(stop.clone()));
        let stage = Self {
            story,
            pbx,
            desk,
            config: file,
            web,
            handle,
            reader,
            player,
            stop,
            bridge,
            tasks,
        };
        stage.connected().await?;
        Ok(stage)
    }

    /// Plays the day and looks at what came of it.
    pub(crate) async fn play(&mut self) -> anyhow::Result<Played> {
        let report = self.player.play(&self.story).await.context("the script of the day")?;
        if self.bridge.is_finished() {
            bail!("the bridge has ended in the middle of the day");
        }
        self.judge(&report).await
    }

    /// Where everything can be found while it is kept running.
    pub(crate) fn addresses(&self) -> String {
        format!(
            "\nsimulated STARFACE  {}\nsimulated Zendesk   {}\nbridge              http://{}\n  zendesk-bridge --config {} status",
            self.pbx.url(),
            self.desk.url(),
            self.web,
            self.config.display()
        )
    }

    /// Stops everything.
    pub(crate) async fn strike(self) {
        self.stop.cancel();
        let _ = self.bridge.await;
        for task in self.tasks {
            task.abort();
        }
        self.pbx.stop().await;
        self.desk.stop().await;
    }

    /// Waits until both sides are connected, for every agent.
    async fn connected(&self) -> anyhow::Result<()> {
        let all = async {
            loop {
                let status = self.handle.status();
                let sessions = status.pbx.sessions.iter().filter(|session| session.connected).count();
                let reasons = status.not_ready();
                let waiting = reasons.iter().any(|reason| !reason.contains("not active"));
                if !waiting && sessions == world::PBX_USERS.len() {
                    return;
                }
                tokio::time::sleep(LOOK_AGAIN).await;
            }
        };
        match tokio::time::timeout(PATIENCE, all).await {
            Ok(()) => Ok(()),
            Err(_) => bail!(
                "the bridge does not connect: {}",
                self.handle.status().not_ready().join("; ")
            ),
        }
    }

    async fn judge(&self, report: &Report) -> anyhow::Result<Played> {
        let tales: BTreeMap<String, String> = tales(&self.story).into_iter().collect();
        let mut endings = Vec::new();
        for call in &report.calls {
            let known = stored::call(&self.reader, &call.pbx_call, false).await?;
            let mut verdicts = report
                .verdicts
                .iter()
                .filter(|verdict| verdict.call.as_ref() == Some(&call.call))
                .peekable();
            let mut wrong = Vec::new();
            if verdicts.peek().is_none() {
                wrong.push("the script demands nothing of this call".to_owned());
            }
            let failed = verdicts.filter(|verdict| !verdict.holds);
            wrong.extend(failed.map(|verdict| format!("demanded: {}; came: {}", verdict.expected, verdict.found)));
            endings.push(Ending {
                at: clock(call.began),
                call: call.call.clone(),
                tale: tales.get(&call.call).cloned().unwrap_or_default(),
                ticket: call.tickets.first().copied(),
                why: known.map_or_else(|| "the bridge knows nothing of it".to_owned(), |story| why(&story)),
                wrong,
            });
        }
        let about_no_call = |call: &Option<String>| {
            call.as_ref()
                .is_none_or(|call| !report.calls.iter().any(|played| played.call == *call))
        };
        let wrong = report
            .verdicts
            .iter()
            .filter(|verdict| !verdict.holds && about_no_call(&verdict.call));
        let silent = endings
            .iter()
            .filter(|ending| ending.wrong.iter().any(|wrong| wrong.contains("demands nothing")))
            .count();
        Ok(Played {
            title: report.story.clone(),
            wrong: wrong
                .map(|verdict| (verdict.expected.clone(), verdict.found.clone()))
                .collect(),
            demands: report.verdicts.len() + silent,
            met: report.verdicts.iter().filter(|verdict| verdict.holds).count(),
            endings,
        })
    }
}

/// A Zendesk whose rate limits are as much higher as the day is played faster.
fn account() -> zendesk::Switches {
    let usual = zendesk::Limits::default();
    let faster = |limit: Option<u32>| limit.map(|limit| limit.saturating_mul(SPEED as u32));
    let limits = zendesk::Limits {
        account: faster(usual.account),
        ticket_creates: faster(usual.ticket_creates),
        ticket_updates: faster(usual.ticket_updates),
        one_ticket: faster(usual.one_ticket),
        ticket_lists: faster(usual.ticket_lists),
        one_user: faster(usual.one_user),
        user_updates: faster(usual.user_updates),
        searches: faster(usual.searches),
    };
    zendesk::Switches {
        limits,
        ..zendesk::Switches::default()
    }
}

/// The configuration of the bridge, with durations as much shorter as the story is played faster.
fn configuration(pbx: &SimStarface, desk: &SimZendesk, web: SocketAddr, story: &Story) -> String {
    let settings = Settings::of(story);
    let list = |items: &[String]| {
        items
            .iter()
            .map(|item| format!("{item:?}"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let fields: Vec<String> = settings.number_fields.iter().map(|field| field_name(field)).collect();
    let agents = world::PBX_USERS.iter().map(|user| {
        format!(
            "\n[[pbx.agent]]\nlogin = {:?}\npassword = {:?}\n",
            user.login, user.password
        )
    });
    format!(
        "# The bridge of the demo.\n\
         [zendesk]\nurl = {zendesk:?}\nclient_id = {id:?}\nclient_secret = {secret:?}\nscreen_pop = {pop}\n\n\
         [pbx]\nurl = {pbx:?}\nlogin = {login:?}\npassword = {password:?}\n\n\
         [pbx.callback]\nlisten = \"127.0.0.1:0\"\nurl = \"http://127.0.0.1:0\"\n{agents}\n\
         [callers]\ncountry = \"DE\"\narea_code = \"721\"\nunknown = {unknown:?}\ndefault_user = {default_user:?}\n\
         wrap_up = \"{wrap_up}ms\"\nlookup_patience = \"{patience}ms\"\nnumber_fields = [{fields}]\n\n\
         [groups]\ninclude = [{include}]\n\n\
         [activation]\non_start = {on_start:?}\n\n\
         [web]\nlisten = \"{web}\"\n",
        zendesk = desk.url(),
        id = world::CLIENT_ID,
        secret = world::CLIENT_SECRET,
        pop = settings.screen_pop,
        pbx = pbx.url(),
        login = world::ADMIN.login,
        password = world::ADMIN.password,
        agents = agents.collect::<String>(),
        unknown = if settings.new_user { "new-user" } else { "default-user" },
        default_user = world::DEFAULT_USER.2,
        wrap_up = settings.wrap_up.div_f64(SPEED).as_millis(),
        patience = settings.patience.div_f64(SPEED).as_millis(),
        fields = list(&fields),
        include = list(&settings.include),
        on_start = if settings.active { "active" } else { "inactive" },
    )
}

/// Stories name custom fields by their bare keys, too.
fn field_name(field: &str) -> String {
    match field {
        "phone" | "identity" => field.to_owned(),
        other if other.starts_with("user_fields.") => other.to_owned(),
        key => format!("user_fields.{key}"),
    }
}

fn player(
    pbx: &SimStarface,
    desk: &SimZendesk,
    handle: &Handle,
    reader: &StoreReader,
    names: &Names,
    story: &Story,
) -> Player {
    let (times, wrap_up) = (times(story), Settings::of(story).wrap_up.div_f64(SPEED));
    let (switched, quiet) = (handle.clone(), handle.clone());
    let (asked, names) = (reader.clone(), Arc::clone(names));
    Player::new(pbx.clone(), desk.clone())
        .speed(SPEED)
        .on_progress(move |progress| {
            if let Progress::Rang { call, pbx_call, .. }
            | Progress::Dialled { call, pbx_call, .. }
            | Progress::Answered { call, pbx_call, .. } = progress
            {
                let time = times.get(call).cloned().unwrap_or_default();
                names
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .entry(pbx_call.clone())
                    .or_insert(time);
            }
        })
        .on_activation(move |active| {
            let handle = switched.clone();
            Box::pin(async move {
                // A bridge that has stopped shows at the end of the day.
                let _ = handle.set_active(active).await;
            })
        })
        .ask_reason(move |id| {
            let reader = asked.clone();
            Box::pin(async move {
                stored::call(&reader, &id, false)
                    .await
                    .ok()
                    .flatten()
                    .map(|story| story.call.outcome)
            })
        })
        .wait_quiet(move |()| {
            let handle = quiet.clone();
            Box::pin(async move {
                // What wrap-up has in store comes first, and then all that waits for Zendesk.
                tokio::time::sleep(wrap_up + Duration::from_millis(500)).await;
                while handle.status().effects_waiting > 0 {
                    tokio::time::sleep(LOOK_AGAIN).await;
                }
            })
        })
}

/// Puts every change of a call on the screen.
async fn show_news(bridge: &'static str, handle: Handle, names: Names, screen: Arc<Screen>) {
    let mut changes = handle.changes();
    loop {
        match changes.recv().await {
            Ok(summary) => {
                let at = names
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .get(summary.key.as_str())
                    .cloned();
                screen.news(bridge, &at.unwrap_or_default(), &summary);
            }
            // Only the picture misses something; the final table is made from the store.
            Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => {}
            Err(tokio::sync::broadcast::error::RecvError::Closed) => return,
        }
    }
}

/// When each call begins, by the story's clock.
fn times(story: &Story) -> BTreeMap<String, String> {
    let mut times = BTreeMap::new();
    for line in &story.lines {
        if let bridge_sim::story::What::Call { call, .. } = &line.what {
            times.entry(call.clone()).or_insert_with(|| clock(line.at));
        }
    }
    times
}

/// `08:02:30` of a time since midnight.
fn clock(since_midnight: Duration) -> String {
    let seconds = since_midnight.as_secs();
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}
