//! The ways of a copy, in a folder: names that are taken, beginnings that are there, what lies in the way.

use super::*;

struct Bytes(Vec<u8>);

#[async_trait]
impl Source for Bytes {
    async fn open(&self, offset: u64) -> Result<Reader, ArchiveError> {
        Ok(reader(self.0[usize::try_from(offset).unwrap()..].to_vec()))
    }
}

async fn store(folder: &Folder, name: &str, bytes: &[u8]) -> Result<Stored, ArchiveError> {
    let item = Item {
        name,
        size: bytes.len() as u64,
        sha256: Sha256Sum::of(bytes),
    };
    folder.store(&["ü"], item, &Bytes(bytes.to_vec()), &|_| {}).await
}

fn names(dir: &tempfile::TempDir) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(dir.path().join("ü"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn no_file_is_overwritten_and_none_is_doubled() {
    let dir = tempfile::tempdir().unwrap();
    let folder = Folder::new(dir.path());
    assert_eq!(store(&folder, "a.wav", b"one").await.unwrap().name, "a.wav");
    assert_eq!(store(&folder, "a.wav", b"two").await.unwrap().name, "a (2).wav");
    assert_eq!(store(&folder, "a.wav", b"three").await.unwrap().name, "a (3).wav");
    let again = store(&folder, "a.wav", b"two").await.unwrap();
    assert_eq!((again.name.as_str(), again.was_there), ("a (2).wav", true));
    assert_eq!(names(&dir), ["a (2).wav", "a (3).wav", "a.wav"]);
    assert_eq!(std::fs::read(dir.path().join("ü/a.wav")).unwrap(), b"one");
}

#[tokio::test]
async fn of_a_copier_that_died_when_it_had_named_its_copy_nothing_is_left() {
    let dir = tempfile::tempdir().unwrap();
    let folder = Folder::new(dir.path());
    store(&folder, "a.wav", b"one").await.unwrap();
    // Files are named by a second name, and then lose the first.
    let part = dir.path().join("ü").join(temporary::name(Sha256Sum::of(b"one"), 1));
    std::fs::hard_link(dir.path().join("ü/a.wav"), part).unwrap();
    assert!(store(&folder, "a.wav", b"one").await.unwrap().was_there);
    assert_eq!(names(&dir), ["a.wav"]);
}

#[tokio::test]
async fn a_recording_is_never_taken_for_the_manifest() {
    let dir = tempfile::tempdir().unwrap();
    let folder = Folder::new(dir.path());
    let stored = store(&folder, "sha256sums.TXT", b"one").await.unwrap();
    assert_eq!(stored.name, "sha256sums (2).TXT");
}

#[tokio::test]
async fn a_beginning_is_gone_on_with_and_a_wrong_one_is_begun_again() {
    let dir = tempfile::tempdir().unwrap();
    let folder = Folder::new(dir.path());
    folder.make_folder("ü").await.unwrap();
    for beginning in [&b"right"[..], b"wrong", b"longer than the whole recording"] {
        let bytes = b"right to the end";
        let part = dir
            .path()
            .join(format!("ü/{}", temporary::name(Sha256Sum::of(bytes), 1)));
        std::fs::write(&part, beginning).unwrap();
        let stored = store(&folder, "a.wav", bytes).await.unwrap();
        assert!(!stored.was_there);
        assert_eq!(std::fs::read(dir.path().join("ü/a.wav")).unwrap(), bytes);
        assert_eq!(names(&dir), ["a.wav"]);
        std::fs::remove_file(dir.path().join("ü/a.wav")).unwrap();
    }
}

#[tokio::test]
async fn only_the_rest_is_asked_for() {
    struct Rest;
    #[async_trait]
    impl Source for Rest {
        async fn open(&self, offset: u64) -> Result<Reader, ArchiveError> {
            assert_eq!(offset, 5);
            Ok(reader(b" to the end".to_vec()))
        }
    }
    let dir = tempfile::tempdir().unwrap();
    let folder = Folder::new(dir.path());
    let sha256 = Sha256Sum::of(b"right to the end");
    std::fs::write(dir.path().join(temporary::name(sha256, 1)), b"right").unwrap();
    let item = Item {
        name: "a",
        size: 16,
        sha256,
    };
    folder.store(&[], item, &Rest, &|_| {}).await.unwrap();
}

#[tokio::test]
async fn a_source_that_breaks_leaves_no_copy() {
    struct Broken;
    #[async_trait]
    impl Source for Broken {
        async fn open(&self, _offset: u64) -> Result<Reader, ArchiveError> {
            let broken = tokio_util::io::StreamReader::new(futures_util::stream::iter([
                Ok(&b"half"[..]),
                Err(std::io::Error::from(std::io::ErrorKind::StorageFull)),
            ]));
            Ok(Box::new(broken))
        }
    }
    let dir = tempfile::tempdir().unwrap();
    let folder = Folder::new(dir.path());
    let item = Item {
        name: "a.wav",
        size: 8,
        sha256: Sha256Sum::of(b"halfhalf"),
    };
    let error = folder.store(&["ü"], item, &Broken, &|_| {}).await.unwrap_err();
    assert_eq!(error.kind(), ArchiveErrorKind::Full);
    assert!(names(&dir).is_empty());
}

#[tokio::test]
async fn manifest_lines_stand_once_and_survive_a_line_that_broke_off() {
    let dir = tempfile::tempdir().unwrap();
    let folder = Folder::new(dir.path());
    let (one, two) = (Sha256Sum::of(b"1"), Sha256Sum::of(b"2"));
    std::fs::write(dir.path().join(MANIFEST), "abc").unwrap();
    folder.append_manifest(&[], &[(one, "a.wav")]).await.unwrap();
    folder
        .append_manifest(&[], &[(one, "a.wav"), (two, "b.wav")])
        .await
        .unwrap();
    let text = std::fs::read_to_string(dir.path().join(MANIFEST)).unwrap();
    assert_eq!(text, format!("abc\n{one}  a.wav\n{two}  b.wav\n"));
}

#[tokio::test]
async fn only_what_is_ours_is_removed() {
    let dir = tempfile::tempdir().unwrap();
    let folder = Folder::new(dir.path());
    store(&folder, "a.wav", b"one").await.unwrap();
    let (one, two) = (Sha256Sum::of(b"one"), Sha256Sum::of(b"two"));
    folder.append_manifest(&["ü"], &[(one, "a.wav")]).await.unwrap();
    let at = "2026-11-26T12:30:00.5Z".parse().unwrap();
    assert_eq!(
        folder.remove(&["ü"], "a.wav", two, at).await.unwrap(),
        Removed::NotThere
    );
    assert_eq!(names(&dir), [MANIFEST, "a.wav"]);
    // The beginning of a second copy goes with it, that of another one stays.
    for sum in [one, two] {
        std::fs::write(dir.path().join("ü").join(temporary::name(sum, 2)), "o").unwrap();
    }
    for removed in [Removed::Deleted, Removed::NotThere] {
        assert_eq!(folder.remove(&["ü"], "a.wav", one, at).await.unwrap(), removed);
    }
    assert_eq!(
        folder.remove(&["other"], "a.wav", one, at).await.unwrap(),
        Removed::NoManifest
    );
    assert!(!dir.path().join("other").exists(), "no folder is made by looking");
    let error = Folder::new(dir.path().join("absent"))
        .remove(&[], "a.wav", one, at)
        .await;
    assert_eq!(error.unwrap_err().kind(), ArchiveErrorKind::Unreachable);
    assert_eq!(names(&dir), [MANIFEST, temporary::name(two, 2).as_str()]);
    let manifest = std::fs::read_to_string(dir.path().join("ü").join(MANIFEST)).unwrap();
    assert_eq!(manifest, format!("# deleted 2026-11-26T12:30:00Z {one}\n"));
}

#[tokio::test]
async fn what_is_said_of_deleted_copies_does_not_grow_for_ever() {
    let dir = tempfile::tempdir().unwrap();
    let folder = Folder::new(dir.path());
    let (one, two) = (Sha256Sum::of(b"1"), Sha256Sum::of(b"2"));
    let said = |n: usize| format!("# deleted 2026-11-26T12:30:00Z {n:064}\n");
    let old: String = (0..MOST_DELETED + 2).map(said).collect();
    let before = format!("# by hand\n{old}{one}  a.wav\n{two}  b.wav\n");
    std::fs::write(dir.path().join(MANIFEST), before).unwrap();
    let at = "2026-11-26T12:30:00Z".parse().unwrap();
    assert_eq!(folder.remove(&[], "a.wav", one, at).await.unwrap(), Removed::NotThere);
    let left: String = (3..MOST_DELETED + 2).map(said).collect();
    let after = format!("# by hand\n{left}{two}  b.wav\n# deleted {at} {one}\n");
    let manifest = std::fs::read_to_string(dir.path().join(MANIFEST)).unwrap();
    assert!(manifest == after, "{} lines", manifest.lines().count());
}

#[tokio::test]
async fn addresses_lead_to_places() {
    let dir = tempfile::tempdir().unwrap();
    let url = Url::from_directory_path(dir.path()).unwrap();
    let sink = from_url(url.as_str(), "", "".into()).unwrap();
    sink.probe(&["a"]).await.unwrap();
    assert!(dir.path().join("a").is_dir());
    assert!(sink.list(&["a"]).await.unwrap().is_empty());
    assert!(sink.list(&["b"]).await.unwrap().is_empty());
    assert!(from_url("smb://host/share", "u", "p".into()).is_ok());
    for wrong in ["", "host/share", "file://host/share", "smb://host"] {
        assert!(from_url(wrong, "", "".into()).is_err(), "{wrong}");
    }
}
