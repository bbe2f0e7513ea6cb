//! Numbers that pass from one user to another in the middle of a day, and what a bridge with a directory must know of it, and when:
//! Zendesk's list of changed users is a minute behind, and is asked for once a minute.

use std::ops::Range;
use std::time::Duration;

use bridge_sim::zendesk::{Delivery, NewUser, SimRequest, SimResponse};
use jiff::{SignedDuration, Timestamp};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use crate::act::{Action, Change, Machine, Phone};
use crate::finding::{Day, TO_BE_KEPT};
use crate::plan::Family;
use crate::truth::TrueCall;
use crate::world::{Fuse, Place, World};

/// A number that is another user's from now on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Passed {
    /// In E.164.
    pub(crate) number: String,
    pub(crate) at: Timestamp,
    pub(crate) from: u64,
    pub(crate) to: u64,
    /// The one user was merged into the other.
    merged: bool,
}

/// The end of the list of changed users has reached the bridge.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Listed {
    /// When it was asked for.
    asked: Timestamp,
    /// When it arrived.
    at: Timestamp,
    /// In which life.
    life: usize,
    /// Whether somebody still waited for it.
    surely: bool,
}

/// Whose number may pass: nobody else has anything to do with these users.
const OWNERS: [u64; 4] = [602, 603, 605, 606];
/// So much further are the ids of those whose they become.
const NEW_OWNER: u64 = 30;
/// A change is exported after so long.
const EXPORTED_AFTER: SignedDuration = SignedDuration::from_secs(60);
/// Whoever waits for longer may have given up.
const PATIENCE: Duration = Duration::from_secs(10);
/// Everybody is read for the first time in this part of the day, as a rule: once the list tells of them, and long before anybody calls.
const FIRST_READING: Range<u64> = 55..123;
/// A directory that was not brought up to date for so long asks Zendesk, with a moment for its way.
const STALE: SignedDuration = SignedDuration::from_secs(15 * 60 + 30);

/// Draws which numbers pass to whom, most of them about when their owner calls; and what befalls the first reading of everybody.
pub(crate) fn draw(world: &mut World, seed: u64, until: Duration, without: &[Family]) {
    let mut dice = StdRng::seed_from_u64(seed ^ 0x7061_7373_6564);
    let now = world.now();
    for owner in OWNERS {
        let new = NewUser {
            id: Some(owner + NEW_OWNER),
            name: format!("User {}", owner + NEW_OWNER),
            ..NewUser::default()
        };
        world.desk.add_user(new, now);
        if !dice.random_bool(0.9) {
            continue;
        }
        let is_his = |index: usize| world.calls[index].party().is_some_and(|party| party.owners == [owner]);
        let rings = world
            .planned()
            .filter(|(_, action)| matches!(action, Action::Phone(index, Phone::Rings(..)) if is_his(*index)));
        let rings: Vec<Duration> = rings.map(|(at, _)| at).collect();
        let at = if rings.is_empty() {
            Duration::from_secs(dice.random_range(300..until.as_secs()))
        } else {
            // A moment before or after, or so long before that it must be known.
            let ring = rings[dice.random_range(0..rings.len())];
            (ring + Duration::from_secs(20)).saturating_sub(Duration::from_millis(dice.random_range(0..420_000)))
        };
        world.at(at, Action::Passes(owner, dice.random_bool(0.3)));
    }
    if !without.contains(&Family::Desk) && dice.random_bool(0.3) {
        let part = dice.random_range(0.05..0.4);
        world.at(Duration::ZERO, Action::Change(Change::Desk(part)));
        let end = Duration::from_secs(FIRST_READING.end);
        world.at(end, Action::Change(Change::Desk(0.0)));
    }
    // In the middle of reading everybody for the first time.
    for _ in 0..dice.random_range(0..3) {
        let fuse = Fuse {
            place: [Place::Commit, Place::Request][usize::from(dice.random_bool(0.5))],
            left: dice.random_range(0..5),
            after: dice.random_bool(0.5),
        };
        let at = Duration::from_secs(dice.random_range(FIRST_READING));
        if !without.contains(&Family::Crashes) {
            world.at(at, Action::Machine(Machine::Burn(fuse)));
        }
    }
}

/// It does.
pub(crate) fn pass(world: &mut World, from: u64, merged: bool) {
    let (now, to, number) = (world.now(), from + NEW_OWNER, format!("+497215550{from}"));
    if merged {
        let done = world.desk.merge_users(from, to, now);
        world.note(format_args!("user {from} is merged into {to}: {done:?}"));
    } else {
        let user = |id: u64, phone: Option<String>| NewUser {
            id: Some(id),
            name: format!("User {id}"),
            phone,
            ..NewUser::default()
        };
        world.desk.add_user(user(from, None), now);
        world.desk.add_user(user(to, Some(number.clone())), now);
        world.note(format_args!("the number of user {from} is that of {to} from now on"));
    }
    world.passed.push(Passed {
        number,
        at: now,
        from,
        to,
        merged,
    });
}

/// Takes note of the end of a list of changed users that reaches the bridge.
pub(crate) fn see_list(world: &mut World, request: &SimRequest, answer: &SimResponse, travel: Duration) {
    let takes = travel + answer.delay;
    let arrives = answer.status == 200 && answer.delivery == Delivery::Whole;
    if !arrives || !request.path.starts_with("/api/v2/incremental/users/cursor") {
        return;
    }
    if answer.value()["end_of_stream"] == true {
        let asked = world.now();
        let at = asked.checked_add(takes).unwrap_or(asked);
        let life = world.life;
        let surely = takes < PATIENCE;
        world.listed.push(Listed {
            asked,
            at,
            life,
            surely,
        });
    }
}

/// Whose a number may be, for the bridge: of a call from it, whose ticket was changed last at this moment.
pub(crate) fn owners(day: &Day<'_>, call: &TrueCall, number: &str, owner: u64, changed: Timestamp) -> Vec<u64> {
    const DEFAULT_USER: u64 = 400;
    let Some(passed) = day.world.passed.iter().find(|passed| passed.number == number) else {
        return vec![owner];
    };
    let rang = call.phones.iter().map(|(_, at)| *at).min().unwrap_or(changed);
    let mut may_be = Vec::new();
    if changed >= passed.at {
        may_be.push(passed.to);
    }
    if !must_be_known(day, passed, rang) {
        may_be.push(passed.from);
        // He is nobody any more, and Zendesk refuses him.
        may_be.extend(passed.merged.then_some(DEFAULT_USER));
    }
    may_be
}

/// Whether whoever looks a number up from then on must know that it has passed.
fn must_be_known(day: &Day<'_>, passed: &Passed, rang: Timestamp) -> bool {
    if passed.at > rang {
        return false;
    }
    let deaths = &day.world.deaths;
    let is_kept = |listed: &&Listed| {
        let died = deaths.get(listed.life);
        listed.surely && died.is_none_or(|died| died.duration_since(listed.at) > TO_BE_KEPT)
    };
    let before = |listed: &&Listed| rang.duration_since(listed.at) > TO_BE_KEPT;
    let mut listed = day.world.listed.iter().filter(is_kept).filter(before);
    let is_told = |listed: &Listed| listed.asked.duration_since(passed.at) > EXPORTED_AFTER;
    if listed.any(is_told) {
        return true;
    }
    // Until everybody was read, and again when nothing was heard for too long, Zendesk itself is asked, which knows it at once.
    let came = day.world.listed.iter().map(|listed| listed.at).filter(|at| *at <= rang);
    let clock_was_set = day.world.faults.keys().any(|kind| kind.starts_with("clock set"));
    came.max()
        .is_none_or(|last| !clock_was_set && rang.duration_since(last) > STALE)
}
