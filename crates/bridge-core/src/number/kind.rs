//! What a number is once its digits are known: somebody's, or a service's that is nobody's.

use rlibphonenumber::{NumberLengthType, PhoneNumber, PhoneNumberFormat, PhoneNumberType};

use super::plan::parse;
use super::{E164, Reading};

/// So many digits of the national number make sure that what the metadata do not know (yet) is no service number.
const SHORTEST_UNLISTED: usize = 7;
/// Service numbers of six digits, which might be taken for local ones, by country code. Shorter ones are no longer than
/// extensions are.
const SIX_DIGITS: &[(&str, &[&str])] = &[("31", &["14"]), ("39", &["89"])];
/// The same in all of Europe: harmonised services of social value, and enquiries.
const SIX_DIGITS_ANYWHERE: &[&str] = &["116", "118"];
/// How national numbers begin for which callers pay more, where the metadata do not know them (yet) or count them among others.
const DEAR: &[(i32, &[&str])] = &[
    (1, &["900"]),
    (31, &["900", "906", "909"]),
    (33, &["81", "82", "89"]),
    (39, &["144", "166", "178", "199", "84", "89"]),
    (41, &["84", "90"]),
    (43, &["810", "82", "90", "93"]),
    (44, &["84", "87", "9"]),
    (49, &["137", "138", "180", "190", "900"]),
];

/// Whether these digits, which came without any prefix, are a service number of six digits.
pub(super) fn is_short_service(digits: &str, country_code: &str) -> bool {
    let own = SIX_DIGITS.iter().filter(|(country, _)| *country == country_code);
    let mut all = own.flat_map(|(_, prefixes)| *prefixes).chain(SIX_DIGITS_ANYWHERE);
    digits.len() == 6 && all.any(|prefix| digits.starts_with(prefix))
}

/// Numbers whose prefix leaves no doubt may be missing in the metadata, which lag behind the networks; but short ones are
/// service numbers.
pub(super) fn judge(number: Option<PhoneNumber>) -> Reading {
    let Some(number) = number else {
        return Reading::Unreadable;
    };
    let length = number.get_national_significant_number().len();
    let possible = matches!(number.is_possible_with_reason(), Ok(NumberLengthType::IsPossible));
    if let Some(found) = valid(Some(number.clone())) {
        return found;
    }
    if length < SHORTEST_UNLISTED {
        return Reading::Internal;
    }
    // Zeros that a text has too many of are part of no number.
    let found = e164(&number).filter(|found| possible && parse(found.as_str(), None) == Some(number.clone()));
    found.map_or(Reading::Unreadable, |found| kind(&number, found))
}

/// What a number is that the metadata know.
pub(super) fn valid(number: Option<PhoneNumber>) -> Option<Reading> {
    let number = number.filter(PhoneNumber::is_valid)?;
    let found = e164(&number)?;
    Some(kind(&number, found))
}

fn kind(number: &PhoneNumber, found: E164) -> Reading {
    let of_country = DEAR.iter().filter(|(country, _)| *country == number.country_code);
    let national = &found.as_str()[1 + number.country_code.to_string().len()..];
    let known = matches!(
        number.get_type(),
        PhoneNumberType::PremiumRate | PhoneNumberType::SharedCost
    );
    let mut prefixes = of_country.flat_map(|(_, prefixes)| *prefixes);
    if known || prefixes.any(|prefix| national.starts_with(prefix)) {
        Reading::Service(found)
    } else {
        Reading::Public(found)
    }
}

fn e164(number: &PhoneNumber) -> Option<E164> {
    E164::parse(&number.format_as(PhoneNumberFormat::E164))
}
