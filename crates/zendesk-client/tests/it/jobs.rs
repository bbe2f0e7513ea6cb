//! Jobs and exports over several answers.

use serde_json::{Value, json};
use wiremock::matchers::{path, query_param, query_param_is_missing};
use wiremock::{Mock, MockServer};
use zendesk_client::jobs::{JobId, JobState};

use crate::{client, first_then, no_such_record, ok};

fn job(state: &str, progress: u64) -> wiremock::ResponseTemplate {
    let results = if state == "completed" {
        json!([{"id": 1, "success": true}, {"id": 2, "error": "NotFound"}])
    } else {
        Value::Null
    };
    ok(json!({"job_status": {"id": "V3-1", "status": state, "total": 2, "progress": progress, "results": results}}))
}

#[tokio::test]
async fn a_job_is_awaited_with_the_given_pauses() {
    let server = MockServer::start().await;
    Mock::given(path("/api/v2/job_statuses/V3-1"))
        .respond_with(first_then(2, job("working", 1), job("completed", 2)))
        .expect(3)
        .mount(&server)
        .await;
    let mut seen = Vec::new();
    let pause = |job: &zendesk_client::jobs::Job| {
        seen.push(job.progress);
        std::future::ready(())
    };
    let done = client(&server).jobs().wait(&JobId::new("V3-1"), pause).await.unwrap();
    assert_eq!(
        (done.state.clone(), done.failures().count(), seen),
        (JobState::Completed, 1, vec![Some(1); 2])
    );
    server.reset().await;
    Mock::given(path("/api/v2/job_statuses/V3-2"))
        .respond_with(no_such_record())
        .expect(1)
        .mount(&server)
        .await;
    let forgotten = client(&server)
        .jobs()
        .wait(&JobId::new("V3-2"), |_| std::future::ready(()))
        .await;
    assert!(forgotten.unwrap_err().is_not_found());
}

#[tokio::test]
async fn an_export_goes_on_at_its_cursor_ends_with_the_stream_and_keeps_the_place() {
    let server = MockServer::start().await;
    let page = |id: u64, cursor: &str, ended: bool| {
        let after = format!("{}/api/v2/incremental/users/cursor.json?cursor={cursor}", server.uri());
        ok(json!({"users": [{"id": id}], "after_url": after, "after_cursor": cursor, "end_of_stream": ended}))
    };
    let first = Mock::given(path("/api/v2/incremental/users/cursor")).and(query_param("start_time", "0"));
    first
        .and(query_param_is_missing("cursor"))
        .respond_with(page(1, "c1", false))
        .expect(1)
        .mount(&server)
        .await;
    let second = Mock::given(path("/api/v2/incremental/users/cursor.json")).and(query_param("cursor", "c1"));
    second.respond_with(page(2, "c2", true)).expect(1).mount(&server).await;
    let mut users = client(&server).incremental().users(jiff::Timestamp::UNIX_EPOCH);
    assert!(users.next_page().await.unwrap().unwrap().has_more());
    let last = users.next_page().await.unwrap().unwrap();
    assert_eq!((last.has_more(), last.cursor.as_deref()), (false, Some("c2")));
    assert!(users.next_page().await.unwrap().is_none());
}

#[tokio::test]
async fn an_export_by_time_that_says_nothing_of_its_end_ends_with_a_page_that_is_not_full() {
    let server = MockServer::start().await;
    // Exports by time link on from their last page, too, and older ones do not say that it is the last.
    let page = |id: u64, count: u64, end: u64| {
        let next = format!(
            "{}/api/v2/incremental/tickets.json?per_page=2&start_time={end}",
            server.uri()
        );
        ok(json!({"tickets": [{"id": id}], "count": count, "end_time": end, "next_page": next}))
    };
    let full = Mock::given(path("/api/v2/incremental/tickets")).and(query_param("start_time", "0"));
    full.respond_with(page(1, 2, 60)).expect(1).mount(&server).await;
    let rest = Mock::given(path("/api/v2/incremental/tickets.json")).and(query_param("start_time", "60"));
    rest.respond_with(page(2, 1, 90)).expect(1).mount(&server).await;
    let mut tickets = client(&server)
        .incremental()
        .tickets_by_time(jiff::Timestamp::UNIX_EPOCH)
        .page_size(2);
    assert!(tickets.next_page().await.unwrap().unwrap().has_more());
    let last = tickets.next_page().await.unwrap().unwrap();
    assert_eq!((last.has_more(), last.end_time), (false, Some(90)));
    assert!(tickets.next_page().await.unwrap().is_none());
}

#[tokio::test]
async fn an_export_by_time_that_does_not_move_any_more_has_ended() {
    let server = MockServer::start().await;
    // A full page of records of one second: the next one would be the same.
    let next = format!("{}/api/v2/incremental/tickets?start_time=0", server.uri());
    Mock::given(path("/api/v2/incremental/tickets"))
        .respond_with(ok(
            json!({"tickets": [{"id": 1}], "count": 1000, "end_time": 0, "next_page": next}),
        ))
        .expect(1)
        .mount(&server)
        .await;
    let tickets = client(&server)
        .incremental()
        .tickets_by_time(jiff::Timestamp::UNIX_EPOCH);
    assert_eq!(tickets.all().await.unwrap().len(), 1);
}
