//! The effects that could start, in the orders in which they are asked for: after days without a help desk there are tens of
//! thousands, and each event asks for the next one.

use std::collections::{BTreeMap, BTreeSet};

use bridge_core::effect::Priority;
use jiff::Timestamp;

use super::LaneKey;
use super::job::{Head, Job, Lane};

/// What comes before what: the most important, of these the oldest.
type Rank = (Priority, Timestamp, u64);

/// The first effects of all lanes that wait to start.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    classes: BTreeMap<Class, Members>,
    expiring: BTreeSet<(Timestamp, LaneKey)>,
    /// The last moment that was asked for. What was due then is due, unless the clock is set back.
    looked_at: Option<Timestamp>,
}

/// Effects that may start or not together, their own pauses aside.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Class {
    pub(super) priority: Priority,
    /// Somebody waits for it, and it has not been tried yet.
    pub(super) urgent: bool,
}

#[derive(Debug, Default)]
struct Members {
    /// Whose pause is over, or that never paused; with the end of the pause.
    due: BTreeMap<(Rank, LaneKey), Option<Timestamp>>,
    /// Whose pause is not, by its end.
    pausing: BTreeSet<(Timestamp, Rank, LaneKey)>,
}

/// Where a lane's first effect stands among them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Place {
    class: Class,
    rank: Rank,
    not_before: Option<Timestamp>,
    expires: Option<Timestamp>,
}

/// Whether a class may start as a whole.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Gate {
    Open,
    /// From this moment on.
    Until(Timestamp),
    /// Not before one of those under way is back.
    Shut,
}

/// What there is to do.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Too late.
    pub(super) expired: Option<LaneKey>,
    pub(super) best: Option<LaneKey>,
    /// When there may be something else.
    pub(super) wake: Option<Timestamp>,
}

impl Waiting {
    /// Takes note of what a lane's first effect has become.
    pub(super) fn update(&mut self, key: &LaneKey, lane: &mut Lane) {
        let job = lane.jobs.front().filter(|_| lane.head == Head::Waiting);
        let place = job.map(Place::of);
        if place == lane.place {
            return;
        }
        if let Some(place) = lane.place.take() {
            self.remove(key, place);
        }
        if let Some(place) = place {
            self.insert(key, place);
        }
        lane.place = place;
    }

    /// What to do at this moment. `gate`: whether a class may start as a whole.
    pub(super) fn look(&mut self, now: Timestamp, gate: impl Fn(Class) -> Gate) -> Found {
        self.pass(now);
        let expired = self.expiring.iter().take_while(|(at, _)| *at <= now);
        if let Some(expired) = expired.map(|(_, key)| key).min().cloned() {
            return Found {
                expired: Some(expired),
                ..Found::default()
            };
        }
        let mut best: Option<&(Rank, LaneKey)> = None;
        let mut wake = self.expiring.first().map(|(at, _)| *at);
        for (class, members) in &self.classes {
            let pausing = members.pausing.first().map(|(at, ..)| *at);
            let next = match gate(*class) {
                Gate::Shut => None,
                Gate::Until(gate) if gate > now && !members.due.is_empty() => Some(gate),
                Gate::Until(gate) if gate > now => pausing.map(|at| at.max(gate)),
                Gate::Open | Gate::Until(_) => {
                    let first = members.due.first_key_value().map(|(first, _)| first);
                    best = best.into_iter().chain(first).min();
                    pausing
                }
            };
            wake = wake.into_iter().chain(next).min();
        }
        Found {
            expired: None,
            best: best.map(|(_, key)| key.clone()),
            wake,
        }
    }

    /// Pauses end; where the clock was set back, some of them once more.
    fn pass(&mut self, now: Timestamp) {
        let set_back = self.looked_at.is_some_and(|before| now < before);
        self.looked_at = Some(now);
        for members in self.classes.values_mut() {
            if set_back {
                members.start_over(now);
            }
            while let Some((not_before, rank, key)) = members.pausing.pop_first() {
                if not_before > now {
                    members.pausing.insert((not_before, rank, key));
                    break;
                }
                members.due.insert((rank, key), Some(not_before));
            }
        }
    }

    fn insert(&mut self, key: &LaneKey, place: Place) {
        let members = self.classes.entry(place.class).or_default();
        match place.not_before {
            Some(not_before) => drop(members.pausing.insert((not_before, place.rank, key.clone()))),
            None => drop(members.due.insert((place.rank, key.clone()), None)),
        }
        self.expiring.extend(place.expires.map(|at| (at, key.clone())));
    }

    fn remove(&mut self, key: &LaneKey, place: Place) {
        if let Some(members) = self.classes.get_mut(&place.class) {
            members.due.remove(&(place.rank, key.clone()));
            if let Some(not_before) = place.not_before {
                members.pausing.remove(&(not_before, place.rank, key.clone()));
            }
        }
        if let Some(at) = place.expires {
            self.expiring.remove(&(at, key.clone()));
        }
    }
}

impl Members {
    fn start_over(&mut self, now: Timestamp) {
        let pausing = &mut self.pausing;
        self.due.retain(|(rank, key), not_before| match not_before {
            Some(at) if *at > now => {
                pausing.insert((*at, *rank, key.clone()));
                false
            }
            Some(_) | None => true,
        });
    }
}

impl Place {
    fn of(job: &Job) -> Self {
        let effect = &job.effect;
        Self {
            class: Class {
                priority: effect.priority,
                urgent: job.attempts == 0 && effect.priority == Priority::Prompt,
            },
            rank: (effect.priority, effect.planned_at, job.number),
            not_before: job.not_before,
            expires: effect.expires,
        }
    }
}
