//! Watches: sessions, callbacks, failures, and the end.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use starface_client::uci::session::Timing;
use starface_client::uci::{Agent, CallState, Notice, Notices, Probe, ProbeDepth, Watch, WatchOptions, What, probe};
use starface_client::{ErrorKind, Password, Server, uci_token};

use crate::fake::{Answer, Pbx, call, event, nobody, post};

const ID: &str = "8af3a07a-ef8a-41b1-9dd6-aa4cf247588f";

fn agent(login: &str) -> Agent {
    Agent::new(login, Password::Plain("geheim".into()))
}

pub(crate) fn options(url: &str, logins: &[&str]) -> WatchOptions {
    let agents = logins.iter().map(|login| agent(login)).collect();
    let server = Server::new(url).unwrap();
    let own = "http://127.0.0.1:0".parse().unwrap();
    let mut options = WatchOptions::new(server, "127.0.0.1:0".parse().unwrap(), own, agents);
    // Everything that would be waited for comes soon; nothing depends on how soon.
    let soon = Duration::from_millis(20);
    options.timing = Timing {
        keep_alive: soon,
        keep_alive_again: soon,
        away_first: soon,
        away_longest: soon,
        refused: soon,
    };
    options
}

/// The next notice for which this gives something. A watch that never tells it is ended by the time limit.
pub(crate) async fn wait<T>(notices: &mut Notices, mut look: impl FnMut(&Notice) -> Option<T>) -> T {
    let found = async {
        loop {
            let notice = notices.next().await.expect("the watch goes on");
            if let Some(found) = look(&notice) {
                return found;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(30), found)
        .await
        .expect("told within the time limit")
}

pub(crate) async fn wait_for(notices: &mut Notices, login: &str, what: &What) {
    wait(notices, |notice| {
        (notice.login == login && notice.what == *what).then_some(())
    })
    .await;
}

/// Good manners: everything is well and nothing is in progress.
fn good(method: &str) -> Answer {
    if method.ends_with("getCallIds") {
        Answer::Value("<array><data/></array>".to_owned())
    } else {
        Answer::True
    }
}

#[tokio::test]
async fn a_session_from_login_to_logout() {
    let pbx = Pbx::start(|_, method| match method.rsplit('.').next().unwrap() {
        "getCallIds" => Answer::Value(format!("<array><data><value>{ID}</value></data></array>")),
        "getCallState" => Answer::Value(call(ID, "CONNECTED")),
        _ => good(method),
    })
    .await;
    let (watch, mut notices) = Watch::start(options(&pbx.url, &["0101"])).await.unwrap();

    wait_for(&mut notices, "0101", &What::Connected).await;
    let calls = wait(&mut notices, |notice| {
        if let What::Snapshot(calls) = &notice.what {
            Some(calls.clone())
        } else {
            None
        }
    })
    .await;
    assert_eq!(calls.len(), 1);
    assert_eq!((calls[0].id.as_str(), &calls[0].state), (ID, &CallState::Connected));

    assert_eq!(pbx.call_back("0101", event(ID, "HANGUP")).await, 200);
    let ended = wait(&mut notices, |notice| {
        if let What::Call(call) = &notice.what {
            Some(call.clone())
        } else {
            None
        }
    })
    .await;
    assert_eq!(
        (ended.id.as_str(), ended.state, ended.group.as_deref()),
        (ID, CallState::Hangup, Some("1003"))
    );
    assert_eq!(ended.caller_number.as_deref(), Some("004917123456789"));

    watch.stop().await;
    assert!(notices.next().await.is_none(), "the stream ends");
    let methods = pbx.methods("0101");
    assert_eq!(methods[..4], ["login", "subscribeEvents", "getCallIds", "getCallState"]);
    assert_eq!(methods.last().map(String::as_str), Some("logout"));
}

#[tokio::test]
async fn a_forgotten_session_is_got_back() {
    let keep_alives = AtomicU32::new(0);
    let pbx = Pbx::start(move |_, method| match method.rsplit('.').next().unwrap() {
        "keepAlive" if keep_alives.fetch_add(1, Ordering::SeqCst) == 0 => Answer::False,
        "getCallIds" => Answer::Fault("no such method"),
        _ => good(method),
    })
    .await;
    let (watch, mut notices) = Watch::start(options(&pbx.url, &["0101"])).await.unwrap();
    for what in [What::Connected, What::Gap] {
        wait_for(&mut notices, "0101", &what).await;
    }
    wait(&mut notices, |notice| {
        matches!(notice.what, What::Lost { .. }).then_some(())
    })
    .await;
    for what in [What::Connected, What::Gap] {
        wait_for(&mut notices, "0101", &what).await;
    }
    watch.stop().await;
}

#[tokio::test]
async fn sessions_fail_each_for_itself() {
    let pbx = Pbx::start(|login, method| match login {
        "0101" => good(method),
        "0102" => Answer::False,
        "0103" => Answer::Html,
        "0104" => Answer::Status(503),
        _ => Answer::Fault("UciIllegalAccessException"),
    })
    .await;
    let mut options = options(&pbx.url, &["0101", "0102", "0103", "0104", "0105"]);
    // Nobody is just logging in again when the watch is stopped.
    options.timing.refused = Duration::from_secs(3600);
    let (watch, mut notices) = Watch::start(options).await.unwrap();
    let mut told = std::collections::BTreeMap::new();
    wait(&mut notices, |notice| {
        let shown = if let What::Refused { why } | What::Lost { why } = &notice.what {
            why.clone()
        } else {
            format!("{:?}", notice.what)
        };
        told.entry(notice.login.clone()).or_insert(shown);
        (told.len() == 5).then_some(())
    })
    .await;
    let told: Vec<String> = told
        .into_iter()
        .map(|(login, shown)| format!("{login}: {shown}"))
        .collect();
    expect_test::expect![[r#"
        0101: Connected
        0102: the PBX refuses the login: wrong login or password, or the right to use UCI is missing
        0103: the PBX answers with a page instead of XML-RPC (HTTP 200): wrong login or password, a login that it wants through another provider, or a wrong address
        0104: the PBX is out of order (HTTP 503)
        0105: the PBX refuses the login: wrong login or password, or the right to use UCI is missing (fault 0: UciIllegalAccessException)"#]]
    .assert_eq(&told.join("\n"));
    assert_eq!(pbx.call_back("0101", event(ID, "RINGING")).await, 200);
    wait(&mut notices, |notice| {
        matches!(&notice.what, What::Call(_)).then_some(())
    })
    .await;
    watch.stop().await;
    assert!(
        !pbx.methods("0102").contains(&"logout".to_owned()),
        "who is not in need not be logged out"
    );
}

#[tokio::test]
async fn a_pbx_that_is_away_is_told_and_stops_nothing() {
    let url = format!("http://{}", nobody().await);
    let (watch, mut notices) = Watch::start(options(&url, &["0101"])).await.unwrap();
    wait_for(
        &mut notices,
        "0101",
        &What::Lost {
            why: "the PBX cannot be reached".to_owned(),
        },
    )
    .await;
    watch.stop().await;
    assert!(notices.next().await.is_none());
}

#[tokio::test]
async fn an_address_in_use_is_named() {
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = taken.local_addr().unwrap();
    let mut options = options("http://127.0.0.1:9", &["0101"]);
    options.listen = address;
    let error = Watch::start(options).await.expect_err("the port is taken");
    assert_eq!(error.kind(), ErrorKind::Listen);
    let expected = format!(
        "cannot listen for callbacks on {address}: another program uses this port: end it, or listen on another port"
    );
    assert_eq!(error.to_string(), expected);
}

#[tokio::test]
async fn a_login_that_is_there_twice_is_refused() {
    let error = Watch::start(options("http://127.0.0.1:9", &["0101", "0101"]))
        .await
        .expect_err("twice");
    assert_eq!(error.kind(), ErrorKind::Config);
}

#[tokio::test]
async fn the_listener_refuses_what_the_pbx_would_not_send() {
    let pbx = Pbx::start(|_, method| good(method)).await;
    let (watch, mut notices) = Watch::start(options(&pbx.url, &["0101", "0102"])).await.unwrap();
    let mut up = std::collections::BTreeSet::new();
    wait(&mut notices, |notice| {
        if matches!(notice.what, What::Snapshot(_)) {
            up.insert(notice.login.clone());
        }
        (up.len() == 2).then_some(())
    })
    .await;
    let base = format!("http://{}", watch.listen());
    let path = pbx.callback_path("0101");
    assert!(path.len() > 40, "the path holds a secret");
    use secrecy::ExposeSecret as _;
    let token = uci_token("0102", &Password::Plain("geheim".into()));
    let anothers = format!(
        "{base}{path}?de.vertico.starface.user=0101&de.vertico.starface.auth={}",
        token.expose_secret()
    );
    assert_eq!(post(&base, event(ID, "RINGING")).await, 404);
    assert_eq!(post(&format!("{base}{path}"), event(ID, "RINGING")).await, 403);
    assert_eq!(post(&anothers, event(ID, "RINGING")).await, 403);
    assert_eq!(pbx.call_back("0101", "<methodCall><garbage>").await, 400);
    assert_eq!(pbx.call_back("0101", "x".repeat((1 << 20) + 1)).await, 413);
    // The first call told is the first that was good.
    assert_eq!(pbx.call_back("0102", event("c2", "RINGING")).await, 200);
    let first = wait(&mut notices, |notice| {
        if let What::Call(call) = &notice.what {
            Some(call.id.clone())
        } else {
            None
        }
    })
    .await;
    assert_eq!(first, "c2");
    watch.stop().await;
}

#[tokio::test]
async fn a_watch_that_is_dropped_logs_out_too() {
    let pbx = Pbx::start(|_, method| good(method)).await;
    let (watch, mut notices) = Watch::start(options(&pbx.url, &["0101"])).await.unwrap();
    wait_for(&mut notices, "0101", &What::Connected).await;
    drop(watch);
    while notices.next().await.is_some() {}
    assert_eq!(pbx.methods("0101").last().map(String::as_str), Some("logout"));
}

#[tokio::test]
async fn logins_can_be_tried() {
    let pbx = Pbx::start(|login, method| match (login, method.rsplit('.').next().unwrap()) {
        ("0101", "getServerVersion") => Answer::Value("7.1.1.7".to_owned()),
        ("0102", "getServerVersion") => Answer::Fault("no such method"),
        ("0101" | "0102", _) => Answer::True,
        ("0103", "login") => Answer::False,
        _ => Answer::Html,
    })
    .await;
    let server = Server::new(&pbx.url).unwrap();
    let mut results = Vec::new();
    for login in ["0101", "0102", "0103"] {
        for depth in [ProbeDepth::Gentle, ProbeDepth::Thorough] {
            let shown = match probe(&server, &agent(login), depth).await.unwrap() {
                Probe::Good => "good",
                Probe::Refused { .. } => "refused",
                Probe::Unproven { .. } => "unproven",
                Probe::Unreachable { .. } | _ => "unreachable",
            };
            results.push(format!("{login} {depth:?}: {shown}"));
        }
    }
    expect_test::expect![[r#"
        0101 Gentle: good
        0101 Thorough: good
        0102 Gentle: unproven
        0102 Thorough: good
        0103 Gentle: refused
        0103 Thorough: refused"#]]
    .assert_eq(&results.join("\n"));
    assert_eq!(pbx.methods("0101"), ["getServerVersion", "login", "logout"]);

    let away = Server::new(&format!("http://{}", nobody().await)).unwrap();
    let probed = probe(&away, &agent("0101"), ProbeDepth::Gentle).await.unwrap();
    assert!(matches!(probed, Probe::Unreachable { .. }), "{probed:?}");
}
