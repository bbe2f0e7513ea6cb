//! A site to run a bridge on: both simulators in this process, a folder with a configuration, a port.

use std::path::{Path, PathBuf};
use std::time::Duration;

use ::site::{Configuration, Web};
use anyhow::Context;
use bridge_sim::starface::{self, SimStarface};
use bridge_sim::zendesk::{NewUser, SimZendesk, Switches};
use rand::Rng as _;
use rand::rngs::StdRng;
use serde_json::Value;
use tempfile::TempDir;

use crate::recordings::{GROUP, Recording, SUBDIRECTORY};

/// The folder in which recordings appear.
const INBOX: &str = "inbox";

/// Simulators and folder of one run.
pub(crate) struct Site {
    /// The simulated STARFACE.
    pub(crate) pbx: SimStarface,
    /// The simulated Zendesk.
    pub(crate) desk: SimZendesk,
    /// The bridge's pages.
    pub(crate) web: Web,
    folder: TempDir,
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
        let site = Self {
            pbx,
            desk,
            web: Web::new()?,
            folder,
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
        self.web.ask(path).await
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
        let configuration = Configuration {
            zendesk: &self.desk.url(),
            pbx: &self.pbx.url(),
            web: self.web.address(),
            request_share: None,
            new_user,
            // With and without: half of the runs that kill, and the disk of one whose callers are searched for.
            directory: !new_user,
            wrap_up: Duration::from_millis(200),
            lookup_patience: Some(Duration::from_millis(150)),
        };
        configuration.toml()
    }
}
