//! Without a socket: requests leave through a service, callbacks are handed in.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Method, StatusCode};
use starface_client::rest::Rest;
use starface_client::uci::{Agent, CallState, Callbacks, Watch, WatchOptions, What};
use starface_client::{ErrorKind, HttpService, NoAnswer, Password, Server};

use crate::fake::event;
use crate::watch::{wait, wait_for};

const ID: &str = "8af3a07a-ef8a-41b1-9dd6-aa4cf247588f";

/// A PBX with nothing going on, that keeps the addresses it was asked at.
#[derive(Default)]
struct Quiet(Mutex<Vec<http::Uri>>);

#[async_trait]
impl HttpService for Quiet {
    async fn call(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, NoAnswer> {
        let body = String::from_utf8_lossy(request.body()).into_owned();
        let value = if body.contains("getCallIds") {
            "<array><data/></array>"
        } else {
            "<boolean>1</boolean>"
        };
        self.0.lock().unwrap().push(request.uri().clone());
        let answer = format!("<methodResponse><params><param><value>{value}</value></param></params></methodResponse>");
        Ok(http::Response::new(Bytes::from(answer)))
    }
}

/// A way that leads nowhere.
struct Nowhere(Option<NoAnswer>);

#[async_trait]
impl HttpService for Nowhere {
    async fn call(&self, _: http::Request<Bytes>) -> Result<http::Response<Bytes>, NoAnswer> {
        match self.0 {
            Some(why) => Err(why),
            None => std::future::pending().await,
        }
    }
}

fn server(service: impl HttpService + 'static) -> Server {
    Server::new("https://pbx.acme.example")
        .unwrap()
        .service(Arc::new(service))
}

#[tokio::test(start_paused = true)]
async fn a_watch_without_sockets_hears_what_is_handed_in() {
    let pbx = Arc::new(Quiet::default());
    let server = Server::new("https://pbx.acme.example").unwrap().service(pbx.clone());
    let callbacks = Callbacks::default();
    let agents = vec![Agent::new("0101", Password::Plain("geheim".into()))];
    // An address that cannot be listened on: nothing tries.
    let listen = "192.0.2.1:8091".parse().unwrap();
    let url = "https://bridge.acme.example/pbx".parse().unwrap();
    let mut options = WatchOptions::new(server, listen, url, agents);
    options.callbacks = Some(callbacks.clone());
    let deliver = |target: &str, body: &str| callbacks.deliver(&Method::POST, target, body.as_bytes());
    assert_eq!(
        deliver("/", "").status(),
        StatusCode::SERVICE_UNAVAILABLE,
        "no watch yet"
    );

    let (watch, mut notices) = Watch::start(options).await.unwrap();
    assert_eq!(watch.listen(), listen);
    wait_for(&mut notices, "0101", &What::Connected).await;
    let asked = pbx.0.lock().unwrap()[0].query().unwrap().to_owned();
    let of = |key: &str| {
        let pairs = url::form_urlencoded::parse(asked.as_bytes());
        let mut found = pairs.filter(|(name, _)| name == &format!("de.vertico.starface.{key}"));
        found.next().unwrap().1.into_owned()
    };
    let (path, token) = (of("callback.path"), of("auth"));
    assert!(path.starts_with("/pbx/"), "{path}");
    let target = format!("{path}?de.vertico.starface.user=0101&de.vertico.starface.auth={token}");

    let answer = deliver(&target, &event(ID, "CONNECTED"));
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(answer.body().contains("<boolean>1</boolean>"), "{}", answer.body());
    let state = wait(&mut notices, |notice| {
        let What::Call(call) = &notice.what else { return None };
        (call.id == ID).then(|| call.state.clone())
    });
    assert_eq!(state.await, CallState::Connected);
    assert_eq!(
        deliver("/pbx/wrong", &event(ID, "HANGUP")).status(),
        StatusCode::NOT_FOUND
    );
    assert_eq!(deliver("no path at all", "").status(), StatusCode::BAD_REQUEST);
    assert_eq!(deliver(&target, "garbage").status(), StatusCode::BAD_REQUEST);

    watch.stop().await;
    drop(watch);
    while notices.next().await.is_some() {}
    assert_eq!(
        deliver(&target, &event(ID, "HANGUP")).status(),
        StatusCode::SERVICE_UNAVAILABLE
    );
}

#[tokio::test(start_paused = true)]
async fn a_service_without_an_answer_is_a_pbx_that_is_away() {
    for (why, words) in [
        (Some(NoAnswer::Connect), "the PBX cannot be reached"),
        (Some(NoAnswer::Timeout), "the PBX did not answer in time"),
        (Some(NoAnswer::Interrupted), "the connection to the PBX broke"),
        (None, "the PBX did not answer in time"),
    ] {
        let begun = tokio::time::Instant::now();
        let rest = Rest::new(&server(Nowhere(why)), "0001", Password::Plain("geheim".into())).unwrap();
        let error = rest.users().await.unwrap_err();
        assert_eq!(
            (error.kind(), error.to_string().as_str()),
            (ErrorKind::Unreachable, words)
        );
        let waited = if why.is_none() { 15 } else { 0 };
        assert_eq!(begun.elapsed(), Duration::from_secs(waited), "{why:?}");
    }
}
