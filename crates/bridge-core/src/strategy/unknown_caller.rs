//! Whose ticket is it when nobody is known by the caller's number?

use std::fmt;

use crate::number::E164;

/// Decides whose ticket an unknown caller's is. Does no IO: it returns a decision.
pub trait UnknownCaller: fmt::Debug + Send + Sync {
    /// The requester for a caller with this number, whom nobody or more than one user is known by.
    fn requester(&self, number: &E164) -> Requester;
}

/// Whose ticket it becomes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Requester {
    /// The default user's.
    DefaultUser,
    /// A user's that carries only the number, found or created.
    NewUser {
        /// What the user is called until somebody knows better.
        name: String,
    },
}

/// Every unknown caller's ticket is the default user's, until an agent sets the requester.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct DefaultUser;

impl UnknownCaller for DefaultUser {
    fn requester(&self, _number: &E164) -> Requester {
        Requester::DefaultUser
    }
}

/// Every unknown number gets a user of its own.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct NewUser;

impl UnknownCaller for NewUser {
    fn requester(&self, number: &E164) -> Requester {
        Requester::NewUser {
            name: number.international(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{DefaultUser, NewUser, Requester, UnknownCaller};
    use crate::number::E164;

    #[test]
    fn the_default_user_stands_in_for_everybody() {
        let number = E164::parse("+49721123456").unwrap();
        assert_eq!(DefaultUser.requester(&number), Requester::DefaultUser);
    }

    #[test]
    fn a_new_user_is_called_by_the_number() {
        let number = E164::parse("+49721123456").unwrap();
        let name = "+49 721 123456".to_owned();
        assert_eq!(NewUser.requester(&number), Requester::NewUser { name });
    }
}
