//! A PBX of a few lines: answers XML-RPC as a test tells it to and calls back. Its XML is written out here, so that
//! the client's codec is not measured by itself.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};

/// Gets login and method, gives the answer.
type Manners = Box<dyn Fn(&str, &str) -> Answer + Send + Sync>;

pub(crate) enum Answer {
    True,
    False,
    /// The inside of a `<value>`.
    Value(String),
    Fault(&'static str),
    Status(u16),
    Html,
}

pub(crate) struct Pbx {
    pub(crate) url: String,
    seen: Arc<Seen>,
}

struct Seen {
    manners: Manners,
    /// Login and method of every request.
    requests: Mutex<Vec<(String, String)>>,
    /// Where to call each login back: the query of its last request.
    callbacks: Mutex<HashMap<String, HashMap<String, String>>>,
}

impl Pbx {
    pub(crate) async fn start(manners: impl Fn(&str, &str) -> Answer + Send + Sync + 'static) -> Self {
        let seen = Arc::new(Seen {
            manners: Box::new(manners),
            requests: Mutex::default(),
            callbacks: Mutex::default(),
        });
        let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", socket.local_addr().unwrap());
        let router = Router::new()
            .route("/xml-rpc", axum::routing::post(answer))
            .with_state(seen.clone());
        tokio::spawn(async move { axum::serve(socket, router).await.unwrap() });
        Self { url, seen }
    }

    /// The methods that this login has called, without what comes before the last dot.
    pub(crate) fn methods(&self, login: &str) -> Vec<String> {
        let requests = self.seen.requests.lock().unwrap();
        let own = requests.iter().filter(|(who, _)| who == login);
        own.map(|(_, method)| method.rsplit('.').next().unwrap().to_owned())
            .collect()
    }

    /// Calls a login back as it asked for, and gives the status.
    pub(crate) async fn call_back(&self, login: &str, body: &str) -> u16 {
        let (url, token) = {
            let callbacks = self.seen.callbacks.lock().unwrap();
            let get = |key: &str| callbacks[login][&format!("de.vertico.starface.{key}")].clone();
            let (scheme, host) = (get("callback.type"), get("callback.host"));
            (
                format!("{scheme}://{host}:{}{}", get("callback.port"), get("callback.path")),
                get("auth"),
            )
        };
        let url = format!("{url}?de.vertico.starface.user={login}&de.vertico.starface.auth={token}");
        post(&url, body).await
    }

    pub(crate) fn callback_path(&self, login: &str) -> String {
        self.seen.callbacks.lock().unwrap()[login]["de.vertico.starface.callback.path"].clone()
    }
}

pub(crate) async fn post(url: &str, body: &str) -> u16 {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = client.post(url).body(body.to_owned()).build().unwrap();
    client.execute(request).await.unwrap().status().as_u16()
}

/// A call event as a box writes it.
pub(crate) fn event(id: &str, state: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<methodCall><methodName>ucp.v30.events.call.receiveCallState</methodName>\
         <params><param><value>{}</value></param></params></methodCall>",
        call(id, state)
    )
}

/// The struct of a call.
pub(crate) fn call(id: &str, state: &str) -> String {
    let members = [
        ("id", id),
        ("state", state),
        ("callerNumber", "004917123456789"),
        ("groupId", "1003"),
    ];
    let members =
        members.map(|(key, text)| format!("<member><name>{key}</name><value><string>{text}</string></value></member>"));
    format!("<struct>{}</struct>", members.concat())
}

/// An address where nobody listens.
pub(crate) async fn nobody() -> SocketAddr {
    let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    socket.local_addr().unwrap()
}

async fn answer(State(seen): State<Arc<Seen>>, Query(query): Query<HashMap<String, String>>, body: String) -> Response {
    let login = query["de.vertico.starface.auth"].split(':').next().unwrap().to_owned();
    let method = body
        .split("<methodName>")
        .nth(1)
        .unwrap()
        .split('<')
        .next()
        .unwrap()
        .to_owned();
    let answer = (seen.manners)(&login, &method);
    seen.callbacks.lock().unwrap().insert(login.clone(), query);
    seen.requests.lock().unwrap().push((login, method));
    let value = |inner: &str| {
        format!("<?xml version=\"1.0\"?><methodResponse><params><param><value>{inner}</value></param></params></methodResponse>")
            .into_response()
    };
    match answer {
        Answer::True => value("<boolean>1</boolean>"),
        Answer::False => value("<boolean>0</boolean>"),
        Answer::Value(inner) => value(&inner),
        Answer::Fault(text) => format!(
            "<methodResponse><fault><value><struct><member><name>faultCode</name><value><int>0</int></value></member>\
             <member><name>faultString</name><value>{text}</value></member></struct></value></fault></methodResponse>"
        )
        .into_response(),
        Answer::Status(status) => StatusCode::from_u16(status).unwrap().into_response(),
        Answer::Html => "<!doctype html><html><body>Login</body></html>".into_response(),
    }
}
