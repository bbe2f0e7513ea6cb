//! Opening, showing, reading, reassigning and annotating tickets.

use bridge_core::desk::{GroupId, Standing, TicketId, TicketView, UserId};
use bridge_core::effect::{Order, TicketDraft};
use bridge_core::input::{Outcome, Refusal};
use bridge_core::port::{FailureKind, HelpDesk as _};
use serde_json::{Value, json};
use wiremock::matchers::{body_json, header, query_param};
use wiremock::{MockServer, ResponseTemplate};

use super::{FIRST, UNSETTLED, carry_out, desk, effect, invalid, missing, ok, on};

/// The ticket that the mock server knows.
fn the_ticket() -> TicketId {
    TicketId::new(77)
}

fn draft() -> TicketDraft {
    TicketDraft {
        external_id: "zendesk-bridge:hq:c1".into(),
        subject: "Call".into(),
        note: "from 0721 123456".into(),
        requester: Some(UserId::new(400)),
        assignee: Some(UserId::new(501)),
        group: Some(GroupId::new(71)),
        tags: vec!["phone".into()],
    }
}

fn created(id: u64) -> ResponseTemplate {
    let answer = ResponseTemplate::new(201).insert_header("x-idempotency-lookup", "miss");
    answer.set_body_json(json!({"ticket": {"id": id}, "audit": {"id": 1}}))
}

fn tickets(found: &[(u64, &str)]) -> ResponseTemplate {
    let found: Vec<_> = found
        .iter()
        .map(|(id, external)| json!({"id": id, "external_id": external}))
        .collect();
    ok(json!({"tickets": found, "meta": {"has_more": false}}))
}

async fn opened(answer: ResponseTemplate, draft: TicketDraft) -> Result<Outcome, bridge_core::port::Failure> {
    let server = MockServer::start().await;
    on("POST", "/api/v2/tickets")
        .respond_with(answer)
        .expect(1)
        .mount(&server)
        .await;
    carry_out(&server, Order::OpenTicket(draft)).await
}

#[tokio::test]
async fn a_ticket_is_opened_with_an_internal_comment_and_the_effects_id_as_key() {
    let server = MockServer::start().await;
    let body = json!({"ticket": {
        "comment": {"body": "from 0721 123456", "public": false}, "subject": "Call", "external_id": "zendesk-bridge:hq:c1",
        "requester_id": 400, "assignee_id": 501, "group_id": 71, "tags": ["phone"]}});
    let post = on("POST", "/api/v2/tickets")
        .and(header("idempotency-key", "c1/ticket"))
        .and(body_json(body));
    post.respond_with(created(77)).expect(1).mount(&server).await;
    let outcome = desk(&server)
        .carry_out(&effect("ticket", Order::OpenTicket(draft())), FIRST)
        .await
        .result;
    assert_eq!(outcome, Ok(Outcome::Opened { ticket: the_ticket() }));
}

#[tokio::test]
async fn what_a_draft_leaves_out_is_not_sent() {
    let server = MockServer::start().await;
    let body = json!({"ticket": {"comment": {"body": "from 0721 123456", "public": false}, "subject": "Call", "external_id": "zendesk-bridge:hq:c1"}});
    on("POST", "/api/v2/tickets")
        .and(body_json(body))
        .respond_with(created(77))
        .expect(1)
        .mount(&server)
        .await;
    let bare = TicketDraft {
        requester: None,
        assignee: None,
        group: None,
        tags: Vec::new(),
        ..draft()
    };
    carry_out(&server, Order::OpenTicket(bare)).await.unwrap();
}

#[tokio::test]
async fn an_unsettled_creation_is_looked_for_first_and_the_oldest_counts() {
    let server = MockServer::start().await;
    let list = on("GET", "/api/v2/tickets").and(query_param("external_id", "zendesk-bridge:hq:c1"));
    let found = [
        (79, "zendesk-bridge:hq:c1"),
        (78, "zendesk-bridge:hq:c1"),
        (12, "zendesk-bridge:hq:c10"),
    ];
    list.respond_with(tickets(&found)).expect(1).mount(&server).await;
    on("POST", "/api/v2/tickets")
        .respond_with(created(80))
        .expect(0)
        .mount(&server)
        .await;
    let outcome = desk(&server)
        .carry_out(&effect("ticket", Order::OpenTicket(draft())), UNSETTLED)
        .await
        .result;
    assert_eq!(
        outcome,
        Ok(Outcome::Opened {
            ticket: TicketId::new(78)
        })
    );
}

#[tokio::test]
async fn an_unsettled_creation_that_never_happened_happens_now() {
    let server = MockServer::start().await;
    on("GET", "/api/v2/tickets")
        .respond_with(tickets(&[]))
        .expect(1)
        .mount(&server)
        .await;
    on("POST", "/api/v2/tickets")
        .respond_with(created(77))
        .expect(1)
        .mount(&server)
        .await;
    let outcome = desk(&server)
        .carry_out(&effect("ticket", Order::OpenTicket(draft())), UNSETTLED)
        .await
        .result;
    assert_eq!(outcome, Ok(Outcome::Opened { ticket: the_ticket() }));
}

type Fields = &'static [(&'static str, &'static str, &'static str)];

#[tokio::test]
async fn refusals_are_told_by_the_fields_and_then_by_the_words() {
    const CODE: &str = "InvalidValue";
    let table: [(Fields, Refusal); 9] = [
        (&[("requester_id", CODE, "x")], Refusal::Requester),
        (&[("requester", CODE, "x")], Refusal::Requester),
        (&[("assignee_id", CODE, "x")], Refusal::Assignee),
        (&[("assignee", CODE, "is not in the group")], Refusal::Assignee),
        (&[("group_id", CODE, "x")], Refusal::Group),
        (&[("group", CODE, "x")], Refusal::Group),
        (
            &[("base", CODE, "Requester Karla Kunde is suspended.")],
            Refusal::Requester,
        ),
        (
            &[("base", CODE, "Assignee is not a member of the group")],
            Refusal::Assignee,
        ),
        (
            &[
                ("base", CODE, "the group mentions the requester"),
                ("group_id", CODE, "x"),
            ],
            Refusal::Group,
        ),
    ];
    for (fields, refusal) in table {
        match opened(invalid(fields), draft()).await {
            Ok(Outcome::Refused { what, why }) => {
                assert_eq!(what, refusal, "{fields:?}");
                assert!(!why.contains("Karla"), "{why}");
            }
            other => panic!("{fields:?}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn what_is_not_in_the_draft_cannot_be_refused() {
    let answer = invalid(&[
        ("assignee_id", "InvalidValue", "x"),
        ("subject", "TooLong", "from 0721 123456"),
    ]);
    let failure = opened(
        answer,
        TicketDraft {
            assignee: None,
            ..draft()
        },
    )
    .await
    .unwrap_err();
    assert_eq!(failure.kind, FailureKind::Impossible);
    assert_eq!(
        failure.message,
        "opening the ticket: Zendesk refuses it (422 RecordInvalid, assignee_id: InvalidValue, subject: TooLong)"
    );
}

#[tokio::test]
async fn a_suspended_ticket_is_a_refused_requester() {
    let answer = ResponseTemplate::new(201).set_body_json(json!({"suspended_ticket": {"id": 3}}));
    let outcome = opened(answer, draft()).await;
    assert!(
        matches!(
            outcome,
            Ok(Outcome::Refused {
                what: Refusal::Requester,
                ..
            })
        ),
        "{outcome:?}"
    );
}

fn mismatch() -> ResponseTemplate {
    ResponseTemplate::new(400)
        .set_body_json(json!({"error": "IdempotentRequestError", "description": "Request parameters don't match"}))
}

#[tokio::test]
async fn a_key_used_otherwise_is_settled_by_the_external_id() {
    let server = MockServer::start().await;
    on("POST", "/api/v2/tickets")
        .respond_with(mismatch())
        .expect(1)
        .mount(&server)
        .await;
    on("GET", "/api/v2/tickets")
        .respond_with(tickets(&[(77, "zendesk-bridge:hq:c1")]))
        .expect(1)
        .mount(&server)
        .await;
    let outcome = carry_out(&server, Order::OpenTicket(draft())).await;
    assert_eq!(outcome, Ok(Outcome::Opened { ticket: the_ticket() }));
}

#[tokio::test]
async fn a_key_that_belongs_to_another_bridges_call_gives_way_to_an_own_one() {
    let server = MockServer::start().await;
    let post = |key: &str| on("POST", "/api/v2/tickets").and(header("idempotency-key", key));
    post("c1/step").respond_with(mismatch()).expect(1).mount(&server).await;
    post("zendesk-bridge:hq:c1/step")
        .respond_with(created(77))
        .expect(1)
        .mount(&server)
        .await;
    on("GET", "/api/v2/tickets")
        .respond_with(tickets(&[]))
        .expect(1)
        .mount(&server)
        .await;
    let outcome = carry_out(&server, Order::OpenTicket(draft())).await;
    assert_eq!(outcome, Ok(Outcome::Opened { ticket: the_ticket() }));
}

#[tokio::test]
async fn a_pop_is_shown_or_the_reason_told() {
    let html = ResponseTemplate::new(404).set_body_raw("<html></html>", "text/html");
    let forbidden = ResponseTemplate::new(403).set_body_json(json!({"error": {"title": "Forbidden", "message": "x"}}));
    for (answer, why) in [
        (missing(), "not signed in"),
        (html, "Talk Partner"),
        (forbidden, "Talk Partner"),
        (invalid(&[]), "for this agent"),
    ] {
        let server = MockServer::start().await;
        on("POST", "/api/v2/channels/voice/agents/501/tickets/77/display")
            .respond_with(answer)
            .expect(1)
            .mount(&server)
            .await;
        match carry_out(
            &server,
            Order::Pop {
                ticket: the_ticket(),
                agent: UserId::new(501),
            },
        )
        .await
        {
            Ok(Outcome::NotPopped { why: told }) => assert!(told.contains(why), "{told}"),
            other => panic!("{other:?}"),
        }
    }
    let server = MockServer::start().await;
    on("POST", "/api/v2/channels/voice/agents/501/tickets/77/display")
        .respond_with(ResponseTemplate::new(200))
        .mount(&server)
        .await;
    assert_eq!(
        carry_out(
            &server,
            Order::Pop {
                ticket: the_ticket(),
                agent: UserId::new(501)
            }
        )
        .await,
        Ok(Outcome::Popped)
    );
}

fn ticket(status: &str, requester: u64) -> ResponseTemplate {
    ok(json!({"ticket": {"id": 77, "status": status, "requester_id": requester, "updated_at": "2026-11-24T14:05:00Z"}}))
}

#[tokio::test]
async fn a_ticket_is_read_with_its_stamp() {
    let table = [
        ("open", Standing::Open),
        ("solved", Standing::Solved),
        ("closed", Standing::Closed),
        ("custom", Standing::Open),
    ];
    for (status, standing) in table {
        let server = MockServer::start().await;
        on("GET", "/api/v2/tickets/77")
            .respond_with(ticket(status, 900))
            .mount(&server)
            .await;
        let view = TicketView {
            ticket: the_ticket(),
            requester: UserId::new(900),
            updated_at: "2026-11-24T14:05:00Z".parse().unwrap(),
            standing,
        };
        assert_eq!(
            carry_out(&server, Order::ReadTicket { ticket: the_ticket() }).await,
            Ok(Outcome::Ticket(view)),
            "{status}"
        );
    }
}

#[tokio::test]
async fn a_deleted_ticket_is_gone_and_half_a_ticket_is_nonsense() {
    for answer in [missing(), ticket("deleted", 900)] {
        let server = MockServer::start().await;
        on("GET", "/api/v2/tickets/77")
            .respond_with(answer)
            .mount(&server)
            .await;
        let outcome = carry_out(&server, Order::ReadTicket { ticket: the_ticket() }).await;
        assert!(matches!(outcome, Ok(Outcome::TicketGone { .. })), "{outcome:?}");
    }
    let server = MockServer::start().await;
    on("GET", "/api/v2/tickets/77")
        .respond_with(ok(json!({"ticket": {"id": 77}})))
        .mount(&server)
        .await;
    let failure = carry_out(&server, Order::ReadTicket { ticket: the_ticket() })
        .await
        .unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unavailable);
}

async fn requester_set(
    answer: ResponseTemplate,
    then: Option<ResponseTemplate>,
) -> Result<Outcome, bridge_core::port::Failure> {
    requester_set_after(None, answer, then).await
}

/// The same where somebody was set as requester after the ticket was read.
async fn requester_set_after(
    earlier: Option<u64>,
    answer: ResponseTemplate,
    then: Option<ResponseTemplate>,
) -> Result<Outcome, bridge_core::port::Failure> {
    let server = MockServer::start().await;
    let body = json!({"ticket": {"requester_id": 900, "safe_update": true, "updated_stamp": "2026-11-24T14:05:00Z"}});
    on("PUT", "/api/v2/tickets/77")
        .and(body_json(body))
        .respond_with(answer)
        .expect(1)
        .mount(&server)
        .await;
    let reads = u64::from(then.is_some());
    let audit = |at: &str, set: u64| {
        let change = json!({"id": 2, "type": "Change", "field_name": "requester_id", "value": set.to_string()});
        json!({"id": 1, "ticket_id": 77, "author_id": 500, "created_at": at, "events": [change]})
    };
    let before = audit("2026-11-24T14:04:59Z", 900);
    let history = earlier.map(|set| audit("2026-11-24T14:05:00Z", set));
    let history: Vec<Value> = [before].into_iter().chain(history).collect();
    on("GET", "/api/v2/tickets/77/audits")
        .respond_with(ok(json!({"audits": history, "meta": {"has_more": false}})))
        .mount(&server)
        .await;
    on("GET", "/api/v2/tickets/77")
        .respond_with(then.unwrap_or_else(missing))
        .expect(reads)
        .mount(&server)
        .await;
    let unless_changed_since = "2026-11-24T14:05:00Z".parse().unwrap();
    carry_out(
        &server,
        Order::SetRequester {
            ticket: the_ticket(),
            requester: UserId::new(900),
            unless_changed_since,
        },
    )
    .await
}

#[tokio::test]
async fn the_requester_is_set_unless_somebody_was_faster() {
    let conflict = || ResponseTemplate::new(409).set_body_json(json!({"error": "UpdateConflict", "description": "x"}));
    assert_eq!(requester_set(ticket("open", 900), None).await, Ok(Outcome::Done));
    assert_eq!(
        requester_set(conflict(), Some(ticket("open", 901))).await,
        Ok(Outcome::Conflict)
    );
    // The conflict is with an attempt of our own, whose answer was lost.
    assert_eq!(
        requester_set(conflict(), Some(ticket("open", 900))).await,
        Ok(Outcome::Done)
    );
    // So it was, and somebody has set another one since.
    for (set, outcome) in [(900, Outcome::Done), (902, Outcome::Conflict)] {
        let now = Some(ticket("open", 901));
        assert_eq!(requester_set_after(Some(set), conflict(), now).await, Ok(outcome));
    }
    let gone = |outcome| matches!(outcome, Ok(Outcome::TicketGone { .. }));
    assert!(gone(requester_set(conflict(), Some(missing())).await));
    assert!(gone(requester_set(missing(), None).await));
    assert!(gone(
        requester_set(invalid(&[("status", "", "closed prevents ticket update")]), None).await
    ));
    let refused = requester_set(invalid(&[("requester_id", "InvalidValue", "x")]), None).await;
    assert!(
        matches!(
            refused,
            Ok(Outcome::Refused {
                what: Refusal::Requester,
                ..
            })
        ),
        "{refused:?}"
    );
}

fn comments(found: &[(&str, bool)]) -> ResponseTemplate {
    let found: Vec<Value> = found
        .iter()
        .enumerate()
        .map(|(id, (body, public))| json!({"id": id, "body": body, "public": public}))
        .collect();
    ok(json!({"comments": found, "meta": {"has_more": false}}))
}

async fn noted(
    before: ResponseTemplate,
    answer: Option<ResponseTemplate>,
) -> Result<Outcome, bridge_core::port::Failure> {
    let server = MockServer::start().await;
    on("GET", "/api/v2/tickets/77/comments")
        .respond_with(before)
        .expect(1)
        .mount(&server)
        .await;
    let body = json!({"ticket": {"comment": {"body": "No place\nis free.", "public": false}}});
    let writes = u64::from(answer.is_some());
    let put = on("PUT", "/api/v2/tickets/77").and(body_json(body));
    put.respond_with(answer.unwrap_or_else(missing))
        .expect(writes)
        .mount(&server)
        .await;
    carry_out(
        &server,
        Order::AddNote {
            ticket: the_ticket(),
            text: "No place\nis free.".into(),
        },
    )
    .await
}

#[tokio::test]
async fn a_note_is_added_once() {
    let other = comments(&[("first", false), ("No place\nis free.", true)]);
    assert_eq!(noted(other, Some(ticket("open", 900))).await, Ok(Outcome::Done));
    assert_eq!(
        noted(comments(&[("No place\r\nis free. ", false)]), None).await,
        Ok(Outcome::Done)
    );
    // It may have been told together with a recording, or with why that is missing.
    let joint = "No place is free.\n\nRecording of this call";
    assert_eq!(noted(comments(&[(joint, false)]), None).await, Ok(Outcome::Done));
    let begun = comments(&[("No place\nis", false), ("All: No place\nis free.", false)]);
    assert_eq!(noted(begun, Some(ticket("open", 900))).await, Ok(Outcome::Done));
    let gone = |outcome| matches!(outcome, Ok(Outcome::TicketGone { .. }));
    assert!(gone(noted(missing(), None).await));
    assert!(gone(noted(comments(&[]), Some(missing())).await));
    assert!(gone(
        noted(
            comments(&[]),
            Some(invalid(&[("status", "", "closed prevents ticket update")]))
        )
        .await
    ));
}

#[tokio::test]
async fn a_note_whose_fate_is_unknown_is_not_sent_again_at_once() {
    let failure = noted(comments(&[]), Some(ResponseTemplate::new(502)))
        .await
        .unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unavailable);
}
