//! The surface over real HTTP, with a bridge that only remembers.

use std::sync::atomic::{AtomicBool, Ordering};

use super::*;
use crate::view::Connection;

/// A bridge that is connected and can be switched.
#[derive(Default)]
struct Switch(AtomicBool);

#[async_trait]
impl Bridge for Switch {
    async fn status(&self) -> anyhow::Result<Status> {
        let connection = Some(Connection {
            address: "x".into(),
            connected: true,
            why: None,
        });
        let active = self.0.load(Ordering::SeqCst);
        Ok(Status {
            running: true,
            active,
            zendesk: connection.clone(),
            pbx: connection,
            ..Status::default()
        })
    }

    fn figures(&self) -> metrics::Figures {
        metrics::Figures::default()
    }

    async fn calls(&self, _: u32, _: bool) -> anyhow::Result<Vec<CallLine>> {
        Ok(Vec::new())
    }

    async fn call(&self, _: &str, _: bool) -> anyhow::Result<Option<CallStory>> {
        Ok(None)
    }

    async fn activate(&self, active: bool) -> anyhow::Result<()> {
        self.0.store(active, Ordering::SeqCst);
        Ok(())
    }

    async fn refuse_recording(&self, id: &str) -> anyhow::Result<Option<String>> {
        Ok((id == "c/1").then(|| id.to_owned()))
    }

    async fn learned(&self, numbers: bool) -> anyhow::Result<Vec<LearnedLine>> {
        Ok(vec![line(if numbers { "+49721555010" } else { "…010" })])
    }

    async fn forget_number(&self, user: u64, number: &str) -> anyhow::Result<Asked> {
        Ok(match (user, number) {
            (900, "0721 555010") => Asked::Learned(vec![line("…010")]),
            (_, "Anna") => Asked::NoNumber,
            _ => Asked::NotLearned,
        })
    }

    async fn retry(&self, id: &str) -> anyhow::Result<Vec<String>> {
        Ok(if id == "c1" {
            vec!["c1/ticket".into()]
        } else {
            Vec::new()
        })
    }
}

fn line(number: &str) -> LearnedLine {
    LearnedLine {
        at: jiff::Timestamp::UNIX_EPOCH,
        user_id: 900,
        number: number.into(),
        place: "phone".into(),
        call: "c1".into(),
        taken_back: "wished".into(),
        taken_back_at: None,
        why: None,
    }
}

struct Served {
    base: String,
    stop: CancellationToken,
}

impl Drop for Served {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn served(token: Option<&str>) -> Served {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let stop = CancellationToken::new();
    tokio::spawn(serve(
        listener,
        Arc::new(Switch::default()),
        token.map(SecretString::from),
        stop.clone(),
    ));
    Served { base, stop }
}

impl Served {
    #[expect(clippy::disallowed_methods, reason = "a test asks over plain HTTP")]
    async fn ask(&self, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> (u16, serde_json::Value) {
        let mut request = reqwest::Client::new()
            .request(method, format!("{}{path}", self.base))
            .body(body.to_owned());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.send().await.unwrap();
        let code = response.status().as_u16();
        let text = response.text().await.unwrap();
        (
            code,
            serde_json::from_str(&text).unwrap_or(serde_json::Value::String(text)),
        )
    }

    async fn get(&self, path: &str) -> (u16, serde_json::Value) {
        self.ask(Method::GET, path, &[], "").await
    }
}

#[tokio::test]
async fn a_bridge_that_is_not_active_is_healthy_but_not_ready() {
    let served = served(None).await;
    assert_eq!(served.get("/healthz").await.0, 200);
    let (code, body) = served.get("/readyz").await;
    assert_eq!((code, &body["reasons"][0]), (503, &json!("the bridge is not active")));
    let (code, body) = served
        .ask(Method::POST, "/api/activation", &[], r#"{"active": true}"#)
        .await;
    assert_eq!((code, &body["active"]), (200, &json!(true)));
    assert_eq!(
        served.get("/readyz").await,
        (200, json!({ "ready": true, "reasons": [] }))
    );
}

#[tokio::test]
async fn errors_are_json_with_words() {
    let served = served(None).await;
    for (method, path, body, code) in [
        (Method::GET, "/api/calls/nobody", "", 404),
        (Method::GET, "/api/calls/%ff", "", 400),
        (Method::GET, "/api/calls?last=many", "", 400),
        (Method::GET, "/api/calls?last=-1", "", 400),
        (Method::DELETE, "/api/status", "", 405),
        (Method::GET, "/api/activation", "", 405),
        (Method::POST, "/api/activation", "", 400),
        (Method::POST, "/api/activation", r#"{"active": "yes"}"#, 400),
        (Method::POST, "/api/activation", r#"{"active": true, "more": 1}"#, 400),
        (Method::POST, "/api/retry", r#"{"id": 1}"#, 400),
        (Method::POST, "/api/retry", r#"{"id": "c2"}"#, 404),
        (Method::GET, "/api/retry", "", 405),
    ] {
        let (found, answer) = served.ask(method.clone(), path, &[], body).await;
        assert_eq!(found, code, "{method} {path}");
        assert!(answer["error"].is_string(), "{method} {path}: {answer}");
    }
    let large = "x".repeat(10_000);
    assert_eq!(served.ask(Method::POST, "/api/activation", &[], &large).await.0, 413);
}

#[tokio::test]
async fn what_is_taken_up_again_is_named() {
    let served = served(None).await;
    let (code, answer) = served.ask(Method::POST, "/api/retry", &[], r#"{"id": "c1"}"#).await;
    assert_eq!((code, answer), (200, json!({ "retried": ["c1/ticket"] })));
}

#[tokio::test]
async fn a_token_is_wanted_for_everything_but_health() {
    let served = served(Some("right")).await;
    assert_eq!(served.get("/healthz").await.0, 200);
    for path in [
        "/readyz",
        "/api/status",
        "/api/calls",
        "/api/calls/x",
        "/api/activation",
        "/",
        "/nothing",
    ] {
        assert_eq!(served.get(path).await.0, 401, "{path}");
    }
    for (shown, code) in [
        ("Bearer wrong", 401),
        ("Bearer righ", 401),
        ("Bearer rightright", 401),
        ("Bearer ", 401),
        ("Basic right", 401),
        ("right", 401),
        ("Bearer right", 200),
        ("bearer right", 200),
    ] {
        assert_eq!(
            served
                .ask(Method::GET, "/api/status", &[("authorization", shown)], "")
                .await
                .0,
            code,
            "{shown}"
        );
    }
}

#[tokio::test]
async fn without_a_token_the_bridge_has_no_name_that_a_stranger_can_give_it() {
    let (open, closed) = (served(None).await, served(Some("right")).await);
    for (host, code) in [
        ("evil.example:8080", 403),
        ("evil.example", 403),
        ("localhost:8080", 200),
        ("LOCALHOST", 200),
        ("127.0.0.1", 200),
        ("[::1]:8080", 200),
        ("[::1]", 200),
    ] {
        let named = [("host", host), ("authorization", "Bearer right")];
        let found = open.ask(Method::GET, "/api/calls", &named, "").await.0;
        assert_eq!(found, code, "{host}");
        assert_eq!(open.ask(Method::GET, "/healthz", &named, "").await.0, 200, "{host}");
        let found = closed.ask(Method::GET, "/api/calls", &named, "").await.0;
        assert_eq!(
            found, 200,
            "{host}: who knows the token may call the bridge as he likes"
        );
    }
}

#[tokio::test]
async fn a_foreign_page_changes_nothing() {
    let served = served(None).await;
    let own = served.base.clone();
    let body = r#"{"active": true}"#;
    for headers in [
        [("origin", "https://evil.example"), ("x", "y")],
        [("origin", "null"), ("x", "y")],
        [("sec-fetch-site", "cross-site"), ("x", "y")],
        [("sec-fetch-site", "same-site"), ("origin", own.as_str())],
    ] {
        assert_eq!(
            served.ask(Method::POST, "/api/activation", &headers, body).await.0,
            403,
            "{headers:?}"
        );
    }
    assert_eq!(served.get("/api/status").await.1["active"], json!(false));
    let headers = [("sec-fetch-site", "same-origin"), ("origin", own.as_str())];
    assert_eq!(served.ask(Method::POST, "/api/activation", &headers, body).await.0, 200);
}

#[tokio::test]
async fn a_call_is_refused_by_its_path_and_nothing_else_of_it_is_changed() {
    let served = served(None).await;
    let post = async |path: &str| served.ask(Method::POST, path, &[], "").await;
    let (code, body) = post("/api/calls/c%2F1/refuse-recording").await;
    assert_eq!((code, &body["refused"]), (200, &json!("c/1")));
    assert_eq!(post("/api/calls/c1/refuse-recording").await.0, 404);
    assert_eq!(post("/api/calls/c/1").await.0, 405);
    let foreign = [("origin", "https://evil.example")];
    let path = "/api/calls/c%2F1/refuse-recording";
    assert_eq!(served.ask(Method::POST, path, &foreign, "").await.0, 403);
}

#[tokio::test]
async fn a_learned_number_is_listed_and_taken_back_if_it_was_learned() {
    let served = served(None).await;
    for (query, number) in [("", "…010"), ("?numbers=shown", "+49721555010")] {
        let (code, body) = served.get(&format!("/api/numbers/learned{query}")).await;
        assert_eq!((code, &body["learned"][0]["number"]), (200, &json!(number)));
    }
    for (body, code, at) in [
        (r#"{"user": 900, "number": "0721 555010"}"#, 200, "/asked/0/taken_back"),
        (r#"{"user": 901, "number": "0721 555010"}"#, 404, "/error"),
        (r#"{"user": 900, "number": "Anna"}"#, 400, "/error"),
        (r#"{"user": "Karla", "number": "0721 555010"}"#, 400, "/error"),
    ] {
        let answered = served.ask(Method::POST, "/api/numbers/forget", &[], body).await;
        assert_eq!(answered.0, code, "{answered:?}");
        assert!(answered.1.pointer(at).is_some(), "{answered:?}");
    }
    let foreign = [("origin", "https://elsewhere.example")];
    let body = r#"{"user": 900, "number": "0721 555010"}"#;
    let (code, _) = served.ask(Method::POST, "/api/numbers/forget", &foreign, body).await;
    assert_eq!(code, 403);
}

#[tokio::test]
async fn the_page_is_shown_without_a_token_and_asks_for_it() {
    for (token, code) in [(None, 200), (Some("right"), 401)] {
        let served = served(token).await;
        let page = reqwest::get(format!("{}/", served.base)).await.unwrap();
        assert_eq!(page.status(), code);
        assert_eq!(page.headers()["content-type"], "text/html; charset=utf-8");
        let policy = page.headers()["content-security-policy"].to_str().unwrap();
        assert!(
            policy.starts_with("default-src 'none'; connect-src 'self';") && policy.contains("frame-ancestors 'none'")
        );
        assert_eq!(page.text().await.unwrap(), PAGE);
    }
}

/// What stands in a journal may come from anybody who calls.
#[test]
fn the_page_takes_nothing_from_outside_as_html_and_loads_nothing() {
    for word in [
        "innerHTML",
        "outerHTML",
        "insertAdjacent",
        "document.write",
        "eval(",
        "src=",
        "@import",
        "url(",
    ] {
        assert!(!PAGE.contains(word), "{word}");
    }
}

#[test]
fn the_page_reads_what_the_status_holds() {
    let status = serde_json::to_value(Status::default()).unwrap();
    let words = PAGE.split("status.").skip(1);
    let names: std::collections::BTreeSet<&str> = words
        .filter_map(|word| {
            word.split(|letter: char| !letter.is_ascii_lowercase() && letter != '_')
                .next()
        })
        .filter(|name| !name.is_empty())
        .collect();
    assert!(names.len() > 15, "{names:?}");
    for name in names {
        assert!(status.get(name).is_some(), "{name}");
    }
}
