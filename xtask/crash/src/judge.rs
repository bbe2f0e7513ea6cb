//! What came of the calls: what is lost, what is doubled, what the journal says of it.

use std::collections::BTreeMap;

use bridge_sim::zendesk::{CommentSnapshot, State, TicketSnapshot};
use serde_json::Value;
use sqlx::{ConnectOptions as _, Connection as _, Row as _};

use crate::play::{Ending, Played};
use crate::site::Site;
use crate::story::Kind;

/// What is wrong after a run.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Wrong {
    /// What should be there and is not.
    pub(crate) lost: Vec<String>,
    /// What is there more than once, or at all and should not be.
    pub(crate) doubled: Vec<String>,
    /// What else is wrong.
    pub(crate) other: Vec<String>,
    /// What is wrong with files of recordings.
    pub(crate) files: WrongFiles,
}

/// What is wrong with files of recordings.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct WrongFiles {
    /// What should be attached or copied and is not.
    pub(crate) lost: Vec<String>,
    /// What is so more than once.
    pub(crate) twice: Vec<String>,
    /// What is not as it was recorded.
    pub(crate) differing: Vec<String>,
}

impl Wrong {
    /// Whether nothing is.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Looks at Zendesk.
pub(crate) fn desk(site: &Site, played: &[Played], new_user: bool) -> Wrong {
    site.desk.see(|state| account(state, played, new_user))
}

fn account(state: &State, played: &[Played], new_user: bool) -> Wrong {
    let mut wrong = Wrong::default();
    let expected = played.iter().filter(|played| played.call.kind.has_ticket()).count();
    for played in played {
        ticket(state, played, expected, &mut wrong);
    }
    let there = state.tickets().len();
    if there > expected {
        wrong.doubled.push(format!("{there} tickets for {expected} calls"));
    }
    numbers(state, played, new_user, &mut wrong);
    wrong
}

/// By the PBX's id of the call; a call that came and went while there was no bridge is known from the PBX's list, which
/// has no ids, so also by the caller's number: no two calls have the same.
fn tickets_of(state: &State, Played { call, id }: &Played) -> Vec<TicketSnapshot> {
    let by_id = format!(":{id}");
    let is_of_it = |ticket: &TicketSnapshot| {
        let named = ticket
            .external_id
            .as_deref()
            .is_some_and(|external| external.ends_with(&by_id));
        let tells = |comment: &CommentSnapshot| !call.from.is_empty() && comment.body.contains(&call.from);
        named || ticket.comments.first().is_some_and(tells)
    };
    state.tickets().into_iter().filter(is_of_it).collect()
}

fn ticket(state: &State, played: &Played, expected: usize, wrong: &mut Wrong) {
    let Played { call, id } = played;
    let tickets = tickets_of(state, played);
    let ids: Vec<u64> = tickets.iter().map(|ticket| ticket.id).collect();
    match (ids.len(), call.kind.has_ticket()) {
        // Of a call without a number, known from the PBX's list alone, the count of all tickets has to do.
        (0, true) if call.from.is_empty() && state.tickets().len() >= expected => {}
        (0, true) => wrong.lost.push(format!(
            "call {id} ({:?}, from `{}`) has no ticket",
            call.kind, call.from
        )),
        (0, false) | (1, true) => {}
        (_, true) => {
            let external: Vec<_> = tickets
                .iter()
                .map(|ticket| ticket.external_id.clone().unwrap_or_default())
                .collect();
            wrong.doubled.push(format!(
                "call {id} (from `{}`) has the tickets {ids:?}: {external:?}",
                call.from
            ));
        }
        (_, false) => wrong
            .doubled
            .push(format!("call {id} ({:?}) has the tickets {ids:?}", call.kind)),
    }
    for ticket in &tickets {
        let pops = state.pops().iter().filter(|pop| pop.ticket == ticket.id).count();
        if pops > 1 {
            wrong
                .doubled
                .push(format!("ticket {} was opened on a screen {pops} times", ticket.id));
        }
        let mut bodies = BTreeMap::<&str, usize>::new();
        for CommentSnapshot { body, public, .. } in &ticket.comments {
            *bodies.entry(body).or_default() += 1;
            if *public {
                wrong.other.push(format!("ticket {} has a public comment", ticket.id));
            }
        }
        if bodies.values().any(|count| *count > 1) {
            wrong.doubled.push(format!("ticket {} has a note twice", ticket.id));
        }
        // It may be told in the note of the recording.
        let telling = |text: &str| {
            ticket
                .comments
                .iter()
                .filter(|comment| comment.body.contains(text))
                .count()
        };
        let told = telling("was not added to the profile");
        if matches!(call.kind, Kind::Full(_)) && told != 1 {
            let wrongly = format!(
                "ticket {} tells {told} times that the number was not learned",
                ticket.id
            );
            if told == 0 {
                wrong.lost.push(wrongly)
            } else {
                wrong.doubled.push(wrongly)
            }
        }
        let summaries = telling("End of this call");
        if summaries > 1 {
            let twice = format!("ticket {} tells {summaries} times how the call went", ticket.id);
            wrong.doubled.push(twice);
        }
    }
}

/// Each learned number stands once, with whom the agent set.
fn numbers(state: &State, played: &[Played], new_user: bool, wrong: &mut Wrong) {
    for Played { call, id } in played {
        if call.from.is_empty() {
            continue;
        }
        let number = call.from.replacen("00", "+", 1);
        let mut owners = Vec::new();
        for user in state.users().into_iter().filter(|user| user.active) {
            let times = user.lines.iter().filter(|line| **line == number).count();
            if times > 1 {
                wrong
                    .doubled
                    .push(format!("user {} has the number of call {id} {times} times", user.id));
            }
            if times > 0 || user.phone.as_deref() == Some(&number) {
                owners.push(user.id);
            }
        }
        if owners.len() > 1 {
            wrong
                .doubled
                .push(format!("the number of call {id} belongs to {owners:?}"));
        }
        match call.kind {
            Kind::Learned(user) if owners != [user] => {
                wrong.lost.push(format!(
                    "the number of call {id} was not learned for {user}: {owners:?}"
                ));
            }
            Kind::Full(user) if owners.contains(&user) => {
                wrong
                    .other
                    .push(format!("the number of {user} was overwritten for call {id}"));
            }
            Kind::Full(_) if owners.is_empty() && new_user => {
                wrong
                    .lost
                    .push(format!("the number of call {id} was taken away and given to nobody"));
            }
            Kind::Answered | Kind::Learned(_) | Kind::Full(_) | Kind::Missed | Kind::Elsewhere => {}
        }
    }
}

/// Asks the bridge.
pub(crate) async fn bridge(site: &Site, played: &[Played], ending: Ending) -> Wrong {
    let mut wrong = Wrong::default();
    let list = site.ask("/api/calls?last=1000").await.unwrap_or_default();
    let lines = list["calls"].as_array().cloned().unwrap_or_default();
    for Played { call, id } in played.iter().filter(|played| played.call.kind.is_answered()) {
        let Some(line) = lines.iter().find(|line| line["id"] == **id) else {
            if ending == Ending::Careless {
                continue;
            }
            wrong
                .lost
                .push(format!("call {id} ({:?}) is not in the journal", call.kind));
            continue;
        };
        let tells = if call.kind.has_ticket() {
            line["ticket_id"].is_u64()
        } else {
            line["outcome"].as_str().is_some_and(|outcome| !outcome.is_empty())
        };
        if !tells {
            wrong.lost.push(format!(
                "the journal says nothing of call {id} ({:?}): {line}",
                call.kind
            ));
        }
    }
    let status = site.ask("/api/status").await.unwrap_or_default();
    if status["wedged"].as_array().is_none_or(|wedged| !wedged.is_empty()) {
        wrong.other.push(format!("wedged: {}", status["wedged"]));
    }
    if status["active"] != Value::Bool(true) {
        wrong.other.push("the activation is lost".to_owned());
    }
    wrong
}

/// Looks at the store of a bridge that has ended.
pub(crate) async fn store(site: &Site) -> Wrong {
    let mut wrong = Wrong::default();
    match verdict(site).await {
        Ok((verdict, twice)) => {
            if verdict != "ok" {
                wrong.other.push(format!("the store is damaged: {verdict}"));
            }
            if twice > 0 {
                wrong
                    .doubled
                    .push(format!("{twice} lines of calls' stories stand there twice"));
            }
        }
        Err(error) => wrong.other.push(format!("the store cannot be read: {error}")),
    }
    wrong
}

async fn verdict(site: &Site) -> Result<(String, i64), sqlx::Error> {
    let mut store = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(site.store())
        .connect()
        .await?;
    let verdict = sqlx::query("PRAGMA integrity_check").fetch_one(&mut store).await?;
    // One moment, to the microsecond, and one text: a batch that was written twice.
    let twice = "SELECT COUNT(*) FROM (SELECT 1 FROM steps GROUP BY call, at, kind, what, why HAVING COUNT(*) > 1)";
    let twice = sqlx::query(twice).fetch_one(&mut store).await?;
    let found = (verdict.try_get(0)?, twice.try_get(0)?);
    store.close().await?;
    Ok(found)
}

impl std::ops::AddAssign for Wrong {
    fn add_assign(&mut self, other: Self) {
        self.lost.extend(other.lost);
        self.doubled.extend(other.doubled);
        self.other.extend(other.other);
        self.files.lost.extend(other.files.lost);
        self.files.twice.extend(other.files.twice);
        self.files.differing.extend(other.files.differing);
    }
}

#[cfg(test)]
mod tests {
    use bridge_sim::zendesk::world::{OAUTH_TOKEN, default_zendesk};
    use bridge_sim::zendesk::{SimRequest, Switches};
    use reqwest::Method;
    use serde_json::json;

    use super::*;
    use crate::story;

    /// What a bridge leaves that forgets an order, posts one twice, or makes a ticket of a call that nobody answered.
    #[test]
    fn a_ticket_that_is_missing_is_lost_and_one_too_many_is_doubled() {
        let calls = story::fixed();
        let find = |kind: Kind| calls.iter().find(|call| call.kind == kind).cloned().unwrap();
        let played = |id: &str, kind: Kind| Played {
            call: find(kind),
            id: id.to_owned(),
        };
        let calls = [played("c1", Kind::Answered), played("c2", Kind::Missed)];
        for (tickets, lost, doubled) in [
            (vec!["c1"], 0, 0),
            (vec![], 1, 0),
            // Once as two tickets of the call, and once as a sum that is too high.
            (vec!["c1", "c1"], 0, 2),
            (vec!["c1", "c2"], 0, 2),
            (vec!["c2"], 1, 1),
        ] {
            let now = "2026-11-24T14:02:00Z".parse().unwrap();
            let mut state = default_zendesk(Switches::compressed(), now);
            for call in &tickets {
                let ticket = json!({"ticket": {
                    "external_id": format!("zendesk-bridge:starface:{call}"),
                    "requester_id": 400,
                    "comment": {"body": "rings", "public": false},
                }});
                let request = SimRequest::new(Method::POST, "/api/v2/tickets.json").bearer(OAUTH_TOKEN);
                assert_eq!(state.handle(&request.json(&ticket), now).status, 201);
            }
            let wrong = account(&state, &calls, false);
            assert_eq!(
                (wrong.lost.len(), wrong.doubled.len()),
                (lost, doubled),
                "{tickets:?}: {wrong:?}"
            );
            assert_eq!(wrong.other, Vec::<String>::new());
        }
    }
}
