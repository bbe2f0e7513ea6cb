//! The help desk as the domain sees it: users, tickets and groups, told apart by typed ids.

use std::fmt;

use jiff::Timestamp;

use crate::number::E164;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub struct $name(u64);

        impl $name {
            /// The id by its number.
            #[must_use]
            pub fn new(id: u64) -> Self {
                Self(id)
            }

            /// The number.
            #[must_use]
            pub fn get(self) -> u64 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.0)
            }
        }
    };
}

id! {
    /// A user of the help desk: customer or agent.
    UserId
}
id! {
    /// A ticket.
    TicketId
}
id! {
    /// A group of agents.
    GroupId
}

/// An agent of the help desk.
#[derive(Clone, PartialEq, Eq)]
pub struct Agent {
    /// The agent's user id.
    pub id: UserId,
    /// As the help desk shows it.
    pub name: String,
    /// By which the PBX user is matched.
    pub email: String,
}

impl fmt::Debug for Agent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Agent").field("id", &self.id).finish_non_exhaustive()
    }
}

/// A group of the help desk.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Group {
    /// Its id.
    pub id: GroupId,
    /// Its name, by which the PBX group is matched.
    pub name: String,
}

/// Who and what is set up in the help desk.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Roster {
    /// Everybody who may be assigned tickets.
    pub agents: Vec<Agent>,
    /// All groups that are not deleted.
    pub groups: Vec<Group>,
}

/// Where a number stands, or may stand, in a user's profile.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum NumberField {
    /// The profile's own phone number.
    Phone,
    /// A further phone identity.
    Identity,
    /// A field of the administrator's own, by its key.
    Custom(String),
}

/// A user with all numbers that the profile shows, as people typed them.
#[derive(Clone, PartialEq, Eq)]
pub struct Profile {
    /// Who it is.
    pub user: UserId,
    /// As the help desk shows it; personal data.
    pub name: String,
    /// The numbers, each with its place. One line may stand in several places.
    pub numbers: Vec<(NumberField, String)>,
    /// Whether the help desk says that the profile's phone number belongs to somebody else as well.
    pub shared_phone: bool,
    /// Deleted (or merged) users are told, so that nobody takes them for known.
    pub active: bool,
    /// Tickets of suspended users vanish into a queue of their own.
    pub suspended: bool,
    /// The number for which the bridge itself made this user ([`Order::EnsureUser`](crate::effect::Order::EnsureUser)), on whatever
    /// call: he stands in for somebody whom nobody has named yet.
    pub made_for: Option<E164>,
}

impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Profile")
            .field("user", &self.user)
            .field("numbers", &self.numbers.len())
            .finish_non_exhaustive()
    }
}

/// What a ticket looks like when it is read again.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TicketView {
    /// Which ticket.
    pub ticket: TicketId,
    /// Whose it is by now.
    pub requester: UserId,
    /// The stamp for a safe update: a write with it fails if anybody wrote in between.
    pub updated_at: Timestamp,
    /// What has become of it.
    pub standing: Standing,
}

impl TicketView {
    /// Whether it can still be changed.
    #[must_use]
    pub fn is_open_for_changes(&self) -> bool {
        self.standing != Standing::Closed
    }
}

/// What has become of a ticket that can still be read.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Standing {
    /// Somebody works on it, or will.
    Open,
    /// An agent has solved it; it can still be changed.
    Solved,
    /// It is closed and cannot be changed any more. One that was merged into another ticket is closed, too.
    Closed,
}
