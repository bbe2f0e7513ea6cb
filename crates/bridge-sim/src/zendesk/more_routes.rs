//! Further paths: one line each.

use http::Method;

use super::routes::{Access, Endpoint};
use super::state::State;
use super::switch_kinds::Class;

macro_rules! endpoints {
    ($($method:ident $template:literal $class:ident $access:ident $run:ident)*) => {
        pub(super) static MORE: &[Endpoint] = &[$(Endpoint {
            method: Method::$method,
            template: $template,
            class: Class::$class,
            access: $access,
            run: State::$run,
        }),*];
    };
}

const USERS: Access = Access::Resource("users");
const TICKETS: Access = Access::Resource("tickets");
const BROAD: Access = Access::Broad;
const OPEN: Access = Access::Open;

endpoints! {
    GET "/oauth/authorizations/new" Token OPEN authorization_page
    GET "/api/v2/users/autocomplete" Search USERS autocomplete_users
    PUT "/api/v2/users/{id}/identities/{id}/request_verification" Identity BROAD request_verification
    POST "/api/v2/user_fields" Setup USERS create_user_field
    GET "/api/v2/user_fields/{id}" Setup USERS show_user_field
    PUT "/api/v2/user_fields/{id}" Setup USERS update_user_field
    DELETE "/api/v2/user_fields/{id}" Setup USERS delete_user_field
    GET "/api/v2/tickets/{id}/audits/{id}" ReadTicket TICKETS show_audit
    GET "/api/v2/ticket_audits" ReadTicket TICKETS list_all_audits
    PUT "/api/v2/tickets/{id}/comments/{id}/make_private" UpdateTicket TICKETS make_comment_private
    GET "/api/v2/search/export" Export BROAD export_search
    GET "/api/v2/incremental/users" Export USERS export_users_by_time
    GET "/api/v2/incremental/users/cursor" Export USERS export_users_by_cursor
    GET "/api/v2/incremental/tickets" Export TICKETS export_tickets_by_time
    GET "/api/v2/incremental/tickets/cursor" Export TICKETS export_tickets_by_cursor
    GET "/api/v2/incremental/ticket_events" Export TICKETS export_ticket_events
    POST "/api/v2/calls" Call BROAD create_call
    GET "/api/v2/calls/{id}" Call BROAD show_call
    PATCH "/api/v2/calls/{id}" Call BROAD update_call
    POST "/api/v2/calls/{id}/comments" Call BROAD comment_on_call
    GET "/api/v2/users/count" ReadUser USERS count_users
    POST "/api/v2/users/create_many" WriteUser USERS create_many_users
    POST "/api/v2/users/create_or_update_many" WriteUser USERS create_or_update_many_users
    PUT "/api/v2/users/update_many" WriteUser USERS update_many_users
    DELETE "/api/v2/users/destroy_many" WriteUser USERS destroy_many_users
    GET "/api/v2/groups/count" Setup USERS count_groups
    GET "/api/v2/tickets/count" ReadTicket TICKETS count_tickets
    GET "/api/v2/tickets/recent" ReadTicket TICKETS list_recent_tickets
    POST "/api/v2/tickets/create_many" CreateTicket TICKETS create_many_tickets
    PUT "/api/v2/tickets/update_many" UpdateTicket TICKETS update_many_tickets
    DELETE "/api/v2/tickets/destroy_many" UpdateTicket TICKETS destroy_many_tickets
    POST "/api/v2/groups" Setup USERS create_group
    PUT "/api/v2/groups/{id}" Setup USERS update_group
    DELETE "/api/v2/groups/{id}" Setup USERS remove_group
    GET "/api/v2/groups/{id}/users" Setup USERS list_users_of_group
    GET "/api/v2/users/{id}/groups" Setup USERS list_groups_of_user
    POST "/api/v2/group_memberships" Setup USERS create_membership
    GET "/api/v2/group_memberships/{id}" Setup USERS show_membership
    DELETE "/api/v2/group_memberships/{id}" Setup USERS delete_membership
    PUT "/api/v2/users/{id}/group_memberships/{id}/make_default" Setup USERS make_membership_default
    GET "/api/v2/users/{id}/related" ReadUser USERS show_related
    GET "/api/v2/users/{id}/tickets/requested" ReadTicket TICKETS list_requested_tickets
    GET "/api/v2/users/{id}/tickets/assigned" ReadTicket TICKETS list_assigned_tickets
    GET "/api/v2/users/{id}/tickets/ccd" ReadTicket TICKETS list_ccd_tickets
    GET "/api/v2/search/count" Search BROAD count_search
    PUT "/api/v2/users/{id}/identities/{id}/verify" Identity BROAD verify_identity
    POST "/api/v2/channels/voice/agents/{id}/users/{id}/display" Display BROAD display_profile
    GET "/api/v2/job_statuses" Setup BROAD list_jobs
    GET "/api/v2/job_statuses/show_many" Setup BROAD show_many_jobs
    GET "/api/v2/job_statuses/{id}" Setup BROAD show_job
    GET "/api/v2/tickets/{id}/tags" ReadTicket TICKETS show_tags
    POST "/api/v2/tickets/{id}/tags" UpdateTicket TICKETS write_tags
    PUT "/api/v2/tickets/{id}/tags" UpdateTicket TICKETS write_tags
    DELETE "/api/v2/tickets/{id}/tags" UpdateTicket TICKETS write_tags
    POST "/api/v2/uploads" Upload TICKETS post_upload
    DELETE "/api/v2/uploads/{id}" Upload TICKETS delete_upload
    GET "/api/v2/attachments/{id}" Upload TICKETS show_attachment
    PUT "/api/v2/tickets/{id}/comments/{id}/attachments/{id}/redact" UpdateTicket TICKETS redact_attachment
    GET "/attachments/token/{id}/" Upload OPEN attachment_content
}
