//! Files that grow, settle and are taken, on a clock that is an argument.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::place::Progress;

use tokio::io::AsyncReadExt;
use tracing::span;

use super::*;
use crate::format::silence;

fn second(n: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + n).unwrap()
}

fn inbox() -> (tempfile::TempDir, Folder) {
    let dir = tempfile::tempdir().unwrap();
    let inbox = Folder::new(dir.path()).zone(TimeZone::get("Europe/Berlin").unwrap());
    (dir, inbox)
}

#[tokio::test]
async fn a_file_is_taken_when_it_was_at_rest_for_long_enough() {
    let (dir, inbox) = inbox();
    let path = dir.path().join("a.wav");
    let whole = silence(2);
    std::fs::write(&path, &whole[..100]).unwrap();
    assert!(inbox.scan(second(0)).await.unwrap().is_empty());
    // It grows just before it would have been at rest for long enough.
    std::fs::write(&path, &whole).unwrap();
    assert!(inbox.scan(second(10)).await.unwrap().is_empty());
    assert_eq!(inbox.waiting(), [("a.wav".into(), Waiting::Growing)]);
    assert!(inbox.scan(second(19)).await.unwrap().is_empty());
    let found = inbox.scan(second(20)).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].sha256, Sha256Sum::of(&whole));
    assert_eq!(found[0].duration, Some(Duration::from_secs(2)));
    assert!(inbox.waiting().is_empty());
    assert_eq!(inbox.scan(second(21)).await.unwrap(), found);
}

#[tokio::test]
async fn one_scan_alone_takes_nothing_even_without_patience() {
    let (dir, inbox) = inbox();
    let inbox = inbox.settle(Duration::ZERO);
    std::fs::write(dir.path().join("a.wav"), silence(1)).unwrap();
    assert!(inbox.scan(second(0)).await.unwrap().is_empty());
    assert!(inbox.scan(second(0)).await.unwrap().is_empty());
    assert_eq!(inbox.scan(second(1)).await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_is_no_whole_recording_is_told_and_left() {
    let (dir, inbox) = inbox();
    std::fs::write(dir.path().join("cut.wav"), &silence(2)[..1000]).unwrap();
    std::fs::write(dir.path().join("notes.txt"), "hello").unwrap();
    std::fs::write(dir.path().join("b.part"), silence(1)).unwrap();
    std::fs::write(dir.path().join(".hidden.wav"), silence(1)).unwrap();
    inbox.scan(second(0)).await.unwrap();
    assert!(inbox.scan(second(60)).await.unwrap().is_empty());
    assert_eq!(
        inbox.waiting(),
        [
            ("cut.wav".into(), Waiting::Incomplete),
            ("notes.txt".into(), Waiting::Foreign)
        ]
    );
    // The recorder goes on after all.
    std::fs::write(dir.path().join("cut.wav"), silence(2)).unwrap();
    inbox.scan(second(61)).await.unwrap();
    assert_eq!(inbox.scan(second(90)).await.unwrap().len(), 1);
}

/// Counts the warnings of one thread.
#[derive(Clone, Default)]
struct Warnings(Arc<AtomicUsize>);

impl tracing::Subscriber for Warnings {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        *metadata.level() == tracing::Level::WARN
    }

    fn event(&self, _: &tracing::Event<'_>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

#[tokio::test]
async fn what_cannot_be_read_is_told_once_and_tried_again() {
    let (dir, inbox) = inbox();
    let warnings = Warnings::default();
    let _guard = tracing::subscriber::set_default(warnings.clone());
    let warned = || warnings.0.load(Ordering::Relaxed);
    let (path, beside) = (dir.path().join("a.wav"), dir.path().join("a.wav.json"));
    std::fs::write(&path, silence(1)).unwrap();
    // For any user of the system, root included.
    std::fs::write(&beside, vec![b' '; LONGEST_SIDECAR as usize + 1]).unwrap();
    inbox.scan(second(0)).await.unwrap();
    for scan in [60, 61, 62] {
        assert!(inbox.scan(second(scan)).await.unwrap().is_empty());
        assert_eq!(inbox.waiting(), [("a.wav".into(), Waiting::Unreadable)]);
        assert_eq!(warned(), 1);
    }
    // Another state of the file is another warning.
    std::fs::write(&path, silence(2)).unwrap();
    inbox.scan(second(63)).await.unwrap();
    assert_eq!(inbox.waiting(), [("a.wav".into(), Waiting::Growing)]);
    inbox.scan(second(90)).await.unwrap();
    assert_eq!(warned(), 2);
    std::fs::remove_file(&beside).unwrap();
    assert_eq!(inbox.scan(second(91)).await.unwrap().len(), 1);
    assert!(inbox.waiting().is_empty());
}

/// A folder in which some names cannot be read or listed.
struct Faulty {
    folder: place::Folder,
    faults: Mutex<HashMap<&'static str, ArchiveErrorKind>>,
}

impl Faulty {
    fn check(&self, path: &str) -> Result<(), ArchiveError> {
        let faults = self.faults.lock().unwrap();
        faults
            .get(path)
            .map_or(Ok(()), |kind| Err(ArchiveError::new(*kind, "reading")))
    }
}

#[async_trait]
impl Place for Faulty {
    async fn list(&self, folder: &str) -> Result<Vec<Entry>, ArchiveError> {
        self.check(folder)?;
        self.folder.list(folder).await
    }

    async fn size(&self, path: &str) -> Result<Option<u64>, ArchiveError> {
        self.folder.size(path).await
    }

    async fn read(&self, path: &str, offset: u64) -> Result<Reader, ArchiveError> {
        self.check(path)?;
        self.folder.read(path, offset).await
    }

    async fn write(&self, path: &str, offset: u64, source: Reader, tell: Progress<'_>) -> Result<u64, ArchiveError> {
        self.folder.write(path, offset, source, tell).await
    }

    async fn rename(&self, from: &str, to: &str) -> Result<bool, ArchiveError> {
        self.folder.rename(from, to).await
    }

    async fn replace(&self, from: &str, to: &str) -> Result<(), ArchiveError> {
        self.folder.replace(from, to).await
    }

    async fn delete(&self, path: &str) -> Result<(), ArchiveError> {
        self.folder.delete(path).await
    }

    async fn make_folder(&self, path: &str) -> Result<(), ArchiveError> {
        self.folder.make_folder(path).await
    }
}

/// An inbox with `a.wav`, `b/b.wav` and `c.wav`, which have been seen at second 0.
async fn faulty() -> (tempfile::TempDir, Files<Faulty>) {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("b")).unwrap();
    for name in ["a.wav", "b/b.wav", "c.wav"] {
        std::fs::write(dir.path().join(name), silence(1)).unwrap();
    }
    let inbox = Files::in_place(Faulty {
        folder: place::Folder::new(dir.path()),
        faults: Mutex::default(),
    });
    inbox.scan(second(0)).await.unwrap();
    (dir, inbox)
}

fn found(found: &[Found]) -> Vec<&str> {
    found.iter().map(|found| found.name.as_str()).collect()
}

#[tokio::test]
async fn one_file_that_cannot_be_read_now_hides_no_other() {
    for kind in [
        ArchiveErrorKind::InUse,
        ArchiveErrorKind::Damaged,
        ArchiveErrorKind::Full,
        ArchiveErrorKind::Denied,
        // The connection broke, and the place is there when it is asked.
        ArchiveErrorKind::Unreachable,
    ] {
        let (_dir, inbox) = faulty().await;
        inbox.place.faults.lock().unwrap().insert("a.wav", kind);
        let others = inbox.scan(second(60)).await.unwrap();
        assert_eq!(found(&others), ["b/b.wav", "c.wav"], "{kind:?}");
        assert_eq!(inbox.waiting(), [("a.wav".into(), Waiting::Unreadable)], "{kind:?}");
        inbox.place.faults.lock().unwrap().clear();
        let all = inbox.scan(second(61)).await.unwrap();
        assert_eq!(found(&all), ["a.wav", "b/b.wav", "c.wav"], "{kind:?}");
        assert!(inbox.waiting().is_empty());
    }
}

#[tokio::test]
async fn a_folder_that_cannot_be_looked_into_hides_no_other_and_is_told_once() {
    let (_dir, inbox) = faulty().await;
    let warnings = Warnings::default();
    let _guard = tracing::subscriber::set_default(warnings.clone());
    let denied = ("b", ArchiveErrorKind::Denied);
    inbox.place.faults.lock().unwrap().extend([denied]);
    for scan in [60, 61] {
        let others = inbox.scan(second(scan)).await.unwrap();
        assert_eq!(found(&others), ["a.wav", "c.wav"]);
        assert_eq!(inbox.waiting(), [("b".into(), Waiting::Unreadable)]);
        assert_eq!(warnings.0.load(Ordering::Relaxed), 1);
    }
}

#[tokio::test]
async fn what_went_away_while_it_was_looked_at_is_not_told() {
    let (_dir, inbox) = faulty().await;
    let gone = ["a.wav", "b"].map(|name| (name, ArchiveErrorKind::Missing));
    inbox.place.faults.lock().unwrap().extend(gone);
    let others = inbox.scan(second(60)).await.unwrap();
    assert_eq!(found(&others), ["c.wav"]);
    assert!(inbox.waiting().is_empty());
}

#[tokio::test]
async fn a_place_that_is_away_is_an_error_and_nothing_is_forgotten() {
    let (_dir, inbox) = faulty().await;
    let away = ["", "a.wav"].map(|name| (name, ArchiveErrorKind::Unreachable));
    inbox.place.faults.lock().unwrap().extend(away);
    let error = inbox.scan(second(60)).await.unwrap_err();
    assert_eq!(error.kind(), ArchiveErrorKind::Unreachable);
    inbox.place.faults.lock().unwrap().clear();
    assert_eq!(inbox.scan(second(61)).await.unwrap().len(), 3);
}

#[tokio::test]
async fn files_below_are_found_with_what_lies_beside_them_and_removed_together() {
    let (dir, inbox) = inbox();
    let below = dir.path().join("2026/11");
    std::fs::create_dir_all(&below).unwrap();
    std::fs::write(below.join("20261126_091905_0721.wav"), silence(1)).unwrap();
    std::fs::write(below.join("20261126_091905_0721.wav.json"), r#"{"callId":"c-1"}"#).unwrap();
    inbox.scan(second(0)).await.unwrap();
    let found = inbox.scan(second(60)).await.unwrap();
    assert_eq!(found[0].name, "2026/11/20261126_091905_0721.wav");
    assert_eq!(found[0].hints.call.as_deref(), Some("c-1"));
    assert_eq!(found[0].hints.caller.as_deref(), Some("0721"));
    assert_eq!(found[0].hints.began, "2026-11-26T08:19:05Z".parse().ok());
    let mut bytes = Vec::new();
    inbox
        .open(&found[0].name)
        .await
        .unwrap()
        .read_to_end(&mut bytes)
        .await
        .unwrap();
    assert_eq!(bytes, silence(1));
    inbox.remove(&found[0].name).await.unwrap();
    inbox.remove(&found[0].name).await.unwrap();
    assert_eq!(std::fs::read_dir(below).unwrap().count(), 0);
}

#[tokio::test]
async fn nothing_outside_is_opened() {
    let (dir, inbox) = inbox();
    std::fs::write(dir.path().join("a.wav"), silence(1)).unwrap();
    assert!(inbox.open("../a.wav").await.is_err());
    assert!(inbox.open(dir.path().join("a.wav").to_str().unwrap()).await.is_err());
}
