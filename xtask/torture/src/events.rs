//! Events on their way from the PBX to the bridge, and what the bridge learns by them.

use std::time::Duration;

use bridge_sim::starface::{Callback, Value, read_call};
use http::{Method, StatusCode};
use jiff::Timestamp;
use rand::Rng as _;

use crate::act::Action;
use crate::truth::Told;
use crate::weather::{EventFate, event_fate};
use crate::world::World;

/// A change of a call's id is told within so long.
const IN_TIME: jiff::SignedDuration = jiff::SignedDuration::from_secs(1);

/// An event on its way.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    callback: Callback,
    /// When it happened.
    at: Timestamp,
    /// Sent again, or overtaken.
    is_odd: bool,
}

/// Puts what the PBX wants to send on its way: for each login one after the other, unless the weather is bad.
pub(crate) fn send(world: &mut World) {
    while let Some(callback) = world.pbx.poll_callback() {
        let fate = event_fate(&world.weather, &mut world.dice);
        let travel = Duration::from_millis(world.dice.random_range(2..30));
        let lane = world.lanes.get(&callback.login).copied().unwrap_or_default();
        let in_order = lane.max(world.elapsed()) + travel;
        let at = world.now();
        let event = |is_odd| {
            Action::Deliver(Event {
                callback: callback.clone(),
                at,
                is_odd,
            })
        };
        match fate {
            EventFate::InOrder => {
                world.lanes.insert(callback.login.clone(), in_order);
                world.at(in_order, event(false));
            }
            EventFate::Missing => {
                world.fault("event missing");
                disturb(world, &callback.body);
            }
            EventFate::Twice => {
                world.fault("event told twice");
                world.lanes.insert(callback.login.clone(), in_order);
                world.at(in_order, event(false));
                let again = Duration::from_millis(world.dice.random_range(1..5_000));
                world.at(in_order + again, event(true));
            }
            EventFate::Late(by) => {
                world.fault("event late or out of order");
                disturb(world, &callback.body);
                world.at(in_order + by, event(true));
            }
        }
    }
}

impl Event {
    /// Hands the event in, if a bridge is there to take it.
    pub(crate) fn deliver(self, world: &mut World) {
        let Self { callback, at, is_odd } = self;
        let target = url::Url::parse(&callback.url).ok();
        let target = target.map(|url| format!("{}?{}", url.path(), url.query().unwrap_or_default()));
        let target = target.unwrap_or_default();
        let taken = world.callbacks.as_ref().filter(|_| !world.dies);
        let status = taken.map(|callbacks| callbacks.deliver(&Method::POST, &target, &callback.body).status());
        let news = News::read(&callback.body);
        let login = &callback.login;
        world.note(format_args!("event for {login}: {news:?}: {status:?}, {is_odd}"));
        if status == Some(StatusCode::OK) {
            world.told(&callback.login, news, Some(at));
        } else {
            disturb(world, &callback.body);
        }
    }
}

/// What an event or an answer says of a call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum News {
    Rings(String),
    Talks(String),
    Ended(String),
    /// It goes on under the second id.
    Becomes(String, String),
    Nothing,
}

impl News {
    fn read(body: &[u8]) -> Self {
        let Ok((method, params)) = read_call(&String::from_utf8_lossy(body)) else {
            return Self::Nothing;
        };
        let Some(told) = params.first() else {
            return Self::Nothing;
        };
        let member = |name: &str| told.member(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        if method.ends_with("callChangesIdEvent") {
            return Self::Becomes(member("oldId"), member("newId"));
        }
        Self::of(told)
    }

    /// What the struct of a call says.
    pub(crate) fn of(told: &Value) -> Self {
        let member = |name: &str| told.member(name).and_then(Value::as_str).unwrap_or_default();
        let id = member("id").to_owned();
        match member("state") {
            "RINGING" | "INCOMING" => Self::Rings(id),
            "CONNECTED" | "PARKED" => Self::Talks(id),
            "HANGUP" => Self::Ended(id),
            _ => Self::Nothing,
        }
    }
}

impl World {
    /// The bridge was told this, and said that it has understood: by an event of this moment, or by an answer.
    pub(crate) fn told(&mut self, login: &str, news: News, happened: Option<Timestamp>) {
        let told = Told {
            at: self.now(),
            life: self.life,
            login: login.to_owned(),
        };
        let told_at = told.at;
        match news {
            News::Rings(id) => drop(self.hung_up.remove(&(id, login.to_owned()))),
            News::Talks(id) => {
                // Events tell whole seconds.
                let hung_up = self.hung_up.get(&(id.clone(), login.to_owned()));
                let late = hung_up.is_some_and(|end| happened.is_some_and(|at| at.as_second() <= end.as_second()));
                if let Some(call) = self.call_of(&id).filter(|_| !late) {
                    call.told_talking.push(told);
                }
            }
            News::Ended(id) => {
                if let Some(call) = self.call_of(&id) {
                    call.told_ended.push(told);
                }
                self.hung_up.insert((id, login.to_owned()), happened.unwrap_or(told_at));
            }
            News::Becomes(old, new) => {
                // Told later, it may come after both of them have their ticket.
                let in_time = happened.is_none_or(|at| told_at.duration_since(at) < IN_TIME);
                if let Some(call) = self.call_of(&old).filter(|_| in_time)
                    && let Some(change) = call.ids.iter().position(|id| *id == new)
                    && let Some(tellings) = change.checked_sub(1).and_then(|change| call.told_ids.get_mut(change))
                {
                    tellings.push(told);
                }
            }
            News::Nothing => {}
        }
    }
}

fn disturb(world: &mut World, body: &[u8]) {
    let id = match News::read(body) {
        News::Rings(id) | News::Talks(id) | News::Ended(id) | News::Becomes(id, _) => id,
        News::Nothing => return,
    };
    if let Some(call) = world.call_of(&id) {
        call.disturbed = true;
    }
}
