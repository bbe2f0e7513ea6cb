//! What happens in a day: at the phones, in the browsers, to the machines.

use std::time::Duration;

use bridge_sim::starface::Caller;
use bridge_sim::zendesk::SimRequest;
use jiff::SignedDuration;

use crate::events::{self, Event};
use crate::passed;
use crate::recordings;
use crate::truth::{Deed, Talk, TrueCall};
use crate::weather::Away;
use crate::world::{Fuse, World};

/// Something that happens at its time.
#[derive(Clone, Debug)]
pub(crate) enum Action {
    /// Something at the phones, to the call of this index.
    Phone(usize, Phone),
    /// An event reaches the bridge, or would.
    Deliver(Event),
    /// A request that nobody waits for any more reaches Zendesk.
    Late(Box<SimRequest>),
    /// An agent works on the ticket of the call of this index, once there is one.
    Work(usize, u64, Deed, u32),
    /// The recording of this index appears.
    Recorded(usize),
    /// The number of this user passes to another one; by a merge or not.
    Passes(u64, bool),
    /// The weather changes.
    Change(Change),
    /// The bridge's machine, or somebody who uses it.
    Machine(Machine),
    /// Nothing more will happen.
    Over,
}

/// What happens at the phones.
#[derive(Clone, Debug)]
pub(crate) enum Phone {
    Rings(Option<&'static str>, Caller, Vec<&'static str>),
    Answered(&'static str),
    Parked(&'static str),
    Mailbox(&'static str),
    Dialled(String, &'static str),
    /// It goes on under this id.
    Becomes(String),
    /// Over at one phone, or everywhere.
    Ended(Option<&'static str>),
}

/// How the weather changes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Change {
    DeskAway(Option<Away>),
    Desk(f64),
    PbxRefuses(bool),
    Pbx(f64),
    Events(f64),
    PbxRestarts,
    SessionDropped(Option<&'static str>),
}

/// What happens to the machine.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Machine {
    Crash,
    Burn(Fuse),
    /// It is stopped and started again.
    Restart,
    ClockJumps(SignedDuration),
}

impl Action {
    /// Lets it happen.
    pub(crate) fn run(self, world: &mut World) {
        match self {
            Self::Phone(call, phone) => at_the_phones(world, call, phone),
            Self::Deliver(event) => event.deliver(world),
            Self::Late(request) => {
                let now = world.now();
                let status = world.desk.handle(&request, now).status;
                world.note(format_args!("late {} {}: {status}", request.method, request.path));
            }
            Self::Work(call, agent, deed, tries) => work(world, call, agent, deed, tries),
            Self::Recorded(index) => recordings::appear(world, index),
            Self::Passes(user, merged) => passed::pass(world, user, merged),
            Self::Change(change) => change_weather(world, change),
            Self::Machine(machine) => at_the_machine(world, machine),
            Self::Over => {
                world.over = true;
                world.note(format_args!("the day is over"));
            }
        }
        events::send(world);
        recordings::see(world);
    }
}

fn at_the_phones(world: &mut World, index: usize, phone: Phone) {
    let now = world.now();
    let id = world.calls[index].id().to_owned();
    let goes_on = world.pbx.calls().contains(&id);
    let begins = matches!(phone, Phone::Rings(..) | Phone::Dialled(..)) && world.calls[index].groups.is_empty();
    if !begins && (!goes_on || world.calls[index].ended.is_some()) {
        return;
    }
    world.note(format_args!("call {index} {id}: {phone:?}"));
    let call = &mut world.calls[index];
    match phone {
        Phone::Rings(group, caller, at) => {
            call.groups.push(group);
            for login in &at {
                call.phones.push(((*login).to_owned(), now));
            }
            let account = world.pbx.group_id(group);
            world.pbx.ring(&id, account, caller, &at, None, now);
        }
        Phone::Answered(by) => {
            let group = call.groups.last().copied().flatten();
            call.phones.push((by.to_owned(), now));
            if call.talks.last().is_none_or(|talk| talk.by != by) {
                let talk = Talk {
                    by: by.to_owned(),
                    group,
                    since: now,
                };
                call.talks.push(talk);
            }
            let account = world.pbx.group_id(group);
            world.pbx.answer(&id, by, None, account, now);
        }
        Phone::Parked(by) => world.pbx.park(&id, by, now),
        Phone::Mailbox(at) => world.pbx.mailbox(&id, at, now),
        Phone::Dialled(number, by) => {
            call.groups.push(None);
            world.pbx.dial(&id, &number, by, now);
        }
        Phone::Becomes(new) => {
            call.ids.push(new.clone());
            call.told_ids.push(Vec::new());
            world.name(index, &new);
            world.pbx.change_id(&id, &new);
        }
        Phone::Ended(at) => {
            let phones: Vec<&str> = at.into_iter().collect();
            world.pbx.end(&id, &phones, now);
        }
    }
    see_ends(world);
}

/// Calls that the PBX has no more are over.
pub(crate) fn see_ends(world: &mut World) {
    let (now, going_on) = (world.now(), world.pbx.calls());
    for call in world
        .calls
        .iter_mut()
        .filter(|call| call.ended.is_none() && !call.groups.is_empty())
    {
        if !going_on.iter().any(|id| id == call.id()) {
            call.ended = Some(now);
        }
    }
}

/// How often an agent looks whether the ticket has come, and how long he waits in between.
const LOOKS: u32 = 30;
const PAUSE: Duration = Duration::from_secs(20);

fn work(world: &mut World, index: usize, agent: u64, deed: Deed, tries: u32) {
    let now = world.now();
    let ticket = world.desk.tickets().into_iter().find(|ticket| {
        let external = ticket.external_id.as_deref().unwrap_or_default();
        let key = external.rsplit(':').next();
        !ticket.deleted && key.and_then(|key| world.index_of_key(key)) == Some(index)
    });
    let Some(ticket) = ticket else {
        if tries < LOOKS {
            world.after(PAUSE, Action::Work(index, agent, deed, tries + 1));
        }
        return;
    };
    if deed == Deed::Requester(ticket.requester) {
        // Who sets the requester that the ticket has already changes nothing that anybody could see.
        return;
    }
    let done = match deed {
        Deed::Requester(user) => world.desk.set_requester(agent, ticket.id, user, now),
        Deed::Merged(into) => {
            let made = world.desk.user(ticket.requester);
            if !made.is_some_and(|user| user.external_id.is_some_and(|id| id.starts_with("tel:"))) {
                return;
            }
            world.desk.merge_users(ticket.requester, into, now)
        }
        Deed::Closed => world.desk.close(agent, ticket.id, now),
        Deed::Deleted => world.desk.delete(ticket.id, now),
        Deed::Edited => world.desk.edit(agent, ticket.id, now),
    };
    world.note(format_args!("agent {agent}, ticket {}: {deed:?}: {done:?}", ticket.id));
    if done.is_ok() {
        world.calls[index].deeds.push(deed);
    }
}

fn change_weather(world: &mut World, change: Change) {
    let now = world.now();
    world.note(format_args!("{change:?}"));
    match change {
        Change::DeskAway(away) => {
            world.weather.desk_away = away;
            world.desk.switches.down = away.and_then(Away::down);
            if away.is_some() {
                world.fault("Zendesk away for minutes to hours");
            } else {
                world.desk_is_back();
            }
        }
        Change::Desk(part) => world.weather.desk = part,
        Change::PbxRefuses(refuses) => {
            world.weather.pbx_refuses = refuses;
            if refuses {
                world.fault("PBX away for minutes");
            }
        }
        Change::Pbx(part) => world.weather.pbx = part,
        Change::Events(part) => world.weather.events = part,
        Change::PbxRestarts => {
            world.fault("PBX restarted");
            let now = world.now();
            world.pbx.restart(now);
            let had = |call: &&mut TrueCall| call.ended.is_none() && !call.groups.is_empty();
            world.calls.iter_mut().filter(had).for_each(|call| call.unlisted = true);
            see_ends(world);
        }
        Change::SessionDropped(login) => {
            world.fault("UCI sessions dropped");
            world.pbx.drop_sessions(login);
        }
    }
    let alive = world.pbx.logged_in(now).len();
    world.note(format_args!("{alive} logged in"));
}

fn at_the_machine(world: &mut World, machine: Machine) {
    match machine {
        Machine::Crash => world.kill("crash at a moment"),
        Machine::Burn(fuse) => world.fuse = Some(fuse),
        Machine::Restart => {
            world.fault("bridge stopped and started");
            world.stops = true;
            world.changed.notify_one();
        }
        Machine::ClockJumps(by) => {
            let kind = if by.is_negative() {
                "clock set back"
            } else {
                "clock set forwards"
            };
            world.fault(kind);
            let micros = i64::try_from(by.as_micros()).unwrap_or_default();
            world.wrong_by.fetch_add(micros, std::sync::atomic::Ordering::Relaxed);
        }
    }
}

/// A fresh id of a call, as the PBX writes them.
pub(crate) fn fresh_id(dice: &mut impl rand::Rng) -> String {
    let bits: u128 = dice.random();
    let digits = format!("{bits:032x}");
    [
        &digits[..8],
        &digits[8..12],
        &digits[12..16],
        &digits[16..20],
        &digits[20..],
    ]
    .join("-")
}
