//! The adapter: asks the PBX, opens and closes the stream.

use async_trait::async_trait;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use jiff::tz::TimeZone;
use pbx::{CallLog, ErrorKind, EventStream, Group, Pbx, PbxError, PbxName, Recorder, User};
use starface_client::rest::{Account, Rest};
use starface_client::uci::{Watch, WatchOptions};
use starface_client::{Error, Password};
use tokio::sync::Mutex;

use crate::roster;
use crate::translate::Translator;

/// Groups that are asked for at the same time.
const GROUPS_AT_ONCE: usize = 4;

/// A STARFACE.
///
/// [`Pbx::open`] fails only if the address for callbacks cannot be listened on. It does
/// **not** wait for any login: a PBX that is away and agents whom it refuses are told as
/// [`pbx::Event::Disconnected`], each session goes on trying by itself, and says [`pbx::Event::Connected`] when it is
/// in. So one agent's changed password never costs the calls of the others, and the stream never ends by itself. After
/// each `Connected` come the calls in progress between [`pbx::Event::SnapshotBegin`] and [`pbx::Event::SnapshotEnd`], or
/// [`pbx::Event::Gap`] where the PBX cannot tell them.
///
/// One stream at a time: opening another one ends the first.
#[derive(Debug)]
pub struct Starface {
    name: PbxName,
    /// Who reads users and groups, for messages.
    login: String,
    rest: Rest,
    pub(crate) options: WatchOptions,
    pub(crate) time_zone: Option<TimeZone>,
    pub(crate) watch: Mutex<Option<Watch>>,
}

impl Starface {
    /// An adapter that reads users and groups with this login and watches calls with these options. Nothing is sent yet.
    /// Another way out than the network ([`Server::service`](starface_client::Server::service)) and another way in than a
    /// listener ([`WatchOptions::callbacks`]) are taken from the options, for REST as for UCI.
    ///
    /// # Errors
    /// When the options make no sense: certificates that cannot be read, a login twice, a callback URL that is none.
    pub fn new(
        name: PbxName,
        login: impl Into<String>,
        password: Password,
        watch: WatchOptions,
    ) -> Result<Self, PbxError> {
        watch.check().map_err(sorted)?;
        let login = login.into();
        let rest = Rest::new(&watch.server, login.as_str(), password).map_err(sorted)?;
        Ok(Self {
            name,
            login,
            rest,
            options: watch,
            time_zone: None,
            watch: Mutex::new(None),
        })
    }

    /// The zone of the PBX's clock. Without it a time that the PBX tells without a zone, as it usually does, is left out, and
    /// its lists of calls cannot be read. How far the clock is off otherwise is measured by whoever reads the events.
    #[must_use]
    pub fn time_zone(mut self, zone: TimeZone) -> Self {
        self.time_zone = Some(zone);
        self
    }

    /// Accounts with their numbers, where the login may list them: they only add extensions.
    async fn accounts(&self) -> Result<Vec<Account>, PbxError> {
        use starface_client::ErrorKind::{Forbidden, NotFound};
        match self.rest.accounts().await {
            Ok(accounts) => Ok(accounts),
            Err(error) if matches!(error.kind(), Forbidden | NotFound) => {
                tracing::info!(login = %self.login, "the login may not list accounts: extensions are not known");
                Ok(Vec::new())
            }
            Err(error) => Err(sorted(error)),
        }
    }

    async fn rest_users(&self) -> Result<Vec<starface_client::rest::User>, PbxError> {
        let users = self.rest.users().await.map_err(sorted)?;
        let sees_others = users.iter().any(|user| user.login != self.login);
        let there_are_others = self.options.agents.iter().any(|agent| agent.login() != self.login);
        if there_are_others && !sees_others {
            // Without the right the PBX does not refuse, but shows everybody himself.
            return Err(PbxError::new(ErrorKind::Forbidden, self.lacks_rights()));
        }
        Ok(users)
    }

    fn lacks_rights(&self) -> String {
        let login = &self.login;
        format!(
            "the login {login} sees no users but itself: give it the administration rights for users and groups on the PBX"
        )
    }
}

#[async_trait]
impl Pbx for Starface {
    fn name(&self) -> &PbxName {
        &self.name
    }

    async fn users(&self) -> Result<Vec<User>, PbxError> {
        let users = self.rest_users().await?;
        let accounts = self.accounts().await?;
        Ok(roster::users(&users, &accounts))
    }

    async fn groups(&self) -> Result<Vec<Group>, PbxError> {
        let users = self.rest_users().await?;
        let listed = self.rest.groups().await.map_err(sorted)?;
        let (rest, users) = (&self.rest, &users);
        let groups = stream::iter(listed).map(|summary| async move {
            match rest.group(summary.id).await {
                Ok(group) => Ok(Some(roster::group(&summary, &group, users))),
                // Deleted between the two requests.
                Err(error) if error.kind() == starface_client::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(sorted(error)),
            }
        });
        let groups: Vec<Option<Group>> = groups.buffered(GROUPS_AT_ONCE).try_collect().await?;
        Ok(groups.into_iter().flatten().collect())
    }

    async fn open(&self) -> Result<EventStream, PbxError> {
        let mut running = self.watch.lock().await;
        if let Some(watch) = running.take() {
            watch.stop().await;
        }
        let (watch, notices) = Watch::start(self.options.clone()).await.map_err(sorted)?;
        *running = Some(watch);
        let mut translator = Translator::new(self.time_zone.clone());
        let events = notices.flat_map(move |notice| stream::iter(translator.translate(notice)).map(Ok));
        Ok(Box::pin(events))
    }

    fn call_log(&self) -> Option<&dyn CallLog> {
        self.time_zone.is_some().then_some(self)
    }

    fn recorder(&self) -> Option<&dyn Recorder> {
        Some(self)
    }

    async fn close(&self) {
        if let Some(watch) = self.watch.lock().await.take() {
            watch.stop().await;
        }
        if let Err(error) = self.rest.log_out().await {
            tracing::debug!(
                error = &error as &dyn std::error::Error,
                "the PBX did not take the good-bye"
            );
        }
    }
}

/// Sorts an error by what an administrator can do about it; its text is already meant for one.
pub(crate) fn sorted(error: Error) -> PbxError {
    use starface_client::ErrorKind as Client;
    let kind = match error.kind() {
        Client::Unreachable | Client::Certificate => ErrorKind::Unreachable,
        Client::Login => ErrorKind::Login,
        Client::Forbidden => ErrorKind::Forbidden,
        Client::Listen => ErrorKind::Listen,
        Client::Config | Client::NotFound | Client::Rejected | Client::Protocol | _ => ErrorKind::Protocol,
    };
    let what = match kind {
        ErrorKind::Listen => "the address for call events is not to be had",
        ErrorKind::Forbidden => "the PBX login lacks the administration rights for users and groups",
        ErrorKind::Unreachable | ErrorKind::Login | ErrorKind::Protocol | _ => "the STARFACE does not do what is asked",
    };
    PbxError::new(kind, what).caused_by(error)
}
