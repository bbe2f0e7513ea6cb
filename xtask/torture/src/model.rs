//! The reference model: what must be true at the end of a day, once all is back and quiet. Written from what the project
//! promises (what a call leads to), and knowing nothing of how the bridge works: it compares what truly happened at the PBX with
//! what stands in Zendesk and in `calls`.

use std::collections::{BTreeMap, BTreeSet};

use bridge_core::call::Phase;
use bridge_runtime::store::{CallStory, EffectState};
use bridge_sim::zendesk::{TicketSnapshot, UserSnapshot};
use jiff::{SignedDuration, Timestamp};

use crate::life::POP_WINDOW;
use crate::truth::{Deed, Kind, Talk, Told, TrueCall};
use crate::world::World;

/// What the bridge shows of its calls.
pub(crate) struct Kept {
    /// By the keys of the calls.
    pub(crate) stories: BTreeMap<String, CallStory>,
}

/// Something that is not as it must be.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Finding {
    pub(crate) sort: Sort,
    pub(crate) call: Option<usize>,
    pub(crate) what: String,
}

/// Which promise is broken.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Sort {
    Lost,
    Doubled,
    Wrong,
    /// Not a failure: an answered call of which the bridge was told nothing.
    OnlyInTheList,
}

impl Finding {
    pub(crate) fn wrong(call: Option<usize>, what: String) -> Self {
        Self { sort: Sort::Wrong, call, what }
    }
}

const DEFAULT_USER: u64 = 400;
const BRIDGE: u64 = 500;
/// The PBX's groups that Zendesk has, and its ids of them.
const SERVED: [(&str, u64); 2] = [("Support", 71), ("Sales", 72)];
/// Agents of the PBX, and their users in Zendesk.
const AGENTS: [(&str, Option<u64>); 4] = [("0101", Some(501)), ("0102", Some(502)), ("0103", None), ("0104", Some(504))];
/// What was told so short before a crash may not have been kept.
const TO_BE_KEPT: SignedDuration = SignedDuration::from_secs(2);

/// Compares.
pub(crate) fn judge(world: &World, before: &[UserSnapshot], kept: &Kept, new_users: bool, excuse_gaps: bool) -> Vec<Finding> {
    let mut judge = Judge {
        world,
        kept,
        new_users,
        excuse_gaps,
        users: world.desk.users().into_iter().map(|user| (user.id, user)).collect(),
        before: before.iter().map(|user| (user.id, user)).collect(),
        of_call: BTreeMap::new(),
        found: Vec::new(),
    };
    judge.all_tickets_are_of_calls();
    for (index, call) in world.calls.iter().enumerate() {
        judge.call(index, call);
    }
    judge.users();
    judge.found
}

/// Whether an answered call is one that must have a ticket.
pub(crate) fn is_served(call: &TrueCall) -> bool {
    matches!(call.kind, Kind::Inbound(_)) && call.talks.iter().any(|talk| served(talk).is_some())
}

fn served(talk: &Talk) -> Option<u64> {
    SERVED.iter().find(|(name, _)| talk.group == Some(name)).map(|(_, id)| *id)
}

struct Judge<'a> {
    world: &'a World,
    kept: &'a Kept,
    new_users: bool,
    excuse_gaps: bool,
    users: BTreeMap<u64, UserSnapshot>,
    before: BTreeMap<u64, &'a UserSnapshot>,
    of_call: BTreeMap<usize, Vec<TicketSnapshot>>,
    found: Vec<Finding>,
}

impl Judge<'_> {
    fn find(&mut self, sort: Sort, call: Option<usize>, what: String) {
        self.found.push(Finding { sort, call, what });
    }

    fn all_tickets_are_of_calls(&mut self) {
        for ticket in self.world.desk.tickets() {
            let key = ticket.external_id.as_deref().and_then(|id| id.strip_prefix("zendesk-bridge:torture:"));
            match key.and_then(|key| self.world.index_of(key)) {
                Some(call) => self.of_call.entry(call).or_default().push(ticket),
                None => self.find(Sort::Wrong, None, format!("ticket {} is of no call", ticket.id)),
            }
        }
    }

    fn call(&mut self, index: usize, call: &TrueCall) {
        let tickets = self.of_call.remove(&index).unwrap_or_default();
        // A change of its id that the bridge was not told of makes two calls of one, for whoever cannot see more.
        let unknown_ids = call.told_ids.iter().filter(|told| !told.iter().any(|told| self.was_kept(told))).count();
        let is_told = call.told_talking.iter().any(|told| self.was_kept(told) && is_served_by(call, &told.login));
        match (is_served(call), tickets.len()) {
            (true, 0) if !is_told && self.excuse_gaps => {
                self.find(Sort::OnlyInTheList, Some(index), "told by nothing but the PBX's call list".to_owned());
            }
            (true, 0) => self.find(Sort::Lost, Some(index), "an answered call without a ticket".to_owned()),
            (true, n) if n > 1 + unknown_ids => {
                self.find(Sort::Doubled, Some(index), format!("{n} tickets for one call"));
            }
            (false, 1..) => self.find(Sort::Wrong, Some(index), "a ticket for a call that gets none".to_owned()),
            (_, _) => {}
        }
        for ticket in &tickets {
            if is_served(call) {
                self.ticket(index, call, ticket, unknown_ids > 0);
            }
        }
        self.shown(index, call, &tickets, is_told);
    }

    fn ticket(&mut self, index: usize, call: &TrueCall, ticket: &TicketSnapshot, is_two: bool) {
        let wrong = |what: String| Finding::wrong(Some(index), format!("ticket {}: {what}", ticket.id));
        let mut found = Vec::new();
        // The agent: the first one of whom the bridge was told; of several where it may have forgotten the first.
        let told = call.told_talking.iter().filter(|told| is_served_by(call, &told.login));
        let sure = told.clone().position(|told| self.was_kept(told)).unwrap_or(usize::MAX);
        let told: BTreeSet<&str> = told.take(sure.saturating_add(1)).map(|told| told.login.as_str()).collect();
        let talkers = call.talks.iter().filter(|talk| is_two || told.is_empty() || told.contains(talk.by.as_str()));
        let agents: BTreeSet<Option<u64>> = talkers.clone().map(|talk| agent(&talk.by)).collect();
        if !agents.contains(&ticket.assignee) {
            found.push(wrong(format!("the assignee is {:?}, not one of {agents:?}", ticket.assignee)));
        }
        let groups: BTreeSet<Option<u64>> = talkers.filter_map(served).map(Some).collect();
        if !groups.contains(&ticket.group) {
            found.push(wrong(format!("the group is {:?}, not one of {groups:?}", ticket.group)));
        }
        let requesters = self.requesters(call);
        if !requesters.contains(&ticket.requester) {
            found.push(wrong(format!("the requester is {}, not one of {requesters:?}", ticket.requester)));
        }
        let notes: Vec<&str> = ticket.comments.iter().filter(|note| note.author == BRIDGE).map(|note| note.body.as_str()).collect();
        if ticket.comments.iter().any(|comment| comment.public && comment.author == BRIDGE) {
            found.push(wrong("a comment is public".to_owned()));
        }
        if notes.iter().collect::<BTreeSet<_>>().len() < notes.len() {
            found.push(Finding { sort: Sort::Doubled, call: Some(index), what: format!("ticket {}: a note twice", ticket.id) });
        }
        if !ticket.tags.iter().any(|tag| tag == "phone") {
            found.push(wrong("the tag is missing".to_owned()));
        }
        self.found.extend(found);
        self.pops(index, call, ticket);
    }

    /// At most one, on the agent's screen, while it helps.
    fn pops(&mut self, index: usize, call: &TrueCall, ticket: &TicketSnapshot) {
        let pops: Vec<_> = self.world.desk.pops().iter().filter(|pop| pop.ticket == ticket.id).copied().collect();
        if pops.len() > 1 {
            self.find(Sort::Doubled, Some(index), format!("ticket {} opened {} times", ticket.id, pops.len()));
        }
        // A clock that was set back goes at half speed for a while.
        let window = POP_WINDOW * 2 + SignedDuration::from_secs(2);
        let known_end = call.told_ended.iter().map(|told| told.at).filter(|at| call.ended.is_some_and(|ended| *at >= ended)).min();
        for pop in pops {
            let helps = |told: &Told| pop.at >= seconds(told.at) && pop.at.duration_since(told.at) <= window;
            if !call.told_talking.iter().any(helps) {
                self.find(Sort::Wrong, Some(index), format!("ticket {} opened too late", ticket.id));
            }
            if known_end.is_some_and(|end| pop.at > end) {
                self.find(Sort::Wrong, Some(index), format!("ticket {} opened after the end of the call", ticket.id));
            }
            if Some(pop.agent) != ticket.assignee {
                self.find(Sort::Wrong, Some(index), format!("ticket {} opened for agent {}", ticket.id, pop.agent));
            }
        }
    }

    /// Whose ticket it may be.
    fn requesters(&self, call: &TrueCall) -> BTreeSet<u64> {
        let set = call.deeds.iter().rev().find_map(|deed| match deed {
            Deed::Requester(user) => Some(*user),
            Deed::Merged(_) | Deed::Closed | Deed::Deleted | Deed::Edited => None,
        });
        let wanted: Vec<u64> = match (set, call.party()) {
            // What an agent has set stays.
            (Some(user), _) => vec![user],
            (None, None) => vec![DEFAULT_USER],
            (None, Some(party)) => {
                let came_to = self.holders(&party.number).into_iter().filter(|user| !party.owners.contains(user));
                match party.owners.as_slice() {
                    [owner] => vec![*owner],
                    _ if self.new_users => came_to.collect(),
                    _ => came_to.chain([DEFAULT_USER]).collect(),
                }
            }
        };
        // Before it was known who calls, and then an agent was quicker.
        let is_shut = call.deeds.iter().any(|deed| matches!(deed, Deed::Closed | Deed::Deleted));
        let early = is_shut.then_some(DEFAULT_USER);
        wanted.into_iter().map(|user| self.now_called(user)).chain(early).collect()
    }

    /// Who has, or for some time of the day may have had, a number.
    fn holders(&self, number: &str) -> BTreeSet<u64> {
        let has = |user: &&UserSnapshot| user.external_id.as_deref() == Some(&format!("tel:{number}")) || places(user, number) > 0;
        let set_for = self.world.calls.iter().filter(|call| call.party().is_some_and(|party| party.number == number));
        let set = set_for.flat_map(|call| &call.deeds).filter_map(|deed| match deed {
            Deed::Requester(user) | Deed::Merged(user) => Some(*user),
            Deed::Closed | Deed::Deleted | Deed::Edited => None,
        });
        let now = self.users.values().filter(has).map(|user| user.id);
        now.chain(set.filter(|user| places(&self.users[user], number) > 0)).collect()
    }

    fn now_called(&self, user: u64) -> u64 {
        match self.users.get(&user).and_then(|user| user.merged_into) {
            Some(into) => self.now_called(into),
            None => user,
        }
    }

    /// `calls` tells what became of it, and nothing waits for ever.
    fn shown(&mut self, index: usize, call: &TrueCall, tickets: &[TicketSnapshot], is_told: bool) {
        let stories: Vec<&CallStory> = call.ids.iter().filter_map(|id| self.kept.stories.get(id)).collect();
        let mut found = Vec::new();
        if is_told && stories.is_empty() {
            found.push(Finding { sort: Sort::Lost, call: Some(index), what: "not in `calls`".to_owned() });
        }
        for ticket in tickets {
            if !stories.iter().any(|story| story.summary.ticket.is_some_and(|id| id.get() == ticket.id)) {
                found.push(Finding::wrong(Some(index), format!("`calls` does not tell of ticket {}", ticket.id)));
            }
        }
        for story in stories {
            let (phase, outcome) = (story.summary.phase, &story.summary.outcome);
            if phase != Phase::Over || outcome.is_empty() {
                found.push(Finding::wrong(Some(index), format!("`calls` says {phase:?}: {outcome}")));
            }
            for effect in &story.effects {
                let is_stuck = matches!(effect.state, EffectState::Waiting | EffectState::Wedged);
                if is_stuck {
                    let (id, state, error) = (&effect.id, effect.state, &effect.last_error);
                    found.push(Finding::wrong(Some(index), format!("{id} is {state:?}: {error:?}")));
                }
            }
        }
        self.found.extend(found);
    }

    /// One user for a number, and numbers only where an agent has put the caller.
    fn users(&mut self) {
        let mut made = BTreeSet::new();
        for user in self.users.values().cloned().collect::<Vec<_>>() {
            let number = user.external_id.as_deref().and_then(|id| id.strip_prefix("tel:")).map(str::to_owned);
            let is_made = !self.before.contains_key(&user.id);
            let is_of_call = number.as_ref().is_some_and(|number| self.world.calls.iter().any(|call| is_strangers(call, number)));
            if is_made && !(self.new_users && is_of_call) {
                self.find(Sort::Wrong, None, format!("user {} was made for nobody who called", user.id));
            }
            if is_made && !made.insert(number.clone()) {
                self.find(Sort::Doubled, None, format!("user {} is the second one for a number", user.id));
            }
            for caller in numbers_of(&self.world.calls) {
                let had = self.before.get(&user.id).map_or(0, |user| places(user, &caller));
                let learned = places(&user, &caller).saturating_sub(had);
                if learned > 1 {
                    self.find(Sort::Doubled, None, format!("user {} has a number {learned} times", user.id));
                }
                let own = number.as_ref() == Some(&caller);
                if learned > 0 && !own && !self.was_set(user.id, &caller) {
                    self.find(Sort::Wrong, None, format!("user {} has learned a number that is not his", user.id));
                }
            }
        }
    }

    fn was_set(&self, user: u64, number: &str) -> bool {
        let calls = self.world.calls.iter().filter(|call| is_served(call) && is_strangers(call, number));
        let mut deeds = calls.flat_map(|call| &call.deeds);
        deeds.any(|deed| matches!(deed, Deed::Requester(set) | Deed::Merged(set) if *set == user))
    }

    /// Whether the bridge lived long enough to keep what it was told.
    fn was_kept(&self, told: &Told) -> bool {
        let died = self.world.deaths.get(told.life);
        died.is_none_or(|died| died.duration_since(told.at) > TO_BE_KEPT)
    }
}

fn agent(login: &str) -> Option<u64> {
    AGENTS.iter().find(|(own, _)| *own == login).and_then(|(_, id)| *id)
}

fn is_served_by(call: &TrueCall, login: &str) -> bool {
    call.talks.iter().any(|talk| talk.by == login && served(talk).is_some())
}

fn is_strangers(call: &TrueCall, number: &str) -> bool {
    call.party().is_some_and(|party| party.number == number && party.owners.len() != 1)
}

fn numbers_of(calls: &[TrueCall]) -> BTreeSet<String> {
    calls.iter().filter_map(TrueCall::party).map(|party| party.number.clone()).collect()
}

/// In how many places a user's profile holds a number.
fn places(user: &UserSnapshot, number: &str) -> usize {
    let lines = user.lines.iter().filter(|line| user.phone.as_ref() != Some(line));
    let all = lines.chain(&user.phone).chain(user.fields.values());
    all.filter(|typed| in_full(typed) == number).count()
}

/// A number as typed, in E.164: Germany, and no local numbers.
fn in_full(typed: &str) -> String {
    let typed = typed.replace("(0)", "");
    let digits: String = typed.chars().filter(char::is_ascii_digit).collect();
    match (typed.starts_with('+'), digits.strip_prefix("00"), digits.strip_prefix('0')) {
        (true, ..) => format!("+{digits}"),
        (false, Some(abroad), _) => format!("+{abroad}"),
        (false, None, Some(national)) => format!("+49{national}"),
        (false, None, None) => digits,
    }
}

/// Zendesk keeps whole seconds.
fn seconds(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}
