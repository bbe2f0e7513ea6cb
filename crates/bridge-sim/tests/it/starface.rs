//! The simulated STARFACE over HTTP, as a client sees it.

use std::process::Command;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::routing::post;
use bridge_sim::starface::{
    Caller, Charset, Deliveries, OAUTH_CLIENT, OAUTH_CLIENT_SECRET, SimStarface, Switches, Value, read_call,
    read_response, write_call,
};
use serde_json::{Value as Json, json};
use sha2::{Digest as _, Sha512};
use tokio::sync::mpsc;

type Told = (Vec<(String, String)>, String, Value);

async fn pbx() -> SimStarface {
    SimStarface::start("127.0.0.1:0", Switches::default()).await.unwrap()
}

#[expect(clippy::disallowed_methods, reason = "the transport of these tests")]
async fn send(request: reqwest::RequestBuilder) -> (u16, String) {
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

fn sha(text: &str) -> String {
    Sha512::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn rest_login(pbx: &SimStarface, login: &str, password: &str) -> (u16, Json, Json) {
    let url = format!("{}/rest/login", pbx.url());
    let mut challenge: Json = serde_json::from_str(&send(client().get(&url)).await.1).unwrap();
    let nonce = challenge["nonce"].as_str().unwrap().to_owned();
    challenge["secret"] = json!(format!("{login}:{}", sha(&format!("{login}{nonce}{}", sha(password)))));
    let (status, body) = send(client().post(&url).json(&challenge)).await;
    (status, serde_json::from_str(&body).unwrap(), challenge)
}

/// A place for events: each with its query, method and struct.
async fn listener() -> (u16, mpsc::UnboundedReceiver<Told>) {
    let (sender, told) = mpsc::unbounded_channel();
    let take = |State(sender): State<mpsc::UnboundedSender<Told>>, query: Query<Vec<(String, String)>>, body: Bytes| async move {
        let (method, mut params) = read_call(std::str::from_utf8(&body).unwrap()).unwrap();
        sender.send((query.0, method, params.remove(0))).unwrap();
        "<methodResponse><params><param><value><boolean>1</boolean></value></param></params></methodResponse>"
    };
    let router = Router::new().route("/events", post(take)).with_state(sender);
    (serve(router).await, told)
}

/// A place that refuses all events, and tells of each.
async fn refusing_listener() -> (u16, mpsc::UnboundedReceiver<()>) {
    let (sender, told) = mpsc::unbounded_channel();
    let refuse = |State(sender): State<mpsc::UnboundedSender<()>>| async move {
        sender.send(()).unwrap();
        http::StatusCode::INTERNAL_SERVER_ERROR
    };
    let router = Router::new().route("/events", post(refuse)).with_state(sender);
    (serve(router).await, told)
}

async fn serve(router: Router) -> u16 {
    let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = socket.local_addr().unwrap().port();
    tokio::spawn(async move { axum::serve(socket, router).await });
    port
}

async fn uci(pbx: &SimStarface, login: &str, port: u16, method: &str, params: &[Value]) -> Result<Value, String> {
    let token = format!("{login}:{}", sha(&format!("{login}*{}", sha(&format!("pw-{login}")))));
    let url = format!(
        "{}/xml-rpc?de.vertico.starface.auth={token}&de.vertico.starface.callback.type=http\
         &de.vertico.starface.callback.host=127.0.0.1&de.vertico.starface.callback.port={port}\
         &de.vertico.starface.callback.path=/events",
        pbx.url()
    );
    let request = client()
        .post(url)
        .header("Content-Type", "text/xml")
        .body(write_call(method, params, Charset::Utf8));
    let (status, body) = send(request).await;
    assert_eq!(status, 200);
    read_response(&body).unwrap()
}

async fn subscribe(pbx: &SimStarface, login: &str, port: u16) {
    let service = [Value::string("ucp.v30.events.call")];
    assert_eq!(
        uci(pbx, login, port, "ucp.v30.requests.connection.login", &[]).await,
        Ok(Value::Bool(true))
    );
    assert_eq!(
        uci(pbx, login, port, "ucp.v30.requests.service.subscribeEvents", &service).await,
        Ok(Value::Bool(true))
    );
}

#[tokio::test]
async fn login_list_log_out() {
    let pbx = pbx().await;
    let (status, answer, used) = rest_login(&pbx, "0001", "pw-0001").await;
    assert_eq!(status, 200);
    let token = answer["token"].as_str().unwrap();
    let users = client()
        .get(format!("{}/rest/users/?", pbx.url()))
        .header("authToken", token)
        .header("X-Version", "2");
    let (status, body) = send(users).await;
    assert_eq!((status, body.matches("@acme.example").count()), (200, 5));

    let url = format!("{}/rest/login", pbx.url());
    assert_eq!(
        send(client().post(&url).json(&used)).await.0,
        400,
        "a nonce is good once"
    );
    assert_eq!(rest_login(&pbx, "0001", "wrong").await.0, 400);
    assert_eq!(send(client().delete(&url).header("authToken", token)).await.0, 204);
    let (status, body) = send(
        client()
            .get(format!("{}/rest/users", pbx.url()))
            .header("authToken", token),
    )
    .await;
    assert_eq!(status, 401);
    assert!(body.contains("Not logged in"));
    pbx.stop().await;
}

#[tokio::test]
async fn events_reach_the_callback_of_each_session_in_order() {
    let pbx = pbx().await;
    let (port, mut told) = listener().await;
    subscribe(&pbx, "0101", port).await;
    pbx.wait_subscribed(&["0101"]).await;
    let call = pbx.new_call_id();
    pbx.ring(
        &call,
        Some("Support"),
        Caller::Shown("0049721123456".to_owned()),
        &["0101", "0102"],
        None,
    );
    pbx.answer(&call, "0101", None, None);
    pbx.end(&call, &[]);
    for state in ["RINGING", "CONNECTED", "HANGUP"] {
        let (query, method, event) = told.recv().await.unwrap();
        assert_eq!(query[0], ("de.vertico.starface.user".to_owned(), "0101".to_owned()));
        assert_eq!(
            (query[1].0.as_str(), &query[1].1[..5]),
            ("de.vertico.starface.auth", "0101:")
        );
        assert_eq!(method, "ucp.v30.events.call.receiveCallState");
        assert_eq!(event.member("state").and_then(Value::as_str), Some(state));
        assert_eq!(event.member("id").and_then(Value::as_str), Some(call.as_str()));
    }
    pbx.settled().await;
    assert_eq!(
        pbx.deliveries(),
        Deliveries {
            sent: 3,
            taken: 3,
            failed: 0
        }
    );
    pbx.stop().await;
}

#[tokio::test]
async fn a_callback_that_fails_is_repeated_as_often_as_the_switch_says() {
    for retries in [0, 2] {
        let switches = Switches {
            callback_retries: retries,
            ..Switches::default()
        };
        let pbx = SimStarface::start("127.0.0.1:0", switches).await.unwrap();
        let (port, mut refused) = refusing_listener().await;
        subscribe(&pbx, "0101", port).await;
        let call = pbx.new_call_id();
        pbx.ring(&call, None, Caller::Withheld, &["0101"], None);
        pbx.end(&call, &[]);
        pbx.settled().await;
        let failed = Deliveries {
            sent: 2,
            taken: 0,
            failed: 2,
        };
        assert_eq!(pbx.deliveries(), failed);
        let mut heard = 0;
        while refused.try_recv().is_ok() {
            heard += 1;
        }
        assert_eq!(heard, 2 * (1 + retries));
        assert!(
            pbx.logged_in().contains("0101"),
            "a failed callback does not end the session"
        );
        pbx.stop().await;
    }
}

#[tokio::test]
async fn a_callback_that_hangs_is_given_up_and_the_session_stays() {
    let switches = Switches {
        callback_timeout: std::time::Duration::from_millis(20),
        ..Switches::default()
    };
    let pbx = SimStarface::start("127.0.0.1:0", switches).await.unwrap();
    let hang = || std::future::pending::<http::StatusCode>();
    let port = serve(Router::new().route("/events", post(hang))).await;
    subscribe(&pbx, "0101", port).await;
    let call = pbx.new_call_id();
    pbx.ring(&call, None, Caller::Withheld, &["0101"], None);
    pbx.end(&call, &[]);
    pbx.settled().await;
    assert_eq!(pbx.deliveries().failed, 2);
    assert!(pbx.logged_in().contains("0101"));
    pbx.stop().await;
}

#[tokio::test]
async fn what_goes_over_the_wire_is_recorded_without_secrets() {
    let pbx = SimStarface::start("127.0.0.1:0", Switches::version_10()).await.unwrap();
    let record = Arc::new(Mutex::new(Vec::new()));
    let into = record.clone();
    pbx.record(Arc::new(move |exchange| into.lock().unwrap().push(exchange.to_json())));
    let fields = [
        ("grant_type", "password"),
        ("scope", "login"),
        ("username", "0101"),
        ("password", "pw-0101"),
        ("client_id", OAUTH_CLIENT),
        ("client_secret", OAUTH_CLIENT_SECRET),
    ];
    let grant = client()
        .post(format!("{}/auth/realms/pbx/oauth2/token", pbx.url()))
        .form(&fields);
    let granted: Json = serde_json::from_str(&send(grant).await.1).unwrap();
    let access = granted["access_token"].as_str().unwrap();
    let login = write_call("ucp.v30.requests.connection.login", &[], Charset::Utf8);
    let url = format!("{}/xml-rpc?de.vertico.starface.jwt={access}", pbx.url());
    assert_eq!(send(client().post(url).body(login)).await.0, 200);
    let users = client().get(format!("{}/rest/users/me", pbx.url())).bearer_auth(access);
    assert_eq!(send(users).await.0, 200);
    rest_login(&pbx, "0001", "pw-0001").await;
    let record = std::mem::take(&mut *record.lock().unwrap());
    assert_eq!(record.len(), 5);
    let all = serde_json::to_string(&record).unwrap();
    for secret in [
        access,
        "pw-0101",
        OAUTH_CLIENT_SECRET,
        granted["refresh_token"].as_str().unwrap(),
        "nonce",
    ] {
        assert!(!all.contains(secret), "{secret}");
    }
    assert!(all.contains("connection.login") && all.contains("anna@acme.example"));
    pbx.stop().await;
}

#[tokio::test]
async fn keep_alive_is_false_after_a_restart() {
    let pbx = pbx().await;
    let alive = || uci(&pbx, "0101", 1, "ucp.v22.requests.connection.keepAlive", &[]);
    assert_eq!(alive().await, Ok(Value::Bool(false)));
    subscribe(&pbx, "0101", 1).await;
    assert_eq!(alive().await, Ok(Value::Bool(true)));
    pbx.restart();
    assert_eq!(alive().await, Ok(Value::Bool(false)));
    pbx.stop().await;
}

#[tokio::test]
async fn an_empty_body_is_a_bad_request() {
    let pbx = pbx().await;
    assert_eq!(send(client().post(format!("{}/xml-rpc", pbx.url()))).await.0, 400);
    assert_eq!(send(client().get(format!("{}/xml-rpc", pbx.url()))).await.0, 405);
    assert_eq!(send(client().get(format!("{}/elsewhere", pbx.url()))).await.0, 404);
    pbx.stop().await;
}

/// A client nobody of this project has written: the one in Python's standard library.
#[tokio::test]
async fn pythons_xmlrpc_client_understands_it() {
    const SCRIPT: &str = r#"
import hashlib, sys, xmlrpc.client
h = lambda text: hashlib.sha512(text.encode()).hexdigest()
token = "0102:" + h("0102*" + h("pw-0102"))
pbx = xmlrpc.client.ServerProxy(sys.argv[1] + "/xml-rpc?de.vertico.starface.auth=" + token
    + "&de.vertico.starface.callback.host=127.0.0.1&de.vertico.starface.callback.port=1"
    + "&de.vertico.starface.callback.path=/x", allow_none=True)
ucp = pbx.ucp.v30.requests
assert ucp.system.getServerVersion() == "8.1.0.10"
assert ucp.connection.keepAlive() is False
try:
    ucp.call.getCallIds()
    raise SystemExit("no fault before the login")
except xmlrpc.client.Fault as fault:
    assert "NotConnected" in fault.faultString
assert ucp.connection.login() is True
assert ucp.service.subscribeEvents("ucp.v30.events.call") is True
assert ucp.call.getCallIds() == ["call-1"], ucp.call.getCallIds()
state = ucp.call.getCallState("call-1")
assert state["callerNumber"] == "0049721123456" and state["groupId"] == "1003", state
assert isinstance(state["timestamp"], xmlrpc.client.DateTime)
assert ucp.call.getCallState("elsewhere") == {}
assert [g["name"] for g in ucp.group.getGroupSettings()] == ["Support", "Sales"]
assert ucp.connection.logout() is True
assert ucp.connection.keepAlive() is False
print("done")
"#;
    if Command::new("python3").arg("--version").output().is_err() {
        eprintln!("skipped: there is no python3 here");
        return;
    }
    let pbx = pbx().await;
    pbx.ring(
        "call-1",
        Some("Support"),
        Caller::Shown("0049721123456".to_owned()),
        &["0102"],
        None,
    );
    let url = pbx.url();
    let ran = tokio::task::spawn_blocking(move || {
        Command::new("python3")
            .args(["-c", SCRIPT, &url])
            .env("no_proxy", "*")
            .output()
            .unwrap()
    });
    let ran = ran.await.unwrap();
    assert_eq!(
        String::from_utf8_lossy(&ran.stdout).trim(),
        "done",
        "{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    pbx.stop().await;
}
