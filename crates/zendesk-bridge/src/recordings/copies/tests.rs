//! Runs of copies: at their times, after a failure, and two at once.

use std::path::PathBuf;

use jiff::civil::time;
use jiff::tz::TimeZone;
use recording_archive::inbox::{self, Inbox as _};
use recording_archive::spool::Meta;
use tokio::sync::Notify;

use super::*;
use crate::config::{Recordings, Share, Spot};

struct Site {
    folder: tempfile::TempDir,
    copies: Copies,
}

const SILENCE: &[u8] = b"OggS silence";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

impl Site {
    /// With a share that is not there yet, and one recording in the spool.
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (inbox, spool) = (folder.path().join("inbox"), folder.path().join("spool"));
        std::fs::create_dir(&inbox).unwrap();
        std::fs::write(inbox.join("a.ogg"), SILENCE).unwrap();
        let found = inbox::Folder::new(&inbox).settle(Duration::ZERO);
        found.scan(at("2026-11-26T08:00:00Z")).await.unwrap();
        let one = found.scan(at("2026-11-26T08:00:01Z")).await.unwrap().remove(0);
        let meta = Meta {
            call: "c1".into(),
            numbers: Vec::new(),
            began: at("2026-11-26T08:00:00Z"),
            attach: false,
            copy: true,
        };
        let opened = Spool::open(&spool).await.unwrap();
        opened.take(&found, &one, "a.ogg", meta).await.unwrap();
        let share = Share {
            url: String::new(),
            spot: Spot::Folder(folder.path().join("share")),
            account: None,
            subdirectory: "Telefonie".into(),
            schedule: Schedule::at(&[time(12, 30, 0, 0)], TimeZone::UTC).unwrap(),
            time_zone: TimeZone::UTC,
        };
        let schedule = share.schedule.clone();
        let recordings = Recordings {
            rules: Default::default(),
            recording: None,
            spool,
            share: Some(share),
            retention: None,
        };
        let places = Places::new(&recordings);
        // No bridge ever ran: nobody has refused anything.
        let refusals = Refusals::new(places.clone(), folder.path().join("bridge.db"));
        Self {
            copies: Copies::new(places, schedule, refusals),
            folder,
        }
    }

    fn share(&self) -> PathBuf {
        self.folder.path().join("share")
    }

    fn copied(&self) -> bool {
        self.share().join("Telefonie/RecordedCalls/a.ogg").exists()
    }

    /// Runs from a moment on, on tokio's own clock, until that moment.
    async fn run(&self, start: &str, end: &str) {
        let clock = Clock::following_tokio(at(start));
        let stop = CancellationToken::new();
        let until = Duration::try_from(at(end).duration_since(at(start))).unwrap();
        let run = self.copies.run(&clock, &stop);
        let _ = tokio::time::timeout(until, run).await;
    }

    async fn last(&self) -> Run {
        let last = last::read::<Last>(&self.folder.path().join("spool"), COPY).await;
        last.unwrap().run.unwrap()
    }
}

#[tokio::test(start_paused = true)]
async fn copies_are_made_at_the_set_time_and_not_before() {
    let site = Site::new().await;
    std::fs::create_dir(site.share()).unwrap();
    site.run("2026-11-26T08:00:00Z", "2026-11-26T12:29:59Z").await;
    assert!(!site.copied());
    site.run("2026-11-26T12:29:59Z", "2026-11-26T12:40:00Z").await;
    assert!(site.copied());
    assert_eq!((site.last().await.copied, site.last().await.left), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_run_that_was_missed_is_made_up_for_at_the_next_start() {
    let site = Site::new().await;
    std::fs::create_dir(site.share()).unwrap();
    site.run("2026-11-26T12:00:00Z", "2026-11-26T12:01:00Z").await;
    assert!(!site.copied());
    site.run("2026-11-26T15:00:00Z", "2026-11-26T15:10:00Z").await;
    assert!(site.copied());
}

#[tokio::test(start_paused = true)]
async fn a_share_that_is_away_is_tried_again_and_nothing_is_lost() {
    let site = Site::new().await;
    site.run("2026-11-26T12:29:00Z", "2026-11-26T12:50:00Z").await;
    let failed = site.last().await;
    assert_eq!((failed.copied, failed.left), (0, 1));
    assert!(failed.error.unwrap().contains("cannot be reached"));
    assert!(failed.at > at("2026-11-26T12:31:00Z"), "it was tried again");
    std::fs::create_dir(site.share()).unwrap();
    site.run("2026-11-26T12:50:00Z", "2026-11-26T13:00:00Z").await;
    assert!(site.copied());
    assert_eq!(site.last().await.error, None);
}

#[tokio::test]
async fn whoever_comes_second_waits_and_finds_what_is_left() {
    let site = Site::new().await;
    std::fs::create_dir(site.share()).unwrap();
    let clock = Clock::system();
    let first = lock::take(&site.folder.path().join("spool/copy.lock")).unwrap();
    let waits = Notify::new();
    let told = || waits.notify_one();
    let free = async {
        waits.notified().await;
        assert!(!site.copied());
        drop(first);
    };
    let (copied, ()) = tokio::join!(site.copies.copy(&clock, &|_| {}, &told), free);
    assert_eq!(copied.unwrap().0.copied, 1);
    assert!(site.copied());
}

#[tokio::test]
async fn who_copies_by_hand_settles_what_was_due() {
    let site = Site::new().await;
    std::fs::create_dir(site.share()).unwrap();
    let clock = Clock::following_tokio(at("2026-11-26T12:40:00Z"));
    let spool = site.folder.path().join("spool");
    let since = Last {
        served: at("2026-11-26T12:00:00Z"),
        run: None,
    };
    last::write(&spool, COPY, &since).await.unwrap();
    site.copies.copy(&clock, &|_| {}, &|| {}).await.unwrap();
    let served = last::read::<Last>(&spool, COPY).await.unwrap().served;
    assert_eq!(site.copies.schedule.missed(served, at("2026-11-26T13:00:00Z")), None);
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_was_set_back_keeps_nobody_from_copying() {
    let site = Site::new().await;
    std::fs::create_dir(site.share()).unwrap();
    let ahead = Last {
        served: at("2036-01-01T00:00:00Z"),
        run: None,
    };
    let spool = site.folder.path().join("spool");
    last::write(&spool, COPY, &ahead).await.unwrap();
    site.run("2026-11-26T12:29:00Z", "2026-11-26T12:40:00Z").await;
    assert!(site.copied());
}

#[tokio::test]
async fn nothing_is_copied_as_long_as_it_is_not_known_what_must_not_be() {
    let site = Site::new().await;
    std::fs::create_dir(site.share()).unwrap();
    let store = site.folder.path().join("bridge.db");
    std::fs::write(&store, "no store").unwrap();
    let clock = Clock::system();
    let error = site.copies.copy(&clock, &|_| {}, &|| {}).await.unwrap_err();
    assert!(
        format!("{error:#}").contains("which recordings must not be kept"),
        "{error:#}"
    );
    assert!(!site.copied());
    let last = site.last().await;
    assert_eq!((last.copied, last.left, last.error.is_some()), (0, 1, true));
    // Where no bridge ever ran, nobody has refused anything.
    std::fs::remove_file(&store).unwrap();
    site.copies.copy(&clock, &|_| {}, &|| {}).await.unwrap();
    assert!(site.copied());
}
