//! Numbers that were learned, in the journal, and the wish that one be taken back.

use std::path::PathBuf;

use bridge_core::desk::{NumberField, UserId};
use bridge_core::effect::{Effect, EffectId, Order};
use bridge_core::erasure::Sought;
use bridge_core::input::{Outcome, Refusal};
use bridge_core::number::{E164, NumberPlan};
use bridge_core::port::{Entry, Journal as _};
use bridge_runtime::store::{Spare, Store, StoreReader, TakenBack};
use tempfile::TempDir;

use crate::fixtures::{after, change, entry, noon, note};

fn number() -> E164 {
    E164::parse("+49721123456").unwrap()
}

fn write(call: &str, user: u64) -> Effect {
    Effect {
        order: Order::WriteNumber {
            user: UserId::new(user),
            field: NumberField::Identity,
            number: number(),
        },
        ..note(call, "learn")
    }
}

fn forget(call: &str, user: u64) -> Effect {
    Effect {
        order: Order::TakeNumberBack {
            user: UserId::new(user),
            field: NumberField::Identity,
            number: number(),
        },
        ..note(call, "forget")
    }
}

struct Rig {
    _dir: TempDir,
    path: PathBuf,
    store: Store,
    reader: StoreReader,
}

impl Rig {
    /// One number that was written, one that belonged to somebody, one that waits, and a note that talks of writing numbers.
    async fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("bridge.db");
        let store = Store::open(&path, "acme").await.unwrap();
        let mut words = note("c3", "note");
        words.order = Order::AddNote {
            ticket: bridge_core::desk::TicketId::new(77),
            text: "\"write_number\"".into(),
        };
        let given = Entry {
            effects: vec![write("c1", 900), write("c2", 901), write("c3", 902), words],
            changes: vec![change("c1", bridge_core::call::Phase::Over, "over")],
            ..entry(noon())
        };
        store.commit(&[given]).await.unwrap();
        let reader = StoreReader::open(&path).await.unwrap();
        let rig = Self {
            _dir: dir,
            path,
            store,
            reader,
        };
        rig.settle("c1/learn", Outcome::Done).await;
        rig.settle("c2/learn", Outcome::Taken).await;
        rig
    }

    async fn settle(&self, effect: &str, outcome: Outcome) {
        let settled = Some((EffectId::from_stored(effect.to_owned()), outcome));
        let entry = Entry {
            settled,
            ..entry(after(7))
        };
        self.store.commit(&[entry]).await.unwrap();
    }

    /// Of the one number that was written.
    async fn standing(&self) -> TakenBack {
        let learned = self.reader.learned().await.unwrap();
        assert_eq!(learned.len(), 1, "{learned:?}");
        learned[0].take_back.clone()
    }
}

#[tokio::test]
async fn what_was_written_is_known_and_what_becomes_of_taking_it_back() {
    let rig = Rig::new().await;
    let learned = rig.reader.learned().await.unwrap();
    let one = &learned[0];
    assert_eq!((one.call.as_str(), one.effect.as_str()), ("c1", "c1/learn"));
    assert_eq!((one.at, one.user, &one.number), (after(7), UserId::new(900), &number()));
    assert_eq!((&one.field, &one.take_back), (&NumberField::Identity, &TakenBack::No));
    assert!(!format!("{learned:?}").contains("123456"));

    StoreReader::wish_take_back(&rig.path, &one.effect).await.unwrap();
    assert_eq!(rig.standing().await, TakenBack::Wished);
    // What was not written cannot be taken back, whoever wishes it.
    for other in ["c2/learn", "c3/learn", "c3/note", "c9/learn"] {
        let other = EffectId::from_stored(other.to_owned());
        StoreReader::wish_take_back(&rig.path, &other).await.unwrap();
    }
    rig.settle("c3/note", Outcome::Done).await;
    let wished = rig.store.wished_take_backs().await.unwrap();
    assert_eq!(wished, [write("c1", 900)]);

    let taken_up = Entry {
        taken_back: Some(one.effect.clone()),
        effects: vec![forget("c1", 900), forget("c1b", 777)],
        ..entry(after(8))
    };
    rig.store.commit(&[taken_up]).await.unwrap();
    assert_eq!(rig.standing().await, TakenBack::Ordered);
    assert_eq!(rig.store.wished_take_backs().await.unwrap(), []);
    let why = || "told so".to_owned();
    rig.settle("c1/forget", Outcome::Wedged { why: why() }).await;
    assert_eq!(rig.standing().await, TakenBack::Wedged { why: why() });
}

#[tokio::test]
async fn what_was_taken_back_and_what_was_left_are_told_apart() {
    let refused = Outcome::Refused {
        what: Refusal::Number,
        why: "another number".into(),
    };
    let why = "another number".to_owned();
    for (outcome, standing) in [
        (Outcome::Done, TakenBack::Done { at: after(7) }),
        (refused, TakenBack::Left { why }),
    ] {
        let rig = Rig::new().await;
        let given = Entry {
            effects: vec![forget("c1", 900)],
            ..entry(after(1))
        };
        rig.store.commit(&[given]).await.unwrap();
        rig.settle("c1/forget", outcome).await;
        assert_eq!(rig.standing().await, standing);
    }
}

#[tokio::test]
async fn with_the_caller_the_wish_is_erased_as_well() {
    let rig = Rig::new().await;
    let written = EffectId::from_stored("c1/learn".to_owned());
    StoreReader::wish_take_back(&rig.path, &written).await.unwrap();
    let plan = NumberPlan::new("DE", Some("721")).unwrap();
    let sought = Sought::parse("0721 123456", &plan, None).unwrap();
    let mut change = change("c1", bridge_core::call::Phase::Over, "over");
    (change.state.caller, change.state.over) = (change.summary.caller.clone(), Some(noon()));
    let over = Entry {
        changes: vec![change],
        ..entry(noon())
    };
    rig.store.commit(&[over]).await.unwrap();
    let later = after(48 * 3600);
    let erased = rig.store.erase(&sought, &Spare::default(), later).await.unwrap();
    assert_eq!(erased.calls, 1);
    assert_eq!(rig.store.wished_take_backs().await.unwrap(), []);
    assert_eq!(rig.reader.learned().await.unwrap(), []);
}
