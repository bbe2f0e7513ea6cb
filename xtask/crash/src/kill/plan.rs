//! What a run is to go through, drawn from its seed.

use std::fmt;
use std::time::Duration;

use rand::Rng as _;
use rand::rngs::StdRng;

use crate::bridge::Environment;
use crate::recordings::Recording;
use crate::story::{self, Call};

/// What a run is to go through.
pub(crate) struct Plan {
    /// The calls.
    pub(crate) calls: Vec<Call>,
    /// Unknown callers become users of their own.
    pub(crate) new_user: bool,
    /// Look-ups take longer than an answered call waits for them.
    pub(crate) slow_search: bool,
    /// How calls are recorded, if they are.
    pub(crate) recording: Option<Recording>,
    /// How the bridge dies, one time after the other.
    pub(crate) kills: Vec<Kill>,
    /// How copies of recordings die while bridges come and go, each so long after the one before.
    pub(crate) early_copies: Vec<(Duration, Kill)>,
    /// How they die when it has done its work.
    pub(crate) copies: Vec<Kill>,
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

/// A random moment is at most so many milliseconds after a start: calls are over by then, and recordings are on their way.
const LATEST: u64 = 2000;

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

/// The same where calls are recorded.
const RECORDED: &[(&str, u32)] = &[
    ("ordered/record", 2),
    ("recording/assigned", 3),
    ("recording/attached", 3),
    ("ordered/attach", 3),
    ("attach/before", 3),
    ("attach/after", 3),
    ("inbox/open/before", 6),
    ("inbox/delete/before", 3),
    ("inbox/delete/after", 3),
    ("spool/write-part/before", 3),
    ("spool/write-part/within", 4),
    ("spool/write-part/after", 3),
    ("spool/read-part/before", 3),
    ("spool/name-recording/before", 3),
    ("spool/name-recording/after", 3),
    ("spool/write-new-record/before", 3),
    ("spool/write-new-record/after", 3),
    ("spool/name-record/before", 3),
    ("spool/name-record/after", 3),
];

/// The same of a process that copies them.
const COPYING: &[(&str, u32)] = &[
    ("share/write-part/before", 3),
    ("share/write-part/within", 5),
    ("share/write-part/after", 3),
    ("share/read-part/before", 3),
    ("share/name-recording/before", 3),
    ("share/name-recording/after", 3),
    ("share/write-manifest/before", 1),
    ("share/write-manifest/after", 1),
    ("copying/write-new-record/before", 3),
    ("copying/write-new-record/after", 3),
    ("copying/name-record/before", 3),
    ("copying/name-record/after", 3),
    ("copying/delete-recording/before", 3),
    ("copying/delete-recording/after", 3),
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

/// The same where calls are recorded.
const RECORDED_WIRES: &[(&str, u32)] = &[
    ("monitor", 2),
    ("POST /api/v2/uploads", 3),
    ("GET /api/v2/tickets/{id}/comments", 3),
];

/// Seeds that follow each other are so far apart in the lists: a few runs see something of everything.
const STRIDE: usize = 37;

impl Plan {
    /// The plan of a seed. Seeds that follow each other take the points and kinds of requests in turn, each of them after
    /// a seed with a random moment; most have a second death by lot.
    pub(crate) fn drawn(seed: u64, draw: &mut StdRng, calls: usize) -> Self {
        let first = match seed % 2 {
            0 => Kill::in_turn(seed / 2, draw),
            _ => Kill::After(Duration::from_millis(draw.random_range(0..LATEST))),
        };
        let mut kills = vec![first.clone()];
        for _ in 0..draw.random_range(0..3) {
            kills.push(Kill::drawn(draw));
        }
        let is_wanted = kills.iter().any(|kill| kill.is_of_recordings() || kill.is_of_copies());
        let recording = (is_wanted || draw.random_bool(0.3)).then(|| Recording {
            by_itself: !kills.iter().any(Kill::is_of_wish) && draw.random_bool(0.7),
            names_call: draw.random_bool(0.6),
        });
        let (mut copies, kills): (Vec<Kill>, Vec<Kill>) = kills.into_iter().partition(Kill::is_of_copies);
        let mut early_copies = Vec::new();
        for _ in 0..recording.map_or(0, |_| draw.random_range(0..3)) {
            let kill = Kill::of_copy(draw);
            match draw.random_bool(0.5) {
                true => early_copies.push((Duration::from_millis(draw.random_range(0..2 * LATEST)), kill)),
                false => copies.push(kill),
            }
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
            recording,
            kills,
            early_copies,
            copies,
        }
    }
}

/// All of the lists, and whether each is of requests.
fn kinds() -> impl Iterator<Item = (bool, (&'static str, u32))> {
    let points = [POINTS, RECORDED, COPYING].into_iter().flatten();
    let wires = [WIRES, RECORDED_WIRES].into_iter().flatten();
    points
        .map(|point| (false, *point))
        .chain(wires.map(|wire| (true, *wire)))
}

impl Kill {
    fn in_turn(turn: u64, draw: &mut StdRng) -> Self {
        let kinds: Vec<_> = kinds().collect();
        let turn = usize::try_from(turn % kinds.len() as u64).unwrap_or_default();
        let (is_wire, (name, most)) = kinds[turn * STRIDE % kinds.len()];
        let count = draw.random_range(1..=most);
        match is_wire {
            true => Self::Wire(name, count),
            false => Self::Point(name, count),
        }
    }

    /// How a copy dies.
    fn of_copy(draw: &mut StdRng) -> Self {
        if draw.random_bool(0.5) {
            return Self::After(Duration::from_millis(draw.random_range(0..400)));
        }
        let (name, most) = COPYING[draw.random_range(0..COPYING.len())];
        Self::Point(name, draw.random_range(1..=most))
    }

    fn is_in(&self, lists: &[&[(&str, u32)]]) -> bool {
        let mut names = lists.iter().copied().flatten().map(|(name, _)| *name);
        match self {
            Self::Point(name, _) | Self::Wire(name, _) => names.any(|listed| listed == *name),
            Self::Starting(_) | Self::After(_) => false,
        }
    }

    /// Whether the bridge comes to it only with recordings, some time after their calls.
    pub(crate) fn is_of_recordings(&self) -> bool {
        self.is_in(&[RECORDED, RECORDED_WIRES])
    }

    /// Whether a process that copies comes to it.
    fn is_of_copies(&self) -> bool {
        self.is_in(&[COPYING])
    }

    /// Whether it comes to it only where recordings are asked for.
    fn is_of_wish(&self) -> bool {
        matches!(self, Self::Point("ordered/record", _) | Self::Wire("monitor", _))
    }

    fn drawn(draw: &mut StdRng) -> Self {
        match draw.random_range(0..10) {
            0 => Self::Starting(Duration::from_millis(draw.random_range(0..600))),
            1..=5 => Self::After(Duration::from_millis(draw.random_range(0..LATEST))),
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rand::SeedableRng as _;

    use super::*;

    #[test]
    fn seeds_that_follow_each_other_come_by_everything() {
        let all: BTreeSet<&str> = kinds().map(|(_, (name, _))| name).collect();
        let mut draw = StdRng::seed_from_u64(0);
        let turns = 0..kinds().count() as u64;
        let seen: BTreeSet<&str> = turns
            .filter_map(|turn| match Kill::in_turn(turn, &mut draw) {
                Kill::Point(name, _) | Kill::Wire(name, _) => Some(name),
                Kill::Starting(_) | Kill::After(_) => None,
            })
            .collect();
        assert_eq!(seen, all);
    }
}
