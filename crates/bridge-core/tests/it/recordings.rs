//! Recordings: asked for once, found, brought to their calls, attached or told to be missing.

use bridge_core::call::CallKey;
use bridge_core::desk::{NumberField, Profile, TicketId, UserId};
use bridge_core::effect::{Effect, Order, Priority, Track};
use bridge_core::input::{Input, Outcome, Refusal};
use bridge_core::recording::{Hints, Recording, Sha256, Standing};
use bridge_core::settings::{RecordingRules, Settings};
use bridge_sim::story;
use jiff::SignedDuration;
use pbx::{CallId, Event, LegState};

use crate::support;
use crate::twins::Twins;

pub(crate) const CALLER: &str = "0721 123456";

pub(crate) fn settings(rules: impl FnOnce(&mut RecordingRules)) -> Settings {
    let mut settings = support::settings(&story::Settings::of(&story::parse("set record = Support").unwrap()));
    rules(&mut settings.recordings);
    settings
}

pub(crate) fn seconds(seconds: i64) -> SignedDuration {
    SignedDuration::from_secs(seconds)
}

/// Everything that is ordered comes to a good end; what was ordered.
pub(crate) fn carry_out(twins: &mut Twins, orders: Vec<Effect>) -> Vec<Effect> {
    let mut all = Vec::new();
    let mut waiting: std::collections::VecDeque<_> = orders.into();
    while let Some(effect) = waiting.pop_front() {
        let outcome = match &effect.order {
            Order::LookUp { .. } => Outcome::Profiles(vec![karla()]),
            Order::ReadUser { .. } => Outcome::Profiles(Vec::new()),
            Order::OpenTicket(_) => Outcome::Opened {
                ticket: TicketId::new(77),
            },
            Order::Pop { .. } => Outcome::Popped,
            Order::ReadTicket { .. } | Order::EnsureUser { .. } => continue,
            Order::SetRequester { .. }
            | Order::WriteNumber { .. }
            | Order::ReleaseNumber { .. }
            | Order::TakeNumberBack { .. }
            | Order::AddNote { .. }
            | Order::Record { .. }
            | Order::Attach(_)
            | Order::Redact { .. } => Outcome::Done,
        };
        answer(twins, &effect, outcome);
        all.push(effect);
        waiting.extend(std::mem::take(&mut twins.new));
    }
    all
}

/// Whose number it is, so that there is nothing to learn.
fn karla() -> Profile {
    Profile {
        user: UserId::new(900),
        name: "Karla Kunde".into(),
        numbers: vec![(NumberField::Phone, CALLER.to_owned())],
        shared_phone: false,
        active: true,
        suspended: false,
        made_for: None,
    }
}

pub(crate) fn answer(twins: &mut Twins, effect: &Effect, outcome: Outcome) {
    let effect = effect.id.clone();
    twins.handle(Input::Outcome { effect, outcome });
}

/// An answered call that lasted a minute; what was ordered for it.
pub(crate) fn call(twins: &mut Twins, id: &str) -> Vec<Effect> {
    let mut all = Vec::new();
    for (state, then) in [(LegState::Ringing, 5), (LegState::Connected, 60), (LegState::Ended, 15)] {
        twins.leg(id, "0101", state);
        let new = std::mem::take(&mut twins.new);
        all.extend(carry_out(twins, new));
        twins.pass(seconds(then));
    }
    all
}

pub(crate) fn recording(byte: char, hints: Hints) -> Recording {
    Recording {
        name: format!("{byte}.wav"),
        size: 1_000_000,
        sha256: sum(byte),
        mime: "audio/wav".into(),
        extension: "wav".into(),
        duration: Some(seconds(205)),
        hints,
    }
}

pub(crate) fn sum(byte: char) -> Sha256 {
    Sha256::parse(&byte.to_string().repeat(64)).unwrap()
}

pub(crate) fn by_id(id: &str) -> Hints {
    Hints {
        call: Some(CallId::new(id)),
        ..Hints::default()
    }
}

pub(crate) fn found(twins: &mut Twins, recording: Recording) -> Vec<Effect> {
    twins.handle(Input::Recording(recording));
    std::mem::take(&mut twins.new)
}

pub(crate) fn names(effects: &[Effect]) -> Vec<&str> {
    effects.iter().map(|effect| effect.id.as_str()).collect()
}

fn note(effect: &Effect) -> &str {
    if let Order::AddNote { text, .. } = &effect.order {
        return text;
    }
    let Order::Attach(draft) = &effect.order else {
        panic!("no note: {:?}", effect.order)
    };
    &draft.note
}

#[test]
fn recording_is_asked_for_once_in_the_name_of_who_answered_and_under_the_id_of_that_moment() {
    let mut twins = Twins::new(settings(|_| {}));
    twins.leg("c1", "0101", LegState::Ringing);
    let (old, new) = (CallId::new("c1"), CallId::new("c9"));
    twins.handle(Input::Pbx(Event::IdChanged { old, new }));
    twins.leg("c9", "0101", LegState::Connected);
    let record = twins
        .new
        .iter()
        .find(|effect| matches!(effect.order, Order::Record { .. }));
    let record = record.unwrap().clone();
    let (call, owner) = (CallId::new("c9"), pbx::UserId::new("0101"));
    assert_eq!(record.order, Order::Record { call, owner });
    assert_eq!((record.track, record.priority), (Track::Recording, Priority::Prompt));
    assert!(!record.order.is_repeatable() && record.expires.is_some());
    answer(&mut twins, &record, Outcome::Done);
    // Parked, taken back, taken by another, told once more.
    for (owner, state) in [
        ("0101", LegState::Parked),
        ("0101", LegState::Connected),
        ("0102", LegState::Connected),
        ("0101", LegState::Ended),
        ("0102", LegState::Connected),
    ] {
        twins.leg("c9", owner, state);
        assert!(
            !twins
                .new
                .iter()
                .any(|effect| matches!(effect.order, Order::Record { .. }))
        );
    }
    assert_eq!(twins.core.recordings_awaited(), 1);
}

#[test]
fn what_records_by_itself_is_asked_for_nothing_and_expected_all_the_same() {
    let mut twins = Twins::new(settings(|rules| rules.start = false));
    let orders = call(&mut twins, "c1");
    assert!(!orders.iter().any(|effect| matches!(effect.order, Order::Record { .. })));
    assert_eq!(twins.core.recordings_awaited(), 1);
}

#[test]
fn a_pbx_that_does_not_record_costs_nothing_but_the_recording() {
    let mut twins = Twins::new(settings(|_| {}));
    twins.leg("c1", "0101", LegState::Ringing);
    twins.leg("c1", "0101", LegState::Connected);
    let record = twins
        .new
        .iter()
        .find(|effect| effect.id.step() == "record")
        .unwrap()
        .clone();
    let why = "the user may not record".to_owned();
    let what = Refusal::Recording;
    answer(&mut twins, &record, Outcome::Refused { what, why });
    assert_eq!(twins.core.recordings_awaited(), 0);
    let call = &twins.calls[&CallKey::new("c1")];
    assert_eq!(call.remarks, ["not recorded: the user may not record"]);
}

#[test]
fn a_recording_is_attached_once_however_often_it_is_found() {
    let mut twins = Twins::new(settings(|_| {}));
    call(&mut twins, "c1");
    twins.pass(SignedDuration::from_hours(5));
    assert!(twins.calls[&CallKey::new("c1")].over.is_some());
    let orders = found(&mut twins, recording('a', by_id("c1")));
    assert_eq!(names(&orders), ["c1/attach"]);
    let expected = format!("Recording of this call, 3:25 min\nSHA-256: {}", sum('a'));
    assert_eq!(note(&orders[0]), expected);
    assert_eq!(
        (orders[0].track, orders[0].priority),
        (Track::Recording, Priority::Attach)
    );
    assert_eq!(
        twins.recordings[&sum('a')],
        Standing::Assigned {
            call: CallKey::new("c1")
        }
    );
    assert!(found(&mut twins, recording('a', by_id("c1"))).is_empty());
    answer(&mut twins, &orders[0], Outcome::Done);
    let attached = Standing::Attached {
        call: CallKey::new("c1"),
    };
    assert_eq!(twins.recordings[&sum('a')], attached);
    assert!(found(&mut twins, recording('a', by_id("c1"))).is_empty());
    assert_eq!(twins.summary("c1").outcome, "ticket 77; recording attached");
    assert!(twins.calls[&CallKey::new("c1")].over.is_some());
    assert_eq!(names(&found(&mut twins, recording('b', by_id("c1")))), ["c1/attach.2"]);
    twins.pass(SignedDuration::from_hours(48));
    assert!(twins.new.is_empty());
}

#[test]
fn a_recording_that_comes_before_the_ticket_waits_for_it() {
    let mut twins = Twins::new(settings(|_| {}));
    let mut waiting = Vec::new();
    for state in [LegState::Ringing, LegState::Connected, LegState::Ended] {
        twins.leg("c1", "0101", state);
        waiting.append(&mut twins.new);
    }
    assert!(found(&mut twins, recording('a', by_id("c1"))).is_empty());
    let orders = carry_out(&mut twins, waiting);
    assert!(names(&orders).contains(&"c1/attach"), "{:?}", names(&orders));
}

#[test]
fn without_a_ticket_nothing_is_attached_and_the_recording_is_settled() {
    let mut twins = Twins::new(settings(|_| {}));
    twins.handle(Input::Activation { active: false });
    call(&mut twins, "c1");
    assert!(found(&mut twins, recording('a', by_id("c1"))).is_empty());
    let what = "not attached: the call has no ticket".to_owned();
    let call = CallKey::new("c1");
    assert_eq!(twins.recordings[&sum('a')], Standing::Settled { call, what });
    assert!(twins.calls[&CallKey::new("c1")].over.is_some());
}

#[test]
fn what_is_too_large_or_refused_is_told_in_a_note() {
    let mut twins = Twins::new(settings(|_| {}));
    call(&mut twins, "c1");
    let large = Recording {
        size: 50_000_001,
        ..recording('a', by_id("c1"))
    };
    let orders = found(&mut twins, large);
    assert_eq!(names(&orders), ["c1/note"]);
    let expected = format!(
        "The recording of this call is not attached: it has 51 MB, and the help desk takes 50 MB at most.\n\
         3:25 min\nSHA-256: {}",
        sum('a')
    );
    assert_eq!(note(&orders[0]), expected);

    let orders = found(&mut twins, recording('b', by_id("c1")));
    let (what, why) = (Refusal::Recording, "Zendesk has found malware in it".to_owned());
    answer(&mut twins, &orders[0], Outcome::Refused { what, why });
    assert!(note(&twins.new[0]).contains("not attached: Zendesk has found malware in it."));
    assert_eq!(twins.calls[&CallKey::new("c1")].troubles.len(), 2);
}

#[test]
fn what_is_too_large_is_made_smaller_where_that_is_wished_and_where_it_does_not_help_the_note_says_what_it_says() {
    let mut twins = Twins::new(settings(|rules| rules.compress = true));
    call(&mut twins, "c1");
    let large = |byte| Recording {
        size: 50_000_001,
        ..recording(byte, by_id("c1"))
    };
    let orders = found(&mut twins, large('a'));
    let Order::Attach(draft) = &orders[0].order else {
        panic!("{orders:?}")
    };
    let smaller = draft.smaller.as_ref().unwrap();
    assert_eq!(
        (smaller.file_name.as_str(), smaller.mime.as_str()),
        ("a.ogg", "audio/ogg")
    );
    assert_eq!(smaller.largest, 50_000_000);
    let expected = format!(
        "Recording of this call, 3:25 min\nSHA-256: {}\n\
         It has 51 MB, too many to be attached; attached is the same sound as Opus in Ogg.\n\
         SHA-256 of the attached file: ",
        sum('a')
    );
    assert_eq!(draft.note, expected);
    let (what, why) = (Refusal::Size, "it still has 60 MB".to_owned());
    answer(&mut twins, &orders[0], Outcome::Refused { what, why });
    let told = "The recording of this call is not attached: it has 51 MB, and the help desk takes 50 MB at most.";
    assert!(note(&twins.new[0]).lines().any(|line| line == told));
    assert_eq!(twins.calls[&CallKey::new("c1")].troubles.len(), 1);
    twins.new.clear();

    // One that is small enough is attached as it is.
    let orders = found(&mut twins, recording('b', by_id("c1")));
    assert!(matches!(&orders[0].order, Order::Attach(draft) if draft.smaller.is_none()));
}

#[test]
fn a_ticket_that_is_closed_takes_nothing_and_an_administrator_is_told() {
    let mut twins = Twins::new(settings(|_| {}));
    call(&mut twins, "c1");
    let orders = found(&mut twins, recording('a', by_id("c1")));
    let why = "it is closed".to_owned();
    answer(&mut twins, &orders[0], Outcome::TicketGone { why });
    assert!(twins.new.is_empty());
    assert_eq!(
        twins.calls[&CallKey::new("c1")].troubles,
        ["a recording is not attached: it is closed"]
    );
    // The next one is not even tried.
    assert!(found(&mut twins, recording('b', by_id("c1"))).is_empty());
}

#[test]
fn a_recording_that_is_wedged_goes_out_again() {
    let mut twins = Twins::new(settings(|_| {}));
    call(&mut twins, "c1");
    let attach = found(&mut twins, recording('a', by_id("c1"))).remove(0);
    let why = "attachments are switched off".to_owned();
    answer(&mut twins, &attach, Outcome::Wedged { why });
    let call = CallKey::new("c1");
    assert_eq!(twins.recordings[&sum('a')], Standing::Assigned { call });
    twins.core.handle(Input::Retry { effect: attach.clone() }, twins.now);
    assert_eq!(twins.core.poll_effect(), Some(attach));
}

#[test]
fn one_that_does_not_turn_up_within_a_day_is_told_in_a_note_once() {
    let mut twins = Twins::new(settings(|_| {}));
    call(&mut twins, "c1");
    let mut notes = Vec::new();
    let until = twins.now + SignedDuration::from_hours(60);
    while twins.wake(until) {
        let new = std::mem::take(&mut twins.new);
        let told = new
            .iter()
            .filter(|effect| matches!(effect.order, Order::AddNote { .. }));
        notes.extend(told.map(|effect| (twins.now, note(effect).to_owned())));
        carry_out(&mut twins, new);
    }
    let ended = support::midnight() + seconds(65);
    let text = "This call should have been recorded, but no recording has turned up within a day.";
    assert_eq!(notes, [(ended + SignedDuration::from_hours(24), text.to_owned())]);
    assert_eq!(twins.core.recordings_awaited(), 0);
}
