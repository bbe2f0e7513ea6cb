//! One method for each endpoint.

use super::{Endpoint, Found, Json, Many, MockZendesk, Nothing, One};
use crate::attachments::{Attachment, Upload};
use crate::calls::Call;
use crate::groups::Group;
use crate::id::{
    AttachmentId, AuditId, CallId, CommentId, GroupId, IdentityId, MembershipId, TicketId, UserFieldId, UserId,
};
use crate::identities::Identity;
use crate::incremental::TicketEvent;
use crate::jobs::Job;
use crate::memberships::Membership;
use crate::oauth::TokenInfo;
use crate::search::Hit;
use crate::tickets::{Audit, Comment, Ticket};
use crate::user_fields::UserField;
use crate::users::{Related, User};

macro_rules! endpoints {
    ($($name:ident($($arg:ident: $type:ty),*) -> $kind:ty: $method:literal $path:literal $status:literal;)+) => {
        impl MockZendesk {$(
            #[doc = concat!("`", $method, " ", $path, "`, usually answered with ", stringify!($status), ".")]
            pub fn $name(&self $(, $arg: $type)*) -> Endpoint<'_, $kind> {
                Endpoint::new(self, $method, format!($path), $status)
            }
        )+}
    };
}

endpoints! {
    whoami() -> One<User>: "GET" "/api/v2/users/me" 200;
    list_users() -> Many<User>: "GET" "/api/v2/users" 200;
    show_user(user: UserId) -> One<User>: "GET" "/api/v2/users/{user}" 200;
    show_many_users() -> Found<User>: "GET" "/api/v2/users/show_many" 200;
    search_users() -> Found<User>: "GET" "/api/v2/users/search" 200;
    count_users() -> Json: "GET" "/api/v2/users/count" 200;
    autocomplete_users() -> Found<User>: "GET" "/api/v2/users/autocomplete" 200;
    create_user() -> One<User>: "POST" "/api/v2/users" 201;
    create_or_update_user() -> One<User>: "POST" "/api/v2/users/create_or_update" 201;
    update_user(user: UserId) -> One<User>: "PUT" "/api/v2/users/{user}" 200;
    delete_user(user: UserId) -> One<User>: "DELETE" "/api/v2/users/{user}" 200;
    merge_user(loser: UserId) -> One<User>: "PUT" "/api/v2/users/{loser}/merge" 200;
    user_related(user: UserId) -> One<Related>: "GET" "/api/v2/users/{user}/related" 200;
    create_many_users() -> One<Job>: "POST" "/api/v2/users/create_many" 200;
    create_or_update_many_users() -> One<Job>: "POST" "/api/v2/users/create_or_update_many" 200;
    update_many_users() -> One<Job>: "PUT" "/api/v2/users/update_many" 200;
    destroy_many_users() -> One<Job>: "DELETE" "/api/v2/users/destroy_many" 200;

    list_identities(user: UserId) -> Many<Identity>: "GET" "/api/v2/users/{user}/identities" 200;
    show_identity(user: UserId, identity: IdentityId) -> One<Identity>: "GET" "/api/v2/users/{user}/identities/{identity}" 200;
    create_identity(user: UserId) -> One<Identity>: "POST" "/api/v2/users/{user}/identities" 201;
    update_identity(user: UserId, identity: IdentityId) -> One<Identity>: "PUT" "/api/v2/users/{user}/identities/{identity}" 200;
    verify_identity(user: UserId, identity: IdentityId) -> One<Identity>: "PUT" "/api/v2/users/{user}/identities/{identity}/verify" 200;
    request_verification(user: UserId, identity: IdentityId) -> Nothing: "PUT" "/api/v2/users/{user}/identities/{identity}/request_verification" 200;
    make_identity_primary(user: UserId, identity: IdentityId) -> Found<Identity>: "PUT" "/api/v2/users/{user}/identities/{identity}/make_primary" 200;
    delete_identity(user: UserId, identity: IdentityId) -> Nothing: "DELETE" "/api/v2/users/{user}/identities/{identity}" 204;

    list_user_fields() -> Many<UserField>: "GET" "/api/v2/user_fields" 200;
    show_user_field(field: UserFieldId) -> One<UserField>: "GET" "/api/v2/user_fields/{field}" 200;
    create_user_field() -> One<UserField>: "POST" "/api/v2/user_fields" 201;
    update_user_field(field: UserFieldId) -> One<UserField>: "PUT" "/api/v2/user_fields/{field}" 200;
    delete_user_field(field: UserFieldId) -> Nothing: "DELETE" "/api/v2/user_fields/{field}" 204;

    list_groups() -> Many<Group>: "GET" "/api/v2/groups" 200;
    list_assignable_groups() -> Many<Group>: "GET" "/api/v2/groups/assignable" 200;
    count_groups() -> Json: "GET" "/api/v2/groups/count" 200;
    list_groups_of_user(user: UserId) -> Many<Group>: "GET" "/api/v2/users/{user}/groups" 200;
    list_users_in_group(group: GroupId) -> Many<User>: "GET" "/api/v2/groups/{group}/users" 200;
    show_group(group: GroupId) -> One<Group>: "GET" "/api/v2/groups/{group}" 200;
    create_group() -> One<Group>: "POST" "/api/v2/groups" 201;
    update_group(group: GroupId) -> One<Group>: "PUT" "/api/v2/groups/{group}" 200;
    delete_group(group: GroupId) -> Nothing: "DELETE" "/api/v2/groups/{group}" 204;

    list_memberships() -> Many<Membership>: "GET" "/api/v2/group_memberships" 200;
    list_assignable_memberships() -> Many<Membership>: "GET" "/api/v2/group_memberships/assignable" 200;
    list_memberships_of_user(user: UserId) -> Many<Membership>: "GET" "/api/v2/users/{user}/group_memberships" 200;
    list_memberships_of_group(group: GroupId) -> Many<Membership>: "GET" "/api/v2/groups/{group}/memberships" 200;
    show_membership(membership: MembershipId) -> One<Membership>: "GET" "/api/v2/group_memberships/{membership}" 200;
    create_membership() -> One<Membership>: "POST" "/api/v2/group_memberships" 201;
    make_membership_default(user: UserId, membership: MembershipId) -> Found<Membership>: "PUT" "/api/v2/users/{user}/group_memberships/{membership}/make_default" 200;
    delete_membership(membership: MembershipId) -> Nothing: "DELETE" "/api/v2/group_memberships/{membership}" 204;

    list_tickets() -> Many<Ticket>: "GET" "/api/v2/tickets" 200;
    count_tickets() -> Json: "GET" "/api/v2/tickets/count" 200;
    list_recent_tickets() -> Found<Ticket>: "GET" "/api/v2/tickets/recent" 200;
    list_tickets_requested_by(user: UserId) -> Many<Ticket>: "GET" "/api/v2/users/{user}/tickets/requested" 200;
    list_tickets_assigned_to(agent: UserId) -> Many<Ticket>: "GET" "/api/v2/users/{agent}/tickets/assigned" 200;
    list_tickets_copied_to(user: UserId) -> Many<Ticket>: "GET" "/api/v2/users/{user}/tickets/ccd" 200;
    show_ticket(ticket: TicketId) -> One<Ticket>: "GET" "/api/v2/tickets/{ticket}" 200;
    show_many_tickets() -> Found<Ticket>: "GET" "/api/v2/tickets/show_many" 200;
    create_ticket() -> One<Ticket>: "POST" "/api/v2/tickets" 201;
    update_ticket(ticket: TicketId) -> One<Ticket>: "PUT" "/api/v2/tickets/{ticket}" 200;
    delete_ticket(ticket: TicketId) -> Nothing: "DELETE" "/api/v2/tickets/{ticket}" 204;
    list_comments(ticket: TicketId) -> Many<Comment>: "GET" "/api/v2/tickets/{ticket}/comments" 200;
    make_comment_private(ticket: TicketId, comment: CommentId) -> Nothing: "PUT" "/api/v2/tickets/{ticket}/comments/{comment}/make_private" 200;
    list_audits(ticket: TicketId) -> Many<Audit>: "GET" "/api/v2/tickets/{ticket}/audits" 200;
    show_audit(ticket: TicketId, audit: AuditId) -> One<Audit>: "GET" "/api/v2/tickets/{ticket}/audits/{audit}" 200;
    list_all_audits() -> Many<Audit>: "GET" "/api/v2/ticket_audits" 200;
    list_tags(ticket: TicketId) -> Json: "GET" "/api/v2/tickets/{ticket}/tags" 200;
    set_tags(ticket: TicketId) -> Json: "POST" "/api/v2/tickets/{ticket}/tags" 201;
    add_tags(ticket: TicketId) -> Json: "PUT" "/api/v2/tickets/{ticket}/tags" 200;
    remove_tags(ticket: TicketId) -> Json: "DELETE" "/api/v2/tickets/{ticket}/tags" 200;
    create_many_tickets() -> One<Job>: "POST" "/api/v2/tickets/create_many" 200;
    update_many_tickets() -> One<Job>: "PUT" "/api/v2/tickets/update_many" 200;
    destroy_many_tickets() -> One<Job>: "DELETE" "/api/v2/tickets/destroy_many" 200;

    upload() -> One<Upload>: "POST" "/api/v2/uploads" 201;
    delete_upload(token: &str) -> Nothing: "DELETE" "/api/v2/uploads/{token}" 204;
    show_attachment(attachment: AttachmentId) -> One<Attachment>: "GET" "/api/v2/attachments/{attachment}" 200;
    redact_attachment(ticket: TicketId, comment: CommentId, attachment: AttachmentId) -> One<Attachment>: "PUT" "/api/v2/tickets/{ticket}/comments/{comment}/attachments/{attachment}/redact" 200;

    search() -> Found<Hit>: "GET" "/api/v2/search" 200;
    count_search() -> Json: "GET" "/api/v2/search/count" 200;
    export_search() -> Many<Hit>: "GET" "/api/v2/search/export" 200;
    export_users() -> Json: "GET" "/api/v2/incremental/users/cursor" 200;
    export_users_by_time() -> Json: "GET" "/api/v2/incremental/users" 200;
    export_tickets() -> Json: "GET" "/api/v2/incremental/tickets/cursor" 200;
    export_tickets_by_time() -> Json: "GET" "/api/v2/incremental/tickets" 200;
    export_ticket_events() -> Found<TicketEvent>: "GET" "/api/v2/incremental/ticket_events" 200;
    list_jobs() -> Many<Job>: "GET" "/api/v2/job_statuses" 200;
    show_job(job: &str) -> One<Job>: "GET" "/api/v2/job_statuses/{job}" 200;
    show_many_jobs() -> Found<Job>: "GET" "/api/v2/job_statuses/show_many" 200;

    display_ticket(agent: UserId, ticket: TicketId) -> Nothing: "POST" "/api/v2/channels/voice/agents/{agent}/tickets/{ticket}/display" 200;
    display_profile(agent: UserId, user: UserId) -> Nothing: "POST" "/api/v2/channels/voice/agents/{agent}/users/{user}/display" 200;
    create_voice_ticket() -> One<Ticket>: "POST" "/api/v2/channels/voice/tickets" 201;
    create_call() -> One<Call>: "POST" "/api/v2/calls" 201;
    show_call(call: CallId) -> One<Call>: "GET" "/api/v2/calls/{call}" 200;
    update_call(call: CallId) -> One<Call>: "PATCH" "/api/v2/calls/{call}" 200;
    comment_on_call(call: CallId) -> Json: "POST" "/api/v2/calls/{call}/comments" 201;

    give_token() -> Json: "POST" "/oauth/tokens" 200;
    current_token() -> One<TokenInfo>: "GET" "/api/v2/oauth/tokens/current" 200;
    revoke_token() -> Nothing: "DELETE" "/api/v2/oauth/tokens/current" 204;
}
