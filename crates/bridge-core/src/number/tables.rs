//! Spellings and what they are, country by country, as files of lines `as shown or typed => what it is`.

use pbx::Dialled;

use super::{NumberPlan, Reading};

/// Fewer lines than these say little of a country.
const FEWEST: usize = 30;

#[test]
fn germany() {
    check(include_str!("tables/de.txt"));
}

#[test]
fn austria() {
    check(include_str!("tables/at.txt"));
}

#[test]
fn switzerland() {
    check(include_str!("tables/ch.txt"));
}

#[test]
fn france() {
    check(include_str!("tables/fr.txt"));
}

#[test]
fn italy_keeps_its_zero() {
    check(include_str!("tables/it.txt"));
}

#[test]
fn netherlands() {
    check(include_str!("tables/nl.txt"));
}

#[test]
fn great_britain() {
    check(include_str!("tables/gb.txt"));
}

#[test]
fn usa() {
    check(include_str!("tables/us.txt"));
}

fn check(table: &str) {
    let lines = table.lines().filter(|line| !line.starts_with('#'));
    let (mut plan, mut wrong, mut count) = (None, Vec::new(), 0);
    for line in lines {
        if let Some(of) = line.strip_prefix("plan: ") {
            let (country, area_code) = of.split_once(' ').unzip();
            plan = Some(NumberPlan::new(country.unwrap_or(of), area_code).unwrap());
            continue;
        }
        let plan = plan.as_ref().expect("the plan stands first");
        let (shown, expected) = line.split_once(" => ").expect("a line has two sides");
        count += 1;
        let found = match plan.read(&Dialled::new(unescaped(shown))) {
            Reading::Withheld => "withheld".to_owned(),
            Reading::Internal => "internal".to_owned(),
            Reading::Unreadable => "unreadable".to_owned(),
            Reading::Service(number) => format!("service {}", number.as_str()),
            Reading::Public(number) => number.as_str().to_owned(),
        };
        if found != expected {
            wrong.push(format!("{shown:?} is {found}, expected {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{plan:?}\n{}", wrong.join("\n"));
    assert!(count >= FEWEST, "{plan:?} has {count} lines");
}

/// `\u{a0}` is a sign by its number, and `\s` a space that an editor would take away.
fn unescaped(text: &str) -> String {
    let mut parts = text.split("\\u{");
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (code, rest) = part.split_once('}').expect("a sign's number ends with a bracket");
        whole.push(char::from_u32(u32::from_str_radix(code, 16).unwrap()).unwrap());
        whole.push_str(rest);
    }
    whole.replace("\\s", " ")
}
