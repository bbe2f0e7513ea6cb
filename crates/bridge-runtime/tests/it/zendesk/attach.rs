//! Recordings on tickets: uploaded, noted once, and what Zendesk may have against it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use bridge_core::call::CallState;
use bridge_core::desk::TicketId;
use bridge_core::effect::{AttachDraft, Smaller};
use bridge_core::input::Refusal;
use bridge_core::port::FailureKind;
use bridge_core::recording::{Recording, Sha256};
use bridge_runtime::inbox::{self, Content, Inbox, InboxError, InboxErrorKind};
use jiff::Timestamp;
use wiremock::matchers::{body_json, body_string, header, query_param};

use super::*;

const CONTENT: &str = "RIFF....WAVE";
const WORDS: &str = "End of this call\nTalked: 1:05 min";

/// Holds one recording, or none, and counts how often it is read.
#[derive(Default)]
struct Drawer {
    empty: bool,
    read: AtomicU32,
}

#[async_trait]
impl Inbox for Drawer {
    async fn scan(&self, _: Timestamp) -> Result<Vec<Recording>, InboxError> {
        Ok(Vec::new())
    }

    async fn open(&self, name: &str) -> Result<Content, InboxError> {
        assert_eq!(name, "in/a.wav");
        self.read.fetch_add(1, Ordering::Relaxed);
        if self.empty {
            return Err(InboxError {
                kind: InboxErrorKind::Gone,
                message: "it is not there".into(),
                source: None,
            });
        }
        Ok(Box::new(CONTENT.as_bytes()))
    }

    async fn open_smaller(&self, name: &str, sha256: &Sha256) -> Result<inbox::Smaller, InboxError> {
        let content = self.open(name).await?;
        assert_eq!(sha256.as_str(), sum());
        Ok(inbox::Smaller {
            content,
            size: CONTENT.len() as u64,
            sha256: small(),
        })
    }

    async fn discard(&self, _: &Recording) -> Result<(), InboxError> {
        Ok(())
    }

    async fn done(&self, _: &Recording, _: &CallState) -> Result<(), InboxError> {
        Ok(())
    }
}

fn sum() -> String {
    "a".repeat(64)
}

fn order() -> Order {
    Order::Attach(Box::new(AttachDraft {
        ticket: TicketId::new(77),
        file: "in/a.wav".into(),
        file_name: "a.wav".into(),
        mime: "audio/wav".into(),
        size: CONTENT.len() as u64,
        sha256: Sha256::parse(&sum()).unwrap(),
        note: note(),
        words: None,
        smaller: None,
    }))
}

/// The same with something else to tell.
fn joint_order() -> Order {
    let Order::Attach(draft) = order() else { unreachable!() };
    let words = Some(WORDS.to_owned());
    Order::Attach(Box::new(AttachDraft { words, ..*draft }))
}

/// The same of one that is made smaller: for whoever takes so many bytes.
fn smaller_order(largest: u64) -> Order {
    let Order::Attach(draft) = order() else { unreachable!() };
    Order::Attach(Box::new(AttachDraft {
        file_name: "a (large).wav".into(),
        mime: "audio/x-large".into(),
        size: 60_000_000,
        // The sum of what is attached comes at its end, where `note` has that of the recording.
        note: note().replace(&sum(), &format!("{}\nattached: ", sum())),
        smaller: Some(Smaller {
            file_name: "a.wav".into(),
            mime: "audio/wav".into(),
            largest,
        }),
        ..*draft
    }))
}

fn small() -> Sha256 {
    Sha256::parse(&"b".repeat(64)).unwrap()
}

fn note() -> String {
    format!("Recording of this call, 1:05 min\nSHA-256: {}", sum())
}

fn uploaded(verdict: &str) -> ResponseTemplate {
    let file = json!({"id": 5, "file_name": "a.wav", "malware_scan_result": verdict});
    ResponseTemplate::new(201)
        .set_body_json(json!({"upload": {"token": "t0k", "attachment": file, "attachments": [file]}}))
}

fn comments(notes: &[(&str, usize)]) -> ResponseTemplate {
    let notes = notes.iter().enumerate().map(|(id, (body, files))| {
        let files: Vec<Value> = (0..*files).map(|id| json!({"id": id, "file_name": "a.wav"})).collect();
        json!({"id": id, "body": body, "public": false, "attachments": files})
    });
    ok(json!({"comments": notes.collect::<Vec<_>>(), "meta": {"has_more": false}}))
}

/// A ticket with these notes, uploads and updates that are answered so; what comes of each attempt.
async fn attach(
    drawer: Drawer,
    notes: ResponseTemplate,
    uploads: Vec<ResponseTemplate>,
    updates: Vec<ResponseTemplate>,
    attempts: usize,
) -> Vec<Result<Outcome, Failure>> {
    carry(order(), &note(), drawer, notes, uploads, updates, attempts).await
}

/// The same of any order, which hangs this note on the ticket.
async fn carry(
    order: Order,
    note: &str,
    drawer: Drawer,
    notes: ResponseTemplate,
    uploads: Vec<ResponseTemplate>,
    updates: Vec<ResponseTemplate>,
    attempts: usize,
) -> Vec<Result<Outcome, Failure>> {
    let server = MockServer::start().await;
    on("GET", "/api/v2/tickets/77/comments")
        .respond_with(notes)
        .mount(&server)
        .await;
    let (ups, puts) = (uploads.len() as u64, updates.len() as u64);
    for answer in uploads {
        let upload = on("POST", "/api/v2/uploads")
            .and(query_param("filename", "a.wav"))
            .and(header("content-type", "audio/wav"))
            .and(body_string(CONTENT));
        upload.respond_with(answer).up_to_n_times(1).mount(&server).await;
    }
    on("DELETE", "/api/v2/uploads/t0k")
        .respond_with(ResponseTemplate::new(204))
        .mount(&server)
        .await;
    let body = json!({"ticket": {"comment": {"body": note, "public": false, "uploads": ["t0k"]}}});
    for answer in updates {
        let put = on("PUT", "/api/v2/tickets/77").and(body_json(body.clone()));
        put.respond_with(answer).up_to_n_times(1).mount(&server).await;
    }
    let drawer = Arc::new(drawer);
    let desk = desk(&server).with_inbox(Arc::clone(&drawer) as Arc<dyn Inbox>);
    let mut results = Vec::new();
    for _ in 0..attempts {
        results.push(desk.carry_out(&effect("attach", order.clone()), FIRST).await.result);
    }
    let asked = server.received_requests().await.unwrap();
    let count = |verb: &str| asked.iter().filter(|asked| asked.method.as_str() == verb).count() as u64;
    assert_eq!((count("POST"), count("PUT")), (ups, puts));
    results
}

fn updated() -> ResponseTemplate {
    ok(json!({"ticket": {"id": 77, "status": "open"}}))
}

fn refused(result: &Result<Outcome, Failure>, holds: &str) -> bool {
    matches!(result, Ok(Outcome::Refused { what: Refusal::Recording, why }) if why.contains(holds))
}

#[tokio::test]
async fn a_recording_is_uploaded_and_hung_on_the_ticket_once() {
    let uploads = || vec![uploaded("not_scanned")];
    let results = attach(
        Drawer::default(),
        comments(&[("first", 0)]),
        uploads(),
        vec![updated()],
        1,
    )
    .await;
    assert_eq!(results, [Ok(Outcome::Done)]);
    // An attempt that was never confirmed has come to something.
    let there = comments(&[("first", 0), (&note(), 1)]);
    let results = attach(Drawer::default(), there, Vec::new(), Vec::new(), 1).await;
    assert_eq!(results, [Ok(Outcome::Done)]);
    // A note that only tells of it is not the recording.
    let told = comments(&[(&note(), 0)]);
    let results = attach(Drawer::default(), told, uploads(), vec![updated()], 1).await;
    assert_eq!(results, [Ok(Outcome::Done)]);
}

#[tokio::test]
async fn what_else_there_is_to_tell_stands_in_the_same_note_unless_it_stands_there_by_itself() {
    let uploads = || vec![uploaded("not_scanned")];
    let joint = format!("{WORDS}\n\n{}", note());
    let one = async |there: &[(&str, usize)], note: &str, uploads: Vec<_>, updates: Vec<_>| {
        let drawer = Drawer::default();
        let mut results = carry(joint_order(), note, drawer, comments(there), uploads, updates, 1).await;
        results.remove(0)
    };
    let first = [("first", 0)];
    assert_eq!(one(&first, &joint, uploads(), vec![updated()]).await, Ok(Outcome::Done));
    // Its answer was lost.
    let there = [("first", 0), (joint.as_str(), 1)];
    assert_eq!(one(&there, &joint, Vec::new(), Vec::new()).await, Ok(Outcome::Done));
    // It was stuck, and was told by itself; or with why the recording was not to be had then.
    let refused = format!("{WORDS}\n\nThe recording of this call is not attached: no.");
    for told in ["End of this call\r\nTalked: 1:05 min ", &refused] {
        let there = [("first", 0), (told, 0)];
        assert_eq!(
            one(&there, &note(), uploads(), vec![updated()]).await,
            Ok(Outcome::Done)
        );
    }
    // An upload that waits for the next attempt takes along what is still to be told then.
    let answers = vec![ResponseTemplate::new(503), updated()];
    let results = carry(
        joint_order(),
        &joint,
        Drawer::default(),
        comments(&first),
        uploads(),
        answers,
        2,
    )
    .await;
    assert_eq!(results[1], Ok(Outcome::Done), "{results:?}");
}

#[tokio::test]
async fn what_was_made_smaller_hangs_once_with_both_sums_and_what_is_still_too_large_does_not() {
    let full = format!("{}\nattached: {}", note(), small());
    let most = CONTENT.len() as u64;
    let uploads = || vec![uploaded("not_scanned")];
    let answers = vec![ResponseTemplate::new(503), updated()];
    let results = carry(
        smaller_order(most),
        &full,
        Drawer::default(),
        comments(&[("first", 0)]),
        uploads(),
        answers,
        2,
    )
    .await;
    assert_eq!(results[1], Ok(Outcome::Done), "{results:?}");
    // After a crash, the note is known by the sum of the recording.
    let there = comments(&[(&full, 1)]);
    let (none, nothing) = (Vec::new, Vec::new);
    let order = smaller_order(most);
    let results = carry(order, &full, Drawer::default(), there, none(), nothing(), 1).await;
    assert_eq!(results, [Ok(Outcome::Done)]);
    let order = smaller_order(most - 1);
    let results = carry(order, &full, Drawer::default(), comments(&[]), none(), nothing(), 1).await;
    assert!(matches!(
        &results[0],
        Ok(Outcome::Refused {
            what: Refusal::Size,
            ..
        })
    ));
}

#[tokio::test]
async fn an_upload_does_for_the_next_attempt_and_is_made_again_when_it_has_run_out() {
    let uploads = |count: usize| (0..count).map(|_| uploaded("not_scanned")).collect::<Vec<_>>();
    let busy = || ResponseTemplate::new(503);
    let results = attach(Drawer::default(), comments(&[]), uploads(1), vec![busy(), updated()], 2).await;
    assert_eq!(results[0].as_ref().unwrap_err().kind, FailureKind::Unavailable);
    assert_eq!(results[1], Ok(Outcome::Done));

    let run_out = invalid(&[("base", "InvalidValue", "the token is not valid")]);
    let answers = vec![busy(), run_out, updated()];
    let results = attach(Drawer::default(), comments(&[]), uploads(2), answers, 2).await;
    assert_eq!(results[1], Ok(Outcome::Done));
}

#[tokio::test]
async fn what_zendesk_does_not_take_is_told() {
    let one = async |upload: ResponseTemplate| {
        let mut results = attach(Drawer::default(), comments(&[]), vec![upload], Vec::new(), 1).await;
        results.remove(0)
    };
    assert!(refused(&one(uploaded("malware_found")).await, "malware"));
    assert!(refused(&one(ResponseTemplate::new(413)).await, "so large"));
    let off = json!({"error": "AttachmentsNotEnabled", "description": "no"});
    let failure = one(ResponseTemplate::new(403).set_body_json(off)).await.unwrap_err();
    assert_eq!(
        failure.kind,
        FailureKind::Impossible,
        "it is wedged until an administrator retries"
    );
    assert!(failure.message.contains("switched off"), "{failure}");

    let empty = Drawer {
        empty: true,
        ..Drawer::default()
    };
    let results = attach(empty, comments(&[]), Vec::new(), Vec::new(), 1).await;
    assert!(refused(&results[0], "not in the inbox any more"));
}

#[tokio::test]
async fn a_ticket_that_is_closed_or_deleted_is_told() {
    let gone = |results: &[Result<Outcome, Failure>]| matches!(results, [Ok(Outcome::TicketGone { .. })]);
    assert!(gone(
        &attach(Drawer::default(), missing(), Vec::new(), Vec::new(), 1).await
    ));
    let uploads = || vec![uploaded("not_scanned")];
    let closed = invalid(&[("status", "", "closed prevents ticket update")]);
    assert!(gone(
        &attach(Drawer::default(), comments(&[]), uploads(), vec![closed], 1).await
    ));
    assert!(gone(
        &attach(Drawer::default(), comments(&[]), uploads(), vec![missing()], 1).await
    ));
}
