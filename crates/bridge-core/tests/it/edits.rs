//! What agents do with a ticket meanwhile stays, and is told.

use bridge_core::call::CallKey;
use bridge_core::desk::{Standing, TicketId, TicketView, UserId};
use bridge_core::effect::{EffectId, Order};
use bridge_core::input::{Input, Outcome};
use bridge_sim::story;
use jiff::SignedDuration;
use pbx::LegState;

use crate::support;
use crate::twins::Twins;

fn ticket() -> TicketId {
    TicketId::new(77)
}

fn view(requester: u64, standing: Standing) -> Outcome {
    Outcome::Ticket(TicketView {
        ticket: ticket(),
        requester: UserId::new(requester),
        updated_at: support::midnight(),
        standing,
    })
}

fn answer(twins: &mut Twins, step: &str, outcome: Outcome) {
    let effect = EffectId::new(&CallKey::new("c1"), step);
    assert!(twins.given.contains(&effect), "{effect} was not ordered");
    twins.handle(Input::Outcome { effect, outcome });
}

/// A call of somebody unknown, whose ticket stands.
fn opened(late: bool) -> Twins {
    let mut twins = Twins::new(support::settings(&story::Settings::of(&story::parse("").unwrap())));
    twins.leg("c1", "0101", LegState::Ringing);
    if !late {
        answer(&mut twins, "lookup", Outcome::Profiles(Vec::new()));
    }
    twins.leg("c1", "0101", LegState::Connected);
    twins.pass(SignedDuration::from_secs(2));
    answer(&mut twins, "ticket", Outcome::Opened { ticket: ticket() });
    twins
}

#[test]
fn what_became_of_the_ticket_is_told() {
    let gone = |why: &str| Outcome::TicketGone { why: why.to_owned() };
    for (read, told) in [
        (view(400, Standing::Open), "ticket 77"),
        (view(400, Standing::Solved), "ticket 77; solved meanwhile"),
        (
            view(400, Standing::Closed),
            "ticket 77; closed meanwhile, by itself or since it was merged into another",
        ),
        (gone("it was deleted"), "ticket 77; gone meanwhile: it was deleted"),
    ] {
        let mut twins = opened(false);
        twins.leg("c1", "0101", LegState::Ended);
        twins.pass(SignedDuration::from_mins(2));
        answer(&mut twins, "read", read);
        assert_eq!(twins.summary("c1").outcome, told);
    }
}

#[test]
fn a_requester_is_set_only_on_a_ticket_that_is_as_it_was_left() {
    let known = |user: u64| {
        let mut profile = bridge_core::desk::Profile {
            user: UserId::new(user),
            name: "Karla Kunde".into(),
            numbers: Vec::new(),
            shared_phone: false,
            active: true,
            suspended: false,
            made_for: None,
        };
        let number = (bridge_core::desk::NumberField::Phone, "0721 123456".to_owned());
        profile.numbers.push(number);
        Outcome::Profiles(vec![profile])
    };
    for (requester, standing, sets) in [
        (400, Standing::Open, true),
        (400, Standing::Solved, true),
        (400, Standing::Closed, false),
        (901, Standing::Open, false),
    ] {
        let mut twins = opened(true);
        answer(&mut twins, "lookup", known(900));
        answer(&mut twins, "read", view(requester, standing));
        let set = twins.new.iter().find_map(|effect| {
            if let Order::SetRequester {
                requester,
                unless_changed_since,
                ..
            } = &effect.order
            {
                Some((requester.get(), *unless_changed_since))
            } else {
                None
            }
        });
        assert_eq!(
            set,
            sets.then_some((900, support::midnight())),
            "{requester} {standing:?}"
        );
    }
}
