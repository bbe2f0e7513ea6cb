//! Who is calling? The look-up, and the user that is made for a number nobody has.

use std::collections::BTreeSet;

use crate::call::{CallState, Caller, Candidate, LookUp, NewUser, StepKind, Ticket};
use crate::desk::{NumberField, Profile, UserId};
use crate::directory::Source;
use crate::effect::{EffectId, Order, Priority, Track};
use crate::input::Outcome;
use crate::number::E164;
use crate::strategy::Requester;

use super::outcome::failure;
use super::route::Route;
use super::turn::Turn;

impl Turn<'_> {
    /// Asks who calls, once, as soon as there is a number and somebody wants to know.
    pub(super) fn look_up(&mut self, call: &mut CallState) {
        if call.lookup != LookUp::NotAsked {
            return;
        }
        let priority = match &call.ticket {
            Ticket::Pending => {
                let (wanted, priority) = match &call.answer {
                    Some(answer) => (answer.active, Priority::Prompt),
                    None => (self.active && call.ended.is_none() && call.inbound, Priority::Ringing),
                };
                let served = matches!(self.site.route(call), Route::Served { .. });
                (wanted && served).then_some(priority)
            }
            Ticket::Ordered(attempt) => attempt.basis.is_provisional().then_some(Priority::Complete),
            Ticket::Opened(opened) => (opened.basis.is_provisional() && !opened.gone).then_some(Priority::Complete),
            Ticket::Failed { .. } => None,
        };
        let (Some(priority), Some(number)) = (priority, self.site.public(call)) else {
            return;
        };
        let order = self.who_has(&number, false);
        let effect = self.order(call, "lookup", Track::LookUp, priority, None, order);
        call.lookup = LookUp::Asked { effect };
    }

    /// The order that finds everybody who may have this number; `live`: by the help desk's own word.
    pub(super) fn who_has(&self, number: &E164, live: bool) -> Order {
        Order::LookUp {
            number: number.clone(),
            digits: self.site.settings.numbers.search_digits(number),
            fields: self.site.settings.number_fields.clone(),
            live,
        }
    }

    /// The look-up was answered.
    pub(super) fn looked_up(&mut self, call: &mut CallState, effect: &EffectId, outcome: &Outcome) {
        if let Some((profiles, source)) = answer(outcome)
            && let Some(number) = self.site.public(call)
        {
            let (caller, by) = self.identify(profiles, &number);
            let what = match &caller {
                Caller::Known(user) => format!("the caller is user {user}{by}"),
                Caller::Nobody => "nobody has the caller's number".to_owned(),
                Caller::Several(candidates) if candidates.len() == 1 => {
                    format!("no certain match: the number of user {} is shared", candidates[0].user)
                }
                Caller::Several(candidates) => format!("no certain match: {} users have the number", candidates.len()),
            };
            let why = format!("{} found{source}, compared in E.164", words(profiles.len()));
            self.step(StepKind::Decision, what, why);
            if let Caller::Known(user) = &caller
                && profiles
                    .iter()
                    .any(|p| p.user == *user && p.made_for.as_ref() == Some(&number))
            {
                // Still a stand-in, whichever call he was made on: the number goes with whom an agent sets.
                call.new_user = NewUser::Made(*user);
            }
            call.lookup = LookUp::Found(caller);
        } else {
            let why = failure(outcome);
            self.step(StepKind::Decision, "it is not known who calls", why.clone());
            call.lookup = LookUp::Failed {
                effect: effect.clone(),
                why,
            };
        }
    }

    /// Who of these has the number, and by what he is known, if not by the number itself. A shared number identifies nobody.
    fn identify(&self, profiles: &[Profile], number: &E164) -> (Caller, &'static str) {
        let matching: Vec<&Profile> = profiles.iter().filter(|p| p.active && self.has(p, number)).collect();
        let caller = match matching.as_slice() {
            [] => match self.with_head_number(profiles, number) {
                Some(user) => return (Caller::Known(user), ", by the head number"),
                None => Caller::Nobody,
            },
            [one] if !self.has_only_shared(one, number) => Caller::Known(one.user),
            several => {
                let candidates = several.iter().map(|profile| Candidate {
                    user: profile.user,
                    name: profile.name.clone(),
                });
                let mut candidates: Vec<Candidate> = candidates.collect();
                candidates.sort_by_key(|candidate| candidate.user);
                candidates.dedup_by_key(|candidate| candidate.user);
                Caller::Several(candidates)
            }
        };
        (caller, "")
    }

    /// The only one behind whose head number this number is. Nobody said so of those whom the bridge itself has made.
    fn with_head_number(&self, profiles: &[Profile], number: &E164) -> Option<UserId> {
        let plan = &self.site.settings.numbers;
        let is_meant = |profile: &&Profile| {
            let places = profile
                .numbers
                .iter()
                .filter(|(_, typed)| plan.is_behind(number, typed));
            let mut certain = places.filter(|(field, _)| !profile.shared_phone || *field != NumberField::Phone);
            profile.active && profile.made_for.is_none() && certain.next().is_some()
        };
        let users: BTreeSet<UserId> = profiles.iter().filter(is_meant).map(|profile| profile.user).collect();
        users.first().copied().filter(|_| users.len() == 1)
    }

    /// Whether the number stands in the profile, in whatever spelling and place.
    pub(super) fn has(&self, profile: &Profile, number: &E164) -> bool {
        self.places(profile, number).next().is_some()
    }

    fn has_only_shared(&self, profile: &Profile, number: &E164) -> bool {
        profile.shared_phone && self.places(profile, number).all(|field| *field == NumberField::Phone)
    }

    fn places<'p>(&'p self, profile: &'p Profile, number: &'p E164) -> impl Iterator<Item = &'p NumberField> {
        let plan = &self.site.settings.numbers;
        let same = move |typed: &str| plan.read_typed(typed).as_ref() == Some(number);
        profile
            .numbers
            .iter()
            .filter(move |(_, typed)| same(typed))
            .map(|(field, _)| field)
    }

    /// The user that carries this caller's number only, if the strategy wants one: ordered the first time it is asked for.
    pub(super) fn new_user(&mut self, call: &mut CallState, number: &E164, priority: Priority) -> Stranger {
        let name = match self.site.settings.unknown_caller.requester(number) {
            Requester::DefaultUser => return Stranger::DefaultUser,
            Requester::NewUser { name } => name,
        };
        match &call.new_user {
            NewUser::Made(user) => Stranger::User(*user),
            NewUser::Asked { .. } => Stranger::UnderWay,
            NewUser::Failed { .. } => Stranger::Failed,
            NewUser::NotAsked => {
                let order = Order::EnsureUser {
                    number: number.clone(),
                    name,
                };
                let effect = self.order(call, "user", Track::Main, priority, None, order);
                call.new_user = NewUser::Asked { effect };
                Stranger::UnderWay
            }
        }
    }

    /// The user for the number was found or created, or not.
    pub(super) fn user_made(&mut self, call: &mut CallState, effect: &EffectId, outcome: &Outcome) {
        if let Outcome::User(user) = outcome {
            call.new_user = NewUser::Made(*user);
        } else {
            self.step(StepKind::Decision, "there is no user for the number", failure(outcome));
            call.new_user = NewUser::Failed { effect: effect.clone() };
        }
    }
}

/// What the strategy makes of a caller whom nobody, or more than one, is known by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Stranger {
    DefaultUser,
    User(UserId),
    UnderWay,
    Failed,
}

/// What a look-up found, and by whom, in words.
fn answer(outcome: &Outcome) -> Option<(&[Profile], String)> {
    if let Outcome::Profiles(profiles) = outcome {
        return Some((profiles, String::new()));
    }
    let Outcome::Callers { profiles, source } = outcome else {
        return None;
    };
    let by = match source {
        Source::Directory { .. } => " in the directory".to_owned(),
        Source::Search { why } => format!(" by a search, since {}", why.words()),
    };
    Some((profiles, by))
}

fn words(profiles: usize) -> String {
    match profiles {
        1 => "1 profile".into(),
        more => format!("{more} profiles"),
    }
}
