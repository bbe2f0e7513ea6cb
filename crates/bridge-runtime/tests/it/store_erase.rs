//! One person is taken out of the store: out of every record that may hold his number, and out of the bytes of its files.

use std::path::Path;

use bridge_core::call::{
    Attach, Basis, CallKey, CallRecording, Caller, Candidate, Change, Leg, LookUp, NewUser, Phase, StandIn, Step,
    StepKind, Ticket, TicketOpened,
};
use bridge_core::desk::{GroupId, NumberField, Profile, Standing as TicketStanding, TicketId, TicketView, UserId};
use bridge_core::effect::{AttachDraft, Effect, EffectId, Order, Priority, TicketDraft, Track};
use bridge_core::erasure::{Sought, Stays};
use bridge_core::input::{Outcome, Refusal};
use bridge_core::number::{E164, NumberPlan};
use bridge_core::port::{Entry, Journal as _, Postponed};
use bridge_core::recording::{Hints, Kept, Recording, Sha256, Standing};
use bridge_runtime::store::{EffectState, Erased, Spare, Store, StoreReader};
use pbx::{Dialled, Direction, LegState};
use sqlx::{ConnectOptions as _, Connection as _};
use tempfile::TempDir;

use crate::fixtures::{after, change, entry, noon, note};

/// Two days later nothing that is over has to stay.
const LATER: i64 = 48 * 3600;

/// As the number is written in what is told, in texts, and in profiles.
const FORMS: [&str; 6] = [
    "0721 555010",
    "+49721555010",
    "0049721555010",
    "+49 721 555010",
    "(0721) 55 50-10",
    "555010",
];

/// What must not be found in any byte: those digits in any grouping that is in use here, and his name.
const HIS: [&[u8]; 5] = [b"555010", b"55 50-10", b"\xe2\x80\xa6010", b"Karla", b"kunde@"];

fn sought() -> Sought {
    let plan = NumberPlan::new("DE", Some("721")).unwrap();
    Sought::parse("0721 555010", &plan, None).unwrap()
}

fn number() -> E164 {
    E164::parse("+49721555010").unwrap()
}

fn sum(digit: char) -> Sha256 {
    Sha256::parse(&digit.to_string().repeat(64)).unwrap()
}

fn recording(digit: char, name: &str, caller: Option<&str>) -> Recording {
    Recording {
        name: name.into(),
        size: 7,
        sha256: sum(digit),
        mime: "audio/wav".into(),
        extension: "wav".into(),
        duration: None,
        hints: Hints {
            caller: caller.map(Dialled::new),
            ..Hints::default()
        },
    }
}

fn profile(numbers: &[&str]) -> Profile {
    Profile {
        user: UserId::new(900),
        name: "Karla Kunde".into(),
        numbers: numbers.iter().map(|n| (NumberField::Phone, (*n).to_owned())).collect(),
        shared_phone: false,
        active: true,
        suspended: false,
        made_for: Some(number()),
    }
}

/// His call, with everything in it that a call may hold of somebody.
fn his_call(key: &str, form: &str) -> Change {
    let mut change = change(key, Phase::Over, "ticket 77; number learned for user 900");
    change.summary.caller = Some(Dialled::new(form));
    let state = &mut change.state;
    state.over = Some(noon());
    state.caller = Some(Dialled::new(form));
    state.called = Some(Dialled::new("+49721555010"));
    let leg = Leg {
        state: LegState::Ended,
        direction: Direction::Inbound,
        rang: true,
        unconfirmed: false,
        began: noon(),
        shown: None,
        last_shown: None,
        talked: true,
        group: None,
        called: Some(Dialled::new(form)),
    };
    state.legs.insert(pbx::UserId::new("0101"), leg);
    let several = vec![Candidate {
        user: UserId::new(900),
        name: "Karla Kunde".into(),
    }];
    state.lookup = LookUp::Found(Caller::Several(several));
    state.new_user = NewUser::Made(UserId::new(900));
    state.ticket = Ticket::Opened(TicketOpened {
        ticket: TicketId::new(77),
        at: noon(),
        requester: Some(UserId::new(900)),
        basis: Basis::Default(StandIn::Strategy),
        seen: Some(UserId::new(900)),
        names_candidates: true,
        gone: false,
    });
    state.remarks = vec![format!("not taken: {form} is Karla's")];
    state.troubles = state.remarks.clone();
    state.logged.insert((pbx::UserId::new("0101"), noon()));
    for (digit, attach) in [('1', Attach::Done), ('2', Attach::No { why: form.into() })] {
        state.recordings.push(CallRecording {
            recording: recording(digit, &format!("Aufnahme_{form}_0101.wav"), Some(form)),
            attach,
        });
    }
    change.steps = vec![Step {
        at: noon(),
        kind: StepKind::Answer,
        what: "who has …010?".into(),
        why: format!("{form} is Karla's"),
    }];
    change
}

fn orders() -> Vec<Order> {
    let user = UserId::new(900);
    let ticket = TicketId::new(77);
    let draft = TicketDraft {
        external_id: "zendesk-bridge:acme:c1".into(),
        subject: "Call from +49 721 555010 (Support)".into(),
        note: "Caller: 0721 555010\nNo certain match: Karla Kunde (900)".into(),
        requester: Some(user),
        assignee: None,
        group: Some(GroupId::new(71)),
        tags: vec!["phone".into()],
    };
    let attach = AttachDraft {
        ticket,
        file: "Aufnahme_0721555010_0101.wav".into(),
        file_name: "Aufnahme_0721555010_0101.wav".into(),
        mime: "audio/wav".into(),
        size: 7,
        sha256: sum('1'),
        note: "Recording".into(),
        words: Some("The number +49 721 555010 was not added".into()),
        smaller: None,
    };
    vec![
        Order::OpenTicket(draft),
        Order::LookUp {
            live: false,
            number: number(),
            digits: "555010".into(),
            fields: vec![NumberField::Phone],
        },
        Order::EnsureUser {
            number: number(),
            name: "+49 721 555010".into(),
        },
        Order::WriteNumber {
            user,
            field: NumberField::Phone,
            number: number(),
        },
        Order::ReleaseNumber { user, number: number() },
        Order::TakeNumberBack {
            user,
            field: NumberField::Phone,
            number: number(),
        },
        Order::AddNote {
            ticket,
            text: "The number +49 721 555010 was not added".into(),
        },
        Order::Attach(Box::new(attach)),
        Order::ReadTicket { ticket },
        Order::ReadUser {
            user,
            fields: Vec::new(),
        },
    ]
}

fn outcomes() -> Vec<Outcome> {
    let why = || "0721 555010 is Karla's".to_owned();
    let view = TicketView {
        ticket: TicketId::new(77),
        requester: UserId::new(900),
        updated_at: noon(),
        standing: TicketStanding::Open,
    };
    vec![
        Outcome::Opened {
            ticket: TicketId::new(77),
        },
        Outcome::Profiles(vec![profile(&FORMS)]),
        Outcome::User(UserId::new(900)),
        Outcome::Done,
        Outcome::TicketGone { why: why() },
        Outcome::Refused {
            what: Refusal::Number,
            why: why(),
        },
        Outcome::Dropped { why: why() },
        Outcome::Ticket(view),
        Outcome::NotPopped { why: why() },
        Outcome::Done,
    ]
}

fn effect(call: &str, step: &str, order: Order) -> Effect {
    let call = CallKey::new(call);
    Effect {
        id: EffectId::new(&call, step),
        call,
        track: Track::Main,
        priority: Priority::Complete,
        planned_at: noon(),
        expires: None,
        order,
    }
}

/// One entry for each order of his call, each with an attempt that failed, and with what came of it.
fn given_and_settled(call: &str) -> Vec<Entry> {
    let mut entries = Vec::new();
    for (index, (order, outcome)) in orders().into_iter().zip(outcomes()).enumerate() {
        let effect = effect(call, &format!("step{index}"), order);
        let id = effect.id.clone();
        entries.push(Entry {
            effects: vec![effect],
            ..entry(noon())
        });
        entries.push(Entry {
            postponed: Some(Postponed {
                effect: id.clone(),
                attempts: 1,
                why: "0721/555010 is Karla's".into(),
            }),
            settled: Some((id, outcome)),
            ..entry(noon())
        });
    }
    entries
}

/// The directory of callers as it may stand there: he under his number, one who is named by it, somebody whom it no longer
/// knows, and one who is not concerned.
async fn fill_directory(path: &Path) {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
    let mut raw = options.connect().await.unwrap();
    let rows = r#"
        INSERT INTO directory_users VALUES
            (900, '{"user":900,"name":"Karla Kunde","numbers":[["phone","(0721) 55 50-10"]],"shared_phone":false,"active":true,"suspended":false}'),
            (901, '{"user":901,"name":"Caller +49 721 555010","numbers":[["phone","0721 99"]],"shared_phone":false,"active":true,"suspended":false}'),
            (902, '{"user":902,"name":"Karla","numbers":[["phone","kunde@ +49721555010"]],"shared_phone":false,"active":true,"suspended":false}'),
            (903, '{"user":903,"name":"Otto Andermann","numbers":[["phone","0721 123456"]],"shared_phone":false,"active":true,"suspended":false}');
        INSERT INTO directory_numbers VALUES (49721555010, 900), (4972199, 901), (49721123456, 903);
        DELETE FROM directory_users WHERE user = 902"#;
    sqlx::raw_sql(rows).execute(&mut raw).await.unwrap();
    raw.close().await.unwrap();
}

/// Everything in the store's files.
fn bytes(path: &Path) -> Vec<u8> {
    let mut all = std::fs::read(path).unwrap();
    let wal = path.with_file_name("bridge.db-wal");
    all.extend(std::fs::read(wal).unwrap_or_default());
    all
}

fn holds(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|window| window == text)
}

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
