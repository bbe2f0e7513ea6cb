//! A small help desk of users and tickets: what stands in it follows from the story and from the outcomes.

use std::collections::BTreeMap;
use std::time::Duration;

use bridge_core::desk::{NumberField, Profile, Standing, TicketId, TicketView, UserId};
use bridge_core::effect::Order;
use bridge_core::input::{Outcome, Refusal};
use bridge_core::number::{E164, NumberPlan};
use bridge_sim::story::{Act, Given, Story, Who};
use bridge_sim::world;
use jiff::Timestamp;

use crate::support;

#[derive(Debug)]
pub(crate) struct Desk {
    plan: NumberPlan,
    users: BTreeMap<u64, Profile>,
    /// Made by the bridge: by number. The index may not know them yet.
    made: BTreeMap<u64, E164>,
    pub(crate) tickets: BTreeMap<u64, Ticket>,
    search_misses: bool,
    /// How long a look-up takes.
    pub(crate) search_takes: Duration,
    refused_requesters: Vec<u64>,
    refused_assignees: Vec<u64>,
}

/// A ticket as it stands.
#[derive(Clone, Debug)]
pub(crate) struct Ticket {
    pub(crate) call: String,
    pub(crate) requester: Option<u64>,
    pub(crate) group: Option<u64>,
    pub(crate) agent: Option<u64>,
    pub(crate) notes: Vec<String>,
    pub(crate) pops: Vec<u64>,
    updated: Timestamp,
    open: bool,
    deleted: bool,
}

impl Desk {
    pub(crate) fn new(story: &Story) -> Self {
        let mut users = BTreeMap::new();
        let mut search_misses = false;
        let mut search_takes = Duration::ZERO;
        let (mut refused_requesters, mut refused_assignees) = (Vec::new(), Vec::new());
        for given in &story.given {
            match given {
                Given::User(user) => {
                    let phone = user.phone.iter().map(|n| (NumberField::Phone, n.clone()));
                    let identities = user.identities.iter().map(|n| (NumberField::Identity, n.clone()));
                    let fields = user.fields.iter().map(|(key, n)| (support::field(key), n.clone()));
                    let profile = Profile {
                        user: UserId::new(user.id),
                        name: user.name.clone(),
                        numbers: phone.chain(identities).chain(fields).collect(),
                        shared_phone: user.shared,
                        active: true,
                        suspended: user.suspended,
                        made_for: None,
                    };
                    users.insert(user.id, profile);
                }
                Given::SearchMisses => search_misses = true,
                Given::SearchTakes(time) => search_takes = *time,
                Given::RequesterRefused(id) => refused_requesters.push(*id),
                Given::AssigneeRefused(id) => refused_assignees.push(*id),
            }
        }
        Self {
            plan: NumberPlan::new("DE", Some("721")).unwrap(),
            users,
            made: BTreeMap::new(),
            tickets: BTreeMap::new(),
            search_misses,
            search_takes,
            refused_requesters,
            refused_assignees,
        }
    }

    /// Whoever has the digits in a row in any number, as the simulated Zendesk finds them.
    fn search(&self, digits: &str) -> Vec<u64> {
        let holds = |typed: &str| {
            typed
                .chars()
                .filter(char::is_ascii_digit)
                .collect::<String>()
                .contains(digits)
        };
        let found = self.users.iter().filter(|(_, profile)| {
            !self.search_misses && profile.active && profile.numbers.iter().any(|(_, typed)| holds(typed))
        });
        found.map(|(id, _)| *id).collect()
    }

    /// What the simulated Zendesk makes of an order. Story lines say the same in their own words; where there are none,
    /// this is what comes of it.
    pub(crate) fn carry_out(&self, order: &Order) -> Outcome {
        let gone = |why: &str| Outcome::TicketGone { why: why.to_owned() };
        let ticket = |id: &TicketId| self.tickets.get(&id.get()).filter(|ticket| !ticket.deleted);
        let noted = |ticket: Option<&Ticket>| {
            let open = ticket.filter(|ticket| ticket.open);
            open.map_or(gone("closed or deleted"), |_| Outcome::Done)
        };
        let refused = |what| Outcome::Refused {
            what,
            why: "the help desk says no".to_owned(),
        };
        let is_refused = |list: &[u64], user: Option<UserId>| user.is_some_and(|user| list.contains(&user.get()));
        match order {
            Order::LookUp { digits, .. } => Outcome::Profiles(self.profiles(&self.search(digits)).unwrap()),
            Order::EnsureUser { number, .. } => {
                let known = self.made.iter().find(|(_, made)| *made == number).map(|(id, _)| *id);
                Outcome::User(UserId::new(known.unwrap_or(9001 + self.made.len() as u64)))
            }
            Order::OpenTicket(draft) if is_refused(&self.refused_requesters, draft.requester) => {
                refused(Refusal::Requester)
            }
            Order::OpenTicket(draft) if draft.requester.is_some_and(|user| self.is_suspended(user)) => {
                refused(Refusal::Requester)
            }
            Order::OpenTicket(draft) if is_refused(&self.refused_assignees, draft.assignee) => {
                refused(Refusal::Assignee)
            }
            Order::OpenTicket(_) => Outcome::Opened {
                ticket: TicketId::new(77 + self.tickets.len() as u64),
            },
            Order::Pop { agent, .. } => {
                let signed_in = world::AGENTS
                    .iter()
                    .any(|known| known.id == agent.get() && known.signed_in);
                let why = "the agent is not signed in".to_owned();
                if signed_in {
                    Outcome::Popped
                } else {
                    Outcome::NotPopped { why }
                }
            }
            Order::ReadTicket { ticket: id } => ticket(id).map_or(gone("deleted"), |ticket| {
                Outcome::Ticket(TicketView {
                    ticket: *id,
                    requester: UserId::new(ticket.requester.unwrap_or(1)),
                    updated_at: ticket.updated,
                    standing: if ticket.open { Standing::Open } else { Standing::Closed },
                })
            }),
            Order::SetRequester {
                ticket: id,
                unless_changed_since,
                ..
            } => match ticket(id) {
                Some(ticket) if ticket.updated > *unless_changed_since => Outcome::Conflict,
                Some(ticket) if ticket.open => Outcome::Done,
                Some(_) | None => gone("closed or deleted"),
            },
            Order::ReadUser { user, .. } => Outcome::Profiles(self.profiles(&[user.get()]).unwrap_or_default()),
            Order::WriteNumber { user, number, .. } => {
                let mut others = self
                    .users
                    .iter()
                    .filter(|(id, profile)| **id != user.get() && profile.active);
                let owned = others.any(|(id, profile)| {
                    let places = self.places(*id, number.as_str());
                    !profile.shared_phone && places.iter().any(|place| place == "phone" || place == "identity")
                });
                if owned { Outcome::Taken } else { Outcome::Done }
            }
            Order::ReleaseNumber { .. } | Order::TakeNumberBack { .. } => Outcome::Done,
            Order::Record { .. } => Outcome::Done,
            Order::AddNote { ticket: id, .. } => noted(ticket(id)),
            Order::Attach(draft) => noted(ticket(&draft.ticket)),
            Order::Redact { ticket: id, .. } => noted(ticket(id)),
        }
    }

    fn is_suspended(&self, user: UserId) -> bool {
        self.users.get(&user.get()).is_some_and(|profile| profile.suspended)
    }

    /// A search of the simulated Zendesk finds whoever has the digits in a row in any number.
    pub(crate) fn check_search(&self, number: &E164, digits: &str, found: &[u64]) -> Result<(), String> {
        let finds = self.search(digits);
        for id in self.users.keys() {
            let should = finds.contains(id);
            let does = found.contains(id);
            let unsure = self.made.contains_key(id);
            if does && !should {
                return Err(format!(
                    "a search for {digits} of {} does not find user {id}",
                    number.as_str()
                ));
            }
            if should && !does && !unsure {
                return Err(format!(
                    "a search for {digits} of {} finds user {id}, too",
                    number.as_str()
                ));
            }
        }
        Ok(())
    }

    /// What a ticket looks like must be what came of it.
    pub(crate) fn check_view(&self, view: &TicketView) -> Result<(), String> {
        let ticket = self.tickets.get(&view.ticket.get()).ok_or("there is no such ticket")?;
        if ticket.deleted {
            return Err("the ticket is deleted".into());
        }
        if ticket
            .requester
            .is_some_and(|requester| requester != view.requester.get())
        {
            return Err(format!("the ticket's requester is {:?}", ticket.requester));
        }
        if ticket.open != view.is_open_for_changes() {
            return Err(format!("the ticket is {}", if ticket.open { "open" } else { "closed" }));
        }
        Ok(())
    }

    pub(crate) fn profiles(&self, ids: &[u64]) -> Result<Vec<Profile>, String> {
        let get = |id: &u64| self.users.get(id).cloned().ok_or(format!("there is no user {id}"));
        ids.iter().map(get).collect()
    }

    /// What an order that was carried out changes.
    pub(crate) fn apply(&mut self, call: &str, order: &Order, outcome: &Outcome, now: Timestamp) {
        match (order, outcome) {
            (Order::EnsureUser { number, name }, Outcome::User(user)) => {
                self.made.insert(user.get(), number.clone());
                self.users.entry(user.get()).or_insert_with(|| Profile {
                    user: *user,
                    name: name.clone(),
                    numbers: vec![(NumberField::Phone, number.as_str().to_owned())],
                    shared_phone: false,
                    active: true,
                    suspended: false,
                    made_for: Some(number.clone()),
                });
            }
            (Order::OpenTicket(draft), Outcome::Opened { ticket }) => {
                let new = Ticket {
                    call: call.to_owned(),
                    requester: draft.requester.map(UserId::get),
                    group: draft.group.map(bridge_core::desk::GroupId::get),
                    agent: draft.assignee.map(UserId::get),
                    notes: vec![draft.subject.clone(), draft.note.clone()],
                    pops: Vec::new(),
                    updated: now,
                    open: true,
                    deleted: false,
                };
                let before = self.tickets.insert(ticket.get(), new);
                assert!(before.is_none(), "ticket {ticket} stands already");
            }
            (Order::Pop { ticket, agent }, Outcome::Popped) => self.ticket(*ticket).pops.push(agent.get()),
            (Order::SetRequester { ticket, requester, .. }, Outcome::Done) => {
                let ticket = self.ticket(*ticket);
                ticket.requester = Some(requester.get());
                ticket.updated = now;
            }
            (Order::WriteNumber { user, field, number }, Outcome::Done) => {
                let profile = self.users.get_mut(&user.get()).unwrap();
                profile.numbers.push((field.clone(), number.as_str().to_owned()));
            }
            (Order::ReleaseNumber { user, number }, Outcome::Done) => {
                let plan = &self.plan;
                let profile = self.users.get_mut(&user.get()).unwrap();
                profile
                    .numbers
                    .retain(|(_, typed)| plan.read_typed(typed).as_ref() != Some(number));
            }
            (Order::TakeNumberBack { user, field, number }, Outcome::Done) => {
                let profile = self.users.get_mut(&user.get()).unwrap();
                let written = (field.clone(), number.as_str().to_owned());
                profile.numbers.retain(|standing| *standing != written);
            }
            (Order::AddNote { ticket, text }, Outcome::Done) => self.ticket(*ticket).notes.push(text.clone()),
            (Order::Attach(draft), Outcome::Done) => {
                let notes = &mut self.ticket(draft.ticket).notes;
                let words = draft.words.as_ref();
                let words = words.filter(|words| !notes.iter().any(|note| note.starts_with(*words)));
                let note = [words, Some(&draft.note)].into_iter().flatten().cloned();
                notes.push(note.collect::<Vec<_>>().join("\n\n"));
            }
            _ => {}
        }
    }

    fn ticket(&mut self, id: TicketId) -> &mut Ticket {
        self.tickets.get_mut(&id.get()).expect("a ticket that stands")
    }

    /// An agent works.
    pub(crate) fn act(&mut self, first: impl Fn(&str) -> String, act: &Act, now: Timestamp) -> Result<(), String> {
        let of = match act {
            Act::SetRequester { call, .. }
            | Act::MergeRequester { call, .. }
            | Act::Close { call }
            | Act::Delete { call }
            | Act::Edit { call } => first(call),
        };
        let ticket = self.tickets.values_mut().find(|ticket| ticket.call == of);
        let ticket = ticket.ok_or(format!("{of} has no ticket"))?;
        ticket.updated = now;
        match act {
            Act::SetRequester { requester, .. } => ticket.requester = Some(*requester),
            Act::Close { .. } => ticket.open = false,
            Act::Delete { .. } => ticket.deleted = true,
            Act::Edit { .. } => {}
            Act::MergeRequester { into, .. } => {
                let loser = ticket.requester.ok_or("nobody to merge")?;
                if loser == world::DEFAULT_USER.0 {
                    return Err("nobody merges the default user".into());
                }
                for ticket in self.tickets.values_mut().filter(|t| t.requester == Some(loser)) {
                    ticket.requester = Some(*into);
                }
                let lost = self.users.get_mut(&loser).ok_or("no such user")?;
                lost.active = false;
                let numbers = std::mem::take(&mut lost.numbers);
                let winner = self.users.get_mut(into).ok_or(format!("there is no user {into}"))?;
                for (_, number) in numbers {
                    if !winner.numbers.iter().any(|(place, _)| *place == NumberField::Phone) {
                        winner.numbers.push((NumberField::Phone, number.clone()));
                    }
                    winner.numbers.push((NumberField::Identity, number));
                }
            }
        }
        Ok(())
    }

    /// Whom an expectation means, for a ticket or a number of this call.
    pub(crate) fn who(&self, who: &Who, caller: impl Fn(&str) -> Option<E164>) -> Option<u64> {
        match who {
            Who::Id(id) => Some(*id),
            Who::Default => Some(world::DEFAULT_USER.0),
            Who::New { call } => {
                let number = caller(call)?;
                self.made.iter().find(|(_, made)| **made == number).map(|(id, _)| *id)
            }
        }
    }

    /// Where a user's profile holds a number.
    pub(crate) fn places(&self, user: u64, number: &str) -> Vec<String> {
        let same = |typed: &str| self.plan.read_typed(typed).is_some_and(|n| n.as_str() == number);
        let numbers = self.users.get(&user).into_iter().flat_map(|profile| &profile.numbers);
        let held = numbers.filter(|(_, typed)| same(typed));
        held.map(|(field, _)| match field {
            NumberField::Phone => "phone".to_owned(),
            NumberField::Identity => "identity".to_owned(),
            NumberField::Custom(key) => key.clone(),
        })
        .collect()
    }

    pub(crate) fn users_with(&self, number: &str) -> usize {
        self.users
            .keys()
            .filter(|id| !self.places(**id, number).is_empty())
            .count()
    }
}
