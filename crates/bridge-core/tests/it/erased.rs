//! A call whose caller was erased has had its ticket: neither a restart nor any reading of the lists brings a second one.

use std::collections::BTreeMap;

use bridge_core::call::{CallKey, CallState, CallSummary, Change};
use bridge_core::call_log::{LogRead, Logs};
use bridge_core::core::Core;
use bridge_core::effect::{Effect, Order};
use bridge_core::erasure::{REMEMBERED, Sought, Standing, Stays, stays};
use bridge_core::input::Input;
use bridge_core::recording::Standing::Refused;
use bridge_core::recording::{Hints, Recording, Sha256};
use bridge_core::settings::Settings;
use bridge_sim::story;
use jiff::{SignedDuration, Timestamp};
use pbx::{CallId, Dialled, Direction, Event, LegState, LoggedCall, UserId};

use crate::history::{How, answer};
use crate::recordings;
use crate::support;
use crate::twins::{Twins, leg};

const CALLER: &str = "0721 123456";
const OWNER: &str = "0101";

/// A bridge with a journal, a help desk that answers at once, and a telephone system with one list.
struct Bridge {
    settings: Settings,
    core: Core,
    journal: BTreeMap<CallKey, (CallState, CallSummary, Timestamp)>,
    logs: Logs,
    list: Vec<LoggedCall>,
    tickets: u64,
    /// How often entries of the list were told.
    told: usize,
    now: Timestamp,
}

impl Bridge {
    fn new() -> Self {
        let settings = support::settings(&story::Settings::of(&story::parse("").unwrap()));
        let mut bridge = Self {
            core: Core::new(settings.clone()),
            settings,
            journal: BTreeMap::new(),
            logs: Logs::default(),
            list: Vec::new(),
            tickets: 0,
            told: 0,
            now: support::midnight(),
        };
        bridge.begin();
        bridge.handle(Input::Activation { active: true });
        bridge.handle(Input::Matched(support::matching(&[])));
        bridge
    }

    /// What a bridge hears first.
    fn begin(&mut self) {
        self.handle(Input::Logs {
            owners: vec![UserId::new(OWNER)],
        });
        self.handle(Input::Pbx(Event::Connected { owner: None }));
        let owner = UserId::new(OWNER);
        self.handle(Input::Pbx(Event::SnapshotBegin { owner: owner.clone() }));
        self.handle(Input::Pbx(Event::SnapshotEnd { owner }));
    }

    fn lose_session(&mut self) {
        let why = "away".into();
        self.handle(Input::Pbx(Event::Disconnected { owner: None, why }));
    }

    fn handle(&mut self, input: Input) {
        let mut inputs = vec![input];
        while let Some(input) = inputs.pop() {
            self.core.handle(input, self.now);
            while let Some(Change { state, summary, .. }) = self.core.poll_change() {
                self.journal.insert(state.key.clone(), (state, summary, self.now));
            }
            if let Some(logs) = self.core.poll_logs() {
                self.logs = logs;
            }
            while let Some(effect) = self.core.poll_effect() {
                if let Order::OpenTicket(_) = effect.order {
                    self.tickets += 1;
                }
                let outcome = answer(&effect, How::Well { found: 1 }, 1000, self.now);
                let effect = effect.id;
                inputs.push(Input::Outcome { effect, outcome });
            }
            while let Some(request) = self.core.poll_log_request() {
                let asked = |call: &&LoggedCall| request.from <= call.began && call.began <= request.until;
                let calls: Vec<LoggedCall> = self.list.iter().filter(asked).cloned().collect();
                self.told += calls.len();
                let owner = request.owner;
                inputs.push(Input::Log(LogRead { owner, calls }));
            }
        }
    }

    fn pass(&mut self, time: SignedDuration) {
        let until = self.now + time;
        while let Some(due) = self.core.poll_timeout().filter(|due| *due <= until) {
            self.now = self.now.max(due);
            self.handle(Input::Wake);
        }
        self.now = until;
    }

    /// A call, from its ring to its end, as events tell it and the list has it afterwards.
    fn call(&mut self, id: &str) {
        let began = self.now;
        for (state, takes) in [(LegState::Ringing, 5), (LegState::Connected, 60), (LegState::Ended, 0)] {
            let mut event = leg(id, OWNER, state);
            event.caller = Some(Dialled::new(CALLER));
            event.at = Some(self.now);
            self.handle(Input::Pbx(Event::Leg(event)));
            self.pass(SignedDuration::from_secs(takes));
        }
        self.list.push(LoggedCall {
            direction: Direction::Inbound,
            answered: true,
            caller: Dialled::new(CALLER),
            called: Dialled::new("0721 4605300"),
            group: Some(pbx::GroupId::new("1003")),
            began,
            or_began: None,
            lasted: SignedDuration::from_secs(65),
        });
    }

    fn why(&self, key: &str) -> Option<Stays> {
        let (state, _, updated) = &self.journal[&CallKey::new(key)];
        let standing = Standing {
            updated: *updated,
            waiting: false,
            wedged: false,
            listed_since: self.logs.floor(self.now),
        };
        stays(state, standing, self.now)
    }

    /// Stops, erases the caller where he may be, and starts on what a journal gives back.
    fn erase_and_restart(&mut self) -> usize {
        let sought = Sought::parse(CALLER, &self.settings.numbers, None).unwrap();
        let mut keys: Vec<CallKey> = self.journal.keys().cloned().collect();
        keys.retain(|key| self.why(key.as_str()).is_none());
        for key in &keys {
            let (state, summary, updated) = self.journal[key].clone();
            let change = Change::erased(state, summary, &sought, self.now);
            assert_eq!((change.summary.caller.as_ref(), change.summary.requester), (None, None));
            assert_eq!(change.summary.outcome, "ticket 1000");
            self.journal
                .insert(key.clone(), (change.state, change.summary, updated));
        }
        let since = (self.now - REMEMBERED).min(self.logs.floor(self.now).unwrap());
        let given_back = self
            .journal
            .values()
            .filter(|(state, _, updated)| state.over.is_none() || *updated >= since);
        let calls = given_back.map(|(state, _, _)| state.clone()).collect();
        let matching = self.core.matching().cloned();
        self.core = Core::restore(self.settings.clone(), calls, matching, true).with_logs(self.logs.clone());
        self.begin();
        keys.len()
    }
}

#[test]
fn neither_a_restart_nor_the_lists_make_a_second_ticket_of_a_call_whose_caller_was_erased() {
    let mut bridge = Bridge::new();
    bridge.call("c1");
    bridge.pass(SignedDuration::from_hours(1));
    assert!(bridge.told > 0, "the list was read");
    bridge.pass(SignedDuration::from_hours(30));
    bridge.call("c2");
    assert_eq!(
        bridge.erase_and_restart(),
        1,
        "the one of yesterday, not the one of now"
    );
    for _ in 0..10 {
        // Each time its session is lost, and the list is read from where it was read last.
        bridge.lose_session();
        bridge.begin();
        bridge.pass(SignedDuration::from_hours(25));
    }
    assert_eq!(bridge.tickets, 2);
    assert_eq!(bridge.erase_and_restart(), 2);
    bridge.pass(SignedDuration::from_hours(25));
    assert_eq!(bridge.tickets, 2);
}

#[test]
fn a_recording_that_turns_up_late_goes_and_what_hangs_on_the_ticket_can_still_be_taken_away() {
    let mut twins = Twins::new(recordings::settings(|_| {}));
    twins.leg("c1", OWNER, LegState::Connected);
    let orders = std::mem::take(&mut twins.new);
    recordings::carry_out(&mut twins, orders);
    twins.leg("c1", OWNER, LegState::Ended);
    let recording = |sum: &str| Recording {
        name: "Aufnahme_0721123456.wav".into(),
        size: 7,
        sha256: Sha256::parse(&sum.repeat(64)).unwrap(),
        mime: "audio/wav".into(),
        extension: "wav".into(),
        duration: None,
        hints: Hints {
            call: Some(CallId::new("c1")),
            ..Hints::default()
        },
    };
    twins.handle(Input::Recording(recording("a")));
    let orders = std::mem::take(&mut twins.new);
    recordings::carry_out(&mut twins, orders);
    twins.pass(SignedDuration::from_hours(1));
    let sought = Sought::parse(CALLER, &twins.core.settings().numbers, None).unwrap();
    let key = CallKey::new("c1");
    assert!(twins.erase(&sought).contains(&key));

    twins.handle(Input::Recording(recording("b")));
    assert_eq!(twins.new, []);
    assert_eq!(twins.recordings[&recording("b").sha256], Refused { call: key.clone() });
    assert!(
        !sought.took_part(&twins.calls[&key]),
        "its name does not bring him back"
    );
    let call = Box::new(twins.calls[&key].clone());
    twins.handle(Input::Refuse {
        named: key.clone(),
        call,
    });
    let orders = std::mem::take(&mut twins.new);
    let done = recordings::carry_out(&mut twins, orders);
    assert!(
        matches!(
            done[..],
            [Effect {
                order: Order::Redact { .. },
                ..
            }]
        ),
        "{done:?}"
    );
    assert!(twins.calls[&key].over.is_some());
    // Else it would be taken away again and again.
    assert_eq!(twins.recordings[&recording("a").sha256], Refused { call: key });
}

#[test]
fn a_caller_stays_while_a_list_that_may_hold_his_call_is_unread() {
    let mut bridge = Bridge::new();
    bridge.call("c1");
    bridge.lose_session();
    assert!(matches!(bridge.why("c1"), Some(Stays::GoesOn)));
    bridge.pass(SignedDuration::from_hours(2));
    assert!(matches!(bridge.why("c1"), Some(Stays::Lately { .. })));
    bridge.pass(SignedDuration::from_hours(72));
    assert_eq!(bridge.why("c1"), Some(Stays::Listed));
    assert_eq!(bridge.erase_and_restart(), 0);
    assert_eq!(bridge.tickets, 1, "the list tells of it, and it is known");
    bridge.pass(SignedDuration::from_hours(25));
    assert_eq!(bridge.erase_and_restart(), 1);
    bridge.pass(SignedDuration::from_hours(25));
    assert_eq!(bridge.tickets, 1);
}
