//! One bridge between its own two simulators, and the story that is played to it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use bridge_runtime::store::{Store, StoreReader};
use bridge_runtime::{Clock, Handle, RunError};
use bridge_sim::play::{Desk, Player, Progress, Report};
use bridge_sim::starface::SimStarface;
use bridge_sim::story::{Settings, Story};
use bridge_sim::world;
use bridge_sim::zendesk::SimZendesk;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::recorded::{self, Recorded};
use super::site;
use crate::config::{self, Config, Need, Surroundings};
use crate::live::Live;
use crate::recordings::Recordings;
use crate::{recordings, stored, web, wire};

/// How long both sides may take to connect, and the bridge to come to rest.
const PATIENCE: Duration = Duration::from_secs(30);
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
    surface: JoinHandle<()>,
    copies: JoinHandle<()>,
    recordings: Recordings,
    folder: PathBuf,
}

/// How a story is played.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Pace {
    /// So many times faster than it tells.
    pub(crate) speed: f64,
    /// What the end of it is.
    pub(crate) end: End,
}

/// When a story is over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum End {
    /// When wrap-up has passed and nothing waits for Zendesk: soon.
    WrapUp,
    /// When the bridge expects nothing more of any call, not even that it comes to life again: certain.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "the day is too short to wait for it; tests are not")
    )]
    Over,
}

impl Stage {
    /// Starts simulators and bridge, and waits until they are connected.
    pub(crate) async fn set_up(
        story: Story,
        pace: Pace,
        folder: &Path,
        progress: impl Fn(&Progress) + Send + Sync + 'static,
    ) -> anyhow::Result<Self> {
        Self::set_up_otherwise(story, pace, folder, progress, |_| {}).await
    }

    /// The same with a bridge that is set up otherwise than a file can tell.
    pub(crate) async fn set_up_otherwise(
        story: Story,
        pace: Pace,
        folder: &Path,
        progress: impl Fn(&Progress) + Send + Sync + 'static,
        change: impl FnOnce(&mut Config),
    ) -> anyhow::Result<Self> {
        for folder in [folder, &folder.join(site::INBOX), &folder.join(site::SHARE)] {
            std::fs::create_dir_all(folder).context("no folder for temporary files")?;
        }
        let pbx = SimStarface::start("127.0.0.1:0", site::pbx(folder, pace.speed))
            .await
            .context("the simulated STARFACE")?;
        let desk = SimZendesk::start("127.0.0.1:0", site::account(pace.speed))
            .await
            .context("the simulated Zendesk")?;
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .context("no port for the bridge's own surface")?;
        let web = listener.local_addr()?;

        // The bridge is set up as an administrator would: by a file.
        let file = folder.join("bridge.toml");
        let text = site::configuration(&pbx, &desk, web, &story, pace.speed, folder);
        std::fs::write(&file, &text).context("the configuration")?;
        let mut config = read(&text, &file, folder)?;
        change(&mut config);

        let store = Store::open(&config.store, &config.pbx.name).await?;
        let reader = StoreReader::open(&config.store).await?;
        let refusals = recordings::refusals(&config);
        let recordings = recordings::open(&config, &refusals).await?;
        let client = wire::zendesk(&config)?;
        let bridge = wire::bridge(&config, &client, Arc::new(store), &recordings).await?;
        let handle = bridge.handle();
        let stop = CancellationToken::new();
        let player = player(&pbx, &desk, &handle, &reader, &story, pace).on_progress(progress);
        player.prepare(&story);

        let live = Live {
            clock: Clock::system(),
            handle: handle.clone(),
            recordings: config.recordings.clone(),
            refusals,
            intake: recordings.intake.clone(),
            reader: reader.clone(),
            client,
            pulse: Arc::default(),
            plan: config.callers.plan.clone(),
            zendesk: desk.url(),
            pbx: pbx.url(),
            watched: config.pbx.logins(),
            notices: Vec::new(),
        };
        let (stopped, token) = (stop.clone(), config.web.and_then(|web| web.token));
        let surface = tokio::spawn(async move { drop(web::serve(listener, Arc::new(live), token, stopped).await) });
        let bridge = tokio::spawn(bridge.run(stop.clone()));
        let (copies, until) = (recordings.copies.clone(), stop.clone());
        let copies = tokio::spawn(async move {
            if let Some(copies) = copies {
                copies.run(&Clock::system(), &until).await;
            }
        });
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
            surface,
            copies,
            recordings,
            folder: folder.to_owned(),
        };
        stage.connected().await?;
        Ok(stage)
    }

    /// Plays the story.
    pub(crate) async fn play(&self) -> anyhow::Result<Report> {
        let report = self.player.play(&self.story).await.context("the story")?;
        if self.bridge.is_finished() {
            bail!("the bridge has ended in the middle of the story");
        }
        Ok(report)
    }

    /// Waits until each of these calls has its recording and nothing more is to be done with it, has what is left copied, and
    /// tells what came of it; nothing where no call is to be recorded.
    pub(crate) async fn recorded(&self, report: &Report) -> anyhow::Result<Option<Recorded>> {
        let Some(copies) = self.recordings.copies.as_ref() else {
            return Ok(None);
        };
        let all_done = async {
            let mut news = self.handle.news();
            while !self.is_put_away() && news.changed().await.is_ok() {}
        };
        // What is not done by then is told by whoever looks.
        let _ = tokio::time::timeout(PATIENCE, all_done).await;
        // As `recordings copy` does; what was due meanwhile is copied already.
        copies.copy(&Clock::system(), &|_| {}, &|| {}).await?;
        let site = recorded::Site {
            story: &self.story,
            report,
            made: &self.pbx.recordings(),
            files: &recorded::Files::of(&self.folder).await,
        };
        Ok(Some(self.desk.see(|state| site.account(state))))
    }

    /// Whether no recording should still turn up, and nothing is to be done with those that did.
    fn is_put_away(&self) -> bool {
        let recordings = self.handle.status().recordings;
        recordings.awaited == 0 && recordings.in_inbox == 0 && is_quiet(&self.handle, End::WrapUp)
    }

    /// The story.
    pub(crate) fn story(&self) -> &Story {
        &self.story
    }

    /// What the bridge keeps.
    pub(crate) fn reader(&self) -> &StoreReader {
        &self.reader
    }

    /// Whose each ticket is in Zendesk by now.
    pub(crate) fn requesters(&self) -> BTreeMap<u64, u64> {
        let tickets = Desk::tickets(&self.desk).into_iter();
        tickets.map(|ticket| (ticket.id, ticket.requester)).collect()
    }

    /// A ticket as it stands in Zendesk.
    #[cfg(test)]
    pub(crate) fn ticket(&self, id: u64) -> Option<bridge_sim::zendesk::TicketSnapshot> {
        self.desk.see(|state| state.ticket(id))
    }

    /// The bridge.
    pub(crate) fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Starts this program once more, as a second bridge on the same configuration; its exit code and what it says.
    pub(crate) async fn second_bridge(&self) -> anyhow::Result<(Option<i32>, String)> {
        let mut second = Command::new(std::env::current_exe().context("this program cannot be found")?);
        second.arg("--config").arg(&self.config).arg("run");
        second.stdin(Stdio::null()).env_remove("RUST_LOG");
        let ended = tokio::task::spawn_blocking(move || second.output()).await?;
        let ended = ended.context("a second bridge cannot be started")?;
        let said = String::from_utf8_lossy(&ended.stderr).trim().to_owned();
        Ok((ended.status.code(), said))
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
        let _ = tokio::join!(self.bridge, self.copies);
        self.surface.abort();
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
}

fn read(text: &str, file: &Path, base: &Path) -> anyhow::Result<Config> {
    let surroundings = Surroundings {
        base,
        env: &|_| Err("is not set".into()),
    };
    config::parse(text, file, &surroundings, Need::Everything).context("the configuration")
}

fn player(
    pbx: &SimStarface,
    desk: &SimZendesk,
    handle: &Handle,
    reader: &StoreReader,
    story: &Story,
    pace: Pace,
) -> Player {
    let wrap_up = Settings::of(story).wrap_up.div_f64(pace.speed);
    let (switched, quiet) = (handle.clone(), handle.clone());
    let (reasons, answers) = (reader.clone(), reader.clone());
    Player::new(pbx.clone(), desk.clone())
        .speed(pace.speed)
        .deadline(PATIENCE)
        .on_activation(move |active| {
            let handle = switched.clone();
            Box::pin(async move {
                // A bridge that has stopped shows at the end of the story.
                let _ = handle.set_active(active).await;
            })
        })
        .ask_reason(move |id| {
            let reader = reasons.clone();
            Box::pin(async move {
                let story = stored::call(&reader, &id, false).await.ok().flatten();
                story.map(|story| story.call.outcome)
            })
        })
        .ask_answered(move |id| {
            let reader = answers.clone();
            Box::pin(async move {
                let story = stored::call(&reader, &id, false).await.ok().flatten();
                let steps = story.map(|story| story.steps).unwrap_or_default();
                let answers = steps.iter().filter(|step| step.kind == "answer");
                let name = |what: &str| what.split([':', ' ']).next().map(str::to_owned);
                answers.filter_map(|step| name(&step.what)).collect()
            })
        })
        .wait_quiet(move |()| {
            let handle = quiet.clone();
            Box::pin(async move {
                if pace.end == End::WrapUp {
                    tokio::time::sleep(wrap_up + Duration::from_millis(500)).await;
                }
                while !is_quiet(&handle, pace.end) {
                    tokio::time::sleep(LOOK_AGAIN).await;
                }
            })
        })
}

/// Whether nothing is left to do.
pub(crate) fn is_quiet(handle: &Handle, end: End) -> bool {
    let status = handle.status();
    status.effects_waiting == 0 && (end == End::WrapUp || status.calls.is_empty())
}
