//! What holds whatever happens, in whatever order, however often.

use std::collections::{BTreeMap, BTreeSet};

use bridge_core::call::{CallKey, Phase, Ticket};
use bridge_core::effect::{Effect, EffectId, Order};
use bridge_core::erasure::Sought;
use bridge_core::input::{Input, Outcome};
use bridge_sim::story;
use jiff::SignedDuration;
use pbx::{Event, LegEvent, LegState};
use proptest::prelude::*;

use crate::history::{How, Move, answer, history};
use crate::support;
use crate::twins::Twins;

/// One history, with what is watched while it goes on.
struct Run {
    twins: Twins,
    /// Orders under way, in the order given.
    under_way: Vec<Effect>,
    /// Orders that are settled or taken back.
    settled: Vec<Effect>,
    stuck: BTreeSet<EffectId>,
    tickets: BTreeMap<CallKey, u64>,
    last: Option<Event>,
    orders: Vec<Order>,
}

impl Run {
    fn new(new_user: bool) -> Self {
        let story = story::Settings {
            new_user,
            ..story::Settings::of(&story::parse("").unwrap())
        };
        Self {
            twins: Twins::new(support::settings(&story)),
            under_way: Vec::new(),
            settled: Vec::new(),
            stuck: BTreeSet::new(),
            tickets: BTreeMap::new(),
            last: None,
            orders: Vec::new(),
        }
    }

    fn handle(&mut self, input: Input) {
        self.twins.handle(input);
        self.watch();
    }

    /// Looks at the orders that were given with the last input.
    fn watch(&mut self) {
        let new = std::mem::take(&mut self.twins.new);
        for effect in std::mem::take(&mut self.twins.withdrawn) {
            let index = self.under_way.iter().position(|known| known.id == effect);
            let index = index.unwrap_or_else(|| panic!("{effect} is taken back and was not under way"));
            self.settled.push(self.under_way.remove(index));
            self.stuck.remove(&effect);
        }
        for effect in new {
            let call = &self.twins.calls[&effect.call];
            match &effect.order {
                Order::OpenTicket(draft) => {
                    let other = self
                        .under_way
                        .iter()
                        .find(|other| other.call == effect.call && matches!(other.order, Order::OpenTicket(_)));
                    assert!(other.is_none(), "two tickets of {} are under way", effect.call);
                    assert!(!self.tickets.contains_key(&effect.call), "{} has a ticket", effect.call);
                    assert_eq!(draft.external_id, format!("zendesk-bridge:starface:{}", effect.call));
                    assert!(!draft.subject.is_empty() && !draft.note.is_empty());
                }
                Order::Pop { .. } => {
                    assert!(call.ended.is_none(), "a screen pop after the end");
                    assert!(effect.expires.is_some_and(|expires| expires > self.twins.now));
                }
                Order::LookUp { number, .. } | Order::EnsureUser { number, .. } | Order::WriteNumber { number, .. } => {
                    let shown = call
                        .caller
                        .as_ref()
                        .map(|shown| self.twins.core.settings().numbers.read(shown));
                    assert_eq!(shown, Some(bridge_core::number::Reading::Public(number.clone())));
                }
                Order::ReadTicket { .. }
                | Order::SetRequester { .. }
                | Order::ReadUser { .. }
                | Order::ReleaseNumber { .. }
                | Order::TakeNumberBack { .. }
                | Order::AddNote { .. }
                | Order::Record { .. }
                | Order::Attach(_)
                | Order::Redact { .. } => {}
            }
            self.orders.push(effect.order.clone());
            self.under_way.push(effect);
        }
    }

    fn step(&mut self, step: &Move) {
        match step {
            Move::Pbx(event) => {
                self.last = Some(event.clone());
                self.handle(Input::Pbx(event.clone()));
            }
            Move::Again => {
                if let Some(event) = self.last.clone() {
                    self.handle(Input::Pbx(event));
                }
            }
            Move::Answer { which, how } => self.answer(*which, *how),
            Move::LateAnswer { which, how } => {
                if !self.settled.is_empty() {
                    let effect = self.settled[which % self.settled.len()].clone();
                    // An order that opened a ticket opens no other one: its name is its idempotency key.
                    let opens = matches!(effect.order, Order::OpenTicket(_));
                    let outcome = if opens {
                        Outcome::Done
                    } else {
                        answer(&effect, *how, 0, self.twins.now)
                    };
                    self.handle(Input::Outcome {
                        effect: effect.id,
                        outcome,
                    });
                }
            }
            Move::Postponed { which } => {
                if !self.under_way.is_empty() {
                    let effect = self.under_way[which % self.under_way.len()].id.clone();
                    let again_at = self.twins.now + SignedDuration::from_secs(5);
                    self.handle(Input::Postponed {
                        effect,
                        attempts: 1,
                        why: "no answer".into(),
                        again_at,
                    });
                }
            }
            Move::Pass(seconds) => self.pass(SignedDuration::from_secs(*seconds)),
            Move::Activation(active) => self.handle(Input::Activation { active: *active }),
            Move::Matched => self.handle(Input::Matched(support::matching(&[]))),
        }
    }

    fn answer(&mut self, which: usize, how: How) {
        if self.under_way.is_empty() {
            return;
        }
        let index = which % self.under_way.len();
        let effect = self.under_way[index].clone();
        let outcome = answer(&effect, how, 1000 + self.tickets.len() as u64, self.twins.now);
        let opens = matches!(effect.order, Order::OpenTicket(_));
        // Whatever does not fit leaves the order where it is, for an administrator.
        let final_for_tickets = matches!(outcome, Outcome::Opened { .. } | Outcome::Refused { .. });
        if matches!(outcome, Outcome::Wedged { .. }) || opens && !final_for_tickets {
            self.stuck.insert(effect.id.clone());
        } else {
            self.under_way.remove(index);
            self.stuck.remove(&effect.id);
            self.settled.push(effect.clone());
            if let (true, Outcome::Opened { ticket }) = (opens, &outcome) {
                let before = self.tickets.insert(effect.call.clone(), ticket.get());
                assert!(before.is_none(), "a second ticket for {}", effect.call);
            }
        }
        self.handle(Input::Outcome {
            effect: effect.id,
            outcome,
        });
    }

    fn pass(&mut self, time: SignedDuration) {
        let until = self.twins.now + time;
        while self.twins.wake(until) {
            self.watch();
        }
    }

    /// Lets everything come to an end: all phones hang up, all orders succeed, a day passes.
    fn finish(&mut self) {
        self.handle(Input::Matched(support::matching(&[])));
        let legs: Vec<LegEvent> = self
            .twins
            .calls
            .values()
            .flat_map(|call| {
                let id = call.ids.first().cloned();
                call.legs.keys().filter_map(move |owner| {
                    let mut event = crate::twins::leg(id.as_ref()?.as_str(), owner.as_str(), LegState::Ended);
                    (event.caller, event.called, event.group) = (None, None, None);
                    Some(event)
                })
            })
            .collect();
        for leg in legs {
            self.handle(Input::Pbx(Event::Leg(leg)));
        }
        for _ in 0..20 {
            while !self.under_way.is_empty() {
                self.answer(0, How::Well { found: 1 });
            }
            self.pass(SignedDuration::from_hours(1));
        }
    }

    fn check_end(&self) {
        for (key, call) in &self.twins.calls {
            let summary = &self.twins.summaries[key];
            assert_eq!(summary.phase, Phase::Over, "{key}: {}", summary.outcome);
            let ticket = self.tickets.get(key);
            assert_eq!(summary.ticket.map(bridge_core::desk::TicketId::get), ticket.copied());
            assert_eq!(
                summary.outcome.starts_with("ticket "),
                ticket.is_some(),
                "{}",
                summary.outcome
            );
            assert!(
                ticket.is_some() || summary.outcome.starts_with("none: "),
                "{}",
                summary.outcome
            );
            let Some(answer) = &call.answer else { continue };
            let served = call.legs[&answer.by]
                .group
                .as_ref()
                .is_some_and(|group| group.as_str() == "1003");
            let internal = call.caller.as_ref().is_some_and(|caller| caller.as_str() == "12");
            if served && answer.active && !internal && !call.outbound && call.merged_into.is_none() {
                let refused = matches!(call.ticket, Ticket::Failed { .. });
                assert!(
                    ticket.is_some() || refused,
                    "an answered call without a ticket: {}",
                    summary.outcome
                );
            }
        }
        for (key, steps) in &self.twins.steps {
            for step in steps {
                let text = format!("{} {}", step.what, step.why);
                assert!(
                    !text.contains("123456") && !text.contains("654321") && !text.contains("Karla"),
                    "{key}: {text}"
                );
            }
        }
    }
}

const ALL: &[Option<&str>] = &[
    Some("0721 123456"),
    Some("0049721123456"),
    Some("+49 721 654321"),
    Some("12"),
    Some("huh?"),
    Some(""),
    None,
];
const NO_NUMBER: &[Option<&str>] = &[Some(""), Some("anonymous"), Some("0"), Some("huh?"), None];

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_call_has_one_ticket_at_most_whatever_happens(moves in history(ALL), new_user in any::<bool>()) {
        let mut run = Run::new(new_user);
        for step in &moves {
            run.step(step);
        }
        run.finish();
        run.check_end();
    }

    #[test]
    fn a_call_whose_caller_was_erased_counts_as_served_whatever_is_told_of_it_again(
        moves in history(ALL), new_user in any::<bool>(),
    ) {
        let mut run = Run::new(new_user);
        for step in &moves {
            run.step(step);
        }
        run.finish();
        let plan = run.twins.core.settings().numbers.clone();
        let sought = Sought::parse("0721 123456", &plan, None).unwrap();
        let given = run.twins.given.clone();
        let erased = run.twins.erase(&sought);
        for step in moves.iter().filter(|step| !matches!(step, Move::Pass(_))) {
            run.step(step);
        }
        for effect in run.twins.given.difference(&given) {
            let (call, _) = effect.as_str().rsplit_once('/').unwrap();
            prop_assert!(!erased.contains(&CallKey::new(call)), "{effect}");
        }
        for key in &erased {
            let call = &run.twins.calls[key];
            prop_assert!(!sought.took_part(call), "{key}");
            prop_assert!(call.over.is_some(), "{key}");
        }
    }

    #[test]
    fn nothing_is_learned_from_a_withheld_number(moves in history(NO_NUMBER), new_user in any::<bool>()) {
        let mut run = Run::new(new_user);
        for step in &moves {
            run.step(step);
        }
        run.finish();
        run.check_end();
        for order in &run.orders {
            prop_assert!(matches!(order, Order::OpenTicket(_) | Order::Pop { .. }), "{order:?}");
        }
    }
}
