//! What the tables of spellings do not tell.

use pbx::Dialled;

use super::{E164, NumberPlan, PlanError, Reading};

#[test]
fn germany_without_area_code() {
    check(
        plan("DE", None),
        &[
            ("49721123456", "+49721123456"),
            ("721123456", "+49721123456"),
            ("123456", "internal"),
            ("7654321", "unreadable"),
            ("4312345", "unreadable"),
        ],
    );
}

#[test]
fn an_area_code_that_begins_like_the_country_code_wins_over_it() {
    check(
        plan("DE", Some("4972")),
        &[("49721123456", "+4949721123456"), ("49301234567", "+49301234567")],
    );
    check(plan("DE", Some("721")), &[("49721123456", "+49721123456")]);
}

#[test]
fn what_is_typed_is_read_by_the_same_rules() {
    let plan = plan("DE", Some("721"));
    assert_eq!(plan.read_typed("tel:+49 721 123456"), E164::parse("+49721123456"));
    for none in ["", "12", "anonymous", "+15125550123x12", "0900 1234567", "n/a"] {
        assert_eq!(plan.read_typed(none), None, "{none:?}");
    }
    // Another line than the head number: never equal to it.
    assert_ne!(plan.read_typed("+4972112345 x12"), plan.read_typed("+4972112345"));
}

#[test]
fn search_digits_stand_in_every_spelling() {
    let table = [
        ("DE", Some("721"), "+49721123456", "123456"),
        ("DE", Some("721"), "+4972112345", "72112345"),
        ("DE", Some("721"), "+49301234567", "301234567"),
        ("DE", Some("721"), "+4915123456789", "123456789"),
        ("DE", None, "+49721123456", "721123456"),
        ("AT", Some("1"), "+4315234567", "5234567"),
        ("IT", Some("06"), "+390612345678", "12345678"),
        ("IT", None, "+390612345678", "612345678"),
        ("US", Some("512"), "+15125551234", "5551234"),
        ("US", None, "+15125551234", "125551234"),
        ("DE", Some("512"), "+15125551234", "125551234"),
    ];
    for (country, area, number, digits) in table {
        let number = E164::parse(number).unwrap();
        assert_eq!(
            plan(country, area).search_digits(&number),
            digits,
            "{country} {area:?} {}",
            number.as_str()
        );
    }
}

#[test]
fn international_is_written_with_spaces() {
    let table = [
        ("+49721123456", "+49 721 123456"),
        ("+390612345678", "+39 06 1234 5678"),
        ("+15125551234", "+1 512-555-1234"),
        ("+99999999999", "+99999999999"),
    ];
    for (number, written) in table {
        assert_eq!(E164::parse(number).unwrap().international(), written);
    }
}

#[test]
fn plans_that_make_no_sense_are_refused() {
    for found in ["", "D", "XX", "DEU", "49", "001", "Ü"] {
        assert_eq!(
            NumberPlan::new(found, None),
            Err(PlanError::Country { found: found.into() })
        );
    }
    for area in ["", "0", "x", "07 21", "+49721", "123456789"] {
        assert_eq!(NumberPlan::new("DE", Some(area)), Err(PlanError::AreaCode), "{area:?}");
    }
    assert_eq!(NumberPlan::new("de", Some("0721")), NumberPlan::new("DE", Some("721")));
}

#[test]
fn debug_shows_the_last_digits_only() {
    let reading = Reading::Public(E164::parse("+49721123456").unwrap());
    assert_eq!(format!("{reading:?}"), "Public(E164(…456))");
}

fn plan(country: &str, area_code: Option<&str>) -> NumberPlan {
    NumberPlan::new(country, area_code).unwrap()
}

fn check(plan: NumberPlan, table: &[(&str, &str)]) {
    let wrong: Vec<String> = table
        .iter()
        .filter_map(|(shown, expected)| {
            let found = match plan.read(&Dialled::new(*shown)) {
                Reading::Withheld => "withheld".to_owned(),
                Reading::Internal => "internal".to_owned(),
                Reading::Unreadable => "unreadable".to_owned(),
                Reading::Public(number) => number.as_str().to_owned(),
                Reading::Service(number) => format!("service {}", number.as_str()),
            };
            (found != *expected).then(|| format!("{shown:?} is {found}, expected {expected}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{plan:?}\n{}", wrong.join("\n"));
}
