//! Version 10: tokens, what they open, and what becomes of the classic logins.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::*;
use crate::starface::{CallbackAuth, ClassicRest, ClientAuthentication, OAUTH_CLIENT, OAUTH_CLIENT_SECRET};

const TOKEN: &str = "/auth/realms/pbx/oauth2/token";
const USERS: &str = "/rest/users";

fn version_10(change: impl FnOnce(&mut Switches)) -> Pbx {
    let mut switches = Switches::version_10();
    change(&mut switches);
    Pbx::new(switches)
}

fn form(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
}

fn password<'a>(login: &'a str, password: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("grant_type", "password"),
        ("scope", "login"),
        ("username", login),
        ("password", password),
        ("client_id", OAUTH_CLIENT),
        ("client_secret", OAUTH_CLIENT_SECRET),
    ]
}

fn refresh(token: &str) -> Vec<(&str, &str)> {
    let client = [("client_id", OAUTH_CLIENT), ("client_secret", OAUTH_CLIENT_SECRET)];
    [("grant_type", "refresh_token"), ("refresh_token", token)]
        .into_iter()
        .chain(client)
        .collect()
}

impl Pbx {
    fn ask(&mut self, method: &str, path: &str, authorization: Option<&str>, body: &str) -> Answer {
        let request = Request {
            method,
            path,
            authorization,
            host: Some("pbx.example:443"),
            body: body.as_bytes(),
            ..Request::default()
        };
        self.state.http(&request, self.now)
    }

    fn grant(&mut self, fields: &[(&str, &str)]) -> (u16, serde_json::Value) {
        let answer = self.ask("POST", TOKEN, None, &form(fields));
        (answer.status, serde_json::from_slice(&answer.body).unwrap())
    }

    fn access(&mut self, login: &str) -> String {
        let secret = format!("pw-{login}");
        let (status, granted) = self.grant(&password(login, &secret));
        assert_eq!(status, 200, "{granted}");
        granted["access_token"].as_str().unwrap().to_owned()
    }

    fn bearer(&mut self, path: &str, access: &str) -> u16 {
        self.ask("GET", path, Some(&format!("Bearer {access}")), "").status
    }

    fn error(&mut self, fields: &[(&str, &str)]) -> String {
        let (status, answer) = self.grant(fields);
        format!("{status} {}", answer["error"].as_str().unwrap_or("-"))
    }

    fn log_in_by(&mut self, access: &str) -> Result<Value, String> {
        let query = jwt_query(access);
        self.uci_at(&query, "ucp.v30.requests.connection.login", &[])
    }
}

fn jwt_query(access: &str) -> String {
    query("", 8091).replace(
        "de.vertico.starface.auth=",
        &format!("de.vertico.starface.jwt={access}"),
    )
}

#[test]
fn without_the_switch_there_is_no_oauth() {
    let mut pbx = Pbx::new(Switches::default());
    for path in [TOKEN, "/.well-known/openid-configuration", "/rpc/oauth/login-config"] {
        assert_eq!(pbx.ask("GET", path, None, "").status, 404, "{path}");
    }
}

#[test]
fn discovery_leads_to_the_token_endpoint() {
    let mut pbx = version_10(|_| {});
    let discovery = pbx.ask("GET", "/.well-known/openid-configuration", None, "");
    let place = "https://pbx.example:443/auth/realms/pbx/.well-known/openid-configuration";
    assert_eq!(
        (discovery.status, discovery.location),
        (302, Some(place.replace("https", "http")))
    );
    let found = pbx.ask("GET", "/auth/realms/pbx/.well-known/openid-configuration", None, "");
    let found: serde_json::Value = serde_json::from_slice(&found.body).unwrap();
    assert_eq!(found["token_endpoint"], format!("http://pbx.example:443{TOKEN}"));
    let config = pbx.ask("GET", "/rpc/oauth/login-config", None, "");
    let config: serde_json::Value = serde_json::from_slice(&config.body).unwrap();
    for member in ["oauthConfigUrl", "edgeNodeId", "gRpcUrl"] {
        assert!(config[member].is_string(), "{member}");
    }
}

#[test]
fn a_token_lives_300_seconds_and_its_refresh_token_is_good_once() {
    let mut pbx = version_10(|_| {});
    let (_, granted) = pbx.grant(&password("0001", "pw-0001"));
    assert_eq!(
        [
            &granted["expires_in"],
            &granted["refresh_expires_in"],
            &granted["token_type"],
            &granted["scope"]
        ],
        [&json!(300), &json!(21_600), &json!("Bearer"), &json!("login")]
    );
    let (access, spent) = (
        granted["access_token"].as_str().unwrap(),
        granted["refresh_token"].as_str().unwrap(),
    );
    pbx.later(299);
    assert_eq!(pbx.bearer(USERS, access), 200);
    pbx.later(1);
    assert_eq!(pbx.bearer(USERS, access), 401);
    let (_, renewed) = pbx.grant(&refresh(spent));
    assert_eq!(pbx.bearer(USERS, renewed["access_token"].as_str().unwrap()), 200);
    assert_eq!(pbx.error(&refresh(spent)), "400 invalid_grant", "it was used");
    pbx.later(21_600);
    let next = renewed["refresh_token"].as_str().unwrap();
    assert_eq!(pbx.error(&refresh(next)), "400 invalid_grant", "it is too old");

    pbx.state.switches_mut().oauth.rotation = false;
    let (_, granted) = pbx.grant(&password("0001", "pw-0001"));
    let kept = granted["refresh_token"].as_str().unwrap();
    let (_, renewed) = pbx.grant(&refresh(kept));
    assert!(renewed["refresh_token"].is_null() && renewed["access_token"].is_string());
    assert_eq!(pbx.grant(&refresh(kept)).0, 200);
    pbx.state.restart(pbx.now);
    assert_eq!(pbx.error(&refresh(kept)), "400 invalid_grant");
}

#[test]
fn what_is_refused_at_the_token_endpoint() {
    let mut pbx = version_10(|switches| {
        switches.oauth.scopes = ["pbx-login".to_owned()].into();
        switches.oauth.without_right = ["0102".to_owned()].into();
    });
    let with = |change: (&'static str, &'static str)| {
        let fields = password("0101", "pw-0101").into_iter().map(|(key, value)| match key {
            "scope" if change.0 != "scope" => (key, "pbx-login"),
            _ if key == change.0 => change,
            _ => (key, value),
        });
        fields.collect::<Vec<_>>()
    };
    assert_eq!(pbx.error(&with(("", ""))), "200 -");
    assert_eq!(pbx.error(&with(("scope", "login"))), "400 invalid_scope");
    assert_eq!(pbx.error(&with(("password", "wrong"))), "400 invalid_grant");
    assert_eq!(pbx.error(&with(("client_secret", "wrong"))), "401 invalid_client");
    assert_eq!(
        pbx.error(&with(("grant_type", "implicit"))),
        "400 unsupported_grant_type"
    );
    let without_right: Vec<_> = with(("username", "0102"))
        .into_iter()
        .map(|(k, v)| if k == "password" { (k, "pw-0102") } else { (k, v) })
        .collect();
    assert_eq!(pbx.error(&without_right), "400 invalid_grant");
    assert_eq!(pbx.ask("GET", TOKEN, None, "").status, 405);
    pbx.state.switches_mut().oauth.cloud = true;
    assert_eq!(pbx.error(&with(("", ""))), "400 invalid_target");
    let config = pbx.ask("GET", "/rpc/oauth/login-config", None, "");
    let config: serde_json::Value = serde_json::from_slice(&config.body).unwrap();
    let resource = format!("edgenode://{}", config["edgeNodeId"].as_str().unwrap());
    let fields: Vec<_> = with(("", ""))
        .into_iter()
        .chain([("resource", resource.as_str())])
        .collect();
    assert_eq!(pbx.error(&fields), "200 -");
}

#[test]
fn the_client_proves_itself_in_the_form_or_by_the_header() {
    for (allowed, in_form, by_header) in [
        (ClientAuthentication::Any, 200, 200),
        (ClientAuthentication::Form, 200, 401),
        (ClientAuthentication::Basic, 401, 200),
    ] {
        let mut pbx = version_10(|switches| switches.oauth.client_authentication = allowed);
        assert_eq!(pbx.grant(&password("0101", "pw-0101")).0, in_form, "{allowed:?}");
        let header = format!(
            "Basic {}",
            STANDARD.encode(format!("{OAUTH_CLIENT}:{OAUTH_CLIENT_SECRET}"))
        );
        let bare = &password("0101", "pw-0101")[..4];
        assert_eq!(
            pbx.ask("POST", TOKEN, Some(&header), &form(bare)).status,
            by_header,
            "{allowed:?}"
        );
    }
}

#[test]
fn a_session_by_jwt_hears_of_calls_and_may_end_with_its_token() {
    let mut pbx = version_10(|_| {});
    let access = pbx.access("0101");
    assert_eq!(pbx.log_in_by(&access), Ok(Value::Bool(true)));
    let alive = "ucp.v30.requests.connection.keepAlive";
    let keep = |pbx: &mut Pbx, access: &str| pbx.uci_at(&jwt_query(access), alive, &[]);
    for _ in 0..6 {
        pbx.later(49);
        assert_eq!(keep(&mut pbx, &access), Ok(Value::Bool(true)));
    }
    pbx.later(10);
    let page = pbx.post(&jwt_query(&access), b"<methodCall/>");
    assert!(page.content_type.starts_with("text/html"), "the token is over");
    let next = pbx.access("0101");
    assert_eq!(
        keep(&mut pbx, &next),
        Ok(Value::Bool(true)),
        "another one carries the session on"
    );

    pbx.state.switches_mut().oauth.session_ends_with_token = true;
    assert_eq!(pbx.log_in_by(&next), Ok(Value::Bool(true)));
    for _ in 0..5 {
        pbx.later(59);
        keep(&mut pbx, &next).unwrap();
    }
    pbx.later(10);
    let last = pbx.access("0101");
    assert_eq!(keep(&mut pbx, &last), Ok(Value::Bool(false)));
}

#[test]
fn callbacks_of_a_session_by_jwt_show_what_the_switch_says() {
    for callback_auth in [
        CallbackAuth::Absent,
        CallbackAuth::Empty,
        CallbackAuth::Jwt,
        CallbackAuth::Classic,
    ] {
        let mut pbx = version_10(|switches| switches.oauth.callback_auth = callback_auth);
        let access = pbx.access("0101");
        pbx.log_in_by(&access).unwrap();
        let service = [Value::string("ucp.v30.events.call")];
        pbx.uci_at(
            &jwt_query(&access),
            "ucp.v30.requests.service.subscribeEvents",
            &service,
        )
        .unwrap();
        let now = pbx.now;
        pbx.state.ring("id-1", None, shown("00491"), &["0101"], None, now);
        let url = pbx.sent().remove(0).url;
        let (_, query) = url.split_once("de.vertico.starface.user=0101").unwrap();
        let expected = match callback_auth {
            CallbackAuth::Absent => String::new(),
            CallbackAuth::Empty => "&de.vertico.starface.auth=".to_owned(),
            CallbackAuth::Jwt => format!("&de.vertico.starface.auth={access}"),
            CallbackAuth::Classic => format!("&de.vertico.starface.auth={}", pbx.state.token("0101").unwrap()),
        };
        assert_eq!(query, expected);
    }
}

#[test]
fn an_outside_identity_provider_ends_the_classic_logins() {
    let mut pbx = version_10(|switches| switches.wrong_token = WrongToken::Fault);
    let login = "ucp.v30.requests.connection.login";
    assert_eq!(
        pbx.uci("0101", login, &[]),
        Ok(Value::Bool(true)),
        "version 10 takes it by itself"
    );
    assert!(pbx.token("0001", "pw-0001").is_some());
    pbx.state.switches_mut().oauth.external_idp = true;
    pbx.uci("0101", login, &[]).unwrap_err();
    assert_eq!(pbx.token("0001", "pw-0001"), None);
    let access = pbx.access("0101");
    assert_eq!(pbx.log_in_by(&access), Ok(Value::Bool(true)));
    pbx.state.switches_mut().wrong_token = WrongToken::Redirect;
    let answer = pbx.post("", b"<methodCall/>");
    assert_eq!((answer.status, answer.location.as_deref()), (302, Some("/login")));
}

#[test]
fn the_classic_rest_login_may_be_gone_in_three_ways() {
    for (classic, get, post) in [
        (ClassicRest::BadRequest, 200, 400),
        (ClassicRest::Unauthorized, 200, 401),
        (ClassicRest::NotFound, 404, 404),
    ] {
        let mut pbx = version_10(|switches| switches.oauth.classic_rest = classic);
        let (status, challenge) = pbx.rest("GET", "/rest/login", None, &json!(null));
        assert_eq!(status, get, "{classic:?}");
        let nonce = challenge["nonce"].as_str().unwrap_or_default();
        let body = json!({ "loginType": "Internal", "nonce": nonce, "secret": secret("0001", "pw-0001", nonce) });
        assert_eq!(pbx.rest("POST", "/rest/login", None, &body).0, post, "{classic:?}");
    }
}
