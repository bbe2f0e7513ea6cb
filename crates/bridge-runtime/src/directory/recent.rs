//! Further phone identities that the bridge has given a short while ago: no list may tell them, and a search does not find them at
//! once.

use bridge_core::desk::{NumberField, Profile, UserId};
use bridge_core::number::E164;
use jiff::{SignedDuration, Timestamp};

/// Until then a search knows what was written; minutes are usual.
const SEARCH_LAG: SignedDuration = SignedDuration::from_mins(15);

/// Who was given which number.
#[derive(Default)]
pub(super) struct Recent(Vec<Given>);

#[derive(Clone)]
pub(super) struct Given {
    at: Timestamp,
    number: E164,
    /// As he was told last, without any number: of whom no other number is known, the store has nothing.
    who: Profile,
}

impl Recent {
    /// This user was given this number.
    pub(super) fn give(&mut self, user: Profile, number: &E164, now: Timestamp) {
        self.0.retain(|given| given.is_recent(now));
        self.0.push(Given {
            at: now,
            number: number.clone(),
            who: bare(user),
        });
    }

    /// It was taken from him.
    pub(super) fn take(&mut self, user: UserId, number: &E164) {
        self.0.retain(|given| given.who.user != user || given.number != *number);
    }

    /// This is how users are by now. Whoever is deleted does not come back.
    pub(super) fn told(&mut self, profiles: &[Profile]) {
        if self.0.is_empty() {
            return;
        }
        for profile in profiles {
            let his = |given: &Given| given.who.user == profile.user;
            if profile.active {
                for given in self.0.iter_mut().filter(|given| his(given)) {
                    given.who = bare(profile.clone());
                }
            } else {
                self.0.retain(|given| !his(given));
            }
        }
    }

    /// Whoever was given this number.
    pub(super) fn with(&self, number: &E164, now: Timestamp) -> Vec<Given> {
        let with = self.0.iter().filter(|given| given.number == *number);
        with.filter(|given| given.is_recent(now)).cloned().collect()
    }
}

impl Given {
    pub(super) fn user(&self) -> UserId {
        self.who.user
    }

    /// Among these profiles, which the store has, the one that was given the number has it, too.
    pub(super) fn add_to(self, profiles: &mut Vec<Profile>) {
        let identity = (NumberField::Identity, self.number.as_str().to_owned());
        match profiles.iter_mut().find(|profile| profile.user == self.who.user) {
            Some(profile) if profile.numbers.contains(&identity) => {}
            Some(profile) => profile.numbers.push(identity),
            None => profiles.push(Profile {
                numbers: vec![identity],
                ..self.who
            }),
        }
    }

    fn is_recent(&self, now: Timestamp) -> bool {
        now.duration_since(self.at).abs() < SEARCH_LAG
    }
}

fn bare(user: Profile) -> Profile {
    Profile {
        numbers: Vec::new(),
        ..user
    }
}
