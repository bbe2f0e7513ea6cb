//! Which paths there are.

use http::Method;

use super::message::SimResponse;
use super::more_routes::MORE;
use super::state::{Ctx, Reply, State};
use super::switch_kinds::Class;

/// A path, and what answers it.
pub(super) struct Endpoint {
    pub(super) method: Method,
    pub(super) template: &'static str,
    pub(super) class: Class,
    pub(super) access: Access,
    pub(super) run: fn(&mut State, &mut Ctx<'_>) -> Reply,
}

/// What a token must be good for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// No credentials at all.
    Open,
    /// Bad credentials make an anonymous user instead of an error.
    Anonymous,
    /// `read` or `write`, or the same of this resource.
    Resource(&'static str),
    /// `read` or `write`; the scopes of single resources do not do.
    Broad,
}

impl Endpoint {
    pub(super) fn is_open(&self) -> bool {
        self.access == Access::Open
    }

    /// What the warning about dropped keys calls it.
    pub(super) fn names(&self) -> (&'static str, &'static str) {
        let action = match (
            self.method.as_str(),
            self.template.rsplit('/').next().unwrap_or_default(),
        ) {
            (_, "create_or_update") => "create_or_update",
            (_, "merge") => "merge",
            ("POST", _) => "create",
            ("PUT" | "PATCH", _) => "update",
            ("DELETE", _) => "destroy",
            _ => "index",
        };
        let controller = match self.class {
            Class::ReadUser | Class::WriteUser | Class::Search | Class::Export => "users",
            Class::Call => "calls",
            Class::Identity => "user_identities",
            Class::ReadTicket | Class::CreateTicket | Class::UpdateTicket | Class::Upload => "tickets",
            Class::Display => "voice",
            Class::Token | Class::Setup => "account",
        };
        (controller, action)
    }
}

/// The endpoint for this path, and the numbers in it.
pub(super) fn find(method: &Method, path: &str) -> Option<(&'static Endpoint, Vec<u64>)> {
    let path = path.strip_suffix(".json").unwrap_or(path);
    let fitting = ENDPOINTS
        .iter()
        .chain(MORE)
        .filter(|endpoint| endpoint.method == *method)
        .filter_map(|endpoint| Some((endpoint, fits(endpoint.template, path)?)));
    // A literal path goes before one that takes its last word for an id.
    fitting.min_by_key(|(_, ids)| ids.len())
}

fn fits(template: &str, path: &str) -> Option<Vec<u64>> {
    let (mut wanted, mut given) = (template.split('/'), path.split('/'));
    let mut ids = Vec::new();
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(ids),
            // An id that is no number is an id of nothing.
            (Some("{id}"), Some(id)) if !id.is_empty() => ids.push(id.parse().unwrap_or_default()),
            (Some(wanted), Some(given)) if wanted == given => {}
            (Some(_) | None, _) => return None,
        }
    }
}

const fn at(
    method: Method,
    template: &'static str,
    class: Class,
    access: Access,
    run: fn(&mut State, &mut Ctx<'_>) -> Result<SimResponse, SimResponse>,
) -> Endpoint {
    Endpoint {
        method,
        template,
        class,
        access,
        run,
    }
}

const USERS: Access = Access::Resource("users");
const TICKETS: Access = Access::Resource("tickets");

/// What a bridge needs.
static ENDPOINTS: &[Endpoint] = &[
    at(
        Method::POST,
        "/oauth/tokens",
        Class::Token,
        Access::Open,
        State::post_token,
    ),
    at(
        Method::GET,
        "/api/v2/oauth/tokens/current",
        Class::Setup,
        Access::Broad,
        State::current_token,
    ),
    at(
        Method::DELETE,
        "/api/v2/oauth/tokens/current",
        Class::Setup,
        Access::Broad,
        State::revoke_token,
    ),
    at(Method::GET, "/api/v2/users", Class::ReadUser, USERS, State::list_users),
    at(
        Method::POST,
        "/api/v2/users",
        Class::WriteUser,
        USERS,
        State::create_user,
    ),
    at(
        Method::GET,
        "/api/v2/users/me",
        Class::ReadUser,
        Access::Anonymous,
        State::show_me,
    ),
    at(
        Method::GET,
        "/api/v2/users/show_many",
        Class::ReadUser,
        USERS,
        State::show_many_users,
    ),
    at(
        Method::GET,
        "/api/v2/users/search",
        Class::Search,
        USERS,
        State::search_users,
    ),
    at(
        Method::POST,
        "/api/v2/users/create_or_update",
        Class::WriteUser,
        USERS,
        State::create_or_update_user,
    ),
    at(
        Method::GET,
        "/api/v2/users/{id}",
        Class::ReadUser,
        USERS,
        State::show_user,
    ),
    at(
        Method::PUT,
        "/api/v2/users/{id}",
        Class::WriteUser,
        USERS,
        State::update_user,
    ),
    at(
        Method::DELETE,
        "/api/v2/users/{id}",
        Class::WriteUser,
        USERS,
        State::delete_user,
    ),
    at(
        Method::PUT,
        "/api/v2/users/{id}/merge",
        Class::WriteUser,
        USERS,
        State::merge_user,
    ),
    at(
        Method::GET,
        "/api/v2/users/{id}/group_memberships",
        Class::Setup,
        USERS,
        State::list_memberships_of_user,
    ),
    at(
        Method::GET,
        "/api/v2/users/{id}/identities",
        Class::Identity,
        Access::Broad,
        State::list_identities,
    ),
    at(
        Method::POST,
        "/api/v2/users/{id}/identities",
        Class::Identity,
        Access::Broad,
        State::create_identity,
    ),
    at(
        Method::GET,
        "/api/v2/users/{id}/identities/{id}",
        Class::Identity,
        Access::Broad,
        State::show_identity,
    ),
    at(
        Method::PUT,
        "/api/v2/users/{id}/identities/{id}",
        Class::Identity,
        Access::Broad,
        State::update_identity,
    ),
    at(
        Method::DELETE,
        "/api/v2/users/{id}/identities/{id}",
        Class::Identity,
        Access::Broad,
        State::delete_identity,
    ),
    at(
        Method::PUT,
        "/api/v2/users/{id}/identities/{id}/make_primary",
        Class::Identity,
        Access::Broad,
        State::make_identity_primary,
    ),
    at(
        Method::GET,
        "/api/v2/user_fields",
        Class::Setup,
        USERS,
        State::list_user_fields,
    ),
    at(Method::GET, "/api/v2/groups", Class::Setup, USERS, State::list_groups),
    at(
        Method::GET,
        "/api/v2/groups/assignable",
        Class::Setup,
        USERS,
        State::list_groups,
    ),
    at(
        Method::GET,
        "/api/v2/groups/{id}",
        Class::Setup,
        USERS,
        State::show_group,
    ),
    at(
        Method::GET,
        "/api/v2/groups/{id}/memberships",
        Class::Setup,
        USERS,
        State::list_memberships_of_group,
    ),
    at(
        Method::GET,
        "/api/v2/group_memberships",
        Class::Setup,
        USERS,
        State::list_memberships,
    ),
    at(
        Method::GET,
        "/api/v2/group_memberships/assignable",
        Class::Setup,
        USERS,
        State::list_memberships,
    ),
    at(
        Method::GET,
        "/api/v2/tickets",
        Class::ReadTicket,
        TICKETS,
        State::list_tickets,
    ),
    at(
        Method::POST,
        "/api/v2/tickets",
        Class::CreateTicket,
        TICKETS,
        State::post_ticket,
    ),
    at(
        Method::GET,
        "/api/v2/tickets/show_many",
        Class::ReadTicket,
        TICKETS,
        State::show_many_tickets,
    ),
    at(
        Method::GET,
        "/api/v2/tickets/{id}",
        Class::ReadTicket,
        TICKETS,
        State::show_ticket,
    ),
    at(
        Method::PUT,
        "/api/v2/tickets/{id}",
        Class::UpdateTicket,
        TICKETS,
        State::put_ticket,
    ),
    at(
        Method::DELETE,
        "/api/v2/tickets/{id}",
        Class::UpdateTicket,
        TICKETS,
        State::remove_ticket,
    ),
    at(
        Method::GET,
        "/api/v2/tickets/{id}/comments",
        Class::ReadTicket,
        TICKETS,
        State::list_comments,
    ),
    at(
        Method::GET,
        "/api/v2/tickets/{id}/audits",
        Class::ReadTicket,
        TICKETS,
        State::list_audits,
    ),
    at(
        Method::GET,
        "/api/v2/search",
        Class::Search,
        Access::Broad,
        State::search,
    ),
    at(
        Method::POST,
        "/api/v2/channels/voice/agents/{id}/tickets/{id}/display",
        Class::Display,
        Access::Broad,
        State::display_ticket,
    ),
    at(
        Method::POST,
        "/api/v2/channels/voice/tickets",
        Class::CreateTicket,
        Access::Broad,
        State::post_voice_ticket,
    ),
];
