//! One story, played once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout_at};

use super::check::Scene;
use super::{Deed, Person, PlayedCall, Player, Progress, Report, Verdict};
use crate::starface::Caller;
use crate::story::{Act, Expected, Line, Number, Settings, Story, Verb, What};

/// After the wrap-up time, so long is left for what must not come.
const GRACE: Duration = Duration::from_millis(500);
/// The bridge does not tell when its reasons change, so it is asked again after so long.
const ASK_AGAIN: Duration = Duration::from_millis(100);
/// Nor does it tell when it has heard something; while a line waits for that, it is asked again after so long.
const HEAR_AGAIN: Duration = Duration::from_millis(20);

/// Clients ask every half minute at most whether they are still logged in.
const LOG_IN_AGAIN: Duration = Duration::from_secs(40);

pub(super) struct Run<'a> {
    player: &'a Player,
    story: &'a Story,
    old_tickets: BTreeSet<u64>,
    old_people: BTreeSet<u64>,
    calls: Mutex<Calls>,
    /// Lines that could not be played as they stand.
    broken: Vec<Verdict>,
}

/// The calls so far; shared with the watch on Zendesk.
#[derive(Default)]
struct Calls {
    played: Vec<PlayedCall>,
    /// First name of a call by any of its names.
    first: BTreeMap<String, String>,
    /// The PBX's id of the moment by any of its names.
    current: BTreeMap<String, String>,
    callers: BTreeMap<String, String>,
    /// Logins that are cut off.
    away: BTreeSet<String>,
    /// Calls that the bridge was told nothing of while they went on.
    unseen: BTreeSet<String>,
    seen: BTreeSet<u64>,
    popped: usize,
    /// Users that the bridge made, as they were when they first stood there: their numbers may be taken from them.
    made: BTreeMap<u64, Person>,
}

impl<'a> Run<'a> {
    pub(super) fn new(player: &'a Player, story: &'a Story) -> Self {
        let desk = &player.desk;
        Self {
            old_tickets: desk.tickets().iter().map(|ticket| ticket.id).collect(),
            // Users that the story gives stand already, even if an earlier story had the bridge make them.
            old_people: desk.people().iter().map(|person| person.id).collect(),
            calls: Mutex::new(Calls {
                popped: desk.pops().len(),
                ..Calls::default()
            }),
            broken: Vec::new(),
            player,
            story,
        }
    }

    pub(super) async fn play(mut self) -> Report {
        let ended = self.drive().await;
        self.tell(&Progress::Played);
        let found = self.wait(ended).await;
        let story = &self.story.title;
        let expected = self
            .story
            .expected
            .iter()
            .zip(found)
            .map(|((expected, line), found)| Verdict {
                story: story.clone(),
                line: *line,
                call: call_of(expected).map(str::to_owned),
                expected: expected.to_string(),
                holds: found.is_ok(),
                found: found.unwrap_or_else(|wrong| wrong),
            });
        let verdicts = self.broken.iter().cloned().chain(expected).collect();
        let scene = self.scene(None);
        let mut calls = std::mem::take(&mut self.calls().played);
        for call in &mut calls {
            call.tickets = scene.tickets_of(&call.call).iter().map(|ticket| ticket.id).collect();
        }
        Report {
            story: story.clone(),
            calls,
            verdicts,
        }
    }

    /// Plays line after line; returns when the last one was played.
    async fn drive(&mut self) -> Instant {
        let Some(first) = self.story.lines.first() else {
            return Instant::now();
        };
        let mut start = Instant::now();
        let story = self.story;
        let mut unheard: Vec<&str> = Vec::new();
        for line in &story.lines {
            match &line.what {
                What::Outcome { effect, .. } => unheard.push(effect),
                What::Order { .. } | What::Wake => {}
                What::Call { .. }
                | What::Gap(_)
                | What::Away(_)
                | What::Back(_)
                | What::Activation(_)
                | What::Agent { .. }
                | What::Zendesk { .. } => {
                    let due = start + self.player.real(line.at.saturating_sub(first.at));
                    self.watch_until(due).await;
                    let heard = self.hear(line, &mut unheard).await;
                    let waited = self.line(line).await;
                    if heard || waited {
                        // Whatever had to be waited for moves the rest of the story back.
                        start += Instant::now().saturating_duration_since(due);
                    }
                }
            }
        }
        Instant::now()
    }

    /// Waits until the bridge has heard what the story tells above this line. True if that took a while.
    async fn hear(&mut self, line: &Line, unheard: &mut Vec<&str>) -> bool {
        let Some(ask) = self.player.answered.clone() else {
            return false;
        };
        let until = Instant::now() + self.player.deadline;
        let mut changes = self.player.desk.changes();
        let mut waited = false;
        while let Some(effect) = unheard.first().copied() {
            changes.mark_unchanged();
            self.look();
            let (call, step) = effect.split_once('/').unwrap_or((effect, ""));
            let id = self.id_of(call);
            let unseen = self.calls().unseen.contains(call);
            let heard = match id {
                // It goes by a name of the bridge's own.
                Some(_) if unseen => true,
                Some(id) => ask(id).await.contains(step),
                None => false,
            };
            if heard {
                unheard.remove(0);
                continue;
            }
            if Instant::now() >= until {
                let found = format!("the bridge has not heard what comes of {effect}");
                self.broken(line, Some(call.to_owned()), found);
                unheard.clear();
                return true;
            }
            waited = true;
            let again = Instant::now() + HEAR_AGAIN;
            let _ = timeout_at(again.min(until), changes.changed()).await;
        }
        waited
    }

    /// The PBX's first id of a call.
    fn id_of(&self, call: &str) -> Option<String> {
        let calls = self.calls();
        let played = calls.played.iter().find(|played| played.call == call);
        played.map(|played| played.pbx_call.clone())
    }

    /// Waits, and meanwhile tells of tickets and screen pops.
    async fn watch_until(&self, due: Instant) {
        let mut changes = self.player.desk.changes();
        loop {
            changes.mark_unchanged();
            self.look();
            if timeout_at(due, changes.changed()).await.is_err() {
                break;
            }
        }
        sleep_until(due).await;
    }

    /// Tells of tickets and screen pops that have not been told of.
    fn look(&self) {
        let scene = self.scene(None);
        let mut told = Vec::new();
        {
            let mut calls = self.calls();
            let names: Vec<String> = calls.played.iter().map(|call| call.call.clone()).collect();
            for call in names {
                for ticket in scene.tickets_of(&call) {
                    if calls.seen.insert(ticket.id) {
                        told.push(Progress::TicketSeen {
                            call: call.clone(),
                            ticket: ticket.id,
                        });
                    }
                    for (_, agent) in scene.pops.iter().skip(calls.popped).filter(|(id, _)| *id == ticket.id) {
                        told.push(Progress::Popped {
                            call: call.clone(),
                            ticket: ticket.id,
                            agent: *agent,
                        });
                    }
                }
            }
            calls.popped = scene.pops.len();
            for person in &scene.people {
                if !self.old_people.contains(&person.id) {
                    calls.made.entry(person.id).or_insert_with(|| person.clone());
                }
            }
        }
        told.iter().for_each(|progress| self.tell(progress));
    }

    /// Plays one line. True if it had to wait for something that no clock rules.
    async fn line(&mut self, line: &Line) -> bool {
        match &line.what {
            What::Call { call, verb } => {
                self.call(call, verb, line.at);
                // Sessions hear of one event side by side; the next line must not overtake it on another session.
                self.player.pbx.settled().await;
                false
            }
            What::Gap(login) => {
                let gone = self.subscribed(login.as_deref());
                self.player.pbx.drop_sessions(login.as_deref());
                self.tell(&Progress::Gap { login: login.clone() });
                self.wait_subscribed(line, &gone).await;
                true
            }
            What::Away(login) => {
                let gone = self.subscribed(login.as_deref());
                self.player.pbx.with(|state, _| state.shut(login.as_deref()));
                self.calls().away.extend(gone);
                self.tell(&Progress::Gap { login: login.clone() });
                false
            }
            What::Back(login) => {
                self.player.pbx.with(|state, _| state.open(login.as_deref()));
                let of = |gone: &String| login.as_deref().is_none_or(|login| login == gone);
                let gone: Vec<String> = self.calls().away.iter().filter(|gone| of(gone)).cloned().collect();
                self.calls().away.retain(|gone| !of(gone));
                self.wait_subscribed(line, &gone).await;
                true
            }
            What::Activation(active) => {
                if let Some(switch) = &self.player.activation {
                    switch(*active).await;
                }
                self.tell(&Progress::Activation { active: *active });
                true
            }
            What::Zendesk { up } => {
                self.player.desk.set_up(*up);
                self.tell(&Progress::Zendesk { up: *up });
                false
            }
            What::Agent { agent, act } => {
                self.work(line, *agent, act).await;
                true
            }
            What::Order { .. } | What::Outcome { .. } | What::Wake => false,
        }
    }

    /// Whoever has a session with events; of all, or of one login.
    fn subscribed(&self, login: Option<&str>) -> Vec<String> {
        let found = self.player.pbx.with(|state, now| state.subscribed(now));
        found
            .into_iter()
            .filter(|found| login.is_none_or(|login| login == found.as_str()))
            .collect()
    }

    /// Waits until these have one again.
    async fn wait_subscribed(&mut self, line: &Line, gone: &[String]) {
        let gone: Vec<&str> = gone.iter().map(String::as_str).collect();
        let back = self.player.pbx.wait_subscribed(&gone);
        let until = Instant::now() + self.player.deadline.max(LOG_IN_AGAIN);
        if timeout_at(until, back).await.is_err() {
            self.broken(line, None, "the bridge did not log in again".to_owned());
        }
    }

    fn call(&self, name: &str, verb: &Verb, at: Duration) {
        let pbx = &self.player.pbx;
        self.note_unseen(name, verb);
        let (call, id) = self.named(name, at);
        let strs = |logins: &'_ [String]| logins.iter().map(String::as_str).map(str::to_owned).collect::<Vec<_>>();
        let progress = match verb {
            Verb::Rings {
                group,
                from,
                at,
                dialled,
            } => {
                let phones: Vec<&str> = at.iter().map(String::as_str).collect();
                pbx.ring(&id, group.as_deref(), caller(from), &phones, dialled.as_deref());
                let caller = self.came_from(&call, from);
                Progress::Rang {
                    call,
                    pbx_call: id,
                    caller,
                    group: group.clone(),
                    at: strs(at),
                }
            }
            Verb::Announced { group, from, at } => {
                let phones: Vec<&str> = at.iter().map(String::as_str).collect();
                pbx.announce(&id, group.as_deref(), caller(from), &phones);
                let caller = self.came_from(&call, from);
                Progress::Rang {
                    call,
                    pbx_call: id,
                    caller,
                    group: group.clone(),
                    at: strs(at),
                }
            }
            Verb::Answered { by, from, group } => {
                if let Some(from) = from {
                    self.came_from(&call, from);
                }
                pbx.answer(&id, by, from.as_ref().map(caller), group.as_deref());
                Progress::Answered {
                    call,
                    pbx_call: id,
                    by: by.clone(),
                }
            }
            Verb::Parked { by } => {
                pbx.park(&id, by);
                Progress::Parked { call, by: by.clone() }
            }
            Verb::Mailbox { at } => {
                pbx.mailbox(&id, at);
                Progress::Mailbox { call, at: at.clone() }
            }
            Verb::Ended { at } => {
                let phones: Vec<&str> = at.iter().map(String::as_str).collect();
                pbx.end(&id, &phones);
                Progress::Ended { call, at: at.clone() }
            }
            Verb::Becomes { call: new } => {
                // A consultation goes on as the call it was made for, under an id that stands already.
                let standing = self.calls().current.get(new).cloned();
                let new_id = standing.unwrap_or_else(|| pbx.new_call_id());
                pbx.change_id(&id, &new_id);
                let mut calls = self.calls();
                calls.first.insert(new.clone(), call.clone());
                for (_, current) in calls.current.iter_mut().filter(|(_, current)| **current == id) {
                    current.clone_from(&new_id);
                }
                calls.current.insert(new.clone(), new_id.clone());
                Progress::IdChanged { call, pbx_call: new_id }
            }
            Verb::Dials { number, by } => {
                pbx.dial(&id, number, by);
                Progress::Dialled {
                    call,
                    pbx_call: id,
                    by: by.clone(),
                }
            }
        };
        self.tell(&progress);
    }

    /// A call that begins where nobody listens has no id that the bridge could know.
    fn note_unseen(&self, name: &str, verb: &Verb) {
        let mut calls = self.calls();
        let at = match verb {
            Verb::Rings { at, .. } | Verb::Announced { at, .. } => at,
            Verb::Answered { .. }
            | Verb::Parked { .. }
            | Verb::Mailbox { .. }
            | Verb::Ended { .. }
            | Verb::Becomes { .. }
            | Verb::Dials { .. } => return,
        };
        if at.iter().all(|login| calls.away.contains(login)) {
            if !calls.first.contains_key(name) {
                calls.unseen.insert(name.to_owned());
            }
        } else {
            calls.unseen.remove(name);
        }
    }

    async fn work(&mut self, line: &Line, agent: u64, act: &Act) {
        let (call, deed, what) = match act {
            Act::SetRequester { call, requester } => (
                call,
                Deed::SetRequester(*requester),
                format!("sets the requester to {requester}"),
            ),
            Act::MergeRequester { call, into } => (
                call,
                Deed::MergeRequester(*into),
                format!("merges the requester into {into}"),
            ),
            Act::Close { call } => (call, Deed::Close, "closes the ticket".to_owned()),
            Act::Delete { call } => (call, Deed::Delete, "deletes the ticket".to_owned()),
            Act::Edit { call } => (call, Deed::Edit, "edits the ticket".to_owned()),
        };
        let first = self.calls().first.get(call).cloned().unwrap_or_else(|| call.clone());
        let until = Instant::now() + self.player.deadline;
        let mut changes = self.player.desk.changes();
        let ticket = loop {
            changes.mark_unchanged();
            self.look();
            if let [ticket, ..] = self.scene(None).tickets_of(&first).as_slice() {
                break ticket.id;
            }
            if timeout_at(until, changes.changed()).await.is_err() {
                return self.broken(
                    line,
                    Some(first),
                    format!("agent {agent} {what}, but there is no ticket"),
                );
            }
        };
        match self.player.desk.work(agent, ticket, deed) {
            Ok(()) => self.tell(&Progress::AgentActed {
                call: first,
                agent,
                what,
            }),
            Err(why) => self.broken(line, Some(first), format!("agent {agent} {what}, but {why}")),
        }
    }

    /// Waits until everything that is expected holds, and goes on holding when the bridge has come to rest.
    async fn wait(&self, ended: Instant) -> Vec<Result<String, String>> {
        let rest = ended + self.player.real(Settings::of(self.story).wrap_up) + GRACE;
        let deadline = rest + self.player.deadline;
        let mut changes = self.player.desk.changes();
        let mut rested = false;
        loop {
            changes.mark_unchanged();
            self.look();
            let found = self.found().await;
            let all = found.iter().all(Result::is_ok);
            if (all && rested) || Instant::now() >= deadline {
                return found;
            }
            if all {
                match &self.player.quiet {
                    Some(quiet) => {
                        let _ = timeout_at(deadline, quiet(())).await;
                    }
                    None => self.watch_until(rest).await,
                }
                rested = true;
                continue;
            }
            let again = if self.player.reason.is_some() {
                Instant::now() + ASK_AGAIN
            } else {
                deadline
            };
            let _ = timeout_at(again.min(deadline), changes.changed()).await;
        }
    }

    async fn found(&self) -> Vec<Result<String, String>> {
        let mut reasons = None;
        if let Some(ask) = &self.player.reason {
            let ids: Vec<(String, String)> = self
                .calls()
                .played
                .iter()
                .map(|call| (call.call.clone(), call.pbx_call.clone()))
                .collect();
            let mut told = BTreeMap::new();
            for (call, id) in ids {
                let asked = |(expected, _): &(Expected, usize)| matches!(expected, Expected::NoTicket { call: c, because: Some(_) } if *c == call);
                if self.story.expected.iter().any(asked)
                    && let Some(reason) = ask(id).await
                {
                    told.insert(call, reason);
                }
            }
            reasons = Some(told);
        }
        let scene = self.scene(reasons);
        self.story
            .expected
            .iter()
            .map(|(expected, _)| scene.check(expected))
            .collect()
    }

    fn scene(&self, reasons: Option<BTreeMap<String, String>>) -> Scene {
        let calls = self.calls();
        let desk = &self.player.desk;
        Scene {
            tickets: desk.tickets(),
            pops: desk.pops(),
            people: desk.people(),
            old_tickets: self.old_tickets.clone(),
            old_people: self.old_people.clone(),
            ids: calls
                .played
                .iter()
                .map(|call| (call.call.clone(), call.pbx_call.clone()))
                .collect(),
            callers: calls.callers.clone(),
            unseen: calls.unseen.clone(),
            made: calls.made.clone(),
            reasons,
        }
    }

    /// The first name of a call and the PBX's id of the moment; a call that is new gets one.
    fn named(&self, name: &str, at: Duration) -> (String, String) {
        let mut calls = self.calls();
        if let (Some(first), Some(id)) = (calls.first.get(name), calls.current.get(name)) {
            return (first.clone(), id.clone());
        }
        let id = self.player.pbx.new_call_id();
        calls.first.insert(name.to_owned(), name.to_owned());
        calls.current.insert(name.to_owned(), id.clone());
        let call = PlayedCall {
            call: name.to_owned(),
            pbx_call: id.clone(),
            began: at,
            tickets: Vec::new(),
        };
        calls.played.push(call);
        (name.to_owned(), id)
    }

    /// Remembers the caller; his number, if it is shown.
    fn came_from(&self, call: &str, from: &Number) -> Option<String> {
        let Number::Shown(number) = from else { return None };
        self.calls().callers.insert(call.to_owned(), number.clone());
        Some(number.clone())
    }

    fn broken(&mut self, line: &Line, call: Option<String>, found: String) {
        self.broken.push(Verdict {
            story: self.story.title.clone(),
            line: line.number,
            call,
            expected: "the line can be played".to_owned(),
            holds: false,
            found,
        });
    }

    fn tell(&self, progress: &Progress) {
        (self.player.progress)(progress);
    }

    fn calls(&self) -> std::sync::MutexGuard<'_, Calls> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn caller(from: &Number) -> Caller {
    match from {
        Number::Shown(number) => Caller::Shown(number.clone()),
        Number::Withheld => Caller::Withheld,
        Number::Untold => Caller::Untold,
    }
}

fn call_of(expected: &Expected) -> Option<&str> {
    match expected {
        Expected::NoTicket { call, .. } | Expected::Ticket { call, .. } => Some(call),
        Expected::UserNumber { .. } | Expected::Tickets(_) | Expected::UsersWith { .. } => None,
    }
}
