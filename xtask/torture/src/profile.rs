//! Numbers in users' profiles, however they are typed.

use bridge_sim::zendesk::UserSnapshot;

/// In how many places a user's profile holds a number.
pub(crate) fn places(user: &UserSnapshot, number: &str) -> usize {
    let lines = user.lines.iter().filter(|line| user.phone.as_ref() != Some(line));
    let all = lines.chain(&user.phone).chain(user.fields.values());
    all.filter(|typed| in_full(typed) == number).count()
}

/// A number as typed, in E.164: Germany, and no local numbers.
fn in_full(typed: &str) -> String {
    let typed = typed.replace("(0)", "");
    let digits: String = typed.chars().filter(char::is_ascii_digit).collect();
    match (
        typed.starts_with('+'),
        digits.strip_prefix("00"),
        digits.strip_prefix('0'),
    ) {
        (true, ..) => format!("+{digits}"),
        (false, Some(abroad), _) => format!("+{abroad}"),
        (false, None, Some(national)) => format!("+49{national}"),
        (false, None, None) => digits,
    }
}
