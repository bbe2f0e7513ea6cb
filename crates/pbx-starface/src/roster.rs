//! Users and groups, from the REST interface's words to the port's.

use std::collections::HashMap;

use pbx::{Dialled, Group, GroupId, User, UserId};
use starface_client::rest;
use starface_client::rest::AccountType;

/// Everybody who can log in, with the extension of his account.
pub(crate) fn users(users: &[rest::User], accounts: &[rest::Account]) -> Vec<User> {
    let own = accounts.iter().filter(|account| account.kind == AccountType::User);
    let extensions: HashMap<_, _> = own
        .map(|account| (account.id, account.primary_internal_number.trim()))
        .collect();
    let with_login = users.iter().filter(|user| can_log_in(user));
    let translated = with_login.map(|user| {
        let email = user.email.trim();
        User {
            id: UserId::new(user.login.trim()),
            name: format!("{} {}", user.first_name.trim(), user.family_name.trim())
                .trim()
                .to_owned(),
            email: (!email.is_empty()).then(|| email.to_owned()),
            extensions: extensions
                .get(&user.id)
                .filter(|n| !n.is_empty())
                .map(|n| Dialled::new(*n))
                .into_iter()
                .collect(),
        }
    });
    translated.collect()
}

/// A group with its members, whom it names by account, and every number of which the PBX tells that it has it.
pub(crate) fn group(summary: &rest::GroupSummary, group: &rest::Group, users: &[rest::User]) -> Group {
    let members = group
        .members()
        .filter_map(|id| users.iter().find(|user| user.id == id && can_log_in(user)));
    let told = [summary.internal_number.trim(), summary.external_number.trim()].map(str::to_owned);
    let mut numbers: Vec<Dialled> = Vec::new();
    for number in group.numbers().map(rest::AssignableNumber::as_shown).chain(told) {
        let number = Dialled::new(number);
        if !number.is_empty() && !numbers.contains(&number) {
            numbers.push(number);
        }
    }
    let name = if summary.name.trim().is_empty() {
        &group.name
    } else {
        &summary.name
    };
    Group {
        id: GroupId::new(summary.id.to_string()),
        name: name.trim().to_owned(),
        members: members.map(|user| UserId::new(user.login.trim())).collect(),
        numbers,
    }
}

/// Accounts without a login, such as a fax's, are nobody whose calls could be told.
fn can_log_in(user: &rest::User) -> bool {
    !user.login.trim().is_empty()
}
