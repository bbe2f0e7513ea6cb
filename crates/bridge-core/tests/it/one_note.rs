//! One note for a recording and what else is to be told at the end of a call, and what becomes of it where that does not work.

use std::collections::VecDeque;

use bridge_core::call::{Attach, CallKey, CallState, Recorded};
use bridge_core::desk::{NumberField, Profile, Standing, TicketId, TicketView, UserId};
use bridge_core::effect::{Effect, Order, Track};
use bridge_core::erasure::Sought;
use bridge_core::input::{Input, Outcome, Refusal};
use bridge_core::number::NumberPlan;
use bridge_core::recording::Recording;
use expect_test::expect;
use jiff::SignedDuration;
use pbx::LegState;

use crate::recordings::{CALLER, answer, by_id, call, carry_out, found, names, recording, seconds, settings, sum};
use crate::twins::Twins;

fn c1() -> CallKey {
    CallKey::new("c1")
}

/// What stands in a note: beside the recording, and otherwise.
fn texts(effect: &Effect) -> (Option<&str>, &str) {
    if let Order::AddNote { text, .. } = &effect.order {
        return (None, text);
    }
    let Order::Attach(draft) = &effect.order else {
        panic!("no note: {:?}", effect.order)
    };
    (draft.words.as_deref(), &draft.note)
}

/// What stands beside the recording in its note.
fn words(effect: &Effect) -> String {
    texts(effect).0.unwrap().to_owned()
}

/// A call whose recording was ordered when it had ended; with that order.
fn ordered() -> (Twins, Effect) {
    let mut twins = Twins::new(settings(|_| {}));
    call(&mut twins, "c1");
    let attach = found(&mut twins, recording('a', by_id("c1"))).remove(0);
    assert_eq!(names(std::slice::from_ref(&attach)), ["c1/attach"]);
    (twins, attach)
}

/// A call of somebody whom nobody knows, 15 seconds after its end. What is ordered from now on is left to the caller.
fn unknown() -> Twins {
    let mut settings = settings(|_| {});
    settings.number_fields = vec![NumberField::Phone];
    let mut twins = Twins::new(settings);
    for (state, then) in [(LegState::Ringing, 5), (LegState::Connected, 60), (LegState::Ended, 15)] {
        twins.leg("c1", "0101", state);
        let mut waiting: VecDeque<_> = std::mem::take(&mut twins.new).into();
        while let Some(effect) = waiting.pop_front() {
            if let Order::LookUp { .. } = effect.order {
                answer(&mut twins, &effect, Outcome::Profiles(Vec::new()));
                waiting.extend(std::mem::take(&mut twins.new));
            } else {
                carry_out(&mut twins, vec![effect]);
            }
        }
        twins.pass(seconds(then));
    }
    twins
}

#[test]
fn the_first_recording_of_a_call_tells_how_it_went() {
    let (mut twins, attach) = ordered();
    expect![[r"
        End of this call
        Waited: 0:05 min
        Talked: 1:00 min
        Ended: 2026-11-24 00:01:05 UTC"]]
    .assert_eq(&words(&attach));
    answer(&mut twins, &attach, Outcome::Done);
    let second = found(&mut twins, recording('b', by_id("c1"))).remove(0);
    assert_eq!(texts(&second).0, None);
}

#[test]
fn a_call_that_several_had_names_them() {
    let mut twins = Twins::new(settings(|_| {}));
    for (login, state) in [
        ("0101", LegState::Ringing),
        ("0101", LegState::Connected),
        ("0102", LegState::Connected),
        ("0101", LegState::Ended),
        ("0102", LegState::Ended),
    ] {
        twins.leg("c1", login, state);
        let new = std::mem::take(&mut twins.new);
        carry_out(&mut twins, new);
    }
    let attach = found(&mut twins, recording('a', by_id("c1"))).remove(0);
    let last = words(&attach).lines().last().unwrap().to_owned();
    assert_eq!(last, "Agents: Anna Muster (0101), Ben Beispiel (0102)");
}

#[test]
fn a_recording_waits_while_it_is_not_clear_what_becomes_of_the_number_and_no_longer() {
    let mut twins = unknown();
    assert!(found(&mut twins, recording('a', by_id("c1"))).is_empty());
    let told = "the recording waits until it is clear what becomes of the number";
    assert!(twins.steps[&c1()].iter().any(|step| step.what == told));
    // Wrap-up ends two minutes after the call, which ended 15 seconds ago.
    twins.pass(seconds(105));
    assert_eq!(names(&twins.new), ["c1/read"]);
    let read = twins.new.remove(0);
    let view = TicketView {
        ticket: TicketId::new(77),
        requester: UserId::new(400),
        updated_at: twins.now,
        standing: Standing::Open,
    };
    answer(&mut twins, &read, Outcome::Ticket(view));
    assert_eq!(names(&twins.new), ["c1/attach"]);
    let attach = twins.new.remove(0);
    answer(&mut twins, &attach, Outcome::Done);
    assert!(twins.calls[&c1()].over.is_some());
}

#[test]
fn a_call_that_must_not_be_recorded_keeps_no_recording_waiting() {
    let mut twins = unknown();
    assert!(found(&mut twins, recording('a', by_id("c1"))).is_empty());
    let call = Box::new(twins.calls[&c1()].clone());
    twins.handle(Input::Refuse { named: c1(), call });
    assert!(twins.new.is_empty(), "{:?}", names(&twins.new));
    twins.pass(SignedDuration::from_hours(1));
    assert_eq!(names(&twins.new), ["c1/read"]);
}

#[test]
fn two_recordings_that_waited_are_two_notes_and_the_first_of_them_tells_the_rest() {
    let mut twins = unknown();
    assert!(found(&mut twins, recording('a', by_id("c1"))).is_empty());
    assert!(found(&mut twins, recording('b', by_id("c1"))).is_empty());
    twins.pass(seconds(105));
    let read = twins.new.remove(0);
    let why = "not to be had".to_owned();
    answer(&mut twins, &read, Outcome::Dropped { why });
    assert_eq!(names(&twins.new), ["c1/attach", "c1/attach.2"]);
    assert!(texts(&twins.new[0]).0.is_some() && texts(&twins.new[1]).0.is_none());
}

#[test]
fn where_the_recording_is_refused_the_rest_is_told_with_that_in_one_note() {
    let (mut twins, attach) = ordered();
    let (what, why) = (Refusal::Recording, "Zendesk takes no files so large".to_owned());
    answer(&mut twins, &attach, Outcome::Refused { what, why });
    assert_eq!(names(&twins.new), ["c1/note"]);
    let note = texts(&twins.new[0]).1;
    assert!(note.starts_with(&format!(
        "{}\n\nThe recording of this call is not attached",
        words(&attach)
    )));
}

#[test]
fn where_the_recording_is_stuck_the_rest_is_told_after_it_and_once() {
    let (mut twins, attach) = ordered();
    let why = || "attachments are switched off".to_owned();
    answer(&mut twins, &attach, Outcome::Wedged { why: why() });
    assert_eq!(names(&twins.new), ["c1/note"]);
    let note = twins.new.remove(0);
    assert_eq!(
        (note.track, texts(&note).1),
        (Track::Recording, words(&attach).as_str())
    );
    // It is tried again as it was, in vain: whoever carries it out sees that the rest stands there by then.
    twins.core.handle(Input::Retry { effect: attach.clone() }, twins.now);
    assert_eq!(twins.core.poll_effect(), Some(attach.clone()));
    twins.core.handle(
        Input::Outcome {
            effect: attach.id.clone(),
            outcome: Outcome::Wedged { why: why() },
        },
        twins.now,
    );
    assert_eq!(twins.core.poll_effect(), None);
}

#[test]
fn a_recording_that_fails_again_and_again_does_not_hold_up_the_rest() {
    let (mut twins, attach) = ordered();
    let fail = |twins: &mut Twins, attempts| {
        twins.handle(Input::Postponed {
            effect: attach.id.clone(),
            attempts,
            why: "the inbox cannot be read".into(),
            again_at: twins.now + seconds(60),
        });
    };
    for attempts in [1, 2, 3, 4] {
        fail(&mut twins, attempts);
        assert!(twins.new.is_empty());
    }
    fail(&mut twins, 8);
    // In this order: it may be under way at this moment.
    assert_eq!(twins.withdrawn, std::slice::from_ref(&attach.id));
    assert_eq!(names(&twins.new), ["c1/note", "c1/attach.2"]);
    assert!(twins.new.iter().all(|effect| effect.track == Track::Recording));
    assert_eq!(texts(&twins.new[0]).1, words(&attach));
    assert_eq!(texts(&twins.new[1]).0, None);
    let (note, again) = (twins.new.remove(0), twins.new.remove(0));
    // The first one has arrived after all.
    answer(&mut twins, &attach, Outcome::Done);
    for effect in [&note, &again] {
        answer(&mut twins, effect, Outcome::Done);
    }
    assert!(twins.new.is_empty());
    assert!(twins.calls[&c1()].over.is_some());
    // One that says nothing else goes on as it is.
    let second = found(&mut twins, recording('b', by_id("c1"))).remove(0);
    twins.handle(Input::Postponed {
        effect: second.id.clone(),
        attempts: 8,
        why: "the inbox cannot be read".into(),
        again_at: twins.now + seconds(60),
    });
    assert!(twins.new.is_empty() && twins.withdrawn.is_empty());
}

#[test]
fn where_a_call_must_not_be_recorded_the_rest_is_told_before_the_recording_goes() {
    let (mut twins, attach) = ordered();
    let call = Box::new(twins.calls[&c1()].clone());
    twins.handle(Input::Refuse { named: c1(), call });
    assert_eq!(twins.withdrawn, std::slice::from_ref(&attach.id));
    let orders = std::mem::take(&mut twins.new);
    assert_eq!(names(&orders), ["c1/note", "c1/redact"]);
    assert!(orders.iter().all(|effect| effect.track == Track::Recording));
    assert_eq!(texts(&orders[0]).1, words(&attach));
    for effect in [&attach, &orders[0], &orders[1]] {
        answer(&mut twins, effect, Outcome::Done);
    }
    let call = &twins.calls[&c1()];
    assert!(call.over.is_some() && call.notes.is_empty() && call.recorded == Recorded::Refused);
}

#[test]
fn what_is_too_large_and_what_becomes_of_the_number_are_one_note() {
    let mut twins = unknown();
    let large = Recording {
        size: 50_000_001,
        ..recording('a', by_id("c1"))
    };
    assert!(found(&mut twins, large).is_empty());
    twins.pass(seconds(105));
    let read = twins.new.remove(0);
    let view = TicketView {
        ticket: TicketId::new(77),
        requester: UserId::new(900),
        updated_at: twins.now,
        standing: Standing::Open,
    };
    answer(&mut twins, &read, Outcome::Ticket(view));
    let profile = twins.new.remove(0);
    let karla = Profile {
        user: UserId::new(900),
        name: "Karla Kunde".into(),
        numbers: vec![(NumberField::Phone, "07247 99".into())],
        shared_phone: false,
        active: true,
        suspended: false,
        made_for: None,
    };
    answer(&mut twins, &profile, Outcome::Profiles(vec![karla]));
    assert_eq!(names(&twins.new), ["c1/note"]);
    let note = texts(&twins.new[0]).1;
    assert!(note.contains("no free field") && note.contains(sum('a').as_str()));
}

#[test]
fn whoever_is_erased_is_not_in_what_is_still_to_be_told() {
    let (mut twins, _) = ordered();
    let plan = NumberPlan::new("DE", Some("721")).unwrap();
    let sought = Sought::parse(CALLER, &plan, None).unwrap();
    let mut state = twins.calls.remove(&c1()).unwrap();
    assert!(!sought.is_named(&state));
    let name = |state: &mut CallState| {
        let Attach::Ordered { words, .. } = &mut state.recordings[0].attach else {
            panic!("{state:?}")
        };
        *words = Some("The number +49 721 123456 was not added".into());
    };
    name(&mut state);
    assert!(sought.is_named(&state));
    state.erase(&sought, twins.now);
    assert!(!sought.is_named(&state));
}
