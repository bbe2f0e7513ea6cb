//! Users and their identities with the orders in which they are asked for: a million of them is set up and told in seconds.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;

use super::identity::Identity;
use super::user::User;

/// All users, by id and in the order in which they changed.
#[derive(Default)]
pub(super) struct Users {
    by_id: BTreeMap<u64, User>,
    /// The second of the last change, and the id.
    changes: BTreeSet<(i64, u64)>,
}

impl Users {
    /// One of the same id is replaced.
    pub(super) fn insert(&mut self, user: User) {
        let (id, at) = (user.id, user.updated_at.as_second());
        if let Some(before) = self.by_id.insert(id, user) {
            self.changes.remove(&(before.updated_at.as_second(), id));
        }
        self.changes.insert((at, id));
    }

    pub(super) fn get(&self, id: &u64) -> Option<&User> {
        self.by_id.get(id)
    }

    /// A user to be changed in everything but the id and the stamp, which [`Users::stamp`] sets.
    pub(super) fn get_mut(&mut self, id: &u64) -> Option<&mut User> {
        self.by_id.get_mut(id)
    }

    /// Says when a user was changed.
    pub(super) fn stamp(&mut self, id: u64, at: Timestamp) {
        if let Some(user) = self.by_id.get_mut(&id) {
            self.changes.remove(&(user.updated_at.as_second(), id));
            self.changes.insert((at.as_second(), id));
            user.updated_at = at;
        }
    }

    /// By their ids.
    pub(super) fn values(&self) -> impl Iterator<Item = &User> {
        self.by_id.values()
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &u64> {
        self.by_id.keys()
    }

    pub(super) fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Whoever was changed after this user of this second, in the order of changes.
    pub(super) fn changed_after(&self, place: (i64, u64)) -> impl Iterator<Item = &User> {
        let (at, id) = place;
        let rest = self.changes.range((at, id.saturating_add(1))..);
        rest.filter_map(|(_, id)| self.by_id.get(id))
    }
}

/// All identities, by id, by user and by what they say.
#[derive(Default)]
pub(super) struct Identities {
    by_id: BTreeMap<u64, Identity>,
    by_user: BTreeMap<u64, Vec<u64>>,
    /// Type and value; where an account lets several have the same, all of them.
    by_value: HashMap<(String, String), BTreeSet<u64>>,
}

impl Identities {
    pub(super) fn insert(&mut self, identity: Identity) {
        self.remove(identity.id);
        self.enter(&identity);
        self.by_id.insert(identity.id, identity);
    }

    pub(super) fn get(&self, id: &u64) -> Option<&Identity> {
        self.by_id.get(id)
    }

    /// Changes one in whatever it is.
    pub(super) fn change(&mut self, id: u64, change: impl FnOnce(&mut Identity)) {
        if let Some(mut identity) = self.remove(id) {
            change(&mut identity);
            self.insert(identity);
        }
    }

    pub(super) fn remove(&mut self, id: u64) -> Option<Identity> {
        let identity = self.by_id.remove(&id)?;
        if let Some(own) = self.by_user.get_mut(&identity.user) {
            own.retain(|other| *other != id);
            if own.is_empty() {
                self.by_user.remove(&identity.user);
            }
        }
        let value = key(&identity.kind, &identity.value);
        if let Some(same) = self.by_value.get_mut(&value) {
            same.remove(&id);
            if same.is_empty() {
                self.by_value.remove(&value);
            }
        }
        Some(identity)
    }

    /// The user has none any more.
    pub(super) fn remove_of(&mut self, user: u64) {
        for id in self.by_user.get(&user).cloned().unwrap_or_default() {
            self.remove(id);
        }
    }

    /// A user's, by their ids.
    pub(super) fn of(&self, user: u64) -> impl Iterator<Item = &Identity> {
        let own = self.by_user.get(&user).into_iter().flatten();
        own.filter_map(|id| self.by_id.get(id))
    }

    /// The oldest of this type and value. Case counts, but for e-mail addresses.
    pub(super) fn find(&self, kind: &str, value: &str) -> Option<&Identity> {
        let first = self.by_value.get(&key(kind, value))?.first()?;
        self.by_id.get(first)
    }

    fn enter(&mut self, identity: &Identity) {
        let own = self.by_user.entry(identity.user).or_default();
        if let Err(place) = own.binary_search(&identity.id) {
            own.insert(place, identity.id);
        }
        let value = key(&identity.kind, &identity.value);
        self.by_value.entry(value).or_default().insert(identity.id);
    }
}

fn key(kind: &str, value: &str) -> (String, String) {
    let value = match kind {
        "email" => value.to_ascii_lowercase(),
        _ => value.to_owned(),
    };
    (kind.to_owned(), value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(id: u64, user: u64, kind: &str, value: &str) -> Identity {
        Identity {
            id,
            user,
            kind: kind.to_owned(),
            value: value.to_owned(),
            verified: true,
            primary: true,
            created_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn identities_are_found_by_what_they_are_now() {
        let mut all = Identities::default();
        all.insert(identity(2, 20, "email", "Karla@acme.example"));
        all.insert(identity(1, 10, "email", "karla@ACME.example"));
        all.insert(identity(3, 20, "phone_number", "+49721"));
        let owner = |all: &Identities, kind, value| all.find(kind, value).map(|found| found.user);
        assert_eq!(owner(&all, "email", "KARLA@acme.example"), Some(10), "the oldest one");
        all.change(1, |identity| identity.value = "else@acme.example".into());
        assert_eq!(owner(&all, "email", "KARLA@acme.example"), Some(20));
        assert_eq!(owner(&all, "email", "else@acme.example"), Some(10));
        all.change(3, |identity| identity.user = 10);
        let of = |all: &Identities, user| all.of(user).map(|identity| identity.id).collect::<Vec<_>>();
        assert_eq!((of(&all, 10), of(&all, 20)), (vec![1, 3], vec![2]));
        all.remove_of(10);
        assert_eq!((of(&all, 10), owner(&all, "phone_number", "+49721")), (vec![], None));
    }

    #[test]
    fn users_come_in_the_order_of_their_last_change() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let mut users = Users::default();
        for id in [3, 1, 2] {
            users.insert(User::new(id, String::new(), at(10)));
        }
        users.stamp(1, at(20));
        let after = |place| users.changed_after(place).map(|user| user.id).collect::<Vec<_>>();
        assert_eq!(after((0, 0)), [2, 3, 1]);
        assert_eq!(after((10, 2)), [3, 1]);
        assert_eq!(after((20, 1)), [0_u64; 0]);
        users.insert(User::new(3, String::new(), at(30)));
        let all = users.changed_after((0, 0)).map(|user| user.id).collect::<Vec<_>>();
        assert_eq!(all, [2, 1, 3]);
    }
}
