//! The requests of calls, made one after the other by a process that does nothing else: by bare `reqwest`, and by our own client.

use std::time::{Duration, Instant};

use anyhow::Context;
use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use zendesk_client::tickets::{NewComment, NewTicket};
use zendesk_client::{Client, Credentials, GroupId, IdempotencyKey, TicketId, UserId};

use crate::report::say;
use crate::site::phone;

const REQUESTER: u64 = 400;
const GROUP: u64 = 71;
const AGENT: u64 = 501;

#[derive(clap::Args)]
pub(crate) struct CallsOnce {
    /// Where the simulated Zendesk is
    url: String,
    /// A token for it
    token: String,
    /// How many calls
    calls: u64,
}

/// What such a process tells, in seconds.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Told {
    /// Processor time from its start until the connection stands.
    pub(crate) start: f64,
    /// Processor time of the calls.
    pub(crate) processor: f64,
    /// How long they took.
    pub(crate) wall: f64,
}

/// By `reqwest` alone, which knows what to ask.
pub(crate) async fn bare(once: &CallsOnce) -> anyhow::Result<()> {
    let client = reqwest::Client::builder().no_proxy().build()?;
    let post = |path: String, body: Value| {
        let request = client.post(format!("{}{path}", once.url)).bearer_auth(&once.token);
        let request = request.json(&body);
        async move {
            #[expect(clippy::disallowed_methods, reason = "this is what the bridge is compared with")]
            let answer = request.send().await?.error_for_status()?;
            anyhow::Ok(answer.bytes().await?)
        }
    };
    tell(once.calls, async |n| {
        let body = json!({"ticket": {"external_id": format!("bare:{n}"), "subject": subject(n),
            "comment": {"body": comment(n), "public": false},
            "requester_id": REQUESTER, "group_id": GROUP, "assignee_id": AGENT, "tags": ["phone"]}});
        let answer = post("/api/v2/tickets".to_owned(), body).await?;
        let ticket: Value = serde_json::from_slice(&answer)?;
        let ticket = &ticket["ticket"]["id"];
        let display = format!("/api/v2/channels/voice/agents/{AGENT}/tickets/{ticket}/display");
        post(display, json!({})).await?;
        Ok(())
    })
    .await
}

/// By `zendesk-client`, as the bridge uses it: with an idempotency key.
pub(crate) async fn client(once: &CallsOnce) -> anyhow::Result<()> {
    let client = Client::builder(&once.url, Credentials::bearer(once.token.as_str().into()))
        .share(1.0)
        .build()?;
    tell(once.calls, async |n| {
        let ticket = NewTicket::new(NewComment::internal(comment(n)))
            .external_id(format!("zendesk-client:{n}"))
            .subject(subject(n))
            .requester(UserId::new(REQUESTER))
            .group(GroupId::new(GROUP))
            .assignee(UserId::new(AGENT))
            .tags(["phone"]);
        let key = IdempotencyKey::new(format!("zendesk-client:{n}")).context("no key")?;
        let created = client.tickets().create(&ticket, Some(key)).await?;
        let ticket: TicketId = created.ticket.context("no ticket")?.id;
        client.voice().display_ticket(UserId::new(AGENT), ticket).await?;
        Ok(())
    })
    .await
}

/// Makes the calls and says what they took. The first one, which opens the connection, does not count.
#[expect(clippy::disallowed_methods, reason = "measuring is what this program is for")]
async fn tell(calls: u64, call: impl AsyncFn(u64) -> anyhow::Result<()>) -> anyhow::Result<()> {
    call(0).await?;
    let (start, begun) = (processor_time(), Instant::now());
    for n in 1..=calls {
        call(n).await?;
    }
    let told = Told {
        start: start.as_secs_f64(),
        processor: (processor_time() - start).as_secs_f64(),
        wall: begun.elapsed().as_secs_f64(),
    };
    say(&serde_json::to_string(&told)?)?;
    Ok(())
}

/// Of this process, all threads.
fn processor_time() -> Duration {
    let used = clock_gettime(ClockId::ProcessCPUTime);
    let (seconds, nanoseconds) = (used.tv_sec.unsigned_abs(), used.tv_nsec.unsigned_abs());
    Duration::from_secs(seconds) + Duration::from_nanos(nanoseconds)
}

fn subject(n: u64) -> String {
    format!("Call from {}", phone(n))
}

fn comment(n: u64) -> String {
    format!(
        "Number: {}\nGroup: Support\nAgent: Anna Muster\nAnswered: 14:02:05",
        phone(n)
    )
}
