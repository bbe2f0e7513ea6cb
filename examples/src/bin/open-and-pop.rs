//! Opens a ticket and shows it on an agent's screen. Trying it again under the same name makes no second one.
//!
//! `cargo run -p examples --bin open-and-pop -- AGENT-ID NAME-OF-THE-CALL`

#![expect(clippy::print_stdout, reason = "a program for people")]

use anyhow::Context;
use examples::{argument, zendesk};
use zendesk_client::tickets::{NewComment, NewTicket};
use zendesk_client::{ErrorKind, IdempotencyKey, UserId};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let agent = UserId::new(
        argument(1, "the id of an agent")?
            .parse()
            .context("the id of an agent is a number")?,
    );
    let call = argument(2, "a name for the call, such as call-1")?;
    let zendesk = zendesk()?;

    // Nobody is told: the first comment is internal.
    let ticket = NewTicket::new(NewComment::internal("Somebody calls."))
        .subject("A call")
        .external_id(format!("examples:{call}"))
        .requester(zendesk.whoami().await?.id)
        .assignee(agent)
        .tags(["phone"]);
    let key = IdempotencyKey::new(format!("examples:{call}/ticket"))
        .context("a name is visible ASCII characters, 255 at most")?;
    let created = zendesk.tickets().create(&ticket, Some(key)).await?;
    let ticket = created
        .ticket
        .context("Zendesk put the ticket into the queue of suspended ones")?;
    println!("ticket {}", ticket.id);

    match zendesk.voice().display_ticket(agent, ticket.id).await {
        Ok(()) => println!("it opens on the screen of agent {agent}"),
        Err(error) if matches!(error.kind(), ErrorKind::Forbidden | ErrorKind::NoSuchEndpoint) => {
            println!("this account has no Talk Partner Edition");
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}
