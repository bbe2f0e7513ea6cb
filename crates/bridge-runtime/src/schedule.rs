//! Which effect is carried out next: a pure decision.
//!
//! One lane for each call and track. In a lane one effect follows the other, and the next one starts only when the
//! outcome of the one before is in the journal: a crash in between must not turn their order round. Of all lanes whose
//! first effect may start, the most important goes first, and of equally important ones the oldest.
//!
//! * A failed attempt is repeated after a pause of its own ([`pause`]).
//! * A help desk that asks to be left alone is left alone by everything that is not more important than what it refused.
//! * When several effects in a row get no answer, the help desk is away: one effect at a time tries whether it is back, and
//!   the first answer sets all of them free. Only what an agent waits for is tried once at once, come what may.

mod job;
#[cfg(test)]
mod tests;
mod waiting;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bridge_core::call::CallKey;
use bridge_core::effect::{Effect, EffectId, Priority, Track};
use bridge_core::port::{Attempt, Failure, FailureKind};
use jiff::{SignedDuration, Timestamp};

use job::{Head, Job, Lane, later, pause};
use waiting::{Gate, Waiting};

/// So many different effects without an answer in between: the help desk is away.
const AWAY_AFTER: usize = 3;

/// The longest time between two tries whether it is back.
const PROBE_PAUSE: SignedDuration = SignedDuration::from_secs(15);

/// How long after an effect was planned its idempotency key still counts, with a margin: Zendesk forgets keys after two hours. What
/// may have been done is looked for from then on; what cannot, is not: after days there are thousands, and such lists have a narrow limit.
const KEY_WINDOW: SignedDuration = SignedDuration::from_mins(110);

/// All effects that wait or are under way.
#[derive(Debug)]
pub(crate) struct Schedule {
    limit: usize,
    lanes: BTreeMap<LaneKey, Lane>,
    lane_of: BTreeMap<EffectId, LaneKey>,
    waiting: Waiting,
    /// Everything, by when it was ordered.
    by_age: BTreeSet<(Timestamp, EffectId)>,
    flying: usize,
    /// How many of them send files.
    sending: usize,
    /// Until when everything of this importance or less rests.
    resting: BTreeMap<Priority, Timestamp>,
    /// Effects that got no answer since the last one that did.
    unanswered: BTreeSet<EffectId>,
    probe_at: Option<Timestamp>,
    added: u64,
}

type LaneKey = (CallKey, Track);

/// What to do next.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Turn {
    /// Carry this one out.
    Start { effect: Effect, attempt: Attempt },
    /// This one is too late: tell the core.
    Drop { effect: EffectId, why: String },
    /// Nothing now; come back at this moment at the latest.
    Wait(Option<Timestamp>),
}

/// What a failed attempt leads to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Verdict {
    /// It is tried again. `tell`: worth a line in the call's story; of a long outage only some attempts are.
    Again { attempts: u32, at: Timestamp, tell: bool },
    /// It cannot succeed.
    Wedged,
    /// It may have been done, and must not be done twice: it is given up.
    Doubtful,
}

/// What became of an order to leave an effect undone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Withdrawal {
    /// It will not leave.
    Removed,
    /// It has left, or was settled already; its outcome comes as usual.
    TooLate,
}

impl Schedule {
    /// Nothing to do yet; at most `limit` effects under way at a time.
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            limit: limit.max(1),
            lanes: BTreeMap::new(),
            lane_of: BTreeMap::new(),
            waiting: Waiting::default(),
            by_age: BTreeSet::new(),
            flying: 0,
            sending: 0,
            resting: BTreeMap::new(),
            unanswered: BTreeSet::new(),
            probe_at: None,
            added: 0,
        }
    }

    /// A new effect; one that is known already is not taken twice.
    pub(crate) fn add(&mut self, effect: Effect) {
        let key = (effect.call.clone(), effect.track);
        if self.lane_of.insert(effect.id.clone(), key.clone()).is_none() {
            self.added += 1;
            self.by_age.insert((effect.planned_at, effect.id.clone()));
            let lane = self.lanes.entry(key.clone()).or_default();
            lane.jobs.push_back(Job::new(effect, self.added));
            self.waiting.update(&key, lane);
        }
    }

    /// One that may have been tried before, by nobody knows whom.
    pub(crate) fn take_up(&mut self, effect: Effect) {
        let id = effect.id.clone();
        self.add(effect);
        self.may_be_done(&id);
    }

    /// An attempt may have done it, whatever is heard of it.
    pub(crate) fn may_be_done(&mut self, id: &EffectId) {
        let lane = self.lane_of.get(id).and_then(|key| self.lanes.get_mut(key));
        if let Some(job) = lane.and_then(|lane| lane.jobs.iter_mut().find(|job| job.effect.id == *id)) {
            job.may_be_done = true;
        }
    }

    /// This one must not leave any more.
    pub(crate) fn withdraw(&mut self, id: &EffectId) -> Withdrawal {
        let Some(lane) = self.lane_of.get(id).and_then(|key| self.lanes.get_mut(key)) else {
            return Withdrawal::TooLate;
        };
        let place = lane.jobs.iter().position(|job| job.effect.id == *id);
        match place {
            Some(0) if lane.head != Head::Waiting => Withdrawal::TooLate,
            Some(place) => {
                let job = lane.jobs.remove(place);
                self.forget(id, job);
                Withdrawal::Removed
            }
            None => Withdrawal::TooLate,
        }
    }

    /// Since when the oldest effect has been ordered and not settled.
    pub(crate) fn oldest(&self) -> Option<Timestamp> {
        self.by_age.first().map(|(planned_at, _)| *planned_at)
    }

    /// What to do now. Asked again and again until it says to wait.
    pub(crate) fn next(&mut self, now: Timestamp) -> Turn {
        self.resting.retain(|_, until| *until > now);
        let (resting, probe_at) = (&self.resting, self.probe_at);
        let full = self.sending >= self.files_at_once();
        let found = self.waiting.look(now, |class| {
            // Whichever of them comes back asks for the next one.
            if full && class.priority == Priority::Attach {
                return Gate::Shut;
            }
            let resting = resting.iter().filter(|(refused, _)| class.priority >= **refused);
            let resting = resting.map(|(_, until)| *until).max();
            let until = resting.max(if class.urgent { None } else { probe_at });
            until.map_or(Gate::Open, Gate::Until)
        });
        if let Some(turn) = found.expired.and_then(|key| self.drop_head(&key)) {
            return turn;
        }
        let start = found.best.filter(|_| self.flying < self.limit);
        start
            .and_then(|key| self.start_head(&key, now))
            .unwrap_or(Turn::Wait(found.wake))
    }

    /// An attempt came back with an outcome. Its lane goes on when that is [`settled`](Self::settled). Whether it was the help desk
    /// that answered.
    pub(crate) fn returned(&mut self, id: &EffectId) -> bool {
        let job = self.lane_of.get(id).and_then(|key| self.lanes.get(key)?.jobs.front());
        let by_pbx = job.is_some_and(|job| job.effect.order.is_of_pbx());
        self.landed(id, Head::Returned);
        if !by_pbx {
            self.answered();
        }
        !by_pbx
    }

    /// An attempt failed.
    pub(crate) fn failed(&mut self, id: &EffectId, failure: &Failure, now: Timestamp) -> Verdict {
        if failure.kind == FailureKind::Impossible {
            self.returned(id);
            return Verdict::Wedged;
        }
        let key = self.lane_of.get(id);
        let job = key
            .and_then(|key| self.lanes.get(key))
            .and_then(|lane| lane.jobs.front());
        let doubtful = no_answer(failure.kind) && job.is_some_and(|job| !job.effect.order.is_repeatable());
        self.landed(id, if doubtful { Head::Returned } else { Head::Waiting });
        let key = self.lane_of.get(id);
        let Some(job) = key
            .and_then(|key| self.lanes.get_mut(key))
            .and_then(|lane| lane.jobs.front_mut())
        else {
            return Verdict::Wedged;
        };
        job.attempts += 1;
        let at = later(now, pause(failure, job.attempts));
        let tell = job.attempts <= 3 || job.attempts.is_power_of_two() || job.failed != Some(failure.kind);
        job.failed = Some(failure.kind);
        job.not_before = Some(at);
        let (attempts, priority) = (job.attempts, job.effect.priority);
        self.refresh(id);
        if failure.kind == FailureKind::Busy {
            let until = self.resting.entry(priority).or_insert(at);
            *until = at.max(*until);
        }
        if !no_answer(failure.kind) {
            self.answered();
        } else {
            self.unanswered.insert(id.clone());
            if self.is_away() {
                self.probe_at = Some(later(now, pause(failure, attempts).min(PROBE_PAUSE)));
            }
        }
        if doubtful {
            return Verdict::Doubtful;
        }
        Verdict::Again { attempts, at, tell }
    }

    /// The journal holds what came of it: its lane goes on.
    pub(crate) fn settled(&mut self, id: &EffectId) {
        let lane = self.lane_of.get(id).and_then(|key| self.lanes.get_mut(key));
        if let Some(lane) = lane.filter(|lane| lane.jobs.front().is_some_and(|job| job.effect.id == *id)) {
            let job = lane.jobs.pop_front();
            lane.head = Head::Waiting;
            self.forget(id, job);
        }
    }

    /// How many effects wait or are under way.
    pub(crate) fn len(&self) -> usize {
        self.lane_of.len()
    }

    /// Until when the help desk wants to be left alone.
    pub(crate) fn resting_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.resting.values().copied().filter(|until| *until > now).max()
    }

    /// The help desk is there: who waited for it to come back waits no longer.
    fn answered(&mut self) {
        let was_away = self.is_away();
        self.unanswered.clear();
        self.probe_at = None;
        if was_away {
            for (key, lane) in &mut self.lanes {
                if let Some(job) = lane.jobs.front_mut().filter(|job| job.failed.is_some_and(no_answer)) {
                    job.not_before = None;
                    self.waiting.update(key, lane);
                }
            }
        }
    }

    /// Sending a file takes minutes: what agents wait for must find room beside it.
    fn files_at_once(&self) -> usize {
        (self.limit / 4).max(1)
    }

    fn is_away(&self) -> bool {
        self.unanswered.len() >= AWAY_AFTER
    }

    fn start_head(&mut self, key: &LaneKey, now: Timestamp) -> Option<Turn> {
        // The one that is tried now stands for all others until it comes back.
        let probing = self.is_away().then(|| later(now, PROBE_PAUSE));
        let lane = self.lanes.get_mut(key)?;
        lane.head = Head::Flying;
        self.waiting.update(key, lane);
        let job = lane.jobs.front()?;
        self.flying += 1;
        self.sending += usize::from(job.effect.priority == Priority::Attach);
        self.probe_at = probing;
        let age = now.duration_since(job.effect.planned_at);
        let attempt = Attempt {
            number: job.attempts + 1,
            settle_first: job.may_be_done && age > KEY_WINDOW,
        };
        Some(Turn::Start {
            effect: job.effect.clone(),
            attempt,
        })
    }

    fn drop_head(&mut self, key: &LaneKey) -> Option<Turn> {
        let lane = self.lanes.get_mut(key)?;
        // It keeps its place until the journal knows, like everything that has an outcome.
        lane.head = Head::Returned;
        self.waiting.update(key, lane);
        let job = lane.jobs.front()?;
        let why = match job.failed {
            Some(_) => format!("it would come too late, after {} failed attempts", job.attempts),
            None => "it would come too late".into(),
        };
        Some(Turn::Drop {
            effect: job.effect.id.clone(),
            why,
        })
    }

    fn landed(&mut self, id: &EffectId, head: Head) {
        if let Some(lane) = self.lane_of.get(id).and_then(|key| self.lanes.get_mut(key))
            && lane.head == Head::Flying
        {
            lane.head = head;
            self.flying -= 1;
            let sent = lane
                .jobs
                .front()
                .is_some_and(|job| job.effect.priority == Priority::Attach);
            self.sending -= usize::from(sent);
            self.refresh(id);
        }
    }

    /// Something of the first effect in this one's lane has changed.
    fn refresh(&mut self, id: &EffectId) {
        if let Some((key, lane)) = self
            .lane_of
            .get(id)
            .and_then(|key| Some((key, self.lanes.get_mut(key)?)))
        {
            self.waiting.update(key, lane);
        }
    }

    fn forget(&mut self, id: &EffectId, job: Option<Job>) {
        self.refresh(id);
        self.unanswered.remove(id);
        if let Some(job) = job {
            self.by_age.remove(&(job.effect.planned_at, job.effect.id));
        }
        if let Some(key) = self.lane_of.remove(id)
            && self.lanes.get(&key).is_some_and(|lane| lane.jobs.is_empty())
        {
            self.lanes.remove(&key);
        }
    }
}

/// Failures that say nothing of the effect, only of the way to the help desk.
fn no_answer(kind: FailureKind) -> bool {
    matches!(kind, FailureKind::NoAnswer | FailureKind::Unavailable)
}

/// A lane's jobs, in order.
type Jobs = VecDeque<Job>;
