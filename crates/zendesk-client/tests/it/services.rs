//! Requests that leave through a service instead of over the network.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use serde_json::json;
use zendesk_client::attachments::NewFile;
use zendesk_client::tickets::{NewComment, NewTicket};
use zendesk_client::{
    Body, Client, Credentials, ErrorKind, HttpService, IdempotencyKey, NoAnswer, RetryPolicy, UserId,
};

use crate::{SECRET, quick, user};

/// Answers from a script; a script that is at its end never answers.
#[derive(Default)]
struct Scripted {
    answers: Mutex<VecDeque<Result<http::Response<Bytes>, NoAnswer>>>,
    seen: Mutex<Vec<http::Request<Bytes>>>,
}

#[async_trait]
impl HttpService for Scripted {
    async fn call(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, NoAnswer> {
        self.seen.lock().unwrap().push(request);
        let answer = self.answers.lock().unwrap().pop_front();
        match answer {
            Some(answer) => answer,
            None => std::future::pending().await,
        }
    }
}

fn scripted(answers: impl IntoIterator<Item = Result<http::Response<Bytes>, NoAnswer>>) -> Arc<Scripted> {
    Arc::new(Scripted {
        answers: Mutex::new(answers.into_iter().collect()),
        ..Scripted::default()
    })
}

fn answer(status: u16, body: &serde_json::Value) -> http::Response<Bytes> {
    let body = Bytes::from(body.to_string());
    http::Response::builder().status(status).body(body).unwrap()
}

fn client(service: &Arc<Scripted>, policy: RetryPolicy) -> Client {
    Client::builder("https://acme.zendesk.com", Credentials::bearer(SECRET.into()))
        .service(service.clone())
        .retry(policy)
        .build()
        .unwrap()
}

fn once() -> RetryPolicy {
    let mut policy = quick();
    policy.tries = 1;
    policy
}

#[tokio::test]
async fn requests_leave_as_they_would_over_the_network_and_those_for_tokens_too() {
    let token = json!({"access_token": "t1", "token_type": "bearer", "expires_in": 1800});
    let ticket = json!({"ticket": {"id": 77}});
    let service = scripted([Ok(answer(200, &token)), Ok(answer(201, &ticket))]);
    let client = Client::builder(
        "https://acme.zendesk.com",
        Credentials::client("the_bridge", SECRET.into()),
    )
    .service(service.clone())
    .build()
    .unwrap();
    let new = NewTicket::new(NewComment::internal("Call")).requester(UserId::new(900));
    let created = client
        .tickets()
        .create(&new, IdempotencyKey::new("c1/ticket"))
        .await
        .unwrap();
    assert_eq!(created.ticket.map(|ticket| ticket.id.get()), Some(77));

    let seen = service.seen.lock().unwrap();
    let paths: Vec<&str> = seen.iter().map(|request| request.uri().path()).collect();
    assert_eq!(paths, ["/oauth/tokens", "/api/v2/tickets"]);
    assert_eq!(seen[1].headers()["authorization"], "Bearer t1");
    assert_eq!(seen[1].headers()["idempotency-key"], "c1/ticket");
    let body: serde_json::Value = serde_json::from_slice(seen[1].body()).unwrap();
    assert_eq!(body["ticket"]["requester_id"], 900);
}

#[tokio::test]
async fn what_happens_instead_of_an_answer_is_told_by_kind_and_repeated_as_ever() {
    for (why, kind) in [
        (NoAnswer::Connect, ErrorKind::Connect),
        (NoAnswer::Timeout, ErrorKind::Timeout),
        (NoAnswer::Interrupted, ErrorKind::Interrupted),
        (NoAnswer::Cut(answer(200, &user(7))), ErrorKind::Interrupted),
    ] {
        let service = scripted([Err(why.clone())]);
        let error = client(&service, once()).users().show(UserId::new(7)).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{why:?}");

        let service = scripted([Err(why), Ok(answer(200, &user(7)))]);
        let shown = client(&service, quick()).users().show(UserId::new(7)).await.unwrap();
        assert_eq!(shown.id.get(), 7);
    }
}

#[tokio::test]
async fn the_head_of_an_answer_that_was_cut_counts() {
    let mut cut = answer(200, &user(7));
    cut.headers_mut().insert("ratelimit-limit", 700.into());
    cut.headers_mut().insert("ratelimit-remaining", 1.into());
    let service = scripted([Err(NoAnswer::Cut(cut))]);
    let client = client(&service, once());
    client.users().show(UserId::new(7)).await.unwrap_err();
    assert_eq!(client.rate().remaining, Some(1));
}

#[tokio::test(start_paused = true)]
async fn a_service_that_never_answers_is_given_up_in_time() {
    let service = scripted([]);
    let begun = tokio::time::Instant::now();
    let error = client(&service, once()).users().show(UserId::new(7)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert_eq!(begun.elapsed().as_secs(), Duration::from_secs(30).as_secs());
}

#[tokio::test]
async fn a_body_that_is_read_while_it_is_sent_arrives_whole() {
    let service = scripted([Ok(answer(201, &json!({"upload": {"token": "u1"}})))]);
    let content = Body::reader(&b"RIFF and more"[..], Some(13));
    let file = NewFile::new("call.wav", "audio/wav", content);
    client(&service, quick()).attachments().upload(file).await.unwrap();
    assert_eq!(service.seen.lock().unwrap()[0].body().as_ref(), b"RIFF and more");
}

#[tokio::test]
async fn what_gets_no_answer_is_counted_and_so_is_what_nobody_waits_for() {
    let service = scripted([Err(NoAnswer::Connect), Err(NoAnswer::Interrupted)]);
    let client = client(&service, once());
    for _ in 0..2 {
        client.users().show(UserId::new(7)).await.unwrap_err();
    }
    tokio::select! {
        biased;
        _ = client.users().show(UserId::new(8)).into_future() => unreachable!("the script is at its end"),
        () = tokio::task::yield_now() => {}
    }
    let counts = client.counts();
    let [count] = counts.as_slice() else {
        panic!("{counts:?}")
    };
    assert_eq!(count.endpoint, "GET /api/v2/users/{id}");
    assert_eq!((count.status, count.requests), (None, 3));
}
