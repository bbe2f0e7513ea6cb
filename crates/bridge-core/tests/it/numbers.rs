//! Numbers that are never searched, stored or learned.

use bridge_core::call::CallKey;
use bridge_core::desk::{NumberField, Profile, TicketId, UserId};
use bridge_core::effect::Order;
use bridge_core::input::{Input, Outcome};
use bridge_core::settings::Settings;
use bridge_sim::story;
use jiff::SignedDuration;
use pbx::{Dialled, Event, LegState};

use crate::support;
use crate::twins::{Twins, leg};

fn settings() -> Settings {
    let mut settings = support::settings(&story::Settings::of(&story::parse("").unwrap()));
    let plan = settings.numbers.with_own_number("+49 721 46059").unwrap();
    settings.numbers = plan.with_extensions("10-99").unwrap();
    settings
}

/// What is ordered for an answered call of this caller, whom nobody knows, and what became of it at last.
fn whole_call(caller: &str) -> (Vec<String>, String) {
    let (orders, twins) = play(settings(), caller, &[]);
    (orders, twins.summary("c1").outcome.clone())
}

/// The same where a look-up finds these profiles.
fn play(settings: Settings, caller: &str, profiles: &[Profile]) -> (Vec<String>, Twins) {
    let mut twins = Twins::new(settings);
    let mut orders = Vec::new();
    for state in [LegState::Ringing, LegState::Connected, LegState::Ended] {
        let mut leg = leg("c1", "0101", state);
        leg.caller = Some(Dialled::new(caller));
        twins.handle(Input::Pbx(Event::Leg(leg)));
        carry_out(&mut twins, profiles, &mut orders);
    }
    while twins.wake(twins.now + SignedDuration::from_hours(1)) {
        carry_out(&mut twins, profiles, &mut orders);
    }
    (orders, twins)
}

fn carry_out(twins: &mut Twins, profiles: &[Profile], orders: &mut Vec<String>) {
    let mut new = std::mem::take(&mut twins.new);
    while !new.is_empty() {
        for effect in std::mem::take(&mut new) {
            orders.push(effect.id.as_str().to_owned());
            let outcome = if let Order::LookUp { .. } = effect.order {
                Outcome::Profiles(profiles.to_vec())
            } else if let Order::OpenTicket(_) = effect.order {
                Outcome::Opened {
                    ticket: TicketId::new(77),
                }
            } else {
                Outcome::Dropped { why: "a test".into() }
            };
            twins.handle(Input::Outcome {
                effect: effect.id,
                outcome,
            });
            new.append(&mut twins.new);
        }
    }
}

#[test]
fn a_call_from_one_of_our_own_numbers_leads_to_nothing() {
    for own in ["0721 46059-12", "+497214605999", "004972146059", "0721460590"] {
        let (orders, outcome) = whole_call(own);
        assert_eq!(orders, [""; 0], "{own}");
        assert!(outcome.contains("an internal call"), "{own}: {outcome}");
    }
    let (orders, _) = whole_call("0721 46059-123");
    assert_eq!(
        orders[..2],
        ["c1/lookup", "c1/ticket"],
        "nobody's extension is somebody else's number"
    );
}

#[test]
fn nobody_is_searched_for_and_nothing_is_learned_by_a_number_for_which_callers_pay_more() {
    for service in ["0900 1234567", "+491805123456"] {
        let (orders, outcome) = whole_call(service);
        assert_eq!(orders[0], "c1/ticket", "{service}");
        assert!(
            !orders
                .iter()
                .any(|name| name.ends_with("/lookup") || name.ends_with("/read"))
        );
        assert!(outcome.contains("ticket 77"), "{service}: {outcome}");
    }
    let (orders, _) = whole_call("0721 123456");
    assert!(
        orders.contains(&"c1/read".to_owned()),
        "any other number may be learned"
    );
}

fn profile(user: u64, numbers: &[&str]) -> Profile {
    let numbers = numbers.iter().map(|typed| (NumberField::Phone, (*typed).to_owned()));
    Profile {
        user: UserId::new(user),
        name: format!("User {user}"),
        numbers: numbers.collect(),
        shared_phone: false,
        active: true,
        suspended: false,
        made_for: None,
    }
}

/// Who the caller turns out to be, by the call's story.
fn known_as(caller: &str, head_numbers: bool, profiles: &[Profile]) -> (String, Vec<String>) {
    let mut settings = settings();
    if head_numbers {
        settings.numbers = settings.numbers.with_head_numbers();
    }
    let (orders, twins) = play(settings, caller, profiles);
    let mut steps = twins.steps[&CallKey::new("c1")].iter();
    let step = steps.find(|step| step.why.ends_with("compared in E.164"));
    (step.map_or_else(String::new, |step| step.what.clone()), orders)
}

#[test]
fn a_head_number_identifies_whoever_calls_from_behind_it_where_that_is_wanted() {
    let company = profile(602, &["+49 721 46050-0"]);
    let caller = "0721 4605012";
    let known = |profiles: &[Profile]| known_as(caller, true, profiles).0;
    let (by_head, orders) = known_as(caller, true, std::slice::from_ref(&company));
    assert_eq!(by_head, "the caller is user 602, by the head number");
    assert!(
        !orders.contains(&"c1/read".to_owned()),
        "never learned from: {orders:?}"
    );

    let nobody = "nobody has the caller's number";
    assert_eq!(known_as(caller, false, std::slice::from_ref(&company)).0, nobody);
    assert_eq!(
        known(&[company.clone(), profile(603, &["0721 46050"])]),
        nobody,
        "two have it"
    );
    let twice = profile(602, &["+49 721 46050-0", "+49 721 4605"]);
    assert_eq!(known(&[twice]), by_head, "one user is one, however often he has it");
    // The whole number goes before any head number, also where it is not certain.
    assert_eq!(
        known(&[company.clone(), profile(603, &[caller])]),
        "the caller is user 603"
    );
    let several = [company.clone(), profile(603, &[caller]), profile(604, &[caller])];
    assert_eq!(known(&several), "no certain match: 2 users have the number");

    let shared = Profile {
        shared_phone: true,
        ..company.clone()
    };
    let deleted = Profile {
        active: false,
        ..company.clone()
    };
    let made_for = bridge_core::number::E164::parse("+49721460500");
    let made = Profile {
        made_for,
        ..company.clone()
    };
    for other in [
        shared,
        deleted,
        made,
        profile(602, &["0721 46051-0"]),
        profile(602, &["0721 4605013"]),
    ] {
        assert_eq!(known(std::slice::from_ref(&other)), nobody, "{:?}", other.numbers.len());
    }
    // Our own extensions are nobody's, whatever stands in profiles.
    let ours = known_as("0721 46059-12", true, &[profile(602, &["+49 721 46059-0"])]);
    assert_eq!(ours, (String::new(), Vec::new()));
}
