//! The stream: opened, fed, closed.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::StreamExt as _;
use pbx::{ErrorKind, Event, EventStream, LegState, Pbx as _, UserId};
use wiremock::matchers::{body_string_contains, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::{options, starface};

/// A PBX that lets everybody in and has no calls.
async fn pbx() -> MockServer {
    let server = MockServer::start().await;
    answer(&server, "getCallIds", "<array><data></data></array>").await;
    answer(&server, ".requests.", "<boolean>1</boolean>").await;
    server
}

async fn answer(server: &MockServer, to: &str, value: &str) {
    let body = format!("<methodResponse><params><param><value>{value}</value></param></params></methodResponse>");
    let asked = Mock::given(method("POST"))
        .and(path("/xml-rpc"))
        .and(body_string_contains(to));
    asked
        .respond_with(ResponseTemplate::new(200).set_body_string(body))
        .mount(server)
        .await;
}

async fn next(events: &mut EventStream) -> Option<Event> {
    let next = tokio::time::timeout(Duration::from_secs(30), events.next())
        .await
        .expect("within the time limit");
    next.map(|event| event.unwrap())
}

/// Calls login 0101 back as it asked for.
async fn call_back(server: &MockServer, members: &[(&str, &str)]) -> u16 {
    let requests = server.received_requests().await.unwrap();
    let query: HashMap<String, String> = requests.last().unwrap().url.query_pairs().into_owned().collect();
    let get = |key: &str| &query[&format!("de.vertico.starface.{key}")];
    let url = format!(
        "{}://{}:{}{}?de.vertico.starface.user=0101&de.vertico.starface.auth={}",
        get("callback.type"),
        get("callback.host"),
        get("callback.port"),
        get("callback.path"),
        get("auth")
    );
    let member = |(key, value): &(&str, &str)| {
        format!("<member><name>{key}</name><value><string>{value}</string></value></member>")
    };
    let body = format!(
        "<methodCall><methodName>ucp.v30.events.call.receiveCallState</methodName><params><param><value><struct>{}</struct></value></param></params></methodCall>",
        members.iter().map(member).collect::<String>()
    );
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    client
        .execute(client.post(url).body(body).build().unwrap())
        .await
        .unwrap()
        .status()
        .as_u16()
}

#[tokio::test]
async fn events_from_open_to_close() {
    let server = pbx().await;
    let starface = starface(&server.uri(), &["0101"]);
    let owner = UserId::new("0101");
    let mut events = starface.open().await.unwrap();
    for expected in [
        Event::Connected {
            owner: Some(owner.clone()),
        },
        Event::SnapshotBegin { owner: owner.clone() },
        Event::SnapshotEnd { owner: owner.clone() },
    ] {
        assert_eq!(next(&mut events).await, Some(expected));
    }
    assert_eq!(
        call_back(&server, &[("id", "c1"), ("state", "RINGING"), ("callerNumber", "")]).await,
        200
    );
    let Some(Event::Leg(leg)) = next(&mut events).await else {
        panic!("a leg")
    };
    assert_eq!(
        (leg.call.as_str(), leg.owner, leg.state),
        ("c1", owner, LegState::Ringing)
    );
    assert!(leg.caller.unwrap().is_empty());

    starface.close().await;
    assert_eq!(next(&mut events).await, None);
    let requests = server.received_requests().await.unwrap();
    assert!(String::from_utf8_lossy(&requests.last().unwrap().body).contains("connection.logout"));
}

#[tokio::test]
async fn opening_again_ends_the_first_stream() {
    let server = pbx().await;
    let starface = starface(&server.uri(), &["0101"]);
    let mut first = starface.open().await.unwrap();
    let mut second = starface.open().await.unwrap();
    while next(&mut first).await.is_some() {}
    assert!(matches!(next(&mut second).await, Some(Event::Connected { .. })));
    starface.close().await;
}

#[tokio::test]
async fn a_pbx_that_refuses_everybody_is_told_and_no_failure() {
    let server = MockServer::start().await;
    answer(&server, ".requests.", "<boolean>0</boolean>").await;
    let starface = starface(&server.uri(), &["0101", "0102"]);
    let mut events = starface.open().await.unwrap();
    for _ in 0..2 {
        assert!(matches!(
            next(&mut events).await,
            Some(Event::Disconnected { owner: Some(_), .. })
        ));
    }
    starface.close().await;
    assert_eq!(next(&mut events).await, None);
}

#[tokio::test]
async fn a_taken_address_fails_to_open() {
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut options = options("http://127.0.0.1:9", &["0101"]);
    options.listen = taken.local_addr().unwrap();
    let password = starface_client::Password::Plain("foobar".into());
    let starface = pbx_starface::Starface::new(pbx::PbxName::new("test"), "0001", password, options).unwrap();
    let error = starface.open().await.map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Listen);
    let cause = std::error::Error::source(&error).unwrap();
    assert!(cause.to_string().contains("another program uses this port"), "{cause}");
}
