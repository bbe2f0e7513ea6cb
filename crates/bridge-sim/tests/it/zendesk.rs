//! The simulated Zendesk over HTTP, as a client sees it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bridge_sim::zendesk::{Class, Down, Fault, FaultKind, SimZendesk, Switches, world};
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

const SOON: Duration = Duration::from_secs(20);

async fn zendesk() -> SimZendesk {
    SimZendesk::start("127.0.0.1:0", Switches::compressed()).await.unwrap()
}

fn client() -> Client {
    Client::builder().no_proxy().build().unwrap()
}

/// The answer, if one came: `Err` tells whether the connection broke before or within it.
#[expect(clippy::disallowed_methods, reason = "the transport of these tests")]
async fn send(request: RequestBuilder) -> Result<(u16, http::HeaderMap, Value), &'static str> {
    let answer = request.send().await.map_err(|_| "no answer")?;
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    let body = answer.bytes().await.map_err(|_| "cut")?;
    Ok((status, headers, serde_json::from_slice(&body).unwrap_or(Value::Null)))
}

fn create(zendesk: &SimZendesk, key: &str) -> RequestBuilder {
    let ticket =
        json!({"subject": "Call", "requester_id": 400, "assignee_id": 501, "comment": {"body": "b", "public": false}});
    let url = format!("{}/api/v2/tickets.json", zendesk.url());
    let request = client()
        .post(url)
        .bearer_auth(world::OAUTH_TOKEN)
        .header("Idempotency-Key", key);
    request.json(&json!({"ticket": ticket}))
}

#[tokio::test]
async fn a_call_goes_from_the_token_to_the_screen() {
    let zendesk = zendesk().await;
    let exchanges = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&exchanges);
    zendesk.record(move |exchange| sink.lock().unwrap().push(serde_json::to_value(exchange).unwrap()));
    let base = zendesk.url();
    let grant = json!({"grant_type": "client_credentials", "client_id": world::CLIENT_ID, "client_secret": world::CLIENT_SECRET, "scope": "read write"});
    let (_, _, granted) = send(client().post(format!("{base}/oauth/tokens")).json(&grant))
        .await
        .unwrap();
    let token = granted["access_token"].as_str().unwrap().to_owned();

    let users = client()
        .get(format!("{base}/api/v2/users?role[]=agent&page[size]=2"))
        .bearer_auth(&token);
    let (_, _, first) = send(users).await.unwrap();
    let next = first["links"]["next"].as_str().unwrap();
    assert!(next.starts_with(&base), "links lead to the own host: {next}");
    let (_, _, second) = send(client().get(next).bearer_auth(&token)).await.unwrap();
    assert_eq!(second["users"][0]["id"], 504);

    let (status, headers, made) = send(create(&zendesk, "call-1")).await.unwrap();
    assert_eq!(
        (status, headers["x-idempotency-lookup"].to_str().unwrap()),
        (201, "miss")
    );
    let id = made["ticket"]["id"].as_u64().unwrap();
    let display = client().post(format!("{base}/api/v2/channels/voice/agents/501/tickets/{id}/display"));
    assert_eq!(send(display.bearer_auth(&token)).await.unwrap().0, 200);
    assert_eq!(zendesk.see(|state| state.pops().len()), 1);

    let exchanges = exchanges.lock().unwrap().clone();
    let paths: Vec<_> = exchanges
        .iter()
        .map(|exchange| exchange["path_template"].as_str().unwrap())
        .collect();
    let display = "/api/v2/channels/voice/agents/{id}/tickets/{id}/display";
    assert_eq!(
        paths,
        [
            "/oauth/tokens",
            "/api/v2/users",
            "/api/v2/users",
            "/api/v2/tickets",
            display
        ]
    );
    let text = Value::from(exchanges).to_string();
    assert!(
        !text.contains(world::CLIENT_SECRET) && !text.contains(&token),
        "no secret is recorded"
    );
    zendesk.stop().await;
}

#[tokio::test]
async fn an_answer_that_is_lost_leaves_a_ticket_that_the_key_finds() {
    let zendesk = zendesk().await;
    let lost = Fault::new(FaultKind::NoAnswer)
        .on(Class::CreateTicket)
        .committed()
        .times(1);
    zendesk.act(|state, _| state.switches.faults.push(lost));
    assert_eq!(send(create(&zendesk, "call-1")).await.unwrap_err(), "no answer");
    let (status, headers, made) = send(create(&zendesk, "call-1")).await.unwrap();
    assert_eq!(
        (status, headers["x-idempotency-lookup"].to_str().unwrap()),
        (201, "hit")
    );
    let tickets = zendesk.see(|state| state.tickets());
    assert_eq!((tickets.len(), made["ticket"]["id"].as_u64()), (1, Some(tickets[0].id)));
    zendesk.stop().await;
}

#[tokio::test]
async fn connections_break_where_the_switches_say() {
    let zendesk = zendesk().await;
    let ask = || {
        client()
            .get(format!("{}/api/v2/users", zendesk.url()))
            .bearer_auth(world::OAUTH_TOKEN)
    };
    zendesk.act(|state, _| state.switches.faults = vec![Fault::new(FaultKind::Cut).times(1)]);
    assert_eq!(send(ask()).await.unwrap_err(), "cut");
    zendesk.act(|state, _| state.switches.down = Some(Down::Closed));
    assert_eq!(send(ask()).await.unwrap_err(), "no answer");
    zendesk.act(|state, _| state.switches.down = None);
    assert_eq!(send(ask()).await.unwrap().0, 200);
    zendesk.stop().await;
    assert_eq!(send(ask()).await.unwrap_err(), "no answer");
}

#[tokio::test]
async fn a_test_waits_for_what_a_client_does() {
    let zendesk = zendesk().await;
    let open =
        |state: &bridge_sim::zendesk::State| state.tickets().into_iter().find(|ticket| ticket.assignee == Some(501));
    assert!(zendesk.wait_for(open, Duration::ZERO).await.is_err());
    let (seen, sent) = tokio::join!(zendesk.wait_for(open, SOON), send(create(&zendesk, "call-1")));
    assert_eq!((seen.unwrap().requester, sent.unwrap().0), (400, 201));
    zendesk.stop().await;
}

#[tokio::test]
async fn a_request_in_flight_does_not_hold_up_the_end() {
    let zendesk = zendesk().await;
    zendesk.act(|state, _| state.switches.search_takes(Duration::from_secs(3600)));
    let url = format!("{}/api/v2/users/search?query=phone:*72112345", zendesk.url());
    let ask = send(client().get(url).bearer_auth(world::OAUTH_TOKEN));
    let end = async {
        let asked = |state: &bridge_sim::zendesk::State| (state.requests().total() > 0).then_some(());
        zendesk.wait_for(asked, SOON).await.unwrap();
        zendesk.stop().await;
    };
    let (answer, ()) = tokio::join!(ask, end);
    assert_eq!(answer.unwrap_err(), "no answer");
}
