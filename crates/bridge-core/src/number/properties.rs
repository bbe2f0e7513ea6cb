//! Properties that no table can hold. `PROPTEST_CASES` draws more cases than usual, and `cargo xtask fuzz` does so.

use pbx::Dialled;
use proptest::prelude::*;
use proptest::sample::select;
use rlibphonenumber::{PhoneNumber, PhoneNumberFormat};

use super::plan::parse;
use super::{E164, NumberPlan, Reading};

/// So many cases are drawn at least.
const FEWEST: u32 = 2_000;
const COUNTRIES: [(&str, &str); 8] = [
    ("DE", "49"),
    ("AT", "43"),
    ("CH", "41"),
    ("FR", "33"),
    ("IT", "39"),
    ("NL", "31"),
    ("GB", "44"),
    ("US", "1"),
];

/// What numbers are written with, and what only looks like it.
const PIECES: [&str; 46] = [
    "+",
    "++",
    "00",
    "011",
    "0",
    "(0)",
    "(",
    ")",
    "-",
    "-0",
    " ",
    "\u{a0}",
    "/",
    ".",
    ",",
    ";",
    "x",
    " x",
    " ext. ",
    "ext=",
    "Durchwahl ",
    " DW ",
    "#",
    "*",
    "sip:",
    "tel:",
    "callto:",
    ";ext=",
    ";phone-context=",
    "@pbx.example",
    "%2B",
    "<",
    ">",
    "\"",
    "49",
    "+39",
    "39",
    "1",
    "721",
    "06",
    "900",
    "FLOWERS",
    "\u{ff11}\u{ff12}",
    "\u{661}",
    "anonymous",
    "ß",
];

fn texts() -> impl Strategy<Value = String> {
    let digits = "[0-9]{1,8}";
    let piece = prop_oneof![3 => digits.prop_map(String::from), 2 => select(&PIECES[..]).prop_map(String::from)];
    let pieced = prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat());
    prop_oneof![1 => ".{0,40}", 1 => "[+*#(]{0,2}[0-9 ()./x-]{0,25}", 3 => pieced]
}

fn plans() -> impl Strategy<Value = NumberPlan> {
    let area = proptest::option::of("[1-9][0-9]{0,3}");
    (select(&COUNTRIES[..]), area, any::<bool>()).prop_map(|((country, code), area, own)| {
        let plan = NumberPlan::new(country, area.as_deref()).unwrap();
        let head = format!("+{code}72146050");
        match plan
            .clone()
            .with_own_number(&head)
            .and_then(|plan| plan.with_extensions("100000-299999"))
        {
            Ok(with) if own => with,
            Ok(_) | Err(_) => plan,
        }
    })
}

fn digits_in(text: &str) -> usize {
    text.chars().filter(|c| c.is_numeric()).count()
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: ProptestConfig::default().cases.max(FEWEST),
        failure_persistence: None,
        max_global_rejects: 100_000_000,
        ..ProptestConfig::default()
    })]

    /// Nothing panics, either.
    #[test]
    fn what_was_read_is_read_as_itself(text in texts(), plan in plans()) {
        let reading = plan.read(&Dialled::new(&text));
        prop_assert!(plan.read_typed(&text).is_none_or(|number| reading == Reading::Public(number)));
        let shown = format!("{reading:?}").replace("E164", "");
        prop_assert!(digits_in(&shown) <= 3);
        if let Some(number) = reading.number() {
            prop_assert_eq!(&plan.read(&Dialled::new(number.as_str())), &reading);
            prop_assert_eq!(&plan.read(&Dialled::new(number.international())), &reading);
            prop_assert_eq!(E164::parse(number.as_str()), Some(number.clone()));
            prop_assert!(digits_in(&number.masked()) <= 3);
            let shown = format!("{:?}", plan.written(number));
            prop_assert!(digits_in(&shown) <= 3);
            let searched = plan.search_digits(number);
            prop_assert!(searched.len() >= 6 && number.as_str().ends_with(&searched), "{}", searched);
            prop_assert!(plan.written(number).stands_in(number.as_str()));
            let _ = plan.is_own(number);
        }
    }

    #[test]
    fn the_national_form_is_read_as_the_number(text in texts(), which in 0..COUNTRIES.len()) {
        let (country, code) = COUNTRIES[which];
        let plan = NumberPlan::new(country, None).unwrap();
        let reading = plan.read(&Dialled::new(&text));
        let parsed = reading.number().and_then(|number| parse(number.as_str(), None));
        if let Some(parsed) = parsed.filter(|parsed| parsed.country_code.to_string() == code) {
            let national = parsed.format_as(PhoneNumberFormat::National);
            // Numbers that no metadata know are written without the prefix that they would need.
            if parsed.is_valid() && (["IT", "US"].contains(&country) || national.trim_start_matches('(').starts_with('0')) {
                prop_assert_eq!(&plan.read(&Dialled::new(&*national)), &reading, "{}", national);
            }
        }
    }

    #[test]
    fn every_spelling_of_a_number_is_the_same_number(digits in "0?[1-9][0-9]{6,10}", which in 0..COUNTRIES.len()) {
        let (country, code) = COUNTRIES[which];
        let parsed = PhoneNumber::parse(format!("+{code}{digits}"), None);
        prop_assume!(parsed.as_ref().is_ok_and(PhoneNumber::is_valid));
        let parsed = parsed.unwrap();
        prop_assume!(parsed.get_national_significant_number().len() >= 7);
        let plan = NumberPlan::new(country, None).unwrap();
        let number = E164::parse(&parsed.format_as(PhoneNumberFormat::E164)).unwrap();
        let e164 = number.as_str();
        let national = parsed.format_as(PhoneNumberFormat::National).into_owned();
        // Some service numbers are written without the prefix that they are dialled with.
        prop_assume!(["IT", "US"].contains(&country) || national.trim_start_matches('(').starts_with('0'));
        let spellings = [
            national,
            parsed.format_as(PhoneNumberFormat::International).into_owned(),
            parsed.format_as(PhoneNumberFormat::RFC3966).into_owned(),
            format!("00{}", &e164[1..]),
            number.international().replace(' ', "-"),
        ];
        for spelling in spellings {
            let reading = plan.read(&Dialled::new(&spelling));
            prop_assert_eq!(reading.number(), Some(&number), "{}", spelling);
            let digits: String = spelling.chars().filter(char::is_ascii_digit).collect();
            prop_assert!(digits.ends_with(&plan.search_digits(&number)), "{} {}", spelling, plan.search_digits(&number));
        }
    }
}
