//! Who and what is set up on the PBX.

use std::fmt;

use crate::{Dialled, GroupId, UserId};

/// A user of the PBX.
#[derive(Clone, PartialEq, Eq)]
pub struct User {
    /// The name he logs in with; legs name their owner by it.
    pub id: UserId,
    /// First and family name, as shown.
    pub name: String,
    /// E-mail address, if the PBX knows one. The bridge finds the help desk's agent by it.
    pub email: Option<String>,
    /// Internal numbers of the user, as far as the PBX tells them.
    pub extensions: Vec<Dialled>,
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Name and address are personal data.
        f.debug_struct("User").field("id", &self.id).finish_non_exhaustive()
    }
}

/// A group of the PBX: callers dial it, its members' phones ring.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Group {
    /// The id by which legs name the group.
    pub id: GroupId,
    /// The name, by which the bridge finds the help desk's group.
    pub name: String,
    /// Its members.
    pub members: Vec<UserId>,
    /// Numbers that reach the group, internal and external, as the PBX writes them.
    pub numbers: Vec<Dialled>,
}
