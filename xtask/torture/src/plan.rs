//! What a day brings, drawn from its seed: people, calls, what agents do, and the weather.

mod family;

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use bridge_sim::starface::Caller;
use bridge_sim::zendesk::NewUser;
use jiff::SignedDuration;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};

pub use family::Family;
use family::family;

use crate::act::{Action, Change, Machine, Phone, fresh_id};
use crate::life::LOGINS;
use crate::truth::{Deed, Kind, Party, TrueCall};
use crate::weather::Away;
use crate::world::{Fuse, Place, World};

/// How much there is in a day.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    pub(crate) calls: usize,
    pub(crate) hours: u32,
}

/// Before the first call both sides have been matched.
const EARLY: Duration = Duration::from_secs(300);

/// Draws the day and puts it on the world's list.
pub(crate) fn draw(world: &mut World, seed: u64, load: Load, new_users: bool, without: &[Family]) {
    let mut plan = Plan {
        dice: StdRng::seed_from_u64(seed ^ 0x7061_6e20_6f66_2061),
        end: EARLY + Duration::from_secs(u64::from(load.hours) * 3600),
        busy: LOGINS.map(|login| (login, Duration::ZERO)),
        last: Duration::ZERO,
        new_users,
        lines: BTreeMap::new(),
        without,
        crowd: false,
        world,
    };
    plan.people();
    let mut starts: Vec<Duration> = (0..load.calls).map(|_| plan.moment()).collect();
    starts.sort();
    for start in starts {
        plan.call(start);
    }
    if plan.dice.random_bool(0.95) {
        plan.weather();
    }
    let last = plan.last.max(plan.end) + Duration::from_secs(1);
    plan.clear(last);
    world.at(last + Duration::from_secs(1), Action::Over);
}

/// Draws an outage that begins after ten minutes, with so many calls in each of its hours and the one after it.
pub(crate) fn draw_outage(world: &mut World, seed: u64, hours: u32, calls_an_hour: u32) {
    let hour = Duration::from_secs(3600);
    let mut plan = Plan {
        dice: StdRng::seed_from_u64(seed),
        end: EARLY + hour * (hours + 1),
        busy: LOGINS.map(|login| (login, Duration::ZERO)),
        last: Duration::ZERO,
        new_users: false,
        lines: BTreeMap::new(),
        // Here it is the load that matters.
        without: &[Family::Retaken],
        crowd: true,
        world,
    };
    plan.people();
    let mut starts: Vec<Duration> = (0..(hours + 1) * calls_an_hour).map(|_| plan.moment()).collect();
    starts.sort();
    for start in starts {
        // Each login stands for as many agents as are needed.
        plan.busy = LOGINS.map(|login| (login, Duration::ZERO));
        plan.call(start);
    }
    plan.at(EARLY * 2, Action::Change(Change::DeskAway(Some(Away::Refused))));
    plan.at(EARLY * 2 + hour * hours, Action::Change(Change::DeskAway(None)));
    let last = plan.last;
    world.at(last + Duration::from_secs(1), Action::Over);
}

struct Plan<'a> {
    world: &'a mut World,
    dice: StdRng,
    end: Duration,
    /// Until when each agent talks.
    busy: [(&'static str, Duration); 4],
    last: Duration,
    new_users: bool,
    /// Until when each number is engaged: nobody has two calls at a time.
    lines: BTreeMap<String, Duration>,
    without: &'a [Family],
    /// Each login stands for many agents, so that only callers can be told apart: all show a number, and few call twice.
    crowd: bool,
}

/// The PBX's groups; the last one is none of Zendesk's.
const MEMBERS: [(&str, &[&str]); 3] = [("Support", &LOGINS), ("Sales", &["0102", "0104"]), ("Lager", &["0101"])];
/// Nobody calls again so soon.
const BETWEEN: Duration = Duration::from_secs(60);
/// Users with a number of their own, by how it is written.
const KNOWN: [(u64, &str); 6] = [
    (601, "+49 721 5550601"),
    (602, "0721/5550602"),
    (603, "0049 721 5550603"),
    (604, "(0721) 555-0604"),
    (605, "+497215550605"),
    (606, "+49 (0) 721 5550606"),
];
/// Users without a number, whom agents set as requesters.
const LEARNERS: [u64; 3] = [621, 622, 623];
/// The number of two users.
const DOUBLE: &str = "+497215550611";
/// Numbers that nobody has when the day begins: the last four digits, of a few and of many.
const STRANGERS: Range<u32> = 700..708;
const CROWD: Range<u32> = 1000..9999;

impl Plan<'_> {
    fn people(&mut self) {
        let now = self.world.now();
        let mut add = |id: u64, user: NewUser| {
            let user = NewUser {
                id: Some(id),
                name: format!("User {id}"),
                ..user
            };
            self.world.desk.add_user(user, now);
        };
        for (id, phone) in KNOWN {
            add(
                id,
                NewUser {
                    phone: Some(phone.to_owned()),
                    ..NewUser::default()
                },
            );
        }
        add(
            611,
            NewUser {
                phone: Some("+49 721 5550611".to_owned()),
                ..NewUser::default()
            },
        );
        add(
            612,
            NewUser {
                fields: vec![("phone_2".to_owned(), "0721 5550611".to_owned())],
                ..NewUser::default()
            },
        );
        for id in LEARNERS {
            add(id, NewUser::default());
        }
        // Every place but that of a further identity is taken.
        let fields = vec![("phone_2".to_owned(), "0721 5550625".to_owned())];
        add(
            624,
            NewUser {
                phone: Some("+49 721 5550624".to_owned()),
                fields,
                ..NewUser::default()
            },
        );
    }

    fn moment(&mut self) -> Duration {
        self.dice.random_range(EARLY..self.end)
    }

    fn seconds(&mut self, range: Range<u64>) -> Duration {
        Duration::from_millis(self.dice.random_range(range.start * 1000..range.end * 1000))
    }

    fn at(&mut self, at: Duration, action: Action) {
        if family(&action).is_some_and(|family| self.without.contains(&family)) {
            return;
        }
        self.last = self.last.max(at);
        self.world.at(at, action);
    }

    fn phone(&mut self, call: usize, at: Duration, phone: Phone) {
        self.at(at, Action::Phone(call, phone));
    }

    /// Who calls at this time, and as what the PBX shows him.
    fn caller(&mut self, at: Duration) -> (Option<Party>, Caller) {
        for _ in 0..20 {
            let (party, caller) = self.anybody();
            let number = party.as_ref().map(|party| &party.number);
            if number.is_none_or(|number| self.lines.get(number).is_none_or(|until| *until < at)) {
                return (party, caller);
            }
        }
        (None, Caller::Withheld)
    }

    fn anybody(&mut self) -> (Option<Party>, Caller) {
        let (number, owners) = match self.dice.random_range(0..100) {
            0..12 if !self.crowd => {
                return (
                    None,
                    if self.dice.random_bool(0.8) {
                        Caller::Withheld
                    } else {
                        Caller::Untold
                    },
                );
            }
            ..50 => {
                let id = KNOWN[self.dice.random_range(0..KNOWN.len())].0;
                (format!("+497215550{id}"), vec![id])
            }
            50..62 => (DOUBLE.to_owned(), vec![611, 612]),
            _ => (
                format!(
                    "+49721555{:04}",
                    self.dice.random_range(if self.crowd { CROWD } else { STRANGERS })
                ),
                Vec::new(),
            ),
        };
        let national = number.trim_start_matches("+49");
        let shown = match self.dice.random_range(0..3) {
            0 => format!("0049{national}"),
            1 => format!("0{national}"),
            _ => number.clone(),
        };
        (Some(Party { number, owners }), Caller::Shown(shown))
    }

    fn call(&mut self, start: Duration) {
        let id = fresh_id(&mut self.dice);
        let sort = self.dice.random_range(0..100);
        if sort < 8 {
            let by = LOGINS[self.dice.random_range(0..4)];
            let index = self.world.add_call(TrueCall::new(id, Kind::Outbound));
            self.phone(index, start, Phone::Dialled("0049721777123".to_owned(), by));
            let answered = start + self.seconds(3..15);
            self.phone(index, answered, Phone::Answered(by));
            let end = answered + self.seconds(5..200);
            return self.phone(index, end, Phone::Ended(None));
        }
        let (kind, caller) = if sort < 14 {
            (
                Kind::Internal,
                Caller::Shown(["11", "12", "13", "14"][self.dice.random_range(0..4)].to_owned()),
            )
        } else {
            let (party, caller) = self.caller(start);
            (Kind::Inbound(party), caller)
        };
        let (group, members): (_, &[&'static str]) = match self.dice.random_range(0..100) {
            0..60 => (Some(MEMBERS[0].0), MEMBERS[0].1),
            60..80 => (Some(MEMBERS[1].0), MEMBERS[1].1),
            80..90 => (Some(MEMBERS[2].0), MEMBERS[2].1),
            _ => (None, &LOGINS[..1]),
        };
        let is_inbound = kind != Kind::Internal;
        let number = match &kind {
            Kind::Inbound(Some(party)) => Some(party.number.clone()),
            Kind::Inbound(None) | Kind::Internal | Kind::Outbound => None,
        };
        let index = self.world.add_call(TrueCall::new(id, kind));
        self.phone(index, start, Phone::Rings(group, caller.clone(), members.to_vec()));
        if self.dice.random_bool(0.04) {
            let (at, id) = (start + Duration::from_millis(900), fresh_id(&mut self.dice));
            self.phone(index, at, Phone::Becomes(id));
        }
        let answered = start + self.seconds(2..25);
        let taker = self.free(members, answered, None);
        let Some(by) = taker.filter(|_| self.dice.random_bool(0.85)) else {
            if self.dice.random_bool(0.2) {
                self.phone(index, answered, Phone::Mailbox(members[0]));
            }
            let end = answered + self.seconds(5..60);
            self.engage(number, end);
            return self.phone(index, end, Phone::Ended(None));
        };
        self.phone(index, answered, Phone::Answered(by));
        let long = self.dice.random_bool(0.25);
        let talk = if long {
            self.seconds(200..1500)
        } else {
            self.seconds(3..200)
        };
        let end = answered + talk;
        self.occupy(by, end);
        self.engage(number, end);
        self.course(index, group, caller, by, answered, end);
        self.phone(index, end, Phone::Ended(None));
        if is_inbound && self.dice.random_bool(0.4) {
            self.work(index, answered, end);
        }
    }

    /// What happens to a call between its answer and its end.
    fn course(
        &mut self,
        index: usize,
        group: Option<&'static str>,
        caller: Caller,
        by: &'static str,
        answered: Duration,
        end: Duration,
    ) {
        let middle = answered + (end - answered) / 2;
        let soon = Duration::from_millis(700);
        let course = self.dice.random_range(0..100);
        if course < 10 {
            self.phone(index, middle, Phone::Parked(by));
            let back = middle + (end - middle) / 2;
            return self.phone(index, back, Phone::Answered(by));
        }
        let Some(other) = self.free(&LOGINS, middle, Some(by)).filter(|_| course < 40) else {
            return;
        };
        self.occupy(other, end);
        let rang = group.is_some()
            && MEMBERS
                .iter()
                .any(|(name, members)| Some(*name) == group && members.contains(&other));
        // Where the phone does not ring again.
        let bare = !(rang && self.without.contains(&Family::Retaken));
        match course {
            10..18 if bare => self.phone(index, middle, Phone::Answered(other)),
            18..26 if bare => {
                let id = fresh_id(&mut self.dice);
                self.phone(index, middle, Phone::Becomes(id));
                self.phone(index, middle + soon / 2, Phone::Answered(other));
            }
            _ => {
                let to = if group == Some("Lager") { Some("Support") } else { group };
                let before = middle - (middle - answered) / 2;
                self.phone(index, before, Phone::Rings(to, caller, vec![other]));
                self.phone(index, middle, Phone::Answered(other));
            }
        }
        self.phone(index, middle + soon, Phone::Ended(Some(by)));
    }

    fn work(&mut self, index: usize, answered: Duration, end: Duration) {
        let at = answered + self.seconds(2..((end - answered).as_secs() + 200));
        let deed = match self.dice.random_range(0..100) {
            0..55 => {
                let users = [621, 621, 622, 623, 624, 601, 604, 400];
                Deed::Requester(users[self.dice.random_range(0..users.len())])
            }
            55..65 => Deed::Closed,
            65..73 => Deed::Deleted,
            73..90 if self.new_users => Deed::Merged(LEARNERS[self.dice.random_range(0..3)]),
            _ => Deed::Edited,
        };
        let agent = *[501, 502, 504].choose(&mut self.dice).unwrap_or(&501);
        self.at(at, Action::Work(index, agent, deed, 0));
    }

    fn free(&mut self, members: &[&'static str], at: Duration, but: Option<&str>) -> Option<&'static str> {
        let free = self
            .busy
            .iter()
            .filter(|(login, until)| *until < at && members.contains(login) && Some(*login) != but);
        let free: Vec<&'static str> = free.map(|(login, _)| *login).collect();
        free.choose(&mut self.dice).copied()
    }

    fn engage(&mut self, number: Option<String>, until: Duration) {
        if let Some(number) = number {
            self.lines.insert(number, until + BETWEEN);
        }
    }

    fn occupy(&mut self, who: &str, until: Duration) {
        for (login, busy) in &mut self.busy {
            if *login == who {
                *busy = until;
            }
        }
    }

    fn weather(&mut self) {
        for _ in 0..self.dice.random_range(0..3) {
            let part = self.dice.random_range(0.05..0.6);
            self.window(5..90, Change::Desk(part), Change::Desk(0.0));
        }
        if self.dice.random_bool(0.5) {
            let away = match self.dice.random_range(0..4) {
                0 => Away::Refused,
                1 => Away::Closed,
                2 => Away::Unavailable(None),
                _ => Away::Unavailable(Some(self.dice.random_range(0..900))),
            };
            let longest = if self.dice.random_bool(0.2) { 200 } else { 30 };
            self.window(1..longest, Change::DeskAway(Some(away)), Change::DeskAway(None));
        }
        for _ in 0..self.dice.random_range(0..2) {
            let part = self.dice.random_range(0.05..0.4);
            self.window(2..40, Change::Pbx(part), Change::Pbx(0.0));
        }
        if self.dice.random_bool(0.3) {
            self.window(1..12, Change::PbxRefuses(true), Change::PbxRefuses(false));
        }
        if self.dice.random_bool(0.5) {
            let part = self.dice.random_range(0.02..0.25);
            self.window(5..90, Change::Events(part), Change::Events(0.0));
        }
        if self.dice.random_bool(0.3) {
            self.once(Action::Change(Change::PbxRestarts));
        }
        for _ in 0..self.dice.random_range(0..3) {
            let login = self.dice.random_bool(0.5).then(|| LOGINS[self.dice.random_range(0..4)]);
            self.once(Action::Change(Change::SessionDropped(login)));
        }
        for _ in 0..self.dice.random_range(0..3) {
            self.once(Action::Machine(Machine::Crash));
        }
        for _ in 0..self.dice.random_range(0..4) {
            let fuse = Fuse {
                place: if self.dice.random_bool(0.5) {
                    Place::Commit
                } else {
                    Place::Request
                },
                left: self.dice.random_range(0..20),
                after: self.dice.random_bool(0.5),
            };
            self.once(Action::Machine(Machine::Burn(fuse)));
        }
        if self.dice.random_bool(0.3) {
            self.once(Action::Machine(Machine::Restart));
        }
        for _ in 0..self.dice.random_range(0..3) {
            let seconds = if self.dice.random_bool(0.5) { 5 } else { 7200 };
            let by = SignedDuration::from_millis(self.dice.random_range(-seconds * 1000..seconds * 1000));
            self.once(Action::Machine(Machine::ClockJumps(by)));
        }
    }

    fn once(&mut self, action: Action) {
        let at = self.moment();
        self.at(at, action);
    }

    fn window(&mut self, minutes: Range<u64>, begins: Change, ends: Change) {
        let from = self.moment();
        let time = self.seconds(minutes.start * 60..minutes.end * 60);
        self.at(from, Action::Change(begins));
        self.at(from + time, Action::Change(ends));
    }

    /// Everything is well from here on.
    fn clear(&mut self, at: Duration) {
        for change in [
            Change::DeskAway(None),
            Change::Desk(0.0),
            Change::PbxRefuses(false),
            Change::Pbx(0.0),
            Change::Events(0.0),
        ] {
            self.world.at(at, Action::Change(change));
        }
    }
}
