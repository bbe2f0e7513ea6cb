//! Whatever reads in the background leaves room for whom an agent waits for.

use std::time::Duration;

use bridge_core::effect::{Order, TicketDraft};
use bridge_core::port::{FailureKind, HelpDesk as _};
use bridge_runtime::zendesk::ZendeskDesk;
use serde_json::json;
use wiremock::{MockServer, ResponseTemplate};
use zendesk_client::{Client, Credentials, RetryPolicy};

use super::{FIRST, effect, on};

fn draft() -> TicketDraft {
    TicketDraft {
        external_id: "zendesk-bridge:hq:c1".into(),
        subject: "Call".into(),
        note: String::new(),
        requester: None,
        assignee: None,
        group: None,
        tags: Vec::new(),
    }
}

#[tokio::test]
async fn the_directory_never_takes_the_last_requests_from_a_ticket() {
    let exports = (
        "zendesk-ratelimit-incremental-exports",
        "total=10; remaining=9; resets=50",
    );
    for (account, bucket) in [("10", None), ("700", Some(exports))] {
        let told = |answer: ResponseTemplate| {
            let answer = answer
                .insert_header("x-rate-limit", account)
                .insert_header("x-rate-limit-remaining", account)
                .insert_header("ratelimit-reset", "50");
            match bucket {
                Some((name, value)) => answer.insert_header(name, value),
                None => answer,
            }
        };
        let server = MockServer::start().await;
        let page = json!({"users": [], "after_cursor": "c", "end_of_stream": true});
        on("GET", "/api/v2/incremental/users/cursor")
            .respond_with(told(ResponseTemplate::new(200).set_body_json(page)))
            .expect(3)
            .mount(&server)
            .await;
        let ticket = json!({"ticket": {"id": 77}, "audit": {"id": 1}});
        on("POST", "/api/v2/tickets")
            .respond_with(told(ResponseTemplate::new(201).set_body_json(ticket)))
            .expect(2)
            .mount(&server)
            .await;
        let client = Client::builder(server.uri(), Credentials::bearer("t".into())).share(0.5);
        let mut policy = RetryPolicy::never();
        // Who has no turn is told at once.
        policy.total_wait = Duration::ZERO;
        let desk = ZendeskDesk::with_policy(&client.build().unwrap(), policy);

        // Three of the five that half of ten are.
        for _ in 0..3 {
            desk.profiles(Some("c".into()), Vec::new()).await.unwrap();
        }
        let refused = desk.profiles(Some("c".into()), Vec::new()).await.unwrap_err();
        assert_eq!(refused.kind, FailureKind::Busy, "{refused:?}");
        for step in ["ticket", "ticket.2"] {
            let order = effect(step, Order::OpenTicket(draft()));
            desk.carry_out(&order, FIRST).await.result.unwrap();
        }
    }
}
