//! What is stored comes back as it was: every variant of every state.

use bridge_core::call::{
    Answer, Basis, CallKey, CallState, Caller, Candidate, End, EndBasis, Late, Learn, Leg, LogEntry, LookUp, NewUser,
    Pop, Refused, Sibling, StandIn, TakeBack, Ticket, TicketOpened, TicketTry, ToldGroup,
};
use bridge_core::call::{Attach, CallRecording, Recorded};
use bridge_core::desk::{GroupId, NumberField, TicketId, UserId};
use bridge_core::effect::EffectId;
use bridge_core::input::Refusal;
use bridge_core::recording::{Hints, Recording, Sha256};
use jiff::Timestamp;
use pbx::{CallId, Dialled, Direction, LegState};

use super::{call_from_text, call_to_text};

fn at(second: i64) -> Timestamp {
    Timestamp::new(1_795_530_000 + second, 123_456_789).unwrap()
}

fn call() -> CallState {
    CallState::new(&CallId::new("8af3a07a"), at(0))
}

fn effect(step: &str) -> EffectId {
    EffectId::new(&CallKey::new("8af3a07a"), step)
}

fn check(state: &CallState) {
    let text = call_to_text(state);
    assert_eq!(call_from_text(&text).unwrap(), *state, "{text}");
}

#[test]
fn everything_told_comes_back() {
    let mut state = call();
    let states = [
        LegState::Announced,
        LegState::Ringing,
        LegState::Dialling,
        LegState::Connected,
        LegState::Parked,
        LegState::Voicemail,
        LegState::Ended,
    ];
    for (index, leg) in states.into_iter().enumerate() {
        let direction = [Direction::Inbound, Direction::Outbound, Direction::Unknown][index % 3];
        state.legs.insert(
            pbx::UserId::new(format!("010{index}")),
            Leg {
                state: leg,
                direction,
                rang: index % 2 == 0,
                unconfirmed: index % 2 == 1,
                began: at(10 + index as i64),
                shown: (index > 0).then(|| at(20 + index as i64)),
                last_shown: (index > 1).then(|| at(30 + index as i64)),
                talked: index > 2,
                group: (index == 1).then(|| pbx::GroupId::new("1003")),
                called: (index == 2).then(|| Dialled::new("0721 4605300")),
            },
        );
    }
    state.ids.insert(CallId::new("other"));
    state.merged_into = Some(CallKey::new("kept"));
    state.clock = Some(jiff::SignedDuration::from_millis(-3_600_250));
    state.heard = at(7);
    (state.began, state.went_on) = (Some(at(6)), Some(at(8)));
    state.uncertain = true;
    state.caller = Some(Dialled::new(""));
    state.called = Some(Dialled::new("300"));
    state.groups = vec![ToldGroup {
        group: pbx::GroupId::new("1003"),
        at: at(1),
    }];
    (state.inbound, state.outbound, state.mailbox) = (true, true, true);
    state.answer = Some(Answer {
        by: pbx::UserId::new("0101"),
        at: at(2),
        active: true,
        id: Some(CallId::new("other")),
        logged: Some(LogEntry {
            began: at(1),
            lasted: jiff::SignedDuration::from_secs(65),
        }),
    });
    state.logged.insert((pbx::UserId::new("0101"), at(1)));
    state.ended = Some(End {
        at: at(3),
        basis: EndBasis::Log,
    });
    state.sibling = Some(Sibling {
        key: CallKey::new("sibling"),
    });
    state.notes.insert(effect("note"));
    state.orders.insert("ticket".into(), 2);
    state.postponed.insert(effect("ticket.2"), "no answer".into());
    state.wedged.insert(effect("learn"), "forbidden".into());
    state.verdict = Some("waiting".into());
    state.remarks = vec!["a remark".into()];
    state.troubles = vec!["a trouble".into()];
    state.over = Some(at(9));
    state.erased = Some(at(10));
    check(&state);
    for basis in [EndBasis::Told, EndBasis::Snapshot, EndBasis::Assumed] {
        state.ended = Some(End { at: at(3), basis });
        check(&state);
    }
}

#[test]
fn whether_a_number_is_taken_back_is_kept_and_was_not_asked_before_that_could_be() {
    let mut state = call();
    let ordered = TakeBack::Ordered {
        effect: effect("forget"),
        user: UserId::new(602),
    };
    for take_back in [ordered, TakeBack::Done, TakeBack::Left, TakeBack::No] {
        state.take_back = take_back;
        check(&state);
    }
    assert!(!call_to_text(&state).contains("take_back"));
}

#[test]
fn what_the_first_version_stored_is_read() {
    let mut state = call();
    let leg = Leg {
        state: LegState::Connected,
        direction: Direction::Inbound,
        rang: true,
        unconfirmed: false,
        began: state.started,
        shown: None,
        last_shown: None,
        talked: true,
        group: None,
        called: None,
    };
    state.legs.insert(pbx::UserId::new("0101"), leg);
    let (by, basis) = (pbx::UserId::new("0101"), EndBasis::Assumed);
    state.answer = Some(Answer {
        by,
        at: at(2),
        active: true,
        id: None,
        logged: None,
    });
    state.ended = Some(End { at: at(3), basis });
    let mut stored: serde_json::Value = serde_json::from_str(&call_to_text(&state)).unwrap();
    stored.as_object_mut().unwrap().remove("logged").unwrap();
    for later in ["clock", "clock_before", "began", "went_on"] {
        stored.as_object_mut().unwrap().remove(later).unwrap();
    }
    stored["answer"].as_object_mut().unwrap().remove("logged").unwrap();
    stored["ended"].as_object_mut().unwrap().remove("basis").unwrap();
    let leg = stored["legs"]["0101"].as_object_mut().unwrap();
    assert!(leg.remove("began").is_some() && leg.remove("talked").is_some());
    assert!(leg.remove("shown").is_some() && leg.remove("last_shown").is_some());
    assert_eq!(call_from_text(&stored.to_string()).unwrap(), state);
}

#[test]
fn every_state_of_an_order_comes_back() {
    let user = UserId::new(900);
    let several = vec![Candidate {
        user,
        name: "Karla Kunde".into(),
    }];
    for lookup in [
        LookUp::NotAsked,
        LookUp::Asked {
            effect: effect("lookup"),
        },
        LookUp::Found(Caller::Known(user)),
        LookUp::Found(Caller::Several(several)),
        LookUp::Found(Caller::Nobody),
        LookUp::Failed {
            effect: effect("lookup"),
            why: "forbidden".into(),
        },
    ] {
        check(&CallState { lookup, ..call() });
    }
    for new_user in [
        NewUser::NotAsked,
        NewUser::Asked { effect: effect("user") },
        NewUser::Made(user),
        NewUser::Failed { effect: effect("user") },
    ] {
        check(&CallState { new_user, ..call() });
    }
    for pop in [
        Pop::NotYet,
        Pop::Ordered { effect: effect("pop") },
        Pop::Withdrawn { effect: effect("pop") },
        Pop::Shown,
        Pop::No,
    ] {
        check(&CallState { pop, ..call() });
    }
    for late in [
        Late::NotYet,
        Late::Reading {
            effect: effect("read"),
            to: user,
            round: 1,
        },
        Late::Setting {
            effect: effect("requester"),
            to: user,
            round: 2,
        },
        Late::Settled,
    ] {
        check(&CallState { late, ..call() });
    }
    let free = vec![
        NumberField::Phone,
        NumberField::Identity,
        NumberField::Custom("phone_2".into()),
    ];
    for learn in [
        Learn::NotYet,
        Learn::Reading { effect: effect("read") },
        Learn::Profile {
            effect: effect("profile"),
            user,
        },
        Learn::Owner {
            effect: effect("owner"),
            user,
            free: free.clone(),
        },
        Learn::Releasing {
            effect: effect("release"),
            user,
            free: free.clone(),
        },
        Learn::Writing {
            effect: effect("learn"),
            user,
            free,
        },
        Learn::Settled,
    ] {
        check(&CallState { learn, ..call() });
    }
}

#[test]
fn every_state_of_a_ticket_comes_back() {
    let stand_ins = [StandIn::Strategy, StandIn::NoNumber, StandIn::Waiting, StandIn::Refused].map(Basis::Default);
    let bases = [Basis::Known, Basis::New, Basis::Nobody].into_iter().chain(stand_ins);
    let refused = [Refusal::Requester, Refusal::Assignee, Refusal::Group, Refusal::Number].map(|what| Refused {
        what,
        id: 7,
        why: "suspended".into(),
    });
    for basis in bases {
        let ordered = TicketTry {
            effect: effect("ticket.2"),
            requester: Some(UserId::new(400)),
            basis,
            assignee: None,
            group: Some(GroupId::new(71)),
            names_candidates: true,
            refused: refused.to_vec(),
        };
        check(&CallState {
            ticket: Ticket::Ordered(ordered),
            ..call()
        });
        let opened = TicketOpened {
            ticket: TicketId::new(77),
            at: at(4),
            requester: None,
            basis,
            seen: Some(UserId::new(400)),
            names_candidates: false,
            gone: true,
        };
        check(&CallState {
            ticket: Ticket::Opened(opened),
            ..call()
        });
    }
    check(&CallState {
        ticket: Ticket::Failed { why: "refused".into() },
        ..call()
    });
}

#[test]
fn what_cannot_be_read_says_so_without_its_contents() {
    let text = call_to_text(&call()).replace("2026", "never");
    let error = call_from_text(&text).unwrap_err();
    assert_eq!(error.to_string(), "a moment cannot be read");
}

#[test]
fn recordings_come_back_as_they_were() {
    let recording = Recording {
        name: "in/a.wav".into(),
        size: 7,
        sha256: Sha256::parse(&"a".repeat(64)).unwrap(),
        mime: "audio/wav".into(),
        extension: "wav".into(),
        duration: Some(jiff::SignedDuration::from_millis(65_250)),
        hints: Hints {
            call: Some(CallId::new("c1")),
            caller: Some(Dialled::new("0721 123456")),
            called: Some(Dialled::new("0101")),
            began: Some(at(3)),
            or_began: Some(at(4)),
        },
    };
    let why = "not attached: it is closed".to_owned();
    let effect = || effect("attach");
    for (recorded, attach) in [
        (Recorded::NotYet, Attach::Waiting),
        (
            Recorded::Ordered { effect: effect() },
            Attach::Ordered {
                effect: effect(),
                words: Some("Ende dieses Anrufs".into()),
            },
        ),
        (Recorded::Expected, Attach::Done),
        (Recorded::Expected, Attach::Redacting { effect: effect() }),
        (Recorded::Refused, Attach::Redacted),
        (Recorded::Missing, Attach::No { why }),
        (Recorded::No, Attach::Done),
    ] {
        let mut state = call();
        state.recorded = recorded;
        let recording = recording.clone();
        state.recordings = vec![CallRecording { recording, attach }];
        check(&state);
    }
}

#[test]
fn a_recording_that_an_earlier_version_had_ordered_has_no_words_beside_it() {
    let mut state = call();
    let recording = Recording {
        name: "a.wav".into(),
        size: 7,
        sha256: Sha256::parse(&"a".repeat(64)).unwrap(),
        mime: "audio/wav".into(),
        extension: "wav".into(),
        duration: None,
        hints: Hints::default(),
    };
    let attach = Attach::Ordered {
        effect: effect("attach"),
        words: None,
    };
    state.recordings = vec![CallRecording { recording, attach }];
    let mut record: serde_json::Value = serde_json::from_str(&call_to_text(&state)).unwrap();
    // As it was written then, and still is where there are none.
    let before = serde_json::json!({"is": "ordered", "effect": "8af3a07a/attach"});
    assert_eq!(record["recordings"][0]["attach"], before);
    record["recordings"][0]["attach"] = before;
    assert_eq!(call_from_text(&record.to_string()).unwrap(), state);
}
