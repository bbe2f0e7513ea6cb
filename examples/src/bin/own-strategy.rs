//! A strategy of one's own: callers from abroad get a user for their number, others the default user. Played through
//! the core, which needs neither network nor clock.
//!
//! `cargo run -p examples --bin own-strategy`

#![expect(clippy::print_stdout, reason = "a program for people")]

use std::sync::Arc;

use bridge_core::core::Core;
use bridge_core::desk;
use bridge_core::effect::{Effect, Order};
use bridge_core::input::{Input, Outcome};
use bridge_core::matching::{GroupRules, match_up};
use bridge_core::number::{E164, NumberPlan};
use bridge_core::settings::{Language, RecordingRules, Settings};
use bridge_core::strategy::{Requester, UnknownCaller};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use pbx::{CallId, Dialled, Direction, Event, GroupId, LegEvent, LegState, UserId};

/// Callers from abroad get a user of their own.
#[derive(Debug)]
struct NewUserForForeigners {
    /// The own country's code, such as `+49`.
    home: &'static str,
}

impl UnknownCaller for NewUserForForeigners {
    fn requester(&self, number: &E164) -> Requester {
        if number.as_str().starts_with(self.home) {
            Requester::DefaultUser
        } else {
            Requester::NewUser {
                name: format!("Caller {}", number.international()),
            }
        }
    }
}

fn main() -> anyhow::Result<()> {
    for caller in ["0721 123456", "0043 1 5234567"] {
        println!("{caller} calls:");
        play(caller)?;
    }
    Ok(())
}

/// A call that is answered, with a help desk that knows nobody.
fn play(caller: &str) -> anyhow::Result<()> {
    let mut core = Core::new(settings()?);
    let mut now: Timestamp = "2026-11-24T14:02:00Z".parse()?;
    let mut inputs = vec![
        Input::Matched(matching()),
        Input::Activation { active: true },
        leg(caller, LegState::Ringing),
        leg(caller, LegState::Connected),
    ];
    inputs.reverse();
    while let Some(input) = inputs.pop() {
        core.handle(input, now);
        // A real shell writes all of this into its journal before it carries anything out.
        while core.poll_change().is_some() || core.poll_withdrawal().is_some() {}
        while let Some(effect) = core.poll_effect() {
            println!("  {}: {}", effect.id, told(&effect));
            if let Some(outcome) = outcome(&effect) {
                inputs.push(Input::Outcome {
                    effect: effect.id,
                    outcome,
                });
            }
        }
        now += SignedDuration::from_secs(1);
    }
    Ok(())
}

fn told(effect: &Effect) -> String {
    match &effect.order {
        Order::LookUp { number, .. } => format!("who has {}?", number.international()),
        Order::EnsureUser { name, .. } => format!("a user called `{name}`"),
        Order::OpenTicket(ticket) => match ticket.requester {
            Some(user) => format!("a ticket of user {user}"),
            None => "a ticket of nobody in particular".into(),
        },
        Order::Pop { ticket, agent } => format!("ticket {ticket} on the screen of agent {agent}"),
        Order::ReadTicket { .. }
        | Order::SetRequester { .. }
        | Order::ReadUser { .. }
        | Order::WriteNumber { .. }
        | Order::ReleaseNumber { .. }
        | Order::TakeNumberBack { .. }
        | Order::AddNote { .. }
        | Order::Record { .. }
        | Order::Attach(_)
        | Order::Redact { .. } => "nothing that a call so short asks for".into(),
    }
}

/// What a help desk answers that knows nobody.
fn outcome(effect: &Effect) -> Option<Outcome> {
    match &effect.order {
        Order::LookUp { .. } => Some(Outcome::Profiles(Vec::new())),
        Order::EnsureUser { .. } => Some(Outcome::User(desk::UserId::new(900))),
        Order::OpenTicket(_) => Some(Outcome::Opened {
            ticket: desk::TicketId::new(77),
        }),
        Order::Pop { .. } => Some(Outcome::Popped),
        Order::ReadTicket { .. }
        | Order::SetRequester { .. }
        | Order::ReadUser { .. }
        | Order::WriteNumber { .. }
        | Order::ReleaseNumber { .. }
        | Order::TakeNumberBack { .. }
        | Order::AddNote { .. }
        | Order::Record { .. }
        | Order::Attach(_)
        | Order::Redact { .. } => None,
    }
}

fn leg(caller: &str, state: LegState) -> Input {
    Input::Pbx(Event::Leg(LegEvent {
        call: CallId::new("c1"),
        owner: UserId::new("0101"),
        state,
        direction: Direction::Inbound,
        caller: Some(Dialled::new(caller)),
        called: None,
        group: Some(GroupId::new("1003")),
        at: None,
        or_at: None,
    }))
}

fn matching() -> bridge_core::matching::Matching {
    let anna = pbx::User {
        id: UserId::new("0101"),
        name: "Anna Muster".into(),
        email: Some("anna@acme.example".into()),
        extensions: vec![Dialled::new("11")],
    };
    let members = vec![anna.id.clone()];
    let support = pbx::Group {
        id: GroupId::new("1003"),
        name: "Support".into(),
        members,
        numbers: Vec::new(),
    };
    let roster = desk::Roster {
        agents: vec![desk::Agent {
            id: desk::UserId::new(501),
            name: "Anna Muster".into(),
            email: "anna@acme.example".into(),
        }],
        groups: vec![desk::Group {
            id: desk::GroupId::new(71),
            name: "Support".into(),
        }],
    };
    match_up(
        &[anna],
        &[support],
        &roster,
        desk::UserId::new(400),
        &GroupRules::default(),
    )
}

fn settings() -> anyhow::Result<Settings> {
    Ok(Settings {
        pbx: pbx::PbxName::new("starface"),
        numbers: NumberPlan::new("DE", Some("721"))?,
        unknown_caller: Arc::new(NewUserForForeigners { home: "+49" }),
        wrap_up: SignedDuration::from_mins(2),
        lookup_patience: SignedDuration::from_millis(1500),
        number_fields: vec![desk::NumberField::Phone, desk::NumberField::Identity],
        screen_pop: true,
        pop_window: SignedDuration::from_secs(60),
        silence_limit: SignedDuration::from_hours(4),
        tags: vec!["phone".into()],
        language: Language::En,
        time_zone: TimeZone::UTC,
        recordings: RecordingRules::default(),
    })
}
