//! What a run is to go through, drawn from its seed.

use std::fmt;
use std::time::Duration;

use rand::Rng as _;
use rand::rngs::StdRng;

use crate::bridge::Environment;
use crate::story::{self, Call};

/// What a run is to go through.
pub(crate) struct Plan {
    /// The calls.
    pub(crate) calls: Vec<Call>,
    /// Unknown callers become users of their own.
    pub(crate) new_user: bool,
    /// Look-ups take longer than an answered call waits for them.
    pub(crate) slow_search: bool,
    /// How the bridge dies, one time after the other.
    pub(crate) kills: Vec<Kill>,
}

/// How the bridge dies.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Kill {
    /// So long after its start.
    Starting(Duration),
    /// So long after it was whole.
    After(Duration),
    /// When it passes the point of this name for the `n`th time.
    Point(&'static str, u32),
    /// When the other side has carried the `n`th request of this kind out, and before it answers.
    Wire(&'static str, u32),
}

/// Points, and how often a run passes them at least, more or less. The names are the bridge's own.
const POINTS: &[(&str, u32)] = &[
    ("restore/before", 1),
    ("restore/after", 1),
    ("roster/before", 1),
    ("roster/after", 1),
    ("default-user/before", 1),
    ("default-user/after", 1),
    ("activated", 1),
    ("commit/before", 30),
    ("commit/after", 30),
    ("settled", 15),
    ("ordered/look-up", 3),
    ("look-up/before", 3),
    ("look-up/after", 3),
    ("ordered/user", 1),
    ("user/before", 1),
    ("user/after", 1),
    ("ordered/ticket", 3),
    ("ticket/before", 3),
    ("ticket/after", 3),
    ("ordered/pop", 2),
    ("pop/before", 2),
    ("pop/after", 2),
    ("ordered/read-ticket", 2),
    ("read-ticket/before", 2),
    ("read-ticket/after", 2),
    ("ordered/read-user", 2),
    ("read-user/before", 2),
    ("read-user/after", 2),
    ("ordered/number", 2),
    ("number/before", 2),
    ("number/after", 2),
    ("ordered/release", 1),
    ("release/before", 1),
    ("release/after", 1),
    ("ordered/requester", 1),
    ("requester/before", 1),
    ("requester/after", 1),
    ("ordered/note", 1),
    ("note/before", 1),
    ("note/after", 1),
    ("close/before", 1),
    ("close/after", 1),
];

/// Kinds of requests, and how many a run makes, more or less.
const WIRES: &[(&str, u32)] = &[
    ("POST /oauth/tokens", 1),
    ("GET /api/v2/users", 1),
    ("GET /api/v2/search", 4),
    ("POST /api/v2/tickets", 4),
    ("POST display", 3),
    ("GET /api/v2/tickets/{id}", 3),
    ("PUT /api/v2/tickets/{id}", 1),
    ("PUT /api/v2/users/{id}", 2),
    ("POST /api/v2/users/create_or_update", 2),
    ("callback", 12),
];

impl Plan {
    /// The plan of a seed. Seeds that follow each other take the points and kinds of requests in turn, each of them after
    /// a seed with a random moment; most have a second death by lot.
    pub(crate) fn drawn(seed: u64, draw: &mut StdRng, calls: usize) -> Self {
        let first = match seed % 2 {
            0 => Kill::in_turn(seed / 2, draw),
            _ => Kill::After(Duration::from_millis(draw.random_range(0..1500))),
        };
        let mut kills = vec![first.clone()];
        for _ in 0..draw.random_range(0..3) {
            kills.push(Kill::drawn(draw));
        }
        let name = match &first {
            Kill::Point(name, _) | Kill::Wire(name, _) => *name,
            Kill::Starting(_) | Kill::After(_) => "",
        };
        let about = |words: &[&str]| words.iter().any(|word| name.contains(word));
        Self {
            calls: story::drawn(draw, calls),
            // Some orders are given for new users only, one only when the caller is known too late.
            new_user: about(&["user/", "/user", "release", "create_or_update"]) || draw.random_bool(0.5),
            slow_search: about(&["requester", "PUT /api/v2/tickets"]) || draw.random_bool(0.2),
            kills,
        }
    }
}

impl Kill {
    fn in_turn(turn: u64, draw: &mut StdRng) -> Self {
        let kinds = POINTS.len() + WIRES.len();
        let place = usize::try_from(turn).unwrap_or_default() % kinds;
        match POINTS.get(place) {
            Some((name, most)) => Self::Point(name, draw.random_range(1..=*most)),
            None => {
                let (name, most) = WIRES[place - POINTS.len()];
                Self::Wire(name, draw.random_range(1..=most))
            }
        }
    }

    fn drawn(draw: &mut StdRng) -> Self {
        match draw.random_range(0..10) {
            0 => Self::Starting(Duration::from_millis(draw.random_range(0..600))),
            1..=5 => Self::After(Duration::from_millis(draw.random_range(0..1500))),
            _ => Self::in_turn(draw.random(), draw),
        }
    }

    /// What the bridge's process must be told for it.
    pub(crate) fn environment(&self) -> Environment {
        match self {
            Self::Point(name, count) => vec![("ZENDESK_BRIDGE_FAILPOINT", format!("{name}:{count}"))],
            Self::Starting(_) | Self::After(_) | Self::Wire(..) => Vec::new(),
        }
    }

    /// The requests that the other side must watch for.
    pub(crate) fn wire(&self) -> Option<(&'static str, u32)> {
        match self {
            Self::Wire(name, count) => Some((name, *count)),
            Self::Starting(_) | Self::After(_) | Self::Point(..) => None,
        }
    }
}

impl fmt::Display for Kill {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Starting(_) => f.write_str("while starting"),
            Self::After(_) => f.write_str("at a random moment"),
            Self::Point(name, _) => write!(f, "point {name}"),
            Self::Wire(name, _) => write!(f, "wire {name}"),
        }
    }
}
