//! Names that a PBX gives to things. Opaque: nobody computes with them.

use std::fmt;

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub struct $name(String);

        impl $name {
            /// Takes the name as the PBX writes it.
            #[must_use]
            pub fn new(name: impl Into<String>) -> Self {
                Self(name.into())
            }

            /// The name as the PBX writes it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name! {
    /// One call, as long as the PBX calls it so. An id may change while the call goes on ([`Event::IdChanged`](crate::Event::IdChanged)).
    CallId
}
name! {
    /// A group (queue, hunt group) of the PBX.
    GroupId
}
name! {
    /// A user of the PBX: the name he logs in with, such as `0101`. Leading zeros count.
    UserId
}
name! {
    /// The installation: tells several telephone systems on one Zendesk account apart.
    PbxName
}
