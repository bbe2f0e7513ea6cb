//! Plays calls on the simulated STARFACE, and agents' work in the simulated Zendesk, whatever becomes of the bridge.

use std::time::Duration;

use anyhow::bail;
use bridge_sim::starface::Caller;
use bridge_sim::world;
use tokio::time::{Instant, sleep, timeout};

use crate::bridge::{LOOK_AGAIN, PATIENCE};
use crate::site::Site;
use crate::story::Call;

/// So long nothing more happens when everything is over: longer than the wrap-up, after which tickets are read again.
const CALM: Duration = Duration::from_millis(300);

/// A call that was played.
#[derive(Clone, Debug)]
pub(crate) struct Played {
    /// As it was told.
    pub(crate) call: Call,
    /// The PBX's id of it.
    pub(crate) id: String,
}

/// When calls end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Ending {
    /// When the bridge has heard that they were answered: what it then loses, it has lost for itself.
    Heard,
    /// When they are over, and be it that they come and go while there is no bridge.
    Careless,
}

/// Plays one call to its end.
pub(crate) async fn play(site: &Site, call: &Call, ending: Ending) -> anyhow::Result<Played> {
    sleep(call.at).await;
    let id = site.pbx.new_call_id();
    let from = match call.from.as_str() {
        "" => Caller::Withheld,
        number => Caller::Shown(number.to_owned()),
    };
    let at = match call.kind.group() {
        "Lager" => vec!["0101"],
        _ => world::PBX_USERS.iter().map(|user| user.login).collect(),
    };
    site.pbx.ring(&id, Some(call.kind.group()), from, &at, None);
    sleep(call.rings).await;
    if call.kind.is_answered() {
        site.pbx.answer(&id, call.agent, None, None);
        let begun = Instant::now();
        if ending == Ending::Heard {
            heard(site, call, &id).await?;
        }
        if let Some(requester) = call.kind.requester() {
            work(site, &id, requester).await?;
        }
        sleep(call.talks.saturating_sub(begun.elapsed())).await;
    }
    site.pbx.end(&id, &[]);
    Ok(Played { call: call.clone(), id })
}

/// Waits until the bridge says that it knows of the answer.
async fn heard(site: &Site, call: &Call, id: &str) -> anyhow::Result<()> {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        let story = site.ask(&format!("/api/calls/{id}")).await.unwrap_or_default();
        if story["agent"].is_string() {
            return Ok(());
        }
        sleep(LOOK_AGAIN).await;
    }
    bail!("the bridge has not heard in {PATIENCE:?} of the answer of call {id}, {call:?}")
}

/// The agent sets the requester as soon as there is a ticket.
async fn work(site: &Site, id: &str, requester: u64) -> anyhow::Result<()> {
    let ticket = site.desk.wait_for(
        |state| {
            let tickets = state.tickets_by_external_id_suffix(&format!(":{id}"));
            tickets.first().map(|ticket| ticket.id)
        },
        PATIENCE,
    );
    // A ticket that never comes is told by whoever looks at the end.
    if let Ok(ticket) = ticket.await {
        site.desk
            .act(|state, now| state.set_requester(501, ticket, requester, now))?;
    }
    Ok(())
}

/// Waits until the bridge has nothing to do any more and `came` says that everything has come that must; what comes that
/// must not has a moment to do so.
pub(crate) async fn quiet(site: &Site, came: impl Fn() -> bool) -> anyhow::Result<()> {
    let calm = async {
        let mut calm = Duration::ZERO;
        while calm < CALM {
            let status = site.ask("/api/status").await.unwrap_or_default();
            let calls = status["calls"].as_array().cloned().unwrap_or_default();
            let goes_on = calls.iter().any(|call| call["state"] != "wrap-up");
            let is_calm = status["effects_waiting"] == 0 && !goes_on && came();
            calm = if is_calm { calm + LOOK_AGAIN } else { Duration::ZERO };
            sleep(LOOK_AGAIN).await;
        }
    };
    if timeout(PATIENCE, calm).await.is_ok() || !came() {
        // What has not come is told by whoever looks next.
        return Ok(());
    }
    let status = site.ask("/api/status").await.unwrap_or_default();
    bail!(
        "it does not come to rest: {} effects wait, calls {}, hindrances {}",
        status["effects_waiting"],
        status["calls"],
        status["hindrances"]
    )
}
