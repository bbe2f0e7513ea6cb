//! A working day of which sessions miss parts, at a telephone system whose clock is wrong: every answered call has one
//! ticket in the end, whether it was seen, half seen, or stands in the lists of calls only.

use std::collections::{BTreeMap, BTreeSet};

use bridge_core::call::{CallState, EndBasis};
use bridge_core::call_log::{LogRead, LogRequest};
use bridge_core::effect::{Effect, Order};
use bridge_core::input::Input;
use bridge_sim::story;
use jiff::{SignedDuration, Timestamp};
use pbx::{CallId, Dialled, Direction, Event, LegEvent, LegState, LoggedCall, UserId};
use proptest::prelude::*;

use crate::history::{How, answer};
use crate::support;
use crate::twins::{Twins, leg};

const OWNERS: [&str; 3] = ["0101", "0102", "0104"];
const CALLERS: [&str; 3] = ["0721 123456", "0721 555010", "089 4711"];
/// A caller calls again after so long at the earliest: two calls that lie nearer cannot always be told apart in a list.
const AGAIN: i64 = 130;

/// A call as it really was; times are seconds of the day.
#[derive(Clone, Debug)]
struct Real {
    caller: usize,
    starts: i64,
    answered: Option<(i64, &'static str)>,
    ends: i64,
}

/// What is drawn of a call: whose, how long after the one before, how long it rings, who answers, how long they talk.
type Drawn = (usize, i64, i64, Option<usize>, i64);

#[derive(Clone, Debug)]
pub(crate) struct Day {
    calls: Vec<Real>,
    /// Whose session is lost, from when until when.
    gaps: Vec<(&'static str, i64, i64)>,
    /// The telephone system's clock less ours.
    offset: i64,
}

impl Day {
    /// The first call is seen and nobody answers it, so that the clock is measured before anything is missed.
    pub(crate) fn of(drawn: &[Drawn], gaps: &[(usize, i64, i64)], offset: i64) -> Self {
        let mut calls = vec![Real {
            caller: 0,
            starts: 100,
            answered: None,
            ends: 110,
        }];
        let mut free = BTreeMap::from(OWNERS.map(|owner| (owner, 0)));
        let mut caller_free = [110 + AGAIN, 0, 0];
        let mut clock = 200;
        for (caller, pause, rings, by, talk) in drawn {
            clock += pause;
            let starts = clock.max(caller_free[*caller]);
            let answers = starts + rings;
            let by = by.map(|by| OWNERS[by]).filter(|by| free[by] < starts);
            let ends = if by.is_some() { answers + talk } else { answers };
            if let Some(by) = by {
                free.insert(by, ends);
            }
            caller_free[*caller] = ends + AGAIN;
            calls.push(Real {
                caller: *caller,
                starts,
                answered: by.map(|by| (answers, by)),
                ends,
            });
        }
        let mut until = BTreeMap::new();
        let mut lost = Vec::new();
        for (owner, after, length) in gaps {
            let owner = OWNERS[*owner];
            let from = until.get(owner).copied().unwrap_or(150) + after;
            until.insert(owner, from + length + 10);
            lost.push((owner, from, from + length));
        }
        Self {
            calls,
            gaps: lost,
            offset,
        }
    }

    fn is_away(&self, owner: &str, at: i64) -> bool {
        self.gaps
            .iter()
            .any(|(login, from, until)| *login == owner && *from <= at && at < *until)
    }

    /// What this phone does with this call at a moment.
    fn phone(real: &Real, owner: &str, at: i64) -> Option<LegState> {
        match real.answered {
            _ if at < real.starts || at >= real.ends => None,
            Some((answers, _)) if at < answers => Some(LegState::Ringing),
            Some((_, by)) => (by == owner).then_some(LegState::Connected),
            None => Some(LegState::Ringing),
        }
    }

    fn began(&self, real: &Real) -> Timestamp {
        support::midnight() + SignedDuration::from_secs(real.starts + self.offset)
    }

    fn list(&self, request: &LogRequest, now: i64) -> Input {
        let owner = request.owner.clone();
        if self.is_away(owner.as_str(), now) {
            let why = "away".into();
            return Input::LogUnread { owner, why };
        }
        let over = |real: &&Real| Self::phone(real, owner.as_str(), now).is_none() && real.starts < now;
        let entries = self.calls.iter().filter(over).map(|real| {
            let talked = real.answered.filter(|(_, by)| *by == owner.as_str());
            LoggedCall {
                direction: Direction::Inbound,
                answered: talked.is_some(),
                caller: Dialled::new(CALLERS[real.caller]),
                called: Dialled::new("0721 4605300"),
                group: Some(pbx::GroupId::new("1003")),
                began: self.began(real),
                or_began: None,
                lasted: SignedDuration::from_secs(talked.map_or(0, |(answers, _)| real.ends - answers)),
            }
        });
        let calls = entries
            .filter(|call| request.from <= call.began && call.began <= request.until)
            .collect();
        Input::Log(LogRead { owner, calls })
    }
}

pub(crate) struct Play<'d> {
    day: &'d Day,
    pub(crate) twins: Twins,
    pub(crate) tickets: BTreeSet<String>,
    pops: usize,
}

impl<'d> Play<'d> {
    pub(crate) fn new(day: &'d Day) -> Self {
        let settings = support::settings(&story::Settings::of(&story::parse("").unwrap()));
        let mut twins = Twins::asleep(settings);
        let owners = OWNERS.map(UserId::new).to_vec();
        twins.handle(Input::Logs { owners });
        twins.handle(Input::Activation { active: true });
        twins.handle(Input::Matched(support::matching(&[])));
        twins.handle(Input::Pbx(Event::Connected { owner: None }));
        for owner in OWNERS.map(UserId::new) {
            twins.handle(Input::Pbx(Event::SnapshotBegin { owner: owner.clone() }));
            twins.handle(Input::Pbx(Event::SnapshotEnd { owner }));
        }
        Self {
            day,
            twins,
            tickets: BTreeSet::new(),
            pops: 0,
        }
    }

    fn second(&self) -> i64 {
        self.twins.now.duration_since(support::midnight()).as_secs()
    }

    pub(crate) fn handle(&mut self, input: Input) {
        self.twins.handle(input);
        self.serve();
    }

    /// The help desk answers at once, and so does the telephone system where its lists are asked for.
    fn serve(&mut self) {
        let mut waiting: Vec<Effect> = std::mem::take(&mut self.twins.new);
        while let Some(effect) = waiting.pop() {
            let outcome = answer(
                &effect,
                How::Well { found: 1 },
                1000 + self.tickets.len() as u64,
                self.twins.now,
            );
            match &effect.order {
                Order::OpenTicket(draft) => {
                    assert!(
                        self.tickets.insert(draft.external_id.clone()),
                        "{} twice",
                        draft.external_id
                    );
                }
                Order::Pop { .. } => self.pops += 1,
                Order::LookUp { .. }
                | Order::EnsureUser { .. }
                | Order::ReadTicket { .. }
                | Order::SetRequester { .. }
                | Order::ReadUser { .. }
                | Order::WriteNumber { .. }
                | Order::ReleaseNumber { .. }
                | Order::TakeNumberBack { .. }
                | Order::AddNote { .. }
                | Order::Record { .. }
                | Order::Attach(_)
                | Order::Redact { .. } => {}
            }
            let effect = effect.id;
            self.twins.handle(Input::Outcome { effect, outcome });
            waiting.extend(std::mem::take(&mut self.twins.new));
        }
        for request in std::mem::take(&mut self.twins.requests) {
            let input = self.day.list(&request, self.second());
            self.handle(input);
        }
    }

    pub(crate) fn pass(&mut self, until: Timestamp) {
        while self.twins.wake(until) {
            self.serve();
        }
    }

    fn tell(&mut self, index: usize, owner: &str, state: LegState, snapshot: bool) {
        let real = &self.day.calls[index];
        let shown = self.twins.now + SignedDuration::from_secs(self.day.offset);
        let event = LegEvent {
            call: CallId::new(format!("c{index}")),
            caller: Some(Dialled::new(CALLERS[real.caller])),
            at: (!snapshot).then_some(shown),
            ..leg("", owner, state)
        };
        self.handle(Input::Pbx(Event::Leg(event)));
    }

    fn run(mut self) -> Self {
        let mut moments: BTreeSet<i64> = BTreeSet::new();
        for real in &self.day.calls {
            moments.extend([real.starts, real.ends]);
            moments.extend(real.answered.map(|(answers, _)| answers));
        }
        for (_, from, until) in &self.day.gaps {
            moments.extend([*from, *until]);
        }
        for second in moments {
            self.pass(support::midnight() + SignedDuration::from_secs(second));
            self.sessions(second);
            for index in 0..self.day.calls.len() {
                for owner in OWNERS {
                    let real = &self.day.calls[index];
                    let (before, state) = (Day::phone(real, owner, second - 1), Day::phone(real, owner, second));
                    if before != state && !self.day.is_away(owner, second) {
                        self.tell(index, owner, state.unwrap_or(LegState::Ended), false);
                    }
                }
            }
        }
        let rest = SignedDuration::from_hours(1);
        self.pass(self.twins.now + rest);
        self
    }

    fn sessions(&mut self, second: i64) {
        for (owner, from, until) in self.day.gaps.clone() {
            let login = UserId::new(owner);
            if from == second {
                let (owner, why) = (Some(login.clone()), "away".to_owned());
                self.handle(Input::Pbx(Event::Disconnected { owner, why }));
            }
            if until == second && !self.day.is_away(owner, second) {
                let owner_of = Some(login.clone());
                self.handle(Input::Pbx(Event::Connected { owner: owner_of }));
                self.handle(Input::Pbx(Event::SnapshotBegin { owner: login.clone() }));
                for index in 0..self.day.calls.len() {
                    // What changes at this very second is told as it changes.
                    if let Some(state) = Day::phone(&self.day.calls[index], owner, second - 1) {
                        self.tell(index, owner, state, true);
                    }
                }
                self.handle(Input::Pbx(Event::SnapshotEnd { owner: login }));
            }
        }
    }

    fn of(&self, real: &Real, by: &str) -> Vec<&CallState> {
        let claim = (UserId::new(by), self.day.began(real));
        self.twins
            .calls
            .values()
            .filter(|call| call.logged.contains(&claim))
            .collect()
    }
}

#[test]
fn a_call_that_was_handed_on_unseen_is_one_call_whoever_is_asked_first() {
    let part = |owner: &str, began: i64, lasted: i64| {
        let call = LoggedCall {
            direction: Direction::Inbound,
            answered: true,
            caller: Dialled::new(CALLERS[0]),
            called: Dialled::new("0721 4605300"),
            group: Some(pbx::GroupId::new("1003")),
            began: support::midnight() + SignedDuration::from_secs(began),
            or_began: None,
            lasted: SignedDuration::from_secs(lasted),
        };
        Input::Log(LogRead {
            owner: UserId::new(owner),
            calls: vec![call],
        })
    };
    let nothing = Day::of(&[], &[], 0);
    let parts = [part("0101", 100, 175), part("0102", 290, 60)];
    for order in [[0, 1, 0], [1, 0, 1]] {
        let mut play = Play::new(&nothing);
        play.pass(support::midnight() + SignedDuration::from_secs(600));
        for index in order {
            play.handle(parts[index].clone());
        }
        assert_eq!(play.tickets.len(), 1, "{order:?}");
        play.handle(part("0104", 400, 20));
        assert_eq!(play.tickets.len(), 2, "{order:?}: another call of the same caller");
    }
}

fn day() -> impl Strategy<Value = Day> {
    let call = (
        0..3_usize,
        5..300_i64,
        2..25_i64,
        prop::option::weighted(0.8, 0..3_usize),
        1..400_i64,
    );
    let gap = (0..3_usize, 0..600_i64, 1..900_i64);
    let offset = prop_oneof![Just(0), Just(3600), Just(-3600), -900..900_i64];
    (
        prop::collection::vec(call, 1..12),
        prop::collection::vec(gap, 0..8),
        offset,
    )
        .prop_map(|(calls, gaps, offset)| Day::of(&calls, &gaps, offset))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_answered_call_has_one_ticket_whatever_was_missed(day in day()) {
        let play = Play::new(&day).run();
        let answered: Vec<&Real> = day.calls.iter().filter(|real| real.answered.is_some()).collect();
        for real in &answered {
            let Some((_, by)) = real.answered else { continue };
            let calls = play.of(real, by);
            prop_assert_eq!(calls.len(), 1, "{:?}", real);
            let call = calls[0];
            prop_assert!(call.opened().is_some() && call.over.is_some(), "{:?}: {:?}", real, call);
            prop_assert_eq!(call.answer.as_ref().map(|answer| answer.by.as_str()), Some(by));
            let seen = call.ended.map(|end| end.basis);
            // Whose list cannot be read for ten minutes is not waited for.
            let waited = day.gaps.iter().all(|(_, from, until)| until - from < 590);
            let known = matches!(seen, Some(EndBasis::Told | EndBasis::Log));
            prop_assert!(known || !waited, "{:?}: {:?}", real, seen);
        }
        prop_assert_eq!(play.tickets.len(), answered.len());
        prop_assert!(play.pops <= answered.len());
        for (key, summary) in &play.twins.summaries {
            let told = summary.outcome.starts_with("ticket ") || summary.outcome.starts_with("none: ");
            prop_assert!(told, "{}: {}", key, summary.outcome);
        }
    }
}
