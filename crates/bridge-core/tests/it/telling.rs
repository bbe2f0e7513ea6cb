//! What people read: tickets in both languages, a call's story, what `status` shows.

use bridge_core::call::CallKey;
use bridge_core::desk::{NumberField, Profile, TicketId, UserId};
use bridge_core::effect::Order;
use bridge_core::input::{Input, Outcome, Refusal};
use bridge_core::settings::{Language, Settings};
use bridge_sim::story;
use expect_test::{Expect, expect};
use jiff::SignedDuration;
use jiff::tz::TimeZone;
use pbx::{Dialled, Event, LegState};

use crate::support;
use crate::twins::{Twins, leg};

fn settings(language: Language) -> Settings {
    Settings {
        language,
        time_zone: TimeZone::get("Europe/Berlin").unwrap(),
        ..support::settings(&story::Settings::of(&story::parse("").unwrap()))
    }
}

fn karla(user: u64, name: &str) -> Profile {
    Profile {
        user: UserId::new(user),
        name: name.into(),
        numbers: vec![(NumberField::Phone, "0721/123456".into())],
        shared_phone: false,
        active: true,
        suspended: false,
        made_for: None,
    }
}

/// A call from this number, answered by Anna; look-ups find these users.
fn answered(twins: &mut Twins, caller: &str, found: &[Profile]) {
    for state in [LegState::Ringing, LegState::Connected] {
        let mut event = leg("c1", "0101", state);
        event.caller = Some(Dialled::new(caller));
        twins.handle(Input::Pbx(Event::Leg(event)));
        if twins.new.iter().any(|effect| effect.id.step() == "lookup") {
            answer(twins, "lookup", Outcome::Profiles(found.to_vec()));
        }
    }
}

fn answer(twins: &mut Twins, step: &str, outcome: Outcome) {
    let effect = bridge_core::effect::EffectId::new(&CallKey::new("c1"), step);
    assert!(twins.given.contains(&effect), "{effect} was not ordered");
    twins.handle(Input::Outcome { effect, outcome });
}

fn check_ticket(twins: &Twins, expected: &Expect) {
    let Order::OpenTicket(draft) = &twins.new[0].order else {
        panic!("{:?}", twins.new)
    };
    expected.assert_eq(&format!(
        "{}\n\n{}\n\n{:?} {}",
        draft.subject, draft.note, draft.tags, draft.external_id
    ));
}

#[test]
fn a_ticket_in_english() {
    let mut twins = Twins::new(settings(Language::En));
    answered(
        &mut twins,
        "0721 123456",
        &[karla(900, "Karla Kunde"), karla(901, "Kurt Kunde")],
    );
    check_ticket(
        &twins,
        &expect![[r#"
        Call from +49 721 123456 (Support)

        Answered call
        Caller: 0721 123456 (+49 721 123456)
        Dialled: 0721 4605300
        Group: Support
        Agent: Anna Muster (0101)
        Answered: 2026-11-24 01:00:00 CET

        No certain match: this number stands in the profile of Karla Kunde (900), Kurt Kunde (901).

        ["phone"] zendesk-bridge:starface:c1"#]],
    );
    let why = "suspended".to_owned();
    answer(
        &mut twins,
        "ticket",
        Outcome::Refused {
            what: Refusal::Assignee,
            why,
        },
    );
    check_ticket(
        &twins,
        &expect![[r#"
        Call from +49 721 123456 (Support)

        Answered call
        Caller: 0721 123456 (+49 721 123456)
        Dialled: 0721 4605300
        Group: Support
        Agent: Anna Muster (0101)
        Answered: 2026-11-24 01:00:00 CET

        No certain match: this number stands in the profile of Karla Kunde (900), Kurt Kunde (901).

        Agent 501 was refused as assignee: suspended

        ["phone"] zendesk-bridge:starface:c1"#]],
    );
}

#[test]
fn a_ticket_in_german() {
    let mut twins = Twins::new(settings(Language::De));
    answered(
        &mut twins,
        "0721 123456",
        &[karla(900, "Karla Kunde"), karla(901, "Kurt Kunde")],
    );
    check_ticket(
        &twins,
        &expect![[r#"
        Anruf von +49 721 123456 (Support)

        Angenommener Anruf
        Anrufer: 0721 123456 (+49 721 123456)
        Gewählt: 0721 4605300
        Gruppe: Support
        Agent: Anna Muster (0101)
        Angenommen: 24.11.2026 01:00:00 CET

        Keine eindeutige Zuordnung: Diese Nummer steht im Profil von Karla Kunde (900), Kurt Kunde (901).

        ["phone"] zendesk-bridge:starface:c1"#]],
    );
    let why = "gesperrt".to_owned();
    answer(
        &mut twins,
        "ticket",
        Outcome::Refused {
            what: Refusal::Assignee,
            why,
        },
    );
    check_ticket(
        &twins,
        &expect![[r#"
        Anruf von +49 721 123456 (Support)

        Angenommener Anruf
        Anrufer: 0721 123456 (+49 721 123456)
        Gewählt: 0721 4605300
        Gruppe: Support
        Agent: Anna Muster (0101)
        Angenommen: 24.11.2026 01:00:00 CET

        Keine eindeutige Zuordnung: Diese Nummer steht im Profil von Karla Kunde (900), Kurt Kunde (901).

        Agent 501 wurde als Mitarbeiter abgelehnt: gesperrt

        ["phone"] zendesk-bridge:starface:c1"#]],
    );
}

#[test]
fn a_ticket_of_a_withheld_number() {
    for (language, expected) in [
        (
            Language::En,
            expect![[r#"
            Call with withheld number (Support)

            Answered call
            Caller: number withheld
            Dialled: 0721 4605300
            Group: Support
            Agent: Anna Muster (0101)
            Answered: 2026-11-24 01:00:00 CET

            ["phone"] zendesk-bridge:starface:c1"#]],
        ),
        (
            Language::De,
            expect![[r#"
            Anruf mit unterdrückter Nummer (Support)

            Angenommener Anruf
            Anrufer: Nummer unterdrückt
            Gewählt: 0721 4605300
            Gruppe: Support
            Agent: Anna Muster (0101)
            Angenommen: 24.11.2026 01:00:00 CET

            ["phone"] zendesk-bridge:starface:c1"#]],
        ),
    ] {
        let mut twins = Twins::new(settings(language));
        answered(&mut twins, "anonymous", &[]);
        check_ticket(&twins, &expected);
    }
}

#[test]
fn a_story_with_its_reasons() {
    let mut twins = Twins::new(settings(Language::En));
    answered(&mut twins, "0721 123456", &[]);
    let ticket = TicketId::new(77);
    let effect = bridge_core::effect::EffectId::new(&CallKey::new("c1"), "ticket");
    for (attempts, why) in [(1, "no answer"), (2, "no answer"), (3, "too many requests")] {
        let (effect, why, again_at) = (effect.clone(), why.to_owned(), twins.now);
        twins.handle(Input::Postponed {
            effect,
            attempts,
            why,
            again_at,
        });
    }
    answer(&mut twins, "ticket", Outcome::Opened { ticket });
    answer(&mut twins, "pop", Outcome::Popped);
    twins.leg("c1", "0101", LegState::Ended);
    twins.pass(SignedDuration::from_mins(2));
    let view = |requester| {
        Outcome::Ticket(bridge_core::desk::TicketView {
            ticket,
            requester: UserId::new(requester),
            updated_at: support::midnight(),
            standing: bridge_core::desk::Standing::Open,
        })
    };
    answer(&mut twins, "read", view(900));
    answer(
        &mut twins,
        "profile",
        Outcome::Profiles(vec![Profile {
            numbers: Vec::new(),
            ..karla(900, "Karla Kunde")
        }]),
    );
    answer(&mut twins, "owner", Outcome::Profiles(vec![karla(901, "Kurt Kunde")]));
    answer(&mut twins, "note", Outcome::Done);
    let steps = &twins.steps[&CallKey::new("c1")];
    let mut text = String::new();
    for step in steps {
        let why = if step.why.is_empty() {
            String::new()
        } else {
            format!(" -- {}", step.why)
        };
        text.push_str(&format!("{:?}: {}{why}\n", step.kind, step.what));
    }
    text.push_str(&twins.summary("c1").outcome);
    expect![[r#"
        Event: 0101 rings, caller …456, group 1003
        Request: lookup: who has …456? -- to know the requester
        Answer: lookup: no user
        Decision: nobody has the caller's number -- 0 profiles found, compared in E.164
        Event: 0101 talks, caller …456, group 1003
        Decision: answered by 0101
        Decision: the requester is user 400 -- the default user stands in for callers who are not known for certain
        Request: ticket: a ticket with requester 400, group 71, assignee 501 -- the call was answered
        Answer: ticket failed (attempt 1) and is tried again at 2026-11-24T00:00:00Z -- no answer
        Answer: ticket failed (attempt 3) and is tried again at 2026-11-24T00:00:00Z -- too many requests
        Answer: ticket: ticket 77
        Request: pop: ticket 77 on the screen of 501 -- the agent talks
        Answer: pop: shown to the agent
        Event: 0101 has ended, caller …456, group 1003
        Decision: the call has ended -- no phone has it any more
        Request: read: ticket 77 is read -- whose is it by now?
        Answer: read: ticket 77 has requester 900
        Request: profile: the numbers of user 900 -- somebody made him the requester
        Answer: profile: users 900
        Request: owner: whose is …456 by now? -- a number has one owner
        Answer: owner: users 901
        Decision: the number is not learned for user 900 -- it belongs to user 901
        Request: note: an internal note -- people should know
        Answer: note: done
        ticket 77; number not learned for user 900: it belongs to user 901"#]]
    .assert_eq(&text);
    let problems: Vec<String> = twins.core.problems().into_iter().map(|problem| problem.what).collect();
    expect![[r#"
        0103 has no user of the same e-mail address in the help desk
        number …456 is not learned for user 900: it belongs to user 901"#]]
    .assert_eq(&problems.join("\n"));
}
