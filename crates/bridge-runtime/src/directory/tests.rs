//! The directory with a real store, and a help desk that tells what it is told.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use bridge_core::erasure::Sought;
use jiff::Timestamp;
use sqlx::Connection as _;
use tempfile::TempDir;

use super::*;
use crate::store::{Entries, Spare, StoreReader};

mod keeping;

const ANNA: u64 = 601;
const KARLA: u64 = 602;

struct Rig {
    dir: TempDir,
    store: Arc<Store>,
    seconds: Arc<AtomicI64>,
    clock: Clock,
}

impl Rig {
    async fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let store = Arc::new(Store::open(dir.path().join("bridge.db"), "acme").await.unwrap());
        let seconds = Arc::new(AtomicI64::new(1_000_000));
        let clock = Clock::reading({
            let seconds = Arc::clone(&seconds);
            move || Timestamp::from_second(seconds.load(Ordering::Relaxed)).unwrap()
        });
        Self {
            dir,
            store,
            seconds,
            clock,
        }
    }

    async fn directory(&self) -> Directory {
        self.directory_in("DE").await
    }

    async fn directory_in(&self, country: &str) -> Directory {
        let plan = NumberPlan::new(country, Some("721")).unwrap();
        let fields = vec![NumberField::Phone, NumberField::Identity];
        let open = Directory::open(Arc::clone(&self.store), plan, fields, self.clock.clone());
        open.await.unwrap()
    }

    /// From now on nothing can be written of this user.
    async fn fail_at(&self, user: u64) {
        let path = self.store.path().to_str().unwrap();
        let mut beside = sqlx::SqliteConnection::connect(path).await.unwrap();
        for event in ["INSERT", "UPDATE"] {
            let trigger = format!(
                "CREATE TRIGGER at_{event} BEFORE {event} ON directory_users WHEN NEW.user = {user}
                 BEGIN SELECT RAISE(ABORT, 'so'); END"
            );
            let made = sqlx::query(sqlx::AssertSqlSafe(trigger)).execute(&mut beside).await;
            made.unwrap();
        }
    }

    /// The same store, opened by a later process.
    async fn again(self) -> Self {
        drop(self.store);
        let store = Arc::new(Store::open(self.dir.path().join("bridge.db"), "acme").await.unwrap());
        Self { store, ..self }
    }
}

fn user(id: u64, phone: &str) -> Profile {
    let numbers = [(NumberField::Phone, phone.to_owned())];
    Profile {
        user: UserId::new(id),
        name: format!("User {id}"),
        numbers: numbers.into_iter().filter(|(_, phone)| !phone.is_empty()).collect(),
        shared_phone: false,
        active: true,
        suspended: false,
        made_for: None,
    }
}

fn page(profiles: Vec<Profile>, cursor: &str, is_last: bool) -> ProfilePage {
    ProfilePage {
        profiles,
        cursor: Some(cursor.into()),
        is_last,
        identities: true,
        total: None,
    }
}

/// A page that is asked for and told at one moment.
async fn take(directory: &Directory, page: ProfilePage) {
    directory.take_page(page, directory.now()).await.unwrap();
}

fn number(text: &str) -> E164 {
    E164::parse(text).unwrap()
}

async fn found(directory: &Directory, text: &str) -> Result<Vec<u64>, Insufficient> {
    let found = directory.find(&number(text)).await?;
    Ok(found.0.iter().map(|profile| profile.user.get()).collect())
}

#[tokio::test]
async fn what_was_read_answers_before_and_after_it_is_in_memory_and_after_a_restart() {
    let rig = Rig::new().await;
    let directory = rig.directory().await;
    assert_eq!(found(&directory, "+49721123456").await, Err(Insufficient::Incomplete));
    let first = page(vec![user(ANNA, "0721 / 123-456"), user(KARLA, "")], "c1", false);
    take(&directory, first).await;
    assert_eq!(found(&directory, "+49721123456").await, Err(Insufficient::Incomplete));
    take(&directory, page(vec![user(KARLA, "+49 721 99999")], "c2", true)).await;
    for loaded in [false, true] {
        if loaded {
            directory.load().await.unwrap();
            assert_eq!(directory.size(), Size { users: 2, numbers: 2 });
        }
        assert_eq!(found(&directory, "+49721123456").await, Ok(vec![ANNA]));
        assert_eq!(found(&directory, "+4972199999").await, Ok(vec![KARLA]));
        assert_eq!(found(&directory, "+49721555555").await, Err(Insufficient::Nobody));
    }
    drop(directory);
    let rig = rig.again().await;
    let directory = rig.directory().await;
    assert_eq!(directory.progress().await.cursor.as_deref(), Some("c2"));
    assert_eq!(found(&directory, "+49721123456").await, Ok(vec![ANNA]));
    // Whoever only looks finds the same, by the same rules.
    let reader = StoreReader::open(rig.store.path()).await.unwrap();
    let looked = async |country: &str| {
        let plan = NumberPlan::new(country, Some("721")).unwrap();
        let fields = [NumberField::Phone, NumberField::Identity];
        reader.entries(&number("+49721123456"), &plan, &fields).await.unwrap()
    };
    let entries = looked("DE").await;
    assert_eq!(entries.profiles, [user(ANNA, "0721 / 123-456")]);
    assert!(entries.standing.complete && entries.standing.as_of.is_some());
    assert_eq!((entries.read, entries.total), (3, None));
    assert_eq!(looked("AT").await, Entries::default());
    // By other rules the same text is another number.
    let elsewhere = rig.directory_in("AT").await;
    assert_eq!(elsewhere.progress().await.cursor, None);
    elsewhere.load().await.unwrap();
    assert_eq!(elsewhere.size(), Size::default());
}

#[tokio::test]
async fn who_changes_is_found_by_what_he_has_now() {
    let rig = Rig::new().await;
    let directory = rig.directory().await;
    directory.load().await.unwrap();
    let both = vec![user(ANNA, "+49721123456"), user(KARLA, "+49721123456")];
    take(&directory, page(both, "c1", true)).await;
    assert_eq!(found(&directory, "+49721123456").await, Ok(vec![ANNA, KARLA]));
    // A number that goes, a user who is deleted, and one whom the bridge has written itself.
    take(&directory, page(vec![user(ANNA, "+49721777777")], "c2", true)).await;
    assert_eq!(found(&directory, "+49721123456").await, Ok(vec![KARLA]));
    let deleted = Profile {
        active: false,
        ..user(KARLA, "+49721123456")
    };
    take(&directory, page(vec![deleted], "c3", true)).await;
    assert_eq!(found(&directory, "+49721123456").await, Err(Insufficient::Nobody));
    directory.put(user(KARLA, "+49721888888"), None).await;
    assert_eq!(found(&directory, "+49721888888").await, Ok(vec![KARLA]));
    assert_eq!(directory.size(), Size { users: 2, numbers: 2 });
}

#[tokio::test]
async fn an_identity_that_the_bridge_has_given_is_known_until_a_search_finds_it() {
    let rig = Rig::new().await;
    let directory = rig.directory().await;
    let karla = user(KARLA, "+49721123456");
    take(&directory, page(vec![karla.clone()], "c1", true)).await;
    directory.wrote_identity(karla, &number("+49721888888"));
    assert_eq!(found(&directory, "+49721888888").await, Ok(vec![KARLA]));
    assert_eq!(found(&directory, "+49721123456").await, Ok(vec![KARLA]));
    rig.seconds.fetch_add(15 * 60 + 1, Ordering::Relaxed);
    take(&directory, page(Vec::new(), "c2", true)).await;
    assert_eq!(found(&directory, "+49721888888").await, Err(Insufficient::Nobody));
}

#[tokio::test]
async fn a_directory_without_further_identities_does_not_decide_who_it_is() {
    let rig = Rig::new().await;
    let directory = rig.directory().await;
    let without = ProfilePage {
        identities: false,
        ..page(vec![user(ANNA, "+49721123456")], "c1", true)
    };
    take(&directory, without).await;
    assert_eq!(found(&directory, "+49721123456").await, Err(Insufficient::Identities));
    // They come with later pages: of those before nobody knows.
    take(&directory, page(Vec::new(), "c2", true)).await;
    assert_eq!(found(&directory, "+49721123456").await, Err(Insufficient::Identities));
    directory.begin_anew().await.unwrap();
    take(&directory, page(vec![user(ANNA, "+49721123456")], "c3", true)).await;
    assert_eq!(found(&directory, "+49721123456").await, Ok(vec![ANNA]));
}

fn without_identities(page: ProfilePage) -> ProfilePage {
    ProfilePage {
        identities: false,
        ..page
    }
}

#[tokio::test]
async fn further_identities_that_were_missing_once_are_read_again_with_everybody() {
    let rig = Rig::new().await;
    let directory = rig.directory().await;
    let (anna, karla) = (user(ANNA, "+49721123456"), user(KARLA, "+4972199999"));
    take(&directory, page(vec![anna.clone()], "c1", true)).await;
    // Where nobody was changed, nothing is said of identities.
    take(&directory, without_identities(page(Vec::new(), "c2", true))).await;
    assert_eq!(found(&directory, "+49721123456").await, Ok(vec![ANNA]));
    for (cursor, is_again) in [("c3", true), ("c6", false)] {
        take(&directory, without_identities(page(vec![karla.clone()], cursor, true))).await;
        assert_eq!(found(&directory, "+49721123456").await, Err(Insufficient::Identities));
        take(&directory, page(Vec::new(), "c4", true)).await;
        assert_eq!(directory.progress().await.cursor.as_deref(), Some("c4"));
        // They are told again; but not each day more than once because of this.
        take(&directory, page(vec![karla.clone()], "c5", true)).await;
        let progress = directory.progress().await;
        assert_eq!(
            (progress.cursor.is_none(), !progress.standing.complete),
            (is_again, is_again)
        );
        if is_again {
            take(&directory, page(vec![anna.clone(), karla.clone()], "c1", true)).await;
            assert_eq!(found(&directory, "+49721123456").await, Ok(vec![ANNA]));
        }
    }
    rig.seconds.fetch_add(25 * 60 * 60, Ordering::Relaxed);
    take(&directory, page(vec![karla], "c7", true)).await;
    assert_eq!(directory.progress().await.cursor, None);
}

#[tokio::test]
async fn a_page_without_identities_that_breaks_off_leaves_nothing_certain() {
    let rig = Rig::new().await;
    let directory = rig.directory().await;
    let many = || {
        (ANNA..ANNA + 60)
            .map(|id| user(id, &format!("+49721123{id}")))
            .collect()
    };
    take(&directory, page(many(), "c1", true)).await;
    assert_eq!(found(&directory, "+49721123601").await, Ok(vec![ANNA]));
    rig.fail_at(ANNA + 59).await;
    let mut renamed: Vec<Profile> = many();
    for profile in &mut renamed {
        profile.name = "Renamed".into();
    }
    let broken = directory.take_page(without_identities(page(renamed, "c2", true)), directory.now());
    broken.await.unwrap_err();
    assert_eq!(found(&directory, "+49721123601").await, Err(Insufficient::Identities));
    drop(directory);
    let rig = rig.again().await;
    let directory = rig.directory().await;
    assert_eq!(directory.progress().await.cursor.as_deref(), Some("c1"));
    assert_eq!(found(&directory, "+49721123601").await, Err(Insufficient::Identities));
}

#[tokio::test]
async fn that_it_begins_anew_outlasts_a_restart() {
    let rig = Rig::new().await;
    let directory = rig.directory().await;
    take(&directory, page(vec![user(ANNA, "+49721123456")], "c1", true)).await;
    directory.begin_anew().await.unwrap();
    drop(directory);
    let rig = rig.again().await;
    let progress = rig.directory().await.progress().await;
    assert_eq!((progress.cursor, progress.read), (None, 0));
    assert!(!progress.standing.complete && progress.standing.as_of.is_some());
}

#[tokio::test]
async fn an_identity_that_was_given_is_added_to_the_user_as_he_is_by_now() {
    let rig = Rig::new().await;
    let directory = rig.directory().await;
    let karla = user(KARLA, "+49721123456");
    take(&directory, page(vec![karla.clone()], "c1", true)).await;
    directory.wrote_identity(karla, &number("+49721888888"));
    directory.wrote_identity(user(ANNA, ""), &number("+49721555555"));
    take(&directory, page(vec![user(KARLA, "+49721777777")], "c2", true)).await;
    let (profiles, _) = directory.find(&number("+49721888888")).await.unwrap();
    let mut wanted = user(KARLA, "+49721777777");
    wanted.numbers.push((NumberField::Identity, "+49721888888".into()));
    assert_eq!(profiles, [wanted.clone()]);
    // The list may tell it as well.
    take(&directory, page(vec![wanted.clone()], "c3", true)).await;
    let (profiles, _) = directory.find(&number("+49721888888")).await.unwrap();
    assert_eq!(profiles, [wanted]);
    // Of whom the store has nothing, as he was told last.
    let renamed = Profile {
        name: "Anna Neu".into(),
        ..user(ANNA, "")
    };
    take(&directory, page(vec![renamed], "c4", true)).await;
    let (profiles, _) = directory.find(&number("+49721555555")).await.unwrap();
    assert_eq!(profiles[0].name, "Anna Neu");
    // Taking one number away leaves the other, and deleted users do not come back.
    directory.put(user(KARLA, ""), Some(&number("+49721777777"))).await;
    assert_eq!(found(&directory, "+49721888888").await, Ok(vec![KARLA]));
    let deleted = [KARLA, ANNA].map(|id| Profile {
        active: false,
        ..user(id, "")
    });
    take(&directory, page(deleted.to_vec(), "c5", true)).await;
    for text in ["+49721888888", "+49721555555"] {
        assert_eq!(found(&directory, text).await, Err(Insufficient::Nobody), "{text}");
    }
}

#[tokio::test]
async fn a_number_that_was_taken_is_forgotten_even_if_that_cannot_be_written() {
    let rig = Rig::new().await;
    let directory = rig.directory().await;
    let karla = user(KARLA, "+49721123456");
    take(&directory, page(vec![karla.clone()], "c1", true)).await;
    directory.wrote_identity(karla, &number("+49721888888"));
    rig.fail_at(KARLA).await;
    directory
        .put(user(KARLA, "+49721777777"), Some(&number("+49721888888")))
        .await;
    assert_eq!(found(&directory, "+49721888888").await, Err(Insufficient::Nobody));
    assert_eq!(found(&directory, "+49721777777").await, Err(Insufficient::Nobody));
}

#[tokio::test]
async fn what_the_bridge_writes_is_not_cut_off_with_the_order_that_wrote_it() {
    let rig = Rig::new().await;
    let directory = rig.directory().await;
    directory.load().await.unwrap();
    take(&directory, page(Vec::new(), "c1", true)).await;
    let busy = directory.0.progress.lock().await;
    let mut put = Box::pin(directory.put(user(KARLA, "+49721888888"), None));
    assert!(futures_util::poll!(&mut put).is_pending());
    tokio::task::yield_now().await;
    drop(put);
    drop(busy);
    // Whoever waits longer for its turn has it first.
    directory.progress().await;
    assert_eq!(found(&directory, "+49721888888").await, Ok(vec![KARLA]));
}

#[tokio::test]
async fn a_large_page_lets_an_order_in_between() {
    let rig = Rig::new().await;
    let directory = rig.directory().await;
    let many = (0..1000).map(|id| user(1000 + id, &format!("+49721{}", 123_000 + id)));
    let mut many: Vec<Profile> = many.collect();
    // As he was when the page was told.
    many.push(user(KARLA, "+49721777777"));
    let page = page(many, "c1", true);
    let (taken, cursor) = tokio::join!(directory.take_page(page, directory.now()), async {
        directory.put(user(KARLA, "+49721888888"), None).await;
        directory.progress().await.cursor
    });
    taken.unwrap();
    assert_eq!(cursor, None);
    assert_eq!(directory.progress().await.cursor.as_deref(), Some("c1"));
    assert_eq!(found(&directory, "+49721888888").await, Ok(vec![KARLA]));
}

#[tokio::test]
async fn what_changes_while_it_is_read_into_memory_is_in_it() {
    let rig = Rig::new().await;
    let directory = rig.directory().await;
    let both = vec![user(ANNA, "+49721123456"), user(KARLA, "+4972199999")];
    take(&directory, page(both, "c1", true)).await;
    let mut load = Box::pin(directory.load());
    assert!(futures_util::poll!(&mut load).is_pending());
    assert!(directory.0.progress.try_lock().is_ok(), "nobody waits for it");
    directory.put(user(KARLA, "+49721888888"), None).await;
    directory.put(user(603, "+49721777777"), None).await;
    load.await.unwrap();
    for (text, who) in [
        ("+49721123456", Ok(vec![ANNA])),
        ("+49721888888", Ok(vec![KARLA])),
        ("+49721777777", Ok(vec![603])),
        ("+4972199999", Err(Insufficient::Nobody)),
    ] {
        assert_eq!(found(&directory, text).await, who, "{text}");
    }
    assert_eq!(directory.size(), Size { users: 3, numbers: 3 });
}

#[tokio::test]
async fn whom_the_bridge_has_written_keeps_his_further_identities_but_for_what_it_took() {
    let rig = Rig::new().await;
    let directory = rig.directory().await;
    let mut karla = user(KARLA, "+49721123456");
    let identities = ["0721 777777", "0721 / 888888"].map(|typed| (NumberField::Identity, typed.to_owned()));
    karla.numbers.extend(identities);
    take(&directory, page(vec![karla], "c1", true)).await;
    directory
        .put(user(KARLA, "+49721999999"), Some(&number("+49721888888")))
        .await;
    for (text, who) in [
        ("+49721999999", Ok(vec![KARLA])),
        ("+49721777777", Ok(vec![KARLA])),
        ("+49721888888", Err(Insufficient::Nobody)),
        ("+49721123456", Err(Insufficient::Nobody)),
    ] {
        assert_eq!(found(&directory, text).await, who, "{text}");
    }
}

#[tokio::test]
async fn whoever_shares_a_number_with_one_who_was_erased_is_not_taken_for_its_only_owner() {
    let rig = Rig::new().await;
    let directory = rig.directory().await;
    let also = |mut profile: Profile, typed: &str| {
        profile.numbers.push((NumberField::Identity, typed.to_owned()));
        profile
    };
    let everybody = vec![
        also(user(ANNA, "0721 / 123-456"), "0721 777777"),
        also(user(KARLA, "+49 721 777777"), "0721 888888"),
        user(603, "0721 888888"),
        user(604, "0721 999999"),
    ];
    take(&directory, page(everybody.clone(), "c1", true)).await;
    let plan = NumberPlan::new("DE", Some("721")).unwrap();
    let sought = Sought::parse("0721 123456", &plan, None).unwrap();
    let erased = rig
        .store
        .erase(&sought, &Spare::default(), rig.clock.now())
        .await
        .unwrap();
    assert_eq!(erased.directory, 1);
    drop(directory);
    let rig = rig.again().await;
    let directory = rig.directory().await;
    directory.load().await.unwrap();
    assert_eq!(directory.progress().await.cursor.as_deref(), Some("c1"));
    for text in ["+49721123456", "+49721777777", "+49721888888"] {
        assert_eq!(found(&directory, text).await, Err(Insufficient::Nobody), "{text}");
    }
    assert_eq!(found(&directory, "+49721999999").await, Ok(vec![604]));
    assert_eq!(directory.size(), Size { users: 1, numbers: 1 });
    take(&directory, page(everybody, "c2", true)).await;
    assert_eq!(found(&directory, "+49721777777").await, Ok(vec![ANNA, KARLA]));
}
