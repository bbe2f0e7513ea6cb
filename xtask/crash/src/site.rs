//! A site to run a bridge on: both simulators in this process, a folder with a configuration, a port.

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::Context;
use bridge_sim::starface::{self, SimStarface};
use bridge_sim::world;
use bridge_sim::zendesk::{NewUser, SimZendesk, Switches};
use rand::Rng as _;
use rand::rngs::StdRng;
use serde_json::Value;
use tempfile::TempDir;

use crate::recordings::{GROUP, Recording, SUBDIRECTORY};

/// Below the ports that the system gives to outgoing connections: one that is free stays free between two starts.
const PORTS: std::ops::Range<u16> = 20_000..30_000;

/// The folder in which recordings appear.
const INBOX: &str = "inbox";

/// Simulators and folder of one run.
pub(crate) struct Site {
    /// The simulated STARFACE.
    pub(crate) pbx: SimStarface,
    /// The simulated Zendesk.
    pub(crate) desk: SimZendesk,
    folder: TempDir,
    web: String,
    client: reqwest::Client,
}

/// A user whom callers may turn out to be: id, number as Zendesk has it; without one he has none yet.
pub(crate) struct Customer {
    /// Zendesk's id.
    pub(crate) id: u64,
    /// The profile's number.
    pub(crate) phone: Option<String>,
}

impl Site {
    /// A site of its own, with these customers; `new_user` is how unknown callers are treated, `recording` how calls are
    /// recorded, if they are.
    pub(crate) async fn new(
        draw: &mut StdRng,
        customers: &[Customer],
        new_user: bool,
        recording: Option<Recording>,
    ) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("zendesk-bridge-torture-").tempdir()?;
        let switches = starface::Switches {
            seed: draw.random(),
            recording: recording
                .map(|recording| recording.switches(&folder.path().join(INBOX)))
                .unwrap_or_default(),
            ..starface::Switches::default()
        };
        let pbx = SimStarface::start("127.0.0.1:0", switches)
            .await
            .context("the simulated STARFACE")?;
        let desk = SimZendesk::start("127.0.0.1:0", Switches::compressed())
            .await
            .context("the simulated Zendesk")?;
        desk.act(|state, now| {
            for customer in customers {
                let user = NewUser {
                    id: Some(customer.id),
                    name: format!("Customer {}", customer.id),
                    phone: customer.phone.clone(),
                    ..NewUser::default()
                };
                state.add_user(user, now);
            }
        });
        let web = format!("127.0.0.1:{}", free_port()?);
        let site = Self {
            pbx,
            desk,
            folder,
            web,
            client: reqwest::Client::builder()
                .no_proxy()
                .pool_max_idle_per_host(0)
                .timeout(Duration::from_secs(2))
                .build()?,
        };
        std::fs::create_dir(site.inbox())?;
        std::fs::create_dir(site.share())?;
        let mut configuration = site.configuration(new_user);
        if let Some(recording) = recording {
            configuration.push_str(&site.recordings(recording));
        }
        std::fs::write(site.path().join("bridge.toml"), configuration)?;
        Ok(site)
    }

    /// Where configuration, store and log lie.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The store.
    pub(crate) fn store(&self) -> PathBuf {
        self.path().join("bridge.db")
    }

    /// Where recordings appear.
    pub(crate) fn inbox(&self) -> PathBuf {
        self.path().join(INBOX)
    }

    /// Where kept ones wait.
    pub(crate) fn spool(&self) -> PathBuf {
        self.path().join("spool")
    }

    /// Where they are copied to.
    pub(crate) fn share(&self) -> PathBuf {
        self.path().join("share")
    }

    /// Asks the bridge; `None` if it does not answer.
    pub(crate) async fn ask(&self, path: &str) -> Option<Value> {
        #[expect(clippy::disallowed_methods, reason = "asked once; whoever needs it asks again")]
        let answer = self
            .client
            .get(format!("http://{}{path}", self.web))
            .send()
            .await
            .ok()?;
        answer.json().await.ok()
    }

    /// Stops the simulators.
    pub(crate) async fn stop(&self) {
        self.pbx.stop().await;
        self.desk.stop().await;
    }

    /// Keeps the folder for whoever wants to see what happened.
    pub(crate) fn keep(mut self) -> PathBuf {
        self.folder.disable_cleanup(true);
        self.folder.path().to_owned()
    }

    /// Copies are made when they are asked for: it is long until the next 29th of February.
    fn recordings(&self, recording: Recording) -> String {
        format!(
            "[recordings]\ngroups = [{GROUP:?}]\ninbox = {INBOX:?}\nspool = \"spool\"\nstart = {start}\nsettle = \"30ms\"\n\
             [recordings.share]\nurl = \"file://{share}\"\nsubdirectory = {SUBDIRECTORY:?}\ncron = \"0 0 29 2 *\"\n",
            start = !recording.by_itself,
            share = self.share().display(),
        )
    }

    fn configuration(&self, new_user: bool) -> String {
        let agents: String = world::PBX_USERS
            .iter()
            .map(|user| {
                format!(
                    "[[pbx.agent]]\nlogin = {:?}\npassword = {:?}\n",
                    user.login, user.password
                )
            })
            .collect();
        format!(
            "[zendesk]\nurl = {zendesk:?}\nclient_id = {id:?}\nclient_secret = {secret:?}\n\
             [pbx]\nurl = {pbx:?}\nlogin = {login:?}\npassword = {password:?}\n\
             [pbx.callback]\nlisten = \"127.0.0.1:0\"\nurl = \"http://127.0.0.1:0\"\n{agents}\
             [callers]\ncountry = \"DE\"\narea_code = \"721\"\nunknown = {unknown:?}\ndefault_user = {default_user:?}\n\
             wrap_up = \"200ms\"\nlookup_patience = \"150ms\"\nnumber_fields = [\"phone\"]\n\
             directory = {directory}\n\
             [ticket]\ntime_zone = \"Europe/Berlin\"\n\
             [web]\nlisten = {web:?}\n",
            zendesk = self.desk.url(),
            id = world::CLIENT_ID,
            secret = world::CLIENT_SECRET,
            pbx = self.pbx.url(),
            login = world::ADMIN.login,
            password = world::ADMIN.password,
            unknown = if new_user { "new-user" } else { "default-user" },
            default_user = world::DEFAULT_USER.2,
            web = self.web,
            // With and without: half of the runs that kill, and the disk of one whose callers are searched for.
            directory = !new_user,
        )
    }
}

/// Each port once in this process, beginning anywhere.
fn free_port() -> anyhow::Result<u16> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let count = u32::from(PORTS.end - PORTS.start);
    // Other processes of this kind begin elsewhere.
    NEXT.compare_exchange(
        0,
        rand::rng().random_range(1..count),
        Ordering::Relaxed,
        Ordering::Relaxed,
    )
    .ok();
    for _ in 0..100 {
        let place = NEXT.fetch_add(1, Ordering::Relaxed) % count;
        let port = PORTS.start + u16::try_from(place)?;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(port);
        }
    }
    anyhow::bail!("no port from {PORTS:?} is free")
}
