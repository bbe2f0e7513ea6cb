//! The reference model: what must be true at the end of a day, once all is back and quiet. Written from what the project
//! promises (what a call leads to), and knowing nothing of how the bridge works: it compares what truly happened at the PBX with
//! what stands in Zendesk and in `calls`.

use std::collections::{BTreeMap, BTreeSet};

use bridge_core::call::Phase;
use bridge_runtime::store::{CallStory, EffectState};
use bridge_sim::zendesk::{Pop, TicketSnapshot, UserSnapshot};
use jiff::{SignedDuration, Timestamp};

use crate::finding::{Day, Finding, Sort};
use crate::life::POP_WINDOW;
use crate::notes;
use crate::passed;
use crate::profile::places;
use crate::truth::{Told, TrueCall};

const DEFAULT_USER: u64 = 400;
/// A screen pop is on its way for so long.
const ON_ITS_WAY: SignedDuration = SignedDuration::from_secs(1);

/// Compares.
pub(crate) fn judge(day: &Day<'_>) -> Vec<Finding> {
    let users = day.world.desk.users().into_iter().map(|user| (user.id, user));
    let mut judge = Judge {
        day,
        users: users.collect(),
        call: None,
        found: Vec::new(),
    };
    let mut tickets: BTreeMap<usize, Vec<TicketSnapshot>> = BTreeMap::new();
    for ticket in day.world.desk.tickets() {
        let external = ticket.external_id.as_deref();
        let key = external.and_then(|id| id.strip_prefix("zendesk-bridge:torture:"));
        match key.and_then(|key| day.world.index_of_key(key)) {
            Some(call) => tickets.entry(call).or_default().push(ticket),
            None => judge.wrong(format!("ticket {} is of no call", ticket.id)),
        }
    }
    let mut stories: BTreeMap<usize, Vec<&CallStory>> = BTreeMap::new();
    for (key, story) in day.stories {
        let of_call = day.world.index_of_key(key).map(|call| stories.entry(call).or_default());
        of_call.into_iter().for_each(|stories| stories.push(story));
    }
    for (index, call) in day.world.calls.iter().enumerate() {
        judge.call = Some(index);
        let tickets = tickets.remove(&index).unwrap_or_default();
        judge.tickets(call, &tickets);
        let stories = stories.remove(&index).unwrap_or_default();
        for ticket in tickets.iter().filter(|_| call.is_served()) {
            let found = notes::judge(ticket, &stories, call.is_shut());
            judge.found.extend(found.into_iter().map(|(sort, what)| Finding {
                sort,
                call: Some(index),
                what,
            }));
        }
        judge.shown(call, &tickets, &stories);
    }
    judge.call = None;
    judge.users();
    judge.found
}

struct Judge<'a> {
    day: &'a Day<'a>,
    users: BTreeMap<u64, UserSnapshot>,
    /// The one that is looked at.
    call: Option<usize>,
    found: Vec<Finding>,
}

impl Judge<'_> {
    fn find(&mut self, sort: Sort, what: String) {
        let call = self.call;
        self.found.push(Finding { sort, call, what });
    }

    fn wrong(&mut self, what: String) {
        self.find(Sort::Wrong, what);
    }

    /// One for an answered call to a group that is served, and none for any other.
    fn tickets(&mut self, call: &TrueCall, tickets: &[TicketSnapshot]) {
        // A change of its id that the bridge was not told of makes two calls of one, for whoever cannot see more.
        let ids = call.told_ids.iter();
        let unknown_ids = ids.filter(|told| !told.iter().any(|told| self.day.is_kept(told)));
        // Without a number, parts of which the bridge was not told are in the list as so many calls of nobody; and what went on when
        // the PBX was restarted is not there, to tell that it went on from what is.
        let withheld = (call.party().is_none() || call.unlisted) && call.talks.len() > 1;
        let told = call.told_talking.iter().filter(|told| self.day.is_kept(told));
        let told: BTreeSet<_> = told.map(|told| &told.login).collect();
        let unseen_parts = call.talks.iter().filter(|talk| withheld && !told.contains(&talk.by));
        let may_be = 1 + unknown_ids.count() + unseen_parts.count();
        match (call.is_served(), tickets.len()) {
            (true, 0) if (self.day.excuse_gaps || call.unlisted) && !self.day.is_told(call) => {
                self.find(
                    Sort::OnlyInTheList,
                    "told by nothing but the PBX's call list".to_owned(),
                );
            }
            (true, 0) => self.find(Sort::Lost, "an answered call without a ticket".to_owned()),
            (true, n) if n > may_be => self.find(Sort::Doubled, format!("{n} tickets for one call")),
            (false, 1..) => self.wrong(format!("a ticket for a call {}", call.sort())),
            (..) => {}
        }
        for ticket in tickets.iter().filter(|_| call.is_served()) {
            self.who_and_where(call, ticket, may_be > 1);
            self.pops(call, ticket);
        }
    }

    fn who_and_where(&mut self, call: &TrueCall, ticket: &TicketSnapshot, is_two: bool) {
        // The agent is the first one of whom the bridge was told; one of several where it may have forgotten the first.
        let all = call.told_talking.iter();
        let told: Vec<&Told> = all.filter(|told| call.is_served_by(&told.login)).collect();
        let sure = told
            .iter()
            .position(|told| self.day.is_kept(told))
            .unwrap_or(usize::MAX);
        // An event and an answer that tell of two at one time may come in either order.
        let at_once = told.get(sure).map(|sure| sure.at.as_second() + 1);
        let first = told
            .iter()
            .enumerate()
            .filter(|(index, told)| *index <= sure || Some(told.at.as_second()) <= at_once);
        let told: BTreeSet<&str> = first.map(|(_, told)| told.login.as_str()).collect();
        // Whoever had it before him may be known by the list of calls.
        let last = call.talks.iter().rposition(|talk| told.contains(talk.by.as_str()));
        let until = last.filter(|_| !is_two && sure < usize::MAX).unwrap_or(usize::MAX);
        let talks = call.talks.iter().take(until.saturating_add(1));
        let talks = talks.filter(|talk| talk.desk_group().is_some());
        let pairs: BTreeSet<_> = talks.map(|talk| (talk.desk_user(), talk.desk_group())).collect();
        let (id, found, requester) = (ticket.id, (ticket.assignee, ticket.group), ticket.requester);
        if !pairs.contains(&found) {
            self.wrong(format!(
                "ticket {id}: assignee and group are {found:?}, none of {pairs:?}"
            ));
        }
        let requesters = self.requesters(call, is_two, ticket.updated_at);
        if !requesters.contains(&self.now_called(requester)) {
            self.wrong(format!(
                "ticket {id}: the requester is {requester}, none of {requesters:?}"
            ));
        }
    }

    /// At most one, on the agent's screen, while it helps and never after the call.
    fn pops(&mut self, call: &TrueCall, ticket: &TicketSnapshot) {
        let all = self.day.world.desk.pops().iter();
        let pops: Vec<&Pop> = all.filter(|pop| pop.ticket == ticket.id).collect();
        if pops.len() > 1 {
            self.find(
                Sort::Doubled,
                format!("ticket {} opened {} times", ticket.id, pops.len()),
            );
        }
        // A clock that was set back goes at half speed for a while.
        let window = POP_WINDOW * 2 + ON_ITS_WAY;
        let ends = call.told_ended.iter().map(|told| told.at);
        let end = ends.filter(|at| call.ended.is_some_and(|ended| *at >= ended)).min();
        for pop in pops {
            let helps =
                |told: &Told| pop.at.as_second() >= told.at.as_second() && pop.at.duration_since(told.at) <= window;
            let is_late = !call.told_talking.iter().any(helps);
            if is_late || end.is_some_and(|end| pop.at.duration_since(end) > ON_ITS_WAY) {
                self.wrong(format!("ticket {} opened too late to help", ticket.id));
            }
            if Some(pop.agent) != ticket.assignee {
                self.wrong(format!("ticket {} opened for agent {}", ticket.id, pop.agent));
            }
        }
    }

    /// Whose ticket it may be.
    fn requesters(&self, call: &TrueCall, is_two: bool, changed: Timestamp) -> BTreeSet<u64> {
        // What people edit stays; of two tickets they edit one.
        let edited = call.requester();
        let wanted: Vec<u64> = match (edited.filter(|_| !is_two), call.party()) {
            (Some(user), _) => vec![user],
            (None, None) => vec![DEFAULT_USER],
            (None, Some(party)) => match party.owners.as_slice() {
                [owner] => passed::owners(self.day, call, &party.number, *owner, changed),
                owners => {
                    let all = self
                        .holders(&party.number)
                        .into_iter()
                        .filter(|user| !owners.contains(user));
                    all.chain((!self.day.new_users).then_some(DEFAULT_USER)).collect()
                }
            },
        };
        // As it stood before it was known who calls, and then nobody could change it any more.
        let early = call.is_shut().then_some(DEFAULT_USER);
        wanted
            .into_iter()
            .map(|user| self.now_called(user))
            .chain(early)
            .chain(edited)
            .collect()
    }

    /// Who has a number that was nobody's own: the user made for it, and whom agents set for its caller.
    fn holders(&self, number: &str) -> BTreeSet<u64> {
        let own = format!("tel:{number}");
        let has = |user: &&UserSnapshot| user.external_id.as_ref() == Some(&own) || places(user, number) > 0;
        self.users.values().filter(has).map(|user| user.id).collect()
    }

    fn now_called(&self, user: u64) -> u64 {
        let user_now = self.users.get(&user).and_then(|user| user.merged_into);
        user_now.map_or(user, |into| self.now_called(into))
    }

    /// `calls` tells what became of it, and nothing waits for ever.
    fn shown(&mut self, call: &TrueCall, tickets: &[TicketSnapshot], stories: &[&CallStory]) {
        if self.day.is_told(call) && stories.is_empty() {
            self.find(Sort::Lost, "not in `calls`".to_owned());
        }
        for ticket in tickets {
            let tells = |story: &&CallStory| story.summary.ticket.is_some_and(|id| id.get() == ticket.id);
            if !stories.iter().any(tells) {
                self.wrong(format!("`calls` does not tell of ticket {}", ticket.id));
            }
        }
        for story in stories {
            let (phase, outcome) = (story.summary.phase, &story.summary.outcome);
            if phase != Phase::Over || outcome.is_empty() {
                self.wrong(format!("`calls` says {phase:?}: {outcome}"));
            }
            for effect in &story.effects {
                if matches!(effect.state, EffectState::Waiting | EffectState::Wedged) {
                    let (id, state, error) = (&effect.id, effect.state, &effect.last_error);
                    self.wrong(format!("{id} is {state:?}: {error:?}"));
                }
            }
        }
    }

    /// One user for a number, and numbers only where an agent has put the caller.
    fn users(&mut self) {
        let calls = &self.day.world.calls;
        let numbers: BTreeSet<&str> = calls
            .iter()
            .filter_map(TrueCall::party)
            .map(|party| party.number.as_str())
            .collect();
        let before: BTreeMap<u64, &UserSnapshot> = self.day.before.iter().map(|user| (user.id, user)).collect();
        let mut made: BTreeSet<String> = BTreeSet::new();
        for user in self.users.clone().into_values() {
            let id = user.id;
            let own = user
                .external_id
                .as_deref()
                .and_then(|external| external.strip_prefix("tel:"));
            if !before.contains_key(&id) {
                let called = own.is_some_and(|own| calls.iter().any(|call| call.is_from_stranger(own)));
                if !self.day.new_users || !called {
                    self.wrong(format!("user {id} was made for nobody who called"));
                }
                // One that was merged into somebody is nobody any more.
                if user.merged_into.is_none() && !made.insert(own.unwrap_or_default().to_owned()) {
                    self.find(Sort::Doubled, format!("user {id} is the second one for a number"));
                }
            }
            for number in &numbers {
                let had = before.get(&id).map_or(0, |user| places(user, number));
                let learned = places(&user, number).saturating_sub(had);
                if learned > 1 {
                    self.find(Sort::Doubled, format!("user {id} has a number {learned} times"));
                }
                let mut from_him = calls
                    .iter()
                    .filter(|call| call.is_served() && call.is_from_stranger(number));
                let was_set = from_him.any(|call| call.set().any(|user| user == id));
                let passed = &self.day.world.passed;
                let has_passed = passed.iter().any(|passed| passed.to == id && passed.number == *number);
                if learned > 0 && !has_passed && own != Some(*number) && !was_set {
                    self.wrong(format!("user {id} has learned a number that is not his"));
                }
            }
        }
    }
}
