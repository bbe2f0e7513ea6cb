//! Tokens, against a server that grants them as told. Time is passed in, so nobody waits for it.

use serde_json::{Value, json};
use wiremock::matchers::{body_string_contains, header, header_exists, method, path};
use wiremock::{Match, Mock, MockServer, Request, ResponseTemplate};

use super::*;

const PATH: &str = "/auth/realms/pbx/oauth2/token";

fn tokens(server: &MockServer) -> Tokens {
    let pbx = Server::new(&server.uri())
        .expect("a server")
        .oauth(OAuthClient::new("s3cr3t"));
    let http = Http::new(&pbx).expect("a client");
    Tokens::new(&pbx, &http, "0101", &Password::Plain("geh eim".into()))
        .expect("good settings")
        .expect("tokens")
}

/// No discovery: the usual place is taken.
async fn start() -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(404))
        .mount(&server)
        .await;
    server
}

/// What the form says, in order.
struct Form(&'static [(&'static str, &'static str)]);

impl Match for Form {
    fn matches(&self, request: &Request) -> bool {
        let form: Vec<(String, String)> = url::form_urlencoded::parse(&request.body).into_owned().collect();
        self.0
            .iter()
            .all(|(key, value)| form.iter().any(|(k, v)| k == key && v == value))
    }
}

fn granted(access: &str, refresh: Option<&str>) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({
        "access_token": access, "expires_in": 300, "refresh_token": refresh, "refresh_expires_in": 21600,
        "token_type": "Bearer", "scope": "login", "something": {"new": []},
    }))
}

fn refused(status: u16, code: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(json!({"error": code, "error_description": "for user 0101 geh eim"}))
}

async fn once(server: &MockServer, form: &'static [(&'static str, &'static str)], answer: ResponseTemplate) {
    Mock::given(method("POST"))
        .and(path(PATH))
        .and(Form(form))
        .respond_with(answer)
        .up_to_n_times(1)
        .expect(1)
        .mount(server)
        .await;
}

const PASSWORD: &[(&str, &str)] = &[
    ("grant_type", "password"),
    ("scope", "login"),
    ("username", "0101"),
    ("password", "geh eim"),
    ("client_id", "rest-client-headless"),
    ("client_secret", "s3cr3t"),
];

fn shown(token: Result<SecretString, Error>) -> String {
    match token {
        Ok(token) => token.expose_secret().to_owned(),
        Err(error) => error.to_string(),
    }
}

#[tokio::test]
async fn a_token_is_granted_once_to_many_and_refreshed_with_rotation() {
    let server = start().await;
    once(&server, PASSWORD, granted("a1", Some("r1"))).await;
    let tokens = tokens(&server);
    let begin = Instant::now();
    let all = futures_util::future::join_all((0..8).map(|_| tokens.access_at(begin, None))).await;
    assert!(all.into_iter().all(|token| shown(token) == "a1"));
    assert_eq!(
        shown(tokens.access_at(begin + Duration::from_secs(239), None).await),
        "a1"
    );
    server.verify().await;

    let mut later = begin;
    for (old, new, access) in [("r1", Some("r2"), "a2"), ("r2", None, "a3"), ("r2", Some("r3"), "a4")] {
        server.reset().await;
        let form: &'static [_] = match old {
            "r1" => &[
                ("grant_type", "refresh_token"),
                ("refresh_token", "r1"),
                ("client_secret", "s3cr3t"),
            ],
            _ => &[
                ("grant_type", "refresh_token"),
                ("refresh_token", "r2"),
                ("client_secret", "s3cr3t"),
            ],
        };
        once(&server, form, granted(access, new)).await;
        later += Duration::from_secs(241);
        let all = futures_util::future::join_all((0..8).map(|_| tokens.access_at(later, None))).await;
        assert_eq!(all.into_iter().map(shown).collect::<Vec<_>>(), vec![access; 8]);
        server.verify().await;
    }
}

#[tokio::test]
async fn a_refused_token_is_replaced_and_by_the_password_if_need_be() {
    let server = start().await;
    once(&server, PASSWORD, granted("a1", Some("r1"))).await;
    let tokens = tokens(&server);
    let a1 = tokens.access(None).await.expect("a token");
    once(&server, &[("refresh_token", "r1")], granted("a2", Some("r2"))).await;
    assert_eq!(shown(tokens.access(Some(&a1)).await), "a2");
    assert_eq!(
        shown(tokens.access(Some(&a1)).await),
        "a2",
        "the refused one is gone already"
    );
    once(&server, &[("refresh_token", "r2")], refused(400, "invalid_grant")).await;
    once(&server, PASSWORD, granted("a3", None)).await;
    let a2 = SecretString::from("a2");
    assert_eq!(shown(tokens.access(Some(&a2)).await), "a3");
    // Without a refresh token, the password again.
    once(&server, PASSWORD, granted("a4", None)).await;
    assert_eq!(
        shown(tokens.access_at(Instant::now() + Duration::from_secs(241), None).await),
        "a4"
    );
}

#[tokio::test]
async fn a_pbx_that_is_away_leaves_the_old_token_while_it_is_good() {
    let server = start().await;
    once(&server, PASSWORD, granted("a1", Some("r1"))).await;
    let tokens = tokens(&server);
    tokens.access(None).await.expect("a token");
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(503))
        .mount(&server)
        .await;
    let at = |seconds| Instant::now() + Duration::from_secs(seconds);
    assert_eq!(shown(tokens.access_at(at(250), None).await), "a1");
    assert_eq!(
        shown(tokens.access_at(at(301), None).await),
        "the PBX is out of order (HTTP 503)"
    );
}

#[tokio::test]
async fn the_way_that_works_is_found_and_remembered() {
    let server = start().await;
    let with_header = [
        ("scope", "login", refused(400, "invalid_scope")),
        ("scope", "pbx-login", granted("a1", None)),
    ];
    once(&server, PASSWORD, refused(401, "invalid_client")).await;
    for (_, scope, answer) in with_header {
        Mock::given(method("POST"))
            .and(path(PATH))
            .and(header("Authorization", "Basic cmVzdC1jbGllbnQtaGVhZGxlc3M6czNjcjN0"))
            .and(body_string_contains(format!("scope={scope}")))
            .respond_with(answer)
            .expect(1)
            .up_to_n_times(1)
            .mount(&server)
            .await;
    }
    let tokens = tokens(&server);
    assert_eq!(shown(tokens.access(None).await), "a1");
    server.verify().await;

    server.reset().await;
    Mock::given(method("POST"))
        .and(header_exists("Authorization"))
        .and(body_string_contains("scope=pbx-login"))
        .respond_with(granted("a2", None))
        .expect(1)
        .mount(&server)
        .await;
    tokens.forget().await;
    assert_eq!(shown(tokens.access(None).await), "a2");
    let requests = server.received_requests().await.unwrap_or_default();
    assert_eq!(requests.len(), 1, "at once the way that worked");
    assert!(!String::from_utf8_lossy(&requests[0].body).contains("client_secret"));
}

#[tokio::test]
async fn a_system_attached_to_the_cloud_is_told_which_node_the_token_is_for() {
    let server = MockServer::start().await;
    let config = json!({"oauthConfigUrl": "https://x", "edgeNodeId": "n0de", "gRpcUrl": "grpcs://x"});
    for (place, answer) in [
        (
            "/rpc/oauth/login-config",
            ResponseTemplate::new(200).set_body_json(config),
        ),
        ("/.well-known/openid-configuration", ResponseTemplate::new(404)),
    ] {
        Mock::given(method("GET"))
            .and(path(place))
            .respond_with(answer)
            .expect(1)
            .mount(&server)
            .await;
    }
    once(&server, PASSWORD, refused(400, "invalid_target")).await;
    let resource = &[("resource", "edgenode://n0de"), ("grant_type", "password")];
    once(&server, resource, granted("a1", Some("r1"))).await;
    let refreshed = &[("resource", "edgenode://n0de"), ("grant_type", "refresh_token")];
    once(&server, refreshed, granted("a2", Some("r2"))).await;
    let tokens = tokens(&server);
    let begin = Instant::now();
    assert_eq!(shown(tokens.access_at(begin, None).await), "a1");
    let later = begin + Duration::from_secs(300);
    assert_eq!(shown(tokens.access_at(later, None).await), "a2");
    server.verify().await;

    // No node is told: that is the end of it, without a loop.
    let server = start().await;
    once(&server, PASSWORD, refused(400, "invalid_target")).await;
    let error = self::tokens(&server).access(None).await.expect_err("refused");
    assert_eq!(
        (error.kind(), error.vendor_code()),
        (ErrorKind::Login, Some("invalid_target"))
    );
    server.verify().await;
}

#[tokio::test]
async fn refusals_cost_one_try_where_the_password_may_be_wrong() {
    for (answer, tries, kind, text) in [
        (
            refused(400, "invalid_grant"),
            1,
            ErrorKind::Login,
            "the PBX refuses the login 0101: wrong login or password, or the right \"API Zugriff mit OAuth Password Grant\" is missing",
        ),
        (
            refused(401, "invalid_grant"),
            1,
            ErrorKind::Login,
            "the PBX refuses the login 0101: wrong login or password, or the right \"API Zugriff mit OAuth Password Grant\" is missing",
        ),
        (
            refused(401, "invalid_client"),
            2,
            ErrorKind::Login,
            "the PBX refuses the OAuth client: is the client secret the one that it shows under Server, Status, REST-API?",
        ),
        (
            ResponseTemplate::new(400),
            2,
            ErrorKind::Login,
            "the PBX refuses to grant a token of any known scope",
        ),
        (
            ResponseTemplate::new(404),
            1,
            ErrorKind::NotFound,
            "the PBX does not grant tokens: is its version 10 or later?",
        ),
        (
            ResponseTemplate::new(500),
            1,
            ErrorKind::Unreachable,
            "the PBX is out of order (HTTP 500)",
        ),
        (
            ResponseTemplate::new(200).set_body_string("<html>"),
            1,
            ErrorKind::Protocol,
            "the PBX granted no token that can be read",
        ),
        (
            granted("a\nb", None),
            1,
            ErrorKind::Protocol,
            "the PBX granted a token that is none",
        ),
    ] {
        let server = start().await;
        Mock::given(method("POST"))
            .respond_with(answer)
            .expect(tries)
            .mount(&server)
            .await;
        let tokens = tokens(&server);
        let error = tokens.access(None).await.expect_err(text);
        assert_eq!((error.kind(), error.to_string().as_str()), (kind, text));
        let shown = format!("{error:?} {tokens:?}");
        assert!(!shown.contains("eim") && !shown.contains("s3cr3t"), "{shown}");
    }
}

/// Where the discovery document leads to, as seen from where it was asked for.
async fn discovered(answers: Vec<(&'static str, ResponseTemplate)>) -> String {
    let server = MockServer::start().await;
    for (at, answer) in answers {
        Mock::given(method("GET"))
            .and(path(at))
            .respond_with(answer)
            .mount(&server)
            .await;
    }
    let found = tokens(&server).discover().await.expect("an answer");
    found.as_str().replace(&server.uri(), "")
}

#[tokio::test]
async fn the_endpoint_is_discovered_on_the_pbx_itself_only() {
    const WELL_KNOWN: &str = "/.well-known/openid-configuration";
    let leads_to = |to: &str| ResponseTemplate::new(302).insert_header("Location", to);
    let document = |endpoint: Value| ResponseTemplate::new(200).set_body_json(json!({"token_endpoint": endpoint}));
    assert_eq!(discovered(vec![]).await, PATH);
    assert_eq!(
        discovered(vec![(WELL_KNOWN, document(json!("https://evil.example/token")))]).await,
        PATH
    );
    assert_eq!(discovered(vec![(WELL_KNOWN, document(json!(7)))]).await, PATH);
    assert_eq!(
        discovered(vec![(WELL_KNOWN, leads_to("https://evil.example/"))]).await,
        PATH
    );
    assert_eq!(
        discovered(vec![(WELL_KNOWN, leads_to(WELL_KNOWN))]).await,
        PATH,
        "no endless circle"
    );

    let server = MockServer::start().await;
    Mock::given(path(WELL_KNOWN))
        .respond_with(leads_to("/auth/realms/pbx/.well-known/openid-configuration"))
        .mount(&server)
        .await;
    Mock::given(path("/auth/realms/pbx/.well-known/openid-configuration"))
        .respond_with(document(json!(format!("{}/elsewhere/token", server.uri()))))
        .mount(&server)
        .await;
    let found = tokens(&server).discover().await.expect("an answer");
    assert_eq!(found.path(), "/elsewhere/token");
}

#[test]
fn a_hash_is_no_password() {
    let hash = Password::from_sha512(&"0".repeat(128)).expect("a hash");
    let pbx = |client| Server::new("https://pbx.acme.example").expect("a server").oauth(client);
    let tokens = |server: &Server| {
        let http = Http::new(server).expect("a client");
        Tokens::new(server, &http, "0101", &hash)
    };
    assert!(tokens(&pbx(OAuthClient::new("s"))).expect("a second choice").is_none());
    let error = tokens(&pbx(OAuthClient::new("s").at_once())).expect_err("the only choice");
    assert_eq!(error.kind(), ErrorKind::Config);
}
