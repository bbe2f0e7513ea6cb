//! The directory on disk: what is written, what leaves it, and how far it has come.

use jiff::Timestamp;
use tempfile::TempDir;

use super::super::StoreErrorKind;
use super::*;

async fn store(dir: &TempDir) -> Store {
    Store::open(dir.path().join("bridge.db"), "acme").await.unwrap()
}

fn karla() -> Profile {
    Profile {
        user: UserId::new(602),
        name: "Karla Kunde".into(),
        numbers: vec![(NumberField::Phone, "0721 123456".into())],
        shared_phone: false,
        active: true,
        suspended: false,
        made_for: None,
    }
}

async fn rows_changed(store: &Store) -> i64 {
    let mut connection = store.lend().await.unwrap();
    let row = sqlx::query("SELECT total_changes()").fetch_one(&mut *connection).await;
    row.unwrap().get(0)
}

#[tokio::test]
async fn what_is_told_again_is_not_written_again() {
    let dir = TempDir::new().unwrap();
    let store = store(&dir).await;
    let plan = NumberPlan::new("DE", Some("721")).unwrap();
    let mut karla = karla();
    let mut written = Vec::new();
    for name in ["Karla Kunde", "Karla Kunde", "Karla König"] {
        karla.name = name.into();
        let before = rows_changed(&store).await;
        let one = std::slice::from_ref(&karla);
        store.directory_change(one, &plan, None).await.unwrap();
        written.push(rows_changed(&store).await - before);
    }
    assert_eq!(written, [2, 0, 1]);
}

#[tokio::test]
async fn who_lost_the_store_does_not_clear_the_directory_of_whoever_has_it() {
    let dir = TempDir::new().unwrap();
    let old = store(&dir).await;
    // The lock file is deleted by hand: the operating system's lock is on a file that nobody sees any more.
    std::fs::remove_file(dir.path().join("bridge.db.lock")).unwrap();
    let _new = store(&dir).await;
    let error = old.directory_progress("DE").await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::LeaseLost);
}

#[tokio::test]
async fn a_directory_that_is_not_wanted_any_more_leaves_the_file_and_only_then_anything_is_written() {
    let dir = TempDir::new().unwrap();
    let store = store(&dir).await;
    let stands = || {
        let mut files = std::fs::read_dir(dir.path()).unwrap();
        files.any(|file| {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            bytes.windows(11).any(|text| text == b"Karla Kunde")
        })
    };
    let plan = NumberPlan::new("DE", Some("721")).unwrap();
    let progress = Progress {
        basis: "DE".into(),
        cursor: Some("c1".into()),
        ..Progress::default()
    };
    let told = store.directory_change(&[karla()], &plan, Some(&progress)).await;
    assert_eq!((told.unwrap().users, stands()), (1, true));
    store.forget_directory().await.unwrap();
    assert!(!stands());
    let reader = store.directory_reader().await.unwrap();
    assert!(reader.index().await.unwrap().is_empty());
    assert_eq!(reader.count_users().await.unwrap(), 0);
    let before = rows_changed(&store).await;
    store.forget_directory().await.unwrap();
    assert_eq!(rows_changed(&store).await, before);
    assert_eq!(store.directory_progress("DE").await.unwrap().cursor, None);
}

#[test]
fn how_far_it_has_come_comes_back_as_it_was() {
    let at: Timestamp = "2026-11-24T14:02:00.5Z".parse().unwrap();
    let progress = Progress {
        basis: "DE/721/phone".into(),
        cursor: Some("MTQ".into()),
        standing: Standing {
            complete: true,
            identities: true,
            as_of: Some(at),
        },
        read: 7,
        total: Some(9),
    };
    for progress in [progress, Progress::default()] {
        assert_eq!(progress_from_text(&progress_to_text(&progress)).unwrap(), progress);
    }
}
