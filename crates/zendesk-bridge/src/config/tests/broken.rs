//! What is said about files that are wrong.

use expect_test::expect_file;

use super::{FULL, read, with};

/// Each broken file with all that is said about it stands in `broken.txt`; a new case is a new line here.
#[test]
fn broken_files() {
    let replaced = |piece: &str, other: &str| with(piece, other);
    // The full configuration with another section [recordings.share].
    let share = |lines: &str| {
        let (before, rest) = FULL.split_once("[recordings.share]\n").expect("the section");
        let (_, after) = rest.split_once("\n\n").expect("an end of it");
        format!("{before}[recordings.share]\n{lines}\n\n{after}")
    };
    let client = "client_id = \"zendesk_bridge\"\nclient_secret = \"S3CRET-1\"";
    let three = with("\"1h30m\"", "90")
        .replacen("country = \"DE\"", "country = 49", 1)
        .replacen("request_share = 1", "request_share = 1.5", 1);
    let cases = [
        ("an empty file", String::new()),
        (
            "no TOML",
            "[zendesk]\nurl = \"https://acme.zendesk.com\nclient_secret = S3CRET\n[pbx\n".into(),
        ),
        (
            "a key twice",
            "[zendesk]\nclient_secret = \"S3CRET\"\nclient_secret = \"S3CRET\"\n".into(),
        ),
        ("an agent in single brackets", replaced("[[pbx.agent]]", "[pbx.agent]")),
        (
            "the only agent in single brackets",
            replaced(
                "[[pbx.agent]]\nlogin = \"0101\"\npassword = \"S3CRET-3\"\n\n[[pbx.agent]]",
                "[pbx.agent]",
            ),
        ),
        (
            "an address that is none for the PBX",
            replaced("http://bridge.acme.example:8091", "http://0.0.0.0:8091"),
        ),
        (
            "a mistyped key",
            replaced("password = \"S3CRET-3\"", "pasword = \"S3CRET-3\""),
        ),
        ("a mistyped section", replaced("[callers]", "[caller]")),
        ("a key like no other", replaced("wrap_up = \"1h30m\"", "zzz = 1")),
        ("several problems, in the order of the lines", three),
        (
            "a variable that is not set",
            replaced("\"S3CRET-1\"", "{ env = \"NOT_SET\" }"),
        ),
        ("an empty variable", replaced("\"S3CRET-1\"", "{ env = \"EMPTY\" }")),
        (
            "the secret where the variable's name belongs",
            replaced("\"S3CRET-1\"", "{ env = \"S3CRET-it-is!\" }"),
        ),
        (
            "a secret's file that does not exist",
            replaced("\"S3CRET-1\"", "{ file = \"no-such-file\" }"),
        ),
        ("a secret's form", replaced("\"S3CRET-1\"", "{ fil = \"S3CRET\" }")),
        (
            "a secret of two forms",
            replaced("\"S3CRET-1\"", "{ file = \"a\", env = \"B\" }"),
        ),
        ("a number for a secret", replaced("\"S3CRET-1\"", "4711")),
        ("an empty secret", replaced("\"S3CRET-1\"", "\"\"")),
        (
            "two ways to sign in",
            replaced(client, &format!("{client}\noauth_token = \"S3CRET\"")),
        ),
        ("no way to sign in", replaced(client, "")),
        (
            "half a way to sign in",
            replaced(client, "email = \"bridge@acme.example\""),
        ),
        (
            "http:// beyond loopback",
            replaced("https://acme.zendesk.com", "http://acme.zendesk.com"),
        ),
        (
            "credentials in an address",
            replaced("https://acme.zendesk.com", "https://bridge:S3CRET@acme.zendesk.com"),
        ),
        ("no address", replaced("https://acme.zendesk.com", "acme")),
        (
            "an address with a path",
            replaced("https://acme.zendesk.com", "https://acme.zendesk.com/api/v2"),
        ),
        (
            "a name to listen on",
            replaced("listen = \"0.0.0.0:8091\"", "listen = \"bridge:8091\""),
        ),
        ("an agent twice", replaced("login = \"0102\"", "login = \"0101\"")),
        ("a login without quotes", replaced("login = \"0102\"", "login = 102")),
        ("an agent without password", replaced("password = \"S3CRET-3\"", "")),
        ("a hash that is too short", replaced("d01feaaf", "")),
        (
            "two passwords",
            replaced(
                "password = \"S3CRET-3\"",
                "password = \"S3CRET-3\"\npassword_sha512 = \"S3CRET\"",
            ),
        ),
        (
            "a negative duration",
            replaced("wrap_up = \"1h30m\"", "wrap_up = \"-5m\""),
        ),
        ("a long duration", replaced("wrap_up = \"1h30m\"", "wrap_up = \"72h\"")),
        (
            "a field without its prefix",
            replaced("\"user_fields.phone_2\"", "\"phone_2\""),
        ),
        ("a field twice", replaced("\"user_fields.phone_2\"", "\"phone\"")),
        (
            "an own number without country",
            replaced("\"+49 721 46050-0\"", "\"+49 721 46050\", \"0721 46050\""),
        ),
        (
            "own numbers that are no list",
            replaced("[\"+49 721 46050-0\"]", "\"+49 721 46050\""),
        ),
        ("a range that goes backwards", replaced("\"10-99\"", "\"99-10\"")),
        (
            "a range of extensions of different lengths",
            replaced("\"10-99\"", "\"10-199\""),
        ),
        (
            "a switch that is a word",
            replaced("head_numbers = true", "head_numbers = \"on\""),
        ),
        (
            "a strategy that does not exist",
            replaced("\"new-user\"", "\"new_user\""),
        ),
        (
            "no e-mail address",
            replaced("\"telephone@acme.example\"", "\"telephone\""),
        ),
        (
            "an area code without quotes",
            replaced("area_code = \"721\"", "area_code = 721"),
        ),
        (
            "a country that does not exist",
            replaced("country = \"DE\"", "country = \"XX\""),
        ),
        (
            "not yet: the webhook",
            replaced("kind = \"starface\"", "kind = \"webhook\""),
        ),
        (
            "a secret of OAuth that is none",
            replaced("login = \"0001\"", "login = \"0001\"\nclient_secret = 7"),
        ),
        (
            "recordings without an inbox",
            replaced("inbox = \"smb://127.0.0.1:4450/telephony/neu\"", ""),
        ),
        (
            "recordings that are kept for an hour",
            replaced("retain = \"26w\"", "retain = \"1h\""),
        ),
        (
            "recordings that are kept for months",
            replaced("retain = \"26w\"", "retain = \"6mo\""),
        ),
        (
            "recordings that go from the tickets at no time",
            replaced("retain = \"26w\"\n", ""),
        ),
        (
            "recordings that go nowhere",
            replaced("attach = false\nkeep = true", "attach = false\nkeep = false"),
        ),
        (
            "kept recordings without a share",
            share("").replace("[recordings.share]", ""),
        ),
        ("a share without anything", share("")),
        (
            "a share that anybody may enter",
            share("url = \"smb://files/t\"\ncopy_at = [\"12:30\"]"),
        ),
        (
            "an inbox that anybody may enter",
            share("url = \"file:///srv\"\ncopy_at = [\"12:30\"]")
                .replace("inbox_user", "#")
                .replace("inbox_password", "#"),
        ),
        ("a password of nobody", replaced("inbox_user", "#")),
        (
            "an inbox among the copies",
            replaced("smb://127.0.0.1:4450/telephony/neu", "/srv/telephony/RecordedCalls"),
        ),
        (
            "a spool in the inbox",
            replaced("smb://127.0.0.1:4450/telephony/neu", "/etc/zb"),
        ),
        ("a server without share", share("url = \"smb://files\"\ncopy_at = []")),
        (
            "another kind of server",
            share("url = \"ftp://files/t\"\ncopy_at = [\"25:00\"]"),
        ),
        (
            "a password in the address of the share",
            share("url = \"smb://bridge:S3CRET@files/t\"\ncron = \"0 0 31 2 *\""),
        ),
        (
            "a folder that is none",
            share("url = \"file://telephony\"\ncron = \"0 2 * * *\"\ncopy_at = [\"12:30\"]"),
        ),
        (
            "a subdirectory with backslashes",
            replaced("Telefonie/Größe", "Telefonie\\\\Support"),
        ),
        (
            "a subdirectory that leads out",
            replaced("Telefonie/Größe", "../Support"),
        ),
        (
            "a time zone that does not exist",
            replaced("Europe/Vienna", "Europe/Karlsruhe"),
        ),
        (
            "a name with an unknown field",
            replaced("{date}_{from}.wav", "{datum}_{from}.wav"),
        ),
        (
            "a name with a folder",
            replaced("{date}_{from}.wav", "{date}/{from}.wav"),
        ),
        (
            "not yet: PostgreSQL",
            replaced("sqlite:data/bridge.db", "postgres://bridge:S3CRET@db/bridge"),
        ),
        (
            "open to the network without token",
            replaced("token = \"S3CRET-4\"", ""),
        ),
        (
            "a language that is not spoken",
            replaced("language = \"de\"", "language = \"fr\""),
        ),
        (
            "a tag of two words",
            replaced("[\"phone\", \"anruf\"]", "[\"two words\"]"),
        ),
        (
            "a group's name that is none",
            replaced("\"Support DE\" = \"Support\"", "\"Support DE\" = 7"),
        ),
        (
            "a flag for a word",
            replaced("on_start = \"inactive\"", "on_start = true"),
        ),
        ("a store without kind", replaced("sqlite:data/bridge.db", "bridge.db")),
        (
            "no share of the rate limit",
            replaced("request_share = 1", "request_share = 0"),
        ),
        (
            "a section for a value",
            replaced("[store]\nurl = \"sqlite:data/bridge.db\"", "[store.url]"),
        ),
        (
            "a value for a section",
            format!("ticket = \"x\"\n{}", replaced("[ticket]", "[web.x]")),
        ),
    ];
    let mut shown = String::new();
    for (title, text) in cases {
        let rejected = read(&text).expect_err(title).to_string();
        assert!(
            !rejected.contains("S3CRET") && !rejected.contains("4711"),
            "a secret is shown: {rejected}"
        );
        let lines = rejected.lines().map(|line| format!("{}\n", line.trim_end()));
        shown.push_str(&format!("--- {title}\n{}\n", lines.collect::<String>()));
    }
    expect_file!["../broken.txt"].assert_eq(&shown);
}
