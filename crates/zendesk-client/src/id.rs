//! Typed ids: a user's id does not pass for a ticket's.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, de};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        ///
        /// Zendesk writes ids as numbers, in events and webhooks as strings; both are read, a number is written.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
        #[serde(transparent)]
        pub struct $name(u64);

        impl $name {
            /// The id by its number.
            #[must_use]
            pub const fn new(id: u64) -> Self {
                Self(id)
            }

            /// The number.
            #[must_use]
            pub const fn get(self) -> u64 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any(IdVisitor).map(Self)
            }
        }
    )+};
}

ids! {
    /// A user: customer, agent or administrator.
    UserId,
    /// A ticket.
    TicketId,
    /// A group of agents.
    GroupId,
    /// That an agent is in a group.
    MembershipId,
    /// One address or number by which a user is known.
    IdentityId,
    /// A comment on a ticket.
    CommentId,
    /// An entry in a ticket's history.
    AuditId,
    /// An organization.
    OrganizationId,
    /// A brand of the account.
    BrandId,
    /// A form for tickets.
    TicketFormId,
    /// A custom field of tickets.
    CustomFieldId,
    /// A custom field of users.
    UserFieldId,
    /// A file.
    AttachmentId,
    /// A call of Talk Partner Edition.
    CallId,
    /// An app that is installed in the account.
    AppId,
}

struct IdVisitor;

impl de::Visitor<'_> for IdVisitor {
    type Value = u64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an id: a number, or a string of digits")
    }

    fn visit_u64<E: de::Error>(self, id: u64) -> Result<u64, E> {
        Ok(id)
    }

    fn visit_i64<E: de::Error>(self, id: i64) -> Result<u64, E> {
        u64::try_from(id).map_err(|_| E::custom("an id is not negative"))
    }

    fn visit_str<E: de::Error>(self, id: &str) -> Result<u64, E> {
        let digits = id.bytes().all(|b| b.is_ascii_digit()).then_some(id);
        digits
            .and_then(|id| id.parse().ok())
            .ok_or_else(|| E::custom("an id has digits only"))
    }
}

#[cfg(test)]
mod tests {
    use super::TicketId;

    #[test]
    fn a_number_and_a_string_are_read_and_a_number_is_written() {
        let id = TicketId::new(33_144_692_244_371);
        assert_eq!(serde_json::from_str::<TicketId>("33144692244371").unwrap(), id);
        assert_eq!(serde_json::from_str::<TicketId>("\"33144692244371\"").unwrap(), id);
        assert_eq!(serde_json::to_string(&id).unwrap(), "33144692244371");
        assert_eq!(id.to_string(), "33144692244371");
    }

    #[test]
    fn what_is_no_id_is_refused() {
        for wrong in ["-1", "\"\"", "\"+1\"", "\"12a\"", "null", "1.5", "true"] {
            assert!(serde_json::from_str::<TicketId>(wrong).is_err(), "{wrong}");
        }
    }
}
