//! Numbers belong to somebody: one new number makes one user whoever asks and whatever is lost, and nobody's number is taken
//! from him.

use std::time::Duration;

use bridge_core::call::CallKey;
use bridge_core::desk::{NumberField, UserId};
use bridge_core::effect::{Effect, EffectId, Order, Priority, Track};
use bridge_core::input::Outcome;
use bridge_core::number::E164;
use bridge_core::port::{Attempt, HelpDesk as _};
use bridge_runtime::zendesk::ZendeskDesk;
use bridge_sim::play::{Desk as _, Person};
use bridge_sim::story;
use bridge_sim::zendesk::{Class, Fault, FaultKind, Limits, SimZendesk, Switches, world as account};
use futures_util::future::join_all;
use zendesk_client::{Client, Credentials, RetryPolicy};

const NUMBER: &str = "+49721555010";

async fn zendesk(index_delay: Duration) -> SimZendesk {
    let switches = Switches {
        index_delay,
        limits: Limits::none(),
        ..Switches::default()
    };
    SimZendesk::start("127.0.0.1:0", switches).await.expect("a port")
}

/// A bridge's side of Zendesk, as after a start: it knows nothing of what others or it itself did before.
fn bridge(desk: &SimZendesk) -> ZendeskDesk {
    let credentials = Credentials::client(account::CLIENT_ID, account::CLIENT_SECRET.to_owned().into());
    let client = Client::builder(desk.url(), credentials).build().expect("a client");
    ZendeskDesk::with_policy(&client, RetryPolicy::never())
}

fn effect(call: &str, order: Order) -> Effect {
    let call = CallKey::new(call);
    Effect {
        id: EffectId::new(&call, "step"),
        call,
        track: Track::Main,
        priority: Priority::Prompt,
        planned_at: "2026-11-24T14:02:00Z".parse().expect("a moment"),
        expires: None,
        order,
    }
}

fn number() -> E164 {
    E164::parse(NUMBER).expect("a number")
}

fn ensure(call: usize) -> Effect {
    let name = "+49 721 555010".to_owned();
    let number = number();
    effect(&format!("c{call}"), Order::EnsureUser { number, name })
}

/// As the lanes do: what failed is tried again.
async fn carried_out(bridge: &ZendeskDesk, effect: &Effect) -> Outcome {
    for attempt in 1..10 {
        let attempt = Attempt {
            number: attempt,
            settle_first: false,
        };
        if let Ok(outcome) = bridge.carry_out(effect, attempt).await.result {
            return outcome;
        }
    }
    panic!("it does not succeed")
}

/// Those whose profile has the number in any place.
fn owners(desk: &SimZendesk) -> Vec<u64> {
    let has = |one: &Person| one.phone.iter().chain(&one.identities).any(|number| number == NUMBER);
    let people = desk.people();
    people.iter().filter(|one| has(one)).map(|one| one.id).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn many_calls_two_bridges_and_lost_answers_make_one_user_of_one_new_number() {
    // The index never finds what was written: nobody may rely on it.
    let desk = zendesk(Duration::MAX).await;
    let lost = Fault::new(FaultKind::NoAnswer).on(Class::WriteUser);
    // At first nothing arrives, then the user is made and nobody is told.
    let faults = vec![lost.clone().times(2), lost.committed().times(1)];
    desk.act(|state, _| state.switches.faults = faults);
    let bridges = [bridge(&desk), bridge(&desk)];
    let effects: Vec<Effect> = (0..12).map(ensure).collect();
    let all = effects.iter().enumerate();
    let outcomes = join_all(all.map(|(index, effect)| carried_out(&bridges[index % 2], effect))).await;
    let owners = owners(&desk);
    assert_eq!(owners.len(), 1, "{owners:?}");
    let user = Outcome::User(UserId::new(owners[0]));
    assert!(outcomes.iter().all(|outcome| *outcome == user), "{outcomes:?}");
    let lost = ("POST /api/v2/users/create_or_update".to_owned(), None);
    assert!(
        desk.see(|state| state.requests().counts()[&lost]) >= 3,
        "answers got lost"
    );
    // Killed after that, and started anew: the same order once more.
    assert_eq!(carried_out(&bridge(&desk), &ensure(0)).await, user);
    assert_eq!(self::owners(&desk), owners);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_is_somebody_elses_line_stays_his_alone() {
    for held in ["phone \"+49721555010\"", "identity \"+49721555010\""] {
        let desk = zendesk(Duration::ZERO).await;
        let people = format!("given user 900 \"Karla Kunde\" {held}\ngiven user 901 \"Karl Kunde\"\n");
        desk.prepare(&story::parse(&people).expect("a story").given);
        let bridge = bridge(&desk);
        for (index, field) in [NumberField::Phone, NumberField::Identity].into_iter().enumerate() {
            let (user, number) = (UserId::new(901), number());
            let order = Order::WriteNumber { user, field, number };
            let effect = effect(&format!("c{index}"), order);
            assert_eq!(carried_out(&bridge, &effect).await, Outcome::Taken, "{held} {index}");
            assert_eq!(owners(&desk), [900], "{held} {index}");
        }
    }
}
