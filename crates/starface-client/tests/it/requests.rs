//! Requests of one login, with and without a watch, and what older systems say.

use jiff::civil::date;
use secrecy::ExposeSecret as _;
use starface_client::uci::{Agent, CallListQuery, CallState, QueueEventKind, Requests, TokenForm, Watch, What};
use starface_client::xmlrpc::{Fault, Value};
use starface_client::{ErrorKind, OAuthClient, Password, Server, uci_token_active_directory, uci_token_md5};

use crate::fake::{Answer, Pbx, call, nobody};
use crate::watch::{options, wait, wait_for};

const ID: &str = "8af3a07a-ef8a-41b1-9dd6-aa4cf247588f";

fn geheim() -> Password {
    Password::Plain("geheim".into())
}

fn last(method: &str) -> &str {
    method.rsplit('.').next().unwrap()
}

fn requests(pbx: &Pbx) -> Requests {
    Requests::new(&Server::new(&pbx.url).unwrap(), &Agent::new("0101", geheim())).unwrap()
}

fn day() -> CallListQuery {
    CallListQuery::new(date(2026, 9, 11).at(0, 0, 0, 0), date(2026, 9, 12).at(0, 0, 0, 0))
}

/// The call list as one program in the field reads it.
const LIST: &str = "<struct><member><name>totalCount</name><value><int>2</int></value></member>\
    <member><name>entries</name><value><array><data><value><struct>\
    <member><name>direction</name><value><string>INBOUND</string></value></member>\
    <member><name>result</name><value><string>ANSWERED</string></value></member>\
    <member><name>callerNumber</name><value><string>004917123456789</string></value></member>\
    <member><name>groupId</name><value><string>1003</string></value></member>\
    <member><name>startTime</name><value><dateTime.iso8601>20260911T09:31:07</dateTime.iso8601></value></member>\
    <member><name>duration</name><value><int>65</int></value></member>\
    </struct></value></data></array></value></member></struct>";

#[tokio::test]
async fn what_a_login_can_ask() {
    let pbx = Pbx::start(|_, method| match last(method) {
        "getServerVersion" => Answer::Value("8.1.0.10".to_owned()),
        "getCallList" => Answer::Value(LIST.to_owned()),
        "getCallIds" => Answer::Value(format!("<array><data><value>{ID}</value></data></array>")),
        "getCallState" => Answer::Value(call(ID, "CONNECTED")),
        "monitor" => Answer::Value("<nil/>".to_owned()),
        "keepAlive" => Answer::False,
        _ => Answer::True,
    })
    .await;
    let requests = requests(&pbx);
    assert_eq!(requests.server_version().await.unwrap(), "8.1.0.10");
    requests.log_in().await.unwrap();
    assert!(!requests.keep_alive().await.unwrap());

    let list = requests.call_list(&day()).await.unwrap();
    assert_eq!(
        (list.total, list.told, list.entries[0].duration.as_secs()),
        (Some(2), 1, 65)
    );
    assert_eq!(list.entries[0].group.as_deref(), Some("1003"));
    expect_test::expect![[r#"
        <dateTime.iso8601>20260912T00:00:00</dateTime.iso8601>
        <dateTime.iso8601>20260911T00:00:00</dateTime.iso8601>
        <string></string>
        <string></string>
        <string></string>
        <string>startTime</string>
        <string>DESCENDING</string>
        <int>0</int>
        <int>100</int>"#]]
    .assert_eq(&pbx.last_params().join("\n"));

    assert_eq!(requests.call_ids().await.unwrap(), [ID]);
    let state = requests.call_state(ID).await.unwrap().unwrap();
    assert_eq!(state.state, CallState::Connected);
    requests.monitor(ID).await.unwrap();
    assert_eq!(pbx.last_params(), [format!("<string>{ID}</string>")]);
    let settings = requests
        .call("ucp.v30.requests.group.getGroupSettings", &[Value::Int(7)])
        .await;
    assert!(settings.unwrap() == Value::Bool(true));
    assert_eq!(pbx.last_params(), ["<int>7</int>"]);
    requests.log_out().await.unwrap();
    assert_eq!(
        pbx.methods("0101").join(" "),
        "getServerVersion login keepAlive getCallList getCallIds getCallState monitor getGroupSettings logout"
    );
}

#[tokio::test]
async fn what_the_pbx_refuses_is_sorted() {
    let pbx = Pbx::start(|_, method| match last(method) {
        "a" => Answer::Fault("de.vertico.starface.UcpNotConnectedException"),
        "b" => Answer::Fault("UciIllegalAccessException: monitor"),
        "c" => Answer::Fault("called 0721123456"),
        "d" => Answer::Html,
        "e" => Answer::Status(503),
        "f" => Answer::Status(404),
        "login" => Answer::False,
        _ => Answer::Value("<array><data/></array>".to_owned()),
    })
    .await;
    let requests = requests(&pbx);
    for (method, kind) in [
        ("a", ErrorKind::NoSession),
        ("b", ErrorKind::Forbidden),
        ("c", ErrorKind::Rejected),
        ("d", ErrorKind::Login),
        ("e", ErrorKind::Unreachable),
        ("f", ErrorKind::NotFound),
    ] {
        let error = requests.call(&format!("x.{method}"), &[]).await.expect_err(method);
        assert_eq!(error.kind(), kind, "{method}");
        let fault = std::error::Error::source(&error).and_then(|source| source.downcast_ref::<Fault>());
        assert_eq!(fault.is_some(), matches!(method, "a" | "b" | "c"), "{method}");
        assert!(!format!("{error} {error:?}").contains("123456"), "{error:?}");
    }
    assert_eq!(requests.log_in().await.expect_err("false").kind(), ErrorKind::Login);
    let error = requests.call_list(&day()).await.expect_err("no list");
    assert_eq!(error.kind(), ErrorKind::Protocol);
    let error = requests.server_version().await.expect_err("no text");
    assert_eq!(error.kind(), ErrorKind::Protocol);

    let away = Server::new(&format!("http://{}", nobody().await)).unwrap();
    let away = Requests::new(&away, &Agent::new("0101", geheim())).unwrap();
    assert_eq!(away.log_in().await.expect_err("nobody").kind(), ErrorKind::Unreachable);
    assert_eq!(
        away.call_ids().await.expect_err("nobody").kind(),
        ErrorKind::Unreachable
    );
}

/// A STARFACE of the first generation: MD5, the oldest names, one array of services, Latin-1, `reset`.
#[tokio::test]
async fn a_watch_on_the_oldest_systems() {
    let token = uci_token_md5("0101", &geheim()).unwrap().expose_secret().to_owned();
    let expected = token.clone();
    let pbx = Pbx::start(move |login, method| match method {
        _ if login != expected => Answer::Status(401),
        _ if !method.starts_with("ucp.v20.") => Answer::Fault("No such handler"),
        "ucp.v20.server.communication.call.getCallIds" => Answer::Value("<array><data/></array>".to_owned()),
        _ => Answer::True,
    })
    .await;
    let mut options = options(&pbx.url, &[]);
    options.agents = vec![Agent::new("0101", geheim()).token_form(TokenForm::Md5)];
    let (watch, mut notices) = Watch::start(options).await.unwrap();
    wait_for(&mut notices, "0101", &What::Snapshot(vec![])).await;
    assert_eq!(
        pbx.methods(&token)[..5].join(" "),
        "login login login setProvidedServices getCallIds"
    );
    // Requests go with the names of the session, and what these do not have is said so.
    let requests = watch.requests("0101").unwrap();
    requests.monitor(ID).await.unwrap();
    let error = requests.call_list(&day()).await.expect_err("none");
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(watch.requests("0102").is_none());

    let event = "<?xml version='1.0' encoding='ISO-8859-1'?><methodCall><methodName>\
         ucp.v20.client.communication.call.receiveCallState</methodName><params><param><value><struct>\
         <member><name>ID</name><value><string>c1</string></value></member>\
         <member><name>State</name><value><string>ringing</string></value></member>\
         <member><name>callername</name><value><string>J\u{f6}rg</string></value></member>\
         </struct></value></param></params></methodCall>";
    let latin1: Vec<u8> = event.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    assert_eq!(pbx.call_back_as(&token, "0101", latin1).await, 200);
    let told = wait(&mut notices, |notice| {
        if let What::Call(call) = &notice.what {
            Some(call.clone())
        } else {
            None
        }
    })
    .await;
    assert_eq!(
        (told.state, told.caller_name.as_deref()),
        (CallState::Ringing, Some("J\u{f6}rg"))
    );

    let reset = "<methodCall><methodName>ucp.v20.client.connection.reset</methodName></methodCall>";
    assert_eq!(pbx.call_back_as(&token, "0101", reset).await, 200);
    wait_for(&mut notices, "0101", &What::Connected).await;
    watch.stop().await;
}

#[tokio::test]
async fn a_watch_on_an_active_directory() {
    let token = uci_token_active_directory("0101", &geheim())
        .unwrap()
        .expose_secret()
        .to_owned();
    let expected = token.clone();
    let pbx = Pbx::start(move |login, method| match last(method) {
        _ if login != expected => Answer::Status(401),
        "getCallIds" => Answer::Value("<array><data/></array>".to_owned()),
        _ => Answer::True,
    })
    .await;
    let mut options = options(&pbx.url, &[]);
    options.agents = vec![Agent::new("0101", geheim()).token_form(TokenForm::ActiveDirectory)];
    let (watch, mut notices) = Watch::start(options.clone()).await.unwrap();
    wait_for(&mut notices, "0101", &What::Connected).await;
    watch.stop().await;

    // Of a hash no such token can be made, and that is said before anything is sent.
    let hash = Password::from_sha512(&"0".repeat(128)).unwrap();
    for form in [TokenForm::Md5, TokenForm::ActiveDirectory] {
        options.agents = vec![Agent::new("0101", hash.clone()).token_form(form)];
        assert_eq!(options.check().expect_err("no password").kind(), ErrorKind::Config);
    }
    options.agents = vec![Agent::new("0101", hash)];
    options.check().unwrap();
    options.server = options.server.oauth(OAuthClient::new("s3cr3t").at_once());
    assert_eq!(options.check().expect_err("no password").kind(), ErrorKind::Config);
}

#[tokio::test]
async fn events_of_queues_are_told_where_they_are_wanted() {
    let pbx = Pbx::start(|_, method| match last(method) {
        "getCallIds" => Answer::Value("<array><data/></array>".to_owned()),
        _ => Answer::True,
    })
    .await;
    let mut options = options(&pbx.url, &["0101"]);
    options.queue_events = true;
    let (watch, mut notices) = Watch::start(options).await.unwrap();
    wait_for(&mut notices, "0101", &What::Connected).await;
    assert_eq!(
        pbx.methods("0101")[..3],
        ["login", "subscribeEvents", "subscribeEvents"]
    );
    let event = "<methodCall><methodName>ucp.v30.events.queue.queueAgentChangedEvent</methodName>\
         <params><param><value><int>1003</int></value></param></params></methodCall>";
    assert_eq!(pbx.call_back("0101", event).await, 200);
    let told = wait(&mut notices, |notice| {
        if let What::Queue(event) = &notice.what {
            Some(event.clone())
        } else {
            None
        }
    })
    .await;
    assert_eq!(
        (told.kind, told.group.as_deref()),
        (QueueEventKind::Agents, Some("1003"))
    );
    watch.stop().await;
}
