//! Wiring: from the configuration to the parts that do the work. The only place that knows all of them.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use bridge_core::port::{HelpDesk, Journal};
use bridge_core::settings::Settings;
use bridge_core::strategy::{DefaultUser, NewUser, UnknownCaller};
use bridge_runtime::inbox::Inbox;
use bridge_runtime::store::Store;
use bridge_runtime::zendesk::ZendeskDesk;
use bridge_runtime::{Bridge, Clock, Directory, Parts};
use jiff::SignedDuration;
use jiff::tz::TimeZone;
use pbx_starface::Starface;
use starface_client::rest::Rest;
use starface_client::uci::{Agent, WatchOptions};
use starface_client::{OAuthClient, Password, Server};
use zendesk_client::{Client, ClientBuilder, RetryPolicy};

use crate::config::{Config, Credentials, Proof, Unknown};
use crate::recordings::Recordings;

/// How long after the answer an opened ticket still helps the agent; later it would only disturb.
const POP_WINDOW: SignedDuration = SignedDuration::from_secs(20);
/// How long an administrator waits for one answer.
const AT_ONCE: Duration = Duration::from_secs(10);
/// A call of which nothing was heard for so long has ended unseen.
const SILENCE_LIMIT: SignedDuration = SignedDuration::from_hours(12);

/// The bridge itself, with its parts; nothing happens before it runs.
pub(crate) async fn bridge(
    config: &Config,
    client: &Client,
    store: Arc<Store>,
    recordings: &Recordings,
) -> anyhow::Result<Bridge> {
    let inbox = recordings.intake.clone().map(|intake| intake as Arc<dyn Inbox>);
    let directory = directory(config, &store).await?;
    let desk = desk(config, client, inbox.clone(), directory.clone());
    let journal: Arc<dyn Journal> = store;
    #[cfg(feature = "failpoints")]
    let (journal, desk) = crate::failpoints::between(journal, desk)?;
    let parts = Parts {
        settings: settings(config)?,
        default_user: config.callers.default_user.clone(),
        groups: config.groups.clone(),
        pbx: Arc::new(adapter(config)?),
        desk,
        journal,
        inbox,
        directory,
    };
    let bridge = Bridge::new(parts).on_start(config.on_start.into());
    Ok(bridge.look_into_inbox_every(recordings.look_every))
}

/// The core's view of the configuration.
pub(crate) fn settings(config: &Config) -> anyhow::Result<Settings> {
    let callers = &config.callers;
    let unknown_caller: Arc<dyn UnknownCaller> = match callers.unknown {
        Unknown::DefaultUser => Arc::new(DefaultUser),
        Unknown::NewUser => Arc::new(NewUser),
    };
    Ok(Settings {
        pbx: pbx::PbxName::new(&config.pbx.name),
        numbers: callers.plan.clone(),
        unknown_caller,
        wrap_up: signed(callers.wrap_up)?,
        lookup_patience: signed(callers.lookup_patience)?,
        number_fields: callers.number_fields.clone(),
        screen_pop: config.zendesk.screen_pop,
        pop_window: POP_WINDOW,
        silence_limit: SILENCE_LIMIT,
        tags: config.ticket.tags.clone(),
        language: config.ticket.language,
        time_zone: time_zone(config),
        recordings: config.recordings.rules.clone(),
    })
}

/// Of clock times in notes.
fn time_zone(config: &Config) -> TimeZone {
    config.ticket.time_zone.clone().unwrap_or_else(TimeZone::system)
}

/// The client for Zendesk. Nothing is sent yet.
pub(crate) fn zendesk(config: &Config) -> anyhow::Result<Client> {
    builder(config).build().context("zendesk.url")
}

/// The same for somebody who waits for the answer: what does not come at once does not come.
pub(crate) fn zendesk_at_once(config: &Config) -> anyhow::Result<Client> {
    let client = builder(config).timeout(AT_ONCE).retry(RetryPolicy::never());
    client.build().context("zendesk.url")
}

fn builder(config: &Config) -> ClientBuilder {
    let credentials = match &config.zendesk.credentials {
        Credentials::Client { id, secret } => zendesk_client::Credentials::client(id, secret.clone()),
        Credentials::Token(token) => zendesk_client::Credentials::bearer(token.clone()),
        Credentials::ApiToken { email, token } => zendesk_client::Credentials::api_token(email, token.clone()),
    };
    // Shown to agents in the history of a ticket.
    let name = concat!("zendesk-bridge/", env!("CARGO_PKG_VERSION"));
    Client::builder(config.zendesk.url.as_str(), credentials)
        .user_agent(name)
        .share(config.zendesk.request_share)
}

/// Zendesk as the core's help desk.
fn desk(
    config: &Config,
    client: &Client,
    inbox: Option<Arc<dyn Inbox>>,
    directory: Option<Directory>,
) -> Arc<dyn HelpDesk> {
    let mut desk = ZendeskDesk::new(client).with_head_numbers(config.callers.plan.clone());
    if let Some(inbox) = inbox {
        desk = desk.with_inbox(inbox);
    }
    if let Some(directory) = directory {
        desk = desk.with_directory(directory);
    }
    Arc::new(desk)
}

/// Who has which number, in the bridge's own store.
async fn directory(config: &Config, store: &Arc<Store>) -> anyhow::Result<Option<Directory>> {
    let callers = &config.callers;
    if !callers.directory {
        return Ok(None);
    }
    let (plan, fields) = (callers.plan.clone(), callers.number_fields.clone());
    let directory = Directory::open(Arc::clone(store), plan, fields, Clock::system()).await;
    directory.map(Some).context("the directory cannot be opened")
}

/// How many days an API token still works; `None` for credentials that last.
pub(crate) fn token_days_left(config: &Config) -> Option<i32> {
    let today = Clock::system().now().to_zoned(TimeZone::UTC).date();
    matches!(config.zendesk.credentials, Credentials::ApiToken { .. })
        .then(|| zendesk_client::api_token_days_left(today))
}

/// The adapter for the PBX; nothing is sent yet.
pub(crate) fn adapter(config: &Config) -> anyhow::Result<Starface> {
    let callback = &config.pbx.callback;
    let watch = WatchOptions::new(server(config)?, callback.listen, callback.url.clone(), agents(config));
    let password = Password::Plain(config.pbx.password.clone());
    let starface = Starface::new(pbx::PbxName::new(&config.pbx.name), &config.pbx.login, password, watch)?;
    // PBX and bridge stand in the same building more often than not.
    Ok(starface.time_zone(time_zone(config)))
}

/// Where the PBX is and how to trust it.
pub(crate) fn server(config: &Config) -> anyhow::Result<Server> {
    let mut server = Server::new(config.pbx.url.as_str()).context("pbx.url")?;
    if let Some(secret) = &config.pbx.client_secret {
        server = server.oauth(OAuthClient::new(secret.clone()));
    }
    let Some(file) = &config.pbx.ca_file else {
        return Ok(server);
    };
    let pem = std::fs::read(file).with_context(|| format!("pbx.ca_file: {} cannot be read", file.display()))?;
    Ok(server.ca_pem(pem))
}

/// The login that reads users and groups.
pub(crate) fn rest(config: &Config, server: &Server) -> anyhow::Result<Rest> {
    let password = Password::Plain(config.pbx.password.clone());
    Rest::new(server, &config.pbx.login, password).context("pbx.ca_file")
}

/// The logins whose calls are watched.
pub(crate) fn agents(config: &Config) -> Vec<Agent> {
    let agents = config.pbx.agents.iter().map(|agent| {
        let password = match &agent.proof {
            Proof::Password(password) => Password::Plain(password.clone()),
            Proof::Sha512(hash) => Password::Sha512(hash.clone()),
        };
        Agent::new(&agent.login, password)
    });
    agents.collect()
}

fn signed(duration: Duration) -> anyhow::Result<SignedDuration> {
    SignedDuration::try_from(duration).context("a duration is too long")
}
