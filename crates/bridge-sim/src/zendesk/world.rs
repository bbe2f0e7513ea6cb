//! The Zendesk of the world that is always there ([`crate::world`]), and the credentials that open it.

use jiff::Timestamp;

use super::state::State;
use super::switches::Switches;
use super::user::{NewUser, Role};
use crate::world;

/// Identifier of the OAuth client.
pub const CLIENT_ID: &str = "zendesk_bridge";
/// Its secret.
pub const CLIENT_SECRET: &str = "sim-client-secret";
/// A ready-made OAuth token that does not end.
pub const OAUTH_TOKEN: &str = "sim-oauth-token";
/// An API token, good for every agent's address.
pub const API_TOKEN: &str = "sim-api-token";
/// The administrator as whom the OAuth client and the token act: id, name, address. No agent of the world, and in no group.
pub const API_USER: (u64, &str, &str) = (500, "Phone Bridge", "bridge@acme.example");

/// The account of the world that is always there: its agents, groups, default user and user field, and [`API_USER`].
#[must_use]
pub fn default_zendesk(switches: Switches, now: Timestamp) -> State {
    let mut state = State::new(switches);
    let groups = world::ZENDESK_GROUPS.map(|(id, _)| id);
    for (id, name) in world::ZENDESK_GROUPS {
        state.add_group(id, name, now);
    }
    state.add_user_field(world::USER_FIELD, "text", now);
    for agent in world::AGENTS {
        state.add_agent(agent.id, agent.name, agent.email, &groups, now);
        if !agent.signed_in {
            state.sign_out(agent.id);
        }
    }
    let (id, name, email) = world::DEFAULT_USER;
    let user = |(id, name, email): (u64, &str, &str), role| NewUser {
        id: Some(id),
        name: name.to_owned(),
        role: Some(role),
        email: Some(email.to_owned()),
        ..NewUser::default()
    };
    state.add_user(user((id, name, email), Role::EndUser), now);
    state.add_user(user(API_USER, Role::Admin), now);
    state.add_oauth_client(CLIENT_ID, CLIENT_SECRET, API_USER.0, "read write");
    state.add_oauth_token(OAUTH_TOKEN, API_USER.0, "read write", None, now);
    state.add_api_token(API_TOKEN);
    state
}
