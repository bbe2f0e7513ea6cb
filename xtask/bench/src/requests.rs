//! How many requests each kind of call costs, counted at the simulated Zendesk.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Context;
use bridge_sim::starface::Caller;
use tokio::time::sleep;

use crate::report::Row;
use crate::site::{PATIENCE, Setup, Site, WITHOUT_NUMBER, shown};

const GROUP: &str = "requests";
/// So long a phone rings.
const RINGS: Duration = Duration::from_millis(200);

/// A call to be counted.
struct Kind {
    name: &'static str,
    caller: Caller,
    answered: bool,
    /// The agent sets this requester meanwhile.
    sets: Option<u64>,
}

/// One row for each kind of call, with a directory and without.
pub(crate) async fn measure() -> anyhow::Result<Vec<Row>> {
    let mut rows = Vec::new();
    for directory in [true, false] {
        for new_user in [false, true] {
            let setup = Setup {
                users: 50,
                directory,
                new_user,
            };
            let site = Site::start(setup).await?;
            for kind in kinds(new_user) {
                let (count, which) = counted(&site, &kind).await.context(kind.name)?;
                let way = if directory { "" } else { ", without a directory" };
                let row = Row::new(GROUP, format!("{}{way}", kind.name), "", &[count as f64]);
                rows.push(row.note(which));
            }
            site.stop().await?;
        }
    }
    Ok(rows)
}

fn kinds(new_user: bool) -> Vec<Kind> {
    let stranger = |n: u32| Caller::Shown(format!("004940{n:07}"));
    let kind = |name, caller, answered, sets| Kind {
        name,
        caller,
        answered,
        sets,
    };
    if new_user {
        return vec![kind("answered, unknown, a new user", stranger(1), true, None)];
    }
    vec![
        kind("answered, known", Caller::Shown(shown(7)), true, None),
        kind("answered, unknown", stranger(2), true, None),
        kind(
            "answered, unknown, number learned",
            stranger(3),
            true,
            Some(WITHOUT_NUMBER),
        ),
        kind("answered, withheld", Caller::Withheld, true, None),
        kind("nobody answers, known", Caller::Shown(shown(8)), false, None),
    ]
}

/// Plays the call; how many requests there were, and which.
async fn counted(site: &Site, kind: &Kind) -> anyhow::Result<(u64, String)> {
    let before = counts(site);
    let call = site.pbx.new_call_id();
    site.pbx
        .ring(&call, Some("Support"), kind.caller.clone(), &["0101", "0102"], None);
    sleep(RINGS).await;
    if kind.answered {
        site.pbx.answer(&call, "0101", None, None);
        let opened = |state: &bridge_sim::zendesk::State| {
            let tickets = state.tickets_by_external_id_suffix(&format!(":{call}"));
            tickets.first().map(|ticket| ticket.id)
        };
        let ticket = site.desk.wait_for(opened, PATIENCE).await.context("no ticket")?;
        if let Some(requester) = kind.sets {
            site.desk
                .act(|state, now| state.set_requester(501, ticket, requester, now))?;
        }
        sleep(RINGS).await;
    }
    site.pbx.end(&call, &[]);
    site.pbx.settled().await;
    site.quiet().await?;
    let mut which = counts(site);
    which.retain(|what, count| {
        *count -= before.get(what).copied().unwrap_or_default();
        *count > 0
    });
    let told: Vec<String> = which.iter().map(|(what, count)| format!("{count} {what}")).collect();
    Ok((which.values().sum(), told.join(", ")))
}

/// What is asked for calls: not what is read now and then.
fn counts(site: &Site) -> BTreeMap<String, u64> {
    site.desk.see(|state| {
        let mut counts = BTreeMap::new();
        for ((what, _), count) in state.requests().counts() {
            let now_and_then = ["/incremental/", "/oauth/", "/users/me", "GET /api/v2/groups"];
            let of_calls = !now_and_then.iter().any(|path| what.contains(path));
            if of_calls {
                *counts
                    .entry(what.replace("/api/v2", "").replace("/channels/voice", ""))
                    .or_default() += count;
            }
        }
        counts
    })
}
