//! A full configuration is read as written; broken ones are refused with everything that is wrong with them.

use std::time::Duration;

use bridge_core::number::NumberPlan;
use bridge_core::settings::Language;
use recording_archive::name::Fields;
use secrecy::ExposeSecret;

use super::*;

mod broken;

const FULL: &str = r#"
[zendesk]
url = "https://acme.zendesk.com"
client_id = "zendesk_bridge"
client_secret = "S3CRET-1"
screen_pop = false
request_share = 1

[pbx]
kind = "starface"
name = "karlsruhe"
url = "http://127.0.0.1:9090"
login = "0001"
password = { env = "PASSWORD" }

[pbx.callback]
listen = "0.0.0.0:8091"
url = "http://bridge.acme.example:8091"

[[pbx.agent]]
login = "0101"
password = "S3CRET-3"

[[pbx.agent]]
login = "0102"
password_sha512 = "d01feaafb5359e1fa2c020a76ebb526fc75786b0b837e0c9a4dcabd58ad734efa469513cf66a272d5ef4b1b9646b4b39f50807afc8f8663e1c6bb23552b04cd6"

[callers]
country = "DE"
area_code = "721"
own_numbers = ["+49 721 46050-0"]
extensions = ["0", "10-99"]
head_numbers = true
unknown = "new-user"
default_user = "telephone@acme.example"
wrap_up = "1h30m"
number_fields = ["phone", "user_fields.phone_2", "identity"]
lookup_patience = "1500ms"
directory = false

[groups]
include = ["Support DE"]
[groups.names]
"Support DE" = "Support"

[ticket]
language = "de"
tags = ["phone", "anruf"]
time_zone = "Europe/Berlin"

[recordings]
groups = ["Support DE"]
start = false
inbox = "smb://127.0.0.1:4450/telephony/neu"
inbox_user = 'ACME\reader'
inbox_password = "S3CRET-5"
settle = "30s"
attach = false
keep = true
spool = "kept"
file_name = "{date}_{from}.wav"
retain = "26w"
redact = true

[recordings.share]
url = "file:///srv/telephony"
user = 'ACME\bridge'
password = "S3CRET-6"
subdirectory = "Telefonie/Größe"
cron = "0 2 * * *"
time_zone = "Europe/Vienna"

[activation]
on_start = "inactive"

[store]
url = "sqlite:data/bridge.db"

[web]
listen = "0.0.0.0:8080"
token = "S3CRET-4"
"#;

fn read_with(text: &str, need: Need) -> Result<Config, Rejected> {
    let env = |name: &str| match name {
        "PASSWORD" => Ok("S3CRET-2".to_owned()),
        "EMPTY" => Ok(String::new()),
        _ => Err("is not set".to_owned()),
    };
    parse(
        text,
        Path::new("bridge.toml"),
        &Surroundings {
            base: Path::new("/etc/zb"),
            env: &env,
        },
        need,
    )
}

fn read(text: &str) -> Result<Config, Rejected> {
    read_with(text, Need::Everything)
}

/// The full configuration with one piece replaced.
fn with(piece: &str, other: &str) -> String {
    assert!(FULL.contains(piece), "{piece}");
    FULL.replacen(piece, other, 1)
}

#[test]
fn every_key_is_read() {
    let config = read(FULL).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(config.zendesk.url.as_str(), "https://acme.zendesk.com/");
    assert!(matches!(&config.zendesk.credentials, Credentials::Client { id, secret }
        if id == "zendesk_bridge" && secret.expose_secret() == "S3CRET-1"));
    assert!(!config.zendesk.screen_pop && config.zendesk.request_share == 1.0);

    assert_eq!(
        (config.pbx.name.as_str(), config.pbx.url.as_str()),
        ("karlsruhe", "http://127.0.0.1:9090/")
    );
    assert_eq!(
        (config.pbx.login.as_str(), config.pbx.password.expose_secret()),
        ("0001", "S3CRET-2")
    );
    assert_eq!(config.pbx.callback.listen.to_string(), "0.0.0.0:8091");
    assert_eq!(config.pbx.callback.url.as_str(), "http://bridge.acme.example:8091/");
    let logins: Vec<&str> = config.pbx.agents.iter().map(|agent| agent.login.as_str()).collect();
    assert_eq!(logins, ["0101", "0102"]);
    assert!(matches!(&config.pbx.agents[0].proof, Proof::Password(password) if password.expose_secret() == "S3CRET-3"));
    assert!(matches!(&config.pbx.agents[1].proof, Proof::Sha512(hash) if hash.expose_secret().starts_with("d01feaaf")));

    let plan = NumberPlan::new("DE", Some("721")).unwrap();
    let plan = plan.with_own_number("+49 721 46050").unwrap();
    let plan = plan.with_extensions("0").unwrap().with_extensions("10-99").unwrap();
    assert_eq!(config.callers.plan, plan.with_head_numbers());
    assert_eq!(
        (config.callers.unknown, config.callers.default_user.as_str()),
        (Unknown::NewUser, "telephone@acme.example")
    );
    assert_eq!(config.callers.wrap_up.as_secs(), 5400);
    assert_eq!(config.callers.lookup_patience.as_millis(), 1500);
    assert!(!config.callers.directory);
    let fields: Vec<String> = config.callers.number_fields.iter().map(field_name).collect();
    assert_eq!(fields, ["phone", "user_fields.phone_2", "identity"]);

    assert_eq!(config.groups.include, ["Support DE"]);
    assert_eq!(
        config.groups.names.get("Support DE").map(String::as_str),
        Some("Support")
    );
    assert_eq!(
        (config.ticket.language, config.ticket.tags.as_slice()),
        (Language::De, ["phone".into(), "anruf".into()].as_slice())
    );
    assert_eq!(config.ticket.time_zone.unwrap().iana_name(), Some("Europe/Berlin"));
    let recordings = config.recordings;
    assert_eq!(recordings.rules.groups, ["Support DE"]);
    assert!(!recordings.rules.start && !recordings.rules.attach);
    assert_eq!(recordings.spool, Path::new("/etc/zb/kept"));
    let recording = recordings.recording.unwrap();
    assert!(matches!(&recording.inbox, Spot::Smb(_, Some(_))));
    assert!(recording.keep && recording.settle.as_secs() == 30);
    let fields = Fields {
        date: "20261126".into(),
        from: "0721".into(),
        ..Fields::default()
    };
    assert_eq!(recording.file_name.render(&fields), "20261126_0721.wav");
    let zones = (recording.zone.iana_name(), recording.copies_zone.iana_name());
    assert_eq!(zones, (Some("Europe/Berlin"), Some("Europe/Vienna")));
    let retain = Duration::from_hours(24 * 7 * 26);
    let retention = recordings.retention;
    assert_eq!(retention, Some(Retention { retain, redact: true }));
    let share = recordings.share.unwrap();
    assert!(matches!(&share.spot, Spot::Folder(folder) if folder == Path::new("/srv/telephony")));
    assert_eq!(share.subdirectory, "Telefonie/Größe");
    let next = share.schedule.next("2026-11-26T00:00:00Z".parse().unwrap());
    assert_eq!(next, "2026-11-26T01:00:00Z".parse().ok());
    assert_eq!(config.on_start, OnStart::Inactive);
    assert_eq!(config.store, Path::new("/etc/zb/data/bridge.db"));
    let web = config.web.unwrap();
    assert_eq!(
        (web.listen.to_string().as_str(), web.token.unwrap().expose_secret()),
        ("0.0.0.0:8080", "S3CRET-4")
    );
}

#[test]
fn debug_holds_no_secret() {
    let config = read(FULL).unwrap_or_else(|error| panic!("{error}"));
    let shown = format!("{config:?} {config:#?}");
    assert!(!shown.contains("S3CRET") && !shown.contains("d01feaaf"), "{shown}");
}

#[test]
fn the_template_is_good_but_for_the_secrets_it_names() {
    read_with(TEMPLATE, Need::Control).unwrap_or_else(|error| panic!("{error}"));
    let rejected = read(TEMPLATE)
        .expect_err("a template without secrets was taken")
        .to_string();
    for secret in [
        "ZENDESK_CLIENT_SECRET is not set",
        "STARFACE_PASSWORD is not set",
        "agent-0101 cannot be read",
        "3 problems",
    ] {
        assert!(rejected.contains(secret), "{secret}: {rejected}");
    }
}

#[test]
fn every_default_that_the_template_shows_is_taken() {
    let alternatives = [
        "oauth_token",
        "email",
        "api_token",
        "ca_file",
        "token",
        "inbox_user",
        "inbox_password",
    ];
    let share = block(TEMPLATE, "# [recordings.share]");
    for (number, line) in TEMPLATE.lines().enumerate() {
        if share.contains(&line) {
            continue;
        }
        let Some(shown) = line.strip_prefix("# ") else { continue };
        let Some((name, _)) = shown.split_once(" = ") else {
            continue;
        };
        if name.contains([' ', '"']) || alternatives.contains(&name) {
            continue;
        }
        let lines = TEMPLATE
            .lines()
            .enumerate()
            .map(|(at, line)| if at == number { shown } else { line });
        let text = lines.collect::<Vec<_>>().join("\n");
        read_with(&text, Need::Control).unwrap_or_else(|error| panic!("{error}"));
    }
}

/// The lines from one on, up to an empty one.
fn block<'t>(text: &'t str, first: &str) -> Vec<&'t str> {
    let lines = text.lines().skip_while(|line| *line != first);
    lines.take_while(|line| !line.is_empty()).collect()
}

#[test]
fn the_template_shows_how_calls_are_recorded() {
    let mut text = TEMPLATE.replace("groups = []", "groups = [\"Support\"]");
    text = text
        .replace("# inbox = ", "inbox = ")
        .replace("# retain = ", "retain = ");
    for line in block(TEMPLATE, "# [recordings.share]") {
        text = text.replace(line, &line[2..]);
    }
    let config = read_with(&text, Need::Control).unwrap_or_else(|error| panic!("{error}"));
    let retain = Duration::from_hours(24 * 180);
    let retention = config.recordings.retention;
    assert_eq!(retention, Some(Retention { retain, redact: false }));
    let recording = config.recordings.recording.unwrap();
    assert_eq!(recording.copies_zone.iana_name(), Some("Europe/Berlin"));
    assert_eq!(config.recordings.share.unwrap().subdirectory, "MeinOrdner");
    assert_eq!(config.recordings.spool, Path::new("/etc/zb/bridge.db.recordings"));
}

#[test]
fn control_needs_no_foreign_secret() {
    let config = read_with(&with("\"S3CRET-1\"", "{ env = \"NOT_SET\" }"), Need::Control);
    assert!(config.is_ok());
}

#[test]
fn a_copy_needs_the_secrets_of_the_share_and_no_others() {
    let foreign = with("\"S3CRET-1\"", "{ env = \"NOT_SET\" }");
    assert!(read_with(&foreign, Need::Share).is_ok());
    let own = with("\"S3CRET-6\"", "{ env = \"NOT_SET\" }");
    assert!(read_with(&own, Need::Control).is_ok());
    assert!(read_with(&own, Need::Share).is_err());
    // Whoever copies or deletes reads no inbox.
    let inbox = with("\"S3CRET-5\"", "{ env = \"NOT_SET\" }");
    assert!(read_with(&inbox, Need::Share).is_ok());
    assert!(read_with(&inbox, Need::Everything).is_err());
}

#[test]
fn whoever_looks_for_recordings_everywhere_has_the_secrets_of_share_and_inbox_and_no_others() {
    let foreign = with("\"S3CRET-1\"", "{ env = \"NOT_SET\" }");
    assert!(read_with(&foreign, Need::Recordings).is_ok());
    for own in ["\"S3CRET-5\"", "\"S3CRET-6\""] {
        let missing = with(own, "{ env = \"NOT_SET\" }");
        assert!(read_with(&missing, Need::Recordings).is_err(), "{own}");
    }
}

#[test]
fn an_inbox_on_the_share_takes_its_user() {
    let own = "inbox_user = 'ACME\\reader'\ninbox_password = \"S3CRET-5\"\n";
    let config = read(&with(own, "")).unwrap_or_else(|error| panic!("{error}"));
    assert!(matches!(
        config.recordings.recording.unwrap().inbox,
        Spot::Smb(_, Some(_))
    ));
}

#[test]
fn control_shows_the_token_wherever_it_is_kept() {
    for place in ["\"S3CRET-2\"", "{ env = \"PASSWORD\" }"] {
        let config =
            read_with(&with("\"S3CRET-4\"", place), Need::Control).unwrap_or_else(|error| panic!("{place}: {error}"));
        assert_eq!(
            config.web.unwrap().token.unwrap().expose_secret(),
            "S3CRET-2",
            "{place}"
        );
    }
}

#[test]
fn a_secret_file_is_read_beside_the_configuration_without_its_last_line_break() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("token"), "S3CRET-5\r\n").unwrap();
    let env = |_: &str| Ok("S3CRET-2".to_owned());
    let surroundings = Surroundings {
        base: folder.path(),
        env: &env,
    };
    let text = with("\"S3CRET-4\"", "{ file = \"token\" }");
    let config = parse(&text, Path::new("bridge.toml"), &surroundings, Need::Everything)
        .unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(config.web.unwrap().token.unwrap().expose_secret(), "S3CRET-5");
}
