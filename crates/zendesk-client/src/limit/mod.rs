//! Who may send when: a share of what Zendesk allows, given out by priority. Pure: time is an argument.
//!
//! Zendesk counts requests in windows: one for the account, and named ones for single endpoints. Every answer tells how large
//! its windows are and how much is left of them; a few are only documented. Out of each window only the configured share is used, so that other
//! programs of the account have the rest; and of that share only a part for whoever can wait, so that there is something left
//! for a person who cannot.

mod budget;
mod documented;
mod permits;
mod window;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::rate::Rate;
use crate::request::Parts;

pub use budget::{Allowance, Budget, Waiting};
use documented::Recent;
pub(crate) use permits::{Permit, Permits};
use window::Window;

/// How urgent a caller's requests are; only of meaning with a [share](crate::ClientBuilder::share).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
#[non_exhaustive]
pub enum Priority {
    /// Nobody waits: exports, imports. May use three fifths of the share.
    Background,
    /// May use nine tenths of the share.
    #[default]
    Normal,
    /// A person waits. May use all of the share, and goes before everybody else.
    Person,
}

impl Priority {
    fn part(self) -> f64 {
        match self {
            Self::Background => 0.6,
            Self::Normal => 0.9,
            Self::Person => 1.0,
        }
    }
}

/// What a request asks for, as far as limits go.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Route {
    /// `PUT /api/v2/tickets/77`.
    exact: String,
    /// `PUT /api/v2/tickets/#`.
    sort: String,
}

/// A window that Zendesk counts in.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Key {
    Account,
    /// A named one; of one record only where the name begins with `per-`.
    Named(String, Option<String>),
}

/// What was taken for one request, and has to be given back.
#[derive(Debug)]
pub(crate) struct Taken {
    route: Route,
    keys: Vec<Key>,
    /// Requests are numbered as they are sent.
    number: u64,
}

/// Whether to send.
#[derive(Debug)]
pub(crate) enum Decision {
    Go(Taken),
    /// Not before this time, or not before something changes.
    Wait(Option<Duration>),
}

/// What an answer said.
#[derive(Debug, Default)]
pub(crate) struct Said {
    pub(crate) rate: Rate,
    /// How long Zendesk asks to be left alone, with 429 and 503.
    pub(crate) pause: Option<Duration>,
    /// Whether that is because of trouble on its side, which concerns everybody.
    pub(crate) unavailable: bool,
}

/// All windows, and everybody who waits.
#[derive(Debug)]
pub(crate) struct Limiter {
    share: f64,
    windows: BTreeMap<Key, Window>,
    /// What counts in windows that no answer tells of.
    recent: BTreeMap<documented::Key, Recent>,
    /// Which named windows count a sort of request, as answers told.
    names: BTreeMap<String, BTreeSet<String>>,
    /// Until when nothing is to be sent at all.
    closed: Duration,
    /// Until when a single address is to be left alone.
    closed_routes: BTreeMap<String, Duration>,
    waiting: BTreeMap<u64, (Priority, Route)>,
    next: u64,
    sent: u64,
}

impl Limiter {
    pub(crate) fn new(share: f64) -> Self {
        let share = if share.is_nan() { 1.0 } else { share.clamp(0.0, 1.0) };
        Self {
            share,
            windows: BTreeMap::new(),
            recent: BTreeMap::new(),
            names: BTreeMap::new(),
            closed: Duration::ZERO,
            closed_routes: BTreeMap::new(),
            waiting: BTreeMap::new(),
            next: 0,
            sent: 0,
        }
    }

    /// Queues up.
    pub(crate) fn join(&mut self, priority: Priority, route: Route) -> u64 {
        self.next += 1;
        self.waiting.insert(self.next, (priority, route));
        self.next
    }

    /// Leaves the queue without having been served.
    pub(crate) fn leave(&mut self, id: u64) {
        self.waiting.remove(&id);
    }

    /// Whether it is this one's turn. If so it is out of the queue.
    pub(crate) fn poll(&mut self, now: Duration, id: u64) -> Decision {
        let Some((priority, route)) = self.waiting.get(&id).cloned() else {
            return Decision::Wait(None);
        };
        let keys = self.keys(&route);
        if let Some(until) = self.wait(now, priority, &route, &keys) {
            return Decision::Wait(until);
        }
        // Whoever ranks higher and could go too goes first, and is awake: the same change has woken both.
        let overtaken = self.waiting.iter().any(|(other, (theirs, their_route))| {
            let ranks_higher = (*theirs, std::cmp::Reverse(*other)) > (priority, std::cmp::Reverse(id));
            ranks_higher && self.wait(now, *theirs, their_route, &self.keys(their_route)).is_none()
        });
        if overtaken {
            return Decision::Wait(None);
        }
        self.waiting.remove(&id);
        self.sent += 1;
        let number = self.sent;
        for key in &keys {
            self.windows.entry(key.clone()).or_default().take(now, number);
        }
        for key in documented::keys(&route) {
            self.recent.entry(key).or_default().take();
        }
        Decision::Go(Taken { route, keys, number })
    }

    /// Gives back what was taken, with what the answer said.
    pub(crate) fn complete(&mut self, now: Duration, taken: Taken, said: &Said) {
        let account = self.windows.entry(Key::Account).or_default();
        account.observe(now, taken.number, said.rate.limit, said.rate.remaining, said.rate.reset);
        let account_is_used_up = account.is_used_up();
        for (name, bucket) in &said.rate.buckets {
            let names = self.names.entry(taken.route.sort.clone()).or_default();
            names.insert(name.clone());
            let key = Key::named(name, &taken.route);
            let was_taken = taken.keys.contains(&key);
            let window = self.windows.entry(key).or_default();
            if !was_taken {
                // Nobody knew of this limit when the request left, and it counts in it all the same.
                window.take(now, taken.number);
                window.give_back();
            }
            window.observe(
                now,
                taken.number,
                Some(bucket.total),
                Some(bucket.remaining),
                Some(bucket.resets),
            );
        }
        if let Some(pause) = said.pause {
            let until = now.saturating_add(pause);
            if said.unavailable || account_is_used_up {
                self.closed = self.closed.max(until);
            } else {
                self.closed_routes.insert(taken.route.exact.clone(), until);
            }
        }
        self.release(now, &taken);
    }

    /// Gives back what was taken for a request of which nothing was heard. Zendesk may have counted it, so it stays used.
    pub(crate) fn release(&mut self, now: Duration, taken: &Taken) {
        for key in &taken.keys {
            if let Some(window) = self.windows.get_mut(key) {
                window.give_back();
            }
        }
        for key in documented::keys(&taken.route) {
            self.recent.entry(key).or_default().give_back(now);
        }
        self.recent
            .retain(|(limit, _), recent| !recent.is_over(now, *limit, self.share));
        // Windows of single records come and go.
        self.windows
            .retain(|key, window| !matches!(key, Key::Named(_, Some(_))) || !window.is_over(now));
        self.closed_routes.retain(|_, until| *until > now);
    }

    /// `None` if it could go now; else until when it cannot.
    fn wait(&self, now: Duration, priority: Priority, route: &Route, keys: &[Key]) -> Option<Option<Duration>> {
        let closed = self.closed_routes.get(&route.exact).copied().unwrap_or_default();
        let closed = closed.max(self.closed);
        if closed > now {
            return Some(Some(closed));
        }
        let fresh = Window::default();
        let waits = keys.iter().filter_map(|key| {
            let window = self.windows.get(key).unwrap_or(&fresh);
            window.wait(now, self.share * priority.part())
        });
        let documented = documented::keys(route).filter_map(|key| self.recent.get(&key)?.wait(now, key.0, self.share));
        let waits = waits.chain(documented);
        // The latest time counts; one that is not known gives way to one that is.
        waits.reduce(|one, two| one.max(two))
    }

    fn keys(&self, route: &Route) -> Vec<Key> {
        let named = self.names.get(&route.sort).into_iter().flatten();
        std::iter::once(Key::Account)
            .chain(named.map(|name| Key::named(name, route)))
            .collect()
    }
}

impl Key {
    fn named(name: &str, route: &Route) -> Self {
        Self::Named(name.to_owned(), name.starts_with("per-").then(|| route.exact.clone()))
    }
}

impl Route {
    pub(crate) fn of(parts: &Parts) -> Self {
        let is_id = |segment: &str| segment.bytes().any(|b| b.is_ascii_digit()) && segment != "v2";
        let path = parts.path.strip_suffix(".json").unwrap_or(&parts.path);
        let sort: Vec<_> = path
            .split('/')
            .map(|segment| if is_id(segment) { "#" } else { segment })
            .collect();
        Self {
            exact: format!("{} {path}", parts.method),
            sort: format!("{} {}", parts.method, sort.join("/")),
        }
    }
}

#[cfg(test)]
mod tests;
