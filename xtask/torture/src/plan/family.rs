//! What sorts of faults there are, so that some may be left out.

use crate::act::{Action, Change, Machine};

/// A family of faults, which may be left out to see whether a failure needs it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, clap::ValueEnum)]
pub enum Family {
    /// What goes wrong at Zendesk.
    Desk,
    /// What goes wrong with requests to the PBX.
    Pbx,
    /// What goes wrong with its events.
    Events,
    /// Restarts of the PBX.
    Restarts,
    /// Sessions that the PBX drops.
    Sessions,
    /// Crashes and restarts of the bridge.
    Crashes,
    /// The bridge's clock.
    Clock,
    /// The day on which an hour comes twice.
    Autumn,
    /// No fault: on some days callers are known by a directory, kept up to date by Zendesk's list of changed users.
    Directory,
    /// No fault: on some days with recordings there is not always a place for a number that is to be learned.
    Places,
    /// No fault, but told apart with difficulty: transfers without a ring to a phone that had rung in vain.
    Retaken,
}

/// Which family of faults an action belongs to, if it is one.
pub(super) fn family(action: &Action) -> Option<Family> {
    match action {
        Action::Change(Change::DeskAway(_) | Change::Desk(_)) => Some(Family::Desk),
        Action::Change(Change::PbxRefuses(_) | Change::Pbx(_)) => Some(Family::Pbx),
        Action::Change(Change::Events(_)) => Some(Family::Events),
        Action::Change(Change::PbxRestarts) => Some(Family::Restarts),
        Action::Change(Change::SessionDropped(_)) => Some(Family::Sessions),
        Action::Machine(Machine::Crash | Machine::Burn(_) | Machine::Restart) => Some(Family::Crashes),
        Action::Machine(Machine::ClockJumps(_)) => Some(Family::Clock),
        Action::Passes(..) => Some(Family::Directory),
        Action::Phone(..)
        | Action::Deliver(_)
        | Action::Late(_)
        | Action::Work(..)
        | Action::Recorded(_)
        | Action::Over => None,
    }
}
