//! What the player needs of a Zendesk.

use tokio::sync::watch;

use crate::story::Given;

/// A ticket, as far as stories ask for it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ticket {
    /// Zendesk's id.
    pub id: u64,
    /// `zendesk-bridge:<pbx>:<call id>`.
    pub external_id: Option<String>,
    /// The requester.
    pub requester: u64,
    /// The group.
    pub group: Option<u64>,
    /// The assignee.
    pub assignee: Option<u64>,
    /// The texts of all comments, the first one first.
    pub comments: Vec<String>,
}

/// An end user, as far as stories ask for him.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Person {
    /// Zendesk's id.
    pub id: u64,
    /// The profile's phone number.
    pub phone: Option<String>,
    /// Further phone identities.
    pub identities: Vec<String>,
    /// User fields by key.
    pub fields: Vec<(String, String)>,
}

/// What an agent does with a ticket.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Deed {
    /// Sets the requester.
    SetRequester(u64),
    /// Merges the requester into this user.
    MergeRequester(u64),
    /// Closes it.
    Close,
    /// Deletes it.
    Delete,
    /// Changes something else.
    Edit,
}

/// A Zendesk that stories can be played against: the simulated one, or a stand-in.
pub trait Desk: Send + Sync {
    /// Makes the world of a story: users, slow look-ups, refusals. What an earlier story asked for in look-ups
    /// and refusals is taken back. Durations are real time already.
    fn prepare(&self, given: &[Given]);
    /// Users that earlier stories gave or had made are gone: nobody is known by their numbers any more. Tickets stay.
    fn forget(&self);
    /// All tickets there are, deleted ones too.
    fn tickets(&self) -> Vec<Ticket>;
    /// Tickets that were opened on screens: ticket and agent, in order.
    fn pops(&self) -> Vec<(u64, u64)>;
    /// All users.
    fn people(&self) -> Vec<Person>;
    /// An agent works on a ticket.
    ///
    /// # Errors
    /// In words, when Zendesk would not let him.
    fn work(&self, agent: u64, ticket: u64, deed: Deed) -> Result<(), String>;
    /// Goes away, or comes back.
    fn set_up(&self, up: bool);
    /// Changes whenever anything above may have changed.
    fn changes(&self) -> watch::Receiver<u64>;
}
