//! Passes: what is old goes from everywhere, what is not stays, and what fails is tried again.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use bridge_core::call::CallKey;
use bridge_core::recording::Sha256;
use recording_archive::inbox::{self, Inbox as _};
use recording_archive::spool::{Meta, Spool};

use super::*;
use crate::config::{Recordings, Spot};

const OLD: &str = "2026-05-01T08:00:00Z";
const NEW: &str = "2026-11-25T08:00:00Z";
const NOW: &str = "2026-11-26T08:00:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Tickets of which one recording is old.
#[derive(Clone, Default)]
struct Fake {
    redacted: Arc<Mutex<Vec<CallKey>>>,
    is_away: bool,
}

#[async_trait]
impl Tickets for Fake {
    async fn attached_before(&self, moment: Timestamp) -> anyhow::Result<Vec<Assignment>> {
        assert_eq!(moment, at("2026-05-30T08:00:00Z"));
        let sha256 = Sha256::parse(&"a".repeat(64)).unwrap();
        let call = CallKey::new("old");
        Ok(vec![Assignment { sha256, call }])
    }

    async fn expire(&self, attached: &Assignment) -> anyhow::Result<()> {
        anyhow::ensure!(!self.is_away, "the bridge has stopped");
        self.redacted.lock().unwrap().push(attached.call.clone());
        Ok(())
    }
}

struct Site {
    folder: tempfile::TempDir,
    share: config::Share,
}

impl Site {
    /// An old and a new recording in the spool, and a share with somebody else's file.
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (inbox, spool) = (folder.path().join("inbox"), folder.path().join("spool"));
        std::fs::create_dir(&inbox).unwrap();
        let opened = Spool::open(&spool).await.unwrap();
        for (call, began) in [("old", OLD), ("new", NEW)] {
            std::fs::write(inbox.join("a.ogg"), format!("OggS {call}")).unwrap();
            let found = inbox::Folder::new(&inbox).settle(Duration::ZERO);
            found.scan(at(NOW)).await.unwrap();
            let one = found.scan(at("2026-11-26T08:00:01Z")).await.unwrap().remove(0);
            let meta = Meta {
                call: call.into(),
                numbers: Vec::new(),
                began: at(began),
                attach: false,
                copy: true,
            };
            let name = format!("{call}.ogg");
            opened.take(&found, &one, &name, meta).await.unwrap();
        }
        let share = config::Share {
            url: String::new(),
            spot: Spot::Folder(folder.path().join("share")),
            account: None,
            subdirectory: String::new(),
            schedule: recording_archive::schedule::Schedule::cron("0 2 * * *", jiff::tz::TimeZone::UTC).unwrap(),
            time_zone: jiff::tz::TimeZone::UTC,
        };
        let site = Self { folder, share };
        std::fs::create_dir(site.path("share")).unwrap();
        site
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn copies(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.path("share/RecordedCalls")).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    fn places(&self) -> Places {
        Places::new(&Recordings {
            rules: Default::default(),
            recording: None,
            spool: self.path("spool"),
            share: Some(self.share.clone()),
            retention: None,
        })
    }

    fn retention(&self, redact: bool, tickets: &Fake) -> Retention {
        let retention = config::Retention {
            retain: Duration::from_hours(24 * 180),
            redact,
        };
        Retention::new(self.places(), retention, Box::new(tickets.clone()))
    }

    async fn copy(&self) {
        let refusals = super::super::Refusals::new(self.places(), self.path("bridge.db"));
        let copies = super::super::Copies::new(self.places(), self.share.schedule.clone(), refusals);
        let clock = Clock::following_tokio(at(NOW));
        copies.copy(&clock, &|_| {}, &|| {}).await.unwrap();
    }
}

#[tokio::test]
async fn what_is_old_goes_from_the_share_and_from_the_ticket_and_nothing_else_does() {
    let site = Site::new().await;
    site.copy().await;
    std::fs::write(site.path("share/RecordedCalls/foreign.ogg"), "OggS").unwrap();
    let fake = Fake::default();
    let retention = site.retention(true, &fake);
    assert!(retention.is_due(at(NOW)).await);
    let pass = retention.pass(at(NOW)).await;
    assert_eq!((pass.deleted, pass.redacted, pass.left, pass.error), (1, 1, 0, None));
    assert_eq!(site.copies(), ["SHA256SUMS.txt", "foreign.ogg", "new.ogg"]);
    let manifest = std::fs::read_to_string(site.path("share/RecordedCalls/SHA256SUMS.txt")).unwrap();
    assert!(
        manifest.contains("  new.ogg\n# deleted 2026-11-26T08:00:00Z "),
        "{manifest}"
    );
    assert!(!manifest.contains("old.ogg"), "{manifest}");
    assert_eq!(*fake.redacted.lock().unwrap(), [CallKey::new("old")]);
    // The next one a day later, also where the clock was set back meanwhile.
    assert!(!retention.is_due(at("2026-11-27T07:59:59Z")).await);
    assert!(retention.is_due(at("2026-11-27T08:00:00Z")).await);
    assert!(retention.is_due(at("2026-11-26T07:00:00Z")).await);
    let pass = retention.pass(at(NOW)).await;
    assert_eq!(pass.deleted, 0);
}

#[tokio::test]
async fn without_redact_the_tickets_are_left_alone() {
    let site = Site::new().await;
    let fake = Fake::default();
    let pass = site.retention(false, &fake).pass(at(NOW)).await;
    assert_eq!((pass.deleted, pass.redacted, pass.left), (1, 0, 0));
    assert!(fake.redacted.lock().unwrap().is_empty());
}

#[tokio::test]
async fn what_fails_is_told_and_tried_again_and_what_lies_here_goes_at_once() {
    let site = Site::new().await;
    site.copy().await;
    std::fs::rename(site.path("share"), site.path("away")).unwrap();
    let away = Fake {
        is_away: true,
        ..Fake::default()
    };
    let retention = site.retention(true, &away);
    let pass = retention.pass(at(NOW)).await;
    assert_eq!((pass.deleted, pass.redacted, pass.left), (0, 0, 2));
    assert!(pass.error.is_some() && retention.is_due(at(NOW)).await);
    std::fs::rename(site.path("away"), site.path("share")).unwrap();
    let pass = site.retention(true, &Fake::default()).pass(at(NOW)).await;
    assert_eq!((pass.deleted, pass.redacted, pass.error), (1, 1, None));

    // One that waits to be copied lies in the spool no more, though the share is away.
    let site = Site::new().await;
    std::fs::remove_dir(site.path("share")).unwrap();
    let pass = site.retention(false, &Fake::default()).pass(at(NOW)).await;
    assert_eq!((pass.deleted, pass.left), (0, 1));
    let spool = Spool::beside(site.path("spool"));
    assert_eq!(spool.here().await.unwrap().0, 1);
}

#[tokio::test(start_paused = true)]
async fn a_pass_that_left_something_is_repeated_until_it_does_not() {
    let site = Site::new().await;
    site.copy().await;
    std::fs::rename(site.path("share"), site.path("away")).unwrap();
    let retention = site.retention(false, &Fake::default());
    let (clock, stop) = (Clock::following_tokio(at(NOW)), CancellationToken::new());
    let running = retention.run(&clock, &stop);
    tokio::pin!(running);
    let for_a_while = |minutes: u64| Duration::from_secs(60 * minutes);
    let pass = async || last::read::<Last>(&site.path("spool"), RETENTION).await.unwrap().pass;
    assert!(tokio::time::timeout(for_a_while(1), &mut running).await.is_err());
    assert_eq!(pass().await.left, 1);
    std::fs::rename(site.path("away"), site.path("share")).unwrap();
    assert!(tokio::time::timeout(for_a_while(5), &mut running).await.is_err());
    let pass = pass().await;
    assert_eq!((pass.deleted, pass.error), (1, None));
}
