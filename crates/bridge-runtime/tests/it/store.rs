//! The journal in a file: nothing lost, nothing doubled, nothing overwritten.

use std::path::{Path, PathBuf};

use bridge_core::call::Phase;
use bridge_core::effect::EffectId;
use bridge_core::input::Outcome;
use bridge_core::port::{Committed, Entry, Journal, Postponed};
use bridge_runtime::store::{EffectState, Store, StoreErrorKind, StoreReader};
use sqlx::{ConnectOptions, Connection};
use tempfile::TempDir;

use crate::fixtures::{after, change, entry, noon, note};

#[tokio::test]
async fn what_is_committed_is_there_after_a_kill() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir).await;
    let effects = vec![note("c1", "b"), note("c1", "a"), note("c2", "look")];
    let ringing = Entry {
        effects: effects.clone(),
        changes: vec![change("c1", Phase::Talking, "talks")],
        ..entry(noon())
    };
    store
        .commit(&[
            ringing,
            Entry {
                active: Some(true),
                ..entry(after(1))
            },
        ])
        .await
        .unwrap();
    // As after `kill -9`: neither closed nor merged; only the operating system lets the lock go.
    let copy = TempDir::new().unwrap();
    for file in std::fs::read_dir(dir.path()).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
    }

    let restored = open(&copy).await.restore(after(2)).await.unwrap();

    assert_eq!(restored.effects, effects, "in the order given");
    assert_eq!(restored.calls, [change("c1", Phase::Talking, "").state]);
    assert_eq!(restored.in_progress, [change("c1", Phase::Talking, "talks").summary]);
    assert_eq!(restored.active, Some(true));
    assert_eq!(restored.matching, None);
}

#[tokio::test]
async fn settled_and_withdrawn_orders_are_not_given_back() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir).await;
    let effects = ["done", "dropped", "withdrawn", "wedged", "waiting"].map(|step| note("c1", step));
    store
        .commit(&[Entry {
            effects: effects.to_vec(),
            ..entry(noon())
        }])
        .await
        .unwrap();
    let wedged = Outcome::Wedged {
        why: "A rule forbids it".into(),
    };
    let settled = |step: &str, outcome: Outcome| Entry {
        settled: Some((id(step), outcome)),
        ..entry(after(1))
    };
    store
        .commit(&[
            settled("done", Outcome::Done),
            settled("dropped", Outcome::Dropped { why: "too late".into() }),
            settled("wedged", wedged.clone()),
            Entry {
                withdrawn: vec![id("withdrawn")],
                ..entry(after(1))
            },
        ])
        .await
        .unwrap();

    let restored = store.restore(after(2)).await.unwrap();
    assert_eq!(restored.effects, [note("c1", "waiting")]);
    assert_eq!(restored.wedged.len(), 1);
    assert_eq!(
        (&restored.wedged[0].effect, restored.wedged[0].why.as_str()),
        (&id("wedged"), "A rule forbids it")
    );
    assert_eq!(restored.wedged[0].since, after(1));

    // Given once more, each says what came of it, and nothing is to be done again.
    let again = store
        .commit(&[Entry {
            effects: effects.to_vec(),
            ..entry(after(3))
        }])
        .await
        .unwrap();
    let expected = vec![
        (id("done"), Outcome::Done),
        (id("dropped"), Outcome::Dropped { why: "too late".into() }),
        (
            id("withdrawn"),
            Outcome::Dropped {
                why: "withdrawn earlier".into(),
            },
        ),
        (id("wedged"), wedged),
    ];
    assert_eq!(
        again,
        Committed {
            settled_before: expected
        }
    );
    assert_eq!(
        store.restore(after(4)).await.unwrap().effects,
        [note("c1", "waiting")],
        "one of each id"
    );
}

#[tokio::test]
async fn the_first_outcome_stands_even_of_an_order_withdrawn_on_its_way() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir).await;
    store
        .commit(&[Entry {
            effects: vec![note("c1", "a"), note("c1", "b")],
            ..entry(noon())
        }])
        .await
        .unwrap();
    let settled = |step: &str, outcome: Outcome| Entry {
        settled: Some((id(step), outcome)),
        ..entry(after(1))
    };
    store
        .commit(&[
            settled("a", Outcome::Done),
            settled("a", Outcome::Conflict),
            Entry {
                withdrawn: vec![id("a"), id("b")],
                ..entry(after(1))
            },
            settled("b", Outcome::Taken),
        ])
        .await
        .unwrap();
    let again = store
        .commit(&[Entry {
            effects: vec![note("c1", "a"), note("c1", "b")],
            ..entry(after(2))
        }])
        .await
        .unwrap();
    assert_eq!(
        again.settled_before,
        [(id("a"), Outcome::Done), (id("b"), Outcome::Taken)]
    );
}

#[tokio::test]
async fn a_batch_is_written_whole_or_not_at_all() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir).await;
    // SQLite itself refuses the second entry's call.
    let mut db = raw(&path(&dir)).await;
    let trap = "CREATE TRIGGER trap BEFORE INSERT ON calls WHEN NEW.key = 'c2' BEGIN SELECT RAISE(ABORT, 'trap'); END";
    sqlx::query(trap).execute(&mut db).await.unwrap();
    let batch = [
        Entry {
            effects: vec![note("c1", "a")],
            changes: vec![change("c1", Phase::Talking, "talks")],
            ..entry(noon())
        },
        Entry {
            changes: vec![change("c2", Phase::Talking, "talks")],
            ..entry(noon())
        },
    ];

    let error = store.commit(&batch).await.unwrap_err();
    assert!(!error.lease_lost);
    assert_eq!(store.restore(noon()).await.unwrap(), Default::default());

    sqlx::query("DROP TRIGGER trap").execute(&mut db).await.unwrap();
    store.commit(&batch).await.unwrap();
    let restored = store.restore(noon()).await.unwrap();
    assert_eq!((restored.effects.len(), restored.calls.len()), (1, 2));
    let story = StoreReader::open(path(&dir))
        .await
        .unwrap()
        .call("c1")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(story.steps.len(), 1, "the failed attempt left no line");
}

#[tokio::test]
async fn late_calls_are_remembered_for_a_day() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir).await;
    store
        .commit(&[Entry {
            changes: vec![change("c1", Phase::Over, "ticket 77")],
            ..entry(noon())
        }])
        .await
        .unwrap();
    let day = 24 * 3600;
    assert_eq!(store.restore(after(day)).await.unwrap().calls.len(), 1);
    let later = store.restore(after(day + 1)).await.unwrap();
    assert_eq!((later.calls.len(), later.in_progress.len()), (0, 0));
    let reader = StoreReader::open(path(&dir)).await.unwrap();
    assert_eq!(reader.calls(10).await.unwrap().len(), 1, "the list keeps it");
}

#[tokio::test]
async fn a_second_bridge_is_turned_away_while_the_first_lives() {
    let dir = TempDir::new().unwrap();
    let first = open(&dir).await;
    assert!(StoreReader::is_held(&path(&dir)));
    let error = Store::open(path(&dir), "acme").await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Held);
    assert!(
        error.to_string().contains(&format!("(process {})", std::process::id())),
        "{error}"
    );
    drop(first);
    assert!(!StoreReader::is_held(&path(&dir)));
    open(&dir).await;
}

#[tokio::test]
async fn who_lost_the_store_writes_nothing_more() {
    let dir = TempDir::new().unwrap();
    let old = open(&dir).await;
    // The lock file is deleted by hand: the operating system's lock is on a file that nobody sees any more.
    std::fs::remove_file(dir.path().join("bridge.db.lock")).unwrap();
    let new = open(&dir).await;
    let error = old
        .commit(&[Entry {
            effects: vec![note("c1", "a")],
            ..entry(noon())
        }])
        .await
        .unwrap_err();
    assert!(error.lease_lost, "{error}");
    assert_eq!(new.restore(noon()).await.unwrap(), Default::default());
    new.commit(&[Entry {
        effects: vec![note("c1", "a")],
        ..entry(noon())
    }])
    .await
    .unwrap();
}

#[tokio::test]
async fn a_journal_of_a_newer_version_is_refused() {
    let dir = TempDir::new().unwrap();
    open(&dir).await.close().await;
    let mut db = raw(&path(&dir)).await;
    let step = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (9000, 'later', 1, x'00', 0)";
    sqlx::query(step).execute(&mut db).await.unwrap();
    db.close().await.unwrap();
    let error = Store::open(path(&dir), "acme").await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Newer);
    assert!(error.to_string().contains("layout 9000"), "{error}");
    assert_eq!(
        StoreReader::open(path(&dir)).await.unwrap_err().kind(),
        StoreErrorKind::Newer
    );
}

#[tokio::test]
async fn a_damaged_file_is_refused_and_left_as_it_is() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir).await;
    let effects = (0..400).map(|n| note("c1", &format!("n{n}"))).collect();
    store
        .commit(&[Entry {
            effects,
            ..entry(noon())
        }])
        .await
        .unwrap();
    store.close().await;
    drop(store);
    let mut bytes = std::fs::read(path(&dir)).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 8192].fill(0xa5);
    std::fs::write(path(&dir), &bytes).unwrap();
    let error = Store::open(path(&dir), "acme").await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Damaged);
    assert!(error.to_string().contains("put back a copy"), "{error}");
    assert_eq!(std::fs::read(path(&dir)).unwrap(), bytes);
}

#[tokio::test]
async fn a_first_start_that_was_killed_half_way_is_finished_by_the_next() {
    let dir = TempDir::new().unwrap();
    open(&dir).await.close().await;
    let mut db = raw(&path(&dir)).await;
    for table in [
        "meta",
        "calls",
        "steps",
        "effects",
        "recordings",
        "directory_users",
        "directory_numbers",
        "_sqlx_migrations",
    ] {
        sqlx::query(sqlx::AssertSqlSafe(format!("DROP TABLE {table}")))
            .execute(&mut db)
            .await
            .unwrap();
    }
    db.close().await.unwrap();
    open(&dir)
        .await
        .commit(&[Entry {
            active: Some(true),
            ..entry(noon())
        }])
        .await
        .unwrap();
}

#[tokio::test]
async fn a_first_start_leaves_a_whole_journal_or_none() {
    let dir = TempDir::new().unwrap();
    // What a first start that was killed leaves at whatever moment: pieces under another name, and never under its own.
    let new = dir.path().join("bridge.db.new");
    std::fs::write(&new, b"half a page").unwrap();
    std::fs::write(dir.path().join("bridge.db.new-journal"), b"the other half").unwrap();
    open(&dir).await;
    let mut names: Vec<_> = std::fs::read_dir(dir.path())
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names.retain(|name| !name.ends_with("-wal") && !name.ends_with("-shm"));
    assert_eq!(names, ["bridge.db", "bridge.db.lock"]);
}

#[tokio::test]
async fn what_is_no_journal_is_refused_and_left_as_it_is() {
    let dir = TempDir::new().unwrap();
    let text = b"[zendesk]\nurl = \"https://acme.zendesk.com\" # somebody mixed two keys up, and this line is long enough to be a header";
    refused_untouched(&path(&dir), text, StoreErrorKind::NotOurs).await;

    let other = dir.path().join("other.db");
    let mut db = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(&other)
        .create_if_missing(true)
        .connect()
        .await
        .unwrap();
    sqlx::query("CREATE TABLE cookies (name TEXT)")
        .execute(&mut db)
        .await
        .unwrap();
    db.close().await.unwrap();
    let bytes = std::fs::read(&other).unwrap();
    refused_untouched(&other, &bytes, StoreErrorKind::NotOurs).await;
    let folder = dir.path().join("folder");
    std::fs::create_dir(&folder).unwrap();
    refused_untouched(&folder, &[], StoreErrorKind::NotOurs).await;
}

#[tokio::test]
async fn a_main_file_that_vanished_beside_its_log_is_damage() {
    let dir = TempDir::new().unwrap();
    std::fs::write(dir.path().join("bridge.db-wal"), b"calls that are only here").unwrap();
    let error = Store::open(path(&dir), "acme").await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Damaged);
    assert_eq!(
        std::fs::read(dir.path().join("bridge.db-wal")).unwrap(),
        b"calls that are only here"
    );
}

#[tokio::test]
async fn each_wrong_place_has_its_own_words() {
    let dir = TempDir::new().unwrap();
    let nowhere = dir.path().join("no/such/bridge.db");
    let error = Store::open(&nowhere, "acme").await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::NoDirectory);
    assert!(
        error.to_string().contains("no/such` for the store does not exist"),
        "{error}"
    );
    assert_eq!(
        StoreReader::open(&nowhere).await.unwrap_err().kind(),
        StoreErrorKind::NoDirectory
    );

    let never = dir.path().join("never.db");
    assert_eq!(
        StoreReader::open(&never).await.unwrap_err().kind(),
        StoreErrorKind::Missing
    );
    assert!(!never.exists(), "looking makes nothing");
}

/// A folder that not even root may write into.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_read_only_folder_is_told() {
    let error = Store::open("/sys/bridge.db", "acme").await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::ReadOnly);
    assert!(error.to_string().contains("the right to write"), "{error}");
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_reads_the_journal() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = TempDir::new().unwrap();
    let store = open(&dir).await;
    store
        .commit(&[Entry {
            active: Some(true),
            ..entry(noon())
        }])
        .await
        .unwrap();
    for name in ["bridge.db", "bridge.db-wal"] {
        let mode = std::fs::metadata(dir.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[tokio::test]
async fn a_wish_is_taken_up_by_the_bridge_and_then_gone() {
    let dir = TempDir::new().unwrap();
    StoreReader::wish(path(&dir), true).await.unwrap();
    let store = open(&dir).await;
    assert_eq!(store.wished().await.unwrap(), Some(true), "left before the first start");
    store
        .commit(&[Entry {
            active: Some(true),
            ..entry(noon())
        }])
        .await
        .unwrap();
    assert_eq!(store.wished().await.unwrap(), None);

    StoreReader::wish(path(&dir), false).await.unwrap();
    store
        .commit(&[Entry {
            active: Some(true),
            ..entry(noon())
        }])
        .await
        .unwrap();
    let reader = StoreReader::open(path(&dir)).await.unwrap();
    let activation = reader.activation().await.unwrap();
    assert_eq!(
        (activation.active, activation.wished),
        (Some(true), Some(false)),
        "a wish for the opposite stands"
    );
}

#[tokio::test]
async fn a_reader_sees_calls_steps_and_effects_beside_the_bridge() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir).await;
    let rings = Entry {
        effects: vec![note("c1", "a")],
        changes: vec![change("c1", Phase::Ringing, "rings")],
        ..entry(noon())
    };
    let talks = Entry {
        changes: vec![change("c1", Phase::Talking, "talks")],
        ..entry(after(1))
    };
    let busy = Postponed {
        effect: id("a"),
        attempts: 3,
        why: "Too many requests".into(),
    };
    store
        .commit(&[
            rings,
            talks,
            Entry {
                postponed: Some(busy),
                ..entry(after(2))
            },
        ])
        .await
        .unwrap();

    let reader = StoreReader::open(path(&dir)).await.unwrap();
    let counts = reader.counts().await.unwrap();
    assert_eq!(
        (counts.calls, counts.in_progress, counts.waiting, counts.wedged),
        (1, 1, 1, 0)
    );
    let story = reader.call("c1").await.unwrap().unwrap();
    assert_eq!(story.summary, change("c1", Phase::Talking, "talks").summary);
    let whats: Vec<_> = story.steps.iter().map(|step| step.what.as_str()).collect();
    assert_eq!(whats, ["rings", "talks"]);
    let effect = &story.effects[0];
    assert_eq!(
        (effect.state, effect.attempts, effect.what),
        (EffectState::Waiting, 3, "add an internal note")
    );
    assert_eq!(effect.last_error.as_deref(), Some("Too many requests"));
    assert_eq!(reader.call("c9").await.unwrap(), None);
}

async fn open(dir: &TempDir) -> Store {
    Store::open(path(dir), "acme").await.unwrap()
}

fn path(dir: &TempDir) -> PathBuf {
    dir.path().join("bridge.db")
}

fn id(step: &str) -> EffectId {
    EffectId::from_stored(format!("c1/{step}"))
}

async fn raw(path: &Path) -> sqlx::SqliteConnection {
    sqlx::sqlite::SqliteConnectOptions::new()
        .filename(path)
        .connect()
        .await
        .unwrap()
}

/// `bytes` at this place are refused as a store, by the bridge and by a look from outside, and are the same afterwards.
async fn refused_untouched(path: &Path, bytes: &[u8], kind: StoreErrorKind) {
    if !path.is_dir() {
        std::fs::write(path, bytes).unwrap();
    }
    assert_eq!(Store::open(path, "acme").await.unwrap_err().kind(), kind);
    assert_eq!(StoreReader::open(path).await.unwrap_err().kind(), kind);
    assert_eq!(StoreReader::wish(path, true).await.unwrap_err().kind(), kind);
    if !path.is_dir() {
        assert_eq!(std::fs::read(path).unwrap(), bytes);
    }
}

#[tokio::test]
async fn a_wedged_order_waits_again_if_the_core_agrees() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir).await;
    let effects = ["ticket", "note"].map(|step| note("c1", step));
    let why = || Outcome::Wedged { why: "No".into() };
    let given = Entry {
        effects: effects.to_vec(),
        ..entry(noon())
    };
    let wedged = ["ticket", "note"].map(|step| Entry {
        settled: Some((id(step), why())),
        ..entry(after(1))
    });
    store.commit(&[given]).await.unwrap();
    store.commit(&wedged).await.unwrap();
    assert_eq!(store.wedged("c1").await.unwrap(), effects, "all of the call");
    assert_eq!(store.wedged("c1/note").await.unwrap(), effects[1..], "or one of them");
    assert_eq!(store.wedged("c2").await.unwrap(), []);

    StoreReader::wish_retry(dir.path().join("bridge.db"), &id("ticket"))
        .await
        .unwrap();
    StoreReader::wish_retry(dir.path().join("bridge.db"), &id("note"))
        .await
        .unwrap();
    assert_eq!(store.wished_retries().await.unwrap(), effects);
    let agreed = Entry {
        retried: Some(id("ticket")),
        effects: vec![note("c1", "ticket")],
        ..entry(after(2))
    };
    let declined = Entry {
        retried: Some(id("note")),
        ..entry(after(2))
    };
    let committed = store.commit(&[agreed, declined]).await.unwrap();
    assert_eq!(committed, Committed::default(), "it is to be carried out");
    assert_eq!(store.wished_retries().await.unwrap(), [], "both wishes are answered");
    let restored = store.restore(after(3)).await.unwrap();
    assert_eq!(restored.effects, effects[..1]);
    assert_eq!(restored.wedged.len(), 1);
}
