//! Numbers and logins as stories name them.

use bridge_sim::story::Number;
use pbx::Dialled;

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
