//! From a file in a folder to the bridge's recording, and what becomes of the file.

use std::path::Path;
use std::time::Duration;

use bridge_core::call::{Attach, CallRecording};
use jiff::tz::TimeZone;
use recording_archive::name::Template;
use tokio::io::AsyncReadExt as _;

use super::*;
use crate::config::Spot;

struct Site {
    folder: tempfile::TempDir,
    intake: Intake,
}

/// Half a second of silence, as a telephone records it.
fn wav() -> Vec<u8> {
    let mut bytes = b"RIFF".to_vec();
    bytes.extend(4036u32.to_le_bytes());
    bytes.extend(b"WAVEfmt ");
    bytes.extend(16u32.to_le_bytes());
    for word in [7u16, 1] {
        bytes.extend(word.to_le_bytes());
    }
    bytes.extend(8000u32.to_le_bytes());
    bytes.extend(8000u32.to_le_bytes());
    for word in [1u16, 8] {
        bytes.extend(word.to_le_bytes());
    }
    bytes.extend(b"data");
    bytes.extend(4000u32.to_le_bytes());
    bytes.resize(4044, 0xff);
    bytes
}

async fn site(keep: bool) -> Site {
    let folder = tempfile::tempdir().unwrap();
    let inbox = folder.path().join("inbox");
    std::fs::create_dir(&inbox).unwrap();
    let spool = folder.path().join("spool");
    let spool = Spool::open(spool).await.unwrap();
    let config = config::Recording {
        inbox: Spot::Folder(inbox.clone()),
        inbox_shown: String::new(),
        settle: Duration::ZERO,
        file_name: Template::parse("Aufnahme_{date}_{time}_{from}_{to}.wav").unwrap(),
        keep,
        zone: TimeZone::UTC,
        copies_zone: TimeZone::get("Europe/Berlin").unwrap(),
    };
    let source = inbox::Folder::new(&inbox).settle(Duration::ZERO);
    let plan = NumberPlan::new("DE", Some("721")).unwrap();
    Site {
        intake: Intake::new(Box::new(source), keep.then_some(spool), config, plan),
        folder,
    }
}

impl Site {
    fn put(&self, name: &str) {
        let path = self.folder.path().join("inbox").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, wav()).unwrap();
    }

    /// What two scans find.
    async fn scan(&self) -> Vec<Recording> {
        self.intake.scan(at("2026-11-26T08:30:00Z")).await.unwrap();
        self.intake.scan(at("2026-11-26T08:31:00Z")).await.unwrap()
    }

    fn is_there(&self, path: &str) -> bool {
        self.folder.path().join(path).exists()
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn call() -> CallState {
    let mut call = CallState::new(&pbx::CallId::new("c1"), at("2026-11-26T08:19:05Z"));
    call.caller = Some(Dialled::new("0721 555010"));
    call.called = Some(Dialled::new("20"));
    call
}

fn spool(site: &Site) -> Spool {
    Spool::beside(site.folder.path().join("spool"))
}

#[tokio::test]
async fn a_recording_is_told_with_its_hints_and_read() {
    let site = site(true).await;
    site.put("2026/Aufnahme_20261126_081905_0721555010_20.wav");
    let found = site.scan().await;
    assert_eq!(
        (found.len(), found[0].mime.as_str(), found[0].size),
        (1, "audio/wav", 4044)
    );
    assert_eq!(found[0].duration, Some(SignedDuration::from_millis(500)));
    assert_eq!(found[0].hints.caller, Some(Dialled::new("0721555010")));
    assert_eq!(found[0].hints.began, Some(at("2026-11-26T08:19:05Z")));
    let mut read = Vec::new();
    let mut content = site.intake.open(&found[0].name).await.unwrap();
    content.read_to_end(&mut read).await.unwrap();
    assert_eq!(read, wav());
    let gone = site.intake.open("other.wav").await.err().unwrap();
    assert_eq!(gone.kind, InboxErrorKind::Gone);
}

#[tokio::test]
async fn one_that_is_done_with_is_kept_under_its_new_name_and_leaves_the_inbox() {
    let site = site(true).await;
    site.put("a.mp3");
    let found = site.scan().await;
    site.intake.done(&found[0], &call()).await.unwrap();
    assert!(!site.is_there("inbox/a.mp3"));
    let kept = spool(&site).waiting().await.unwrap().remove(0);
    // The template's clock is that of the share, and the name ends as the content does.
    assert_eq!(kept.file_name, "Aufnahme_20261126_091905_0721 555010_20.wav");
    assert_eq!(kept.meta.numbers, ["+49721555010"]);
    assert!(kept.meta.copy && !kept.meta.attach && kept.meta.call == "c1");
    assert!(site.scan().await.is_empty());
}

#[tokio::test]
async fn without_keep_it_goes_when_it_is_attached_and_stays_when_it_is_not() {
    let site = site(false).await;
    site.put("a.wav");
    let found = site.scan().await.remove(0);
    let mut call = call();
    call.recordings.push(CallRecording {
        recording: found.clone(),
        attach: Attach::No {
            why: "too large".into(),
        },
    });
    site.intake.done(&found, &call).await.unwrap();
    assert!(site.is_there("inbox/a.wav"));
    assert_eq!(site.intake.left().unattached, 1);
    call.recordings[0].attach = Attach::Done;
    site.intake.done(&found, &call).await.unwrap();
    assert!(!site.is_there("inbox/a.wav"));
    assert!(site.scan().await.is_empty());
    assert_eq!(site.intake.left(), Left::default());
}

#[tokio::test]
async fn copies_that_are_seen_from_the_inbox_are_nothing_new() {
    let site = site(true).await;
    site.put("MeinOrdner/recordedcalls/a.wav");
    site.put("b.wav");
    let found = site.scan().await;
    assert_eq!(
        found.iter().map(|found| found.name.as_str()).collect::<Vec<_>>(),
        ["b.wav"]
    );
}

#[tokio::test]
async fn what_is_no_recording_is_counted() {
    let site = site(true).await;
    std::fs::write(site.folder.path().join("inbox/a.wav"), &wav()[..2000]).unwrap();
    std::fs::write(site.folder.path().join("inbox/readme.txt"), "no sound").unwrap();
    assert!(site.scan().await.is_empty());
    let left = site.intake.left();
    assert_eq!((left.incomplete, left.foreign), (1, 1));
}

#[tokio::test]
async fn an_inbox_that_is_away_is_told_without_names() {
    let site = site(true).await;
    std::fs::remove_dir(site.folder.path().join("inbox")).unwrap();
    let error = site.intake.scan(at("2026-11-26T08:30:00Z")).await.err().unwrap();
    assert!(
        !error.message.contains(&*site.folder.path().to_string_lossy()),
        "{error}"
    );
}

#[tokio::test]
async fn one_that_is_too_large_is_made_smaller_once_and_leaves_no_file() {
    let mut site = site(true).await;
    site.intake = site.intake.smaller_in(&site.folder.path().join("spool"));
    site.put("a.wav");
    let found = site.scan().await.remove(0);
    let read = async || {
        let mut made = site.intake.open_smaller(&found.name, &found.sha256).await.unwrap();
        let mut bytes = Vec::new();
        made.content.read_to_end(&mut bytes).await.unwrap();
        assert_eq!(made.size, bytes.len() as u64);
        assert_eq!(
            made.sha256.as_str(),
            recording_archive::Sha256Sum::of(&bytes).to_string()
        );
        bytes
    };
    let made = read().await;
    assert!(made.starts_with(b"OggS") && made.len() < wav().len());
    // The next attempt needs neither the time nor the file.
    std::fs::remove_file(site.folder.path().join("inbox/a.wav")).unwrap();
    assert_eq!(read().await, made);
    assert!(spool(&site).waiting().await.unwrap().is_empty());
    assert_eq!(std::fs::read_dir(site.folder.path().join("spool")).unwrap().count(), 0);
    site.put("a.wav");
    site.intake.done(&found, &call()).await.unwrap();
    let forgotten = site.intake.open_smaller(&found.name, &found.sha256).await;
    assert_eq!(forgotten.err().unwrap().kind, InboxErrorKind::Gone);
}

#[tokio::test]
async fn nothing_is_left_of_one_that_must_not_be_kept_though_it_was_made_smaller() {
    let mut site = site(true).await;
    site.intake = site.intake.smaller_in(&site.folder.path().join("spool"));
    site.put("a.wav");
    let found = site.scan().await.remove(0);
    drop(site.intake.open_smaller(&found.name, &found.sha256).await.unwrap());
    site.intake.discard(&found).await.unwrap();
    assert!(!site.is_there("inbox/a.wav"));
    let forgotten = site.intake.open_smaller(&found.name, &found.sha256).await;
    assert_eq!(forgotten.err().unwrap().kind, InboxErrorKind::Gone);
}

#[tokio::test]
async fn what_cannot_be_made_smaller_is_told_apart_from_what_cannot_be_read_now() {
    let mut site = site(true).await;
    site.put("a.wav");
    let found = site.scan().await.remove(0);
    let kind = async |site: &Site, name: &str| {
        let made = site.intake.open_smaller(name, &found.sha256).await;
        made.err().unwrap().kind
    };
    assert_eq!(kind(&site, "a.wav").await, InboxErrorKind::Incompressible, "it is off");
    site.intake = site.intake.smaller_in(&site.folder.path().join("spool"));
    let inbox = site.folder.path().join("inbox");
    std::fs::write(inbox.join("a.mp3"), b"ID3\x04 no wave").unwrap();
    std::fs::write(inbox.join("short.wav"), &wav()[..2000]).unwrap();
    assert_eq!(kind(&site, "a.mp3").await, InboxErrorKind::Incompressible);
    assert_eq!(kind(&site, "short.wav").await, InboxErrorKind::Incompressible);
    assert_eq!(kind(&site, "absent.wav").await, InboxErrorKind::Gone);
    site.intake = site.intake.smaller_in(&site.folder.path().join("absent"));
    assert_eq!(kind(&site, "a.wav").await, InboxErrorKind::Unavailable);
}

#[test]
fn a_name_ends_as_the_content_does() {
    for (name, format, ends) in [
        ("a.wav", Format::Wav, "a.wav"),
        ("a.WAV", Format::Mp3, "a.mp3"),
        ("call.7", Format::Ogg, "call.7.ogg"),
        ("call", Format::Wav, "call.wav"),
    ] {
        assert_eq!(with_extension(name, format), ends, "{name}");
    }
    assert!(is_copy("a/RecordedCalls/b.wav") && !is_copy(Path::new("a/b.wav").to_str().unwrap()));
}
