//! Files of other versions, and files that are broken: migrated, or refused and left as they are to the last byte.

use std::path::{Path, PathBuf};

use bridge_core::call::{CallKey, Phase};
use bridge_core::effect::Order;
use bridge_core::port::{Entry, Journal};
use bridge_core::recording::{Sha256, Standing};
use bridge_runtime::store::{EffectState, Store, StoreErrorKind, StoreReader};
use jiff::Timestamp;
use sqlx::{ConnectOptions, Connection, Row};
use tempfile::TempDir;

use crate::fixtures::{change, entry, noon, note};

/// Journals that earlier versions left, by their layouts. A new layout adds the one before it, as its bridge wrote it.
const LAYOUTS: [(i64, &str); 4] = [
    (1, include_str!("../layouts/1.sql")),
    (2, include_str!("../layouts/2.sql")),
    (3, include_str!("../layouts/3.sql")),
    (4, include_str!("../layouts/4.sql")),
];

#[tokio::test]
async fn a_journal_of_each_earlier_layout_goes_on_where_it_was() {
    for (layout, sql) in LAYOUTS {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("bridge.db");
        make(&path, sql).await;
        assert_eq!(layout_of(&path).await, layout);
        let store = Store::open(&path, "starface").await.unwrap();
        let at: Timestamp = "2026-11-26T05:00:00Z".parse().unwrap();

        let restored = store.restore(at).await.unwrap();
        assert_eq!(restored.active, Some(true));
        assert_eq!(restored.matching.unwrap().agents.len(), 5);
        assert_eq!(restored.calls.len(), 6, "one is over since minutes");
        let phases = |phase: Phase| restored.in_progress.iter().filter(|call| call.phase == phase).count();
        assert_eq!((phases(Phase::Talking), phases(Phase::WrapUp)), (4, 1));
        assert_eq!(restored.effects.len(), 5);
        let tickets = restored
            .effects
            .iter()
            .filter(|effect| matches!(effect.order, Order::OpenTicket(_)));
        let tickets = tickets.count();

        let reader = StoreReader::open(&path).await.unwrap();
        let (mut done, mut waiting) = (0, 0);
        for call in reader.calls(100).await.unwrap() {
            let story = reader.call(call.key.as_str()).await.unwrap().unwrap();
            assert!(!story.steps.is_empty());
            let count = |state: EffectState| story.effects.iter().filter(|effect| effect.state == state).count();
            done += count(EffectState::Done);
            waiting += count(EffectState::Waiting);
        }
        assert_eq!((done, waiting), (7, 5));
        assert!(tickets > 0, "{tickets}");
        if layout > 1 {
            recordings_stand_as_they_did(&store).await;
        }

        store
            .commit(&[Entry {
                effects: vec![note("c1", "a")],
                changes: vec![change("c1", Phase::Talking, "talks")],
                ..entry(noon())
            }])
            .await
            .unwrap();
        assert_eq!(store.restore(at).await.unwrap().effects.len(), 6);
        let newest = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations"))
            .unwrap()
            .count();
        assert_eq!(usize::try_from(layout_of(&path).await).unwrap(), newest);
    }
}

/// Those that hung on tickets have a name of their own since layout 3.
async fn recordings_stand_as_they_did(store: &Store) {
    let sums = ['a', 'b', 'c', 'd', 'e'].map(|byte| Sha256::parse(&byte.to_string().repeat(64)).unwrap());
    let standings: Vec<Standing> = store.recordings(&sums).await.unwrap().into_values().collect();
    let call = || CallKey::new("f19dd6aa-13c7-483f-bc6d-19bc5ce8ac97");
    let expected = [
        Standing::Unassigned {
            why: "it does not say when it began".into(),
        },
        Standing::Assigned { call: call() },
        Standing::Attached { call: call() },
        Standing::Settled {
            call: call(),
            what: "not attached: the call has no ticket".into(),
        },
        Standing::Gone,
    ];
    assert_eq!(standings, expected);
}

#[tokio::test]
async fn a_journal_of_a_newer_version_is_left_as_it_is() {
    let (_dir, path, _) = journal().await;
    let mut db = raw(&path).await;
    let step = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (9000, 'later', 1, x'00', 0)";
    sqlx::query(step).execute(&mut db).await.unwrap();
    db.close().await.unwrap();
    refused(&path, &std::fs::read(&path).unwrap(), &[StoreErrorKind::Newer]).await;
}

#[tokio::test]
async fn whichever_page_is_overwritten_the_file_is_refused() {
    let (_dir, path, whole) = journal().await;
    for page in 0..whole.len() / PAGE {
        let mut bytes = whole.clone();
        bytes[page * PAGE..(page + 1) * PAGE].fill(0xa5);
        refused(&path, &bytes, &[StoreErrorKind::Damaged, StoreErrorKind::NotOurs]).await;
    }
}

#[tokio::test]
async fn wherever_the_file_is_cut_off_it_is_refused() {
    let (_dir, path, whole) = journal().await;
    for page in 0..whole.len() / PAGE {
        for more in [1, PAGE / 2, PAGE] {
            let length = page * PAGE + more;
            if length < whole.len() {
                refused(
                    &path,
                    &whole[..length],
                    &[StoreErrorKind::Damaged, StoreErrorKind::NotOurs],
                )
                .await;
            }
        }
    }
}

/// SQLite does not look at what a text says: a record that makes no sense is found when it is read.
#[tokio::test]
async fn a_record_that_makes_no_sense_is_damage_and_is_not_written_over() {
    let (_dir, path, _) = journal().await;
    let mut db = raw(&path).await;
    for (table, spoil) in [
        ("effects", "UPDATE effects SET what = substr(what, 2)"),
        ("calls", "UPDATE calls SET state = replace(state, 'key', 'kex')"),
        ("meta", "INSERT INTO meta VALUES ('matching', '{')"),
    ] {
        let mut tx = db.begin().await.unwrap();
        sqlx::query(sqlx::AssertSqlSafe(spoil)).execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
        let store = Store::open(&path, "acme").await.unwrap();
        let error = store.restore(noon()).await.unwrap_err();
        assert!(
            error.message.contains("is damaged and was left as it is"),
            "{table}: {error}"
        );
        drop(store);
    }
}

const PAGE: usize = 4096;

/// A journal of some pages that was closed; its folder, its path, its bytes.
async fn journal() -> (TempDir, PathBuf, Vec<u8>) {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("bridge.db");
    let store = Store::open(&path, "acme").await.unwrap();
    let many = (0..60).map(|n| note("c1", &format!("n{n}"))).collect();
    let changes = (0..20)
        .map(|n| change(&format!("c{n}"), Phase::Talking, "talks"))
        .collect();
    store
        .commit(&[Entry {
            effects: many,
            changes,
            active: Some(true),
            ..entry(noon())
        }])
        .await
        .unwrap();
    store.close().await;
    drop(store);
    let bytes = std::fs::read(&path).unwrap();
    assert!(bytes.len() > 8 * PAGE && bytes.len().is_multiple_of(PAGE));
    (dir, path, bytes)
}

/// The bridge refuses these bytes, whoever only looks finds nothing better to do, and they stay as they are.
async fn refused(path: &Path, bytes: &[u8], kinds: &[StoreErrorKind]) {
    std::fs::write(path, bytes).unwrap();
    let kind = match Store::open(path, "acme").await {
        Ok(_) => None,
        Err(error) => Some(error.kind()),
    };
    assert!(
        kind.is_some_and(|kind| kinds.contains(&kind)),
        "{} bytes: {kind:?}",
        bytes.len()
    );
    assert!(
        std::fs::read(path).unwrap() == bytes,
        "{} bytes were changed",
        bytes.len()
    );
}

async fn make(path: &Path, sql: &'static str) {
    let mut db = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .connect()
        .await
        .unwrap();
    sqlx::raw_sql(sql).execute(&mut db).await.unwrap();
    db.close().await.unwrap();
}

async fn layout_of(path: &Path) -> i64 {
    let mut db = raw(path).await;
    let row = sqlx::query("SELECT MAX(version) FROM _sqlx_migrations")
        .fetch_one(&mut db)
        .await
        .unwrap();
    let layout = row.get(0);
    db.close().await.unwrap();
    layout
}

async fn raw(path: &Path) -> sqlx::SqliteConnection {
    sqlx::sqlite::SqliteConnectOptions::new()
        .filename(path)
        .connect()
        .await
        .unwrap()
}
