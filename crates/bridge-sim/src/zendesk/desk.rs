//! The simulated Zendesk as the place that stories are played against.

use tokio::sync::watch;

use super::server::SimZendesk;
use super::state::whole_seconds;
use super::switch_kinds::{Class, Down};
use super::user::NewUser;
use super::world::API_USER;
use crate::play::{Deed, Desk, Person, Ticket};
use crate::story::Given;
use crate::world;

impl Desk for SimZendesk {
    fn prepare(&self, given: &[Given]) {
        self.act(|state, now| {
            state.switches.delays.remove(&Class::Search);
            state.switches.search_misses = false;
            state.switches.refused_requesters.clear();
            state.switches.refused_assignees.clear();
            for given in given {
                match given {
                    Given::User(user) => {
                        state.add_user(
                            NewUser {
                                id: Some(user.id),
                                name: user.name.clone(),
                                phone: user.phone.clone(),
                                shared: user.shared,
                                identities: user.identities.clone(),
                                fields: user.fields.clone(),
                                suspended: user.suspended,
                                ..NewUser::default()
                            },
                            now,
                        );
                    }
                    Given::SearchTakes(duration) => state.switches.search_takes(*duration),
                    Given::SearchMisses => state.switches.search_misses = true,
                    Given::RequesterRefused(id) => drop(state.switches.refused_requesters.insert(*id)),
                    Given::AssigneeRefused(id) => drop(state.switches.refused_assignees.insert(*id)),
                }
            }
        });
    }

    fn forget(&self) {
        let stays = |id: u64| {
            let agents = world::AGENTS.iter().map(|agent| agent.id);
            agents
                .chain([world::DEFAULT_USER.0, API_USER.0])
                .any(|other| other == id)
        };
        self.act(|state, now| {
            let users = state.users.values().filter(|user| user.active && !stays(user.id));
            for id in users.map(|user| user.id).collect::<Vec<_>>() {
                state.deactivate(id, None, whole_seconds(now));
            }
        });
    }

    fn tickets(&self) -> Vec<Ticket> {
        let tickets = self.see(super::State::tickets).into_iter();
        tickets
            .map(|ticket| Ticket {
                id: ticket.id,
                external_id: ticket.external_id,
                requester: ticket.requester,
                group: ticket.group,
                assignee: ticket.assignee,
                comments: ticket.comments.into_iter().map(|comment| comment.body).collect(),
            })
            .collect()
    }

    fn pops(&self) -> Vec<(u64, u64)> {
        self.see(|state| state.pops().iter().map(|pop| (pop.ticket, pop.agent)).collect())
    }

    fn people(&self) -> Vec<Person> {
        let users = self.see(super::State::users).into_iter().filter(|user| user.active);
        users
            .map(|mut user| {
                user.lines.retain(|line| user.phone.as_ref() != Some(line));
                Person {
                    id: user.id,
                    phone: user.phone,
                    identities: user.lines,
                    fields: user.fields.into_iter().collect(),
                }
            })
            .collect()
    }

    fn work(&self, agent: u64, ticket: u64, deed: Deed) -> Result<(), String> {
        let done = self.act(|state, now| match deed {
            Deed::SetRequester(requester) => state.set_requester(agent, ticket, requester, now),
            Deed::MergeRequester(into) => {
                let requester = state.ticket(ticket).map(|ticket| ticket.requester).unwrap_or_default();
                state.merge_users(requester, into, now)
            }
            Deed::Close => state.close(agent, ticket, now),
            Deed::Delete => state.delete(ticket, now),
            Deed::Edit => state.edit(agent, ticket, now),
        });
        done.map_err(|refused| refused.to_string())
    }

    fn set_up(&self, up: bool) {
        self.act(|state, _| state.switches.down = (!up).then_some(Down::Closed));
    }

    fn changes(&self) -> watch::Receiver<u64> {
        Self::changes(self)
    }
}
