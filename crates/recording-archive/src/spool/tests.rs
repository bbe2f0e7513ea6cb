//! Taking, knowing, forgetting; and copying from the spool into a folder.

use std::time::Duration;

use super::*;
use crate::archive;
use crate::copy::{copy_all, erase, erase_all};
use crate::format::silence;
use crate::inbox;

struct Site {
    dir: tempfile::TempDir,
    inbox: inbox::Folder,
    spool: Spool,
    share: Folder,
}

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

async fn site() -> Site {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("inbox")).unwrap();
    std::fs::create_dir(dir.path().join("share")).unwrap();
    Site {
        inbox: inbox::Folder::new(dir.path().join("inbox")).settle(Duration::ZERO),
        spool: Spool::open(dir.path().join("spool")).await.unwrap(),
        share: Folder::new(dir.path().join("share")),
        dir,
    }
}

fn meta(call: &str, number: &str) -> Meta {
    Meta {
        call: call.into(),
        numbers: vec![number.into()],
        began: NOW,
        attach: false,
        copy: true,
    }
}

impl Site {
    async fn found(&self, bytes: &[u8]) -> Found {
        std::fs::write(self.dir.path().join("inbox/a.wav"), bytes).unwrap();
        self.inbox.scan(NOW).await.unwrap();
        let later = NOW + Duration::from_secs(1);
        self.inbox.scan(later).await.unwrap().remove(0)
    }

    fn files(&self, folder: &str) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(self.dir.path().join(folder))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

#[tokio::test]
async fn taking_twice_keeps_one_and_clears_the_inbox() {
    let site = site().await;
    let found = site.found(&silence(1)).await;
    let first = site
        .spool
        .take(&site.inbox, &found, "x.wav", meta("c", "+49"))
        .await
        .unwrap();
    assert!(site.files("inbox").is_empty());
    // As after a crash between keeping and clearing.
    let again = site.found(&silence(1)).await;
    let second = site
        .spool
        .take(&site.inbox, &again, "x.wav", meta("c", "+49"))
        .await
        .unwrap();
    assert_eq!(first, second);
    assert!(site.files("inbox").is_empty());
    assert_eq!(site.spool.waiting().await.unwrap(), [first]);
}

#[tokio::test]
async fn what_changed_since_it_was_found_is_not_taken() {
    let site = site().await;
    let found = site.found(&silence(1)).await;
    std::fs::write(site.dir.path().join("inbox/a.wav"), silence(2)).unwrap();
    let error = site
        .spool
        .take(&site.inbox, &found, "x.wav", meta("c", ""))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ArchiveErrorKind::Damaged);
    assert_eq!(site.files("inbox"), ["a.wav"]);
    assert!(site.files("spool").is_empty());
}

#[tokio::test]
async fn what_a_crash_left_is_cleared_away_and_what_is_kept_stays() {
    let site = site().await;
    let found = site.found(&silence(1)).await;
    let kept = site
        .spool
        .take(&site.inbox, &found, "x.wav", meta("c", ""))
        .await
        .unwrap();
    std::fs::write(site.dir.path().join("spool/b.part"), "half").unwrap();
    std::fs::write(site.dir.path().join("spool/c.audio"), "no record").unwrap();
    let spool = Spool::open(site.dir.path().join("spool")).await.unwrap();
    assert_eq!(site.files("spool").len(), 2);
    assert_eq!(spool.all().await.unwrap(), [kept]);
}

#[tokio::test]
async fn a_recording_goes_when_it_is_attached_and_copied_and_is_known_until_it_is_erased() {
    let site = site().await;
    let found = site.found(&silence(1)).await;
    let meta = Meta {
        attach: true,
        ..meta("c", "+4972112345")
    };
    let kept = site.spool.take(&site.inbox, &found, "Größe.wav", meta).await.unwrap();
    let report = copy_all(&site.spool, &site.share, "Mein/../Ordner", NOW, &|_| {})
        .await
        .unwrap();
    assert!(report.is_complete() && report.copied == 1, "{report}");
    assert_eq!(
        site.files("share/Mein/Ordner/RecordedCalls"),
        ["Größe.wav", "SHA256SUMS.txt"]
    );
    assert!(site.spool.path(&kept).exists(), "it is not attached yet");
    site.spool.attached(&kept.id).await.unwrap();
    assert!(!site.spool.path(&kept).exists());
    assert!(site.spool.waiting().await.unwrap().is_empty());
    assert!(site.spool.older_than(NOW).await.unwrap().is_empty());
    let later = NOW + Duration::from_secs(1);
    assert_eq!(site.spool.older_than(later).await.unwrap().len(), 1);
    assert!(site.spool.of_call("d").await.unwrap().is_empty());
    assert_eq!(site.spool.of_call("c").await.unwrap().len(), 1);
    let known = site.spool.of_number("+4972112345").await.unwrap();
    // Its copies went elsewhere by now: where this one went stands in its record.
    erase(&site.spool, Some(&site.share), "Anderswo", &known[0], NOW)
        .await
        .unwrap();
    assert_eq!(site.files("share/Mein/Ordner/RecordedCalls"), ["SHA256SUMS.txt"]);
    let manifest = site.dir.path().join("share/Mein/Ordner/RecordedCalls/SHA256SUMS.txt");
    let said = format!("# deleted {NOW} {}\n", kept.sha256);
    assert_eq!(std::fs::read_to_string(manifest).unwrap(), said);
    assert!(site.files("spool").is_empty());
}

#[tokio::test]
async fn what_is_erased_is_copied_no_more_and_a_copy_that_the_spool_was_not_told_of_goes_too() {
    let site = site().await;
    let found = site.found(&silence(1)).await;
    let kept = site
        .spool
        .take(&site.inbox, &found, "a.wav", meta("c", ""))
        .await
        .unwrap();
    let copies = site.dir.path().join("share/RecordedCalls");
    std::fs::create_dir(&copies).unwrap();
    // The run died after it had copied, under a numbered name since the own one was taken.
    std::fs::write(copies.join("a.wav"), "another").unwrap();
    std::fs::copy(site.spool.path(&kept), copies.join("a (2).wav")).unwrap();
    let away = site.dir.path().join("away");
    std::fs::rename(site.dir.path().join("share"), &away).unwrap();
    let error = erase(&site.spool, Some(&site.share), "", &kept, NOW).await;
    assert_eq!(error.unwrap_err().kind(), ArchiveErrorKind::Unreachable);
    assert!(!site.spool.path(&kept).exists());
    assert!(site.spool.waiting().await.unwrap().is_empty());

    std::fs::rename(&away, site.dir.path().join("share")).unwrap();
    let known = site.spool.all().await.unwrap();
    erase(&site.spool, Some(&site.share), "", &known[0], NOW).await.unwrap();
    assert_eq!(site.files("share/RecordedCalls"), ["SHA256SUMS.txt", "a.wav"]);
    assert!(site.files("spool").is_empty());
}

/// Its copy is on the share, and the spool knows where.
async fn copied(site: &Site) -> Kept {
    let found = site.found(&silence(1)).await;
    site.spool
        .take(&site.inbox, &found, "a.wav", meta("c", ""))
        .await
        .unwrap();
    let report = copy_all(&site.spool, &site.share, "", NOW, &|_| {}).await.unwrap();
    assert!(report.is_complete() && report.copied == 1, "{report}");
    site.spool.all().await.unwrap().remove(0)
}

#[tokio::test]
async fn what_a_run_left_that_died_between_record_and_recording_goes_with_the_next_run_and_at_the_next_opening() {
    let site = site().await;
    let kept = copied(&site).await;
    let leave = || std::fs::write(site.spool.path(&kept), silence(1)).unwrap();
    leave();
    let report = copy_all(&site.spool, &site.share, "", NOW, &|_| {}).await.unwrap();
    assert_eq!(report.copied, 0);
    assert_eq!(site.files("spool"), [format!("{}.json", kept.id)]);
    leave();
    Spool::open(site.dir.path().join("spool")).await.unwrap();
    assert_eq!(site.files("spool"), [format!("{}.json", kept.id)]);
}

#[tokio::test]
async fn a_mount_point_on_which_nothing_is_mounted_does_not_pass_for_deleted() {
    let site = site().await;
    let kept = copied(&site).await;
    let (share, away) = (site.dir.path().join("share"), site.dir.path().join("away"));
    std::fs::rename(&share, &away).unwrap();
    std::fs::create_dir(&share).unwrap();
    let error = erase(&site.spool, Some(&site.share), "", &kept, NOW).await.unwrap_err();
    assert_eq!(error.kind(), ArchiveErrorKind::Missing);
    assert!(error.to_string().contains(archive::MANIFEST), "{error}");
    assert!(site.files("share").is_empty(), "no folder is made by looking for one");
    assert_eq!(site.spool.all().await.unwrap(), std::slice::from_ref(&kept));

    std::fs::remove_dir(&share).unwrap();
    std::fs::rename(&away, &share).unwrap();
    erase(&site.spool, Some(&site.share), "", &kept, NOW).await.unwrap();
    assert_eq!(site.files("share/RecordedCalls"), [archive::MANIFEST]);
    assert!(site.files("spool").is_empty());
}

#[tokio::test]
async fn a_copy_that_somebody_else_deleted_is_deleted() {
    let site = site().await;
    let kept = copied(&site).await;
    std::fs::remove_file(site.dir.path().join("share/RecordedCalls/a.wav")).unwrap();
    erase(&site.spool, Some(&site.share), "", &kept, NOW).await.unwrap();
    assert!(site.files("spool").is_empty());
}

#[tokio::test]
async fn a_copy_that_the_spool_was_not_told_of_is_found_behind_a_gap_in_the_numbers() {
    let site = site().await;
    let found = site.found(&silence(1)).await;
    let kept = site
        .spool
        .take(&site.inbox, &found, "a.wav", meta("c", ""))
        .await
        .unwrap();
    let copies = site.dir.path().join("share/RecordedCalls");
    std::fs::create_dir(&copies).unwrap();
    // When it was copied, the names before were taken; meanwhile those were deleted.
    std::fs::copy(site.spool.path(&kept), copies.join("a (3).wav")).unwrap();
    std::fs::write(copies.join("a (4).wav"), "another").unwrap();
    erase(&site.spool, Some(&site.share), "", &kept, NOW).await.unwrap();
    assert_eq!(site.files("share/RecordedCalls"), [archive::MANIFEST, "a (4).wav"]);
    assert!(site.files("spool").is_empty());
}

#[tokio::test]
async fn what_was_not_tried_any_more_is_not_told_to_be_erased() {
    let site = site().await;
    let mut all = Vec::new();
    for n in 1..=3 {
        let found = site.found(&silence(n)).await;
        let name = format!("{n}.wav");
        let meta = meta(&name, "");
        all.push(site.spool.take(&site.inbox, &found, &name, meta).await.unwrap());
    }
    let away = site.dir.path().join("away");
    std::fs::rename(site.dir.path().join("share"), &away).unwrap();
    // What cannot be discarded after the stop failed, and is not counted among those not tried besides.
    std::fs::remove_file(site.spool.path(&all[2])).unwrap();
    std::fs::create_dir(site.spool.path(&all[2])).unwrap();
    let report = erase_all(&site.spool, Some(&site.share), "", &all, NOW).await;
    let failed: Vec<&str> = report.failed.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(failed, [&all[0].id, &all[2].id]);
    assert_eq!((report.erased, report.not_tried), (vec![], 1));
    assert!(!site.spool.path(&all[1]).exists(), "not even that is copied any more");

    std::fs::rename(&away, site.dir.path().join("share")).unwrap();
    std::fs::remove_dir(site.spool.path(&all[2])).unwrap();
    let report = erase_all(&site.spool, Some(&site.share), "", &all, NOW).await;
    let ids: Vec<String> = all.iter().map(|kept| kept.id.clone()).collect();
    assert_eq!((report.erased, report.not_tried), (ids, 0));
    assert!(report.failed.is_empty());
}

#[tokio::test]
async fn what_cannot_be_copied_stays() {
    let site = site().await;
    let found = site.found(&silence(1)).await;
    let kept = site
        .spool
        .take(&site.inbox, &found, "a.wav", meta("c", ""))
        .await
        .unwrap();
    std::fs::remove_dir(site.dir.path().join("share")).unwrap();
    let report = copy_all(&site.spool, &site.share, "", NOW, &|_| {}).await.unwrap();
    assert_eq!(report.failed[0].1.kind(), ArchiveErrorKind::Unreachable);
    assert_eq!(site.spool.waiting().await.unwrap(), std::slice::from_ref(&kept));
    // A spool whose file was damaged is told, and the copy is not taken for good.
    std::fs::create_dir(site.dir.path().join("share")).unwrap();
    std::fs::write(site.spool.path(&kept), silence(2)).unwrap();
    let report = copy_all(&site.spool, &site.share, "", NOW, &|_| {}).await.unwrap();
    assert_eq!(report.failed[0].1.kind(), ArchiveErrorKind::Damaged);
    assert!(site.files("share/RecordedCalls").is_empty());
}

#[tokio::test]
async fn a_run_sweeps_what_was_left_over_but_no_beginning_that_still_waits() {
    let site = site().await;
    let found = site.found(&silence(1)).await;
    let kept = site
        .spool
        .take(&site.inbox, &found, "a.wav", meta("c", ""))
        .await
        .unwrap();
    let long_ago = std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(1);
    let copies = site.dir.path().join("share/RecordedCalls");
    std::fs::create_dir(&copies).unwrap();
    // Of another bridge's second attempt at the same copy, and of a recording that nobody keeps any more.
    let own = format!("~{}-2.part", &kept.sha256.to_string()[..16]);
    for name in [own.as_str(), "~0123456789abcdef.part"] {
        let file = std::fs::File::create(copies.join(name)).unwrap();
        file.set_modified(long_ago).unwrap();
    }
    let report = copy_all(&site.spool, &site.share, "", NOW, &|_| {}).await.unwrap();
    assert_eq!((report.copied, report.swept), (1, 1));
    assert_eq!(
        site.files("share/RecordedCalls"),
        ["SHA256SUMS.txt", "a.wav", own.as_str()]
    );
}

#[test]
fn debug_shows_no_number() {
    assert!(!format!("{:?}", meta("c", "+4972112345")).contains("721"));
}

#[tokio::test]
async fn one_that_is_discarded_while_others_are_copied_is_passed_over() {
    let site = site().await;
    for call in ["c1", "c2", "c3"] {
        let found = site.found(format!("OggS {call}").as_bytes()).await;
        let name = format!("{call}.ogg");
        site.spool
            .take(&site.inbox, &found, &name, meta(call, "1"))
            .await
            .unwrap();
    }
    let waiting = site.spool.waiting().await.unwrap();
    let discard = |step: crate::copy::Step| {
        if step.number == 1 {
            let _ = std::fs::remove_file(site.spool.path(&waiting[1]));
        }
    };
    let report = copy_all(&site.spool, &site.share, "", NOW, &discard).await.unwrap();
    assert!(report.is_complete(), "{report}");
    assert_eq!(report.copied, 2);
}
