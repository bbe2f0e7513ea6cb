//! Our readings beside those of another implementation of libphonenumber: the crate `phonenumber`, by other people and with a
//! copy of the metadata of its own.

use std::collections::BTreeMap;
use std::thread;

use pbx::Dialled;
use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumber, PhoneNumberFormat, PhoneNumberType, Region};

use super::plan::parse;
use super::{E164, NumberPlan};

/// So many readings are compared at least.
const FEWEST: usize = 20_000;
/// So many numbers are made of each example of a country.
const OF_EACH: usize = 30;
const COUNTRIES: [&str; 20] = [
    "DE", "AT", "CH", "FR", "IT", "NL", "GB", "US", "BE", "LU", "ES", "PL", "CZ", "DK", "SE", "IN", "BR", "JP", "AU",
    "CA",
];
const KINDS: [PhoneNumberType; 10] = [
    PhoneNumberType::FixedLine,
    PhoneNumberType::Mobile,
    PhoneNumberType::TollFree,
    PhoneNumberType::PremiumRate,
    PhoneNumberType::SharedCost,
    PhoneNumberType::VoIP,
    PhoneNumberType::PersonalNumber,
    PhoneNumberType::Pager,
    PhoneNumberType::UAN,
    PhoneNumberType::VoiceMail,
];

/// What is known of where the two differ, and where the plan differs from both.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Known {
    /// The other one takes a number for valid though a part of it is, and more digits follow.
    TooLongForItsKind,
    /// The metadata of the two are of different days: blocks of numbers that were given out or taken back in between.
    OtherMetadata,
    /// E.164 has room for 15 digits; German numbers free of charge may have more. The plan refuses them.
    LongerThanE164,
    /// Without any prefix, up to five digits are an extension or a service for the plan, and up to eight a local number or nobody's, also
    /// where the metadata write whole numbers so.
    Short,
}

/// Blocks of [`Known::OtherMetadata`].
const OTHER_METADATA: [&str; 1] = ["+4537"];

/// A number in E.164, and whether it is valid.
type Read = Option<(String, bool)>;

#[test]
#[expect(
    clippy::print_stdout,
    reason = "how many readings were compared is told to whoever wants to know"
)]
fn numbers_are_read_as_another_implementation_reads_them() {
    let workers: Vec<_> = COUNTRIES.chunks(COUNTRIES.len().div_ceil(2)).collect();
    let found: Vec<Found> = thread::scope(|scope| {
        let running: Vec<_> = workers
            .iter()
            .map(|countries| scope.spawn(|| countries.iter().map(|country| compare(country)).collect::<Vec<_>>()))
            .collect();
        running.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    let compared: usize = found.iter().map(|found| found.compared).sum();
    let valid: usize = found.iter().map(|found| found.valid).sum();
    let (mut known, mut unknown) = (BTreeMap::<Known, usize>::new(), Vec::new());
    for country in found {
        for reason in country.known {
            *known.entry(reason).or_default() += 1;
        }
        unknown.extend(country.unknown);
    }
    println!("{compared} readings compared, {valid} of them of valid numbers; known differences: {known:?}");
    assert!(unknown.is_empty(), "{}", unknown.join("\n"));
    assert!(compared >= FEWEST && valid >= FEWEST / 2, "{compared}, {valid}");
    // What does not happen any more is no known difference.
    assert_eq!(known.len(), 4, "{known:?}");
}

#[derive(Default)]
struct Found {
    compared: usize,
    valid: usize,
    known: Vec<Known>,
    unknown: Vec<String>,
}

/// All numbers of a country in all their spellings.
fn compare(country: &str) -> Found {
    let mut found = Found::default();
    let region = Region::from_code(country).unwrap();
    let plan = NumberPlan::new(country, None).unwrap();
    for spelling in numbers(region).iter().flat_map(spellings) {
        let ours: Read = parse(&spelling, Some(region)).map(|number| {
            let e164 = number.format_as(PhoneNumberFormat::E164);
            (e164.into_owned(), number.is_valid())
        });
        let theirs: Read = phonenumber::parse(country.parse().ok(), &spelling).ok().map(|number| {
            let e164 = number.format().mode(phonenumber::Mode::E164);
            (e164.to_string(), number.is_valid())
        });
        let planned = plan.read(&Dialled::new(&spelling));
        let planned = planned.number().map(E164::as_str);
        let valid = ours.as_ref().filter(|(_, valid)| *valid);
        found.compared += 1;
        found.valid += usize::from(valid.is_some());
        let as_planned = valid.is_none_or(|(number, _)| planned == Some(number));
        if ours == theirs && as_planned {
            continue;
        }
        let reason = if ours == theirs {
            why_planned(&spelling, valid)
        } else {
            why(&ours, &theirs)
        };
        match reason {
            Some(reason) => found.known.push(reason),
            None => found.unknown.push(format!(
                "{country} {spelling:?}: ours {ours:?}, theirs {theirs:?}, the plan's {planned:?}"
            )),
        }
    }
    found
}

fn why(ours: &Read, theirs: &Read) -> Option<Known> {
    let ((number, false), (same, true)) = (ours.as_ref()?, theirs.as_ref()?) else {
        return None;
    };
    let is_longer = |shorter: &str| parse(shorter, None).is_some_and(|number| number.is_valid());
    if number != same {
        None
    } else if OTHER_METADATA.iter().any(|block| number.starts_with(block)) {
        Some(Known::OtherMetadata)
    } else if (1..=4).any(|digits| is_longer(&number[..number.len() - digits])) {
        Some(Known::TooLongForItsKind)
    } else {
        None
    }
}

fn why_planned(spelling: &str, valid: Option<&(String, bool)>) -> Option<Known> {
    let (number, _) = valid?;
    let digits: String = spelling.chars().filter(char::is_ascii_digit).collect();
    let without_prefix = !spelling.contains('+') && !digits.starts_with('0');
    if number.len() > "+".len() + 15 {
        Some(Known::LongerThanE164)
    } else if without_prefix && digits.len() <= 8 {
        Some(Known::Short)
    } else {
        None
    }
}

/// Numbers like the examples of a country, with other digits at the end, and sometimes one too few or too many.
fn numbers(region: Region) -> Vec<PhoneNumber> {
    let of_kind = |kind: &PhoneNumberType| {
        PHONE_NUMBER_UTIL
            .get_example_number_for_type_and_region(region, *kind)
            .ok()
    };
    let mut digits = Digits(7);
    let mut all = Vec::new();
    for example in KINDS.iter().filter_map(of_kind) {
        let example = example.format_as(PhoneNumberFormat::E164).into_owned();
        for _ in 0..OF_EACH {
            let kept = example.len() - 1 - usize::from(digits.next(7));
            let mut number = example[..kept.max(4)].to_owned();
            let length = match digits.next(10) {
                0 => example.len() - 1,
                1 => example.len() + 1,
                _ => example.len(),
            };
            while number.len() < length {
                number.push(char::from(b'0' + digits.next(10)));
            }
            all.extend(parse(&number, None));
        }
    }
    all
}

fn spellings(number: &PhoneNumber) -> [String; 5] {
    let written = |format| number.format_as(format).into_owned();
    let national = written(PhoneNumberFormat::National);
    [
        written(PhoneNumberFormat::E164),
        written(PhoneNumberFormat::International),
        written(PhoneNumberFormat::RFC3966),
        national.chars().filter(char::is_ascii_digit).collect(),
        national,
    ]
}

/// Digits in no order, and the same ones each time.
struct Digits(u64);

impl Digits {
    fn next(&mut self, below: u8) -> u8 {
        const FACTOR: u64 = 6_364_136_223_846_793_005;
        self.0 = self.0.wrapping_mul(FACTOR).wrapping_add(1_442_695_040_888_963_407);
        // The upper bits are the ones without order.
        u8::try_from((self.0 >> 33) % u64::from(below)).unwrap_or_default()
    }
}
