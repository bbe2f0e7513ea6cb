//! One person, as he stands in every record of a store that may name him.

use std::path::Path;

use bridge_core::call::{
    Attach, Basis, CallKey, CallRecording, Caller, Candidate, Change, Leg, LookUp, NewUser, Phase, StandIn, Step,
    StepKind, Ticket, TicketOpened,
};
use bridge_core::desk::{GroupId, NumberField, Profile, Standing as TicketStanding, TicketId, TicketView, UserId};
use bridge_core::effect::{AttachDraft, Effect, EffectId, Order, Priority, TicketDraft, Track};
use bridge_core::erasure::Sought;
use bridge_core::input::{Outcome, Refusal};
use bridge_core::number::{E164, NumberPlan};
use bridge_core::port::{Entry, Postponed};
use bridge_core::recording::{Hints, Recording, Sha256};
use pbx::{Dialled, Direction, LegState};
use sqlx::{ConnectOptions as _, Connection as _};

use crate::fixtures::{change, entry, noon};

/// Two days later nothing that is over has to stay.
pub(super) const LATER: i64 = 48 * 3600;

/// As the number is written in what is told, in texts, and in profiles.
pub(super) const FORMS: [&str; 6] = [
    "0721 555010",
    "+49721555010",
    "0049721555010",
    "+49 721 555010",
    "(0721) 55 50-10",
    "555010",
];

/// What must not be found in any byte: those digits in any grouping that is in use here, and his name.
pub(super) const HIS: [&[u8]; 5] = [b"555010", b"55 50-10", b"\xe2\x80\xa6010", b"Karla", b"kunde@"];

pub(super) fn sought() -> Sought {
    let plan = NumberPlan::new("DE", Some("721")).unwrap();
    Sought::parse("0721 555010", &plan, None).unwrap()
}

pub(super) fn number() -> E164 {
    E164::parse("+49721555010").unwrap()
}

pub(super) fn sum(digit: char) -> Sha256 {
    Sha256::parse(&digit.to_string().repeat(64)).unwrap()
}

pub(super) fn recording(digit: char, name: &str, caller: Option<&str>) -> Recording {
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

pub(super) fn profile(numbers: &[&str]) -> Profile {
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
pub(super) fn his_call(key: &str, form: &str) -> Change {
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

pub(super) fn orders() -> Vec<Order> {
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

pub(super) fn outcomes() -> Vec<Outcome> {
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

pub(super) fn effect(call: &str, step: &str, order: Order) -> Effect {
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
pub(super) fn given_and_settled(call: &str) -> Vec<Entry> {
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
pub(super) async fn fill_directory(path: &Path) {
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
pub(super) fn bytes(path: &Path) -> Vec<u8> {
    let mut all = std::fs::read(path).unwrap();
    let wal = path.with_file_name("bridge.db-wal");
    all.extend(std::fs::read(wal).unwrap_or_default());
    all
}

pub(super) fn holds(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|window| window == text)
}
