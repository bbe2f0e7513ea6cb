//! The client on a simulated version 10: OAuth for REST and UCI, whatever such a system leaves of the classic logins.

use std::time::Duration;

use bridge_sim::starface::{
    CallbackAuth, Caller, ClassicRest, ClientAuthentication, OAUTH_CLIENT_SECRET, SimStarface, Switches, WrongToken,
};
use starface_client::rest::Rest;
use starface_client::uci::{
    CallState, Notices, Probe, ProbeDepth, QueueEventKind, Requests, Watch, WatchOptions, What, probe,
};
use starface_client::{ErrorKind, OAuthClient, Server};

use crate::simulated::{options, password};

async fn version_10(change: impl FnOnce(&mut Switches)) -> SimStarface {
    let mut switches = Switches::version_10();
    change(&mut switches);
    SimStarface::start("127.0.0.1:0", switches).await.unwrap()
}

fn server(sim: &SimStarface) -> Server {
    let client = OAuthClient::new(OAUTH_CLIENT_SECRET);
    Server::new(&sim.url()).unwrap().oauth(client)
}

fn rest(sim: &SimStarface) -> Rest {
    Rest::new(&server(sim), "0001", password("0001")).unwrap()
}

fn watching(sim: &SimStarface, login: &str) -> WatchOptions {
    let mut options = options(sim, &[login]);
    options.server = server(sim);
    options
}

/// The first notice for which this gives something.
pub(crate) async fn wait<T>(notices: &mut Notices, mut look: impl FnMut(&What) -> Option<T>) -> T {
    let found = async {
        loop {
            let notice = notices.next().await.expect("the watch goes on");
            if let Some(found) = look(&notice.what) {
                return found;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(30), found)
        .await
        .expect("told within the time limit")
}

pub(crate) fn snapshot(what: &What) -> Option<usize> {
    if let What::Snapshot(calls) = what {
        Some(calls.len())
    } else {
        None
    }
}

pub(crate) fn state(what: &What) -> Option<CallState> {
    if let What::Call(call) = what {
        Some(call.state.clone())
    } else {
        None
    }
}

#[tokio::test]
async fn rest_gets_in_whatever_is_left_of_the_classic_login() {
    let kinds = [
        ClassicRest::Works,
        ClassicRest::BadRequest,
        ClassicRest::Unauthorized,
        ClassicRest::NotFound,
    ];
    for (classic_rest, external_idp) in kinds
        .into_iter()
        .map(|kind| (kind, false))
        .chain([(ClassicRest::Works, true)])
    {
        let sim = version_10(|switches| {
            switches.oauth.classic_rest = classic_rest;
            switches.oauth.external_idp = external_idp;
        })
        .await;
        let rest = rest(&sim);
        assert_eq!(rest.users().await.unwrap().len(), 5, "{classic_rest:?} {external_idp}");
        assert_eq!(rest.server_version().await.unwrap().as_deref(), Some("10.0.2.6"));
        sim.restart();
        assert_eq!(
            rest.groups().await.unwrap().len(),
            3,
            "tokens that are forgotten are replaced"
        );
    }
}

#[tokio::test]
async fn tokens_are_had_in_every_way_a_pbx_may_want_it() {
    let ways: [fn(&mut Switches); 6] = [
        |_| {},
        |switches| switches.oauth.client_authentication = ClientAuthentication::Basic,
        |switches| switches.oauth.client_authentication = ClientAuthentication::Form,
        |switches| switches.oauth.scopes = ["pbx-login".to_owned()].into(),
        |switches| switches.oauth.rotation = false,
        |switches| switches.oauth.cloud = true,
    ];
    for (at, way) in ways.into_iter().enumerate() {
        let sim = version_10(|switches| {
            switches.oauth.external_idp = true;
            way(switches);
        })
        .await;
        let rest = rest(&sim);
        for _ in 0..3 {
            assert_eq!(rest.users().await.unwrap().len(), 5, "{at}");
            sim.with(|state, now| state.end_access(now));
        }
    }
}

#[tokio::test]
async fn a_login_without_the_right_and_a_wrong_secret_are_told_apart() {
    let sim = version_10(|switches| {
        switches.oauth.external_idp = true;
        switches.oauth.without_right = ["0001".to_owned()].into();
    })
    .await;
    let error = rest(&sim).users().await.unwrap_err();
    assert_eq!(
        (error.kind(), error.vendor_code()),
        (ErrorKind::Login, Some("invalid_grant"))
    );
    assert!(error.to_string().contains("Password Grant"), "{error}");
    let wrong = Server::new(&sim.url()).unwrap().oauth(OAuthClient::new("wrong"));
    let error = Rest::new(&wrong, "0101", password("0101"))
        .unwrap()
        .users()
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.vendor_code()),
        (ErrorKind::Login, Some("invalid_client"))
    );
}

#[tokio::test]
async fn a_watch_gets_in_however_the_classic_token_is_refused() {
    for wrong_token in [
        WrongToken::Fault,
        WrongToken::Unauthorized,
        WrongToken::LoginFalse,
        WrongToken::Page,
        WrongToken::Redirect,
    ] {
        let sim = version_10(|switches| {
            switches.oauth.external_idp = true;
            switches.wrong_token = wrong_token;
        })
        .await;
        let agent = watching(&sim, "0101").agents.remove(0);
        for depth in [ProbeDepth::Thorough, ProbeDepth::Gentle] {
            let probed = probe(&server(&sim), &agent, depth).await.unwrap();
            // A fault does not say that it is the token's.
            let unproven =
                depth == ProbeDepth::Gentle && matches!(wrong_token, WrongToken::Fault | WrongToken::LoginFalse);
            assert_eq!(
                probed == Probe::Good,
                !unproven,
                "{wrong_token:?} {depth:?}: {probed:?}"
            );
        }
        let (watch, mut notices) = Watch::start(watching(&sim, "0101")).await.unwrap();
        assert_eq!(wait(&mut notices, snapshot).await, 0, "{wrong_token:?}");
        let requests = watch.requests("0101").unwrap();
        assert_eq!(requests.server_version().await.unwrap(), "10.0.2.6");
        watch.stop().await;
        assert!(sim.logged_in().is_empty(), "{wrong_token:?}");
    }
}

#[tokio::test]
async fn events_are_taken_whatever_token_they_show() {
    for callback_auth in [
        CallbackAuth::Absent,
        CallbackAuth::Empty,
        CallbackAuth::Jwt,
        CallbackAuth::Classic,
    ] {
        let sim = version_10(|switches| {
            switches.oauth.external_idp = true;
            switches.oauth.callback_auth = callback_auth;
        })
        .await;
        let (watch, mut notices) = Watch::start(watching(&sim, "0101")).await.unwrap();
        wait(&mut notices, snapshot).await;
        let call = sim.new_call_id();
        sim.ring(&call, Some("Support"), Caller::Withheld, &["0101"], None);
        assert_eq!(wait(&mut notices, state).await, CallState::Ringing, "{callback_auth:?}");
        watch.stop().await;
    }
}

#[tokio::test]
async fn a_token_that_ends_costs_a_session_at_most() {
    for session_ends_with_token in [false, true] {
        let sim = version_10(|switches| {
            switches.oauth.external_idp = true;
            switches.oauth.session_ends_with_token = session_ends_with_token;
        })
        .await;
        let (watch, mut notices) = Watch::start(watching(&sim, "0101")).await.unwrap();
        wait(&mut notices, snapshot).await;
        let call = sim.new_call_id();
        sim.ring(&call, Some("Support"), Caller::Withheld, &["0101"], None);
        sim.with(|state, now| state.end_access(now));
        assert_eq!(wait(&mut notices, snapshot).await, 1, "it is back, and knows the call");
        sim.answer(&call, "0101", None, None);
        assert_eq!(wait(&mut notices, state).await, CallState::Connected);
        watch.stop().await;
    }
}

#[tokio::test]
async fn events_of_queues_are_told_as_often_as_they_come() {
    let sim = version_10(|switches| switches.queue.groups = ["Support".to_owned()].into()).await;
    let (call, other) = (sim.new_call_id(), sim.new_call_id());
    sim.ring(&call, Some("Support"), Caller::Withheld, &["0102"], None);
    let mut options = watching(&sim, "0101");
    options.queue_events = true;
    let (watch, mut notices) = Watch::start(options).await.unwrap();
    let is_call = |what: &What| {
        if let What::Queue(event) = what
            && event.kind == QueueEventKind::Call
        {
            Some((event.group.clone(), event.calls.clone()))
        } else {
            None
        }
    };
    let told = (Some("1003".to_owned()), vec![call.clone()]);
    for _ in 0..2 {
        assert_eq!(wait(&mut notices, is_call).await, told, "the present state, doubled");
    }
    sim.change_id(&call, &other);
    let changed = |what: &What| {
        if let What::IdChanged(change) = what {
            Some(change.clone())
        } else {
            None
        }
    };
    for _ in 0..2 {
        let change = wait(&mut notices, changed).await;
        assert_eq!(change.resolve(|_| false, None), Some((call.clone(), other.clone())));
    }
    sim.with(|state, _| state.set_agent("0102", true, true));
    wait(&mut notices, |what| {
        matches!(what, What::Queue(event) if event.kind == QueueEventKind::AgentState).then_some(())
    })
    .await;
    watch.stop().await;
}

#[tokio::test]
async fn requests_of_one_login_are_proved_by_oauth_too() {
    let sim = version_10(|switches| switches.oauth.external_idp = true).await;
    let agent = watching(&sim, "0101").agents.remove(0);
    let requests = Requests::new(&server(&sim), &agent).unwrap();
    requests.log_in().await.unwrap();
    let call = sim.new_call_id();
    sim.ring(&call, Some("Support"), Caller::Withheld, &["0101"], None);
    sim.with(|state, now| state.end_access(now));
    // The token is refused: whoever asks is told, and the next one asks with a new one.
    assert_eq!(requests.call_ids().await.unwrap_err().kind(), ErrorKind::Login);
    assert_eq!(requests.call_ids().await.unwrap(), [call]);
}
