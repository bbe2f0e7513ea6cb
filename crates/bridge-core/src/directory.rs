//! The caller directory: who has which number, known before anybody calls.
//!
//! [`Index`] answers from memory. Whether what it and the profiles say is enough to go by, or the help desk itself must be
//! asked, is for [`judge`] to say. Keeping both up to date is somebody else's work.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::{SignedDuration, Timestamp};

use crate::desk::{Profile, UserId};
use crate::number::{E164, NumberPlan};

/// A directory that was not brought up to date for so long may have missed that a number has another owner.
const STALE: SignedDuration = SignedDuration::from_mins(15);

/// Which users have a number in their profile: 16 bytes for each number that one user has, as nearly all have.
#[derive(Clone, Debug, Default)]
pub struct Index {
    one: HashMap<u64, u64>,
    several: BTreeMap<u64, BTreeSet<u64>>,
}

/// How complete and how fresh a directory is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Standing {
    /// Whether everybody was read at least once.
    pub complete: bool,
    /// Whether users' further identities are in it.
    pub identities: bool,
    /// When it was last known to hold everything that the help desk tells.
    pub as_of: Option<Timestamp>,
}

/// Who answered a look-up.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Source {
    /// The directory; nothing was asked.
    Directory {
        /// When it was last brought up to date.
        as_of: Timestamp,
    },
    /// The help desk itself, since the directory could not say.
    Search {
        /// Why not.
        why: Insufficient,
    },
}

/// Why a directory's answer is not enough, so that the help desk itself is asked.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Insufficient {
    /// It is being built.
    Incomplete,
    /// It was not brought up to date for a quarter of an hour.
    Stale,
    /// It knows nobody by this number; who was set up a moment ago is not in it.
    Nobody,
    /// It does not know users' further identities, so somebody else may have the number, too.
    Identities,
    /// It cannot be read.
    Unreadable,
}

impl Insufficient {
    /// In words for a call's story.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Incomplete => "the directory is not complete yet",
            Self::Stale => "the directory was not brought up to date lately",
            Self::Nobody => "the directory knows nobody by this number",
            Self::Identities => "the directory does not know further phone identities",
            Self::Unreadable => "the directory cannot be read",
        }
    }
}

impl Index {
    /// One that is empty, with room for so many numbers.
    #[must_use]
    pub fn with_capacity(numbers: usize) -> Self {
        Self {
            one: HashMap::with_capacity(numbers),
            several: BTreeMap::new(),
        }
    }

    /// This user has this number. Told again, it changes nothing.
    ///
    /// ```
    /// use bridge_core::desk::UserId;
    /// use bridge_core::directory::Index;
    /// use bridge_core::number::E164;
    ///
    /// let number = E164::parse("+49721123456").unwrap();
    /// let mut index = Index::default();
    /// index.insert(&number, UserId::new(602));
    /// assert_eq!(index.users(&number), [UserId::new(602)]);
    /// index.remove(&number, UserId::new(602));
    /// assert!(index.users(&number).is_empty());
    /// ```
    pub fn insert(&mut self, number: &E164, user: UserId) {
        self.insert_key(number.key(), user);
    }

    /// The same by [`E164::key`].
    pub fn insert_key(&mut self, number: u64, user: UserId) {
        let user = user.get();
        if let Some(users) = self.several.get_mut(&number) {
            users.insert(user);
            return;
        }
        match self.one.insert(number, user) {
            Some(before) if before != user => {
                self.one.remove(&number);
                self.several.insert(number, BTreeSet::from([before, user]));
            }
            Some(_) | None => {}
        }
    }

    /// This user does not have this number any more.
    pub fn remove(&mut self, number: &E164, user: UserId) {
        self.remove_key(number.key(), user);
    }

    /// The same by [`E164::key`].
    pub fn remove_key(&mut self, number: u64, user: UserId) {
        let user = user.get();
        if let Some(users) = self.several.get_mut(&number) {
            users.remove(&user);
            if let (1, Some(&last)) = (users.len(), users.first()) {
                self.several.remove(&number);
                self.one.insert(number, last);
            }
        } else if self.one.get(&number) == Some(&user) {
            self.one.remove(&number);
        }
    }

    /// Everybody who has this number, by their ids.
    #[must_use]
    pub fn users(&self, number: &E164) -> Vec<UserId> {
        let key = number.key();
        match self.one.get(&key) {
            Some(&user) => vec![UserId::new(user)],
            None => {
                let several = self.several.get(&key).into_iter().flatten();
                several.map(|&user| UserId::new(user)).collect()
            }
        }
    }

    /// How many numbers there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.one.len() + self.several.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The numbers by which the directory knows a user: those of his profile, in E.164, and the head numbers among them, if they
/// count. Deleted users have none.
#[must_use]
pub fn numbers_of(profile: &Profile, plan: &NumberPlan) -> BTreeSet<E164> {
    let numbers = profile.numbers.iter().filter(|_| profile.active);
    let read = numbers.flat_map(|(_, typed)| [plan.read_once(typed), plan.head(typed)]);
    read.flatten().collect()
}

/// Whether these profiles, which are all that the directory has for this number, are enough to go by.
///
/// # Errors
/// Why the help desk itself must be asked.
pub fn judge(
    standing: Standing,
    profiles: &[Profile],
    number: &E164,
    plan: &NumberPlan,
    now: Timestamp,
) -> Result<Source, Insufficient> {
    let as_of = standing.as_of.filter(|_| standing.complete);
    let Some(as_of) = as_of else {
        return Err(Insufficient::Incomplete);
    };
    // A clock that was set back makes nothing of it fresher.
    if now.duration_since(as_of).abs() > STALE {
        return Err(Insufficient::Stale);
    }
    let is_it = |typed: &str| plan.read_typed(typed).as_ref() == Some(number);
    let has_it = |profile: &Profile| profile.active && profile.numbers.iter().any(|(_, typed)| is_it(typed));
    if !profiles.iter().any(has_it) {
        Err(Insufficient::Nobody)
    } else if standing.identities {
        Ok(Source::Directory { as_of })
    } else {
        Err(Insufficient::Identities)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::desk::NumberField;

    fn number(last: u64) -> E164 {
        E164::parse(&format!("+4972100{last:04}")).unwrap()
    }

    proptest! {
        #[test]
        fn the_index_knows_what_a_list_of_pairs_knows(
            moves in prop::collection::vec((any::<bool>(), 0..4_u64, 1..5_u64), 0..60)
        ) {
            let mut index = Index::default();
            let mut pairs = BTreeSet::new();
            for (comes, last, user) in moves {
                let user = UserId::new(user);
                if comes {
                    index.insert(&number(last), user);
                    pairs.insert((last, user));
                } else {
                    index.remove(&number(last), user);
                    pairs.remove(&(last, user));
                }
            }
            for last in 0..4 {
                let known: Vec<UserId> = pairs.iter().filter(|pair| pair.0 == last).map(|pair| pair.1).collect();
                prop_assert_eq!(index.users(&number(last)), known);
            }
            let numbers: BTreeSet<u64> = pairs.iter().map(|pair| pair.0).collect();
            prop_assert_eq!(index.len(), numbers.len());
        }
    }

    #[test]
    fn head_numbers_are_in_it_where_they_count() {
        let plan = NumberPlan::new("DE", Some("721")).unwrap();
        let typed = ["0721 46050-0", "+1 512 555 0123 x12", "0172 9968532"];
        let profile = Profile {
            user: UserId::new(602),
            name: "Karla Kunde".into(),
            numbers: typed.map(|typed| (NumberField::Identity, typed.to_owned())).to_vec(),
            shared_phone: false,
            active: true,
            suspended: false,
            made_for: None,
        };
        let of = |plan: &NumberPlan| {
            let numbers = numbers_of(&profile, plan);
            numbers
                .iter()
                .map(|number| number.as_str().to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(of(&plan), ["+491729968532", "+49721460500"]);
        let plan = plan.with_head_numbers();
        assert_eq!(
            of(&plan),
            ["+15125550123", "+491729968532", "+4972146050", "+49721460500"]
        );
    }

    #[test]
    fn what_is_certain_needs_no_question() {
        let plan = NumberPlan::new("DE", Some("721")).unwrap();
        let at = |seconds| Timestamp::from_second(seconds).unwrap();
        let fresh = Standing {
            complete: true,
            identities: true,
            as_of: Some(at(1000)),
        };
        let known = Profile {
            user: UserId::new(602),
            name: "Karla Kunde".into(),
            numbers: vec![(NumberField::Identity, "0721 / 123-456".into())],
            shared_phone: false,
            active: true,
            suspended: false,
            made_for: None,
        };
        let deleted = Profile {
            active: false,
            ..known.clone()
        };
        let elsewhere = Profile {
            numbers: vec![(NumberField::Phone, "0721 99".into())],
            ..known.clone()
        };
        let wanted = E164::parse("+49721123456").unwrap();
        let judged = |standing, profiles: &[Profile], now| judge(standing, profiles, &wanted, &plan, at(now));

        let certain = Ok(Source::Directory { as_of: at(1000) });
        let (one, none) = (std::slice::from_ref(&known), &[][..]);
        assert_eq!(judged(fresh, one, 1900), certain);
        assert_eq!(judged(fresh, one, 1901), Err(Insufficient::Stale));
        assert_eq!(judged(fresh, one, 99), Err(Insufficient::Stale), "a clock was set back");
        let with = |complete, identities| Standing {
            complete,
            identities,
            ..fresh
        };
        assert_eq!(judged(with(false, true), one, 1000), Err(Insufficient::Incomplete));
        assert_eq!(judged(with(true, false), one, 1000), Err(Insufficient::Identities));
        assert_eq!(judged(Standing::default(), one, 1000), Err(Insufficient::Incomplete));
        for nobody in [none, &[deleted], &[elsewhere]] {
            assert_eq!(judged(fresh, nobody, 1000), Err(Insufficient::Nobody));
        }
    }
}
