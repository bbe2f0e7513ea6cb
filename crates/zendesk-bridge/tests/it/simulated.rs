//! The binary between both simulators, in processes of their own as in real life.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use bridge_runtime::store::Store;
use bridge_sim::starface::{self, SimStarface};
use bridge_sim::zendesk::{self, SimZendesk, world as account};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::place::Place;

/// How long something may take that takes a moment.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Both simulators and a configuration for them.
pub(crate) struct World {
    pub(crate) pbx: SimStarface,
    pub(crate) desk: SimZendesk,
    pub(crate) place: Place,
    web: String,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(starface::Switches::default()).await
    }

    async fn with(switches: starface::Switches) -> Self {
        let pbx = SimStarface::start("127.0.0.1:0", switches).await.expect("a port");
        // What these tests write is found at once: they wait for nothing that takes a minute.
        let switches = zendesk::Switches {
            index_delay: Duration::ZERO,
            ..zendesk::Switches::default()
        };
        let desk = SimZendesk::start("127.0.0.1:0", switches).await.expect("a port");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let web = listener.local_addr().expect("an address").to_string();
        drop(listener);
        let configuration = format!(
            "[zendesk]\nurl = \"{}\"\nclient_id = \"{}\"\nclient_secret = \"{}\"\n\
             [pbx]\nurl = \"{}\"\nlogin = \"0001\"\npassword = \"pw-0001\"\n\
             [pbx.callback]\nlisten = \"127.0.0.1:0\"\nurl = \"http://127.0.0.1:0\"\n\
             [[pbx.agent]]\nlogin = \"0101\"\npassword = \"pw-0101\"\n\
             [[pbx.agent]]\nlogin = \"0102\"\npassword = \"pw-0102\"\n\
             [callers]\ncountry = \"DE\"\ndefault_user = \"telephone@acme.example\"\n\
             number_fields = [\"phone\", \"user_fields.phone_2\"]\n\
             [web]\nlisten = \"{web}\"\ntoken = {{ file = \"token\" }}\n",
            desk.url(),
            account::CLIENT_ID,
            account::CLIENT_SECRET,
            pbx.url()
        );
        let place = Place::with(&configuration);
        std::fs::write(place.path().join("token"), "S3CRET\n").expect("a file");
        Self { pbx, desk, place, web }
    }

    /// Replaces a piece of the configuration.
    pub(crate) fn change(&self, piece: &str, other: &str) {
        let file = self.place.path().join("bridge.toml");
        let text = std::fs::read_to_string(&file).expect("the configuration");
        assert!(text.contains(piece), "{piece}");
        std::fs::write(&file, text.replacen(piece, other, 1)).expect("the configuration");
    }

    /// Runs a command while the simulators go on.
    pub(crate) async fn run(&self, line: &str) -> (i32, String, String) {
        let (place, line) = (self.place.clone(), line.to_owned());
        tokio::task::spawn_blocking(move || place.run(&line))
            .await
            .expect("the command")
    }

    /// Starts the bridge and waits until it is ready.
    pub(crate) async fn bridge(&self, line: &str) -> Running {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zendesk-bridge"));
        let command = command
            .args(line.split(' '))
            .current_dir(self.place.path())
            .env_remove("RUST_LOG");
        let command = command.stdout(Stdio::null()).stderr(Stdio::piped());
        let mut process = command.spawn().expect("the binary runs");
        let log = BufReader::new(process.stderr.take().expect("its log"));
        let (tell, said) = watch::channel(Vec::new());
        // The log is read to its end, so that the bridge never waits for whoever reads it.
        std::thread::spawn(move || {
            for line in log.lines().map_while(Result::ok) {
                tell.send_modify(|lines| lines.push(line));
            }
        });
        let running = Running { process, said };
        running.says("ready: both sides are connected").await;
        running
    }

    pub(crate) async fn ask(&self, path: &str) -> Option<Value> {
        serde_json::from_str(&self.ask_for_text(path).await?).ok()
    }

    #[expect(clippy::disallowed_methods, reason = "a test asks over plain HTTP")]
    async fn ask_for_text(&self, path: &str) -> Option<String> {
        let request = reqwest::Client::new()
            .get(format!("http://{}{path}", self.web))
            .bearer_auth("S3CRET");
        request.send().await.ok()?.text().await.ok()
    }
}

/// A bridge in its own process; killed when the test ends early.
pub(crate) struct Running {
    process: Child,
    /// The lines of its log so far; closed when it has ended.
    said: watch::Receiver<Vec<String>>,
}

impl Running {
    /// Waits until a line of its log, however early, holds these words; the line.
    pub(crate) async fn says(&self, words: &str) -> String {
        let mut said = self.said.clone();
        let holds = |line: &&String| line.contains(words);
        let is_said = said.wait_for(|lines| lines.iter().any(|line| holds(&line)));
        let lines = match tokio::time::timeout(PATIENCE, is_said).await {
            Ok(Ok(lines)) => lines.clone(),
            Ok(Err(_)) | Err(_) => panic!("`{words}` is not said: {:#?}", self.said.borrow()),
        };
        lines.iter().find(holds).expect("the line").clone()
    }

    /// How many lines of its log so far hold these words.
    pub(crate) fn times(&self, words: &str) -> usize {
        let said = self.said.borrow();
        said.iter().filter(|line| line.contains(words)).count()
    }

    /// Asks it to stop; its exit code.
    pub(crate) async fn stop(self) -> i32 {
        let id = self.process.id().to_string();
        let killed = Command::new("kill").args(["-TERM", &id]).status().expect("kill");
        assert!(killed.success());
        self.ended().await
    }

    /// Its exit code, once it has ended.
    async fn ended(mut self) -> i32 {
        let ended = tokio::task::spawn_blocking(move || self.process.wait())
            .await
            .expect("a wait");
        ended.expect("an end").code().expect("no signal")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.process.kill();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn check_says_ready_and_changes_nothing() {
    let world = World::new().await;
    let (code, out, error) = world.run("check").await;
    assert_eq!(code, 0, "{out}{error}");
    for words in [
        "signs in as Phone Bridge (user 500) with OAuth client credentials",
        "scope is `read write`",
        "4 agents",
        "agent 0102 can log in",
        "telephone@acme.example is user 400",
        "user field `phone_2` exists",
        "0101 Anna Muster <anna@acme.example> is Anna Muster (agent 501)",
        "Lager is not served",
        "Ready.",
    ] {
        assert!(out.contains(words), "{words}: {out}");
    }
    assert!(world.desk.see(|state| state.tickets().is_empty()));
    assert!(world.pbx.logged_in().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn check_tells_each_wrong_thing_with_what_to_do() {
    let rights = starface::Switches {
        rights: std::collections::BTreeMap::new(),
        ..starface::Switches::default()
    };
    let cases = [
        ("pw-0001", "wrong", "the PBX refuses login 0001"),
        ("\"pw-0102\"", "\"wrong\"", "agent 0102: the PBX refuses the login"),
        (account::CLIENT_SECRET, "wrong", "Zendesk refuses the credentials"),
        (
            "user_fields.phone_2",
            "user_fields.phone_9",
            "no user field with the key `phone_9`",
        ),
        (
            "login = \"0101\"",
            "login = \"0999\"",
            "names the login 0999, which is no user of the PBX",
        ),
    ];
    for (piece, other, words) in cases {
        let world = World::new().await;
        world.change(piece, other);
        let (code, out, error) = world.run("check").await;
        assert_eq!(code, 1, "{out}{error}");
        assert!(out.contains(words), "{words}: {out}");
    }
    let world = World::new().await;
    let _taken = TcpListener::bind(&world.web).await.expect("the port");
    let (code, out, _) = world.run("check").await;
    assert_eq!(code, 1);
    assert!(
        out.contains("web.listen: ") && out.contains("is in use by another program"),
        "{out}"
    );
    let world = World::with(rights).await;
    let (code, out, _) = world.run("check").await;
    assert_eq!(code, 1);
    assert!(
        out.contains("login 0001 may not list users and groups: give it the administration rights"),
        "{out}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bridge_runs_is_switched_asked_and_stopped() {
    let world = World::new().await;
    let bridge = world.bridge("run --activate").await;
    let (code, out, error) = world.run("status").await;
    assert_eq!(code, 0, "{error}");
    assert!(
        out.contains("connected") && out.contains("2 of 2 agents") && out.contains("not Lager"),
        "{out}"
    );
    assert!(
        out.lines()
            .any(|line| line.starts_with("requests ") && line.contains(" of 350 this minute, ")),
        "{out}"
    );

    // Beside it, nothing else runs on this store, and `check` does not disturb it.
    let (code, _, error) = world.run("run").await;
    assert_eq!(code, 3, "{error}");
    let (code, out, error) = world.run("check").await;
    assert_eq!(code, 0, "{out}{error}");

    let call = world.pbx.new_call_id();
    world.pbx.ring(
        &call,
        Some("Support"),
        starface::Caller::Shown("0049721555010".into()),
        &["0101", "0102"],
        None,
    );
    world.pbx.settled().await;
    world.pbx.answer(&call, "0101", None, None);
    let seen = world
        .desk
        .wait_for(
            |state| state.tickets().first().map(|ticket| ticket.id),
            Duration::from_secs(20),
        )
        .await;
    let ticket = seen.expect("a ticket");
    world.pbx.end(&call, &[]);
    let (code, out, _) = world.run("calls --json").await;
    let calls: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!((code, &calls["calls"][0]["caller"]), (0, &"…010".into()));
    let story = world.ask(&format!("/api/calls/{call}")).await.expect("an answer");
    assert_eq!(
        (story["ticket_id"].as_u64(), story["group"].as_str()),
        (Some(ticket), Some("Support"))
    );
    assert!(
        story["steps"].as_array().is_some_and(|steps| steps.len() > 5),
        "{story}"
    );
    let shown = world
        .ask(&format!("/api/calls/{call}?numbers=shown"))
        .await
        .expect("an answer");
    assert_eq!(shown["caller"], "0049721555010");

    let metrics = world.ask_for_text("/metrics").await.expect("an answer");
    for line in [
        "zendesk_bridge_event_to_request_seconds_count 1",
        "zendesk_bridge_requests_total{endpoint=\"POST /api/v2/tickets\",status=\"201\"} 1",
        "zendesk_bridge_requests_total{endpoint=\"POST /oauth/tokens\",status=\"200\"} 1",
        "zendesk_bridge_budget_limit{window=\"account\"} 350",
    ] {
        assert!(metrics.lines().any(|told| told == line), "{line} in {metrics}");
    }
    assert!(!metrics.contains("721555010"), "{metrics}");

    let (code, out, _) = world.run("deactivate --json").await;
    let status: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!((code, &status["active"]), (0, &false.into()));
    assert_eq!(world.ask("/api/status").await.expect("an answer")["active"], false);
    assert_eq!(bridge.stop().await, 0);
    assert!(
        world
            .run("status")
            .await
            .1
            .contains("not running; the next `run` will not be active")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bridge_whose_store_is_taken_over_exits_with_3() {
    let world = World::new().await;
    let bridge = world.bridge("run --activate").await;
    std::fs::remove_file(world.place.path().join("bridge.db.lock")).expect("a lock file");
    let successor = Store::open(world.place.path().join("bridge.db"), "starface")
        .await
        .expect("the store");
    assert_eq!(bridge.ended().await, 3);
    drop(successor);
}
