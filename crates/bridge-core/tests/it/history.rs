//! Random call histories, as values that proptest can shrink.

use bridge_core::desk::{NumberField, Profile, Standing, TicketId, TicketView, UserId};
use bridge_core::effect::{Effect, Order};
use bridge_core::input::{Outcome, Refusal};
use bridge_core::number::E164;
use jiff::Timestamp;
use pbx::{CallId, Dialled, Direction, Event, GroupId, LegEvent, LegState};
use proptest::prelude::*;

/// One thing that happens.
#[derive(Clone, Debug)]
pub(crate) enum Move {
    /// The PBX tells something.
    Pbx(Event),
    /// It tells the last thing once more.
    Again,
    /// The help desk answers one of the orders under way.
    Answer {
        which: usize,
        how: How,
    },
    /// It answers an order that is settled or taken back.
    LateAnswer {
        which: usize,
        how: How,
    },
    /// An attempt fails.
    Postponed {
        which: usize,
    },
    /// Time passes, in seconds.
    Pass(i64),
    Activation(bool),
    Matched,
}

/// How the help desk answers.
#[derive(Clone, Copy, Debug)]
pub(crate) enum How {
    /// As one hopes.
    Well {
        found: usize,
    },
    Refused(Refusal),
    Gone,
    Conflict,
    Taken,
    Dropped,
    Wedged,
    /// In a way that does not fit the order.
    Nonsense,
}

const OWNERS: [&str; 5] = ["0101", "0102", "0103", "0104", "0199"];
const CALLS: [&str; 5] = ["c1", "c2", "c3", "c4", "c5"];

fn call() -> impl Strategy<Value = CallId> {
    prop::sample::select(&CALLS[..]).prop_map(CallId::new)
}

fn owner() -> impl Strategy<Value = pbx::UserId> {
    prop::sample::select(&OWNERS[..]).prop_map(pbx::UserId::new)
}

fn state() -> impl Strategy<Value = LegState> {
    prop_oneof![
        1 => Just(LegState::Announced),
        4 => Just(LegState::Ringing),
        1 => Just(LegState::Dialling),
        5 => Just(LegState::Connected),
        1 => Just(LegState::Parked),
        1 => Just(LegState::Voicemail),
        4 => Just(LegState::Ended),
    ]
}

fn event(callers: &'static [Option<&'static str>]) -> impl Strategy<Value = Event> {
    let direction =
        prop_oneof![3 => Just(Direction::Inbound), 1 => Just(Direction::Outbound), 3 => Just(Direction::Unknown)];
    let caller = prop::sample::select(callers).prop_map(|shown| shown.map(Dialled::new));
    let group = prop_oneof![
        5 => Just(Some("1003")), 1 => Just(Some("1004")), 1 => Just(Some("1009")), 1 => Just(Some("7")), 2 => Just(None),
    ];
    let leg = (call(), owner(), state(), direction, caller, group).prop_map(
        |(call, owner, state, direction, caller, group)| {
            Event::Leg(LegEvent {
                call,
                owner,
                state,
                direction,
                caller,
                called: None,
                group: group.map(GroupId::new),
                at: None,
                or_at: None,
            })
        },
    );
    prop_oneof![
        20 => leg,
        2 => (call(), call()).prop_map(|(old, new)| Event::IdChanged { old, new }),
        1 => owner().prop_map(|owner| Event::SnapshotBegin { owner }),
        1 => owner().prop_map(|owner| Event::SnapshotEnd { owner }),
        1 => prop::option::of(owner()).prop_map(|owner| Event::Gap { owner }),
    ]
}

fn how() -> impl Strategy<Value = How> {
    let refusals = vec![
        Refusal::Requester,
        Refusal::Assignee,
        Refusal::Group,
        Refusal::Number,
        Refusal::Recording,
        Refusal::Size,
    ];
    prop_oneof![
        12 => (0_usize..4).prop_map(|found| How::Well { found }),
        3 => prop::sample::select(refusals).prop_map(How::Refused),
        1 => Just(How::Gone),
        1 => Just(How::Conflict),
        1 => Just(How::Taken),
        1 => Just(How::Dropped),
        1 => Just(How::Wedged),
        1 => Just(How::Nonsense),
    ]
}

/// A history in which callers show these numbers.
pub(crate) fn history(callers: &'static [Option<&'static str>]) -> impl Strategy<Value = Vec<Move>> {
    let seconds = prop_oneof![4 => 0_i64..3, 3 => 3_i64..20, 2 => 60_i64..180, 1 => 3_000_i64..20_000];
    let moves = prop_oneof![
        12 => event(callers).prop_map(Move::Pbx),
        1 => Just(Move::Again),
        8 => (any::<usize>(), how()).prop_map(|(which, how)| Move::Answer { which, how }),
        1 => (any::<usize>(), how()).prop_map(|(which, how)| Move::LateAnswer { which, how }),
        1 => any::<usize>().prop_map(|which| Move::Postponed { which }),
        5 => seconds.prop_map(Move::Pass),
        1 => prop::bool::weighted(0.7).prop_map(Move::Activation),
        1 => Just(Move::Matched),
    ];
    prop::collection::vec(moves, 1..80)
}

/// What the help desk answers; `tickets` is the next ticket's id.
pub(crate) fn answer(effect: &Effect, how: How, tickets: u64, now: Timestamp) -> Outcome {
    let why = || "a reason".to_owned();
    match how {
        How::Well { found } => well(&effect.order, found, tickets, now),
        How::Refused(what) => Outcome::Refused { what, why: why() },
        How::Gone => Outcome::TicketGone { why: why() },
        How::Conflict => Outcome::Conflict,
        How::Taken => Outcome::Taken,
        How::Dropped => Outcome::Dropped { why: why() },
        How::Wedged => Outcome::Wedged { why: why() },
        How::Nonsense => match effect.order {
            Order::OpenTicket(_) => Outcome::Popped,
            Order::LookUp { .. }
            | Order::EnsureUser { .. }
            | Order::Pop { .. }
            | Order::ReadTicket { .. }
            | Order::SetRequester { .. }
            | Order::ReadUser { .. }
            | Order::WriteNumber { .. }
            | Order::ReleaseNumber { .. }
            | Order::TakeNumberBack { .. }
            | Order::AddNote { .. }
            | Order::Record { .. }
            | Order::Attach(_)
            | Order::Redact { .. } => Outcome::Opened {
                ticket: TicketId::new(999_999),
            },
        },
    }
}

fn well(order: &Order, found: usize, tickets: u64, now: Timestamp) -> Outcome {
    let profile = |user: u64, number: &str| Profile {
        user: UserId::new(user),
        name: "Karla Kunde".into(),
        numbers: vec![(NumberField::Phone, number.to_owned())],
        shared_phone: false,
        active: true,
        suspended: false,
        made_for: E164::parse(number).filter(|_| user == 9001),
    };
    match order {
        Order::LookUp { number, .. } => {
            let users = [900, 901, 9001].into_iter().take(found);
            Outcome::Profiles(users.map(|user| profile(user, number.as_str())).collect())
        }
        Order::EnsureUser { .. } => Outcome::User(UserId::new(9001)),
        Order::OpenTicket(_) => Outcome::Opened {
            ticket: TicketId::new(tickets),
        },
        Order::Pop { .. } if found == 0 => Outcome::NotPopped {
            why: "not signed in".into(),
        },
        Order::Pop { .. } => Outcome::Popped,
        Order::ReadTicket { ticket } => Outcome::Ticket(TicketView {
            ticket: *ticket,
            requester: UserId::new([400, 9001, 902, 900][found]),
            updated_at: now,
            standing: [Standing::Open, Standing::Open, Standing::Solved, Standing::Closed][found],
        }),
        Order::ReadUser { user, .. } if found > 1 => Outcome::Profiles(vec![profile(user.get(), "07247 99")]),
        Order::ReadUser { user, .. } if found == 1 => {
            let numbers = Vec::new();
            Outcome::Profiles(vec![Profile {
                numbers,
                ..profile(user.get(), "")
            }])
        }
        Order::ReadUser { .. } => Outcome::Profiles(Vec::new()),
        Order::SetRequester { .. }
        | Order::WriteNumber { .. }
        | Order::ReleaseNumber { .. }
        | Order::TakeNumberBack { .. }
        | Order::AddNote { .. }
        | Order::Record { .. }
        | Order::Attach(_)
        | Order::Redact { .. } => Outcome::Done,
    }
}
