//! The answers of the simulated STARFACE, under the description.

use std::collections::BTreeMap;

use bridge_sim::starface::{Answer, Request, State, Switches};
use jiff::Timestamp;
use serde_json::{Value, json};
use starface_client::{LoginType, Password, rest_secret};

use super::description::Description;
use crate::report::Report;

/// What stands for the names in the paths; all of it is there in the simulated world.
const IDS: [(&str, &str); 6] = [
    ("{userId}", "1101"),
    ("{groupid}", "1003"),
    ("{phoneNumberId}", "1101"),
    ("{permissionId}", "1"),
    ("{phoneId}", "1101"),
    ("{conferenceId}", "1"),
];

/// Checks every operation that reads, the login, and errors.
pub(super) fn check(description: &Description, report: &mut Report) {
    report.part("answers of the simulated STARFACE");
    let mut pbx = Pbx::new();
    let mut valid = 0;
    let (mut missing, mut writing) = (BTreeMap::<String, usize>::new(), 0);
    let mut judge = |report: &mut Report, method: &str, path: &str, answer: &Answer| {
        let Some(operation) = description.find(method, path) else {
            return report.fail(
                format!("simulated STARFACE {method} {path}"),
                "the description does not have it",
            );
        };
        let wrong = description.check(&operation, answer.status, &answer.body);
        valid += usize::from(wrong.is_empty());
        for offence in wrong {
            report.fail(
                format!("simulated STARFACE {method} {path} ({})", answer.status),
                offence,
            );
        }
    };

    let (challenge, granted, token) = pbx.log_in("0001");
    judge(report, "GET", "/login", &challenge);
    judge(report, "POST", "/login", &granted);
    for operation in description.operations().filter(|operation| operation.path != "/login") {
        if operation.method != "get" {
            writing += 1;
            continue;
        }
        let path = IDS
            .iter()
            .fold(operation.path.to_owned(), |path, (name, id)| path.replace(name, id));
        let answer = pbx.ask("GET", &path, Some(&token), b"");
        if answer.status == 404 {
            *missing.entry(format!("GET {}", operation.path)).or_default() += 1;
        } else if answer.status == 200 {
            judge(report, "GET", &path, &answer);
        } else {
            report.fail(
                format!("simulated STARFACE GET {path}"),
                format_args!("{} instead of 200", answer.status),
            );
        }
    }
    let (_, _, weak) = pbx.log_in("0101");
    for (path, token, status) in [
        ("/users", None, 401),
        ("/users", Some("made-up"), 401),
        ("/users", Some(weak.as_str()), 403),
        ("/groups/1003", Some(weak.as_str()), 403),
        ("/users/77", Some(token.as_str()), 404),
        ("/permissions/77/users", Some(token.as_str()), 404),
    ] {
        let answer = pbx.ask("GET", path, token, b"");
        if answer.status != status {
            report.fail(
                format!("simulated STARFACE GET {path}"),
                format_args!("{} instead of {status}", answer.status),
            );
        }
        judge(report, "GET", path, &answer);
    }
    for body in ["{}", r#"{"loginType": "Internal", "nonce": "x", "secret": "0001:x"}"#] {
        let answer = pbx.ask("POST", "/login", None, body.as_bytes());
        judge(report, "POST", "/login", &answer);
    }
    let answer = pbx.ask("DELETE", "/login", Some(&token), b"");
    judge(report, "DELETE", "/login", &answer);

    report.say(format_args!("valid: {valid}"));
    report.tally("described and not simulated", &missing);
    report.say(format_args!(
        "operations that write, none of which is simulated: {writing}"
    ));
}

struct Pbx {
    state: State,
    now: Timestamp,
}

impl Pbx {
    fn new() -> Self {
        Self {
            state: State::new(Switches::default()),
            now: Timestamp::UNIX_EPOCH,
        }
    }

    fn ask(&mut self, method: &str, path: &str, auth_token: Option<&str>, body: &[u8]) -> Answer {
        let path = format!("/rest{path}");
        let request = Request {
            method,
            path: &path,
            auth_token,
            body,
            ..Request::default()
        };
        self.state.http(&request, self.now)
    }

    /// The challenge, the answer to what answers it, and the token in that.
    fn log_in(&mut self, login: &str) -> (Answer, Answer, String) {
        let challenge = self.ask("GET", "/login", None, b"");
        let mut proof: Value = serde_json::from_slice(&challenge.body).unwrap_or_default();
        let nonce = proof["nonce"].as_str().unwrap_or_default();
        let password = Password::Plain(format!("pw-{login}").into());
        let secret = rest_secret(login, nonce, &password, LoginType::Internal);
        proof["secret"] = json!(secret.as_ref().map(secrecy::ExposeSecret::expose_secret));
        let granted = self.ask("POST", "/login", None, proof.to_string().as_bytes());
        let token: Value = serde_json::from_slice(&granted.body).unwrap_or_default();
        let token = token["token"].as_str().unwrap_or_default().to_owned();
        (challenge, granted, token)
    }
}
