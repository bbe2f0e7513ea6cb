//! The mock that this crate gives to others: each of its methods stands where the client asks.

use std::time::Duration;

use futures_util::TryStreamExt;
use serde_json::json;
use zendesk_client::attachments::{NewFile, UploadToken};
use zendesk_client::calls::{CallChanges, CallComment, Direction, NewCall};
use zendesk_client::groups::GroupData;
use zendesk_client::identities::{IdentityKind, NewIdentity};
use zendesk_client::jobs::JobId;
use zendesk_client::search::HitKind;
use zendesk_client::testing::*;
use zendesk_client::tickets::{Lookup, NewComment, NewTicket, Tags, TicketChanges};
use zendesk_client::user_fields::{NewUserField, UserFieldChanges};
use zendesk_client::users::{FieldKey, UserData};
use zendesk_client::voice::CallVia;
use zendesk_client::*;

/// Mounts an endpoint for one request, and makes it.
macro_rules! each {
    ($zendesk:expr; $($mock:expr => $call:expr;)+) => {$(
        $mock.times(1).mount().await;
        if let Err(error) = $call.await {
            panic!("{}: {error} {:?}", stringify!($call), std::error::Error::source(&error));
        }
        $zendesk.verify().await;
        $zendesk.server().reset().await;
    )+};
}

const USER: UserId = UserId::new(7);
const GROUP: GroupId = GroupId::new(8);
const TICKET: TicketId = TicketId::new(77);

#[tokio::test]
async fn people_are_where_the_client_asks() {
    let zendesk = MockZendesk::start().await;
    let client = zendesk.client();
    let (users, identities, identity) = (client.users(), client.identities(), IdentityId::new(9));
    let data = UserData::new().name("A").external_id("a");
    let phone = || an_identity(9, IdentityKind::PhoneNumber, "+4972112345");
    let job = || a_job("V3-1", "queued");
    each! { zendesk;
        zendesk.whoami().answers(a_user(7)) => client.whoami();
        zendesk.list_users().answers(vec![a_user(7)]) => users.agents().all();
        zendesk.show_user(USER).answers(a_user(7)) => users.show(USER);
        zendesk.show_many_users().answers(vec![a_user(7)]) => users.show_many(&[USER]);
        zendesk.search_users().answers(vec![a_user(7)]) => users.search("x").all();
        zendesk.count_users().answers(json!({"count": {"value": 3, "refreshed_at": "2026-11-24T00:00:00Z"}})) => users.count();
        zendesk.show_many_users().with_query("external_ids", "a,b").answers(vec![a_user(7)]) => users.show_many_by_external_id(&["a", "b"]);
        zendesk.autocomplete_users().with_query("phone", "+49").answers(vec![a_user(7)]) => users.autocomplete_by_phone("+49").all();
        zendesk.autocomplete_users().with_query("name", "Ka").answers(vec![a_user(7)]) => users.autocomplete("Ka").all();
        zendesk.create_user().answers(a_user(7)) => users.create(&data);
        zendesk.create_or_update_user().answers(a_user(7)) => users.create_or_update(&data);
        zendesk.update_user(USER).answers(a_user(7)) => users.update(USER, &data);
        zendesk.delete_user(USER).answers(a_user(7).set("active", false)) => users.delete(USER);
        zendesk.merge_user(USER).answers(a_user(6)) => users.merge(USER, UserId::new(6));
        zendesk.user_related(USER).answers(Record::of(json!({"assigned_tickets": 1}))) => users.related(USER);
        zendesk.create_many_users().answers(job()) => users.create_many(std::slice::from_ref(&data));
        zendesk.create_or_update_many_users().answers(job()) => users.create_or_update_many(std::slice::from_ref(&data));
        zendesk.update_many_users().answers(job()) => users.update_all(&[USER], &data);
        zendesk.destroy_many_users().answers(job()) => users.destroy_many(&[USER]);
        zendesk.list_identities(USER).answers(vec![phone()]) => identities.list(USER).all();
        zendesk.show_identity(USER, identity).answers(phone()) => identities.show(USER, identity);
        zendesk.create_identity(USER).answers(phone()) => identities.create(USER, &NewIdentity::phone_number("+4972112345"));
        zendesk.update_identity(USER, identity).answers(phone()) => identities.update(USER, identity, "+4972112345");
        zendesk.verify_identity(USER, identity).answers(phone()) => identities.verify(USER, identity);
        zendesk.request_verification(USER, identity).answers(()) => identities.request_verification(USER, identity);
        zendesk.make_identity_primary(USER, identity).answers(vec![phone()]) => identities.make_primary(USER, identity);
        zendesk.delete_identity(USER, identity).answers(()) => identities.delete(USER, identity);
    }
}

#[tokio::test]
async fn groups_and_fields_are_where_the_client_asks() {
    let zendesk = MockZendesk::start().await;
    let client = zendesk.client();
    let (groups, memberships, membership) = (client.groups(), client.memberships(), MembershipId::new(9));
    let (fields, field, key) = (
        client.user_fields(),
        UserFieldId::new(3),
        FieldKey::new("phone_2").unwrap(),
    );
    let (support, member, data) = (
        || a_group(8, "Support"),
        || a_membership(9, 7, 8),
        GroupData::new().name("Support"),
    );
    each! { zendesk;
        zendesk.list_groups().answers(vec![support()]) => groups.list().all();
        zendesk.list_assignable_groups().answers(vec![support()]) => groups.assignable().all();
        zendesk.count_groups().answers(json!({"count": {"value": 3}})) => groups.count();
        zendesk.list_groups_of_user(USER).answers(vec![support()]) => groups.of_user(USER).all();
        zendesk.list_users_in_group(GROUP).answers(vec![a_user(7)]) => client.users().in_group(GROUP).all();
        zendesk.show_group(GROUP).answers(support()) => groups.show(GROUP);
        zendesk.create_group().answers(support()) => groups.create(&data);
        zendesk.update_group(GROUP).answers(support()) => groups.update(GROUP, &data);
        zendesk.delete_group(GROUP).answers(()) => groups.delete(GROUP);
        zendesk.list_memberships().answers(vec![member()]) => memberships.list().all();
        zendesk.list_assignable_memberships().answers(vec![member()]) => memberships.assignable().all();
        zendesk.list_memberships_of_user(USER).answers(vec![member()]) => memberships.of_user(USER).all();
        zendesk.list_memberships_of_group(GROUP).answers(vec![member()]) => memberships.of_group(GROUP).all();
        zendesk.show_membership(membership).answers(member()) => memberships.show(membership);
        zendesk.create_membership().answers(member()) => memberships.create(USER, GROUP);
        zendesk.make_membership_default(USER, membership).answers(vec![member()]) => memberships.make_default(USER, membership);
        zendesk.delete_membership(membership).answers(()) => memberships.delete(membership);
        zendesk.list_user_fields().answers(vec![a_user_field(3, &key)]) => fields.list().all();
        zendesk.show_user_field(field).answers(a_user_field(3, &key)) => fields.show(field);
        zendesk.create_user_field().answers(a_user_field(3, &key)) => fields.create(&NewUserField::text(&key, "Second number"));
        zendesk.update_user_field(field).answers(a_user_field(3, &key)) => fields.update(field, &UserFieldChanges::new().active(true));
        zendesk.delete_user_field(field).answers(()) => fields.delete(field);
    }
}

#[tokio::test]
async fn tickets_and_files_are_where_the_client_asks() {
    let zendesk = MockZendesk::start().await;
    let client = zendesk.client();
    let (tickets, files) = (client.tickets(), client.attachments());
    let (comment, attachment) = (CommentId::new(4), AttachmentId::new(5));
    let (new, changes) = (
        NewTicket::new(NewComment::internal("x")),
        TicketChanges::new().subject("x"),
    );
    let (job, tags) = (|| a_job("V3-1", "queued"), || json!({"tags": ["a"]}));
    let file = || NewFile::new("a.wav", "audio/wav", Body::bytes("RIFF"));
    each! { zendesk;
        zendesk.list_tickets().answers(vec![a_ticket(77)]) => tickets.list_by_external_id("a").all();
        zendesk.count_tickets().answers(json!({"count": {"value": 3}})) => tickets.count();
        zendesk.list_recent_tickets().answers(vec![a_ticket(77)]) => tickets.recent().all();
        zendesk.list_tickets().answers(vec![a_ticket(77)]) => tickets.list().all();
        zendesk.list_tickets_requested_by(USER).answers(vec![a_ticket(77)]) => tickets.requested_by(USER).all();
        zendesk.list_tickets_assigned_to(USER).answers(vec![a_ticket(77)]) => tickets.assigned_to(USER).all();
        zendesk.list_tickets_copied_to(USER).answers(vec![a_ticket(77)]) => tickets.copied_to(USER).all();
        zendesk.show_ticket(TICKET).answers(a_ticket(77)) => tickets.show(TICKET);
        zendesk.show_many_tickets().answers(vec![a_ticket(77)]) => tickets.show_many(&[TICKET]);
        zendesk.create_ticket().answers(a_ticket(77)) => tickets.create(&new, None);
        zendesk.update_ticket(TICKET).answers(a_ticket(77)) => tickets.update(TICKET, &changes);
        zendesk.delete_ticket(TICKET).answers(()) => tickets.delete(TICKET);
        zendesk.list_comments(TICKET).answers(vec![a_comment(4, "x")]) => tickets.comments(TICKET).all();
        zendesk.make_comment_private(TICKET, comment).answers(()) => tickets.make_comment_private(TICKET, comment);
        zendesk.list_audits(TICKET).answers(vec![an_audit(1, 77)]) => tickets.audits(TICKET).all();
        zendesk.show_audit(TICKET, AuditId::new(1)).answers(an_audit(1, 77)) => tickets.audit(TICKET, AuditId::new(1));
        zendesk.list_all_audits().answers(vec![an_audit(1, 77)]) => tickets.all_audits().all();
        zendesk.list_tags(TICKET).answers(tags()) => tickets.tags(TICKET);
        zendesk.set_tags(TICKET).answers(tags()) => tickets.set_tags(TICKET, &Tags::new(["a"]));
        zendesk.add_tags(TICKET).answers(tags()) => tickets.add_tags(TICKET, &Tags::new(["a"]));
        zendesk.remove_tags(TICKET).answers(tags()) => tickets.remove_tags(TICKET, &Tags::new(["a"]));
        zendesk.create_many_tickets().answers(job()) => tickets.create_many(std::slice::from_ref(&new));
        zendesk.update_many_tickets().answers(job()) => tickets.update_all(&[TICKET], &changes);
        zendesk.destroy_many_tickets().answers(job()) => tickets.destroy_many(&[TICKET]);
        zendesk.upload().answers(an_upload("t0ken", an_attachment(5, "a.wav"))) => files.upload(file());
        zendesk.delete_upload("t0ken").answers(()) => files.delete_upload(&UploadToken::new("t0ken".into()));
        zendesk.show_attachment(attachment).answers(an_attachment(5, "a.wav")) => files.show(attachment);
        zendesk.redact_attachment(TICKET, comment, attachment).answers(an_attachment(5, "redacted.txt"))
            => files.redact(TICKET, comment, attachment);
    }
}

#[tokio::test]
async fn the_rest_is_where_the_client_asks() {
    let zendesk = MockZendesk::start().await;
    let client = zendesk.client();
    let (search, incremental, since) = (client.search(), client.incremental(), jiff::Timestamp::UNIX_EPOCH);
    let (voice, calls, call) = (client.voice(), client.calls(), CallId::new(6));
    let hit = || Record::of(json!({"result_type": "user", "id": 7}));
    let all = |key: &str| json!({key: [{"id": 7}], "end_of_stream": true});
    let (job, id) = (|| a_job("V3-1", "completed"), JobId::new("V3-1"));
    let new = NewCall::new(AppId::new(5), "1", "2", Direction::Inbound, since);
    let token = Record::of(json!({"user_id": 7, "scopes": ["read"]}));
    each! { zendesk;
        zendesk.search().answers(vec![hit()]) => search.query("x").all();
        zendesk.count_search().answers(json!({"count": 3})) => search.count("x");
        zendesk.export_search().answers(vec![hit()]) => search.export(&HitKind::User, "x").all();
        zendesk.export_users().answers(all("users")) => incremental.users(since).all();
        zendesk.export_users_by_time().answers(all("users")) => incremental.users_by_time(since).all();
        zendesk.export_tickets().answers(all("tickets")) => incremental.tickets(since).all();
        zendesk.export_tickets_by_time().answers(all("tickets")) => incremental.tickets_by_time(since).all();
        zendesk.export_ticket_events().answers(vec![Record::new(1)]) => incremental.ticket_events(since).all();
        zendesk.list_jobs().answers(vec![job()]) => client.jobs().list().all();
        zendesk.show_job("V3-1").answers(job()) => client.jobs().show(&id);
        zendesk.show_many_jobs().answers(vec![job()]) => client.jobs().show_many(std::slice::from_ref(&id));
        zendesk.display_ticket(USER, TICKET).answers(()) => voice.display_ticket(USER, TICKET);
        zendesk.display_profile(USER, UserId::new(6)).answers(()) => voice.display_profile(USER, UserId::new(6));
        zendesk.create_voice_ticket().answers(a_ticket(77))
            => voice.create_ticket(CallVia::Inbound, &NewTicket::new(NewComment::internal("x")), Some(USER));
        zendesk.create_call().answers(a_call(6)) => calls.create(&new);
        zendesk.show_call(call).answers(a_call(6)) => calls.show(call);
        zendesk.update_call(call).answers(a_call(6)) => calls.update(call, &CallChanges::new().completion_status("missed"));
        zendesk.comment_on_call(call).answers(json!({"id": 4, "public": false})) => calls.comment(call, &CallComment::new("x"));
        zendesk.current_token().answers(token) => client.oauth().current_token();
        zendesk.revoke_token().answers(()) => client.oauth().revoke_current();
    }
    zendesk
        .give_token()
        .answers(json!({"access_token": "t", "expires_in": 1800}))
        .times(1)
        .mount()
        .await;
    zendesk.whoami().answers(a_user(7)).times(1).mount().await;
    let by_secret = zendesk.builder(Credentials::client("a", "s".into())).build().unwrap();
    by_secret.whoami().await.unwrap();
}

#[tokio::test]
async fn answers_come_in_order_and_lists_in_pages() {
    let zendesk = MockZendesk::start().await;
    let client = zendesk.client();
    let pages = Pages::new([vec![a_group(1, "A")], vec![], vec![a_group(2, "B"), a_group(3, "C")]]);
    zendesk
        .list_groups()
        .fails(Failure::maintenance(0))
        .answers(pages)
        .mount()
        .await;
    let groups: Vec<_> = client
        .groups()
        .list()
        .stream()
        .map_ok(|group| group.id.get())
        .try_collect()
        .await
        .unwrap();
    assert_eq!(groups, [1, 2, 3]);
    let create = zendesk
        .create_ticket()
        .with_key("k")
        .answers(a_ticket(77))
        .with_header("x-idempotency-lookup", "hit");
    create.mount().await;
    let ticket = NewTicket::new(NewComment::internal("x"));
    let created = client
        .tickets()
        .create(&ticket, IdempotencyKey::new("k"))
        .await
        .unwrap();
    assert_eq!(created.lookup, Lookup::Hit);
    let elsewhere = client
        .tickets()
        .create(&ticket, IdempotencyKey::new("other"))
        .await
        .unwrap_err();
    assert!(elsewhere.is_not_found());
}

#[tokio::test]
async fn every_failure_is_read_as_what_it_is() {
    let scopes = Failure::missing_scopes("read");
    for (failure, kind) in [
        (Failure::not_found(), ErrorKind::NotFound),
        (Failure::no_such_endpoint(), ErrorKind::NoSuchEndpoint),
        (Failure::token_ended(), ErrorKind::NotAuthenticated),
        (Failure::forbidden(), ErrorKind::Forbidden),
        (scopes, ErrorKind::Forbidden),
        (Failure::invalid("value", "DuplicateValue"), ErrorKind::Validation),
        (Failure::conflict(), ErrorKind::Conflict),
        (Failure::collision(), ErrorKind::Collision),
        (Failure::key_used_otherwise(), ErrorKind::IdempotencyMismatch),
        (Failure::too_deep(), ErrorKind::TooDeep),
        (Failure::too_large(), ErrorKind::TooLarge),
        (Failure::rate_limited(27), ErrorKind::RateLimited),
        (Failure::maintenance(27), ErrorKind::Unavailable),
        (Failure::bad_gateway(), ErrorKind::Unavailable),
        (Failure::silence(Duration::from_secs(3600)), ErrorKind::Timeout),
    ] {
        let zendesk = MockZendesk::start().await;
        zendesk.show_user(USER).fails(failure).mount().await;
        let mut hasty = zendesk.builder(Credentials::bearer("t".into()));
        if kind == ErrorKind::Timeout {
            hasty = hasty.timeout(Duration::from_millis(100));
        }
        let error = hasty
            .retry(RetryPolicy::never())
            .build()
            .unwrap()
            .users()
            .show(USER)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
    }
}

#[test]
#[should_panic(expected = "this is no ticket")]
fn a_record_that_is_none_is_told_where_it_is_written() {
    let _ = a_ticket(77).set("id", "no id").into_json();
}
