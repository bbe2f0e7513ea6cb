//! Against a real Samba on loopback that requires signing.

#![expect(clippy::unwrap_used, reason = "a test and its server may stop at whatever is wrong")]

#[path = "samba/server.rs"]
mod server;

use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use recording_archive::archive::{Account, Item, Location, Reader, Removed, Share, Sink, Source, Stored};
use recording_archive::copy::copy_all;
use recording_archive::inbox::{self, Inbox};
use recording_archive::spool::{Meta, Spool};
use recording_archive::{ArchiveError, ArchiveErrorKind, Sha256Sum};
use server::{PASSWORD, Samba, files, user};

fn connect(samba: &Samba, share: &str, password: &str) -> Share {
    let location = Location::parse(&samba.url(share)).unwrap();
    Share::new(location, Account::new(&user(), password.into()))
}

fn made(dir: &tempfile::TempDir, size: usize, seed: u8) -> (PathBuf, Vec<u8>) {
    let mut bytes: Vec<u8> = (0..size).map(|n| (n.wrapping_mul(31) >> 3) as u8).collect();
    bytes[0] = seed;
    let path = dir.path().join(format!("source-{seed}"));
    std::fs::write(&path, &bytes).unwrap();
    (path, bytes)
}

async fn store(share: &Share, dir: &[&str], name: &str, path: &Path, bytes: &[u8]) -> Result<Stored, ArchiveError> {
    let item = Item {
        name,
        size: bytes.len() as u64,
        sha256: Sha256Sum::of(bytes),
    };
    share.store(dir, item, &path.to_path_buf(), &|_| {}).await
}

#[tokio::test]
async fn two_hundred_recordings_come_from_a_share_and_go_to_nested_folders_with_umlauts() {
    let samba = Samba::start("");
    let dir = tempfile::tempdir().unwrap();
    let inbox_folder = samba.path("share/Eingang Größe");
    std::fs::create_dir(&inbox_folder).unwrap();
    let header = b"RIFF\x2c\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0data\x08\0\0\0";
    for n in 0..200_u64 {
        let bytes = [&header[..], &n.to_le_bytes()].concat();
        std::fs::write(inbox_folder.join(format!("ä{n}.wav")), bytes).unwrap();
    }
    let location = Location::parse(&samba.url("share/Eingang%20Größe")).unwrap();
    let inbox = inbox::Share::new(location, Account::new(&user(), PASSWORD.into())).settle(Duration::ZERO);
    let now = Timestamp::UNIX_EPOCH;
    inbox.scan(now).await.unwrap();
    let found = inbox.scan(now + Duration::from_secs(1)).await.unwrap();
    assert_eq!(found.len(), 200);
    let spool = Spool::open(dir.path().join("spool")).await.unwrap();
    for found in &found {
        let meta = Meta {
            call: found.name.clone(),
            numbers: vec![],
            began: now,
            attach: false,
            copy: true,
        };
        // Every second one wants a name that is taken.
        let number = found
            .name
            .trim_matches(|c: char| !c.is_ascii_digit())
            .parse::<u32>()
            .unwrap()
            / 2;
        spool
            .take(&inbox, found, &format!("Gespräch {number}.wav"), meta)
            .await
            .unwrap();
    }
    assert!(files(&inbox_folder).is_empty());
    let share = connect(&samba, "share", PASSWORD);
    let report = copy_all(&spool, &share, "Mein Ordner/Jahr 2026/Größe", now, &|_| {})
        .await
        .unwrap();
    assert!(report.is_complete() && report.copied == 200, "{report}");
    let target = samba.path("share/Mein Ordner/Jahr 2026/Größe/RecordedCalls");
    assert_eq!(files(&target).len(), 201);
    assert!(spool.waiting().await.unwrap().is_empty());
    let check = std::process::Command::new("sha256sum")
        .args(["--check", "--strict", "--quiet", "SHA256SUMS.txt"])
        .current_dir(&target)
        .status()
        .unwrap();
    assert!(check.success());
    let manifest = std::fs::read_to_string(target.join("SHA256SUMS.txt")).unwrap();
    assert_eq!(manifest.lines().count(), 200);
}

#[tokio::test]
async fn a_hundred_megabytes_arrive() {
    let samba = Samba::start("");
    let dir = tempfile::tempdir().unwrap();
    let (path, bytes) = made(&dir, 100 << 20, 1);
    let share = connect(&samba, "share", PASSWORD);
    let stored = store(&share, &["a"], "long.wav", &path, &bytes).await.unwrap();
    assert_eq!(stored.name, "long.wav");
    assert!(std::fs::read(samba.path("share/a/long.wav")).unwrap() == bytes);
    assert_eq!(files(&samba.path("share/a")), ["long.wav"]);
}

#[tokio::test]
async fn what_is_wrong_is_told_by_what_may_help() {
    let samba = Samba::start("");
    let dir = tempfile::tempdir().unwrap();
    let (path, bytes) = made(&dir, 10 << 20, 1);
    for (share, password, kind) in [
        ("share", "wrong", ArchiveErrorKind::WrongPassword),
        ("nowhere", PASSWORD, ArchiveErrorKind::NoSuchShare),
        ("foreign", PASSWORD, ArchiveErrorKind::Denied),
        ("readonly", PASSWORD, ArchiveErrorKind::Denied),
        ("full", PASSWORD, ArchiveErrorKind::Full),
    ] {
        let sink = connect(&samba, share, password);
        let error = store(&sink, &[], "a.wav", &path, &bytes).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{share}: {error}");
        assert!(!error.to_string().contains(password) || password == "wrong", "{error}");
    }
    // What could not be finished takes up no room.
    let sink = connect(&samba, "full", PASSWORD);
    store(&sink, &[], "small.wav", &path, &bytes[..1]).await.unwrap_err();
    let (path, bytes) = made(&dir, 7 << 20, 2);
    store(&sink, &[], "fits.wav", &path, &bytes).await.unwrap();
}

#[tokio::test]
async fn a_server_that_insists_on_encryption_is_told_as_such() {
    let samba = Samba::start("smb encrypt = required");
    let dir = tempfile::tempdir().unwrap();
    let (path, bytes) = made(&dir, 1000, 1);
    let error = store(&connect(&samba, "share", PASSWORD), &[], "a.wav", &path, &bytes)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ArchiveErrorKind::EncryptionRequired, "{error}");
    assert!(error.to_string().contains("file:///"));
}

#[tokio::test]
async fn a_share_that_insists_on_encryption_names_the_second_way() {
    let samba = Samba::start("");
    let dir = tempfile::tempdir().unwrap();
    let (path, bytes) = made(&dir, 1000, 1);
    let error = store(&connect(&samba, "encrypted", PASSWORD), &[], "a.wav", &path, &bytes)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("file:///"), "{error}");
}

/// Gives the first half only.
struct Half(Vec<u8>);

#[async_trait]
impl Source for Half {
    async fn open(&self, _offset: u64) -> Result<Reader, ArchiveError> {
        Ok(Box::new(std::io::Cursor::new(self.0[..self.0.len() / 2].to_vec())))
    }
}

#[tokio::test]
async fn a_copy_goes_on_after_the_server_was_killed_in_its_middle() {
    let mut samba = Samba::start("");
    let dir = tempfile::tempdir().unwrap();
    let (path, bytes) = made(&dir, 40 << 20, 1);
    let share = connect(&samba, "share", PASSWORD);
    let item = Item {
        name: "a.wav",
        size: bytes.len() as u64,
        sha256: Sha256Sum::of(&bytes),
    };
    {
        // The server dies as soon as it has confirmed a quarter.
        let server = std::sync::Mutex::new(&mut samba);
        let progress = |written: u64| {
            if written > 10 << 20 {
                server.lock().unwrap().kill();
            }
        };
        let error = share.store(&["b"], item, &path, &progress).await.unwrap_err();
        assert_eq!(error.kind(), ArchiveErrorKind::Unreachable, "{error}");
    }
    let error = store(&share, &["b"], "a.wav", &path, &bytes).await.unwrap_err();
    assert_eq!(error.kind(), ArchiveErrorKind::Unreachable, "{error}");
    let left = files(&samba.path("share/b"));
    assert!(left.len() == 1 && left[0].ends_with(".part"), "{left:?}");
    let begun = std::fs::metadata(samba.path("share/b").join(&left[0])).unwrap().len();
    assert!(begun > 0);
    samba.run();
    let first = std::sync::Mutex::new(None);
    let progress = |written: u64| {
        first.lock().unwrap().get_or_insert(written);
    };
    share.store(&["b"], item, &path, &progress).await.unwrap();
    assert!(first.into_inner().unwrap().unwrap() >= begun, "it went on where it was");
    assert_eq!(files(&samba.path("share/b")), ["a.wav"]);
    assert!(std::fs::read(samba.path("share/b/a.wav")).unwrap() == bytes);
}

#[tokio::test]
async fn what_a_copy_left_whose_server_died_is_swept_when_nobody_goes_on_with_it() {
    let mut samba = Samba::start("");
    let dir = tempfile::tempdir().unwrap();
    let (path, bytes) = made(&dir, 10 << 20, 1);
    let share = connect(&samba, "share", PASSWORD);
    let item = Item {
        name: "a.wav",
        size: bytes.len() as u64,
        sha256: Sha256Sum::of(&bytes),
    };
    {
        let server = std::sync::Mutex::new(&mut samba);
        let progress = |written: u64| {
            if written > 2 << 20 {
                server.lock().unwrap().kill();
            }
        };
        share.store(&["b"], item, &path, &progress).await.unwrap_err();
    }
    samba.run();
    let left = files(&samba.path("share/b"));
    assert!(left.len() == 1 && left[0].ends_with(".part"), "{left:?}");
    assert_eq!(share.sweep(&["b"], &[]).await.unwrap(), 0, "it may go on at any moment");
    let file = std::fs::File::options()
        .write(true)
        .open(samba.path("share/b").join(&left[0]))
        .unwrap();
    let modified = file.metadata().unwrap().modified().unwrap();
    file.set_modified(modified - Duration::from_secs(8 * 24 * 60 * 60))
        .unwrap();
    assert_eq!(share.sweep(&["b"], &[item.sha256]).await.unwrap(), 0, "it will go on");
    assert_eq!(share.sweep(&["b"], &[]).await.unwrap(), 1);
    assert!(files(&samba.path("share/b")).is_empty());
    assert_eq!(share.sweep(&["absent"], &[]).await.unwrap(), 0);
}

#[tokio::test]
async fn a_copy_is_deleted_with_its_line_and_where_nothing_was_copied_no_folder_is_made() {
    let samba = Samba::start("");
    let dir = tempfile::tempdir().unwrap();
    let (path, bytes) = made(&dir, 1 << 20, 1);
    let share = connect(&samba, "share", PASSWORD);
    let (sum, at) = (Sha256Sum::of(&bytes), Timestamp::UNIX_EPOCH);
    store(&share, &["b"], "a.wav", &path, &bytes).await.unwrap();
    share.append_manifest(&["b"], &[(sum, "a.wav")]).await.unwrap();
    for removed in [Removed::Deleted, Removed::NotThere] {
        assert_eq!(share.remove(&["b"], "a.wav", sum, at).await.unwrap(), removed);
    }
    let manifest = std::fs::read_to_string(samba.path("share/b/SHA256SUMS.txt")).unwrap();
    assert_eq!(manifest, format!("# deleted 1970-01-01T00:00:00Z {sum}\n"));
    assert_eq!(files(&samba.path("share/b")), ["SHA256SUMS.txt"]);
    let removed = share.remove(&["absent", "too"], "a.wav", sum, at).await.unwrap();
    assert_eq!(removed, Removed::NoManifest);
    assert_eq!(files(&samba.path("share")), ["b"]);
}

#[tokio::test]
async fn a_recording_that_is_shorter_than_it_was_gets_no_name() {
    let samba = Samba::start("");
    let bytes = vec![7; 100_000];
    let share = connect(&samba, "share", PASSWORD);
    let item = Item {
        name: "a.wav",
        size: bytes.len() as u64,
        sha256: Sha256Sum::of(&bytes),
    };
    let error = share.store(&["c"], item, &Half(bytes), &|_| {}).await.unwrap_err();
    assert_eq!(error.kind(), ArchiveErrorKind::Damaged);
    assert!(files(&samba.path("share/c")).is_empty());
}

#[tokio::test]
async fn two_copies_at_once_both_arrive() {
    let samba = Samba::start("");
    let dir = tempfile::tempdir().unwrap();
    let (one, first) = made(&dir, 5 << 20, 1);
    let (two, second) = made(&dir, 5 << 20, 2);
    let (a, b) = (connect(&samba, "share", PASSWORD), connect(&samba, "share", PASSWORD));
    let (x, y) = tokio::join!(
        store(&a, &["d"], "a.wav", &one, &first),
        store(&b, &["d"], "a.wav", &two, &second)
    );
    let mut names = [x.unwrap().name, y.unwrap().name];
    names.sort();
    assert_eq!(names, ["a (2).wav", "a.wav"]);
    assert_eq!(files(&samba.path("share/d")), names);
    // The very same recording: one copy.
    let (x, y) = tokio::join!(
        store(&a, &["e"], "a.wav", &one, &first),
        store(&b, &["e"], "a.wav", &one, &first)
    );
    assert_eq!([x.unwrap().name, y.unwrap().name], ["a.wav", "a.wav"]);
    assert_eq!(files(&samba.path("share/e")), ["a.wav"]);
    assert!(std::fs::read(samba.path("share/e/a.wav")).unwrap() == first);
}
