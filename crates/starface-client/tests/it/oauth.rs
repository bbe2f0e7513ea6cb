//! Version 10: the classic login is refused, and OAuth takes its place.

use std::time::Duration;

use serde_json::json;
use starface_client::rest::Rest;
use starface_client::uci::{Agent, CallState, Probe, ProbeDepth, Requests, Watch, What, probe};
use starface_client::{ErrorKind, OAuthClient, Password, Server};
use wiremock::matchers::{body_string_contains, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::fake::{Answer, Pbx, event, post};
use crate::watch::{options, wait, wait_for};

const ID: &str = "8af3a07a-ef8a-41b1-9dd6-aa4cf247588f";

async fn grants(server: &MockServer, kind: &str, access: &str, refresh: &str, times: u64) {
    let granted = json!({"access_token": access, "expires_in": 300, "refresh_token": refresh});
    Mock::given(method("POST"))
        .and(path("/auth/realms/pbx/oauth2/token"))
        .and(body_string_contains(format!("grant_type={kind}")))
        .respond_with(ResponseTemplate::new(200).set_body_json(granted))
        .expect(times)
        .mount(server)
        .await;
}

async fn users(server: &MockServer, token: &str, answer: ResponseTemplate) {
    Mock::given(method("GET"))
        .and(path("/rest/users"))
        .and(header("X-Version", "2"))
        .and(header("Authorization", format!("Bearer {token}").as_str()))
        .respond_with(answer)
        .mount(server)
        .await;
}

fn rest(server: &MockServer, client: OAuthClient) -> Rest {
    let server = Server::new(&server.uri()).unwrap().oauth(client);
    Rest::new(&server, "0001", Password::Plain("foobar".into())).unwrap()
}

#[tokio::test]
async fn rest_takes_oauth_where_the_classic_login_is_refused() {
    let challenge = json!({"loginType": "Internal", "nonce": "n0nce", "secret": null});
    let challenged = ResponseTemplate::new(200).set_body_json(challenge);
    for (get, after) in [
        (ResponseTemplate::new(404), 200),
        (ResponseTemplate::new(401), 200),
        (ResponseTemplate::new(302), 200),
        (ResponseTemplate::new(200).set_body_string("<html>"), 200),
        (challenged.clone(), 400),
        (challenged.clone(), 401),
    ] {
        let server = MockServer::start().await;
        for (verb, answer) in [("GET", get), ("POST", ResponseTemplate::new(after))] {
            Mock::given(method(verb))
                .and(path("/rest/login"))
                .respond_with(answer)
                .up_to_n_times(1)
                .mount(&server)
                .await;
        }
        grants(&server, "password", "t1", "r1", 1).await;
        grants(&server, "refresh_token", "t2", "r2", 1).await;
        users(&server, "t1", ResponseTemplate::new(200).set_body_json(json!([]))).await;
        let rest = rest(&server, OAuthClient::new("s3cr3t"));
        assert!(rest.users().await.unwrap().is_empty());
        let asked = futures_util::future::join_all((0..4).map(|_| rest.users())).await;
        assert!(
            asked.iter().all(Result::is_ok),
            "it is remembered: nothing else would be answered"
        );

        // A token that is refused before its time is replaced once, for all who notice.
        let not_logged_in = ResponseTemplate::new(401);
        Mock::given(path("/rest/users"))
            .and(header("Authorization", "Bearer t1"))
            .respond_with(not_logged_in)
            .with_priority(1)
            .mount(&server)
            .await;
        users(&server, "t2", ResponseTemplate::new(200).set_body_json(json!([]))).await;
        let asked = futures_util::future::join_all((0..4).map(|_| rest.users())).await;
        assert!(asked.iter().all(Result::is_ok));
        rest.log_out().await.unwrap();
    }
}

#[tokio::test]
async fn rest_tells_the_refusal_that_matters() {
    // Neither works: what OAuth said, and one try each.
    let server = MockServer::start().await;
    let refusal = json!({"error": "invalid_grant"});
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(400).set_body_json(refusal))
        .expect(1)
        .mount(&server)
        .await;
    let error = rest(&server, OAuthClient::new("s3cr3t"))
        .users()
        .await
        .expect_err("refused");
    assert_eq!(
        (error.kind(), error.vendor_code()),
        (ErrorKind::Login, Some("invalid_grant"))
    );
    server.verify().await;

    // An older PBX has no OAuth: what it said of the classic login.
    let server = MockServer::start().await;
    let challenge = json!({"loginType": "Internal", "nonce": "n0nce", "secret": null});
    Mock::given(method("GET"))
        .and(path("/rest/login"))
        .respond_with(ResponseTemplate::new(200).set_body_json(challenge))
        .mount(&server)
        .await;
    Mock::given(method("POST"))
        .and(path("/rest/login"))
        .respond_with(ResponseTemplate::new(400))
        .mount(&server)
        .await;
    let error = rest(&server, OAuthClient::new("s3cr3t"))
        .users()
        .await
        .expect_err("refused");
    let text = "the PBX refuses the login 0001: wrong login or password";
    assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::Login, text));
}

#[tokio::test]
async fn rest_does_not_even_try_the_classic_login_if_told_so() {
    let server = MockServer::start().await;
    Mock::given(path("/rest/login"))
        .respond_with(ResponseTemplate::new(200))
        .expect(0)
        .mount(&server)
        .await;
    grants(&server, "password", "t1", "r1", 1).await;
    users(&server, "t1", ResponseTemplate::new(200).set_body_json(json!([]))).await;
    let rest = rest(&server, OAuthClient::new("s3cr3t").at_once());
    assert!(rest.users().await.unwrap().is_empty());
}

/// A PBX of version 10 with an outside identity provider: pages for whoever shows no token of OAuth.
async fn version_10() -> Pbx {
    Pbx::start(|login, method| match (login, method.rsplit('.').next().unwrap()) {
        ("jwt", "getCallIds") => Answer::Value("<array><data/></array>".to_owned()),
        ("jwt", "getServerVersion") => Answer::Value("10.0.2.6".to_owned()),
        ("jwt", _) => Answer::True,
        _ => Answer::Html,
    })
    .await
}

#[tokio::test]
async fn a_watch_takes_oauth_where_the_classic_token_is_refused() {
    let pbx = version_10().await;
    let mut options = options(&pbx.url, &["0101"]);
    options.server = options.server.oauth(OAuthClient::new("s3cr3t"));
    let (watch, mut notices) = Watch::start(options).await.unwrap();
    wait_for(&mut notices, "0101", &What::Connected).await;
    assert_eq!(pbx.methods("0101"), ["login"], "the classic token is tried once");

    // What the PBX shows with callbacks then is not known: path and login have to do.
    let url = format!(
        "http://{}{}?de.vertico.starface.user=",
        watch.listen(),
        pbx.callback_path("jwt")
    );
    assert_eq!(post(&format!("{url}0102"), event(ID, "RINGING")).await, 403);
    assert_eq!(post(&format!("{url}0101"), event(ID, "RINGING")).await, 200);
    let told = wait(&mut notices, |notice| {
        if let What::Call(call) = &notice.what {
            Some(call.clone())
        } else {
            None
        }
    })
    .await;
    assert_eq!((told.id.as_str(), told.state), (ID, CallState::Ringing));
    let requests = watch.requests("0101").unwrap();
    assert_eq!(requests.server_version().await.unwrap(), "10.0.2.6");
    watch.stop().await;
    assert_eq!(pbx.methods("jwt").last().map(String::as_str), Some("logout"));
    assert_eq!(pbx.granted(), ["0101"], "one token for all of it");
}

#[tokio::test]
async fn a_client_secret_that_is_refused_is_told() {
    let pbx = version_10().await;
    let mut options = options(&pbx.url, &["0101"]);
    options.server = options.server.oauth(OAuthClient::new("wrong"));
    options.timing.refused = Duration::from_secs(3600);
    let (watch, mut notices) = Watch::start(options).await.unwrap();
    let why = wait(&mut notices, |notice| {
        if let What::Refused { why } = &notice.what {
            Some(why.clone())
        } else {
            None
        }
    })
    .await;
    assert!(why.starts_with("the PBX refuses the OAuth client"), "{why}");
    watch.stop().await;
}

#[tokio::test]
async fn logins_of_version_10_can_be_tried() {
    let pbx = version_10().await;
    let agent = Agent::new("0101", Password::Plain("geheim".into()));
    let classic = Server::new(&pbx.url).unwrap();
    let good = classic.clone().oauth(OAuthClient::new("s3cr3t"));
    let at_once = classic.clone().oauth(OAuthClient::new("s3cr3t").at_once());
    let wrong = classic.clone().oauth(OAuthClient::new("wrong"));
    for depth in [ProbeDepth::Gentle, ProbeDepth::Thorough] {
        for server in [&good, &at_once] {
            assert_eq!(probe(server, &agent, depth).await.unwrap(), Probe::Good);
        }
        for server in [&classic, &wrong] {
            let probed = probe(server, &agent, depth).await.unwrap();
            assert!(matches!(probed, Probe::Refused { .. }), "{probed:?}");
        }
    }
    let requests = Requests::new(&at_once, &agent).unwrap();
    requests.log_in().await.unwrap();
    assert!(requests.keep_alive().await.unwrap());
    requests.log_out().await.unwrap();
    let hash = Password::from_sha512(&"0".repeat(128)).unwrap();
    let error = Requests::new(&at_once, &Agent::new("0101", hash)).expect_err("no password");
    assert_eq!(error.kind(), ErrorKind::Config);
}
