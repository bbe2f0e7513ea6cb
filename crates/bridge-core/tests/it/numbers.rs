//! Numbers that are never searched, stored or learned.

use bridge_core::desk::TicketId;
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
    let mut twins = Twins::new(settings());
    let mut orders = Vec::new();
    for state in [LegState::Ringing, LegState::Connected, LegState::Ended] {
        let mut leg = leg("c1", "0101", state);
        leg.caller = Some(Dialled::new(caller));
        twins.handle(Input::Pbx(Event::Leg(leg)));
        carry_out(&mut twins, &mut orders);
    }
    while twins.wake(twins.now + SignedDuration::from_hours(1)) {
        carry_out(&mut twins, &mut orders);
    }
    let outcome = twins.summary("c1").outcome.clone();
    (orders, outcome)
}

fn carry_out(twins: &mut Twins, orders: &mut Vec<String>) {
    let mut new = std::mem::take(&mut twins.new);
    while !new.is_empty() {
        for effect in std::mem::take(&mut new) {
            orders.push(effect.id.as_str().to_owned());
            let outcome = if let Order::LookUp { .. } = effect.order {
                Outcome::Profiles(Vec::new())
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
