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
    /// Login and method of every request; the login is `jwt` for whoever shows the granted token.
    requests: Mutex<Vec<(String, String)>>,
    /// The body of the last request.
    last: Mutex<String>,
    /// Where to call each login back: the query of its last request.
    callbacks: Mutex<HashMap<String, HashMap<String, String>>>,
    /// Logins to whom tokens were granted.
    granted: Mutex<Vec<String>>,
}

impl Pbx {
    pub(crate) async fn start(manners: impl Fn(&str, &str) -> Answer + Send + Sync + 'static) -> Self {
        let seen = Arc::new(Seen {
            manners: Box::new(manners),
            requests: Mutex::default(),
            last: Mutex::default(),
            callbacks: Mutex::default(),
            granted: Mutex::default(),
        });
        let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", socket.local_addr().unwrap());
        let router = Router::new()
            .route("/xml-rpc", axum::routing::post(answer))
            .route("/auth/realms/pbx/oauth2/token", axum::routing::post(grant))
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

    /// The parameters of the last request, each as it was written.
    pub(crate) fn last_params(&self) -> Vec<String> {
        let body = self.seen.last.lock().unwrap();
        let params = body.split("<param><value>").skip(1);
        params
            .map(|param| param.split("</value></param>").next().unwrap().to_owned())
            .collect()
    }

    /// Calls a login back as it asked for, and gives the status.
    pub(crate) async fn call_back(&self, login: &str, body: impl Into<reqwest::Body>) -> u16 {
        self.call_back_as(login, login, body).await
    }

    /// The same for a login that this PBX knows by another name, since its token does not hold it.
    pub(crate) async fn call_back_as(&self, known_as: &str, login: &str, body: impl Into<reqwest::Body>) -> u16 {
        let (url, token) = {
            let callbacks = self.seen.callbacks.lock().unwrap();
            let get = |key: &str| callbacks[known_as][&format!("de.vertico.starface.{key}")].clone();
            let (scheme, host) = (get("callback.type"), get("callback.host"));
            (
                format!("{scheme}://{host}:{}{}", get("callback.port"), get("callback.path")),
                get("auth"),
            )
        };
        let url = format!("{url}?de.vertico.starface.user={login}&de.vertico.starface.auth={token}");
        post(&url, body).await
    }

    /// The logins to whom tokens were granted, in order.
    pub(crate) fn granted(&self) -> Vec<String> {
        self.seen.granted.lock().unwrap().clone()
    }

    pub(crate) fn callback_path(&self, login: &str) -> String {
        self.seen.callbacks.lock().unwrap()[login]["de.vertico.starface.callback.path"].clone()
    }
}

pub(crate) async fn post(url: &str, body: impl Into<reqwest::Body>) -> u16 {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = client.post(url).body(body).build().unwrap();
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

/// Grants tokens to whoever knows the client secret `s3cr3t`.
async fn grant(State(seen): State<Arc<Seen>>, body: String) -> Response {
    let form: HashMap<String, String> = url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    if form.get("client_secret").map(String::as_str) != Some("s3cr3t") {
        return (StatusCode::UNAUTHORIZED, "{\"error\": \"invalid_client\"}").into_response();
    }
    seen.granted.lock().unwrap().push(form["username"].clone());
    "{\"access_token\": \"t0ken\", \"expires_in\": 300, \"refresh_token\": \"r1\"}".into_response()
}

async fn answer(State(seen): State<Arc<Seen>>, Query(query): Query<HashMap<String, String>>, body: String) -> Response {
    let login = match query.get("de.vertico.starface.jwt") {
        Some(token) if token == "t0ken" => "jwt".to_owned(),
        Some(_) => "wrong jwt".to_owned(),
        None => query["de.vertico.starface.auth"].split(':').next().unwrap().to_owned(),
    };
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
    *seen.last.lock().unwrap() = body;
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
