//! Who is found by a number, what waits, and what remains.

use std::collections::BTreeMap;

use crate::call::{CallKey, Caller, Candidate, LookUp, Recorded, Ticket};
use crate::desk::{NumberField, TicketId, TicketView, UserId};
use crate::effect::TicketDraft;
use crate::input::Refusal;
use crate::matching::MatchedAgent;

use super::*;

fn plan() -> NumberPlan {
    NumberPlan::new("DE", Some("721")).unwrap()
}

fn sought() -> Sought {
    Sought::parse("0721 555010", &plan(), None).unwrap()
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_795_530_000 + seconds).unwrap()
}

#[test]
fn a_number_is_sought_in_whatever_form_it_is_typed_and_others_are_told_apart() {
    for typed in [
        "0721 555010",
        " +49721555010 ",
        "0049 721/55-50-10",
        "555010",
        "tel:+49721555010",
    ] {
        assert_eq!(
            Sought::parse(typed, &plan(), None).unwrap().number().as_str(),
            "+49721555010"
        );
    }
    let agent = MatchedAgent {
        name: String::new(),
        email: None,
        extensions: vec![Dialled::new("12"), Dialled::new("+49 721 46 053 12")],
        desk: None,
    };
    let matching = Matching {
        agents: BTreeMap::from([(pbx::UserId::new("0101"), agent)]),
        groups: BTreeMap::new(),
        default_user: UserId::new(400),
    };
    for (typed, why) in [
        ("", NotSought::Withheld),
        ("anonymous", NotSought::Withheld),
        ("12", NotSought::Internal),
        ("110", NotSought::Internal),
        ("Anna", NotSought::Unreadable),
        ("0721 555010, 0721 555011", NotSought::Unreadable),
        ("0721 4605312", NotSought::Own),
    ] {
        assert_eq!(Sought::parse(typed, &plan(), Some(&matching)), Err(why), "{typed}");
    }
    assert_eq!(
        format!("{:?}", sought()).matches("721").count(),
        1,
        "the area code of the plan"
    );
}

#[test]
fn another_number_in_which_his_digits_stand_is_another() {
    for (his, other) in [
        ("+49 30 1234567", "+49 7301 234567"),
        ("+49 721 55501", "+49 721 555010"),
        ("+49 721 555010", "+49 30 555010"),
    ] {
        let sought = Sought::parse(his, &plan(), None).unwrap();
        assert!(sought.is(&Dialled::new(his)));
        assert!(!sought.is(&Dialled::new(other)), "{his} in {other}");
    }
    assert!(
        sought().is(&Dialled::new("kunde@ +49721555010")),
        "no number, and his stands in it"
    );
}

#[test]
fn whatever_the_core_may_still_need_stays() {
    let id = pbx::CallId::new("c1");
    let over = CallState {
        over: Some(at(0)),
        ..CallState::new(&id, at(0))
    };
    let calm = Standing {
        updated: at(0),
        waiting: false,
        wedged: false,
        listed_since: None,
    };
    let day = REMEMBERED.as_secs();
    let awaits = CallState {
        recorded: Recorded::Expected,
        ..over.clone()
    };
    let goes_on = CallState::new(&id, at(0));
    let listed = |since| Standing {
        listed_since: Some(at(since)),
        ..calm
    };
    let until = at(day);
    for (call, standing, now, expected) in [
        (&over, calm, day + 1, None),
        (&over, calm, day, Some(Stays::Lately { until })),
        (&over, listed(1), day + 1, None),
        (&over, listed(0), day + 1, Some(Stays::Listed)),
        (&goes_on, calm, day + 1, Some(Stays::GoesOn)),
        (&awaits, calm, day + 1, Some(Stays::AwaitsRecording)),
        (&over, Standing { waiting: true, ..calm }, day + 1, Some(Stays::Waiting)),
        (&over, Standing { wedged: true, ..calm }, day + 1, Some(Stays::Wedged)),
    ] {
        assert_eq!(stays(call, standing, at(now)), expected);
    }
}

#[test]
fn his_number_is_found_in_orders_and_answers_of_others() {
    let sought = sought();
    let other = E164::parse("+49897654321").unwrap();
    let note = |text: &str| Order::AddNote {
        ticket: TicketId::new(1),
        text: text.into(),
    };
    let ticket = |subject: &str| {
        Order::OpenTicket(TicketDraft {
            external_id: String::new(),
            subject: subject.into(),
            note: String::new(),
            requester: None,
            assignee: None,
            group: None,
            tags: Vec::new(),
        })
    };
    let release = |number: &E164| Order::ReleaseNumber {
        user: UserId::new(1),
        number: number.clone(),
    };
    for order in [
        note("number +49 721 555010"),
        ticket("Call from 0721/555 010"),
        release(sought.number()),
    ] {
        assert!(sought.is_in_order(&order), "{order:?}");
    }
    for order in [note("number +49 721 555011"), ticket("Call"), release(&other)] {
        assert!(!sought.is_in_order(&order), "{order:?}");
    }
    let profile = |numbers: &[&str]| Profile {
        user: UserId::new(900),
        name: "Karla Kunde".into(),
        numbers: numbers.iter().map(|n| (NumberField::Phone, (*n).to_owned())).collect(),
        shared_phone: false,
        active: true,
        suspended: false,
        made_for: None,
    };
    let two = profile(&["089 7654321", "(0721) 555 010"]);
    assert!(sought.is_in_outcome(&Outcome::Profiles(vec![profile(&[]), two])));
    assert!(!sought.is_in_outcome(&Outcome::Profiles(vec![profile(&["089 7654321"])])));
    let why = "+49721555010 is taken".to_owned();
    assert!(sought.is_in_outcome(&Outcome::Dropped { why }));
}

#[test]
fn what_remains_of_an_answer_is_its_ticket_and_nobodys_words() {
    let opened = Outcome::Opened {
        ticket: TicketId::new(77),
    };
    assert_eq!(remains_of(&opened), opened);
    let why = || "+49721555010".to_owned();
    let view = TicketView {
        ticket: TicketId::new(77),
        requester: UserId::new(900),
        updated_at: at(0),
        standing: crate::desk::Standing::Open,
    };
    for outcome in [
        Outcome::Profiles(Vec::new()),
        Outcome::User(UserId::new(900)),
        Outcome::Ticket(view),
        Outcome::NotPopped { why: why() },
        Outcome::TicketGone { why: why() },
        Outcome::Refused {
            what: Refusal::Number,
            why: why(),
        },
        Outcome::Dropped { why: why() },
        Outcome::Wedged { why: why() },
    ] {
        let remains = format!("{:?}", remains_of(&outcome));
        assert!(
            remains.contains(ERASED) && !remains.contains("900") && !remains.contains("555010"),
            "{remains}"
        );
    }
}

#[test]
fn a_call_is_of_whoever_is_at_its_other_end() {
    let sought = sought();
    let call = |outbound, caller: &str, called: &str| CallState {
        outbound,
        caller: Some(Dialled::new(caller)),
        called: Some(Dialled::new(called)),
        merged_into: Some(CallKey::new("+49721555010")),
        ..CallState::new(&pbx::CallId::new("c1"), at(0))
    };
    assert!(sought.took_part(&call(false, "0049721555010", "300")));
    assert!(sought.took_part(&call(true, "12", "555010")));
    assert!(!sought.took_part(&call(false, "0721 555011", "300")));
    assert!(
        !sought.took_part(&call(false, "0721 555011", "0721 555010")),
        "he was dialled: a line of our own"
    );
    assert!(!sought.took_part(&call(true, "0721 555010", "0721 555011")));
}

#[test]
fn a_recording_is_of_whoever_is_at_the_other_end() {
    let sought = sought();
    let is_of = |caller: Option<&str>, called: Option<&str>, name: &str| {
        let hints = Hints {
            caller: caller.map(Dialled::new),
            called: called.map(Dialled::new),
            ..Hints::default()
        };
        sought.is_meant(&hints, name)
    };
    assert!(is_of(Some("555010"), Some("0101"), "a.wav"));
    assert!(is_of(Some("12"), Some("0721 555010"), "a.wav"));
    assert!(is_of(None, None, "Aufnahme_20261124_140205_0721555010.wav"));
    assert!(!is_of(Some("0721 123456"), Some("0721 555010"), "b_0721555010.wav"));
    let plan = plan().with_own_number("+49 721 46059").unwrap();
    let sought = Sought::parse("0721 555010", &plan, None).unwrap();
    let hints = Hints {
        caller: Some(Dialled::new("+49 721 46059-12")),
        called: Some(Dialled::new("0721 555010")),
        ..Hints::default()
    };
    assert!(sought.is_meant(&hints, "a.wav"), "one of our own phones called him");
    assert!(!is_of(None, None, "a.wav"));
}

#[test]
fn the_help_desk_s_words_in_a_call_may_name_him() {
    let call = CallState::new(&pbx::CallId::new("c1"), at(0));
    let failed = |why: &str| CallState {
        ticket: Ticket::Failed { why: why.into() },
        ..call.clone()
    };
    assert!(sought().is_named(&failed("the number 0721/555010 is suspended")));
    assert!(!sought().is_named(&failed("the requester is suspended")));
    let candidate = Candidate {
        user: UserId::new(900),
        name: "Caller +49 721 555010".into(),
    };
    let one_of_two = CallState {
        lookup: LookUp::Found(Caller::Several(vec![candidate])),
        ..call
    };
    assert!(
        sought().is_named(&one_of_two),
        "as a user who is named after his number"
    );
}
