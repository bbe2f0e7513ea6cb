//! Both simulated systems, the clock that all share, and what is going to happen, on one list in the order of time.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bridge_sim::{starface, zendesk};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use starface_client::uci::Callbacks;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::act::Action;
use crate::passed::{Listed, Passed};
use crate::recordings::Recordings;
use crate::trace::Trace;
use crate::truth::TrueCall;
use crate::weather::Weather;

/// A world that the doors, the journal and the driver share.
#[derive(Clone)]
pub(crate) struct Shared(Arc<Mutex<World>>);

/// Everything outside the bridge.
pub(crate) struct World {
    /// The true time when the day begins.
    base: Timestamp,
    /// The true time since then, while no bridge lives.
    elapsed: Duration,
    /// The life that runs: when it began by its runtime's clock, and by the day's.
    begun: Option<(Instant, Duration)>,
    /// Which life it is.
    pub(crate) life: usize,
    /// When each life ended.
    pub(crate) deaths: Vec<Timestamp>,
    pub(crate) pbx: starface::State,
    pub(crate) desk: zendesk::State,
    actions: BTreeMap<(Duration, u64), Action>,
    added: u64,
    pub(crate) dice: StdRng,
    pub(crate) weather: Weather,
    /// What was done to it all, by kind.
    pub(crate) faults: BTreeMap<String, u64>,
    pub(crate) calls: Vec<TrueCall>,
    /// Where calls are recorded.
    pub(crate) recordings: Option<Recordings>,
    /// Numbers that have passed to other users, and what was told of users.
    pub(crate) passed: Vec<Passed>,
    pub(crate) listed: Vec<Listed>,
    pub(crate) trace: Trace,
    /// Where events are handed in, while a bridge lives.
    pub(crate) callbacks: Option<Callbacks>,
    /// Phones whose end of a call the bridge was told of, and when it was.
    pub(crate) hung_up: BTreeMap<(String, String), Timestamp>,
    /// When the last event of each login arrives.
    pub(crate) lanes: BTreeMap<String, Duration>,
    /// By how much the bridge's wall clock is wrong, in microseconds.
    pub(crate) wrong_by: Arc<AtomicI64>,
    /// An action was added, or the bridge is to die.
    pub(crate) changed: Arc<Notify>,
    pub(crate) dies: bool,
    /// The bridge is to stop in good order.
    pub(crate) stops: bool,
    /// The bridge dies at its so manieth commit or request from here.
    pub(crate) fuse: Option<Fuse>,
    pub(crate) sabotage: Option<Sabotage>,
    /// Requests that reached Zendesk, and those that it found too many.
    pub(crate) requests: u64,
    pub(crate) too_many: u64,
    /// The day is over, as far as its actions go.
    pub(crate) over: bool,
    /// Indexes of calls by all of their ids.
    by_id: BTreeMap<String, usize>,
    /// Where the journal lies, and how large it and its log were when Zendesk came back.
    pub(crate) journal: Option<PathBuf>,
    pub(crate) journal_size: Option<(u64, u64)>,
    /// When Zendesk came back, and what it was asked since.
    pub(crate) back_at: Option<Timestamp>,
    pub(crate) asked: Vec<(Timestamp, String)>,
}

/// Where a bridge dies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Fuse {
    pub(crate) place: Place,
    pub(crate) left: u32,
    /// Once it has taken effect, but before anybody has heard so.
    pub(crate) after: bool,
}

/// What a fuse counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Place {
    Commit,
    Request,
}

/// A defect that is brought in on purpose: whoever looks for defects must find it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub enum Sabotage {
    /// An order is left out of the journal just before a crash.
    DropEffect,
    /// Tickets are created a second time, without the key.
    SecondPost,
    /// The list of changed users, of which directories are made, is far behind.
    LateList,
}

/// Lists tell whole seconds.
const AS_LISTED: SignedDuration = SignedDuration::from_secs(2);

impl World {
    pub(crate) fn new(seed: u64, base: Timestamp, switches: zendesk::Switches, keep_trace: bool) -> Self {
        let pbx = starface::Switches {
            seed,
            ..starface::Switches::default()
        };
        Self {
            base,
            elapsed: Duration::ZERO,
            begun: None,
            life: 0,
            deaths: Vec::new(),
            pbx: starface::State::new(pbx),
            desk: zendesk::world::default_zendesk(switches, base),
            actions: BTreeMap::new(),
            added: 0,
            dice: StdRng::seed_from_u64(seed),
            weather: Weather::default(),
            faults: BTreeMap::new(),
            calls: Vec::new(),
            recordings: None,
            passed: Vec::new(),
            listed: Vec::new(),
            trace: Trace::new(keep_trace),
            callbacks: None,
            hung_up: BTreeMap::new(),
            lanes: BTreeMap::new(),
            wrong_by: Arc::default(),
            changed: Arc::default(),
            dies: false,
            stops: false,
            fuse: None,
            sabotage: None,
            requests: 0,
            too_many: 0,
            over: false,
            by_id: BTreeMap::new(),
            journal: None,
            journal_size: None,
            back_at: None,
            asked: Vec::new(),
        }
    }

    /// The true time since the day began.
    pub(crate) fn elapsed(&self) -> Duration {
        match self.begun {
            Some((begun, at)) => at + begun.elapsed(),
            None => self.elapsed,
        }
    }

    /// The true time.
    pub(crate) fn now(&self) -> Timestamp {
        self.moment(self.elapsed())
    }

    /// The true time at a point of the day.
    pub(crate) fn moment(&self, elapsed: Duration) -> Timestamp {
        self.base.checked_add(elapsed).unwrap_or(self.base)
    }

    /// The wall clock of the bridge's machine, in the life that is about to run.
    pub(crate) fn wall_clock(&self) -> impl Fn() -> Timestamp + Send + Sync + 'static {
        let (base, begun, wrong_by) = (self.base, self.begun, Arc::clone(&self.wrong_by));
        move || {
            let elapsed = begun.map_or(Duration::ZERO, |(begun, at)| at + begun.elapsed());
            let wrong_by = SignedDuration::from_micros(wrong_by.load(Ordering::Relaxed));
            let right = base.checked_add(elapsed).unwrap_or(base);
            right.checked_add(wrong_by).unwrap_or(right)
        }
    }

    /// A bridge begins to live.
    pub(crate) fn begin_life(&mut self, callbacks: Callbacks) {
        self.begun = Some((Instant::now(), self.elapsed));
        self.callbacks = Some(callbacks);
        self.dies = false;
        self.stops = false;
        let life = self.life;
        self.note(format_args!("life {life} begins"));
    }

    /// It ends; whatever it had in flight is gone.
    pub(crate) fn end_life(&mut self) {
        self.elapsed = self.elapsed();
        self.begun = None;
        self.callbacks = None;
        self.fuse = None;
        self.deaths.push(self.now());
        let life = self.life;
        self.note(format_args!("life {life} ends"));
        self.life += 1;
    }

    /// Time passes without a bridge.
    pub(crate) fn pass(&mut self, time: Duration) {
        let until = self.elapsed + time;
        while let Some((at, action)) = self.take_due(until) {
            self.elapsed = self.elapsed.max(at);
            action.run(self);
        }
        self.elapsed = until;
    }

    /// Something will happen.
    pub(crate) fn at(&mut self, elapsed: Duration, action: Action) {
        self.added += 1;
        self.actions.insert((elapsed, self.added), action);
        self.changed.notify_one();
    }

    /// The same, counted from now.
    pub(crate) fn after(&mut self, time: Duration, action: Action) {
        self.at(self.elapsed() + time, action);
    }

    /// What is going to happen.
    pub(crate) fn planned(&self) -> impl Iterator<Item = (Duration, &Action)> {
        self.actions.iter().map(|((at, _), action)| (*at, action))
    }

    /// When the next thing happens.
    pub(crate) fn next_at(&self) -> Option<Duration> {
        self.actions.keys().next().map(|(at, _)| *at)
    }

    /// The next thing that is due until then.
    pub(crate) fn take_due(&mut self, until: Duration) -> Option<(Duration, Action)> {
        let entry = self.actions.first_entry().filter(|entry| entry.key().0 <= until)?;
        let at = entry.key().0;
        Some((at, entry.remove()))
    }

    /// How long until a point of the day, for a timer.
    pub(crate) fn until(&self, elapsed: Duration) -> Duration {
        elapsed.saturating_sub(self.elapsed())
    }

    /// One more line of what happened.
    pub(crate) fn note(&mut self, what: std::fmt::Arguments<'_>) {
        let now = self.now();
        self.trace.line(now, what);
    }

    /// One more fault of this kind.
    pub(crate) fn fault(&mut self, kind: &str) {
        *self.faults.entry(kind.to_owned()).or_default() += 1;
        self.note(format_args!("fault: {kind}"));
    }

    /// The index of the call that goes or went by this id.
    pub(crate) fn index_of(&self, id: &str) -> Option<usize> {
        self.by_id.get(id).copied()
    }

    /// The index of the call that the bridge keeps under this key: an id, or where it stands in the list of a login.
    pub(crate) fn index_of_key(&self, key: &str) -> Option<usize> {
        let Some((login, rest)) = key.strip_prefix("log-").and_then(|rest| rest.split_once('-')) else {
            return self.index_of(key);
        };
        let began = rest.split('-').next()?;
        let began = DateTime::strptime("%Y%m%dT%H%M%SZ", began).ok()?;
        let began = began.to_zoned(TimeZone::UTC).ok()?.timestamp();
        // By the clock on the wall, which is all that a list tells: in autumn an hour comes twice.
        let zone = TimeZone::get("Europe/Berlin").ok()?;
        let wall = |at: Timestamp| zone.to_datetime(at);
        let began = wall(began);
        let at = |call: &TrueCall| {
            let phones = call.phones.iter().filter(|(own, _)| own == login);
            // Lists cut fractions off.
            let listed = phones.map(|(_, at)| Timestamp::from_second(at.as_second()).unwrap_or(*at));
            listed.map(|at| wall(at).duration_since(began).abs()).min()
        };
        // Of calls that began at one moment it is the one that was answered there.
        let rank = |call: &TrueCall| Some((at(call).filter(|far| *far <= AS_LISTED)?, !call.is_served_by(login)));
        let listed = self.calls.iter().enumerate();
        let listed = listed.filter_map(|(index, call)| rank(call).map(|(far, other)| (other, far, index)));
        listed.min().map(|(_, _, index)| index)
    }

    /// The call that goes or went by this id.
    pub(crate) fn call_of(&mut self, id: &str) -> Option<&mut TrueCall> {
        let index = self.index_of(id)?;
        self.calls.get_mut(index)
    }

    /// A call goes by this id from now on.
    pub(crate) fn name(&mut self, index: usize, id: &str) {
        self.by_id.insert(id.to_owned(), index);
    }

    /// One more call; its index.
    pub(crate) fn add_call(&mut self, call: TrueCall) -> usize {
        let index = self.calls.len();
        self.name(index, call.id());
        self.calls.push(call);
        index
    }

    /// Zendesk is back.
    pub(crate) fn desk_is_back(&mut self) {
        self.back_at
            .get_or_insert(self.base.checked_add(self.elapsed()).unwrap_or(self.base));
        let size = |path: &PathBuf| {
            let mut log = path.clone().into_os_string();
            log.push("-wal");
            let of = |path: PathBuf| std::fs::metadata(path).map_or(0, |metadata| metadata.len());
            (of(path.clone()), of(log.into()))
        };
        self.journal_size = self.journal.as_ref().map(size).or(self.journal_size);
    }

    /// The bridge dies now.
    pub(crate) fn kill(&mut self, why: &str) {
        if self.begun.is_some() && !self.dies {
            self.fault(why);
            self.dies = true;
            self.changed.notify_one();
        }
    }

    /// Burns the fuse by one; whether the bridge dies at this point.
    pub(crate) fn burns(&mut self, place: Place, after: bool) -> bool {
        let Some(fuse) = self
            .fuse
            .as_mut()
            .filter(|fuse| fuse.place == place && fuse.after == after)
        else {
            return false;
        };
        if fuse.left > 0 {
            fuse.left -= 1;
            return false;
        }
        self.fuse = None;
        self.kill(match (place, after) {
            (Place::Commit, false) => "crash before a commit",
            (Place::Commit, true) => "crash after a commit",
            (Place::Request, false) => "crash before a request",
            (Place::Request, true) => "crash after a request took effect",
        });
        true
    }
}

impl Shared {
    pub(crate) fn new(world: World) -> Self {
        Self(Arc::new(Mutex::new(world)))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
