//! What happens on the telephone: calls with all that can be asked of them, drawn by lot or fixed.

use std::time::Duration;

use rand::Rng as _;
use rand::rngs::StdRng;

use crate::site::Customer;

/// One call.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// When it rings, since the beginning.
    pub(crate) at: Duration,
    /// How long it rings.
    pub(crate) rings: Duration,
    /// How long somebody talks.
    pub(crate) talks: Duration,
    /// What kind of call.
    pub(crate) kind: Kind,
    /// The number as the PBX shows it; empty: withheld.
    pub(crate) from: String,
    /// The login who answers.
    pub(crate) agent: &'static str,
}

/// What is to come of a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// Answered in a served group: one ticket.
    Answered,
    /// The same, and the agent sets this requester, who has no number yet: it is learned.
    Learned(u64),
    /// The same, but he has a number and no place for another: a note says so.
    Full(u64),
    /// Nobody answers: no ticket.
    Missed,
    /// Answered in a group that is not served: no ticket.
    Elsewhere,
}

/// Logins with a partner in Zendesk who is signed in, with one who is not, and without.
const AGENTS: [&str; 4] = ["0101", "0102", "0103", "0104"];

/// Whom there is, for each call of a story: one with the caller's number, one without any and one with another number.
/// Nobody is in two calls at a time: the bridge would take the second one for a transfer of the first.
pub(crate) fn customers(calls: usize) -> Vec<Customer> {
    let each = (0..calls as u64).flat_map(|n| {
        [
            Customer {
                id: 3000 + n,
                phone: Some(format!("+49721555{n:04}")),
            },
            Customer {
                id: 1000 + n,
                phone: None,
            },
            Customer {
                id: 2000 + n,
                phone: Some(format!("+49721444{n:04}")),
            },
        ]
    });
    each.collect()
}

impl Kind {
    /// Whether a ticket must come of it.
    pub(crate) fn has_ticket(self) -> bool {
        match self {
            Self::Answered | Self::Learned(_) | Self::Full(_) => true,
            Self::Missed | Self::Elsewhere => false,
        }
    }

    /// Whether somebody answers.
    pub(crate) fn is_answered(self) -> bool {
        self != Self::Missed
    }

    /// Whom the agent sets as the requester.
    pub(crate) fn requester(self) -> Option<u64> {
        match self {
            Self::Learned(user) | Self::Full(user) => Some(user),
            Self::Answered | Self::Missed | Self::Elsewhere => None,
        }
    }

    /// The group that is called.
    pub(crate) fn group(self) -> &'static str {
        if self == Self::Elsewhere { "Lager" } else { "Support" }
    }
}

/// So many calls within so short a time that several are under way at once.
pub(crate) fn drawn(draw: &mut StdRng, calls: usize) -> Vec<Call> {
    let mut between = |from: u64, to: u64| Duration::from_millis(draw.random_range(from..to));
    let times: Vec<_> = (0..calls)
        .map(|_| (between(0, 600), between(5, 120), between(50, 300)))
        .collect();
    let mut story = Vec::new();
    for (n, (at, rings, talks)) in times.into_iter().enumerate() {
        let lot = draw.random_range(0..8);
        // One of each that leads furthest, and then whatever comes.
        let kind = match (n, lot) {
            (0, _) | (3.., 2 | 3) => Kind::Learned(1000 + n as u64),
            (1, _) | (3.., 4) => Kind::Full(2000 + n as u64),
            (2, _) | (_, 0 | 1 | 5) => Kind::Answered,
            (_, 6) => Kind::Missed,
            (..) => Kind::Elsewhere,
        };
        let from = match (n, kind, lot) {
            (2, ..) | (_, Kind::Answered, 1) => known(n),
            (_, Kind::Answered, 5) => String::new(),
            (..) => unknown(n),
        };
        let agent = match kind {
            Kind::Elsewhere => "0101",
            Kind::Answered | Kind::Learned(_) | Kind::Full(_) | Kind::Missed => {
                AGENTS[draw.random_range(0..AGENTS.len())]
            }
        };
        story.push(Call {
            at,
            rings,
            talks,
            kind,
            from,
            agent,
        });
    }
    story
}

/// The scripted hour, at speed: one call of each kind, some at the same time.
pub(crate) fn fixed() -> Vec<Call> {
    let ms = Duration::from_millis;
    let call = |at: u64, kind: Kind, from: &str, agent: &'static str| Call {
        at: ms(at),
        rings: ms(30),
        talks: ms(100),
        kind,
        from: from.to_owned(),
        agent,
    };
    vec![
        call(0, Kind::Answered, &known(0), "0101"),
        call(20, Kind::Learned(1001), &unknown(1), "0102"),
        call(40, Kind::Elsewhere, &unknown(2), "0101"),
        call(250, Kind::Full(2003), &unknown(3), "0103"),
        call(260, Kind::Missed, &unknown(4), "0104"),
        call(450, Kind::Answered, "", "0102"),
    ]
}

/// The number of the `n`th call's caller, if he is known.
fn known(n: usize) -> String {
    format!("0049721555{n:04}")
}

/// The number of the `n`th stranger.
fn unknown(n: usize) -> String {
    format!("0049721333{n:04}")
}
