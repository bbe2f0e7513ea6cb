//! Calls that must not be recorded: whatever they are called, wherever their recordings lie, and whatever does not work.

use bridge_core::call::{Attach, CallKey, CallRecording, CallState, CallSummary, Change, Phase, Recorded};
use bridge_core::port::{Entry, Journal as _};
use bridge_core::recording::{self, Hints, Recording, Standing};
use bridge_runtime::store::Store;
use jiff::tz::TimeZone;
use pbx::CallId;
use recording_archive::inbox::{self, Inbox as _};
use recording_archive::schedule::Schedule;
use recording_archive::spool::Meta;

use super::super::Copies;
use super::*;
use crate::config::{Recordings, Share, Spot};

const NOW: &str = "2026-11-26T08:00:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// An empty spool, a share, and a store in which no call is refused.
struct Site {
    folder: tempfile::TempDir,
    store: Store,
    refusals: Refusals,
    copies: Copies,
}

impl Site {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["inbox", "share"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        Spool::open(folder.path().join("spool")).await.unwrap();
        let schedule = Schedule::cron("0 2 * * *", TimeZone::UTC).unwrap();
        let recordings = Recordings {
            rules: Default::default(),
            recording: None,
            spool: folder.path().join("spool"),
            share: Some(Share {
                url: String::new(),
                spot: Spot::Folder(folder.path().join("share")),
                account: None,
                subdirectory: String::new(),
                schedule: schedule.clone(),
                time_zone: TimeZone::UTC,
            }),
            retention: None,
        };
        let places = Places::new(&recordings);
        let store = folder.path().join("bridge.db");
        let refusals = Refusals::new(places.clone(), store.clone());
        Self {
            store: Store::open(&store, "acme").await.unwrap(),
            copies: Copies::new(places, schedule, refusals.clone()),
            refusals,
            folder,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Keeps a recording under a call's id; as the core knows it.
    async fn keep(&self, call: &str) -> Recording {
        let content = format!("OggS {call}");
        std::fs::write(self.path("inbox/a.ogg"), &content).unwrap();
        let found = inbox::Folder::new(self.path("inbox")).settle(Duration::ZERO);
        found.scan(at(NOW)).await.unwrap();
        let one = found.scan(at("2026-11-26T08:00:01Z")).await.unwrap().remove(0);
        let meta = Meta {
            call: call.into(),
            numbers: Vec::new(),
            began: at(NOW),
            attach: false,
            copy: true,
        };
        let name = format!("{call}.ogg");
        let spool = Spool::beside(self.path("spool"));
        spool.take(&found, &one, &name, meta).await.unwrap();
        Recording {
            name: "a.ogg".into(),
            size: one.size,
            sha256: Sha256::parse(&one.sha256.to_string()).unwrap(),
            mime: "audio/ogg".into(),
            extension: "ogg".into(),
            duration: None,
            hints: Hints::default(),
        }
    }

    /// A call with these recordings, or a part of another call, as the journal has it.
    async fn call(&self, id: &str, part_of: Option<&str>, recordings: &[Recording]) {
        let mut state = CallState::new(&CallId::new(id), at(NOW));
        state.merged_into = part_of.map(CallKey::new);
        state.recordings = recordings
            .iter()
            .map(|recording| CallRecording {
                recording: recording.clone(),
                attach: Attach::Done,
            })
            .collect();
        self.write(state, Vec::new()).await;
    }

    /// A call is refused, and the core has heard of it.
    async fn refuse(&self, id: &str, recordings: &[Recording]) {
        let mut state = CallState::new(&CallId::new(id), at(NOW));
        state.recorded = Recorded::Refused;
        let standing = Standing::Refused { call: CallKey::new(id) };
        let kept = recordings.iter().map(|recording| recording::Kept {
            recording: recording.clone(),
            standing: standing.clone(),
        });
        self.write(state, kept.collect()).await;
    }

    async fn write(&self, state: CallState, recordings: Vec<recording::Kept>) {
        let summary = CallSummary {
            key: state.key.clone(),
            started: at(NOW),
            phase: Phase::Over,
            caller: None,
            group: None,
            agent: None,
            ticket: None,
            requester: None,
            outcome: String::new(),
        };
        let steps = Vec::new();
        let entry = Entry {
            at: at(NOW),
            changes: vec![Change { state, summary, steps }],
            recordings,
            ..Entry::default()
        };
        self.store.commit(&[entry]).await.unwrap();
    }

    async fn copy(&self) {
        let clock = Clock::following_tokio(at(NOW));
        self.copies.copy(&clock, &|_| {}, &|| {}).await.unwrap();
    }

    /// How many recordings are in the spool, and how many are known of.
    async fn kept(&self) -> (usize, usize) {
        let spool = Spool::beside(self.path("spool"));
        (spool.here().await.unwrap().0, spool.ids().await.unwrap().len())
    }

    fn is_copied(&self, name: &str) -> bool {
        self.path("share/RecordedCalls").join(name).exists()
    }
}

/// The store works by a clock that goes on, so it is set for a moment only.
async fn after_minutes(minutes: u64) {
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(60 * minutes)).await;
    tokio::time::resume();
}

#[tokio::test]
async fn what_was_kept_under_the_id_of_a_part_goes_with_the_call() {
    let site = Site::new().await;
    let (part, whole, other) = (
        site.keep("part").await,
        site.keep("whole").await,
        site.keep("other").await,
    );
    site.call("part", Some("whole"), &[]).await;
    site.call("other", None, &[other]).await;
    site.refuse("whole", &[whole, part]).await;
    site.refusals.delete(at(NOW)).await.unwrap();
    assert_eq!(site.kept().await, (1, 1));
}

#[tokio::test]
async fn under_whichever_id_a_call_is_refused_the_recordings_of_both_go() {
    for named in ["part", "whole"] {
        let site = Site::new().await;
        let (part, whole) = (site.keep("part").await, site.keep("whole").await);
        site.keep("other").await;
        site.call("part", Some("whole"), &[]).await;
        site.call("whole", None, &[whole, part]).await;
        let named = CallKey::new(named);
        StoreReader::wish_refusal(site.path("bridge.db"), &named).await.unwrap();
        site.refusals.delete(at(NOW)).await.unwrap();
        assert_eq!(site.kept().await, (1, 1), "{named}");
    }
}

#[tokio::test]
async fn what_lies_here_goes_before_anybody_waits_for_the_end_of_a_copy() {
    let site = Site::new().await;
    let recording = site.keep("c1").await;
    site.refuse("c1", &[recording]).await;
    // The lock cannot be had.
    std::fs::create_dir(site.path("spool/copy.lock")).unwrap();
    site.refusals.delete(at(NOW)).await.unwrap_err();
    assert_eq!(site.kept().await, (0, 1));
}

#[tokio::test]
async fn a_share_that_is_away_is_asked_again_after_a_pause_or_when_there_is_more_to_delete() {
    let site = Site::new().await;
    let (first, second) = (site.keep("c1").await, site.keep("c2").await);
    site.copy().await;
    site.refuse("c1", &[first]).await;
    let mut progress = Progress::default();
    let away = || std::fs::rename(site.path("share"), site.path("away")).unwrap();
    let back = || std::fs::rename(site.path("away"), site.path("share")).unwrap();

    away();
    site.refusals.pass(&mut progress, at(NOW)).await;
    back();
    site.refusals.pass(&mut progress, at(NOW)).await;
    assert!(site.is_copied("c1.ogg"), "it is not asked again yet");
    after_minutes(1).await;
    away();
    site.refusals.pass(&mut progress, at(NOW)).await;
    back();
    after_minutes(1).await;
    site.refusals.pass(&mut progress, at(NOW)).await;
    assert!(site.is_copied("c1.ogg"), "the second pause is longer");
    site.refuse("c2", &[second]).await;
    site.refusals.pass(&mut progress, at(NOW)).await;
    assert!(!site.is_copied("c1.ogg") && !site.is_copied("c2.ogg"));
    assert_eq!((site.kept().await, site.refusals.deleted()), ((0, 0), 2));
}

#[tokio::test]
async fn a_record_that_cannot_be_read_keeps_nobody_from_deleting_others() {
    let site = Site::new().await;
    let recording = site.keep("c1").await;
    site.refuse("c1", &[recording]).await;
    std::fs::write(site.path("spool/damaged.json"), "{").unwrap();
    site.refusals.delete(at(NOW)).await.unwrap_err();
    assert_eq!(site.kept().await.0, 0);
}

#[tokio::test]
async fn a_call_is_named_by_the_id_that_it_got_later_as_well() {
    let site = Site::new().await;
    let mut state = CallState::new(&CallId::new("first"), at(NOW));
    state.ids.insert(CallId::new("later"));
    site.write(state, Vec::new()).await;
    let reader = site.refusals.reader().await.unwrap().unwrap();
    for id in ["first", "later", "fir"] {
        let named = stored::known(Some(&reader), id, false).await.unwrap();
        assert_eq!(named.call.id, "first", "{id}");
    }
    assert!(stored::known(Some(&reader), "lat", false).await.is_err());
}
