//! Recordings as an administrator meets them: from the inbox to the ticket, into the folder for copies, and what is told
//! where that does not work.

use std::path::PathBuf;

use bridge_core::call::{Change, Phase, Recorded};
use bridge_core::call_log::Logs;
use bridge_core::port::{Entry, Journal as _};
use bridge_runtime::Clock;
use bridge_runtime::store::{Store, StoreReader};
use bridge_sim::starface;
use bridge_sim::zendesk::world as account;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use zendesk_client::{Client, Credentials, TicketId};

use super::simulated::{PATIENCE, Running, World};

/// What the bridge says when a recording has left the inbox for the folder of those that are kept.
pub(super) const KEPT: &str = "a recording is kept, and waits to be copied";

/// And when it has deleted one there that must not be kept.
pub(super) const DELETED: &str = "a recording that must not be kept is deleted from the inbox";

/// A caller whom nobody knows leaves his recording waiting for the end of wrap-up, so that is at once.
/// Copies are made and named by a clock that is not the PBX's, on a day that is far away, or by hand.
const RECORDINGS: &str = "[recordings]\ngroups = [\"Support\"]\ninbox = \"inbox\"\nsettle = \"50ms\"\n\
     [recordings.share]\nurl = \"file://SHARE\"\nsubdirectory = \"Telefonie\"\ntime_zone = \"America/New_York\"\ncron = \"0 0 29 2 *\"\n[callers]\nwrap_up = \"0s\"";

/// Two seconds as a telephone records them: A-law, 8 kHz.
pub(super) fn wav(tone: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.extend(b"RIFF\xa4\x3e\x00\x00WAVEfmt \x10\x00\x00\x00\x06\x00\x01\x00");
    bytes.extend(b"\x40\x1f\x00\x00\x40\x1f\x00\x00\x01\x00\x08\x00data\x80\x3e\x00\x00");
    bytes.resize(44 + 16_000, tone);
    bytes
}

pub(super) struct Site {
    pub(super) world: World,
}

impl Site {
    /// With an inbox, and no folder for copies yet.
    pub(super) async fn new() -> Self {
        let world = World::new().await;
        let share = world.place.path().join("share");
        world.change("[callers]", &RECORDINGS.replace("SHARE", &share.to_string_lossy()));
        std::fs::create_dir(world.place.path().join("inbox")).expect("an inbox");
        Self { world }
    }

    /// With a bridge that runs, and one call, whose recording hangs on its ticket and lies on the share; the call, and the ticket.
    pub(super) async fn recorded() -> (Self, Running, String, u64) {
        let site = Self::new().await;
        std::fs::create_dir(site.path("share")).expect("a folder for copies");
        let bridge = site.world.bridge("run --activate").await;
        let (call, ticket) = site.call().await;
        site.put(&format!("{call}.wav"), &wav(0x55));
        assert_eq!(site.attached(ticket).await.len(), 1);
        bridge.says(KEPT).await;
        let (code, out, error) = site.world.run("recordings copy").await;
        assert_eq!(code, 0, "{out}{error}");
        assert_eq!(site.names("share/Telefonie/RecordedCalls").len(), 2);
        (site, bridge, call, ticket)
    }

    /// Everything that is known says that the call was a year ago, and that lists are read no further back than to now.
    pub(super) async fn age(&self, call: &str) {
        let year = SignedDuration::from_hours(24 * 365);
        let store = Store::open(self.path("bridge.db"), "starface")
            .await
            .expect("the store");
        let now = Clock::system().now();
        let then = now.checked_sub(year).expect("a moment");
        let restored = store.restore(now).await.expect("the calls");
        let state = restored.calls.into_iter().find(|state| state.key.as_str() == call);
        let mut state = state.expect("the call");
        (state.started, state.over, state.recorded) = (then, Some(then), Recorded::No);
        let reader = StoreReader::open(self.path("bridge.db")).await.expect("a reader");
        let mut summary = reader.call(call).await.expect("the story").expect("the call").summary;
        (summary.started, summary.phase) = (then, Phase::Over);
        let change = Change {
            state,
            summary,
            steps: Vec::new(),
        };
        let logs = Logs {
            forgotten: Some(now),
            ..restored.logs.unwrap_or_default()
        };
        let entry = Entry {
            at: then,
            changes: vec![change],
            logs: Some(logs),
            ..Entry::default()
        };
        store.commit(&[entry]).await.expect("a commit");
        reader.close().await;
        store.close().await;

        let records = self.names("bridge.db.recordings");
        for name in records.iter().filter(|name| name.ends_with(".json")) {
            let path = self.path("bridge.db.recordings").join(name);
            let mut record: Value = serde_json::from_slice(&std::fs::read(&path).expect("a record")).expect("JSON");
            let began: Timestamp = record["began"].as_str().expect("a moment").parse().expect("a moment");
            record["began"] = began.checked_sub(year).expect("a moment").to_string().into();
            std::fs::write(&path, record.to_string()).expect("a record");
        }
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.world.place.path().join(name)
    }

    pub(super) fn put(&self, name: &str, content: &[u8]) {
        std::fs::write(self.path("inbox").join(name), content).expect("a recording");
    }

    /// A call into the group, from its ring to its end; its id and its ticket.
    pub(super) async fn call(&self) -> (String, u64) {
        let (pbx, desk) = (&self.world.pbx, &self.world.desk);
        let before = desk.see(|state| state.tickets().len());
        let call = pbx.new_call_id();
        let caller = starface::Caller::Shown("0049721555010".into());
        pbx.ring(&call, Some("Support"), caller, &["0101", "0102"], None);
        pbx.settled().await;
        pbx.answer(&call, "0101", None, None);
        let opened = desk.wait_for(|state| state.tickets().get(before).map(|ticket| ticket.id), PATIENCE);
        let ticket = opened.await.expect("a ticket");
        let recorded = |state: &starface::State, _| state.recordings().iter().any(|one| one.call == call);
        let asked = tokio::time::timeout(PATIENCE, pbx.wait_until(recorded)).await;
        asked.expect("the PBX is asked to record");
        pbx.end(&call, &[]);
        pbx.settled().await;
        (call, ticket)
    }

    /// The recordings that hang on a ticket: name and size, once there are some.
    pub(super) async fn attached(&self, ticket: u64) -> Vec<(String, u64)> {
        let noted = |state: &bridge_sim::zendesk::State| {
            let ticket = state.ticket(ticket)?;
            ticket
                .comments
                .iter()
                .any(|one| one.body.contains("SHA-256"))
                .then_some(())
        };
        self.world.desk.wait_for(noted, PATIENCE).await.expect("a note");
        let credentials = Credentials::client(account::CLIENT_ID, account::CLIENT_SECRET.to_owned().into());
        let client = Client::builder(self.world.desk.url(), credentials)
            .build()
            .expect("a client");
        let comments = client
            .tickets()
            .comments(TicketId::new(ticket))
            .all()
            .await
            .expect("comments");
        let files = comments.into_iter().flat_map(|comment| {
            assert_ne!(comment.public, Some(true));
            comment.attachments
        });
        files
            .map(|file| (file.file_name, file.size.unwrap_or_default()))
            .collect()
    }

    /// The status, as the command tells it: of the bridge that runs, else of what it left.
    pub(super) async fn status(&self) -> Value {
        let (code, out, error) = self.world.run("status --json").await;
        assert_eq!(code, 0, "{error}");
        serde_json::from_str(&out).expect("JSON")
    }

    pub(super) fn names(&self, folder: &str) -> Vec<String> {
        let entries = std::fs::read_dir(self.path(folder)).expect("a folder");
        let mut names: Vec<_> = entries
            .map(|entry| entry.expect("an entry").file_name().into_string().expect("text"))
            .collect();
        names.sort();
        names
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_hangs_on_its_ticket_and_its_copy_lies_in_the_folder() {
    let site = Site::new().await;
    std::fs::create_dir(site.path("share")).expect("a folder for copies");
    let (code, out, error) = site.world.run("check").await;
    assert_eq!(code, 0, "{out}{error}");
    for words in [
        "answered calls into Support are recorded",
        "copies can be written to file:///",
    ] {
        assert!(out.contains(words), "{words}: {out}");
    }
    assert!(
        site.names("share/Telefonie/RecordedCalls").is_empty(),
        "a probe is left"
    );

    let bridge = site.world.bridge("run --activate").await;
    let (call, ticket) = site.call().await;
    assert_eq!(bridge.stop().await, 0);
    let bridge = site.world.bridge("run").await;
    assert_eq!(site.status().await["recordings"]["awaited"], 1);
    site.put(&format!("{call}.wav"), &wav(0x55));
    let name = format!("{call}.wav");
    assert_eq!(site.attached(ticket).await, [(name, 16_044)]);
    bridge.says(KEPT).await;
    assert_eq!(site.status().await["copies"]["waiting"], 1);
    assert!(site.names("inbox").is_empty());

    let (code, out, error) = site.world.run("recordings copy").await;
    assert_eq!(code, 0, "{out}{error}");
    assert!(out.contains("1 copied (16044 bytes)"), "{out}");
    let copies = site.names("share/Telefonie/RecordedCalls");
    assert_eq!(copies.len(), 2, "{copies:?}");
    assert!(
        copies[0].starts_with("Aufnahme_") && copies[0].contains("0049721555010"),
        "{copies:?}"
    );
    assert_eq!(copies[1], "SHA256SUMS.txt");
    let copy = std::fs::read(site.path("share/Telefonie/RecordedCalls").join(&copies[0])).expect("the copy");
    assert_eq!(copy, wav(0x55));
    let status = site.status().await;
    assert_eq!(
        (&status["copies"]["last"]["copied"], &status["copies"]["last"]["error"]),
        (&1.into(), &Value::Null)
    );
    let (code, out, _) = site.world.run("recordings copy --json").await;
    assert_eq!(
        (
            code,
            serde_json::from_str::<Value>(&out).expect("JSON")["copied"].as_u64()
        ),
        (0, Some(0))
    );
    assert_eq!(bridge.stop().await, 0);
    assert_eq!(site.status().await["recordings_waiting"], 0);
    assert!(site.world.run("status").await.1.contains("0 to be copied"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_is_known_by_its_numbers_and_the_time_on_the_clock_of_the_pbx() {
    let site = Site::new().await;
    let bridge = site.world.bridge("run --activate").await;
    let (_, ticket) = site.call().await;
    let began = site.world.pbx.recordings()[0].began;
    let clock = began.in_tz("Europe/Berlin").expect("the zone of the simulated PBX");
    let name = format!("Aufnahme_{}_0721555010_0101.wav", clock.strftime("%Y%m%d_%H%M%S"));
    site.put(&name, &wav(0x55));
    assert_eq!(site.attached(ticket).await, [(name, 16_044)]);
    assert_eq!(bridge.stop().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_of_nobody_waits_until_somebody_says_whose_it_is() {
    let site = Site::new().await;
    let bridge = site.world.bridge("run --activate").await;
    let (call, ticket) = site.call().await;
    site.put("Besprechung.wav", &wav(0x2a));
    let uncertain = "it is not certain of which call a recording is";
    let line = bridge.says(uncertain).await;
    assert!(
        line.contains("WARN") && !line.contains("Besprechung"),
        "no name, which may hold numbers: {line}"
    );
    let (code, out, _) = site.world.run("status").await;
    assert!(code == 0 && out.contains("waits for `recordings assign`"), "{out}");
    let (code, out, _) = site.world.run("recordings --names").await;
    assert!(code == 0 && out.contains("Besprechung.wav  16044 bytes"), "{out}");
    let (code, _, error) = site.world.run("recordings assign other.wav x").await;
    assert!(code == 1 && error.contains("no recording that waits"), "{error}");
    let (code, _, error) = site
        .world
        .run(&format!("recordings assign Besprechung.wav {call}"))
        .await;
    assert_eq!(code, 0, "{error}");
    assert_eq!(site.attached(ticket).await, [("Besprechung.wav".to_owned(), 16_044)]);
    bridge.says(KEPT).await;
    assert_eq!(bridge.times(uncertain), 1);
    assert_eq!(
        site.world.run("recordings").await.1,
        "no recording waits to be assigned\n"
    );
    assert_eq!(bridge.stop().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_for_copies_that_is_away_loses_nothing_and_is_told() {
    let site = Site::new().await;
    let (code, out, _) = site.world.run("check").await;
    assert!(code == 1 && out.contains("recordings.share: file:///"), "{out}");
    let (code, out, _) = site.world.run("recordings copy").await;
    assert_eq!((code, out.as_str()), (0, "no recording waits to be copied\n"));

    let bridge = site.world.bridge("run --activate").await;
    let (call, _) = site.call().await;
    site.put(&format!("{call}.wav"), &wav(0x55));
    bridge.says(KEPT).await;
    // First it is not there, then a file is in its place.
    for words in ["has to be there, mounted", "making a folder"] {
        let (code, out, error) = site.world.run("recordings copy").await;
        assert_eq!(code, 1, "{out}{error}");
        assert!(out.contains("0 copied; 1 left, and still kept"), "{out}");
        assert!(error.contains(words), "{words}: {error}");
        let (code, out, _) = site.world.run("status").await;
        assert!(
            code == 0 && out.contains("recordings cannot be copied, none is lost"),
            "{out}"
        );
        std::fs::write(site.path("share"), "no folder").expect("a file");
    }
    assert_eq!(site.status().await["copies"]["last"]["left"], 1);

    std::fs::remove_file(site.path("share")).expect("a file");
    std::fs::create_dir(site.path("share")).expect("a folder");
    assert_eq!(bridge.stop().await, 0);
    assert_eq!(site.status().await["recordings_waiting"], 1);
    let (code, out, error) = site.world.run("recordings copy").await;
    assert_eq!(code, 0, "{out}{error}");
    assert_eq!(site.names("share/Telefonie/RecordedCalls").len(), 2);
    assert!(!site.world.run("status").await.1.contains("cannot be copied"));
}

#[tokio::test(flavor = "multi_thread")]
async fn check_tells_what_keeps_recordings_from_coming_in() {
    let site = Site::new().await;
    std::fs::create_dir(site.path("share")).expect("a folder for copies");
    std::fs::remove_dir(site.path("inbox")).expect("no inbox");
    site.world.change("groups = [\"Support\"]", "groups = [\"Suport\"]");
    let (code, out, _) = site.world.run("check").await;
    assert_eq!(code, 1);
    for words in [
        "recordings.groups names `Suport`, which is no group of the PBX",
        "recordings.inbox: the folder",
    ] {
        assert!(out.contains(words), "{words}: {out}");
    }
}
