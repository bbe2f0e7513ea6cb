//! One person is taken out of the store: out of every record that may hold his number, and out of the bytes of its files.

mod person;

use bridge_core::call::{Attach, CallKey, CallRecording, Caller, LookUp, Phase, Ticket};
use bridge_core::desk::{TicketId, UserId};
use bridge_core::effect::{Effect, Order};
use bridge_core::erasure::Stays;
use bridge_core::input::Outcome;
use bridge_core::port::{Entry, Journal as _};
use bridge_core::recording::{Kept, Standing};
use bridge_runtime::store::{EffectState, Erased, Spare, Store, StoreReader};
use pbx::Dialled;
use sqlx::{ConnectOptions as _, Connection as _};
use tempfile::TempDir;

use crate::fixtures::{after, change, entry, noon, note};

use person::*;

#[tokio::test]
async fn no_byte_of_the_store_holds_a_person_who_was_erased_and_what_is_no_ones_stays() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("bridge.db");
    let store = Store::open(&path, "acme").await.unwrap();
    let mut entries = Vec::new();
    for (index, form) in FORMS.iter().enumerate() {
        let key = format!("c{index}");
        entries.extend(given_and_settled(&key));
        // Written several times, so that earlier versions lie about in the file.
        for _ in 0..3 {
            entries.push(Entry {
                changes: vec![his_call(&key, form)],
                ..entry(noon())
            });
        }
    }
    let at = |call: &str| Standing::Attached {
        call: CallKey::new(call),
    };
    let settled = Standing::Settled {
        call: CallKey::new("c0"),
        what: "not attached: 0721 555010 is Karla's".into(),
    };
    let why = "two calls fit".to_owned();
    let unassigned = Standing::Unassigned { why };
    let his = "Aufnahme_20261124_120000_0721555010_0101.wav";
    let kept = |recording, standing| Kept { recording, standing };
    entries.push(Entry {
        recordings: vec![
            kept(recording('1', his, Some("0721 555010")), at("c0")),
            kept(recording('2', his, Some("0721 555010")), settled),
            kept(recording('3', his, None), unassigned.clone()),
            kept(recording('4', "a.wav", Some("555010")), Standing::Gone),
            kept(recording('5', "b.wav", Some("0721 123456")), unassigned),
        ],
        ..entry(noon())
    });
    // Somebody else's call, whose answers name him: a profile has his number beside the one that called.
    let mut other = change("other", Phase::Over, "ticket 78");
    other.state.over = Some(noon());
    other.state.caller = Some(Dialled::new("0721 123456"));
    other.steps[0].why = "the help desk says that +49 721 555010 is taken".into();
    let looked = effect(
        "other",
        "lookup",
        Order::ReadTicket {
            ticket: TicketId::new(78),
        },
    );
    entries.push(Entry {
        changes: vec![other],
        effects: vec![looked.clone()],
        ..entry(noon())
    });
    let found = Outcome::Profiles(vec![profile(&["0721 123456", "0049721555010"])]);
    entries.push(Entry {
        settled: Some((looked.id.clone(), found)),
        ..entry(noon())
    });
    store.commit(&entries).await.unwrap();
    fill_directory(&path).await;
    let before = bytes(&path);
    for text in HIS.iter().take(4) {
        assert!(holds(&before, text), "{}", String::from_utf8_lossy(text));
    }
    let reader = StoreReader::open(&path).await.unwrap();
    let traces = reader.traces(&sought(), after(LATER)).await.unwrap();
    assert_eq!(
        (traces.calls.len(), traces.mentions.len(), traces.recordings.len()),
        (6, 1, 4)
    );
    assert!(
        traces
            .calls
            .iter()
            .all(|call| call.stays.is_none() && call.orders == 10 && call.listed == 1)
    );
    assert_eq!(traces.directory, [900, 901].map(UserId::new).into());
    assert_eq!(traces.users, [900, 901].map(UserId::new).into());

    let erased = store.erase(&sought(), &Spare::default(), after(LATER)).await.unwrap();
    let expected = Erased {
        calls: 6,
        mentions: 1,
        recordings: 4,
        directory: 2,
        left: 0,
    };
    assert_eq!(erased, expected);
    let left = bytes(&path);
    for text in HIS {
        assert!(!holds(&left, text), "{}", String::from_utf8_lossy(text));
    }
    for text in [
        &b"0721 123456"[..],
        b"Support",
        b"ticket 77",
        b"b.wav",
        b"Otto Andermann",
    ] {
        assert!(holds(&left, text), "{}", String::from_utf8_lossy(text));
    }

    let reader = StoreReader::open(&path).await.unwrap();
    let traces = reader.traces(&sought(), after(LATER)).await.unwrap();
    assert_eq!(traces, bridge_runtime::store::Traces::default());
    let story = reader.call("c0").await.unwrap().unwrap();
    assert_eq!(story.summary.ticket, Some(TicketId::new(77)));
    assert_eq!((story.summary.caller, story.summary.requester), (None, None));
    assert_eq!(story.summary.outcome, "ticket 77");
    assert_eq!((story.steps.len(), story.effects.len()), (1, 10));
    assert!(
        story
            .effects
            .iter()
            .all(|effect| effect.state == EffectState::Done || effect.state == EffectState::Dropped)
    );
    assert_eq!(
        store.erase(&sought(), &Spare::default(), after(LATER)).await.unwrap(),
        Erased::default()
    );
}

#[tokio::test]
async fn what_is_of_others_in_a_call_that_only_names_him_is_theirs() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("bridge.db");
    let store = Store::open(&path, "acme").await.unwrap();
    let at = |call: &str| Standing::Attached {
        call: CallKey::new(call),
    };
    let theirs = || recording('7', "other.wav", Some("0721 123456"));
    let mut other = change("other", Phase::Over, "no ticket");
    other.state.over = Some(noon());
    other.state.caller = Some(Dialled::new("0721 123456"));
    other.state.lookup = LookUp::Found(Caller::Known(UserId::new(903)));
    other.state.ticket = Ticket::Failed {
        why: "the number +49 721 555010 is taken".into(),
    };
    other.state.recordings.push(CallRecording {
        recording: theirs(),
        attach: Attach::Done,
    });
    let first = Entry {
        changes: vec![his_call("his", FORMS[0]), other],
        recordings: vec![
            Kept {
                recording: recording('1', "his.wav", None),
                standing: at("his"),
            },
            Kept {
                recording: theirs(),
                standing: at("other"),
            },
            Kept {
                recording: recording('8', "other_2.wav", Some("0721 123456")),
                standing: Standing::Settled {
                    call: CallKey::new("other"),
                    what: "not attached: +49 721 555010 is taken".into(),
                },
            },
        ],
        ..entry(noon())
    };
    store.commit(&[first]).await.unwrap();
    let reader = StoreReader::open(&path).await.unwrap();
    let traces = reader.traces(&sought(), after(LATER)).await.unwrap();
    let mut calls: Vec<_> = traces
        .calls
        .iter()
        .map(|call| (call.summary.key.as_str(), call.took_part))
        .collect();
    calls.sort_unstable();
    assert_eq!(calls, [("his", true), ("other", false)]);
    let recordings: Vec<_> = traces
        .recordings
        .iter()
        .map(|recording| (&recording.sha256, recording.is_his))
        .collect();
    assert_eq!(recordings, [(&sum('1'), true), (&sum('8'), false)]);
    assert_eq!(traces.users, [900].map(UserId::new).into());

    store.erase(&sought(), &Spare::default(), after(LATER)).await.unwrap();
    let left = bytes(&path);
    for text in HIS {
        assert!(!holds(&left, text), "{}", String::from_utf8_lossy(text));
    }
    assert!(holds(&left, b"other.wav"), "it is known still whose that recording is");
}

#[tokio::test]
async fn what_was_ordered_for_an_erased_call_is_not_ordered_again_and_its_recording_is_known() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("bridge.db");
    let store = Store::open(&path, "acme").await.unwrap();
    let mut entries = given_and_settled("c1");
    let standing = Standing::Attached {
        call: CallKey::new("c1"),
    };
    entries.push(Entry {
        changes: vec![his_call("c1", FORMS[0])],
        recordings: vec![Kept {
            recording: recording('1', "a.wav", Some(FORMS[0])),
            standing: standing.clone(),
        }],
        ..entry(noon())
    });
    store.commit(&entries).await.unwrap();
    store.erase(&sought(), &Spare::default(), after(LATER)).await.unwrap();

    let again: Vec<Effect> = orders()
        .into_iter()
        .enumerate()
        .map(|(index, order)| effect("c1", &format!("step{index}"), order))
        .collect();
    let entry = Entry {
        effects: again,
        ..entry(after(LATER))
    };
    let committed = store.commit(&[entry]).await.unwrap();
    assert_eq!(committed.settled_before.len(), orders().len(), "all are known");
    let opened = Outcome::Opened {
        ticket: TicketId::new(77),
    };
    assert_eq!(committed.settled_before[0].1, opened);
    let restored = store.restore(after(LATER)).await.unwrap();
    assert_eq!(
        (restored.calls.len(), restored.effects.len()),
        (0, 0),
        "it did not come back by being erased"
    );
    // The recording that hangs on the ticket may have to go one day, and must not be attached twice.
    assert_eq!(store.recordings(&[sum('1')]).await.unwrap()[&sum('1')], standing);
    let state = store.call(&CallKey::new("c1")).await.unwrap().unwrap();
    assert_eq!(state.recordings[0].attach, Attach::Done);
    assert_eq!(state.erased, Some(after(LATER)));
}

#[tokio::test]
async fn a_call_of_which_something_may_still_come_is_left_as_it_is_and_so_is_what_names_him_there() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("bridge.db");
    let store = Store::open(&path, "acme").await.unwrap();
    let mut goes_on = his_call("talks", FORMS[0]);
    goes_on.state.over = None;
    goes_on.summary.phase = Phase::WrapUp;
    let waits = effect("waits", "note", orders().remove(5));
    let wedged = effect("wedged", "note", orders().remove(5));
    let mut other = change("other", Phase::Over, "ticket 78");
    other.state.over = Some(after(LATER));
    other.steps[0].why = "+49 721 555010 is taken".into();
    let first = Entry {
        changes: vec![goes_on, his_call("waits", FORMS[1]), his_call("wedged", FORMS[2])],
        effects: vec![waits, wedged.clone()],
        ..entry(noon())
    };
    let why = "mend it".into();
    let second = Entry {
        settled: Some((wedged.id, Outcome::Wedged { why })),
        ..entry(noon())
    };
    let lately = Entry {
        changes: vec![his_call("lately", FORMS[3]), other],
        recordings: vec![Kept {
            recording: recording('3', "Aufnahme_0721555010.wav", None),
            standing: Standing::Unassigned { why: "why".into() },
        }],
        ..entry(after(LATER))
    };
    store.commit(&[first, second, lately]).await.unwrap();
    let reader = StoreReader::open(&path).await.unwrap();
    let now = after(LATER + 60);
    let traces = reader.traces(&sought(), now).await.unwrap();
    let why = |key: &str| {
        let mut calls = traces.calls.iter();
        calls
            .find(|call| call.summary.key.as_str() == key)
            .and_then(|call| call.stays)
    };
    let until = after(LATER + 24 * 3600);
    assert_eq!(why("talks"), Some(Stays::GoesOn));
    assert_eq!(why("waits"), Some(Stays::Waiting));
    assert_eq!(why("wedged"), Some(Stays::Wedged));
    assert_eq!(why("lately"), Some(Stays::Lately { until }));
    assert_eq!(traces.mentions[0].stays, Some(Stays::Lately { until }));

    let before = reader.call("talks").await.unwrap();
    let spare = Spare {
        unassigned: true,
        ..Spare::default()
    };
    let erased = store.erase(&sought(), &spare, now).await.unwrap();
    let nothing = Erased {
        left: 6,
        ..Erased::default()
    };
    assert_eq!(
        erased, nothing,
        "four calls, a mention, and a file that would come again"
    );
    assert_eq!(reader.call("talks").await.unwrap(), before);
    assert_eq!(store.restore(now).await.unwrap().effects.len(), 1);
    let later = store
        .erase(&sought(), &Spare::default(), after(LATER + 25 * 3600))
        .await
        .unwrap();
    assert_eq!(
        (later.calls, later.mentions, later.recordings, later.left),
        (1, 1, 1, 3)
    );
    assert_eq!(store.restore(now).await.unwrap().unassigned, []);
}

#[tokio::test]
async fn a_call_that_leads_to_files_which_could_not_be_erased_is_spared_with_its_recordings() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("bridge.db");
    let store = Store::open(&path, "acme").await.unwrap();
    let call = CallKey::new("c1");
    let standing = Standing::Attached { call: call.clone() };
    let kept = Kept {
        recording: recording('1', "a.wav", Some(FORMS[0])),
        standing,
    };
    let first = Entry {
        changes: vec![his_call("c1", FORMS[0]), his_call("c2", FORMS[1])],
        recordings: vec![kept],
        ..entry(noon())
    };
    store.commit(&[first]).await.unwrap();
    let spare = Spare {
        calls: [call].into(),
        ..Spare::default()
    };
    let erased = store.erase(&sought(), &spare, after(LATER)).await.unwrap();
    assert_eq!((erased.calls, erased.recordings, erased.left), (1, 0, 2));
    let erased = store.erase(&sought(), &Spare::default(), after(LATER)).await.unwrap();
    assert_eq!((erased.calls, erased.recordings, erased.left), (1, 1, 0));
}

#[tokio::test]
async fn an_erasure_that_broke_off_before_the_file_was_cleared_is_told_and_finished_by_the_next() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("bridge.db");
    let store = Store::open(&path, "acme").await.unwrap();
    let notes = (0..200).map(|index| note(&format!("c{index}"), "a"));
    let first = Entry {
        changes: vec![his_call("c1", FORMS[0])],
        effects: notes.collect(),
        ..entry(noon())
    };
    store.commit(&[first]).await.unwrap();
    store.close().await;
    drop(store);
    // As a crash leaves it: what was erased is committed, and still stands in pages that nobody uses.
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path);
    let mut raw = options.connect().await.unwrap();
    let crashed = "DELETE FROM calls; DELETE FROM steps; INSERT INTO meta (key, value) VALUES ('clear', 'due')";
    sqlx::raw_sql(crashed).execute(&mut raw).await.unwrap();
    raw.close().await.unwrap();
    assert!(holds(&bytes(&path), b"555010"));

    let store = Store::open(&path, "acme").await.unwrap();
    let reader = StoreReader::open(&path).await.unwrap();
    assert!(reader.traces(&sought(), after(LATER)).await.unwrap().unfinished);
    assert_eq!(
        store.erase(&sought(), &Spare::default(), after(LATER)).await.unwrap(),
        Erased::default()
    );
    assert!(!holds(&bytes(&path), b"555010"));
    assert!(!reader.traces(&sought(), after(LATER)).await.unwrap().unfinished);
}
