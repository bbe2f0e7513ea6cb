//! Lines that somebody types while the simulators run: those of stories, without a time, and a few questions.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::play::{Deed, Desk as _};
use crate::setting::Settings;
use crate::starface::{Caller, SimStarface};
use crate::story::{self, Act, Number, Verb, What};
use crate::zendesk::SimZendesk;

/// What can be typed, in words.
pub const HELP: &str = "what can be typed:
  c1 rings group Support from 0721 123456 at 0101 0102   c1 is any name; `from withheld`; `dialled NUMBER` at the end
  c1 announced group Support from 0721 123456 at 0101    on its way, no phone rings yet
  c1 answered by 0101                                    also without a ring before: the target of a transfer
  c1 parked by 0101, c1 mailbox at 0101, c1 ended [at 0101 …], c1 becomes c2
  c3 dials 0721 123456 by 0101                           an outbound call
  gap [0101]                                             the PBX forgets sessions
  restart                                                the PBX starts anew
  agent 501 sets requester of c1 to 900                  also: merges requester of c1 into 900; closes, deletes, edits c1
  zendesk down, zendesk up
  calls, sessions, recordings, tickets, pops             what there is
  set starface.duplicates = true                         a switch, while it runs
  help, quit";

/// Takes lines and does what they say, to the simulators that there are.
#[derive(Debug)]
pub struct Typed {
    pbx: Option<SimStarface>,
    desk: Option<SimZendesk>,
    /// The lines so far that the format of stories took.
    history: String,
    /// Names of calls: the PBX's first id, and the one of the moment.
    calls: BTreeMap<String, (String, String)>,
}

impl Typed {
    /// For these simulators.
    #[must_use]
    pub fn new(pbx: Option<SimStarface>, desk: Option<SimZendesk>) -> Self {
        Self {
            pbx,
            desk,
            history: String::new(),
            calls: BTreeMap::new(),
        }
    }

    /// Does what a line says, and says what came of it.
    ///
    /// # Errors
    /// In words, when the line cannot be read or there is nobody to do it.
    pub fn line(&mut self, line: &str) -> Result<String, String> {
        match line.trim() {
            "help" | "?" => return Ok(HELP.to_owned()),
            "calls" => return Ok(self.told_calls()),
            "sessions" => return Ok(listed(self.pbx()?.logged_in().iter())),
            "recordings" => {
                let recordings = self.pbx()?.recordings();
                return Ok(listed(recordings.iter().map(|r| format!("{} by {}", r.call, r.login))));
            }
            "tickets" => {
                let tickets = self.desk()?.tickets();
                return Ok(listed(tickets.iter().map(|ticket| {
                    let id = |id: Option<u64>| id.map_or("none".to_owned(), |id| id.to_string());
                    let (group, assignee) = (id(ticket.group), id(ticket.assignee));
                    let external = ticket.external_id.as_deref().unwrap_or("-");
                    format!(
                        "{} requester {}, group {group}, agent {assignee}, {external}",
                        ticket.id, ticket.requester
                    )
                })));
            }
            "pops" => {
                return Ok(listed(
                    self.desk()?
                        .pops()
                        .iter()
                        .map(|(ticket, agent)| format!("{ticket} to {agent}")),
                ));
            }
            "restart" => {
                self.pbx()?.restart();
                self.calls.clear();
                return Ok("sessions, tokens and calls are gone".to_owned());
            }
            _ => {}
        }
        if let Some(assignment) = line.trim().strip_prefix("set ") {
            return self.set(assignment);
        }
        let told = format!("{}00:00:00 {}\n", self.history, line.trim());
        let story = story::parse(&told).map_err(|error| format!("{} (`help` says what there is)", error.message))?;
        let last = story.lines.last().filter(|last| last.number == told.lines().count());
        let done = self.act(
            &last
                .ok_or("nothing that can be done at once (`help` says what there is)")?
                .what,
        )?;
        self.history = told;
        Ok(done)
    }

    fn set(&self, assignment: &str) -> Result<String, String> {
        let mut settings = Settings::default();
        settings.assign(assignment)?;
        if let Some(pbx) = &self.pbx {
            pbx.with(|state, _| {
                settings
                    .starface(state.switches_mut())
                    .map(|new| *state.switches_mut() = new)
            })?;
        }
        if let Some(desk) = &self.desk {
            desk.act(|state, _| settings.zendesk(&state.switches).map(|new| state.switches = new))?;
        }
        Ok("set".to_owned())
    }

    fn act(&mut self, what: &What) -> Result<String, String> {
        match what {
            What::Call { call, verb } => self.call(call, verb),
            What::Gap(login) => {
                self.pbx()?.drop_sessions(login.as_deref());
                Ok("sessions are forgotten".to_owned())
            }
            What::Away(login) => {
                self.pbx()?.with(|state, _| state.shut(login.as_deref()));
                Ok("logins are cut off".to_owned())
            }
            What::Back(login) => {
                self.pbx()?.with(|state, _| state.open(login.as_deref()));
                Ok("logins are let in again".to_owned())
            }
            What::Zendesk { up } => {
                self.desk()?.set_up(*up);
                Ok(format!("Zendesk is {}", if *up { "back" } else { "away" }))
            }
            What::Agent { agent, act } => self.work(*agent, act),
            What::Activation(_) => Err("the bridge is not reached from here: use its own commands".to_owned()),
            What::Order { .. } | What::Outcome { .. } | What::Wake => {
                Err("that is for the tests of a bridge's core".to_owned())
            }
        }
    }

    fn call(&mut self, name: &str, verb: &Verb) -> Result<String, String> {
        let pbx = self.pbx()?.clone();
        check(&pbx, verb)?;
        let (_, id) = self
            .calls
            .entry(name.to_owned())
            .or_insert_with(|| {
                let id = pbx.new_call_id();
                (id.clone(), id)
            })
            .clone();
        match verb {
            Verb::Rings {
                group,
                from,
                at,
                dialled,
            } => {
                let at: Vec<&str> = at.iter().map(String::as_str).collect();
                pbx.ring(&id, group.as_deref(), caller(from), &at, dialled.as_deref());
            }
            Verb::Announced { group, from, at } => {
                let at: Vec<&str> = at.iter().map(String::as_str).collect();
                pbx.announce(&id, group.as_deref(), caller(from), &at);
            }
            Verb::Answered { by, from, group } => pbx.answer(&id, by, from.as_ref().map(caller), group.as_deref()),
            Verb::Parked { by } => pbx.park(&id, by),
            Verb::Mailbox { at } => pbx.mailbox(&id, at),
            Verb::Ended { at } => {
                let at: Vec<&str> = at.iter().map(String::as_str).collect();
                pbx.end(&id, &at);
            }
            Verb::Becomes { call: new } => {
                let next = pbx.new_call_id();
                pbx.change_id(&id, &next);
                let (first, _) = self.calls.get(name).cloned().unwrap_or_default();
                self.calls.insert(new.clone(), (first, next.clone()));
                return Ok(format!("{new} is {next}"));
            }
            Verb::Dials { number, by } => _ = pbx.dial(&id, number, by),
        }
        Ok(format!("{name} is {id}"))
    }

    fn work(&self, agent: u64, act: &Act) -> Result<String, String> {
        let (call, deed) = match act {
            Act::SetRequester { call, requester } => (call, Deed::SetRequester(*requester)),
            Act::MergeRequester { call, into } => (call, Deed::MergeRequester(*into)),
            Act::Close { call } => (call, Deed::Close),
            Act::Delete { call } => (call, Deed::Delete),
            Act::Edit { call } => (call, Deed::Edit),
        };
        let desk = self.desk()?;
        let (first, _) = self
            .calls
            .get(call)
            .ok_or_else(|| format!("there is no call `{call}`"))?;
        let ends = |external: &str| external.rsplit(':').next() == Some(first.as_str());
        let tickets = desk.tickets();
        let ticket = tickets
            .iter()
            .find(|ticket| ticket.external_id.as_deref().is_some_and(ends));
        let ticket = ticket.ok_or_else(|| format!("there is no ticket for `{call}` yet"))?.id;
        desk.work(agent, ticket, deed)?;
        Ok(format!("ticket {ticket} is changed"))
    }

    fn told_calls(&self) -> String {
        listed(self.calls.iter().map(|(name, (_, id))| format!("{name} is {id}")))
    }

    fn pbx(&self) -> Result<&SimStarface, String> {
        self.pbx.as_ref().ok_or_else(|| "there is no STARFACE here".to_owned())
    }

    fn desk(&self) -> Result<&SimZendesk, String> {
        self.desk.as_ref().ok_or_else(|| "there is no Zendesk here".to_owned())
    }
}

/// Whether the PBX has the logins and groups in this.
fn check(pbx: &SimStarface, verb: &Verb) -> Result<(), String> {
    let (logins, group): (Vec<&String>, _) = match verb {
        Verb::Rings { group, at, .. } | Verb::Announced { group, at, .. } => (at.iter().collect(), group.as_deref()),
        Verb::Answered { by, group, .. } => (vec![by], group.as_deref()),
        Verb::Parked { by } | Verb::Dials { by, .. } => (vec![by], None),
        Verb::Mailbox { at } => (vec![at], None),
        Verb::Ended { at } => (at.iter().collect(), None),
        Verb::Becomes { .. } => (Vec::new(), None),
    };
    if let Some(login) = logins.into_iter().find(|login| crate::world::pbx_user(login).is_none()) {
        return Err(format!("the PBX has no user `{login}`, there are 0101 to 0104"));
    }
    match group {
        Some(name) if pbx.with(|state, _| state.group_id(Some(name))).is_none() => Err(format!(
            "the PBX has no group `{name}`, there are Support, Sales and Lager"
        )),
        Some(_) | None => Ok(()),
    }
}

fn caller(from: &Number) -> Caller {
    match from {
        Number::Shown(number) => Caller::Shown(number.clone()),
        Number::Withheld => Caller::Withheld,
        Number::Untold => Caller::Untold,
    }
}

fn listed(items: impl Iterator<Item = impl std::fmt::Display>) -> String {
    let mut text = String::new();
    for item in items {
        let _ = writeln!(text, "{item}");
    }
    if text.is_empty() {
        "none".to_owned()
    } else {
        text.trim_end().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{starface, zendesk};

    async fn both() -> (Typed, SimStarface) {
        let pbx = SimStarface::start("127.0.0.1:0", starface::Switches::default())
            .await
            .unwrap();
        let desk = SimZendesk::start("127.0.0.1:0", zendesk::Switches::default())
            .await
            .unwrap();
        (Typed::new(Some(pbx.clone()), Some(desk)), pbx)
    }

    #[tokio::test]
    async fn calls_are_told_line_by_line() {
        let (mut typed, pbx) = both().await;
        let id = typed
            .line("c1 rings group Support from 0721 123456 at 0101 0102")
            .unwrap();
        let id = id.strip_prefix("c1 is ").unwrap().to_owned();
        assert_eq!(pbx.with(|state, _| state.calls()), std::slice::from_ref(&id));
        typed.line("c1 answered by 0102").unwrap();
        let changed = typed.line("c1 becomes c2").unwrap();
        let new = changed.strip_prefix("c2 is ").unwrap();
        assert_eq!(pbx.with(|state, _| state.calls()), [new.to_owned()]);
        assert_eq!(typed.line("calls").unwrap(), format!("c1 is {id}\nc2 is {new}"));
        typed.line("c2 ended").unwrap();
        assert!(pbx.with(|state, _| state.calls()).is_empty());
        assert_eq!(typed.line("sessions").unwrap(), "none");
        typed.line("zendesk down").unwrap();
        typed.line("zendesk up").unwrap();
        typed.line("gap 0101").unwrap();
        typed.line("set starface.duplicates = true").unwrap();
        assert!(pbx.with(|state, _| state.switches_mut().duplicates));
        typed.line("set starface.duplicate = true").unwrap_err();
        assert!(typed.line("help").unwrap().contains("dials"));
    }

    #[tokio::test]
    async fn what_cannot_be_done_is_said_and_forgotten() {
        let (mut typed, pbx) = both().await;
        for (line, part) in [
            ("c1 sings", "`help` says what there is"),
            ("c1 rings from 0721 123456 at 0999", "no user `0999`"),
            ("c1 rings group Kitchen from 0721 123456 at 0101", "no group `Kitchen`"),
            ("agent 501 closes c9", "c9"),
            ("activate", "not reached from here"),
            ("= tickets 1", "help"),
        ] {
            let error = typed.line(line).unwrap_err();
            assert!(error.contains(part), "{line}: {error}");
        }
        assert!(pbx.with(|state, _| state.calls()).is_empty());
        typed.line("c1 rings from withheld at 0101").unwrap();
        let error = typed.line("agent 501 closes c1").unwrap_err();
        assert_eq!(error, "there is no ticket for `c1` yet");
        let mut alone = Typed::new(Some(pbx), None);
        assert_eq!(alone.line("tickets").unwrap_err(), "there is no Zendesk here");
    }
}
