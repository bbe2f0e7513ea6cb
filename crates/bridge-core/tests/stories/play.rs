//! One story against one core.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use bridge_core::call::{CallKey, CallState, CallSummary, Phase};
use bridge_core::call_log::{LogRequest, Logs};
use bridge_core::core::Core;
use bridge_core::effect::{EffectId, Order};
use bridge_core::input::Input;
use bridge_core::matching::Matching;
use bridge_core::number::E164;
use bridge_core::settings::Settings;
use bridge_sim::story::{self, Expected, Number, Story, Verb, What};
use jiff::{SignedDuration, Timestamp};
use pbx::{CallId, Dialled, Direction, Event, LegEvent, LegState, LoggedCall};

use recorded::Recorder;
use shown::{Phone, logins, shown};

use crate::desk::Desk;
use crate::support;
use crate::words::{self, Said};

/// So long a story goes on by itself after its last line: longer than any wrap-up.
const REST: SignedDuration = SignedDuration::from_hours(2);

mod listed;
mod recorded;
mod shown;

pub(crate) struct Play<'a> {
    story: &'a Story,
    mode: Mode,
    settings: Settings,
    matching: Matching,
    core: Core,
    desk: Desk,
    /// What the journal would hold.
    calls: BTreeMap<CallKey, CallState>,
    summaries: BTreeMap<CallKey, CallSummary>,
    /// Orders that no `>` line has named yet: effect, wording.
    unnamed: VecDeque<(EffectId, String)>,
    orders: BTreeMap<EffectId, Order>,
    settled: Vec<EffectId>,
    /// When the help desk answers what, where it answers by itself.
    answers: VecDeque<(Timestamp, EffectId)>,
    desk_is_up: bool,
    /// The first name of a call by any of its names.
    first: BTreeMap<String, String>,
    phones: BTreeMap<String, BTreeMap<String, Phone>>,
    /// Logins that nothing is told to.
    away: BTreeSet<String>,
    /// What the PBX's own lists hold: login, call, entry.
    list: Vec<(String, String, LoggedCall)>,
    /// What the journal would hold of them.
    logs: Logs,
    recorder: Recorder,
    now: Timestamp,
}

/// How a story is played.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Mode {
    /// Outcomes come from the `<` lines, and orders must be those of the `>` lines. Otherwise the small help desk answers by
    /// itself, as the simulated one would, and only the `=` lines are looked at.
    pub(crate) by_the_lines: bool,
    /// The PBX has lists of calls.
    pub(crate) lists: bool,
    /// The core is restored after every input from what the journal would hold.
    pub(crate) restoring: bool,
}

impl<'a> Play<'a> {
    pub(crate) fn new(story: &'a Story, mode: Mode) -> Self {
        let of = story::Settings::of(story);
        let settings = support::settings(&of);
        let mut play = Self {
            story,
            mode,
            core: Core::new(settings.clone()),
            settings,
            matching: support::matching(&of.include),
            desk: Desk::new(story),
            calls: BTreeMap::new(),
            summaries: BTreeMap::new(),
            unnamed: VecDeque::new(),
            orders: BTreeMap::new(),
            settled: Vec::new(),
            answers: VecDeque::new(),
            desk_is_up: true,
            first: BTreeMap::new(),
            phones: BTreeMap::new(),
            away: BTreeSet::new(),
            list: Vec::new(),
            logs: Logs::default(),
            recorder: Recorder::default(),
            now: support::midnight(),
        };
        let owners = bridge_sim::world::PBX_USERS
            .iter()
            .map(|user| pbx::UserId::new(user.login));
        if mode.lists {
            play.handle(Input::Logs {
                owners: owners.collect(),
            });
        }
        play.handle(Input::Pbx(Event::Connected { owner: None }));
        play.handle(Input::Activation { active: of.active });
        play.handle(Input::Matched(play.matching.clone()));
        play
    }

    pub(crate) fn run(mut self) -> Result<(), String> {
        for line in &self.story.lines {
            let at = support::midnight() + SignedDuration::try_from(line.at).unwrap();
            self.line(&line.what, at)
                .map_err(|error| format!("line {}: {error}", line.number))?;
        }
        self.desk_is_up = true;
        self.pass_time(self.now + REST);
        self.all_named().map_err(|error| format!("at the end: {error}"))?;
        for (expected, line) in &self.story.expected {
            self.check(expected)
                .map_err(|error| format!("line {line}: {expected}: {error}"))?;
        }
        Ok(())
    }

    fn line(&mut self, what: &What, at: Timestamp) -> Result<(), String> {
        match what {
            What::Order { .. } | What::Outcome { .. } if !self.mode.by_the_lines => return Ok(()),
            What::Order { effect, text } => return self.order(effect, text),
            What::Outcome { effect, text } => {
                self.all_named()?;
                self.pass_time(at);
                self.all_named()?;
                return self.outcome(effect, text);
            }
            What::Wake => {
                self.all_named()?;
                self.pass_time(at);
                self.handle(Input::Wake);
                return Ok(());
            }
            What::Call { .. }
            | What::Gap(_)
            | What::Away(_)
            | What::Back(_)
            | What::Activation(_)
            | What::Agent { .. }
            | What::Zendesk { .. } => {}
        }
        self.all_named()?;
        self.pass_time(at);
        self.all_named()?;
        match what {
            What::Call { call, verb } => {
                self.call(call, verb);
                self.recorder.follow(
                    call,
                    verb,
                    self.phones.get(call).is_none_or(BTreeMap::is_empty),
                    self.now,
                );
            }
            What::Gap(login) => {
                let owner = login.as_deref().map(pbx::UserId::new);
                self.handle(Input::Pbx(Event::Gap { owner }));
            }
            What::Away(login) => {
                for user in logins(login.as_deref()) {
                    let (owner, why) = (Some(pbx::UserId::new(user)), "the PBX is away".to_owned());
                    self.handle(Input::Pbx(Event::Disconnected { owner, why }));
                    self.away.insert(user.to_owned());
                }
            }
            What::Back(login) => {
                for user in logins(login.as_deref()) {
                    self.away.remove(user);
                    self.snapshot(user);
                }
            }
            What::Activation(active) => self.handle(Input::Activation { active: *active }),
            What::Agent { agent: _, act } => {
                let first: BTreeMap<String, String> = self
                    .first
                    .iter()
                    .map(|(name, first)| (name.clone(), self.key_of(first).as_str().to_owned()))
                    .collect();
                self.desk.act(
                    |call| first.get(call).map_or(call, String::as_str).to_owned(),
                    act,
                    self.now,
                )?;
            }
            What::Zendesk { up } => {
                self.desk_is_up = *up;
                self.answer();
            }
            What::Order { .. } | What::Outcome { .. } | What::Wake => {}
        }
        self.answer();
        Ok(())
    }

    /// Lets time pass, with every moment in between that the core asks to be woken at, or that brings an answer.
    fn pass_time(&mut self, until: Timestamp) {
        loop {
            let answer = self.answers.iter().map(|(at, _)| *at).min().filter(|_| self.desk_is_up);
            let wake = self.core.poll_timeout();
            let found = self.recorder.due();
            let Some(due) = answer
                .into_iter()
                .chain(wake)
                .chain(found)
                .min()
                .filter(|due| *due <= until)
            else {
                break;
            };
            self.now = self.now.max(due);
            if let Some(recording) = self.recorder.take(self.now) {
                self.handle(Input::Recording(recording));
            }
            if wake.is_some_and(|wake| wake <= self.now) {
                self.handle(Input::Wake);
                let next = self.core.poll_timeout();
                assert!(
                    next.is_none_or(|next| next > self.now),
                    "a deadline that does not go away"
                );
            }
            self.answer();
        }
        self.now = self.now.max(until);
    }

    /// Lets the help desk answer what is due.
    fn answer(&mut self) {
        while self.desk_is_up
            && let Some(index) = self.answers.iter().position(|(at, _)| *at <= self.now)
            && let Some((_, effect)) = self.answers.remove(index)
        {
            let order = self.orders[&effect].clone();
            let outcome = self.desk.carry_out(&order);
            let (call, _) = effect.as_str().rsplit_once('/').unwrap();
            self.desk.apply(call, &order, &outcome, self.now);
            self.recorder.ask(&order, &outcome, self.now);
            self.handle(Input::Outcome { effect, outcome });
        }
    }

    fn handle(&mut self, input: Input) {
        self.core.handle(input, self.now);
        if let Some(logs) = self.core.poll_logs() {
            self.logs = logs;
        }
        let requests: Vec<LogRequest> = std::iter::from_fn(|| self.core.poll_log_request()).collect();
        while let Some(change) = self.core.poll_change() {
            self.summaries.insert(change.summary.key.clone(), change.summary);
            self.calls.insert(change.state.key.clone(), change.state);
        }
        while let Some(effect) = self.core.poll_effect() {
            assert!(!self.orders.contains_key(&effect.id), "{} is given twice", effect.id);
            if self.mode.by_the_lines {
                let told = self.told_as(&effect.id);
                self.unnamed.push_back((told, words::order(&effect.order)));
            } else {
                let searches = matches!(effect.order, Order::LookUp { .. });
                let takes = if searches {
                    self.desk.search_takes
                } else {
                    Duration::ZERO
                };
                self.answers
                    .push_back((self.now + SignedDuration::try_from(takes).unwrap(), effect.id.clone()));
            }
            self.orders.insert(effect.id, effect.order);
        }
        while let Some(effect) = self.core.poll_withdrawal() {
            if self.mode.by_the_lines {
                self.unnamed.push_back((self.told_as(&effect), "withdrawn".into()));
            } else {
                self.answers.retain(|(_, waiting)| *waiting != effect);
            }
        }
        if self.mode.restoring {
            let active = self.core.is_active();
            let matching = self.core.matching().cloned();
            self.core = Core::restore(
                self.settings.clone(),
                self.calls.values().cloned().collect(),
                matching,
                active,
            )
            .with_logs(self.logs.clone());
        }
        for request in requests {
            self.read_list(&request);
        }
    }

    fn all_named(&self) -> Result<(), String> {
        match self.unnamed.front() {
            None => Ok(()),
            Some((effect, text)) => Err(format!("no line for `> {effect} {text}` at {}", self.now)),
        }
    }

    fn order(&mut self, effect: &str, text: &str) -> Result<(), String> {
        let Some((found, order)) = self.unnamed.pop_front() else {
            return Err(format!(
                "nothing was ordered, but `> {effect} {text}` expected at {}",
                self.now
            ));
        };
        if found.as_str() == effect && words::names(text, &order) {
            Ok(())
        } else {
            Err(format!("ordered: `> {found} {order}`"))
        }
    }

    fn outcome(&mut self, effect: &str, text: &str) -> Result<(), String> {
        let effect = self.meant_by(effect);
        let order = self.orders.get(&effect).ok_or(format!("{effect} was not ordered"))?;
        if self.settled.contains(&effect) {
            return Err(format!("{effect} is settled already"));
        }
        match words::outcome(&self.desk, &effect, order, text, self.now)? {
            Said::Postponed(why) => self.handle(Input::Postponed {
                effect,
                attempts: 1,
                why,
                again_at: self.now + SignedDuration::from_secs(5),
            }),
            Said::Outcome(outcome) => {
                let (call, _) = effect.as_str().rsplit_once('/').unwrap_or_default();
                self.desk.apply(call, order, &outcome, self.now);
                self.recorder.ask(order, &outcome, self.now);
                if !matches!(outcome, bridge_core::input::Outcome::Wedged { .. }) {
                    self.settled.push(effect.clone());
                }
                self.handle(Input::Outcome { effect, outcome });
            }
        }
        Ok(())
    }

    /// What the PBX does, and what it tells of it: an event for each participant.
    fn call(&mut self, name: &str, verb: &Verb) {
        let first = self.first.entry(name.to_owned()).or_insert(name.to_owned()).clone();
        let phones = self.phones.entry(name.to_owned()).or_default().clone();
        match verb {
            Verb::Rings {
                group,
                from,
                at,
                dialled,
            } => {
                for login in at {
                    self.offer(name, login, LegState::Ringing, group.as_ref(), from, dialled.as_ref());
                }
            }
            Verb::Announced { group, from, at } => {
                for login in at {
                    self.offer(name, login, LegState::Announced, group.as_ref(), from, None);
                }
            }
            Verb::Answered { by, from, group } => {
                let other = phones.values().find(|phone| phone.direction == Direction::Inbound);
                let mut phone = phones.get(by).cloned().unwrap_or_else(|| Phone {
                    state: LegState::Connected,
                    direction: Direction::Unknown,
                    caller: other.and_then(|other| other.caller.clone()),
                    called: None,
                    group: other.and_then(|other| other.group.clone()),
                    began: self.now,
                    talks_since: None,
                });
                phone.talks_since = phone.talks_since.or(Some(self.now));
                if let Some(from) = from {
                    phone.caller = shown(from);
                }
                phone.group = group.clone().or(phone.group);
                phone.state = LegState::Connected;
                self.tell(name, by, phone, Direction::Unknown);
                let ringing = |phone: &Phone| matches!(phone.state, LegState::Ringing | LegState::Announced);
                for (login, phone) in phones.iter().filter(|(login, phone)| *login != by && ringing(phone)) {
                    self.close(name, login, phone);
                }
            }
            Verb::Parked { by } => {
                if let Some(phone) = phones.get(by).cloned() {
                    let state = LegState::Parked;
                    self.tell(name, by, Phone { state, ..phone }, Direction::Unknown);
                }
            }
            Verb::Mailbox { at } => {
                for (login, phone) in &phones {
                    if login == at {
                        let state = LegState::Voicemail;
                        self.tell(name, login, Phone { state, ..phone.clone() }, Direction::Unknown);
                    } else {
                        self.close(name, login, phone);
                    }
                }
            }
            Verb::Ended { at } => {
                for (login, phone) in phones.iter().filter(|(login, _)| at.is_empty() || at.contains(login)) {
                    self.close(name, login, phone);
                }
            }
            Verb::Becomes { call: new } => {
                self.first.insert(new.clone(), first);
                let phones = self.phones.remove(name).unwrap_or_default();
                self.phones.entry(new.clone()).or_default().extend(phones);
                let heard = self.phones[new].keys().any(|login| !self.away.contains(login));
                let (old, new) = (CallId::new(name), CallId::new(new.as_str()));
                if !heard {
                    return;
                }
                self.handle(Input::Pbx(Event::IdChanged { old, new }));
            }
            Verb::Dials { number, by } => {
                let extension = bridge_sim::world::pbx_user(by).map(|user| Dialled::new(user.extension));
                let phone = Phone {
                    state: LegState::Dialling,
                    direction: Direction::Outbound,
                    caller: extension,
                    called: Some(Dialled::new(number.as_str())),
                    group: None,
                    began: self.now,
                    talks_since: None,
                };
                self.tell(name, by, phone, Direction::Outbound);
            }
        }
    }

    fn offer(
        &mut self,
        call: &str,
        login: &str,
        state: LegState,
        group: Option<&String>,
        from: &Number,
        dialled: Option<&String>,
    ) {
        let of_group = group.and_then(|name| bridge_sim::world::pbx_group(name));
        let called = of_group.map(|group| format!("00{}{}{}", group.external.0, group.external.1, group.external.2));
        let called = dialled.cloned().or(called).map(Dialled::new);
        let phone = Phone {
            state,
            direction: Direction::Inbound,
            caller: shown(from),
            called,
            group: group.cloned(),
            began: self.now,
            talks_since: None,
        };
        self.tell(call, login, phone, Direction::Inbound);
    }

    fn close(&mut self, call: &str, login: &str, phone: &Phone) {
        let state = LegState::Ended;
        self.tell(call, login, Phone { state, ..phone.clone() }, Direction::Unknown);
        if let Some(phones) = self.phones.get_mut(call) {
            phones.remove(login);
        }
        self.list_entry(call, login, phone);
    }

    fn tell(&mut self, call: &str, login: &str, phone: Phone, direction: Direction) {
        let event = LegEvent {
            call: CallId::new(call),
            owner: pbx::UserId::new(login),
            state: phone.state,
            direction,
            caller: phone.caller.clone(),
            called: phone.called.clone(),
            group: phone.group.as_deref().map(support::group_id),
            at: None,
            or_at: None,
        };
        self.phones
            .entry(call.to_owned())
            .or_default()
            .insert(login.to_owned(), phone);
        if !self.away.contains(login) {
            self.handle(Input::Pbx(Event::Leg(event)));
        }
    }

    fn check(&self, expected: &Expected) -> Result<(), String> {
        let wrong = |found: String| Err(format!("found {found}"));
        match expected {
            // A leg that was recognised as part of another call is no call of its own.
            Expected::NoTicket { call, because: None } if !self.summaries.contains_key(&self.key_of(call)) => Ok(()),
            Expected::NoTicket { call, because } => {
                let summary = self.summary(call)?;
                let outcome = &summary.outcome;
                if summary.ticket.is_some()
                    || self
                        .desk
                        .tickets
                        .values()
                        .any(|ticket| ticket.call == self.key_of(call).as_str())
                {
                    return wrong("a ticket".into());
                }
                let said = because
                    .as_ref()
                    .is_none_or(|because| outcome.contains(because.as_str()));
                if !said || !outcome.starts_with("none: ") || summary.phase != Phase::Over {
                    return wrong(format!("{outcome} ({:?})", summary.phase));
                }
                Ok(())
            }
            Expected::Ticket {
                call,
                requester,
                group,
                agent,
                pop,
                notes,
            } => {
                let summary = self.summary(call)?;
                if summary.phase != Phase::Over {
                    return wrong(format!("{:?}: {}", summary.phase, summary.outcome));
                }
                let tickets: Vec<_> = self
                    .desk
                    .tickets
                    .iter()
                    .filter(|(_, t)| t.call == self.key_of(call).as_str())
                    .collect();
                let [(id, ticket)] = tickets.as_slice() else {
                    return wrong(format!("{} tickets", tickets.len()));
                };
                if summary.ticket.map(bridge_core::desk::TicketId::get) != Some(**id) {
                    return wrong(format!("a summary with {:?}", summary.ticket));
                }
                let requester = self.desk.who(requester, |call| self.caller(call));
                let pops: Vec<u64> = pop.iter().copied().collect();
                if ticket.requester != requester
                    || ticket.group != *group
                    || ticket.agent != *agent
                    || ticket.pops != pops
                {
                    return wrong(format!("{ticket:?}"));
                }
                for (holds, text) in notes {
                    if ticket.notes.iter().any(|note| note.contains(text)) != *holds {
                        return wrong(format!("{:?}", ticket.notes));
                    }
                }
                Ok(())
            }
            Expected::UserNumber { user, number, place } => {
                let user = self.desk.who(user, |call| self.caller(call)).ok_or("no such user")?;
                let places = self.desk.places(user, number);
                match place {
                    Some(place) if places.contains(place) => Ok(()),
                    None if places.is_empty() => Ok(()),
                    Some(_) | None => wrong(format!("it in {places:?}")),
                }
            }
            Expected::Tickets(count) if self.desk.tickets.len() == *count => Ok(()),
            Expected::Tickets(_) => wrong(format!("{} tickets", self.desk.tickets.len())),
            Expected::UsersWith { number, count } if self.desk.users_with(number) == *count => Ok(()),
            Expected::UsersWith { number, .. } => wrong(format!("{} users", self.desk.users_with(number))),
        }
    }

    fn summary(&self, call: &str) -> Result<&CallSummary, String> {
        self.summaries
            .get(&self.key_of(call))
            .ok_or(format!("the core knows no call {call}"))
    }

    fn caller(&self, call: &str) -> Option<E164> {
        let shown = self.summaries.get(&self.key_of(call))?.caller.clone()?;
        match self.settings.numbers.read(&shown) {
            bridge_core::number::Reading::Public(number) => Some(number),
            bridge_core::number::Reading::Service(_)
            | bridge_core::number::Reading::Withheld
            | bridge_core::number::Reading::Internal
            | bridge_core::number::Reading::Unreadable => None,
        }
    }
}
