//! Phones, numbers and logins as stories name them.

use bridge_sim::story::Number;
use jiff::Timestamp;
use pbx::{Dialled, Direction, LegState};

/// A participant's end, as the PBX knows it.
#[derive(Clone)]
pub(super) struct Phone {
    pub(super) state: LegState,
    pub(super) direction: Direction,
    pub(super) caller: Option<Dialled>,
    pub(super) called: Option<Dialled>,
    pub(super) group: Option<String>,
    pub(super) began: Timestamp,
    pub(super) talks_since: Option<Timestamp>,
}

pub(super) fn shown(number: &Number) -> Option<Dialled> {
    match number {
        Number::Shown(number) => Some(Dialled::new(number.as_str())),
        Number::Withheld => Some(Dialled::new("")),
        Number::Untold => None,
    }
}

/// One login, or all there are.
pub(super) fn logins(one: Option<&str>) -> Vec<&'static str> {
    let all = bridge_sim::world::PBX_USERS.iter().map(|user| user.login);
    all.filter(|login| one.is_none_or(|one| one == *login)).collect()
}
