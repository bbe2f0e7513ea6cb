//! What the client makes of each behaviour that the simulated Zendesk has as a switch, over real HTTP. The table in
//! `crates/bridge-sim/docs/zendesk.md` names the test of each.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod records;
mod tokens;
mod trouble;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bridge_sim::zendesk::world::{self, CLIENT_ID, CLIENT_SECRET, OAUTH_TOKEN};
use bridge_sim::zendesk::{Clock, Fault, SimZendesk, Switches};
use jiff::{SignedDuration, Timestamp};
use zendesk_client::tickets::{NewComment, NewTicket, Ticket};
use zendesk_client::users::UserData;
use zendesk_client::{Client, Credentials, RetryPolicy, UserId};

/// A simulated Zendesk on a clock that only the test moves, and a client of it that repeats without waiting.
struct Site {
    zendesk: SimZendesk,
    client: Client,
    now: Arc<Mutex<Timestamp>>,
}

/// Nothing is late and nothing is limited, but for what the test says.
async fn site() -> Site {
    with(Switches::compressed()).await
}

async fn with(switches: Switches) -> Site {
    let now: Timestamp = "2026-11-24T14:02:00Z".parse().unwrap();
    let state = world::default_zendesk(switches, now);
    let now = Arc::new(Mutex::new(now));
    let clock = Clock::new({
        let now = Arc::clone(&now);
        move || *now.lock().unwrap()
    });
    let zendesk = SimZendesk::start_with("127.0.0.1:0", state, clock).await.unwrap();
    let client = client(&zendesk, Credentials::bearer(OAUTH_TOKEN.into()), 3);
    Site { zendesk, client, now }
}

fn client(zendesk: &SimZendesk, credentials: Credentials, tries: u32) -> Client {
    let mut policy = RetryPolicy::default();
    policy.tries = tries;
    policy.total_wait = Duration::ZERO;
    policy.first_pause = Duration::ZERO;
    let builder = Client::builder(zendesk.url(), credentials);
    builder.retry(policy).jitter(|| 0.0).build().unwrap()
}

impl Site {
    /// A client that asks for its tokens.
    fn oauth_client(&self) -> Client {
        client(&self.zendesk, Credentials::client(CLIENT_ID, CLIENT_SECRET.into()), 3)
    }

    fn switch(&self, change: impl FnOnce(&mut Switches)) {
        self.zendesk.act(|state, _| change(&mut state.switches));
    }

    fn fault(&self, fault: Fault) {
        self.switch(|switches| switches.faults = vec![fault]);
    }

    fn pass(&self, seconds: i64) {
        *self.now.lock().unwrap() += SignedDuration::from_secs(seconds);
    }

    /// How often this was asked.
    fn asked(&self, endpoint: &str) -> u64 {
        self.zendesk.see(|state| state.requests().count(endpoint))
    }

    /// A ticket that stands.
    async fn ticket(&self) -> Ticket {
        let made = self.client.tickets().create(&new_ticket(), None).await.unwrap();
        made.ticket.unwrap()
    }

    /// What whoever looks finds of [`new_ticket`].
    async fn found(&self) -> Vec<Ticket> {
        let found = self.client.tickets().list_by_external_id("c1");
        found.all().await.unwrap()
    }

    /// A user with a number.
    async fn karla(&self) -> UserId {
        let karla = UserData::new().name("Karla").phone("+4972112345");
        self.client.users().create(&karla).await.unwrap().id
    }

    /// How many numbers are lines of a user.
    async fn lines(&self, user: UserId) -> usize {
        let identities = self.client.identities().list(user).all().await.unwrap();
        identities.iter().filter(|line| line.is_phone_number()).count()
    }

    fn tickets(&self) -> usize {
        self.zendesk.see(|state| state.tickets().len())
    }
}

fn new_ticket() -> NewTicket {
    NewTicket::new(NewComment::internal("rings"))
        .requester(UserId::new(400))
        .external_id("c1")
}
