//! Recordings taken away from tickets: what hangs on their notes, and nothing else.

use bridge_core::desk::TicketId;
use bridge_core::input::Refusal;
use bridge_core::port::FailureKind;
use bridge_core::recording::Sha256;

use super::*;

fn sum(byte: char) -> String {
    byte.to_string().repeat(64)
}

/// What comes of it on a ticket with two recordings, whose attachments 51 and 52 are taken away with this answer.
async fn redact(answer: ResponseTemplate, asked: u64) -> Result<Outcome, Failure> {
    let server = MockServer::start().await;
    let file = |id: u64| json!([{"id": id, "file_name": "a.wav"}]);
    let comments = json!([
        {"id": 1, "body": "Call", "public": false, "attachments": file(50)},
        {"id": 2, "body": format!("Recording\nSHA-256: {}", sum('a')), "public": false, "attachments": file(51)},
        {"id": 3, "body": format!("Recording\nSHA-256: {}", sum('b')), "public": false, "attachments": file(52)},
        // A customer wrote the sum; and a note that only tells of it.
        {"id": 4, "body": sum('a'), "public": true, "attachments": file(53)},
        {"id": 5, "body": format!("not attached\nSHA-256: {}", sum('a')), "public": false, "attachments": []},
    ]);
    on("GET", "/api/v2/tickets/77/comments")
        .respond_with(ok(json!({"comments": comments, "meta": {"has_more": false}})))
        .mount(&server)
        .await;
    on("PUT", "/api/v2/tickets/77/comments/2/attachments/51/redact")
        .respond_with(answer)
        .expect(asked)
        .mount(&server)
        .await;
    let order = Order::Redact {
        ticket: TicketId::new(77),
        sha256: Sha256::parse(&sum('a')).unwrap(),
    };
    let result = desk(&server).carry_out(&effect("redact", order), FIRST).await.result;
    let puts = server.received_requests().await.unwrap();
    let puts = puts.iter().filter(|request| request.method.as_str() == "PUT").count() as u64;
    assert_eq!(puts, asked);
    result
}

#[tokio::test]
async fn what_hangs_on_the_note_of_the_recording_is_taken_away() {
    let done = ok(json!({"attachment": {"id": 51, "file_name": "redacted.txt"}}));
    assert_eq!(redact(done, 1).await, Ok(Outcome::Done));
    assert_eq!(redact(missing(), 1).await, Ok(Outcome::Done), "somebody was quicker");
}

#[tokio::test]
async fn what_zendesk_has_against_it_is_told_and_what_may_pass_is_tried_again() {
    let closed = invalid(&[("status", "", "closed prevents ticket update")]);
    assert!(matches!(redact(closed, 1).await, Ok(Outcome::TicketGone { .. })));
    let invalid = invalid(&[("base", "", "not so")]);
    let refused = redact(invalid, 1).await.unwrap();
    assert!(matches!(
        refused,
        Outcome::Refused {
            what: Refusal::Recording,
            ..
        }
    ));
    let failure = redact(ResponseTemplate::new(503), 1).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unavailable);
}

#[tokio::test]
async fn a_ticket_that_is_not_there_any_more_has_nothing_on_it() {
    let server = MockServer::start().await;
    on("GET", "/api/v2/tickets/77/comments")
        .respond_with(missing())
        .mount(&server)
        .await;
    let order = Order::Redact {
        ticket: TicketId::new(77),
        sha256: Sha256::parse(&sum('a')).unwrap(),
    };
    let result = desk(&server).carry_out(&effect("redact", order), FIRST).await.result;
    assert!(matches!(result, Ok(Outcome::TicketGone { .. })));
}
