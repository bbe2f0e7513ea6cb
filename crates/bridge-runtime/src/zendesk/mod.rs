//! The help desk port on Zendesk: each order of the core as one or a few requests, each answer as an outcome.
//!
//! What Zendesk will never do is an outcome too (a refusal); only what may go better later, or needs an administrator
//! first, is a failure. Nothing in here repeats an order beyond the few seconds of [`retry_policy`]; the lanes do that.

mod attach;
mod digits;
mod directory;
mod failure;
mod locks;
mod notes;
mod numbers;
mod people;
mod redact;
mod tickets;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bridge_core::desk::{Agent, Group, NumberField, Roster, UserId};
use bridge_core::effect::{Effect, Order, Priority};
use bridge_core::input::Outcome;
use bridge_core::number::{E164, NumberPlan};
use bridge_core::port::{Attempt, Carried, Failure, HelpDesk, ProfilePage, Sent};
use bridge_core::recording::Sha256;
use futures_util::try_join;
use zendesk_client::{Client, Exchange, Exchanges, RetryPolicy};

use crate::directory::Directory;
use crate::inbox::Inbox;
use failure::Doing;
use locks::Locks;

/// Zendesk as the help desk of the bridge. Clones are cheap and share everything.
#[derive(Clone)]
pub struct ZendeskDesk {
    client: Client,
    /// Makes one attempt only: for what must not happen twice.
    once: Client,
    /// Numbers for which a user is being set up right now.
    arriving: Locks<E164>,
    /// Users whose profile is being read and written right now.
    changing: Locks<UserId>,
    /// Who has which number, as far as that is known without asking.
    directory: Option<Directory>,
    /// By which plan callers are also searched for by head numbers.
    heads: Option<NumberPlan>,
    /// Where recordings are read.
    inbox: Option<Arc<dyn Inbox>>,
    /// Files that were uploaded and that no note has taken yet.
    uploads: Arc<Mutex<HashMap<Sha256, attach::Uploaded>>>,
}

impl fmt::Debug for ZendeskDesk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ZendeskDesk")
            .field("client", &self.client)
            .finish_non_exhaustive()
    }
}

/// How patient a single attempt at an order is: a few seconds. Whatever needs longer goes back to the lane, where
/// others may pass it.
#[must_use]
pub fn retry_policy() -> RetryPolicy {
    let mut policy = RetryPolicy::default();
    policy.tries = 3;
    policy.total_wait = Duration::from_secs(3);
    policy.first_pause = Duration::from_millis(250);
    policy
}

impl ZendeskDesk {
    /// A help desk on this client, whose retry policy gives way to [`retry_policy`].
    #[must_use]
    pub fn new(client: &Client) -> Self {
        Self::with_policy(client, retry_policy())
    }

    /// The same with a policy of one's own, such as none in tests.
    #[must_use]
    pub fn with_policy(client: &Client, policy: RetryPolicy) -> Self {
        let mut once = policy;
        once.tries = 1;
        Self {
            client: client.with_retry(policy),
            once: client.with_retry(once),
            arriving: Locks::default(),
            changing: Locks::default(),
            directory: None,
            heads: None,
            inbox: None,
            uploads: Arc::default(),
        }
    }

    /// The same with a directory, which answers look-ups that it can answer.
    #[must_use]
    pub fn with_directory(mut self, directory: Directory) -> Self {
        self.directory = Some(directory);
        self
    }

    /// The same where callers are also searched for by head numbers, if they count in this plan.
    #[must_use]
    pub fn with_head_numbers(mut self, plan: NumberPlan) -> Self {
        self.heads = Some(plan);
        self
    }

    /// The same with recordings to attach, which are read from this inbox.
    #[must_use]
    pub fn with_inbox(mut self, inbox: Arc<dyn Inbox>) -> Self {
        self.inbox = Some(inbox);
        self
    }

    /// What an order asks for, with this client.
    async fn do_it(&self, effect: &Effect, attempt: Attempt) -> Result<Outcome, Failure> {
        match &effect.order {
            Order::LookUp {
                number,
                digits,
                fields,
                live,
            } => self.who_calls(number, digits, fields, *live).await,
            Order::EnsureUser { number, name } => self.ensure_user(number, name).await,
            Order::OpenTicket(draft) => self.open_ticket(&effect.id, draft, attempt).await,
            Order::Pop { ticket, agent } => self.pop(*ticket, *agent).await,
            Order::ReadTicket { ticket } => self.read_ticket(*ticket).await,
            Order::SetRequester {
                ticket,
                requester,
                unless_changed_since,
            } => self.set_requester(*ticket, *requester, *unless_changed_since).await,
            Order::ReadUser { user, fields } => self.read_user(*user, fields).await,
            Order::WriteNumber { user, field, number } => self.write_number(*user, field, number).await,
            Order::TakeNumberBack { user, field, number } => self.take_number_back(*user, field, number).await,
            Order::ReleaseNumber { user, number } => self.release_number(*user, number).await,
            Order::AddNote { ticket, text } => self.add_note(*ticket, text).await,
            Order::Attach(draft) => self.attach(draft).await,
            Order::Redact { ticket, sha256 } => self.redact(*ticket, sha256).await,
            // The lanes have the telephone system do it.
            Order::Record { .. } => Err(Doing::Recording.impossible("the help desk records nothing")),
        }
    }
}

#[async_trait]
impl HelpDesk for ZendeskDesk {
    #[tracing::instrument(skip_all, fields(effect = %effect.id, attempt = attempt.number))]
    async fn carry_out(&self, effect: &Effect, attempt: Attempt) -> Carried {
        let exchanges = Exchanges::default();
        let client = self
            .client
            .with_priority(urgency(effect.priority))
            .with_exchanges(&exchanges);
        let result = Self { client, ..self.clone() }.do_it(effect, attempt).await;
        let exchanges = exchanges.take();
        // Screen pops go their own way and are not among them.
        let may_be_done = matches!(effect.order, Order::Pop { .. })
            || exchanges
                .iter()
                .any(|exchange| exchange.may_have_arrived && !exchange.method.is_safe());
        Carried {
            result,
            requests: exchanges.into_iter().map(sent).collect(),
            may_be_done,
        }
    }

    #[tracing::instrument(skip_all)]
    async fn roster(&self) -> Result<Roster, Failure> {
        let (users, groups) = try_join!(
            async {
                self.client
                    .users()
                    .agents()
                    .all()
                    .await
                    .map_err(Doing::ReadingAgents.fails())
            },
            async {
                self.client
                    .groups()
                    .list()
                    .all()
                    .await
                    .map_err(Doing::ReadingGroups.fails())
            },
        )?;
        let agents = users.into_iter().filter(zendesk_client::users::User::is_working_agent);
        let agents = agents.filter_map(|user| {
            let email = user.email.filter(|email| !email.is_empty())?;
            Some(Agent {
                id: ours(user.id),
                name: user.name,
                email,
            })
        });
        let groups = groups.into_iter().filter(|group| group.deleted != Some(true));
        let groups = groups.map(|group| Group {
            id: bridge_core::desk::GroupId::new(group.id.get()),
            name: group.name,
        });
        Ok(Roster {
            agents: agents.collect(),
            groups: groups.collect(),
        })
    }

    #[tracing::instrument(skip_all)]
    async fn profiles(&self, after: Option<String>, fields: Vec<NumberField>) -> Result<ProfilePage, Failure> {
        self.changed_users(after.as_deref(), &fields).await
    }

    #[tracing::instrument(skip_all)]
    async fn default_user(&self, email: &str) -> Result<UserId, Failure> {
        self.find_or_set_up(email).await
    }
}

/// How urgent an order is for the client, which keeps some of its share of Zendesk's limits for whoever cannot wait.
fn urgency(priority: Priority) -> zendesk_client::Priority {
    match priority {
        Priority::Prompt => zendesk_client::Priority::Person,
        Priority::Ringing | Priority::Complete => zendesk_client::Priority::Normal,
        Priority::Learn | Priority::Attach => zendesk_client::Priority::Background,
    }
}

/// An exchange for a call's story.
fn sent(exchange: Exchange) -> Sent {
    Sent {
        what: format!("{} {}", exchange.method, exchange.path),
        status: exchange.status.map(|status| status.as_u16()),
        request_id: exchange.request_id,
    }
}

/// A user id of the client as one of the core.
fn ours(user: zendesk_client::UserId) -> UserId {
    UserId::new(user.get())
}

/// A user id of the core as one of the client.
fn theirs(user: UserId) -> zendesk_client::UserId {
    zendesk_client::UserId::new(user.get())
}
