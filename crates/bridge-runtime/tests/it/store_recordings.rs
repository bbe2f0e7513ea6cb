//! Recordings in the journal.

use bridge_core::call::{CallKey, Phase, Recorded};
use bridge_core::port::{Entry, Journal as _};
use bridge_core::recording::{Hints, Kept, Recording, Sha256, Standing};
use bridge_runtime::store::{Store, StoreReader};
use tempfile::TempDir;

use crate::fixtures::{after, change, entry, noon};

#[tokio::test]
async fn how_it_stands_with_recordings_is_kept_and_what_is_awaited_is_given_back_however_late() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("bridge.db");
    let store = Store::open(&path, "acme").await.unwrap();
    let sum = |digit: &str| Sha256::parse(&digit.repeat(64)).unwrap();
    let kept = |digit: &str, standing| Kept {
        recording: Recording {
            name: format!("{digit}.wav"),
            size: 1,
            sha256: sum(digit),
            mime: "audio/wav".into(),
            extension: "wav".into(),
            duration: None,
            hints: Hints::default(),
        },
        standing,
    };
    let why = || "no call".to_owned();
    let call = CallKey::new("c1");
    let unassigned = kept("a", Standing::Unassigned { why: why() });
    let attached = Standing::Attached { call: call.clone() };
    let what = "not attached: the call has no ticket".to_owned();
    let settled = Standing::Settled {
        call: call.clone(),
        what,
    };
    let mut over = change("c1", Phase::Over, "over");
    over.state.recorded = Recorded::Expected;
    let first = Entry {
        recordings: vec![unassigned.clone(), kept("b", Standing::Unassigned { why: why() })],
        changes: vec![over.clone(), change("c2", Phase::Over, "over")],
        ..entry(noon())
    };
    let second = Entry {
        recordings: vec![kept("b", attached.clone()), kept("d", settled.clone())],
        ..entry(after(1))
    };
    store.commit(&[first, second]).await.unwrap();

    let sums = [sum("a"), sum("b"), sum("c"), sum("d")];
    let standings = store.recordings(&sums).await.unwrap();
    assert_eq!(standings.len(), 3);
    assert_eq!((&standings[&sum("b")], &standings[&sum("d")]), (&attached, &settled));
    let restored = store.restore(after(60 * 60 * 72)).await.unwrap();
    assert_eq!(restored.unassigned, [unassigned]);
    assert_eq!(
        restored.calls,
        [over.state.clone()],
        "days later, and not the other one"
    );
    assert_eq!(store.call(&call).await.unwrap(), Some(over.state));

    let reader = StoreReader::open(&path).await.unwrap();
    assert_eq!(reader.attached_before(noon()).await.unwrap(), []);
    let hanging = reader.attached_before(after(1)).await.unwrap();
    assert_eq!(
        (hanging.len(), &hanging[0].sha256, &hanging[0].call),
        (1, &sum("b"), &call)
    );

    StoreReader::wish_assignment(&path, &sum("a"), &call).await.unwrap();
    let wished = store.wished_assignments().await.unwrap();
    assert_eq!(
        (wished.len(), &wished[0].sha256, &wished[0].call),
        (1, &sum("a"), &call)
    );
    let assigned = Some(sum("a"));
    let taken_up = Entry {
        assigned,
        ..entry(after(2))
    };
    store.commit(&[taken_up]).await.unwrap();
    assert_eq!(store.wished_assignments().await.unwrap(), []);
}

#[tokio::test]
async fn a_call_is_known_under_each_of_its_ids_and_a_part_of_it_as_the_whole() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("bridge.db");
    let store = Store::open(&path, "acme").await.unwrap();
    let (mut part, mut whole) = (
        change("part", Phase::Over, "part of another"),
        change("whole", Phase::Over, "over"),
    );
    part.state.ids.clear();
    part.state.merged_into = Some(CallKey::new("whole"));
    whole.state.ids.insert(pbx::CallId::new("changed"));
    let first = Entry {
        changes: vec![part, whole, change("other", Phase::Over, "over")],
        ..entry(noon())
    };
    store.commit(&[first]).await.unwrap();

    let reader = StoreReader::open(&path).await.unwrap();
    let key_of = async |id: &str| reader.key_of(&pbx::CallId::new(id)).await.unwrap();
    let whole = CallKey::new("whole");
    assert_eq!(key_of("changed").await, Some(whole.clone()));
    assert_eq!(key_of("whole").await, Some(whole.clone()));
    assert_eq!(key_of("nobody").await, None);
    for (key, known) in [("part", Some(&whole)), ("whole", Some(&whole)), ("nobody", None)] {
        let call = reader.known(&CallKey::new(key)).await.unwrap();
        assert_eq!(call.map(|call| call.key).as_ref(), known, "{key}");
    }
}
